"""The checks: each a pure function ``(context, exchange, sent) -> Iterator[Failure]`` described in docs/checks.md."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from pipeline.messages import Exchange, Failure, Sent
from stages.score.checks import (
    allow,
    authentication,
    bodyless,
    connection,
    content_type,
    expectation,
    internals,
    invalid_accepted,
    leak,
    response_headers,
    response_schema,
    server_error,
    undocumented_status,
    valid_rejected,
)
from stages.score.context import Context

Check: TypeAlias = Callable[[Context, Exchange, Sent], Iterator[Failure]]

CHECKS: Final[dict[str, Check]] = {
    server_error.CHECK: server_error.server_error,
    undocumented_status.CHECK: undocumented_status.undocumented_status,
    content_type.CHECK: content_type.content_type,
    response_schema.CHECK: response_schema.response_schema,
    response_headers.CHECK: response_headers.response_headers,
    valid_rejected.CHECK: valid_rejected.valid_rejected,
    invalid_accepted.CHECK: invalid_accepted.invalid_accepted,
    authentication.CHECK: authentication.authentication_ignored,
    bodyless.CHECK: bodyless.body_not_allowed,
    connection.DROPPED: connection.dropped_connection,
    connection.HANG: connection.hang,
    expectation.CHECK: expectation.expectation,
    leak.CHECK: leak.secret_leaked,
    internals.CHECK: internals.internals_leaked,
    allow.CHECK: allow.allow_missing,
}
