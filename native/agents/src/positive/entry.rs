//! From an ordinal's entry to its case (GENERATION.md, sections 11 to 14).

use sentinel_core::interesting::Variation;
use sentinel_core::maker::{GaveUp, Mode, Vary};
use sentinel_core::places::{Place, Request};
use sentinel_core::random::OperationState;
use sentinel_core::samples::first_sample;
use sentinel_wire::answer::Case;
use sentinel_wire::job::{Hint, Job};

use crate::request::{Choice, Composer, Draft, Focus, Known, Spot, has_body_method};

use super::combinations::Combination;
use super::plan::Entry;

/// Makes the case of one entry.
pub struct EntryCase<'a> {
    composer: Composer<'a>,
    request: &'a Request,
    entry: &'a Entry,
    is_first: bool,
}

impl<'a> EntryCase<'a> {
    /// Ready to make the case of one ordinal, of the operation with this state, from the streams of an ordinal.
    ///
    /// # Errors
    ///
    /// Where the body that it is about cannot be made.
    pub fn new(
        known: &'a Known,
        job: &'a Job,
        request: &'a Request,
        entry: &'a Entry,
        (state, ordinal, drawn): (OperationState, usize, u64),
    ) -> Result<Self, GaveUp> {
        let is_first = ordinal == 0;
        let composer = Composer {
            known,
            job,
            request,
            state: state.case(drawn),
            choice: choice(request, entry),
            first: is_first,
            random: *entry == Entry::Random,
        };
        if let Entry::Media(index) = entry
            && request.bodies[*index].room.is_none()
        {
            return Err(composer.why_not(&request.bodies[*index]));
        }
        Ok(Self { composer, request, entry, is_first })
    }

    /// The values that are made, before any are put in their place.
    ///
    /// # Errors
    ///
    /// Where a value that the request needs could not be made.
    pub fn draft(&self) -> Result<Draft<'a>, GaveUp> {
        let mode = match self.entry {
            Entry::Full => Mode::Full,
            Entry::Random => Mode::Random,
            _ => Mode::Best,
        };
        self.composer.draft(mode, self.vary())
    }

    /// The case with these values.
    ///
    /// # Errors
    ///
    /// Where a value that the request needs could not be made.
    pub fn case(&self, ordinal: i64, mut draft: Draft<'a>) -> Result<Case, GaveUp> {
        let operation = &self.request.operation;
        let is_bare = *self.entry == Entry::BareCredentials;
        let mut filler = self.composer.filler();
        let hints = self.composer.job.hints.iter().filter(|hint| hint.operation == operation.key);
        let hints: Vec<&Hint> = hints.collect();
        if !hints.is_empty() && matches!(self.entry, Entry::Best | Entry::Random) {
            filler.fill_hints(&mut draft, &hints, &self.with_example());
        }
        let used = filler.fill_path(&mut draft);
        filler.fill_others(&mut draft);
        let mut steps = if is_bare { vec![] } else { self.composer.before(&mut draft, used)? };
        let mut attempt = draft.step("attempt", "attempt");
        if is_bare {
            "absent".clone_into(&mut attempt.mutation);
        }
        steps.push(attempt);
        Ok(Case {
            operation: operation.key.clone(),
            ordinal,
            title: self.title(),
            intent: if draft.certain && !is_bare { "valid" } else { "unspecified" }.to_owned(),
            steps,
            expect: vec![],
            classes: self.classes(&draft),
            fills: draft.fills,
        })
    }

    fn vary(&self) -> Vary {
        match self.entry {
            _ if !has_body_method(self.request) => Vary::Nothing,
            Entry::Example(..) => Vary::Made,
            _ if self.is_first => Vary::Made,
            _ => Vary::Samples,
        }
    }

    /// The places whose best guess is a documented example.
    fn with_example(&self) -> Vec<&'a str> {
        let compiler = &self.composer.known.compiler;
        let has_example = |place: &&Place| {
            place.room.is_some_and(|room| {
                let node = compiler.node(place.node);
                let first = node.fitting(compiler, room)[0];
                first_sample(compiler, &node, &node.alternatives(compiler)[first]).is_some()
            })
        };
        let places = self.request.places.iter().chain(self.request.bodies.first());
        places.filter(has_example).map(|place| place.key.as_str()).collect()
    }

    fn title(&self) -> String {
        match self.entry {
            Entry::Best => "best guess".to_owned(),
            Entry::Full => "with every optional part".to_owned(),
            Entry::BareCredentials => "without credentials".to_owned(),
            Entry::Media(index) => format!("body as {}", self.request.bodies[*index].media_type),
            Entry::Combination(index, _) => format!("combination {index} of optional parts"),
            Entry::Random => "random values".to_owned(),
            Entry::Again => "again".to_owned(),
            Entry::Present(_) => format!("{}: present", self.composer.choice.focus.place),
            Entry::EmptyValue(_) => format!("{}: empty-value", self.composer.choice.focus.place),
            Entry::Example(_, Variation { label, .. }) | Entry::Try(_, Variation { label, .. }) => {
                format!("{}: {label}", self.composer.choice.focus.place)
            }
        }
    }

    /// What the case covers.
    fn classes(&self, draft: &Draft) -> Vec<String> {
        let media = || format!("media/{}", draft.media_type);
        match self.entry {
            Entry::BareCredentials => vec!["credential/absent".to_owned()],
            Entry::Media(_) => vec![media()],
            Entry::Present(_) | Entry::EmptyValue(_) | Entry::Example(..) | Entry::Try(..) => {
                vec![self.title().replacen(": ", ":", 1)]
            }
            Entry::Again => vec![], // whatever it covers, the best guess did
            Entry::Best | Entry::Full | Entry::Combination(..) | Entry::Random => {
                let present = draft.keys().map(|key| format!("{key}:present"));
                present.chain((!draft.media_type.is_empty()).then(media)).collect()
            }
        }
    }
}

/// What of the request is not as in the best guess.
fn choice<'a>(request: &Request, entry: &'a Entry) -> Choice<'a> {
    if let Entry::Combination(_, Combination { parameters, body }) = entry {
        let body = body.as_ref();
        return Choice {
            spot: body.map(|(index, _)| Spot::Body(*index)),
            steer: body.map(|(_, steer)| steer),
            also: parameters,
            body: body.map(|(index, _)| *index),
            focus: Focus { place: if body.is_some() { "body".to_owned() } else { String::new() }, sealed: false },
            ..Choice::default()
        };
    }
    let variation = entry.variation();
    let body = match (entry, entry.spot()) {
        (&Entry::Media(index), _) | (_, Some(Spot::Body(index))) => Some(index),
        _ => None,
    };
    Choice {
        spot: entry.spot(),
        steer: variation.map(|variation| &variation.steer),
        empty_value: matches!(entry, Entry::EmptyValue(_)),
        body,
        focus: focus(request, entry),
        ..Choice::default()
    }
}

fn focus(request: &Request, entry: &Entry) -> Focus {
    let Some(spot) = entry.spot() else { return Focus::default() };
    let variation = entry.variation();
    let pointer = variation.map_or("", |variation| &variation.pointer);
    Focus {
        place: format!("{}{pointer}", spot.of(request).key),
        sealed: variation.is_some_and(|variation| variation.steer.is_sealed()),
    }
}
