"""Who stands behind an API key: the person who issued it, also by way of another key."""

from __future__ import annotations

from collections.abc import Iterable

from tokens.models import ApiKey

_KEY = "key "


def issuers_of(actors: Iterable[str]) -> set[str]:
    """Who issued the keys among `actors` (`key 1/ci`), and the keys that those were issued with."""
    found: set[str] = set()
    waiting = list(actors)
    while waiting:
        issuer = _issuer(waiting.pop())
        if issuer and issuer not in found:
            found.add(issuer)
            waiting.append(issuer)
    return found


def _issuer(actor: str) -> str:
    account, slash, name = actor.removeprefix(_KEY).partition("/")
    if not (actor.startswith(_KEY) and slash and account.isdecimal()):
        return ""
    keys = ApiKey.objects.filter(account=int(account), name=name)
    return keys.values_list("created_by", flat=True).first() or ""
