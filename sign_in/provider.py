"""Single sign-on by OpenID Connect: code flow with PKCE. The flow is mozilla-django-oidc's; this checks what it leaves.

A token counts when the provider signed it with RS256, names us (`aud`) and itself (`iss`), is not over (`exp`) and
answers this very sign-in (`nonce`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation

from sign_in.provider_roles import read_rules, roles_by, values_of
from sign_in.provider_users import Person, login_of

if TYPE_CHECKING:

    class OIDCAuthenticationBackend:
        def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]: ...
else:
    from mozilla_django_oidc.auth import OIDCAuthenticationBackend

_NEEDED = ["iss", "aud", "exp", "iat", "sub", "nonce"]
_NAME = re.compile(r"[\w.@+-]{1,150}")  # as Django's own forms take it: nothing that cannot be seen
_LEEWAY = 30  # seconds by which the provider's clock may differ from ours
# What can go wrong on the way to the provider and in what it answers.
PROVIDER_ERRORS = (SuspiciousOperation, requests.RequestException, jwt.PyJWTError, KeyError, TypeError, ValueError)


class ProviderBackend(OIDCAuthenticationBackend):
    """Finds or makes the login of who comes back from the provider."""

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
        claims = payload | self._more(access_token, id_token, payload)
        values = values_of(claims, settings.OIDC_ROLES_CLAIM)
        return login_of(_person(claims), roles=roles_by(read_rules(settings.OIDC_ROLES), values))

    def _more(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        if not settings.OIDC_OP_USER_ENDPOINT:
            return {}
        more = self.get_userinfo(access_token, id_token, payload)
        if more.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the provider tells of somebody else")
        return more


def _person(claims: Mapping[str, Any]) -> Person:
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    return Person(
        issuer=settings.OIDC_ISSUER,
        subject=str(claims["sub"]),
        username=_username(str(claims.get("preferred_username") or ""), email, str(claims["sub"])),
        email=email,
    )


def _username(*candidates: str) -> str:
    """The first that can be a name here; the history says who did something by it."""
    fitting = (each for each in candidates if _NAME.fullmatch(each))
    return next(fitting, re.sub(r"[^\w.@+-]", "_", candidates[-1])[:150])
