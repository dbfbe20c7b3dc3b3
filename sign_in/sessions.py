"""How long somebody stays signed in, and the end of their sessions."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from sign_in.stamps import SEEN, why_over

_SECONDS_BETWEEN_NOTES = 60


class SignedIn:
    """Ends sessions that are too old or were left alone, and those that lack a second step which is now required."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session:
            _end_or_go_on(request)
        return self.get_response(request)


def _end_or_go_on(request: HttpRequest) -> None:
    now = time.time()
    why = why_over(request.session, now=now)
    if why:
        logout(request)
        messages.info(request, f"You were signed out: {why}. Sign in again to go on.", fail_silently=True)
    elif _is_used(request) and now - request.session[SEEN] >= _SECONDS_BETWEEN_NOTES:
        request.session[SEEN] = int(now)


def _is_used(request: HttpRequest) -> bool:
    # What an open page asks for by itself, again and again, is no sign that somebody is there: it says so (live.js), or
    # is a GET of a script. A POST of a script may be somebody who types or presses a button.
    if request.headers.get("X-Asked-By") == "page":
        return False
    return request.method == "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def sign_out_everywhere(user: AbstractBaseUser, *, but: str | None = None) -> int:
    """End the sessions of somebody, save the one with the key `but`; how many they were."""
    rows = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but or "")
    keys = [row.session_key for row in rows.iterator() if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)
