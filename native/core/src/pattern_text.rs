//! Texts that match a pattern (GENERATION.md, section 7).

use std::collections::HashMap;

use crate::random::Draws;
use crate::text::{Alphabet, letters};
use crate::tree::{Class, Ranges, Shape, Tree, normal};

/// Which characters are chosen where a pattern leaves the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Small letters and digits.
    Tidy = 0,
    /// Characters that mean nothing in a request.
    Plain = 1,
    /// What can be printed.
    Wide = 2,
}

/// The lengths chosen do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dead;

const LOWER_DIGITS: &[(u32, u32)] = &[(0x30, 0x39), (0x61, 0x7A)];
pub(crate) const SAFE: &[(u32, u32)] = &[(0x2D, 0x2D), (0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const VISIBLE: &[(u32, u32)] = &[(0x21, 0x7E)];
const PRINTABLE: &[(u32, u32)] = &[(0x20, 0x7E)];
const MAX_ALPHABET: usize = 256;

impl Style {
    const fn preferred(self) -> &'static [&'static [(u32, u32)]] {
        match self {
            Self::Tidy => &[LOWER_DIGITS, SAFE, VISIBLE],
            Self::Plain => &[SAFE, VISIBLE],
            Self::Wide => &[PRINTABLE],
        }
    }
}

/// Writes a text of this length, but for back-references, which are as long as what they repeat, behind what was `made`; look-around
/// and boundaries are left to chance.
///
/// # Errors
///
/// [`Dead`] where the choices made on the way do not allow it.
pub fn write(tree: &Tree, draws: &mut Draws, length: u64, style: Style, made: &mut String) -> Result<(), Dead> {
    Writer { draws, style, groups: HashMap::new() }.write(tree, length, made)
}

struct Writer<'a> {
    draws: &'a mut Draws,
    style: Style,
    groups: HashMap<usize, String>,
}

impl Writer<'_> {
    fn write(&mut self, tree: &Tree, length: u64, made: &mut String) -> Result<(), Dead> {
        if !fits(tree, length) {
            return Err(Dead);
        }
        match &tree.shape {
            Shape::Class(class) => made.push_str(&letters(self.draws, alphabet(class, self.style)?, 1)),
            Shape::Edge(_) | Shape::Boundary(..) | Shape::Look(..) => {}
            Shape::Group(part, number) => {
                let start = made.len();
                self.write(part, length, made)?;
                self.groups.insert(*number, made[start..].to_owned());
            }
            Shape::Back(number) => made.push_str(self.groups.get(number).map_or("", String::as_str)),
            Shape::Sequence(parts) => self.row(parts.iter(), length, made)?,
            Shape::Choice(branches) => {
                let fitting: Vec<&Tree> = branches.iter().filter(|branch| fits(branch, length)).collect();
                let chosen = match fitting.len() {
                    0 => return Err(Dead),
                    1 => 0,
                    many => self.draws.index(many),
                };
                self.write(fitting[chosen], length, made)?;
            }
            Shape::Repeat(part, low, high) => {
                if let Shape::Class(class) = &part.shape {
                    made.push_str(&letters(self.draws, alphabet(class, self.style)?, length));
                } else {
                    let count = repetitions(part, *low, *high, length, self.draws)?;
                    self.row(std::iter::repeat_n(part.as_ref(), count), length, made)?;
                }
            }
        }
        Ok(())
    }

    /// The parts one after the other, the length shared among them from the left.
    fn row<'a>(
        &mut self,
        parts: impl Iterator<Item = &'a Tree> + Clone,
        length: u64,
        made: &mut String,
    ) -> Result<(), Dead> {
        let sum = |numbers: &mut dyn Iterator<Item = u64>| numbers.map(i128::from).sum::<i128>();
        let mut least = sum(&mut parts.clone().map(|part| part.least));
        let mut bounded = sum(&mut parts.clone().filter_map(|part| part.most));
        let mut endless = parts.clone().filter(|part| part.most.is_none()).count();
        let mut length = i128::from(length);
        for part in parts {
            least -= i128::from(part.least);
            match part.most {
                None => endless -= 1,
                Some(most) => bounded -= i128::from(most),
            }
            let own = i128::from(part.least);
            let low = if endless > 0 { own } else { own.max(length - bounded) };
            let high = part.most.map_or(length - least, |most| i128::from(most).min(length - least));
            if low > high {
                return Err(Dead);
            }
            let choices = u64::try_from(high - low + 1).map_err(|_| Dead)?;
            let share = if low < high { low + i128::from(self.draws.below(choices)) } else { low };
            self.write(part, u64::try_from(share).map_err(|_| Dead)?, made)?;
            length -= share;
        }
        Ok(())
    }
}

fn fits(tree: &Tree, length: u64) -> bool {
    tree.least <= length && tree.most.is_none_or(|most| length <= most)
}

