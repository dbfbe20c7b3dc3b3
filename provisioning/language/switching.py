"""Pausing and resuming one offer or activation by the smallest edit of the text: comments and layout stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from provisioning.language.core_schema import resolve
from provisioning.language.document import Document, Entry, MappingNode, Scalar, SequenceNode
from provisioning.language.loading import load
from provisioning.language.outline import Outline, outline
from provisioning.language.places import item_title

Section = Literal["offers", "activations"]
SECTIONS: tuple[Section, ...] = ("offers", "activations")
_LONGEST_SWITCH = 400  # characters: a line, and its indent


class CannotSwitch(ValueError):
    """The text is written so that this cannot be done to it; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Switch:
    """An offer or activation as the text has it. `starts_at` and `ends_at` are as written, empty where absent."""

    section: Section
    name: str
    enabled: bool
    starts_at: str = ""
    ends_at: str = ""


def switches(text: str) -> list[Switch]:
    """The offers and activations of a text, in its order."""
    document = load(text)
    return [
        Switch(section, item_title(section, item), _is_enabled(item), _text(item, "starts_at"), _text(item, "ends_at"))
        for section in SECTIONS
        for item in _items(document, section)
    ]


def switched(text: str, section: Section, name: str, *, enabled: bool) -> str:
    """The text with that offer or activation switched on or off, and nothing else changed.

    It is the same text when it is so already. Raises LookupError when there is none of that name, CannotSwitch.
    """
    document = load(text)
    found = next((item for item in _items(document, section) if item_title(section, item) == name), None)
    if found is None:
        raise LookupError(name)
    if _is_enabled(found) == enabled:
        return text
    edited = _edited(document, found, "true" if enabled else "false")
    if not _is_that_change(document, edited, section, name, enabled):
        raise CannotSwitch("the text is written in a way that keeps it from being changed here: edit the draft instead")
    return edited


def switch_between(old: str, new: str) -> Switch | None:
    """The offer or activation that is switched from one text to the other, as the new one has it.

    None when anything else differs, or nothing.
    """
    if abs(len(old) - len(new)) > _LONGEST_SWITCH:
        return None
    before = {(each.section, each.name): each.enabled for each in switches(old)}
    changed = [each for each in switches(new) if before.get((each.section, each.name), each.enabled) != each.enabled]
    if len(changed) != 1:
        return None
    try:
        text = switched(old, changed[0].section, changed[0].name, enabled=changed[0].enabled)
    except CannotSwitch:
        return None
    return changed[0] if text == new else None


def _items(document: Document, section: str) -> Iterator[MappingNode]:
    node = document.root.get(section) if isinstance(document.root, MappingNode) else None
    for item in node.items if isinstance(node, SequenceNode) else ():
        if isinstance(item, MappingNode):
            yield item


def _is_enabled(item: MappingNode) -> bool:
    node = item.get("enabled")
    return not isinstance(node, Scalar) or resolve(node) is not False


def _text(item: MappingNode, field: str) -> str:
    node = item.get(field)
    return node.text if isinstance(node, Scalar) else ""


def _edited(document: Document, item: MappingNode, value: str) -> str:
    text = document.text
    present = next((entry for entry in item.entries if entry.key.text == "enabled"), None)
    if present is not None and isinstance(present.value, Scalar):
        gap = " " if present.value.absent and text[present.value.start - 1] == ":" else ""
        return text[: present.value.start] + gap + value + text[present.value.end :]
    first = item.entries[0]
    if item.flow:
        return f"{text[: first.key.start]}enabled: {value}, {text[first.key.start :]}"
    at, line = _behind_the_name(document, item, first)
    return f"{text[:at]}{line.format(value=value)}{text[at:]}"


def _behind_the_name(document: Document, item: MappingNode, first: Entry) -> tuple[int, str]:
    """Where a line of its own goes: under the name where that is one line, otherwise above the first field."""
    indent = " " * (document.position(first.key.start).column - 1)
    name = next(entry for entry in item.entries if entry.key.text == "name")
    value = name.value
    same_line = document.position(name.key.start).line == document.position(value.end).line
    if isinstance(value, Scalar) and value.style in ("plain", "single", "double") and same_line:
        end = document.text.find("\n", value.end)
        at = len(document.text) if end < 0 else end
        at -= document.text[at - 1] == "\r"
        return at, f"{_line_break(document.text)}{indent}enabled: {{value}}"
    return first.key.start, f"enabled: {{value}}{_line_break(document.text)}{indent}"


def _line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _is_that_change(document: Document, edited: str, section: str, name: str, enabled: bool) -> bool:
    """Whether the edit did what it should and nothing else, by what the texts say."""
    before, reread = outline(document.root), load(edited)
    after = outline(reread.root)
    return (
        reread.complete and len(reread.flaws) == len(document.flaws) and _with(before, section, name, enabled) == after
    )


def _with(before: Outline, section: str, name: str, enabled: bool) -> Outline:
    items = {each: dict(fields) for each, fields in before.sections[section].items()}
    items[name]["enabled"] = enabled
    return Outline(before.head, {**before.sections, section: items})
