"""How many requests a token may make a second, in this process."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_network
from math import ceil

from p13nadmin.api.client_address import Address
from personalization.snapshot import Token

MOST_BUCKETS = 10_000
ADDRESS_SHARE = 10  # in the long run, one address may use a tenth of a public token's rate

_Key = tuple[int, str]


class Rates:
    """Token buckets: `rate` requests at once, then as they trickle in; the least recently used are forgotten."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[_Key, tuple[float, float]] = OrderedDict()  # tokens left, when

    def wait(self, token: Token, address: Address | None, now: float) -> int:
        """Take one request; 0, or the seconds to wait when there is none left. `now` in seconds of any clock.

        On the public path each address has a bucket of its own too, as full, but refilled more slowly.
        """
        if token.rate is None:
            return 0
        if token.public and address is not None:
            share = max(1.0, token.rate / ADDRESS_SHARE)
            waiting = self._take((token.id, _network(address)), token.rate, share, now)
            if waiting:
                return waiting
        return self._take((token.id, ""), token.rate, token.rate, now)

    def _take(self, key: _Key, size: float, refill: float, now: float) -> int:
        left, at = self._buckets.pop(key, (size, now))
        left = min(size, left + (now - at) * refill)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0 if allowed else ceil((1 - left) / refill) if refill else 1


def _network(address: Address) -> str:
    """An IPv6 client has a whole /64 of addresses."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
