"""What one process counts: plain numbers, added to as events pass; made readable only when somebody asks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from time import perf_counter

from personalization.arrivals import Arrival, Outcome
from personalization.stores.base import Store

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
EVENTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)


class Distribution:
    """How many values were at most each of the bounds, and their sum. Noted by one thread."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # between one bound and the next; the last are above all
        self.sum = 0.0

    def note(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Metrics:
    """Counts since the start of the process; times in seconds."""

    def __init__(self) -> None:
        self.requests: dict[tuple[int, int], int] = {}  # HTTP status, code of the body (the status when it has none)
        self.latency = Distribution(SECONDS)
        self.commit_events = Distribution(EVENTS)
        self.commit_seconds = Distribution(SECONDS)

    def note_request(self, status: int, code: int, seconds: float) -> None:
        """A request was answered."""
        key = (status, code)
        self.requests[key] = self.requests.get(key, 0) + 1
        self.latency.note(seconds)

    def note_turned_away(self, status: int, code: int) -> None:
        """Something was answered that never became a request of its own, so that it took no time."""
        self.requests[status, code] = self.requests.get((status, code), 0) + 1


class MeasuredStore:
    """A store whose commits are counted, those that failed too."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self.open = store.open
        self.close = store.close

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """As the store itself."""
        began = perf_counter()
        try:
            return self._store.commit(arrivals)
        finally:
            self._metrics.commit_events.note(len(arrivals))
            self._metrics.commit_seconds.note(perf_counter() - began)
