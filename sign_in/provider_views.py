"""The way to the provider of single sign-on and back; without OIDC_ISSUER these pages do not exist."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from p13nadmin.api.errors import DomainError
from p13nadmin.api.peer import address_of
from sign_in.connecting import begin_connecting
from sign_in.frame import ToProviderThrottle, page, too_often
from sign_in.provider import PROVIDER_ERRORS
from sign_in.provider_users import ProofNeeded
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
_SECONDS_AT_THE_PROVIDER = 1800
_FAILED = "The provider could not confirm who you are. Try again."


class ToProvider(OIDCAuthenticationRequestView):
    """Sends the browser to the provider. What has to be remembered of it is kept for as long as that may take."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check_is_on()
        return too_often(request, ToProviderThrottle()) or self._sent(request, *args, **kwargs)

    def _sent(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if SESSION_KEY not in request.session:
            request.session.set_expiry(_SECONDS_AT_THE_PROVIDER)
        return response


class FromProvider(OIDCAuthenticationCallbackView):
    """Takes whom the provider sends back, and says in words why not."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check_is_on()
        try:
            return super().dispatch(request, *args, **kwargs)
        except ProofNeeded as proof:
            begin_connecting(request, user=proof.user, subject=proof.person.subject)
            return redirect("sign-in-connect")
        except DomainError as refusal:
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
