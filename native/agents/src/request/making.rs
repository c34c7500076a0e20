//! Steps before the attempt: the object it needs is made, or the place it takes is seen to be vacant (GENERATION.md, section 14).

use std::collections::HashMap;
use std::sync::Arc;

use sentinel_core::places::Request;
use sentinel_wire::Value;
use sentinel_wire::answer::{Extract, Step};
use sentinel_wire::value::EXT_VARIABLE;

use super::Requests;
use super::draft::Draft;

const VARIABLE: &str = "made";
const VACANT: [&str; 4] = ["404", "403", "401", "410"];

/// How to make what an operation takes by its last path parameter.
#[derive(Debug)]
pub struct MadeBy {
    /// The key of the maker.
    pub maker: String,
    /// Where the id may be found: where the maker's answer tells it, then where its own body may have chosen it.
    extract: Arc<[Extract]>,
}

/// The maker of an operation that removes or changes an object, where the slice has it.
pub fn made_by(request: &Request, requests: &HashMap<String, Request>) -> Option<MadeBy> {
    let operation = &request.operation;
    let maker = requests.get(&operation.maker)?;
    if !matches!(operation.method.as_str(), "DELETE" | "PUT" | "PATCH") {
        return None;
    }
    let last = &request.places[*request.path.last()?];
    let slot = operation.slots.iter().find(|slot| slot.place == last.key);
    let fields = slot.map_or(&[] as &[String], |slot| &slot.fields);
    let mut names: Vec<&str> = fields.iter().map(String::as_str).filter(|field| *field != "{}").collect();
    if names.is_empty() {
        names.push("id");
    }
    let outputs = || maker.operation.outputs.iter().filter(|output| output.made);
    let of_resource = slot.and_then(|slot| outputs().find(|output| output.resource == slot.resource));
    let output = of_resource.or_else(|| outputs().next());
    let pointer = output.map_or_else(String::new, |output| output.pointer.replace('*', "0"));
    let chosen: Vec<String> =
        names.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect();
    let extract = |source: &str, pointer| Extract { name: VARIABLE.to_owned(), source: source.to_owned(), pointer };
    let mut extracts: Vec<Extract> =
        chosen.iter().map(|member| extract("body", format!("{pointer}{member}"))).collect();
    extracts.push(extract("location", String::new()));
    extracts.extend(chosen.into_iter().map(|member| extract("request", member)));
    Some(MadeBy { maker: operation.maker.clone(), extract: extracts.into() })
}

/// The step that makes the object, from the finished draft of the maker's request.
pub fn make_step(draft: &Draft, made: &MadeBy) -> Step {
    Step { extract: Arc::clone(&made.extract), require: vec!["2XX".to_owned()], ..draft.step("make", "prepare") }
}

/// Puts the id that the first step extracts into the last path parameter.
pub fn use_made(draft: &mut Draft, made: &MadeBy) {
    let Some(last) = draft.request.path.last() else { return };
    let key = &draft.request.places[*last].key;
    draft.set(key, Value::Ext(EXT_VARIABLE, VARIABLE.as_bytes().to_vec()));
    draft.filled(key, "extracted", &made.maker);
}

/// The read of the same path by which a PUT that makes its own object looks first.
pub fn vacancy<'a>(request: &Request, requests: &'a Requests) -> Option<&'a Request> {
    let operation = &request.operation;
    if operation.method != "PUT" || request.path.is_empty() || requests.get(&operation.maker).is_some() {
        return None;
    }
    requests.get(&format!("GET {}", operation.path))
}

/// The control: the same path is read and nothing is there.
pub fn vacant_step(attempt: &Draft, reader: &Request) -> Step {
    let values = attempt.path_values();
    let mut draft = Draft::new(reader);
    for place in reader.path.iter().map(|index| &reader.places[*index]) {
        let name_of = |index: &usize| &attempt.request.places[*index].name;
        if let Some(at) = attempt.request.path.iter().rposition(|index| *name_of(index) == place.name) {
            draft.set(&place.key, values[at].clone());
        }
    }
    Step { require: VACANT.map(str::to_owned).to_vec(), ..draft.step("vacant", "control") }
}
