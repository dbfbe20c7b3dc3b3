"""API keys and staff sessions as REST credentials."""

from __future__ import annotations

from hmac import compare_digest

from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from rest_framework.request import Request

from p13nadmin.api.authentication import SessionOfStaff, TD1Authentication
from p13nadmin.api.caller import Caller
from p13nadmin.api.peer import address_of, may_come_from
from p13nadmin.api.reach import Reach
from routing.access import reach_of
from tokens.header import KeyHeader, read_key_header
from tokens.issuers import actor_of_key
from tokens.key_powers import reach_of_key
from tokens.models import CONTROL_SCOPES, ApiKey
from tokens.selectors import is_usable
from tokens.services import note_use


class ApiKeyAuthentication(TD1Authentication):
    """Keys with the scope `provision` (their own account) or `operator` (every account), each as far as its role."""

    def caller(self, header: str, request: Request) -> Caller | None:
        read = read_key_header(header)
        key = None if read is None else _usable_key(read)
        if key is None or not may_come_from(request, key.allowed_ips):
            return None
        may_provision = key.scope in CONTROL_SCOPES
        if may_provision:
            note_use(key=key, address=address_of(request))
        return Caller(
            actor=actor_of_key(key),
            reach=reach_of_key(key),
            home=key.account_id,
            may_provision=may_provision,
        )


class StaffSessionAuthentication(SessionOfStaff):
    """Staff by the session of the console, with what their roles and permissions give them."""

    def reach(self, user: AbstractUser) -> Reach:
        """What that member of staff may do, and in which accounts."""
        return reach_of(user)


def _usable_key(header: KeyHeader) -> ApiKey | None:
    key = ApiKey.objects.filter(account_id=header.account, digest=header.digest).first()
    if key is None or not compare_digest(key.digest, header.digest) or not is_usable(key, at=timezone.now()):
        return None
    return key
