"""How somebody else signs in: for superusers, who unlock, take a lost one-time password away and end sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from sign_in.frame import page
from sign_in.lockout import locks_of, unlock
from sign_in.one_time import remove, standing_of
from sign_in.records import note_change
from sign_in.sessions import sign_out_everywhere


@require_http_methods(["GET", "HEAD", "POST"])
def user_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says how it stands; POST does what the button's `action` says."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    action = _ACTIONS.get(request.POST.get("action", "")) if request.method == "POST" else None
    if action is not None:
        said = action(user)
        note_change(user, said, request=request)
        messages.success(request, said)
        return redirect("user-sign-in", pk=pk)
    return page(
        request,
        "sign_in/user.html",
        title=f"Signing in of {user.get_username()}",
        person=user,
        required=settings.REQUIRE_OTP,
        standing=standing_of(user),
        locks=locks_of(user.get_username()),
    )


def _unlock(user: User) -> str:
    unlock(user.get_username())
    return f"{user.get_username()} can sign in again."


def _remove(user: User) -> str:
    remove(user=user)
    ended = sign_out_everywhere(user)
    return f"The one-time password of {user.get_username()} is taken away, and {ended} of their sessions ended."


def _sign_out(user: User) -> str:
    return f"{sign_out_everywhere(user)} sessions of {user.get_username()} ended."


_ACTIONS: Mapping[str, Callable[[User], str]] = {"unlock": _unlock, "remove": _remove, "sign_out": _sign_out}
