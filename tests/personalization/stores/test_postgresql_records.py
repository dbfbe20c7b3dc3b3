"""The records on PostgreSQL: what others have begun to write is waited for, and the server cleans up."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from personalization.stores.base import Store, StoreUnavailable
from personalization.stores.postgresql_records import PostgresqlRecords
from personalization.stores.records import Removed
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place, server_connection
from tests.personalization.world import NOW

pytestmark = pytest.mark.postgresql
VISITOR = ("td_client_id", "202")
LOG = """
    INSERT INTO personalization.events (stream, time, received, uuid, public, digest, body)
    VALUES (1, 1, 1, gen_random_uuid(), false, '', '{"td_client_id": "202"}')
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_locks%'"


@pytest.fixture
def store(postgresql: Place) -> Iterator[Store]:
    store = postgresql.store()
    store.open()
    yield store
    store.close()


@pytest.fixture
def records(postgresql: Place, store: Store) -> Iterator[PostgresqlRecords]:
    records = PostgresqlRecords(postgresql.url)
    records.open()
    yield records
    records.close()


def test_erase__an_event_of_theirs_is_being_written__is_waited_for(
    postgresql: Place, store: Store, records: PostgresqlRecords
) -> None:
    store.commit([arrival(1)])
    with server_connection(postgresql.url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN")
        other.execute(LOG)
        store.commit([arrival(2)])  # whose id is higher, and which is there before
        erasing = pool.submit(records.erase, "1/8", VISITOR)
        _until_it_waits(postgresql)
        other.execute("COMMIT")
        assert erasing.result(30) == Removed(profiles=1, events=3)
    assert postgresql.count("events") == 0


def _until_it_waits(postgresql: Place) -> None:
    with server_connection(postgresql.url) as db:
        for _ in range(100_000):
            row = db.execute(WAITING + " AND pid <> pg_backend_pid()").fetchone()
            if row and row[0]:
                return
    raise AssertionError("the erasure never waited")


def test_erase__a_transaction_stays_open__unavailable_and_nothing_lost(
    postgresql: Place, store: Store, records: PostgresqlRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.stores.postgresql_records._OTHERS", 0.05)
    store.commit([arrival(1)])
    with server_connection(postgresql.url) as other:
        other.execute("BEGIN")
        other.execute(LOG)
        with pytest.raises(StoreUnavailable, match="stays open"):
            records.erase("1/8", VISITOR)
        other.execute("ROLLBACK")
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)


def test_erase__a_transaction_that_logs_nothing_stays_open__is_not_waited_for(
    postgresql: Place, store: Store, records: PostgresqlRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.stores.postgresql_records._OTHERS", 0.0)
    store.commit([arrival(1)])
    with server_connection(postgresql.url) as other:
        other.execute("BEGIN")
        other.execute("SELECT pg_current_xact_id(), count(*) FROM personalization.events")
        assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)
        other.execute("ROLLBACK")


def test_erase__another_process_has_the_profile__waits_for_it(
    postgresql: Place, store: Store, records: PostgresqlRecords
) -> None:
    store.commit([arrival(1), arrival(2, td_client_id="b")])
    with server_connection(postgresql.url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN")
        other.execute("SELECT id FROM personalization.profiles FOR UPDATE")
        erasing = pool.submit(records.erase, "1/8", VISITOR)
        other.execute("COMMIT")
        assert erasing.result(30) == Removed(profiles=1, events=1)


def test_purge_profiles__one_that_is_being_changed__is_left_alone(
    postgresql: Place, store: Store, records: PostgresqlRecords
) -> None:
    store.commit([arrival(1), arrival(2, td_client_id="b")])
    with server_connection(postgresql.url) as other:
        other.execute("BEGIN")
        other.execute("SELECT id FROM personalization.profiles WHERE body LIKE '%202%' FOR UPDATE")
        assert sum(records.purge_profiles(NOW + 1), Removed()) == Removed(profiles=1)
        other.execute("ROLLBACK")
    assert records.find("1/8", VISITOR) is not None


def test_connection__lost_in_between__unavailable_and_then_there_again(
    postgresql: Place, store: Store, records: PostgresqlRecords
) -> None:
    store.commit([arrival(1)])
    with server_connection(postgresql.url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StoreUnavailable):
        records.find("1/8", VISITOR)
    assert records.find("1/8", VISITOR) is not None


def test_erase__tables__are_vacuumed(postgresql: Place, store: Store, records: PostgresqlRecords) -> None:
    store.commit([arrival(number, td_client_id="202") for number in range(500)])
    records.erase("1/8", VISITOR)
    with server_connection(postgresql.url) as db:
        pages = "SELECT relname FROM pg_class WHERE relname IN ('events', 'profile_keys') AND relallvisible < relpages"
        assert db.execute(pages).fetchall() == []


def test_open__no_server__unavailable_without_the_password() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        PostgresqlRecords("postgres://anna:hunter2@127.0.0.1:1/nowhere").open()
    assert "hunter2" not in str(caught.value)
    assert isinstance(caught.value.__cause__, psycopg.OperationalError)
