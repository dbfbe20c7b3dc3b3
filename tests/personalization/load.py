"""Callers who go on whatever happens, note every answer, and send again in the end what has none."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.personalization.server_process import Home

Event = dict[str, str]
WAIT_SECONDS = 60
PEOPLE = 40
REPEATING = 8  # connections
PAUSE = 0.1  # seconds after a bad answer; Retry-After would be a second


@dataclass(frozen=True)
class Answered:
    """One answer; times in seconds, `at` of the monotonic clock."""

    number: int
    port: int
    status: int
    headers: dict[str, str]
    body: bytes
    at: float
    seconds: float


@dataclass
class Load:
    """Events with numbers for uuids. `ports`: those of the processes that may be asked; `pace`: seconds between
    an answer and the next event of the same caller.
    """

    home: Home
    ports: Sequence[int]
    pace: float = 0.0
    acknowledged: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    answers: list[Answered] = field(default_factory=list)
    broken: int = 0  # requests that got no answer
    _stop: bool = False

    async def during(self, work: Callable[[], Awaitable[None]], *, connections: int) -> None:
        """Send on so many connections while the work is done."""
        callers = [asyncio.create_task(self._call(turn)) for turn in range(connections)]
        try:
            await work()
        finally:
            self._stop = True
            await asyncio.gather(*callers)
            self._stop = False

    async def until(self, condition: Callable[[], bool], *, seconds: float = WAIT_SECONDS) -> None:
        """Return as soon as the answers are so. Raises TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - a caller's answers are no event
                await asyncio.sleep(0.01)

    async def answered(self, status: int, times: int) -> float:
        """Wait for so many more answers; returns how long the first took to come."""
        begun, seen = time.monotonic(), len(self.answers)
        await self.until(lambda: sum(each.status == status for each in self.answers[seen:]) >= times)
        return next(each.at for each in self.answers[seen:] if each.status == status) - begun

    async def finish(self) -> None:
        """Send again what has no good answer yet."""
        numbers = sorted(self.unknown)
        await asyncio.gather(*(self._call_again(numbers[turn::REPEATING]) for turn in range(REPEATING)))
        assert not self.unknown

    async def everywhere(self, condition: Callable[[Answered], bool]) -> float:
        """Wait until each process has given such an answer from now on; returns how long that took."""
        begun, seen = time.monotonic(), len(self.answers)
        wanted = set(self.ports)
        await self.until(lambda: {each.port for each in self.answers[seen:] if condition(each)} == wanted)
        first = {each.port: each.at for each in reversed(self.answers[seen:]) if condition(each)}
        return max(first.values()) - begun

    @property
    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.answers)

    async def _call(self, turn: int) -> None:
        while not self._stop:
            await self._connected(self.ports[turn % len(self.ports)])
            turn += 1

    async def _connected(self, port: int) -> None:
        """Send on one connection for as long as there is one."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:  # nobody listens there now
            await asyncio.sleep(0.01)
            return
        try:
            closing = False
            while not self._stop and not closing and not reader.at_eof():
                closing = await self._exchange(reader, writer, self._number())
                await asyncio.sleep(self.pace if self.answers[-1].status == 200 else PAUSE)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.broken += 1
        finally:
            writer.close()

    async def _call_again(self, numbers: Sequence[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[0])
        for number in numbers:
            await self._exchange(reader, writer, number)
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        """Whether the server closes the connection then."""
        began = time.monotonic()
        writer.write(self.home.request(event(number)))
        head, _, _ = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        now = time.monotonic()
        port = writer.get_extra_info("peername")[1]
        self.answers.append(Answered(number, port, int(status.split()[1]), headers, body, now, now - began))
        if self.answers[-1].status == 200:
            self.unknown.discard(number)
            self.acknowledged.add(number)
        return headers.get("connection") == "close"

    def _number(self) -> int:
        number = len(self.acknowledged) + len(self.unknown) + 1
        self.unknown.add(number)
        return number


def event(number: int) -> Event:
    """The event of that number."""
    return {"td_client_id": f"person {number % PEOPLE}", "uuid": f"{number:032x}"}
