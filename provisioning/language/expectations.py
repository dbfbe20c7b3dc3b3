"""Writing what a step of a golden test got as what it expects, by the smallest edit: comments and layout stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from provisioning.language.core_schema import resolve
from provisioning.language.document import Document, Entry, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.flow_text import CannotWrite, flow_text
from provisioning.language.located import node_at
from provisioning.language.token_text import hide_tokens

_LONGEST: Final = 4000  # characters of the lines: more is nothing to look at before it is done


@dataclass(frozen=True, slots=True)
class MendedLines:
    """What `count` lines from `first` on, counted from 1, should be."""

    text: str
    first: int
    count: int


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def mended_expectation(document: Document, path: str, got: Any) -> MendedLines | None:
    """The lines of the expectation at `path` (`tests[0].steps[1].offers`) as they have to be for `got`, JSON data.

    None where that is not mechanical: it is written over several lines in another way than one key a line, holds
    what could be a token, or is long.
    """
    entry = _entry_at(document, path)
    if entry is None:
        return None
    try:
        edits = list(_edits(document.text, entry.key, entry.value, got))
    except CannotWrite:
        return None
    return _applied(document, edits) if edits else None


def _entry_at(document: Document, path: str) -> Entry | None:
    step, _, part = path.rpartition(".")
    node = node_at(document, step)
    entries = node.entries if isinstance(node, MappingNode) else ()
    return next((entry for entry in entries if entry.key.text == part), None)


def _edits(text: str, key: Scalar | None, node: Node, got: Any) -> Iterator[_Edit]:
    """The edits, in the order of the text; `key` is what stands before the value. Raises CannotWrite."""
    if isinstance(node, MappingNode) and isinstance(got, Mapping) and _names(node) == sorted(got):
        for entry in node.entries:
            yield from _edits(text, entry.key, entry.value, got[entry.key.text])
    elif isinstance(node, SequenceNode) and isinstance(got, Sequence) and _is_as_long(node, got):
        for item, value in zip(node.items, got, strict=True):
            yield from _edits(text, None, item, value)
    elif not (isinstance(node, Scalar) and flow_text(resolve(node)) == flow_text(got)):
        yield _replaced(text, key, node, flow_text(got))


def _names(node: MappingNode) -> list[str]:
    return sorted(entry.key.text for entry in node.entries)


def _is_as_long(node: SequenceNode, got: Sequence[Any]) -> bool:
    return not isinstance(got, str) and len(node.items) == len(got)


def _replaced(text: str, key: Scalar | None, node: Node, by: str) -> _Edit:
    if isinstance(node, (MappingNode, SequenceNode)) and not node.flow:
        end = _end(node)
        if key is None:
            return _Edit(node.start, end, by)
        if text[key.end : node.start].strip() != ":":
            raise CannotWrite("something else stands between the key and its value")
        return _Edit(key.end, end, f": {by}")
    if isinstance(node, Scalar) and (node.absent or "\n" in text[node.start : node.end]):
        raise CannotWrite("the value is not on one line")
    return _Edit(node.start, node.end, by)


def _end(node: Node) -> int:
    """Where the last value of a block ends. Raises CannotWrite."""
    if isinstance(node, MappingNode) and not node.flow:
        return _end(node.entries[-1].value)
    if isinstance(node, SequenceNode) and not node.flow:
        return _end(node.items[-1])
    if isinstance(node, Scalar) and node.style in ("literal", "folded"):
        raise CannotWrite("the value is a text of several lines")
    return node.end


def _applied(document: Document, edits: Sequence[_Edit]) -> MendedLines | None:
    first, last = (document.position(offset).line for offset in (edits[0].start, edits[-1].end))
    at = document.line_starts[first - 1]
    end = document.line_starts[last - 1] + len(document.line(last))
    parts: list[str] = []
    for edit in edits:
        parts += [document.text[at : edit.start], edit.text]
        at = edit.end
    mended = "".join([*parts, document.text[at:end]])
    if len(mended) > _LONGEST or hide_tokens(mended) != mended:
        return None
    return MendedLines(mended, first, last - first + 1)
