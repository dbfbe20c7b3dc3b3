"""Processes of the endpoint on Redis: they are killed under load, and so are the servers that they write to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.personalization.load import Load
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.killing import counted_once, killed_under_load
from tests.personalization.stores.places import Place
from tests.personalization.stores.redis_servers import (
    RedisClusterProcesses,
    RedisServerProcess,
    is_whole,
    redis_or_skip,
    until,
)
from tests.personalization.test_durability import Note, ready_again_soon

pytestmark = [pytest.mark.redis, pytest.mark.load]

CONNECTIONS = 16
READY_AGAIN = 5.0  # seconds
SERVED_AGAIN = 20.0  # seconds, in a cluster that has lost a master


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServerProcess]:
    redis_or_skip()
    with RedisServerProcess(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisClusterProcesses]:
    """A cluster that the test may do anything with."""
    redis_or_skip()
    with RedisClusterProcesses(tmp_path) as cluster:
        yield cluster


def test_kill__under_load__every_acknowledged_event_is_stored_and_counted_once(
    home: Home, redis_place: Place, record_property: Note
) -> None:
    load = killed_under_load(home, redis_place)
    assert counted_once(redis_place) == load.acknowledged
    ready_again_soon(load, record_property)


def test_server__killed_under_load__has_all_that_was_acknowledged(home: Home, server: RedisServerProcess) -> None:
    place = Place(f"redis://127.0.0.1:{server.port}")
    with ServerProcess(home, EVENT_STORE=place.url) as endpoint:
        load = Load(home, [endpoint.port])

        async def fault() -> None:
            for _ in range(3):
                await load.answered(200, 200)
                await asyncio.to_thread(server.kill)
                await load.answered(503, 3 * CONNECTIONS)
                assert (await asyncio.to_thread(endpoint.get, "/readyz")).status == 503
                await asyncio.to_thread(server.start)
                assert await load.answered(200, 200) < READY_AGAIN

        asyncio.run(load.during(fault, connections=CONNECTIONS))
        refused_well(load)
        assert load.acknowledged <= counted_once(place)
        asyncio.run(load.finish())
        endpoint.stop()
    assert counted_once(place) == load.acknowledged


def test_master__killed_under_load__its_replica_has_all_that_was_acknowledged(
    home: Home, cluster: RedisClusterProcesses
) -> None:
    place = Place(cluster.url())
    with ServerProcess(home, EVENT_STORE=place.url) as endpoint:
        load = Load(home, [endpoint.port])

        async def fault() -> None:
            await load.answered(200, 400)
            killed_at = time.monotonic()
            await asyncio.to_thread(cluster.servers[0].kill)
            await load.answered(503, 1)
            assert (await asyncio.to_thread(endpoint.get, "/readyz")).status == 200
            await load.until(lambda: all(each.status == 200 for each in load.answers[-400:]))
            assert time.monotonic() - killed_at < SERVED_AGAIN

        asyncio.run(load.during(fault, connections=CONNECTIONS))
        refused_well(load)
        cluster.servers[0].start()
        with cluster.servers[1].client() as client:
            until(lambda: is_whole(client), "the killed server did not come back as a replica")
        asyncio.run(load.finish())
        endpoint.stop()
    assert counted_once(place) == load.acknowledged


def refused_well(load: Load) -> None:
    """Every answer was a good one, or 503 that says when to come again."""
    assert set(load.statuses) == {200, 503}
    assert load.broken == 0
    assert all(int(each.headers["retry-after"]) >= 1 for each in load.answers if each.status == 503)
