"""The data of offers as pages show it: without what is sensitive, and not longer than a person reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from personalization import json_text
from provisioning.language.plan import Plan

_LONGEST: Final = 300  # characters of an offer's data
_HIDDEN: Final = "(sensitive)"


def sensitive_data(*plans: Plan) -> dict[str, frozenset[str]]:
    """For each offer the data keys that read something sensitive in any of the plans."""
    found: dict[str, frozenset[str]] = {}
    for offer in (offer for plan in plans for offer in plan.offers):
        tainted = frozenset(key for rule in offer.rules for key in rule.tainted_data)
        found[offer.name] = found.get(offer.name, frozenset()) | tainted
    return found


def data_text(data: Mapping[str, Any], hidden: Collection[str]) -> str:
    """An offer's data as JSON, the `hidden` keys without their values; at most 300 characters and an ellipsis."""
    text = json_text.dump({key: _HIDDEN if key in hidden else value for key, value in data.items()})
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
