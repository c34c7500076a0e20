//! Whether two schemas exclude each other, as far as that shows without making alternatives (GENERATION.md, section 8).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::kind::{Kind, Kinds, key_of};
use crate::merging::{kinds_of, merge_scalars, value_lists};
use crate::parts::{Entry, Member, Parts};

const MAX_LEVELS: usize = 3;

/// What the members of a conjunction say that may exclude others, found by name.
#[derive(Debug)]
pub struct Facts {
    members: Vec<Member>,
    kinds: Kinds,
    lists_values: bool,
    required: HashSet<String>,
    tables: HashMap<String, Vec<Value>>,
    /// Members that allow none but their own properties.
    closed: Vec<Arc<Map>>,
    /// A property that must be there cannot be.
    is_impossible: bool,
}

impl Facts {
    /// Of these members.
    pub fn new(members: &[Member]) -> Self {
        let (mut required, mut closed) = (HashSet::new(), vec![]);
        let mut tables: HashMap<String, Vec<Value>> = HashMap::new();
        for member in members {
            let names = member.get("required").and_then(Value::as_list).unwrap_or_default();
            required.extend(names.iter().filter_map(Value::as_text).map(str::to_owned));
            for (name, schema) in member.get("properties").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
                tables.entry(name.to_owned()).or_default().push(schema.clone());
            }
            if member.get("additionalProperties") == Some(&Value::Bool(false)) && !member.has("patternProperties") {
                closed.push(Arc::clone(&member.schema));
            }
        }
        let (kinds, lists_values) = (kinds_of(members).1, !value_lists(members).is_empty());
        let members = members.to_vec();
        let mut found = Self { members, kinds, lists_values, required, tables, closed, is_impossible: false };
        found.is_impossible = found.required.iter().any(|name| found.forbids(name));
        found
    }

    /// What holds in every branch of a schema; None: it is false.
    pub fn of(compiler: &Compiler, schema: &Value) -> Option<Self> {
        let mut parts = Parts::new(compiler, false);
        parts.add(&Entry::of(schema, false)).then(|| Self::new(&parts.members))
    }

    fn schemas_of(&self, name: &str) -> &[Value] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a property cannot be.
    fn forbids(&self, name: &str) -> bool {
        let declares = |member: &Arc<Map>| {
            member.get("properties").and_then(Value::as_map).is_some_and(|properties| properties.has(name))
        };
        self.schemas_of(name).contains(&Value::Bool(false)) || !self.closed.iter().all(declares)
    }
}

/// Whether no value can satisfy both (None: what is false): for the kinds, the values, the bounds, or a required property.
pub fn told_apart(compiler: &Compiler, first: Option<&Facts>, second: Option<&Facts>, level: usize) -> bool {
    let (Some(first), Some(second)) = (first, second) else { return true };
    let kinds = shared(first.kinds, second.kinds);
    if kinds.is_empty() || differ_in_values(first, second) || differ_in_values(second, first) {
        return true;
    }
    let scalars: Kinds = [Kind::String, Kind::Integer, Kind::Number].into_iter().collect();
    if kinds.and(scalars) == kinds {
        let merged = merge_scalars(&[&first.members[..], &second.members].concat());
        return merged.is_err_and(|contradiction| contradiction.proved);
    }
    kinds.iter().eq([Kind::Object]) && level < MAX_LEVELS && differ_in_properties(compiler, first, second, level)
}

/// The kinds that both allow; integers are numbers.
fn shared(first: Kinds, second: Kinds) -> Kinds {
    let with_integers = |mut kinds: Kinds| {
        if kinds.has(Kind::Number) {
            kinds.add(Kind::Integer);
        }
        kinds
    };
    let mut both = with_integers(first).and(with_integers(second));
    if both.has(Kind::Number) {
        both.remove(Kind::Integer);
    }
    both
}

/// Whether the first lists values and the second lists others, or allows none of their kinds.
fn differ_in_values(first: &Facts, second: &Facts) -> bool {
    if !first.lists_values {
        return false;
    }
    let lists = value_lists(&second.members);
    let known: Vec<HashSet<Vec<u8>>> = lists.iter().map(|values| values.iter().map(key_of).collect()).collect();
    let is_common = |value: &Value| {
        let is_listed = known.iter().all(|keys| keys.contains(&key_of(value)));
        let is_allowed = Kind::of(value)
            .is_some_and(|kind| second.kinds.has(kind) || (kind == Kind::Integer && second.kinds.has(Kind::Number)));
        is_listed && is_allowed
    };
    !value_lists(&first.members)[0].iter().any(is_common)
}

/// Whether a property that one of them requires cannot be in the other, or cannot have a value for both.
fn differ_in_properties(compiler: &Compiler, first: &Facts, second: &Facts, level: usize) -> bool {
    if first.is_impossible || second.is_impossible {
        return true;
    }
    [(first, second), (second, first)].into_iter().any(|(one, other)| {
        let differs = |name: &str| {
            let is_apart = |left: &Value| {
                other.schemas_of(name).iter().any(|right| compiler.told_apart_at(left, right, level + 1))
            };
            other.forbids(name) || one.schemas_of(name).iter().any(is_apart)
        };
        if !other.closed.is_empty() || one.required.len() <= other.tables.len() {
            one.required.iter().any(|name| differs(name))
        } else {
            other.tables.keys().any(|name| one.required.contains(name) && differs(name))
        }
    })
}
