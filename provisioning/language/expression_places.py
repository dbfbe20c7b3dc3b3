"""Where an expression stands in the text of a configuration, down to one character of it."""

from __future__ import annotations

from collections.abc import Iterator

from provisioning.language.document import MappingNode, Node, Position, Scalar, SequenceNode
from provisioning.language.loading import load
from provisioning.language.places import item_title
from provisioning.language.scalar_positions import source_offset
from provisioning.language.schema import WHOLE_INTERPOLATION

_RULE = "rule "


class ExpressionPlaces:
    """Finds the expressions of one text; the text is read once, when the first is looked for."""

    def __init__(self, text: str | bytes) -> None:
        self._document = load(text)

    def part(self, *where: str) -> Position | None:
        """Where a part begins: a section, a name in it, and fields below (`offers`, `sale`, `rule 1`, `if`).

        A field that is left out is placed at what it belongs to; None when there is no item of that name.
        """
        node = self._node(where)
        return None if node is None else self._document.position(node.start)

    def character(self, *where: str, source: str, offset: int) -> Position | None:
        """Where the character at `offset` of an expression with this source stands, within that part."""
        for scalar in _scalars(self._node(where)):
            shift = _shift(scalar.text, source)
            if shift is not None:
                return self._document.position(source_offset(self._document.text, scalar, shift + offset))
        return self.part(*where)

    def _node(self, where: tuple[str, ...]) -> Node | None:
        section, name, *steps = where
        root = self._document.root
        items = root.get(section) if isinstance(root, MappingNode) else None
        found = items.items if isinstance(items, SequenceNode) else ()
        node = next((item for item in found if item_title(section, item) == name), None)
        for step in steps:
            below = _below(node, step)
            if below is None:
                break
            node = below
        return node


def _below(node: Node | None, step: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    if not step.startswith(_RULE) or node.get(step) is not None:
        return node.get(step)
    rules = node.get("set")
    number = int(step.removeprefix(_RULE))
    return rules.items[number - 1] if isinstance(rules, SequenceNode) and number <= len(rules.items) else rules


def _scalars(node: Node | None) -> Iterator[Scalar]:
    """Every value at and below a node, in the order of the text."""
    if isinstance(node, Scalar):
        yield node
    below = node.items if isinstance(node, SequenceNode) else ()
    for child in (entry.value for entry in node.entries) if isinstance(node, MappingNode) else below:
        yield from _scalars(child)


def _shift(text: str, source: str) -> int | None:
    """Where the source begins in a value, bare or in `${…}`; None when it is not this value's."""
    if text == source:
        return 0
    whole = WHOLE_INTERPOLATION.fullmatch(text)
    return whole.start(1) if whole is not None and whole[1] == source else None
