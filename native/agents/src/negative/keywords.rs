//! What can be violated at a part of a value, by keyword (GENERATION.md, section 16).

use std::collections::HashSet;

use num_bigint::BigInt;
use sentinel_core::compiler::Compiler;
use sentinel_core::exact::Exact;
use sentinel_core::grid::Grid;
use sentinel_core::kind::Kind;
use sentinel_core::matching::refuses;
use sentinel_core::schema::{Flat, Node};
use sentinel_core::tables::MISSES;
use sentinel_core::text;
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::said::{Said, is_of_choice};
use super::spots::{PartSpot, is_read_only};
use super::together::Together;
use super::values::{other_values, types};

/// The formats that the validator knows.
#[rustfmt::skip]
const ASSERTED: [&str; 19] = [
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer",
    "regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid",
];
/// Of so many properties each is looked at.
pub const MOST_NAMES: usize = 64;
const MOST_LENGTH: u64 = 524_288;
const MOST_LENGTH_ELSEWHERE: u64 = 4096;
const LARGE_LENGTH: u64 = 16_384;
pub const LARGE_COUNT: u64 = 256;
/// Larger counts of items and properties are not tried.
const MOST_COUNT: u64 = 1024;
const MOST_WRONG: usize = 4;
const HUGE_LENGTH: u64 = 262_144;
const BEYOND_DOUBLE: &str = "beyond-double";
/// Of a place only the first, as it is long.
pub const HUGE_TEXT: &str = "maxLength/huge";

/// What may be a violation.
#[derive(Debug)]
pub struct Candidate {
    /// The keyword, with `/` and which where there are several.
    pub label: String,
    /// What is done.
    pub change: PartChange,
    /// Leads on to a property; empty: it is of the part itself.
    pub property: Option<String>,
    /// The label that it has where the validator does not mind, as it does not know a format's range; empty: it is none then.
    pub unproved: String,
    /// Few cases may have what it makes.
    pub large: bool,
}

/// Takes candidates.
pub struct Found(pub Vec<Candidate>);

impl Found {
    /// One of the part itself.
    pub fn add(&mut self, label: impl Into<String>, change: PartChange) {
        self.0.push(Candidate { label: label.into(), change, property: None, unproved: String::new(), large: false });
    }

    /// One of the part itself, of which there may be few where it is large.
    fn add_sized(&mut self, label: &str, change: PartChange, large: bool) {
        self.0.push(Candidate { label: label.to_owned(), change, property: None, unproved: String::new(), large });
    }

    /// One of a property.
    pub fn add_of(&mut self, property: &str, label: &str, change: PartChange) {
        let property = Some(property.to_owned());
        self.0.push(Candidate { label: label.to_owned(), change, property, unproved: String::new(), large: false });
    }
}

/// Violations of the alternative, each to be proved. `sample`: the part as it is valid; `exact`: sent as JSON.
pub fn candidates(compiler: &Compiler, spot: &PartSpot, sample: &Value, exact: bool, in_body: bool) -> Found {
    let node = compiler.node(spot.node);
    let flat = &node.alternatives(compiler)[spot.alternative];
    let mut found = Found(vec![]);
    let is_container = matches!(sample, Value::Map(_) | Value::List(_));
    let mut kinds = Found(vec![]);
    if spot.first && (exact || !is_container) {
        types(compiler, &node, exact, &mut kinds);
    }
    let mut kinds = kinds.0.into_iter();
    found.0.extend(kinds.next());
    let said = Said::new(compiler, &node);
    own(&said, flat, sample, (exact, in_body), &mut found);
    if let Value::Map(map) = sample {
        required(compiler, flat, map, &mut found);
    }
    found.0.extend(kinds);
    for candidate in &mut found.0 {
        let label = said.named(&candidate.label);
        if candidate.unproved == candidate.label {
            candidate.unproved.clone_from(&label);
        }
        candidate.label = label;
        candidate.property = candidate.property.take().filter(|_| !is_of_choice(&candidate.label));
    }
    found
}

/// What the alternative says beside its type.
fn own(said: &Said, flat: &Flat, sample: &Value, (exact, in_body): (bool, bool), found: &mut Found) {
    // Else they are the few numbers that may be.
    if flat.values.is_some() && said.lists {
        other_values(flat, sample, exact, found);
        return;
    }
    match (Kind::of(sample), sample) {
        (Some(Kind::Integer | Kind::Number), _) => {
            numbers(flat, sample, found);
            if exact {
                // Validators cannot be told.
                let change = PartChange::Put(Value::decimal("1E+400"));
                found.0.push(Candidate {
                    label: BEYOND_DOUBLE.into(),
                    change,
                    property: None,
                    unproved: BEYOND_DOUBLE.into(),
                    large: false,
                });
            }
        }
        (_, Value::Text(text)) => strings(flat, text, exact, in_body, found),
        (_, Value::Bytes(_)) => {
            let begun = found.0.len();
            lengths(flat, MOST_LENGTH, found);
            for candidate in &mut found.0[begun..] {
                candidate.unproved.clone_from(&candidate.label); // no validator counts bytes
            }
        }
        (_, Value::List(_)) => arrays(flat, found),
        (_, Value::Map(_)) => objects(said.compiler, flat, exact, found),
        _ => {}
    }
}

