"""A mapping of the document, read by its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from provisioning.language.document import MappingNode, Node, Scalar

_MOST_UNKNOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A record as it was read: `values` of the fields that stand there and are right, `nodes` of all that stand there.

    What a value is follows from the field's kind: see `reading`.
    """

    node: Node
    values: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name, empty when it has none that is right."""
        return str(self.values.get("name", ""))

    @property
    def name_node(self) -> Node:
        """Where its name stands, else the item itself."""
        return self.nodes.get("name", self.node)

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """The fields that stand there but are none of this record, up to 50: more are no slips."""
        entries = self.node.entries if isinstance(self.node, MappingNode) else ()
        unknown = (entry.key.text for entry in entries if entry.key.text not in self.nodes)
        return tuple(islice(unknown, _MOST_UNKNOWN))

    def items(self, field_name: str) -> tuple[Item, ...]:
        """The records in a field of records."""
        found: tuple[Item, ...] = self.values.get(field_name, ())
        return found

    def events(self) -> tuple[Scalar, ...]:
        """The event names in its field `event`."""
        found: tuple[Scalar, ...] = self.values.get("event", ())
        return found
