"""What a run would do."""

from pipeline.cli import dry_run
from pipeline.config.model import OverrideConfig, PipelineConfig, RunConfig


def test_operations_come_makers_first_and_removers_last(api):
    """As the first pass sends them."""
    found = dry_run.prospects(api, PipelineConfig(spec="x"))
    assert [prospect.operation.key for prospect in found][-1] == "DELETE /pets/{petId}"
    assert [prospect.effect for prospect in found] == ["reads", "makes", "changes", "reads", "removes"]


def test_what_would_be_withheld_is_told(api):
    """PUT, PATCH and DELETE reach only what the run makes, unless allowed."""
    found = {prospect.operation.key: prospect.withheld for prospect in dry_run.prospects(api, PipelineConfig(spec="x"))}
    assert found["PUT /settings"] == "the run makes no such object"
    assert found["DELETE /pets/{petId}"] == "except to what POST /pets made"
    assert found["GET /pets"] == ""
    allowed = PipelineConfig(spec="x", overrides=[OverrideConfig(operation="PUT *", allow_unsafe=True)])
    assert {prospect.withheld for prospect in dry_run.prospects(api, allowed)} == {"", "except to what POST /pets made"}


def test_skips_and_globs_leave_out_with_their_reason(api):
    """A skip says why."""
    config = PipelineConfig(
        spec="x", run=RunConfig(operations=["* /pets*"]), overrides=[OverrideConfig(operation="DELETE *", skip="shared data")]
    )
    found = {prospect.operation.key: prospect.left_out for prospect in dry_run.prospects(api, config)}
    assert found["DELETE /pets/{petId}"] == "shared data"
    assert found["PUT /settings"] == "no --operations glob matches"
    assert found["GET /pets"] == ""


def test_phases_are_counted_in_requests(api):
    """With a bound on requests: the first pass, exploration, what is kept for checking."""
    config = PipelineConfig(spec="x", run=RunConfig(max_requests=105))
    found = dry_run.prospects(api, config)
    text = "\n".join(dry_run._phases(config, found))
    assert "first pass    10:" in text  # of two agents
    assert "up to 81, and 14 kept" in text


def test_what_only_meets_own_objects_is_told_from_what_is_never_sent(api):
    """`DELETE /pets/{petId}` reaches a pet of the run; nothing makes the settings that `PUT /settings` would change."""
    config = PipelineConfig(spec="x")
    assert dry_run._destructive(config, dry_run.prospects(api, config)) == [
        "  1 operation may make objects or have other effects (POST)",
        "  1 operation may change or remove only what the run itself made",
        "  1 operation withheld: the run makes no object for that (allow_unsafe is off)",
    ]
