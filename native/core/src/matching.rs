//! Whether a text matches a pattern (GENERATION.md, section 7): positions are followed as sets, so nothing blows up.

use crate::tree::{Class, Look, Shape, Tree, has};

/// So many positions are looked at; a text that needs more does not match.
const MOST_WORK: i64 = 100_000;

/// The work is not worth it.
struct TooMuch;

/// Whether the pattern is found anywhere in the text, as JSON Schema wants it; for a back-reference any text is taken.
#[must_use]
pub fn matches(tree: &Tree, text: &str) -> bool {
    found(tree, text) == Some(true)
}

/// Whether the pattern is found nowhere in the text; not where that would be too much work.
#[must_use]
pub fn refuses(tree: &Tree, text: &str) -> bool {
    found(tree, text) == Some(false)
}

/// Whether it is found; None where that is too much work.
#[must_use]
pub fn found(tree: &Tree, text: &str) -> Option<bool> {
    let text: Vec<char> = text.chars().collect();
    let starts = Positions::range(text.len(), 0, text.len());
    Walk { text, left: MOST_WORK }.ends(tree, starts).ok().map(|ends| !ends.is_empty())
}

/// No text of this length or less takes more work; for trees without look-around.
#[must_use]
fn most_work(tree: &Tree, length: u64) -> u64 {
    let once = length + 2; // all positions and 1
    let of_parts = tree.parts().iter().fold(0, |sum: u64, part| sum.saturating_add(most_work(part, length)));
    let rounds = match &tree.shape {
        Shape::Repeat(part, low, high) => {
            // Beyond the least number a round goes on with what is new; that of one character, each position once.
            let more = if matches!(part.shape, Shape::Class(_)) { 2 } else { length + 1 };
            low + high.map_or(more, |high| more.min(high - low))
        }
        _ => 1,
    };
    once.saturating_add(of_parts.saturating_mul(rounds))
}

/// Whether no text of this length or less is too much work; for trees without look-around.
#[must_use]
pub fn is_little_work(tree: &Tree, length: u64) -> bool {
    i64::try_from(most_work(tree, length)).is_ok_and(|most| most <= MOST_WORK)
}

/// A set of positions, a bit for each that the text has.
#[derive(Clone, PartialEq, Eq)]
struct Positions(Vec<u64>);

impl Positions {
    /// Of a text of so many characters, those from `first` to `last`.
    fn range(length: usize, first: usize, last: usize) -> Self {
        let mut words = vec![0; length / 64 + 1];
        for (index, word) in words.iter_mut().enumerate() {
            let low = first.saturating_sub(index * 64);
            let count = (last + 1).saturating_sub(index * 64);
            if low < 64 && low < count {
                *word = (u64::MAX >> (64 - count.min(64))) & (u64::MAX << low);
            }
        }
        Self(words)
    }

    fn count(&self) -> i64 {
        self.0.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn first(&self) -> Option<usize> {
        let index = self.0.iter().position(|word| *word != 0)?;
        Some(index * 64 + self.0[index].trailing_zeros() as usize)
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn remove(&mut self, at: usize) {
        self.0[at / 64] &= !(1 << (at % 64));
    }

    /// In ascending order.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let at = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * 64 + at)
            })
        })
    }

    /// Keeps those for which this holds, asked in ascending order.
    fn retain(&mut self, mut holds: impl FnMut(usize) -> bool) {
        for index in 0..self.0.len() {
            let mut left = self.0[index];
            while left != 0 {
                let at = index * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                if !holds(at) {
                    self.remove(at);
                }
            }
        }
    }

    /// Moves each to the next; the last position must not be there.
    fn advance(&mut self) {
        let mut carried = 0;
        for word in &mut self.0 {
            (*word, carried) = (*word << 1 | carried, *word >> 63);
        }
    }

    fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word &= other);
    }

    fn drop(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word &= !other);
    }

    fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word |= other);
    }
}

struct Walk {
    text: Vec<char>,
    left: i64,
}

