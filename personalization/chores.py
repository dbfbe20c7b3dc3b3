"""Things to do now and then."""

from __future__ import annotations

import time
from collections.abc import Callable


class Chore:
    """Something to do every `interval` seconds; the first time after the interval."""

    def __init__(self, interval: float, work: Callable[[], None]) -> None:
        self.work = work
        self._interval = interval
        self._done_at = time.monotonic()

    def is_due(self, now: float) -> bool:
        """Whether it is time (`time.monotonic()`); the next time counts from then."""
        due = now - self._done_at >= self._interval
        self._done_at = now if due else self._done_at
        return due
