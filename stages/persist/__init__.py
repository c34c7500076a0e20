"""The store: everything that must outlive the process, written by the stage ``Persist``, read by ``Store``.

Only this package knows SQL and the file's format (docs/store.md).
"""

from stages.persist.config import PersistConfig
from stages.persist.rows import FindingRow, NotMadeRow, OpenObject, RunRow, Undecided
from stages.persist.stage import Persist, Subscriber
from stages.persist.store import Store, forget_snapshot, keep_snapshot, prepare

__all__ = [
    "FindingRow",
    "NotMadeRow",
    "OpenObject",
    "Persist",
    "PersistConfig",
    "RunRow",
    "Store",
    "Subscriber",
    "Undecided",
    "forget_snapshot",
    "keep_snapshot",
    "prepare",
]
