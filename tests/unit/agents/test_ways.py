"""Values whose parts stand beside one another: what is claimed valid is read from the wire as it was meant."""

from urllib.parse import unquote

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, Encoding, Instance, MediaType, Parameter, RequestBody, Slot
from stages.agents.core.ways import Way, way_of, ways_of
from stages.execute.serialise.style import in_header, in_path, in_query
from stages.execute.serialise.text import plain
from tests.unit.agents.violations import violated

HALF = Ext(EXT_DECIMAL, b"1.5")
TEXTS = ["a,b", "c d", "e|f", "g=h", "i.j", "%41", "", "k[l]", HALF, 7, "m"]
LIST = {"type": "array", "items": {"enum": TEXTS}, "minItems": 1, "maxItems": 2}
NAMES = ["a,b", "c d", "e|f", "g=h", "i.j", "%41", "k]", "n"]
OBJECT = {"type": "object", "properties": {name: {"enum": TEXTS} for name in NAMES}, "minProperties": 1, "additionalProperties": False}


def texts(value):
    """What a value is on the wire: its texts."""
    if isinstance(value, dict):
        return {name: str(plain(item)) for name, item in value.items()}
    return [str(plain(item)) for item in value]


def paired(parts):
    return dict(zip(map(unquote, parts[::2]), map(unquote, parts[1::2]), strict=True))


def cut(text, delimiter, *, pairs, explode):
    """A text that has several parts: parted first and decoded then (RFC 6570)."""
    parts = text.split(delimiter)
    if pairs and explode:
        return {unquote(name): unquote(item) for name, _, item in (part.partition("=") for part in parts)}
    return paired(parts) if pairs else [unquote(part) for part in parts]


def read(parameter, value):
    """The texts that a server reads which knows the kind, the style and explode, but not the names."""
    pairs, explode = isinstance(value, dict), parameter.explode
    match parameter.location, parameter.style:
        case "header", _:
            return cut_plainly(in_header(parameter, value), pairs=pairs, explode=explode)
        case "path", "label":
            return cut(in_path(parameter, value)[1:], "." if explode else ",", pairs=pairs, explode=explode)
        case "path", "simple":
            return cut(in_path(parameter, value), ",", pairs=pairs, explode=explode)
        case _:
            found = [part.partition("=") for part in in_query(parameter, value)]
    if parameter.style == "deepObject" and pairs:
        return {unquote(name)[2:-1]: unquote(text) for name, _, text in found}
    if explode:
        return {unquote(name): unquote(text) for name, _, text in found} if pairs else [unquote(text) for _, _, text in found]
    ((_, _, text),) = found
    delimiter = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(parameter.style, ",")
    return cut(text, delimiter, pairs=pairs, explode=False) if text else {} if pairs else []


def cut_plainly(text, *, pairs, explode):
    """A header's, in which nothing is encoded."""
    parts = text.split(",")
    if pairs and explode:
        return {name: item for name, _, item in (part.partition("=") for part in parts)}
    return dict(zip(parts[::2], parts[1::2], strict=True)) if pairs else parts


STYLES = [
    *(("path", style, False) for style in ("simple", "label")),
    *(("query", style, reserved) for style in ("form", "spaceDelimited", "pipeDelimited", "deepObject") for reserved in (False, True)),
    ("header", "simple", False),
]


@pytest.mark.parametrize("schema", [LIST, OBJECT], ids=["list", "object"])
@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("how", STYLES, ids=str)
def test_valid_values_are_read_as_they_were_meant(inputs, positives, how, explode, schema):
    """Every value of some hundred; what would be read otherwise is claimed nowhere."""
    location, style, reserved = how
    parameter = Parameter(name="p", location=location, schema=schema, required=True, style=style, explode=explode, allow_reserved=reserved)
    made = positives(inputs.operation("GET /a/{p}" if location == "path" else "GET /a", parameter), count=150)
    values = [case.steps[-1].arguments[0].value for case in made if case.intent == "valid" and case.steps[-1].arguments[0].value != ""]
    assert [value for value in values if read(parameter, value) != texts(value)] == []
    assert len(values) > 30, "there are others that can be told"


