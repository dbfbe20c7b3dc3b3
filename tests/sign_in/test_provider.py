from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from p13nadmin.api.old_sessions import remove_old_sessions
from routing.models import StaffRole
from tests.sign_in.coming import BACK, TO, come, roles_of
from tests.sign_in.people import is_in, sign_in, somebody, visitor
from tests.sign_in.provider import CLIENT, OTHER_KEY, SECRET, Provider
from tests.world import an_account

pytestmark = pytest.mark.django_db


def test_sign_in__for_the_first_time__makes_a_login_with_the_role(provider: Provider) -> None:
    at = visitor()
    assert come(at, provider, next="/admin/routing/instance/").url == "/admin/routing/instance/"
    dora = User.objects.get()
    assert (dora.username, dora.email, dora.is_staff, dora.is_superuser) == ("dora", "dora@example.com", True, False)
    assert not dora.has_usable_password()
    assert roles_of() == {("editor", None)}
    assert at.get("routing_account_changelist").status == 200
    assert at.get("auth_user_changelist").status == 403


def test_request__to_the_provider__has_state_nonce_and_challenge(provider: Provider) -> None:
    come(visitor(), provider)
    first = dict(provider.asked)
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"http://testserver{BACK}"
    assert "openid" in first["scope"].split()
    come(visitor(), provider)
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32
        assert provider.asked[name] != first[name]
    assert len(provider.exchanged) == 2


def test_sign_in__again__finds_the_same_login_by_its_name_there(provider: Provider) -> None:
    come(visitor(), provider)
    provider.person |= {"preferred_username": "dora.new", "email": "new@example.com", "groups": "p13n-admins"}
    come(visitor(), provider)
    assert User.objects.get().username == "dora"
    assert roles_of() == {("administrator", None)}


def test_roles__in_accounts__are_the_highest_of_each(provider: Provider) -> None:
    an_account(1)
    provider.person["groups"] = ["shop"]
    come(visitor(), provider)
    assert {role for role, _ in roles_of()} == {"publisher"}
    assert StaffRole.objects.get().account == an_account(1)


def test_roles__in_a_nested_claim__are_found(provider: Provider, settings: Any) -> None:
    settings.OIDC_ROLES_CLAIM = "realm_access.roles"
    provider.person["realm_access"] = {"roles": ["p13n-admins"]}
    come(visitor(), provider)
    assert roles_of() == {("administrator", None)}


@pytest.mark.parametrize("groups", [[], ["staff"], None, "other", {"p13n-admins": 1}, [1]])
def test_sign_in__without_a_role__is_refused_and_makes_no_login(provider: Provider, groups: Any) -> None:
    provider.person["groups"] = groups
    at = visitor()
    page = come(at, provider)
    assert page.status == 403
    assert "has no role here" in page.text
    assert not is_in(at)
    assert not User.objects.exists()


def test_sign_in__of_a_login_that_was_switched_off__is_refused(provider: Provider) -> None:
    come(visitor(), provider)
    User.objects.update(is_active=False)
    at = visitor()
    assert come(at, provider).status == 403
    assert not is_in(at)


def test_session__of_a_login_that_was_switched_off__is_nobodys(provider: Provider) -> None:
    at = visitor()
    come(at, provider)
    User.objects.update(is_active=False)
    assert at.client.get("/admin/login/").wsgi_request.user.is_anonymous


def test_login__with_a_role_in_no_account_that_there_is__is_not_made(provider: Provider) -> None:
    provider.person["groups"] = ["shop"]  # of an account that there is not
    at = visitor()
    assert "has no role here" in come(at, provider).text
    assert not User.objects.exists()


def test_login__with_the_verified_address__is_taken_over_with_its_name(provider: Provider) -> None:
    User.objects.create_user("dorothea", "Dora@Example.com", is_staff=True)
    come(visitor(), provider)
    assert User.objects.get().username == "dorothea"
    assert roles_of("dorothea") == {("editor", None)}


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_login__with_an_address_that_is_not_verified__is_not_taken_over(provider: Provider, verified: Any) -> None:
    User.objects.create_superuser("root", "dora@example.com")
    provider.person["email_verified"] = verified
    at = visitor()
    come(at, provider)
    assert not User.objects.get(username="dora").is_superuser
    assert at.get("auth_user_changelist").status == 403


def test_login__of_the_same_name_with_another_address__is_not_taken_over(provider: Provider) -> None:
    User.objects.create_superuser("dora", "other@example.com")
    at = visitor()
    assert come(at, provider).status == 403
    assert not is_in(at)


def _elsewhere(provider: Provider) -> None:
    provider.forged["iss"] = "https://elsewhere.example"


