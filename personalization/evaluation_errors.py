"""Evaluation errors, counted by rule: how often, and the last message and time. In memory, per process."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from personalization.engine import RuleError
from personalization.live import LiveInstance

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often one rule of one version failed, and how it failed last (epoch seconds)."""

    count: int
    message: str
    time: float


class EvaluationErrors:
    """Counts by instance label, version and rule; each rule is logged at its first error, its tenth, hundredth …"""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int | None, str], ErrorCount] = {}

    def note(self, live: LiveInstance, errors: Iterable[RuleError], now: float) -> None:
        """Count the errors of one event."""
        for where, message in errors:
            key = (live.label, live.version, where)
            before = self._counts.get(key)
            count = 1 if before is None else before.count + 1
            self._counts[key] = ErrorCount(count, message, now)
            if count in (1, 10, 100, 1000) or count % 10_000 == 0:
                _log.warning("instance %s, version %s: %s: %s (%d times)", *key, message, count)

    def all(self) -> list[tuple[tuple[str, int | None, str], ErrorCount]]:
        """Every count by instance label, version and rule."""
        return list(self._counts.items())

    def of(self, live: LiveInstance) -> dict[str, ErrorCount]:
        """The counts of an instance's live version by rule."""
        return {
            where: count
            for (label, version, where), count in self._counts.items()
            if (label, version) == (live.label, live.version)
        }
