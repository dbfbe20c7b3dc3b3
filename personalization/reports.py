"""What a process writes about itself: its heartbeat, the last uses of tokens and keys, the snapshot's copy on disk.

It has a thread and a connection of its own: following the control database never waits for a lock or a disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from personalization.control_state import ControlState
from personalization.control_thread import ControlThread
from personalization.heartbeat import Heartbeat
from personalization.snapshot import Snapshot
from personalization.snapshot_copy import Head, SnapshotCopy
from personalization.usage import Usage

LOOK_INTERVAL = 0.25  # seconds
WRITE_INTERVAL = 10.0
HEARTBEAT_INTERVAL = 5.0
CONFIRM_INTERVAL = 60.0
GOODBYE_SECONDS = 5.0  # that an end waits for the last reports to be written

_log = logging.getLogger(__name__)


class Followed(Protocol):
    """What is reported on. `confirmed_at`: epoch seconds when `current` was last known to be true."""

    current: Snapshot | None
    confirmed_at: float
    is_database_away: bool


class _Read(NamedTuple):
    state: ControlState
    at: float  # epoch seconds


class _Chore:
    """Something to write now and then; the first time after the interval."""

    def __init__(self, interval: float, work: Callable[[], None]) -> None:
        self.work = work
        self._interval = interval
        self._done_at = time.monotonic()

    def is_due(self, now: float) -> bool:
        """Whether it is time; the next time counts from then."""
        due = now - self._done_at >= self._interval
        self._done_at = now if due else self._done_at
        return due


class Reports:
    """Writes in the background, until closed."""

    def __init__(self, followed: Followed, *, usage: Usage, copy: SnapshotCopy) -> None:
        self._followed = followed
        self._usage = usage
        self._copy = copy
        self._heartbeat = Heartbeat()
        self._chores = (
            _Chore(WRITE_INTERVAL, usage.write),
            _Chore(CONFIRM_INTERVAL, self._confirm_copy),
            _Chore(HEARTBEAT_INTERVAL, self._beat),
        )
        self._thread = ControlThread("reports")
        self._read: _Read | None = None  # what was read last
        self._news: _Read | None = None  # the same while it is not reported yet
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; call it on the loop."""
        self._task = asyncio.create_task(self._run())

    def tell(self, state: ControlState, *, at: float) -> None:
        """This was read in the control database, beginning at that time (epoch seconds), and is served now."""
        self._read = self._news = _Read(state, at)
        self._woken.set()

    async def close(self) -> None:
        """Write what is left to write, unless the database is silent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._keep_news()
                for work in (self._usage.write, self._heartbeat.stop):
                    await self._attempt(work)
        except TimeoutError:
            _log.error("the control database does not answer; the last uses of tokens and keys are not written")
        await self._thread.close()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_INTERVAL)
            self._woken.clear()
            if self._news is not None:
                await self._attempt(self._beat)
                await self._keep_news()
            for chore in () if self._followed.is_database_away else self._chores:
                if chore.is_due(time.monotonic()):
                    await self._attempt(chore.work)

    async def _keep_news(self) -> None:
        news = self._news
        if news is not None:
            await self._attempt(lambda: self._copy.write(news.state, confirmed_at=news.at, now=time.time()))
            self._news = None if self._news is news else self._news

    def _confirm_copy(self) -> None:
        """Have the copy say how lately it was true; write it anew when it holds something else."""
        current, confirmed_at, read = self._followed.current, self._followed.confirmed_at, self._read
        if current is None or read is None or read.state.revision != current.revision:
            return
        if not self._copy.confirm(Head(current.revision, confirmed_at)):
            self._copy.write(read.state, confirmed_at=confirmed_at, now=time.time())

    def _beat(self) -> None:
        self._heartbeat.beat(self._followed.current)

    async def _attempt(self, work: Callable[[], None]) -> None:
        """Do something that serving does not depend on."""
        try:
            await self._thread.run(work)
        except Exception as error:
            _log.error("a report or the copy on disk could not be written; serving goes on: %s", error)
