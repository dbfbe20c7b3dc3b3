"""Signing in: the password, then the code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.forms import AuthenticationForm

from p13nadmin.api.errors import DomainError
from p13nadmin.console.forms import status_of, submit
from sign_in.forms import CodeForm
from sign_in.frame import page, throttled
from sign_in.lockout import count_failure, is_locked, locked_page
from sign_in.one_time import check, is_set_up
from sign_in.pending import Pending, begin_pending, finish, forget_pending, pending_of
from sign_in.records import note_sign_in


class SignIn(LoginView):
    """Name and password. Who has a one-time password, or needs one, goes on to the second step."""

    authentication_form = AuthenticationForm
    template_name = "sign_in/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.get_user()
        has_code = is_set_up(user)
        if not has_code and not settings.REQUIRE_OTP:
            response = super().form_valid(form)
            note_sign_in(user, by="a password")
            return response
        begin_pending(self.request, user=user, next=self.get_success_url())
        return HttpResponseRedirect(reverse("sign-in-code" if has_code else "one-time-password"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {
            "title": "Sign in",
            "app_path": self.request.get_full_path(),
            "may_reset": bool(settings.EMAIL_URL),
            "provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        }
        return super().get_context_data(**kwargs) | admin.site.each_context(self.request) | own


@never_cache
@throttled
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, or a backup code."""
    pending = pending_of(request)
    if pending is None or not is_set_up(pending.user):
        return redirect("admin:login")
    username = pending.user.get_username()
    if is_locked(request, username):
        return locked_page(request, credentials={"username": username})
    form = CodeForm(request.POST or None)
    if submit(form, lambda values: _checked(request, pending, values["code"])):
        return redirect(pending.next)
    return page(request, "sign_in/code.html", status=status_of(form), title="Second step", form=form, person=username)


def _checked(request: HttpRequest, pending: Pending, code: str) -> bool:
    try:
        check(user=pending.user, code=code)
    except DomainError:
        count_failure(request, pending.user.get_username())
        if getattr(request, "axes_locked_out", False):
            forget_pending(request)
        raise
    finish(request, pending)
    note_sign_in(pending.user, by="a password and a code")
    return True


sign_in_page = throttled(SignIn.as_view())
