"""One-time links that show a new secret to the customer: made, opened, withdrawn. One transaction each.

The staff who issue a secret need not see it, and nothing that is stored can be read without the link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Generic

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import Conflict, Invalid, NotFound
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.sealing import LinkKeys, keys_of, new_link, seal, unseal
from tokens.services import Issued, Row, header_of, noted

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=7)
DEFAULT_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Row]):
    """A new secret, told here, or with `row` behind the link whose secret part is `link`."""

    issued: Issued[Row]
    row: HandOver | None = None
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link shows, this once."""

    row: AccessToken | ApiKey
    secret: str = field(repr=False)

    @property
    def header(self) -> str:
        """The whole header value that callers send."""
        return header_of(self.row, self.secret)


class LinkOver(Conflict):
    """The link was good once; `state` says what became of it."""

    def __init__(self, hand_over: HandOver, state: str) -> None:
        super().__init__(f"this link is {state}")
        self.hand_over = hand_over
        self.state = state


@transaction.atomic
def deliver(issue: Callable[[], Issued[Row]], *, lifetime: timedelta | None, actor: str) -> Delivery[Row]:
    """Issue a secret; with a `lifetime`, seal it behind a link for that long instead of telling it.

    Raises what `issue` raises, and Invalid for a lifetime out of range or a secret that the customer has already.
    """
    if lifetime is not None and not SHORTEST <= lifetime <= LONGEST:
        raise _invalid("a link lives from 10m to 7d")
    issued = issue()
    if lifetime is None:
        return Delivery(issued)
    if issued.row.imported:
        raise _invalid("only a generated secret is handed over by a link; the customer has this one already")
    link = new_link()
    row = _sealed(issued, _keys(link), lifetime, actor)
    noted(issued.row, "made a link that shows", actor)
    return Delivery(replace(issued, secret=""), row, link)


def _sealed(issued: Issued[Row], keys: LinkKeys, lifetime: timedelta, actor: str) -> HandOver:
    row: AccessToken | ApiKey = issued.row
    owner = {"token": row} if isinstance(row, AccessToken) else {"key": row}
    return HandOver.objects.create(
        **owner,
        link_digest=keys.digest,
        sealed=seal(issued.secret, keys, purpose=row.digest),
        expires_at=timezone.now() + lifetime,
        created_by=actor,
    )


def _keys(link: str) -> LinkKeys:
    keys = keys_of(link)
    if keys is None:
        raise NotFound("this link is not known; copy it whole, up to its last character")
    return keys


def _invalid(message: str) -> Invalid:
    return Invalid(message, errors=[{"path": "hand_over", "message": message}])


@transaction.atomic
def open_link(*, link: str, address: str) -> Opened:
    """What the link shows, which is then destroyed. `link` is its secret part, `address` whose client opens it.

    Raises NotFound for a link that never was, LinkOver for one that was opened, withdrawn or is expired.
    """
    keys = _keys(link)
    rows = HandOver.objects.select_for_update(of=("self",)).select_related("token__instance", "key")
    found = rows.filter(link_digest=keys.digest).first()
    if found is None:
        raise NotFound("this link is not known; copy it whole, up to its last character")
    now = timezone.now()
    state = found.state_at(now)
    if state != "waiting" or found.sealed is None:
        raise LinkOver(found, state)
    secret = unseal(bytes(found.sealed), keys, purpose=found.secret_row.digest)
    found.sealed, found.opened_at, found.opened_from = None, now, address or None
    found.save(update_fields=("sealed", "opened_at", "opened_from"))
    noted(found.secret_row, "opened the link that shows", "whoever had the link")
    return Opened(found.secret_row, secret)


@transaction.atomic
def withdraw(*, hand_over: HandOver, actor: str) -> HandOver:
    """Destroy what a link would show. Raises Conflict when it was opened, withdrawn or is expired."""
    now = timezone.now()
    waiting = HandOver.objects.filter(pk=hand_over.pk, opened_at=None, withdrawn_at=None, expires_at__gt=now)
    changed = waiting.update(sealed=None, withdrawn_at=now, withdrawn_by=actor)
    hand_over.refresh_from_db()
    if not changed:
        raise Conflict(f"this link does not wait any more: it is {hand_over.state_at(now)}")
    noted(hand_over.secret_row, "withdrew the link that shows", actor)
    return hand_over


def destroy_expired() -> int:
    """Destroy what expired links would have shown; how many."""
    return HandOver.objects.filter(expires_at__lte=timezone.now(), sealed__isnull=False).update(sealed=None)


def hand_overs_of(row: AccessToken | ApiKey) -> QuerySet[HandOver]:
    """The links that were made for a secret, newest first, without what they show."""
    return row.hand_overs.defer("sealed")


def find_hand_over(*, caller: Caller, number: int) -> HandOver:
    """The link with that id. Raises NotFound, also for another account's."""
    found = HandOver.objects.select_related("token__instance", "key").filter(pk=number).first()
    if found is None or not caller.may_touch(found.account):
        raise NotFound(f"there is no hand-over {number}")
    return found
