"""What the pages of signing in have in common: their look, and how often one address may send their forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.throttling import SimpleRateThrottle

from p13nadmin.api.peer import counted_address

View = Callable[..., HttpResponseBase]


class SignInThrottle(SimpleRateThrottle):
    """Forms of signing in from one address, whatever names they hold."""

    scope = "sign_ins"
    counted = "forms"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": f"{self.scope}_{self.counted}", "ident": counted_address(request)}


class ToProviderThrottle(SignInThrottle):
    """Ways to the provider of single sign-on. Another site can send a browser on them, but cannot use up its forms."""

    counted = "to_provider"


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the console's frame; `title` is among the context. It is kept by no cache."""
    response = render(request, template, admin.site.each_context(request) | context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def throttled(view: View) -> View:
    """The view, but 429 for an address that sends more forms than SIGN_IN_RATE allows."""

    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused = too_often(request, SignInThrottle()) if request.method == "POST" else None
        return refused or view(request, *args, **kwargs)

    return bounded


def too_often(request: HttpRequest, throttle: SignInThrottle) -> HttpResponse | None:
    """429 when this request is one more than may come; None when it may."""
    if throttle.allow_request(request, None):  # type: ignore[arg-type]
        return None
    wait = int(throttle.wait() or 0) + 1
    refused = page(request, "sign_in/too_often.html", status=429, title="Too many tries", wait=wait)
    refused["Retry-After"] = str(wait)
    return refused
