"""People's records where the events of a store on Redis have been moved to a warehouse, or are just being moved."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from personalization.draining import drain
from personalization.identity import Pair
from personalization.long_search import newest_events
from personalization.stores.locations import UnknownStore, records_at
from personalization.stores.records import EventQuery, Records, Removed, Traces
from personalization.warehouse import warehouse_at
from tests.personalization.stores.arrivals import arrival, views
from tests.personalization.stores.moving import Interrupted, log_of, move
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_places import contents, forget_uuids
from tests.personalization.stores.redis_servers import until
from tests.personalization.world import NOW

pytestmark = pytest.mark.redis

VISITOR: Pair = ("td_client_id", "202")


@pytest.fixture
def events(redis_cluster: Place) -> Place:
    """An empty store on the cluster."""
    return redis_cluster


@pytest.fixture
def records(events: Place, sql_place: Place) -> Iterator[Records]:
    """The records of the store with its warehouse, open."""
    records = records_at(events.url, sql_place.url)
    records.open()
    yield records
    records.close()


def commit(place: Place, *numbers: int, **fields: Any) -> None:
    store = place.store()
    for number in numbers:
        store.commit([arrival(number, given=True, **({"now": NOW + number} | fields))])
    store.close()


def uuids(traces: Traces) -> list[int]:
    return [int.from_bytes(event.uuid) for event in traces.events]


def test_export__events_here_and_there__are_one_list(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, 2, mail="m")
    commit(events, 3, td_client_id="somebody else")
    move(events, sql_place)
    commit(events, 4)
    assert uuids(records.export("1/8", VISITOR)) == [1, 2, 4]
    assert uuids(records.export("1/8", ("mail", "m"))) == [1, 2, 4]
    newest = newest_events(records, EventQuery("1/8", most=3))
    assert ([int.from_bytes(event.uuid) for event in newest.events], newest.back_to) == ([4, 3, 2], None)


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


def test_erase__of_what_is_taken__does_not_come_to_the_warehouse(events: Place, sql_place: Place) -> None:
    commit(events, 1, 2)
    commit(events, 3, td_client_id="somebody else")
    log, destination = log_of(events), warehouse_at(sql_place.url)
    erasing = Interrupted(destination, before=lambda: erase_elsewhere(events, sql_place))
    assert drain(log, erasing) == 1
    assert sql_place.rows("SELECT uuid FROM events") == [((3).to_bytes(16),)]
    assert events.count("events") == 0
    log.close()
    destination.close()


def test_erase__of_what_is_being_written__waits_and_removes_it(events: Place, sql_place: Place) -> None:
    commit(events, 1, 2)
    log, destination = log_of(events), warehouse_at(sql_place.url)
    with ThreadPoolExecutor(1) as pool:
        erasures: list[Future[Removed]] = []

        def begin() -> None:
            erasures.append(pool.submit(erase_elsewhere, events, sql_place))
            until(lambda: events.count("events") == 0, "nothing was erased")
            assert not wait(erasures, 0.5).done

        assert drain(log, Interrupted(destination, at_the_end=begin)) == 2
        assert erasures[0].result(60) == Removed(profiles=1, events=2)
    assert sql_place.count("events") == 0
    log.close()
    destination.close()


def erase_elsewhere(events: Place, warehouse: Place) -> Removed:
    """What another process does."""
    records = records_at(events.url, warehouse.url)
    removed = records.erase("1/8", VISITOR)
    records.close()
    return removed


@pytest.mark.parametrize("is_moved", [False, True])
def test_erase__leaves_nothing_of_the_person_in_any_key(
    events: Place, sql_place: Place, records: Records, is_moved: bool
) -> None:
    commit(events, 1, td_client_id="alice-7", mail="alice@example.com", some_key="secret-taste")
    commit(events, 2, td_client_id="alice-8")
    commit(events, 3, td_client_id="alice-8", mail="alice@example.com")
    commit(events, 4, td_client_id="alice-8", table="unmonitored")
    if is_moved:
        move(events, sql_place)
    assert records.erase("1/8", ("mail", "alice@example.com")) == Removed(profiles=2, events=4, merges=1)
    left = contents(events.url)
    assert "alice" not in repr(left)
    assert "secret-taste" not in repr(left)
    assert not [key for key in left if ":uuid:" in key or key.startswith("{u")]


def test_same_uuid__accepted_again_when_it_was_forgotten__is_found_and_erased_too(
    events: Place, sql_place: Place, records: Records
) -> None:
    for day in range(3):
        commit(events, 1, now=NOW + day, some_key=f"day {day}")
        forget_uuids(events.url)
        if day < 2:
            move(events, sql_place)
    assert uuids(records.export("1/8", VISITOR)) == [1, 1, 1]
    found = records.search(EventQuery("1/8", uuid=(1).to_bytes(16)))
    assert [event.received for event in found.events] == [NOW + 2, NOW + 1, NOW]
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=3)
    assert records.export("1/8", VISITOR) == Traces(None)


@pytest.mark.parametrize("is_moved", [False, True])
def test_erase__uuid_that_is_another_persons_by_now__stays_known(
    events: Place, sql_place: Place, records: Records, is_moved: bool
) -> None:
    commit(events, 1)
    if is_moved:
        move(events, sql_place)
    forget_uuids(events.url)
    commit(events, 1, td_client_id="somebody else")
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)
    commit(events, 1, td_client_id="somebody else")
    assert views(events.profiles()["somebody else"]) == 1


def test_purge_log__by_age__here_and_there(events: Place, sql_place: Place, records: Records) -> None:
    commit(events, 1, 9)
    move(events, sql_place)
    commit(events, 2, 10)
    assert sum(records.purge_log(NOW + 5), Removed()) == Removed(events=2)
    assert (sql_place.count("events"), events.count("events")) == (1, 1)


def test_warehouse__of_an_unknown_kind__is_refused(events: Place) -> None:
    with pytest.raises(UnknownStore, match="EVENT_WAREHOUSE"):
        records_at(events.url, "mysql://x/y")
