"""From what was read in the control database to a snapshot."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from math import inf

from p13nadmin.api.client_address import Network
from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState
from personalization.live import LiveInstance
from personalization.program import Program, program
from personalization.snapshot import Key, Snapshot, Token, snapshot
from provisioning.language.preparation import prepare
from provisioning.validation import compile_text

_log = logging.getLogger(__name__)


class SnapshotLoader:
    """Makes snapshots; each version's text is compiled once and kept while it is live."""

    def __init__(self) -> None:
        self._programs: dict[int, Program | None] = {}  # version id -> program, None when it does not compile

    def load(self, state: ControlState, *, at: float) -> Snapshot:
        """The snapshot of a state that was read at this time (epoch seconds)."""
        self._compile(state)
        versions = {version.id: version for version in state.versions}
        lives = {each.id: self._live(each, versions) for each in state.instances}
        served = {live.label: live.version for live in lives.values() if live.version and live.program is not None}
        return snapshot(
            revision=state.revision,
            loaded_at=at,
            keys=_keys(state),
            tokens=_accepted(state, lives),
            served=served,
        )

    def _compile(self, state: ControlState) -> None:
        ids = {version.id for version in state.versions}
        self._programs = {known: found for known, found in self._programs.items() if known in ids}
        labels = {each.version: f"{each.account}/{each.number}" for each in state.instances}
        for version in state.versions:
            if version.id not in self._programs:
                self._programs[version.id] = _compiled(version, labels.get(version.id, "?"))

    def _live(self, instance: InstanceState, versions: Mapping[int, VersionState]) -> LiveInstance:
        tables = frozenset(instance.tables)
        if instance.version is None:
            return LiveInstance(instance.account, instance.number, destinations=tables)
        number, found = versions[instance.version].number, self._programs[instance.version]
        return LiveInstance(instance.account, instance.number, number, found, tables)


def _compiled(version: VersionState, label: str) -> Program | None:
    """The version's program, or None: one bad text must not keep the others from being served."""
    name = f"version {version.number} of instance {label}"
    try:
        check = compile_text(version.text)
        if check.plan is not None:
            prepare(check.plan)  # here, where no event waits
    except Exception:
        _log.critical("%s cannot be compiled and is not served", name, exc_info=True)
        return None
    if check.plan is None:
        line, message = check.errors[0].line, check.errors[0].message
        _log.critical("%s does not compile and is not served: line %s: %s", name, line, message)
        return None
    return program(check.plan)


def _accepted(state: ControlState, lives: Mapping[int, LiveInstance]) -> list[Token]:
    """The tokens that a live configuration lists, and those that succeed them, but for the revoked ones."""
    by_id = {token.id: token for token in state.tokens}
    listed = {each.id: _listed(each, lives[each.id].program) for each in state.instances}
    accepted: dict[int, TokenState] = {}
    for token in state.tokens:
        names, digests = listed.get(token.instance, ((), ()))
        if token.name in names or token.digest in digests:
            accepted.update((item.id, item) for item in _with_successors(token, by_id))
    return [
        _token(token, lives[token.instance], networks)
        for token in accepted.values()
        if not token.revoked and (networks := _networks(token)) is not None
    ]


def _listed(instance: InstanceState, program: Program | None) -> tuple[Iterable[str], Iterable[str]]:
    """The names and the digests in `tokens` of its live configuration."""
    if program is None:
        return instance.token_names, instance.token_digests
    entries = program.plan.tokens
    return {entry.name for entry in entries if entry.name}, {entry.digest for entry in entries if entry.digest}


def _with_successors(token: TokenState, by_id: Mapping[int, TokenState]) -> Iterable[TokenState]:
    seen: dict[int, TokenState] = {}
    current: TokenState | None = token
    while current is not None and current.id not in seen and current.instance == token.instance:
        seen[current.id] = current
        current = by_id.get(current.successor or 0)
    return seen.values()


def _token(token: TokenState, live: LiveInstance, networks: tuple[Network, ...]) -> Token:
    return Token(
        id=token.id,
        live=live,
        digest=token.digest,
        public=token.public,
        expires_at=_end(token.expires_at),
        networks=networks,
        origins=frozenset(token.origins),
        rate=token.rate,
    )


def _keys(state: ControlState) -> list[Key]:
    return [
        Key(key.id, key.account, key.digest, key.public_only, _end(key.expires_at), networks)
        for key in state.keys
        if (networks := _networks(key)) is not None
    ]


def _end(expires_at: float | None) -> float:
    return inf if expires_at is None else expires_at


def _networks(secret: TokenState | KeyState) -> tuple[Network, ...] | None:
    """The allowed addresses; None when they cannot be read, and then the token or key is not accepted at all."""
    try:
        return tuple(ip_network(entry, strict=False) for entry in secret.networks)
    except ValueError:
        what = "token" if isinstance(secret, TokenState) else "key"
        _log.error("%s %s is not accepted: its allowed addresses cannot be read", what, secret.id)
        return None
