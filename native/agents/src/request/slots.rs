//! Filling slots from what earlier answers taught, and from hints (GENERATION.md, section 13).

use std::collections::HashMap;

use sentinel_core::compiler::Compiler;
use sentinel_core::places::{Part, Place};
use sentinel_core::random::{CaseState, Draws, PlaceHash};
use sentinel_core::verdict::satisfies;
use sentinel_wire::Value;
use sentinel_wire::api::Slot;
use sentinel_wire::job::{Hint, Instance, Job};

use super::body::{descend, fitting, replaced};
use super::draft::Draft;

/// What a case is about and must stay as it is.
#[derive(Debug, Clone, Default)]
pub struct Focus {
    /// A place (with pointer), or empty.
    pub place: String,
    /// The parts of it must stay, too.
    pub sealed: bool,
}

impl Focus {
    /// Whether a place must not be filled.
    pub fn forbids(&self, place: &str) -> bool {
        !self.place.is_empty()
            && (self.place == place || is_part(&self.place, place) || (self.sealed && is_part(place, &self.place)))
    }

    /// Whether a place is a part of it.
    fn is_above(&self, place: &str) -> bool {
        !self.place.is_empty() && is_part(place, &self.place)
    }
}

/// Whether a place lies inside of another.
fn is_part(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/'))
}

/// Fills the slots of one case.
pub struct Filler<'a> {
    /// Of the nodes.
    pub compiler: &'a Compiler,
    /// What is known and hinted.
    pub job: &'a Job,
    /// Of the case.
    pub state: CaseState,
    /// Whether the most likely object is taken.
    pub first: bool,
    /// Whether slots beside the path are sometimes left as they are.
    pub random: bool,
    /// What must stay.
    pub focus: Focus,
    /// The step that is filled.
    pub part: Part,
    /// Streams that were begun.
    pub streams: HashMap<String, Draws>,
}

impl<'a> Filler<'a> {
    /// Fills path parameters from the last slot that has an object. Whether that is what the last path parameter names.
    pub fn fill_path(&mut self, draft: &mut Draft) -> bool {
        let request = draft.request;
        let path: Vec<&Place> = request.path.iter().map(|index| &request.places[*index]).collect();
        for (index, place) in path.iter().enumerate().rev() {
            let slot = request.operation.slots.iter().rfind(|slot| slot.place == place.key);
            let Some(slot) = slot.filter(|_| !self.focus.forbids(&place.key)) else { continue };
            let is_last = index + 1 == path.len();
            let is_unsafe = matches!(request.operation.method.as_str(), "PUT" | "PATCH" | "DELETE");
            let Some(instance) = self.choose(slot, is_last && is_unsafe) else { continue };
            let Some(value) = field(instance, slot, place) else { continue };
            draft.set(&place.key, value.clone());
            draft.filled(&place.key, "knowledge", &slot.resource);
            for (place, parent) in path[..index].iter().zip(&instance.parents) {
                if !self.focus.forbids(&place.key) && *parent != Value::Null && place.realm.can_hold(parent) {
                    draft.set(&place.key, parent.clone());
                    draft.filled(&place.key, "knowledge", &slot.resource);
                }
            }
            return is_last;
        }
        false
    }

    /// Fills query, header, cookie and body slots that the request has, as far as the value can stand there.
    pub fn fill_others(&mut self, draft: &mut Draft) {
        for slot in &draft.request.operation.slots {
            if slot.place.starts_with("path/") {
                continue;
            }
            let instances = self.known(&slot.resource);
            if instances.is_empty() || (self.random && self.stream(&slot.place).below(4) == 3) {
                continue;
            }
            let index = if self.first { 0 } else { self.stream(&slot.place).index(instances.len()) };
            let fields = &instances[index].fields;
            let value = slot.fields.iter().find_map(|name| fields.get(name).filter(|value| **value != Value::Null));
            if let Some(value) = value {
                self.put(draft, &slot.place, value, "knowledge", &slot.resource);
            }
        }
    }

