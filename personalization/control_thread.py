"""A thread that talks to the control database, and is never waited for without end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

from personalization.time_limits import TimeLimit

ASK_SECONDS = 5.0  # for a question or a report
READ_SECONDS = 20.0  # for everything there is
CLOSE_SECONDS = 2.0

_Result = TypeVar("_Result")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class ControlThread:
    """Does one thing after the other, on one connection. A daemon: a process can end though the database is silent."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._limit = TimeLimit(name)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], _Result], *, seconds: float = ASK_SECONDS) -> _Result:
        """What `work` returns or raises; where the database can be cut off, OperationalError after so many seconds."""
        result: Future[_Result] = Future()
        self._jobs.put((lambda: self._attended(work, seconds), result))
        return await asyncio.wrap_future(result)

    async def close(self) -> None:
        """Take nothing more, cut off what is waited for now, and let go of the connection."""
        self._jobs.put(None)
        self._limit.expire()
        await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, result = job
            if not result.set_running_or_notify_cancel():
                continue
            try:
                result.set_result(work())
            except BaseException as error:  # the other thread's business, whatever it is
                result.set_exception(error)
        connections.close_all()

    def _attended(self, work: Callable[[], _Result], seconds: float) -> _Result:
        database = connections[DEFAULT_DB_ALIAS]
        database.close_if_unusable_or_obsolete()
        try:
            if database.vendor != "postgresql":
                return work()
            database.ensure_connection()
            # Else it might connect anew, to where nobody looks.
            database.health_check_enabled = False  # type: ignore[attr-defined]
            with self._limit.over(database.connection.fileno(), until=time.monotonic() + seconds):
                return work()
        finally:
            database.close_if_unusable_or_obsolete()
