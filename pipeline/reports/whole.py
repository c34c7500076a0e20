"""Files, whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Write ``parts`` to a file that is replaced at once when they are all on disk. Raises OSError, ValueError (for the name)."""
    if path.exists() and not path.is_file():  # a device or a pipe has no half-written state
        with path.open("wb") as file:
            file.writelines(parts)
        return
    path = path.resolve()  # through a link: the file it names is replaced, not the link
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """As the file had it, else as any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
