"""Writing figures of traffic in the control database: several processes add to the same rows.

Rows are written in one order, so that processes never wait for each other's in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import add
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.utils import timezone

from personalization.evaluation_errors import ErrorCount
from personalization.models import (
    HOUR,
    MINUTE,
    EndedOffer,
    InstanceTraffic,
    ReceivedTable,
    Rejection,
    RuleFailure,
    TrafficCount,
    TrafficLatency,
    TrafficTotal,
)
from personalization.traffic import totals
from personalization.traffic_notes import Kind, Rejected
from personalization.traffic_times import MINUTES_KEPT, TRAFFIC_DAYS
from routing.models import LiveSummary
from routing.selectors import instances_by_label

MOST_REJECTIONS = 10_000
REJECTION_DAYS = 7
_AT_ONCE = 20_000  # rows that are deleted in one statement

_KIND = ("instance_id", "span", "start", "token", "database", "table", "code", "reason")
_LATENCY = ("instance_id", "span", "start", "bound")
_TOTAL = ("span", "start", "code", "reason")

Failure = tuple[str, int, str]  # instance label, version, rule


@transaction.atomic
def record_counts(counts: Mapping[Kind, int]) -> None:
    """Add these requests to their minutes, their hours, and to what all instances had together."""
    kinds, latencies, sums = _Sums(), _Sums(), _Sums()
    for kind, requests in counts.items():
        _, database, table = kind.place
        failed = requests if kind.failed else 0
        for span in (MINUTE, HOUR):
            start = kind.minute * MINUTE // span * span
            key = (kind.instance, span, start, kind.token, database, table, kind.code, kind.reason)
            kinds.add(key, requests, failed)
            latencies.add((kind.instance, span, start, kind.bound), requests)
            sums.add((span, start, kind.code, kind.reason), requests, failed)
    _add(TrafficCount, _KIND, kinds, "requests", "failed")
    _add(TrafficLatency, _LATENCY, latencies, "requests")
    _add(TrafficTotal, _TOTAL, sums, "requests", "failed")
    _note_tables(counts)


class _Sums(dict[tuple[Any, ...], tuple[int, ...]]):
    """Counts by what they are of."""

    def add(self, key: tuple[Any, ...], *counts: int) -> None:
        known = self.get(key)
        self[key] = counts if known is None else tuple(map(add, known, counts))


def _add(model: type[Model], columns: Sequence[str], rows: _Sums, *counters: str) -> None:
    """Add to the counters of each row, found by these columns: those of the model's one constraint."""
    quote = connection.ops.quote_name
    table, named = quote(model._meta.db_table), ", ".join(map(quote, columns))
    places = ", ".join(["%s"] * (len(columns) + len(counters)))
    sums = ", ".join(f"{counter} = {table}.{counter} + excluded.{counter}" for counter in counters)
    statement = (
        f"INSERT INTO {table} ({named}, {', '.join(counters)}) VALUES ({places}) "  # noqa: S608
        f"ON CONFLICT ({named}) DO UPDATE SET {sums}"
    )
    at = columns.index("start")
    values = [(*key[:at], _moment(key[at]), *key[at + 1 :], *counts) for key, counts in sorted(rows.items())]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _moment(seconds: int) -> object:
    return connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(seconds, UTC))


def _note_tables(counts: Iterable[Kind]) -> None:
    seen: dict[tuple[int, str, str], datetime] = {}
    left_out: dict[tuple[int, str, str], datetime] = {}
    for kind in sorted(counts):
        _, database, table = kind.place
        if kind.code == 200 and table:
            rows = left_out if kind.reason == "not-monitored" else seen
            rows[kind.instance, database, table] = datetime.fromtimestamp(kind.minute * MINUTE, UTC)
    _upsert_tables(seen, "last_at")
    _upsert_tables(left_out, "last_at", "unmonitored_at")


def _upsert_tables(rows: Mapping[tuple[int, str, str], datetime], *moments: str) -> None:
    ReceivedTable.objects.bulk_create(
        (
            ReceivedTable(
                instance_id=instance, database=database, table=table, first_at=at, **dict.fromkeys(moments, at)
            )
            for (instance, database, table), at in sorted(rows.items())
        ),
        update_conflicts=True,
        unique_fields=("instance", "database", "table"),
        update_fields=moments,
    )


