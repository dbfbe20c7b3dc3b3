"""Keeps the snapshot's copy on disk up to date.

It has a thread of its own, which never speaks to the control database: what was read last is on disk soon, and before
the process ends, though the database stands still from then on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple, Protocol

from personalization.chores import Chore
from personalization.control_state import ControlState
from personalization.snapshot import Snapshot
from personalization.snapshot_copy import Head, SnapshotCopy

LOOK_INTERVAL = 0.25  # seconds
CONFIRM_INTERVAL = 60.0

_log = logging.getLogger(__name__)


class Served(Protocol):
    """What is copied. `confirmed_at`: epoch seconds when `current` was last known to be true."""

    current: Snapshot | None
    confirmed_at: float
    is_database_away: bool


class _Read(NamedTuple):
    state: ControlState
    at: float  # epoch seconds


class CopyKeeper:
    """Writes in the background, until closed."""

    def __init__(self, served: Served, copy: SnapshotCopy) -> None:
        self._served = served
        self._copy = copy
        self._confirmation = Chore(CONFIRM_INTERVAL, self._confirm)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="copy on disk")
        self._read: _Read | None = None  # what was read last
        self._news: _Read | None = None  # the same while it is not on disk yet
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
        """Write what is not on disk yet, and how lately it was true."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._keep_news()
        await self._attempt(self._confirm)
        self._disk.shutdown(wait=False)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_INTERVAL):
                    await self._woken.wait()
            self._woken.clear()
            await self._keep_news()
            if not self._served.is_database_away and self._confirmation.is_due(time.monotonic()):
                await self._attempt(self._confirmation.work)

    async def _keep_news(self) -> None:
        news = self._news
        if news is not None:
            await self._attempt(lambda: self._copy.write(news.state, confirmed_at=news.at, now=time.time()))
            self._news = None if self._news is news else self._news

    def _confirm(self) -> None:
        """Have the copy say how lately it was true; write it anew when it holds something else."""
        current, confirmed_at, read = self._served.current, self._served.confirmed_at, self._read
        if current is None or read is None or read.state.revision != current.revision:
            return
        if not self._copy.confirm(Head(current.revision, confirmed_at)):
            self._copy.write(read.state, confirmed_at=confirmed_at, now=time.time())

    async def _attempt(self, work: Callable[[], None]) -> None:
        """Do something that serving does not depend on."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, work)
        except Exception as error:
            _log.error("the snapshot's copy on disk could not be written; serving goes on: %s", error)
