from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from routing.models import StaffRole
from tests.console.pages import Page, Visitor
from tests.console.pages import _page as page_of
from tests.sign_in.people import is_in, set_up, sign_in, somebody, visitor
from tests.sign_in.provider import CLIENT, OTHER_KEY, SECRET, Provider
from tests.world import an_account

pytestmark = pytest.mark.django_db
TO, BACK = "/admin/sign-in/provider/", "/admin/sign-in/callback/"
DORA = {
    "sub": "dora-1",
    "preferred_username": "dora",
    "email": "dora@example.com",
    "email_verified": True,
    "groups": ["staff", "p13n-editors"],
}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """The provider, switched on in the settings."""
    with Provider(dict(DORA)) as running:
        settings.OIDC_ISSUER = running.url
        settings.OIDC_NAME = "Example login"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{running.url}/authorize"
        settings.OIDC_OP_TOKEN_ENDPOINT = f"{running.url}/token"
        settings.OIDC_OP_USER_ENDPOINT = ""
        settings.OIDC_OP_JWKS_ENDPOINT = f"{running.url}/jwks"
        settings.OIDC_ROLES = "p13n-admins=administrator; p13n-editors=editor; shop=publisher@1; shop=viewer@1"
        settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "sign_in.provider.ProviderBackend"]
        yield running


def _come(at: Visitor, provider: Provider, *, next: str = "/admin/") -> Page:
    location = at.client.get(TO, {"next": next})["Location"]
    return page_of(at.client.get(provider.authorize(location), follow=True))


def _roles(username: str = "dora") -> set[tuple[str, int | None]]:
    return set(StaffRole.objects.filter(user__username=username).values_list("role", "account"))


def test_sign_in__for_the_first_time__makes_a_login_with_the_role(provider: Provider) -> None:
    at = visitor()
    assert _come(at, provider, next="/admin/routing/instance/").url == "/admin/routing/instance/"
    dora = User.objects.get()
    assert (dora.username, dora.email, dora.is_staff, dora.is_superuser) == ("dora", "dora@example.com", True, False)
    assert not dora.has_usable_password()
    assert _roles() == {("editor", None)}
    assert at.get("routing_account_changelist").status == 200
    assert at.get("auth_user_changelist").status == 403


def test_request__to_the_provider__has_state_nonce_and_challenge(provider: Provider) -> None:
    _come(visitor(), provider)
    first = dict(provider.asked)
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"http://testserver{BACK}"
    assert "openid" in first["scope"].split()
    _come(visitor(), provider)
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32
        assert provider.asked[name] != first[name]
    assert len(provider.exchanged) == 2


def test_sign_in__again__finds_the_same_login_by_its_name_there(provider: Provider) -> None:
    _come(visitor(), provider)
    provider.person |= {"preferred_username": "dora.new", "email": "new@example.com", "groups": "p13n-admins"}
    _come(visitor(), provider)
    assert User.objects.get().username == "dora"
    assert _roles() == {("administrator", None)}


def test_roles__in_accounts__are_the_highest_of_each(provider: Provider) -> None:
    an_account(1)
    provider.person["groups"] = ["shop"]
    _come(visitor(), provider)
    assert {role for role, _ in _roles()} == {"publisher"}
    assert StaffRole.objects.get().account == an_account(1)


def test_roles__in_a_nested_claim__are_found(provider: Provider, settings: Any) -> None:
    settings.OIDC_ROLES_CLAIM = "realm_access.roles"
    provider.person["realm_access"] = {"roles": ["p13n-admins"]}
    _come(visitor(), provider)
    assert _roles() == {("administrator", None)}


@pytest.mark.parametrize("groups", [[], ["staff"], None, "other", {"p13n-admins": 1}, [1]])
def test_sign_in__without_a_role__is_refused_and_makes_no_login(provider: Provider, groups: Any) -> None:
    provider.person["groups"] = groups
    at = visitor()
    page = _come(at, provider)
    assert page.status == 403
    assert "has no role here" in page.text
    assert not is_in(at)
    assert not User.objects.exists()


def test_sign_in__of_a_login_that_was_switched_off__is_refused(provider: Provider) -> None:
    _come(visitor(), provider)
    User.objects.update(is_active=False)
    at = visitor()
    assert _come(at, provider).status == 403
    assert not is_in(at)


