"""One instance without HTTP and store: post events, look at what comes of them."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from personalization.arrivals import Answer
from personalization.engine import Fired
from personalization.memory_profiles import MemoryProfiles
from provisioning.language import Context, check_configuration
from provisioning.language.expressions import UNDEFINED, plain
from provisioning.language.plan import Plan

NOW = 1_800_000_000
DAY = 86_400
HEAD = """
keys:
  - name: user
    public: true
  - name: mail
    sensitive: true
  - device
events:
  - {name: page, database: shop, table: pages}
  - {name: order, database: shop, table: orders}
"""


def plan_of(text: str) -> Plan:
    """The plan of a configuration that must be right."""
    check = check_configuration(dedent(text), context=Context(now=NOW))
    assert check.plan is not None, check.errors
    return check.plan


class World:
    """Configurations begin with HEAD: events `page` (shop/pages) and `order` (shop/orders), keys user, mail, device."""

    def __init__(self, text: str, *, head: str = HEAD) -> None:
        self.profiles = MemoryProfiles(plan_of(head + dedent(text)))
        self.now: float = NOW

    def answer(self, table: str, public: bool = False, **event: Any) -> Answer:
        """What comes of an event."""
        return self.profiles.post("shop", table, event, public=public, now=self.now)

    def page(self, **event: Any) -> dict[str, Any]:
        """The data of each offer that a page view gets."""
        return {name: dict(offer["attributes"]) for name, offer in self.answer("pages", **event).offers.items()}

    def order(self, **event: Any) -> dict[str, Any]:
        """The data of each offer that an order gets."""
        return {name: dict(offer["attributes"]) for name, offer in self.answer("orders", **event).offers.items()}

    def fired(self, table: str, **event: Any) -> list[Fired]:
        """The activations that an event fires."""
        before = len(self.profiles.activations)
        self.answer(table, **event)
        return self.profiles.activations[before:]

    def profile(self, name: str, **event: Any) -> Any:
        """PROFILE.<name> as JSON, None when undefined, of whom the event speaks."""
        value = self.profiles.view("shop", "pages", event, public=False, now=self.now)[name]
        return None if value is UNDEFINED else plain(value)

    def values(self, name: str, **event: Any) -> list[Any]:
        """The values of a list attribute."""
        return [item["value"] for item in self.profile(name, **event)]
