"""Logins that a superuser deletes, with the roles that they have."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from routing.models import HistoryEntry, Instance, StaffRole
from routing.role_services import give_role
from tests.console.pages import Visitor
from tests.world import ACTOR

TOLD = {
    "took the role of ben in account 1 away",
    "took the role of ben in every account away",
    "deleted the login ben",
}


@pytest.fixture
def ben(instance: Instance) -> User:
    """Somebody with a role in one account and another in all, who has done something."""
    user = User.objects.create_user("ben", is_staff=True)
    give_role(user=user, role="editor", account=instance.account, actor=ACTOR)
    give_role(user=user, role="viewer", account=None, actor="staff ben")
    return user


def told() -> set[str]:
    return set(HistoryEntry.objects.order_by("-pk").values_list("what", flat=True)[:3])


def test_login_with_roles__deleted__asks_first_and_is_in_the_history(staff: Visitor, ben: User) -> None:
    page = staff.get("auth_user_delete", ben.pk)
    assert page.status == 200
    assert "viewer of every account" in page.text
    assert User.objects.filter(pk=ben.pk).exists()
    staff.post("auth_user_delete", ben.pk, post="yes")
    assert not User.objects.filter(pk=ben.pk).exists()
    assert not StaffRole.objects.exists()
    assert told() == TOLD
    assert HistoryEntry.objects.filter(actor="staff ben").exists()


def test_logins_with_roles__deleted_from_the_list__are_in_the_history(staff: Visitor, ben: User) -> None:
    staff.post("auth_user_changelist", action="delete_selected", _selected_action=str(ben.pk), post="yes")
    assert not User.objects.filter(pk=ben.pk).exists()
    assert told() == TOLD


def test_role__by_itself__is_deleted_on_no_page(staff: Visitor, ben: User) -> None:
    role = StaffRole.objects.filter(user=ben)[0]
    assert staff.get("routing_staffrole_delete", role.pk).status == 403
