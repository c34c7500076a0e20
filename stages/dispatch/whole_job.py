"""A job as a text that it can be done again from, by any implementation and outside of its run."""

import json

import msgspec
from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Hint, Instance, Job, Span
from stages.agents.wire import from_json_form, to_json_form


class WholeJob(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job and the operation group that its slice is cut from. ``slice`` is the digest that it had ("": not known)."""

    agent: str
    group: str
    seed: int
    spans: list[Span]
    knowledge: dict[str, list[Instance]] = {}
    hints: list[Hint] = []
    id: int = 0
    slice: str = ""

    def of(self, part: ApiSlice) -> Job:
        """The job, asked about that slice."""
        return Job(
            id=self.id, agent=self.agent, slice=part.digest, seed=self.seed, spans=self.spans, knowledge=self.knowledge, hints=self.hints
        )  # fmt: skip


def written(job: Job, group: str) -> str:
    """The job as one line of JSON in printable ASCII; what JSON has no form for as in native/PROTOCOL.md, section 1."""
    whole = WholeJob(
        agent=job.agent, group=group, seed=job.seed, spans=job.spans, knowledge=job.knowledge, hints=job.hints, id=job.id, slice=job.slice
    )  # fmt: skip
    plain = to_json_form(msgspec.to_builtins(whole, builtin_types=(bytes, Ext)))
    return json.dumps(plain, separators=(",", ":")).replace("\x7f", "\\u007f")


def read(text: bytes | str) -> WholeJob:
    """The way back. Raises ValueError with what is wrong."""
    try:
        return msgspec.convert(from_json_form(msgspec.json.decode(text)), WholeJob)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
