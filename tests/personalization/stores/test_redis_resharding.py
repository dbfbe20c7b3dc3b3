"""Slots of a cluster move to another master while events come in."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from personalization.arrivals import Answer, Unavailable
from personalization.stores.base import Store
from tests.personalization.stores.arrivals import arrival, views
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_servers import RedisClusterProcesses, redis_or_skip

pytestmark = pytest.mark.redis

SLOT = crc_hqx(b"p001", 0) % 16384  # of the first profile


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisClusterProcesses]:
    """A cluster that the test may do anything with."""
    redis_or_skip()
    with RedisClusterProcesses(tmp_path) as cluster:
        yield cluster


class Move:
    """The slot's way from its master to another one, in steps."""

    def __init__(self, cluster: RedisClusterProcesses) -> None:
        owner = SLOT * 3 // 16384
        self.source, self.target = (cluster.servers[number] for number in (owner, (owner + 1) % 3))
        self._clients = [server.client() for server in (self.source, self.target)]
        self._ids = [client.execute_command("CLUSTER", "MYID") for client in self._clients]

    def begin(self) -> None:
        self._clients[1].execute_command("CLUSTER", "SETSLOT", SLOT, "IMPORTING", self._ids[0])
        self._clients[0].execute_command("CLUSTER", "SETSLOT", SLOT, "MIGRATING", self._ids[1])

    def keys(self) -> list[Any]:
        found: list[Any] = self._clients[0].execute_command("CLUSTER", "GETKEYSINSLOT", SLOT, 1000)
        return found

    def move(self, keys: list[Any]) -> None:
        words = ("MIGRATE", "127.0.0.1", self.target.port, "", 0, 5000, "KEYS", *keys)
        assert self._clients[0].execute_command(*words) == b"OK"

    def finish(self) -> None:
        for client in self._clients[::-1]:
            client.execute_command("CLUSTER", "SETSLOT", SLOT, "NODE", self._ids[1])

    def close(self) -> None:
        for client in self._clients:
            client.close()


def stored(store: Store, number: int) -> bool:
    """Whether the event was taken; it may come again."""
    [outcome] = store.commit([arrival(number, given=True)])
    assert isinstance(outcome, Answer | Unavailable)
    return isinstance(outcome, Answer)


def test_slot__on_its_way__events_are_stored_once_at_every_step(cluster: RedisClusterProcesses) -> None:
    place, move = Place(cluster.url()), Move(cluster)
    store = place.store()
    assert stored(store, 1)
    move.begin()
    stored(store, 2)  # or not: it needs a key that is there and one that is not, and Redis takes no such command now
    move.move(move.keys()[:1])
    stored(store, 3)
    move.move(move.keys())
    stored(store, 4)
    move.finish()
    for number in (2, 3, 4, 5):
        assert stored(store, number)
    store.close()
    move.close()
    assert place.rows("SELECT count(*), count(DISTINCT uuid) FROM events") == [(5, 5)]
    assert views(place.profiles()["202"]) == 5


def test_slot__moved_while_nobody_looked__is_found(cluster: RedisClusterProcesses) -> None:
    place, move = Place(cluster.url()), Move(cluster)
    store = place.store()
    store.commit([arrival(1)])
    move.begin()
    move.move(move.keys())
    move.finish()
    move.close()
    assert isinstance(store.commit([arrival(2)])[0], Answer)
    store.close()
    assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)


def test_event_without_a_uuid__asked_for_at_the_other_master__counts_once(cluster: RedisClusterProcesses) -> None:
    place, move = Place(cluster.url()), Move(cluster)
    store = place.store()
    store.commit([arrival(1)])
    move.begin()
    move.move(move.keys())
    for number in (2, 3, 4):
        assert isinstance(store.commit([arrival(number)])[0], Answer)
    move.finish()
    move.close()
    store.close()
    assert (place.count("events"), views(place.profiles()["202"])) == (4, 4)
