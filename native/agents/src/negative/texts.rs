//! What is wrong with a body as it is written, and with what is said of it (GENERATION.md, sections 18 and 19).

use sentinel_core::compiler::Compiler;
use sentinel_core::exact::Exact;
use sentinel_core::kind::Kind;
use sentinel_core::media::bare;
use sentinel_core::places::Request;
use sentinel_core::realm::Realm;
use sentinel_core::verdict::refuses;
use sentinel_wire::value::EXT_RAW;
use sentinel_wire::{Map, Value};

use super::change::{Change, PartChange};
use super::malformed::{
    CUTTING, JSON_FORMS, LENGTH_FORMS, MULTIPART_FORMS, TextKind, UNCLEAR_FORM_FORMS, UNCLEAR_JSON_FORMS,
    UNCLEAR_MULTIPART_FORMS, UNCLEAR_TEXT_FORMS, UNCLEAR_XML_FORMS, WAITING, XML_FORMS, broken, mismeasured,
};
use super::violation::{Violation, sample};
use crate::request::Spot;

const MOST_FIELDS: usize = 16;

/// Which the body is not in, and which nobody knows.
const CODINGS: [&str; 2] = ["gzip", "sample"];

/// What is wrong with the body as a whole: its text is none of its type, or something else is said of it.
pub fn of_text(compiler: &Compiler, request: &Request, index: usize) -> Vec<Violation> {
    let is_json = request.bodies[index].realm == Realm::Json;
    let texts = if is_json { of_json(compiler, request, index) } else { Some(of_other_text(request, index)) };
    let Some((mut found, unclear)) = texts else { return vec![] };
    found.extend(unclear);
    let coded = |coding| {
        let change = Change::Headed("Content-Encoding", coding);
        Violation::of(format!("content-encoding/{coding}"), change, Some(Spot::Body(index)), false)
    };
    found.extend(CODINGS.map(coded));
    found
}

/// Those of one body that are proved, and the others.
type Texts = (Vec<Violation>, Vec<Violation>);

fn malformed(form: &'static str, index: usize, proved: bool) -> Violation {
    Violation::of(format!("malformed/{form}"), Change::Broken(form), Some(Spot::Body(index)), proved)
}

fn said(form: &'static str, index: usize, proved: bool) -> Violation {
    Violation::of(format!("content-length/{form}"), Change::Mismeasured(form), Some(Spot::Body(index)), proved)
}