def _over(provider: Provider) -> None:
    provider.forged["exp"] = int(time.time()) - 60


def _signed_by_another(provider: Provider) -> None:
    provider.key = OTHER_KEY


def _unsigned(provider: Provider) -> None:
    provider.key, provider.algorithm = None, "none"


def _signed_with_the_secret(provider: Provider) -> None:
    provider.key, provider.algorithm = SECRET * 2, "HS256"


FORGERIES: dict[str, Any] = {
    "another issuer": _elsewhere,
    "over": _over,
    "another's signature": _signed_by_another,
    "no signature": _unsigned,
    "the client's secret as a key": _signed_with_the_secret,
    "no token": lambda provider: setattr(provider, "token_status", 500),
    "a list in place of tokens": lambda provider: setattr(provider, "token_answer", ["x"]),
    "an object without tokens": lambda provider: setattr(provider, "token_answer", {"id_token": None}),
    "an empty name": lambda provider: provider.forged.update(sub=""),
    "a name that is too long": lambda provider: provider.forged.update(sub="d" * 256),
    "another client": lambda provider: provider.forged.update(aud="other"),
    "several clients, for another": lambda provider: provider.forged.update(aud=[CLIENT, "other"], azp="other"),
    "another nonce": lambda provider: provider.forged.update(nonce="planted"),
    **{
        f"no {claim}": lambda provider, claim=claim: provider.forged.update({claim: None})
        for claim in ("iss", "aud", "exp", "iat", "sub", "nonce")
    },
}


def test_login__of_the_same_name_in_other_letters__is_not_made(provider: Provider) -> None:
    somebody("dora", first_name="Another")
    provider.person |= {"preferred_username": "Dora", "email": "else@example.com"}
    assert "A login of that name is here already" in come(visitor(), provider).text
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["ｄora", "Ｄora"])
def test_login__of_the_same_name_in_wide_letters__is_not_made(provider: Provider, name: str) -> None:
    somebody("dora", first_name="Another")
    provider.person |= {"preferred_username": name, "email": "else@example.com"}
    page = come(visitor(), provider)
    assert (page.status, "A login of that name is here already" in page.text) == (403, True)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["dora\u200b", "dora\u202e", " dora", "dora\n", "dora doe", "<b>dora</b>", "", "d" * 151]
)
def test_name__that_is_hard_to_tell_from_another__is_not_taken(provider: Provider, name: str) -> None:
    provider.person |= {"preferred_username": name}
    come(visitor(), provider)
    assert User.objects.get().username == "dora@example.com"


def test_name__when_neither_name_nor_address_will_do__is_that_of_the_provider(provider: Provider) -> None:
    provider.person |= {"preferred_username": "", "email_verified": False, "sub": "auth0|5\u200b7"}
    come(visitor(), provider)
    assert User.objects.get().username == "auth0_5_7"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_token__that_is_not_right__signs_nobody_in(provider: Provider, forge: Any, caplog: Any) -> None:
    forge(provider)
    at = visitor()
    page = come(at, provider)
    assert page.status == 403
    assert "could not confirm who you are" in page.text
    assert not is_in(at)
    assert not User.objects.exists()
    assert SECRET not in caplog.text
    assert "a-code" not in caplog.text


def test_state__of_another_browser__signs_nobody_in(provider: Provider) -> None:
    other, at = visitor(), visitor()
    back = provider.authorize(other.client.get(TO)["Location"])
    at.client.get(TO)
    assert at.client.get(back).status_code == 403
    assert not is_in(at)
    assert provider.exchanged == []


def test_answer__sent_twice__counts_once(provider: Provider) -> None:
    at = visitor()
    back = provider.authorize(at.client.get(TO)["Location"])
    at.client.get(back)
    at.client.logout()
    assert at.client.get(back).status_code == 403
    assert not is_in(at)
    assert len(provider.exchanged) == 1


@pytest.mark.parametrize("query", ["", "?error=access_denied&state=x", "?code=1", "?code=1&state=x"])
def test_answer__that_nobody_asked_for__signs_nobody_in(provider: Provider, query: str) -> None:
    at = visitor()
    assert at.client.get(BACK + query).status_code == 403
    assert not is_in(at)


@pytest.mark.parametrize("query", ["?error=access_denied", "?error=access_denied&state=x", "?code=1&state=x"])
def test_answer__that_nobody_asked_for__signs_nobody_out(provider: Provider, query: str) -> None:
    at = visitor()
    come(at, provider)
    assert at.client.get(BACK + query).status_code == 403
    assert is_in(at)


