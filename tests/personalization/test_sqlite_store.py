"""The SQLite store by itself: durability settings, unavailability, retries."""

from __future__ import annotations

import sqlite3
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from personalization.arrivals import Answer, Arrival
from personalization.engine import Row
from personalization.stores import sqlite as sqlite_store
from personalization.stores.base import StoreUnavailable
from personalization.stores.locations import UnknownStore, store_at
from personalization.stores.sqlite import SqliteStore
from tests.personalization.rig import live
from tests.personalization.world import NOW

INSTANCE = live()


def arrival(number: int, **fields: Any) -> Arrival:
    """An event whose uuid is its number."""
    event = {"td_client_id": "202", "time": NOW, **fields}
    row = Row("your_database", "pageviews", event, NOW, NOW, False)
    return Arrival(INSTANCE, row, number.to_bytes(16), False, "{}", sha256(b"{}").digest())


def rows(path: Path, sql: str) -> list[Any]:
    db = sqlite3.connect(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "below" / "events.sqlite3"


@pytest.fixture
def store(path: Path) -> Any:
    store = SqliteStore(path)
    store.open()
    yield store
    store.close()


def test_open__file__is_made_for_its_owner_alone_in_wal_mode(path: Path, store: SqliteStore) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert store._connected().execute("PRAGMA synchronous").fetchone() == (2,)


def test_open__again__keeps_what_is_there(path: Path, store: SqliteStore) -> None:
    store.commit([arrival(1, some_key="a")])
    store.close()
    [answer] = store.commit([arrival(2)])
    assert isinstance(answer, Answer)
    assert answer.offers["preferences_known"]["attributes"]["preferences"] == "a"


def test_open__written_by_a_later_release__is_refused(path: Path, store: SqliteStore) -> None:
    store.close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreUnavailable, match="later release"):
        store.open()


def test_open__directory_cannot_be_made__is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        SqliteStore(tmp_path / "file" / "events.sqlite3").open()


def test_open__not_a_database__is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite3"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreUnavailable):
        SqliteStore(path).open()


def test_commit__another_process_holds_the_lock__is_unavailable_then_available_again(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "_BUSY_TIMEOUT", 0.01)
    store.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.commit([arrival(1)])
    other.execute("ROLLBACK")
    other.close()
    assert len(store.commit([arrival(1)])) == 1


def test_commit__fails_in_the_middle__stores_nothing_of_the_group(path: Path, store: SqliteStore) -> None:
    store.commit([arrival(1, some_key="a")])
    with pytest.raises(sqlite3.IntegrityError):
        store.commit([arrival(2, some_key="b"), arrival(1, some_key="c")])
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]
    assert "b" not in rows(path, "SELECT body FROM profiles")[0][0]
    assert len(store.commit([arrival(3)])) == 1


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_commit__group_of_any_size__stores_each(path: Path, store: SqliteStore, count: int) -> None:
    outcomes = store.commit([arrival(number, td_client_id=f"u{number}") for number in range(count)])
    assert len(outcomes) == count
    assert rows(path, "SELECT count(*), count(DISTINCT profile) FROM events") == [(count, count)]
    assert rows(path, "SELECT count(*) FROM profiles") == [(count,)]
    assert rows(path, "SELECT count(*) FROM profile_keys") == [(count,)]


def test_commit__two_stores_on_one_file__see_each_others_profiles(path: Path, store: SqliteStore) -> None:
    other = SqliteStore(path)
    for number in range(6):
        (store if number % 2 else other).commit([arrival(number, some_key=str(number))])
    other.close()
    [(body,)] = rows(path, "SELECT body FROM profiles")
    assert '"views/counter":[6,' in body


def test_commit__half_of_a_surrogate_pair__survives(store: SqliteStore) -> None:
    store.commit([arrival(1, some_key="\ud83d")])
    [answer] = store.commit([arrival(2, td_client_id="202")])
    assert isinstance(answer, Answer)
    assert answer.offers["preferences_known"]["attributes"]["preferences"] == "\ud83d"


@pytest.mark.parametrize("value", ['quote " in it', "back\\slash", "nul\0", "é😀", "a/b", "'; DROP TABLE events"])
def test_commit__awkward_key_value__finds_its_profile_again(path: Path, store: SqliteStore, value: str) -> None:
    for number in range(2):
        store.commit([arrival(number, td_client_id=value)])
    assert rows(path, "SELECT count(*) FROM profiles") == [(1,)]


def test_merge__stored__loser_points_to_the_winner_and_its_keys_too(path: Path, store: SqliteStore) -> None:
    store.commit([arrival(1, td_client_id="a")])
    store.commit([arrival(2, td_client_id=None, mail="m")])
    store.commit([arrival(3, td_client_id="a", mail="m")])
    assert rows(path, "SELECT id, merged_into, body IS NULL FROM profiles ORDER BY id") == [(1, None, 0), (2, 1, 1)]
    assert rows(path, "SELECT key, profile FROM profile_keys ORDER BY key") == [
        ("1/8/mail/m", 1),
        ("1/8/td_client_id/a", 1),
    ]
    assert rows(path, "SELECT instance, winner, loser, time FROM identity_log") == [("1/8", 1, 2, NOW)]


def test_activation__fired__waits_in_the_store_with_its_event(path: Path) -> None:
    text = """
keys: [td_client_id]
events: [{name: pageview, database: your_database, table: pageviews}]
activations:
  - name: tell
    event: pageview
    webhook: {url: "https://hooks.example.com/", headers: {X-A: b}, body: {client: "${PROFILE.td_client_id}"}}
"""
    store = SqliteStore(path)
    store.commit([arrival(1)._replace(live=live(text))])
    store.close()
    [stored] = rows(path, "SELECT instance, version, name, profile, uuid, created, body, headers FROM activations")
    assert stored == ("1/8", 3, "tell", 1, (1).to_bytes(16), NOW, '{"client":"202"}', '{"X-A":"b"}')


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/events.sqlite3", "/var/lib/events.sqlite3"),
        ("sqlite:///events.sqlite3", "events.sqlite3"),
        ("sqlite:////with%20space/x", "/with space/x"),
    ],
)
def test_store_at__sqlite_url__is_that_file(url: str, path: str) -> None:
    store = store_at(url)
    assert isinstance(store, SqliteStore)
    assert store._path == Path(path)


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///", "sqlite://host/x", "postgres://x", "mysql://x/y", "/var/events", "redis://"]
)
def test_store_at__anything_else__says_what_can_be_named(url: str) -> None:
    with pytest.raises(UnknownStore, match="EVENT_STORE must have the form"):
        store_at(url)
