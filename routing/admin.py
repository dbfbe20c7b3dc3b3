"""Accounts, instances and destinations in the console; every change goes through a service.

`InstanceAdmin` is the list and the form alone: the app that knows what is live registers it, with its pages.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter

import routing.role_admin  # noqa: F401 - registers the list of roles
from p13nadmin.api.errors import Conflict
from p13nadmin.console.columns import badge, when
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import actor_of
from routing.access import reach_of, visible
from routing.forms import (
    AccountForm,
    AccountNameForm,
    DestinationsForm,
    InstanceForm,
    RemovalForm,
)
from routing.instance_lists import OfInstanceAdmin, asked_instance, label_condition, rows_of
from routing.models import Account, Destination, Instance
from routing.scoped_lists import ScopedAdmin
from routing.services import (
    RoutingChange,
    change_destinations,
    create_account,
    create_instance,
    lock_instances,
    rename_account,
)

_INSTANCES = 100  # on a page of an account


@admin.register(Account)
class AccountAdmin(ScopedAdmin):
    """The customers."""

    account_path = "number"
    list_display = ("number", "name", "instance_count", "created")
    search_fields = ("=number", "name")
    search_help_text = "Name or number"
    empty_title = "No account yet"
    empty_text = "Start with the customer: add an account with the number that stands first in its headers."

    def rows(self, request: HttpRequest) -> QuerySet[Account]:
        return Account.objects.annotate(instance_total=rows_of(Instance, "account"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An account that is not there yet belongs to who may add one everywhere."""
        return reach_of(request.user).may_everywhere("routing.add_account")

    @admin.display(description="Instances", ordering="instance_total")
    def instance_count(self, account: Any) -> int:
        return int(account.instance_total)

    @admin.display(description="Added", ordering="created_at")
    def created(self, account: Account) -> SafeString:
        return when(account.created_at)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AccountForm(request.POST or None)
        account = submit(form, lambda values: _new_account(values, actor_of(request)))
        if account is not None:
            messages.success(request, f"Account {account} was added. Next: add an instance for it.")
            return redirect(_with_query("admin:routing_instance_add", account=account.number))
        return self.page(
            request, "console/form.html", title="Add account", form=form, submit="Add account", status=status_of(form)
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        if account is None:
            raise Http404("There is no such account.")
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        may_change = self.has_change_permission(request, account)
        form = AccountNameForm(request.POST or None, initial={"name": account.name})
        if may_change and submit(form, lambda values: _renamed(account, values, actor_of(request))):
            messages.success(request, f"Account {account.number} is now called {account.name}.")
            return redirect("admin:routing_account_changelist")
        return self.page(
            request,
            "console/account.html",
            title=str(account),
            original=account,
            form=form if may_change else None,
            status=status_of(form),
            **_instances_of(account, request.GET.get("p", "")),
        )


def _instances_of(account: Account, asked: str) -> dict[str, Any]:
    """One page of the instances of an account, and where it stands among the others."""
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
    start = (page - 1) * _INSTANCES
    rows = Instance.objects.filter(account=account).select_related("live_summary")
    found = list(rows[start : start + _INSTANCES + 1])
    return {
        "instances": found[:_INSTANCES],
        "first": start + 1,
        "last": start + len(found[:_INSTANCES]),
        "total": rows.count() if start or len(found) > _INSTANCES else len(found),
        "before": f"p={page - 1}" if start else "",
        "after": f"p={page + 1}" if len(found) > _INSTANCES else "",
    }


def _new_account(values: dict[str, Any], actor: str) -> Account:
    account, created = create_account(number=values["number"], name=values["name"], actor=actor)
    if not created:
        raise Conflict(f"account {account} exists already", errors=[{"path": "account", "message": "exists already"}])
    return account


def _renamed(account: Account, values: dict[str, Any], actor: str) -> bool:
    rename_account(account=account, name=values["name"], actor=actor)
    return True


def _with_query(route: str, **query: object) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse(route)}?{pairs}"


