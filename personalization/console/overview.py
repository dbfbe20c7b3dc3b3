"""The console's first page: what needs attention, the instances with their last 24 hours, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from p13nadmin.api.reach import Accounts, Reach
from personalization.attention import FINDERS, needs
from personalization.console.charts import Chart, sparkline, traffic_chart
from personalization.console.needs import TITLES, Shown, shown, sought_by
from personalization.models import InstanceTraffic
from personalization.traffic import hourly, series
from provisioning.console.setup import Step, next_step, steps_of, with_setup
from provisioning.models import Push
from provisioning.processes import Processes, processes_serving
from routing.access import reach_of, visible
from routing.instance_lists import label_condition
from routing.models import Account, Instance

_SHOWN: Final = 25
_MOST_NEEDS: Final = 5  # of each kind
_NEEDS_A_PAGE: Final = 50
_DAY: Final = timedelta(days=1)
_SORTS: Final[Mapping[str, str]] = {
    "newest": "Newest first",
    "events": "Most events",
    "offered": "Most events with offers",
    "errors": "Most errors",
    "refused": "Most refused",
    "p95": "Slowest (p95)",
}
_LIVE: Final[Mapping[str, Q]] = {"yes": Q(live_summary__isnull=False), "no": Q(live_summary__isnull=True)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for; anything that is none of the choices is the usual."""

    search: str
    sort: str
    live: str
    page: int
    kind: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """What a request asks for."""
        get = request.GET.get
        page = get("p", "1")
        return cls(
            search=get("q", "").strip()[:200],
            sort=get("sort", "") if get("sort", "") in _SORTS else "newest",
            live=get("live", "") if get("live", "") in _LIVE else "",
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,
            kind=get("needs", "") if get("needs", "") in FINDERS else "",
        )

    def query(self, **changes: object) -> str:
        """The address's query for the same with these changes."""
        values = {"q": self.search, "sort": self.sort, "live": self.live, "needs": self.kind} | changes
        return urlencode({name: value for name, value in values.items() if value and value != "newest"})


