"""The page behind a one-time link: for customers, without a login.

The secret part of the link stands behind `#`, which browsers send to no server: it comes in the body of the request
that the button sends. Whatever follows links by itself (mail scanners, previews) sees a page with a button.
"""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from rest_framework.throttling import SimpleRateThrottle

from p13nadmin.api.errors import NotFound
from p13nadmin.api.peer import address_of, counted_address
from tokens.first_call import snippets_of
from tokens.hand_overs import LinkOver, Opened, open_link
from tokens.models import AccessToken

_log = logging.getLogger(__name__)
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


class HandOverThrottle(SimpleRateThrottle):
    """Tries from one address. Guessing 256 bits is hopeless; this bounds what trying costs."""

    scope = "hand_overs"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": counted_address(request)}


# No cookie says who is asking: the link in the body is all that counts, so another site's form gains nothing. And with
# `no-referrer` browsers say no origin, without which Django's check would refuse every form.
@csrf_exempt
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over_page(request: HttpRequest) -> HttpResponse:
    """GET shows a button and what it does; POST opens the link, once."""
    if request.method != "POST":
        return _page(request, "console/handover.html")
    throttle = HandOverThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        wait = int(throttle.wait() or 0) + 1
        return _page(request, "console/handover_refused.html", 429, wait=wait, headers={"Retry-After": str(wait)})
    return _opened(request)


def _opened(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    # The whole link does as well, for whoever has to paste it.
    link = request.POST.get("link", "").strip().rpartition("#")[2]
    try:
        opened = open_link(link=link, address=address)
    except NotFound:
        _log.warning("a hand-over link that is not known was tried from %s", address)
        return _page(request, "console/handover_refused.html", 404)
    except LinkOver as over:
        _log.warning("hand-over %d was tried again from %s", over.hand_over.pk, address)
        return _page(request, "console/handover_refused.html", 410, hand_over=over.hand_over, state=over.state)
    return _page(request, "console/handover_opened.html", opened=opened, **_words(opened))


def _words(opened: Opened) -> dict[str, Any]:
    if isinstance(opened.row, AccessToken):
        return {"kind": "access token", "name": "WP13n-Token", **snippets_of(opened.row, opened.header)}
    return {"kind": "API key", "name": "Authorization"}


def _page(
    request: HttpRequest, template: str, status: int = 200, *, headers: dict[str, str] | None = None, **context: Any
) -> HttpResponse:
    response = render(request, template, context, status=status)
    for name, value in (_HEADERS | (headers or {})).items():
        response[name] = value
    return response
