"""Who stands behind an API key: the person who issued it, also by way of another key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tokens.models import ApiKey

_KEY: Final = "key "
_LONGEST: Final = 256  # characters of an actor


def actor_of_key(key: ApiKey) -> str:
    """How what a key does is signed: `key 1/ci`. With the account in front, the longest of names are cut."""
    return f"{_KEY}{key.account_id}/{key.name}"[:_LONGEST]


def issuers_of(actors: Iterable[str]) -> set[str]:
    """Who issued the keys among `actors`, and the keys that those were issued with.

    Where a name was cut, who issued any of the keys that it may be.
    """
    found: set[str] = set()
    waiting = list(actors)
    while waiting:
        new = _issuers(waiting.pop()) - found
        found |= new
        waiting.extend(new)
    return found


def _issuers(actor: str) -> set[str]:
    account, slash, name = actor.removeprefix(_KEY).partition("/")
    if not (actor.startswith(_KEY) and slash and account.isdecimal()):
        return set()
    named = {"name__startswith": name} if len(actor) == _LONGEST else {"name": name}
    keys = ApiKey.objects.filter(account=int(account), **named)
    return set(keys.values_list("created_by", flat=True)) - {""}
