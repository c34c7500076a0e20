"""Regular expressions: what is ECMA-262, what validators are told of it, and what those of other dialects mean."""

import pytest
from jsonschema_rs import Draft202012Validator

from stages.ingest.ecma import ENDLESS_COUNT
from stages.ingest.patterns import MOST_LARGE, PATTERNS, BadPatternError, Patterns, meant_pattern
from stages.ingest.repeats import Read

SAME = [  # ECMA-262, and kept as they are
    *(
        "",
        "^a$",
        "a|b|",
        "(a)(b)?",
        "(?:a)+?",
        "a{3}",
        "a{3,}",
        "a{3,5}?",
        "[a-z]",
        "[^a-z]",
        r"[\w-]",
        "[-a]",
        "[a-]",
        "[]a]".replace("]a", "a"),
    ),
    *(".", "a]", "}", "x}", r"\d\D\w\W\s\S", r"\t\n\v\f\r", r"\x41", r"\u0041", r"\u{1F600}", r"\p{L}\P{Lu}", r"\p{Script=Greek}"),
    *("(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", r"(a)\1", r"(?<n>a)\1", r"\bword\B", r"\/\.\^\$\*\+\?\(\)\[\]\{\}\|\\", r"\_\-\@\"\ "),
    *(
        "[[:alpha:]]",
        "[a&&b]",
        "[--/]",
        "[😀-😂]",
        "é+",
        "(?i:a)",
        "(?s-i:a.)",
        "(?-i:a)",
        "^(a|b(c|d(e)))$",
        "^(?:a{2}){3}$",
        r"[\]\\]",
        "(?:)",
    ),
]
SPELT = {  # ECMA-262, which validators are told in other words
    r"^(?<y>a)\k<y>$": (r"^(?<y>a)\1$", "aa", "ab"),
    r"(?<y>a)\k<y>1": (r"(?<y>a)(?:\1)1", "aa1", "a1"),
    r"^(?<$n>a)$": ("^(a)$", "a", "b"),
    r"^(?:(?<n>a)|(?<n>b))$": ("^(?:(?<n>a)|(b))$", "b", "c"),
    r"^\k<n>(?<n>a)$": ("^(?:)(?<n>a)$", "a", "aa"),
    "^[^]*$": (r"^[\s\S]*$", "a\n", None),
    "^[]$": (r"^[^\s\S]$", None, "a"),
    r"^\uD83D\uDE00$": (r"^\u{1f600}$", "😀", "a"),
    r"^[\uD83D\uDE00-\uD83D\uDE02]$": (r"^[\u{1f600}-\u{1f602}]$", "😁", "a"),
    r"^[\u0020-\uD7FF\uD800\uDC00-\uDBFF\uDFFF]$": (r"^[\u0020-\uD7FF\u{10000}-\u{10ffff}]$", "😀", "\n"),
    "^(?i-:a)$": ("^(?i:a)$", "A", "b"),
    "^(?-m:a)$": ("^(?:a)$", "a", "A"),
    "(?im-s:^a$)b?": (r"(?i-s:(?<![^\n\r\u2028\u2029])a(?![^\n\r\u2028\u2029]))b?", "b\u2028A\rb", "b\tA\rb"),
    "(?m:^(?-m:^a)|(?i-:b$))": (r"(?:(?<![^\n\r\u2028\u2029])(?:^a)|(?i:b(?![^\n\r\u2028\u2029])))", "xB\nx", "\na"),
    r"^(?i:(a))\1[\P{Lu}]$": (r"^(?i:(a))\1[\P{Lu}]$", "AAb", "AAB"),
    r"^\uD83D$": (r"^[^\s\S]$", None, "a"),
    r"^[^\uD800-\uDFFF]$": (r"^[\s\S]$", "a", ""),
    r"^[a\uD800-\uE001]$": (r"^[a\ue000-\uE001]$", "\ue000", "b"),
    r"^[\w-.]$": (r"^[\w\-.]$", "-", "/"),
    r"^[.-\d]$": (r"^[.\-\d]$", "5", "/"),
    r"^[\b]$": (r"^[\x08]$", "\b", "b"),
    r"^\0$": (r"^\x00$", "\0", "0"),
    r"^\07$": (r"^\x07$", "\a", "07"),
    r"^\1$": (r"^\x01$", "\x01", "1"),
    r"^\8$": (r"^\x38$", "8", "a"),
    r"^\cJ$": (r"^\x0a$", "\n", "J"),
    r"^\c$": (r"^\\c$", r"\c", "c"),
    r"^\<$": ("^<$", "<", ""),
    r"^\é$": ("^é$", "é", "e"),
    r"^\u{0000041}$": (r"^\x41$", "A", "B"),
    "^{$": (r"^\{$", "{", "}"),
    "^a{,5}$": (r"^a\{,5}$", "a{,5}", "aa"),
    "^a{b$": (r"^a\{b$", "a{b", "a"),
    "^(?=a)*b$": ("^(?:)b$", "b", "a"),
    "^(?=a)+a$": ("^(?=a)a$", "a", "b"),
    f"^a{{1,{ENDLESS_COUNT}0}}$": ("^a{1,}$", "a", ""),
}
LARGE = {  # repeats that are told in bounds of length, or where they change nothing
    "^.{0,65535}$": ("^.*$", 0, 65535),
    "^[^<>]{1,65535}$": ("^[^<>]*$", 1, 65535),
    r"^[\s\S]{1,100000}$": (r"^[\s\S]*$", 1, 100000),
    r"^(.|\n){1,65536}$": (r"^(.|\n)*$", 1, 65536),
    r"^x([a-z]{0,5000})\.json$": (r"^x([a-z]*)\.json$", 6, 5006),
    "^(ab){2,5000}$": ("^(ab)*$", 4, 10000),
    "^a{5000}$": ("^a*$", 5000, 5000),
    "[a-z]{2,65535}": ("[a-z]{2}", 0, None),
    "^x.{1,65535}": ("^x.{1}", 0, None),
    "^(|.{2,65535})$": ("^(|.{2,65535})$", 0, None),
    "^a?.{0,5000}$": ("^a?.{0,5000}$", 0, None),
}
NONE = [  # SyntaxErrors in JavaScript, with the flag u and without
    *("(", ")", "[", "[a-", "(a", "a)", "*", "+a", "?", "a**", "a++", "[a-z]++", "a{2}+", "a{2}{3}", "a???", "a{3,1}", "{1}", "{1,}", "^*"),
    *(
        "$+",
        r"\b*",
        "(?<=a)*",
        "(?<!a){2}",
        "[z-a]",
        r"[\x62-a]",
        r"[\u{62}-a]",
        "\\",
        "a\\",
        "(?",
        "(?a",
        "(?#c)",
        "(?>a)",
        "(?P>n)",
        "(?<1>a)",
    ),
    *(
        "(?<>a)",
        "(?<n a)",
        "(?<n>a)(?<n>b)",
        r"(?<n>a)\k",
        r"(?<n>a)\k<m>",
        "(?<n>a(?<n>b))",
        "a(?i)",
        *("(?m)a", "(?x)a", "(?-i)a", "(?ii:a)", "(?i-i:a)", "(?ims-s:a)", "(?-:a)", "(?x:a)", "(?i--s:a)", "(?m:^*)", "(?m:$+)"),
        "(?(1)a)",
        "(?|a)",
        "(?R)",
        "(|*)",
        "|*",
    ),
]
UNCLEAR = [r"\h", r"\e", r"\Qa\E", r"[\R]", r"\x4", r"\u12", r"\k<n>", r"\G"]  # letters to annex B alone


