//! The tables that all implementations share (`native/data`), compiled in, each read when it is first needed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::Value as Json;

/// A format's templates (GENERATION.md, section 5) and the values worth trying.
#[derive(Debug)]
pub struct Format {
    /// Template of a plain value.
    pub plausible: String,
    /// Template of any value.
    pub random: String,
    /// Values that programs are known to trip over.
    pub values: Vec<String>,
    /// How it has a text of a given length.
    pub stretch: Vec<Stretch>,
    /// Whether any text is one.
    pub free: bool,
}

/// How a format has a text of a given length (GENERATION.md, section 5).
#[derive(Debug)]
pub struct Stretch {
    /// What stands before the filling.
    pub before: String,
    /// What stands between filling and blocks.
    pub between: String,
    /// What stands behind the blocks.
    pub behind: String,
    /// What is repeated as far as there is room.
    pub fill: String,
    /// Of how many characters it is at least.
    pub least: u64,
    /// And at most.
    pub most: Option<u64>,
    /// What is repeated whole, so that the filling is no longer than it.
    pub block: String,
    /// Whether the filling is not cut.
    pub whole: bool,
}

/// Plausible values by the name of what they are for.
#[derive(Debug)]
pub struct Names {
    /// Of strings.
    pub text: HashMap<String, String>,
    /// Of numbers.
    pub number: HashMap<String, i64>,
    /// Names whose values should differ from case to case.
    pub vary: HashSet<String>,
}

/// What random text is made of, and strings worth trying.
#[derive(Debug)]
pub struct Texts {
    /// Characters that mean something somewhere.
    pub special: String,
    /// Letters of many scripts.
    pub planes: String,
    /// Strings that programs are known to trip over.
    pub tries: Vec<Try>,
    /// The characters that cookies hold (RFC 6265), and what is percent-encoded in them.
    pub cookie_tries: Vec<Try>,
    /// The visible characters and blanks of a field's value (RFC 9110).
    pub header_tries: Vec<Try>,
    /// What means something in a path, or must be encoded there; a slash is not among it, since many servers decode it first.
    pub path_tries: Vec<Try>,
}

/// A string that programs are known to trip over.
#[derive(Debug)]
pub struct Try {
    /// The word for it.
    pub label: String,
    /// The string.
    pub text: String,
    /// Not sent outside of JSON bodies.
    pub json_only: bool,
    /// Not sent as a part of a value, which it may cut.
    pub whole: bool,
}

/// Short names by long ones.
pub type Shorts = HashMap<String, String>;

/// Properties of Unicode by their short names, written as ranges of hexadecimal code points.
#[derive(Debug)]
pub struct Unicode {
    /// General categories.
    pub categories: HashMap<String, String>,
    /// Which categories belong together.
    pub groups: HashMap<String, Vec<String>>,
    /// Scripts.
    pub scripts: HashMap<String, String>,
    /// Of those scripts whose extensions are another set than the script.
    pub extensions: HashMap<String, String>,
    /// What a code point has or has not.
    pub binary: HashMap<String, String>,
    /// By each character those that it is one with without regard to case, itself among them.
    pub cases: BTreeMap<u32, Vec<u32>>,
    /// Of categories and groups.
    pub category_names: Shorts,
    /// Of scripts.
    pub script_names: Shorts,
    /// Of binary properties.
    pub binary_names: Shorts,
}

/// Formats of strings by name.
pub static FORMATS: LazyLock<HashMap<String, Format>> = LazyLock::new(|| {
    let table = parse(include_str!("../../data/formats.json"));
    entries(&table)
        .map(|(name, entry)| {
            let format = Format {
                plausible: text(&entry["plausible"]),
                random: text(&entry["random"]),
                values: texts(&entry["values"]).collect(),
                stretch: entry["stretch"].as_array().into_iter().flatten().map(stretch).collect(),
                free: entry["free"].as_bool().unwrap_or_default(),
            };
            (name, format)
        })
        .collect()
});

/// Texts that look like a format and are not of it, by format.
pub static MISSES: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let table = parse(include_str!("../../data/misses.json"));
    entries(&table).map(|(name, values)| (name, texts(values).collect())).collect()
});

