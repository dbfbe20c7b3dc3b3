"""Errors that arise outside the API's views (no such path, a bad host, a crash) in the API's one form."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from p13nadmin.api.error_body import error_body

# First segments of the paths that people open; whatever else comes here was meant for the API or the endpoint.
_PAGES = frozenset({"", "admin", "static", "media", "docs", "hand-over"})

_WORDS = {
    400: "The request is malformed.",
    403: "This is not allowed.",
    404: "There is no such path: those of the API end without a slash (see /docs), and no database name has a hyphen.",
    413: "The body is too large.",
    500: "Something went wrong here; the log says what.",
}


class JsonErrors:
    """Stands outermost: programs never get an HTML page for an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or _is_page(request.path_info) or _is_json(response):
            return response
        return error_body(response.status_code, _WORDS.get(response.status_code, "The request failed."))


def _is_page(path: str) -> bool:
    return path.lstrip("/").partition("/")[0] in _PAGES


def _is_json(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")
