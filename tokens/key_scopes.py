"""Who may issue, rotate and revoke API keys of which scope: nobody gives away more than they may do themselves."""

from __future__ import annotations

from p13nadmin.api.reach import Reach
from tokens.models import ApiKey


def scopes_of(reach: Reach, account: int | None = None) -> list[ApiKey.Scope]:
    """The scopes of keys that somebody may act on in that account; without one, in any account."""
    found = [ApiKey.Scope.INGEST, ApiKey.Scope.INGEST_PUBLIC]
    if reach.may("tokens.provision_apikey", account):
        found.append(ApiKey.Scope.PROVISION)
    if reach.may_everywhere("tokens.operator_apikey"):
        found.append(ApiKey.Scope.OPERATOR)
    return found
