"""The demo as a process: what it prints, its inspection, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

SERVE = "from pipeline.demo import serve; serve(port=0, seed=3, off=['hang'])"


def fetch(url: str, body: bytes | None = None, method: str | None = None) -> Any:
    headers = {"Content-Type": "application/json", "User-Agent": "tester/1"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=10) as reply:
        text = reply.read()
        return json.loads(text) if text else None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_defects_and_ends_on_a_signal(number: signal.Signals) -> None:
    """The first line has the address, the next nine the planted defects; a signal ends it with status 0, a kept connection or not."""
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        lines = [process.stdout.readline() for _ in range(9)]
        assert fetch(f"{url}/health")["status"] == "ok"
        planted = fetch(f"{url}/_demo/defects")["planted"]
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    assert [line.split(":")[0].strip() for line in lines] == [row["name"] for row in planted]
    assert all(row["operation"] in line for row, line in zip(planted, lines, strict=True))


def test_the_inspection_tells_who_made_what_is_still_there() -> None:
    """Objects made show with operation, request number and client until they are removed; reset forgets them and all counts."""
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        owner = fetch(f"{url}/owners", b'{"name": "Li", "city": "Bern"}')["id"]
        kept = fetch(f"{url}/owners", b'{"name": "Mo", "city": "Bern"}')["id"]
        fetch(f"{url}/owners/{owner}/pets", b'{"name": "Z", "species": "cat"}')
        fetch(f"{url}/owners/{owner}", method="DELETE")
        made = fetch(f"{url}/_demo/objects")["made"]
        counted = fetch(f"{url}/_demo/requests")
        fetch(f"{url}/_demo/reset", b"")
        after = fetch(f"{url}/_demo/requests"), fetch(f"{url}/_demo/objects"), fetch(f"{url}/owners/1")
        process.terminate()
    assert made == [{"path": f"/owners/{kept}", "operation": "POST /owners", "request": 2, "client": "tester/1"}]
    assert counted["total"] == 4
    assert {"operation": "POST /owners", "status": 201, "count": 2} in counted["answered"]
    assert after[:2] == ({"total": 0, "answered": []}, {"made": []})
    assert after[2]["id"] == 1
