"""The one time that single sign-on is connected with a login that has a password: its owner shows it, and a code."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from p13nadmin.api.errors import DomainError
from p13nadmin.console.forms import status_of, submit
from sign_in.connecting import Connecting, connecting_of, forget_connecting
from sign_in.forms import ConnectForm
from sign_in.frame import page, throttled
from sign_in.lockout import check_password_of, count_failure, is_locked, locked_page
from sign_in.one_time import check, is_set_up
from sign_in.provider_links import connect
from sign_in.records import note_change


@never_cache
@throttled
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connect_page(request: HttpRequest) -> HttpResponse:
    """Asks for the password, and for a code where there is a one-time password. It signs nobody in."""
    asked = connecting_of(request)
    if asked is None:
        return redirect("admin:login")
    username = asked.user.get_username()
    if is_locked(request, username):
        return locked_page(request, credentials={"username": username})
    form = ConnectForm(request.POST or None, with_code=is_set_up(asked.user))
    if submit(form, lambda values: _connected(request, asked, values)):
        return redirect(f"{reverse('admin:login')}?{urlencode({'next': asked.next})}")
    shown = {"form": form, "person": username, "provider": settings.OIDC_NAME}
    return page(request, "sign_in/connect.html", status=status_of(form), title="Is this login yours?", **shown)


def _connected(request: HttpRequest, asked: Connecting, values: dict[str, Any]) -> bool:
    check_password_of(asked.user, values["password"], request=request)
    if "code" in values:
        _check_code(request, asked, values["code"])
    connect(user=asked.user, issuer=asked.issuer, subject=asked.subject)
    forget_connecting(request)
    username = asked.user.get_username()
    note_change(asked.user, "connected, by its password, with single sign-on", actor=f"staff {username}")
    messages.success(request, f"“{username}” is connected: sign in with {settings.OIDC_NAME} from now on.")
    return True


def _check_code(request: HttpRequest, asked: Connecting, code: str) -> None:
    try:
        check(user=asked.user, code=code)
    except DomainError:
        count_failure(request, asked.user.get_username())
        raise
