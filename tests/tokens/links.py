"""A customer who opens one-time links, without a login."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

PATH = "/hand-over"
_SECRET = re.compile(r'id="secret"[^>]*>([^<]*)<')


def _client() -> Client:
    return Client(enforce_csrf_checks=True)


@dataclass(frozen=True)
class Customer:
    """Sends what the page's form sends, from one address."""

    address: str = "198.51.100.7"
    client: Client = field(default_factory=_client)

    def look(self, **options: Any) -> Any:
        """Open the page, as whatever follows the link by itself does."""
        return self.client.get(PATH, REMOTE_ADDR=self.address, **options)

    def press(self, link: str) -> Any:
        """Press the button."""
        return self.client.post(PATH, {"link": link}, REMOTE_ADDR=self.address)


def part_of(url: str) -> str:
    """The secret part of a link."""
    return url.partition("#")[2]


def shown_secret(response: Any) -> str:
    """The secret that an opened link shows."""
    found = _SECRET.search(response.content.decode())
    assert found
    return found[1]
