"""What of signing in stands in the history: who came in and how, locks, and what became of one-time passwords."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest

from p13nadmin.console.lists import actor_of
from routing.history import SIGNED_IN, record
from routing.models import HistoryEntry


def note_sign_in(user: User, *, by: str) -> None:
    """Somebody has just come in; `by` says with what."""
    name = user.get_username()
    record(kind=HistoryEntry.Kind.SIGN_IN, actor=f"staff {name}", what=f"{name}{SIGNED_IN}{by}")


def note_lock(username: str) -> None:
    """A name was locked. One that nobody has is not written down: it may be a password in the wrong field."""
    who = username if User.objects.filter(username=username).exists() else "a name that nobody has"
    what = f"Locked after too many wrong passwords or codes: {who}"
    record(kind=HistoryEntry.Kind.SIGN_IN, actor="sign-in page", what=what)


def note_change(user: User, what: str, *, request: HttpRequest | None = None, actor: str = "") -> None:
    """Something about how `user` signs in was changed, by who is signed in, or by `actor`."""
    by = actor or (actor_of(request) if request and request.user.is_authenticated else f"staff {user.get_username()}")
    record(kind=HistoryEntry.Kind.SIGN_IN, actor=by, what=f"{user.get_username()}: {what}")
