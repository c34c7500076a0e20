//! A case with one violation (GENERATION.md, section 19).

use sentinel_core::compiler::Compiler;
use sentinel_core::maker::{GaveUp, Mode, Vary};
use sentinel_core::places::Request;
use sentinel_core::random::{CaseState, Draws};
use sentinel_wire::Value;
use sentinel_wire::answer::{Argument, Case, Step};
use sentinel_wire::job::Job;
use sentinel_wire::value::EXT_RAW;

use super::change::{Change, PartChange};
use super::malformed::{as_text, broken, mismeasured};
use super::parts::{part_at, replaced};
use super::texts::other_of;
use super::violation::Violation;
use crate::request::{Choice, Composer, Draft, Focus, Known, Spot, has_body_method};

/// The best guess (with `draws`: a random request) with the violation in it, and optional parameters that are sent as well.
///
/// # Errors
///
/// Where a value that the request needs could not be made, or the violation is not one of those values.
pub fn case(
    known: &Known,
    (job, ordinal, state): (&Job, i64, CaseState),
    request: &Request,
    (violation, also): (&Violation, &[usize]),
    draws: Option<&mut Draws>,
) -> Result<Case, GaveUp> {
    let focus = focus(request, violation);
    let body = match violation.spot {
        Some(Spot::Body(index)) => Some(index),
        _ => None,
    };
    let is_random = draws.is_some();
    let composer = Composer {
        known,
        job,
        request,
        state,
        choice: Choice {
            spot: violation.spot,
            steer: violation.steer.as_ref().filter(|_| is_random || !violation.as_is),
            also,
            body,
            bodyless: violation.spot.is_none() || (body.is_some() && matches!(violation.change, Change::Absent)),
            focus: match violation.spot {
                None => Focus::default(),
                Some(_) => Focus { place: focus.clone(), sealed: violation.change.is_sealing() },
            },
            ..Choice::default()
        },
        first: !is_random,
        random: is_random,
    };
    let vary = if has_body_method(request) { Vary::Samples } else { Vary::Nothing };
    let mut draft = composer.draft(if is_random { Mode::Random } else { Mode::Best }, vary)?;
    let mut filler = composer.filler();
    let used = filler.fill_path(&mut draft);
    filler.fill_others(&mut draft);
    // Nothing of this run's making can be under a path that is wrong.
    let is_elsewhere = violation.spot.is_none_or(|spot| spot.of(request).location == "path");
    let mut steps = if is_elsewhere { vec![] } else { composer.before(&mut draft, used)? };
    let attempt = attempt(&known.compiler, &mut draft, violation, &focus, draws)?;
    let is_sent = |place: &str| {
        let in_body = place.starts_with("body/") && attempt.body.is_some();
        let mut arguments = attempt.arguments.iter();
        in_body || arguments.any(|argument| format!("{}/{}", argument.location, argument.name) == place)
    };
    let fills = draft.fills.into_iter().filter(|fill| is_sent(&fill.place)).collect();
    steps.push(attempt);
    Ok(Case {
        operation: request.operation.key.clone(),
        ordinal,
        title: format!("{focus}: violates {}", violation.label),
        intent: if violation.proved { "invalid" } else { "unspecified" }.to_owned(),
        steps,
        expect: vec![],
        fills,
        classes: vec![format!("{focus}:violates/{}", violation.label)],
    })
}

/// What the violation is of: a place with pointer, or `method`.
fn focus(request: &Request, violation: &Violation) -> String {
    match violation.spot {
        None => "method".to_owned(),
        Some(spot) => format!("{}{}", spot.of(request).key, violation.pointer),
    }
}

/// The step with the violation in it.
fn attempt(
    compiler: &Compiler,
    draft: &mut Draft,
    violation: &Violation,
    focus: &str,
    draws: Option<&mut Draws>,
) -> Result<Step, GaveUp> {
    let place = violation.spot.map(|spot| spot.of(draft.request));
    let change = &violation.change;
    if let Change::Method(method) = change {
        return Ok(other_method(draft, method));
    }
    let Some(place) = place else { return Err(GaveUp("gave up: no place".to_owned())) };
    match change {
        Change::Absent => draft.unset(&place.key),
        Change::Part(change) => {
            let in_body = place.location.is_empty();
            let whole = if in_body { &draft.body } else { draft.get(&place.key).unwrap_or(&Value::Null) };
            let value = changed(change, whole, violation, draws)?;
            prove(compiler, draft.request, violation, focus, &value)?;
            if in_body {
                draft.body = value;
            } else {
                draft.set(&place.key, value);
            }
        }
        _ => {}
    }
    let mut step = draft.step("attempt", "attempt");
    match change {
        Change::Twice => step.arguments.push(Argument {
            location: place.location.clone(),
            name: place.name.clone(),
            value: draft.get(&place.key).map_or_else(|| "other".into(), other_of),
        }),
        Change::Headed(name, text) => step.arguments.push(Argument {
            location: "header".to_owned(),
            name: (*name).to_owned(),
            value: (*text).into(),
        }),
        Change::Typed(media_type) => step.body = Some(as_text(media_type, &draft.body)?),
        Change::Mismeasured(form) => {
            let (body, lengths) = mismeasured(form, &draft.media_type, &draft.body)?;
            step.body = Some(body);
            step.arguments.extend(lengths.into_iter().map(|length| Argument {
                location: "header".to_owned(),
                name: "Content-Length".to_owned(),
                value: Value::Ext(EXT_RAW, length.into_bytes()),
            }));
        }
        Change::Broken(form) => step.body = Some(broken(form, &draft.media_type, &draft.body)?),
        _ => {}
    }
    Ok(step)
}

fn changed(
    change: &PartChange,
    whole: &Value,
    violation: &Violation,
    draws: Option<&mut Draws>,
) -> Result<Value, GaveUp> {
    let part = change.of(part_at(whole, &violation.tokens)?, draws).ok_or_else(|| change.gave_up())?;
    Ok(replaced(whole, &violation.tokens, part))
}

fn prove(
    compiler: &Compiler,
    request: &Request,
    violation: &Violation,
    focus: &str,
    value: &Value,
) -> Result<(), GaveUp> {
    let Some(prover) = violation.prover.filter(|_| violation.proved && *value != violation.value) else {
        return Ok(());
    };
    let place = prover.spot.of(request);
    if place.realm.can_hold(value) && prover.proves(compiler, request, value) {
        return Ok(());
    }
    Err(GaveUp(format!("{focus}: gave up: {} is not proved to be violated", violation.label)))
}

/// The path alone under another method; TRACE without a credential, as its answer repeats what was sent (RFC 9110, 9.3.8).
fn other_method(draft: &Draft, method: &str) -> Step {
    let mut step = draft.step("attempt", "attempt");
    step.arguments.retain(|argument| argument.location == "path");
    method.clone_into(&mut step.method);
    if method == "TRACE" {
        "absent".clone_into(&mut step.mutation);
    }
    step
}
