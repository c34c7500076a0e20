"""Header parameters that are the client's to say."""

import pytest


@pytest.mark.parametrize("name", ["Content-Length", "Host", "host"])
def test_what_the_client_says_is_left_to_it(inputs, positives, planned, name):
    """The operation is valid without, and nothing of it is violated."""
    operation = inputs.operation("GET /a", inputs.parameter(name, "header", {"type": "integer"}, required=True))
    made = positives(operation, count=2)
    assert [(case.intent, case.steps[-1].arguments) for case in made] == [("valid", [])] * 2
    assert planned(operation) == []


@pytest.mark.parametrize(
    "name", ["Connection", "Expect", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "upgrade"]
)
def test_without_what_nobody_says_a_request_is_not_claimed_valid(inputs, positives, planned, name):
    """It is sent all the same, and what breaks another part is still invalid."""
    header, limit = (
        inputs.parameter(name, "header", {"enum": ["x"]}, required=True),
        inputs.parameter("limit", "query", {"type": "integer"}),
    )
    operation = inputs.operation("GET /a", header, limit)
    made = positives(operation)
    assert {case.intent for case in made} == {"unspecified"}
    assert {argument.name for case in made for argument in case.steps[-1].arguments} == {"limit"}
    assert "invalid" in {case.intent for case in planned(operation)}


def test_what_nobody_says_may_be_left_out(inputs, positives):
    operation = inputs.operation("GET /a", inputs.parameter("Expect", "header", {"type": "string"}))
    assert [(case.intent, case.steps[-1].arguments) for case in positives(operation, count=2)] == [("valid", [])] * 2
