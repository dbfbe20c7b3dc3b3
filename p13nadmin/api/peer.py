"""The address that a Django or REST request came from."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from p13nadmin.api.client_address import client_address, is_within, networks, read_address


def address_of(request: Request | HttpRequest) -> str:
    """The client's address; `X-Forwarded-For` counts only from the proxies that the settings name."""
    return client_address(
        request.META.get("REMOTE_ADDR") or "",
        request.META.get("HTTP_X_FORWARDED_FOR"),
        networks(tuple(settings.TRUSTED_PROXIES)),
    )


def may_come_from(request: Request | HttpRequest, allowed: list[str]) -> bool:
    """Whether the client's address is in one of the networks; an empty list allows every address."""
    address = read_address(address_of(request))
    return not allowed or (address is not None and is_within(address, networks(tuple(allowed))))