impl Walk {
    /// Where a match of the tree can end that begins at one of the positions.
    fn ends(&mut self, tree: &Tree, mut starts: Positions) -> Result<Positions, TooMuch> {
        self.spend(&starts)?;
        match &tree.shape {
            Shape::Class(class) => {
                starts.retain(|at| self.text.get(at).is_some_and(|char| class.has(*char)));
                starts.advance();
            }
            Shape::Edge(start) => {
                let edge = if *start { 0 } else { self.text.len() };
                starts.keep(&Positions::range(self.text.len(), edge, edge));
            }
            Shape::Boundary(inverse, words) => {
                let is_word =
                    |at: Option<usize>| at.and_then(|at| self.text.get(at)).is_some_and(|char| has(words, *char));
                starts.retain(|at| (is_word(at.checked_sub(1)) != is_word(Some(at))) != *inverse);
            }
            Shape::Look(part, Look { ahead, inverse }) => {
                for at in starts.clone().iter() {
                    if self.sees(part, at, *ahead)? == *inverse {
                        starts.remove(at);
                    }
                }
            }
            Shape::Group(part, _) => return self.ends(part, starts),
            Shape::Back(_) => {
                if let Some(first) = starts.first() {
                    starts = Positions::range(self.text.len(), first, self.text.len());
                }
            }
            Shape::Sequence(parts) => {
                for part in parts {
                    starts = self.ends(part, starts)?;
                }
            }
            Shape::Choice(branches) => {
                let mut ends = Positions(vec![0; starts.0.len()]);
                for branch in branches {
                    ends.add(&self.ends(branch, starts.clone())?);
                }
                starts = ends;
            }
            Shape::Repeat(part, low, high) => match &part.shape {
                Shape::Class(class) => self.run(class, *low, *high, &mut starts)?,
                _ => starts = self.repeated(part, *low, *high, starts)?,
            },
        }
        Ok(starts)
    }

    /// Counts the work of looking at these positions.
    fn spend(&mut self, starts: &Positions) -> Result<(), TooMuch> {
        self.left -= starts.count() + 1;
        if self.left < 0 { Err(TooMuch) } else { Ok(()) }
    }

    fn repeated(
        &mut self,
        part: &Tree,
        low: u64,
        high: Option<u64>,
        mut reached: Positions,
    ) -> Result<Positions, TooMuch> {
        for _ in 0..low {
            if reached.is_empty() {
                return Ok(reached);
            }
            reached = self.ends(part, reached)?;
        }
        let mut fresh = reached.clone();
        let mut rounds = low;
        while !fresh.is_empty() && high.is_none_or(|high| rounds < high) {
            fresh = self.ends(part, fresh)?;
            fresh.drop(&reached);
            reached.add(&fresh);
            rounds += 1;
        }
        Ok(reached)
    }

    /// The same for one character.
    fn run(&mut self, class: &Class, low: u64, high: Option<u64>, reached: &mut Positions) -> Result<(), TooMuch> {
        let mut matching = Positions::range(self.text.len(), 0, self.text.len());
        matching.retain(|at| self.text.get(at).is_some_and(|char| class.has(*char)));
        for _ in 0..low {
            if reached.is_empty() {
                return Ok(());
            }
            self.spend(reached)?;
            reached.keep(&matching);
            reached.advance();
        }
        let mut fresh = reached.clone();
        let mut rounds = low;
        while !fresh.is_empty() && high.is_none_or(|high| rounds < high) {
            self.spend(&fresh)?;
            fresh.keep(&matching);
            fresh.advance();
            fresh.drop(reached);
            reached.add(&fresh);
            rounds += 1;
        }
        Ok(())
    }

    fn sees(&mut self, part: &Tree, at: usize, ahead: bool) -> Result<bool, TooMuch> {
        let length = self.text.len();
        Ok(if ahead {
            !self.ends(part, Positions::range(length, at, at))?.is_empty()
        } else {
            let longest = part.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
            self.ends(part, Positions::range(length, at.saturating_sub(longest), at))?.has(at)
        })
    }
}