    /// Puts in what a model proposed: in the best guess the first hint of a place without example, else one in two times.
    pub fn fill_hints(&self, draft: &mut Draft, hints: &[&Hint], taken: &[&str]) {
        let mut seen: Vec<&str> = vec![];
        for hint in hints {
            let place = hint.place.as_str();
            if seen.contains(&place) {
                continue;
            }
            seen.push(place);
            let proposed: Vec<&&Hint> = hints.iter().filter(|hint| hint.place == place).collect();
            let chosen = if self.first {
                if taken.contains(&place) {
                    continue;
                }
                proposed[0]
            } else {
                let mut draws = self.state.stream(PlaceHash::new(&format!("{}hint/{place}", self.part.prefix())));
                if draws.below(2) != 0 {
                    continue;
                }
                proposed[draws.index(proposed.len())]
            };
            self.put(draft, place, &chosen.value, "hint", &chosen.model);
        }
    }

    fn known(&self, resource: &str) -> &'a [Instance] {
        let found = self.job.knowledge.iter().find(|(name, _)| name == resource);
        found.map(|(_, instances)| instances.as_slice()).unwrap_or_default()
    }

    fn choose(&mut self, slot: &Slot, only_made: bool) -> Option<&'a Instance> {
        let known = self.known(&slot.resource);
        let instances: Vec<&Instance> = known.iter().filter(|instance| instance.made || !only_made).collect();
        let first = instances.first()?;
        if self.first {
            return Some(instances.iter().find(|instance| instance.made).unwrap_or(first));
        }
        Some(instances[self.stream(&slot.resource).index(instances.len())])
    }

    /// The stream `slot/NAME`, gone on with where it was left.
    fn stream(&mut self, name: &str) -> &mut Draws {
        let (state, prefix) = (self.state, self.part.prefix());
        let begin = || state.stream(PlaceHash::new(&format!("{prefix}slot/{name}")));
        self.streams.entry(name.to_owned()).or_insert_with(begin)
    }

    fn put(&self, draft: &mut Draft, place: &str, value: &Value, source: &str, origin: &str) {
        if self.focus.forbids(place) {
            return;
        }
        if place.starts_with("body/") {
            if self.put_in_body(draft, place, value, source == "hint").is_some() {
                draft.filled(place, source, origin);
            }
            return;
        }
        let request = draft.request;
        let Some(target) = request.places.iter().find(|known| known.key == place) else { return };
        if draft.get(place).is_none() {
            return;
        }
        let node = self.compiler.node(target.node);
        if let Some(fitting) = fitting(self.compiler, &node, value)
            && target.realm.can_hold(&fitting)
            && target.tells(&fitting)
            && (source != "hint" || satisfies(self.compiler, &node, &fitting))
        {
            draft.set(&target.key, fitting);
            draft.filled(place, source, origin);
        }
    }

    /// Puts a value at a pointer of the body whose parent is there.
    fn put_in_body(&self, draft: &mut Draft, place: &str, value: &Value, is_hint: bool) -> Option<()> {
        let body = draft.request.bodies.first()?;
        if draft.media_type.is_empty() || draft.media_type != body.media_type {
            return None;
        }
        let unescaped = |token: &str| token.replace("~1", "/").replace("~0", "~");
        let tokens: Vec<String> = place.strip_prefix("body/")?.split('/').map(unescaped).collect();
        let node = descend(self.compiler, self.compiler.node(body.node), &tokens)?;
        let value = fitting(self.compiler, &node, value)?;
        if is_hint && !satisfies(self.compiler, &node, &value) {
            return None;
        }
        draft.body = replaced(&draft.body, &tokens, &value, !self.focus.is_above(place))?;
        Some(())
    }
}

/// The first of the slot's fields that the object has and that can stand in the path.
fn field<'a>(instance: &'a Instance, slot: &Slot, place: &Place) -> Option<&'a Value> {
    let is_fine = |value: &&Value| matches!(value, Value::Text(_) | Value::Int(_)) && place.realm.can_hold(value);
    slot.fields.iter().find_map(|name| instance.fields.get(name).filter(is_fine))
}
