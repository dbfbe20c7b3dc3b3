"""The allowlist: which nodes of JavaScript's tree the engine knows, each with how it is read."""

from __future__ import annotations

from collections.abc import Mapping

from tree_sitter import Node

from provisioning.language.expressions import syntax
from provisioning.language.expressions.bindings import read_arrow
from provisioning.language.expressions.chains import read_chain, read_identifier, read_new
from provisioning.language.expressions.literal_nodes import (
    read_key,
    read_number_node,
    read_regex_node,
    read_string_node,
    read_template_node,
)
from provisioning.language.expressions.operators import BINARY
from provisioning.language.expressions.reading import Reader, Reading, child_of

_LOGICAL = frozenset({"&&", "||", "??"})
_UNARY = frozenset({"!", "-", "+", "~", "typeof", "void"})


def _read_array(reading: Reading, node: Node) -> syntax.Node:
    items: list[syntax.Node | syntax.Spread] = []
    separated = True
    for child in node.children[1:-1]:
        if child.type == ",":
            if separated:
                hint = "write `undefined` for an item without a value"
                return reading.fail(child, "expression-unsupported", "not supported: a list with a gap", hint)
            separated = True
        else:
            items.append(_item(reading, child))
            separated = False
    return syntax.ArrayLiteral(reading.offset(node), tuple(items))


def _item(reading: Reading, node: Node) -> syntax.Node | syntax.Spread:
    if node.type == "spread_element":
        return syntax.Spread(reading.offset(node), reading.node(node.children[1]))
    return reading.node(node)


def _read_object(reading: Reading, node: Node) -> syntax.Node:
    reading.check_commas(node)
    entries: list[syntax.Property | syntax.Spread] = []
    for child in node.named_children:
        if child.type == "spread_element":
            entries.append(syntax.Spread(reading.offset(child), reading.node(child.children[1])))
        elif child.type == "shorthand_property_identifier":
            key = syntax.Constant(reading.offset(child), reading.text(child))
            entries.append(syntax.Property(key.offset, key, read_identifier(reading, child)))
        elif child.type == "pair":
            key_node = read_key(reading, child_of(child, "key"))
            value = reading.node(child_of(child, "value"))
            entries.append(syntax.Property(reading.offset(child), key_node, value))
        else:
            reading.refuse_syntax(child)
    return syntax.ObjectLiteral(reading.offset(node), tuple(entries))


def _read_unary(reading: Reading, node: Node) -> syntax.Node:
    operator = _operator(node)
    if operator not in _UNARY:
        return reading.fail(node, "expression-unsupported", f"not supported: `{operator}`")
    return syntax.Unary(reading.offset(node), operator, reading.operand(child_of(node, "argument")))


def _read_binary(reading: Reading, node: Node) -> syntax.Node:
    operator = _operator(node)
    if operator in _LOGICAL:
        return _read_logical(reading, node, operator)
    if operator == "**":
        return _read_power(reading, node)
    operations: list[syntax.Operation] = []
    while node.type == "binary_expression" and (operator := _operator(node)) in BINARY and operator != "**":
        offset = reading.offset(child_of(node, "operator"))
        operations.append(syntax.Operation(offset, operator, reading.operand(child_of(node, "right"))))
        reading.check_count(node, len(operations))
        node = child_of(node, "left")
    if not operations:
        hint = "compare with `typeof` or `Array.isArray(…)`" if operator == "instanceof" else ""
        return reading.fail(node, "expression-unsupported", f"not supported: `{operator}`", hint)
    first = reading.operand(node)
    if any(operation.operator == "+" for operation in operations):
        for operand in (first, *(operation.operand for operation in operations)):
            reading.check_text(operand)
    return syntax.Binary(first.offset, first, tuple(reversed(operations)))


def _operator(node: Node) -> str:
    return child_of(node, "operator").type


def _read_power(reading: Reading, node: Node) -> syntax.Node:
    left = child_of(node, "left")
    if left.type == "unary_expression":
        hint = "put parentheses: `(-a) ** b` or `-(a ** b)`"
        return reading.fail(node, "expression-syntax", "JavaScript does not say what comes first here", hint)
    first = reading.operand(left)
    operation = syntax.Operation(
        reading.offset(child_of(node, "operator")), "**", reading.operand(child_of(node, "right"))
    )
    return syntax.Binary(first.offset, first, (operation,))


def _read_logical(reading: Reading, node: Node, operator: str) -> syntax.Node:
    offset = reading.offset(node)
    operands: list[syntax.Node] = []
    while True:
        left, right = child_of(node, "left"), child_of(node, "right")
        for side in (left, right):
            _check_mixture(reading, operator, side)
        operands.append(reading.operand(right))
        if left.type != "binary_expression" or _operator(left) != operator:
            break
        node = left
    operands.append(reading.operand(left))
    return syntax.Logical(offset, operator, tuple(reversed(operands)))


def _check_mixture(reading: Reading, operator: str, side: Node) -> None:
    other = _operator(side) if side.type == "binary_expression" else ""
    if other in _LOGICAL and (other == "??") != (operator == "??"):
        message = f"JavaScript does not let `{other}` and `{operator}` stand together"
        reading.fail(side, "expression-syntax", message, "put parentheses around one of them")


def _read_conditional(reading: Reading, node: Node) -> syntax.Node:
    offset = reading.offset(node)
    branches: list[tuple[syntax.Node, syntax.Node]] = []
    while node.type == "ternary_expression":
        test = reading.operand(child_of(node, "condition"))
        branches.append((test, reading.node(child_of(node, "consequence"))))
        reading.check_count(node, len(branches))
        node = child_of(node, "alternative")
    return syntax.Conditional(offset, tuple(branches), reading.node(node))


def _read_true(reading: Reading, node: Node) -> syntax.Node:
    return syntax.Constant(reading.offset(node), True)


def _read_false(reading: Reading, node: Node) -> syntax.Node:
    return syntax.Constant(reading.offset(node), False)


def _read_null(reading: Reading, node: Node) -> syntax.Node:
    return syntax.Constant(reading.offset(node), None)


READERS: Mapping[str, Reader] = {
    "array": _read_array,
    "arrow_function": read_arrow,
    "binary_expression": _read_binary,
    "call_expression": read_chain,
    "false": _read_false,
    "identifier": read_identifier,
    "member_expression": read_chain,
    "new_expression": read_new,
    "null": _read_null,
    "number": read_number_node,
    "object": _read_object,
    "regex": read_regex_node,
    "string": read_string_node,
    "subscript_expression": read_chain,
    "template_string": read_template_node,
    "ternary_expression": _read_conditional,
    "true": _read_true,
    "unary_expression": _read_unary,
    "undefined": read_identifier,
}
