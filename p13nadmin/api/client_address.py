"""From which address a request came, when trusted proxies stand in between: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=1024)
def networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and CIDR networks as values. Raises ValueError for anything else."""
    return tuple(ip_network(entry.strip(), strict=False) for entry in entries)


def client_address(peer: str, forwarded: str | None, trusted: Sequence[Network]) -> str:
    """The client's address, normalised; an empty string when even the peer has none (a Unix socket).

    `peer` is the socket's, `forwarded` the whole `X-Forwarded-For`. That header counts only when `trusted`
    holds the peer, and then from its right end on, as far as trusted proxies wrote it: the rest is what
    the client claims. An entry that is no address ends the walk at the proxy that passed it on.
    """
    current = read_address(peer)
    for entry in reversed(forwarded.split(",") if forwarded else []):
        if current is None or not is_within(current, trusted):
            break
        claimed = read_address(entry)
        if claimed is None:
            break
        current = claimed
    return "" if current is None else str(current)


def read_address(text: str) -> Address | None:
    """An address with or without a port, IPv4 in IPv6 unwrapped; None when it is not one."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_within(address: Address, among: Iterable[Network]) -> bool:
    """Whether one of the networks holds the address; an IPv4 address is never in an IPv6 network."""
    return any(address.version == network.version and address in network for network in among)
