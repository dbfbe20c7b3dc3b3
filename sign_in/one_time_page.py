"""The page of one's own one-time password: setting it up, new backup codes, taking it away.

Who is signed in comes here by the menu; who has to have one comes here between password and console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from p13nadmin.api.errors import Conflict
from p13nadmin.console.forms import ConsoleForm, status_of, submit
from sign_in.forms import CodeForm, PasswordForm
from sign_in.frame import page, throttled
from sign_in.lockout import check_password_of
from sign_in.one_time import NewSecret, confirm, is_set_up, remove, renew_backup_codes, standing_of, start
from sign_in.pending import Pending, finish, pending_of
from sign_in.records import note_change
from sign_in.sessions import sign_out_everywhere
from sign_in.stamps import mark_second_step

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is on the page: signed in, or about to be (`pending`)."""

    request: HttpRequest
    user: User
    pending: Pending | None

    def show(self, *, status: int = 200, **context: object) -> HttpResponse:
        """The page in the frame that fits."""
        frame = "sign_in/base.html" if self.pending else "console/page.html"
        shown = {"title": "One-time password", "frame": frame, "pending": self.pending} | context
        return page(self.request, "sign_in/one_time.html", status=status, **shown)


@never_cache
@throttled
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_page(request: HttpRequest) -> HttpResponse:
    """GET says how it stands; POST does what the button's `action` says."""
    visit = _visit(request)
    if visit is None:
        return redirect(f"{admin.site.name}:login")
    action = _ACTIONS.get(request.POST.get("action", "")) if request.method == "POST" else None
    return (action or _overview)(visit)


def _visit(request: HttpRequest) -> Visit | None:
    if admin.site.has_permission(request):
        assert isinstance(request.user, User)
        return Visit(request, request.user, None)
    pending = pending_of(request)
    return None if pending is None or is_set_up(pending.user) else Visit(request, pending.user, pending)


def _overview(visit: Visit, form: ConsoleForm | None = None) -> HttpResponse:
    form = form or PasswordForm()
    return visit.show(
        status=status_of(form), form=form, standing=standing_of(visit.user), required=settings.REQUIRE_OTP
    )


def _start(visit: Visit) -> HttpResponse:
    if visit.pending:
        return _started(visit, start(user=visit.user))
    form = PasswordForm(visit.request.POST)
    secret = submit(form, lambda values: _with_password(visit, values["password"], lambda: start(user=visit.user)))
    return _overview(visit, form) if secret is None else _started(visit, secret)


def _started(visit: Visit, secret: NewSecret) -> HttpResponse:
    return visit.show(step="scan", secret=secret, form=CodeForm())


def _confirm(visit: Visit) -> HttpResponse:
    form = CodeForm(visit.request.POST)
    codes = submit(form, lambda values: confirm(user=visit.user, code=values["code"]))
    if codes is None:
        return visit.show(status=status_of(form), step="again", form=form)
    if visit.pending:
        finish(visit.request, visit.pending)
    else:
        mark_second_step(visit.request.session, "code")
    note_change(visit.user, "a one-time password was set up", request=visit.request)
    sign_out_everywhere(visit.user, but=visit.request.session.session_key)
    return visit.show(step="codes", codes=codes, onward=visit.pending.next if visit.pending else None)


def _renew(visit: Visit) -> HttpResponse:
    form = PasswordForm(visit.request.POST)
    codes = submit(form, lambda values: _with_password(visit, values["password"], lambda: _renewed(visit)))
    if codes is None:
        return _overview(visit, form)
    note_change(visit.user, "new backup codes were made", request=visit.request)
    return visit.show(step="codes", codes=codes)


def _renewed(visit: Visit) -> tuple[str, ...]:
    if not is_set_up(visit.user):
        raise Conflict("No one-time password is set up.")
    return renew_backup_codes(user=visit.user)


def _remove(visit: Visit) -> HttpResponse:
    form = PasswordForm(visit.request.POST)
    if submit(form, lambda values: _with_password(visit, values["password"], lambda: remove(user=visit.user))) is None:
        return _overview(visit, form)
    note_change(visit.user, "the one-time password was taken away", request=visit.request)
    messages.success(visit.request, "Your one-time password is taken away: the password alone signs you in.")
    return redirect("one-time-password")


def _with_password(visit: Visit, password: str, act: Callable[[], T]) -> T:
    check_password_of(visit.user, password, request=visit.request)
    return act()


_ACTIONS: Mapping[str, Callable[[Visit], HttpResponse]] = {
    "start": _start,
    "confirm": _confirm,
    "renew": _renew,
    "remove": _remove,
}