@transaction.atomic
def record_rejections(rejections: Sequence[Rejected]) -> None:
    """Keep them, and the newest 10,000: half with a token that is known, half without, which anybody can send."""
    Rejection.objects.bulk_create(
        Rejection(
            at=datetime.fromtimestamp(each.at, UTC),
            code=each.code,
            instance_id=each.instance or None,
            account=each.account,
            token=each.token,
            token_hint=each.token_hint,
            database=each.place.database,
            table=each.place.table,
            origin=each.origin,
            address=each.address,
            reason=each.reason[:400],
            request_id=each.request_id,
            is_preflight=each.is_preflight,
        )
        for each in rejections
    )
    rows = Rejection.objects.order_by("-pk")
    for some in (rows.filter(token=0), rows.exclude(token=0)):
        Rejection.objects.filter(pk__in=some.values("pk")[MOST_REJECTIONS // 2 :][:_AT_ONCE]).delete()


@transaction.atomic
def record_failures(failures: Mapping[Failure, tuple[int, ErrorCount]]) -> None:
    """Add failures of rules: how many are new, and how the rule failed last. Instances that are gone are skipped."""
    labels = {label: tuple(map(int, label.split("/"))) for label, _, _ in failures}
    there = instances_by_label((account, number) for account, number in labels.values())
    rows = [
        ({"instance_id": found.pk, "version": version, "rule": rule[:400]}, *failure)
        for (label, version, rule), failure in sorted(failures.items())
        if (found := there.get((labels[label][0], labels[label][1]))) is not None
    ]
    RuleFailure.objects.bulk_create(
        (RuleFailure(**key, failures=0, message="", **_first_and_last(error)) for key, _, error in rows),
        ignore_conflicts=True,
    )
    for key, news, error in rows:
        last_at = datetime.fromtimestamp(error.time, UTC)
        RuleFailure.objects.filter(**key).update(
            failures=F("failures") + news, message=error.message[:400], last_at=last_at
        )


def _first_and_last(error: ErrorCount) -> dict[str, datetime]:
    return dict.fromkeys(("first_at", "last_at"), datetime.fromtimestamp(error.time, UTC))


def record_ended(offers: Iterable[tuple[int, int, str, float]]) -> None:
    """Note offers that are over: instance, version, offer and when it ended (epoch seconds)."""
    EndedOffer.objects.bulk_create(
        (
            EndedOffer(
                instance_id=instance, version=version, offer=offer[:400], ended_at=datetime.fromtimestamp(at, UTC)
            )
            for instance, version, offer, at in offers
        ),
        ignore_conflicts=True,
    )


def summarize(instances: Iterable[int]) -> None:
    """Write anew what these did in the last 24 hours."""
    now = timezone.now()
    wanted = sorted(set(instances))
    found = totals(wanted, now - timedelta(days=1), now)
    names = ("events", "offered", "refused", "errors", "p95")
    InstanceTraffic.objects.bulk_create(
        (
            InstanceTraffic(
                instance_id=pk, updated_at=now, **{name: getattr(found[pk], name) for name in names if pk in found}
            )
            for pk in wanted
        ),
        update_conflicts=True,
        unique_fields=("instance",),
        update_fields=(*names, "updated_at"),
    )


def clean(*, now: datetime) -> None:
    """Delete what is older than is kept. What is cut off goes on the next time."""
    old = now - timedelta(days=TRAFFIC_DAYS)
    for model in (TrafficCount, TrafficLatency, TrafficTotal):
        rows = model._default_manager
        _delete(rows.filter(span=MINUTE, start__lt=now - MINUTES_KEPT))
        _delete(rows.filter(span=HOUR, start__lt=old))
    _delete(ReceivedTable.objects.filter(last_at__lt=old))
    _delete(RuleFailure.objects.filter(last_at__lt=old))
    _delete(Rejection.objects.filter(at__lt=now - timedelta(days=REJECTION_DAYS)))
    live = LiveSummary.objects.filter(instance=OuterRef("instance")).values("version")
    _delete(EndedOffer.objects.exclude(version=Subquery(live)))


def _delete(rows: QuerySet[Any]) -> None:
    model = rows.model
    while model._default_manager.filter(pk__in=rows.values("pk")[:_AT_ONCE]).delete()[0] == _AT_ONCE:
        pass
