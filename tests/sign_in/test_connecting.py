"""Whose login is whose at the provider: what an address alone opens, what takes a proof, what superusers decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from routing.models import HistoryEntry
from sign_in.models import ProviderIdentity
from tests.console.pages import Page, Visitor
from tests.sign_in.coming import TO, come, roles_of
from tests.sign_in.people import PASSWORD, code_of, is_in, set_up, sign_in, somebody, visitor
from tests.sign_in.provider import Provider

pytestmark = pytest.mark.django_db
CONNECT = "/admin/sign-in/connect/"


def _dorothea(**fields: Any) -> User:
    """A login with the address that the provider has verified, and a password."""
    return User.objects.create_user("dorothea", "Dora@Example.com", PASSWORD, is_staff=True, **fields)


def _with_code(user: User) -> list[str]:
    at = visitor("192.0.2.7")
    sign_in(at, username=user.username)
    return set_up(at, user)


def _prove(at: Visitor, **form: str) -> Page:
    return at.post(CONNECT, **form)


def _said() -> list[str]:
    rows = HistoryEntry.objects.filter(kind="sign-in").order_by("pk")
    return [f"{actor}: {what}" for actor, what in rows.values_list("actor", "what")]


def test_login__that_is_made__is_in_the_history(provider: Provider) -> None:
    come(visitor(), provider)
    assert _said() == ["single sign-on: dora: made by single sign-on", "staff dora: dora signed in with single sign-on"]


def test_login__without_a_password__is_connected_by_the_verified_address(provider: Provider) -> None:
    User.objects.create_user("dorothea", "Dora@Example.com", is_staff=True)
    at = visitor()
    come(at, provider)
    assert is_in(at)
    assert User.objects.get().username == "dorothea"
    assert roles_of("dorothea") == {("editor", None)}
    assert _said()[0] == "single sign-on: dorothea: connected, by the verified e-mail address, with single sign-on"


@pytest.mark.parametrize("with_code", [False, True])
def test_superuser__by_a_verified_address__is_refused_and_told_what_to_do(provider: Provider, with_code: bool) -> None:
    root = somebody("root", first_name="R")
    User.objects.filter(pk=root.pk).update(email="dora@example.com")
    if with_code:
        _with_code(root)
    at = visitor()
    page = come(at, provider)
    assert page.status == 403
    assert "not connected with single sign-on by itself" in page.text
    assert "Your name at the provider is “dora-1”" in page.text
    assert not is_in(at)
    assert at.post(CONNECT, password=PASSWORD).url == "/admin/login/"
    assert not ProviderIdentity.objects.exists()
    assert User.objects.count() == 1


def test_superuser__without_a_password__is_refused_too(provider: Provider) -> None:
    User.objects.create_superuser("root", "dora@example.com")
    at = visitor()
    assert come(at, provider).status == 403
    assert not is_in(at)


def test_login__with_a_password__is_connected_once_that_is_shown(provider: Provider) -> None:
    _dorothea()
    at = visitor()
    page = come(at, provider, next="/admin/routing/instance/")
    assert (page.url, page.status) == (CONNECT, 200)
    assert "that of the login dorothea here" in page.text
    assert not is_in(at)
    assert roles_of("dorothea") == set()
    shown = _prove(at, password=PASSWORD)
    assert "“dorothea” is connected: sign in with Example login" in shown.text
    assert f"{TO}?next=%2Fadmin%2Frouting%2Finstance%2F" in shown.source
    assert not is_in(at)
    come(at, provider)
    assert is_in(at)
    assert roles_of("dorothea") == {("editor", None)}
    assert _said()[0] == "staff dorothea: dorothea: connected, by its password, with single sign-on"


def test_login__with_a_one_time_password__is_connected_by_password_and_code(provider: Provider) -> None:
    dorothea = _dorothea()
    codes = _with_code(dorothea)
    at = visitor()
    come(at, provider)
    for form in ({"password": PASSWORD}, {"password": PASSWORD, "code": "000000"}, {"password": "x", "code": codes[0]}):
        assert _prove(at, **form).status == 422
    assert not ProviderIdentity.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        assert _prove(at, password=PASSWORD, code=code_of(dorothea)).url == "/admin/login/"
    assert ProviderIdentity.objects.get().user == dorothea


def test_login__with_a_one_time_password_alone__is_left_to_a_superuser(provider: Provider) -> None:
    dorothea = _dorothea()
    _with_code(dorothea)
    dorothea.set_unusable_password()
    dorothea.save()
    at = visitor()
    assert "A superuser does that" in come(at, provider).text
    assert not is_in(at)


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"password": PASSWORD, "code": "000000"}])
def test_proof__wrong_too_often__locks_as_at_signing_in(provider: Provider, form: dict[str, str]) -> None:
    dorothea = _dorothea()
    _with_code(dorothea)
    at = visitor()
    come(at, provider)
    assert [_prove(at, **{"code": "000000"} | form).status for _ in range(5)] == [422, 422, 422, 422, 429]
    assert at.get(CONNECT).status == 429
    assert _prove(at, password=PASSWORD, code=code_of(dorothea)).status == 429
    assert sign_in(visitor(), username="dorothea").status == 429
    assert not ProviderIdentity.objects.exists()


def test_proof__with_the_password_of_another_login__is_none(provider: Provider) -> None:
    _dorothea()
    User.objects.create_user("eve", "eve@example.com", "another horse 9", is_staff=True)
    at = visitor()
    come(at, provider)
    assert _prove(at, password="another horse 9", username="eve").status == 422
    assert not ProviderIdentity.objects.exists()


def _made_a_superuser(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def _switched_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _connected_meanwhile(user: User) -> None:
    ProviderIdentity.objects.create(user=user, issuer="https://login.example.com", subject="dorothea-9")


@pytest.mark.parametrize("change", [_made_a_superuser, _switched_off, _connected_meanwhile])
def test_proof__of_a_login_that_changed_meanwhile__starts_again(provider: Provider, change: Any) -> None:
    dorothea = _dorothea()
    at = visitor()
    come(at, provider)
    change(dorothea)
    assert _prove(at, password=PASSWORD).url == "/admin/login/"
    assert not ProviderIdentity.objects.filter(subject="dora-1").exists()


def test_proof__after_too_long_or_from_another_browser__starts_again(provider: Provider) -> None:
    _dorothea()
    at = visitor()
    come(at, provider)
    assert _prove(visitor(), password=PASSWORD).url == "/admin/login/"
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert _prove(at, password=PASSWORD).url == "/admin/login/"
    assert not ProviderIdentity.objects.exists()


def test_login__switched_off__is_refused_before_its_password_is_asked_for(provider: Provider) -> None:
    _dorothea(is_active=False)
    assert "was switched off" in come(visitor(), provider).text


def test_superuser__connected_on_the_page_of_the_login__comes_in_and_stays_one(
    provider: Provider, staff: Visitor
) -> None:
    root = somebody("dora")
    _with_code(root)
    path = f"/admin/auth/user/{root.pk}/sign-in/"
    assert "dora is connected with single sign-on" in staff.post(path, action="connect", subject=" dora-1 ").text
    assert "whoever is dora-1 at" in staff.get(path).text
    at = visitor()
    come(at, provider)
    assert is_in(at)
    root.refresh_from_db()
    assert root.is_superuser
    assert roles_of() == set()
    assert "staff anna: dora: dora is connected with single sign-on." in _said()


@pytest.mark.parametrize("subject", ["", " ", "d" * 256])
def test_page_of_a_login__without_a_usable_name__connects_nothing(
    provider: Provider, staff: Visitor, subject: str
) -> None:
    path = f"/admin/auth/user/{_dorothea().pk}/sign-in/"
    assert "Nothing was connected" in staff.post(path, action="connect", subject=subject).text
    assert not ProviderIdentity.objects.exists()


def test_page_of_a_login__with_the_name_of_another__connects_nothing(provider: Provider, staff: Visitor) -> None:
    come(visitor(), provider)
    path = f"/admin/auth/user/{somebody('root').pk}/sign-in/"
    assert "is connected already" in staff.post(path, action="connect", subject="dora-1").text
    assert ProviderIdentity.objects.get().user.username == "dora"


def test_page_of_a_login__disconnected__ends_its_sessions_and_is_in_the_history(
    provider: Provider, staff: Visitor
) -> None:
    at = visitor()
    come(at, provider)
    dora = User.objects.get(username="dora")
    said = staff.post(f"/admin/auth/user/{dora.pk}/sign-in/", action="disconnect").text
    assert "dora is no longer connected with single sign-on; 1 sessions ended" in said
    assert not is_in(at)
    assert not ProviderIdentity.objects.exists()
    assert _said()[-1].startswith("staff anna: dora: dora is no longer connected")


def test_page_of_a_login__without_single_sign_on__says_nothing_of_it(staff: Visitor) -> None:
    path = f"/admin/auth/user/{somebody('root').pk}/sign-in/"
    assert "ingle sign-on" not in staff.get(path).text
    assert "Nothing was connected" in staff.post(path, action="connect", subject="dora-1").text
    assert not ProviderIdentity.objects.exists()


def test_roles__all_lost_at_the_provider__are_lost_here_and_sessions_end(provider: Provider) -> None:
    at, elsewhere = visitor(), visitor()
    come(at, provider)
    come(elsewhere, provider)
    provider.person["groups"] = ["staff"]
    page = come(at, provider)
    assert (page.status, "has no role here" in page.text) == (403, True)
    assert roles_of() == set()
    assert not is_in(at)
    assert not is_in(elsewhere)
    told = "single sign-on: dora: the provider gives no role any more, 2 sessions ended"
    assert _said()[-1] == told
    come(at, provider)
    assert _said().count(told) == 1
    assert _said()[-1] == told
    took = HistoryEntry.objects.get(what="took the role of dora in every account away")
    assert took.actor == "single sign-on"


def test_roles__all_lost_at_the_provider__leave_a_superuser_one_who_is_signed_out(provider: Provider) -> None:
    come(visitor(), provider)
    User.objects.update(is_superuser=True)
    at = visitor()
    come(at, provider)
    provider.person["groups"] = []
    assert come(visitor(), provider).status == 403
    assert not is_in(at)
    assert User.objects.get().is_superuser


def test_roles__none_of_somebody_unknown__end_nobodys_sessions(provider: Provider) -> None:
    somebody("dora")
    at = visitor()
    sign_in(at, username="dora")
    provider.person["groups"] = []
    assert come(visitor(), provider).status == 403
    assert is_in(at)