@dataclass(frozen=True, slots=True)
class Row:
    """One instance at a glance; `traffic` are its last 24 hours, None when nothing ever came.

    `is_counting`: its first events after a silence came this minute, and `traffic` does not have them yet. `may_ask`:
    the reader may look why there were no offers.
    """

    instance: Any
    next: Step | None
    traffic: InstanceTraffic | None
    spark: Chart | None
    is_counting: bool
    live_on: str
    may_ask: bool

    @property
    def asks_why(self) -> bool:
        """Whether requests of the last 24 hours were refused, or events got no offer."""
        return (
            self.may_ask
            and self.traffic is not None
            and (self.traffic.refused > 0 or self.traffic.offered < self.traffic.events)
        )


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page for the signed-in user."""
    if not request.user.has_perm("routing.view_instance"):
        return context | {"title": "Overview", "rows": None}
    asked, now = Asked.of(request), timezone.now()
    accounts = reach_of(request.user).accounts_with_any("routing.view_instance")
    if asked.kind:
        return context | {"title": "Overview", "asked": asked, **_all_needs(request.user, asked)}
    return context | {"title": "Overview", "asked": asked, **_overview(request, asked, accounts, now)}


def _overview(request: HttpRequest, asked: Asked, accounts: Accounts, now: datetime) -> dict[str, Any]:
    seen = _found(visible(request.user, Instance.objects.all(), "routing.view_instance"), asked)
    instances = _with_push(with_setup(seen)).select_related("account", "live_summary", "traffic")
    start = (asked.page - 1) * _SHOWN
    page = list(instances[start : start + _SHOWN + 1])
    shown_now = page[:_SHOWN]
    whole = not (asked.search or asked.live)
    processes = processes_serving(each.label for each in shown_now)
    is_first = bool(shown_now) and whole and asked.page == 1
    return {
        "rows": _rows(shown_now, processes, now, reach_of(request.user)),
        "counted_at": _counted_at(shown_now),
        "now": now,
        "sorts": _SORTS,
        "first": start + 1,
        "last": start + len(shown_now),
        "total": seen.count() if len(page) > _SHOWN or start else len(page),
        "before": asked.query(p=asked.page - 1) if asked.page > 1 else "",
        "after": asked.query(p=asked.page + 1) if len(page) > _SHOWN else "",
        "no_account": not page and whole and not Account.objects.exists(),
        "may_add_account": reach_of(request.user).may_everywhere("routing.add_account"),
        "chart": _chart(accounts, now) if is_first else None,
        "needs": _grouped(request.user) if is_first else [],
        "processes": processes,
        "filtered": not whole,
        "sees_everybody": reach_of(request.user).may_everywhere("provisioning.view_configurationversion"),
    }


def _found(instances: QuerySet[Instance], asked: Asked) -> QuerySet[Instance]:
    """The instances that are asked for, in their order."""
    if asked.search:
        by_label = label_condition(asked.search)
        named = Q(name__icontains=asked.search) | Q(account__name__icontains=asked.search)
        named |= Q(account_id=int(asked.search)) if asked.search.isdecimal() and len(asked.search) < 18 else Q()
        instances = instances.filter(by_label if by_label is not None else named)
    if asked.live:
        instances = instances.filter(_LIVE[asked.live])
    if asked.sort == "newest":
        return instances.order_by("-pk")
    return instances.order_by(F(f"traffic__{asked.sort}").desc(nulls_last=True), "-pk")


def _with_push(instances: QuerySet[Instance]) -> QuerySet[Instance]:
    live = Push.objects.filter(instance=OuterRef("pk"), superseded_at=None)
    return instances.annotate(
        live_since=Subquery(live.values("created_at")[:1]), live_by=Subquery(live.values("created_by")[:1])
    )


def _rows(instances: Sequence[Any], processes: Processes, now: datetime, reach: Reach) -> list[Row]:
    sparks = hourly([each.pk for each in instances], now - _DAY, now) if instances else {}
    return [
        Row(
            instance=each,
            next=next_step(steps_of(each, reach)),
            traffic=getattr(each, "traffic", None),
            spark=sparkline(sparks[each.pk]) if each.pk in sparks else None,
            is_counting=_is_counting(getattr(each, "traffic", None), sparks.get(each.pk, ())),
            live_on=_live_on(each, processes),
            may_ask=reach.may("provisioning.view_configurationversion", each.account_id),
        )
        for each in instances
    ]


def _is_counting(traffic: InstanceTraffic | None, hours: Sequence[int]) -> bool:
    return any(hours[-2:]) and (traffic is None or not traffic.events)


def _counted_at(instances: Sequence[Any]) -> datetime | None:
    """When the figures of the list were last worked out; None when no instance has any."""
    summaries = (getattr(each, "traffic", None) for each in instances)
    return max((summary.updated_at for summary in summaries if summary), default=None)


def _live_on(instance: Any, processes: Processes) -> str:
    summary = getattr(instance, "live_summary", None)
    if summary is None or not processes.count:
        return ""
    serving, count = processes.serving(instance.label, summary.version), processes.count
    return f"{serving} of {count} process{'es' if count != 1 else ''}"


def _chart(accounts: Accounts, now: datetime) -> dict[str, Any]:
    """The last 24 hours of all instances that are seen, hour by hour."""
    chosen = None if accounts is None else Instance.objects.filter(account__in=accounts).values_list("pk", flat=True)
    points = series(chosen, now - _DAY, now, timedelta(hours=1))
    names = ("events", "offered", "refused", "errors")
    return {
        "drawn": traffic_chart(points),
        "points": points,
        "sums": {name: sum(getattr(point, name) for point in points) for name in names},
    }


def _grouped(user: Any) -> list[dict[str, Any]]:
    """The worst of each kind, one more than is shown where there are more."""
    found, reach = needs(sought_by(user), most=_MOST_NEEDS + 1), reach_of(user)
    groups = []
    for kind in FINDERS:
        of_kind = [need for need in found if need.kind == kind]
        if of_kind:
            items = [shown(need, reach) for need in of_kind[:_MOST_NEEDS]]
            more = len(of_kind) > _MOST_NEEDS
            groups.append({"kind": kind, "title": TITLES[kind], "needs": items, "more": more})
    return groups


def _all_needs(user: Any, asked: Asked) -> dict[str, Any]:
    skip = (asked.page - 1) * _NEEDS_A_PAGE
    found = needs(sought_by(user, asked.kind), most=_NEEDS_A_PAGE + 1, skip=skip)
    reach = reach_of(user)
    listed: list[Shown] = [shown(need, reach) for need in found[:_NEEDS_A_PAGE]]
    return {
        "all_needs": {"title": TITLES[asked.kind], "needs": listed},
        "before": asked.query(p=asked.page - 1) if asked.page > 1 else "",
        "after": asked.query(p=asked.page + 1) if len(found) > _NEEDS_A_PAGE else "",
    }
