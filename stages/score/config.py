"""The ``score`` section of a pipeline."""

from typing import Annotated

from msgspec import Meta, Struct


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one explored case is worth: the sum of these."""

    finding: Annotated[float, Meta(description="A new confirmed finding.", ge=0)] = 10.0
    operation: Annotated[float, Meta(description="The first 2xx of an operation.", ge=0)] = 3.0
    status: Annotated[float, Meta(description="A status not seen before at its operation.", ge=0)] = 1.0
    parameter_class: Annotated[float, Meta(description="A parameter class or schema branch not tried before.", ge=0)] = 0.2


class ScoreConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Judging answers: checks, findings, coverage."""

    target: Annotated[
        str, Meta(description="What findings call the server, so that they stay the same when its address changes; empty: its address.")
    ] = ""
    checks_off: Annotated[list[str], Meta(description="Names of checks that are not made (docs/checks.md).")] = []
    sample_every: Annotated[int, Meta(description="Of the cases without a finding, one in so many is stored whole.", ge=1)] = 100
    weights: Annotated[Weights, Meta(description="What explored cases are worth to dispatch.")] = Weights()
    min_tested_percent: Annotated[
        int, Meta(description="Of the operations tried, how many must have answered other than 401, 403, 404, 429 or 5xx.", ge=0, le=100)
    ] = 20
    confirmations: Annotated[int, Meta(description="How often a case is sent again before its finding is reported.", ge=1, le=20)] = 2
    minimise_max: Annotated[int, Meta(description="Smaller cases tried for one finding; 0: none.", ge=0, le=1000)] = 12
    suspicions_per_case: Annotated[int, Meta(description="Cases to check again that one case may have out at a time.", ge=1, le=64)] = 2
    verified_max: Annotated[int, Meta(description="Findings checked again in one run; more stay unverified.", ge=1)] = 1000
    findings_max: Annotated[int, Meta(description="Findings and notes kept of one run; more are only counted.", ge=1)] = 5000
    schema_failures: Annotated[int, Meta(description="Violations of its schema that one answer is reported for.", ge=1, le=100)] = 5
    instances_per_answer: Annotated[int, Meta(description="Objects learned from one answer.", ge=1, le=1000)] = 8
    mass_operations: Annotated[
        int,
        Meta(
            description="So many operations, and a third of those tried, with one cause make one finding; "
            "of accepted invalid input so many parts of requests.",
            ge=2,
        ),
    ] = 5
    coverage_every: Annotated[int, Meta(description="A snapshot of the coverage after so many verdicts.", ge=1)] = 2000
    reorder_max: Annotated[int, Meta(description="Answers held back until an earlier one is there.", ge=1)] = 2048
    validators_max: Annotated[int, Meta(description="Compiled response schemas kept at a time.", ge=1)] = 1024
