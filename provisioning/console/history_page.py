"""The history of all customers: searched and filtered, one entry with what it changed, and a week for handing over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter, RadioFilter

from p13nadmin.api.errors import DomainError
from p13nadmin.console.columns import NOTHING, when
from provisioning.console.history_week import may_be_told, week
from provisioning.language import Difference
from provisioning.previews import compare_versions
from routing.access import reach_of
from routing.history import facts_of, told_of
from routing.instance_lists import OfInstanceAdmin
from routing.models import HistoryEntry, Instance
from routing.names import read_label

_WEEK = timedelta(days=7)
_PERIODS = {"1": "The last 24 hours", "7": "The last 7 days", "30": "The last 30 days", "365": "The last year"}


class PeriodFilter(RadioFilter):  # type: ignore[misc]
    """How long ago."""

    title = "period"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_PERIODS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in _PERIODS:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(self.value())))


class ViaFilter(RadioFilter):  # type: ignore[misc]
    """By which way it was asked for."""

    title = "from where"
    parameter_name = "via"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("console", "Console"), ("API", "API"), ("command", "Command")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(via=self.value()) if self.value() else queryset


@admin.register(HistoryEntry)
class HistoryAdmin(OfInstanceAdmin):
    """Who did what to what, when, from where and why: to be read alone."""

    account_path = "account"
    list_display = ("when_done", "done", "customer", "actor", "origin", "reason")
    list_filter = (("kind", ChoicesRadioFilter), PeriodFilter, ViaFilter)
    list_select_related = False
    search_fields = ("what", "why", "actor", "address", "=account")
    search_help_text = "Person, words, address, account, or 1/8"
    show_full_result_count = False
    ordering = ("-pk",)
    list_before_template = "console/history_head.html"
    empty_title = "Nothing happened yet"
    empty_text = "Every change in the console, over the API or by a command is written down here, with who made it."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        week = path("week/", self.admin_site.admin_view(self.week_view), name="history_week")
        return [week, *super().get_urls()]

    def rows_by_label(self, label: str) -> Q | None:
        return None if read_label(label) is None else Q(instance=label)

    @admin.display(description="When", ordering="pk")
    def when_done(self, entry: HistoryEntry) -> SafeString:
        return when(entry.at)

    @admin.display(description="What")
    def done(self, entry: HistoryEntry) -> str:
        return entry.what

    @admin.display(description="Customer", ordering="account")
    def customer(self, entry: HistoryEntry) -> SafeString | str:
        return customer_link(entry)

    @admin.display(description="From")
    def origin(self, entry: HistoryEntry) -> str:
        return f"{entry.via} {entry.address}".strip()

    @admin.display(description="Why")
    def reason(self, entry: HistoryEntry) -> str:
        return f"{entry.why[:200]}…" if len(entry.why) > 200 else entry.why or NOTHING

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = self.get_object(request, object_id)
        if entry is None:
            raise Http404("There is no such entry.")
        return self.page(
            request,
            "console/history_entry.html",
            title="What was done",
            original=entry,
            customer=customer_link(entry),
            instance=_instance(entry),
            told=told_of(entry) if may_be_told(reach_of(request.user), entry) else (),
            facts={} if "to" in entry.detail else facts_of(entry),
            difference=_difference(entry) if request.user.has_perm("provisioning.view_configurationversion") else None,
        )

    def week_view(self, request: HttpRequest) -> HttpResponse:
        """What was done in the last seven days, customer by customer and of all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        since = timezone.now() - _WEEK
        found = week(self.get_queryset(request), since, reach_of(request.user))
        return self.page(request, "console/history_week.html", title="Changed this week", week=found, since=since)


def customer_link(entry: HistoryEntry) -> SafeString | str:
    """Whose it was, leading to the rest of its history."""
    whose = entry.instance or entry.account
    if not whose:
        return NOTHING
    return format_html(
        '<a class="c-link" href="{}?q={}">{}</a>', reverse("admin:routing_historyentry_changelist"), whose, whose
    )


def _instance(entry: HistoryEntry) -> Instance | None:
    numbers = read_label(entry.instance)
    found = Q(account_id=numbers[0], number=numbers[1]) if numbers else Q(pk=None)
    return Instance.objects.filter(found).first()


def _difference(entry: HistoryEntry) -> Difference | None:
    """What it brought, next to what was there before: by meaning, from the versions, which never change."""
    instance, old, new = _instance(entry), entry.detail.get("from"), entry.detail.get("to")
    if instance is None or not isinstance(new, int):
        return None
    try:
        return compare_versions(instance=instance, old=old, new=new)
    except DomainError:
        return None
