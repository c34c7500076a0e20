//! Bodies that are no text of their media type (GENERATION.md, section 18).

use std::fmt::Write;

use sentinel_core::maker::GaveUp;
use sentinel_core::media::{bare, is_json};
use sentinel_wire::answer::Body;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER, EXT_RAW};
use sentinel_wire::{Map, Value};

const DEEP: usize = 2000;
const PART: &str = "--sentinel\r\nContent-Disposition: form-data; name=\"sample\"\r\n\r\nsample\r\n";
const MULTIPART: &str = "multipart/form-data; boundary=sentinel";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Those of JSON that no reading makes right.
pub const JSON_FORMS: [&str; 9] =
    ["cut", "trailing-comma", "empty", "utf-8", "nan", "single-quotes", "deep", "deep-object", "latin-1"];
/// Those of JSON that some servers may accept.
pub const UNCLEAR_JSON_FORMS: [&str; 5] =
    ["duplicate-key", "surrogate", "utf-16", "utf-16-as-utf-8", "byte-order-mark"];
/// Of a Content-Length that is no valid one: the server answers 400 and closes the connection (RFC 9112, 6.3).
pub const LENGTH_FORMS: [&str; 3] = ["not-a-number", "negative", "differing"];
/// Of a Content-Length by which a body is cut.
pub const CUTTING: &str = "short";
/// Of one that is larger than the body: the server may wait for the rest, answer at once, or close the connection.
pub const WAITING: &str = "long";
/// Those of multipart.
pub const MULTIPART_FORMS: [&str; 4] = ["unclosed", "no-boundary", "wrong-boundary", "cut-part"];
/// Those of XML.
pub const XML_FORMS: [&str; 4] = ["unclosed-element", "no-element", "no-utf-8", "nul"];
/// Those of multipart that some servers may accept.
pub const UNCLEAR_MULTIPART_FORMS: [&str; 1] = ["no-utf-8"];
/// Those of XML that some servers may accept.
pub const UNCLEAR_XML_FORMS: [&str; 3] = ["wrong-encoding", "utf-16-undeclared", "deep-element"];
/// Those of forms that some servers may accept.
pub const UNCLEAR_FORM_FORMS: [&str; 2] = ["no-utf-8", "percent"];
/// Those of plain text that some servers may accept.
pub const UNCLEAR_TEXT_FORMS: [&str; 1] = ["no-utf-8"];

/// What the text of a body that is no JSON is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// application/x-www-form-urlencoded.
    Form,
    /// multipart/form-data.
    Multipart,
    /// XML.
    Xml,
    /// Anything else.
    Other,
}

impl TextKind {
    /// That of a media type.
    pub fn of(media_type: &str) -> Self {
        match bare(media_type).as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            xml if xml.ends_with("/xml") || xml.ends_with("+xml") => Self::Xml,
            _ => Self::Other,
        }
    }

    /// A body that says nothing but `sample`.
    fn sample(self) -> Vec<u8> {
        match self {
            Self::Form => b"sample=sample".to_vec(),
            Self::Multipart => format!("{PART}--sentinel--\r\n").into_bytes(),
            Self::Xml => format!("{XML}<root>sample</root>").into_bytes(),
            Self::Other => b"sample".to_vec(),
        }
    }

    /// One without a line end, so that no line of it can be read as one more request, and the last bytes without which it is nothing whole.
    fn line(self) -> (Vec<u8>, &'static [u8]) {
        match self {
            Self::Multipart => (b"--sentinel--".to_vec(), b"-"),
            Self::Xml => (self.sample(), b">"),
            Self::Form | Self::Other => (self.sample(), b""),
        }
    }

    /// One with a byte that is no UTF-8.
    fn no_utf_8(self) -> Vec<u8> {
        match self {
            Self::Form => b"sample=%FF".to_vec(),
            Self::Xml => [XML.as_bytes(), b"<root>sample\xff</root>"].concat(),
            Self::Multipart => [PART.trim_end().as_bytes(), b"\xff\r\n--sentinel--\r\n"].concat(),
            Self::Other => b"sample\xff".to_vec(),
        }
    }
}

