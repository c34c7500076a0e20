//! Media types: what stands for a range of them, which kind one is, and which is tried first (GENERATION.md, section 11).

use crate::sent::FORMS;

/// A media type for a media range.
pub(crate) fn concrete(media_type: &str) -> &str {
    match media_type {
        "*/*" | "application/*" => "application/json",
        "text/*" => "text/plain",
        "image/*" => "image/png",
        other => other,
    }
}

/// A media type without parameters, in small letters.
#[must_use]
pub fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type without parameters is JSON.
#[must_use]
pub fn is_json(bare: &str) -> bool {
    bare.ends_with("/json") || bare.ends_with("+json")
}

/// Whether bodies of the type are bytes, whatever their schema.
pub(crate) fn is_binary(bare: &str) -> bool {
    let (kind, subtype) = bare.split_once('/').unwrap_or((bare, ""));
    match kind {
        "application" => matches!(subtype, "octet-stream" | "pdf" | "zip" | "gzip"),
        "image" | "audio" | "video" | "font" => true,
        _ => false,
    }
}

/// The order in which media types are tried.
pub(crate) fn rank(media_type: &str) -> usize {
    let bare = bare(concrete(media_type));
    match bare.as_str() {
        "application/json" => 0,
        json if is_json(json) => 1,
        form if form == FORMS[0] => 2,
        form if form == FORMS[1] => 3,
        text if text.starts_with("text/") => 4,
        _ => 5,
    }
}
