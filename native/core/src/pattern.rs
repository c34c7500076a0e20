//! Simple ECMA-262 patterns as trees: classes, groups, alternation, quantifiers, anchors (GENERATION.md, section 7).
//!
//! Look-around and word boundaries are assumed to hold, which a validator must confirm. What goes beyond (back-references, flags,
//! properties) is [`Unsupported`]: the generator gives up on it by name.

use std::cell::OnceCell;

use crate::text::Alphabet;

/// A pattern that is beyond the simple ones; the text names what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported(pub String);

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
    /// Something of no length that is assumed to hold: look-around, a word boundary.
    Assumed,
    /// One part after the other.
    Sequence(Vec<Tree>),
    /// One of the branches.
    Choice(Vec<Tree>),
    /// From so many times to so many (None: without end).
    Repeat(Box<Tree>, u64, Option<u64>),
}

/// One character out of the ranges.
#[derive(Debug, Clone)]
pub struct Class {
    /// Which ones.
    pub ranges: Ranges,
    /// Those of them that texts of each style are written with, once they are asked for.
    pub(crate) alphabets: [OnceCell<Alphabet>; 3],
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

    /// Something that is assumed to hold.
    #[must_use]
    pub const fn assumed() -> Self {
        Self { shape: Shape::Assumed, least: 0, most: Some(0) }
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

    /// Whether any part of the pattern is only assumed to hold.
    #[must_use]
    pub fn assumes(&self) -> bool {
        match &self.shape {
            Shape::Assumed => true,
            Shape::Sequence(parts) | Shape::Choice(parts) => parts.iter().any(Self::assumes),
            Shape::Repeat(part, ..) => part.assumes(),
            Shape::Class(_) | Shape::Edge(_) => false,
        }
    }

    /// How many parts the shortest text that takes every part is made of.
    fn weight(&self) -> u64 {
        match &self.shape {
            Shape::Sequence(parts) => parts.iter().fold(1, |sum: u64, part| sum.saturating_add(part.weight())),
            Shape::Choice(branches) => branches.iter().map(Self::weight).max().unwrap_or(0),
            Shape::Repeat(part, low, _) => part.weight().saturating_mul(*low.max(&1)).saturating_add(1),
            Shape::Class(_) | Shape::Edge(_) | Shape::Assumed => 1,
        }
    }
}

const MAX_CODE_POINT: u32 = 0x10_FFFF;
const MAX_REPEAT: u64 = 1000;
const MAX_WEIGHT: u64 = 20_000;
const MAX_DEPTH: usize = 32;
const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const SPACE: &[(u32, u32)] = &[
    (9, 13),
    (32, 32),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
const LINE_ENDS: &[(u32, u32)] = &[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];

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

/// The tree of a pattern.
///
/// # Errors
///
/// For a pattern that is no simple one.
pub fn parse(source: &str) -> Result<Tree, Unsupported> {
    let mut reader = Reader { source: source.chars().collect(), at: 0 };
    let tree = reader.choice(0)?;
    if reader.at < reader.source.len() {
        return Err(unsupported("unbalanced )"));
    }
    if tree.weight() > MAX_WEIGHT { Err(unsupported("a pattern this large")) } else { Ok(tree) }
}

fn unsupported(what: &str) -> Unsupported {
    Unsupported(what.to_owned())
}

struct Reader {
    source: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.source.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek();
        self.at += 1;
        found
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += 1;
        }
        found
    }

    fn take_all(&mut self, expected: &str) -> bool {
        let length = expected.chars().count();
        let found =
            self.source.get(self.at..self.at + length).is_some_and(|next| expected.chars().eq(next.iter().copied()));
        if found {
            self.at += length;
        }
        found
    }

    /// Where the next such character stands.
    fn find(&self, wanted: char) -> Option<usize> {
        let found = self.source.get(self.at..)?.iter().position(|&char| char == wanted);
        found.map(|offset| self.at + offset)
    }

