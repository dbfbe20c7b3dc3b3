"""What a session notes of how it began, and when by that it is over."""

from __future__ import annotations

import time
from typing import Any, Literal

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

STARTED, SEEN, SECOND_STEP = "signed_in_at", "last_seen_at", "second_step"


def begin(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Note in the session of somebody who has just signed in when that was; from here on it lasts as sessions do."""
    request.session.set_expiry(None)
    request.session[STARTED] = request.session[SEEN] = int(time.time())


def mark_second_step(session: SessionBase, step: Literal["code", "provider"]) -> None:
    """Note that a one-time password was shown in this session, or that single sign-on saw to it."""
    session[SECOND_STEP] = step


def why_over(session: SessionBase, *, now: float) -> str:
    """Why this session of somebody who signed in must end at `now` (seconds since 1970); empty when it goes on."""
    if now - session.get(STARTED, 0) >= settings.SESSION_HOURS * 3600:
        return "it has been a while"
    if now - session.get(SEEN, 0) >= settings.SESSION_IDLE_MINUTES * 60:
        return "nothing was done for a while"
    if settings.REQUIRE_OTP and not session.get(SECOND_STEP):
        return "a one-time password is needed now"
    return ""
