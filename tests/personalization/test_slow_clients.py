"""Hundreds who send nothing, or a byte now and then: each is cut off, and the others hardly notice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

import pytest

from tests.personalization.load import Answered, Load
from tests.personalization.server_process import Home, ServerProcess

SLOW = int(os.environ.get("P13N_SLOW_CLIENTS", "100"))
IS_FULL = SLOW >= 500
DEADLINE = 10.0 if IS_FULL else 1.0  # the real one, or one that a quick test can wait for
HTTP = "personalization.connections:BoundedHttp" if IS_FULL else "tests.personalization.impatient:ImpatientHttp"
CONNECTIONS = 8
ENOUGH = 1000 if IS_FULL else 300  # answers, for a percentile
BYTE_INTERVAL = 0.2

pytestmark = pytest.mark.load


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


async def until_cut(port: int, begin: bytes, dribble: Callable[[], bytes]) -> float:
    """Be slow until the server ends the connection; returns after how many seconds it did."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    writer.write(begin)
    ending = asyncio.create_task(reader.read())
    while not ending.done():
        await asyncio.wait([ending], timeout=BYTE_INTERVAL)
        with suppress(ConnectionError):
            writer.write(dribble())
            await writer.drain()
    writer.close()
    await asyncio.gather(ending, return_exceptions=True)
    return time.monotonic() - began


def slow_clients(home: Home, port: int) -> list[asyncio.Task[float]]:
    """A third says nothing, a third never ends its headers, a third never ends its body."""
    head = home.head(content_length="1000")
    kinds: Sequence[tuple[bytes, Callable[[], bytes]]] = (
        (b"", lambda: b""),
        (head[:30], lambda: b"x"),
        (head, lambda: b" "),
    )
    return [asyncio.create_task(until_cut(port, *kinds[number % len(kinds)])) for number in range(SLOW)]


def p99(answers: Sequence[Answered]) -> float:
    return quantiles([each.seconds for each in answers], n=100)[98]


def test_slow_clients__many_at_once__are_cut_off_and_nobody_else_is_refused(home: Home) -> None:
    settings = {"BODY_DEADLINE": str(DEADLINE)}
    with ServerProcess(home, options=("--http", HTTP), **settings) as endpoint:
        load = Load(home, [endpoint.port], pace=0.01)
        before: list[Answered] = []
        times: list[float] = []

        async def attack() -> None:
            await load.answered(200, ENOUGH)
            before.extend(load.answers)
            slow = slow_clients(home, endpoint.port)
            await load.answered(200, ENOUGH)
            times.extend(await asyncio.gather(*slow))

        asyncio.run(load.during(attack, connections=CONNECTIONS))
        assert set(load.statuses) == {200}
        assert load.broken == 0
        assert len(times) == SLOW
        if IS_FULL:  # on a machine that does nothing else
            assert max(times) <= DEADLINE
            assert p99(load.answers[len(before) :]) <= 2 * p99(before)
        endpoint.stop()