def told(expression: str) -> Read:
    return Patterns().told(expression, bounds=True).read


@pytest.mark.parametrize("expression", SAME)
def test_patterns_are_kept(expression: str) -> None:
    """What validators read as ECMA-262 does is not touched."""
    assert told(expression) == (expression, 0, None)


@pytest.mark.parametrize(("expression", "text", "right", "wrong"), [(key, *value) for key, value in SPELT.items()])
def test_patterns_are_spelt_for_validators(expression: str, text: str, right: str | None, wrong: str | None) -> None:
    """Forms that a validator's dialect does not have are written in those that it has, and mean the same."""
    assert told(expression) == (text, 0, None)
    validator = Draft202012Validator({"pattern": text})
    assert right is None or validator.is_valid(right)
    assert wrong is None or not validator.is_valid(wrong)


@pytest.mark.parametrize(("expression", "expected"), LARGE.items())
def test_large_repeats_are_asserted(expression: str, expected: tuple[str, int, int | None]) -> None:
    """Repeats by the ten thousand stay in force: as lengths, or within a limit that is large enough."""
    assert told(expression) == expected
    Draft202012Validator({"pattern": expected[0]}, pattern_options=PATTERNS)


@pytest.mark.parametrize("expression", NONE)
def test_what_is_no_pattern_is_named(expression: str) -> None:
    """A SyntaxError in JavaScript is one here, whatever other dialects make of it."""
    with pytest.raises(BadPatternError, match="is no ECMA-262 pattern: "):
        told(expression)


@pytest.mark.parametrize("expression", UNCLEAR)
def test_letters_that_mean_something_elsewhere_are_named(expression: str) -> None:
    """What other dialects give a meaning, and only annex B reads as a letter, is not guessed at."""
    with pytest.raises(BadPatternError, match="with the flag u"):
        told(expression)


