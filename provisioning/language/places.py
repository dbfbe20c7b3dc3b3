"""The name of a place in a document: its path for machines and the same in words."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass

from provisioning.language.document import Entry, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.schema import SINGULAR
from provisioning.language.token_text import hide_tokens

_PLAIN_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = 60
_ITEM_WORDS = {"set": "rule", "steps": "step"}


@dataclass(frozen=True, slots=True)
class Place:
    """`path` like `offers[0].set[0].if`; `where` like `offer "preferences_known", rule 1, if`."""

    path: str = ""
    where: str = ""


@dataclass(slots=True)
class _Walk:
    """A walk from the root downwards, noting its steps."""

    path: str = ""
    words: tuple[str, ...] = ()
    container: str = ""
    depth: int = 0

    def enter_key(self, key: str, value: Node) -> None:
        shown = shorten(key)
        plain = _PLAIN_STEP.fullmatch(shown)
        step = shown if plain else f"[{json.dumps(shown, ensure_ascii=False)}]"
        self.path += f".{step}" if plain and self.path else step
        self.words = (*self.words, shown)
        if key == "set" and self.depth == 2 and isinstance(value, MappingNode):
            self.words = (*self.words[:-1], "rule 1")  # one rule may stand without a list
        self.container = key
        self.depth += 1

    def enter_item(self, index: int, item: Node) -> None:
        self.path += f"[{index}]"
        if self.depth == 1 and self.container in SINGULAR:
            word = _item_name(self.container, index, item)
        else:
            word = f"{_ITEM_WORDS.get(self.container, f'{shorten(self.container)} item'.strip())} {index + 1}"
        self.words = (*self.words[:-1], word)
        self.container = ""
        self.depth += 1


def shorten(text: str) -> str:
    """A name as messages show it: at most 60 characters, and never a token."""
    hidden = hide_tokens(text)
    return hidden if len(hidden) <= _SHOWN else hidden[:_SHOWN] + "…"


def quoted(text: str) -> str:
    """A name in double quotes, shortened."""
    return f'"{shorten(text)}"'


def item_title(section: str, node: Node) -> str:
    """The name that an item of a section gives itself, else an empty string; never for a token."""
    if section == "tokens":
        return ""
    if isinstance(node, MappingNode):
        name = node.get("name")
        return name.text if isinstance(name, Scalar) else ""
    return node.text if section == "keys" and isinstance(node, Scalar) else ""


def _item_name(section: str, index: int, node: Node) -> str:
    title = item_title(section, node)
    return f"{SINGULAR[section]} {quoted(title) if title else index + 1}"


def locate(root: Node | None, target: Node | int) -> Place:
    """The place of a node, or of the innermost one around an offset."""
    walk, current = _Walk(), root
    offset = target if isinstance(target, int) else target.start
    while current is not None and current is not target:
        current = _descend(walk, current, offset)
    return Place(walk.path, ", ".join(walk.words))


def _descend(walk: _Walk, node: Node, offset: int) -> Node | None:
    if isinstance(node, MappingNode):
        entry = _entry_at(node, offset)
        if entry is None:
            return None
        walk.enter_key(entry.key.text, entry.value)
        return None if offset < entry.value.start else entry.value
    if isinstance(node, SequenceNode):
        at = bisect_right(node.items, offset, key=lambda item: item.start) - 1
        if at < 0:
            return None
        walk.enter_item(at, node.items[at])
        return node.items[at]
    return None


def _entry_at(node: MappingNode, offset: int) -> Entry | None:
    at = bisect_right(node.entries, offset, key=lambda entry: entry.key.start) - 1
    return node.entries[at] if at >= 0 else None
