//! Unicode properties by the names that ECMA-262 gives them, and case, from `native/data/unicode.json` (GENERATION.md, section 7).

use crate::tables::{Shorts, UNICODE};
use crate::tree::{MAX_CODE_POINT, Ranges, normal};

/// The code points with a property, but surrogates; None where the table has no such property.
pub fn property_ranges(name: &str) -> Option<Ranges> {
    let named = |names: &Shorts, value: &str| names.get(value).cloned().unwrap_or_else(|| value.to_owned());
    let (value, is_category) = match name.split_once('=') {
        Some((keyword @ ("Script" | "sc" | "Script_Extensions" | "scx"), value)) => {
            let short = named(&UNICODE.script_names, value);
            let extended =
                UNICODE.extensions.get(&short).filter(|_| keyword.ends_with('x') || keyword.ends_with("Extensions"));
            return extended.or_else(|| UNICODE.scripts.get(&short)).map(|written| ranges(written));
        }
        Some(("General_Category" | "gc", value)) => (value, true),
        Some(_) => return None,
        None => (name, false),
    };
    let short = named(&UNICODE.category_names, value);
    let members = UNICODE.groups.get(&short).cloned().unwrap_or_else(|| vec![short]);
    let found: Option<Vec<Ranges>> =
        members.iter().map(|member| UNICODE.categories.get(member).map(|written| ranges(written))).collect();
    if let Some(found) = found {
        return Some(normal(&found.concat()));
    }
    match name {
        _ if is_category => None,
        "Any" => Some(vec![(0, 0xD7FF), (0xE000, MAX_CODE_POINT)]),
        "ASCII" => Some(vec![(0, 0x7F)]),
        name => UNICODE.binary.get(&named(&UNICODE.binary_names, name)).map(|written| ranges(written)),
    }
}

/// The ranges with all characters that are one of theirs without regard to case (ECMA-262, 22.2.2.7.3, with the flag u).
pub fn any_case(ranges: &[(u32, u32)]) -> Ranges {
    let same = ranges.iter().flat_map(|&(low, high)| UNICODE.cases.range(low..=high).flat_map(|(_, same)| same));
    let same = same.map(|&code| (code, code));
    normal(&ranges.iter().copied().chain(same).collect::<Ranges>())
}

/// Hexadecimal code points and ranges of them, apart by blanks.
fn ranges(written: &str) -> Ranges {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let pair = |part: &str| {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        Some((code(low)?, code(high)?))
    };
    written.split(' ').filter_map(pair).collect()
}
