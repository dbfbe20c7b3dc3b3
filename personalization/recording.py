"""A visitor who is recorded: by a keyed digest of one of their key values, until a time."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

MINUTES = 15  # that a recording runs
MOST_AT_ONCE = 3  # recordings of one instance under way
MOST_IN_ALL = 20
MOST_EVENTS = 200  # of one recording
HOURS_KEPT = 24


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A recording as the endpoint knows it; `id` is its primary key, `until` epoch seconds."""

    id: int
    key: str
    digest: str = field(repr=False)
    until: float


def digesting_key(secret: str) -> bytes:
    """What digests of key values are keyed with; `secret` is this installation's own."""
    return sha256(b"recorded visitors\0" + secret.encode()).digest()


def digest_of(key: bytes, instance: str, name: str, value: str) -> str:
    """A key value of an instance (`account/number`) as a recording keeps it: nobody can read it back."""
    said = f"{instance}\0{name}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, said, "sha256").hex()
