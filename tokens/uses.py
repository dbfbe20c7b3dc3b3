"""How access tokens and API keys are used: written by the endpoint in batches, read by pages and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tokens.models import AccessToken, ApiKey, KeyCaller, KeyDay, TokenCaller, TokenDay

MOST_CALLERS = 20  # of one token or key
DAYS_KEPT = 30
_LONGEST_ORIGIN = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the origin of a page, or the address of a server."""

    origin: str
    address: str


@dataclass(frozen=True, slots=True)
class SecretUses:
    """What is new of secrets of one kind: last uses by primary key, requests by day, last uses by caller."""

    last: Mapping[int, datetime] = field(default_factory=dict)
    requests: Mapping[tuple[int, date], int] = field(default_factory=dict)
    callers: Mapping[tuple[int, Caller], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Uses:
    """What is new of tokens, and of keys."""

    tokens: SecretUses = SecretUses()
    keys: SecretUses = SecretUses()


class _Kind(NamedTuple):
    """The tables of one kind of secret; `name` is how its days and callers refer to it."""

    secrets: Any
    days: Any
    callers: Any
    name: str


_TOKENS: Final = _Kind(AccessToken, TokenDay, TokenCaller, "token")
_KEYS: Final = _Kind(ApiKey, KeyDay, KeyCaller, "key")


@transaction.atomic
def record_uses(uses: Uses) -> None:
    """Write them all, in one order, so that processes never wait for each other's rows.

    What was deleted meanwhile is skipped.
    """
    for kind, used in ((_TOKENS, uses.tokens), (_KEYS, uses.keys)):
        for pk, at in sorted(used.last.items()):
            kind.secrets.objects.filter(pk=pk).update(last_used_at=at)
        named = {pk for pk, _ in (*used.requests, *used.callers)}
        there = set(kind.secrets.objects.filter(pk__in=named).values_list("pk", flat=True))
        _count(kind, {key: count for key, count in used.requests.items() if key[0] in there})
        _note_callers(kind, {key: at for key, at in used.callers.items() if key[0] in there})


def note_caller_of_key(key: ApiKey, address: str, *, at: datetime) -> None:
    """A call of the control API came with that key."""
    if address:
        _note_callers(_KEYS, {(key.pk, Caller("", address)): at})


def _count(kind: _Kind, requests: Mapping[tuple[int, date], int]) -> None:
    ordered = sorted(requests.items())
    kind.days.objects.bulk_create(
        (kind.days(**{f"{kind.name}_id": pk}, day=day) for (pk, day), _ in ordered), ignore_conflicts=True
    )
    for (pk, day), count in ordered:
        kind.days.objects.filter(**{kind.name: pk}, day=day).update(requests=F("requests") + count)


def _note_callers(kind: _Kind, callers: Mapping[tuple[int, Caller], datetime]) -> None:
    ordered = sorted(callers.items(), key=lambda each: (each[0][0], each[0][1].origin, each[0][1].address))
    kind.callers.objects.bulk_create(
        (
            kind.callers(
                **{f"{kind.name}_id": pk}, origin=who.origin[:_LONGEST_ORIGIN], address=who.address, last_used_at=at
            )
            for (pk, who), at in ordered
        ),
        update_conflicts=True,
        unique_fields=(kind.name, "origin", "address"),
        update_fields=("last_used_at",),
    )


@transaction.atomic
def forget_old_uses(*, now: datetime) -> None:
    """Remove what is older than 30 days."""
    for kind in (_TOKENS, _KEYS):
        kind.days.objects.filter(day__lte=now.date() - timedelta(DAYS_KEPT)).delete()
        kind.callers.objects.filter(last_used_at__lt=now - timedelta(DAYS_KEPT)).delete()


def callers_of(row: AccessToken | ApiKey) -> Sequence[TokenCaller | KeyCaller]:
    """The newest callers of a token or key, the last one first."""
    return list(row.callers.all()[:MOST_CALLERS])


@dataclass(frozen=True, slots=True)
class DayCount:
    """The requests of one day (UTC)."""

    day: date
    requests: int


def days_of(row: AccessToken | ApiKey) -> list[DayCount]:
    """The requests of the last 30 days, today last, days without any among them."""
    counts = dict(row.days.values_list("day", "requests"))
    today = timezone.now().astimezone(UTC).date()
    days = (today - timedelta(ago) for ago in reversed(range(DAYS_KEPT)))
    return [DayCount(day, counts.get(day, 0)) for day in days]
