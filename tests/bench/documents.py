"""What reading real documents costs: CPU, memory, and how many become an Api.

    python tests/bench/documents.py FILE_OR_DIRECTORY... [--half] [--split DIGITS] [--slowest N]

Each document is parsed in a process of its own, whose CPU seconds and peak memory are the row's. ``--half`` parses each a second time with
every other path left out and prints the ratio. ``--split 01234567`` takes, of the documents in a directory, those whose path below
it has a SHA-256 that begins with one of these hex digits, so that one half can be worked with and the other kept for judging.
Of directories only what failed and the slowest documents are listed, and a summary.
"""

import argparse
import hashlib
import json
import multiprocessing
import pathlib
import resource
import sys
from multiprocessing.connection import Connection
from typing import Any

from msgspec import Struct

from pipeline.errors import DocumentError
from stages.ingest import parse_api


class Row(Struct, frozen=True, kw_only=True):
    """One document's costs; ``refused`` is why no Api came of it ("" if one did)."""

    name: str
    size_mb: float
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    operations: int = 0
    schemas: int = 0
    problems: int = 0
    refused: str = ""


def measure(path: pathlib.Path, name: str, *, half: bool, answer: Connection) -> None:
    """Parse one document, in a process that ends with it, and send its row."""
    data = path.read_bytes()
    if half:
        document = json.loads(data)
        document["paths"] = dict(sorted(document["paths"].items())[::2])
        data = json.dumps(document).encode()
        del document
    before = resource.getrusage(resource.RUSAGE_SELF)
    found: dict[str, Any] = {}
    try:
        api = parse_api(data, str(path))
        found = {"operations": len(api.operations), "schemas": len(api.schemas), "problems": len(api.problems)}
    except DocumentError as error:
        found = {"refused": str(error).removeprefix(f"{path}: ")}
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer.send(Row(name=name, size_mb=len(data) / 1e6, cpu_s=cpu_s, peak_mb=after.ru_maxrss / 1024, **found))


def in_process(path: pathlib.Path, name: str, *, half: bool = False) -> Row:
    """A document's row, measured in a fresh process; a crash is a row as well."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(path, name), kwargs={"half": half, "answer": there})
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        return Row(name=name, size_mb=path.stat().st_size / 1e6, refused="crashed")
    finally:
        process.join()


def documents(given: list[pathlib.Path], split: str) -> list[tuple[pathlib.Path, str]]:
    """All documents with the names they are shown by."""
    found: list[tuple[pathlib.Path, str]] = []
    for path in given:
        if path.is_file():
            found.append((path, path.name))
            continue
        files = sorted(file for file in path.rglob("*") if file.suffix in (".json", ".yaml", ".yml"))
        names = [(file, file.relative_to(path).as_posix()) for file in files]
        found += [(file, name) for file, name in names if not split or hashlib.sha256(name.encode()).hexdigest()[0] in split]
    return found


def shown(row: Row) -> str:
    cells = f"{row.size_mb:8.2f} {row.cpu_s:8.2f} {row.peak_mb:8.0f} {row.operations:10} {row.schemas:8} {row.problems:8}"
    return f"{row.name[:60]:60} {cells}  {row.refused}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="+", type=pathlib.Path)
    parser.add_argument("--half", action="store_true", help="parse each with half of its paths as well")
    parser.add_argument("--split", default="", metavar="DIGITS", help="first hex digits of the names' SHA-256 to take")
    parser.add_argument("--slowest", type=int, default=10, metavar="N", help="how many of a directory's documents to list")
    options = parser.parse_args()
    chosen = documents(options.documents, options.split)
    print(f"{'document':60} {'MB':>8} {'CPU s':>8} {'peak MB':>8} {'operations':>10} {'schemas':>8} {'problems':>8}")
    rows: list[Row] = []
    for path, name in chosen:
        row = in_process(path, name)
        rows.append(row)
        if row.refused or path in options.documents:
            print(shown(row), flush=True)
        if options.half:
            half = in_process(path, f"{name}, half", half=True)
            print(shown(half), f"ratio {half.cpu_s / max(row.cpu_s, 0.01):.2f}", flush=True)
    if len(rows) > len(options.documents):
        print(f"\nthe slowest {options.slowest}:")
        for row in sorted(rows, key=lambda each: -each.cpu_s)[: options.slowest]:
            print(shown(row))
        fine = sum(not row.refused for row in rows)
        total = sum(row.operations for row in rows)
        print(f"\n{fine} of {len(rows)} documents ({100 * fine / len(rows):.2f} %) became an Api: {total} operations, ", end="")
        print(f"{sum(row.cpu_s for row in rows):.0f} CPU seconds, at most {max(row.peak_mb for row in rows):.0f} MB")
    return 0 if all(row.refused != "crashed" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
