"""``sentinel graph``: a pipeline's stages, or how an API's operations depend on each other."""

import argparse
from typing import TYPE_CHECKING

from msgspec import Struct

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.config.model import PipelineConfig
    from pipeline.messages import Api

EPILOG = "mermaid is drawn by many documentation tools, dot by Graphviz: sentinel graph --config FILE --format dot | dot -Tsvg"


class Edge(Struct, frozen=True):
    """From one node to another, by their ids; ``label`` says what travels."""

    source: str
    target: str
    label: str = ""


class Graph(Struct, frozen=True, kw_only=True):
    """Nodes by id with their labels, one part of the label a line, and the edges between them."""

    nodes: dict[str, list[str]]
    edges: list[Edge]


def arguments(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    parser.add_argument("--operations", metavar="SPEC", dest="spec", help="draw the dependencies of a document's operations instead")
    parser.add_argument("--format", choices=["text", "mermaid", "dot"], default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    if arguments.spec is None and arguments.config is None:
        raise UsageError("graph takes --config FILE for a pipeline, or --operations SPEC for a document")
    config = options.loaded(arguments).config
    if arguments.spec is not None:
        from pipeline.cli.reading import understood

        graph = of_operations(understood(config).api)
    else:
        graph = of_pipeline(config)
    print({"text": as_text, "mermaid": as_mermaid, "dot": as_dot}[arguments.format](graph))
    return ExitCode.CLEAN


def of_pipeline(config: "PipelineConfig") -> Graph:
    """The five stages with what the configuration tells each, and what travels between them."""
    from pipeline.config.paths import store_path

    orders: list[str] = []
    for agent in config.testing:
        serving = [arm.name for arm in config.dispatching.arms if arm.serves(agent)]
        named = [arm for arm in config.dispatch.order.get(agent, []) if arm in serving]
        others = [arm for arm in serving if arm not in named]  # they come last
        orders.append(f"{agent}: {', then '.join([*named, *others])}")
    nodes = {
        "ingest": ["ingest", config.spec],
        "dispatch": ["dispatch", *orders],
        "execute": ["execute", config.target.url or "the document's server", ", ".join(["no identity", *config.execute.identities][-8:])],
        "score": ["score", "all checks" if not config.score.checks_off else f"all checks but {', '.join(config.score.checks_off)}"],
        "persist": ["persist", str(store_path(config.store))],
    }
    nodes |= {f"report{index}": [f"{report.format} report", report.path] for index, report in enumerate(config.reports)}
    edges = [
        Edge("ingest", "dispatch", "Api"),
        Edge("dispatch", "execute", "CaseBatch"),
        Edge("execute", "score", "ExchangeBatch"),
        Edge("score", "persist", "VerdictBatch"),
        Edge("score", "dispatch", "Feedback"),
        Edge("persist", "execute", "Synced"),
        *(Edge("persist", f"report{index}") for index in range(len(config.reports))),
    ]
    return Graph(nodes=nodes, edges=edges)


def of_operations(api: "Api") -> Graph:
    """An edge from every maker to what takes its objects, to what removes them, and along the document's links."""
    operations = sorted(api.operations, key=lambda operation: (operation.level, operation.path, operation.method))
    nodes = {operation.key: [operation.key] for operation in operations}
    edges: dict[tuple[str, str], Edge] = {}
    for operation in operations:
        if operation.maker in nodes:
            edges.setdefault((operation.maker, operation.key), Edge(operation.maker, operation.key, operation.resource))
        if operation.remover in nodes:
            edges.setdefault((operation.key, operation.remover), Edge(operation.key, operation.remover, operation.resource))
        for response in operation.responses:
            for link in response.links:
                if link.operation in nodes:
                    edges.setdefault((operation.key, link.operation), Edge(operation.key, link.operation, f"link {link.name}"))
    return Graph(nodes=nodes, edges=list(edges.values()))


def as_text(graph: Graph) -> str:
    from pipeline.cli.text import printable

    lines: list[str] = []
    for node, label in graph.nodes.items():
        lines.append(printable(": ".join([label[0], "; ".join(part for part in label[1:] if part)]) if len(label) > 1 else label[0]))
        lines += [
            printable(f"  -> {graph.nodes[edge.target][0]}" + (f"  ({edge.label})" if edge.label else ""))
            for edge in graph.edges
            if edge.source == node
        ]
    return "\n".join(lines)


def as_mermaid(graph: Graph) -> str:
    ids = {node: f"n{index}" for index, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[node]}["{"<br/>".join(_mermaid(part) for part in label if part)}"]' for node, label in graph.nodes.items()]
    for edge in graph.edges:
        label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
        lines.append(f"  {ids[edge.source]} -->{label} {ids[edge.target]}")
    return "\n".join(lines)


def as_dot(graph: Graph) -> str:
    lines = ["digraph sentinel {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {_dot(node)} [label={_dot(chr(10).join(part for part in label if part))}];" for node, label in graph.nodes.items()]
    for edge in graph.edges:
        lines.append(f"  {_dot(edge.source)} -> {_dot(edge.target)}" + (f" [label={_dot(edge.label)}];" if edge.label else ";"))
    return "\n".join([*lines, "}"])


def _mermaid(text: str) -> str:
    """Mermaid's entity form for everything that has a meaning to it."""
    return "".join(character if character.isalnum() or character in " /.,:-_" else f"#{ord(character)};" for character in text)


def _dot(text: str) -> str:
    from pipeline.cli.text import printable

    lines = [printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'
