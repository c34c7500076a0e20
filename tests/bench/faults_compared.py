"""Which server errors each tool found that show again, beside each other.

Run as ``python -m tests.bench.faults_compared --scratch DIR``, after ``python -m tests.bench.real_servers --tools sentinel schemathesis
apifuzz`` with the same folder. A pair is an operation and a 5xx. Of every pair the recording proxy kept up to three requests; all of them
are sent again, byte for byte but for the Host, to a server with fresh state, in an order of chance, and that three times; one that gets
no answer is sent to another fresh server. A pair holds for a tool when one of the tool's requests was answered so each time, or, for
Sentinel, when a finding of it was shown by ``sentinel replay`` each time. What one unusual input (a NUL character, a line break, deep
nesting, an integer past 32 bits) does at three operations or more is one cause of a whole server, and is left out; so is 503, which says
that the server is busy (Prefect: its database is locked by what was asked before). Of what another tool found and Sentinel did not,
``missed_faults.json`` says why, by target and "OPERATION STATUS" or "OPERATION 5xx"; a bound holds that nothing is missed without a reason.
"""

import argparse
import base64
import json
import random
import re
import shutil
import socket
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.bench import targets
from tests.bench.bounds import Bound, judged
from tests.bench.framing import Lost, Responses
from tests.bench.measure import table
from tests.bench.recorder import Operations
from tests.bench.targets import TARGETS, Target
from tests.bench.tools import TOOLS
from tests.servers.launch import ROOT

Pair: TypeAlias = tuple[str, int]

ROUNDS = 3
OF_A_MASS = 3  # operations
BUSY = 503  # whatever is asked for (RFC 9110, 15.6.4)
_UNUSUAL = {
    "NUL": re.compile(rb"%00|\\u0000|\x00"),
    "line break": re.compile(rb"%0D%0A", re.IGNORECASE),
    "deep nesting": re.compile(rb"[\[{]{200}"),
}
# A token of its own: no part of an id, a time, or a fraction, but that of a whole number.
_NUMBER = re.compile(rb"(?<![\w.%+-])([+-]?\d{10,})(?:\.0+)?(?![\w.%+-])")
MOST_DIGITS = 11  # of 32 bits, with a sign
_SERVER_ERRORS = range(500, 600)
_INT32 = range(-(2**31), 2**31)
MISSED: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("missed_faults.json").read_text())
_HOST = re.compile(rb"(\r\nhost: )[^\r]*", re.IGNORECASE)


@dataclass(kw_only=True)
class Seen:
    """A request that was answered 5xx, and in how many rounds it was again."""

    tools: set[str]
    pair: Pair
    request: bytes
    shown: int = 0


@dataclass(kw_only=True)
class Reported:
    """A finding of Sentinel about one 5xx, and in how many rounds it was shown."""

    identity: str
    store: Path
    pairs: list[Pair]  # more than one: one cause of many operations
    shown: int = 0


@dataclass(kw_only=True)
class Faults:
    """What was found at one target."""

    requests: list[Seen] = field(default_factory=list)
    findings: list[Reported] = field(default_factory=list)


def found(runs: Path, target: str) -> Faults:
    """What the runs of a target left. Requests that differ in nothing but the Host are one."""
    faults = Faults()
    known: dict[bytes, Seen] = {}
    for tool in TOOLS:
        for folder in sorted(runs.glob(f"{target}-{tool}-*")):
            operations = Operations(json.loads((folder / "openapi.json").read_text()), TARGETS[target].prefix)
            for sample in json.loads((folder / "counts.json").read_text())["samples"]:
                if not sample["operation"] or sample["status"] not in _SERVER_ERRORS:
                    continue
                request = addressed(base64.b64decode(sample["request"]), "-")
                if operations.find(*request.decode("latin-1").split(" ", 2)[:2]) != sample["operation"]:
                    continue  # an answer that came between (a 101, say) was counted as this one's
                seen = known.setdefault(request, Seen(tools=set(), pair=(sample["operation"], sample["status"]), request=request))
                seen.tools.add(tool)
    faults.requests = list(known.values())
    faults.findings = list(
        {each.identity: each for folder in sorted(runs.glob(f"{target}-sentinel-*")) for each in _reported(folder)}.values()
    )
    return faults


def _reported(folder: Path) -> Iterator[Reported]:
    """The findings of one run about a 5xx."""
    for line in (folder / "findings.ndjson").read_text().splitlines():
        entry = json.loads(line)
        if entry["type"] == "finding" and entry["check"] == "server_error" and entry["case"] and entry["response"]:
            pairs = [(operation, entry["response"]["status"]) for operation in entry["operations"]]
            yield Reported(identity=entry["id"], store=folder / "store.db", pairs=pairs)


def addressed(request: bytes, host: str) -> bytes:
    """The request to that host, else byte for byte the same."""
    return _HOST.sub(rb"\g<1>" + host.encode(), request, count=1)


def again(target: Target, url: str, seen: Seen) -> bool | None:
    """Whether the request is answered so again; None: it gets no answer."""
    parts = urlsplit(url)
    request = addressed(seen.request, parts.netloc)
    method = request.partition(b" ")[0].decode("latin-1")
    responses = Responses(deque([method]))
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=15) as connection:
            connection.sendall(request)
            while data := connection.recv(65536):
                if statuses := responses.feed(data):
                    return statuses[-1] == seen.pair[1]
    except (OSError, Lost):
        return None
    return None


