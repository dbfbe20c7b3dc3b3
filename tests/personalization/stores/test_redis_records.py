"""People's records where the events of a store on Redis have been moved to a warehouse, or are just being moved."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from personalization.draining import drain_all
from personalization.identity import Pair
from personalization.stores.locations import UnknownStore, records_at
from personalization.stores.records import Records, Removed, Traces
from personalization.stores.redis_log import RedisLog
from personalization.stores.redis_url import redis_url
from personalization.warehouse import warehouse_at
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_places import contents, forget
from tests.personalization.stores.redis_servers import SharedServers, until
from tests.personalization.world import NOW

pytestmark = pytest.mark.redis

VISITOR: Pair = ("td_client_id", "202")


@pytest.fixture
def events(redis_servers: SharedServers, tmp_path: Path) -> Iterator[Place]:
    """An empty store on the cluster."""
    place = Place(f"{redis_servers.cluster}/?prefix=records-{tmp_path.name}")
    yield place
    forget(place.url)


@pytest.fixture
def records(events: Place, sql_place: Place) -> Iterator[Records]:
    """The records of the store with its warehouse, open."""
    records = records_at(events.url, sql_place.url)
    records.open()
    yield records
    records.close()


def commit(place: Place, *numbers: int, **fields: object) -> None:
    store = place.store()
    for number in numbers:
        store.commit([arrival(number, now=NOW + number, given=True, **fields)])  # type: ignore[arg-type]
    store.close()


def log_of(place: Place) -> RedisLog:
    url = redis_url(place.url)
    assert url is not None
    log = RedisLog(url)
    log.open()
    return log


def move(place: Place, warehouse: Place) -> None:
    """Everything, to the warehouse."""
    log, destination = log_of(place), warehouse_at(warehouse.url)
    list(drain_all(log, destination))
    log.close()
    destination.close()


def uuids(traces: Traces) -> list[int]:
    return [int.from_bytes(event.uuid) for event in traces.events]


def test_export__events_here_and_there__are_one_list(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, 2, mail="m")
    commit(events, 3, td_client_id="somebody else")
    move(events, sql_place)
    commit(events, 4)
    assert uuids(records.export("1/8", VISITOR)) == [1, 2, 4]
    assert uuids(records.export("1/8", ("mail", "m"))) == [1, 2, 4]
    assert [int.from_bytes(event.uuid) for event in records.recent("1/8", 3)] == [4, 3, 2]


def test_erase__events_here_and_there__all_go(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, mail="m")
    commit(events, 2, td_client_id=None, mail="m")
    commit(events, 3, td_client_id="somebody else")
    move(events, sql_place)
    commit(events, 4)
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=3)
    assert records.export("1/8", VISITOR) == Traces(None)
    assert sql_place.rows("SELECT uuid FROM events") == [((3).to_bytes(16),)]
    assert events.count("events") == 0


def test_erase__event_on_its_way_to_the_warehouse__goes_too(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, 2)
    log, destination = log_of(events), warehouse_at(sql_place.url)
    taken = log.take()
    with ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(erase_elsewhere, events, sql_place)
        until(lambda: events.count("events") == 0, "nothing was erased")
        assert not erasing.done()
        destination.add(taken.entries)
        log.remove(taken)
        erasing.result(60)
    assert sql_place.count("events") == 0
    assert records.export("1/8", VISITOR) == Traces(None)
    log.close()
    destination.close()


def erase_elsewhere(events: Place, warehouse: Place) -> None:
    """What another process does."""
    records = records_at(events.url, warehouse.url)
    records.erase("1/8", VISITOR)
    records.close()


def test_erase__leaves_nothing_of_the_person_in_any_key(events: Place, records: Records) -> None:
    commit(events, 1, td_client_id="alice-7", mail="alice@example.com", some_key="secret-taste")
    commit(events, 2, td_client_id="alice-8")
    commit(events, 3, td_client_id="alice-8", mail="alice@example.com")
    assert records.erase("1/8", ("mail", "alice@example.com")) == Removed(profiles=2, events=3, merges=1)
    left = repr(contents(events.url))
    assert "alice" not in left
    assert "secret-taste" not in left


def test_purge_log__by_age__here_and_there(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, 9)
    move(events, sql_place)
    commit(events, 2, 10)
    assert sum(records.purge_log(NOW + 5), Removed()) == Removed(events=2)
    assert (sql_place.count("events"), events.count("events")) == (1, 1)


def test_warehouse__of_an_unknown_kind__is_refused(events: Place) -> None:
    with pytest.raises(UnknownStore, match="EVENT_WAREHOUSE"):
        records_at(events.url, "mysql://x/y")
