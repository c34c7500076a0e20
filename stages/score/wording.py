"""Whether the words of an error say what went wrong, or only that something did."""

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NO_WORD: Final = re.compile(r"<\w+>|\b[\w.:]*(?:Error|Exception|Fault|Panic)\b")  # placeholders, kinds of exceptions
_LEAST = 2  # words that say more than that something failed
# What pages and handlers say of any failure, in the words of the usual servers and frameworks.
_WORDS: Final = """
    a about admin administrator again an and any apologies app application are as at available aware bad be been briefly but by can
    cancelled cannot caught cause caused check code come complete completed completing condition contact correlation could couldn
    customer desk detail details developer developers did doesn don either encounter encountered encounters engineers erred error
    errors event exception exceptions execute executing experience experienced experiencing fail failed failure fatal fault few find
    finish fix for found from fulfil fulfill fulfilled fulfilling gateway generic got handle handled handler handling happened has
    have help http id if in incapable info information informed internal invalid is isn issue issues it its itself later like ll log
    logged logs looking looks made message minutes moment more no not notified null occur occured occurred of on oops operation
    operational operations ops or our overloaded owner page perform performing persists please prevented problem problems process
    processed processing programmatic provided raised re reach reading reason reference report reported request requested resolve
    response retry returned see seems sent server service several show site something soon sorry status still submit support system
    t team technical temporarily temporary that the there this threw throw thrown to trace traceid tried trouble try trying type
    unable unavailable uncaught undefined unexpected unfortunately unhandled unknown unspecified us was way we webmaster website
    went were which while whoops will with working wrong you your
"""
_OF_ANY: Final = frozenset(_WORDS.split())
# What runtimes of programming languages say of a wrong value, in whatever handler that is.
_CODE: Final = """
    argument arguments array assignment attribute attributes base bool bytes call callable char column convert decode dereference dict
    division double encode expected expecting float function given got index indices instance int integer iterable iterate key keys len
    length line list literal long mapping member method missing module name named nil nonetype number object operand out parameter pointer
    positional properties property range read reading reference required str string subscriptable supported symbol tuple types unhashable
    unpack value values variable zero
"""
_OF_CODE: Final = frozenset(_CODE.split())
# By which a text is taken for English: of other languages it is not known what is said of any failure.
_SOME_ENGLISH: Final = """
    and been cannot could failed failure for from have is not of that the this to unable were with
"""
_ENGLISH: Final = frozenset(_SOME_ENGLISH.split())


def is_own(text: str) -> bool:
    """Whether an error, as normalised, says in words of its own what went wrong: not what a server may say of whatever failed ("Internal
    Server Error"), nor what a language says of a wrong value wherever it is met ("object has no attribute"). Equal words of several
    operations are a sign of one cause then."""
    words = [word.lower() for word in _WORD.findall(_NO_WORD.sub(" ", text))]
    own = {word for word in words if len(word) > 2 and word not in _OF_ANY and word not in _OF_CODE}
    return text.isascii() and len(own) >= _LEAST and not _ENGLISH.isdisjoint(words)