@pytest.mark.parametrize("expression", ["^(a{0,65535}){0,65535}$", r"\p{CWKCF}", r"(?<=\1(a))b"])
def test_what_is_beyond_the_validator_is_named(expression: str) -> None:
    """That a pattern cannot be compiled does not make it another dialect's."""
    with pytest.raises(BadPatternError, match="beyond what the validator can compile"):
        told(expression)


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        (r"^(?i:(a)\1)$", "a back-reference under the flag i"),
        (r"^(?<n>a)(?i:b\k<n>)$", "a back-reference under the flag i"),
        (r"^(?i:[^\P{Lu}])$", r"\\P\{Lu\} under the flag i"),
        (r"^(?i:(?-i:\P{Lu})\P{L})$", r"\\P\{L\} under the flag i"),
    ],
)
def test_what_the_validator_reads_otherwise_is_named(expression: str, what: str) -> None:
    """That other engines mean something else by a pattern does not make it another dialect's."""
    with pytest.raises(BadPatternError, match=f"is an ECMA-262 pattern, but beyond what the validator can tell: {what}$"):
        told(expression)


@pytest.mark.parametrize("expression", ["a(?i)", "(?m)a", "(?x)a", "(?-i)a", "(?is-m)a"])
def test_flags_without_a_group_are_named(expression: str) -> None:
    """Other dialects have them, for all that follows; i and s at the beginning are read as what they mean."""
    with pytest.raises(BadPatternError, match=r"flags for all that follows, \(\?[a-z-]+\), which are of other dialects"):
        told(expression)


@pytest.mark.parametrize("name", ["Nonsense", "greek", "InGreek", "lu", "IsNothing", "Script=greek", "script=Greek", "gc=Greek", "Digit"])
def test_a_property_that_ecma_262_does_not_have_is_named(name: str) -> None:
    """Though the validator may know it by such a name, or something else."""
    with pytest.raises(BadPatternError, match=r"it has no property \\P\{"):
        told(rf"^[\P{{{name}}}]+$")


def test_few_patterns_are_large() -> None:
    """A document of nothing but large patterns is read in bounded time."""
    patterns = Patterns()
    for number in range(MOST_LARGE):
        patterns.told(f"^(|[a-z]{{2,{300_000 + number}}})$", bounds=True)
    patterns.told("^(|[a-z]{2,300000})$", bounds=True)
    with pytest.raises(BadPatternError, match="one more as large"):
        patterns.told("^(|[a-z]{2,400000})$", bounds=True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/^a$/", "^a$"),
        (r"/^(?<n>x|\xe9)[a-c_B-]\d$/i", r"^(?<n>[xX]|\xe9)[a-cA-C_Bb-]\d$"),
        ("(?i)ab", "[aA][bB]"),
        ("^(?i)ab$", "^[aA][bB]$"),
        (r"(?s)a.[.]\.", r"a[\s\S][.]\."),
        (r"(?is)a.(?-s:.)", r"(?is:a.(?-s:.))"),
        ("^(?i)a(?m-i:b$)", "(?i:^a(?m-i:b$))"),
        ("/^a$/mi", "(?im:^a$)"),
        (r"(?P<n>a)(?P=n)", r"(?<n>a)\k<n>"),
        (r"\x{e9}[\x{e9}]\pL\P{Lu}[\pL]", r"\u{e9}[\u{e9}]\p{L}\P{Lu}[\p{L}]"),
        (r"^\p{Alnum}[\p{Graph}é]\P{Digit}+$", r"^[0-9A-Za-z][!-~é][^0-9]+$"),
        (r"^[\p{Greek}]\P{IsGreek}\p{Is_Thai}$", r"^[\p{Script=Greek}]\P{Script=Greek}\p{Script=Thai}$"),
        (r"\p{IsL}\p{IsAlphabetic}\p{Grek}\p{Old_Italic}", r"\p{L}\p{Alphabetic}\p{Script=Grek}\p{Script=Old_Italic}"),
        (r"\p{L}\p{Emoji}\p{Script=Thai}\\p{Greek}", r"\p{L}\p{Emoji}\p{Script=Thai}\\p{Greek}"),
        (r"[\P{Digit}]\p{Lu}", r"[\P{Digit}]\p{Lu}"),
        (r"\\p{Alnum}", r"\\p{Alnum}"),
        (r"\Aab\z", "^ab$"),
        (r"\\Z[^\]\w-x]", r"\\Z[^\]\w-x]"),
        ("a/b", "a/b"),
    ],
)
def test_habits_of_other_dialects_are_put_right(written: str, meant: str) -> None:
    """JavaScript's slashes, flags i and s, Ruby's anchors, Java's classes, Python's groups; nothing else is touched."""
    assert meant_pattern(written) == meant