@pytest.mark.parametrize(
    ("parameter", "told", "not_told"),
    [
        (Parameter(name="p", location="header"), ["a,b", ["a b"], {"a=": "="}], [["a,b", "a,b"], {"a,": "b"}, {"a": "b,"}]),
        (Parameter(name="p", location="header", explode=True), [{"a": "="}], [{"a=": "b"}]),
        (Parameter(name="p", location="path", style="label", explode=True), [HALF, "1.5", [1, 5]], [[HALF], ["a.b"], {"a.b": 1}]),
        (Parameter(name="p", location="path", style="label"), [[HALF], ["a,b"]], []),
        (Parameter(name="p", location="query", style="form"), [["a,b"], ["", ""], []], [[""], [None, ""]]),
        (Parameter(name="p", location="query", style="form", explode=True), [["a,b"], [""]], []),
        (Parameter(name="p", location="query", style="form", allow_reserved=True), ["a,b", "%4", ["a b"]], [["a,b"], "%4f", {"%4F": 1}]),
        (Parameter(name="p", location="query", style="spaceDelimited"), ["a b", ["a|b,c"]], [["a b"], {"a b": 1}]),
        (Parameter(name="p", location="query", style="pipeDelimited"), ["a|b", ["a b"]], [["a|b"], {"a": "|"}]),
        (Parameter(name="p", location="query", style="pipeDelimited", explode=True), [["a|b"]], []),
        (
            Parameter(name="p", location="query", style="deepObject", explode=True),
            [{"a": {"b": [1, "c"]}}, [1]],
            [{"a]": 1}, {"": 1}, {"a": {"[": 1}}, {"a": [[1]]}, {"a": [{"b": 1}]}, [[1]]],
        ),
        (Parameter(name="p", location="query", media_type="application/json", allow_reserved=True), [["a,b"]], [["%41"]]),
        (Parameter(name="p", location="cookie", style="form"), [["a"]], []),
    ],
)
def test_what_is_told_by_style(parameter, told, not_told):
    way = way_of(parameter) or Way()
    assert [value for value in told if not way.tells(value)] == []
    assert [value for value in not_told if way.tells(value)] == []


def test_members_of_a_form_are_told_by_their_encoding(inputs, positives):
    """Not those that are JSON, or of which no encoding speaks; the others are claimed valid where they are."""
    encodings = [
        Encoding(name="s", style="spaceDelimited", explode=False),
        Encoding(name="j", style="spaceDelimited", explode=False, content_type="application/json"),
    ]
    assert ways_of(encodings, quoted=True).keys() == {"s"}
    schema = {"type": "object", "required": ["s", "j", "n"], "properties": dict.fromkeys("sjn", LIST)}
    content = MediaType(media_type="application/x-www-form-urlencoded", schema=schema, encoding=encodings)
    made = positives(inputs.operation("POST /a", body=RequestBody(content=[content], required=True)), count=100)
    by_intent = {intent: [case.steps[-1].body.value for case in made if case.intent == intent] for intent in ("valid", "unspecified")}
    assert not [value for value in by_intent["valid"] if "c d" in value["s"]]
    assert [value for value in by_intent["valid"] if "c d" in value["j"]]
    assert [value for value in by_intent["valid"] if "c d" in value["n"]]
    assert [value for value in by_intent["unspecified"] if value["s"] == ["c d"]]


def test_members_of_multipart_are_told_where_their_style_counts():
    """Nothing is quoted there: a comma parts a list, whatever is allowed."""
    one = [Encoding(name="a", explode=False)]
    assert not ways_of(one, quoted=False)
    styles = {"form": "a,b", "spaceDelimited": "a b", "pipeDelimited": "a|b"}
    for style, text in styles.items():
        way = ways_of([Encoding(name="a", style=style, explode=False, styled=True, content_type="application/json")], quoted=False)["a"]
        assert [not way.tells([other]) for other in styles.values()] == [other == text for other in styles.values()]
        assert way.tells(["%41"])
        assert not way.tells([""])
    assert not ways_of([Encoding(name="a", styled=True)], quoted=False)
    assert not ways_of([Encoding(name="a", style="deepObject", styled=True)], quoted=False)["a"].tells({"[": 1})


