"""Looking through the log of each store: what is asked for, newest first, part by part."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest

from personalization.long_search import SECONDS, newest_events, search_on
from personalization.stores import redis_search, searching
from personalization.stores.base import Store
from personalization.stores.locations import records_at
from personalization.stores.records import EventQuery, FoundEvents, Records
from tests.personalization.stores.arrivals import INSTANCE, arrival
from tests.personalization.stores.busy import in_small_parts, many_of_another
from tests.personalization.stores.places import Place
from tests.personalization.stores.test_records import ELSEWHERE

ALL = EventQuery("1/8", most=3)
NOW = int(time.time())


@pytest.fixture
def records(place: Place, store: Store) -> Iterator[Records]:
    """The records of the store, open."""
    records = records_at(place.url)
    records.open()
    yield records
    records.close()


def numbers(found: FoundEvents) -> list[int]:
    """The numbers of the events (see `arrival`)."""
    return [int.from_bytes(event.uuid) for event in found.events]


def paged(records: Records, query: EventQuery) -> list[int]:
    """The numbers of all that fit, found part by part."""
    seen: list[int] = []
    for _ in range(100):
        found = records.search(query)
        seen += numbers(found)
        if not found.position:
            return seen
        query = replace(query, position=found.position)
    raise AssertionError("it never ends")


def test_search__nothing_stored__finds_nothing(records: Records) -> None:
    assert records.search(ALL) == FoundEvents((), "")


def test_search__part_by_part__each_of_the_instance_once_newest_first(store: Store, records: Records) -> None:
    for number in range(1, 21):
        store.commit([arrival(number, now=NOW, td_client_id=str(number))])
        store.commit([arrival(1000 + number, now=NOW, instance=ELSEWHERE)])
    first = records.search(ALL)
    assert numbers(first) == [20, 19, 18]
    assert first.events[0].body == arrival(20, now=NOW, td_client_id="20").body
    assert paged(records, ALL) == list(range(20, 0, -1))
    assert paged(records, replace(ALL, most=7)) == list(range(20, 0, -1))


def test_search__by_table_key_uuid_and_time__only_what_fits(store: Store, records: Records) -> None:
    now = int(time.time())
    store.commit(
        [
            arrival(1, now=now - 20, td_client_id="a"),
            arrival(2, now=now - 15, td_client_id="b", table="others"),
            arrival(3, now=now - 10, td_client_id=77, some_key="a"),
            arrival(4, now=now - 5, td_client_id="b", quote='say "a" \\ now'),
        ]
    )
    assert sorted(paged(records, replace(ALL, table=("your_database", "others")))) == [2]
    assert sorted(paged(records, replace(ALL, pair=("td_client_id", "a")))) == [1]
    assert sorted(paged(records, replace(ALL, pair=("td_client_id", "77")))) == [3]
    assert sorted(paged(records, replace(ALL, pair=("td_client_id", "b"), table=("your_database", "pageviews")))) == [4]
    assert paged(records, replace(ALL, uuid=(3).to_bytes(16))) == [3]
    assert sorted(paged(records, replace(ALL, since=now - 15, until=now - 10))) == [2, 3]
    assert paged(records, replace(ALL, since=now + 100)) == []


def test_search__few_that_fit_among_many__found_within_bounded_parts(
    store: Store, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (searching, redis_search):
        monkeypatch.setattr(module, "LOOKED_AT", 5)
    for number in range(1, 24):
        store.commit([arrival(number, now=NOW, td_client_id="rare" if number in (2, 9) else str(number))])
    wanted = replace(ALL, pair=("td_client_id", "rare"))
    assert paged(records, wanted) == [9, 2]
    first = records.search(wanted)
    assert (first.events == () and first.position != "") or numbers(first) == [9, 2]  # Redis asks each part by itself


def behind_a_busy_instance(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three events, and behind them many of another instance: far more than one part of the log."""
    in_small_parts(monkeypatch, seconds=SECONDS)
    for number in (1, 2, 3):
        store.commit([arrival(number, now=NOW - 50 + number, td_client_id=str(number))])
    for other in many_of_another(since=NOW - 40):
        store.commit([other])


