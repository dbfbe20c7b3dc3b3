from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.console.pages import StaffWith, Visitor
from tests.sign_in.people import PASSWORD, is_in, sign_in, somebody, visitor
from tests.sign_in.provider import Provider

pytestmark = pytest.mark.django_db


def _fail(at: Visitor, times: int, username: str = "anna") -> list[int]:
    return [sign_in(at, username=username, password="wrong").status for _ in range(times)]


@pytest.mark.parametrize("username", ["anna", "nobody"])
def test_wrong_passwords__five_of_them__lock_the_name_whether_it_exists_or_not(username: str) -> None:
    somebody()
    at = visitor()
    assert _fail(at, 5, username) == [200, 200, 200, 200, 429]
    page = sign_in(at, username=username)
    assert page.status == 429
    assert "It can be tried again after" in page.text
    assert "UTC" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 15 * 60


def test_wrong_passwords__with_what_the_provider_sends_back_in_the_address__lock_as_well(provider: Provider) -> None:
    somebody()
    at = visitor()
    form = {"username": "anna", "password": "wrong"}
    tries = [at.post("/admin/login/", query="?code=x&state=y", **form).status for _ in range(5)]
    assert tries == [200, 200, 200, 200, 429]
    assert sign_in(at).status == 429
    assert provider.exchanged == []


def test_own_password__asked_for_with_what_the_provider_sends_back__locks_as_well(provider: Provider) -> None:
    somebody()
    at = visitor()
    sign_in(at)
    form = {"action": "start", "password": "wrong"}
    tries = [at.post("/admin/one-time-password/", query="?code=x&state=y", **form).status for _ in range(5)]
    assert tries == [422, 422, 422, 422, 429]
    assert provider.exchanged == []


def test_locked__right_password__stays_out_until_the_lock_is_over() -> None:
    somebody()
    at = visitor()
    _fail(at, 5)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert sign_in(at).status == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sign_in(at).url == "/admin/"
        assert is_in(at)


def test_locked__from_another_address_or_as_another__may_sign_in() -> None:
    somebody()
    somebody("berta")
    _fail(visitor(), 5)
    elsewhere = visitor("192.0.2.2")
    assert sign_in(elsewhere).url == "/admin/"
    berta = visitor()
    assert sign_in(berta, username="berta").url == "/admin/"
    assert is_in(berta)


def test_wrong_passwords__then_the_right_one__are_forgotten() -> None:
    somebody()
    at = visitor()
    _fail(at, 4)
    assert sign_in(at).url == "/admin/"
    assert _fail(visitor(), 4) == [200, 200, 200, 200]


@pytest.mark.parametrize(("trusted", "locked"), [(["10.0.0.1"], False), ([], True)])
def test_address__behind_a_proxy__is_the_clients_when_the_proxy_is_trusted(
    settings: Any, trusted: list[str], locked: bool
) -> None:
    somebody()
    settings.TRUSTED_PROXIES = trusted
    _fail(visitor("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.5"), 5)
    other = visitor("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.6")
    assert (sign_in(other).status == 429) is locked


def test_addresses__of_one_ipv6_network__count_as_one() -> None:
    somebody()
    tries = [sign_in(visitor(f"2001:db8::{number}:1"), password="wrong").status for number in range(5)]
    assert tries == [200, 200, 200, 200, 429]
    assert sign_in(visitor("2001:db8::9:9")).status == 429
    assert sign_in(visitor("2001:db8:0:1::1")).url == "/admin/"


def test_what_is_kept__of_a_failure__is_no_password(caplog: Any) -> None:
    somebody()
    sign_in(visitor(), password="hunter2-planted")
    (attempt,) = AccessAttempt.objects.all()
    kept = " ".join(str(value) for value in vars(attempt).values())
    assert "hunter2" not in kept
    assert "hunter2" not in caplog.text


def test_unlock__by_command__lets_in_again() -> None:
    somebody()
    at = visitor()
    _fail(at, 5)
    call_command("unlock_user", "anna")
    assert sign_in(at).url == "/admin/"


def test_unlock__of_nobody__is_refused() -> None:
    with pytest.raises(CommandError, match="nobody is called"):
        call_command("unlock_user", "carl")


def test_unlock__in_the_console__lets_in_again(staff: Visitor) -> None:
    berta = somebody("berta")
    at = visitor()
    _fail(at, 5, "berta")
    path = f"/admin/auth/user/{berta.pk}/sign-in/"
    assert "192.0.2.1: locked there until" in staff.get(path).text
    assert "berta can sign in again" in staff.post(path, action="unlock").text
    assert "Not locked anywhere" in staff.get(path).text
    assert sign_in(at, username="berta").url == "/admin/"


def test_page_of_others__for_who_is_no_superuser__is_refused(staff_with: StaffWith) -> None:
    berta = somebody("berta")
    ben = staff_with("auth.view_user", "auth.change_user")
    path = f"/admin/auth/user/{berta.pk}/sign-in/"
    assert ben.get(path).status == 403
    assert ben.post(path, action="unlock").status == 403


def test_many_forms__from_one_address_with_any_names__are_slowed_down(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sign_in.frame.SignInThrottle.rate", "3/min", raising=False)
    at = visitor()
    assert [sign_in(at, username=f"u{number}").status for number in range(4)] == [200, 200, 200, 429]
    assert int(sign_in(at, username="u9").headers["Retry-After"]) > 0
    assert sign_in(visitor("192.0.2.9"), username="u1").status == 200


def test_many_forms__from_addresses_of_one_ipv6_network__are_slowed_down(monkeypatch: Any) -> None:
    monkeypatch.setattr("sign_in.frame.SignInThrottle.rate", "3/min", raising=False)
    tries = [sign_in(visitor(f"2001:db8::{number}"), username=f"u{number}").status for number in range(4)]
    assert tries == [200, 200, 200, 429]


def test_old_password__wrong_too_often__is_locked_as_at_signing_in() -> None:
    somebody()
    at = visitor()
    sign_in(at)
    new = {"new_password1": "another horse 9", "new_password2": "another horse 9"}
    path = "/admin/password_change/"
    tries = [at.post(path, old_password=f"guess {number}", **new).status for number in range(5)]
    assert tries == [200, 200, 200, 200, 429]
    assert at.post(path, old_password=PASSWORD, **new).status == 429
    assert sign_in(visitor(), password="another horse 9").status == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert "password was changed" in at.post(path, old_password=PASSWORD, **new).text


def test_old_password__left_out_or_with_a_bad_new_one__is_no_guess() -> None:
    somebody()
    at = visitor()
    sign_in(at)
    for _ in range(6):
        assert at.post("/admin/password_change/", old_password="", new_password1="a").status == 200
        assert (
            at.post("/admin/password_change/", old_password=PASSWORD, new_password1="1", new_password2="2").status
            == 200
        )
    assert not AccessAttempt.objects.exists()


def test_rest__with_a_key__is_never_locked(staff: Visitor) -> None:
    _fail(visitor(), 5)
    assert staff.client.get("/accounts", REMOTE_ADDR="192.0.2.1").status_code == 200
