//! Whether a value of an enum satisfies what stands beside the enum (GENERATION.md, section 8).

use num_bigint::BigInt;
use sentinel_wire::Value;

use crate::exact::Exact;
use crate::grid::Bounds;
use crate::kind::Kind;
use crate::matching::{found, matches};
use crate::schema::Flat;
use crate::text;

/// Kind, bounds, lengths, patterns and what is to be avoided; what is inside of arrays and objects is not looked at.
#[must_use]
pub fn admits(flat: &Flat, value: &Value) -> bool {
    if flat.avoid.as_ref().is_some_and(|avoid| avoid.has(value)) {
        return false;
    }
    let Some(kind) = Kind::of(value) else { return false };
    let is_allowed = flat.allowed.has(kind) || (kind == Kind::Integer && flat.allowed.has(Kind::Number));
    if !is_allowed {
        return false;
    }
    match (kind, value) {
        (Kind::Integer | Kind::Number, _) => Exact::read(value).is_some_and(|number| is_within(&flat.bounds, &number)),
        (_, Value::Text(text)) => {
            let length = text::length(text);
            let fits = flat.min_length <= length && flat.max_length.is_none_or(|most| length <= most);
            fits && flat.patterns.iter().all(|tree| matches(tree, text))
        }
        _ => true,
    }
}

/// Whether it is too much work to know whether a text matches the patterns.
#[must_use]
pub fn is_unknown(flat: &Flat, value: &Value) -> bool {
    value.as_text().is_some_and(|text| flat.patterns.iter().any(|tree| found(tree, text).is_none()))
}

fn is_within(bounds: &Bounds, number: &Exact) -> bool {
    let is_above = |low: &Exact| number > low || (number == low && !bounds.low_open);
    let is_below = |high: &Exact| number < high || (number == high && !bounds.high_open);
    let scale = bounds.steps.iter().map(Exact::scale).fold(number.scale(), u32::max);
    let is_multiple = |step: &Exact| number.floor_at(scale) % step.floor_at(scale) == BigInt::ZERO;
    bounds.low.as_ref().is_none_or(is_above)
        && bounds.high.as_ref().is_none_or(is_below)
        && bounds.steps.iter().all(is_multiple)
}
