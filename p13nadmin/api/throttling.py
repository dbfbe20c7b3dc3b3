"""How often one caller may ask, and how often one address may try keys; counted per process."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from p13nadmin.api.caller import Caller
from p13nadmin.api.peer import counted_address

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallerThrottle(SimpleRateThrottle):
    """Requests of one key or staff member."""

    scope = "callers"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        caller = request.user
        ident = caller.actor if isinstance(caller, Caller) else counted_address(request)
        return self.cache_format % {"scope": self.scope, "ident": sha256(ident.encode()).hexdigest()}


class KeyGuessThrottle(SimpleRateThrottle):
    """Wrong keys from one address: looking counts nothing, `count` counts one."""

    scope = "key_guesses"

    def get_cache_key(self, request: Request, view: APIView | None) -> str:
        return self.cache_format % {"scope": self.scope, "ident": counted_address(request)}

    def throttle_success(self) -> bool:
        return True

    def count(self) -> None:
        """Note one wrong key; `allow_request` was asked before."""
        super().throttle_success()
