"""Whatever is wrong with a store's file is said with its path and what to do; nothing foreign is touched."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from stages.persist import PersistConfig, Store, prepare, schema

ROOT = Path(__file__).parents[3]


def _both(path, text):
    """Writer and reader refuse ``path`` with the same kind of words, the path among them."""
    before = path.read_bytes() if path.is_file() else None
    for opening in (prepare, Store):
        with pytest.raises(StoreError, match=text) as caught:
            opening(path)
        assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_new_store_is_made_with_its_folders(tmp_path):
    """And carries Sentinel's mark and the version."""
    path = tmp_path / "a" / "b" / "s.db"
    prepare(path)
    with Store(path) as store:
        assert store.runs() == []
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_an_empty_file_becomes_a_store(tmp_path):
    """As ``mktemp`` leaves one."""
    path = tmp_path / "s.db"
    path.touch()
    prepare(path)
    assert Store(path).runs() == []


def test_a_directory_and_a_device_are_refused(tmp_path):
    """Neither can hold a store."""
    _both(tmp_path, "is a directory: give the name of a file")
    _both(Path(os.devnull), "no regular file")


def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path):
    """A text, a database of another program, a broken header."""
    text = tmp_path / "notes.txt"
    text.write_text("my notes")
    _both(text, "some other file")
    foreign = tmp_path / "other.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE mine (x)")
    connection.commit()
    connection.close()
    _both(foreign, "some other program")
    marked = tmp_path / "marked.db"
    connection = sqlite3.connect(marked)
    connection.execute("PRAGMA application_id = 77")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    _both(marked, "some other program")
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    _both(broken, "corrupt")


def test_a_newer_store_is_refused(tmp_path):
    """It is not ours to guess what it means."""
    path = tmp_path / "s.db"
    prepare(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    _both(path, r"newer Sentinel \(version 99, this one knows 3\): upgrade")


def test_a_corrupt_store_is_refused(tmp_path, runs):
    """Pages in the middle overwritten: found on opening, before anything is sent."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(*[runs.verdict(n) for n in range(2_000)]), runs.ended())
    data = bytearray(path.read_bytes())
    data[8_192:-4_096] = b"\xa5" * len(data[8_192:-4_096])
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"corrupt.*\.recover"):
        prepare(path)
    with pytest.raises(StoreError, match="corrupt"):
        list(Store(path).verdicts("r1"))


def test_a_store_whose_schema_is_broken_is_refused(tmp_path, runs):
    """Bytes in a table's definition that are no UTF-8: SQLite quotes them in its message, which Python cannot decode."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.ended())
    content = path.read_bytes()
    place = content.index(b"CREATE TABLE causes")
    path.write_bytes(content[: place + 7] + b"\xff\xfe" + content[place + 9 :])
    with pytest.raises(StoreError, match="corrupt"):
        prepare(path)
    with pytest.raises(StoreError, match="corrupt"):
        Store(path).runs()


def test_a_truncated_store_is_refused(tmp_path, runs):
    """As a full disk or a bad copy leaves it."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(*[runs.verdict(n) for n in range(2_000)]), runs.ended())
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(StoreError, match="corrupt"):
        prepare(path)


def test_a_locked_store_is_refused_after_the_wait(tmp_path, runs):
    """By the stage as by ``prepare``; the other's transaction is not disturbed."""
    path = tmp_path / "s.db"
    prepare(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process holds it"):
        prepare(path, lock_wait_ms=50)
    with pytest.raises(StoreError, match="another process holds it"):
        runs.write(path, runs.started(), config=PersistConfig(lock_wait_ms=50))
    assert Store(path).runs() == []  # readers are not hindered
    other.execute("COMMIT")
    other.close()
    prepare(path)


@pytest.fixture
def folder_of_all():
    """A folder that other users can enter: those of ``tmp_path`` are the owner's alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_read_only_store_can_be_read_but_not_written(folder_of_all, runs):
    """In a folder that is read-only too, where SQLite cannot even make its side files."""
    folder = folder_of_all
    path = folder / "s.db"
    runs.write(path, runs.started(), runs.ended())
    path.chmod(0o444)
    folder.chmod(0o555)
    code = f"""
import os
from pipeline.errors import StoreError
from stages.persist import Store, prepare
if os.getuid() == 0:  # who may write anywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print([run.id for run in Store({str(path)!r}).runs()])
for name in ({str(path)!r}, {str(folder / "new.db")!r}, {str(folder / "sub" / "new.db")!r}):
    try:
        prepare(name)
    except StoreError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "['r1']"
    assert len(lines) == 4
    assert "read-only" in lines[1] or "cannot be opened" in lines[1]
    assert str(path) in lines[1]
    assert "cannot be opened" in lines[2]
    assert "its folder cannot be made" in lines[3]


def test_a_name_that_is_none_is_refused():
    """A NUL byte in a path is no traceback."""
    for opening in (prepare, Store):
        with pytest.raises(StoreError, match="no file name"):
            opening("a\0b")


def test_an_older_store_is_migrated_and_keeps_its_rows(tmp_path, runs, monkeypatch):
    """Step by step, in one transaction; a reader asks for that to be done first."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(runs.verdict(0)), runs.ended())
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE extra (x);\nINSERT INTO extra VALUES (1);\n"))
    with pytest.raises(StoreError, match="version 3 is old"):
        Store(path)
    prepare(path)
    with Store(path) as store:
        assert store.count("r1") == 1
        assert store._all("SELECT x FROM extra") == [(1,)]


def test_a_store_of_the_first_version_gets_what_came_since(tmp_path, monkeypatch):
    """Jobs recorded before count as made by arms that answer the same again; there are no products, and nothing is known of what could
    not be made."""
    path = tmp_path / "s.db"
    with monkeypatch.context() as old:
        old.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        prepare(path)
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO runs (id, target, api, keep, state, started_at) VALUES ('r1', '', '', 'findings', 'ended', 0)")
    connection.execute("INSERT INTO names VALUES (1, 'x')")
    connection.execute("INSERT INTO jobs VALUES (1, 0, 0, 1, 1, 1, '', 1, 1, 1, 1, 1, '')")
    connection.commit()
    connection.close()
    prepare(path)
    with Store(path) as store:
        assert [job.deterministic for job in store.jobs("r1")] == [True]
        assert list(store.products("r1")) == []
        assert store.not_made("r1") == []


def test_a_migration_that_fails_changes_nothing(tmp_path, runs, monkeypatch):
    """The old version stays whole."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.ended())
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE extra (x);\nINSERT INTO nowhere VALUES (1);\n"))
    with pytest.raises(StoreError, match="nowhere"):
        prepare(path)
    monkeypatch.undo()
    prepare(path)
    with Store(path) as store:
        assert store._all("SELECT name FROM sqlite_master WHERE name = 'extra'") == []
        assert len(store.runs()) == 1