/// How many repetitions share the length.
fn repetitions(part: &Tree, low: u64, high: Option<u64>, length: u64, draws: &mut Draws) -> Result<usize, Dead> {
    let needed = match part.most {
        _ if length == 0 => 0,
        None | Some(0) => 1,
        Some(most) => length.div_ceil(most),
    };
    let fewest = low.max(needed);
    let most = length.checked_div(part.least).unwrap_or(length).max(low).min(high.unwrap_or(u64::MAX));
    if fewest > most {
        return Err(Dead);
    }
    let count = if fewest < most { fewest + draws.below(most - fewest + 1) } else { fewest };
    usize::try_from(count).map_err(|_| Dead)
}

fn alphabet(class: &Class, style: Style) -> Result<&Alphabet, Dead> {
    if class.ranges.is_empty() {
        return Err(Dead);
    }
    Ok(class.alphabets[style as usize].get_or_init(|| {
        let common = |preferred: &[(u32, u32)]| -> Ranges {
            let pairs = class.ranges.iter().flat_map(|a| preferred.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
            pairs.filter(|(low, high)| low <= high).collect()
        };
        let found = style.preferred().iter().map(|preferred| common(preferred)).find(|common| !common.is_empty());
        let ranges = found.map_or_else(|| class.ranges.clone(), |common| normal(&common));
        let characters = ranges.iter().flat_map(|&(low, high)| (low..=high).filter_map(char::from_u32));
        characters.take(MAX_ALPHABET).collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::matches;
    use crate::pattern::parse;
    use crate::pattern_ends::padded;
    use crate::random::{OperationState, PlaceHash};

    /// What is written for a pattern matches it, at every length that is possible, in every style.
    #[test]
    fn written_texts_match() {
        let patterns = [
            "^[a-z]{2,5}$",
            "^(a|bc|[0-9]{3})+-x?$",
            "^\\d{4}-\\d{2}$",
            "[^a-z]\\w*",
            "^.{3,}$",
            "^(?:[A-Z]{2}|x)\\.$",
            "^\\u{1F600}+$",
            "^(?i:[a-k]{2}x)(?s-i:.)$",
        ];
        let state = OperationState::new(1, "agent", "GET /");
        for source in patterns {
            let tree = parse(source).unwrap();
            let whole = padded(&tree);
            for ordinal in 0..50 {
                let mut draws = state.case(ordinal).stream(PlaceHash::new(source));
                for style in [Style::Tidy, Style::Plain, Style::Wide] {
                    let mut made = String::new();
                    let wanted = whole.least + ordinal % 7;
                    if write(&whole, &mut draws, wanted, style, &mut made).is_ok() {
                        assert_eq!(made.chars().count() as u64, wanted);
                        assert!(matches(&tree, &made), "{source} does not match {made}");
                    }
                }
            }
        }
    }

    /// Patterns are found anywhere, anchors hold them to the ends.
    #[test]
    fn matching() {
        for (source, text, found) in [
            ("b", "abc", true),
            ("^b", "abc", false),
            ("^a.c$", "abc", true),
            ("^(ab)*$", "ababa", false),
            ("^(ab){2}$", "abab", true),
            ("", "", true),
            ("[]", "a", false),
            ("[^]", "a", true),
            ("^(?i:k[^s])$", "\u{212a}t", true),
            ("^(?i:k[^s])$", "K\u{17f}", false),
            ("^(?i:a(?-i:b)c)d$", "AbCd", true),
            ("^(?i:a(?-i:b)c)d$", "aBcd", false),
            ("^(?i:a(?-i:b)c)d$", "abcD", false),
            ("^(?i:\\W)$", "\u{17f}", false),
            ("^(?i:\\P{Lu})$", "A", true),
            ("(?i:\\b)\u{17f}", "\u{17f}", true),
            ("\\b\u{17f}", "\u{17f}", false),
            ("^(?s:.(?-s:.))$", "\na", true),
            ("^(?s:.(?-s:.))$", "a\n", false),
            ("(?m:^b$)", "a\rb\u{2028}c", true),
            ("(?m:^(?-m:^)b)", "a\nb", false),
        ] {
            assert_eq!(matches(&parse(source).unwrap(), text), found, "{source} in {text}");
        }
    }

    /// What is beyond simple patterns is refused by name.
    #[test]
    fn unsupported() {
        for (source, what) in [
            ("(?i)a", "a group with flags"),
            ("(?x:a)", "a group with flags"),
            ("(?i--s:a)", "a group with flags"),
            ("(?ii:a)", "a group with flags that stand twice or are none"),
            ("(?i-i:a)", "a group with flags that stand twice or are none"),
            ("(?-:a)", "a group with flags that stand twice or are none"),
            ("(?m:^*)", "a repeated assertion"),
            ("(?<name", "a group with flags"),
            ("(?=a)*", "a repeated assertion"),
            ("(a)\\2", "the escape \\2"),
            ("a{2", "a brace that is no quantifier"),
            ("a{3,2}", "a quantifier out of range"),
            ("a**", "a repeated quantifier"),
            ("\\p{Greek}", "the property \\p{Greek}"),
            ("\\uD83D", "an escape that is no character"),
            ("(a", "unbalanced ("),
            ("a)", "unbalanced )"),
            ("(((a{1000}){1000}){1000})", "a pattern this large"),
        ] {
            assert_eq!(parse(source).unwrap_err().0, what);
        }
    }
}
