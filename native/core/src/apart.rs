//! Whether two schemas exclude each other, as far as that shows without making alternatives (GENERATION.md, section 8).

use std::collections::HashSet;

use sentinel_wire::Value;

use crate::compiler::Compiler;
use crate::kind::{Kind, Kinds, key_of};
use crate::merging::{kinds_of, merge_scalars, value_lists};
use crate::parts::{Entry, Member, Parts};

const MAX_LEVELS: usize = 3;

/// Whether no value can satisfy both: for the kinds, the values, the bounds, or a required property.
pub fn told_apart(compiler: &Compiler, left: &Value, right: &Value, level: usize) -> bool {
    let (Some(first), Some(second)) = (members(compiler, left), members(compiler, right)) else { return true };
    let both = [&first[..], &second].concat();
    let allowed = kinds_of(&both).1;
    if allowed.is_empty() || differ_in_values(&first, &second) || differ_in_values(&second, &first) {
        return true;
    }
    let scalars: Kinds = [Kind::String, Kind::Integer, Kind::Number].into_iter().collect();
    if allowed.and(scalars) == allowed {
        return merge_scalars(&both).is_err();
    }
    allowed.iter().eq([Kind::Object]) && level < MAX_LEVELS && differ_in_properties(compiler, &first, &second, level)
}

/// What holds in every branch of a schema; None: it is false.
fn members(compiler: &Compiler, schema: &Value) -> Option<Vec<Member>> {
    let mut parts = Parts::new(compiler, false);
    parts.add(&Entry::of(schema, false)).then_some(parts.members)
}

/// Whether the first lists values and the second lists others, or allows none of their kinds.
fn differ_in_values(first: &[Member], second: &[Member]) -> bool {
    let lists = value_lists(first);
    let Some(list) = lists.first() else { return false };
    let known: Vec<HashSet<Vec<u8>>> =
        value_lists(second).iter().map(|values| values.iter().map(key_of).collect()).collect();
    let allowed = kinds_of(second).1;
    let is_common = |value: &Value| {
        let is_listed = known.iter().all(|keys| keys.contains(&key_of(value)));
        let is_allowed = Kind::of(value)
            .is_some_and(|kind| allowed.has(kind) || (kind == Kind::Integer && allowed.has(Kind::Number)));
        is_listed && is_allowed
    };
    !list.iter().any(is_common)
}

/// Whether a property that one of them requires cannot be in the other, or cannot have a value for both.
fn differ_in_properties(compiler: &Compiler, first: &[Member], second: &[Member], level: usize) -> bool {
    let names = first.iter().chain(second).filter_map(|member| member.get("required")?.as_list());
    let mut seen = HashSet::new();
    names.flatten().filter_map(Value::as_text).filter(|name| seen.insert(*name)).any(|name| {
        forbids(first, name)
            || forbids(second, name)
            || schemas_of(first, name)
                .any(|left| schemas_of(second, name).any(|right| told_apart(compiler, left, right, level + 1)))
    })
}

fn schemas_of<'a>(members: &'a [Member], name: &'a str) -> impl Iterator<Item = &'a Value> {
    members.iter().filter_map(move |member| member.get("properties")?.as_map()?.get(name))
}

fn forbids(members: &[Member], name: &str) -> bool {
    let is_closed = |member: &Member| {
        let is_declared = member.get("properties").and_then(Value::as_map).is_some_and(|table| table.has(name));
        member.get("additionalProperties") == Some(&Value::Bool(false))
            && !member.has("patternProperties")
            && !is_declared
    };
    schemas_of(members, name).any(|schema| *schema == Value::Bool(false)) || members.iter().any(is_closed)
}
