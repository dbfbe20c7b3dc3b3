"""Who has which role where: given, changed and taken away in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from p13nadmin.console.columns import when
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import actor_of
from routing.access import reach_of
from routing.models import StaffRole
from routing.role_forms import NewRoleForm, RoleForm, TakingForm
from routing.role_services import check_may_give, give_role, take_role
from routing.scoped_lists import ScopedAdmin


@admin.register(StaffRole)
class StaffRoleAdmin(ScopedAdmin):
    """The roles of all staff, as far as the reader governs the accounts concerned."""

    list_display = ("person", "role", "place", "given", "given_by")
    list_filter = (("role", ChoicesRadioFilter),)
    list_select_related = ("user", "account")
    search_fields = ("user__username", "user__email", "=account__number", "account__name")
    search_help_text = "Person, or account"
    ordering = ("user__username", "account_id")
    empty_title = "No role yet"
    empty_text = "Give somebody who has a login a role, in one account or in all. Superusers need none."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_staffrole")

    def get_urls(self) -> list[URLPattern]:
        take = path("<int:pk>/take/", self.admin_site.admin_view(self.take_view), name="staff_role_take")
        return [take, *super().get_urls()]

    @admin.display(description="Person", ordering="user__username")
    def person(self, row: StaffRole) -> str:
        return row.user.get_username()

    @admin.display(description="Where", ordering="account_id")
    def place(self, row: StaffRole) -> SafeString | str:
        if row.account is None:
            return "every account"
        url = reverse("admin:routing_account_change", args=(row.account.pk,))
        return format_html('<a class="c-link" href="{}">{}</a>', url, row.account)

    @admin.display(description="Given", ordering="given_at")
    def given(self, row: StaffRole) -> SafeString:
        return when(row.given_at)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        reach = reach_of(request.user)
        form = NewRoleForm(
            request.POST or None,
            initial={"user": request.GET.get("user", ""), "account": request.GET.get("account", ""), "role": "viewer"},
            within=reach.accounts("routing.change_staffrole"),
            everywhere=reach.may_everywhere("routing.change_staffrole"),
        )
        given = submit(form, lambda values: _given(request, **values))
        if given is not None:
            messages.success(request, f"{given.user.get_username()} is now {given}.")
            return redirect("admin:routing_staffrole_changelist")
        return self.page(
            request,
            "console/form.html",
            title="Give a role",
            introduction="It takes the place of the role that they have there. It counts from their next click on.",
            form=form,
            submit="Give the role",
            status=status_of(form),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self._row(request, object_id)
        may_change = request.user.has_perm("routing.change_staffrole")
        form = RoleForm(request.POST or None, initial={"role": row.role})
        given = None
        if may_change:
            given = submit(form, lambda values: _given(request, user=row.user, account=row.account, **values))
        if given is not None:
            messages.success(request, f"{given.user.get_username()} is now {given}.")
            return redirect("admin:routing_staffrole_changelist")
        return self.page(
            request,
            "console/role.html",
            title=f"{row.user.get_username()}: {row}",
            original=row,
            form=form if may_change else None,
            status=status_of(form),
        )

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks, and then takes the role away."""
        row = self._row(request, str(pk))
        if not request.user.has_perm("routing.change_staffrole"):
            raise PermissionDenied
        form = TakingForm(request.POST if request.method == "POST" else None)
        if submit(form, lambda _: _taken(request, row)):
            messages.success(request, f"{row.user.get_username()} is no longer {row}.")
            return redirect("admin:routing_staffrole_changelist")
        return self.page(
            request,
            "console/role_take.html",
            title=f"Take the role of {row.user.get_username()} away",
            original=row,
            form=form,
            status=status_of(form),
        )

    def _row(self, request: HttpRequest, pk: str) -> StaffRole:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, pk)
        if not isinstance(row, StaffRole):
            raise Http404("There is no such role.")
        return row


def _given(request: HttpRequest, *, user: Any, role: str, account: Any) -> StaffRole:
    check_may_give(reach_of(request.user), user=user, role=role, account=account)
    return give_role(user=user, role=role, account=account, actor=actor_of(request))


def _taken(request: HttpRequest, row: StaffRole) -> bool:
    check_may_give(reach_of(request.user), user=row.user, role=row.role, account=row.account)
    take_role(user=row.user, account=row.account, actor=actor_of(request))
    return True
