"""Claims that a process left when it ended on Redis: they go, and nobody who is just at them loses anything by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from personalization.arrivals import Arrival
from personalization.profile import MAX_KEY_VALUES
from personalization.stores.locations import records_at
from personalization.stores.records import Records, Removed
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.conftest import CLUSTER
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_places import forget
from tests.personalization.stores.redis_steps import (
    assert_consistent,
    assert_nothing_astray,
    by_another,
    committed,
    crash_at,
    interrupted,
    interrupted_at,
    logged,
    people,
    records_with,
    store_with,
)
from tests.personalization.world import NOW

pytestmark = [pytest.mark.redis, pytest.mark.parametrize("redis_place", [CLUSTER], indirect=True)]

MOST_STEPS = 80


def one(number: int, visitor: str | None = None, mail: str | None = None) -> Arrival:
    """An event of a visitor and an address; its caller named the uuid."""
    return arrival(number, given=True, td_client_id=visitor, mail=mail)


KNOWN = [one(1, "a")]
NOBODY: list[Arrival] = []
ADDRESS, BOTH = [one(5, None, "m")], [one(6, "a", "m")]


def leave_strays(place: Place, before: Sequence[Arrival]) -> None:
    """A process ends when it has claimed visitor `a` and address `m` for one profile, and commits nothing."""
    by_another(place, before)
    assert crash_at(3 if before else 4, place, [one(2, "a", "m")])
    assert claims(place) == {"td_client_id/a", "mail/m"}


def claims(place: Place) -> set[str]:
    """The key values that are claimed."""
    return {name.removeprefix("1/8/") for (name,) in place.rows("SELECT key FROM profile_keys")}


def purge(records: Records) -> None:
    """As `purge_expired` does."""
    assert set(records.purge_strays()) <= {Removed()}


def release(records: Records) -> None:
    """Erase whoever has the address."""
    records.erase("1/8", ("mail", "m"))


def by_other_records(place: Place, act: Callable[[Records], object]) -> None:
    """Another process does something with the records."""
    records = records_at(place.url)
    act(records)
    records.close()


def places(place: Place, before: Sequence[Arrival]) -> Iterator[tuple[int, Place]]:
    """The store with strays, made again for each step."""
    for step in range(MOST_STEPS):
        leave_strays(place, before)
        yield step, place
        forget(place.url)
    raise AssertionError("it never got through")


# They go


@pytest.mark.parametrize("before", [NOBODY, KNOWN])
def test_purge__claims_of_a_process_that_ended__go_and_those_of_people_stay(
    redis_place: Place, before: list[Arrival]
) -> None:
    leave_strays(redis_place, before)
    by_other_records(redis_place, purge)
    assert claims(redis_place) == ({"td_client_id/a"} if before else set())
    by_another(redis_place, BOTH)
    by_other_records(redis_place, purge)
    assert claims(redis_place) == {"td_client_id/a", "mail/m"}
    assert (people(redis_place), len(logged(redis_place))) == (1, 1 + len(before))


@pytest.mark.parametrize("before", [NOBODY, KNOWN])
def test_erase__by_a_value_that_is_only_claimed__removes_the_claim(redis_place: Place, before: list[Arrival]) -> None:
    leave_strays(redis_place, before)
    by_other_records(redis_place, release)
    assert claims(redis_place) == {"td_client_id/a"}
    assert people(redis_place) == len(before)
    by_another(redis_place, ADDRESS)
    assert_consistent(redis_place)


def test_purge__claims_of_a_profile_that_was_erased_meanwhile__go(redis_place: Place) -> None:
    leave_strays(redis_place, KNOWN)
    by_other_records(redis_place, lambda records: records.erase("1/8", ("td_client_id", "a")))
    assert claims(redis_place) == {"mail/m"}
    by_other_records(redis_place, purge)
    assert claims(redis_place) == set()


# Nobody who is just at them loses anything

SCENES = [(NOBODY, BOTH, 1), (KNOWN, BOTH, 1), (KNOWN, ADDRESS, 2)]


@pytest.mark.parametrize(("before", "events", "persons"), SCENES)
def test_purge__between_any_two_steps_of_a_commit__the_event_counts(
    redis_place: Place, before: list[Arrival], events: list[Arrival], persons: int
) -> None:
    for step, place in places(redis_place, before):
        with interrupted(step, place, partial(by_other_records, place, purge)) as nodes:
            store = store_with(place, nodes)
            committed(store, events)
            store.close()
        assert_consistent(place)
        assert (len(logged(place)), people(place)) == (len(before) + 1, persons)
        if nodes.steps <= step:
            return


@pytest.mark.parametrize(("before", "events", "persons"), SCENES)
def test_purge__a_commit_between_any_two_of_its_steps__the_event_counts(
    redis_place: Place, before: list[Arrival], events: list[Arrival], persons: int
) -> None:
    for step, place in places(redis_place, before):
        with interrupted(step, place, partial(by_another, place, events)) as nodes:
            records = records_with(place, nodes)
            purge(records)
            records.close()
        assert_consistent(place)
        if nodes.steps <= step:
            return
        assert (len(logged(place)), people(place)) == (len(before) + 1, persons)
        by_other_records(place, purge)
        assert_nothing_astray(place)


@pytest.mark.parametrize(("before", "events"), [(NOBODY, BOTH), (KNOWN, ADDRESS)])
def test_erase__a_commit_before_any_of_its_writes__is_erased_or_counts(
    redis_place: Place, before: list[Arrival], events: list[Arrival]
) -> None:
    for step, place in places(redis_place, before):
        act = partial(by_another, place, events)
        with interrupted(step, place, act, only_writing=True) as nodes:
            records = records_with(place, nodes)
            release(records)
            records.close()
        assert_consistent(place)
        if nodes.steps <= step:
            return


@pytest.mark.parametrize(("events", "others"), [(ADDRESS, BOTH), (BOTH, ADDRESS)])
def test_race__for_what_a_process_left__ends_with_one_person(
    redis_place: Place, events: list[Arrival], others: list[Arrival]
) -> None:
    for step, place in places(redis_place, KNOWN):
        reached = interrupted_at(step, place, events, others)
        assert_consistent(place)
        if not reached:
            return
        assert (len(logged(place)), people(place)) == (3, 1)


# Ejected ones


def fill(place: Place) -> None:
    """Somebody with an address and as many visitor ids as a profile can have."""
    events = [
        arrival(number, td_client_id=f"v{number}", mail="m", time=NOW - 1000 + number)
        for number in range(MAX_KEY_VALUES - 1)
    ]
    store = place.store()
    committed(store, events)
    store.close()


def newest(number: int, visitor: str) -> Arrival:
    """What ejects the visitor id that was seen longest ago."""
    return arrival(number, given=True, td_client_id=visitor, mail="m")


def test_ejected_value__is_not_claimed_any_more_or_goes_with_the_next_purge(redis_place: Place) -> None:
    fill(redis_place)
    by_another(redis_place, [newest(1000, "x")])
    assert {"td_client_id/v0", "td_client_id/x"} & claims(redis_place) == {"td_client_id/x"}
    step = 0
    while crash_at(step, redis_place, [newest(1001 + step, f"y{step}")]):
        step += 1
    by_other_records(redis_place, purge)
    assert len(claims(redis_place)) == MAX_KEY_VALUES
    assert_nothing_astray(redis_place)


def test_ejected_value__seen_again_between_any_two_steps__leads_to_its_person(redis_place: Place) -> None:
    for step in range(MOST_STEPS):
        fill(redis_place)
        reached = interrupted_at(step, redis_place, [newest(1000, "x")], [newest(1001, "v0")])
        assert_consistent(redis_place)
        assert people(redis_place) == 1
        if not reached:
            return
        forget(redis_place.url)
    raise AssertionError("it never got through")