/// The body broken in the way of this name.
///
/// # Errors
///
/// Where it cannot be broken in this way.
pub fn broken(form: &str, media_type: &str, value: &Value) -> Result<Body, GaveUp> {
    match form {
        "empty" => return Ok(raw(media_type, vec![])),
        "deep" => return Ok(raw(media_type, ["[".repeat(DEEP), "]".repeat(DEEP)].concat().into_bytes())),
        "deep-object" => {
            let text = ["{\"sample\":".repeat(DEEP), "0".to_owned(), "}".repeat(DEEP)].concat();
            return Ok(raw(media_type, text.into_bytes()));
        }
        "single-quotes" => return Ok(raw(media_type, b"{'sample': 'sample'}".to_vec())),
        "unclosed" => return Ok(raw(MULTIPART, PART.into())),
        "no-boundary" => return Ok(raw("multipart/form-data", format!("{PART}--sentinel--\r\n").into_bytes())),
        "wrong-boundary" => {
            let text = format!("{PART}--sentinel--\r\n").into_bytes();
            return Ok(raw("multipart/form-data; boundary=other", text));
        }
        "cut-part" => {
            let head = PART.split("\r\n\r\n").next().unwrap_or_default();
            return Ok(raw(MULTIPART, head.into()));
        }
        "unclosed-element" => {
            return Ok(raw(media_type, format!("{XML}<root><sample>sample</root>").into_bytes()));
        }
        "no-element" => return Ok(raw(media_type, XML.into())),
        "nul" => return Ok(raw(media_type, format!("{XML}<root>sample\0</root>").into_bytes())),
        "wrong-encoding" => {
            let text = b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><root>sample</root>";
            return Ok(raw(media_type, text.to_vec()));
        }
        "utf-16-undeclared" => {
            let text = "<root>sample</root>".encode_utf16().flat_map(u16::to_le_bytes).collect();
            return Ok(raw(media_type, text));
        }
        "deep-element" => {
            return Ok(raw(media_type, ["<root>".repeat(DEEP), "</root>".repeat(DEEP)].concat().into_bytes()));
        }
        "no-utf-8" if TextKind::of(media_type) == TextKind::Multipart => {
            return Ok(raw(MULTIPART, TextKind::Multipart.no_utf_8()));
        }
        "no-utf-8" => {
            let kind = TextKind::of(media_type);
            let charset = if kind == TextKind::Other { "; charset=utf-8" } else { "" };
            return Ok(raw(&format!("{media_type}{charset}"), kind.no_utf_8()));
        }
        "percent" => return Ok(raw(media_type, b"sample=%zz".to_vec())),
        "untyped" => return Ok(raw("", TextKind::of(media_type).sample())),
        "as-text" => return Ok(raw("text/plain", b"sample".to_vec())),
        "as-json" => return Ok(raw("application/json", b"\"sample\"".to_vec())),
        _ => {}
    }
    let text = json_text(value)?;
    if form == "utf-8" {
        let at = text.find('"').map_or(text.len(), |at| at + 1);
        let (head, tail) = text.as_bytes().split_at(at);
        return Ok(raw(media_type, [head, b"\xff", tail].concat()));
    }
    let utf_16 = || text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    match form {
        "utf-16" => return Ok(raw(&format!("{media_type}; charset=utf-16"), utf_16())),
        "utf-16-as-utf-8" => return Ok(raw(&format!("{media_type}; charset=utf-8"), utf_16())),
        "latin-1" => return Ok(raw(&format!("{media_type}; charset=utf-8"), in_latin_1(value)?)),
        "byte-order-mark" => return Ok(raw(media_type, [b"\xef\xbb\xbf", text.as_bytes()].concat())),
        _ => {}
    }
    let is_object = text.ends_with('}');
    if !(is_object || text.ends_with(']')) || text.len() == 2 {
        return Err(GaveUp("gave up: no object or array with anything in it".to_owned()));
    }
    let (head, last) = text.split_at(text.len() - 1);
    let made = match (form, is_object) {
        ("cut", _) => head.to_owned(),
        ("trailing-comma", _) => format!("{head},{last}"),
        ("nan", true) => format!("{head},\"sample\":NaN}}"),
        ("nan", false) => format!("{head},NaN]"),
        ("surrogate", true) => format!("{head},\"sample\":\"\\ud800\"}}"),
        ("surrogate", false) => format!("{head},\"\\ud800\"]"),
        (_, true) => format!("{head},{}", &text[1..]),
        (_, false) => return Err(GaveUp("gave up: no object".to_owned())),
    };
    Ok(raw(media_type, made.into_bytes()))
}

/// The body as JSON text under this media type; empty: under none.
///
/// # Errors
///
/// Where JSON has no form for it.
pub fn as_text(media_type: &str, value: &Value) -> Result<Body, GaveUp> {
    json_text(value).map(|text| raw(media_type, text.into_bytes()))
}

