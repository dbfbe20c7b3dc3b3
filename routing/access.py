"""What a signed-in member of staff may do, and in which accounts: by their roles, and by Django's own permissions.

Django's permissions, a person's own or a group's, hold in every account; a role holds in one or in every one. On a page
about one account `request.user.has_perm` answers for that account alone, once the page has entered it.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Model, PositiveBigIntegerField, QuerySet, Value
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
    roles = _role_grants(user)
    own = ModelBackend().get_all_permissions(user)
    return Reach((*roles, *([Grant(frozenset(own))] if own else ())))


def _role_grants(user: Any) -> tuple[Grant, ...]:
    if getattr(user, "role_grants", None) is None:
        _read_permissions(user)
    grants: tuple[Grant, ...] = user.role_grants
    return grants


def _read_permissions(user: Any) -> None:
    """Read a person's own permissions, their groups' and their roles at once, and keep them with the user.

    The first two where Django's own backend looks for them first (`_perm_cache`); should it ever look elsewhere, it
    reads them again.
    """
    nowhere = Value(None, PositiveBigIntegerField())
    given = Permission.objects.order_by()
    own, by_groups = (
        rows.values_list("content_type__app_label", "codename", nowhere)
        for rows in (given.filter(user=user.pk), given.filter(group__user=user.pk))
    )
    roles = StaffRole.objects.filter(user=user.pk).values_list("role", Value("", CharField()), "account_id")
    rows = list(roles.union(own, by_groups, all=True))
    user.role_grants = tuple(Grant(ROLES[role], account) for role, codename, account in rows if not codename)
    if not user.is_superuser:  # who has all of Django's, given or not
        user._perm_cache = {f"{app}.{codename}" for app, codename, _ in rows if codename}


class RoleBackend:
    """Answers Django's questions for permissions by roles; it signs nobody in.

    It stands before Django's own backend, whose permissions it reads together with the roles.
    """

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Nobody."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the permission is among them."""
        return perm in self.get_user_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """All of them."""
        return self.get_user_permissions(user_obj, obj)

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


def enter_instance(user: Any, found: Instance | None) -> Instance:
    """The instance of a page; `user.has_perm` answers for its account from here on. Raises Http404 like `enter`.

    Http404 too where there is none.
    """
    if found is None:
        raise Http404("There is no such instance.")
    if reach_of(user).is_limited:
        enter(user, found.account_id)
    user.entered_instance = found
    return found


def instance_of_page(user: Any, pk: int) -> Instance:
    """The instance with its account, live summary and push policy, entered: read once for a page.

    Raises Http404 like `enter`.
    """
    entered: Instance | None = getattr(user, "entered_instance", None)
    if entered is not None and entered.pk == pk:
        return entered
    found = Instance.objects.filter(pk=pk).select_related("account", "live_summary", "push_policy").first()
    return enter_instance(user, found)


def instance_for(user: Any, pk: int, *permissions: str) -> Instance:
    """The same, for somebody who has one of the permissions there. Raises Http404 and PermissionDenied."""
    found = instance_of_page(user, pk)
    if not any(map(user.has_perm, permissions)):
        raise PermissionDenied
    return found


def within(rows: QuerySet[Row], accounts: Accounts, path: str = "account") -> QuerySet[Row]:
    """Those of the rows that belong to these accounts; `path` leads from a row to its account."""
    return rows if accounts is None else rows.filter(**{f"{path}__in": accounts})


def visible(user: Any, rows: QuerySet[Row], *permissions: str, path: str = "account") -> QuerySet[Row]:
    """Those of the rows that belong to accounts where the user has one of the permissions."""
    return within(rows, reach_of(user).accounts_with_any(*permissions), path)