/// Values in JSON that the node should refuse, with their labels: one of another type, or where none is, of another keyword.
pub fn wrong(whole: &Together, node: &Node) -> Vec<(String, Value)> {
    if let Some(found) = other_kind(whole.compiler, node) {
        return vec![found];
    }
    let Some(flat) = node.alternatives(whole.compiler).first() else { return vec![] };
    let Some(value) = whole.guess(node, "name", None) else { return vec![] };
    let mut found = Found(vec![]);
    let said = Said::new(whole.compiler, node);
    own(&said, flat, &value, (true, false), &mut found);
    let found = found.0.into_iter().take(MOST_WRONG);
    found.filter_map(|one| Some((said.named(&one.label), one.change.of(&value, None)?))).collect()
}

/// The first value in JSON of a kind that the node does not allow, if there is one, with its label.
fn other_kind(compiler: &Compiler, node: &Node) -> Option<(String, Value)> {
    let mut found = Found(vec![]);
    types(compiler, node, true, &mut found);
    let Candidate { label, change, .. } = found.0.into_iter().next()?;
    let value = if let PartChange::Put(value) = change { value } else { "sample".into() };
    Some((Said::new(compiler, node).named(&label), value))
}

/// Whether a schema says what a missing value stands for.
pub fn has_default(compiler: &Compiler, node: &Node) -> bool {
    let mut waiting: Vec<&Value> = node.schemas.iter().collect();
    let mut seen = HashSet::new();
    while let Some(schema) = waiting.pop() {
        let Value::Map(schema) = schema else { continue };
        if schema.has("default") {
            return true;
        }
        if let Some(Value::Text(reference)) = schema.get("$ref")
            && seen.insert(reference)
        {
            waiting.extend(compiler.target(reference));
        }
        for keyword in ["allOf", "oneOf", "anyOf"] {
            waiting.extend(schema.get(keyword).and_then(Value::as_list).unwrap_or_default());
        }
    }
    false
}

/// Whether a server may put in the property by itself where a request is without it.
pub fn is_put_in(compiler: &Compiler, flat: &Flat, name: &str) -> bool {
    flat.properties.get(name).is_some_and(|node| {
        let node = compiler.node(node);
        is_read_only(compiler, &node) || has_default(compiler, &node)
    })
}

fn required(compiler: &Compiler, flat: &Flat, sample: &Map, found: &mut Found) {
    for name in &flat.required {
        if sample.has(name) && !is_put_in(compiler, flat, name) {
            found.add_of(name, "required", PartChange::Without(name.clone()));
        }
    }
}

fn numbers(flat: &Flat, sample: &Value, found: &mut Found) {
    let grids = if flat.kinds.has(Kind::Number) { &flat.number_grids } else { &flat.integer_grids };
    let (Some(coarse), Some(fine)) = (grids.first(), grids.last()) else { return };
    let bounds = &flat.bounds;
    beyond((&bounds.low, bounds.low_open, bounds.by_format.0), (fine, fine.low()), (coarse, coarse.low()), -1, found);
    beyond(
        (&bounds.high, bounds.high_open, bounds.by_format.1),
        (fine, fine.high()),
        (coarse, coarse.high()),
        1,
        found,
    );
    if !bounds.steps.is_empty() {
        between_steps(flat, coarse, sample, found);
    }
}

/// The number next to the lower or upper bound on the finer grid, and one of some twenty digits on the coarser.
///
/// Not one whose double is that of the bound: to a program that reads numbers so, it is the bound.
fn beyond(
    (bound, is_open, by_format): (&Option<Exact>, bool, bool),
    (fine, last): (&Grid, Option<&BigInt>),
    (coarse, last_of_coarse): (&Grid, Option<&BigInt>),
    step: i32,
    found: &mut Found,
) {
    let (Some(bound), Some(last)) = (bound, last) else { return };
    let keyword = if step < 0 { "minimum" } else { "maximum" };
    let label = match (is_open, step < 0) {
        (false, _) => keyword,
        (true, true) => "exclusiveMinimum",
        (true, false) => "exclusiveMaximum",
    };
    let mut add = |which: &str, grid: &Grid, k: BigInt| {
        let unproved = if by_format { format!("format/{keyword}{which}") } else { String::new() };
        let change = PartChange::Beyond { grid: grid.clone(), k, step };
        found.0.push(Candidate { label: format!("{label}{which}"), change, property: None, unproved, large: false });
    };
    let next = last + step;
    if by_format || is_open || fine.value(&next).is_told_from(bound) {
        add("", fine, next);
    }
    let k = coarse.far(step);
    if last_of_coarse.is_some_and(|last| (&k - last) * step > BigInt::from(1)) {
        add("/far", coarse, k);
    }
}

