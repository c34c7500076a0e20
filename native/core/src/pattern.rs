//! ECMA-262 patterns, read (GENERATION.md, section 7). What goes beyond is [`Unsupported`]: the generator gives up on it by name.

use std::collections::HashMap;

use crate::tree::{Look, MAX_CODE_POINT, Ranges, SURROGATES, Shape, Tree, negated, normal};
use crate::unicode::{any_case, property_ranges};

/// A pattern that is beyond those; the text names what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported(pub String);

const MAX_REPEAT: u64 = 4096;
const MAX_WEIGHT: u64 = 20_000;
const MAX_DEPTH: usize = 32;

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

/// The tree of a pattern.
///
/// # Errors
///
/// For a pattern that is no simple one.
pub fn parse(source: &str) -> Result<Tree, Unsupported> {
    let source = source.chars().collect();
    let (groups, names, flags) = (HashMap::new(), HashMap::new(), Flags::default());
    let mut reader = Reader { source, at: 0, opened: 0, groups, names, flags };
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
    /// Groups so far.
    opened: usize,
    /// The lengths of those that are closed.
    groups: HashMap<usize, (u64, Option<u64>)>,
    names: HashMap<String, usize>,
    /// Those of the modifiers around.
    flags: Flags,
}

/// What modifiers add and remove.
#[derive(Clone, Copy, Default)]
struct Flags {
    any_case: bool,
    dot_all: bool,
    lines: bool,
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
        if matches!(part.shape, Shape::Edge(_) | Shape::Boundary(..) | Shape::Look(..)) {
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
            '^' | '$' if self.flags.lines => {
                let no_end = Tree::class(negated(LINE_ENDS));
                Tree::place(Shape::Look(Box::new(no_end), Look { ahead: char == '$', inverse: true }))
            }
            '^' | '$' => Tree::edge(char == '^'),
            '.' => Tree::class(negated(if self.flags.dot_all { &[] } else { LINE_ENDS })),
            '(' => self.group(depth)?,
            '[' => Tree::class(self.bracket()?),
            '\\' if self.take('b') => Tree::place(Shape::Boundary(false, self.cased(WORD.to_vec()))),
            '\\' if self.take('B') => Tree::place(Shape::Boundary(true, self.cased(WORD.to_vec()))),
            '\\' if matches!(self.peek(), Some('1'..='9' | 'k')) => self.back()?,
            '\\' => {
                let ranges = self.escape(false)?;
                Tree::class(self.cased(ranges))
            }
            '*' | '+' | '?' | '{' => return Err(unsupported("a quantifier of nothing")),
            char => Tree::class(self.cased(vec![single(char)])),
        })
    }

    /// The characters that match one of the ranges.
    fn cased(&self, ranges: Ranges) -> Ranges {
        if self.flags.any_case { any_case(&ranges) } else { ranges }
    }

    fn group(&mut self, depth: usize) -> Result<Tree, Unsupported> {
        let looks = [("?=", true, false), ("?!", true, true), ("?<=", false, false), ("?<!", false, true)];
        let found = looks.into_iter().find(|(start, ..)| self.take_all(start));
        let look = found.map(|(_, ahead, inverse)| Look { ahead, inverse });
        let mut number = None;
        let outer = self.flags;
        if look.is_none() && !self.take_all("?:") && !self.modifiers()? {
            self.opened += 1;
            number = Some(self.opened);
            if self.take('?') {
                let end = self.find('>').filter(|_| self.peek() == Some('<'));
                let end = end.ok_or_else(|| unsupported("a group with flags"))?;
                let name = self.source[self.at + 1..end].iter().collect();
                self.names.entry(name).or_insert(self.opened);
                self.at = end + 1;
            }
        }
        let tree = self.choice(depth + 1)?;
        if !self.take(')') {
            return Err(unsupported("unbalanced ("));
        }
        self.flags = outer;
        Ok(match (look, number) {
            (Some(look), _) => Tree::place(Shape::Look(Box::new(tree), look)),
            (None, Some(number)) => {
                self.groups.insert(number, (tree.least, tree.most));
                Tree::group(tree, number)
            }
            (None, None) => tree,
        })
    }

    /// Whether the group has some, which then are in force.
    fn modifiers(&mut self) -> Result<bool, Unsupported> {
        let behind = self.source[self.at..].iter().skip(1);
        let written: String = behind.take_while(|char| "ims-".contains(**char)).collect();
        let end = self.at + 1 + written.len();
        let (added, removed) = written.split_once('-').unwrap_or((&written, ""));
        if self.peek() != Some('?') || self.source.get(end) != Some(&':') || removed.contains('-') {
            return Ok(false);
        }
        let count = |flag: char| added.matches(flag).count() + removed.matches(flag).count();
        if added.len() + removed.len() == 0 || "ims".chars().any(|flag| count(flag) > 1) {
            return Err(unsupported("a group with flags that stand twice or are none"));
        }
        self.at = end + 1;
        let is_on = |flag: char, before: bool| added.contains(flag) || (before && !removed.contains(flag));
        let Flags { any_case, dot_all, lines } = self.flags;
        self.flags = Flags { any_case: is_on('i', any_case), dot_all: is_on('s', dot_all), lines: is_on('m', lines) };
        Ok(true)
    }

    /// A back-reference to a group that is closed; to one that is not, it is no text.
    fn back(&mut self) -> Result<Tree, Unsupported> {
        let number = if self.take('k') {
            let end = self.find('>').filter(|_| self.peek() == Some('<'));
            let name: String = end.map_or_else(String::new, |end| self.source[self.at + 1..end].iter().collect());
            let number = self.names.get(&name).copied().ok_or_else(|| unsupported("the escape \\k"))?;
            self.at = end.map_or(self.at, |end| end + 1);
            number
        } else {
            let digits: String = self.source[self.at..].iter().take_while(|char| char.is_ascii_digit()).collect();
            self.at += digits.len();
            let number = digits.get(..digits.len().min(6)).and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX);
            if number > self.opened {
                return Err(Unsupported(format!("the escape \\{digits}")));
            }
            number
        };
        Ok(match self.groups.get(&number) {
            Some((least, most)) => Tree { shape: Shape::Back(number), least: *least, most: *most },
            None => Tree::sequence(vec![]),
        })
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
        let found = self.cased(normal(&ranges));
        Ok(if inverse { negated(&found) } else { found })
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
            'W' => Ok(negated(&self.cased(WORD.to_vec()))),
            'S' => Ok(negated(SPACE)),
            't' => code(9),
            'n' => code(10),
            'v' => code(11),
            'f' => code(12),
            'r' => code(13),
            'b' if inside => code(8),
            '0' if !self.peek().is_some_and(|char| char.is_ascii_digit()) => code(0),
            'c' if self.peek().is_some_and(|letter| letter.is_ascii_alphabetic()) => {
                self.next().map_or_else(|| Err(unsupported("the escape \\c")), |letter| code(u32::from(letter) % 32))
            }
            'x' => self.hexadecimal(2),
            'u' => self.unicode(),
            'p' | 'P' => self.property(char == 'P'),
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

    fn property(&mut self, inverse: bool) -> Result<Ranges, Unsupported> {
        let end = self.find('}').filter(|_| self.peek() == Some('{'));
        let name: String = end.map_or_else(String::new, |end| self.source[self.at + 1..end].iter().collect());
        let ranges = property_ranges(&name).ok_or_else(|| {
            let sign = if inverse { 'P' } else { 'p' };
            Unsupported(format!("the property \\{sign}{{{name}}}"))
        })?;
        self.at = end.map_or(self.at, |end| end + 1);
        Ok(if inverse { negated(&ranges) } else { ranges })
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
