"""What holds for the store on PostgreSQL alone: what it refuses, connections that break, races between processes."""

from __future__ import annotations

import errno
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Never

import psycopg
import pytest

from personalization.arrivals import Answer, Arrival, Outcome
from personalization.stores.base import Store, StoreRefused, StoreUnavailable
from personalization.stores.locations import store_at
from personalization.stores.postgresql import PostgresqlStore
from personalization.stores.postgresql_records import PostgresqlRecords
from tests.personalization.stores.arrivals import arrival, preferences, views
from tests.personalization.stores.places import Place, backends, server_connection

pytestmark = pytest.mark.postgresql

NOWHERE = "postgres://anna:hunter2@127.0.0.1:1/events"


@pytest.fixture
def store(postgresql: Place) -> Iterator[Store]:
    store = postgresql.store()
    store.open()
    yield store
    store.close()


@pytest.fixture
def admin(postgresql: Place) -> Iterator[psycopg.Connection[Any]]:
    with server_connection(postgresql.url) as db:
        db.execute("SET search_path = personalization")
        yield db


def stop_all(admin: psycopg.Connection[Any]) -> int:
    """End every other connection, as a stopping server does."""
    stopped = backends(admin)
    for pid in stopped:
        admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
    return len(stopped)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_store_at__server_url__is_a_store_there_that_shows_no_password(scheme: str) -> None:
    store = store_at(f"{scheme}://anna:hunter2@db.example.com:5432/events?sslmode=require")
    assert isinstance(store, PostgresqlStore)
    assert "hunter2" not in repr(store)


def test_open__commits_would_not_wait_for_the_disk__is_refused(postgresql: Place) -> None:
    with pytest.raises(StoreRefused, match=r"would not survive a crash.* synchronous_commit off"):
        store_at(f"{postgresql.url}?options=-csynchronous_commit%3Doff").open()
    assert postgresql.rows("SELECT to_regclass('personalization.events')") == [(None,)]


def test_open__written_by_a_later_release__is_refused(store: Store, admin: psycopg.Connection[Any]) -> None:
    admin.execute("UPDATE schema_version SET version = 99")
    store.close()
    with pytest.raises(StoreRefused, match="later release"):
        store.open()


def test_open__several_at_once__one_makes_the_tables(postgresql: Place) -> None:
    stores = [postgresql.store() for _ in range(6)]
    in_threads([store.open for store in stores])
    for store in stores:
        store.close()
    assert postgresql.rows("SELECT version FROM schema_version") == [(1,)]


def test_open__no_server__is_unavailable_and_says_no_password() -> None:
    for act in (store_at(NOWHERE).open, lambda: store_at(NOWHERE).commit([arrival(1)])):
        with pytest.raises(StoreUnavailable, match="refused") as caught:
            act()
        assert "hunter2" not in str(caught.value)


def test_connection_ended_while_idle__next_group_is_stored_all_the_same(
    postgresql: Place, store: Store, admin: psycopg.Connection[Any]
) -> None:
    store.commit([arrival(1, some_key="a")])
    assert stop_all(admin) == 1
    assert preferences(store.commit([arrival(2)])[0]) == "a"
    assert postgresql.count("events") == 2


