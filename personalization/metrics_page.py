"""`/metrics`: what a process counts, in Prometheus' text format, for those who may read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from p13nadmin.api.client_address import Network, client_address, is_within, read_address
from personalization.admission import Headers
from personalization.committer import Committer
from personalization.evaluation_errors import EvaluationErrors
from personalization.http import Snapshots
from personalization.metrics import Distribution, Metrics

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"


def may_read(headers: Headers, peer: str, *, allowed: Sequence[Network], trusted: Sequence[Network]) -> bool:
    """Whether a request comes from one of the allowed addresses.

    What a proxy passed on that is not trusted comes from nobody knows where, whatever the proxy's own address.
    """
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    proxy = read_address(peer)
    if (forwarded or b"forwarded" in headers) and (proxy is None or not is_within(proxy, trusted)):
        return False
    client = read_address(client_address(peer, forwarded, trusted))
    return client is not None and is_within(client, allowed)


@dataclass(frozen=True, slots=True)
class Page:
    """All that is told, gathered when it is asked for. `now` is epoch seconds."""

    metrics: Metrics
    snapshots: Snapshots
    committer: Committer
    errors: EvaluationErrors
    now: float

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self)

    def collect(self) -> Iterable[Metric]:
        """The metrics as the library takes them."""
        metrics, committer = self.metrics, self.committer
        yield self._requests()
        yield _histogram("p13n_request_seconds", "Time from a request's headers to its answer", metrics.latency)
        yield _histogram("p13n_commit_events", "Events in one commit", metrics.commit_events)
        yield _histogram("p13n_commit_seconds", "Time of one commit", metrics.commit_seconds)
        yield GaugeMetricFamily("p13n_queued_events", "Events that wait to be stored", value=committer.queued)
        available = float(committer.is_store_available)
        yield GaugeMetricFamily("p13n_store_available", "1 when the event store can be used", value=available)
        yield self._errors()
        yield from self._snapshot()

    def _requests(self) -> Metric:
        family = CounterMetricFamily("p13n_requests", "Answered requests", labels=("status", "code"))
        for (status, code), count in list(self.metrics.requests.items()):
            family.add_metric((str(status), str(code)), count)
        return family

    def _errors(self) -> Metric:
        labels = ("instance", "version", "rule")
        family = CounterMetricFamily("p13n_evaluation_errors", "Expressions that failed", labels=labels)
        for (instance, version, rule), error in self.errors.all():
            family.add_metric((instance, str(version or ""), rule), error.count)
        return family

    def _snapshot(self) -> Iterable[Metric]:
        current = self.snapshots.current
        if current is None:
            return
        yield GaugeMetricFamily("p13n_snapshot_revision", "Revision that is served", value=current.revision)
        age = max(0.0, self.snapshots.age(self.now))
        yield GaugeMetricFamily("p13n_snapshot_age_seconds", "Time since it was last known to be true", value=age)


def _histogram(name: str, text: str, distribution: Distribution) -> Metric:
    bounds = (*map(str, distribution.bounds), "+Inf")
    buckets = list(zip(bounds, accumulate(distribution.counts), strict=True))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=distribution.sum)
