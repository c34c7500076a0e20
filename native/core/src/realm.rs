//! Where in a request a value stands, and what can stand there without doubt about what is meant (GENERATION.md, section 9).

use sentinel_wire::Value;

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// A path parameter.
    Path,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// A JSON body.
    Json,
    /// Form and multipart bodies, XML and text: whatever cannot hold every character.
    Form,
}

impl Realm {
    /// Whether made-up text keeps to characters that mean nothing in a request.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Path | Self::Header | Self::Cookie)
    }

    /// Whether it is one of bodies, in which much has room.
    #[must_use]
    pub const fn is_of_bodies(self) -> bool {
        matches!(self, Self::Json | Self::Form)
    }

    /// Whether every text in the value arrives there as it is.
    #[must_use]
    pub fn can_hold(self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.can_hold_text(text),
            Value::List(items) => {
                (!items.is_empty() || !self.is_plain()) && items.iter().all(|item| self.can_hold(item))
            }
            Value::Map(map) => {
                let holds = |(key, item): (&str, &Value)| self.can_hold_text(key) && self.can_hold(item);
                (!map.is_empty() || !self.is_plain()) && map.iter().all(holds)
            }
            _ => true,
        }
    }

    /// Whether this text does.
    #[must_use]
    pub fn can_hold_text(self, text: &str) -> bool {
        match self {
            Self::Json => true,
            Self::Path => !matches!(text, "" | "." | "..") && !text.bytes().any(|byte| byte.is_ascii_control()),
            Self::Query | Self::Form => text.bytes().all(|byte| byte >= b' ' || b"\t\n\r".contains(&byte)),
            Self::Header => {
                let is_visible = |byte| (b' '..=b'~').contains(&byte);
                !text.is_empty() && text.bytes().all(is_visible) && !text.starts_with(' ') && !text.ends_with(' ')
            }
            Self::Cookie => {
                let is_allowed = |byte| (b'!'..=b'~').contains(&byte) && !b"\",;\\".contains(&byte);
                !text.is_empty() && text.bytes().all(is_allowed)
            }
        }
    }
}
