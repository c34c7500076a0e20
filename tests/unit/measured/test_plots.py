"""Pictures as data, and having them drawn by a process that may do anything."""

import contextlib
import json
import os
import pathlib
import select

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.measured import attempts, decided, history
from pipeline.measured.drawing import DrawingFailed, drawn, form_of, plotted
from pipeline.measured.plots import choices, efficiency, failures, intervals, of_history, times
from tests.scenes import routed

ROOT = pathlib.Path(__file__).parents[3]
HOSTILE = "'] + datum.x; \"</svg><script>alert(1)</script>"
KEYS_OF_CODE = {"expr", "signal", "calculate", "labelExpr", "url", "href", "update", "test"}


def rows(names=("slow", "quick"), jobs=80, agent=routed.AGENT):
    means = dict(zip(names, (60.0, 20.0), strict=True))
    decisions = [decided(one) for one in routed.decided(jobs=jobs, means_ms=means, agent=agent)[0]]
    return history(decisions), attempts(decisions)


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


def without_data(value):
    if isinstance(value, dict):
        return {key: without_data(item) for key, item in value.items() if key != "data"}
    return [without_data(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def drawing_by(tmp_path, monkeypatch):
    """Puts a module in the place of what draws."""

    def put(text: str) -> None:
        (tmp_path / "vl_convert.py").write_text(text)
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")

    return put


def test_each_picture_stands_alone_with_its_rows_inside():
    """A specification with schema, title, and inline data; nothing that leads elsewhere."""
    slices, tried = rows()
    for one in (efficiency(slices), times(slices), choices(slices), failures(slices), intervals(tried)):
        assert one["$schema"].endswith("/vega-lite/v5.json")
        assert one["title"]
        assert one["data"]["values"]
        assert "url" not in one["data"]
    assert msgspec.json.decode(msgspec.json.encode(of_history("x", slices, tried)))["title"]["text"] == "Routing of x"


def test_axes_have_units_and_times_are_logarithmic():
    """Milliseconds and answers by millisecond on logarithmic axes, shares in per cent."""
    slices, tried = rows()
    y = efficiency(slices)["encoding"]["y"]
    assert (y["title"], y["scale"]["type"]) == ("answers per millisecond", "log")
    assert times(slices)["encoding"]["y"]["title"] == "median time (ms)"
    assert choices(slices)["encoding"]["y"]["axis"]["format"] == "%"
    assert intervals(tried)["spec"]["layer"][1]["encoding"]["y"]["scale"]["type"] == "log"


def test_an_arm_keeps_its_colour_and_its_shape_in_every_picture():
    """By its name, from colours that are told apart with any colour vision; a second sign says the same."""
    slices, _ = rows()
    colours = [one(slices)["encoding"]["color"]["scale"] for one in (efficiency, times, choices)]
    assert colours[0] == colours[1] == colours[2]
    assert dict(zip(colours[0]["domain"], colours[0]["range"], strict=True)) == {"quick": "#0072B2", "slow": "#E69F00"}
    assert efficiency(slices)["encoding"]["shape"]["scale"]["range"] == ["circle", "square"]


def test_what_comes_from_outside_is_data_and_no_code():
    """No key of a specification that Vega-Lite would execute or fetch is there; hostile names are texts in data, domains and the title."""
    slices, tried = rows((HOSTILE, "quick"), agent=HOSTILE)
    spec = of_history(HOSTILE, slices, tried)
    keys = {key for part in walk(spec) if isinstance(part, dict) for key in part}
    assert not keys & KEYS_OF_CODE
    settings = [part for part in walk(without_data(spec)) if isinstance(part, dict)]
    assert {key for part in settings for key, item in part.items() if isinstance(item, str) and HOSTILE in item} == {"text"}
    assert {key for part in settings for key, item in part.items() if isinstance(item, list) and HOSTILE in item} == {"domain", "sort"}


def test_pictures_without_rows_are_left_out():
    """A history without a prediction has no picture of predictions, one without jobs has none at all."""
    slices, _ = rows(jobs=3)
    assert len(of_history("x", slices, [])["vconcat"]) < len(of_history("x", *rows())["vconcat"])
    assert of_history("x", [], [])["vconcat"] == []


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_real_picture_is_drawn(form, tmp_path, monkeypatch):
    """Of hostile names too: they stand in the SVG as text."""
    pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    file = tmp_path / f"h.{form}"
    plotted(of_history(HOSTILE, *rows((HOSTILE, "quick"), agent=HOSTILE)), str(file))
    content = file.read_bytes()
    assert len(content) > 5_000
    if form == "svg":
        assert b"<script" not in content
        assert b"&lt;script&gt;" in content
        assert b"answers per millisecond" in content


def test_without_the_extra_one_sentence_says_what_to_install(drawing_by):
    """And the specification is to be had without it."""
    drawing_by("raise ImportError('no such module')")
    with pytest.raises(UsageError, match=r"pip install 'sentinel-pipeline\[plots\]'; FILE.json"):
        drawn(b"{}", "png")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("import os; os.abort()", "ended by signal 6"),
        ("def vegalite_to_png(*_, **__): raise ValueError('not a chart')", r"status 1 \(ValueError: not a chart\)"),
        ("def vegalite_to_png(*_, **__): return b'no picture'", "status 0"),
    ],
)
def test_a_drawing_that_fails_is_one_sentence(drawing_by, module, words):
    """Crashed, refused, or no picture at all."""
    drawing_by(module)
    with pytest.raises(DrawingFailed, match=words) as failed:
        drawn(b"{}", "png")
    assert "\n" not in str(failed.value)


