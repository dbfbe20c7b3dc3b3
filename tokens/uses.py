"""How access tokens are used: written by the endpoint in batches, read by pages and the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tokens.models import AccessToken, ApiKey, TokenCaller, TokenDay

MOST_CALLERS = 20  # of one token
DAYS_KEPT = 30


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the origin of a page, or the address of a server."""

    origin: str
    address: str


@dataclass(frozen=True, slots=True)
class Uses:
    """What is new: last uses by primary key, requests by token and day, last uses by token and caller."""

    tokens: Mapping[int, datetime] = field(default_factory=dict)
    keys: Mapping[int, datetime] = field(default_factory=dict)
    requests: Mapping[tuple[int, date], int] = field(default_factory=dict)
    callers: Mapping[tuple[int, Caller], datetime] = field(default_factory=dict)


@transaction.atomic
def record_uses(uses: Uses) -> None:
    """Write them all, in one order, so that processes never wait for each other's rows; deleted tokens are skipped."""
    for model, used in ((AccessToken, uses.tokens), (ApiKey, uses.keys)):
        for pk, at in sorted(used.items()):
            model._default_manager.filter(pk=pk).update(last_used_at=at)
    named = {token for token, _ in (*uses.requests, *uses.callers)}
    there = set(AccessToken.objects.filter(pk__in=named).values_list("pk", flat=True))
    _count({key: count for key, count in uses.requests.items() if key[0] in there})
    _note_callers({key: at for key, at in uses.callers.items() if key[0] in there})


def _count(requests: Mapping[tuple[int, date], int]) -> None:
    ordered = sorted(requests.items())
    TokenDay.objects.bulk_create(
        (TokenDay(token_id=token, day=day) for (token, day), _ in ordered), ignore_conflicts=True
    )
    for (token, day), count in ordered:
        TokenDay.objects.filter(token=token, day=day).update(requests=F("requests") + count)


def _note_callers(callers: Mapping[tuple[int, Caller], datetime]) -> None:
    ordered = sorted(callers.items(), key=lambda each: (each[0][0], each[0][1].origin, each[0][1].address))
    TokenCaller.objects.bulk_create(
        (
            TokenCaller(token_id=token, origin=who.origin[:300], address=who.address, last_used_at=at)
            for (token, who), at in ordered
        ),
        update_conflicts=True,
        unique_fields=("token", "origin", "address"),
        update_fields=("last_used_at",),
    )


@transaction.atomic
def forget_old_uses(*, now: datetime) -> None:
    """Remove what is older than 30 days."""
    TokenDay.objects.filter(day__lte=now.date() - timedelta(DAYS_KEPT)).delete()
    TokenCaller.objects.filter(last_used_at__lt=now - timedelta(DAYS_KEPT)).delete()


def callers_of(token: AccessToken) -> list[TokenCaller]:
    """The newest callers of a token, the last one first."""
    return list(TokenCaller.objects.filter(token=token)[:MOST_CALLERS])


@dataclass(frozen=True, slots=True)
class DayCount:
    """The requests of one day (UTC)."""

    day: date
    requests: int


def days_of(token: AccessToken) -> list[DayCount]:
    """The requests of the last 30 days, today last, days without any among them."""
    counts = dict(TokenDay.objects.filter(token=token).values_list("day", "requests"))
    today = timezone.now().astimezone(UTC).date()
    days = (today - timedelta(ago) for ago in reversed(range(DAYS_KEPT)))
    return [DayCount(day, counts.get(day, 0)) for day in days]
