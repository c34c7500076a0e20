//! Whether a text matches a pattern (GENERATION.md, section 7): positions are followed as sets, so nothing blows up.

use std::collections::BTreeSet;

use crate::tree::{Look, Shape, Tree};

/// So many positions are looked at; a text that needs more does not match.
const MOST_WORK: i64 = 100_000;

type Positions = BTreeSet<usize>;

/// The work is not worth it.
struct TooMuch;

/// Whether the pattern is found anywhere in the text, as JSON Schema wants it; for a back-reference any text is taken.
#[must_use]
pub fn matches(tree: &Tree, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let starts = (0..=text.len()).collect();
    Walk { text, left: MOST_WORK }.ends(tree, starts).is_ok_and(|ends| !ends.is_empty())
}

struct Walk {
    text: Vec<char>,
    left: i64,
}

impl Walk {
    /// Where a match of the tree can end that begins at one of the positions.
    fn ends(&mut self, tree: &Tree, starts: Positions) -> Result<Positions, TooMuch> {
        self.left -= i64::try_from(starts.len()).unwrap_or(i64::MAX) + 1;
        if self.left < 0 {
            return Err(TooMuch);
        }
        Ok(match &tree.shape {
            Shape::Class(class) => {
                let matching = starts.into_iter().filter(|at| self.text.get(*at).is_some_and(|char| class.has(*char)));
                matching.map(|at| at + 1).collect()
            }
            Shape::Edge(start) => {
                let edge = if *start { 0 } else { self.text.len() };
                starts.into_iter().filter(|at| *at == edge).collect()
            }
            Shape::Boundary(inverse) => {
                let is_one = |at: &usize| (self.is_word(at.checked_sub(1)) != self.is_word(Some(*at))) != *inverse;
                starts.into_iter().filter(is_one).collect()
            }
            Shape::Look(part, Look { ahead, inverse }) => {
                let mut found = Positions::new();
                for at in starts {
                    if self.sees(part, at, *ahead)? != *inverse {
                        found.insert(at);
                    }
                }
                found
            }
            Shape::Group(part, _) => self.ends(part, starts)?,
            Shape::Back(_) => starts.first().map_or_else(Positions::new, |first| (*first..=self.text.len()).collect()),
            Shape::Sequence(parts) => {
                let mut starts = starts;
                for part in parts {
                    starts = self.ends(part, starts)?;
                }
                starts
            }
            Shape::Choice(branches) => {
                let mut ends = Positions::new();
                for branch in branches {
                    ends.extend(self.ends(branch, starts.clone())?);
                }
                ends
            }
            Shape::Repeat(part, low, high) => self.repeated(part, *low, *high, starts)?,
        })
    }

    fn repeated(&mut self, part: &Tree, low: u64, high: Option<u64>, starts: Positions) -> Result<Positions, TooMuch> {
        let mut reached = starts;
        for _ in 0..low {
            if reached.is_empty() {
                return Ok(reached);
            }
            reached = self.ends(part, reached)?;
        }
        let mut fresh = reached.clone();
        let mut rounds = low;
        while !fresh.is_empty() && high.is_none_or(|high| rounds < high) {
            fresh = self.ends(part, fresh)?.difference(&reached).copied().collect();
            reached.extend(&fresh);
            rounds += 1;
        }
        Ok(reached)
    }

    fn sees(&mut self, part: &Tree, at: usize, ahead: bool) -> Result<bool, TooMuch> {
        Ok(if ahead {
            !self.ends(part, Positions::from([at]))?.is_empty()
        } else {
            let longest = part.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
            self.ends(part, (at.saturating_sub(longest)..=at).collect())?.contains(&at)
        })
    }

    /// Whether there is a word character (ECMA-262, 22.2.2.9.3).
    fn is_word(&self, at: Option<usize>) -> bool {
        let char = at.and_then(|at| self.text.get(at));
        char.is_some_and(|char| *char == '_' || char.is_ascii_alphanumeric())
    }
}
