"""The records on SQLite: what is erased is not in the file's bytes any more, and pruning leaves room for writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from personalization.stores.base import StoreUnavailable
from personalization.stores.records import Removed
from personalization.stores.sqlite import SqliteStore
from personalization.stores.sqlite_records import SqliteRecords
from tests.personalization.stores.arrivals import arrival
from tests.personalization.world import NOW

SECRET = "the-one-who-asked"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.open()
    yield store
    store.close()


@pytest.fixture
def records(path: Path, store: SqliteStore) -> Iterator[SqliteRecords]:
    records = SqliteRecords(path)
    records.open()
    yield records
    records.close()


def bytes_of(path: Path) -> bytes:
    """All files of the store."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_erase__bytes_of_the_files__hold_nothing_of_it(path: Path, store: SqliteStore, records: SqliteRecords) -> None:
    """Also of what stood in a profile before, or was longer once."""
    for number, text in enumerate(("a" * 3000, "b", "c" * 4000, "d" * 10, "e" * 1500)):
        store.commit([arrival(number, td_client_id=SECRET, mail=f"{SECRET}-{number}", some_key=SECRET + text)])
        store.commit(
            [arrival(100 + number, td_client_id="other"), arrival(number, table="logged", td_client_id=SECRET)]
        )
    assert SECRET.encode() in bytes_of(path)
    assert records.erase("1/8", ("td_client_id", SECRET)) == Removed(profiles=1, events=10)
    assert SECRET.encode() not in bytes_of(path)


def test_purge__bytes_of_the_files__hold_nothing_of_it(path: Path, store: SqliteStore, records: SqliteRecords) -> None:
    store.commit([arrival(number, td_client_id=f"{SECRET}{number}", some_key=SECRET) for number in range(20)])
    store.commit([arrival(number, now=NOW + 10, td_client_id=f"v{number}") for number in range(1000, 1010)])
    removed = sum((*records.purge_log(NOW + 1), *records.purge_profiles(NOW + 1)), Removed())
    assert removed == Removed(profiles=20, events=20)
    statement(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() not in bytes_of(path)


def test_erase__among_many_that_moved_between_pages__nothing_after_a_vacuum(
    path: Path, store: SqliteStore, records: SqliteRecords
) -> None:
    random = Random(7)
    for number in range(0, 3000, 20):
        others = [
            arrival(number + n, td_client_id=f"v{random.randrange(400)}", some_key="k" * random.randrange(300))
            for n in range(19)
        ]
        theirs = arrival(
            number + 19, td_client_id=SECRET, mail=f"{SECRET}-{number % 50}", some_key=f"{SECRET} {number}"
        )
        store.commit([*others[:9], theirs, *others[9:]])
    assert records.erase("1/8", ("td_client_id", SECRET)) == Removed(profiles=1, events=150)
    for each in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        statement(path, each)
    assert SECRET.encode() not in bytes_of(path)
    assert statement(path, "PRAGMA integrity_check") == ("ok",)
    store.commit([arrival(5000, td_client_id=SECRET)])


def statement(path: Path, sql: str) -> object:
    """What another connection says to it."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchone()


def test_erase__somebody_reads_the_file_for_long__unavailable_and_done_the_next_time(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.stores.sqlite_records._BUSY_TIMEOUT", 0.05)
    store.commit([arrival(1, td_client_id=SECRET)])
    records = SqliteRecords(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        with pytest.raises(StoreUnavailable, match="write-ahead log"):
            records.erase("1/8", ("td_client_id", SECRET))
    assert records.erase("1/8", ("td_client_id", SECRET)) == Removed()
    records.close()
    assert SECRET.encode() not in bytes_of(path)


def test_batches__hold_no_lock_between_them(store: SqliteStore, records: SqliteRecords) -> None:
    store.commit([arrival(number, td_client_id=f"v{number}") for number in range(600)])
    numbers = iter(range(10_000, 20_000))
    for purge in (records.purge_log, records.purge_profiles):
        for _ in purge(NOW + 1):
            store.commit([arrival(next(numbers), now=NOW + 5, td_client_id="young")])
    assert next(numbers) >= 10_006


def test_find__no_such_directory__unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        SqliteRecords(Path("/proc/nowhere/events.sqlite3")).open()
