"""The multiplying out of the choices of a conjunction (GENERATION.md, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stages.agents.core.apart import Facts, facts, told_apart
from stages.agents.core.merging import Contradiction, merge
from stages.agents.core.parts import Branch, Choice, Entry, Parts
from stages.agents.core.schema import Existence, Flat, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.messages import Schema
    from stages.agents.core.compiler import Compiler
    from stages.agents.core.equality import Kind

MAX_ALTERNATIVES = 256
MAX_COMBINED = 32  # alternatives from which on choices below others are not multiplied out any more
MAX_TRIED = 512
MAX_LEVELS = 3
MAX_TRIED_APART = 16  # conjunctions tried to tell one branch apart
MAX_FALSE = 256  # conjunctions may have a schema that is false, all together
MAX_LOOKED_AT = 256  # conjunctions that are only looked at, as some of their choices are not made
MAX_BEGUN = 4096  # conjunctions, with those of which some choices are not made


class Search:
    """The multiplying out of one node's branches, in the order of the document.

    Parts that must be there are looked at ``level`` levels down: a branch whose part cannot be is none. Where there is no choice, that is
    only asked of what a negation wants, or ``thorough``: of all.
    """

    def __init__(self, compiler: Compiler, level: int = MAX_LEVELS, most: int = MAX_ALTERNATIVES, *, thorough: bool = False) -> None:
        self.compiler = compiler
        self.level = level
        self.most = most
        self.thorough = thorough
        self.found: list[Flat] = []
        self.reason = ""
        self.pointer = ""  # of the part that is the reason
        self.tried = 0
        self.last = MAX_TRIED  # no more than so many are tried
        self.begun = 0
        self.looked_at = 0
        self.disproved = 0  # so many had a schema that is false
        self.lossy = False  # whether a negation left out what it might have allowed
        self.cut = False  # whether a branch was passed over that might have given one more
        self.risky = ""  # of the branches that are being tried

    def look(self, schemas: tuple[Schema, ...], *, quiet: bool = False) -> None:
        """Find the alternatives of schemas that must hold together."""
        self._grow(Parts(self.compiler), [Entry(schema, (), quiet) for schema in schemas], 0, "")

    def existence(self) -> Existence:
        """What came of it."""
        if self.found:
            return Existence()
        if self._is_used_up():
            return Existence("", f"nothing among the first {max(self.tried, self.disproved, self.begun)} ways to choose", proved=False)
        return Existence(self.pointer, self.reason or "false", proved=not self.lossy)

    def is_complete(self) -> bool:
        """Whether every value that satisfies the schemas satisfies an alternative."""
        return not (self.cut or self.lossy or self._is_used_up())

    def _grow(self, parts: Parts, more: list[Entry], taken: int, label: str, *, quiet: bool = False, last: bool = True) -> None:
        """Add the alternatives of a conjunction and more, of which the first ``taken`` choices are made already; the last of them is
        ``quiet`` or not. ``last``: each is made for the last of its branches."""
        self.begun += 1
        looks = quiet and self._may_look()
        parts = parts.copy()
        holds = all(parts.add(entry) for entry in more)
        self.lossy = self.lossy or parts.lossy
        if not holds:
            self._because("a schema that is false")
            self.disproved += not looks
            return
        if not quiet and 0 < taken < len(parts.choices):
            looks = self._may_look()
        if looks and self._merged(parts) is None:
            return
        known = facts(parts.members) if any(choice.about is not None for choice in parts.choices[taken:]) else None
        taken, label = self._without_choice(parts.choices, known, taken, label)
        if taken == len(parts.choices):
            self._finish(parts, label)
            return
        choice = parts.choices[taken]
        before = len(self.found)
        branches = self._open(choice, known)
        for index in branches:
            if self._has_enough(choice, before, last=last):
                self.cut = True
                return
            branch = choice.branch(self.compiler, index)
            if branch.leads_back():
                self.cut = True
            else:
                self._branch(parts, taken, _label(label, choice, index), branch, quiet=choice.quiet, last=last and index == branches[-1])
        if len(self.found) == before and choice.is_exclusive:
            self._without_exclusions(parts, taken, label, choice)

    def _without_choice(self, choices: list[Choice], known: Facts | None, taken: int, label: str) -> tuple[int, str]:
        """Pass over the next choices that are none, as what they are about cannot hold beside the members."""
        for choice in choices[taken:]:
            if choice.about is None or not self._excludes(known, choice.about):
                break
            if choice.keyword == "if":
                if choice.ways[1][1] is not True:
                    break
                label = _label(label, choice, 1)
            taken += 1
        return taken, label

    def _open(self, choice: Choice, known: Facts | None) -> list[int]:
        """The branches that are left, by their indexes: of a condition or negation those that go with the members, if any does."""
        every = list(range(len(choice.ways)))
        if choice.about is None:
            return every
        return [index for index in every if not self._excludes(known, choice.ways[index][0])] or every

    def _excludes(self, known: Facts | None, schema: Schema) -> bool:
        return told_apart(self.compiler, known, self.compiler.facts(schema))

    def _may_look(self) -> bool:
        self.looked_at += 1
        return self.looked_at <= MAX_LOOKED_AT

    def _has_enough(self, choice: Choice, before: int, *, last: bool) -> bool:
        found = len(self.found)
        if found >= self.most or self._is_used_up():
            return True
        return found > before and (choice.quiet or (found >= MAX_COMBINED and not last))

    def _is_used_up(self) -> bool:
        return self.tried >= self.last or self.disproved >= MAX_FALSE or self.begun >= MAX_BEGUN

    def _branch(self, parts: Parts, taken: int, label: str, branch: Branch, *, quiet: bool, last: bool) -> None:
        """One branch; where it cannot be told apart from the others for what negations leave out, or from too many, as it is, and risky."""
        if branch.excluded is None:
            self._as_it_is(parts, taken, label, branch, quiet=quiet, last=last)
            return
        before, lossy, most = len(self.found), self.lossy, self.last
        self.lossy = False
        if branch.excluded:
            self.last = min(most, self.tried + MAX_TRIED_APART)
        self._grow(parts, [*branch.entries, *branch.excluded], taken + 1, label, quiet=quiet, last=last)
        self.lossy = self.lossy or self._is_used_up()
        self.last = most
        if branch.excluded and self.lossy and len(self.found) == before:
            self._as_it_is(parts, taken, label, branch, quiet=quiet, last=last)
        self.lossy = self.lossy or lossy

    def _without_exclusions(self, parts: Parts, taken: int, label: str, choice: Choice) -> None:
        """Branches that cannot be told apart at all, as they are: what such a document means is not what it says."""
        before = len(self.found)
        for index in range(len(choice.ways)):
            if self._has_enough(choice, before, last=True):
                return
            branch = choice.branch(self.compiler, index)
            if branch.excluded:
                self._as_it_is(parts, taken, _label(label, choice, index), branch, quiet=choice.quiet, last=False)

    def _as_it_is(self, parts: Parts, taken: int, label: str, branch: Branch, *, quiet: bool, last: bool) -> None:
        risky, self.risky = self.risky, "oneOf"
        self._grow(parts, branch.entries, taken + 1, label, quiet=quiet, last=last)
        self.risky = risky

    def _finish(self, parts: Parts, label: str) -> None:
        self.tried += 1
        flat = self._merged(parts)
        if flat is not None:
            flat.label = label
            flat.risky = flat.risky or parts.risky or self.risky
            self.found.append(flat)

    def _merged(self, parts: Parts) -> Flat | None:
        """The members as one alternative; None where they contradict each other."""
        try:
            flat = merge(parts.members, parts.scopes, self.compiler)
            if self.level and flat.values is None:
                self._look_down(flat, parts)
        except Contradiction as error:
            self._because(error.reason, error.pointer)
            self.lossy = self.lossy or not error.proved
            return None
        return flat

    def _look_down(self, flat: Flat, parts: Parts) -> None:
        """Drop objects and arrays of which a part that must be there cannot be. Raises Contradiction where nothing is left."""
        gone: dict[Kind, Contradiction] = {}
        for kind, name, node in _needed(flat, parts, everything=self.thorough or bool(parts.choices)):
            if kind in gone or kind not in flat.kinds:
                continue
            found = self.compiler.may_exist(node, self.level - 1)
            if found.reason:
                found = found.below(name).unless(kind == "array" and flat.is_placed)
                gone[kind] = Contradiction(found.reason, found.pointer, proved=found.proved)
                self.lossy = self.lossy or not found.proved
        flat.kinds = tuple(kind for kind in flat.kinds if kind not in gone)
        flat.allowed = tuple(kind for kind in flat.allowed if kind not in gone or not gone[kind].proved)
        if gone and not flat.kinds:
            first = next(iter(gone.values()))
            raise Contradiction(first.reason, first.pointer, proved=not flat.allowed)

    def _because(self, reason: str, pointer: str = "") -> None:
        if not self.reason:
            self.reason, self.pointer = reason, pointer


def _needed(flat: Flat, parts: Parts, *, everything: bool) -> Iterator[tuple[Kind, str, Node]]:
    """The declared parts that must be there: all, or those that a negation speaks of."""
    denied = [member for member in parts.members if "!" in member]
    for name in flat.required if everything or denied else ():
        node = flat.properties.get(name, flat.additional if everything and flat.naming is None else None)
        if node is not None and (everything or any(name in member.get("properties", {}) for member in denied)):
            yield "object", name, node
    lengths = {len(member.get("prefixItems", ())) - 1 for member in denied}
    for index in range(min(flat.min_items, len(flat.prefix) + 1)):
        item = flat.item(index)
        if item is not None and (everything or index in lengths):
            yield "array", str(index), item


def _label(label: str, choice: Choice, index: int) -> str:
    """With the branch that is taken, where it is one to be tried."""
    if choice.quiet:
        return label
    return f"{label}+{choice.keyword}/{index}" if label else f"{choice.keyword}/{index}"
