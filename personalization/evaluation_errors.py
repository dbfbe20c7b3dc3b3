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


_Rules = dict[str, ErrorCount]  # by rule
_VERSIONS_KEPT = 2  # of an instance: the one that is live, and the one before


class EvaluationErrors:
    """Counts by instance label, version and rule; each rule is logged at its first error, its tenth, hundredth …

    Those of an instance's past versions go when later ones have errors.
    """

    def __init__(self) -> None:
        self._counts: dict[str, dict[int | None, _Rules]] = {}

    def note(self, live: LiveInstance, errors: Iterable[RuleError], now: float) -> None:
        """Count the errors of one event."""
        rules = self._rules(live)
        for where, message in errors:
            before = rules.get(where)
            count = 1 if before is None else before.count + 1
            rules[where] = ErrorCount(count, message, now)
            if count in (1, 10, 100, 1000) or count % 10_000 == 0:
                names = (live.label, live.version, where)
                _log.warning("instance %s, version %s: %s: %s (%d times)", *names, message, count)

    def all(self) -> list[tuple[tuple[str, int | None, str], ErrorCount]]:
        """Every count by instance label, version and rule. Another thread may ask while errors are noted."""
        return [
            ((label, version, where), count)
            for label, versions in list(self._counts.items())
            for version, rules in list(versions.items())
            for where, count in list(rules.items())
        ]

    def of(self, live: LiveInstance) -> dict[str, ErrorCount]:
        """The counts of an instance's live version by rule."""
        return dict(self._counts.get(live.label, {}).get(live.version, {}))

    def _rules(self, live: LiveInstance) -> _Rules:
        versions = self._counts.setdefault(live.label, {})
        if live.version not in versions:
            versions[live.version] = {}
            for past in list(versions)[:-_VERSIONS_KEPT]:
                del versions[past]
        return versions[live.version]