def test_connection_ended_during_a_group__is_unavailable_then_serves_again(
    postgresql: Place, store: Store, admin: psycopg.Connection[Any]
) -> None:
    store.commit([arrival(1, given=True)])
    with server_connection(postgresql.url) as blocking:
        blocking.execute("BEGIN; LOCK TABLE personalization.events IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(store.commit, [arrival(2)])
            wait_for_lock(admin)
            stop_all(admin)
            with pytest.raises(StoreUnavailable):
                outcome.result(20)
    assert len(store.commit([arrival(2)])) == 1
    assert views(postgresql.profiles()["202"]) == 2


def test_profile_merged_while_it_was_waited_for__event_goes_to_the_winner(
    postgresql: Place, store: Store, admin: psycopg.Connection[Any]
) -> None:
    store.commit([arrival(1, td_client_id="a"), arrival(2, td_client_id=None, mail="m")])
    winner, loser = (row[0] for row in postgresql.rows("SELECT id FROM profiles ORDER BY id"))
    admin.execute("BEGIN")
    admin.execute("UPDATE profiles SET merged_into = %s, body = NULL WHERE id = %s", (winner, loser))
    united = '{"k":{"td_client_id":[["a",1]],"mail":[["m",1]]},"s":{}}'
    admin.execute("UPDATE profiles SET body = %s WHERE id = %s", (united, winner))
    admin.execute("UPDATE profile_keys SET profile = %s WHERE profile = %s", (winner, loser))
    with ThreadPoolExecutor(1) as pool, server_connection(postgresql.url) as watching:
        outcome = pool.submit(store.commit, [arrival(3, td_client_id=None, mail="m")])
        wait_for_lock(watching)
        admin.execute("COMMIT")
        assert isinstance(outcome.result(20)[0], Answer)
    assert postgresql.rows("SELECT profile FROM events ORDER BY id DESC LIMIT 1") == [(winner,)]


def wait_for_lock(db: psycopg.Connection[Any]) -> None:
    """Return when somebody in this database waits for a lock."""
    for _ in range(20_000):
        waiting = db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        if waiting != (0,):
            return
    raise AssertionError("nobody waits for a lock")


def in_threads(jobs: Sequence[Callable[[], object]]) -> None:
    """Run all at once; the first problem is raised."""
    together = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        together.wait(30)
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(60)


def committing(place: Place, groups: Sequence[Sequence[Arrival]]) -> Callable[[], None]:
    """What one process does: commit these groups, one after the other."""

    def run() -> None:
        store = place.store()
        store.open()
        for group in groups:
            outcomes = store.commit(group)
            assert all(isinstance(outcome, Answer) for outcome in outcomes)
        store.close()

    return run


def test_race__four_processes_one_profile__counts_exactly(postgresql: Place) -> None:
    jobs = [
        committing(postgresql, [[arrival(1000 * process + 10 * n + i) for i in range(4)] for n in range(25)])
        for process in range(4)
    ]
    in_threads(jobs)
    assert postgresql.count("events") == 400
    assert views(postgresql.profiles()["202"]) == 400
    assert postgresql.count("profiles") == 1


def test_race__same_events_from_four_processes__each_counts_once(postgresql: Place) -> None:
    def groups(process: int) -> list[list[Arrival]]:
        events = [arrival(number, given=True, td_client_id=f"v{number % 7}") for number in range(60)]
        random.Random(process).shuffle(events)
        return [events[start : start + 6] for start in range(0, 60, 6)]

    in_threads([committing(postgresql, groups(process)) for process in range(4)])
    assert postgresql.count("events") == 60
    assert sum(map(views, postgresql.profiles().values())) == 60


def test_race__merging_from_four_processes__everybody_is_one_person_and_every_event_counts(postgresql: Place) -> None:
    def groups(process: int) -> list[list[Arrival]]:
        chance = random.Random(process)
        pairs = [(f"v{chance.randrange(12)}", f"m{chance.randrange(12)}") for _ in range(60)]
        return [
            [arrival(1000 * process + number, td_client_id=visitor, mail=mail)]
            for number, (visitor, mail) in enumerate(pairs)
        ]

    in_threads([committing(postgresql, groups(process)) for process in range(4)])
    assert sum(map(views, postgresql.profiles().values())) == postgresql.count("events") == 240
    keys = dict(postgresql.rows("SELECT key, profile FROM profile_keys"))
    bodies = postgresql.rows("SELECT id, body FROM profiles WHERE merged_into IS NULL")
    assert set(keys.values()) == {number for number, _ in bodies}
    assert postgresql.count("identity_log") == postgresql.count("profiles") - len(bodies)


def test_server_stops_again_and_again__nothing_acknowledged_is_lost_or_counts_twice(
    postgresql: Place, admin: psycopg.Connection[Any]
) -> None:
    refused, acknowledged = [], threading.Semaphore(0)

    def sending(process: int) -> Callable[[], None]:
        def run() -> None:
            store = postgresql.store()
            for n in range(60):
                group = [arrival(1000 * process + 4 * n + i, given=True, td_client_id=f"v{i}") for i in range(4)]
                while not is_acknowledged(store, group):
                    refused.append(process)
                acknowledged.release()
            store.close()

        return run

    def stopping() -> None:
        for _ in range(17):
            for _ in range(10):
                assert acknowledged.acquire(timeout=30)
            stop_all(admin)

    in_threads([stopping, *(sending(process) for process in range(3))])
    assert refused
    assert postgresql.rows("SELECT count(*), count(DISTINCT uuid) FROM events") == [(720, 720)]
    assert {name: views(profile) for name, profile in postgresql.profiles().items()} == {f"v{i}": 180 for i in range(4)}


def is_acknowledged(store: Store, group: Sequence[Arrival]) -> bool:
    """Whether the store took it; when it is unavailable, the same events may come again."""
    try:
        outcomes: Sequence[Outcome] = store.commit(group)
    except StoreUnavailable:
        return False
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    return True


def too_many(*_: object, **__: object) -> Never:
    """What the system says to who wants another file."""
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.fixture
def no_file_left(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The process may open no more files, until `undo`."""
    monkeypatch.setattr("personalization.time_limits.os.dup", too_many)
    return monkeypatch


def test_no_file_left__commit__unavailable_and_goes_on_when_there_is(
    postgresql: Place, store: Store, no_file_left: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreUnavailable, match="Too many open files"):
        store.commit([arrival(1)])
    no_file_left.undo()
    assert postgresql.count("events") == 0
    assert isinstance(store.commit([arrival(2)])[0], Answer)


def test_no_file_left__while_it_waits_for_the_server__unavailable_and_nothing_half_stored(
    postgresql: Place, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.stores.postgresql.write", too_many)
    with pytest.raises(StoreUnavailable, match="Too many open files"):
        store.commit([arrival(1)])
    monkeypatch.undo()
    assert isinstance(store.commit([arrival(2)])[0], Answer)
    assert postgresql.count("events") == 1


def test_no_file_left__connecting__unavailable_for_the_store_and_its_records(
    postgresql: Place, store: Store, no_file_left: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    with pytest.raises(StoreUnavailable, match="Too many open files"):
        store.open()
    with monkeypatch.context() as patch:
        patch.setattr("psycopg.connect", too_many)
        with pytest.raises(StoreUnavailable, match="Too many open files"):
            PostgresqlRecords(postgresql.url).open()
    no_file_left.undo()
    store.open()
