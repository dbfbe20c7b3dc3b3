"""From where the work that is under way was asked for: the console or the API with an address, or a command."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

from p13nadmin.api.peer import address_of

CONSOLE, API, COMMAND = "console", "API", "command"


@dataclass(frozen=True, slots=True)
class Origin:
    """By which way (`console`, `API`, `command`), and for a request the client's address."""

    via: str
    address: str = ""


_NO_REQUEST = Origin(COMMAND)
_current: ContextVar[Origin] = ContextVar("origin", default=_NO_REQUEST)


def current_origin() -> Origin:
    """Where what is done now comes from; without a request it is a command or the program itself."""
    return _current.get()


class KnownOrigin:
    """Notes for each request where it comes from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        via = CONSOLE if request.path_info.startswith("/admin") else API
        before = _current.set(Origin(via, address_of(request)))
        try:
            return self.get_response(request)
        finally:
            _current.reset(before)
