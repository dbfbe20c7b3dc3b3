"""How REST callers prove who they are; where keys are kept is a subclass's business."""

from __future__ import annotations

from abc import abstractmethod

from django.contrib.auth.models import AbstractUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from p13nadmin.api.caller import Caller
from p13nadmin.api.reach import Reach
from p13nadmin.api.throttling import KeyGuessThrottle


class TD1Authentication(BaseAuthentication):
    """`Authorization: TD1 {account}/{key}`; one and the same answer for whatever is wrong with it."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        guesses = KeyGuessThrottle()
        if not guesses.allow_request(request, None):  # type: ignore[arg-type]
            raise Throttled(guesses.wait())
        caller = self.caller(header.decode("latin-1"), request)
        if caller is None:
            guesses.count()
            raise AuthenticationFailed("Not a known API key: send `Authorization: TD1 {account}/{key}`.")
        return caller, None

    @abstractmethod
    def caller(self, header: str, request: Request) -> Caller | None:
        """Who the header names, or None when it names nobody that may come in."""

    def authenticate_header(self, request: Request) -> str:
        return "TD1"


class SessionOfStaff(SessionAuthentication):
    """A staff member signed in to the console; unsafe methods need the CSRF token."""

    @abstractmethod
    def reach(self, user: AbstractUser) -> Reach:
        """What that member of staff may do, and in which accounts."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        user: AbstractUser | None = getattr(request._request, "user", None)
        if user is None or not user.is_active or not getattr(user, "is_staff", False):
            return None
        self.enforce_csrf(request)
        return Caller(actor=f"staff {user.get_username()}", reach=self.reach(user)), None
