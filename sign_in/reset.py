"""A forgotten password: a link by e-mail to a page that takes a new one.

The answer is the same, and takes as long, whether somebody has the address or not: looking for it and sending happen
after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.throttling import SimpleRateThrottle

from p13nadmin.console.forms import status_of
from sign_in.forms import AskResetForm, NewPasswordForm
from sign_in.frame import page, throttled
from sign_in.records import note_change

_log = logging.getLogger(__name__)
_MOST_WAITING = 50
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
_places = BoundedSemaphore(_MOST_WAITING)
View = Callable[..., HttpResponseBase]


class MailThrottle(SimpleRateThrottle):
    """Links to one e-mail address, from wherever they are asked for: nobody fills somebody else's mailbox."""

    rate = "5/hour"
    scope = "reset_mails"

    def get_cache_key(self, request: Any, view: Any) -> str:
        asked = str(request.POST.get("email", "")).strip().casefold()
        return self.cache_format % {"scope": self.scope, "ident": sha256(asked.encode()).hexdigest()}


def with_mail(view: View) -> View:
    """The view, which does not exist where no mail can be sent."""

    @wraps(view)
    def existing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.EMAIL_URL:
            raise Http404("There is no such page.")
        return view(request, *args, **kwargs)

    return existing


@with_mail
@never_cache
@throttled
@require_http_methods(["GET", "HEAD", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    """Asks for the address."""
    form = AskResetForm(request.POST or None)
    if form.is_valid():
        if MailThrottle().allow_request(request, None):  # type: ignore[arg-type]
            _send_later(form, host=request.get_host(), secure=request.is_secure())
        return redirect("password-reset-sent")
    return page(request, "sign_in/ask_reset.html", status=status_of(form), title="New password", form=form)


@with_mail
def sent_page(request: HttpRequest) -> HttpResponse:
    """Says that a link is on its way, if there is somebody to send it to."""
    return page(request, "sign_in/reset_sent.html", title="New password")


def _send_later(form: AskResetForm, *, host: str, secure: bool) -> None:
    if not _places.acquire(blocking=False):
        _log.warning("a link for a new password was not sent: %d are waiting already", _MOST_WAITING)
        return
    _sender.submit(_send, form, host, secure).add_done_callback(_done)


def _send(form: AskResetForm, host: str, secure: bool) -> None:
    try:
        form.save(
            domain_override=host,
            use_https=secure,
            subject_template_name="sign_in/reset_subject.txt",
            email_template_name="sign_in/reset_mail.txt",
        )
    finally:
        connection.close()


def _done(sending: Future[None]) -> None:
    _places.release()
    error = sending.exception()
    if error is not None:
        _log.error("a link for a new password could not be sent: %s", type(error).__name__)


class NewPassword(PasswordResetConfirmView):
    """Takes the new password from who followed the link. It signs nobody in: the second step stays."""

    form_class = NewPasswordForm
    template_name = "sign_in/new_password.html"
    success_url = reverse_lazy("admin:login")
    title = "New password"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        note_change(form.user, "a new password was set by a link")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | admin.site.each_context(self.request) | {"title": "New password"}


new_password_page: View = with_mail(throttled(NewPassword.as_view()))