    fn choice(&mut self, depth: usize) -> Result<Tree, Unsupported> {
        if depth > MAX_DEPTH {
            return Err(unsupported("groups nested deeper than 32"));
        }
        let mut branches = vec![self.sequence(depth)?];
        while self.take('|') {
            branches.push(self.sequence(depth)?);
        }
        Ok(Tree::choice(branches))
    }

    fn sequence(&mut self, depth: usize) -> Result<Tree, Unsupported> {
        let mut parts = vec![];
        while let Some(char) = self.peek()
            && char != '|'
            && char != ')'
        {
            let part = self.atom(depth)?;
            parts.push(self.repeat(part)?);
        }
        Ok(Tree::sequence(parts))
    }

    fn repeat(&mut self, part: Tree) -> Result<Tree, Unsupported> {
        let (low, high) = if self.take('*') {
            (0, None)
        } else if self.take('+') {
            (1, None)
        } else if self.take('?') {
            (0, Some(1))
        } else if self.peek() == Some('{') {
            self.braces()?
        } else {
            return Ok(part);
        };
        if matches!(part.shape, Shape::Edge(_) | Shape::Assumed) {
            return Err(unsupported("a repeated assertion"));
        }
        if matches!(self.peek(), Some('*' | '+' | '{')) {
            return Err(unsupported("a repeated quantifier"));
        }
        self.take('?'); // lazy: the same texts match
        Ok(Tree::repeat(part, low, high))
    }

    fn braces(&mut self) -> Result<(u64, Option<u64>), Unsupported> {
        let no_quantifier = || unsupported("a brace that is no quantifier");
        let end = self.find('}').ok_or_else(no_quantifier)?;
        let inside: String = self.source[self.at + 1..end].iter().collect();
        let (low, high) = inside.split_once(',').map_or((inside.as_str(), None), |(low, high)| (low, Some(high)));
        let first = count(low).ok_or_else(no_quantifier)?;
        let last = match high {
            None => Some(first),
            Some("") => None,
            Some(high) => Some(count(high).ok_or_else(no_quantifier)?),
        };
        self.at = end + 1;
        if first > MAX_REPEAT || last.is_some_and(|last| last < first) {
            return Err(unsupported("a quantifier out of range"));
        }
        Ok((first, last))
    }

    fn atom(&mut self, depth: usize) -> Result<Tree, Unsupported> {
        let Some(char) = self.next() else { return Err(unsupported("a quantifier of nothing")) };
        Ok(match char {
            '^' => Tree::edge(true),
            '$' => Tree::edge(false),
            '.' => Tree::class(negated(LINE_ENDS)),
            '(' => self.group(depth)?,
            '[' => Tree::class(self.bracket()?),
            '\\' if self.take('b') || self.take('B') => Tree::assumed(),
            '\\' => Tree::class(self.escape(false)?),
            '*' | '+' | '?' | '{' => return Err(unsupported("a quantifier of nothing")),
            char => Tree::class(vec![single(char)]),
        })
    }

    fn group(&mut self, depth: usize) -> Result<Tree, Unsupported> {
        let look_around = ["?=", "?!", "?<=", "?<!"].into_iter().any(|start| self.take_all(start));
        if !look_around && !self.take_all("?:") && self.take('?') {
            let end = self.find('>').filter(|_| self.peek() == Some('<'));
            self.at = end.ok_or_else(|| unsupported("a group with flags"))? + 1;
        }
        let tree = self.choice(depth + 1)?;
        if !self.take(')') {
            return Err(unsupported("unbalanced ("));
        }
        Ok(if look_around { Tree::assumed() } else { tree })
    }

