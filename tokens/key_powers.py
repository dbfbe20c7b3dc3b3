"""What an API key may do in the control plane, and who may make such a key: nobody gives away more than they have."""

from __future__ import annotations

from typing import Final

from p13nadmin.api.reach import Grant, Reach
from routing.roles import ADMINISTRATOR, ROLES
from tokens.models import CONTROL_SCOPES, INGEST_SCOPES, ApiKey

# What a key of one account may not do in it, whatever its role: what is for operators alone.
OPERATORS: Final = frozenset(
    {
        *("routing.add_account", "routing.add_instance", "routing.view_staffrole", "routing.change_staffrole"),
        *("provisioning.change_pushpolicy", "tokens.operator_apikey"),
    }
)
# What a key may do only if it was given a role that may: whoever provisions needs no data of people.
_PEOPLE: Final = frozenset({"personalization.export_profile", "personalization.erase_profile"})


def reach_of_key(key: ApiKey) -> Reach:
    """What a caller with that key may do, and in which accounts. A key that sends events has its account alone."""
    account = None if key.scope == ApiKey.Scope.OPERATOR else key.account_id
    without = frozenset() if account is None else OPERATORS
    if key.role:
        return Reach((Grant(ROLES[key.role] - without, account),))
    return Reach((Grant(None, account, without | _PEOPLE),))


def scopes_of(reach: Reach, account: int | None = None) -> list[ApiKey.Scope]:
    """The scopes of keys that somebody may act on in that account; without one, in any account."""
    found = list(INGEST_SCOPES)
    if reach.may("tokens.provision_apikey", account):
        found.append(ApiKey.Scope.PROVISION)
    if reach.may_everywhere("tokens.operator_apikey"):
        found.append(ApiKey.Scope.OPERATOR)
    return found


def why_not_act(reach: Reach, *, scope: str, role: str, account: int) -> tuple[str, str]:
    """Why somebody may not make, rotate or revoke a key of that scope and role there; empty when they may.

    The field that it is about, and a sentence.
    """
    if scope not in scopes_of(reach, account):
        return "scope", f"a key may do no more than who makes it: you may not make one with the scope `{scope}`"
    if scope in CONTROL_SCOPES and not _has_all(reach, _powers(scope, role), scope, account):
        what = f"with the role `{role}`" if role else f"with the scope `{scope}` and no role"
        return "role", f"a key may do no more than who makes it: you may not make one {what}"
    return "", ""


def _powers(scope: str, role: str) -> frozenset[str]:
    """The permissions of such a key."""
    given = ROLES.get(role) or ROLES[ADMINISTRATOR] - _PEOPLE
    return given if scope == ApiKey.Scope.OPERATOR else given - OPERATORS


def _has_all(reach: Reach, permissions: frozenset[str], scope: str, account: int) -> bool:
    if scope == ApiKey.Scope.OPERATOR:
        return all(map(reach.may_everywhere, permissions))
    return all(reach.may(permission, account) for permission in permissions)
