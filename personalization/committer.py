"""Group commit: requests that arrive while one commit is under way share the next one.

One thread of its own writes. The event loop hands it all that arrived during one turn at once, and gets all
outcomes of a group back at once: two crossings for a group, not for an event.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from personalization.arrivals import Arrival, Failed, Outcome, Unavailable
from personalization.stores.base import Store, StoreRefused, StoreUnavailable

MAX_GROUP = 512
MAX_QUEUED_CHARACTERS = 64 * 1024 * 1024
RETRY_INTERVAL = 1.0  # seconds until a store that is not available is tried again, though no event comes

_log = logging.getLogger(__name__)
_Waiting = tuple[Arrival, "asyncio.Future[Outcome]"]


class Committer:
    """Feeds a store from the event loop. Start it on the loop that submits."""

    def __init__(self, store: Store, *, queue_limit: int) -> None:
        self._store = store
        self._limit = queue_limit
        self._arrived: list[_Waiting] = []  # in this turn of the loop
        self._queue: deque[_Waiting] = deque()
        self._queued = 0
        self._characters = 0
        self._wake = threading.Semaphore(0)
        self._closing = False
        self._available: bool | None = None  # not known yet
        self._thread: threading.Thread | None = None
        self._opening: Future[StoreUnavailable | None] = Future()

    @property
    def queued(self) -> int:
        """How many events wait for their outcome."""
        return self._queued

    @property
    def is_store_available(self) -> bool:
        """Whether the store took what it was last given, or could be opened again since."""
        return bool(self._available)

    @property
    def is_full(self) -> bool:
        """Whether another event should be turned away."""
        return self._queued >= self._limit or self._characters >= MAX_QUEUED_CHARACTERS

    async def start(self) -> None:
        """Start the writing thread; returns when it has tried to open the store. Raises StoreRefused."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, name="committer", daemon=True)
        self._thread.start()
        problem = await asyncio.wrap_future(self._opening)
        if isinstance(problem, StoreRefused):
            raise problem

    def submit(self, arrival: Arrival) -> asyncio.Future[Outcome]:
        """Have an event committed; the future never fails. Call it on the loop."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        if not self._arrived:
            self._loop.call_soon(self._hand_over)
        self._arrived.append((arrival, future))
        self._queued += 1
        self._characters += len(arrival.body)
        return future

    async def close(self) -> None:
        """Commit what is queued, then stop the thread."""
        self._hand_over()
        self._closing = True
        self._wake.release()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        if self._arrived:
            self._queue.extend(self._arrived)
            self._arrived.clear()
            self._wake.release()

    def _write(self) -> None:
        """The thread: commit groups until closed and empty."""
        problem = self._open()
        self._opening.set_result(problem)
        if isinstance(problem, StoreRefused):
            return
        while True:
            if not self._wake.acquire(timeout=None if self._available else RETRY_INTERVAL) and self._open():
                self._refuse_queue()  # who came meanwhile has waited long enough
            self._empty_queue()
            if self._closing and not self._queue:
                break
        self._store.close()

    def _empty_queue(self) -> None:
        while self._queue:
            if self._available or self._problem() is None:
                group = self._group()
                outcomes = self._commit([arrival for arrival, _ in group])
                self._loop.call_soon_threadsafe(self._resolve, group, outcomes)
            else:  # nothing is gained by having each group find out by itself how long a silent store is waited for
                self._refuse_queue()

    def _refuse_queue(self) -> None:
        waiting = [self._queue.popleft() for _ in range(len(self._queue))]
        if waiting:
            self._loop.call_soon_threadsafe(self._resolve, waiting, [Unavailable()] * len(waiting))

    def _open(self) -> StoreUnavailable | None:
        """What is in the way, if anything is."""
        problem = self._problem()
        if problem is None:
            self._available = True
        else:
            self._note_unavailable(problem)
        return problem

    def _problem(self) -> StoreUnavailable | None:
        try:
            self._store.open()
        except StoreUnavailable as error:
            return error
        except Exception as error:  # should this thread end, everybody would wait for ever
            if self._available is not False:
                _log.exception("the event store could not be opened")
            return StoreUnavailable(type(error).__name__)
        return None

    def _note_unavailable(self, error: StoreUnavailable) -> None:
        if self._available is not False:
            _log.error("the event store is not available: %s", error)
        self._available = False

    def _group(self) -> list[_Waiting]:
        queue = self._queue
        return [queue.popleft() for _ in range(min(len(queue), MAX_GROUP))]

    def _commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        try:
            outcomes = self._store.commit(arrivals)
        except StoreUnavailable as error:
            self._note_unavailable(error)
            return [Unavailable()] * len(arrivals)
        except Exception as problem:  # whatever one event provoked must not hurt the others
            return [Failed(problem)] if len(arrivals) == 1 else self._one_by_one(arrivals)
        self._available = True
        return outcomes

    def _one_by_one(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for arrival in arrivals:
            outcomes += self._commit([arrival])
            if isinstance(outcomes[-1], Unavailable):
                break
        return outcomes + [Unavailable()] * (len(arrivals) - len(outcomes))

    def _resolve(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        for (arrival, future), outcome in zip(group, outcomes, strict=True):
            self._queued -= 1
            self._characters -= len(arrival.body)
            if not future.done():
                future.set_result(outcome)