/// Values by name.
pub static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let table = parse(include_str!("../../data/names.json"));
    Names {
        text: entries(&table["text"]).map(|(name, value)| (name, text(value))).collect(),
        number: entries(&table["number"]).map(|(name, value)| (name, value.as_i64().expect(SHAPE))).collect(),
        vary: texts(&table["vary"]).collect(),
    }
});

/// Words.
pub static WORDS: LazyLock<Vec<String>> =
    LazyLock::new(|| texts(&parse(include_str!("../../data/words.json"))).collect());

/// Strings worth trying.
pub static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let table = parse(include_str!("../../data/texts.json"));
    let attempts = |name: &str| table[name].as_array().expect(SHAPE).iter().map(attempt).collect();
    Texts {
        special: text(&table["special"]),
        planes: text(&table["planes"]),
        tries: attempts("tries"),
        cookie_tries: attempts("cookie_tries"),
        header_tries: attempts("header_tries"),
        path_tries: attempts("path_tries"),
    }
});

/// Properties of Unicode.
pub static UNICODE: LazyLock<Unicode> = LazyLock::new(|| {
    let table = parse(include_str!("../../data/unicode.json"));
    let written = |table: &Json| entries(table).map(|(name, entry)| (name, text(entry))).collect();
    Unicode {
        categories: written(&table["categories"]),
        groups: entries(&table["groups"]).map(|(name, members)| (name, texts(members).collect())).collect(),
        scripts: written(&table["scripts"]),
        extensions: written(&table["extensions"]),
        binary: written(&table["binary"]),
        cases: cases(table["cases"].as_str().expect(SHAPE)),
        category_names: written(&table["names"]["categories"]),
        script_names: written(&table["names"]["scripts"]),
        binary_names: written(&table["names"]["binary"]),
    }
});

/// The tables are compiled in, and a test reads all of them: they cannot be wrong in a program that was released.
const SHAPE: &str = "the table in native/data has the shape that this module reads";

fn parse(table: &str) -> Json {
    serde_json::from_str(table).expect(SHAPE)
}

fn entries(table: &Json) -> impl Iterator<Item = (String, &Json)> {
    table.as_object().expect(SHAPE).iter().map(|(name, entry)| (name.clone(), entry))
}

/// By each character those that it is one with.
fn cases(written: &str) -> BTreeMap<u32, Vec<u32>> {
    let code = |digits| u32::from_str_radix(digits, 16).expect(SHAPE);
    let groups = written.split(' ').map(|same| same.split('=').map(code).collect::<Vec<_>>());
    groups.flat_map(|codes| codes.clone().into_iter().map(move |each| (each, codes.clone()))).collect()
}

fn attempt(entry: &Json) -> Try {
    let json_only = entry["json_only"].as_bool().expect(SHAPE);
    let whole = entry["whole"].as_bool().unwrap_or_default();
    Try { label: text(&entry["label"]), text: text(&entry["text"]), json_only, whole }
}

fn stretch(entry: &Json) -> Stretch {
    let whole = text(&entry["text"]);
    let (before, rest) = whole.split_once("{fill}").expect(SHAPE);
    let (between, behind) = rest.split_once("{blocks}").unwrap_or((rest, ""));
    Stretch {
        before: before.to_owned(),
        between: between.to_owned(),
        behind: behind.to_owned(),
        fill: text(&entry["fill"]),
        least: entry["least"].as_u64().expect(SHAPE),
        most: entry["most"].as_u64(),
        block: entry["block"].as_str().unwrap_or_default().to_owned(),
        whole: entry["whole"].as_bool().unwrap_or_default(),
    }
}

fn text(value: &Json) -> String {
    value.as_str().expect(SHAPE).to_owned()
}

fn texts(values: &Json) -> impl Iterator<Item = String> {
    values.as_array().expect(SHAPE).iter().map(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every table can be read, and none is empty.
    #[test]
    fn all_tables() {
        assert!(
            !FORMATS.is_empty()
                && !MISSES.is_empty()
                && !NAMES.vary.is_empty()
                && !WORDS.is_empty()
                && !TEXTS.planes.is_empty()
        );
        assert!(!UNICODE.categories.is_empty() && !UNICODE.cases.is_empty() && !UNICODE.binary_names.is_empty());
    }
}
