"""Sends the steps of cases to the target and tells what came back; the only stage that touches the network of the target.

Here live: serialisation of requests, identities and redaction, limits, the safety rule, the journal of unsafe requests, hooks, and
the client that all of them share. Judging answers belongs to score, choosing what to send to dispatch.
"""

from stages.execute.cleanup import cleanup_cases
from stages.execute.config import ExecuteConfig
from stages.execute.document_access import document_access
from stages.execute.stage import Execute
from stages.execute.stored import StoredAnswers

__all__ = ["Execute", "ExecuteConfig", "StoredAnswers", "cleanup_cases", "document_access"]
