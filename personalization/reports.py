"""What a process writes about itself: its heartbeat, the last uses of tokens and keys, figures of its traffic.

It has a thread and a connection of its own: following the control database never waits for a lock.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from personalization.chores import Chore
from personalization.control_thread import ControlThread
from personalization.heartbeat import Heartbeat
from personalization.snapshot import Snapshot
from personalization.usage import Usage

LOOK_INTERVAL = 0.25  # seconds
WRITE_INTERVAL = 10.0
HEARTBEAT_INTERVAL = 5.0
GOODBYE_SECONDS = 5.0  # that an end waits for the last reports to be written

_log = logging.getLogger(__name__)


class Followed(Protocol):
    """What is reported on."""

    current: Snapshot | None
    is_database_away: bool


class Report(Protocol):
    """What else a process tells of itself, every `interval` seconds and at its end; `current` is what is served."""

    @property
    def interval(self) -> float: ...

    def write(self, current: Snapshot | None) -> None: ...

    def finish(self, current: Snapshot | None) -> None: ...


class Reports:
    """Writes in the background, until closed."""

    def __init__(self, followed: Followed, *, usage: Usage, others: Sequence[Report] = ()) -> None:
        self._followed = followed
        self._usage = usage
        self._others = others
        self._heartbeat = Heartbeat()
        self._chores = (
            Chore(WRITE_INTERVAL, usage.write),
            *(Chore(each.interval, partial(self._write, each)) for each in others),
            Chore(HEARTBEAT_INTERVAL, self._beat),
        )
        self._thread = ControlThread("reports")
        self._is_news = False  # that something else is served than was reported
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; call it on the loop."""
        self._task = asyncio.create_task(self._run())

    def tell(self) -> None:
        """Something else is served now."""
        self._is_news = True
        self._woken.set()

    async def close(self) -> None:
        """Write what is left to write, unless the database is silent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._attempt(self._usage.write)
                for each in self._others:
                    await self._attempt(partial(each.finish, self._followed.current))
                await self._attempt(self._heartbeat.stop)
        except TimeoutError:
            _log.error("the control database does not answer; the last uses and figures are not written")
        await self._thread.close()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_INTERVAL):
                    await self._woken.wait()
            self._woken.clear()
            if self._is_news:
                self._is_news = False
                await self._attempt(self._beat)
            for chore in () if self._followed.is_database_away else self._chores:
                if chore.is_due(time.monotonic()):
                    await self._attempt(chore.work)

    def _write(self, report: Report) -> None:
        report.write(self._followed.current)

    def _beat(self) -> None:
        self._heartbeat.beat(self._followed.current)

    async def _attempt(self, work: Callable[[], None]) -> None:
        """Do something that serving does not depend on."""
        try:
            await self._thread.run(work)
        except Exception as error:
            _log.error("a report could not be written; serving goes on: %s", error)
