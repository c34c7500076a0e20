"""Words in names: ``flow_run_id``, ``petId`` and ``/flow-runs`` speak of the same kinds of things."""

import functools
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "name", "slug", "ref", "code", "number", "login", "tag"})
SURE_ID_WORDS = frozenset({"id", "uuid", "guid"})
_IRREGULAR = {"people": "person", "children": "child", "statuses": "status", "indices": "index", "series": "series", "data": "data"}


@functools.lru_cache(maxsize=50_000)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: petId, pet_id and pet-id are ("pet", "id")."""
    return tuple(word.lower() for word in _WORD.findall(name))


@functools.lru_cache(maxsize=50_000)
def singular(word: str) -> str:
    """The singular of a lower-case English noun, well enough for matching names."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@functools.lru_cache(maxsize=50_000)
def noun(name: str) -> str:
    """A name as one comparable word: the words joined, the last one singular. "/flow_runs" and "flowRun" are "flowrun"."""
    found = words(name)
    return "".join((*found[:-1], singular(found[-1]))) if found else ""
