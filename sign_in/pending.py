"""A sign-in of which the password was right and the second step is still to come.

The session knows who it is about, and is nobody's yet: every other page treats it as signed out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from sign_in.stamps import mark_second_step

_KEY = "sign_in_pending"
_SECONDS = 600
_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Pending:
    """Who is signing in, and the address that they wanted to open."""

    user: User
    next: str


def begin_pending(request: HttpRequest, *, user: User, next: str) -> None:
    """Note that the password was right; whoever was signed in before is signed out."""
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": user.pk,
        "next": next,
        "at": int(time.time()),
        "password": user.get_session_auth_hash(),
    }


def pending_of(request: HttpRequest) -> Pending | None:
    """The sign-in under way, None when there is none, it is too old, or the password was changed since."""
    noted = request.session.get(_KEY)
    if noted is None or time.time() - noted["at"] > _SECONDS:
        return None
    user = User.objects.filter(pk=noted["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), noted["password"]):
        return None
    return Pending(user, noted["next"])


def forget_pending(request: HttpRequest) -> None:
    """Give the sign-in up."""
    request.session.pop(_KEY, None)


def finish(request: HttpRequest, pending: Pending) -> None:
    """Sign in who showed password and code."""
    forget_pending(request)
    login(request, pending.user, backend=_BACKEND)
    mark_second_step(request.session, "code")
