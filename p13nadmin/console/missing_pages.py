"""A page of the console that does not exist, or not now, says so in words, in debug mode too."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.defaults import page_not_found

from p13nadmin.api.errors import Unavailable


class MissingPages:
    """Answers what a view of the console could not find before Django's own page for developers does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for 404 or 503 when that is what was raised."""
        if not request.path_info.startswith("/admin/"):
            return None
        if isinstance(exception, Unavailable):
            context = {"message": exception.message}
            page = render(request, "503.html", context, status=exception.status)
            page["Retry-After"] = "5"
            return page
        return page_not_found(request, exception) if isinstance(exception, Http404) else None