/// The body as its text, of one line, and the lengths that are said of it (RFC 9112, 6.3). Of two that differ both are lengths of the same,
/// as a blank stands behind it: whichever a server takes, it does not fail for that.
///
/// # Errors
///
/// Where JSON has no form for it, or the text may be right without its last character.
pub fn mismeasured(form: &str, media_type: &str, value: &Value) -> Result<(Body, Vec<String>), GaveUp> {
    let (mut text, ends) = if is_json(&bare(media_type)) {
        (json_text(value)?.into_bytes(), b"}]\"".as_slice())
    } else {
        TextKind::of(media_type).line()
    };
    let lengths = match form {
        "not-a-number" => vec!["sample".to_owned()],
        "negative" => vec!["-1".to_owned()],
        WAITING => vec![(text.len() + 1).to_string()],
        CUTTING if text.last().is_some_and(|last| ends.contains(last)) => vec![(text.len() - 1).to_string()],
        CUTTING => return Err(GaveUp("gave up: a body that may be right without its last character".to_owned())),
        _ => {
            text.push(b' ');
            vec![text.len().to_string(), (text.len() - 1).to_string()]
        }
    };
    let is_multipart = TextKind::of(media_type) == TextKind::Multipart;
    Ok((raw(if is_multipart { MULTIPART } else { media_type }, text), lengths))
}

fn in_latin_1(value: &Value) -> Result<Vec<u8>, GaveUp> {
    let accented = accented(value).ok_or_else(|| GaveUp("gave up: no text in the body".to_owned()))?;
    let bytes: Option<Vec<u8>> = json_text(&accented)?.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
    bytes.ok_or_else(|| GaveUp("gave up: no Latin-1 of the body".to_owned()))
}

/// The value with an accent behind the first text in it.
fn accented(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) => Some(Value::Text(format!("{text}\u{e9}"))),
        Value::List(items) => items.iter().enumerate().find_map(|(index, item)| {
            let mut items = Vec::clone(items);
            items[index] = accented(item)?;
            Some(items.into())
        }),
        Value::Map(map) => map.iter().find_map(|(name, item)| {
            let mut map = Map::clone(map);
            map.set(name, accented(item)?);
            Some(map.into())
        }),
        _ => None,
    }
}

fn raw(media_type: &str, text: Vec<u8>) -> Body {
    Body { media_type: media_type.to_owned(), value: Value::Ext(EXT_RAW, text) }
}

/// Compact JSON, numbers exact.
fn json_text(value: &Value) -> Result<String, GaveUp> {
    let mut text = String::new();
    write_json(&mut text, value).ok_or_else(|| GaveUp("gave up: no JSON text of the body".to_owned()))?;
    Ok(text)
}

fn write_json(text: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => text.push_str(&number.to_string()),
        Value::Text(string) => write_string(text, string),
        Value::Ext(EXT_INTEGER | EXT_DECIMAL, digits) => text.push_str(std::str::from_utf8(digits).ok()?),
        Value::Bytes(_) | Value::Ext(..) => return None,
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_json(text, item)?;
            }
            text.push(']');
        }
        Value::Map(map) => {
            text.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(text, key);
                text.push(':');
                write_json(text, item)?;
            }
            text.push('}');
        }
    }
    Some(())
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for char in string.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\0'..'\u{20}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            plain => text.push(plain),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(form: &str, value: &Value) -> Option<Vec<u8>> {
        match broken(form, "application/json", value).ok()?.value {
            Value::Ext(EXT_RAW, bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Each form is one byte or member away from JSON.
    #[test]
    fn json() {
        let value: Value = [("a", Value::text("\u{1}\""))].into_iter().collect::<Map>().into();
        let text = r#"{"a":"\u0001\""}"#;
        assert_eq!(json_text(&value), Ok(text.to_owned()));
        assert_eq!(bytes("cut", &value), Some(text[..text.len() - 1].into()));
        assert_eq!(bytes("duplicate-key", &value), Some(br#"{"a":"\u0001\"","a":"\u0001\""}"#.to_vec()));
        assert_eq!(bytes("utf-8", &Value::Int(5)), Some(b"5\xff".to_vec()));
        assert_eq!(bytes("utf-16", &Value::Int(5)), Some(b"5\0".to_vec()));
    }

    /// What has no end to cut off, or no key to repeat, is not broken in that way.
    #[test]
    fn refusals() {
        for (form, value) in
            [("cut", Value::Int(5)), ("nan", vec![].into()), ("duplicate-key", vec![Value::Null].into())]
        {
            assert_eq!(bytes(form, &value), None);
        }
        assert!(json_text(&Value::Bytes(vec![])).is_err());
    }
}