def members(*names):
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "additionalProperties": False}


def names_of(values, exploded):
    """Under which names values are written, once for each time."""
    return [name for key, value in values.items() for name in (value if key in exploded and isinstance(value, dict) else [key])]


def is_once(names):
    return len(set(names)) == len(names)


@pytest.mark.parametrize("explode", [True, False])
def test_queries_with_one_name_twice_are_not_valid(inputs, positives, explode):
    """The members of an exploded object stand beside the other parameters; those of one that is not are one text."""
    schemas = {"a": members("b", "c"), "b": {"type": "string"}, "d": members("c", "e")}
    places = [Parameter(name=name, location="query", schema=schema, style="form", explode=explode) for name, schema in schemas.items()]
    made = positives(inputs.operation("GET /a", *places), count=80)
    sent = [{argument.name: argument.value for argument in case.steps[-1].arguments} for case in made]
    once = [is_once(names_of(values, "ad" if explode else "")) for values in sent]
    assert [case.intent == "valid" for case in made] == once
    assert all(once) is not explode
    assert any(once)


@pytest.mark.parametrize(
    ("media_type", "exploded"),
    [("application/x-www-form-urlencoded", "ad"), ("multipart/form-data", "a"), ("application/json", "")],
)
def test_forms_with_one_name_twice_are_not_valid(inputs, positives, media_type, exploded):
    """In multipart only where the style counts; in JSON nothing is beside anything."""
    schema = {"type": "object", "properties": {"a": members("b", "c"), "b": {"type": "string"}, "d": members("c", "e")}}
    content = MediaType(media_type=media_type, schema=schema, encoding=[Encoding(name="a", styled=True), Encoding(name="d")])
    made = positives(inputs.operation("POST /a", body=RequestBody(content=[content], required=True)), count=80)
    bodies = [(case.intent, is_once(names_of(case.steps[-1].body.value, exploded))) for case in made]
    assert [intent == "valid" for intent, _ in bodies] == [once for _, once in bodies]
    assert any(len(set(case.steps[-1].body.value)) == 3 for case in made)


@pytest.mark.parametrize(("media_type", "intent"), [("", "unspecified"), ("application/json", "valid")])
def test_nulls_in_a_parameter_are_not_counted(inputs, positives, media_type, intent):
    """They are not sent by style: a list of two has one item then, or none."""
    schema = {"type": "array", "items": {"const": None}, "minItems": 2}
    parameter = Parameter(name="p", location="query", schema=schema, required=True, style="form", explode=True, media_type=media_type)
    assert [case.intent for case in positives(inputs.operation("GET /a", parameter), count=1)] == [intent]


def test_nulls_in_a_list_of_a_form_are_not_counted(inputs, positives):
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"const": [None, 1]}}}
    content = MediaType(media_type="multipart/form-data", schema=schema)
    made = positives(inputs.operation("POST /a", body=RequestBody(content=[content], required=True)), count=1)
    assert [case.intent for case in made] == ["unspecified"]


def test_what_is_known_is_not_put_where_it_is_read_otherwise(inputs, positives):
    """A name with a percent-encoded letter is sent where it arrives so."""
    for reserved, expected in ((False, "a%41"), (True, "sample")):
        parameter = Parameter(
            name="p", location="query", schema={"type": "string"}, required=True, style="form", explode=True, allow_reserved=reserved
        )
        operation = inputs.operation("GET /a", parameter, slots=[Slot(place="query/p", resource="/r", fields=["id"])])
        made = positives(operation, count=1, knowledge={"/r": [Instance(fields={"id": "a%41"}, made=True)]})
        assert [case.steps[-1].arguments[0].value for case in made] == [expected]


def test_what_is_wrong_is_proved_as_before(inputs, planned):
    """A list of one wrong number in a header."""
    parameter = Parameter(name="p", location="header", schema={"type": "array", "items": {"type": "integer"}, "maxItems": 2}, required=True)
    assert "maxItems" in violated(planned(inputs.operation("GET /a", parameter)))["header/p"]