/// The sample, moved less than a step, up or else down.
fn between_steps(flat: &Flat, grid: &Grid, sample: &Value, found: &mut Found) {
    let Some(number) = Exact::read(sample) else { return };
    let by = if flat.kinds.has(Kind::Number) {
        Exact::new(BigInt::from(1), grid.scale().max(number.scale()) + 1)
    } else if *grid.unit() > BigInt::from(1) && grid.scale() == 0 {
        Exact::from(1)
    } else {
        return;
    };
    for by in [by.clone(), by.negated()] {
        let moved = number.plus(&by);
        let is_above = flat.bounds.high.as_ref().is_some_and(|high| moved > *high);
        let is_below = flat.bounds.low.as_ref().is_some_and(|low| moved < *low);
        if !is_above && !is_below {
            found.add("multipleOf", PartChange::Put(moved.write()));
            return;
        }
    }
}

fn lengths(flat: &Flat, longest: u64, found: &mut Found) {
    let low = flat.min_length;
    if low > 0 && low <= longest {
        found.add("minLength", PartChange::Sized { length: low - 1, longer: false, distinct: false });
    }
    if let Some(high) = flat.max_length.filter(|high| *high < longest) {
        let change = PartChange::Sized { length: high + 1, longer: true, distinct: false };
        found.add_sized("maxLength", change, high >= LARGE_LENGTH);
    }
}

fn strings(flat: &Flat, sample: &str, exact: bool, in_body: bool, found: &mut Found) {
    let (low, high) = (flat.min_length, flat.max_length);
    lengths(flat, if in_body { MOST_LENGTH } else { MOST_LENGTH_ELSEWHERE }, found);
    let is_full = high.is_some_and(|high| text::length(sample) >= high);
    let (mut head, mut tail) = (sample.to_owned(), sample);
    if is_full {
        head.pop();
        let mut rest = sample.chars();
        rest.next();
        tail = rest.as_str();
    }
    let mut changes = vec![("suffix", format!("{head}!")), ("prefix", format!("!{tail}"))];
    let control = format!("{head}\0");
    if exact {
        changes.push(("control", control.clone()));
    }
    if !flat.patterns.is_empty() || !flat.unsupported.is_empty() {
        changes.push(("other", text::fitted("!", low.max(1), None)));
        // The validator alone would do, but that its engine is not that of the document's language.
        let is_wrong =
            |text: &str| !flat.unsupported.is_empty() || flat.patterns.iter().any(|tree| refuses(tree, text));
        for (which, text) in changes.into_iter().filter(|(_, text)| is_wrong(text)) {
            found.add(format!("pattern/{which}"), PartChange::Put(Value::Text(text)));
        }
    }
    let mut add = |label: String, text: Value| {
        let unproved = if ASSERTED.contains(&flat.format.as_str()) { String::new() } else { label.clone() };
        found.0.push(Candidate { label, change: PartChange::Put(text), property: None, unproved, large: false });
    };
    if let Some(misses) = MISSES.get(&flat.format) {
        for (index, text) in misses.iter().enumerate() {
            let length = text::length(text);
            if low <= length && high.is_none_or(|high| length <= high) {
                add(format!("format/{index}"), Value::text(text));
            }
        }
        if exact {
            add("format/control".to_owned(), Value::Text(control));
        }
    }
    if exact && high.is_some_and(|high| high < HUGE_LENGTH) {
        found.add_sized(HUGE_TEXT, PartChange::Sized { length: HUGE_LENGTH, longer: false, distinct: false }, true);
    }
}

fn arrays(flat: &Flat, found: &mut Found) {
    if flat.min_items > 0 && flat.min_items <= MOST_COUNT {
        found.add("minItems", PartChange::Sized { length: flat.min_items - 1, longer: false, distinct: false });
    }
    if let Some(most) = flat.max_items.filter(|most| *most < MOST_COUNT) {
        let change = PartChange::Sized { length: most + 1, longer: true, distinct: flat.unique };
        found.add_sized("maxItems", change, most >= LARGE_COUNT);
    }
    if flat.unique {
        found.add("uniqueItems", PartChange::Repeat);
    }
}

fn objects(compiler: &Compiler, flat: &Flat, exact: bool, found: &mut Found) {
    let additional = flat.additional.map(|node| compiler.node(node));
    let is_closed = additional.as_ref().is_some_and(|node| node.alternatives(compiler).is_empty());
    let is_new = flat.properties.get("extra1").is_none();
    let with = |value| PartChange::With("extra1".to_owned(), value);
    if is_closed && is_new {
        found.add_of("extra1", "additionalProperties", with("sample".into()));
    } else if let Some(node) = additional.filter(|_| exact && is_new)
        && let Some((label, value)) = other_kind(compiler, &node)
    {
        found.add_of("extra1", &format!("additionalProperties/{label}"), with(value));
    }
    let members = |count| PartChange::Members { count, needed: flat.required.clone() };
    let is_filled = || flat.properties.iter().any(|(name, _)| is_put_in(compiler, flat, name));
    if (flat.required.len() as u64) < flat.min_properties && flat.min_properties <= MOST_COUNT && !is_filled() {
        found.add("minProperties", members(flat.min_properties - 1));
    }
    if let Some(most) = flat.max_properties.filter(|most| *most < MOST_COUNT && !is_closed) {
        found.add_sized("maxProperties", members(most + 1), most >= LARGE_COUNT);
    }
}
