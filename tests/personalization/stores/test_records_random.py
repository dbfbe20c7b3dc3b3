"""Random histories of a few people: who is erased is gone, and of everybody else nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from personalization.arrivals import Arrival
from personalization.live import LiveInstance
from personalization.stores.locations import records_at
from personalization.stores.records import Records, Removed, Traces
from tests.personalization.stores.arrivals import INSTANCE, arrival
from tests.personalization.stores.conftest import CLUSTER, SQL
from tests.personalization.stores.moving import move
from tests.personalization.stores.places import Place
from tests.personalization.world import NOW

pytestmark = pytest.mark.parametrize("place", [*SQL, CLUSTER], indirect=True)

VISITORS = [f"v{number}" for number in range(6)]
MAILS = [f"m{number}@example.com" for number in range(4)]
PAIRS = [("td_client_id", visitor) for visitor in VISITORS] + [("mail", mail) for mail in MAILS]
ELSEWHERE = LiveInstance(1, 9, 3, INSTANCE.program, INSTANCE.destinations)
EVENTS = 60


@dataclass(frozen=True)
class World:
    """A store with a history in it."""

    place: Place
    records: Records
    history: tuple[Arrival, ...]
    warehouse: Place | None = None

    def traces(self) -> dict[tuple[str, str], Traces]:
        """What is kept by each key value."""
        return {pair: self.records.export("1/8", pair) for pair in PAIRS}

    def uuids(self) -> set[bytes]:
        """The events that are in the log, or have been moved."""
        places = [self.place] if self.warehouse is None else [self.place, self.warehouse]
        return {row[0] for place in places for row in place.rows("SELECT uuid FROM events")}


def history(random: Random) -> Iterator[Arrival]:
    """Events with one or two key values; some to a table that nobody monitors, some of another instance."""
    for number in range(EVENTS):
        visitor = random.choice([None, *VISITORS])
        mail = random.choice([None, None, None, *MAILS])
        yield arrival(
            number,
            now=NOW + number,
            table=random.choice(["pageviews", "pageviews", "pageviews", "unmonitored"]),
            instance=random.choice([INSTANCE, INSTANCE, INSTANCE, ELSEWHERE]),
            td_client_id=visitor,
            mail=mail,
            some_key=str(number),
        )


@pytest.fixture(params=range(5))
def world(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> Iterator[World]:
    """On Redis about half of the events have been moved to a warehouse."""
    random = Random(request.param)
    arrivals = tuple(history(random))
    warehouse = Place(f"sqlite:///{tmp_path}/warehouse.sqlite3") if place.url.startswith("redis") else None
    store = place.store()
    store.open()
    start = 0
    while start < EVENTS:
        size = random.randrange(1, 9)
        store.commit(arrivals[start : start + size])
        if warehouse is not None and start <= EVENTS // 2 < start + size:
            move(place, warehouse)
        start += size
    store.close()
    records = records_at(place.url, warehouse.url if warehouse else "")
    records.open()
    yield World(place, records, arrivals, warehouse)
    records.close()


def names(event: Arrival, pairs: set[tuple[str, str]]) -> bool:
    """Whether an event of 1/8 has one of the key values."""
    return event.live.label == "1/8" and any(event.row.fields.get(key) == value for key, value in pairs)


def pairs_of(traces: Traces, pair: tuple[str, str]) -> set[tuple[str, str]]:
    """The key values of a person."""
    keys = traces.profile.keys if traces.profile else {}
    return {pair} | {(name, value) for name, values in keys.items() for value, _ in values}


def test_export__of_each__has_exactly_the_events_that_name_them(world: World) -> None:
    for pair, traces in world.traces().items():
        pairs = pairs_of(traces, pair)
        expected = [event.uuid for event in world.history if names(event, pairs)]
        assert sorted(event.uuid for event in traces.events) == expected, pair
        assert all(json.loads(event.body) for event in traces.events)


def test_erase__one_after_the_other__takes_their_events_and_no_others(world: World) -> None:
    for pair in PAIRS:
        before, uuids = world.traces(), world.uuids()
        theirs = {event.uuid for event in before[pair].events}
        same = pairs_of(before[pair], pair)

        removed = world.records.erase("1/8", pair)

        assert removed.events == len(theirs)
        assert removed.profiles == (1 + len(before[pair].merges) if before[pair].profile else 0)
        assert world.uuids() == uuids - theirs
        for other, traces in world.traces().items():
            if other in same:
                assert traces == Traces(None)
            else:
                left = tuple(event for event in before[other].events if event.uuid not in theirs)
                assert (traces.profile, traces.events, traces.merges) == (
                    before[other].profile,
                    left,
                    before[other].merges,
                )
    assert world.place.rows("SELECT count(*) FROM profile_keys WHERE key LIKE '1/8/%'") == [(0,)]
    assert world.place.rows("SELECT count(*) FROM identity_log WHERE instance = '1/8'") == [(0,)]
    assert world.place.rows("SELECT count(*) FROM profiles WHERE instance = '1/8'") == [(0,)]


def test_purge__at_any_time__keeps_what_is_younger(world: World) -> None:
    for before in range(NOW, NOW + EVENTS + 10, 10):
        sum((*world.records.purge_log(before), *world.records.purge_profiles(before)), Removed())
        assert world.uuids() == {event.uuid for event in world.history if event.row.now >= before}
        assert world.place.rows(f"SELECT count(*) FROM profiles WHERE body IS NOT NULL AND updated < {before}") == [
            (0,)
        ]
        assert world.place.rows(f"SELECT count(*) FROM identity_log WHERE time < {before}") == [(0,)]
    assert world.place.count("profile_keys") == 0
