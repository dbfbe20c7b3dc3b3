"""The address that a Django or REST request came from."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from p13nadmin.api.client_address import client_address, is_within, networks, read_address

_CLIENT_BITS = 64


def address_of(request: Request | HttpRequest) -> str:
    """The client's address; `X-Forwarded-For` counts only from the proxies that the settings name."""
    return client_address(
        request.META.get("REMOTE_ADDR") or "",
        request.META.get("HTTP_X_FORWARDED_FOR"),
        networks(tuple(settings.TRUSTED_PROXIES)),
    )


def counted_address(request: Request | HttpRequest) -> str:
    """The address under which a client's tries are counted; of IPv6 the first of its /64 network.

    Such a network is the least that anybody is given (RFC 6177), so a client has as many addresses as it likes.
    """
    address = read_address(address_of(request))
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _CLIENT_BITS), strict=False).network_address)
    return "" if address is None else str(address)


def may_come_from(request: Request | HttpRequest, allowed: list[str]) -> bool:
    """Whether the client's address is in one of the networks; an empty list allows every address."""
    address = read_address(address_of(request))
    return not allowed or (address is not None and is_within(address, networks(tuple(allowed))))
