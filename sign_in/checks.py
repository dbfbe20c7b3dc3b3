"""Checks of the settings of signing in; `manage.py check` shows their problems. No message quotes a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

from sign_in.provider_roles import read_rules

_NEEDED = {
    "OIDC_CLIENT_ID": "OIDC_RP_CLIENT_ID",
    "OIDC_CLIENT_SECRET": "OIDC_RP_CLIENT_SECRET",
    "OIDC_AUTHORIZATION_URL": "OIDC_OP_AUTHORIZATION_ENDPOINT",
    "OIDC_TOKEN_URL": "OIDC_OP_TOKEN_ENDPOINT",
    "OIDC_JWKS_URL": "OIDC_OP_JWKS_ENDPOINT",
    "OIDC_ROLES": "OIDC_ROLES",
}
_ADDRESSES = _NEEDED | {"OIDC_ISSUER": "OIDC_ISSUER", "OIDC_USERINFO_URL": "OIDC_OP_USER_ENDPOINT"}
_HERE = ("127.0.0.1", "localhost", "::1")
_SHORTEST, _LONGEST = 1, 24 * 365


def check_numbers(**_: Any) -> list[CheckMessage]:
    """Numbers are within what makes sense."""
    return [
        Error(f"{name} is out of range.", hint=f"Set a whole number from {_SHORTEST} to {most}.", id="p13nadmin.E020")
        for name, most in (
            ("SESSION_HOURS", _LONGEST),
            ("SESSION_IDLE_MINUTES", _LONGEST * 60),
            ("SIGN_IN_FAILURES", 100),
            ("SIGN_IN_LOCKOUT_MINUTES", _LONGEST),
        )
        if not _SHORTEST <= getattr(settings, name) <= most
    ]


def check_provider(**_: Any) -> list[CheckMessage]:
    """With OIDC_ISSUER the rest is there, the addresses are HTTPS, and the roles can be read."""
    if not settings.OIDC_ISSUER:
        return []
    return [Error(message, hint=hint, id="p13nadmin.E021") for message, hint in _problems()]


def _problems() -> Iterator[tuple[str, str]]:
    for name, setting in _NEEDED.items():
        if not getattr(settings, setting):
            yield f"OIDC_ISSUER is set and {name} is not.", "See docs/sign-in.md; without OIDC_ISSUER it is all off."
    for name, setting in _ADDRESSES.items():
        if name.endswith(("_URL", "_ISSUER")) and not _is_safe(getattr(settings, setting)):
            yield f"{name} is no HTTPS address.", "What the provider says must not be changed on the way."
    try:
        read_rules(settings.OIDC_ROLES)
    except ValueError as error:
        yield f"OIDC_ROLES: {error}.", "Separate several with semicolons: admins=administrator;shop=editor@1"


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not address or parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
