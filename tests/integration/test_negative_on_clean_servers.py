"""functional-negative on servers that obey their documents: everything that it calls invalid is refused."""

import json
from collections import Counter

import pytest

from pipeline.demo import TOKEN
from stages.persist.store import Store
from tests.servers import launch


@pytest.mark.parametrize(
    ("start", "token"), [(lambda: launch.demo(clean=True), TOKEN), (launch.strict, "token-clerk")], ids=["demo", "strict"]
)
def test_what_is_proved_to_be_invalid_is_answered_4xx(sentinel, start, token):
    """However strange the bytes: no 2xx, no 5xx, no lost connection; and what is only worth trying does no harm either."""
    pipeline = {"run": {"agents": ["functional-negative"], "seed": 5, "time": "40s", "max_requests": 1500, "keep": "all"}}
    (sentinel.home / "negative.yaml").write_text(json.dumps(pipeline))
    store = sentinel.home / "negative.db"
    with start() as server:
        header = f"Authorization: Bearer {token}"
        done = sentinel("run", server.url, "--config", "negative.yaml", "--header", header, "--store", str(store))
    assert done.returncode == 0, done.stdout + done.stderr
    answered, wrong = Counter(), []
    with Store(store) as stored:
        for exchange in stored.exchanges():
            case, last = exchange.trial.case, exchange.sent[-1]
            if last.step != "attempt":
                continue  # what it needs could not be made
            if last.reply is None and last.failure.kind == "timeout" and case.title.endswith("content-length/long"):
                answered["waited"] += 1
                continue  # for the rest of a body that does not come, which is right (RFC 9112, 6.3)
            if last.reply is None:
                wrong += [(case.title, last.failure)] if last.failure.kind not in {"withheld", "unmet"} else []
                continue
            kind = last.reply.status // 100
            answered[case.intent, kind] += 1
            answered["lengths", kind] += "content-length" in case.title
            if kind == 5 or (case.intent == "invalid" and kind != 4):
                wrong.append((case.operation, case.title, last.reply.status))
    assert wrong == []
    assert answered["invalid", 4] > 500
    assert answered["lengths", 4] > 10
    assert answered["waited"] > 3