def test_login__with_the_verified_address__is_taken_over_with_its_name(provider: Provider) -> None:
    User.objects.create_user("dorothea", "Dora@Example.com", is_staff=True)
    _come(visitor(), provider)
    assert User.objects.get().username == "dorothea"
    assert _roles("dorothea") == {("editor", None)}


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_login__with_an_address_that_is_not_verified__is_not_taken_over(provider: Provider, verified: Any) -> None:
    User.objects.create_superuser("root", "dora@example.com")
    provider.person["email_verified"] = verified
    at = visitor()
    _come(at, provider)
    assert not User.objects.get(username="dora").is_superuser
    assert at.get("auth_user_changelist").status == 403


def test_login__of_the_same_name_with_another_address__is_not_taken_over(provider: Provider) -> None:
    User.objects.create_superuser("dora", "other@example.com")
    at = visitor()
    assert _come(at, provider).status == 403
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
    assert "A login of that name is here already" in _come(visitor(), provider).text
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["dora\u200b", "dora\u202e", " dora", "dora\n", "dora doe", "<b>dora</b>", "", "d" * 151]
)
def test_name__that_is_hard_to_tell_from_another__is_not_taken(provider: Provider, name: str) -> None:
    provider.person |= {"preferred_username": name}
    _come(visitor(), provider)
    assert User.objects.get().username == "dora@example.com"


def test_name__when_neither_name_nor_address_will_do__is_that_of_the_provider(provider: Provider) -> None:
    provider.person |= {"preferred_username": "", "email_verified": False, "sub": "auth0|5\u200b7"}
    _come(visitor(), provider)
    assert User.objects.get().username == "auth0_5_7"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_token__that_is_not_right__signs_nobody_in(provider: Provider, forge: Any, caplog: Any) -> None:
    forge(provider)
    at = visitor()
    page = _come(at, provider)
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
    _come(at, provider)
    assert at.client.get(BACK + query).status_code == 403
    assert is_in(at)


def test_userinfo__of_the_same_person__adds_claims(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    provider.told = {"sub": "dora-1", "groups": ["p13n-admins"]}
    _come(visitor(), provider)
    assert _roles() == {("administrator", None)}


def test_userinfo__of_somebody_else__signs_nobody_in(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
    provider.told = {"sub": "eve-1", "groups": ["p13n-admins"]}
    at = visitor()
    assert _come(at, provider).status == 403
    assert not is_in(at)


def test_provider__away__is_said_in_words(provider: Provider, settings: Any) -> None:
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert _come(visitor(), provider).status == 403


def test_failures__of_single_sign_on__lock_nobody_out(provider: Provider) -> None:
    provider.token_status = 500
    for _ in range(6):
        assert _come(visitor(), provider).status == 403
    provider.token_status = 200
    at = visitor()
    _come(at, provider)
    assert is_in(at)


def test_required_code__by_single_sign_on__is_the_providers_business(provider: Provider, settings: Any) -> None:
    settings.REQUIRE_OTP = True
    at = visitor()
    _come(at, provider)
    assert is_in(at)
    assert "You sign in by single sign-on" in at.get("/admin/one-time-password/").text


def test_superuser__by_single_sign_on__stays_one_and_needs_no_own_code(provider: Provider) -> None:
    root = somebody("dora")
    first = visitor()
    sign_in(first, username="dora")
    set_up(first, root)
    at = visitor()
    _come(at, provider)
    assert is_in(at)
    assert User.objects.get().is_superuser
    assert _roles() == set()


def test_next__to_another_place__leads_to_the_first_page(provider: Provider) -> None:
    assert _come(visitor(), provider, next="https://elsewhere.example/").url == "/admin/"


def test_sign_in_page__with_and_without__offers_it(provider: Provider, settings: Any) -> None:
    page = visitor().get("/admin/login/?next=/admin/tokens/accesstoken/")
    assert "Sign in with Example login" in page.text
    assert f"{reverse('sign-in-provider')}?next=%2Fadmin%2Ftokens%2Faccesstoken%2F" in page.source
    settings.OIDC_ISSUER = ""
    assert "Example login" not in visitor().get("/admin/login/").text
    assert visitor().get(TO).status == 404
    assert visitor().get(BACK).status == 404