    fn bracket(&mut self) -> Result<Ranges, Unsupported> {
        let inverse = self.take('^');
        let mut ranges = vec![];
        while !self.take(']') {
            if self.peek().is_none() {
                return Err(unsupported("unbalanced ["));
            }
            let first = self.member()?;
            let behind = self.source.get(self.at + 1).copied();
            if let Some(low) = only(&first)
                && self.peek() == Some('-')
                && !matches!(behind, None | Some(']'))
            {
                self.at += 1;
                match only(&self.member()?) {
                    Some(high) if high >= low => ranges.push((low, high)),
                    _ => return Err(unsupported("a range without order")),
                }
            } else {
                ranges.extend(first);
            }
        }
        Ok(if inverse { negated(&normal(&ranges)) } else { normal(&ranges) })
    }

    fn member(&mut self) -> Result<Ranges, Unsupported> {
        match self.next() {
            Some('\\') => self.escape(true),
            Some(char) => Ok(vec![single(char)]),
            None => Err(unsupported("unbalanced [")),
        }
    }

    fn escape(&mut self, inside: bool) -> Result<Ranges, Unsupported> {
        let Some(char) = self.next() else { return Err(unsupported("the escape \\")) };
        let code = |code: u32| Ok(vec![(code, code)]);
        match char {
            'd' => Ok(DIGIT.to_vec()),
            'w' => Ok(WORD.to_vec()),
            's' => Ok(SPACE.to_vec()),
            'D' => Ok(negated(DIGIT)),
            'W' => Ok(negated(WORD)),
            'S' => Ok(negated(SPACE)),
            't' => code(9),
            'n' => code(10),
            'v' => code(11),
            'f' => code(12),
            'r' => code(13),
            'b' if inside => code(8),
            '0' if !self.peek().is_some_and(|char| char.is_ascii_digit()) => code(0),
            'x' => self.hexadecimal(2),
            'u' => self.unicode(),
            'p' => self.property(),
            char if char.is_ascii_alphanumeric() => Err(Unsupported(format!("the escape \\{char}"))),
            char => Ok(vec![single(char)]),
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<Ranges, Unsupported> {
        let no_number = || unsupported("an escape that is no number");
        let written = self.source.get(self.at..self.at + digits).ok_or_else(no_number)?;
        let mut number = 0;
        for char in written {
            number = number * 16 + char.to_digit(16).ok_or_else(no_number)?;
        }
        if number > MAX_CODE_POINT || (SURROGATES.0..=SURROGATES.1).contains(&number) {
            return Err(unsupported("an escape that is no character"));
        }
        self.at += digits;
        Ok(vec![(number, number)])
    }

    fn unicode(&mut self) -> Result<Ranges, Unsupported> {
        if !self.take('{') {
            return self.hexadecimal(4);
        }
        let no_number = || unsupported("an escape that is no number");
        let digits = self.find('}').ok_or_else(no_number)? - self.at;
        if !(1..=6).contains(&digits) {
            return Err(no_number());
        }
        let ranges = self.hexadecimal(digits)?;
        self.at += 1;
        Ok(ranges)
    }

    /// Of Unicode properties, the ASCII part: what is made of it has the property.
    fn property(&mut self) -> Result<Ranges, Unsupported> {
        let end = self.find('}').filter(|_| self.peek() == Some('{'));
        let name: String = end.map_or_else(String::new, |end| self.source[self.at + 1..end].iter().collect());
        let ranges = match name.as_str() {
            "L" | "Letter" | "Alphabetic" => vec![(0x41, 0x5A), (0x61, 0x7A)],
            "Lu" => vec![(0x41, 0x5A)],
            "Ll" => vec![(0x61, 0x7A)],
            "N" | "Nd" => DIGIT.to_vec(),
            _ => return Err(Unsupported(format!("the property \\p{{{name}}}"))),
        };
        self.at = end.map_or(self.at, |end| end + 1);
        Ok(ranges)
    }
}

/// The number of a quantifier; one that no repetition reaches where it is larger.
fn count(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn single(char: char) -> (u32, u32) {
    (char.into(), char.into())
}

/// The one character that these ranges are.
fn only(ranges: &[(u32, u32)]) -> Option<u32> {
    if let [(low, high)] = ranges
        && low == high
    {
        return Some(*low);
    }
    None
}
