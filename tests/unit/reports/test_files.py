"""Reports reach their file whole or not at all."""

import json
import os
import stat

import pytest

from pipeline.errors import UsageError
from pipeline.reports import FORMATS, check_writable, files, write_report
from stages.persist import Store


@pytest.fixture
def store(store_path):
    with Store(store_path) as opened:
        yield opened


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def _names(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_written_to_a_file_and_to_standard_output(out, store, capfdbinary, name):
    """The same bytes."""
    path = out / "report"
    write_report(name, str(path), store, "r1")
    capfdbinary.readouterr()
    write_report(name, "-", store)
    assert path.read_bytes() == capfdbinary.readouterr().out
    assert _names(out) == ["report"]
    assert b"6ab9f1eb8f7d" in path.read_bytes()


def test_a_new_report_has_the_rights_of_any_new_file_and_keeps_those_it_had(tmp_path, store):
    """A build server of another user may read it."""
    mask = os.umask(0o022)
    try:
        path = tmp_path / "report"
        write_report("text", str(path), store)
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        path.chmod(0o600)
        write_report("text", str(path), store)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(mask)


def test_a_report_that_fails_leaves_the_old_one(out, store, monkeypatch):
    """And nothing half-written beside it."""
    path = out / "report"
    path.write_text("old")

    def broken(told):
        yield "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(files.FORMATS, "text", broken)
    with pytest.raises(UsageError, match="No space left on device"):
        write_report("text", str(path), store)
    assert path.read_text() == "old"
    assert _names(out) == ["report"]


def test_through_a_link_the_named_file_is_replaced(tmp_path, store):
    """The link stays a link."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "folder" / "report")
    write_report("ndjson", str(link), store)
    assert link.is_symlink()
    assert json.loads((tmp_path / "folder" / "report").read_text().splitlines()[0])["id"] == "r1"


def test_a_device_is_written_to_as_it_is(store):
    """It cannot be replaced."""
    write_report("text", os.devnull, store)
    check_writable(os.devnull)


@pytest.mark.parametrize("path", ["no/such/folder/report", ".", "a\0b"])
def test_a_path_that_cannot_be_is_a_usage_error_before_and_after(tmp_path, store, monkeypatch, path):
    """``check_writable`` finds out before a run is made for nothing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot be written"):
        check_writable(path)
    with pytest.raises(UsageError, match="cannot be written"):
        write_report("text", path, store)


def test_an_unknown_format_and_an_unknown_run_are_usage_errors(store):
    """The text names the choices."""
    with pytest.raises(UsageError, match="ndjson, junit, text"):
        write_report("html", "-", store)
    with pytest.raises(UsageError, match="there is no run"):
        write_report("text", "-", store, "nowhere")


def test_a_path_that_can_be_written_passes_and_leaves_no_trace(out):
    """A new file, an existing one, standard output."""
    (out / "old").write_text("x")
    for path in (str(out / "new"), str(out / "old"), "-"):
        check_writable(path)
    assert _names(out) == ["old"]
