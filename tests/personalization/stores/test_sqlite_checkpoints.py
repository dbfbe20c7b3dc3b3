"""The write-ahead log of the SQLite store: copied into the file beside the commits, and never longer than its bound."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from personalization.stores import sqlite as sqlite_store
from personalization.stores import sqlite_checkpoints
from personalization.stores.sqlite import SqliteStore
from tests.personalization.test_sqlite_store import arrival, rows

PAGE = 2048
GROUP = 50


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite3"


@pytest.fixture
def store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(sqlite_checkpoints, "_EVENTS", 4 * GROUP)
    monkeypatch.setattr(sqlite_checkpoints, "_FEW_PAGES", 5)
    store = SqliteStore(path)
    yield store
    store.close()


def commit(store: SqliteStore, groups: range) -> None:
    for group in groups:
        store.commit([arrival(GROUP * group + number, td_client_id=f"u{number}") for number in range(GROUP)])


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def events_in_file_alone(path: Path, tmp_path: Path) -> int:
    """What a copy of the file has without its log."""
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(path, copy)
    [(count,)] = rows(copy, "SELECT count(*) FROM events")
    return int(count)


def test_commit__enough_events__stand_in_the_file_while_the_store_is_open(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    commit(store, range(4))
    store._checkpoints.close()
    assert events_in_file_alone(path, tmp_path) == 4 * GROUP


def test_commit__few_events__stay_in_the_log(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    commit(store, range(3))
    store._checkpoints.close()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        events_in_file_alone(path, tmp_path)


def test_commit__many_groups__log_begins_anew_again_and_again(store: SqliteStore, path: Path) -> None:
    commit(store, range(4))
    store._checkpoints._thread.join()  # type: ignore[union-attr]
    size = log_of(path).stat().st_size
    for group in range(4, 100):
        commit(store, range(group, group + 1))
        if store._checkpoints._thread is not None:
            store._checkpoints._thread.join()
    assert log_of(path).stat().st_size < 2 * size
    assert rows(path, "SELECT count(*) FROM events") == [(100 * GROUP,)]


def test_commit__checkpoints_cannot_keep_up__log_has_a_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_store, "LOG_PAGES", 100)
    store = SqliteStore(path)
    commit(store, range(200))
    assert log_of(path).stat().st_size < 300 * PAGE
    store.close()
    assert rows(path, "SELECT count(*) FROM events") == [(200 * GROUP,)]


def test_commit__somebody_reads_for_long__is_not_kept_waiting_and_copied_later(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    commit(store, range(1))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (GROUP,)
    commit(store, range(1, 9))
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (GROUP,)
    store._checkpoints.close()
    reader.close()
    commit(store, range(9, 14))
    store._checkpoints.close()
    assert events_in_file_alone(path, tmp_path) >= 9 * GROUP


def test_commit__two_stores_on_one_file__both_copy_and_nothing_is_lost(store: SqliteStore, path: Path) -> None:
    other = SqliteStore(path)
    for group in range(40):
        commit(other if group % 2 else store, range(group, group + 1))
    other.close()
    store.close()
    assert not log_of(path).exists()
    assert rows(path, "SELECT count(*), count(DISTINCT uuid) FROM events") == [(40 * GROUP, 40 * GROUP)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_close__while_the_log_is_copied__waits_for_it(store: SqliteStore, path: Path) -> None:
    commit(store, range(4))
    assert store._checkpoints._thread is not None
    store.close()
    assert store._checkpoints._thread is None
    assert not log_of(path).exists()
    assert rows(path, "SELECT count(*) FROM events") == [(4 * GROUP,)]


def test_commit__file_cannot_be_opened_a_second_time__goes_on_and_says_so(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    commit(store, range(1))
    monkeypatch.setattr(store._checkpoints, "_path", path.parent / "away" / "events.sqlite3")
    with caplog.at_level(logging.WARNING):
        commit(store, range(1, 20))
        store._checkpoints.close()
    assert "could not be copied into the file: unable to open" in caplog.text
    assert rows(path, "SELECT count(*) FROM events") == [(20 * GROUP,)]
