"""The way to the provider of single sign-on and back; without OIDC_ISSUER these pages do not exist."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from p13nadmin.api.errors import NotAllowed
from p13nadmin.api.peer import address_of
from sign_in.frame import page
from sign_in.provider import PROVIDER_ERRORS
from sign_in.records import note_sign_in
from sign_in.stamps import mark_second_step

if TYPE_CHECKING:
    from django.views.generic import View

    class OIDCAuthenticationCallbackView(View):
        user: Any

        def get(self, request: HttpRequest) -> HttpResponse: ...

        def login_success(self) -> HttpResponse: ...

    class OIDCAuthenticationRequestView(View): ...
else:
    from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

_log = logging.getLogger(__name__)
_FAILED = "The provider could not confirm who you are. Try again."


class ToProvider(OIDCAuthenticationRequestView):
    """Sends the browser to the provider."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check_is_on()
        return super().dispatch(request, *args, **kwargs)


class FromProvider(OIDCAuthenticationCallbackView):
    """Takes whom the provider sends back, and says in words why not."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check_is_on()
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotAllowed as refusal:
            return _refused(request, refusal.message, reason="no way in")
        except PROVIDER_ERRORS as error:
            return _refused(request, _FAILED, reason=type(error).__name__)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The answer. An error ends a session only when this browser had asked: another site's link is no answer."""
        if "error" in request.GET and request.GET.get("state") not in request.session.get("oidc_states", ()):
            return self.login_failure()
        return super().get(request)

    def login_success(self) -> HttpResponse:
        """Sign in; the provider has seen to the second step."""
        response = super().login_success()
        mark_second_step(self.request.session, "provider")
        note_sign_in(self.user, by="single sign-on")
        return response

    def login_failure(self) -> HttpResponse:
        """The page for who came back without a usable answer."""
        return _refused(self.request, _FAILED, reason="no answer")


def _check_is_on() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404("There is no such page.")


def _refused(request: HttpRequest, words: str, *, reason: str) -> HttpResponse:
    _log.warning("single sign-on from %s failed: %s", address_of(request), reason)
    return page(request, "sign_in/refused.html", status=403, title="You are not signed in", words=words)
