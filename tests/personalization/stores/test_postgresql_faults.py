"""The event store's server stops or stands still under load: nothing acknowledged is lost, nobody waits for long."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.personalization.load import Load
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.killing import counted_once
from tests.personalization.stores.own_server import OwnServer, own_server
from tests.personalization.stores.places import Place, emptied
from tests.personalization.test_durability import Note

pytestmark = [pytest.mark.postgresql, pytest.mark.load]

CONNECTIONS = 16
RECOVERY = 5.0  # seconds
FROZEN_SECONDS = float(os.environ.get("P13N_FROZEN_SECONDS", "0"))  # at least
IS_FULL = FROZEN_SECONDS > 0  # on a machine that does nothing else
REFUSED, REFUSED_NEXT = 8.0, 3.0  # seconds that the first 503 of a silent server takes at most, and the next ones


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as running:
        yield running


@pytest.fixture
def events(server: OwnServer) -> Place:
    return emptied(server.url("events"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


def refused_well(load: Load) -> None:
    """Every answer was a good one, or 503 that says when to come again."""
    assert set(load.statuses) == {200, 503}
    assert load.broken == 0
    assert all(int(each.headers["retry-after"]) >= 1 for each in load.answers if each.status == 503)


def test_server_stopped_at_once__503_then_serves_again_and_nothing_is_lost(
    home: Home, server: OwnServer, events: Place
) -> None:
    with ServerProcess(home, EVENT_STORE=events.url) as endpoint:
        load = Load(home, [endpoint.port])

        async def fault() -> None:
            await load.answered(200, 200)
            await asyncio.to_thread(server.stop)
            await load.answered(503, 3 * CONNECTIONS)
            assert endpoint.get("/readyz").status == 503
            await asyncio.to_thread(server.start)
            assert await load.answered(200, 200) < RECOVERY

        asyncio.run(load.during(fault, connections=CONNECTIONS))
        refused_well(load)
        assert load.acknowledged <= counted_once(events)
        asyncio.run(load.finish())
        endpoint.stop()
    assert counted_once(events) == load.acknowledged


def test_server_frozen__503_while_it_is_and_nothing_is_lost(
    home: Home, server: OwnServer, events: Place, record_property: Note
) -> None:
    with ServerProcess(home, EVENT_STORE=events.url) as endpoint:
        load = Load(home, [endpoint.port])

        async def fault() -> None:
            await load.answered(200, 200)
            frozen_at = time.monotonic()
            server.freeze()
            try:
                await load.answered(503, 3 * CONNECTIONS)  # before it goes on, so nobody waits for it
                assert (await asyncio.to_thread(endpoint.get, "/healthz")).status == 200
                await load.until(lambda: time.monotonic() >= frozen_at + FROZEN_SECONDS)
            finally:
                server.thaw()
            assert await load.answered(200, 200) < RECOVERY

        asyncio.run(load.during(fault, connections=CONNECTIONS))
        refused_well(load)
        refused_soon(load, record_property)
        assert load.acknowledged <= counted_once(events)
        asyncio.run(load.finish())
        endpoint.stop()
    assert counted_once(events) == load.acknowledged


def refused_soon(load: Load, record_property: Note) -> None:
    """Nobody waits for long, and who comes when it is known that the server is silent waits less."""
    refused = [each for each in load.answers if each.status == 503]
    known_at = min(each.at for each in refused)
    first = max(each.seconds for each in refused)
    later = [each.seconds for each in refused if each.at - each.seconds > known_at] or [0.0]
    record_property("503 after seconds, at most", [round(first, 2), round(max(later), 2)])
    if IS_FULL:
        assert first <= REFUSED
        assert max(later) <= REFUSED_NEXT


def test_process__started_and_stopped_while_the_server_is_frozen__does_both(
    home: Home, server: OwnServer, events: Place
) -> None:
    server.freeze()
    try:
        with ServerProcess(home, EVENT_STORE=events.url, ready=False) as endpoint:
            assert endpoint.post({"td_client_id": "202"}).status == 503
            endpoint.stop()
    finally:
        server.thaw()
