"""What a document says, by section and name, however it is written: the base of a comparison.

It follows the schema as far as the document does, so that a text that no longer validates can be compared
too. Defaults are filled in; durations, times, conditions and shorthands are brought to one form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioning.language.core_schema import resolve
from provisioning.language.document import Broken, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.durations import TimeProblem, read_duration, read_time
from provisioning.language.places import item_title
from provisioning.language.schema import CONFIGURATION, WHOLE_INTERPOLATION, Field, Kind, Record
from provisioning.language.token_text import DIGEST_PREFIX, hide_tokens
from tokens.header import digest, normalise_token

_CORE_KINDS: Final = frozenset((Kind.BOOLEAN, Kind.INTEGER, Kind.INCREMENT, Kind.BODY))
_TREE_KINDS: Final = frozenset((Kind.DATA, Kind.HEADERS, Kind.BODY, Kind.JSON_MAPPING, Kind.OFFERS_EXPECTED))


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that compares by meaning and shows as it was written."""

    meaning: Any
    text: str = field(compare=False)


Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """`head`: version and description. `sections`: for each section its items by name, in order."""

    head: Fields
    sections: Mapping[str, Mapping[str, Fields]]


def outline(root: Node | None) -> Outline:
    """The outline of a tree; what is not there is empty."""
    node = root if isinstance(root, MappingNode) else MappingNode((), 0, 0)
    head = {known.name: _value(known, node.get(known.name)) for known in CONFIGURATION.fields if not _is_section(known)}
    sections = {known.name: _items(known, node.get(known.name)) for known in CONFIGURATION.fields if _is_section(known)}
    return Outline(head, sections)


def _is_section(known: Field) -> bool:
    return known.kind in (Kind.RECORDS, Kind.TOKENS)


def _items(section: Field, node: Node | None) -> dict[str, Fields]:
    items: dict[str, Fields] = {}
    for index, item in enumerate(node.items if isinstance(node, SequenceNode) else ()):
        title = _token_title(item) if section.record is None else item_title(section.name, item)
        name = title or f"number {index + 1}"
        if name in items:
            name = f"{name} (number {index + 1})"
        items[name] = {} if section.record is None else _fields(section.record, item)
    return items


def _token_title(node: Node) -> str:
    """A token's name, or the beginning of its digest; never the token."""
    if isinstance(node, MappingNode):
        name = node.get("name")
        return hide_tokens(name.text) if isinstance(name, Scalar) else ""
    if not isinstance(node, Scalar):
        return ""
    token = normalise_token(node.text)
    if token is not None:
        return f"{DIGEST_PREFIX}{digest(token)[:12]}…"
    return f"{node.text.lower()[:19]}…" if node.text.lower().startswith(DIGEST_PREFIX) else ""


def _fields(record: Record, node: Node) -> Fields:
    if isinstance(node, Scalar) and record.shorthand:
        node = MappingNode((), node.start, node.end)
    if not isinstance(node, MappingNode):
        return {"": _plain(node)}
    known = {part.name: _value(part, node.get(part.name)) for part in record.fields if part.name != "name"}
    unknown = {entry.key.text: _plain(entry.value) for entry in node.entries if record.field(entry.key.text) is None}
    return known | unknown


def _value(known: Field, node: Node | None) -> Any:
    """The value of a field in the form that compares."""
    if node is None or (isinstance(node, Scalar) and node.absent and known.kind not in _TREE_KINDS):
        return known.default
    if known.kind in (Kind.RULES, Kind.RECORDS, Kind.RECORD) and known.record is not None:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(_fields(known.record, item) for item in items)
    if known.kind is Kind.EVENTS:
        names = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(sorted(str(_text(name)) for name in names))
    if isinstance(node, Scalar) and known.kind not in _TREE_KINDS:
        return _scalar(known, node)
    return _plain(node)


def _scalar(known: Field, scalar: Scalar) -> Any:
    if known.kind in _CORE_KINDS:
        return resolve(scalar)
    if known.kind is Kind.CONDITION:
        whole = WHOLE_INTERPOLATION.fullmatch(scalar.text)
        return (whole[1] if whole else scalar.text).strip()
    if known.kind is Kind.DURATION:
        return read_duration(scalar.text) or scalar.text
    if known.kind is Kind.TIME:
        return Shown(_moment(scalar.text), scalar.text)
    return scalar.text


def _moment(text: str) -> float | str:
    try:
        return read_time(text)
    except TimeProblem:
        return text


def _text(node: Node) -> Any:
    return node.text if isinstance(node, Scalar) else _plain(node)


def _plain(node: Node | None) -> Any:
    """The node as JSON has it."""
    if isinstance(node, Scalar):
        return resolve(node)
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return {entry.key.text: _plain(entry.value) for entry in node.entries}
    return "(unreadable)" if isinstance(node, Broken) else None
