//! What is worth trying of strings: their lengths, values of formats, and characters that programs trip over (GENERATION.md, section 10).

use sentinel_wire::Value;

use crate::formats::{self, Format};
use crate::interesting::Add;
use crate::patterned::{MAX_LENGTH_WITH_LOOKS, Prepared, can_have, prepared};
use crate::realm::Realm;
use crate::schema::Flat;
use crate::steer::Steer;
use crate::tables::{TEXTS, Try};
use crate::text;

const LONG: u64 = 256;
const VERY_LONG: u64 = 5000;
const LONGEST_IN_BODIES: u64 = 524_288;
const LONGEST_ELSEWHERE: u64 = 4096;
const LONGEST_OF_PATTERN: u64 = 1024;
const MOST_STEPS: usize = 64;

/// Each with its label.
pub(crate) fn strings(flat: &Flat, realm: Realm, is_whole: bool, add: &mut Add) {
    let (low, high) = (flat.min_length, flat.max_length);
    if let Some(known) = prepared(flat) {
        return of_pattern(flat, known, realm, add);
    }
    let is_of_bytes = realm == Realm::Form && flat.format == "binary";
    let is_allowed = |text: &str| {
        let length = if is_of_bytes { text.len() as u64 } else { text::length(text) };
        low <= length && high.is_none_or(|high| length <= high)
    };
    if let Some(format) = formats::known(&flat.format) {
        for (index, value) in format.interesting().iter().enumerate() {
            if is_allowed(value) && realm.can_hold_text(value) {
                add(&format!("format/{index}"), Steer::Emit(Value::text(value)));
            }
        }
        if !format.is_free() {
            return of_format(flat, format, realm, add);
        }
    }
    let longest = longest(realm);
    let most = high.map_or(longest, |high| high.min(longest));
    let mut seen = vec![];
    let mut add_lengths = |wishes: Vec<(&str, u64)>, add: &mut Add| {
        for (label, length) in wishes {
            if low <= length && length <= most && (length > 0 || !realm.is_plain()) && !seen.contains(&length) {
                seen.push(length);
                add(label, Steer::Length(length));
            }
        }
    };
    let (first, last) = lengths(low, high);
    add_lengths(first, add);
    let tries: &[Try] = match realm {
        Realm::Path => &TEXTS.path_tries,
        Realm::Header => &TEXTS.header_tries,
        Realm::Cookie => &TEXTS.cookie_tries,
        Realm::Query | Realm::Json | Realm::Form => &TEXTS.tries,
    };
    for attempt in tries {
        // For those who do not decode it, an escape is three characters of a cookie.
        let escapes = if realm == Realm::Cookie { attempt.text.matches('%').count() as u64 } else { 0 };
        let is_short = high.is_none_or(|high| text::length(&attempt.text) + 2 * escapes <= high);
        if (realm == Realm::Json || !attempt.json_only)
            && (is_whole || !attempt.whole)
            && is_short
            && is_allowed(&attempt.text)
        {
            add(&attempt.label, Steer::Emit(Value::text(&attempt.text)));
        }
    }
    add_lengths(last, add);
}

const fn longest(realm: Realm) -> u64 {
    if realm.is_of_bodies() { LONGEST_IN_BODIES } else { LONGEST_ELSEWHERE }
}

/// Lengths at the bounds and beside them, and the longest of the format where that is less, as far as it has texts of these.
fn of_format(flat: &Flat, format: &Format, realm: Realm, add: &mut Add) {
    let (low, high) = (flat.min_length, flat.max_length);
    let mut wishes = if low > 0 { vec![("minLength", low), ("above-minLength", low + 1)] } else { vec![] };
    let longest_of_format = format.longest().filter(|longest| high.is_none_or(|high| *longest < high));
    wishes.extend(longest_of_format.map(|longest| ("longest", longest)));
    wishes.extend(high.into_iter().flat_map(|high| [("maxLength", high), ("below-maxLength", high.wrapping_sub(1))]));
    let most = high.map_or_else(|| longest(realm), |high| high.min(longest(realm)));
    let mut seen = vec![];
    for (label, length) in wishes {
        if low <= length
            && length <= most
            && !seen.contains(&length)
            && format.stretched(length).is_some_and(|made| realm.can_hold_text(&made))
        {
            seen.push(length);
            add(label, Steer::Length(length));
        }
    }
}

/// The shortest and the longest text that the schema allows, and those next to them, of lengths that the pattern can have.
fn of_pattern(flat: &Flat, known: &Prepared, realm: Realm, add: &mut Add) {
    let (low, high) = (flat.min_length, flat.max_length);
    let low = if realm.is_plain() && high != Some(0) { low.max(1) } else { low };
    let usual = low.max(if known.looks { MAX_LENGTH_WITH_LOOKS } else { LONGEST_OF_PATTERN });
    let most = high.filter(|high| !known.looks || *high <= usual).map_or(usual, |high| high.min(longest(realm)));
    let (first, last) = (low.max(known.whole.least), known.whole.most.map_or(most, |longest| longest.min(most)));
    // With look-around only the first is looked at.
    let steps = if known.looks { 1 } else { MOST_STEPS };
    let up = |first: u64, end: u64| (first..end).take(steps).find(|length| can_have(flat, *length));
    let down = |first: u64, last: u64| (first..=last).rev().take(steps).find(|length| can_have(flat, *length));
    let Some(shortest) = up(first, last + 1) else { return };
    add("shortest", Steer::Length(shortest));
    let Some(longest) = down(shortest + 1, last) else { return };
    add("longest", Steer::Length(longest));
    let Some(above) = up(shortest + 1, longest) else { return };
    add("above-shortest", Steer::Length(above));
    if let Some(below) = down(above + 1, longest - 1) {
        add("below-longest", Steer::Length(below));
    }
}

type Lengths = Vec<(&'static str, u64)>;

/// Lengths worth trying, each with the word for it: those at bounds and the longest, and those that seldom break anything.
fn lengths(low: u64, high: Option<u64>) -> (Lengths, Lengths) {
    let mut first = if low > 0 { vec![("minLength", low), ("above-minLength", low + 1)] } else { vec![("empty", 0)] };
    let mut last = if low > 0 { vec![] } else { vec![("above-minLength", 1)] };
    if let Some(high) = high {
        // Of a string that must be empty, `maxLength - 1` is below 0: a wish that is never granted.
        first.extend([("maxLength", high), ("below-maxLength", high.wrapping_sub(1))]);
    } else {
        first.push(("very-long", low.max(VERY_LONG)));
        last.push(("long", low.max(LONG)));
    }
    (first, last)
}
