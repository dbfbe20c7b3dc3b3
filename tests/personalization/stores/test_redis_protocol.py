"""The Redis store's protocol: a process ends after any of its writes, or another one comes between any two steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from personalization.arrivals import Arrival
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_places import forget
from tests.personalization.stores.redis_steps import (
    assert_consistent,
    by_another,
    crash_at,
    interrupted_at,
    logged,
    people,
)

pytestmark = pytest.mark.redis

MOST_STEPS = 60


@dataclass(frozen=True)
class Scene:
    """What is there before, what a process commits, and how many people there are before and after that."""

    before: Sequence[Arrival]
    committed: Sequence[Arrival]
    people: tuple[int, int]
    keys: Sequence[dict[str, str | None]] = field(default=({"td_client_id": "a"}, {"td_client_id": None, "mail": "m"}))


def one(number: int, visitor: str | None = None, mail: str | None = None, **more: str) -> Arrival:
    """An event of a visitor and an address; its caller named the uuid."""
    return arrival(number, given=True, td_client_id=visitor, mail=mail, **more)


SCENES = {
    "a new visitor": Scene([], [one(1, "a")], (0, 1)),
    "a new visitor with two keys": Scene([], [one(1, "a", "m")], (0, 1)),
    "a known visitor": Scene([one(1, "a")], [one(2, "a")], (1, 1)),
    "a known visitor with another key": Scene([one(1, "a")], [one(2, "a", "m")], (1, 1)),
    "two become one": Scene([one(1, "a"), one(2, None, "m")], [one(3, "a", "m")], (2, 1)),
    "two become one and get on": Scene(
        [one(1, "a"), one(2, None, "m")], [one(3, None, "m"), one(4, "a", "m"), one(5, "a")], (2, 1)
    ),
    "made and merged at once": Scene([one(1, "a")], [one(2, None, "m"), one(3, "a", "m")], (1, 1)),
    "the newer one is a merged one": Scene(
        [one(1, "a"), one(2, "b"), one(3, None, "m"), one(4, "b", "m")], [one(5, "a", "m")], (2, 1)
    ),
    "several people": Scene([one(1, "a")], [one(2, "a"), one(3, "b"), one(4, "c"), one(5, None, "m")], (1, 4)),
    "nobody": Scene([], [one(1), one(2, "null")], (0, 0)),
}


@pytest.mark.parametrize("name", SCENES)
def test_crash__after_any_write__the_same_events_again_finish_it(redis_place: Place, name: str) -> None:
    scene = SCENES[name]
    for step, place in places(redis_place):
        by_another(place, scene.before)
        crashed = crash_at(step, place, scene.committed)
        by_another(place, scene.committed)
        assert_consistent(place)
        assert (logged(place), people(place)) == (numbers(scene), scene.people[1])
        if not crashed:
            return
    raise AssertionError("it never got through")


@pytest.mark.parametrize("name", SCENES)
def test_crash__after_any_write__nothing_is_half_done_for_those_who_come_next(redis_place: Place, name: str) -> None:
    scene = SCENES[name]
    for step, place in places(redis_place):
        by_another(place, scene.before)
        crashed = crash_at(step, place, scene.committed)
        stored = logged(place)
        by_another(place, [arrival(100 + number, **keys) for number, keys in enumerate(scene.keys)])
        assert_consistent(place)
        assert logged(place) == stored | {100 + number for number in range(len(scene.keys))}
        if len(scene.committed) == 1 and scene.committed[0].row.fields["td_client_id"]:
            together = stored >= numbers(scene) and scene.committed[0].row.fields["mail"] is not None
            assert people(place) == (1 if together else 2)
        if not crashed:
            return
    raise AssertionError("it never got through")


OTHERS = {
    "the same visitor": [one(50, "a")],
    "the same address": [one(50, None, "m")],
    "both": [one(50, "a", "m")],
    "another with the address": [one(50, "b", "m")],
    "another merge": [one(50, "z"), one(51, None, "m"), one(52, "z", "m")],
}


@pytest.mark.parametrize("redis_place", ["redis-cluster"], indirect=True)  # where there are the most steps
@pytest.mark.parametrize("name", [name for name in SCENES if name not in ("several people", "nobody")])
@pytest.mark.parametrize("others", OTHERS)
def test_race__another_process_between_any_two_steps__both_count(redis_place: Place, name: str, others: str) -> None:
    scene = SCENES[name]
    for step, place in places(redis_place):
        by_another(place, scene.before)
        reached = interrupted_at(step, place, scene.committed, OTHERS[others])
        assert_consistent(place)
        came = {int.from_bytes(other.uuid) for other in OTHERS[others]} if reached else set()
        assert logged(place) == numbers(scene) | came
        if not reached:
            return
    raise AssertionError("it never got through")


@pytest.mark.parametrize("name", SCENES)
def test_race__the_same_events_between_any_two_steps__each_counts_once(redis_place: Place, name: str) -> None:
    scene = SCENES[name]
    for step, place in places(redis_place):
        by_another(place, scene.before)
        reached = interrupted_at(step, place, scene.committed, scene.committed)
        assert_consistent(place)
        assert (logged(place), people(place)) == (numbers(scene), scene.people[1])
        if not reached:
            return
    raise AssertionError("it never got through")


def places(place: Place) -> Iterator[tuple[int, Place]]:
    """The store, empty again for each step."""
    for step in range(MOST_STEPS):
        yield step, place
        forget(place.url)


def numbers(scene: Scene) -> set[int]:
    """The events of a scene."""
    return {int.from_bytes(event.uuid) for event in (*scene.before, *scene.committed)}
