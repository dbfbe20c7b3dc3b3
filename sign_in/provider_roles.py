"""Roles by what the provider of single sign-on says of somebody: reading the setting, and the claim. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from routing.roles import ROLES

_RANK = {role: rank for rank, role in enumerate(ROLES)}
Places = Mapping[int | None, str]  # the role by the account's number; None is every account


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever has `value` in the claim has `role` in the account (None: in every one)."""

    value: str
    role: str
    account: int | None


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of OIDC_ROLES: `value=role` or `value=role@account`, with `;` between. Raises ValueError."""
    return tuple(_rule(part.strip()) for part in text.split(";") if part.strip())


def _rule(text: str) -> Rule:
    value, _, place = text.rpartition("=")
    role, at, account = place.strip().partition("@")
    if not value.strip() or role not in ROLES or (at and not account.isdecimal()):
        raise ValueError(f"write value=role or value=role@account with one of {', '.join(ROLES)}")
    return Rule(value.strip(), role, int(account) if at else None)


def roles_by(rules: Iterable[Rule], values: frozenset[str]) -> Places:
    """The highest role in each place that the rules give to who has these values in the claim."""
    found: dict[int | None, str] = {}
    for rule in rules:
        before = found.get(rule.account)
        if rule.value in values and (before is None or _RANK[rule.role] > _RANK[before]):
            found[rule.account] = rule.role
    return found


def values_of(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """The values of a claim, one text or a list of texts; dots lead into nested claims (`realm_access.roles`)."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
