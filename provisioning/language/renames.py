"""Parts that came back under another name, and what follows from that elsewhere.

An event that is called otherwise is called otherwise by all who use it: that is one change, not many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioning.language.outline import Fields, Outline

# Without keys and tokens: a key's name is the column it reads, a token's name is the token.
_RENAMABLE: Final = ("events", "attributes", "offers", "activations", "tests")
_PROFILE_NAME = re.compile(r"(?<![\w$.])PROFILE(\s*\??\.\s*)([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Renames:
    """For each section the old names that became new ones."""

    sections: dict[str, Names] = field(default_factory=dict)

    def of(self, section: str) -> Names:
        """Old name to new name."""
        return self.sections.get(section, {})

    def followed(self, fields: Fields) -> dict[str, Any]:
        """The fields of an item as they would be, had the renamed parts been called so before."""
        return {name: self._field(name, value) for name, value in fields.items()}

    def _field(self, name: str, value: Any) -> Any:
        if name == "event" and isinstance(value, tuple):
            return tuple(sorted(self.of("events").get(each, each) for each in value))
        if isinstance(value, tuple):
            return tuple(self.followed(each) if isinstance(each, Mapping) else each for each in value)
        if name in ("profile", "offers") and isinstance(value, Mapping):
            names = self.of("attributes" if name == "profile" else "offers")
            return {names.get(key, key): each for key, each in value.items()}
        return self._expressions(value)

    def _expressions(self, value: Any) -> Any:
        """Texts with PROFILE.<old name> in them, at any depth."""
        if isinstance(value, str):
            names = self.of("attributes")
            return _PROFILE_NAME.sub(lambda match: f"PROFILE{match[1]}{names.get(match[2], match[2])}", value)
        if isinstance(value, Mapping):
            return {key: self._expressions(each) for key, each in value.items()}
        return [self._expressions(each) for each in value] if isinstance(value, list) else value


def find_renames(old: Outline, new: Outline) -> Renames:
    """What was renamed: removed parts that came back unchanged but for their names, and names in them."""
    renames = Renames()
    for section in _RENAMABLE:
        before = {name: renames.followed(fields) for name, fields in old.sections[section].items()}
        renames.sections[section] = _renamed(before, new.sections[section])
    return renames


def _renamed(old: Mapping[str, Fields], new: Mapping[str, Fields]) -> Names:
    gone = [name for name in old if name not in new and old[name]]
    come = [name for name in new if name not in old]
    found: dict[str, str] = {}
    for name in gone:
        same = next((other for other in come if new[other] == old[name]), None)
        if same is not None:
            found[name] = same
            come.remove(same)
    return found
