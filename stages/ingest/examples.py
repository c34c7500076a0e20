"""Examples of parameters and bodies, in the several ways in which documents give them."""

from pipeline.messages import Value
from stages.ingest import keywords
from stages.ingest.documents import Node
from stages.ingest.keywords import BadKeywordError
from stages.ingest.reading import Reading

MAX_EXAMPLES = 20


def examples_of(reading: Reading, node: Node) -> list[Value]:
    """The values of ``example``, ``examples`` (a map of Example objects) and 2.0's ``x-example(s)`` at a node, in this order."""
    found: list[Value] = [node.value[key] for key in ("example", "x-example") if key in node.value]
    for key in ("examples", "x-examples"):
        value = node.value.get(key)
        if isinstance(value, list):
            reading.problem(node.child(key), "examples-list", f"{key} is a list, not an object of examples; its items are taken")
            found.extend(value)
        elif isinstance(value, dict):
            found.extend(_named(reading, node.child(key)))
        elif value is not None:
            reading.problem(node.child(key), "not-an-object", f"{key} is not an object; it is left out")
    return usable(reading, node, found)


def usable(reading: Reading, node: Node, values: list[Value]) -> list[Value]:
    """The values in canonical order, each once, at most ``MAX_EXAMPLES``."""
    kept: list[Value] = []
    if len(values) > MAX_EXAMPLES:
        reading.problem(node, "many-examples", f"{len(values)} examples stand here; the first {MAX_EXAMPLES} are taken")
    for value in values[:MAX_EXAMPLES]:
        try:
            kept.append(keywords.ordered(value))
        except BadKeywordError as bad:
            reading.problem(node, "bad-example", f"an example is {bad}; it is left out")
    kept = keywords.unique(kept)
    if kept:
        reading.with_examples[id(kept)] = (kept, node)
    return kept


def _named(reading: Reading, node: Node) -> list[Value]:
    found: list[Value] = []
    for name in sorted(node.value):
        entry = reading.documents.resolve(node.child(name))
        if entry is None:
            continue
        if not isinstance(entry.value, dict):
            found.append(entry.value)
        elif "dataValue" in entry.value:  # OpenAPI 3.2
            found.append(entry.value["dataValue"])
        elif "value" in entry.value:
            found.append(entry.value["value"])
        elif not entry.value.keys() & {"externalValue", "serializedValue"}:
            found.append(entry.value)
    return found
