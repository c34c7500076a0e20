//! The conjunction of schemas without references, as one [`Flat`] (GENERATION.md, section 8).

use std::collections::HashSet;

use sentinel_wire::Value;

use crate::admission::{admits, is_unknown};
use crate::arrays::arrays;
use crate::avoid::Avoid;
use crate::compiler::Compiler;
use crate::exact::Exact;
use crate::existence::Contradiction;
use crate::grid::{grids, is_beyond, is_whole_format, number_format};
use crate::kind::{Kind, Kinds, key_of};
use crate::parts::Member;
use crate::pattern::{self, Unsupported};
use crate::pattern_ends::lengths;
use crate::properties::properties;
use crate::schema::Flat;

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
            "dependentRequired",
            "dependentSchemas",
            "unevaluatedProperties",
        ],
    ),
    (Kind::Array, &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"]),
    (Kind::String, &["minLength", "maxLength", "pattern"]),
    (Kind::Number, &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
];
/// So many numbers between bounds are listed, where some of them must not be.
const MAX_LISTED: u32 = 64;

/// One conjunction as a [`Flat`].
///
/// # Errors
///
/// Where the members contradict each other.
pub fn merge(members: &[Member], compiler: &Compiler) -> Result<Flat, Contradiction> {
    let mut flat = begun(members)?;
    flat.min_items = largest(members, "minItems");
    flat.max_items = smallest(members, "maxItems");
    flat.unique = any_true(members, "uniqueItems");
    arrays(&mut flat, members, compiler);
    properties(&mut flat, members, compiler);
    finished(flat, members, Some(compiler))
}

/// The same of members that allow neither arrays nor objects.
///
/// # Errors
///
/// Where the members contradict each other.
pub fn merge_scalars(members: &[Member]) -> Result<Flat, Contradiction> {
    finished(begun(members)?, members, None)
}

/// What the members say of kinds, numbers and strings.
fn begun(members: &[Member]) -> Result<Flat, Contradiction> {
    let (kinds, allowed, said) = kinds_of(members);
    if kinds.is_empty() {
        return Err(Contradiction::of("types that exclude each other"));
    }
    let read_only = any_true(members, "readOnly");
    let mut flat = Flat { kinds, allowed, said, read_only, samples: samples(members), ..Flat::default() };
    avoid(&mut flat, members)?;
    numbers(&mut flat, members);
    strings(&mut flat, members);
    Ok(flat)
}

fn finished(mut flat: Flat, members: &[Member], compiler: Option<&Compiler>) -> Result<Flat, Contradiction> {
    flat.values = values(&flat, members);
    flat.risky |= flat.values.iter().flatten().any(|value| may_be_refused(&flat, members, value));
    check(flat, members, compiler)
}

/// Whether what stands beside a listed value may refuse it though it is listed.
fn may_be_refused(flat: &Flat, members: &[Member], value: &Value) -> bool {
    match value {
        Value::Text(_) => !flat.format.is_empty(),
        Value::Map(_) => implies(members, Kind::Object),
        Value::List(_) => implies(members, Kind::Array),
        _ => false,
    }
}

/// What must not be; null, booleans and integers that must not be are no kinds.
fn avoid(flat: &mut Flat, members: &[Member]) -> Result<(), Contradiction> {
    let (avoid, is_unsupported) = Avoid::of(members);
    flat.risky |= is_unsupported;
    if let Some(avoid) = &avoid {
        let mut remove = |kind| {
            flat.kinds.remove(kind);
            flat.allowed.remove(kind);
        };
        if avoid.lists(&Value::Null) {
            remove(Kind::Null);
        }
        if avoid.lists(&Value::Bool(true)) && avoid.lists(&Value::Bool(false)) {
            remove(Kind::Boolean);
        }
        if avoid.has_integers() {
            remove(Kind::Integer);
        }
    }
    flat.avoid = avoid;
    if flat.allowed.is_empty() { Err(Contradiction::of("types that exclude each other")) } else { Ok(()) }
}

/// Leaves only the kinds that a value can have.
fn check(mut flat: Flat, members: &[Member], compiler: Option<&Compiler>) -> Result<Flat, Contradiction> {
    if let Some(values) = &flat.values {
        if !values.is_empty() {
            return Ok(flat);
        }
        let none = Contradiction::of("no value of the enum satisfies the rest");
        let is_known = !value_lists(members).into_iter().flatten().any(|value| is_unknown(&flat, value));
        let reason = "no value of the enum satisfies the rest, as far as is known";
        return Err(if is_known { none } else { Contradiction { proved: false, ..Contradiction::of(reason) } });
    }
    let has_few = compiler.is_some_and(|compiler| flat.has_too_few_names(compiler));
    let within = |least: u64, most: Option<u64>| most.is_none_or(|most| least <= most);
    let texts = text_lengths(&flat);
    let is_possible = |kind: &Kind| match kind {
        Kind::Integer => !flat.integer_grids.is_empty() || !flat.unread.is_empty(),
        Kind::Number => !flat.number_grids.is_empty() || !flat.unread.is_empty(),
        Kind::String => within(texts.0, texts.1),
        Kind::Array => within(flat.min_items, flat.max_items),
        Kind::Object => {
            within(flat.min_properties.max(flat.required.len() as u64), flat.max_properties)
                && !flat.required.iter().any(|name| flat.forbidden.contains(name))
                && !has_few
        }
        Kind::Boolean | Kind::Null => true,
    };
    let possible: Kinds = flat.allowed.iter().filter(is_possible).collect();
    if possible.is_empty() {
        let name = flat.required.iter().find(|name| flat.forbidden.contains(*name));
        return Err(match name {
            Some(name) => Contradiction::of(format!("property {name} is required and must not be there")),
            None if has_few && flat.allowed.has(Kind::Object) => {
                Contradiction::of("minProperties above the number of properties that may be there")
            }
            None if flat.allowed.has(Kind::String) && within(flat.min_length, flat.max_length) => {
                Contradiction::of("lengths that no text that matches the pattern has")
            }
            None => Contradiction::of("bounds that exclude each other"),
        });
    }
    let kinds = flat.kinds.and(possible);
    flat.kinds = if kinds.is_empty() { possible } else { kinds };
    flat.allowed = possible;
    Ok(flat)
}

/// The least and the most length of a text, where all patterns that are understood match.
fn text_lengths(flat: &Flat) -> (u64, Option<u64>) {
    let bounds: Vec<_> = flat.patterns.iter().map(lengths).collect();
    let least = bounds.iter().map(|(least, _)| *least).fold(flat.min_length, u64::max);
    (least, bounds.iter().filter_map(|(_, most)| *most).chain(flat.max_length).min())
}

/// The kinds to make, those that all types allow, and whether any part says or implies anything of kinds.
pub fn kinds_of(members: &[Member]) -> (Kinds, Kinds, bool) {
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
        let mut implied: Kinds =
            IMPLIES.into_iter().map(|(kind, _)| kind).filter(|kind| implies(members, *kind)).collect();
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

/// Whether a keyword of the members is about a kind.
fn implies(members: &[Member], kind: Kind) -> bool {
    let about = IMPLIES.iter().filter(|(one, _)| *one == kind).flat_map(|(_, keywords)| *keywords);
    about.into_iter().any(|keyword| members.iter().any(|member| member.has(keyword)))
}

fn named(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

fn samples(members: &[Member]) -> Vec<Value> {
    let mut found: Vec<&Value> = vec![];
    for member in members {
        found.extend(member.get("example"));
        found.extend(list(member, "examples"));
    }
    found.extend(members.iter().filter_map(|member| member.get("default")));
    let mut seen = HashSet::new();
    found.into_iter().filter(|value| seen.insert(key_of(value))).cloned().collect()
}

/// What `enum` and `const` list, the enums first.
pub fn value_lists(members: &[Member]) -> Vec<&[Value]> {
    let enums = members.iter().filter(|member| matches!(member.get("enum"), Some(Value::List(_))));
    let mut lists: Vec<&[Value]> = enums.map(|member| list(member, "enum")).collect();
    lists.extend(members.iter().filter_map(|member| member.get("const")).map(std::slice::from_ref));
    lists
}

fn values(flat: &Flat, members: &[Member]) -> Option<Vec<Value>> {
    let lists = value_lists(members);
    let Some((first, others)) = lists.split_first() else { return few_numbers(flat) };
    let others: Vec<HashSet<Vec<u8>>> = others.iter().map(|values| values.iter().map(key_of).collect()).collect();
    let mut seen = HashSet::new();
    let is_fine = |value: &&Value| {
        let key = key_of(value);
        let everywhere = others.iter().all(|keys| keys.contains(&key));
        seen.insert(key) && everywhere && admits(flat, value)
    };
    Some(first.iter().filter(is_fine).cloned().collect())
}

/// The numbers between close bounds, where some of them must not be: too few to be met by chance.
fn few_numbers(flat: &Flat) -> Option<Vec<Value>> {
    let avoid = flat.avoid.as_ref()?;
    let grids = if flat.allowed.iter().eq([Kind::Integer]) {
        &flat.integer_grids
    } else if flat.allowed.iter().eq([Kind::Number]) {
        &flat.number_grids
    } else {
        return None;
    };
    let [grid] = &grids[..] else { return None };
    let points = grid.points(MAX_LISTED)?;
    Some(points.iter().map(Exact::write).filter(|value| !avoid.has(value)).collect())
}

fn is_said(members: &[Member], keywords: [&str; 2], bound: &Exact) -> bool {
    let mut numbers =
        members.iter().flat_map(|member| keywords.map(|keyword| member.get(keyword).and_then(Exact::read)));
    numbers.any(|number| number.as_ref() == Some(bound))
}

fn numbers(flat: &mut Flat, members: &[Member]) {
    let mut bounds = std::mem::take(&mut flat.bounds);
    let mut by_format = Vec::new();
    for member in members {
        let mut number = |keyword: &str| {
            let value = member.get(keyword)?;
            let number = Exact::read(value);
            flat.risky |= number.is_none();
            if number.is_none() && flat.unread.is_empty() {
                keyword.clone_into(&mut flat.unread);
            }
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
        let format = member.get("format").and_then(Value::as_text);
        if format.is_some_and(is_whole_format) && !bounds.steps.contains(&Exact::from(1)) {
            bounds.steps.push(Exact::from(1));
        }
        if let Some((low, high)) = format.and_then(number_format) {
            by_format.extend([low.clone(), high.clone()]);
            if bounds.low.as_ref().is_none_or(|known| low > *known) {
                (bounds.low, bounds.low_open) = (Some(low), false);
            }
            if bounds.high.as_ref().is_none_or(|known| high < *known) {
                (bounds.high, bounds.high_open) = (Some(high), false);
            }
        }
    }
    let is_by_format = |bound: &Option<Exact>, keywords: [&str; 2]| {
        bound.as_ref().is_some_and(|bound| by_format.contains(bound) && !is_said(members, keywords, bound))
    };
    bounds.by_format = (
        is_by_format(&bounds.low, ["minimum", "exclusiveMinimum"]),
        is_by_format(&bounds.high, ["maximum", "exclusiveMaximum"]),
    );
    if flat.unread.is_empty() && is_beyond(&bounds) {
        "multipleOf".clone_into(&mut flat.unread);
        flat.risky = true;
    }
    if flat.unread.is_empty() && flat.allowed.has(Kind::Number) {
        flat.number_grids = grids(&bounds, false);
    }
    if flat.unread.is_empty() && (flat.allowed.has(Kind::Number) || flat.allowed.has(Kind::Integer)) {
        flat.integer_grids = grids(&bounds, true);
    }
    flat.bounds = bounds;
}

fn strings(flat: &mut Flat, members: &[Member]) {
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

/// The values of a keyword that lists some.
pub fn list<'a>(member: &'a Member, keyword: &str) -> &'a [Value] {
    member.get(keyword).and_then(Value::as_list).unwrap_or_default()
}

fn any_true(members: &[Member], keyword: &str) -> bool {
    members.iter().any(|member| member.get(keyword) == Some(&Value::Bool(true)))
}

/// The largest of a keyword that counts; 0 where there is none.
pub fn largest(members: &[Member], keyword: &str) -> u64 {
    counts(members, keyword).max().unwrap_or(0)
}

/// The smallest of a keyword that counts.
pub fn smallest(members: &[Member], keyword: &str) -> Option<u64> {
    counts(members, keyword).min()
}

fn counts<'a>(members: &'a [Member], keyword: &'a str) -> impl Iterator<Item = u64> + 'a {
    members.iter().filter_map(move |member| match member.get(keyword) {
        Some(Value::Int(count)) => u64::try_from(*count).ok(),
        _ => None,
    })
}
