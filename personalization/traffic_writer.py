"""From what a process noted of its traffic to the control database: in batches, some seconds later.

What could not be written is kept, and written the next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from p13nadmin.api.error_body import without_secrets
from personalization.evaluation_errors import ErrorCount, EvaluationErrors
from personalization.live import LiveInstance
from personalization.models import InstanceTraffic
from personalization.snapshot import Snapshot
from personalization.traffic_notes import Kind, Rejected, TrafficNotes
from personalization.traffic_records import (
    Failure,
    clean,
    record_counts,
    record_ended,
    record_failures,
    record_rejections,
    summarize,
)

MOST_AT_ONCE = 5_000  # kinds of requests in one transaction
SUMMARIES = timedelta(minutes=1)  # between two of an instance with traffic
STALE_AFTER = timedelta(minutes=10)  # that the summary of one without is old
MOST_SUMMARIES = 500  # in one go
ENDED_OFFERS = timedelta(minutes=5)
CLEANING = timedelta(hours=1)

_Ended = tuple[int, int, str, float]  # instance, version, offer, epoch seconds


class TrafficWriter:
    """Writes what one process notes. Use it from one thread."""

    interval = 10.0  # seconds

    def __init__(self, notes: TrafficNotes, errors: EvaluationErrors) -> None:
        self._notes = notes
        self._errors = errors
        self._counts: Counter[Kind] = Counter()  # that are not written yet; the same below
        self._rejections: list[Rejected] = []
        self._failures: dict[tuple[str, int | None, str], int] = {}  # that are written
        self._ended: set[_Ended] = set()  # that are written
        self._touched: set[int] = set()  # instances with traffic since their last summary
        self._done: dict[str, datetime] = {}

    def write(self, current: Snapshot | None) -> None:
        """Write what has come to rest; `current` is what is served. Raises what the database raises.

        Call it every few seconds, and not sooner.
        """
        self._take()
        self._write_counts()
        self._write_rejections()
        self._write_failures()
        now = timezone.now()
        for name, interval, work in (
            ("summaries", SUMMARIES, self._summarize),
            ("ended", ENDED_OFFERS, lambda: self._write_ended(current)),
            ("cleaning", CLEANING, lambda: clean(now=now)),
        ):
            done = self._done.get(name)
            if done is None or not timedelta() <= now - done < interval:
                work()
                self._done[name] = now

    def finish(self, current: Snapshot | None) -> None:
        """Write all there is, at the end, when nobody notes anything more."""
        self._take()
        self._done.pop("summaries", None)
        self.write(current)

    def _take(self) -> None:
        noted = self._notes.take()
        for key, requests in noted.counts.items():
            self._counts[Kind._make(key)] += requests
        self._rejections += noted.rejections

    def _write_counts(self) -> None:
        while self._counts:
            some = dict(islice(self._counts.items(), MOST_AT_ONCE))
            record_counts(some)
            self._touched.update(kind.instance for kind in some)
            for kind in some:
                del self._counts[kind]

    def _write_rejections(self) -> None:
        if self._rejections:
            record_rejections(self._rejections)
            self._rejections = []

    def _write_failures(self) -> None:
        errors = dict(self._errors.all())
        news = dict(self._new_failures(errors))
        if news:
            record_failures(news)
        self._failures = {place: error.count for place, error in errors.items()}

    def _new_failures(
        self, errors: dict[tuple[str, int | None, str], ErrorCount]
    ) -> Iterator[tuple[Failure, tuple[int, ErrorCount]]]:
        for place, error in errors.items():
            written = self._failures.get(place, 0)
            news = error.count - written if error.count >= written else error.count  # forgotten meanwhile
            label, version, rule = place
            if news and version is not None:
                shown = ErrorCount(error.count, without_secrets(error.message), error.time)
                yield (label, version, rule), (news, shown)

    def _summarize(self) -> None:
        """Those with traffic, and some of those whose last day has become another one."""
        old = InstanceTraffic.objects.filter(updated_at__lt=timezone.now() - STALE_AFTER)
        quiet = old.exclude(events=0, refused=0, errors=0).order_by("updated_at").values_list("instance_id", flat=True)
        some = set(islice(self._touched, MOST_SUMMARIES))
        summarize(some | set(quiet[:MOST_SUMMARIES]))
        self._touched -= some

    def _write_ended(self, current: Snapshot | None) -> None:
        if current is None:
            return
        ended = {each for live in current.lives for each in _ended_offers(live, timezone.now().timestamp())}
        if ended - self._ended:
            record_ended(ended - self._ended)
        self._ended = ended


def _ended_offers(live: LiveInstance, now: float) -> Iterator[_Ended]:
    if live.program is None or live.version is None:
        return
    for offer in live.program.plan.offers:
        if offer.enabled and offer.ends_at is not None and offer.ends_at <= now:
            yield live.id, live.version, offer.name, offer.ends_at
