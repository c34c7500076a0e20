"""Keys: what they are made of, and what they must not depend on."""

import json
import time

import pytest

from pipeline.messages import Reply, Request
from stages.score.signature import normalise, target_name
from stages.score.traces import server_fault

PYTHON = b"""Traceback (most recent call last):
  File "/srv/kinto/views.py", line %d, in post
    return self.create()
  File "/srv/kinto/storage.py", line 77, in create
    raise ValueError("bad %s")
ValueError: bad %s
"""
JAVA = b"""java.lang.NullPointerException: name is null
\tat com.shop.Items.find(Items.java:%d)
\tat com.shop.Web.get(Web.java:5)
"""


def reply(body, status=500):
    return Reply(status=status, headers=[("Content-Type", "text/plain")], body=body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user 17 not found", "user 4242 not found"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is gone", "id 00000000-0000-0000-0000-000000000000 is gone"),
        ("at 2024-01-02T03:04:05Z", "at 1999-12-31T23:59:59.123+01:00"),
        ("no 'abc' here", "no 'x y z' here"),
        ("see /srv/a/b.txt", "see /home/q.txt"),
        ("hash deadbeef01 bad", "hash 0123456789abcdef bad"),
        ("took 1.5 s", "took 20 s"),
        ("fromIndex(12) > toIndex(-2147483648)", "fromIndex(2147483647) > toIndex(0)"),
        ("Can't find 'sample%FF' in the actions", "Can't find 'a' in the actions"),
        ("base 10: 'abc'", "base 10: '" + 200 * "a"),
        ("2 validation errors for Params\nproject.int\n  Input", "1 validation error for Params\nfilters.items\n  Field required"),
        ("\u627e\u4e0d\u5230\u7528\u6237'alice'\u7684\u8bb0\u5f55", "\u627e\u4e0d\u5230\u7528\u6237'bob'\u7684\u8bb0\u5f55"),
        ("duplicate key'alice'", "duplicate key'bob'"),
        ("got b'x y'", "got b'z'"),
        ("DIDN'T FIND 'bob'", "DIDN'T FIND 'alice x'"),
        ("Errore dell'utente 'bob'", "Errore dell'utente 'alice x'"),
        ("The users' index for 'bob' is gone", "The users' index for 'alice x' is gone"),
        ("\u041e\u0431'\u0454\u043a\u0442 'bob'", "\u041e\u0431'\u0454\u043a\u0442 'alice x'"),
        ("name = N'bob'", "name = N'alice x'"),
        ('for input "sample"', 'for input "' + 9000 * "a"),
        ("expected a unicode string, not the bool True.", "expected a unicode string, not the list ['a', 1]."),
        ("not the list [[1, 2], [3]] here", "not the dict {'a': {'b': (2,)}} here"),
        ("expected a unicode string, not the NoneType None.", "expected a unicode string, not the dict {'a': 'b'}."),
    ],
)
def test_values_in_messages_do_not_count(one, other):
    """Numbers, identifiers, dates, quoted words and paths are placeholders; the words stay."""
    assert normalise(one) == normalise(other)
    assert normalise("user 1 not found") != normalise("user 1 not allowed")
    assert normalise("CAN'T FIND TABLE 'pets'") != normalise("CAN'T DROP TABLE 'pets'")
    assert normalise("The users' index lacks 'pets'") != normalise("The users' quota exceeds 'pets'")
    assert normalise("I'm sorry, " + "it is so " * 20) != normalise("I'm afraid, " + "it is so " * 20)
    assert normalise("L'index " + "de recherche " * 20) != normalise("L'utilisateur " + "demand\u00e9 " * 20)
    assert normalise("a list of users") != normalise("a list of pets")


def test_what_the_request_said_does_not_count():
    """Values of the path, the query and the body are replaced where the answer repeats them."""
    first = Request(method="POST", url="http://h/pets/zebra?color=purple", body=b'{"name": "Hubert"}')
    second = Request(method="POST", url="http://h/pets/okapi?color=orange", body=b'{"name": "Ingrid"}')
    assert normalise("Hubert of zebra is purple", first) == normalise("Ingrid of okapi is orange", second)
    long = Request(method="GET", url=f"http://h/pets?ids={'a' * 8000}")
    assert normalise(f"no number: '{'a' * 8000}'.", long) == "no number: <text>."
    assert normalise('{"info": null}', Request(method="GET", url="http://h/pets/null")) == "{<text>: null}"


