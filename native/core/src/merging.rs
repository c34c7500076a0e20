//! The conjunction of schemas without references, as one [`Flat`] (GENERATION.md, section 8).

use std::collections::HashSet;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::admission::admits;
use crate::compiler::Compiler;
use crate::exact::Exact;
use crate::grid::{grids, number_format};
use crate::kind::{Kind, Kinds, key_of};
use crate::pattern::{self, Unsupported};
use crate::schema::Flat;

/// What the parts ask for cannot hold together; the text names what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction(pub &'static str);

const IMPLIES: [(Kind, &[&str]); 4] = [
    (
        Kind::Object,
        &[
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "minProperties",
            "maxProperties",
            "propertyNames",
        ],
    ),
    (Kind::Array, &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]),
    (Kind::String, &["minLength", "maxLength", "pattern"]),
    (Kind::Number, &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
];
const UNGUARANTEED: [&str; 9] = [
    "not",
    "if",
    "contains",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// One conjunction as a [`Flat`].
///
/// # Errors
///
/// Where the members contradict each other.
pub fn merge(members: &[Arc<Map>], compiler: &Compiler) -> Result<Flat, Contradiction> {
    let (kinds, allowed, said) = kinds(members);
    if kinds.is_empty() {
        return Err(Contradiction("types that exclude each other"));
    }
    let mut flat = Flat {
        kinds,
        allowed,
        said,
        risky: UNGUARANTEED.iter().any(|keyword| members.iter().any(|member| member.has(keyword))),
        read_only: any_true(members, "readOnly"),
        samples: samples(members),
        ..Flat::default()
    };
    numbers(&mut flat, members);
    strings(&mut flat, members);
    arrays(&mut flat, members, compiler);
    objects(&mut flat, members, compiler);
    flat.values = values(&flat, members);
    check(flat)
}

/// Leaves only the kinds that a value can have.
fn check(mut flat: Flat) -> Result<Flat, Contradiction> {
    if let Some(values) = &flat.values {
        return if values.is_empty() {
            Err(Contradiction("no value of the enum satisfies the rest"))
        } else {
            Ok(flat)
        };
    }
    let within = |least: u64, most: Option<u64>| most.is_none_or(|most| least <= most);
    let is_possible = |kind: &Kind| match kind {
        Kind::Integer => !flat.integer_grids.is_empty(),
        Kind::Number => !flat.number_grids.is_empty(),
        Kind::String => within(flat.min_length, flat.max_length),
        Kind::Array => within(flat.min_items, flat.max_items),
        Kind::Object => within(flat.min_properties.max(flat.required.len() as u64), flat.max_properties),
        Kind::Boolean | Kind::Null => true,
    };
    let mut possible: Kinds = flat.kinds.iter().filter(is_possible).collect();
    if possible.is_empty() {
        let others = flat.allowed.iter().filter(|kind| !flat.kinds.has(*kind));
        possible = others.filter(is_possible).collect();
    }
    if possible.is_empty() {
        return Err(Contradiction("bounds that exclude each other"));
    }
    flat.kinds = possible;
    Ok(flat)
}

/// The kinds to make, those that all types allow, and whether any part says or implies anything of kinds.
fn kinds(members: &[Arc<Map>]) -> (Kinds, Kinds, bool) {
    let mut allowed = Kinds::all();
    let mut said = false;
    for member in members {
        let mut names: Kinds = match member.get("type") {
            Some(Value::Text(name)) => named(name).into_iter().collect(),
            Some(Value::List(names)) => names.iter().filter_map(|name| named(name.as_text()?)).collect(),
            _ => continue,
        };
        said = true;
        if names.has(Kind::Number) {
            names.add(Kind::Integer);
        }
        allowed = allowed.and(names);
    }
    let mut kinds = allowed;
    if !said {
        let has = |keywords: &[&str]| members.iter().any(|member| keywords.iter().any(|keyword| member.has(keyword)));
        let mut implied: Kinds =
            IMPLIES.into_iter().filter(|(_, keywords)| has(keywords)).map(|(kind, _)| kind).collect();
        let has_format = members.iter().any(|member| matches!(member.get("format"), Some(Value::Text(_))));
        if !implied.has(Kind::Number) && has_format {
            implied.add(Kind::String);
        }
        if !implied.is_empty() {
            said = true;
            kinds = implied;
        }
    }
    for kinds in [&mut kinds, &mut allowed] {
        if kinds.has(Kind::Number) {
            kinds.remove(Kind::Integer);
        }
    }
    (kinds, allowed, said)
}

fn named(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

fn samples(members: &[Arc<Map>]) -> Vec<Value> {
    let mut found: Vec<&Value> = vec![];
    for member in members {
        found.extend(member.get("example"));
        found.extend(list(member, "examples"));
    }
    found.extend(members.iter().filter_map(|member| member.get("default")));
    let mut seen = HashSet::new();
    found.into_iter().filter(|value| seen.insert(key_of(value))).cloned().collect()
}

fn values(flat: &Flat, members: &[Arc<Map>]) -> Option<Vec<Value>> {
    let enums = members.iter().filter(|member| matches!(member.get("enum"), Some(Value::List(_))));
    let mut lists: Vec<&[Value]> = enums.map(|member| list(member, "enum")).collect();
    lists.extend(members.iter().filter_map(|member| member.get("const")).map(std::slice::from_ref));
    let (first, others) = lists.split_first()?;
    let others: Vec<HashSet<Vec<u8>>> = others.iter().map(|values| values.iter().map(key_of).collect()).collect();
    let mut seen = HashSet::new();
    let is_fine = |value: &&Value| {
        let key = key_of(value);
        let everywhere = others.iter().all(|keys| keys.contains(&key));
        seen.insert(key) && everywhere && admits(flat, value)
    };
    Some(first.iter().filter(is_fine).cloned().collect())
}

fn numbers(flat: &mut Flat, members: &[Arc<Map>]) {
    let mut bounds = std::mem::take(&mut flat.bounds);
    for member in members {
        let mut number = |keyword: &str| {
            let value = member.get(keyword)?;
            let number = Exact::read(value);
            flat.risky |= number.is_none();
            number
        };
        for (keyword, is_open) in [("minimum", false), ("exclusiveMinimum", true)] {
            if let Some(low) = number(keyword)
                && bounds.low.as_ref().is_none_or(|known| (&low, is_open) > (known, bounds.low_open))
            {
                (bounds.low, bounds.low_open) = (Some(low), is_open);
            }
        }
        for (keyword, is_open) in [("maximum", false), ("exclusiveMaximum", true)] {
            if let Some(high) = number(keyword)
                && bounds.high.as_ref().is_none_or(|known| (known, is_open) > (&high, bounds.high_open))
            {
                (bounds.high, bounds.high_open) = (Some(high), is_open);
            }
        }
        if let Some(step) = number("multipleOf")
            && step.is_positive()
            && !bounds.steps.contains(&step)
        {
            bounds.steps.push(step);
        }
        if let Some((low, high)) = member.get("format").and_then(Value::as_text).and_then(number_format) {
            if bounds.low.as_ref().is_none_or(|known| low > *known) {
                (bounds.low, bounds.low_open) = (Some(low), false);
            }
            if bounds.high.as_ref().is_none_or(|known| high < *known) {
                (bounds.high, bounds.high_open) = (Some(high), false);
            }
        }
    }
    if flat.allowed.has(Kind::Number) {
        flat.number_grids = grids(&bounds, false);
    }
    if flat.allowed.has(Kind::Number) || flat.allowed.has(Kind::Integer) {
        flat.integer_grids = grids(&bounds, true);
    }
    flat.bounds = bounds;
}

fn strings(flat: &mut Flat, members: &[Arc<Map>]) {
    flat.min_length = largest(members, "minLength");
    flat.max_length = smallest(members, "maxLength");
    let format = members.iter().find_map(|member| member.get("format")?.as_text());
    format.unwrap_or_default().clone_into(&mut flat.format);
    let mut sources = HashSet::new();
    for member in members {
        let Some(source) = member.get("pattern").and_then(Value::as_text) else { continue };
        if !sources.insert(source) {
            continue;
        }
        match pattern::parse(source) {
            Ok(tree) => {
                flat.risky |= tree.assumes();
                flat.patterns.push(tree);
            }
            Err(Unsupported(what)) if flat.unsupported.is_empty() => flat.unsupported = what,
            Err(_) => {}
        }
    }
}

fn arrays(flat: &mut Flat, members: &[Arc<Map>], compiler: &Compiler) {
    flat.min_items = largest(members, "minItems");
    flat.max_items = smallest(members, "maxItems");
    flat.unique = any_true(members, "uniqueItems");
    let at = |index: usize| -> Vec<Value> {
        let part = |member: &Arc<Map>| list(member, "prefixItems").get(index).or_else(|| member.get("items")).cloned();
        members.iter().filter_map(part).collect()
    };
    let longest = members.iter().map(|member| list(member, "prefixItems").len()).max().unwrap_or(0);
    flat.prefix = (0..longest).map(|index| compiler.node_of(&at(index))).collect();
    let rest = at(longest);
    flat.items = (!rest.is_empty()).then(|| compiler.node_of(&rest));
}

fn objects(flat: &mut Flat, members: &[Arc<Map>], compiler: &Compiler) {
    flat.min_properties = largest(members, "minProperties");
    flat.max_properties = smallest(members, "maxProperties");
    let table = |member: &Arc<Map>| match member.get("properties") {
        Some(Value::Map(table)) => Arc::clone(table),
        _ => Arc::default(),
    };
    let tables: Vec<Arc<Map>> = members.iter().map(table).collect();
    for name in tables.iter().flat_map(|table| table.iter().map(|(name, _)| name)) {
        if flat.properties.get(name).is_some() {
            continue;
        }
        let part = |(member, table): (&Arc<Map>, &Arc<Map>)| {
            let rest = || member.get("additionalProperties").filter(|_| !member.has("patternProperties"));
            table.get(name).or_else(rest).cloned()
        };
        let parts: Vec<Value> = members.iter().zip(&tables).filter_map(part).collect();
        flat.properties.add(name, compiler.node_of(&parts));
    }
    let rest: Vec<Value> = members.iter().filter_map(|member| member.get("additionalProperties").cloned()).collect();
    flat.additional = (!rest.is_empty()).then(|| compiler.node_of(&rest));
    flat.open = !rest.is_empty() && !rest.contains(&Value::Bool(false));
    for name in members.iter().flat_map(|member| list(member, "required")).filter_map(Value::as_text) {
        if flat.required_names.insert(name.to_owned()) {
            flat.required.push(name.to_owned());
        }
    }
}

fn list<'a>(member: &'a Map, keyword: &str) -> &'a [Value] {
    member.get(keyword).and_then(Value::as_list).unwrap_or_default()
}

fn any_true(members: &[Arc<Map>], keyword: &str) -> bool {
    members.iter().any(|member| member.get(keyword) == Some(&Value::Bool(true)))
}

fn largest(members: &[Arc<Map>], keyword: &str) -> u64 {
    counts(members, keyword).max().unwrap_or(0)
}

fn smallest(members: &[Arc<Map>], keyword: &str) -> Option<u64> {
    counts(members, keyword).min()
}

fn counts<'a>(members: &'a [Arc<Map>], keyword: &'a str) -> impl Iterator<Item = u64> + 'a {
    members.iter().filter_map(move |member| match member.get(keyword) {
        Some(Value::Int(count)) => u64::try_from(*count).ok(),
        _ => None,
    })
}
