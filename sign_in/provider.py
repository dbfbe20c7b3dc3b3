"""Single sign-on by OpenID Connect: code flow with PKCE. The flow is mozilla-django-oidc's; this checks what it leaves.

A token counts when the provider signed it with RS256, names us (`aud`) and itself (`iss`), is not over (`exp`) and
answers this very sign-in (`nonce`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse

from sign_in.models import LONGEST_SUBJECT
from sign_in.provider_roles import read_rules, roles_by, values_of
from sign_in.provider_users import Person, login_of

if TYPE_CHECKING:

    class OIDCAuthenticationBackend:
        def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None: ...

        def get_token(self, payload: dict[str, Any]) -> dict[str, Any]: ...

        def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]: ...
else:
    from mozilla_django_oidc.auth import OIDCAuthenticationBackend

_NEEDED = ["iss", "aud", "exp", "iat", "sub", "nonce"]
_NAME = re.compile(r"[\w.@+-]{1,150}")  # as Django's own forms take it: nothing that cannot be seen
_LONGEST_EMAIL = 254
_LEEWAY = 30  # seconds by which the provider's clock may differ from ours
# What can go wrong on the way to the provider and in what it answers.
PROVIDER_ERRORS = (SuspiciousOperation, requests.RequestException, jwt.PyJWTError, KeyError, TypeError, ValueError)


class ProviderBackend(OIDCAuthenticationBackend):
    """Finds or makes the login of who comes back from the provider."""

    def authenticate(self, request: HttpRequest, *, nonce: str, code_verifier: str) -> User | None:  # type: ignore[override]
        """Who comes back with the answer to a sign-in that this browser began; None anywhere but at the callback.

        A name and a password do not fit these parameters, so Django never asks this backend about them: what the
        address of another page holds must not stand between a wrong password and its being counted.
        """
        if request.path != reverse("sign-in-callback") or not nonce:
            return None
        return super().authenticate(request, nonce=nonce, code_verifier=code_verifier)

    def get_user(self, user_id: int) -> User | None:
        """The login of a session, unless it was switched off since."""
        return User.objects.filter(pk=user_id, is_active=True).first()

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider gives for the code. Raises what PROVIDER_ERRORS names."""
        return _object(super().get_token(payload))

    def _verify_jws(self, payload: str, key: Any) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            payload,
            key,
            algorithms=[settings.OIDC_RP_SIGN_ALGO],
            audience=settings.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=_LEEWAY,
            options={"require": _NEEDED},
        )
        if claims.get("azp", settings.OIDC_RP_CLIENT_ID) != settings.OIDC_RP_CLIENT_ID:
            raise SuspiciousOperation("the token is for another client")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User:
        """The login of whom the token names. Raises NotAllowed when they may not come in."""
        more = self._more(access_token, id_token, payload)
        told = more if "email" in more else payload  # whether an address is verified is said where the address is
        claims = payload | more | {"email_verified": told.get("email_verified")}
        values = values_of(claims, settings.OIDC_ROLES_CLAIM)
        return login_of(_person(claims), roles=roles_by(read_rules(settings.OIDC_ROLES), values))

    def _more(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        if not settings.OIDC_OP_USER_ENDPOINT:
            return {}
        more = _object(self.get_userinfo(access_token, id_token, payload))
        if more.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the provider tells of somebody else")
        return more


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise SuspiciousOperation("the provider answered with something else than an object")
    return answer


def _person(claims: Mapping[str, Any]) -> Person:
    subject = str(claims["sub"])
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise SuspiciousOperation("the provider's name of somebody is empty or too long")
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    return Person(
        issuer=settings.OIDC_ISSUER,
        subject=subject,
        username=_username(str(claims.get("preferred_username") or ""), email, subject),
        email=email if len(email) <= _LONGEST_EMAIL else "",
    )


def _username(*candidates: str) -> str:
    """The first that can be a name here; the history says who did something by it."""
    # As a login is kept: letters that merely look different (ｄora) are the same name, and are compared as such.
    names = [unicodedata.normalize("NFKC", each) for each in candidates]
    return next(filter(_NAME.fullmatch, names), re.sub(r"[^\w.@+-]", "_", names[-1])[:150])