def test_a_drawing_that_hangs_is_ended(drawing_by, tmp_path):
    """Within its bound, with its children: nobody holds the pipe any more that both had."""
    os.mkfifo(tmp_path / "held")
    reading = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    drawing_by(
        f"import subprocess, time\n"
        f"held = open({str(tmp_path / 'held')!r}, 'wb', buffering=0)\n"
        f"child = subprocess.Popen(['sleep', '600'], stdout=held)\n"
        f"held.write(b'both')\n"
        f"time.sleep(600)\n"
    )
    try:
        with pytest.raises(DrawingFailed, match="not drawn within 5 s"):
            drawn(b"{}", "svg", within_s=5)
        assert os.read(reading, 100) == b"both"
        assert select.select([reading], [], [], 10)[0]
        assert os.read(reading, 100) == b""
    finally:
        os.close(reading)


def test_the_specification_is_written_without_drawing(tmp_path, drawing_by):
    """To FILE.json and FILE.vl.json, whole."""
    drawing_by("raise ImportError")
    for name in ("h.json", "h.vl.json"):
        plotted(of_history("x", *rows()), str(tmp_path / name))
        assert json.loads((tmp_path / name).read_text())["title"]["text"] == "Routing of x"


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    """A full disk, a folder that is not there; what stood there before stands."""
    spec = of_history("x", *rows())
    full = tmp_path / "full.json"
    full.symlink_to("/dev/full")
    with pytest.raises(UsageError, match=r"full\.json cannot be written: No space left on device"):
        plotted(spec, str(full))
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        plotted(spec, str(tmp_path / "nowhere" / "h.json"))


@pytest.mark.parametrize("name", ["h.pdf", "h", "png", "h.png.txt"])
def test_other_forms_are_refused_before_anything_is_read(name):
    """With those that there are."""
    with pytest.raises(UsageError, match=r"FILE.png, FILE.svg, or FILE.json"):
        form_of(name)


def test_drawing_imports_nothing_of_the_current_folder(tmp_path, monkeypatch):
    """A file that happens to lie there and is named like what draws is not executed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "vl_convert.py").write_text("import pathlib; pathlib.Path('executed').touch()")
    with contextlib.suppress(UsageError, DrawingFailed):
        drawn(b"{}", "png")
    assert not (tmp_path / "executed").exists()
