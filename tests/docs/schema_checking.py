"""Validating a configuration's text as an editor does: YAML 1.2 values against a JSON Schema."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from provisioning.language.core_schema import resolve
from provisioning.language.document import MappingNode, Node, Scalar, SequenceNode
from provisioning.language.loading import load


def disagreements(text: str, schema: dict[str, Any]) -> list[str]:
    """What an editor would underline."""
    return [error.message for error in Draft202012Validator(schema).iter_errors(_value(load(text).root))]


def _value(node: Node | None) -> Any:
    if isinstance(node, MappingNode):
        return {entry.key.text: _value(entry.value) for entry in node.entries}
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.items]
    assert isinstance(node, Scalar)
    return resolve(node)
