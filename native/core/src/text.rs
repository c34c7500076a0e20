//! Strings without pattern or format: letters, words, names, lengths (GENERATION.md, section 4). Lengths count code points.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::random::Draws;
use crate::tables::{NAMES, TEXTS, WORDS};

/// At most 256 characters to draw from.
pub type Alphabet = Vec<char>;

/// Small letters.
pub const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const ALNUM: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const SUFFIX_LENGTH: u64 = 6;
/// Of so many names it is remembered what the tables say.
const MOST_NAMES: usize = 4096;

/// 64 characters that mean nothing anywhere in a request.
pub static SAFE: LazyLock<Alphabet> =
    LazyLock::new(|| "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars().collect());
static SUFFIX: LazyLock<Alphabet> = LazyLock::new(|| ALNUM.chars().collect());
static SPECIAL: LazyLock<Alphabet> = LazyLock::new(|| TEXTS.special.chars().chain(ALNUM.chars()).collect());
static SCRIPTS: LazyLock<Alphabet> = LazyLock::new(|| TEXTS.planes.chars().chain(LOWER.chars()).collect());

/// `count` characters of an alphabet of at most 256; takes one number for every 8 characters begun, none where there is no choice.
pub fn letters(draws: &mut Draws, alphabet: &[char], count: u64) -> String {
    if let [only] = alphabet {
        return std::iter::repeat_n(*only, usize::try_from(count).unwrap_or(usize::MAX)).collect();
    }
    let mut made = String::with_capacity(usize::try_from(count).unwrap_or(0));
    let mut left = count;
    while left > 0 {
        for byte in draws.next().to_le_bytes().into_iter().take(usize::try_from(left).unwrap_or(8)) {
            made.push(alphabet[(usize::from(byte) * alphabet.len()) >> 8]);
        }
        left = left.saturating_sub(8);
    }
    made
}

/// A word of the table; takes one number.
pub fn word(draws: &mut Draws) -> &'static str {
    &WORDS[draws.index(WORDS.len())]
}

/// The words of a name: runs of capitals, of small letters with or without one capital before them, of digits; in small letters.
fn parts(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let run = |from: usize, is: fn(&u8) -> bool| from + bytes[from..].iter().take_while(|byte| is(byte)).count();
    let mut parts = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let capitals = run(at, u8::is_ascii_uppercase);
        let small = run(capitals, u8::is_ascii_lowercase);
        let end = match (capitals - at, small - capitals) {
            (0, 0) => run(at, u8::is_ascii_digit),
            (0 | 1, _) | (_, 0) => small,
            _ => capitals - 1, // the last capital belongs to the small letters behind it
        };
        if end > at {
            parts.push(name[at..end].to_ascii_lowercase());
        }
        at = end.max(at + 1);
    }
    parts
}

/// Under which keys a name is looked up in the tables: all its words joined, its last two, its last.
fn keys(name: &str) -> impl Iterator<Item = String> {
    let parts = parts(name);
    [parts.len(), 2, 1]
        .into_iter()
        .filter_map(move |count| Some(parts[parts.len().checked_sub(count)?..].concat()).filter(|key| !key.is_empty()))
}

/// What the tables say of a name.
#[derive(Debug, Clone, Copy)]
struct Named {
    text: &'static str,
    number: Option<i64>,
    varied: bool,
}

impl Named {
    fn of(name: &str) -> Self {
        Self {
            text: keys(name).find_map(|key| NAMES.text.get(&key)).map_or("sample", String::as_str),
            number: keys(name).find_map(|key| NAMES.number.get(&key).copied()),
            varied: keys(name).any(|key| NAMES.vary.contains(&key)),
        }
    }
}

/// What the tables say of a name, remembered for names asked lately.
fn named(name: &str) -> Named {
    thread_local! {
        static KNOWN: RefCell<HashMap<Box<str>, Named>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(name) {
            return *found;
        }
        if known.len() >= MOST_NAMES {
            known.clear();
        }
        *known.entry(name.into()).or_insert_with(|| Named::of(name))
    })
}

