"""Unicode properties by the names that ECMA-262 has for them (22.2.2.9, tables 66 to 68), and what those of other dialects mean."""

import re
from functools import cache

import jsonschema_rs

_CATEGORIES = frozenset(
    re.findall(
        r"\w+",
        """C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
    Other Control cntrl Format Unassigned Private_Use Surrogate Letter Cased_Letter Lowercase_Letter Modifier_Letter Other_Letter
    Titlecase_Letter Uppercase_Letter Mark Combining_Mark Spacing_Mark Enclosing_Mark Nonspacing_Mark Number Decimal_Number digit
    Letter_Number Other_Number Punctuation punct Connector_Punctuation Dash_Punctuation Close_Punctuation Final_Punctuation
    Initial_Punctuation Other_Punctuation Open_Punctuation Symbol Currency_Symbol Modifier_Symbol Math_Symbol Other_Symbol
    Separator Line_Separator Paragraph_Separator Space_Separator""",
    )
)
_BINARY = frozenset(
    re.findall(
        r"\w+",
        """ASCII ASCII_Hex_Digit AHex Alphabetic Alpha Any Assigned Bidi_Control Bidi_C Bidi_Mirrored Bidi_M Case_Ignorable CI Cased
    Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM Changes_When_Lowercased CWL Changes_When_NFKC_Casefolded CWKCF
    Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji
    Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase Emoji_Presentation EPres Extended_Pictographic ExtPict
    Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext Hex_Digit Hex IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST
    ID_Continue IDC ID_Start IDS Ideographic Ideo Join_Control Join_C Logical_Order_Exception LOE Lowercase Lower Math
    Noncharacter_Code_Point NChar Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical Regional_Indicator RI
    Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Upper Variation_Selector VS
    White_Space space XID_Continue XIDC XID_Start XIDS""",
    )
)
_SCRIPT = re.compile(r"[A-Z][a-z]+(?:_[A-Z]?[a-z]+)*|SignWriting", re.ASCII)


def is_property(name: str, value: str | None) -> bool:
    r"""Whether ``\p{name}`` or ``\p{name=value}`` is one of ECMA-262, as far as its letters tell: names of scripts are not looked up."""
    if value is None:
        return name in _CATEGORIES or name in _BINARY
    if name in {"General_Category", "gc"}:
        return value in _CATEGORIES
    return name in {"Script", "sc", "Script_Extensions", "scx"} and _SCRIPT.fullmatch(value) is not None


def meant_property(name: str) -> str:
    """What a bare name means: a script's is one in other dialects, with or without ``Is``. Itself where it is known, or nothing known."""
    bare = name.removeprefix("Is").removeprefix("_")
    if is_property(bare, None):
        return bare
    return f"Script={bare}" if _SCRIPT.fullmatch(bare) and _is_script(bare) else name


def unknown_property(pattern: str) -> str:
    """The first property of a pattern that ECMA-262 does not have; "" where there is none."""
    escapes = re.finditer(r"\\(?:[pP]\{(\w+)(?:=(\w+))?\}|.)", pattern, re.ASCII | re.DOTALL)
    named = (found for found in escapes if found[1] is not None)
    return next((found[0] for found in named if not is_property(found[1], found[2])), "")


@cache
def _is_script(name: str) -> bool:
    """The validator knows all of them, and by more names than ECMA-262: what is told to both has the same meaning."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": f"\\p{{Script={name}}}"})
    except ValueError:
        return False
    return True
