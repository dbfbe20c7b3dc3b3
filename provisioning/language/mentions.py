"""What a configuration with errors seems to use, so that one mistake does not bring up others that are none.

Where a part could not be read, its text still tells which names were meant in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from provisioning.language.document import Node
from provisioning.language.findings import Findings
from provisioning.language.items import Item
from provisioning.language.schema import SECTIONS
from provisioning.language.uses import event_users

# A word that is no key of the document.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+(?!:)", re.ASCII)
_PROFILE = re.compile(r"\bPROFILE\b(?:\s*(?:\?\.|\.)\s*([A-Za-z_][A-Za-z0-9_]*))?", re.ASCII)
# Sections that define names but use none of attributes and events.
_USING_NOTHING = ("version", "description", "keys", "events", "tokens", "tests")


class Mentions:
    """The names that stand in the text where attributes and events are used; comments count as well."""

    def __init__(self, findings: Findings, root: Item) -> None:
        self._findings = findings
        self._source = findings.document.text
        self._text = _without(self._source, [root.nodes.get(section) for section in _USING_NOTHING])
        self._words = Counter(_WORD.findall(self._text))
        found = {match[1] for match in _PROFILE.finditer(self._text)}
        self._whole = None in found
        known = [item.name for section in ("keys", "attributes") for item in root.items(section)]
        self._meant = self._nearest((name for name in found if name is not None and name not in known), known)
        self._meant_events = self._nearest_events(root)

    def attribute(self, item: Item) -> bool:
        """Whether an attribute is named outside itself, by a name near to its own, or with PROFILE as a whole."""
        own = _WORD.findall(self._source[item.node.start : item.node.end])
        return self._whole or item.name in self._meant or self._words[item.name] > own.count(item.name)

    def event(self, item: Item) -> bool:
        """Whether an event is named anywhere, or by a name near to its own."""
        return item.name in self._meant_events or item.name in self._text

    def _nearest_events(self, root: Item) -> set[str]:
        known = [item.name for item in root.items("events")]
        used = {name.text for user in event_users(root) for name in user.events()}
        return self._nearest((name for name in used if name not in known), known)

    def _nearest(self, names: Iterable[str], known: list[str]) -> set[str]:
        return {self._findings.closest(name, known) for name in names}


def is_misspelt(findings: Findings, root: Item, section: str) -> bool:
    """Whether a section stands there under a name that is none, but near to its own."""
    return any(findings.closest(name, SECTIONS) == section for name in root.unknown_fields)


def _without(text: str, nodes: Iterable[Node | None]) -> str:
    """The text with the nodes' places cut out."""
    parts, end = [], 0
    for start, stop in sorted((node.start, node.end) for node in nodes if node is not None):
        parts.append(text[end:start])
        end = max(end, stop)
    return "\n".join((*parts, text[end:]))