def replays(target: Target, url: str, reported: Reported) -> bool | None:
    """Whether ``sentinel replay`` shows a finding; None: it could not be tried."""
    headers = [part for header in target.headers for part in ("--header", header)]
    where = ["--url", url + target.prefix, "--store", str(reported.store)]
    command = [sys.executable, "-m", "pipeline.cli", "replay", reported.identity, *where, *headers]
    code = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode
    return code == 1 if code in {0, 1} else None


class Fresh:
    """A server with fresh state; one that gives no answer is ended, and another takes its place: a request before may hold its threads."""

    def __init__(self, target: Target, scratch: Path, ends: ExitStack) -> None:
        self._target, self._scratch, self._ends = target, scratch, ends
        self._url = ""

    def shows(self, ask: Callable[[str], bool | None]) -> bool:
        """What is said of the server at the URL that ``ask`` is given; where that is nothing, of a new one."""
        for _ in range(2):
            self._url = self._url or self._started()
            shown = ask(self._url)
            if shown is not None:
                return shown
            self._url = ""
        return False

    def _started(self) -> str:
        self._ends.close()
        state = self._scratch / "replay" / self._target.name
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        return self._ends.enter_context(targets.running(self._target, self._scratch, state))


def try_all(target: Target, faults: Faults, scratch: Path, seed: int) -> None:
    """One round: everything once, the findings first, on a server that had fresh state before."""
    requests = list(faults.requests)
    random.Random(seed).shuffle(requests)
    with ExitStack() as ends:
        fresh = Fresh(target, scratch, ends)
        for reported in faults.findings:
            reported.shown += fresh.shows(lambda url, reported=reported: replays(target, url, reported))
        for seen in requests:
            seen.shown += fresh.shows(lambda url, seen=seen: again(target, url, seen))


def inputs_of(request: bytes) -> Iterator[str]:
    """The unusual inputs that stand in a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    said = head.partition(b"\r\n")[0] + b" " + body
    for name, pattern in _UNUSUAL.items():
        if pattern.search(said):
            yield name
    if any(len(number) > MOST_DIGITS or int(number) not in _INT32 for number in _NUMBER.findall(said)):
        yield "large integer"


def causes_of(seen: Seen) -> Iterator[str]:
    """What may be the cause at many operations: the unusual inputs, and a server that says to be busy."""
    yield from inputs_of(seen.request)
    if seen.pair[1] == BUSY:
        yield "busy"


def held(faults: Faults) -> tuple[dict[str, set[Pair]], dict[Pair, bytes]]:
    """By tool, the pairs that hold and are no mass cause; and one request of each, to be read."""
    shown = [seen for seen in faults.requests if seen.shown == ROUNDS]
    of_input: dict[str, set[str]] = defaultdict(set)
    for seen in shown:
        for name in causes_of(seen):
            of_input[name].add(seen.pair[0])
    masses = {name for name, operations in of_input.items() if len(operations) >= OF_A_MASS}
    pairs: dict[str, set[Pair]] = {tool: set() for tool in TOOLS}
    example: dict[Pair, bytes] = {}
    for seen in shown:
        if masses.isdisjoint(causes_of(seen)):
            example.setdefault(seen.pair, seen.request)
            for tool in seen.tools:
                pairs[tool].add(seen.pair)
    for reported in faults.findings:
        if reported.shown == ROUNDS and len(reported.pairs) == 1:
            pairs["sentinel"].update(reported.pairs)
            example.setdefault(reported.pairs[0], f"sentinel replay {reported.identity}".encode())
    return pairs, example


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="the folder given to real_servers")
    parser.add_argument("--targets", nargs="+", choices=sorted(TARGETS), default=sorted(TARGETS))
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    bounds: list[Bound] = []
    for name in arguments.targets:
        faults = found(scratch / "runs", name)
        for number in range(ROUNDS):
            try_all(TARGETS[name], faults, scratch, number)
        pairs, example = held(faults)
        seen = {tool: {one.pair for one in faults.requests if tool in one.tools} for tool in TOOLS}
        print(f"\n{name}")
        print(
            table(
                ["tool", "pairs seen", f"shown {ROUNDS} of {ROUNDS}, no mass"],
                [[tool, len(seen[tool]), len(pairs[tool])] for tool in TOOLS],
            )
        )
        rows: list[list[object]] = [
            [operation, status, *("x" if (operation, status) in pairs[tool] else "" for tool in TOOLS), _line(example[operation, status])]
            for operation, status in sorted(example)
        ]
        print(table(["operation", "status", *TOOLS, "request"], rows), flush=True)
        most = max(len(found_by) for tool, found_by in pairs.items() if tool != "sentinel")
        missed = set(example) - pairs["sentinel"]
        reasons = {pair: _reason(name, *pair) for pair in sorted(missed)}
        print(
            "".join(f"missed: {operation} {status}: {why or 'NOT EXPLAINED'}\n" for (operation, status), why in reasons.items()), flush=True
        )
        bounds.append(Bound(what=f"{name}: operations with a 5xx that shows again", measured=len(pairs["sentinel"]), least=most))
        unknown = sum(not why for why in reasons.values())
        bounds.append(Bound(what=f"{name}: faults that Sentinel misses, not explained", measured=unknown, most=0))
    return judged(bounds)


def _reason(target: str, operation: str, status: int) -> str:
    known = MISSED.get(target, {})
    return known.get(f"{operation} {status}") or known.get(f"{operation} 5xx", "")


def _line(request: bytes) -> str:
    head, _, body = request.partition(b"\r\n\r\n")
    return (head.partition(b"\r\n")[0] + b" " + body).decode("utf-8", "backslashreplace")[:160].replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
