"""From what was read in the control database to a snapshot."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from itertools import chain
from math import inf
from typing import NamedTuple

from p13nadmin.api.client_address import Network
from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState
from personalization.live import LiveInstance
from personalization.program import Program, program
from personalization.snapshot import Key, Snapshot, Token, snapshot
from provisioning.language.preparation import prepare
from provisioning.validation import compile_text

_log = logging.getLogger(__name__)


class _Customer(NamedTuple):
    """An instance and the tokens that it accepts, and what both were made from."""

    state: InstanceState
    tokens: tuple[TokenState, ...]
    live: LiveInstance
    accepted: list[Token]


class SnapshotLoader:
    """Makes snapshots; what is made of a version, an instance or a key is kept until that changes."""

    def __init__(self) -> None:
        self._programs: dict[int, Program | None] = {}  # version id -> program, None when it does not compile
        self._customers: dict[int, _Customer] = {}  # by instance id
        self._keys: dict[int, tuple[KeyState, Key | None]] = {}

    def load(self, state: ControlState, *, at: float) -> Snapshot:
        """The snapshot of a state that was read at this time (epoch seconds)."""
        self._compile(state)
        self._load_customers(state)
        self._load_keys(state)
        lives = [customer.live for customer in self._customers.values()]
        return snapshot(
            revision=state.revision,
            loaded_at=at,
            keys=[key for _, key in self._keys.values() if key is not None],
            tokens=list(chain.from_iterable(customer.accepted for customer in self._customers.values())),
            served={live.label: live.version for live in lives if live.version and live.program is not None},
            instances={(live.account, live.number): live.id for live in lives},
            lives=lives,
        )

    def _compile(self, state: ControlState) -> None:
        ids = {version.id for version in state.versions}
        self._programs = {known: found for known, found in self._programs.items() if known in ids}
        labels = {each.version: f"{each.account}/{each.number}" for each in state.instances}
        for version in state.versions:
            if version.id not in self._programs:
                self._programs[version.id] = _compiled(version, labels.get(version.id, "?"))

    def _load_customers(self, state: ControlState) -> None:
        numbers = {version.id: version.number for version in state.versions}
        tokens: defaultdict[int, list[TokenState]] = defaultdict(list)
        for token in state.tokens:
            tokens[token.instance].append(token)
        self._customers = {each.id: self._customer(each, tuple(tokens[each.id]), numbers) for each in state.instances}

    def _customer(
        self, instance: InstanceState, tokens: tuple[TokenState, ...], numbers: Mapping[int, int]
    ) -> _Customer:
        known = self._customers.get(instance.id)
        if known is not None and (known.state, known.tokens) == (instance, tokens):
            return known
        live = self._live(instance, numbers)
        return _Customer(instance, tokens, live, _accepted(instance, tokens, live))

    def _live(self, instance: InstanceState, numbers: Mapping[int, int]) -> LiveInstance:
        tables = frozenset(instance.tables)
        if instance.version is None:
            return LiveInstance(
                instance.account,
                instance.number,
                destinations=tables,
                id=instance.id,
                recordings=instance.recordings,
            )
        number, found = numbers[instance.version], self._programs[instance.version]
        return LiveInstance(instance.account, instance.number, number, found, tables, instance.id, instance.recordings)

    def _load_keys(self, state: ControlState) -> None:
        known = self._keys
        self._keys = {
            key.id: found if (found := known.get(key.id)) and found[0] == key else (key, _key(key))
            for key in state.keys
        }


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


def _accepted(instance: InstanceState, tokens: Sequence[TokenState], live: LiveInstance) -> list[Token]:
    """The tokens that the live configuration lists, and those that succeed them, but for the revoked ones."""
    by_id = {token.id: token for token in tokens}
    names, digests = _listed(instance, live.program)
    accepted: dict[int, TokenState] = {}
    for token in tokens:
        if token.name in names or token.digest in digests:
            accepted.update((item.id, item) for item in _with_successors(token, by_id))
    return [
        _token(token, live, networks)
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
    while current is not None and current.id not in seen:
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


def _key(key: KeyState) -> Key | None:
    networks = _networks(key)
    if networks is None:
        return None
    return Key(key.id, key.account, key.digest, key.public_only, _end(key.expires_at), networks)


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
