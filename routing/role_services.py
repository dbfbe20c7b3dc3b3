"""Giving roles to members of staff and taking them away. Each public function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from p13nadmin.api.errors import Invalid, NotAllowed, NotFound
from p13nadmin.api.reach import Reach
from routing.changed_fields import changed_fields
from routing.history import Kind, record
from routing.models import Account, StaffRole
from routing.roles import ROLES


def check_may_give(reach: Reach, *, user: User, role: str, account: Account | None) -> None:
    """Raise NotAllowed unless somebody of that reach may give this role there, and take it away.

    Nobody gives what they do not have themselves, puts it in the place of a role that may do more than they, nor
    changes what superusers may.
    """
    present = StaffRole.objects.filter(user=user, account=account).values_list("role", flat=True).first()
    needed = (*ROLES.get(role, ()), *ROLES.get(present or "", ()), "routing.change_staffrole")
    has_it = reach.may_everywhere if account is None else partial(reach.may, account=account.number)
    if user.is_superuser:
        raise NotAllowed(f"{user.get_username()} is a superuser, who may do everything: a role would change nothing")
    if not all(map(has_it, needed)):
        raise NotAllowed("you may not give or take away a role there that may do more than you")


@transaction.atomic
def give_role(*, user: User, role: str, account: Account | None, actor: str, why: str = "") -> StaffRole:
    """Give somebody a role in an account (None: every account), instead of the one that they have there.

    They may sign in to the console from then on. Raises Invalid for what is no role.
    """
    if role not in StaffRole.Role.values:
        raise Invalid("there is no such role", errors=[{"path": "role", "message": f"“{role}” is no role"}])
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=("is_staff",))
    before = StaffRole.objects.filter(user=user, account=account).values_list("role", flat=True).first()
    given, _ = StaffRole.objects.update_or_create(
        user=user, account=account, defaults={"role": role, "given_by": actor}
    )
    changes = changed_fields({"role": before}, {"role": role})
    what = f"made {user.get_username()} {given}"
    record(kind=Kind.ROLE, actor=actor, of=account, what=what, why=why, changes=changes)
    return given


@transaction.atomic
def take_role(*, user: User, account: Account | None, actor: str, why: str = "") -> None:
    """Take away the role that somebody has there. Raises NotFound when they have none."""
    row = StaffRole.objects.filter(user=user, account=account).first()
    if row is None:
        raise NotFound(f"{user.get_username()} has no role there")
    before = row.role
    row.delete()
    place = "every account" if account is None else f"account {account.number}"
    what = f"took the role of {user.get_username()} in {place} away"
    changes = changed_fields({"role": before}, {"role": None})
    record(kind=Kind.ROLE, actor=actor, of=account, what=what, why=why, changes=changes)


@transaction.atomic
def set_roles(*, user: User, roles: Mapping[Account | None, str], actor: str) -> None:
    """Have somebody have these roles and no other: the role by the account, None being every account.

    Roles that they have already stay as they are. Raises like `give_role`.
    """
    current = {row.account: row.role for row in StaffRole.objects.filter(user=user).select_related("account")}
    for account in current.keys() - roles.keys():
        take_role(user=user, account=account, actor=actor)
    for account, role in roles.items():
        if current.get(account) != role:
            give_role(user=user, role=role, account=account, actor=actor)
