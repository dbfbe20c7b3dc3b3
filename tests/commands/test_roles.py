"""give_role, take_role and list_roles."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from routing.models import Account, HistoryEntry, StaffRole
from tests.commands.conftest import Run


@pytest.fixture
def ben(account: Account) -> User:
    return User.objects.create_user("ben")


def test_give_role__in_an_account_and_in_all__listed_and_in_the_history(run: Run, ben: User) -> None:
    assert run("give_role", "ben", "editor", "--account", "1", "--note", "joins the shop").stdout == (
        "ben: editor of account 1\n"
    )
    entry = HistoryEntry.objects.get(kind="role")
    assert (entry.what, entry.why) == ("made ben editor of account 1", "joins the shop")
    assert (entry.actor, entry.via, entry.account) == ("command", "command", 1)
    assert run("give_role", "ben", "viewer", "--every-account").failure is None
    assert set(run("list_roles").stdout.splitlines()) == {"ben: editor of account 1", "ben: viewer of every account"}
    assert run("list_roles", "--account", "1").stdout == "ben: editor of account 1\n"
    ben.refresh_from_db()
    assert ben.is_staff


def test_give_role__again__takes_the_place_of_the_other(run: Run, ben: User) -> None:
    run("give_role", "ben", "administrator", "--account", "1")
    run("give_role", "ben", "viewer", "--account", "1")
    assert StaffRole.objects.get().role == "viewer"


def test_take_role__given__gone_with_its_reason(run: Run, ben: User) -> None:
    run("give_role", "ben", "editor", "--account", "1")
    assert run("take_role", "ben", "--account", "1", "--note", "left the shop").failure is None
    assert run("list_roles").stdout == ""
    entry = HistoryEntry.objects.filter(kind="role").latest("pk")
    assert (entry.what, entry.why) == ("took the role of ben in account 1 away", "left the shop")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("give_role", "carl", "viewer", "--account", "1"), "nobody is called “carl”"),
        (("give_role", "ben", "viewer", "--account", "7"), "account 7"),
        (("give_role", "anna", "viewer", "--every-account"), "anna is a superuser"),
        (("take_role", "ben", "--account", "1"), "ben has no role there"),
    ],
)
def test_role__named_wrongly__refused(run: Run, ben: User, command: tuple[str, ...], says: str) -> None:
    User.objects.create_superuser("anna")
    assert says in (run(*command).failure or "")
    assert not StaffRole.objects.exists()
