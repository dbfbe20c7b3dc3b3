"""What holds for the records of a store whatever it is built on: find, export, erase, purge."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from personalization.live import LiveInstance
from personalization.stores.base import Store
from personalization.stores.locations import records_at
from personalization.stores.records import Records, Removed, Traces
from tests.personalization.rig import CONFIGURATION, live
from tests.personalization.stores.arrivals import INSTANCE, arrival, views
from tests.personalization.stores.places import Place
from tests.personalization.world import DAY, NOW

VISITOR = ("td_client_id", "202")
ELSEWHERE = LiveInstance(1, 9, 3, INSTANCE.program, INSTANCE.destinations)
NOTHING = Removed()
TELLING = live(
    CONFIGURATION
    + """
activations:
  - name: tell
    event: pageview
    webhook: {url: "https://hooks.example.com/", headers: {X-A: b}, body: {client: "${PROFILE.td_client_id}"}}
"""
)


@pytest.fixture
def records(place: Place, store: Store) -> Iterator[Records]:
    """The records of the store, open."""
    records = records_at(place.url)
    records.open()
    yield records
    records.close()


def uuids(traces: Traces) -> list[int]:
    """The numbers of the events (see `arrival`)."""
    return [int.from_bytes(event.uuid) for event in traces.events]


def everything(place: Place) -> dict[str, int]:
    """How many rows there are of all that can hold something of a person."""
    tables = ("events", "profile_keys", "identity_log", "activations")
    kept = place.rows("SELECT count(*) FROM profiles WHERE instance <> ''")[0][0]
    return {name: count for name in tables if (count := place.count(name))} | ({"profiles": kept} if kept else {})


# Finding and exporting


def test_find__by_any_of_its_keys__is_the_profile(store: Store, records: Records) -> None:
    store.commit([arrival(1, mail="m@example.com", some_key="dogs"), arrival(2, now=NOW + 5)])
    for pair in (VISITOR, ("mail", "m@example.com")):
        found = records.find("1/8", pair)
        assert found is not None
        assert (found.created, found.updated) == (NOW, NOW + 5)
        assert found.keys == {"td_client_id": [["202", NOW + 5]], "mail": [["m@example.com", NOW]]}
        assert found.state["preferences/list"] == [["dogs", NOW]]


@pytest.mark.parametrize(
    ("instance", "pair"),
    [("1/8", ("td_client_id", "203")), ("1/8", ("mail", "202")), ("1/9", VISITOR), ("1/8", ("td_client_id", "20"))],
)
def test_find_export_erase__of_somebody_else__nothing(
    place: Place, store: Store, records: Records, instance: str, pair: tuple[str, str]
) -> None:
    store.commit([arrival(1)])
    before = everything(place)
    assert records.find(instance, pair) is None
    assert records.export(instance, pair) == Traces(None)
    assert records.erase(instance, pair) == NOTHING
    assert everything(place) == before


@pytest.mark.parametrize("value", ['quote " in it', "back\\slash", "nul\0", "é😀", "a/b", "%_'; --", "{a,b}", "\x7f"])
def test_awkward_value__found_exported_and_erased(place: Place, store: Store, records: Records, value: str) -> None:
    pair = ("td_client_id", value)
    store.commit([arrival(1, td_client_id=value), arrival(2, table="unmonitored", td_client_id=value), arrival(3)])
    assert records.find("1/8", pair) is not None
    assert sorted(uuids(records.export("1/8", pair))) == [1, 2]
    assert records.erase("1/8", pair) == Removed(profiles=1, events=2)
    assert everything(place) == {"events": 1, "profiles": 1, "profile_keys": 1}


def test_export__everything__as_it_is_stored(store: Store, records: Records) -> None:
    first, second = arrival(1, instance=TELLING, some_key="é"), arrival(2, now=NOW + 9, td_client_id=202)
    store.commit([first, arrival(5, td_client_id="303")])
    store.commit([second])
    traces = records.export("1/8", VISITOR)
    assert traces.profile == records.find("1/8", VISITOR)
    place = ("your_database", "pageviews")
    assert traces.events == (
        (*place, NOW, NOW, False, (1).to_bytes(16), first.body),
        (*place, NOW + 9, NOW + 9, False, (2).to_bytes(16), second.body),
    )
    assert traces.activations == ((3, "tell", NOW, (1).to_bytes(16), '{"client":"202"}', '{"X-A":"b"}'),)


def test_export__merged_profiles__their_events_too(store: Store, records: Records) -> None:
    merge_three(store)
    traces = records.export("1/8", ("mail", "m"))
    assert uuids(traces) == [1, 2, 3, 4, 5]
    assert traces.merges == ((NOW + 4, (4).to_bytes(16)), (NOW + 5, (5).to_bytes(16)))


def test_merges__of_a_person__by_any_of_their_keys_and_of_nobody_else(store: Store, records: Records) -> None:
    merge_three(store)
    store.commit([arrival(6, td_client_id="alone")])
    both = [(NOW + 4, (4).to_bytes(16)), (NOW + 5, (5).to_bytes(16))]
    assert [records.merges("1/8", pair) for pair in (("mail", "m"), ("td_client_id", "c"))] == [both, both]
    assert records.merges("1/8", ("td_client_id", "alone")) == []
    assert records.merges("1/8", ("td_client_id", "nobody")) == []
    assert records.merges("1/9", ("mail", "m")) == []


def merge_three(store: Store) -> None:
    """Visitor a, mail m and visitor c turn out to be one person, one after the other."""
    store.commit([arrival(1, now=NOW + 1, td_client_id="a")])
    store.commit([arrival(2, now=NOW + 2, td_client_id=None, mail="m")])
    store.commit([arrival(3, now=NOW + 3, td_client_id="c")])
    store.commit([arrival(4, now=NOW + 4, td_client_id="c", mail="m")])
    store.commit([arrival(5, now=NOW + 5, td_client_id="a", mail="m")])


# Events that touched no profile


@pytest.mark.parametrize(
    ("fields", "theirs"),
    [
        ({"td_client_id": "202"}, True),
        ({"td_client_id": 202}, True),
        ({"td_client_id": 202.0}, True),
        ({"td_client_id": "2020"}, False),
        ({"td_client_id": None, "other": "202"}, False),
        ({"td_client_id": {"td_client_id": "202"}}, False),
    ],
)
def test_event_without_a_profile__is_theirs_when_it_names_them(
    store: Store, records: Records, fields: dict[str, object], theirs: bool
) -> None:
    store.commit([arrival(1, table="unmonitored", **fields)])
    assert uuids(records.export("1/8", VISITOR)) == [1] * theirs
    assert records.erase("1/8", VISITOR) == Removed(events=int(theirs))


def test_event_without_a_profile__escaped_in_another_way__is_theirs(store: Store, records: Records) -> None:
    written = arrival(1, table="unmonitored")
    store.commit([written._replace(body=written.body.replace("202", "2\\u00302"))])
    assert uuids(records.export("1/8", VISITOR)) == [1]


def test_event_of_a_public_caller__that_names_somebody_else_too__is_also_theirs(
    place: Place, store: Store, records: Records
) -> None:
    public = arrival(1, mail="m")
    store.commit([public._replace(row=public.row._replace(public=True))])
    assert records.erase("1/8", ("mail", "m")) == Removed(events=1)
    assert everything(place) == {"profiles": 1, "profile_keys": 1}


def test_event_of_another_instance__is_not_theirs(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(1), arrival(2, instance=ELSEWHERE), arrival(3, table="unmonitored", instance=ELSEWHERE)])
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)
    assert everything(place) == {"events": 2, "profiles": 1, "profile_keys": 1}


# Erasing


def test_erase__by_any_key__leaves_nothing_but_the_others(place: Place, store: Store, records: Records) -> None:
    merge_three(store)
    store.commit([arrival(6, instance=TELLING, td_client_id="a", some_key="x"), arrival(7, td_client_id="b")])
    assert records.erase("1/8", ("td_client_id", "c")) == Removed(profiles=3, events=6, merges=2, activations=1)
    assert everything(place) == {"events": 1, "profiles": 1, "profile_keys": 1}
    assert [event.uuid for event in records.export("1/8", ("td_client_id", "b")).events] == [(7).to_bytes(16)]


def test_erase__again__removes_nothing(store: Store, records: Records) -> None:
    store.commit([arrival(1, mail="m")])
    assert records.erase("1/8", VISITOR) == Removed(profiles=1, events=1)
    for pair in (VISITOR, ("mail", "m")):
        assert records.erase("1/8", pair) == NOTHING
        assert records.export("1/8", pair) == Traces(None)


def test_erase__then_the_visitor_returns__is_somebody_new(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(1, given=True, some_key="a"), arrival(2, td_client_id="b")])
    ids = place.rows("SELECT max(id) FROM profiles")[0][0]
    for pair in (VISITOR, ("td_client_id", "b")):
        records.erase("1/8", pair)
    store.commit([arrival(1, given=True)])
    assert views(place.profiles()["202"]) == 1
    assert uuids(records.export("1/8", VISITOR)) == [1]
    assert place.rows("SELECT min(profile) FROM events")[0][0] > ids


def test_erase__key_values_beyond_200__their_events_too(place: Place, store: Store, records: Records) -> None:
    for first in range(0, 210, 30):
        store.commit(
            [arrival(n, mail="m", td_client_id=f"v{n}", time=NOW - 1000 + n) for n in range(first, first + 30)]
        )
    assert records.erase("1/8", ("mail", "m")) == Removed(profiles=1, events=210)
    assert everything(place) == {}


def test_erase__while_events_of_the_person_come__removes_them_or_makes_somebody_new(
    place: Place, store: Store, records: Records
) -> None:
    store.commit([arrival(number) for number in range(50)])
    stop, sent = Event(), []

    def keep_sending() -> None:
        other = place.store()
        for number in range(1000, 100_000):
            if stop.is_set():
                break
            other.commit([arrival(number), arrival(number + 100_000, table="unmonitored")])
            sent.append(number)
        other.close()

    sender = Thread(target=keep_sending)
    sender.start()
    try:
        removed = [records.erase("1/8", VISITOR) for _ in range(5)]
    finally:
        stop.set()
        sender.join()
    traces = records.export("1/8", VISITOR)
    counted = views(place.profiles()["202"]) if traces.profile else 0
    kept = [event for event in traces.events if event.table == "pageviews"]
    assert len(kept) == counted
    assert sum(each.events for each in removed) + len(traces.events) == 50 + 2 * len(sent)


def test_erase__a_merge_meanwhile__takes_the_other_profile_too(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(1, td_client_id="a"), arrival(2, td_client_id=None, mail="m")])
    store.commit([arrival(3, td_client_id="a", mail="m")])
    assert records.erase("1/8", ("mail", "m")) == Removed(profiles=2, events=3, merges=1)
    assert everything(place) == {}


# Purging


def purged(batches: Iterator[Removed]) -> Removed:
    """All batches together."""
    return sum(batches, NOTHING)


def test_purge_log__by_the_time_of_arrival__removes_the_old_ones(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(n, now=NOW + n, time=NOW - n, td_client_id=f"v{n}") for n in range(10)])
    assert purged(records.purge_log(NOW + 4)) == Removed(events=4)
    assert place.rows("SELECT min(received), count(*) FROM events") == [(NOW + 4, 6)]
    assert place.count("profile_keys") == 10
    assert purged(records.purge_log(NOW + 4)) == NOTHING


def test_purge_log__many__in_small_batches(place: Place, store: Store, records: Records) -> None:
    for first in range(0, 6000, 500):
        store.commit([arrival(n, td_client_id=f"v{n % 7}") for n in range(first, first + 500)])
    batches = list(records.purge_log(NOW + 1))
    assert sum(batches, NOTHING) == Removed(events=6000)
    assert max(batch.events for batch in batches) <= 2000
    assert place.count("events") == 0


def test_purge_log__uuid_whose_event_is_gone__counts_as_new(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(1, given=True)])
    purged(records.purge_log(NOW + 1))
    store.commit([arrival(1, given=True)])
    assert (place.count("events"), views(place.profiles()["202"])) == (1, 2)


def test_purge_log__merges_and_undelivered_activations__go_with_their_time(
    place: Place, store: Store, records: Records
) -> None:
    merge_three(store)
    store.commit([arrival(6, now=NOW + 6, instance=TELLING, td_client_id="a")])
    assert purged(records.purge_log(NOW + 5)) == Removed(events=4, merges=1)
    assert place.rows("SELECT count(*) FROM profiles WHERE merged_into IS NOT NULL") == [(1,)]
    assert purged(records.purge_log(NOW + 7)) == Removed(events=2, merges=1, activations=1)
    assert everything(place) == {"profiles": 1, "profile_keys": 3}


def test_purge_profiles__those_not_seen_since__go_with_their_keys(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(1, mail="old"), arrival(2, td_client_id="returns"), arrival(3, td_client_id="x")])
    store.commit([arrival(4, now=NOW + DAY, td_client_id="returns")])
    assert purged(records.purge_profiles(NOW + 1)) == Removed(profiles=2)
    assert (place.count("profile_keys"), place.count("events")) == (1, 4)
    assert records.find("1/8", VISITOR) is None
    assert views(place.profiles()["returns"]) == 2


def test_purge_profiles__who_returns__is_not_mixed_with_the_old_events(
    place: Place, store: Store, records: Records
) -> None:
    store.commit([arrival(1, mail="old", td_client_id="x")])
    purged(records.purge_profiles(NOW + 1))
    store.commit([arrival(2, td_client_id="someone else")])
    assert uuids(records.export("1/8", ("td_client_id", "someone else"))) == [2]
    assert records.erase("1/8", ("mail", "old")) == Removed(events=1)
    assert place.count("events") == 1


def test_purges__while_events_come__lose_none_that_is_young(place: Place, store: Store, records: Records) -> None:
    store.commit([arrival(n, td_client_id=f"v{n}") for n in range(500)])
    numbers = iter(range(10_000, 20_000))
    for purge in (records.purge_log, records.purge_profiles):
        for _ in purge(NOW + 1):
            store.commit([arrival(next(numbers), now=NOW + 1, td_client_id="young")])
    assert place.rows(f"SELECT count(*) FROM events WHERE received <= {NOW}") == [(0,)]
    assert place.count("profile_keys") == 1
    assert views(place.profiles()["young"]) == place.count("events") >= 2
