"""The console's first page: the instances, what is live in each, and what to do next."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from provisioning.console.setup import next_step, steps_of, with_setup
from provisioning.models import Push
from routing.models import Account, Instance

_SHOWN = 25


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page for the signed-in user."""
    if not request.user.has_perm("routing.view_instance"):
        return context | {"title": "Overview", "rows": None}
    live = Push.objects.filter(instance=OuterRef("pk"), superseded_at=None)
    instances = with_setup(Instance.objects.order_by("-pk")).annotate(
        live_since=Subquery(live.values("created_at")[:1]), live_by=Subquery(live.values("created_by")[:1])
    )
    shown = list(instances[:_SHOWN])
    return context | {
        "title": "Overview",
        "rows": [{"instance": each, "next": next_step(steps_of(each))} for each in shown],
        "total": Instance.objects.count() if len(shown) == _SHOWN else len(shown),
        "no_account": not shown and not Account.objects.exists(),
    }
