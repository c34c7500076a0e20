"""Overrides that concern nothing."""

from pipeline.cli.idle import idle
from pipeline.cli.progress import Progress
from pipeline.config.model import OverrideConfig
from pipeline.messages import Override, RunRequested, RunStarted


def test_an_override_that_matches_no_operation_is_told(api):
    """A mistyped glob would leave an operation to be tested that its owner believes to be skipped."""
    overrides = [OverrideConfig(operation="DELETE /pets/*", skip="shared"), OverrideConfig(operation="DELETE /pet/*", skip="shared")]
    assert list(idle(overrides, api.operations)) == ["warning: overrides[1] 'DELETE /pet/*' matches no operation that is tested"]


def test_a_run_tells_it_when_it_begins(api):
    """Beside the line with which it begins, before anything is sent."""
    request = RunRequested(run="r", spec="s", seed=1, agents=["a"], overrides=[Override(operation="PUT /pet")])
    lines = Progress(now=0.0).take(RunStarted(request=request, api=api, base_url="http://h", started_at=0.0), 0.0)
    assert lines[1:] == ["warning: overrides[0] 'PUT /pet' matches no operation that is tested"]


def test_a_fixed_parameter_that_no_operation_has_is_told(api):
    """With its place or without, as the owner writes it."""
    fixed = {"petId": 1, "path/petId": 1, "pedId": 1, "query/petId": 1}
    overrides = [OverrideConfig(operation="GET /pets/*", parameters=fixed)]
    assert list(idle(overrides, api.operations)) == [
        f"warning: overrides[0].parameters: no operation that matches 'GET /pets/*' has {name!r}" for name in ("pedId", "query/petId")
    ]
