//! Strings of a schema with a pattern (GENERATION.md, section 7).

use std::collections::HashSet;

use crate::matching::{is_little_work, matches};
use crate::pattern_ends::{
    closed_ends, has_inner_edges, is_closed, is_closed_somewhere, is_dense, needs, padded, spelt_out,
};
use crate::pattern_text::{Dead, Style, write};
use crate::random::Draws;
use crate::schema::Flat;
use crate::text;
use crate::tree::Tree;

const TRIES: usize = 8;
/// Where what is written is not sure to match.
const MORE_TRIES: usize = 16;
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
    /// With room before and behind it, where nothing forbids that.
    pub whole: Tree,
    /// Whether there is none at the start, and at the end.
    closed: [bool; 2],
    /// The one end of a bounded pattern that has room: true the start; None: there is none, or it has two.
    open: Option<bool>,
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
        let closed = closed_ends(&tree);
        let is_open = |start: &bool| is_closed(&tree, !start) && !is_closed_somewhere(&tree, *start);
        let is_bounded = tree.most.is_some() && wanted.is_empty() && !repeats;
        let open = [true, false].into_iter().find(is_open).filter(|_| is_bounded);
        let sure = is_sure.then_some(MAX_SURE);
        Some(Self { tree, whole, closed, open, needs: wanted, looks, sure, doubtful, repeats })
    }

    /// A length that the pattern can have, as it is or with room around it; None: it has none of these.
    fn length(&self, draws: &mut Draws, way: &Tree, (low, high): Lengths, style: Style) -> Option<u64> {
        let longest =
            if self.looks { MAX_LENGTH_WITH_LOOKS.max(low) } else { high.unwrap_or_else(|| MAX_LENGTH.max(low)) };
        let first = low.max(way.least);
        let last = longest.min(high.unwrap_or(longest)).min(way.most.unwrap_or_else(|| MAX_LENGTH.max(low)));
        if first > last {
            return None;
        }
        let wanted = self.needs.iter().fold(0, |sum: u64, need| sum.saturating_add(need.least));
        let first = first.max(wanted).min(last);
        Some(match style {
            _ if first == last => first,
            Style::Tidy => first.max(last.min(8)),
            Style::Plain | Style::Wide => text::pick_length(draws, first, Some(last)),
        })
    }

    fn reaches(&self, length: u64) -> bool {
        self.whole.least <= length && self.whole.most.is_none_or(|most| length <= most)
    }

    fn written(&self, draws: &mut Draws, way: &Tree, length: u64, style: Style) -> Result<String, Dead> {
        let mut made = String::new();
        write(way, draws, length, style, &mut made)?;
        if self.needs.is_empty() { Ok(made) } else { self.with_needs(draws, &made, style) }
    }

    /// The pattern as it is with the plausible text at its open end.
    fn extended(&self, draws: &mut Draws, (low, high): Lengths, plausible: &str) -> Option<String> {
        let is_start = self.open?;
        let length = self.length(draws, &self.tree, (0, high), Style::Tidy)?;
        let mut made = String::new();
        write(&self.tree, draws, length, Style::Tidy, &mut made).ok()?;
        let more = text::fitted(plausible, low.saturating_sub(length), high.map(|high| high - length));
        Some(if is_start { more + &made } else { made + &more })
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

type Lengths = (u64, Option<u64>);

/// A text that matches all patterns of the schema and has an allowed length; None where none was found.
///
/// The tidy style takes the plausible text, fitted to the lengths, where that matches and need not be long, by itself or at an open end;
/// else the pattern as it is comes first; at random one time in two, and one in four where it is anchored, so that room is meant.
pub fn patterned_text(
    draws: &mut Draws,
    flat: &Flat,
    (low, high): Lengths,
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
    if style == Style::Tidy
        && let Some(made) = known.extended(draws, (low, high), plausible)
        && (!known.doubtful || matches_all(&made))
    {
        return Some(made);
    }
    let has_room = known.closed != [true, true];
    let is_reversed =
        has_room && style != Style::Tidy && draws.below(4) >= if known.closed == [false, false] { 2 } else { 1 };
    let tries = if known.looks || flat.patterns.len() > 1 { MORE_TRIES } else { TRIES };
    for with_room in [is_reversed, !is_reversed] {
        if with_room && !has_room {
            continue;
        }
        let way = if with_room { &known.whole } else { &known.tree };
        for _ in 0..tries {
            let Some(length) = known.length(draws, way, (low, high), style) else { break };
            let Ok(made) = known.written(draws, way, length, style) else { continue };
            let has_length = || {
                let length = text::length(&made);
                low <= length && high.is_none_or(|high| length <= high)
            };
            let is_sure = || !with_room && known.sure.is_some_and(|most| length <= most);
            if (!known.repeats || has_length()) && (!known.doubtful || is_sure() || matches_all(&made)) {
                return Some(made);
            }
        }
    }
    None
}

/// Whether a text of so many characters that matches all patterns is made.
pub fn can_have(flat: &Flat, length: u64) -> bool {
    let is_plain = |known: &Prepared| !known.doubtful && known.reaches(length) && is_dense(&known.whole);
    prepared(flat).is_some_and(is_plain)
        || patterned_text(&mut Draws::of(0), flat, (length, Some(length)), "", Style::Tidy).is_some()
}
