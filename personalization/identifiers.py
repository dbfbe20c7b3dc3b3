"""Identifiers for requests, which are also the uuid of an event that has none: UUID version 7 (RFC 9562)."""

from __future__ import annotations

import os
from struct import Struct

_POOL = Struct(">512Q")
_HALVES = Struct(">QQ")
_VERSION = 0x7000
_VARIANT = 0x8000000000000000
_RANDOM_BITS = 0x3FFFFFFFFFFFFFFF


class Identifiers:
    """Fresh identifiers. They begin with the time, so that new ones are neighbours in an index."""

    def __init__(self) -> None:
        self._pool: list[int] = []

    def fresh(self, now: float) -> bytes:
        """16 bytes; `now` is epoch seconds. What RFC 9562 calls rand_a is the time below a millisecond."""
        if not self._pool:
            self._pool = list(_POOL.unpack(os.urandom(_POOL.size)))
        ticks = int(now * 4_096_000)
        time = ticks >> 12 << 16 | ticks & 0xFFF
        return _HALVES.pack(time | _VERSION, self._pool.pop() & _RANDOM_BITS | _VARIANT)
