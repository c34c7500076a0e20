"""Graphs as text, Mermaid and dot."""

from msgspec.structs import replace

from pipeline.cli.graph import as_dot, as_mermaid, as_text, of_operations, of_pipeline
from pipeline.config.model import PipelineConfig, ReportConfig, RunConfig
from stages.dispatch.config import ArmConfig, DispatchConfig


def test_operations_are_joined_by_makers_removers_and_links(api):
    """An edge from what makes to what takes and removes, and along links; none twice."""
    graph = of_operations(api)
    assert {(edge.source, edge.target) for edge in graph.edges} == {
        ("POST /pets", "DELETE /pets/{petId}"),
        ("POST /pets", "GET /pets/{petId}"),
        ("POST /pets", "GET /pets"),
    }
    assert len(graph.edges) == 3


def test_a_pipeline_shows_its_stages_and_reports():
    """In the order of travel, with the edge that goes back."""
    graph = of_pipeline(PipelineConfig(spec="a.yaml", reports=[ReportConfig(format="junit", path="j.xml")]))
    assert list(graph.nodes) == ["ingest", "dispatch", "execute", "score", "persist", "report0"]
    assert ("score", "dispatch", "Feedback") in {(edge.source, edge.target, edge.label) for edge in graph.edges}
    assert as_text(graph).splitlines()[:2] == ["ingest: a.yaml", "  -> dispatch  (Api)"]


def test_agents_of_ones_own_stand_behind_those_of_the_order():
    """As they are asked before data decide; one for other agents is left out, one that the order names stands where it does."""
    own = [ArmConfig(name="mine", command=["x"]), ArmConfig(name="other", command=["x"], agents=["data-mocking"])]
    config = PipelineConfig(spec="a.yaml", agents=own)
    assert of_pipeline(config).nodes["dispatch"] == [
        "dispatch",
        "functional-positive: python, then rust, then mine",
        "functional-negative: rust, then python, then mine",
    ]
    first = replace(
        config, run=RunConfig(agents=["functional-positive"]), dispatch=DispatchConfig(order={"functional-positive": ["mine", "python"]})
    )
    assert of_pipeline(first).nodes["dispatch"] == ["dispatch", "functional-positive: mine, then python, then rust"]


def test_an_agent_that_no_arm_serves_is_not_asked_for():
    """Where none is named, the usual agents are asked for as far as an arm serves them; an order's arms that are not there are left out."""
    only = [ArmConfig(name="mine", command=["x"], agents=["functional-negative"])]
    config = PipelineConfig(spec="a.yaml", dispatch=DispatchConfig(arms=only))
    assert of_pipeline(config).nodes["dispatch"] == ["dispatch", "functional-negative: mine"]


def test_names_from_documents_break_neither_form(api):
    """Quotes, brackets and escapes of an operation's key are escaped."""
    graph = of_operations(api)
    assert 'n0["' in as_mermaid(graph)
    assert "{petId}" not in as_mermaid(graph)
    assert '"DELETE /pets/{petId}"' in as_dot(graph)
    pipeline = of_pipeline(PipelineConfig(spec='a"b\\c\x1b'))
    assert '[label="ingest\\na\\"b\\\\c\\\\x1b"]' in as_dot(pipeline)
