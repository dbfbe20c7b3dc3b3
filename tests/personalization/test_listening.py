"""Woken by PostgreSQL at a change, and only told nothing where there is none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from personalization import listening as module
from personalization.listening import listen
from routing.services import CHANGES_CHANNEL

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
DATABASE = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}} | {
    {"dbname": "NAME"}.get(name, name.upper()): value for name, value in conninfo_to_dict(SERVER).items()
}


@pytest.fixture
def server() -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        if "CI" in os.environ:
            raise
        pytest.skip("there is no PostgreSQL server at TEST_DATABASE_URL")
    with connection:
        yield connection


@pytest.fixture(autouse=True)
def _own_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests that use the server at the same time are not heard."""
    monkeypatch.setattr(module, "CHANGES_CHANNEL", f"{CHANGES_CHANNEL}_{uuid4().hex}")


async def next_wake(woken: asyncio.Event) -> None:
    async with asyncio.timeout(20):
        await woken.wait()
    woken.clear()


def notify(server: psycopg.Connection) -> None:
    server.execute("SELECT pg_notify(%s, '')", (module.CHANGES_CHANNEL,))


@pytest.mark.postgresql
def test_listen__a_change__wakes(server: psycopg.Connection) -> None:
    async def scenario() -> None:
        woken = asyncio.Event()
        task = asyncio.create_task(listen(DATABASE, woken.set))
        await next_wake(woken)
        for _ in range(3):
            notify(server)
            await next_wake(woken)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()  # it listened until then

    asyncio.run(scenario())


@pytest.mark.postgresql
def test_listen__connection_is_cut__listens_again(server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 0.01)

    async def scenario() -> None:
        woken = asyncio.Event()
        task = asyncio.create_task(listen(DATABASE, woken.set))
        await next_wake(woken)
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s AND pid <> pg_backend_pid()",
            (f"LISTEN%{module.CHANGES_CHANNEL}%",),
        )
        await next_wake(woken)
        notify(server)
        await next_wake(woken)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()  # it listened until then

    asyncio.run(scenario())


def test_listen__no_such_server__is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 0.0)
    tries: list[object] = []
    enough = asyncio.Event()

    async def refused(place: str, **options: object) -> None:
        tries.append(place)
        if len(tries) == 3:
            enough.set()
        raise psycopg.OperationalError("refused")

    monkeypatch.setattr(module.AsyncConnection, "connect", refused)

    async def scenario() -> None:
        task = asyncio.create_task(listen(DATABASE, lambda: None))
        await next_wake(enough)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()  # it would go on

    asyncio.run(scenario())


def test_listen__sqlite__returns_at_once() -> None:
    woken: list[bool] = []
    asyncio.run(listen({"ENGINE": "django.db.backends.sqlite3"}, lambda: woken.append(True)))
    assert woken == []