def test_userinfo__of_the_same_person__adds_claims(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    provider.told = {"sub": "dora-1", "groups": ["p13n-admins"]}
    come(visitor(), provider)
    assert roles_of() == {("administrator", None)}


@pytest.mark.parametrize(
    ("in_the_token", "told"),
    [
        ({"email": "dora@example.com", "email_verified": True}, {"email": "erna@example.com"}),
        ({"email": "erna@example.com", "email_verified": False}, {"email_verified": True}),
    ],
)
def test_address__of_token_or_userinfo__is_verified_when_the_same_says_so(
    provider: Provider, settings: Any, in_the_token: dict[str, Any], told: dict[str, Any]
) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    User.objects.create_user("erna", "erna@example.com", is_staff=True)
    provider.person |= in_the_token
    provider.told = {"sub": "dora-1"} | told
    come(visitor(), provider)
    assert roles_of("erna") == set()
    assert User.objects.get(username="dora").email == ""


@pytest.mark.parametrize("told", [[], "dora-1"])
def test_userinfo__of_another_form__signs_nobody_in(provider: Provider, settings: Any, told: Any) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    provider.told = told
    assert come(visitor(), provider).status == 403
    assert not User.objects.exists()


def test_userinfo__of_somebody_else__signs_nobody_in(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    provider.told = {"sub": "eve-1", "groups": ["p13n-admins"]}
    at = visitor()
    assert come(at, provider).status == 403
    assert not is_in(at)


def test_provider__away__is_said_in_words(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert come(visitor(), provider).status == 403


@pytest.mark.parametrize("keys", [[], {}, {"keys": "x"}, {"keys": [{}]}, {"keys": [{"kid": "1", "kty": "RSA"}]}])
def test_keys__of_another_form__are_said_in_words(provider: Provider, monkeypatch: Any, keys: Any) -> None:
    monkeypatch.setattr(provider, "_jwks", lambda: keys)
    page = come(visitor(), provider)
    assert (page.status, "could not confirm who you are" in page.text) == (403, True)


def test_failures__of_single_sign_on__lock_nobody_out(provider: Provider) -> None:
    provider.token_status = 500
    for _ in range(6):
        assert come(visitor(), provider).status == 403
    provider.token_status = 200
    at = visitor()
    come(at, provider)
    assert is_in(at)


def test_required_code__by_single_sign_on__is_the_providers_business(provider: Provider, settings: Any) -> None:
    settings.REQUIRE_OTP = True
    at = visitor()
    come(at, provider)
    assert is_in(at)
    assert "You sign in by single sign-on" in at.get("/admin/one-time-password/").text


def test_way_to_the_provider__taken_again_and_again__is_slowed_down(provider: Provider, monkeypatch: Any) -> None:
    monkeypatch.setattr("sign_in.frame.SignInThrottle.rate", "3/min", raising=False)
    ways = [visitor().client.get(TO) for _ in range(4)]
    assert [way.status_code for way in ways] == [302, 302, 302, 429]
    assert int(ways[-1]["Retry-After"]) > 0
    assert Session.objects.count() == 3
    assert visitor("192.0.2.9").client.get(TO).status_code == 302
    somebody()
    assert sign_in(visitor()).url == "/admin/"  # whoever was sent there by another site may still send the form


def test_way_to_the_provider__not_come_back_from__is_forgotten_soon(provider: Provider) -> None:
    at = visitor()
    back = provider.authorize(at.client.get(TO)["Location"])
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert at.client.get(back).status_code == 403
        assert remove_old_sessions() == 1


@pytest.mark.parametrize("way", ["provider", "password"])
def test_session__begun_after_the_way_to_the_provider__lasts_as_others_do(provider: Provider, way: str) -> None:
    somebody()
    at = visitor()
    at.client.get(TO)
    come(at, provider) if way == "provider" else sign_in(at)
    with time_machine.travel(timezone.now() + timedelta(minutes=110)):
        assert is_in(at)


def test_next__to_another_place__leads_to_the_first_page(provider: Provider) -> None:
    assert come(visitor(), provider, next="https://elsewhere.example/").url == "/admin/"


def test_sign_in_page__with_and_without__offers_it(provider: Provider, settings: Any) -> None:
    page = visitor().get("/admin/login/?next=/admin/tokens/accesstoken/")
    assert "Sign in with Example login" in page.text
    assert f"{reverse('sign-in-provider')}?next=%2Fadmin%2Ftokens%2Faccesstoken%2F" in page.source
    settings.OIDC_ISSUER = ""
    assert "Example login" not in visitor().get("/admin/login/").text
    assert visitor().get(TO).status == 404
    assert visitor().get(BACK).status == 404
