"""The Redis store stopped at any of its steps, and what must hold of what it keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from personalization import json_text
from personalization.arrivals import Answer, Arrival
from personalization.batch import key_ref
from personalization.profile import Profile
from personalization.stores.redis import RedisStore
from personalization.stores.redis_connection import RedisServer, Reply
from personalization.stores.redis_nodes import Command, nodes_at
from personalization.stores.redis_records import RedisRecords
from personalization.stores.redis_url import redis_url
from tests.personalization.stores.arrivals import views
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_places import redis_tables


class Crash(BaseException):
    """The process ends here."""


class NotAnswered(BaseException):
    """What no store takes for one event's own fault."""


class Stepping:
    """Nodes that carry out one command at a time; `before` is told the number of each, from 0."""

    def __init__(self, place: Place, before: Callable[[int], None], *, only_writing: bool = False) -> None:
        url = redis_url(place.url)
        assert url is not None
        self._nodes = nodes_at(url)
        self._before = before
        self._only_writing = only_writing
        self.steps = 0
        self.close = self._nodes.close
        self.place = self._nodes.place

    def open(self) -> list[RedisServer]:
        return self._nodes.open()

    def run(self, commands: Sequence[Command], *, writing: bool = False) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            if writing or not self._only_writing:
                self._before(self.steps)
                self.steps += 1
            replies += self._nodes.run([command], writing=writing)
        return replies


def store_with(place: Place, nodes: Stepping) -> RedisStore:
    """A store that uses these nodes."""
    url = redis_url(place.url)
    assert url is not None
    return RedisStore(url, nodes=nodes)


def crash_at(step: int, place: Place, arrivals: Sequence[Arrival]) -> bool:
    """Commit in a process that ends before its write of that number; False when it had fewer and got through."""

    def before(number: int) -> None:
        if number == step:
            raise Crash

    store = store_with(place, Stepping(place, before, only_writing=True))
    try:
        committed(store, arrivals)
    except Crash:
        return True
    finally:
        store.close()
    return False


def interrupted_at(step: int, place: Place, arrivals: Sequence[Arrival], others: Sequence[Arrival]) -> bool:
    """Commit, while another process commits `others` before the step of that number; False when there are fewer."""
    with interrupted(step, place, lambda: by_another(place, others)) as nodes:
        store = store_with(place, nodes)
        committed(store, arrivals)
        store.close()
    return nodes.steps > step


@contextmanager
def interrupted(
    step: int, place: Place, act: Callable[[], object], *, only_writing: bool = False
) -> Iterator[Stepping]:
    """Nodes; before the step of that number something else happens."""

    def before(number: int) -> None:
        if number == step:
            act()

    yield Stepping(place, before, only_writing=only_writing)


def records_with(place: Place, nodes: Stepping) -> RedisRecords:
    """The records of a store, by these nodes; it has no warehouse."""
    url = redis_url(place.url)
    assert url is not None
    return RedisRecords(url, nodes=nodes)


def by_another(place: Place, arrivals: Sequence[Arrival]) -> list[Answer]:
    """Another process commits each by itself; all are answered."""
    store = place.store()
    answers = [answer for arrival in arrivals for answer in committed(store, [arrival])]
    store.close()
    return answers


def committed(store: Any, arrivals: Sequence[Arrival]) -> list[Answer]:
    """Commit; every event must be answered."""
    outcomes = store.commit(arrivals)
    if not all(isinstance(outcome, Answer) for outcome in outcomes):
        raise NotAnswered(outcomes)
    return list(outcomes)


def assert_consistent(place: Place) -> None:
    """Whatever happened: each logged event counts once, and each key value leads to the one profile that has it."""
    with redis_tables(place.url) as rows:
        events = rows("SELECT instance, uuid FROM events JOIN streams ON streams.id = stream")
        assert max(Counter(events).values(), default=1) == 1, "an event is logged twice"
        live = rows("SELECT id, body FROM profiles WHERE merged_into IS NULL AND body IS NOT NULL")
        counted = sum(views(profile_document(body)) for _, body in live if '"views/counter"' in body)
        logged = rows("SELECT count(*) FROM events WHERE profile IS NOT NULL")[0][0]
        assert counted == logged, f"{logged} events are logged and {counted} counted"
        into = dict(rows("SELECT id, merged_into FROM profiles WHERE merged_into IS NOT NULL"))
        claims = dict(rows("SELECT key, profile FROM profile_keys"))
    for number, body in live:
        for pair in Profile(0, "", 0, profile_document(body)["k"]).pairs():
            led = claims[key_ref("1/8", pair)]
            while led in into:
                led = into[led]
            assert led == number, f"{pair} leads to {led}, not to {number}"


def assert_nothing_astray(place: Place) -> None:
    """Every key value that is claimed is one of a live profile."""
    with redis_tables(place.url) as rows:
        bodies = rows("SELECT body FROM profiles WHERE merged_into IS NULL AND body IS NOT NULL")
        claims = {key for (key,) in rows("SELECT key FROM profile_keys")}
    people = [Profile(0, "", 0, profile_document(body)["k"]) for (body,) in bodies]
    assert claims == {key_ref("1/8", pair) for person in people for pair in person.pairs()}


def profile_document(body: str) -> dict[str, Any]:
    """A stored document."""
    document: dict[str, Any] = json_text.load(body)
    return document


def people(place: Place) -> int:
    """How many profiles there are; merged ones do not count."""
    return int(place.rows("SELECT count(*) FROM profiles WHERE merged_into IS NULL AND body IS NOT NULL")[0][0])


def logged(place: Place) -> set[int]:
    """The numbers of the logged events."""
    return {int.from_bytes(uuid) for (uuid,) in place.rows("SELECT uuid FROM events")}
