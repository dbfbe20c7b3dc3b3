"""What the endpoint reads in the control database, as plain values: a snapshot is built from them, a file keeps them.

Secrets are SHA-256 digests; times are epoch seconds, None for never. `id` is always the row's primary key.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from personalization.recording import RecordingState


@dataclass(frozen=True, slots=True)
class InstanceState:
    """`version` is the live version's id, None when nothing is live.

    `token_names` and `token_digests` are what its `tokens` list, as noted when it was made live. `recordings` may have
    ended.
    """

    id: int
    account: int
    number: int
    version: int | None
    tables: tuple[tuple[str, str], ...]
    token_names: tuple[str, ...] = ()
    token_digests: tuple[str, ...] = ()
    recordings: tuple[RecordingState, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionState:
    """A live version. Its text is packed: hundreds of them are kept, and each is read once."""

    id: int
    number: int
    packed: str = field(repr=False)  # base64 of zlib

    @property
    def text(self) -> str:
        """The configuration."""
        return zlib.decompress(b64decode(self.packed)).decode()


def packed(text: str) -> str:
    """A text as VersionState keeps it."""
    return b64encode(zlib.compress(text.encode())).decode()


@dataclass(frozen=True, slots=True)
class TokenState:
    """An access token, revoked ones too: one may be accepted for the sake of what it succeeds."""

    id: int
    instance: int
    name: str
    digest: str = field(repr=False)
    public: bool
    revoked: bool
    expires_at: float | None
    networks: tuple[str, ...]
    origins: tuple[str, ...]
    rate: int | None
    successor: int | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """An API key that may send events and is not revoked."""

    id: int
    account: int
    digest: str = field(repr=False)
    public_only: bool
    expires_at: float | None
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlState:
    """All of it at one revision."""

    revision: int
    instances: tuple[InstanceState, ...] = ()
    versions: tuple[VersionState, ...] = ()
    tokens: tuple[TokenState, ...] = ()
    keys: tuple[KeyState, ...] = ()
