"""The process is killed under load, again and again: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.personalization.server_process import Home, ServerProcess

KILLS = int(os.environ.get("P13N_KILLS", "10"))
IS_FULL = KILLS >= 50  # on a machine that does nothing else
READY_SECONDS = 5.0  # from the start after a kill
RUNS = 4 * KILLS  # those below the least rate do not count
LOAD_SECONDS = 0.6
LEAST_RATE = 200  # events a second; a run below it proves nothing
CONNECTIONS = 16
PEOPLE = 40

pytestmark = pytest.mark.load


class Load:
    """Events with numbers for uuids; those without an answer are sent again after the restart."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.acknowledged: set[int] = set()
        self.unknown: list[int] = []
        self.ready_after: list[float] = []  # seconds that each start after a kill took
        self._next = 1

    async def run(self, server: ServerProcess) -> float:
        """Send until the server is killed; returns the rate of acknowledgements."""
        self._note_start(server)
        before, began = len(self.acknowledged), time.monotonic()
        killer = asyncio.get_running_loop().call_later(LOAD_SECONDS, server.process.send_signal, signal.SIGKILL)
        await asyncio.gather(*(self._send(server.port) for _ in range(CONNECTIONS)))
        killer.cancel()
        return (len(self.acknowledged) - before) / (time.monotonic() - began)

    async def finish(self, server: ServerProcess) -> None:
        """Send again what has no answer yet, to the server that was started last."""
        self._note_start(server)
        for number in self.unknown:
            assert server.post(self._event(number)).status == 200
            self.acknowledged.add(number)

    def _note_start(self, server: ServerProcess) -> None:
        if self._next > 1:
            self.ready_after.append(server.ready_after)

    async def _send(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                number = self._number()
                writer.write(self.home.request(self._event(number)))
                if await self._is_answered(reader):
                    self.unknown.remove(number)
                    self.acknowledged.add(number)
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    async def _is_answered(self, reader: asyncio.StreamReader) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
        await reader.readexactly(length)
        return head.startswith(b"HTTP/1.1 200")

    def _number(self) -> int:
        number = self._next
        self._next += 1
        self.unknown.append(number)
        return number

    def _event(self, number: int) -> dict[str, str]:
        return {"td_client_id": f"person {number % PEOPLE}", "uuid": f"{number:032x}"}


Note = Callable[[str, object], None]


def ready_again_soon(load: Load, record_property: Note) -> None:
    """After each kill. Written down in any case; held to the limit in the long form."""
    assert len(load.ready_after) >= KILLS
    record_property("ready again after seconds, at most", round(max(load.ready_after), 2))
    if IS_FULL:
        assert max(load.ready_after) <= READY_SECONDS


def stored(path: Path) -> tuple[list[int], dict[str, int], dict[str, int]]:
    """The numbers logged; how many events of each person are logged; what each profile counted."""
    db = sqlite3.connect(path)
    numbers, logged, counted = [], dict[str, int](), dict[str, int]()
    for uuid, person in db.execute("SELECT uuid, json_extract(body, '$.td_client_id') FROM events"):
        numbers.append(int.from_bytes(uuid))
        logged[person] = logged.get(person, 0) + 1
    for (body,) in db.execute("SELECT body FROM profiles"):
        profile = json.loads(body)
        counted[profile["k"]["td_client_id"][0][0]] = profile["s"]["views/counter"][0]
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return numbers, logged, counted


def test_kill__under_load__every_acknowledged_event_is_stored_and_counted_once(
    tmp_path: Path, record_property: Note
) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))
    load, kills = Load(home), 0
    for _ in range(RUNS):
        with ServerProcess(home) as server:
            kills += asyncio.run(load.run(server)) >= LEAST_RATE
        numbers, logged, counted = stored(home.store)
        assert load.acknowledged <= set(numbers)
        assert len(numbers) == len(set(numbers))
        assert logged == counted
        if kills == KILLS:
            break
    assert kills == KILLS
    with ServerProcess(home) as server:
        asyncio.run(load.finish(server))
        server.stop()
    numbers, logged, counted = stored(home.store)
    assert set(numbers) == load.acknowledged
    assert logged == counted
    ready_again_soon(load, record_property)
