"""The Retry-After header (RFC 9110, 10.2.3)."""

from email.utils import parsedate_to_datetime

from pipeline.messages import Reply

_UNSAID_S = 1.0  # how long a 429 that does not say how long to wait is waited for


def asked_wait(reply: Reply, now: float) -> float | None:
    """The seconds that an answer asks to wait, seconds or HTTP-date; None when it does not ask. ``now``: time of day."""
    if reply.status not in {429, 503}:
        return None
    said = next((value.strip() for name, value in reply.headers if name.lower() == "retry-after"), "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - now)
    except (ValueError, OverflowError):
        return _UNSAID_S if reply.status == 429 else None