def region_choices(current: str = "") -> list[tuple[str, str]]:
    """The regions that have an endpoint's address, and `current` when it has none."""
    known = [(region, f"{region} ({url})") for region, url in settings.ENDPOINT_URLS.items()]
    return known if not current or current in settings.ENDPOINT_URLS else [*known, (current, f"{current} (no address)")]


class LiveFilter(RadioFilter):  # type: ignore[misc]
    """Whether anything is live."""

    title = "what is live"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Something is live"), ("no", "Nothing is live")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        wanted = {"yes": False, "no": True}.get(self.value())
        return queryset if wanted is None else queryset.filter(live_summary__isnull=wanted)


class RegionFilter(RadioFilter):  # type: ignore[misc]
    """The regions of the settings."""

    title = "region"
    parameter_name = "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(region, region) for region in settings.ENDPOINT_URLS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(region=self.value()) if self.value() else queryset


class InstanceAdmin(ScopedAdmin):
    """The instances of all customers; registered, with the pages of one instance, where its configuration is kept."""

    list_display = ("label", "name", "account_name", "region", "live", "tables", "created")
    list_filter = (LiveFilter, RegionFilter)
    list_select_related = ("account", "live_summary")
    search_fields = ("name", "account__name", "contact", "=account__number")
    search_help_text = "Name, customer, or 1/8"
    empty_title = "No instance yet"
    empty_text = "An instance is one personalization engine of a customer. Add the account first, then its instance."

    def rows(self, request: HttpRequest) -> QuerySet[Instance]:
        return Instance.objects.annotate(destination_total=rows_of(Destination, "instance"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        by_label = label_condition(search_term.strip())
        if by_label is not None:
            return queryset.filter(by_label), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Instance", ordering="account_id")
    def label(self, instance: Instance) -> str:
        return instance.label

    @admin.display(description="Account", ordering="account__name")
    def account_name(self, instance: Instance) -> str:
        return instance.account.name

    @admin.display(description="Live version", ordering="live_summary__version")
    def live(self, instance: Instance) -> SafeString:
        summary = getattr(instance, "live_summary", None)
        return badge(f"version {summary.version}", "good") if summary else badge("nothing live")

    @admin.display(description="Tables", ordering="destination_total")
    def tables(self, instance: Any) -> int:
        return int(instance.destination_total)

    @admin.display(description="Added", ordering="created_at")
    def created(self, instance: Instance) -> SafeString:
        return when(instance.created_at)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        start = {"account": request.GET.get("account", ""), "region": next(iter(settings.ENDPOINT_URLS), "")}
        form = InstanceForm(
            request.POST or None,
            initial=start,
            regions=region_choices(),
            within=reach_of(request.user).accounts("routing.add_instance"),
        )
        instance = submit(form, lambda values: _new_instance(values, actor_of(request)))
        if instance is not None:
            messages.success(request, f"Instance {instance} was added. The steps below set it up.")
            return redirect(instance)
        may_add_account = reach_of(request.user).may_everywhere("routing.add_account")
        return self.page(
            request,
            "console/form.html",
            title="Add instance",
            introduction="One personalization engine of a customer, whose account has to be there first.",
            elsewhere=("Add an account", reverse("admin:routing_account_add")) if may_add_account else None,
            form=form,
            submit="Add instance",
            status=status_of(form),
        )


def _new_instance(values: dict[str, Any], actor: str) -> Instance:
    instance, created = create_instance(**values, actor=actor)
    if not created:
        raise Conflict("exists", errors=[{"path": "instance", "message": f"instance {instance} exists already"}])
    return instance


class UsedFilter(RadioFilter):  # type: ignore[misc]
    """Destinations of instances where something is live, or not."""

    title = "the instance's live version"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "There is one"), ("no", "There is none")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        wanted = {"yes": False, "no": True}.get(self.value())
        return queryset if wanted is None else queryset.filter(instance__live_summary__isnull=wanted)


@admin.register(Destination)
class DestinationAdmin(OfInstanceAdmin):
    """The tables that the instances monitor."""

    list_display = ("path", "instance_label", "used", "created", "created_by")
    list_display_links = None
    list_filter = (UsedFilter,)
    list_select_related = ("instance__live_summary",)
    search_fields = ("database", "table")
    search_help_text = "Database, table, or 1/8"
    actions = ("remove_selected",)
    empty_title = "No destination yet"
    empty_text = "Register the tables whose events an instance is to personalize."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whether the caller may unregister destinations."""
        return request.user.has_perm("routing.delete_destination")

    @admin.display(description="Database / table", ordering="database")
    def path(self, destination: Destination) -> str:
        return str(destination)

    @admin.display(description="Live configuration")
    def used(self, destination: Destination) -> SafeString:
        summary = getattr(destination.instance, "live_summary", None)
        if summary is None:
            return badge("nothing live")
        if [destination.database, destination.table] in summary.tables:
            return badge(f"used by version {summary.version}", "good")
        return badge(f"not used by version {summary.version}", "warn")

    @admin.display(description="Registered", ordering="created_at")
    def created(self, destination: Destination) -> SafeString:
        return when(destination.created_at)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        start = {"instance": asked_instance(request), "tables": request.GET.get("table", "")[:300]}
        form = DestinationsForm(
            request.POST or None, initial=start, within=reach_of(request.user).accounts("routing.add_destination")
        )
        change = submit(
            form,
            lambda values: change_destinations(
                instance=values["instance"], add=values["tables"], actor=actor_of(request)
            ),
        )
        if change is not None:
            messages.success(request, _told(change))
            return redirect(form.cleaned_data["instance"])
        return self.page(
            request,
            "console/form.html",
            title="Register destinations",
            form=form,
            submit="Register",
            status=status_of(form),
        )

    @admin.action(description="Remove selected destinations…", permissions=("remove",))
    def remove_selected(self, request: HttpRequest, queryset: QuerySet[Destination]) -> HttpResponse | None:
        """Asks first; the second POST carries `confirmed`."""
        removable = visible(request.user, queryset, "routing.delete_destination", path=self.account_path)
        chosen = list(removable.select_related("instance__live_summary"))
        form = RemovalForm(request.POST if "confirmed" in request.POST else None)
        removed = submit(form, lambda values: _remove(chosen, actor_of(request), force=values["force"]))
        if removed is not None:
            messages.success(request, f"{removed} destination{'s were' if removed != 1 else ' was'} removed.")
            return redirect(request.get_full_path())
        return self.page(
            request,
            "console/remove_destinations.html",
            title="Remove destinations",
            form=form,
            chosen=chosen,
            used=[each for each in chosen if _is_used(each)],
            status=status_of(form),
        )


def _is_used(destination: Destination) -> bool:
    summary = getattr(destination.instance, "live_summary", None)
    return summary is not None and [destination.database, destination.table] in summary.tables


def _remove(chosen: list[Destination], actor: str, *, force: bool) -> int:
    by_instance: dict[Instance, list[tuple[str, str]]] = {}
    for each in chosen:
        by_instance.setdefault(each.instance, []).append((each.database, each.table))
    with transaction.atomic():
        lock_instances(by_instance)
        changes = [
            change_destinations(instance=instance, remove=pairs, actor=actor, force=force)
            for instance, pairs in by_instance.items()
        ]
    return sum(len(change.removed) for change in changes)


def _told(change: RoutingChange) -> str:
    added = ", ".join("/".join(pair) for pair in change.added)
    if not added:
        return "All of these tables are registered already."
    return f"Registered {added}." + (f" {len(change.unchanged)} were registered already." if change.unchanged else "")
