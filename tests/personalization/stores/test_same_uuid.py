"""One event, sent again and again by several callers at once: it is one event."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import ExitStack
from pathlib import Path

from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.stores.arrivals import views
from tests.personalization.stores.places import Place

TIMES = int(os.environ.get("P13N_REPETITIONS", "1000"))
CALLERS = 4
PROCESSES = 2
EVENT = {"td_client_id": "202", "uuid": "0190b5a47b2c7def8a1b0123456789ab"}


async def _repeat(home: Home, port: int, statuses: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(TIMES // CALLERS):
        writer.write(home.request(EVENT))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
        body = json.loads(await reader.readexactly(length))
        assert body["offers"]["hello"]["attributes"]["views"] == 1
        statuses.append(int(head.split()[1]))
    writer.close()


def test_same_uuid__sent_a_thousand_times_to_two_processes__is_logged_and_counted_once(
    tmp_path: Path, place: Place
) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))
    statuses: list[int] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(ServerProcess(home, EVENT_STORE=place.url)) for _ in range(PROCESSES)]

        async def repeat() -> None:
            ports = [servers[caller % PROCESSES].port for caller in range(CALLERS)]
            await asyncio.gather(*(_repeat(home, port, statuses) for port in ports))

        asyncio.run(repeat())
        for server in servers:
            server.stop()
    assert statuses == [200] * TIMES
    assert place.count("events") == 1
    assert views(place.profiles()["202"]) == 1
