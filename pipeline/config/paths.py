"""Where files are when nobody says where."""

import os
import pathlib
from collections.abc import Mapping


def store_path(configured: str = "", environment: Mapping[str, str] = os.environ) -> pathlib.Path:
    """The store: as configured, else ``sentinel/sentinel.db`` below ``$XDG_STATE_HOME`` (XDG Base Directory 0.8: ~/.local/state)."""
    if configured:
        return pathlib.Path(configured).expanduser()
    base = environment.get("XDG_STATE_HOME", "")
    state = pathlib.Path(base) if base.startswith("/") else pathlib.Path(environment.get("HOME") or "~").expanduser() / ".local" / "state"
    return state / "sentinel" / "sentinel.db"
