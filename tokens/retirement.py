"""The end of a rotation: a predecessor is revoked by itself when its overlap is over and nobody uses it any more.

A predecessor that was told to expire with its overlap is refused from then on, so it cannot be in use; one that is held
while it is used goes on, and is said to be overdue, until it was quiet for a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from tokens.hand_overs import destroy_expired
from tokens.models import AccessToken, ApiKey
from tokens.services import revoke

QUIET = timedelta(days=1)
_ACTOR = "the end of its rotation"


@dataclass(frozen=True, slots=True)
class Retirement:
    """How far a rotation is: `ends_at` is its overlap's end, `overdue` says that it is over and somebody still calls.

    `quiet_at` is when the predecessor will have been quiet for a day; None when it was never used.
    """

    ends_at: datetime
    is_over: bool
    is_overdue: bool
    quiet_at: datetime | None


def retirement_of(row: AccessToken | ApiKey, *, at: datetime) -> Retirement | None:
    """How far the rotation is that ends with this predecessor; None when there is none or it has ended."""
    if row.retires_at is None or row.revoked_at is not None:
        return None
    quiet_at = None if row.last_used_at is None else row.last_used_at + QUIET
    is_over = row.retires_at <= at
    in_use = quiet_at is not None and quiet_at > at and (row.expires_at is None or row.expires_at > at)
    return Retirement(row.retires_at, is_over, is_over and in_use, quiet_at)


def retire_unused() -> Iterator[AccessToken | ApiKey]:
    """Revoke the predecessors whose overlap is over and that are not used any more; one transaction each.

    What one-time links would have shown is destroyed too when their time is over.
    """
    now = timezone.now()
    for model in (AccessToken, ApiKey):
        for row in _due(model._default_manager.all(), now):
            revoke(row=row, actor=_ACTOR)
            yield row
    destroy_expired()


def _due(rows: QuerySet[AccessToken] | QuerySet[ApiKey], now: datetime) -> list[AccessToken | ApiKey]:
    is_quiet = Q(last_used_at=None) | Q(last_used_at__lte=now - QUIET) | Q(expires_at__lte=now)
    return list(rows.filter(is_quiet, retires_at__lte=now, revoked_at=None, successor__isnull=False).order_by("pk"))


def told(row: AccessToken | ApiKey) -> str:
    """That a predecessor was revoked, as one line."""
    if isinstance(row, AccessToken):
        return f"{row.instance.label} token “{row.name}”: revoked after its rotation"
    return f"{row.account_id} key “{row.name}”: revoked after its rotation"
