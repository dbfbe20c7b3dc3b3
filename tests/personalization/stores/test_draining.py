"""Events leave the log of a Redis store for the warehouse: all of them, once, whatever ends in between."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from personalization.draining import drain, drain_all
from personalization.stores.base import StoreRefused, StoreUnavailable
from personalization.warehouse import warehouse_at
from tests.commands.processes import environment, manage
from tests.personalization.server_process import ROOT
from tests.personalization.stores.arrivals import arrival, views
from tests.personalization.stores.moving import log_of, wanted
from tests.personalization.stores.places import Place
from tests.personalization.stores.racing import in_threads
from tests.personalization.stores.redis_places import forget_uuids
from tests.personalization.stores.redis_servers import until
from tests.personalization.world import NOW

pytestmark = pytest.mark.redis

ROWS = """
    SELECT instance, "database", "table", uuid, time, received, public, profile IS NULL, digest, body
    FROM events JOIN streams ON streams.id = stream ORDER BY uuid
"""


@pytest.fixture
def warehouse(sql_place: Place) -> Place:
    """An empty warehouse of each kind."""
    return sql_place


@pytest.fixture
def sqlite_warehouse(tmp_path: Path) -> Place:
    return Place(f"sqlite:///{tmp_path}/warehouse.sqlite3")


@pytest.fixture
def cluster(redis_cluster: Place) -> Place:
    """An empty store on the cluster."""
    return redis_cluster


def commit(place: Place, numbers: range, **fields: Any) -> None:
    store = place.store()
    store.commit([arrival(number, td_client_id=f"v{number % 5}", **fields) for number in numbers])
    store.commit([arrival(1000 + numbers.start, table="orders")])
    store.close()


def settings(place: Place, warehouse: Place, directory: Path) -> dict[str, str]:
    return environment(
        DEBUG="true",
        SECRET_KEY="only-for-tests",
        DATA_DIR=str(directory),
        DATABASE_URL=f"sqlite:///{directory}/control.sqlite3",
        EVENT_STORE=place.url,
        EVENT_WAREHOUSE=warehouse.url,
    )


def test_drain__once__moves_every_event_as_it_was_and_keeps_profiles(
    redis_place: Place, warehouse: Place, tmp_path: Path
) -> None:
    commit(redis_place, range(60), some_key="é\0")
    before = redis_place.rows(ROWS)
    for expected in (b"moved 61\n", b"moved 0\n"):
        ran = manage("drain_events", "--once", env=settings(redis_place, warehouse, tmp_path))
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, expected, b"")
    assert [tuple(map(plain, row)) for row in warehouse.rows(ROWS)] == before
    assert redis_place.count("events") == 0
    assert sum(map(views, redis_place.profiles().values())) == 60


def plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def test_drain__more_than_a_batch__moves_all(cluster: Place, sqlite_warehouse: Place) -> None:
    for start in range(0, 600, 200):
        store = cluster.store()
        store.commit([arrival(number) for number in range(start, start + 200)])
        store.close()
    log, warehouse = log_of(cluster), warehouse_at(sqlite_warehouse.url)
    assert sum(drain_all(log, warehouse)) == 600
    assert len(log) == 0
    log.close()
    warehouse.close()
    assert sqlite_warehouse.rows("SELECT count(*), count(DISTINCT uuid) FROM events") == [(600, 600)]


def test_crash__after_reading__another_one_moves_them(cluster: Place, sqlite_warehouse: Place) -> None:
    commit(cluster, range(20))
    crashed = log_of(cluster)
    assert len(crashed.take().entries) == 21
    assert_moved_by_another(cluster, sqlite_warehouse, 21)


def test_crash__after_the_commit__nothing_is_twice(cluster: Place, sqlite_warehouse: Place) -> None:
    commit(cluster, range(20))
    crashed, warehouse = log_of(cluster), warehouse_at(sqlite_warehouse.url)
    assert warehouse.add(crashed.take().entries, wanted)
    warehouse.close()
    assert cluster.count("events") == 21
    assert_moved_by_another(cluster, sqlite_warehouse, 21)


def assert_moved_by_another(place: Place, sqlite_warehouse: Place, count: int) -> None:
    log, warehouse = log_of(place), warehouse_at(sqlite_warehouse.url)
    assert sum(drain_all(log, warehouse)) == count
    log.close()
    warehouse.close()
    assert sqlite_warehouse.rows("SELECT count(*), count(DISTINCT uuid) FROM events") == [(count, count)]
    assert place.count("events") == 0


@pytest.mark.parametrize("between", [True, False])
def test_same_uuid__when_redis_has_forgotten_it__is_another_event(
    cluster: Place, warehouse: Place, between: bool
) -> None:
    store, log, destination = cluster.store(), log_of(cluster), warehouse_at(warehouse.url)
    for fields in ({"some_key": "old"}, {"some_key": "new"}, {"some_key": "new", "now": NOW + 1}):
        store.commit([arrival(1, given=True, **fields)])
        forget_uuids(cluster.url)
        if between:
            list(drain_all(log, destination))
    crashed = log.take()
    if crashed.entries:
        assert destination.add(crashed.entries, wanted)
    list(drain_all(log, destination))
    found = warehouse.rows("SELECT uuid, received, body FROM events ORDER BY received, body")
    assert [(row[0], row[1], json.loads(row[2])["some_key"]) for row in found] == [
        ((1).to_bytes(16), NOW, "new"),
        ((1).to_bytes(16), NOW, "old"),
        ((1).to_bytes(16), NOW + 1, "new"),
    ]
    store.close()
    log.close()
    destination.close()


def test_warehouse__of_an_earlier_release__is_brought_up_to_date(cluster: Place, warehouse: Place) -> None:
    store = cluster.store()
    store.commit([arrival(1, given=True, table="unmonitored")])
    earlier = warehouse.store()  # in whose tables a uuid stands once, as it did in a warehouse
    earlier.commit([arrival(1, given=True, table="unmonitored")])
    earlier.close()
    log, destination = log_of(cluster), warehouse_at(warehouse.url)
    destination.open()
    assert sum(drain_all(log, destination)) == 1
    assert warehouse.count("events") == 1
    forget_uuids(cluster.url)
    store.commit([arrival(1, given=True, table="unmonitored", now=NOW + 1)])
    assert sum(drain_all(log, destination)) == 1
    assert warehouse.rows("SELECT received FROM events ORDER BY received") == [(NOW,), (NOW + 1,)]
    store.close()
    log.close()
    destination.close()


def test_warehouse__is_an_event_store__is_refused_and_stays_one(warehouse: Place) -> None:
    store = warehouse.store()
    store.commit([arrival(1)])
    with pytest.raises(StoreRefused, match="needs one of its own"):
        warehouse_at(warehouse.url).open()
    store.close()
    again = warehouse.store()
    again.open()
    again.close()


def test_store__is_a_warehouse__is_refused(warehouse: Place) -> None:
    destination = warehouse_at(warehouse.url)
    destination.open()
    with pytest.raises(StoreRefused, match="the warehouse of a store on Redis"):
        warehouse.store().open()
    destination.close()


def test_warehouse__fails__leaves_the_events_in_the_log(cluster: Place, sqlite_warehouse: Place) -> None:
    commit(cluster, range(20))
    log, warehouse = log_of(cluster), warehouse_at(sqlite_warehouse.url)
    warehouse.open()
    with closing(sqlite3.connect(sqlite_warehouse.url.removeprefix("sqlite:///"))) as db:
        db.execute("ALTER TABLE events RENAME TO elsewhere")
        with pytest.raises(StoreUnavailable, match="the warehouse"):
            drain(log, warehouse)
        db.execute("ALTER TABLE elsewhere RENAME TO events")
    assert cluster.count("events") == 21
    assert sum(drain_all(log, warehouse)) == 21
    log.close()
    warehouse.close()


def test_drain__several_at_once__share_the_work(cluster: Place, warehouse: Place) -> None:
    commit(cluster, range(500))
    moved: list[int] = []

    def work() -> None:
        log, destination = log_of(cluster, forsaken=60_000), warehouse_at(warehouse.url)
        while count := drain(log, destination):
            moved.append(count)
        log.close()
        destination.close()

    in_threads([work] * 3)
    assert sum(moved) == 501
    assert warehouse.count("events") == 501
    assert cluster.count("events") == 0


def test_drain__running__moves_what_comes_and_stops_gently(
    cluster: Place, sqlite_warehouse: Place, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "drain_events"],
        cwd=ROOT,
        env=settings(cluster, sqlite_warehouse, tmp_path),
        stdout=subprocess.PIPE,
    )
    file = Path(sqlite_warehouse.url.removeprefix("sqlite:///"))
    until(file.exists, "it did not start")
    for start in (0, 100):
        commit(cluster, range(start, start + 10))
    until(lambda: cluster.count("events") == 0, "they were not moved")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, b"moved 22\n")
    assert sqlite_warehouse.count("events") == 22


def test_drain__killed_again_and_again__every_event_arrives_once(
    cluster: Place, sqlite_warehouse: Place, tmp_path: Path
) -> None:
    commit(cluster, range(10))
    for step in range(3):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "drain_events"], cwd=ROOT, env=settings(cluster, sqlite_warehouse, tmp_path)
        )
        store = cluster.store()
        for start in range(2000 * (step + 1), 2000 * (step + 1) + 200, 20):
            store.commit([arrival(number, td_client_id=f"v{number}") for number in range(start, start + 20)])
        store.close()
        until(lambda step=step: rows_in(sqlite_warehouse) > 50 * step, "nothing was moved")  # type: ignore[misc]
        process.kill()
        process.wait(30)
    log, warehouse = log_of(cluster), warehouse_at(sqlite_warehouse.url)
    list(drain_all(log, warehouse))
    log.close()
    warehouse.close()
    assert sqlite_warehouse.rows("SELECT count(*), count(DISTINCT uuid) FROM events") == [(611, 611)]
    assert cluster.count("events") == 0


def rows_in(place: Place) -> int:
    """How many events a warehouse has that may not be there yet."""
    try:
        return place.count("events")
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EVENT_WAREHOUSE": ""}, b"set EVENT_WAREHOUSE"),
        ({"EVENT_WAREHOUSE": "mysql://anna:hunter2@db/x"}, b"EVENT_WAREHOUSE must have the form"),
        ({"EVENT_STORE": "sqlite:////tmp/x.sqlite3"}, b"EVENT_STORE is not on Redis"),
        ({"EVENT_STORE": "redis://anna:hunter2@127.0.0.1:1"}, b"moved 0, then: 127.0.0.1:1"),
    ],
)
def test_drain__cannot_begin__says_why(
    sqlite_warehouse: Place, tmp_path: Path, changes: dict[str, str], words: bytes
) -> None:
    env = settings(Place("redis://127.0.0.1:1"), sqlite_warehouse, tmp_path) | changes
    ran = manage("drain_events", "--once", env=env)
    assert ran.returncode == 1
    assert words in ran.stderr
    assert b"hunter2" not in ran.stderr + ran.stdout
