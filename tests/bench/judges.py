"""Two validators nobody here wrote, asked about values: ajv (ECMA-262 patterns, ajv-formats) and PyPI's jsonschema with its formats
and ECMA-262 patterns by the package ``regex``.

What they say of generated values is counted by ``Tally``: a *difference* is a judge that contradicts the generators. Differences are
explained by judge and keyword (of formats also their name) in ``judged_differences.json``, as is what needs a reading of the document by
intention (``judging``); where a judge fails it has no word.
"""

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
from msgspec import Struct, field

from tests.bench.bounds import Bound
from tests.bench.directory import Ended, chosen, each
from tests.bench.ecma_keywords import Validator

EXPLAINED = json.loads(Path(__file__).with_name("judged_differences.json").read_text())
MOST_DIFFERENT = 0.001
MOST_NOT_READ, MOST_FILLED, MOST_NO_WORD = 0.3, 4, 1  # % of the cases
MOST_SHOWN = 3
NO_WORD = "failed"
_PYPI_FORMATS = {"date", "date-time", "time", "duration", "uuid", "uri", "hostname"}


class Ajv:
    """ajv in a process: one line of JSON in, one out."""

    name = "ajv"

    def __init__(self, node_modules: Path) -> None:
        script = str(Path(__file__).with_name("ajv_judge.cjs"))
        self._process = subprocess.Popen(["node", script, str(node_modules)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._patterns: dict[str, bool | None] = {}

    def verdicts(self, schema: Any, values: list[Any]) -> list[str | None]:
        """For each value None, or the keyword that it violates, "format NAME" of formats ("false": of a schema that is false).

        "failed: ..." for all where the schema is refused.
        """
        return self._asked({"schema": schema, "values": values})

    def is_pattern(self, text: str) -> bool | None:
        """Whether ECMA-262 has the pattern: with the flag u, only without (None), or not at all (False)."""
        if text not in self._patterns:
            self._patterns[text] = self._asked({"pattern": text})
        return self._patterns[text]

    def _asked(self, question: dict[str, Any]) -> Any:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)


class PyPi:
    """The Python package jsonschema."""

    name = "jsonschema"

    def __init__(self) -> None:
        missing = _PYPI_FORMATS - jsonschema.Draft202012Validator.FORMAT_CHECKER.checkers.keys()
        if missing:
            raise RuntimeError(f"jsonschema checks no {', '.join(sorted(missing))} here: install jsonschema[format-nongpl]")

    def verdicts(self, schema: Any, values: list[Any]) -> list[str | None]:
        """As ``Ajv.verdicts``."""
        try:
            validator = Validator(schema, format_checker=Validator.FORMAT_CHECKER)
            errors = [next(iter(validator.iter_errors(value)), None) for value in values]
        except Exception as error:
            return [f"{NO_WORD}: {error}"[:80]] * len(values)
        return [
            None if error is None else f"format {error.validator_value}" if error.validator == "format" else error.validator or "false"
            for error in errors
        ]

    def close(self) -> None:
        pass


class Tally(Struct):
    """What the judges said. ``seen``: counts by name; ``different``: by "JUDGE: KEYWORD"; ``shown``: the first of each kind, for people."""

    claim: str  # what the generators say of the values: "valid" or "invalid"
    seen: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def judged(self, judge: str) -> None:
        self.seen[f"{judge}: judged"] += 1

    def no_word(self, judge: str, why: str, where: str) -> None:
        self.seen[f"{judge}: has no word"] += 1
        self._show(f"{judge}: has no word", self.seen[f"{judge}: has no word"], f"{where}: {why}")

    def unread(self, where: str) -> None:
        self.seen["not read back"] += 1
        self._show("not read back", self.seen["not read back"], where)

    def read_otherwise(self, judge: str, reading: str, where: str) -> None:
        """An agreement that needs a reading of the document by intention."""
        kind = f"document: {reading}"
        self.different[kind] += 1
        self.seen[f"{judge}: judged by intention"] += 1
        self._show(kind, self.different[kind], where)

    def difference(self, judge: str, keyword: str, where: str) -> None:
        kind = f"{judge}: {keyword}"
        self.different[kind] += 1
        self._show(kind, self.different[kind], where)

    def _show(self, kind: str, already: int, where: str) -> None:
        if already <= MOST_SHOWN:
            self.shown.append(f"{kind}: {where}")

    def add(self, other: "Tally") -> None:
        """Take over what another tally holds."""
        before = self.different + self.seen
        self.seen += other.seen
        self.different += other.different
        self.shown += [line for line in other.shown if before[": ".join(line.split(": ")[:2])] < MOST_SHOWN]

    def report(self) -> list[Bound]:
        """Print all of it; the bounds that the differences are held to."""
        explained: dict[str, str] = EXPLAINED[self.claim]
        print("\n".join(self.shown))
        for what, number in sorted(self.seen.items()):
            print(f"{what:40} {number:10}")
        for kind, number in sorted(self.different.items()):
            print(f"{kind:40} {number:10}  {explained.get(kind, 'NOT EXPLAINED')}")
        bounds = []
        for judge in (PyPi.name, Ajv.name):
            many = sum(number for kind, number in self.different.items() if kind.startswith(f"{judge}: "))
            share = 100 * many / max(self.seen[f"{judge}: judged"], 1)
            bounds.append(Bound(what=f"{judge} differs, %", measured=share, most=100 * MOST_DIFFERENT))
        unknown = sum(kind not in explained for kind in self.different)
        return [*bounds, Bound(what="kinds of differences not explained", measured=unknown, most=0)]


def bounds(tally: Tally) -> list[Bound]:
    """How much may slip out of being judged: a construct that is avoided is not right."""
    unread = tally.seen["not read back"]
    claims = max(tally.seen["cases"] + unread + tally.seen["declared nowhere, named in the path"], 1)
    filled = tally.seen["filled from an earlier answer"]
    unheard = {name: tally.seen[name] for name in (f"{judge.name}: has no word" for judge in (PyPi, Ajv))}
    return [
        Bound(what="cases not read back, %", measured=100 * unread / claims, most=MOST_NOT_READ),
        Bound(what="cases filled from earlier answers, %", measured=100 * filled / max(claims + filled, 1), most=MOST_FILLED),
        *(Bound(what=f"{name}, %", measured=100 * number / claims, most=MOST_NO_WORD) for name, number in unheard.items()),
    ]


def judge_documents(doc: str, examine: Callable[..., Any], claim: str, *, count: int) -> tuple[Tally, int]:
    """What the judges say of the cases of the documents that the command line names, and how many documents ended without a word.

    ``examine`` takes a document's path, ``modules``, ``operations`` and ``count``, and returns what ``Tally.add`` takes.
    """
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modules", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=0)
    parser.add_argument("--operations", type=int, default=5)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    work = partial(examine, modules=options.modules, operations=options.operations, count=options.count)
    tally, ended = Tally(claim), 0
    for document, result in each(chosen(options.folder, options.documents), work, seconds=options.seconds, workers=options.workers):
        if isinstance(result, Ended):
            ended += 1
            print(f"{document.name}: {result.why}", flush=True)
        else:
            tally.add(result)
    return tally, ended
