"""Reading literals: numbers, texts, templates, regular expressions, and the keys of objects."""

from __future__ import annotations

from tree_sitter import Node

from provisioning.language.expressions import syntax
from provisioning.language.expressions.literals import LiteralError, read_number, read_string, read_template_text
from provisioning.language.expressions.numbers import number_text
from provisioning.language.expressions.reading import Reading, child_of
from provisioning.language.expressions.regexp import compile_literal
from provisioning.language.expressions.regexp_syntax import RegexError
from provisioning.language.expressions.values import UNDEFINED


def _literal_failure(reading: Reading, node: Node, error: LiteralError) -> syntax.Node:
    return reading.fail(node, "expression-syntax", str(error))


def read_number_node(reading: Reading, node: Node) -> syntax.Node:
    following = reading.source.following(node)
    if following.isidentifier() or following in "$\\0123456789":
        return reading.fail(node, "expression-syntax", "a name follows a number without a space")
    try:
        return syntax.Constant(reading.offset(node), read_number(reading.text(node)))
    except LiteralError as error:
        return _literal_failure(reading, node, error)


def read_string_node(reading: Reading, node: Node) -> syntax.Node:
    try:
        return syntax.Constant(reading.offset(node), read_string(reading.text(node)))
    except LiteralError as error:
        return _literal_failure(reading, node, error)


def read_template_node(reading: Reading, node: Node) -> syntax.Node:
    parts: list[str | syntax.Node] = []
    position = node.start_byte + 1
    for child in node.children:
        if child.type == "template_substitution":
            _add_template_text(reading, node, parts, position, child.start_byte)
            parts.append(_read_substitution(reading, child))
            position = child.end_byte
    _add_template_text(reading, node, parts, position, node.end_byte - 1)
    return syntax.Template(reading.offset(node), tuple(parts))


def _add_template_text(reading: Reading, node: Node, parts: list[str | syntax.Node], start: int, end: int) -> None:
    try:
        text = read_template_text(reading.source.between(start, end))
    except LiteralError as error:
        _literal_failure(reading, node, error)
    else:
        if text:
            parts.append(text)


def _read_substitution(reading: Reading, node: Node) -> syntax.Node:
    value = reading.node(node.children[1])
    reading.check_text(value)
    return value


def read_regex_node(reading: Reading, node: Node) -> syntax.Node:
    flags = node.child_by_field_name("flags")
    pattern = reading.text(child_of(node, "pattern"))
    try:
        program = compile_literal(pattern, reading.text(flags) if flags else "")
    except RegexError as error:
        return reading.fail(node, "expression-regexp", str(error), error.hint)
    return syntax.RegexLiteral(reading.offset(node), program)


def read_key(reading: Reading, node: Node) -> syntax.Node:
    """The key of a property in an object or a pattern."""
    if node.type == "property_identifier":
        return syntax.Constant(reading.offset(node), reading.check_name(node))
    if node.type == "computed_property_name":
        return reading.node(node.children[1]) if node.child_count == 3 else reading.refuse_syntax(node)
    if node.type == "number":
        key = read_number_node(reading, node)
        value = key.value if isinstance(key, syntax.Constant) else UNDEFINED
        return syntax.Constant(key.offset, number_text(value)) if isinstance(value, float) else key
    return read_string_node(reading, node) if node.type == "string" else reading.refuse_syntax(node)
