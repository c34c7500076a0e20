"""Modifiers in patterns mean the same to the generator, to the validator by what ingest tells it, and to a judge of its own."""

from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from stages.agents.core.matching import matches
from stages.agents.core.pattern import parse
from stages.ingest.patterns import BadPatternError, Patterns
from tests.bench.ecma_patterns import compiled

CHARACTERS = "aAbkKsS1_-\n\r\u2028\u212a\u017fßẞ\u03c3ςΣåÅ\u212b"
ATOMS = [
    *"abkSß1_",
    "\u03c3",
    "[a-k]",
    "[^s]",
    "[^\\W_]",
    "\\w",
    "\\W",
    "[\\W1]",
    "\\S",
    "\\p{Lu}",
    "[^\\p{Ll}]",
    "\\u{212A}",
    "^",
    "$",
    "[^]",
]
ATOMS_FOR_OURS = [".", "\\P{Lu}", "[^\\P{L}]", "\\b", "\\B"]
FLAGS = ["i", "s", "m", "im", "is", "-i", "-m", "i-s", "m-i", "-ims", "i-"]


def patterns(atoms: list[str]) -> st.SearchStrategy[str]:
    def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        groups = st.builds("(?{}:{})".format, st.sampled_from(FLAGS), inner)
        looks = st.builds("(?{}{})".format, st.sampled_from(["=", "!", "<=", "<!"]), inner)
        return st.one_of(
            groups,
            looks,
            st.builds("(?:{}|{})".format, inner, inner),
            st.builds("(?:x|{}){{0,2}}".format, inner),
            st.builds("{}{}".format, inner, inner),
        )

    return st.recursive(st.sampled_from(atoms), nested, max_leaves=6)


TEXTS = st.lists(st.text(alphabet=CHARACTERS, max_size=4), min_size=1, max_size=12)


@given(patterns(ATOMS + ATOMS_FOR_OURS), TEXTS)
def test_the_generator_and_the_judge_agree(pattern: str, texts: list[str]) -> None:
    """Whatever stands within what."""
    tree, judge = parse(pattern), compiled(pattern)
    assert [matches(tree, text) for text in texts] == [bool(judge.search(text)) for text in texts]


@given(patterns([atom for atom in ATOMS if not atom.startswith(("\\w", "\\W", "\\S", "[\\W", "[^\\W"))]), TEXTS)
def test_the_validator_agrees(pattern: str, texts: list[str]) -> None:
    """But where its own dialect is known to differ: ``.``, ``\\b``, and beside look-around ``\\w`` and its like."""
    try:
        told = Patterns().told(pattern, bounds=False).read.text
    except BadPatternError as why:
        raise AssertionError(pattern) from why
    tree, validator = parse(pattern), Draft202012Validator({"pattern": told})
    assert [matches(tree, text) for text in texts] == [validator.is_valid(text) for text in texts]
    again = parse(told)
    assert [matches(again, text) for text in texts] == [matches(tree, text) for text in texts]
