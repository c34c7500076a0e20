"""The faults of a document, collected while it is read."""

from collections.abc import Sequence

from pipeline.messages import Problem

MAX_PROBLEMS = 1000


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path of keys and indexes."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class Problems:
    """Each fault once, in the order of their places. Past ``MAX_PROBLEMS`` they are counted, not kept."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}
        self._left_out = 0

    def add(self, pointer: str, code: str, message: str) -> None:
        """Note a fault at a JSON pointer, which another file's name may precede (``common.yaml#/Pet``)."""
        key = (pointer, message)
        if key in self._found:
            return
        if len(self._found) >= MAX_PROBLEMS:
            self._left_out += 1
            return
        self._found[key] = Problem(pointer=_printable(pointer), message=_printable(message), code=code)

    def listed(self) -> list[Problem]:
        """All faults, sorted by place."""
        found = sorted(self._found.values(), key=lambda problem: (problem.pointer, problem.code, problem.message))
        if self._left_out:
            found.append(Problem(pointer="", code="more", message=f"{self._left_out} more problems are not listed"))
        return found


def _printable(text: str) -> str:
    """Half surrogate pairs have no UTF-8 form and would break whatever the text is written to."""
    return text.encode("utf-8", "backslashreplace").decode()
