//! Making strings: by format, by pattern, or by length (GENERATION.md, section 9).

use std::borrow::Cow;

use sentinel_wire::Value;

use crate::existence::Existence;
use crate::formats::{self, Format};
use crate::maker::{Maker, Mode, Vary};
use crate::matching::matches;
use crate::pattern_text::Style;
use crate::patterned::patterned_text;
use crate::realm::Realm;
use crate::schema::Flat;
use crate::steer::Steer;
use crate::text;

const FORMAT_TRIES: usize = 4;
/// Lengths, where the least is none that the format can have.
const STRETCH_TRIES: u64 = 4;
/// Files at random have fewer bytes than this more than the least.
const MOST_MORE_BYTES: u64 = 64;

impl Maker<'_> {
    /// A text of the alternative, or bytes.
    pub(crate) fn string(&mut self, flat: &Flat, name: &str, steer: Option<&Steer>) -> Result<Value, Existence> {
        let (low, high) = match steer {
            Some(Steer::Length(length)) => (*length, Some(*length)),
            // Nothing cannot be sent there.
            _ if self.realm.is_plain() && flat.max_length != Some(0) => (flat.min_length.max(1), flat.max_length),
            _ => (flat.min_length, flat.max_length),
        };
        let is_random = self.mode == Mode::Random;
        if flat.format == "binary" && self.realm == Realm::Form && flat.patterns.is_empty() {
            return Ok(Value::Bytes(self.bytes(low, high, is_random && steer.is_none())));
        }
        if let Some(format) = formats::known(&flat.format) {
            if steer.is_none()
                && let Some(made) = self.formatted(flat, format, name, low)
            {
                return Ok(Value::Text(made));
            }
            if flat.patterns.is_empty()
                && let Some(made) = self.stretched(format, low, high)
            {
                return Ok(Value::Text(made));
            }
            // Made by pattern or length: formats are mostly annotations, but this one may be asserted, too.
            self.doubtful |= !format.is_free();
        }
        if !flat.patterns.is_empty() {
            let plausible = self.plausible(name, high);
            let made = patterned_text(self.draws, flat, (low, high), &plausible, self.style());
            return made
                .map(Value::Text)
                .ok_or_else(|| Existence::gave_up("no text of an allowed length matches the pattern"));
        }
        if is_random && self.draws.below(4) != 0 {
            return Ok(Value::Text(text::random_text(self.draws, low, high, self.realm.is_plain())));
        }
        Ok(Value::Text(text::fitted(&self.plausible(name, high), low, high)))
    }

    /// A text of the format that is as long as it must be, or nearly so, or as it may be; None where the format has none.
    fn stretched(&mut self, format: &Format, low: u64, high: Option<u64>) -> Option<String> {
        if !format.can_stretch() {
            return None;
        }
        let is_chosen = self.mode == Mode::Random && high.is_none_or(|high| low < high);
        let chosen = is_chosen.then(|| text::pick_length(self.draws, low, high));
        let wishes = chosen.into_iter().chain(low..low + STRETCH_TRIES).chain([high.unwrap_or(low)]);
        wishes.filter(|length| high.is_none_or(|high| *length <= high)).find_map(|length| format.stretched(length))
    }

    /// A file of an allowed length, an empty one among them.
    fn bytes(&mut self, low: u64, high: Option<u64>, is_varied: bool) -> Vec<u8> {
        if !is_varied {
            return text::fitted("sample", low, high).into_bytes();
        }
        let count = low + self.draws.below(MOST_MORE_BYTES);
        text::letters(self.draws, &text::SAFE, high.map_or(count, |high| count.min(high))).into_bytes()
    }

    /// What something of this name could be; different from case to case where that is wanted.
    fn plausible(&mut self, name: &str, high: Option<u64>) -> Cow<'static, str> {
        let plausible = text::named_text(name);
        let is_wanted = self.vary != Vary::Nothing || self.mode == Mode::Random;
        let is_whole_body = self.mode == Mode::Random && self.made == 1 && name == "body";
        if is_whole_body || self.vary == Vary::All || (is_wanted && text::is_varied(name)) {
            return text::varied(self.draws, plausible, high).into();
        }
        plausible.into()
    }

    const fn style(&self) -> Style {
        match self.mode {
            Mode::Random if self.realm.is_plain() => Style::Plain,
            Mode::Random => Style::Wide,
            Mode::Best | Mode::Full => Style::Tidy,
        }
    }

    /// A text of the format that has an allowed length and matches the patterns, None where that does not come about.
    fn formatted(&mut self, flat: &Flat, format: &Format, name: &str, low: u64) -> Option<String> {
        let high = flat.max_length;
        for _ in 0..FORMAT_TRIES {
            let mut made =
                if self.mode == Mode::Random { format.random(self.draws) } else { format.plausible(self.draws) };
            let is_email = matches!(flat.format.as_str(), "email" | "idn-email");
            if self.vary != Vary::Nothing && is_email && text::is_varied(name) {
                made = text::varied(self.draws, &made, high);
            }
            let length = text::length(&made);
            let is_allowed = low <= length && high.is_none_or(|high| length <= high);
            if is_allowed && flat.patterns.iter().all(|tree| matches(tree, &made)) {
                return Some(made);
            }
        }
        None
    }
}
