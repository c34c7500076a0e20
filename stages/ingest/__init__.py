"""Ingest: OpenAPI documents of every version and shape become one normalised ``Api``.

Here lives what knows OpenAPI and JSON Schema as documents have them: reading, references, normalising, dependency knowledge. No other
stage reads a document. ``yamltext`` also serves the configuration.
"""

from stages.ingest.config import IngestConfig
from stages.ingest.load import load_api
from stages.ingest.parse import parse_api
from stages.ingest.stage import Ingest

__all__ = ["Ingest", "IngestConfig", "load_api", "parse_api"]
