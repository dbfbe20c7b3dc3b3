"""The control database on a server that stands still or is down: events are answered as if nothing were."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.personalization.load import Load
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.own_server import OwnServer, own_server
from tests.personalization.test_without_the_database import until_true

pytestmark = [pytest.mark.postgresql, pytest.mark.load]

BOUNDED = ("--http", "personalization.connections:BoundedHttp")
EVENT = {"td_client_id": "202"}
AWAY_SECONDS = float(os.environ.get("P13N_AWAY_SECONDS", "3"))
RESTARTS = 2


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as running:
        yield running


class ServedHome(Home):
    """A home whose control database is on the server."""

    url: str

    def environment(self) -> dict[str, str]:
        return super().environment() | {"DATABASE_URL": self.url}


@pytest.fixture
def home(server: OwnServer, tmp_path: Path) -> Home:
    with psycopg.connect(server.url("control"), autocommit=True) as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")

    class Here(ServedHome):
        url = server.url("control")

    return Here(tmp_path, *Here(tmp_path).seed("make"))


def control_database(endpoint: ServerProcess) -> str:
    said: str = endpoint.get("/readyz").json()["control_database"]
    return said


def test_frozen__is_noticed_and_a_process_stops_and_starts_all_the_same(home: Home, server: OwnServer) -> None:
    with ServerProcess(home) as endpoint:
        assert endpoint.post(EVENT).status == 200
        server.freeze()
        try:
            until_true(lambda: control_database(endpoint) == "away")
            assert endpoint.post(EVENT).status == 200
            endpoint.stop()
            with ServerProcess(home) as restarted:
                assert restarted.get("/readyz").json()["snapshot_from"] == "disk"
                assert restarted.post(EVENT).status == 200
                server.thaw()
                until_true(lambda: restarted.get("/readyz").json()["snapshot_from"] == "database")
                restarted.stop()
        finally:
            server.thaw()


def test_frozen__just_before_the_end__does_not_hold_it_up(home: Home, server: OwnServer) -> None:
    with ServerProcess(home) as endpoint:
        assert endpoint.post(EVENT).status == 200  # a use of token and key to write down in the end
        server.freeze()
        try:
            endpoint.stop()
        finally:
            server.thaw()


def test_away__processes_restarted_meanwhile__no_event_fails(home: Home, server: OwnServer) -> None:
    with ServerProcess(home, options=BOUNDED) as first, ServerProcess(home, options=BOUNDED) as second:
        load = Load(home, [first.port, second.port], pace=0.02)

        async def fault() -> None:
            await load.answered(200, 100)
            await asyncio.to_thread(server.stop)
            until = time.monotonic() + AWAY_SECONDS
            for _ in range(RESTARTS):
                for endpoint in (first, second):
                    await asyncio.to_thread(endpoint.restart)
                    await load.answered(200, 100)
            await load.until(lambda: time.monotonic() > until, seconds=2 * AWAY_SECONDS)
            await asyncio.to_thread(server.start)
            await load.until(lambda: control_database(first) == "available")

        asyncio.run(load.during(fault, connections=8))
        assert set(load.statuses) == {200}
        assert load.broken == 0
        for endpoint in (first, second):
            endpoint.stop(signal.SIGTERM)
