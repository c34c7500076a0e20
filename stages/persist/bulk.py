"""Many rows by few statements.

SQLite's module gives the interpreter's lock up for each step of a statement and then waits for it, beside a busy event loop; so rows
travel together.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

_TOGETHER: Final = 64  # rows; with 16 columns 1,024 variables, of the 32,766 that a statement may have


def execute_with_rows(connection: sqlite3.Connection, insert: str, rows: Sequence[Sequence[Any]], conflict: str = "") -> None:
    """Insert rows of one width: ``insert`` ends before VALUES, ``conflict`` is the clause behind them."""
    if not rows:
        return
    row = f"({', '.join('?' * len(rows[0]))})"
    whole = len(rows) - len(rows) % _TOGETHER
    many = f"{insert} VALUES {', '.join([row] * _TOGETHER)} {conflict}"
    for start in range(0, whole, _TOGETHER):
        connection.execute(many, tuple(chain.from_iterable(rows[start : start + _TOGETHER])))
    connection.executemany(f"{insert} VALUES {row} {conflict}", rows[whole:])
