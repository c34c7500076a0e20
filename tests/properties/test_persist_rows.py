"""Whatever order and however often things are told, the store holds each once, as it was told last."""

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from pipeline.messages import (
    Argument,
    Body,
    Case,
    Credit,
    Exchange,
    Failure,
    Instance,
    Knowledge,
    MadeNow,
    NoReply,
    Reply,
    Request,
    Sent,
    Settled,
    Step,
    Trial,
    Verdict,
)
from stages.persist import PersistConfig, Store, encode, secrecy

_texts = st.text(max_size=8)  # without surrogates: those are made readable, not kept
_any_texts = st.text(st.characters(exclude_categories=()), max_size=8)
_numbers = st.integers(0, 3)
_extensions = st.builds(msgpack.Ext, st.integers(1, 5), st.just(b"1"))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _texts | st.binary(max_size=4) | _extensions,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_failures = st.builds(
    Failure,
    key=st.sampled_from(["k1", "k2"]),
    check=_texts,
    severity=st.sampled_from(["high", "low"]),
    title=_texts,
    rule=_texts,
    operation=_texts,
    step=_texts,
    signature=_texts,
    detail=_texts,
    note=st.booleans(),
)
_instances = st.builds(Instance, fields=st.dictionaries(_texts, _values, max_size=2))
_knowledge = st.builds(Knowledge, instances=st.dictionaries(_texts, st.lists(_instances, max_size=2), max_size=2))


@st.composite
def _verdicts(draw: st.DrawFn) -> Verdict:
    ordinal, attempt, operation = draw(_numbers), draw(_numbers), draw(_texts)
    fold = Settled(
        ordinal=ordinal, job=3, operation=operation, agent="a", credit=Credit(requests=draw(_numbers)), knowledge=draw(_knowledge)
    )
    return Verdict(
        ordinal=ordinal,
        attempt=attempt,
        purpose="explore",
        agent="a",
        arm=draw(_texts),
        job=3,
        epoch=draw(_numbers),
        digest=draw(st.binary(max_size=16)).hex(),
        operation=operation,
        outcome=draw(st.sampled_from(["answered", "no-reply", "unmet", "withheld"])),
        status=draw(st.integers(0, 599)),
        duration_ms=draw(st.integers(0, 10**9)) / 1000,
        failures=draw(st.lists(_failures, max_size=3)),
        settled=fold,
        correction=draw(st.floats(0, 100)),
        started_at=draw(st.integers(0, 2**41)) / 1000,
    )


@settings(max_examples=20)
@given(st.lists(st.lists(_verdicts(), max_size=4), max_size=4))
def test_the_store_holds_the_last_word_on_every_trial_in_order(runs, batches):
    """(run, ordinal, attempt) is the key: told twice, in one batch or in two, it stands once."""
    expected = {(verdict.ordinal, verdict.attempt): verdict for batch in batches for verdict in batch}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        runs.write(path, runs.started(), *[runs.batch(*batch) for batch in batches], config=PersistConfig(batch_wait_ms=0))
        with Store(path) as store:
            assert list(store.verdicts()) == [expected[key] for key in sorted(expected)]


@st.composite
def _exchanges(draw: st.DrawFn) -> Exchange:
    bodies = st.none() | st.binary(max_size=8) | st.integers(0, 3).map(lambda n: bytes([n]) * 300)
    headers = st.lists(st.tuples(_texts, _texts), max_size=2)
    requests = st.builds(Request, method=_texts, url=_texts, headers=headers, body=bodies)
    replies = st.builds(Reply, status=st.integers(100, 599), body=bodies.map(lambda body: body or b""), truncated=st.booleans())
    sent = [
        Sent(
            step=draw(_texts),
            operation=draw(_texts),
            request=draw(st.none() | requests),
            reply=draw(st.none() | replies),
            failure=draw(st.none() | st.builds(NoReply, kind=st.sampled_from(["refused", "timeout"]), detail=_texts)),
        )
        for _ in range(draw(_numbers))
    ]
    argument = Argument(location="query", name="q", value=draw(_values))
    step = Step(name="a", operation="o", arguments=[argument], body=Body(media_type="m", value=draw(_values)))
    case = Case(operation="o", ordinal=1, title=draw(_texts), steps=[step])
    return Exchange(trial=Trial(ordinal=1, agent="a", digest="00", case=case), sent=sent)


@given(_exchanges())
def test_an_exchange_is_unpacked_as_it_was_packed(exchange):
    """Values of every kind, bodies long and short, present and absent."""
    bodies: dict[bytes, bytes] = {}

    def take(body: bytes) -> bytes:
        bodies[encode.digest(body)] = body
        return encode.digest(body)

    assert encode.unpack_exchange(encode.pack_exchange(exchange, take), bodies.__getitem__) == exchange


@given(st.binary(max_size=2_000) | st.integers(0, 9_000).map(bytes))
def test_a_body_is_unpacked_as_it_was_packed(body):
    """Compressed only where that saves space."""
    compressed, packed = encode.pack_body(body)
    assert encode.unpack_body(compressed, packed) == body
    assert len(packed) <= len(body)


@given(_any_texts, st.integers(), st.lists(_any_texts))
def test_encoding_never_fails(text, number, texts):
    """Whatever text and integer: what cannot be kept exactly is kept readably."""
    decoded = msgspec.msgpack.decode(encode.encode({text: [number, texts]}))
    assert list(decoded) == [encode.text(text)]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["/a", "/b", "/a/x"]), _numbers), max_size=12))
def test_open_objects_are_those_made_since_their_last_removal(runs, told):
    """As a plain set would have it, whoever made and removed them; what lay in a removed one is gone with it."""
    expected: set[str] = set()
    messages = []
    for is_made, path, ordinal in told:
        made, removed = ([runs.made(path)], []) if is_made else ([], [path])
        messages.append(MadeNow(run="r1", ordinal=ordinal, attempt=0, made=made, removed=removed))
        expected = expected | {path} if is_made else {one for one in expected if not f"{one}/".startswith(f"{path}/")}
    with tempfile.TemporaryDirectory() as folder:
        store_path = Path(folder) / "s.db"
        runs.write(store_path, runs.started(), *messages, config=PersistConfig(batch_wait_ms=0))
        with Store(store_path) as store:
            assert {one.made.path for one in store.made_open()} == expected


@given(
    user=st.text("abc:@%", min_size=1, max_size=6),
    host=st.sampled_from(["h", "h:80", "[::1]:8"]),
    path=st.sampled_from(["", "/", "/p?q=1"]),
)
def test_an_address_loses_its_user_and_password(user, host, path):
    """And nothing else."""
    assert secrecy.url(f"https://{user}@{host}{path}") == f"https://{host}{path}"
    assert secrecy.url(f"https://{host}{path}") == f"https://{host}{path}"
