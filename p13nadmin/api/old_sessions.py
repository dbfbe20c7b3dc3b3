"""Sessions of staff that are over. Nobody comes back to them, and their rows stay until somebody removes them."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

_BATCH = 500  # rows for which the control database is held at once


def remove_old_sessions() -> int:
    """Remove those that are over, batch by batch; how many they were."""
    over = Session.objects.filter(expire_date__lte=timezone.now())
    removed = 0
    while keys := list(over.values_list("pk", flat=True)[:_BATCH]):
        removed += over.filter(pk__in=keys).delete()[0]
    return removed
