//! The schemas that hold at a part, and values that break one keyword of them and nothing else (GENERATION.md, section 16).

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::maker::{Maker, Mode, Vary};
use sentinel_core::places::{Part, Place, ROOM};
use sentinel_core::random::CaseState;
use sentinel_core::schema::{Flat, MAX_ROOM, Node};
use sentinel_core::steer::Steer;
use sentinel_wire::{Map, Value};

use super::spots::PartSpot;

/// One part of a place.
pub struct Together<'a> {
    /// Of the node.
    pub compiler: &'a Compiler,
    /// Which the part is of.
    pub place: &'a Place,
    /// The part's.
    pub node: Rc<Node>,
    /// Which alternative its sample is of.
    pub alternative: usize,
    /// Its schemas and, behind each, what they name by `$ref` and `allOf`.
    pub members: Vec<Arc<Map>>,
}

impl<'a> Together<'a> {
    /// Of the alternative of a node.
    pub fn new(compiler: &'a Compiler, place: &'a Place, spot: &PartSpot) -> Self {
        let node = compiler.node(spot.node);
        let members = members(compiler, &node);
        Self { compiler, place, node, alternative: spot.alternative, members }
    }

    /// The alternative.
    pub fn flat(&self) -> &Flat {
        &self.node.alternatives(self.compiler)[self.alternative]
    }

    /// The best guess, if there is one, of all members, of this one without some keywords, and of schemas in their stead.
    pub fn instead(&self, member: &Arc<Map>, keywords: &[&str], schemas: Vec<Value>) -> Option<Value> {
        let strip = |one: &Arc<Map>| {
            let is_left_out = |name: &str| {
                name == "$ref" || name == "allOf" || (Arc::ptr_eq(one, member) && keywords.contains(&name))
            };
            let kept = one.iter().filter(|(name, _)| !is_left_out(name));
            kept.map(|(name, value)| (name.to_owned(), value.clone())).collect::<Map>().into()
        };
        let kept: Vec<Value> = self.members.iter().map(strip).chain(schemas).collect();
        self.guess(&self.compiler.single(kept), &self.place.name, None)
    }

    /// The best guess of a node, if there is one, made for a property or place of this name.
    pub fn guess(&self, node: &Node, name: &str, steer: Option<&Steer>) -> Option<Value> {
        let room = node.least_room(self.compiler)?;
        let mut draws = CaseState::NONE.stream(self.place.hash(Part::Attempt));
        let mut maker = Maker {
            compiler: self.compiler,
            draws: &mut draws,
            mode: Mode::Best,
            room: room.clamp(ROOM, MAX_ROOM),
            realm: self.place.realm,
            vary: Vary::Nothing,
            made: 0,
            doubtful: false,
        };
        maker.make(node, name, steer).ok()
    }
}

fn members(compiler: &Compiler, node: &Node) -> Vec<Arc<Map>> {
    let mut found = vec![];
    let mut seen = HashSet::new();
    let mut waiting: Vec<Value> = node.schemas.iter().rev().cloned().collect();
    while let Some(schema) = waiting.pop() {
        let Value::Map(member) = schema else { continue };
        let mut below = vec![];
        if let Some(Value::Text(reference)) = member.get("$ref")
            && seen.insert(reference.clone())
        {
            below.extend(compiler.target(reference).cloned());
        }
        below.extend(member.get("allOf").and_then(Value::as_list).unwrap_or_default().iter().cloned());
        waiting.extend(below.into_iter().rev());
        found.push(member);
    }
    found
}

/// A schema of these keywords.
pub fn schema<const N: usize>(keywords: [(&str, Value); N]) -> Value {
    keywords.into_iter().collect::<Map>().into()
}

/// Whether the schema of the document is among those of the node.
pub fn is_of(node: &Node, schema: &Value) -> bool {
    node.schemas.iter().any(|one| match (one, schema) {
        (Value::Map(one), Value::Map(schema)) => Arc::ptr_eq(one, schema),
        (Value::Bool(one), Value::Bool(schema)) => one == schema,
        _ => false,
    })
}
