"""What becomes of many wrong passwords: the pair of name and address is locked for a while.

Counting is django-axes's; this says from which address a request came, until when a lock lasts, and undoes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from p13nadmin.api.errors import Invalid
from p13nadmin.api.peer import counted_address
from sign_in.frame import page
from sign_in.records import note_lock

Credentials = Mapping[str, Any]


def address_or_none(request: HttpRequest) -> str | None:
    """The address under which wrong passwords are counted; None behind a Unix socket without a proxy."""
    return counted_address(request) or None


def is_not_counted(request: HttpRequest, credentials: Credentials | None = None) -> bool:
    """Whether a failure names nobody: single sign-on has no password to guess here."""
    return not (credentials or {}).get("username")


def is_locked(request: HttpRequest, username: str) -> bool:
    """Whether that name may not be tried from where the request comes."""
    return not AxesProxyHandler.is_allowed(request, {"username": username})


def count_failure(request: HttpRequest, username: str) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def check_password_of(user: User, password: str, *, request: HttpRequest) -> None:
    """Raise Invalid unless it is the password of `user`; a wrong one counts as it does at signing in."""
    found = authenticate(request, username=user.get_username(), password=password)
    if found is None or found.pk != user.pk:
        raise Invalid("the password", errors=[{"path": "password", "message": "That is not your password."}])


def locked_page(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Credentials | None = None
) -> HttpResponse:
    """The page that says until when; it is the same whether somebody has that name or not."""
    username = str((credentials or {}).get("username") or "")
    if getattr(request, "axes_failures_since_start", None):  # not when it was locked before
        note_lock(username)
    until = locked_until(username, address_or_none(request)) or timezone.now() + settings.AXES_COOLOFF_TIME
    seconds = max(1, int((until - timezone.now()).total_seconds()))
    locked = page(request, "sign_in/locked.html", status=429, title="Locked for a while", until=until)
    locked["Retry-After"] = str(seconds)
    return locked


def locked_until(username: str, address: str | None) -> datetime | None:
    """When the lock of a name and an address ends; None when nothing was counted."""
    newest = AccessAttempt.objects.filter(username=username, ip_address=address).order_by("-attempt_time").first()
    return None if newest is None else newest.attempt_time + settings.AXES_COOLOFF_TIME


def locks_of(username: str) -> list[tuple[str, datetime]]:
    """The addresses from which a name is locked now, each with when that ends."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    failures: dict[str, list[tuple[int, datetime]]] = {}
    for row in AccessAttempt.objects.filter(username=username, attempt_time__gt=since):
        failures.setdefault(row.ip_address or "", []).append((row.failures_since_start, row.attempt_time))
    return [
        (address, max(at for _, at in counted) + settings.AXES_COOLOFF_TIME)
        for address, counted in failures.items()
        if sum(count for count, _ in counted) >= settings.AXES_FAILURE_LIMIT
    ]


def unlock(username: str) -> int:
    """Forget the failures of a name, from whatever address; how many rows there were."""
    deleted: int
    deleted, _ = AccessAttempt.objects.filter(username=username).delete()
    return deleted
