"""What changes and ends while events keep coming: nobody notices but by a new version's answers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.personalization.load import Answered, Load
from tests.personalization.server_process import ROOT, Home, ServerProcess

PUSHES = int(os.environ.get("P13N_PUSHES", "15"))
RESTARTS = int(os.environ.get("P13N_RESTARTS", "2"))
CONNECTIONS = 8
LIVE_SECONDS = float(os.environ.get("P13N_LIVE_SECONDS", "5"))  # a second on a machine that does nothing else
BOUNDED = ("--http", "personalization.connections:BoundedHttp")

pytestmark = pytest.mark.load


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, *Home(tmp_path).seed("make"))


class Mover:
    """Pushes and rolls back in a process of its own, as the console would."""

    def __init__(self, orders: IO[str], numbers: IO[str]) -> None:
        self._orders, self._numbers = orders, numbers

    def move(self, order: str) -> int:
        """The version that is live then."""
        self._orders.write(f"{order}\n")
        self._orders.flush()
        return int(self._numbers.readline())


@contextmanager
def a_mover(home: Home) -> Iterator[Mover]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.personalization.seed", "follow"],
        cwd=ROOT,
        env=home.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as orders, process.stdout as numbers:
            yield Mover(orders, numbers)
    finally:
        process.wait(30)


def version(answer: Answered) -> int:
    return int(answer.headers["x-p13n-version"])


def text(answer: Answered) -> str:
    said: str = json.loads(answer.body)["offers"]["hello"]["attributes"]["text"]
    return said


def test_pushes_and_rollbacks__no_request_fails_none_is_mixed_and_each_is_live_in_a_second(home: Home) -> None:
    texts = {1: "one"}
    with ServerProcess(home) as first, ServerProcess(home) as second, a_mover(home) as mover:
        load = Load(home, [first.port, second.port], pace=0.005)
        times: list[float] = []

        async def moved(order: str) -> int:
            """Have it moved, and wait until both processes answer with it."""
            number = await asyncio.to_thread(mover.move, order)
            times.append(await load.everywhere(lambda answer: version(answer) == number))
            return number

        async def moves() -> None:
            await load.answered(200, 100)
            for turn in range(PUSHES):
                texts[await moved(f"push text{turn}")] = f"text{turn}"
                if turn % 2:
                    await moved("rollback")
            await load.answered(200, 100)

        asyncio.run(load.during(moves, connections=CONNECTIONS))
        assert set(load.statuses) == {200}
        assert load.broken == 0
        assert {(version(each), text(each)) for each in load.answers} <= set(texts.items())
        assert {version(each) for each in load.answers} == set(texts)
        assert max(times) < LIVE_SECONDS, sorted(times)
        for endpoint in (first, second):
            endpoint.stop()


def test_rolling_restart__no_request_fails(home: Home) -> None:
    with ServerProcess(home, options=BOUNDED) as first, ServerProcess(home, options=BOUNDED) as second:
        load = Load(home, [first.port, second.port])

        async def restarts() -> None:
            for endpoint in (first, second) * RESTARTS:
                await load.answered(200, 300)
                await asyncio.to_thread(endpoint.restart)
            await load.answered(200, 300)

        asyncio.run(load.during(restarts, connections=4 * CONNECTIONS))
        assert set(load.statuses) == {200}
        assert load.broken == 0
        assert not load.unknown
        for endpoint in (first, second):
            endpoint.stop(signal.SIGTERM)
