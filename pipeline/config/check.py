"""Checks a value against a Struct type and collects every fault; msgspec by itself stops at the first and knows no lines."""

import math
import re
from typing import Any

import msgspec
from msgspec import inspect

from pipeline.config import durations
from pipeline.config.faults import Fault, Path, nearest
from pipeline.config.source import plain
from pipeline.config.tree import Tree
from pipeline.config.words import in_words, shown

_FAULTY: Any = object()  # stands for a value that is not usable; its fault is already in the list


def check(tree: Tree, struct: type[msgspec.Struct]) -> tuple[Any, list[Fault]]:
    """The tree's value made ready for ``msgspec.convert`` (durations in milliseconds), and all its faults."""
    checker = _Checker(tree, inspect.type_info(struct))
    value = checker.any(tree.value, checker.root, ())
    return value, checker.faults


class _Checker:
    def __init__(self, tree: Tree, root: inspect.Type) -> None:
        self.tree = tree
        self.root = root
        self.faults: list[Fault] = []
        self.secret: set[Path] = set()
        self.about: dict[Path, str] = {}
        self.homes = _homes(root)

    def fault(self, path: Path, message: str, suggestion: str = "") -> Any:
        self.faults.append(Fault(place=self.tree.place(path), path=path, message=message, suggestion=suggestion))
        return _FAULTY

    def any(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        match kind:
            case inspect.Metadata():
                extra = kind.extra or {}
                if description := (kind.extra_json_schema or {}).get("description"):
                    self.about[path] = description
                if extra.get("secret"):
                    self.secret.add(path)
                if extra.get("form") == "duration" and value is not None:
                    return self.duration(value, kind.type, path)
                return self.any(value, kind.type, path)
            case inspect.StructType():
                return self.struct(value, kind, path)
            case inspect.UnionType():
                return self.union(value, kind, path)
            case inspect.DictType():
                return self.map(value, kind, path)
            case inspect.ListType():
                return self.list(value, kind, path)
            case inspect.AnyType():
                return value
            case _:
                return self.scalar(value, kind, path)

    def struct(self, value: Any, kind: inspect.StructType, path: Path) -> Any:
        if value is None and not path:
            value = {}
        if not isinstance(value, dict):
            return self.wrong(value, kind, path)
        fields = {field.encode_name: field for field in kind.fields}
        known = fields.keys() | ({kind.tag_field} if kind.tag_field else set())
        before = len(self.faults)
        checked: dict[str, Any] = {}
        for key, item in value.items():
            here = (*path, key)
            if key == kind.tag_field:
                checked[key] = item
            elif key in fields:
                checked[key] = self.any(item, fields[key].type, here)
            else:
                place = self.tree.key_place(here)
                self.faults.append(Fault(place=place, path=here, message="unknown key", suggestion=self.elsewhere(str(key), known, path)))
        for name, field in fields.items():
            if field.required and name not in value:
                self.fault((*path, name), "is missing", f"it takes {in_words(field.type)}")
        return checked if len(self.faults) > before else self.built(checked, kind, path)

    def built(self, checked: dict[str, Any], kind: inspect.StructType, path: Path) -> Any:
        """Let the Struct's own ``__post_init__`` speak, so that its fault stands beside all others."""
        if path and hasattr(kind.cls, "__post_init__"):
            try:
                msgspec.convert(checked, kind.cls)
            except msgspec.ValidationError as error:
                return self.fault(path, str(error))
        return checked

    def elsewhere(self, key: str, known: set[str], path: Path) -> str:
        suggestion = nearest(key, known)
        if not suggestion.startswith("did you mean") and (homes := self.homes.get(key, [])):
            return f"{key!r} is a key of {homes[0] or 'the top level'}"
        return suggestion or (f"see the keys of {path[0]} in configs/full.yaml" if path else "")

    def union(self, value: Any, kind: inspect.UnionType, path: Path) -> Any:
        if value is None and any(isinstance(option, inspect.NoneType) for option in kind.types):
            return None
        options = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
        structs = [struct for option in options if isinstance(struct := _bare(option), inspect.StructType)]
        if isinstance(value, dict) and structs:
            return self.tagged(value, structs, path) if len(structs) > 1 else self.struct(value, structs[0], path)
        fitting = [option for option in options if _same_kind(plain(value), _bare(option))]
        if len(fitting) == 1 or len(options) == 1:
            return self.any(value, (fitting or options)[0], path)
        return self.wrong(value, kind, path) if not fitting else self.first_that_fits(value, fitting, path)

    def first_that_fits(self, value: Any, options: list[inspect.Type], path: Path) -> Any:
        attempts: list[list[Fault]] = []
        for option in options:
            trial = _Checker(self.tree, self.root)
            checked = trial.any(value, option, path)
            if not trial.faults:
                return checked
            attempts.append(trial.faults)
        fewest = min(len(faults) for faults in attempts)
        self.faults.extend(next(faults for faults in attempts if len(faults) == fewest))
        return _FAULTY

    def tagged(self, value: dict[str, Any], structs: list[inspect.StructType], path: Path) -> Any:
        field = structs[0].tag_field or "type"
        by_tag = {str(struct.tag): struct for struct in structs}
        if field not in value:
            return self.fault((*path, field), "is missing", "it takes one of: " + ", ".join(sorted(by_tag)))
        chosen = by_tag.get(str(value[field]))
        if chosen is None:
            return self.fault((*path, field), f"{shown(value[field])} is none of the kinds there are", nearest(str(value[field]), by_tag))
        return self.struct(value, chosen, path)

    def map(self, value: Any, kind: inspect.DictType, path: Path) -> Any:
        if not isinstance(value, dict):
            return self.wrong(value, kind, path)
        return {key: self.any(item, kind.value_type, (*path, key)) for key, item in value.items()}

    def list(self, value: Any, kind: inspect.ListType, path: Path) -> Any:
        if not isinstance(value, list):
            single = not isinstance(value, dict) and _same_kind(plain(value), _bare(kind.item_type))
            hint = f"write it as a list: [{shown(value)}]" if single else ""
            return self.wrong(value, kind, path, hint)
        if len(value) < (kind.min_length or 0) or len(value) > (kind.max_length or math.inf):
            return self.wrong(value, kind, path)
        return [self.any(item, kind.item_type, (*path, index)) for index, item in enumerate(value)]

    def duration(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        value = plain(value)
        if not isinstance(value, str):
            suggestion = f'write "{value}s" for seconds' if isinstance(value, int | float) and not isinstance(value, bool) else ""
            return self.fault(path, f"expected {durations.FORM}, got {shown(value)}", suggestion)
        try:
            milliseconds = durations.parse(value)
        except ValueError:
            number = re.fullmatch(r"\s*(\d+)\s*", value)
            hint = (
                f'write "{number[1]}s" for seconds'
                if number
                else "it must be longer than nothing"
                if re.match(r"[0.]+[a-z]", value)
                else ""
            )
            return self.fault(path, f"expected {durations.FORM}, got {shown(value)}", hint)
        return self.any(milliseconds, kind, path)

    def scalar(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        value = plain(value)
        if isinstance(value, str) and path in self.tree.written and not isinstance(kind, inspect.StrType):
            value = _typed(value, kind)
        if not _same_kind(value, kind):
            return self.wrong(value, kind, path, _hint(value, kind, path))
        if not _in_range(value, kind):
            suggestion = nearest(str(value), [str(item) for item in kind.values]) if isinstance(kind, inspect.LiteralType) else ""
            return self.wrong(value, kind, path, suggestion)
        return value

    def wrong(self, value: Any, kind: inspect.Type, path: Path, suggestion: str = "") -> Any:
        """The one form of the fault: what was expected, what stands there. No secret is shown, nor what a reference stands for."""
        if path in self.tree.written:
            return self.fault(path, f"expected {in_words(kind)}, which {shown(self.tree.written[path])} is not")
        if any(path[:length] in self.secret for length in range(len(path) + 1)):
            quotes = "" if isinstance(value, dict | list | None) else "write it in quotes"
            return self.fault(path, f"expected {in_words(kind)}, got another type", quotes)
        if not suggestion and isinstance(kind, inspect.StrType) and kind.pattern:
            suggestion = self.about.get(path, "")
        return self.fault(path, f"expected {in_words(kind)}, got {shown(value)}", suggestion)


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _same_kind(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.StructType() | inspect.DictType():
            return isinstance(value, dict)
        case inspect.ListType():
            return isinstance(value, list)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.NoneType():
            return value is None
        case inspect.LiteralType():
            return any(type(value) is type(item) for item in kind.values)
        case inspect.UnionType():
            return any(_same_kind(value, _bare(option)) for option in kind.types)
        case _:
            return True


def _in_range(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            return (
                (kind.ge is None or value >= kind.ge)
                and (kind.gt is None or value > kind.gt)
                and (kind.le is None or value <= kind.le)
                and (kind.lt is None or value < kind.lt)
            )
        case inspect.StrType():
            return (kind.min_length or 0) <= len(value) <= (math.inf if kind.max_length is None else kind.max_length) and (
                kind.pattern is None or re.search(kind.pattern, value) is not None
            )
        case inspect.LiteralType():
            return value in kind.values
        case _:
            return True


def _typed(text: str, kind: inspect.Type) -> Any:
    """The text of a reference in a place that takes another type: a number or a word for true and false."""
    try:
        match kind:
            case inspect.IntType():
                return int(text)
            case inspect.FloatType():
                return float(text)
            case inspect.BoolType():
                return {"true": True, "false": False}[text.strip().lower()]
            case _:
                return text
    except (ValueError, KeyError):
        return text


def _hint(value: Any, kind: inspect.Type, path: Path) -> str:
    if isinstance(kind, inspect.StrType) and isinstance(value, bool | int | float):
        return f'write it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if isinstance(kind, inspect.IntType) and isinstance(value, str):
        unit = str(path[-1]).rpartition("_")[2] if path else ""
        if unit == "ms":
            try:
                return f"write {durations.parse(value)}: the unit is in the key"
            except ValueError:
                return "the unit, milliseconds, is in the key"
        if re.fullmatch(r"-?\d+", value):
            return f"write {value} without quotes"
    return ""


def _homes(root: inspect.Type) -> dict[str, list[str]]:
    """For every key of the whole configuration, the paths of the maps that have it."""
    homes: dict[str, list[str]] = {}

    def visit(kind: inspect.Type, path: str, above: tuple[type, ...]) -> None:
        match _bare(kind):
            case inspect.StructType(cls=cls, fields=fields) if cls not in above:
                for field in fields:
                    homes.setdefault(field.encode_name, []).append(path)
                    visit(field.type, f"{path}.{field.encode_name}" if path else field.encode_name, (*above, cls))
            case inspect.UnionType(types=types):
                for option in types:
                    visit(option, path, above)
            case inspect.ListType(item_type=item):
                visit(item, f"{path}[]", above)
            case inspect.DictType(value_type=item):
                visit(item, f"{path}.NAME", above)
            case _:
                pass

    visit(root, "", ())
    return homes