def test_search_on__behind_many_of_a_busy_instance__finds_those_of_a_quiet_one(
    store: Store, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_a_busy_instance(store, monkeypatch)
    found = search_on(records, ALL, share=inf)
    assert sorted(numbers(found)) == [1, 2, 3]
    assert sorted(numbers(search_on(records, replace(ALL, most=50), share=inf))) == [1, 2, 3]
    assert numbers(search_on(records, replace(ALL, pair=("td_client_id", "2")), share=inf)) == [2]


def test_search_on__time_is_up__says_where_to_go_on(
    store: Store, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_a_busy_instance(store, monkeypatch)
    times = iter(range(100))
    looked = search_on(records, ALL, share=2 / SECONDS, clock=lambda: next(times))
    assert looked.position != "" or len(looked.events) == 3  # Redis finds them in the parts of each partition
    seen = len(looked.events)
    while looked.position:
        looked = search_on(records, replace(ALL, position=looked.position), share=0)
        seen += len(looked.events)
    assert seen == 3
    assert next(times) <= 4


def test_newest_events__behind_many_of_a_busy_instance__are_found_newest_first(
    store: Store, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_a_busy_instance(store, monkeypatch)
    newest = newest_events(records, replace(ALL, most=2), share=inf)
    assert ([int.from_bytes(event.uuid) for event in newest.events], newest.back_to) == ([3, 2], None)
    assert newest.events[0].body == arrival(3, now=NOW - 47, td_client_id="3").body
    assert [(event.time, event.public) for event in newest.events] == [(NOW - 47, False), (NOW - 48, False)]
    everything = newest_events(records, replace(ALL, most=50), share=inf)
    assert (len(everything.events), everything.back_to) == (3, None)


def test_newest_events__time_is_up__says_how_far_it_looked(
    store: Store, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_a_busy_instance(store, monkeypatch)
    newest = newest_events(records, replace(ALL, instance="1/10", most=50), share=0)
    assert newest.events == ()
    assert newest.back_to is not None
    assert NOW - 4 <= newest.back_to.timestamp() <= time.time()  # Redis tells by its own clock
    assert newest_events(records, replace(ALL, instance="1/10", most=50), share=inf).back_to is None


def test_search__from_what_is_no_position__begins_at_the_newest(store: Store, records: Records) -> None:
    store.commit([arrival(1, now=NOW)])
    for position in ("x", "-1", "w", "1-", "99999999999999999999999", "' OR 1=1"):
        assert numbers(records.search(replace(ALL, position=position))) == [1]


def test_search__far_back_in_a_long_log__by_time(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/events.sqlite3")
    store, records = place.store(), records_at(place.url)
    store.open()
    for start in range(0, 3000, 500):
        store.commit([arrival(n + 1, now=NOW - 300_000 + n * 100) for n in range(start, start + 500)])
    looked: list[Any] = []
    records.open()
    connection: Any = records._db  # type: ignore[attr-defined]
    connection.set_trace_callback(looked.append)
    found = records.search(replace(ALL, since=NOW - 300_000 + 1000, until=NOW - 300_000 + 1200))
    assert numbers(found) == [13, 12, 11]
    assert len(looked) < 40
    store.close()
    records.close()


def test_search__moved_to_the_warehouse__goes_on_there(place: Place, tmp_path: Path, store: Store) -> None:
    if not place.url.startswith("redis"):
        return
    warehouse = Place(f"sqlite:///{tmp_path}/warehouse.sqlite3")
    moved = warehouse.store()
    moved.open()
    moved.commit([arrival(number, now=NOW, instance=INSTANCE) for number in range(1, 6)])
    moved.close()
    for number in range(6, 9):
        store.commit([arrival(number, now=NOW)])
    records = records_at(place.url, warehouse.url)
    records.open()
    assert paged(records, ALL) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert paged(records, replace(ALL, most=2)) == [8, 7, 6, 5, 4, 3, 2, 1]
    records.close()
