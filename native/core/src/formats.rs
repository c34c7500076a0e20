//! Strings of a named format, from templates in `native/data/formats.json` (GENERATION.md, section 5).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::random::Draws;
use crate::tables::{FORMATS, Stretch, WORDS};
use crate::text::{self, Alphabet};

/// A known format of strings.
#[derive(Debug)]
pub struct Format {
    plausible: Vec<Part>,
    random: Vec<Part>,
    values: &'static [String],
    stretch: &'static [Stretch],
    free: bool,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    Word,
    Letters(Alphabet, u64),
    Range { low: u64, size: u64, width: usize },
    Choice(Vec<String>),
}

static PARSED: LazyLock<HashMap<&'static str, Format>> = LazyLock::new(|| {
    let parse_all = |(name, entry): (&'static String, &'static crate::tables::Format)| {
        let format = Format {
            plausible: parse(&entry.plausible),
            random: parse(&entry.random),
            values: &entry.values,
            stretch: &entry.stretch,
            free: entry.free,
        };
        (name.as_str(), format)
    };
    FORMATS.iter().map(parse_all).collect()
});

/// The format with this name, if strings of it can be made.
#[must_use]
pub fn known(name: &str) -> Option<&'static Format> {
    PARSED.get(name)
}

impl Format {
    /// A plain value.
    pub fn plausible(&self, draws: &mut Draws) -> String {
        fill(&self.plausible, draws)
    }

    /// Any value.
    pub fn random(&self, draws: &mut Draws) -> String {
        fill(&self.random, draws)
    }

    /// Values that programs are known to trip over.
    #[must_use]
    pub const fn interesting(&self) -> &'static [String] {
        self.values
    }

    /// Whether any text is one.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.free
    }

    /// Whether there are texts of given lengths.
    #[must_use]
    pub const fn can_stretch(&self) -> bool {
        !self.stretch.is_empty()
    }

    /// How long a text can be stretched; None: without end, or not at all.
    #[must_use]
    pub fn longest(&self) -> Option<u64> {
        let mosts: Option<Vec<u64>> = self.stretch.iter().map(|entry| entry.most).collect();
        mosts?.into_iter().max()
    }

    /// A text that has this length; None where there is none.
    #[must_use]
    pub fn stretched(&self, length: u64) -> Option<String> {
        self.stretch.iter().find_map(|entry| entry.of(length))
    }
}

impl Stretch {
    fn of(&self, length: u64) -> Option<String> {
        let fixed = [&self.before, &self.between, &self.behind].map(|text| text::length(text)).iter().sum();
        let room = length.checked_sub(fixed)?;
        let is_allowed = self.least <= length && self.most.is_none_or(|most| length <= most);
        if !is_allowed || (self.whole && room % text::length(&self.fill) != 0) {
            return None;
        }
        let block = text::length(&self.block);
        let blocks = room.saturating_sub(1).checked_div(block).unwrap_or(0);
        let share = room - blocks * block;
        let fill = text::fitted(&self.fill, share, Some(share));
        let blocks = self.block.repeat(usize::try_from(blocks).ok()?);
        Some([&self.before, &fill, &self.between, &blocks, &self.behind].map(String::as_str).concat())
    }
}

fn fill(parts: &[Part], draws: &mut Draws) -> String {
    let mut made = String::new();
    for part in parts {
        match part {
            Part::Literal(text) => made.push_str(text),
            Part::Word => made.push_str(&WORDS[draws.index(WORDS.len())]),
            Part::Letters(alphabet, count) => made.push_str(&text::letters(draws, alphabet, *count)),
            Part::Range { low, size, width } => {
                let number = low + draws.below(*size);
                let digits = number.to_string();
                made.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
                made.push_str(&digits);
            }
            Part::Choice(choices) => made.push_str(&choices[draws.index(choices.len())]),
        }
    }
    made
}

/// A template cut into parts: `{{` is a brace, `{...}` a maker, any other `}` itself.
fn parse(template: &str) -> Vec<Part> {
    let mut parts = vec![];
    let mut literal = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some((token, after)) = rest.strip_prefix('{').and_then(|token| token.split_once('}')) {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(maker(token));
            rest = after;
        } else {
            literal.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

fn maker(token: &str) -> Part {
    if token == "word" {
        return Part::Word;
    }
    if let Some((name, count)) = token.split_once('*')
        && let (Some(alphabet), Ok(count)) = (alphabet(name), count.parse())
    {
        return Part::Letters(alphabet, count);
    }
    if let Some((first, last)) = token.split_once("..")
        && let (Ok(low), Ok(high)) = (first.parse::<u64>(), last.parse::<u64>())
    {
        let width = if first.len() == last.len() { last.len() } else { 0 };
        return Part::Range { low, size: high - low + 1, width };
    }
    Part::Choice(token.split('|').map(str::to_owned).collect())
}

fn alphabet(name: &str) -> Option<Alphabet> {
    let upper = 'A'..='Z';
    let lower = 'a'..='z';
    let digits = '0'..='9';
    Some(match name {
        "hex" => "0123456789abcdef".chars().collect(),
        "base16" => digits.chain('A'..='F').collect(),
        "base32" => upper.chain('2'..='7').collect(),
        "digit" => digits.collect(),
        "lower" => lower.collect(),
        "alnum" => digits.chain(lower).collect(),
        "base64" => upper.chain(lower).chain(digits).chain(['+', '/']).collect(),
        "base64url" => text::SAFE.clone(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{OperationState, PlaceHash};

    /// Every format makes values, and no brace of its templates is left in them by mistake.
    #[test]
    fn all_formats() {
        let mut draws = OperationState::new(1, "agent", "GET /").case(0).stream(PlaceHash::new("query/a"));
        for (name, format) in PARSED.iter() {
            for made in [format.plausible(&mut draws), format.random(&mut draws)] {
                assert!(
                    !made.is_empty() && (!made.contains("{word") && !made.contains('*') || *name != "uuid"),
                    "{name}: {made}"
                );
            }
        }
    }
}
