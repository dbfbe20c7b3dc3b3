"""Follows the control database: polls its revision, reads what has changed, and swaps the snapshot."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from django.db import connection

from personalization.control_reader import ControlReader, read_revision
from personalization.control_state import ControlState
from personalization.control_thread import READ_SECONDS, ControlThread
from personalization.copy_keeper import CopyKeeper
from personalization.listening import listen
from personalization.reports import Report, Reports
from personalization.snapshot import Snapshot
from personalization.snapshot_copy import BadCopy, SnapshotCopy
from personalization.snapshot_loader import SnapshotLoader
from personalization.usage import Usage

POLL_INTERVAL = 0.25  # seconds
CLOSE_SECONDS = 5.0  # that an end waits for a connection to be given up in order
FIRST_READ = 2.0  # seconds that a start waits for the database before it takes the copy

_log = logging.getLogger(__name__)


class Watcher:
    """Keeps `current` up to date."""

    def __init__(self, *, usage: Usage, copy: SnapshotCopy, others: Sequence[Report] = ()) -> None:
        self.current: Snapshot | None = None
        self.confirmed_at = 0.0  # epoch seconds when `current` was last known to be what the database says
        self.is_from_disk = False  # and not seen in the database since
        self.is_database_away = False
        self._copy = copy
        self._reader = ControlReader()
        self._loader = SnapshotLoader()
        self._loading = threading.Lock()
        self._reports = Reports(self, usage=usage, others=others)
        self._keeper = CopyKeeper(self, copy)
        self._thread = ControlThread("control database")
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def age(self, now: float) -> float:
        """Seconds since the snapshot was last known to be true."""
        return now - self.confirmed_at

    async def start(self) -> None:
        """Load the first snapshot, from the copy on disk if the database is away, and begin to follow it."""
        first = asyncio.create_task(self.refresh())
        await asyncio.wait([first], timeout=FIRST_READ)
        if self.current is None:
            await self._take_copy()
        listening = listen(connection.settings_dict, self._woken.set)
        self._tasks = [asyncio.create_task(self._follow(first)), asyncio.create_task(listening)]
        self._reports.start()
        self._keeper.start()

    async def close(self) -> None:
        """Stop following, and write what is left to write."""
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._thread.close()
        await self._keeper.close()
        await self._reports.close()

    async def refresh(self) -> None:
        """Swap the snapshot if the database has changed. Keeps the one there is when the database is away.

        A snapshot that cannot be made of what the database says counts as the same, and is tried again.
        """
        known = None if self.current is None or self.is_from_disk else self.current.revision
        asked_at = time.time()
        try:
            state = await self._changed(known)
        except Exception as error:
            self._note_away("the control database cannot be read", error)
            self._reader.forget()
            return
        try:
            if state is not None:
                self.current = await asyncio.to_thread(self._loaded, state, time.time())
        except Exception as error:  # following goes on, or this process would serve for ever what it has
            self._note_away("what the control database says cannot be served", error)
            return
        self.is_database_away = self.is_from_disk = False
        self.confirmed_at = asked_at
        if state is not None:
            self._keeper.tell(state, at=asked_at)
            self._reports.tell()

    async def _follow(self, first: asyncio.Task[None]) -> None:
        await first
        while True:
            await self._pause()
            await self.refresh()

    async def _pause(self) -> None:
        """Until the database says that something changed, or it is time to ask."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_INTERVAL):
                await self._woken.wait()
        self._woken.clear()

    async def _changed(self, known: int | None) -> ControlState | None:
        if known is not None and known == await self._thread.run(read_revision):
            return None
        return await self._thread.run(self._reader.read, seconds=READ_SECONDS)

    def _loaded(self, state: ControlState, at: float) -> Snapshot:
        with self._loading:
            return self._loader.load(state, at=at)

    async def _take_copy(self) -> None:
        """Serve from the copy, unless the database answers meanwhile."""
        copied = await asyncio.to_thread(self._read_copy)
        if copied is not None and self.current is None:
            self.current, self.confirmed_at = copied
            self.is_from_disk = True
            age = time.time() - self.confirmed_at
            _log.warning("the control database is away; serving from the copy on disk, %d seconds old", age)

    def _read_copy(self) -> tuple[Snapshot, float] | None:
        try:
            copied = self._copy.read()
        except (BadCopy, OSError) as error:
            _log.error("the snapshot's copy on disk is ignored: %s", error)
            return None
        try:
            return None if copied is None else (self._loaded(*copied), copied[1])
        except Exception:
            _log.exception("the snapshot's copy on disk cannot be served")
            return None

    def _note_away(self, what: str, error: Exception) -> None:
        if not self.is_database_away:
            _log.error("%s: %s", what, error, exc_info=error)
        self.is_database_away = True
