"""The one HTTP client: what leaves the machine leaves through ``Client``, which holds the destination allow-list.

``pace``, ``health`` and ``retry_after`` decide without waiting; ``gate`` does the waiting. Nothing of cases or identities here.
"""

from stages.execute.client.client import Client

__all__ = ["Client"]
