"""Issuing, importing, rotating and revoking access tokens and API keys. Each public function is one transaction.

A secret in the clear exists only in the `Issued` result of the call that made it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Generic, TypeVar
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from p13nadmin.api.errors import Conflict, Invalid
from routing.changed_fields import Value as FieldValue
from routing.changed_fields import changed_fields
from routing.history import Kind, record
from routing.models import Account, Instance
from routing.services import mark_changed
from tokens.header import digest, is_uuid4
from tokens.models import AccessToken, ApiKey
from tokens.rules import IssuedDigest, Rules, read_api_key, read_token
from tokens.uses import note_caller_of_key

Row = TypeVar("Row", AccessToken, ApiKey)
_NUMBERED = re.compile(r"(.*) #([0-9]{1,9})", re.ASCII)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_USE_GRAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Issued(Generic[Row]):
    """A new secret: its row, the secret itself (empty when only its digest was given), and warnings."""

    row: Row
    secret: str = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """The whole header value that callers send; empty when the secret is not known here."""
        return header_of(self.row, self.secret) if self.secret else ""


def header_of(row: AccessToken | ApiKey, secret: str) -> str:
    """The whole header value with which a caller sends the secret."""
    if isinstance(row, AccessToken):
        return f"{row.instance.label}/{secret}"
    return f"TD1 {row.account_id}/{secret}"


@transaction.atomic
def issue_token(
    *,
    instance: Instance,
    name: str,
    actor: str,
    type: str = AccessToken.Type.PRIVATE,
    token: str = "",
    allowed_ips: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
    expires_at: datetime | None = None,
    rate: int | None = None,
) -> Issued[AccessToken]:
    """Generate a token (a UUID v4 without dashes), or register `token`, one that the customer generated.

    `token` is 32 hex digits, dashes and capitals tolerated, or `sha256:` and the digest. Raises Invalid with
    every problem, Conflict when the name or the token is taken.
    """
    rules = Rules(name=name, allowed_ips=allowed_ips, allowed_origins=allowed_origins, expires_at=expires_at, rate=rate)
    rules.check(now=timezone.now(), type=type, token=token)
    secret = uuid4().hex if not token else read_token(token)
    row = AccessToken(
        instance=instance,
        type=type,
        allowed_origins=list(rules.origins()),
        rate=rate,
        **_common(rules, secret, imported=bool(token), actor=actor),
    )
    _insert(row, f"a token named “{name}” exists in instance {instance.label}")
    return Issued(row, secret if isinstance(secret, str) else "", _token_warnings(secret, type, allowed_origins))


def _token_warnings(secret: str | IssuedDigest, type: str, origins: Sequence[str]) -> tuple[str, ...]:
    found = []
    if isinstance(secret, str) and not is_uuid4(secret):
        found.append("this token is not a version 4 UUID; it may be easier to guess than a random one")
    if type == AccessToken.Type.PUBLIC and not origins:
        found.append("a public token without allowed origins is accepted from no page: add the site's origin")
    return tuple(found)


@transaction.atomic
def issue_key(
    *,
    account: Account,
    name: str,
    scope: str,
    actor: str,
    role: str = "",
    key: str = "",
    allowed_ips: Sequence[str] = (),
    expires_at: datetime | None = None,
    require_addresses: bool = False,
) -> Issued[ApiKey]:
    """Generate an API key (40 hex digits), or register an existing `key`.

    `role` limits one that provisions, see key_powers.py. An `operator` key needs an expiry, and allowed addresses
    where `require_addresses` says so. Raises like `issue_token`.
    """
    rules = Rules(name=name, allowed_ips=allowed_ips, expires_at=expires_at)
    rules.check_key(now=timezone.now(), scope=scope, role=role, require_addresses=require_addresses, key=key)
    secret = secrets.token_hex(20) if not key else read_api_key(key)
    row = ApiKey(account=account, scope=scope, role=role, **_common(rules, secret, imported=bool(key), actor=actor))
    _insert(row, f"a key named “{name}” exists in account {account.number}")
    return Issued(row, secret if isinstance(secret, str) else "")


def _common(rules: Rules, secret: str | IssuedDigest, *, imported: bool, actor: str) -> dict[str, object]:
    known = isinstance(secret, str)
    return {
        "name": rules.name,
        "digest": digest(secret) if isinstance(secret, str) else secret.digest,
        "hint": f"…{secret[-4:]}" if isinstance(secret, str) and known else "",
        "imported": imported,
        "allowed_ips": list(rules.networks()),
        "expires_at": rules.expires_at,
        "created_by": actor,
    }


def _insert(row: AccessToken | ApiKey, name_taken: str) -> None:
    name_conflict = Conflict(f"{name_taken}; choose another name", errors=[{"path": "name", "message": "taken"}])
    if _name_exists(row):
        raise name_conflict
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if _name_exists(row):
            raise name_conflict from None
        raise Conflict("this secret cannot be registered: it is in use already; generate a new one") from None
    mark_changed(_owner(row))
    noted(row, "registered the customer's" if row.imported else "issued", row.created_by, before={})


def noted(row: AccessToken | ApiKey, done: str, actor: str, *, before: Mapping[str, FieldValue] | None = None) -> None:
    """Add to the history what was done to a token or key; `before` are its rules until then, if they may differ."""
    changes = [] if before is None else changed_fields(before, rules_of(row))
    if isinstance(row, AccessToken):
        record(kind=Kind.TOKEN, actor=actor, of=row.instance, what=f"{done} token “{row.name}”", changes=changes)
    else:
        what = f"{done} key “{row.name}” ({row.powers})"
        record(kind=Kind.KEY, actor=actor, of=row.account, what=what, changes=changes)


def rules_of(row: AccessToken | ApiKey) -> dict[str, FieldValue]:
    """What limits the use of a token or key, as the history names it: nothing of the secret."""
    rules: dict[str, FieldValue] = {"allowed addresses": row.allowed_ips, "expires": row.expires_at}
    if isinstance(row, AccessToken):
        return {"type": row.type, "allowed origins": row.allowed_origins, **rules, "requests a second": row.rate}
    return rules


def _owner(row: AccessToken | ApiKey) -> Account | Instance:
    return row.instance if isinstance(row, AccessToken) else row.account


def _name_exists(row: AccessToken | ApiKey) -> bool:
    if isinstance(row, AccessToken):
        return AccessToken.objects.filter(instance=row.instance, name=row.name).exists()
    return ApiKey.objects.filter(account=row.account, name=row.name).exists()


@transaction.atomic
def change_rules(
    *,
    token: AccessToken,
    allowed_ips: Sequence[str],
    allowed_origins: Sequence[str],
    expires_at: datetime | None,
    rate: int | None,
    actor: str = "command",
) -> None:
    """Change from where, until when and how often a token may be used; the token itself never changes.

    Raises Invalid with every problem, Conflict when it is revoked or expired.
    """
    token = AccessToken.objects.select_for_update().get(pk=token.pk)
    _check_in_use(token)
    rules = Rules(
        name=token.name, allowed_ips=allowed_ips, allowed_origins=allowed_origins, expires_at=expires_at, rate=rate
    )
    rules.check(now=timezone.now(), type=token.type)
    before = rules_of(token)
    token.allowed_ips, token.allowed_origins = list(rules.networks()), list(rules.origins())
    token.expires_at, token.rate = expires_at, rate
    token.save(update_fields=("allowed_ips", "allowed_origins", "expires_at", "rate"))
    mark_changed(token.instance)
    noted(token, "changed the rules of", actor, before=before)


@transaction.atomic
def change_key_rules(
    *,
    key: ApiKey,
    allowed_ips: Sequence[str],
    expires_at: datetime | None,
    require_addresses: bool = False,
    actor: str = "command",
) -> None:
    """Change from where and until when an API key may be used; its scope and the key itself never change.

    An `operator` key is bound like one that `issue_key` makes. Raises like `change_rules`.
    """
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    _check_in_use(key)
    rules = Rules(name=key.name, allowed_ips=allowed_ips, expires_at=expires_at)
    rules.check_key(now=timezone.now(), scope=key.scope, require_addresses=require_addresses)
    before = rules_of(key)
    key.allowed_ips, key.expires_at = list(rules.networks()), expires_at
    key.save(update_fields=("allowed_ips", "expires_at"))
    mark_changed(key.account)
    noted(key, "changed the rules of", actor, before=before)


@transaction.atomic
def revoke(*, row: AccessToken | ApiKey, actor: str) -> None:
    """Stop accepting it, at once and for good; revoking again changes nothing, not even by whom it was."""
    in_use = type(row)._default_manager.filter(pk=row.pk, revoked_at=None)
    changed = in_use.update(revoked_at=timezone.now(), revoked_by=actor)
    row.refresh_from_db()
    if changed:
        row.hand_overs.filter(sealed__isnull=False).update(sealed=None, withdrawn_at=timezone.now(), withdrawn_by=actor)
        mark_changed(_owner(row))
        noted(row, "revoked", actor)


def note_use(*, key: ApiKey, address: str) -> None:
    """Remember that `key` was used now and from where, to the minute: however often it is used, that is written once.

    So of several addresses in a minute one is kept.
    """
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= _USE_GRAIN:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        note_caller_of_key(key, address, at=now)


@transaction.atomic
def rotate_token(
    *, token: AccessToken, overlap: timedelta, actor: str, hold_while_used: bool = False
) -> Issued[AccessToken]:
    """A successor, accepted wherever `token` is listed; `token` itself expires after `overlap`.

    With `hold_while_used` it goes on after that as long as somebody uses it: see `tokens.retirement`.

    The successor of a token that expires lives as long from now as `token` was made to live. Raises Conflict
    when `token` is revoked, expired or has a successor already.
    """
    token = AccessToken.objects.select_for_update().select_related("instance").get(pk=token.pk)
    _check_rotatable(token)
    issued = issue_token(
        instance=token.instance,
        name=_successor_name(token, AccessToken.objects.filter(instance=token.instance).values_list("name", flat=True)),
        actor=actor,
        type=token.type,
        allowed_ips=token.allowed_ips,
        allowed_origins=token.allowed_origins,
        expires_at=_renewed_expiry(token),
        rate=token.rate,
    )
    _link(token, issued.row, overlap, hold=hold_while_used)
    return issued


@transaction.atomic
def rotate_key(
    *,
    key: ApiKey,
    overlap: timedelta,
    actor: str,
    expires_at: datetime | None = None,
    hold_while_used: bool = False,
) -> Issued[ApiKey]:
    """A successor with the same scope and role; `key` expires after `overlap`. Raises like `rotate_token`.

    The successor of a key that expires lives as long from now as `key` was made to live, unless `expires_at` is given.
    """
    key = ApiKey.objects.select_for_update().select_related("account").get(pk=key.pk)
    _check_rotatable(key)
    issued = issue_key(
        account=key.account,
        name=_successor_name(key, ApiKey.objects.filter(account=key.account).values_list("name", flat=True)),
        scope=key.scope,
        role=key.role,
        actor=actor,
        allowed_ips=key.allowed_ips,
        expires_at=expires_at or _renewed_expiry(key),
    )
    _link(key, issued.row, overlap, hold=hold_while_used)
    return issued


def _renewed_expiry(row: AccessToken | ApiKey) -> datetime | None:
    if row.expires_at is None:
        return None
    now, lifetime = timezone.now(), row.expires_at - row.created_at
    return now + lifetime if lifetime < _END_OF_TIME - now else row.expires_at


def _check_in_use(row: AccessToken | ApiKey) -> None:
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= timezone.now()):
        raise Conflict(f"“{row.name}” is no longer in use; issue a new one instead")


def _check_rotatable(row: AccessToken | ApiKey) -> None:
    _check_in_use(row)
    if row.successor_id is not None:
        raise Conflict(f"“{row.name}” has a successor already")


def _link(row: AccessToken | ApiKey, successor: AccessToken | ApiKey, overlap: timedelta, *, hold: bool) -> None:
    if not timedelta() <= overlap <= timedelta(days=366):
        raise Invalid("the overlap is from 0m to 366d", errors=[{"path": "overlap", "message": "out of range"}])
    deadline, before = timezone.now() + overlap, rules_of(row)
    row.retires_at = deadline
    if not hold:
        row.expires_at = deadline if row.expires_at is None else min(deadline, row.expires_at)
    row.successor_id = successor.pk
    row.save(update_fields=("expires_at", "retires_at", "successor"))
    mark_changed(_owner(row))
    noted(row, f"put “{successor.name}” in the place of", successor.created_by, before=before)


def _successor_name(row: AccessToken | ApiKey, taken: Iterable[str]) -> str:
    match = _NUMBERED.fullmatch(row.name)
    base, number = (match[1], int(match[2]) + 1) if match else (row.name, 2)
    names = set(taken)
    return next(name for each in count(number) if (name := f"{base[:240]} #{each}") not in names)
