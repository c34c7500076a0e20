//! Patterns as trees: classes, groups, alternation, quantifiers, anchors, look-around (GENERATION.md, section 7).

use std::cell::OnceCell;

use crate::text::Alphabet;

/// The largest code point.
pub const MAX_CODE_POINT: u32 = 0x10_FFFF;
/// Code points that are no characters.
pub const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

/// Code points: inclusive pairs, ascending, apart from each other.
pub type Ranges = Vec<(u32, u32)>;

/// A pattern, with the bounds of the lengths that it can match.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What it is.
    pub shape: Shape,
    /// No shorter text matches.
    pub least: u64,
    /// No longer text matches; None: there is no bound.
    pub most: Option<u64>,
}

/// What a pattern is made of.
#[derive(Debug, Clone)]
pub enum Shape {
    /// One character.
    Class(Class),
    /// The start (true) or the end of the text.
    Edge(bool),
    /// A place with a word character, one of these, on one side only (true: any other place).
    Boundary(bool, Ranges),
    /// A place before which (or behind which) a part matches, or does not.
    Look(Box<Tree>, Look),
    /// A part whose text a back-reference repeats, and its number.
    Group(Box<Tree>, usize),
    /// The text of the group with this number once more.
    Back(usize),
    /// One part after the other.
    Sequence(Vec<Tree>),
    /// One of the branches.
    Choice(Vec<Tree>),
    /// From so many times to so many (None: without end).
    Repeat(Box<Tree>, u64, Option<u64>),
}

/// Where a part is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Before the place, else behind it.
    pub ahead: bool,
    /// The part must not match.
    pub inverse: bool,
}

/// One character out of the ranges.
#[derive(Debug, Clone)]
pub struct Class {
    /// Which ones.
    pub ranges: Ranges,
    /// Those of them that texts of each style are written with, once they are asked for.
    pub(crate) alphabets: [OnceCell<Alphabet>; 3],
}

impl Class {
    /// Whether this is one of its characters.
    #[must_use]
    pub fn has(&self, char: char) -> bool {
        has(&self.ranges, char)
    }
}

/// Whether this is one of the characters.
#[must_use]
pub fn has(ranges: &[(u32, u32)], char: char) -> bool {
    let code = u32::from(char);
    let at = ranges.partition_point(|(low, _)| *low <= code);
    at > 0 && code <= ranges[at - 1].1
}

impl Tree {
    /// One character out of the ranges.
    #[must_use]
    pub fn class(ranges: Ranges) -> Self {
        Self { shape: Shape::Class(Class { ranges, alphabets: Default::default() }), least: 1, most: Some(1) }
    }

    /// The start or the end of the text.
    #[must_use]
    pub const fn edge(start: bool) -> Self {
        Self { shape: Shape::Edge(start), least: 0, most: Some(0) }
    }

    /// A place of this kind.
    #[must_use]
    pub const fn place(shape: Shape) -> Self {
        Self { shape, least: 0, most: Some(0) }
    }

    /// A part whose text a back-reference repeats.
    #[must_use]
    pub fn group(part: Self, number: usize) -> Self {
        let (least, most) = (part.least, part.most);
        Self { shape: Shape::Group(Box::new(part), number), least, most }
    }

    /// One part after the other.
    #[must_use]
    pub fn sequence(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let least = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.least));
        let most = parts.iter().try_fold(0, |sum: u64, part| Some(sum.saturating_add(part.most?)));
        Self { shape: Shape::Sequence(parts), least, most }
    }

    /// One of the branches, of which there must be one.
    #[must_use]
    pub fn choice(mut branches: Vec<Self>) -> Self {
        if branches.len() == 1 {
            return branches.remove(0);
        }
        let least = branches.iter().map(|branch| branch.least).min().unwrap_or(0);
        let most = branches.iter().try_fold(0, |most, branch| Some(branch.most?.max(most)));
        Self { shape: Shape::Choice(branches), least, most }
    }

    /// `low` to `high` times.
    #[must_use]
    pub fn repeat(part: Self, low: u64, high: Option<u64>) -> Self {
        let most = match (part.most, high) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(most), Some(high)) => Some(most.saturating_mul(high)),
            _ => None,
        };
        let least = part.least.saturating_mul(low);
        Self { shape: Shape::Repeat(Box::new(part), low, high), least, most }
    }

    /// What it is made of, one level down.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match &self.shape {
            Shape::Sequence(parts) | Shape::Choice(parts) => parts,
            Shape::Repeat(part, ..) | Shape::Look(part, _) | Shape::Group(part, _) => std::slice::from_ref(part),
            Shape::Class(_) | Shape::Edge(_) | Shape::Boundary(..) | Shape::Back(_) => &[],
        }
    }

    /// Whether it has a back-reference: matching takes any text for it, so a validator must confirm.
    #[must_use]
    pub fn assumes(&self) -> bool {
        matches!(self.shape, Shape::Back(_)) || self.parts().iter().any(Self::assumes)
    }

    /// Whether it has look-around or boundaries: what is written is not sure to match.
    #[must_use]
    pub fn looks(&self) -> bool {
        matches!(self.shape, Shape::Look(..) | Shape::Boundary(..)) || self.parts().iter().any(Self::looks)
    }

    /// How many parts the shortest text that takes every part is made of.
    #[must_use]
    pub fn weight(&self) -> u64 {
        match &self.shape {
            Shape::Sequence(parts) => parts.iter().fold(1, |sum: u64, part| sum.saturating_add(part.weight())),
            Shape::Choice(branches) => branches.iter().map(Self::weight).max().unwrap_or(0),
            Shape::Repeat(part, low, _) => part.weight().saturating_mul(*low.max(&1)).saturating_add(1),
            Shape::Look(part, _) | Shape::Group(part, _) => part.weight().saturating_add(1),
            Shape::Class(_) | Shape::Edge(_) | Shape::Boundary(..) | Shape::Back(_) => 1,
        }
    }
}

/// Ranges in ascending order, joined where they touch, without surrogates.
#[must_use]
pub fn normal(ranges: &[(u32, u32)]) -> Ranges {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut merged: Ranges = vec![];
    for (low, high) in sorted {
        match merged.last_mut() {
            Some(last) if low <= last.1 + 1 => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    let mut cut = vec![];
    for (low, high) in merged {
        if high < SURROGATES.0 || low > SURROGATES.1 {
            cut.push((low, high));
            continue;
        }
        if low < SURROGATES.0 {
            cut.push((low, SURROGATES.0 - 1));
        }
        if high > SURROGATES.1 {
            cut.push((SURROGATES.1 + 1, high));
        }
    }
    cut
}

/// Every other character.
#[must_use]
pub fn negated(ranges: &[(u32, u32)]) -> Ranges {
    let mut outside = vec![];
    let mut start = 0;
    for &(low, high) in ranges {
        if low > start {
            outside.push((start, low - 1));
        }
        start = high + 1;
    }
    if start <= MAX_CODE_POINT {
        outside.push((start, MAX_CODE_POINT));
    }
    normal(&outside)
}
