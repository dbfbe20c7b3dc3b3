"""Somebody from the provider whose address is that of a login with a password, until they have shown the password.

The session knows of it, and is nobody's because of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

_KEY = "sign_in_connecting"
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Connecting:
    """The login that may become theirs, their own name at the provider, and the address that they wanted to open."""

    user: User
    issuer: str
    subject: str
    next: str


def begin_connecting(request: HttpRequest, *, user: User, subject: str) -> None:
    """Note that the provider has named somebody with the address of `user`."""
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.pk,
        "issuer": settings.OIDC_ISSUER,
        "subject": subject,
        "next": request.session.get("oidc_login_next") or "",
        "at": int(time.time()),
    }


def connecting_of(request: HttpRequest) -> Connecting | None:
    """What is under way; None when nothing is, it is too old, or the login may no longer be connected like this."""
    noted = request.session.get(_KEY)
    if noted is None or noted["issuer"] != settings.OIDC_ISSUER or time.time() - noted["at"] > _SECONDS:
        return None
    waiting = User.objects.filter(is_active=True, is_superuser=False, provider_identity=None)
    user = waiting.filter(pk=noted["user"]).first()
    return None if user is None else Connecting(user, noted["issuer"], noted["subject"], noted["next"])


def forget_connecting(request: HttpRequest) -> None:
    """Nothing is under way any more."""
    request.session.pop(_KEY, None)