def test_a_number_is_one_wherever_it_comes_from():
    """What the request said and what it did not: an offset and what was reckoned of it."""
    first, second = (Request(method="GET", url=f"http://h/pets?offset={offset}") for offset in (656012290, 3))
    assert normalise("from 656012290 to -2147483648", first) == normalise("from 3 to 12", second) == "from <n> to <n>"


def test_long_values_of_a_hostile_answer_are_looked_for_in_no_time():
    """Sixty texts that nearly occur at every character of an answer of 64 KB."""
    values = ["-" * (16000 - n) + "b" for n in range(60)]
    request = Request(method="POST", url="http://h/pets", body=json.dumps(values).encode())
    began = time.perf_counter()
    normalise("-" * 48000 + "bb " + values[0], request)
    assert time.perf_counter() - began < 2


def test_what_an_exception_says_first_counts():
    """A chain that ends in equal words has other beginnings."""
    billing, index = (f"java.io.IOException: cannot {what}; nested exception is java.io.IOException: refused" for what in ("bill", "write"))
    assert server_fault(reply(billing.encode()), None) != server_fault(reply(index.encode()), None)


def test_words_that_are_written_for_a_browser_are_read_as_it_shows_them():
    """Jetty's errors in JSON have references to characters, and name the exception again behind "Error 500"."""
    error = b'{"message": "Error 500 java.lang.NumberFormatException: For input string: &quot;%s&quot;", "status": "500"}'
    told = {server_fault(reply(error % text), None) for text in (b"", b"a", b"sample?")}
    assert told == {"500 java.lang.NumberFormatException: For input string: <text>"}


def test_a_trace_is_known_by_exception_and_innermost_frame():
    """Lines, values and directories do not count; another function is another cause."""
    one, same = server_fault(reply(PYTHON % (10, b"a", b"a")), None), server_fault(reply(PYTHON % (99, b"b", b"b")), None)
    assert one == same == "500 ValueError in storage.py:create"
    assert server_fault(reply(JAVA % 12), None) == "500 java.lang.NullPointerException in Items.java:com.shop.Items.find"


def test_fields_of_a_json_error_are_read():
    """Of a JSON error the exception and the message count, not the request's id in it."""
    one = reply(b'{"error": "Internal", "message": "boom in table 7", "request_id": "a"}')
    other = reply(b'{"request_id": "zzz", "message": "boom in table 8", "error": "Internal"}')
    assert server_fault(one, None) == server_fault(other, None) == "500 Internal; boom in table <n>"


@pytest.mark.parametrize(
    "body", [{"detail": ["RuntimeError", "lost 'x'"]}, ["RuntimeError", "lost 'y'"], {"error": "RuntimeError: lost 'z'"}]
)
def test_a_kind_and_a_message_in_a_list_are_one_text(body):
    """As some frameworks write their errors; the kind is not said twice."""
    assert server_fault(reply(json.dumps(body).encode()), None) == "500 RuntimeError: lost <text>"


def test_the_port_of_a_loopback_server_is_no_part_of_the_target():
    """It is another one at every start; elsewhere host and port are the target."""
    assert (
        target_name("http://127.0.0.1:4001/v1/", "A") == target_name("http://localhost:5/v1", "A") != target_name("http://[::1]:4/v1", "B")
    )
    assert target_name("https://api.example.com/v1", "A") == target_name("https://API.example.com:443/v1/", "B")
    assert target_name("https://api.example.com", "A") != target_name("https://api.example.com:8443", "A")


def test_keys_do_not_depend_on_seed_value_or_run(make_scene, replace):
    """Two runs with other values, ordinals, seeds and names have the same key."""
    one, other = make_scene(), make_scene()
    other.model.seed, other.model.run = 99, "another"
    first = one.failures(
        one.exchange("GET /pets", 500, b"user 17 broke", content_type="text/plain", ordinal=3, url="http://127.0.0.1:1/pets?limit=3")
    )
    second = other.failures(other.exchange("GET /pets", 500, b"user 4 broke", content_type="text/plain", ordinal=8))
    assert [failure.key for failure in first] == [failure.key for failure in second]
