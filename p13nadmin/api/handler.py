"""One place turns every error of a view or service into the error body."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.views import exception_handler

from p13nadmin.api.error_body import error_body
from p13nadmin.api.errors import DomainError, Unavailable
from p13nadmin.api.request_problems import flatten

logger = logging.getLogger(__name__)

_WORDS: dict[type[exceptions.APIException], str] = {
    exceptions.NotAuthenticated: "Who is calling? Send `Authorization: TD1 {account}/{key}` with an API key.",
    exceptions.NotFound: "There is no such page or thing.",
    exceptions.NotAcceptable: "None of the types in `Accept` can be given here; application/json can.",
    exceptions.UnsupportedMediaType: "This content type is not taken here; see the documentation at /docs.",
}
_KEPT_HEADERS = ("WWW-Authenticate", "Retry-After")


def error_response(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The answer to an error raised by a view or a service; what nobody expected is logged and is a 500."""
    if isinstance(error, DomainError):
        headers = {"Retry-After": "5"} if isinstance(error, Unavailable) else {}
        return error_body(error.status, error.message, errors=error.errors, headers=headers)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    known = exception_handler(error, context)
    if known is not None:
        headers = {name: known.headers[name] for name in _KEPT_HEADERS if name in known.headers}
        return error_body(known.status_code, _words(error), headers=headers)
    return _unexpected(error)


def _invalid(error: exceptions.ValidationError) -> HttpResponse:
    problems = flatten(error.detail)
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return error_body(422, f"The request has {count}; nothing was changed.", errors=problems)


def _words(error: Exception) -> str:
    return next((words for kind, words in _WORDS.items() if isinstance(error, kind)), str(error) or "Not possible.")


def _unexpected(error: Exception) -> HttpResponse:
    if isinstance(error, RequestDataTooBig):
        return error_body(413, "The body is too large.")
    if isinstance(error, SuspiciousOperation):
        return error_body(400, "The request is malformed.")
    logger.error("A request failed", exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        return error_body(503, "The database cannot be reached now; try again.", headers={"Retry-After": "5"})
    return error_body(500, "Something went wrong here; the log says what. Nothing was changed.")
