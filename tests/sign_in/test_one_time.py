from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.console.pages import Page, Visitor
from tests.sign_in.people import PASSWORD, code_of, is_in, set_up, sign_in, somebody, visitor

pytestmark = pytest.mark.django_db
OWN, CODE = "/admin/one-time-password/", "/admin/sign-in/code/"


@pytest.fixture
def anna() -> User:
    return somebody()


@pytest.fixture
def codes(anna: User) -> list[str]:
    """Anna has a one-time password; her backup codes."""
    at = visitor()
    sign_in(at)
    return set_up(at, anna)


def _send(at: Visitor, code: str) -> Page:
    return at.post(CODE, code=code)


def test_sign_in__with_a_one_time_password__asks_for_the_code_and_leads_on(anna: User, codes: list[str]) -> None:
    at = visitor()
    page = sign_in(at, next="/admin/tokens/accesstoken/")
    assert page.url == CODE
    assert not is_in(at)
    assert _send(at, code_of(anna)).url == "/admin/tokens/accesstoken/"
    assert is_in(at)


def test_rest__between_password_and_code__is_closed(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    assert at.client.get("/accounts").status_code == 401
    _send(at, code_of(anna))
    assert at.client.get("/accounts").status_code == 200


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdefghij", "x", "１２３４５６", "0000000", "' OR 1=1"])
def test_wrong_code__sent__stays_out(anna: User, codes: list[str], code: str) -> None:
    at = visitor()
    sign_in(at)
    assert _send(at, code).status == 422
    assert not is_in(at)


def test_code__used_once__is_not_taken_again(anna: User, codes: list[str]) -> None:
    code = code_of(anna)
    first, second = visitor(), visitor("192.0.2.2")
    for at in (first, second):
        sign_in(at)
    _send(first, code)
    assert is_in(first)
    assert _send(second, code).status == 422
    assert not is_in(second)


def test_right_code__at_once_after_a_wrong_one__has_to_wait(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    _send(at, "000000")
    _send(at, code_of(anna))
    assert not is_in(at)
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        _send(at, code_of(anna))
        assert is_in(at)


def test_wrong_codes__five_of_them__lock_like_wrong_passwords(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    assert [_send(at, "000000").status for _ in range(5)] == [422, 422, 422, 422, 429]
    assert sign_in(at).status == 429
    assert not is_in(at)


def test_backup_code__in_place_of_the_app__signs_in_once(anna: User, codes: list[str]) -> None:
    first, second = visitor(), visitor()
    sign_in(first)
    _send(first, codes[3].upper())
    assert is_in(first)
    sign_in(second)
    assert _send(second, codes[3]).status == 422
    assert "9" in first.get(OWN).text.split("Backup codes left")[1]


def test_sign_in__between_password_and_code_for_too_long__starts_again(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert _send(at, code_of(anna)).url == "/admin/login/"
        assert not is_in(at)


@pytest.mark.parametrize("change", ["password", "is_active", "is_staff"])
def test_login__changed_between_password_and_code__starts_again(anna: User, codes: list[str], change: str) -> None:
    at = visitor()
    sign_in(at)
    if change == "password":
        anna.set_password("another horse 9")
    else:
        setattr(anna, change, False)
    anna.save()
    assert _send(at, code_of(anna)).url == "/admin/login/"
    assert not is_in(at)


def test_code_page__without_a_password_before__leads_to_signing_in(anna: User, codes: list[str]) -> None:
    assert _send(visitor(), code_of(anna)).url == "/admin/login/"


def test_set_up__shows_secret_and_picture_once(anna: User) -> None:
    at = visitor()
    sign_in(at)
    shown = at.post(OWN, action="start", password=PASSWORD)
    secret = TOTPDevice.objects.get().key
    assert re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", shown.text)
    assert "<svg" in shown.source
    assert "no-store" in shown.headers["Cache-Control"]
    for page in (at.get(OWN), at.post(OWN, action="confirm", code="000000")):
        assert "svg" not in page.text
        assert 'class="c-qr' not in page.source
        assert not re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page.text)
        assert secret not in page.source


@pytest.mark.parametrize("action", ["start", "renew", "remove"])
def test_change__with_a_wrong_password__is_refused(anna: User, action: str) -> None:
    at = visitor()
    sign_in(at)
    if action != "start":
        set_up(at, anna)
    before = list(TOTPDevice.objects.values_list("pk", "confirmed"))
    tokens = list(StaticToken.objects.values_list("pk"))
    page = at.post(OWN, action=action, password="wrong")
    assert page.status == 422
    assert "That is not your password" in page.text
    assert list(TOTPDevice.objects.values_list("pk", "confirmed")) == before
    assert list(StaticToken.objects.values_list("pk")) == tokens


def test_remove__with_the_password__leaves_the_password_alone(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    _send(at, code_of(anna))
    assert "is taken away" in at.post(OWN, action="remove", password=PASSWORD).text
    assert not StaticToken.objects.exists()
    again = visitor()
    assert sign_in(again).url == "/admin/"


def test_backup_codes__renewed__replace_those_before(anna: User, codes: list[str]) -> None:
    at = visitor()
    sign_in(at)
    _send(at, code_of(anna))
    page = at.post(OWN, action="renew", password=PASSWORD)
    new = re.findall(r"\b[a-z2-7]{5}-[a-z2-7]{5}\b", page.text)
    assert len(new) == 10
    other = visitor("192.0.2.2")
    sign_in(other)
    assert _send(other, codes[0]).status == 422
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        _send(other, new[0])
        assert is_in(other)


def test_backup_codes__in_the_database__are_digests(anna: User, codes: list[str]) -> None:
    kept = " ".join(StaticToken.objects.values_list("token", flat=True))
    assert len(kept.split()) == 10
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_set_up__ends_sessions_elsewhere(anna: User) -> None:
    here, elsewhere = visitor(), visitor()
    sign_in(here)
    sign_in(elsewhere)
    set_up(here, anna)
    assert is_in(here)
    assert not is_in(elsewhere)


def test_required__who_has_none__sets_it_up_before_anything_else(anna: User, settings: Any) -> None:
    settings.REQUIRE_OTP = True
    at = visitor()
    assert sign_in(at, next="/admin/auth/user/").url == OWN
    assert not is_in(at)
    assert at.client.get("/accounts").status_code == 401
    codes = set_up(at, anna)
    assert is_in(at)
    again = visitor()
    assert sign_in(again).url == CODE
    _send(again, codes[0])
    assert is_in(again)


def test_required__set_up_between_password_and_code__cannot_replace_what_is_there(
    anna: User, codes: list[str], settings: Any
) -> None:
    settings.REQUIRE_OTP = True
    at = visitor()
    sign_in(at)
    for form in ({"action": "start"}, {"action": "remove", "password": PASSWORD}, {"action": "confirm", "code": "1"}):
        assert at.post(OWN, **form).url == "/admin/login/"
    assert TOTPDevice.objects.get().confirmed


def test_required_from_now_on__a_session_from_before__has_to_sign_in_again(anna: User, settings: Any) -> None:
    at = visitor()
    sign_in(at)
    assert is_in(at)
    settings.REQUIRE_OTP = True
    assert at.client.get("/accounts").status_code == 401
    assert not is_in(at)


def test_required_from_now_on__a_session_with_a_code__goes_on(anna: User, settings: Any) -> None:
    at = visitor()
    sign_in(at)
    set_up(at, anna)
    settings.REQUIRE_OTP = True
    assert is_in(at)


def test_secrets__in_the_console__have_no_list(staff: Visitor) -> None:
    for path in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/", "/admin/axes/accessattempt/"):
        assert staff.get(path).status == 404


def test_lost_phone__taken_away_by_a_superuser__signs_in_with_the_password(anna: User, codes: list[str]) -> None:
    somebody("berta")
    anna_at, berta_at = visitor(), visitor("192.0.2.2")
    sign_in(anna_at)
    _send(anna_at, code_of(anna))
    sign_in(berta_at, username="berta")
    page = berta_at.post(f"/admin/auth/user/{anna.pk}/sign-in/", action="remove")
    assert "is taken away" in page.text
    assert not is_in(anna_at)
    assert sign_in(visitor()).url == "/admin/"


def test_lost_phone__by_command__signs_in_with_the_password(anna: User, codes: list[str]) -> None:
    call_command("unlock_user", "anna")
    assert sign_in(visitor()).url == CODE
    call_command("unlock_user", "anna", "--without-code")
    assert sign_in(visitor()).url == "/admin/"


def test_user_page__of_somebody_with_a_code__shows_no_secret(
    anna: User, codes: list[str], staff_admin: Visitor
) -> None:
    for path in (f"/admin/auth/user/{anna.pk}/sign-in/", f"/admin/auth/user/{anna.pk}/change/"):
        source = staff_admin.get(path).source
        assert TOTPDevice.objects.get().key not in source
        assert not [code for code in codes if code in source]


@pytest.fixture
def staff_admin() -> Visitor:
    at = visitor("192.0.2.3")
    at.client.force_login(somebody("carla"))
    return at
