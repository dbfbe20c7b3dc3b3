"""What a signed-in member of staff may do, and in which accounts: by their roles, and by Django's own permissions.

Django's permissions, a person's own or a group's, hold in every account; a role holds in one or in every one. On a page
about one account `request.user.has_perm` answers for that account alone, once the page has entered it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db.models import Model, QuerySet
from django.http import Http404

from p13nadmin.api.reach import EVERYTHING, Accounts, Grant, Reach
from routing.models import Instance, StaffRole
from routing.roles import ROLES

Row = TypeVar("Row", bound=Model)


def reach_of(user: Any) -> Reach:
    """All that somebody may do; nothing for who is not active."""
    if not user.is_active:
        return Reach()
    if user.is_superuser:
        return EVERYTHING
    own = ModelBackend().get_all_permissions(user)
    return Reach((*_role_grants(user), *([Grant(frozenset(own))] if own else ())))


def _role_grants(user: Any) -> tuple[Grant, ...]:
    if getattr(user, "role_grants", None) is None:
        rows = StaffRole.objects.filter(user=user.pk).values_list("role", "account_id")
        user.role_grants = tuple(Grant(ROLES[role], account) for role, account in rows)
    grants: tuple[Grant, ...] = user.role_grants
    return grants


class RoleBackend(BaseBackend):
    """Answers Django's questions for permissions by roles; it signs nobody in."""

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The permissions by roles in the account that was entered; before, those in any account."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        account = getattr(user_obj, "entered_account", None)
        grants = _role_grants(user_obj)
        return {
            permission
            for grant in grants
            if account is None or grant.account in (None, account)
            for permission in grant.permissions or ()
        }

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether there is any permission of that app among them."""
        return any(each.startswith(f"{app_label}.") for each in self.get_user_permissions(user_obj))


def enter(user: Any, account: int) -> None:
    """From here on `user.has_perm` answers for that account. Raises Http404 where they may do nothing at all."""
    if not reach_of(user).touches(account):
        raise Http404("There is no such page.")
    user.entered_account = account


def enter_instance(user: Any, pk: int) -> None:
    """Enter the account of that instance, if there is one. Raises Http404 like `enter`."""
    if not reach_of(user).is_limited:
        return
    account = Instance.objects.filter(pk=pk).values_list("account_id", flat=True).first()
    if account is not None:
        enter(user, account)


def within(rows: QuerySet[Row], accounts: Accounts, path: str = "account") -> QuerySet[Row]:
    """Those of the rows that belong to these accounts; `path` leads from a row to its account."""
    return rows if accounts is None else rows.filter(**{f"{path}__in": accounts})


def visible(user: Any, rows: QuerySet[Row], *permissions: str, path: str = "account") -> QuerySet[Row]:
    """Those of the rows that belong to accounts where the user has one of the permissions."""
    return within(rows, reach_of(user).accounts_with_any(*permissions), path)
