"""The settings of the ingest stage."""

from typing import Annotated

from msgspec import Meta, Struct


class IngestConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where documents may come from, and how much of this machine reading one may take."""

    allow_remote_refs: Annotated[
        bool,
        Meta(description="Fetch documents on other servers that a $ref names. Off: such a reference is a problem of the document."),
    ] = False
    fetch_timeout_ms: Annotated[int, Meta(description="Time for fetching one document, in milliseconds.", ge=1)] = 30_000
    document_cap_bytes: Annotated[int, Meta(description="Largest document that is read, in bytes, after decompression.", ge=1024)] = (
        100_000_000
    )
    referenced_files: Annotated[int, Meta(description="How many other files the $refs of one document may pull in.", ge=0)] = 1_000
    worker_above_bytes: Annotated[
        int, Meta(description="Documents above this size are parsed in a process of their own, in bytes.", ge=0)
    ] = 1_000_000
    parse_timeout_ms: Annotated[int, Meta(description="Time for parsing one document in a process of its own, in milliseconds.", ge=1)] = (
        300_000
    )
    group_operations: Annotated[
        int, Meta(description="How many operations a group may have; those of a group are generated for together.", ge=1)
    ] = 25
    ca_file: Annotated[str, Meta(description="PEM file of certificate authorities for fetching documents; empty: the system's.")] = ""
