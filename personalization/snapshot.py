"""Everything that a request needs, in memory: immutable, and swapped whole.

Tokens and keys are found by digest. Those that were revoked are not in it; expiry is checked at each request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from p13nadmin.api.client_address import Network
from personalization.live import LiveInstance


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that may send events. `networks` empty: from anywhere; `expires_at`: epoch seconds."""

    id: int
    account: int
    digest: str = field(repr=False)
    public_only: bool = False
    expires_at: float = inf
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that its instance's live configuration lists, itself or what it succeeds.

    `origins` are compared as the browser sends them; `rate` is in requests a second, None for no limit.
    """

    id: int
    live: LiveInstance
    digest: str = field(repr=False)
    public: bool = False
    expires_at: float = inf
    networks: tuple[Network, ...] = ()
    origins: frozenset[str] = frozenset()
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was true in the control database at one revision; `loaded_at` is epoch seconds.

    `origins`: each origin that a live public token lists, with the last expiry of those that do. `served`: the
    number of the version that answers for an instance, by the instance's label.
    """

    revision: int
    loaded_at: float
    keys: Mapping[tuple[int, str], Key] = field(default_factory=dict, repr=False)  # by account, digest
    tokens: Mapping[tuple[int, int, str], Token] = field(
        default_factory=dict, repr=False
    )  # by account, instance, digest
    origins: Mapping[str, float] = field(default_factory=dict)
    served: Mapping[str, int] = field(default_factory=dict, repr=False)
    instances: Mapping[tuple[int, int], int] = field(default_factory=dict, repr=False)  # ids by account, instance
    lives: tuple[LiveInstance, ...] = field(default=(), repr=False)  # all there are, without accepted tokens too

    def allows_origin(self, origin: str, now: float) -> bool:
        """Whether a live public token lists the origin."""
        return self.origins.get(origin, 0) > now


def snapshot(
    *,
    revision: int,
    loaded_at: float,
    keys: list[Key],
    tokens: list[Token],
    served: Mapping[str, int] | None = None,
    instances: Mapping[tuple[int, int], int] | None = None,
    lives: Sequence[LiveInstance] = (),
) -> Snapshot:
    """A snapshot of these keys and accepted tokens."""
    origins: dict[str, float] = {}
    for token in tokens:
        if token.public:
            origins.update((origin, max(token.expires_at, origins.get(origin, 0))) for origin in token.origins)
    return Snapshot(
        revision=revision,
        loaded_at=loaded_at,
        keys={(key.account, key.digest): key for key in keys},
        tokens={(token.live.account, token.live.number, token.digest): token for token in tokens},
        origins=origins,
        served=served or {},
        instances=instances or {},
        lives=tuple(lives),
    )
