"""One's own new password. A wrong old one counts as it does at signing in: a screen left open is no place to guess."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters

from sign_in.lockout import count_failure, is_locked, locked_page
from sign_in.records import note_change


@sensitive_post_parameters()
def password_page(request: HttpRequest) -> HttpResponse:
    """The console's page of Django, for who is signed in."""
    assert isinstance(request.user, User)
    user = request.user
    username = user.get_username()
    if is_locked(request, username):
        return locked_page(request, credentials={"username": username})
    response = admin.site.password_change(request)
    if response.status_code == 302:
        note_change(user, "the password was changed", request=request)
    elif request.method == "POST" and _is_wrong(response):
        count_failure(request, username)
    return response


def _is_wrong(response: HttpResponse) -> bool:
    form = getattr(response, "context_data", {})["form"]
    return bool(form.has_error("old_password", "password_incorrect"))