/// A plausible string for what has this name; `sample` where the name says nothing.
#[must_use]
pub fn named_text(name: &str) -> &'static str {
    named(name).text
}

/// A plausible number for what has this name.
#[must_use]
pub fn named_number(name: &str) -> Option<i64> {
    named(name).number
}

/// Whether values of this name should differ from case to case, so that creations do not collide.
#[must_use]
pub fn is_varied(name: &str) -> bool {
    named(name).varied
}

/// The text with six letters or digits more, before the first `@` or at its end, shortened to `high`; takes one number.
///
/// A text that has no room for six is replaced by letters and digits as far as there is room.
pub fn varied(draws: &mut Draws, text: &str, high: Option<u64>) -> String {
    let suffix = letters(draws, &SUFFIX, SUFFIX_LENGTH);
    let (head, tail) = text.split_at(text.find('@').unwrap_or(text.len()));
    let Some(high) = high else { return format!("{head}{suffix}{tail}") };
    match high.checked_sub(length(tail) + SUFFIX_LENGTH) {
        Some(room) => format!("{}{suffix}{tail}", cut(head, room)),
        None => cut(&suffix, high).to_owned(),
    }
}

/// The text cut to `high`, or repeated up to `low` (`a` where it is empty).
#[must_use]
pub fn fitted(text: &str, low: u64, high: Option<u64>) -> String {
    let found = length(text);
    if let Some(high) = high
        && found > high
    {
        return cut(text, high).to_owned();
    }
    if found < low {
        let base = if text.is_empty() { "a" } else { text };
        return base.chars().cycle().take(usize::try_from(low).unwrap_or(usize::MAX)).collect();
    }
    text.to_owned()
}

/// A length, mostly short, sometimes a bound; takes one or two numbers.
pub fn pick_length(draws: &mut Draws, low: u64, high: Option<u64>) -> u64 {
    let top = high.map_or(low + 16, |high| high.min(low + 256));
    match draws.below(8) {
        0 => low,
        1 => top,
        _ => {
            let least = low.max(top.min(1));
            least + draws.below(top.min(least + 12) - least + 1)
        }
    }
}

/// Text of an allowed length: mostly letters and digits, sometimes words, special characters or other scripts.
///
/// `plain`: only characters that mean nothing in a request.
pub fn random_text(draws: &mut Draws, low: u64, high: Option<u64>, plain: bool) -> String {
    let kind = draws.below(8);
    let length = pick_length(draws, low, high);
    match kind {
        _ if plain => letters(draws, &SAFE, length),
        0..4 => letters(draws, &SAFE, length),
        4 | 5 => {
            let first = word(draws);
            fitted(&format!("{first} {}", word(draws)), low, high)
        }
        6 => letters(draws, &SPECIAL, length),
        _ => letters(draws, &SCRIPTS, length),
    }
}

/// How many code points a text has.
#[must_use]
pub fn length(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The first `count` code points of a text.
fn cut(text: &str, count: u64) -> &str {
    let end = usize::try_from(count).ok().and_then(|count| text.char_indices().nth(count));
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name's words are found by its capitals, digits and other characters.
    #[test]
    fn words_of_names() {
        for (name, words) in [
            ("petId", &["pet", "id"][..]),
            ("HTTPServer2Name", &["http", "server", "2", "name"]),
            ("user_name", &["user", "name"]),
            ("ID", &["id"]),
            ("ÄbcÖ-x", &["bc", "x"]),
            ("aB", &["a", "b"]),
            ("", &[]),
        ] {
            assert_eq!(parts(name), words);
        }
    }

    /// Lengths count code points.
    #[test]
    fn fitting() {
        assert_eq!(fitted("äöü", 0, Some(2)), "äö");
        assert_eq!(fitted("äö", 5, None), "äöäöä");
        assert_eq!(fitted("", 2, None), "aa");
    }
}
