"""One instance's part of what the endpoint knows, read for one call: the same rows, states and loader.

Whoever looks into a call often has no secret, for only digests are kept. Named tokens and keys are let in by a
secret made for the one call, beside their own: everything else about them stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from personalization.control_reader import ingest_keys, key_state, token_state
from personalization.control_state import ControlState, InstanceState, VersionState, packed
from personalization.snapshot import Snapshot
from personalization.snapshot_loader import SnapshotLoader
from provisioning.selectors import live_version
from routing.models import Instance
from routing.selectors import destinations_of
from tokens.header import KeyHeader, digest
from tokens.models import AccessToken, ApiKey


@dataclass(frozen=True, slots=True)
class StandIn:
    """A header's value that works for a named token or key within one snapshot."""

    header: str = field(repr=False)
    digest: str = field(repr=False)


def stand_in_for_token(instance: Instance) -> StandIn:
    """A `WP13n-Token` nobody has."""
    secret = uuid4().hex
    return StandIn(f"{instance.label}/{secret}", digest(secret))


def stand_in_for_key(instance: Instance) -> StandIn:
    """An `Authorization` nobody has."""
    secret = uuid4().hex
    return StandIn(f"TD1 {instance.account_id}/{secret}", digest(secret))


def snapshot_of(instance: Instance, key: KeyHeader | None, *, tokens: Sequence[AccessToken], now: float) -> Snapshot:
    """What the endpoint knows of the instance and of its account's keys, and of that key when it is another account's.

    `tokens` are all of the instance, `now` is epoch seconds.
    """
    live, summary = live_version(instance), getattr(instance, "live_summary", None)
    tables = tuple(sorted(destinations_of(instance)))
    listed = (tuple(summary.token_names), tuple(summary.token_digests)) if summary else ((), ())
    number = None if live is None else live.pk
    state = ControlState(
        revision=0,
        instances=(InstanceState(instance.pk, instance.account_id, instance.number, number, tables, *listed),),
        versions=() if live is None else (VersionState(live.pk, live.number, packed(live.text)),),
        tokens=tuple(map(token_state, tokens)),
        keys=tuple(map(key_state, _keys(instance, key))),
    )
    return SnapshotLoader().load(state, at=now)


def _keys(instance: Instance, key: KeyHeader | None) -> Iterable[ApiKey]:
    yield from ingest_keys().filter(account=instance.account_id)
    if key is not None and key.account != instance.account_id:
        yield from ingest_keys().filter(account=key.account, digest=key.digest)


def with_stand_ins(
    snapshot: Snapshot, *, token: tuple[AccessToken, StandIn] | None, key: tuple[ApiKey, StandIn] | None
) -> Snapshot:
    """The snapshot with the secrets of stand-ins; a token or key that is not in it is not let in by them either."""
    tokens, keys = dict(snapshot.tokens), dict(snapshot.keys)
    if token is not None:
        for (account, number, own), found in snapshot.tokens.items():
            if own == token[0].digest:
                tokens[account, number, token[1].digest] = replace(found, digest=token[1].digest)
    if key is not None:
        known = snapshot.keys.get((key[0].account_id, key[0].digest))
        if known is not None:
            keys[known.account, key[1].digest] = replace(known, digest=key[1].digest)
    return replace(snapshot, tokens=tokens, keys=keys)
