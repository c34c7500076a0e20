"""What was about to be done to the target (intents), and what stands there because of us (made objects)."""

import sqlite3
from collections.abc import Iterable

from msgspec import msgpack

from pipeline.messages import Intents, Made, MadeNow, Verdict
from stages.persist import encode


class Journal:
    """Writes the journal of every run. An intent is closed, and an object known, in the transaction of the word that says so."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._open: set[tuple[int, int, int]] = set()  # (run, ordinal, attempt) with intents: bounded by the window of dispatch
        self._told: dict[tuple[int, int, int], set[str]] = {}  # what MadeNow said of trials whose verdict is to come

    def intend(self, run: int, intents: Intents) -> None:
        self._open.update((run, ordinal, attempt) for ordinal, attempt, _, _ in intents.rows)
        self._connection.executemany(
            "INSERT OR IGNORE INTO intents (run, ordinal, attempt, step, request) VALUES (?, ?, ?, ?, ?)",
            [(run, ordinal, attempt, encode.text(step), encode.text(request)) for ordinal, attempt, step, request in intents.rows],
        )

    def resumed(self, run: int) -> None:
        """What an earlier process left open stays so for good: nobody will ever know whether it happened."""
        self._connection.execute("UPDATE intents SET undecided = 1 WHERE run = ?", (run,))

    def made_now(self, run: int, now: MadeNow) -> None:
        """The word in order of time: a path made again after its removal stands again."""
        told = self._told.setdefault((run, now.ordinal, now.attempt), set())
        for made in now.made:
            told.add("made " + made.path)
            self._connection.execute(
                "INSERT INTO made (run, ordinal, attempt, path, object) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET removed = 0, object = excluded.object",
                self._row(run, now.ordinal, now.attempt, made),
            )
        told.update("removed " + path for path in now.removed)
        self._remove(run, now.removed)

    def judged(self, run: int, verdict: Verdict) -> None:
        """Close the intents of a trial. Its own lists of objects count only where MadeNow did not tell: by now they may be history."""
        trial = (run, verdict.ordinal, verdict.attempt)
        if trial in self._open:
            self._open.discard(trial)
            self._connection.execute("DELETE FROM intents WHERE run = ? AND ordinal = ? AND attempt = ? AND undecided = 0", trial)
        if not verdict.made and not verdict.removed:
            if self._told:
                self._told.pop(trial, None)
            return
        told = self._told.pop(trial, set())
        for made in verdict.made:
            if "made " + made.path not in told:
                self._connection.execute(
                    "INSERT OR IGNORE INTO made (run, ordinal, attempt, path, object) VALUES (?, ?, ?, ?, ?)",
                    self._row(*trial, made),
                )
        self._remove(run, [path for path in verdict.removed if "removed " + path not in told])

    def ended(self, run: int) -> None:
        self._told = {trial: told for trial, told in self._told.items() if trial[0] != run}

    def _row(self, run: int, ordinal: int, attempt: int, made: Made) -> tuple[int, int, int, str, bytes]:
        return run, ordinal, attempt, encode.text(made.path), encode.encode(made)

    def _remove(self, run: int, paths: Iterable[str]) -> None:
        """What is removed, and what lay in it: behind "/" in the order of texts comes "0"."""
        texts = [encode.text(path) for path in paths]
        update = "UPDATE made INDEXED BY made_at SET removed = 1 WHERE run = ? AND removed = 0 AND path "
        self._connection.executemany(f"{update} = ?", [(run, path) for path in texts])
        self._connection.executemany(f"{update} > ? AND path < ?", [(run, f"{path}/", f"{path}0") for path in texts])


_made_decoder = msgpack.Decoder(Made)


def unpack_made(blob: bytes) -> Made:
    return _made_decoder.decode(blob)
