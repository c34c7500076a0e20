"""What is wrong with a body as it is written, and with what is said of it (GENERATION.md, sections 18 and 19)."""

from collections.abc import Callable
from itertools import islice
from typing import cast

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import Kind
from stages.agents.core.exact import Exact
from stages.agents.core.exact import write as written
from stages.agents.core.mode import GaveUp
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.verdict import refuses
from stages.agents.negative.changes import Broken, Headed, Mismeasured, Put, Typed
from stages.agents.negative.malformed import (
    CUTTING,
    JSON_FORMS,
    LENGTH_FORMS,
    MULTIPART_FORMS,
    UNCLEAR_FORM_FORMS,
    UNCLEAR_JSON_FORMS,
    UNCLEAR_MULTIPART_FORMS,
    UNCLEAR_TEXT_FORMS,
    UNCLEAR_XML_FORMS,
    WAITING,
    XML_FORMS,
    broken,
    kind_of_text,
    mismeasured,
)
from stages.agents.negative.proof import Prover
from stages.agents.negative.violation import Violation, sample

MOST_FIELDS = 16
_DEEP: tuple[tuple[str, Kind, Value], ...] = (("deep", "array", []), ("deep-object", "object", {}))
_NULS: dict[str, Value] = {
    "application/x-www-form-urlencoded": Ext(EXT_RAW, b"sample%00"),
    "multipart/form-data": "sample\0",
}
CODINGS = ("gzip", "sample")  # which the body is not in, and which nobody knows


def of_text(compiler: Compiler, request: Request, body: Place) -> list[Violation]:
    """What is wrong with the body as a whole: its text is none of its type, or something else is said of it."""
    texts = _of_json(compiler, request, body) if body.realm is Realm.JSON else _of_other_text(request, body)
    if texts is None:
        return []
    proved, unclear = texts
    codings = [Violation(f"content-encoding/{coding}", Headed("Content-Encoding", coding), body, proved=False) for coding in CODINGS]
    return [*proved, *unclear, *codings]


def _of_json(compiler: Compiler, request: Request, body: Place) -> tuple[list[Violation], list[Violation]] | None:
    """The proved ones and the others; None where there is no body to break."""
    must = request.body_required
    try:
        value, _ = sample(compiler, body)
    except GaveUp:
        return None
    deep: list[str] = []
    for form, kind, empty in _DEEP:
        if any(kind in flat.allowed for flat in body.node.alternatives) or not refuses(compiler, body.node, empty):
            deep.append(form)
    never = {*deep, *(() if must else ("empty",))}
    found = [_malformed(form, body) for form in JSON_FORMS if form not in never and _can_break(form, body, value)]
    if not _takes(request, "text/plain"):
        found.insert(min(1, len(found)), Violation("media-type", Typed("text/plain"), body, proved=must))
    found += _mismeasured((*LENGTH_FORMS, CUTTING), body, value)
    unclear_forms = (*UNCLEAR_JSON_FORMS, *deep)
    unclear = [_malformed(form, body, proved=False) for form in unclear_forms if _can_break(form, body, value)]
    unclear += _mismeasured((WAITING,), body, value, proved=False)
    return found, [*unclear, Violation("media-type/absent", Typed(""), body, proved=False)]


def _of_other_text(request: Request, body: Place) -> tuple[list[Violation], list[Violation]]:
    """The same of a form, of XML, and of anything else."""
    forms: tuple[str, ...] = ()
    unclear_forms: tuple[str, ...] = ()
    match kind_of_text(body.media_type):
        case "multipart/form-data":
            forms, unclear_forms = MULTIPART_FORMS, UNCLEAR_MULTIPART_FORMS
        case "xml":
            forms, unclear_forms = XML_FORMS, UNCLEAR_XML_FORMS
        case "application/x-www-form-urlencoded":
            unclear_forms = UNCLEAR_FORM_FORMS
        case _ if body.media_type.lower().startswith("text/"):
            unclear_forms = UNCLEAR_TEXT_FORMS
        case _:
            pass
    found = [_malformed(form, body) for form in forms]
    for label, form, media_type in (("media-type", "as-text", "text/plain"), ("media-type/json", "as-json", "application/json")):
        if not _takes(request, media_type):
            found.insert(min(1, len(found)), Violation(label, Broken(form), body, proved=request.body_required))
            break
    unclear = [_malformed(form, body, proved=False) for form in unclear_forms]
    found += _mismeasured((*LENGTH_FORMS, CUTTING), body, None)
    unclear += _mismeasured((WAITING,), body, None, proved=False)
    return found, [*unclear, Violation("media-type/absent", Broken("untyped"), body, proved=False)]


def of_fields(prover: Prover) -> list[Violation]:
    """What is worth trying with the fields of a form as they are written: NUL in one, and one that is there twice."""
    body = prover.place
    nul = _NULS.get(kind_of_text(body.media_type))
    if nul is None:
        return []
    try:
        whole, _ = sample(prover.compiler, body)
    except GaveUp:
        return []
    found: list[Violation] = []
    for name, value in islice(cast("dict[str, Value]", whole).items() if isinstance(whole, dict) else (), MOST_FIELDS):
        if not isinstance(value, (list, dict)):
            pointer = f"/{name.replace('~', '~0').replace('/', '~1')}"
            for label, put in (("encoding/nul", nul), ("duplicate", [value, other_of(value)])):
                found.append(Violation(label, Put(put), body, (name,), pointer, proved=False))
    return found


def other_of(value: Value) -> Value:
    """Another value than this one: an integer one less, anything else a word."""
    return written(Exact(value - 1)) if isinstance(value, int) and not isinstance(value, bool) else "other"


def _malformed(form: str, body: Place, *, proved: bool = True) -> Violation:
    return Violation(f"malformed/{form}", Broken(form), body, proved=proved)


def _mismeasured(forms: tuple[str, ...], body: Place, value: Value, *, proved: bool = True) -> list[Violation]:
    can = [form for form in forms if _succeeds(mismeasured, form, body, value)]
    return [Violation(f"content-length/{form}", Mismeasured(form), body, proved=proved) for form in can]


def _can_break(form: str, body: Place, value: Value) -> bool:
    return _succeeds(broken, form, body, value)


def _succeeds(make: Callable[[str, str, Value], object], form: str, body: Place, value: Value) -> bool:
    try:
        make(form, body.media_type, value)
    except GaveUp:
        return False
    return True


def _takes(request: Request, media_type: str) -> bool:
    """Whether the operation is documented to take a media type."""
    kind = media_type.partition("/")[0]
    content = request.operation.body.content if request.operation.body else []
    return any(media.media_type.partition(";")[0].strip().lower() in (media_type, f"{kind}/*", "*/*") for media in content)
