"""Who may use a route at all; which accounts, the selectors ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from p13nadmin.api.caller import Caller
from routing.roles import ROLES
from tokens.key_powers import OPERATORS

if TYPE_CHECKING:
    from rest_framework.views import APIView


class MayProvision(BasePermission):
    """A key with a scope for the control plane, or staff with the permission that the view names."""

    message = "An API key with the scope `provision` or `operator` is needed, or the permission to do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = request.user
        if not isinstance(caller, Caller) or not caller.may_provision:
            return False
        needed = getattr(view, "permissions", {}).get("GET" if request.method == "HEAD" else request.method)
        if needed is None or caller.may(needed):
            return True
        if caller.home is not None:
            self.message = _what_key_may(caller, needed)
        return False


def _what_key_may(caller: Caller, permission: str) -> str:
    if caller.reach.is_limited and permission in OPERATORS:
        return "only an operator may do this: use a key with the scope `operator`"
    role = next((role for role, permissions in ROLES.items() if permission in permissions), "administrator")
    return f"this key may not do this: use one with the role `{role}`"