fn of_json(compiler: &Compiler, request: &Request, index: usize) -> Option<Texts> {
    let body = &request.bodies[index];
    let (value, _) = sample(compiler, body, None).ok()?;
    let node = compiler.node(body.node);
    let may_be = |kind: Kind, empty: &Value| {
        node.alternatives(compiler).iter().any(|flat| flat.allowed.has(kind)) || !refuses(compiler, &node, empty)
    };
    let kinds: [(&'static str, Kind, Value); 2] =
        [("deep", Kind::Array, vec![].into()), ("deep-object", Kind::Object, Map::new().into())];
    let deep: Vec<_> = kinds.iter().filter(|(_, kind, empty)| may_be(*kind, empty)).map(|(form, ..)| *form).collect();
    let must = request.body_required;
    let can_break = |form: &&'static str| broken(form, &body.media_type, &value).is_ok();
    let is_wrong = |form: &&'static str| match *form {
        "deep" | "deep-object" => !deep.contains(form),
        "empty" => must,
        _ => true,
    };
    let forms = JSON_FORMS.into_iter().filter(is_wrong).filter(can_break);
    let mut found: Vec<Violation> = forms.map(|form| malformed(form, index, true)).collect();
    let typed =
        |label, media_type, proved| Violation::of(label, Change::Typed(media_type), Some(Spot::Body(index)), proved);
    if !takes(request, "text/plain") {
        found.insert(found.len().min(1), typed("media-type", "text/plain", must));
    }
    let can_be_said = |form: &&'static str| mismeasured(form, &body.media_type, &value).is_ok();
    found.extend(LENGTH_FORMS.into_iter().chain([CUTTING]).filter(can_be_said).map(|form| said(form, index, true)));
    let forms = UNCLEAR_JSON_FORMS.into_iter().chain(deep.iter().copied()).filter(can_break);
    let mut unclear: Vec<Violation> = forms.map(|form| malformed(form, index, false)).collect();
    unclear.extend(Some(WAITING).filter(can_be_said).map(|form| said(form, index, false)));
    unclear.push(typed("media-type/absent", "", false));
    Some((found, unclear))
}

/// The same of a form, of XML, and of anything else.
fn of_other_text(request: &Request, index: usize) -> Texts {
    let media_type = &request.bodies[index].media_type;
    let (forms, unclear): (&[&'static str], &[&'static str]) = match TextKind::of(media_type) {
        TextKind::Multipart => (&MULTIPART_FORMS, &UNCLEAR_MULTIPART_FORMS),
        TextKind::Xml => (&XML_FORMS, &UNCLEAR_XML_FORMS),
        TextKind::Form => (&[], &UNCLEAR_FORM_FORMS),
        TextKind::Other if media_type.to_lowercase().starts_with("text/") => (&[], &UNCLEAR_TEXT_FORMS),
        TextKind::Other => (&[], &[]),
    };
    let mut found: Vec<Violation> = forms.iter().map(|form| malformed(form, index, true)).collect();
    let of = |label, form, proved| Violation::of(label, Change::Broken(form), Some(Spot::Body(index)), proved);
    let types = [("media-type", "as-text", "text/plain"), ("media-type/json", "as-json", "application/json")];
    if let Some((label, form, _)) = types.into_iter().find(|(.., media_type)| !takes(request, media_type)) {
        found.insert(found.len().min(1), of(label, form, request.body_required));
    }
    let can_be_said = |form: &&'static str| mismeasured(form, media_type, &Value::Null).is_ok();
    found.extend(LENGTH_FORMS.into_iter().chain([CUTTING]).filter(can_be_said).map(|form| said(form, index, true)));
    let mut unclear: Vec<Violation> = unclear.iter().map(|form| malformed(form, index, false)).collect();
    unclear.push(said(WAITING, index, false));
    unclear.push(of("media-type/absent", "untyped", false));
    (found, unclear)
}

/// What is worth trying with the fields of a form as they are written: NUL in one, and one that is there twice.
pub fn of_fields(compiler: &Compiler, request: &Request, index: usize) -> Vec<Violation> {
    let body = &request.bodies[index];
    let nul = match TextKind::of(&body.media_type) {
        TextKind::Form => Value::Ext(EXT_RAW, b"sample%00".to_vec()),
        TextKind::Multipart => "sample\0".into(),
        TextKind::Xml | TextKind::Other => return vec![],
    };
    let Ok((Value::Map(whole), _)) = sample(compiler, body, None) else { return vec![] };
    let mut found = vec![];
    for (name, value) in whole.iter().take(MOST_FIELDS) {
        if matches!(value, Value::List(_) | Value::Map(_)) {
            continue;
        }
        let twice = vec![value.clone(), other_of(value)].into();
        for (label, put) in [("encoding/nul", nul.clone()), ("duplicate", twice)] {
            let change = Change::Part(PartChange::Put(put));
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let made = Violation::of(label, change, Some(Spot::Body(index)), false);
            found.push(Violation { tokens: vec![name.to_owned()], pointer, ..made });
        }
    }
    found
}

/// Another value than this one: an integer one less, anything else a word.
pub fn other_of(value: &Value) -> Value {
    match value {
        Value::Int(number) => Exact::from(*number).plus(&Exact::from(-1)).write(),
        _ => "other".into(),
    }
}

/// Whether the operation is documented to take a media type.
fn takes(request: &Request, media_type: &str) -> bool {
    let kind = media_type.split('/').next().unwrap_or_default();
    let content = request.operation.body.iter().flat_map(|body| &body.content);
    let mut types = content.map(|media| bare(&media.media_type));
    types.any(|documented| documented == media_type || documented == format!("{kind}/*") || documented == "*/*")
}
