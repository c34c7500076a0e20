"""Whether the words of an error say what went wrong, or only that something did."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_PLACEHOLDER: Final = re.compile(r"<\w+>")
# What pages and handlers say of any failure, in the words of the usual servers and frameworks. One list for all of them: an answer says
# something of its own as soon as it has one other word.
_WORDS: Final = """
    a about admin administrator again an and any apologies app application are as at aware bad be been briefly but by can cannot
    cause caused check code come complete completed completing condition contact correlation could couldn customer desk detail
    details developer developers did doesn don either encounter encountered encounters engineers error errors event exception
    exceptions execute executing experience experienced experiencing fail failed failure fatal fault few find finish fix for found
    fulfill fulfilled generic got handle handled handler handling happened has have help http id if in info information informed
    internal invalid is isn issue issues it its itself later ll log logged logs looking made message minutes moment more no not
    notified null occur occured occurred of on oops ops or our overloaded owner page perform performing persists please prevented
    problem problems process processed processing programmatic provided re reach reason reference report reported request requested
    resolve response retry returned see seems sent server service several show site something soon sorry status still submit support
    system t team technical temporarily temporary that the there this to trace traceid tried trouble try trying type unable
    unavailable uncaught undefined unexpected unfortunately unhandled unknown unspecified us was way we webmaster website went were
    while whoops will with working wrong you your
"""
_OF_ANY: Final = frozenset(_WORDS.split())


def is_of_any(text: str) -> bool:
    """Whether a server may say this of whatever failed ("Internal Server Error"): equal words are no sign of one cause then."""
    return all(word.lower() in _OF_ANY for word in _WORD.findall(_PLACEHOLDER.sub(" ", text)))
