//! What is worth trying of strings: their lengths, values of formats, and characters that programs trip over (GENERATION.md, section 10).

use sentinel_wire::Value;

use crate::formats;
use crate::interesting::Add;
use crate::patterned::{MAX_LENGTH_WITH_LOOKS, Prepared, prepared};
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

/// Each with its label.
pub(crate) fn strings(flat: &Flat, realm: Realm, add: &mut Add) {
    let (low, high) = (flat.min_length, flat.max_length);
    if let Some(Prepared { tree, looks, .. }) = prepared(flat) {
        let longest = if *looks { MAX_LENGTH_WITH_LOOKS } else { LONGEST_OF_PATTERN };
        let least = low.max(tree.least);
        let bound = high.filter(|high| !looks || *high <= longest).unwrap_or(longest);
        let most = bound.min(tree.most.unwrap_or(longest));
        if least <= most && (least > 0 || !realm.is_plain()) {
            add("shortest", Steer::Length(least));
        }
        if least < most {
            add("longest", Steer::Length(most));
        }
        return;
    }
    let is_allowed = |text: &str| {
        let length = text::length(text);
        low <= length && high.is_none_or(|high| length <= high)
    };
    if let Some(format) = formats::known(&flat.format) {
        for (index, value) in format.interesting().iter().enumerate() {
            if is_allowed(value) && realm.can_hold_text(value) {
                add(&format!("format/{index}"), Steer::Emit(Value::text(value)));
            }
        }
        return;
    }
    let longest = if realm.is_of_bodies() { LONGEST_IN_BODIES } else { LONGEST_ELSEWHERE };
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
        _ if realm.is_plain() => &[],
        _ => &TEXTS.tries,
    };
    for attempt in tries {
        if (realm == Realm::Json || !attempt.json_only) && is_allowed(&attempt.text) {
            add(&attempt.label, Steer::Emit(Value::text(&attempt.text)));
        }
    }
    add_lengths(last, add);
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
