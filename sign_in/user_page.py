"""How somebody else signs in: for superusers, who unlock, take a lost one-time password away, end sessions and connect.

To connect is to say who somebody is at the provider of single sign-on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from p13nadmin.api.errors import DomainError, Invalid
from sign_in.forms import SubjectForm
from sign_in.frame import page
from sign_in.lockout import locks_of, unlock
from sign_in.one_time import remove, standing_of
from sign_in.provider_links import connect, disconnect, identity_of
from sign_in.records import note_change
from sign_in.sessions import sign_out_everywhere

Action = Callable[[User, QueryDict], str]


@require_http_methods(["GET", "HEAD", "POST"])
def user_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says how it stands; POST does what the button's `action` says."""
    if not request.user.is_superuser:
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    action = _ACTIONS.get(request.POST.get("action", "")) if request.method == "POST" else None
    if action is not None:
        _carry_out(action, user, request)
        return redirect("user-sign-in", pk=pk)
    return page(
        request,
        "sign_in/user.html",
        title=f"Signing in of {user.get_username()}",
        person=user,
        required=settings.REQUIRE_OTP,
        standing=standing_of(user),
        locks=locks_of(user.get_username()),
        provider=settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        identity=identity_of(user),
        subject_form=SubjectForm(),
    )


def _carry_out(action: Action, user: User, request: HttpRequest) -> None:
    try:
        said = action(user, request.POST)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return
    note_change(user, said, request=request)
    if user == request.user and not request.session.exists(request.session.session_key or ""):
        logout(request)  # their own session is among those that ended: nothing may be written into it
    messages.success(request, said)


def _unlock(user: User, _: QueryDict) -> str:
    unlock(user.get_username())
    return f"{user.get_username()} can sign in again."


def _remove(user: User, _: QueryDict) -> str:
    remove(user=user)
    ended = sign_out_everywhere(user)
    return f"The one-time password of {user.get_username()} is taken away, and {ended} of their sessions ended."


def _sign_out(user: User, _: QueryDict) -> str:
    return f"{sign_out_everywhere(user)} sessions of {user.get_username()} ended."


def _connect(user: User, form: QueryDict) -> str:
    typed = SubjectForm(form)
    if not settings.OIDC_ISSUER or not typed.is_valid():
        raise Invalid(f"Nothing was connected: the provider's own name of {user.get_username()} is needed.")
    connect(user=user, issuer=settings.OIDC_ISSUER, subject=typed.cleaned_data["subject"])
    return f"{user.get_username()} is connected with single sign-on."


def _disconnect(user: User, _: QueryDict) -> str:
    return f"{user.get_username()} is no longer connected with single sign-on; {disconnect(user=user)} sessions ended."


_ACTIONS: Mapping[str, Action] = {
    "unlock": _unlock,
    "remove": _remove,
    "sign_out": _sign_out,
    "connect": _connect,
    "disconnect": _disconnect,
}
