//! Strings of a schema with a pattern (GENERATION.md, section 7).

use crate::pattern::Tree;
use crate::pattern_text::{Style, has_inner_edges, matches, padded, write};
use crate::random::Draws;
use crate::schema::Flat;
use crate::text;

const TRIES: usize = 8;
const MAX_LENGTH: u64 = 4096;
const MAX_PLAUSIBLE: u64 = 256;

/// A schema's first pattern, made ready.
#[derive(Debug)]
pub struct Prepared {
    /// With room before and behind it, where no anchor forbids that.
    whole: Tree,
    /// Whether what is written must be looked at again.
    doubtful: bool,
}

/// A text that matches all patterns of the schema and has an allowed length; None where none was found.
///
/// The tidy style takes the plausible text, fitted to the lengths, where that matches and need not be long.
pub fn patterned_text(
    draws: &mut Draws,
    flat: &Flat,
    (low, high): (u64, Option<u64>),
    plausible: &str,
    style: Style,
) -> Option<String> {
    let matches_all = |made: &str| flat.patterns.iter().all(|tree| matches(tree, made));
    if style == Style::Tidy && low <= MAX_PLAUSIBLE {
        let fitted = text::fitted(plausible, low, high);
        if matches_all(&fitted) {
            return Some(fitted);
        }
    }
    let tree = flat.patterns.first()?;
    let Prepared { whole, doubtful } = flat.prepared_pattern.get_or_init(|| {
        let whole = padded(tree);
        let doubtful = flat.patterns.len() > 1 || has_inner_edges(&whole, true, true);
        Prepared { whole, doubtful }
    });
    for _ in 0..TRIES {
        let length = [tree, whole].into_iter().find_map(|tree| length_of(draws, tree, low, high, style))?;
        let reaches = tree.least <= length && tree.most.is_none_or(|most| length <= most);
        let mut made = String::new();
        let written = write(if reaches { tree } else { whole }, draws, length, style, &mut made);
        if written.is_ok() && (!doubtful || matches_all(&made)) {
            return Some(made);
        }
    }
    None
}

/// A length that the pattern can have and that is allowed.
fn length_of(draws: &mut Draws, tree: &Tree, low: u64, high: Option<u64>, style: Style) -> Option<u64> {
    let first = low.max(tree.least);
    let last = high.unwrap_or(MAX_LENGTH).min(tree.most.unwrap_or(MAX_LENGTH));
    if first >= last {
        return (first == last).then_some(first);
    }
    Some(if style == Style::Tidy { first.max(last.min(8)) } else { text::pick_length(draws, first, Some(last)) })
}
