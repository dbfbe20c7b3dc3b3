"""One event, sent again and again by several callers at once: it is one event."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.arrivals import views
from tests.personalization.stores.places import Place

TIMES = int(os.environ.get("P13N_REPETITIONS", "1000"))
CALLERS = 4
PROCESSES = 2
NEW = 100
EVENT = {"td_client_id": "202", "uuid": "0190b5a47b2c7def8a1b0123456789ab"}


class Caller:
    """A connection to one of the servers, which closes at the end of its context."""

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port

    async def __aenter__(self) -> Caller:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def views(self, event: Any) -> int:
        """Send an event; how many page views its good answer says."""
        self._writer.write(self._home.request(event))
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
        body = json.loads(await self._reader.readexactly(length))
        assert head.split()[1] == b"200"
        return int(body["offers"]["hello"]["attributes"]["views"])


async def _each(
    home: Home, servers: Sequence[ServerProcess], work: Callable[[Caller], Awaitable[list[int]]]
) -> list[int]:
    """What callers at all servers get, doing the same at once."""
    async with AsyncExitStack() as stack:
        ports = [servers[number % len(servers)].port for number in range(CALLERS)]
        callers = [await stack.enter_async_context(Caller(home, port)) for port in ports]
        return [seen for found in await asyncio.gather(*map(work, callers)) for seen in found]


def test_same_uuid__sent_a_thousand_times_to_two_processes__is_logged_and_counted_once(
    tmp_path: Path, place: Place
) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))

    async def repeat(caller: Caller) -> list[int]:
        return [await caller.views(EVENT) for _ in range(TIMES // CALLERS)]

    with _servers(home, place) as servers:
        assert asyncio.run(_each(home, servers, repeat)) == [1] * TIMES
    assert place.count("events") == 1
    assert views(place.profiles()["202"]) == 1


def test_same_uuid__of_somebody_new__sent_by_all_at_once__is_answered_with_its_count(
    tmp_path: Path, place: Place
) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))

    async def repeat(caller: Caller) -> list[int]:
        return [
            await caller.views({"td_client_id": f"new {number}", "uuid": f"{number:032x}"}) for number in range(NEW)
        ]

    with _servers(home, place) as servers:
        assert asyncio.run(_each(home, servers, repeat)) == [1] * NEW * CALLERS
    assert place.count("events") == NEW


@contextmanager
def _servers(home: Home, place: Place) -> Iterator[list[ServerProcess]]:
    with ExitStack() as stack:
        yield [stack.enter_context(ServerProcess(home, EVENT_STORE=place.url)) for _ in range(PROCESSES)]
