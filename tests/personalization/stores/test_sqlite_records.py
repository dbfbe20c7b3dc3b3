"""The records on SQLite: what is erased is not in the file's bytes any more, and pruning leaves room for writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from personalization.stores import sqlite_records
from personalization.stores.base import StoreUnavailable
from personalization.stores.person import Person
from personalization.stores.records import Removed
from personalization.stores.sqlite import SqliteStore
from personalization.stores.sqlite_records import SqliteRecords
from tests.personalization.stores.arrivals import arrival
from tests.personalization.world import NOW

SECRET = "the-one-who-asked"
VISITOR = ("td_client_id", "202")


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
    for limit in ("_BUSY_TIMEOUT", "_EMPTYING_SECONDS"):
        monkeypatch.setattr(sqlite_records, limit, 0.05)
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


# What comes in between two transactions of an erasure. The newest events being removed, their ids come again.

Between = Callable[[Callable[[], object]], None]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Have something happen once, right after the erasure has removed events and let go of the lock."""

    whole = sqlite_records.transaction

    def arrange(happen: Callable[[], object]) -> None:
        left = [happen]

        @contextmanager
        def transaction(db: sqlite3.Connection) -> Iterator[None]:
            before = db.total_changes
            with whole(db):
                yield
            if left and db.total_changes > before:
                left.pop()()

        monkeypatch.setattr(sqlite_records, "transaction", transaction)

    return arrange


def left_of(path: Path, visitor: str) -> int:
    """How many of the logged events name a visitor."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM events WHERE instr(body, ?)", (f'"{visitor}"',)).fetchone()[0])


def test_erase__an_event_of_theirs_comes_after_the_newest_went__is_removed_too(
    path: Path, store: SqliteStore, records: SqliteRecords, between: Between
) -> None:
    store.commit([arrival(1, td_client_id="other"), *(arrival(number) for number in range(2, 6))])
    between(lambda: store.commit([arrival(100)]))
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=5)
    assert (left_of(path, "202"), left_of(path, "other")) == (0, 1)


def test_erase__somebody_elses_event_takes_an_id_again__stays(
    path: Path, store: SqliteStore, records: SqliteRecords, between: Between
) -> None:
    """Another process erases the same person meanwhile, and so makes the ids free that this one is about to remove."""
    store.commit([arrival(1, td_client_id="other"), *(arrival(number) for number in range(2, 250))])

    def happen() -> None:
        other = SqliteRecords(path)
        assert other.erase("1/8", VISITOR).events
        other.close()
        store.commit([arrival(number, td_client_id="other") for number in range(1000, 1200)])
        store.commit([arrival(2000)])

    between(happen)
    with pytest.raises(StoreUnavailable, match="try again"):
        records.erase("1/8", VISITOR)
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)
    assert (left_of(path, "202"), left_of(path, "other")) == (0, 201)


def test_erase_events__somebody_elses_event_takes_an_id_again__stays(
    path: Path, store: SqliteStore, records: SqliteRecords, between: Between
) -> None:
    store.commit([arrival(1, td_client_id="other"), *(arrival(number) for number in range(2, 250))])
    person = Person("1/8", frozenset({VISITOR}))

    def happen() -> None:
        other = SqliteRecords(path)
        assert list(other.erase_events_of(person))
        other.close()
        store.commit([arrival(number, td_client_id="other") for number in range(1000, 1200)])

    between(happen)
    with pytest.raises(StoreUnavailable, match="try again"):
        list(records.erase_events_of(person))
    assert sum(map(len, records.erase_events_of(person))) == 0
    assert (left_of(path, "202"), left_of(path, "other")) == (0, 201)


def test_erase__the_whole_log_is_purged_meanwhile__what_comes_then_is_removed(
    path: Path, store: SqliteStore, records: SqliteRecords, between: Between
) -> None:
    store.commit([arrival(number) for number in range(1, 6)])

    def happen() -> None:
        other = SqliteRecords(path)
        assert sum(other.purge_log(NOW + 1), Removed()) == Removed(events=1)
        other.close()
        store.commit([arrival(100, now=NOW + 1)])

    between(happen)
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=5)
    assert left_of(path, "202") == 0


def test_purge__another_purge_is_faster__what_took_the_ids_again_stays(
    path: Path, store: SqliteStore, records: SqliteRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([arrival(1, td_client_id="a"), arrival(2, td_client_id=None, mail="m")])
    store.commit([arrival(3, td_client_id="a", mail="m")])
    numbers, listed = iter(range(1)), sqlite_records._listed

    def happen(ids: Sequence[int]) -> str:
        if next(numbers, None) is not None:
            other = SqliteRecords(path)
            assert sum(other.purge_log(NOW + 1), Removed()).merges == 1
            other.close()
            store.commit(
                [arrival(4, now=NOW + 5, td_client_id="b"), arrival(5, now=NOW + 5, td_client_id=None, mail="n")]
            )
            store.commit([arrival(6, now=NOW + 5, td_client_id="b", mail="n")])
        return listed(ids)

    monkeypatch.setattr(sqlite_records, "_listed", happen)
    assert sum(records.purge_log(NOW + 1), Removed()).merges == 0
    assert statement(path, "SELECT count(*) FROM identity_log") == (1,)
