"""The parts of an expression as the tree that they are, and which of them decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioning.language.expressions.tracing import Part


@dataclass(frozen=True, slots=True)
class PartNode:
    """A part with those inside of it, in the order of the source."""

    part: Part
    children: tuple[PartNode, ...]

    @property
    def value(self) -> str:
        """Its value; the last one, where it had several."""
        return self.part.values[-1]

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.part.offset + self.part.length


def part_tree(parts: Sequence[Part]) -> tuple[PartNode, ...]:
    """The outermost parts; `parts` come as an expression's trace has them, a part before those inside of it."""
    nodes, rest = [], list(parts)
    while rest:
        part = rest.pop(0)
        end = part.offset + part.length
        inside = []
        while rest and rest[0].offset < end:
            inside.append(rest.pop(0))
        nodes.append(PartNode(part, part_tree(inside)))
    return tuple(nodes)


def deciding(source: str, nodes: Sequence[PartNode]) -> PartNode | None:
    """The part for which a condition that is not met is not: of `a && b` the last that was reached, and so on inwards.

    None when it is the whole condition. `source` is the expression that the offsets count in.
    """
    found: PartNode | None = None
    while nodes and _is_conjunction(source, nodes, found):
        found = nodes[-1]
        nodes = found.children
    return found


def leaves(nodes: Sequence[PartNode]) -> Iterator[PartNode]:
    """The innermost parts, each source once."""
    seen: set[str] = set()
    for node in _innermost(nodes):
        if node.part.source not in seen:
            seen.add(node.part.source)
            yield node


def _innermost(nodes: Sequence[PartNode]) -> Iterator[PartNode]:
    for node in nodes:
        if node.children:
            yield from _innermost(node.children)
        else:
            yield node


def _is_conjunction(source: str, nodes: Sequence[PartNode], around: PartNode | None) -> bool:
    """Whether what stands next to the outermost parts is `&&`: a part that was not reached is not among them."""
    start, end = (around.part.offset, around.end) if around else (0, len(source))
    places = [start, *(place for node in nodes for place in (node.part.offset, node.end)), end]
    gaps = [source[one:other] for one, other in zip(places[::2], places[1::2], strict=True)]
    return any("&&" in gap for gap in gaps[1:]) and not any("||" in gap or "?" in gap for gap in gaps)
