from __future__ import annotations

import pytest
from django.core.management import call_command

from routing.models import HistoryEntry
from tests.sign_in.people import PASSWORD, code_of, set_up, sign_in, somebody, visitor

pytestmark = pytest.mark.django_db
OWN = "/admin/one-time-password/"


def _entries() -> list[tuple[str, str, str, str]]:
    """Who, what, from which address and by which way, oldest first."""
    rows = HistoryEntry.objects.filter(kind="sign-in").order_by("pk")
    return list(rows.values_list("actor", "what", "address", "via"))


def test_sign_in__with_a_password__is_in_the_history() -> None:
    somebody()
    sign_in(visitor(), password="wrong")
    sign_in(visitor())
    assert _entries() == [("staff anna", "anna signed in with a password", "192.0.2.1", "console")]


@pytest.mark.parametrize(("username", "named"), [("anna", "anna"), ("hunter2-in-the-wrong-field", "nobody has")])
def test_lock__is_in_the_history_once_without_a_name_that_nobody_has(username: str, named: str) -> None:
    somebody()
    for _ in range(8):
        sign_in(visitor(), username=username, password="wrong")
    ((actor, what, address, via),) = _entries()
    assert (actor, address, via) == ("sign-in page", "192.0.2.1", "console")
    assert what.startswith("Locked after too many")
    assert named in what
    assert "hunter2" not in what


def test_one_time_password__from_setting_it_up_to_taking_it_away__is_in_the_history_without_secrets() -> None:
    anna = somebody()
    at = visitor()
    sign_in(at)
    codes = set_up(at, anna)
    other = visitor()
    sign_in(other)
    other.post("/admin/sign-in/code/", code=code_of(anna))
    other.post(OWN, action="renew", password=PASSWORD)
    other.post(OWN, action="remove", password=PASSWORD)
    whats = [what for _, what, _, _ in _entries()]
    assert whats[1:] == [
        "anna: a one-time password was set up",
        "anna signed in with a password and a code",
        "anna: new backup codes were made",
        "anna: the one-time password was taken away",
    ]
    assert {actor for actor, *_ in _entries()} == {"staff anna"}
    assert not [code for code in codes if code in " ".join(whats)]


def test_own_password__changed__is_in_the_history() -> None:
    somebody()
    at = visitor()
    sign_in(at)
    new = {"new_password1": "another horse 9", "new_password2": "another horse 9"}
    at.post("/admin/password_change/", old_password="wrong", **new)
    at.post("/admin/password_change/", old_password=PASSWORD, **new)
    assert [what for _, what, _, _ in _entries()][1:] == ["anna: the password was changed"]


def test_changes__by_somebody_else__name_them() -> None:
    somebody()
    berta = somebody("berta")
    at = visitor()
    sign_in(at)
    at.post(f"/admin/auth/user/{berta.pk}/sign-in/", action="unlock")
    call_command("unlock_user", "berta")
    assert _entries()[1:] == [
        ("staff anna", "berta: berta can sign in again.", "192.0.2.1", "console"),
        ("command", "berta: unlocked", "", "command"),
    ]
