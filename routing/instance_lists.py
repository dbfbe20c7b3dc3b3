"""What every list of things that belong to an instance has in common: the label column and finding by label."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from routing.access import enter, visible
from routing.models import Instance
from routing.scoped_lists import ScopedAdmin

_LABEL = re.compile(r"([0-9]{1,18})/([0-9]{1,18})", re.ASCII)


def label_condition(label: str, *, prefix: str = "") -> Q | None:
    """The rows of the instance written `account/instance`, or None when `label` has another form."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    return Q(**{f"{prefix}account_id": int(match[1]), f"{prefix}number": int(match[2])})


def account_of(label: str) -> str:
    """The account's part of `account/instance`; empty when `label` has another form."""
    match = _LABEL.fullmatch(label)
    return match[1] if match else ""


def rows_of(model: type[Model], owner: str) -> Coalesce:
    """How many rows of `model` belong to each row of a list: counted for the rows that are shown, not for all."""
    found = model._default_manager.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(found.annotate(total=Count("pk")).values("total")), 0)


def instance_link(instance: Instance) -> SafeString:
    """The instance's label, leading to its page."""
    url = reverse("admin:routing_instance_change", args=(instance.pk,))
    return format_html('<a class="c-link" href="{}" title="{}">{}</a>', url, instance.name, instance.label)


def asked_instance(request: HttpRequest) -> str:
    """The label that a form starts with: `?instance=1/8`, or that of the list from which it was opened."""
    searched = QueryDict(request.GET.get("_changelist_filters", "")).get("q", "").strip()
    return request.GET.get("instance", "") or (searched if _LABEL.fullmatch(searched) else "")


class OfInstanceAdmin(ScopedAdmin):
    """A list of rows with an `instance`; a search for `1/8` gives that instance's rows."""

    account_path = "instance__account_id"
    list_before_template = "console/list_head.html"
    list_select_related: ClassVar[Any] = ("instance",)
    search_help_text = "Name, or an instance such as 1/8"

    @admin.display(description="Instance", ordering="instance__account_id")
    def instance_label(self, row: Any) -> SafeString:
        return instance_link(row.instance)

    def rows_by_label(self, label: str) -> Q | None:
        """The rows that a search for `account/instance` gives; None when `label` has another form."""
        return label_condition(label, prefix="instance__")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; that of one instance alone, `?q=1/8`, keeps the head and the tabs of that instance."""
        rows: Any = super().get_changelist_instance(request)
        condition = label_condition(request.GET.get("q", "").strip())
        rows.of_instance = None
        if condition is not None and request.user.has_perm("routing.view_instance"):
            found = visible(request.user, Instance.objects.filter(condition), "routing.view_instance")
            rows.of_instance = found.select_related("live_summary").first()
        if rows.of_instance is not None:
            enter(request.user, rows.of_instance.account_id)
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        found = [(word, self.rows_by_label(word)) for word in search_term.split()]
        for _, condition in found:
            queryset = queryset.filter(condition) if condition is not None else queryset
        rest = " ".join(word for word, condition in found if condition is None)
        return super().get_search_results(request, queryset, rest)
