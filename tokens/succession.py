"""Which token takes the place of which, where both are there already."""

from __future__ import annotations

from django.db import transaction

from p13nadmin.api.errors import Conflict, Invalid
from routing.services import mark_changed
from tokens.models import AccessToken


@transaction.atomic
def put_in_place(*, token: AccessToken, name: str) -> None:
    """The token called `name` is the successor of `token`: accepted wherever `token` is listed. Nothing else changes.

    Raises Invalid when the instance has no such token, or it stands before `token` itself, and Conflict when one of
    the two is the successor of another, or has one.
    """
    successor = AccessToken.objects.select_for_update().filter(instance=token.instance_id, name=name).first()
    if successor is None:
        raise _invalid(f"there is no token named “{name}” in instance {token.instance.label}")
    if token in _chain(successor):
        raise _invalid("a token cannot succeed itself")
    if token.successor_id is not None or AccessToken.objects.filter(successor=successor).exists():
        raise Conflict(f"“{token.name}” has a successor, or “{name}” is another's")
    token.successor = successor
    token.save(update_fields=("successor",))
    mark_changed(token.instance)


def _chain(token: AccessToken) -> list[AccessToken]:
    """The token, its successor, that one's, and so on."""
    chain = [token]
    while (following := chain[-1].successor) is not None:
        chain.append(following)
    return chain


def _invalid(message: str) -> Invalid:
    return Invalid(message, errors=[{"path": "successor", "message": message}])
