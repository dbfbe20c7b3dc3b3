"""What is known of one person in one instance: key values, and the state of attributes.

The stored document is `{"k": keys, "s": state}`:
keys    {"td_client_id": [["202", 1767225600], …]}     values with the time they were last seen, latest last
state   {"preferences/list": […], "spend/counter/604800": {…}}     by slot; see the modules of each type
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from personalization import json_text
from provisioning.language.plan import Attribute

MAX_PROFILE_SIZE = 256 * 1024  # characters of the stored text
MAX_KEY_VALUES = 200

KeyValues = dict[str, list[list[Any]]]


@dataclass(slots=True, eq=False)
class Profile:
    """One person's record, changed in place while a batch is worked out.

    `created` is in epoch seconds; the smaller (`created`, `id`) is the earlier profile. `size` is never less
    than the length of the stored text.
    """

    id: int
    instance: str  # label, `account/instance`
    created: int
    keys: KeyValues = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    size: int = 16
    changed: bool = False

    def latest(self, key: str) -> str | None:
        """The value of a key that was seen most recently, or None."""
        values = self.keys.get(key)
        return values[-1][0] if values else None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (key name, value)."""
        return ((name, value) for name, values in self.keys.items() for value, _ in values)

    def text(self) -> str:
        """The document to store."""
        return json_text.dump({"k": self.keys, "s": self.state})

    def has_room(self, characters: int) -> bool:
        """Whether the stored text can grow by that much; then it is taken as grown."""
        if self.size + characters > MAX_PROFILE_SIZE:
            self.size = len(self.text())
        fits = self.size + characters <= MAX_PROFILE_SIZE
        if fits:
            self.size += characters
        return fits


def slot(attribute: Attribute) -> str:
    """Where an attribute's state is kept: it belongs to the name, the type and the window."""
    base = f"{attribute.name}/{attribute.type}"
    return base if attribute.window is None else f"{base}/{attribute.window}"
