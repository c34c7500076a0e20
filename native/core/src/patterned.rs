//! Strings of a schema with a pattern (GENERATION.md, section 7).

use std::collections::HashSet;

use crate::matching::{is_little_work, matches};
use crate::pattern_text::{Dead, Style, has_inner_edges, needs, padded, spelt_out, write};
use crate::random::Draws;
use crate::schema::Flat;
use crate::text;
use crate::tree::Tree;

const TRIES: usize = 8;
const TRIES_WITH_LOOKS: usize = 16;
const MAX_LENGTH: u64 = 4096;
/// Texts of patterns with look-around are no longer, where they need not be.
pub const MAX_LENGTH_WITH_LOOKS: u64 = 128;
const MAX_PLAUSIBLE: u64 = 256;
const MAX_SURE: u64 = 512;

/// A schema's first pattern, made ready.
#[derive(Debug)]
pub struct Prepared {
    /// What is written.
    pub tree: Tree,
    /// With room before and behind it, where no anchor forbids that.
    whole: Tree,
    /// What its look-aheads want to see.
    pub needs: Vec<Tree>,
    /// Whether it has look-around or boundaries.
    pub looks: bool,
    /// So long a text, written of the pattern as it is, is sure to match; None: none is.
    sure: Option<u64>,
    /// Whether others must be looked at again.
    doubtful: bool,
    /// Whether it has back-references.
    repeats: bool,
}

impl Prepared {
    fn of(patterns: &[Tree]) -> Option<Self> {
        let (first, others) = patterns.split_first()?;
        let tree = spelt_out(first);
        let whole = padded(&tree);
        let mut wanted = vec![];
        for tree in [&tree].into_iter().chain(others) {
            needs(tree, &mut wanted);
        }
        let looks = patterns.iter().any(Tree::looks);
        let repeats = patterns.iter().any(Tree::assumes);
        let alone = !looks && others.is_empty();
        let is_sure = alone && !repeats && !has_inner_edges(&tree, true, true) && is_little_work(&tree, MAX_SURE);
        let doubtful = !alone || has_inner_edges(&whole, true, true);
        Some(Self { tree, whole, needs: wanted, looks, sure: is_sure.then_some(MAX_SURE), doubtful, repeats })
    }

    /// A length that the pattern itself can have, else one that it can have with room around it.
    fn length(&self, draws: &mut Draws, low: u64, high: Option<u64>, style: Style) -> Option<u64> {
        let longest = if self.looks { MAX_LENGTH_WITH_LOOKS.max(low) } else { high.unwrap_or(MAX_LENGTH) };
        let wanted = self.needs.iter().fold(0, |sum: u64, need| sum.saturating_add(need.least));
        [&self.tree, &self.whole].into_iter().find_map(|tree| {
            let first = low.max(tree.least);
            let last = longest.min(high.unwrap_or(longest)).min(tree.most.unwrap_or(MAX_LENGTH));
            if first > last {
                return None;
            }
            let first = first.max(wanted).min(last);
            Some(match style {
                _ if first == last => first,
                Style::Tidy => first.max(last.min(8)),
                Style::Plain | Style::Wide => text::pick_length(draws, first, Some(last)),
            })
        })
    }

    fn reaches(&self, length: u64) -> bool {
        self.tree.least <= length && self.tree.most.is_none_or(|most| length <= most)
    }

    fn written(&self, draws: &mut Draws, length: u64, style: Style) -> Result<String, Dead> {
        let mut made = String::new();
        write(if self.reaches(length) { &self.tree } else { &self.whole }, draws, length, style, &mut made)?;
        if self.needs.is_empty() { Ok(made) } else { self.with_needs(draws, &made, style) }
    }

    /// The text with what must be seen, as short as can be, written over it, each at a place of its own.
    fn with_needs(&self, draws: &mut Draws, made: &str, style: Style) -> Result<String, Dead> {
        let mut made: Vec<char> = made.chars().collect();
        let mut taken: HashSet<usize> = HashSet::new();
        for part in &self.needs {
            let mut need = String::new();
            write(part, draws, part.least, style, &mut need)?;
            let need: Vec<char> = need.chars().collect();
            let last = (made.len() + 1).saturating_sub(need.len());
            let is_free = |at: &usize| (*at..*at + need.len()).all(|at| !taken.contains(&at));
            let free: Vec<usize> = (0..last).filter(is_free).collect();
            if need.is_empty() || free.is_empty() {
                continue;
            }
            let at = if free.len() > 1 { free[draws.index(free.len())] } else { free[0] };
            made.splice(at..at + need.len(), need.iter().copied());
            taken.extend(at..at + need.len());
        }
        Ok(made.into_iter().collect())
    }
}

/// The first pattern of a schema, if it has one.
pub fn prepared(flat: &Flat) -> Option<&Prepared> {
    flat.prepared_pattern.get_or_init(|| Prepared::of(&flat.patterns)).as_ref()
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
    let known = prepared(flat)?;
    if style == Style::Tidy && low <= MAX_PLAUSIBLE && !known.repeats {
        let fitted = text::fitted(plausible, low, high);
        if matches_all(&fitted) {
            return Some(fitted);
        }
    }
    for _ in 0..if known.looks { TRIES_WITH_LOOKS } else { TRIES } {
        let length = known.length(draws, low, high, style)?;
        let Ok(made) = known.written(draws, length, style) else { continue };
        let has_length = || {
            let length = text::length(&made);
            low <= length && high.is_none_or(|high| length <= high)
        };
        let is_sure = || known.reaches(length) && known.sure.is_some_and(|most| length <= most);
        if (!known.repeats || has_length()) && (!known.doubtful || is_sure() || matches_all(&made)) {
            return Some(made);
        }
    }
    None
}
