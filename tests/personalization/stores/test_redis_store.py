"""What holds for the store on Redis alone: what it refuses, servers that go away, races between processes."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from personalization.arrivals import Answer, Arrival, Unavailable
from personalization.stores.base import StoreRefused, StoreUnavailable
from personalization.stores.locations import store_at
from tests.personalization.stores.arrivals import arrival, preferences, views
from tests.personalization.stores.places import Place
from tests.personalization.stores.racing import committing, in_threads
from tests.personalization.stores.redis_places import contents
from tests.personalization.stores.redis_servers import RedisServerProcess, SharedServers, redis_or_skip, until
from tests.personalization.stores.redis_steps import assert_consistent, people

pytestmark = pytest.mark.redis

NOWHERE = "redis://anna:hunter2@127.0.0.1:1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServerProcess]:
    """A server that the test may do anything with."""
    redis_or_skip()
    with RedisServerProcess(tmp_path / "server") as server:
        yield server


@pytest.fixture
def admin(server: RedisServerProcess) -> Iterator[redis.Redis]:
    with server.client() as client:
        yield client


def url(server: RedisServerProcess, options: str = "") -> str:
    return f"redis://127.0.0.1:{server.port}{options}"


# What is refused


@pytest.mark.parametrize(("setting", "value"), [("appendonly", "no"), ("appendfsync", "everysec")])
def test_open__writes_are_not_synced__is_refused_unless_told(
    server: RedisServerProcess, admin: redis.Redis, setting: str, value: str
) -> None:
    admin.config_set(setting, value)
    with pytest.raises(StoreRefused, match=f"would not survive a crash.* {setting} {value}"):
        store_at(url(server)).open()
    store = store_at(url(server, "?durability=relaxed"))
    assert isinstance(store.commit([arrival(1)])[0], Answer)
    store.close()


def test_open__memory_may_be_cleared_for_new_keys__is_refused(server: RedisServerProcess, admin: redis.Redis) -> None:
    admin.config_set("maxmemory", "100mb")
    admin.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(StoreRefused, match="noeviction"):
        store_at(url(server)).open()


def test_open__settings_are_hidden__is_refused_unless_the_service_promises(
    server: RedisServerProcess, admin: redis.Redis
) -> None:
    admin.execute_command("ACL", "SETUSER", "anna", "on", ">hunter2", "~*", "+@all", "-config")
    place = url(server).replace("://", "://anna:hunter2@")
    with pytest.raises(StoreRefused, match="durability=managed") as caught:
        store_at(place).open()
    assert "hunter2" not in str(caught.value)
    store = store_at(f"{place}?durability=managed")
    assert isinstance(store.commit([arrival(1)])[0], Answer)
    store.close()


def test_open__a_cluster_named_as_a_server_or_the_reverse__is_refused(redis_servers: SharedServers) -> None:
    with pytest.raises(StoreRefused, match=r"part of a cluster: name it as redis\+cluster"):
        store_at(redis_servers.cluster.replace("redis+cluster", "redis").split(",")[0]).open()
    with pytest.raises(StoreUnavailable):
        store_at(redis_servers.server.replace("redis:", "redis+cluster:")).open()


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_open__no_server__is_unavailable_and_says_no_password(scheme: str) -> None:
    store = store_at(NOWHERE.replace("redis", scheme))
    for act in (store.open, lambda: store.commit([arrival(1)])):
        with pytest.raises(StoreUnavailable) as caught:
            act()
        assert "hunter2" not in str(caught.value)


def test_open__wrong_password__is_unavailable_and_does_not_say_it(server: RedisServerProcess) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        store_at(url(server).replace("://", "://anna:hunter2@")).open()
    assert "hunter2" not in str(caught.value)


# Servers that go away


def test_server__started_again__next_group_is_stored_all_the_same(server: RedisServerProcess) -> None:
    store = store_at(url(server))
    store.commit([arrival(1, some_key="a")])
    server.kill()
    server.start()
    assert preferences(store.commit([arrival(2)])[0]) == "a"
    store.close()


def test_server__gone__is_unavailable_then_serves_again(server: RedisServerProcess) -> None:
    place = Place(url(server))
    store = place.store()
    store.commit([arrival(1, given=True)])
    server.kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.commit([arrival(2, given=True)])
    server.start()
    committing_at_last(store, [arrival(2, given=True)])
    assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)
    store.close()


def test_server__frozen__is_unavailable_then_serves_again(server: RedisServerProcess) -> None:
    place = Place(url(server))
    store = place.store()
    store.commit([arrival(1, given=True)])
    server.send(signal.SIGSTOP)
    with pytest.raises(StoreUnavailable):
        store.commit([arrival(2, given=True)])
    server.send(signal.SIGCONT)
    committing_at_last(store, [arrival(2, given=True)])
    assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)
    store.close()


def committing_at_last(store: Any, group: list[Arrival]) -> None:
    """Commit again until the store takes it."""

    def is_taken() -> bool:
        try:
            return all(isinstance(outcome, Answer) for outcome in store.commit(group))
        except StoreUnavailable:
            return False

    until(is_taken, "it never served again")


def test_scripts__forgotten_by_the_server__are_loaded_again(server: RedisServerProcess, admin: redis.Redis) -> None:
    store = store_at(url(server))
    store.commit([arrival(1, some_key="a")])
    admin.script_flush()
    assert preferences(store.commit([arrival(2)])[0]) == "a"
    store.close()


def test_memory__full__is_unavailable_and_nothing_is_half_written(
    server: RedisServerProcess, admin: redis.Redis
) -> None:
    place = Place(url(server))
    store = place.store()
    store.commit([arrival(1)])
    admin.config_set("maxmemory", "1")
    assert store.commit([arrival(2), arrival(3, td_client_id="303")]) == [Unavailable()] * 2
    admin.config_set("maxmemory", "0")
    assert (place.count("events"), views(place.profiles()["202"])) == (1, 1)
    store.close()


def test_replica__does_not_follow__is_unavailable_and_with_it_is_stored(
    server: RedisServerProcess, admin: redis.Redis, tmp_path: Path
) -> None:
    with RedisServerProcess(tmp_path / "replica", "--replicaof", f"127.0.0.1 {server.port}") as replica:
        until(lambda: len(admin.role()[2]) == 1, "the replica does not follow")
        place = Place(url(server))
        store = place.store()
        assert isinstance(store.commit([arrival(1, given=True)])[0], Answer)
        replica.send(signal.SIGSTOP)
        assert store.commit([arrival(2, given=True)]) == [Unavailable()]
        replica.send(signal.SIGCONT)
        committing_at_last(store, [arrival(2, given=True)])
        assert (place.count("events"), views(place.profiles()["202"])) == (2, 2)
        store.close()


def test_open__a_replica__is_unavailable(server: RedisServerProcess, tmp_path: Path) -> None:
    with (
        RedisServerProcess(tmp_path / "replica", "--replicaof", f"127.0.0.1 {server.port}") as replica,
        pytest.raises(StoreUnavailable, match="is a replica"),
    ):
        store_at(url(replica)).open()


# Several processes


def test_race__four_processes_one_profile__counts_exactly(redis_place: Place) -> None:
    in_threads(
        [
            committing(
                redis_place,
                [[arrival(1000 * process + 10 * n + i, given=True) for i in range(4)] for n in range(15)],
            )
            for process in range(4)
        ]
    )
    assert redis_place.count("events") == 240
    assert views(redis_place.profiles()["202"]) == 240
    assert people(redis_place) == 1


def test_race__same_events_from_four_processes__each_counts_once(redis_place: Place) -> None:
    def groups(process: int) -> list[list[Arrival]]:
        events = [arrival(number, given=True, td_client_id=f"v{number % 7}") for number in range(60)]
        random.Random(process).shuffle(events)
        return [events[start : start + 6] for start in range(0, 60, 6)]

    in_threads([committing(redis_place, groups(process)) for process in range(4)])
    assert redis_place.count("events") == 60
    assert sum(map(views, redis_place.profiles().values())) == 60
    assert_consistent(redis_place)


def test_race__merging_from_four_processes__everybody_is_one_person_and_every_event_counts(redis_place: Place) -> None:
    def groups(process: int) -> list[list[Arrival]]:
        chance = random.Random(process)
        pairs = [(f"v{chance.randrange(12)}", f"m{chance.randrange(12)}") for _ in range(30)]
        return [
            [arrival(1000 * process + number, given=True, td_client_id=visitor, mail=mail)]
            for number, (visitor, mail) in enumerate(pairs)
        ]

    in_threads([committing(redis_place, groups(process)) for process in range(4)])
    assert redis_place.count("events") == 120
    assert_consistent(redis_place)
    events = [event for process in range(4) for [event] in groups(process)]
    joined = {frozenset((event.row.fields["td_client_id"], event.row.fields["mail"])) for event in events}
    assert people(redis_place) == len(united(joined))


def united(pairs: set[frozenset[str]]) -> list[frozenset[str]]:
    """Those that share a member, as one."""
    people: list[frozenset[str]] = []
    for pair in pairs:
        together = [person for person in people if person & pair]
        people = [person for person in people if not person & pair] + [pair.union(*together)]
    return people


# What is kept


def test_uuid__named_by_the_caller__is_kept_for_at_least_a_day(redis_place: Place) -> None:
    store = redis_place.store()
    store.commit([arrival(1, given=True), arrival(2)])
    store.close()
    named = [key for key in contents(redis_place.url) if key.endswith(f"{1:032x}")]
    assert len(named) == 2
    assert not [key for key in contents(redis_place.url) if key.endswith(f"{2:032x}")]
