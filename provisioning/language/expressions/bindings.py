"""Reading arrow functions and what their parameters bind."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from provisioning.language.expressions import syntax
from provisioning.language.expressions.literal_nodes import read_key
from provisioning.language.expressions.names import RESERVED
from provisioning.language.expressions.reading import Reading, child_of

_NAMES = ("identifier", "shorthand_property_identifier_pattern")
_DEFAULTS = ("assignment_pattern", "object_assignment_pattern")


def read_arrow(reading: Reading, node: Node) -> syntax.Node:
    """An arrow function with one expression for its body."""
    body = child_of(node, "body")
    if body.type == "statement_block":
        return reading.refuse_syntax(body)
    if node.children[0].type == "async":
        return reading.fail(node, "expression-unsupported", "not supported: `async`", "leave it out")
    _check_line(reading, node)
    parameters = node.child_by_field_name("parameters")
    if parameters is not None:
        reading.check_commas(parameters)
    with reading.function():
        nodes = _parameter_nodes(node)
        for parameter in nodes:
            _declare(reading, parameter)
        rest = _read_rest(reading, nodes)
        targets = tuple(read_target(reading, parameter) for parameter in nodes if parameter.type != "rest_pattern")
        return syntax.Arrow(reading.offset(node), targets, rest, reading.node(body))


def _check_line(reading: Reading, node: Node) -> None:
    arrow = next(child for child in node.children if child.type == "=>")
    gap = reading.source.between(node.start_byte, arrow.start_byte)
    tail = gap[len(gap.rstrip()) :]
    if any(end in tail for end in "\n\r\u2028\u2029"):
        reading.fail(arrow, "expression-syntax", "`=>` must stand on the line of its parameters")


def _parameter_nodes(node: Node) -> list[Node]:
    single = node.child_by_field_name("parameter")
    if single is not None:
        return [single]
    return child_of(node, "parameters").named_children


def _declare(reading: Reading, node: Node) -> None:
    """Declare every name that the parameter binds; until it is bound, a default cannot use it."""
    for name_node in _bound_names(node):
        name = reading.check_name(name_node)
        if name in RESERVED:
            reading.fail(name_node, "expression-syntax", f"`{name}` cannot be the name of a parameter")
        if name in reading.variables[-1]:
            reading.fail(name_node, "expression-syntax", f"two parameters have the name `{name}`")
        reading.unready.add(reading.declare(name))


def _bound_names(node: Node) -> Iterator[Node]:
    if node.type in _NAMES:
        yield node
    elif node.type in _DEFAULTS:
        yield from _bound_names(child_of(node, "left"))
    elif node.type == "pair_pattern":
        yield from _bound_names(child_of(node, "value"))
    elif node.type in ("array_pattern", "object_pattern", "rest_pattern"):
        for child in node.named_children:
            yield from _bound_names(child)


def _read_rest(reading: Reading, nodes: list[Node]) -> syntax.Pattern | None:
    """The rest parameter, which is bound after all others but has no default to look at them."""
    for node in nodes[:-1]:
        if node.type == "rest_pattern":
            reading.fail(node, "expression-syntax", "`...` must come last")
    if not nodes or nodes[-1].type != "rest_pattern":
        return None
    following = nodes[-1].next_sibling
    if following is not None and following.type == ",":
        reading.fail(following, "expression-syntax", "nothing can follow `...`")
    return read_pattern(reading, nodes[-1].children[1])


def read_target(reading: Reading, node: Node) -> syntax.Target:
    """A pattern with or without a default."""
    if node.type in _DEFAULTS:
        default = reading.node(child_of(node, "right"))
        return syntax.Target(read_pattern(reading, child_of(node, "left")), default)
    return syntax.Target(read_pattern(reading, node), None)


def read_pattern(reading: Reading, node: Node) -> syntax.Pattern:
    """A name, or a pattern that takes a list or an object apart."""
    reading.parts += 1
    if node.type in _NAMES:
        return _read_name(reading, node)
    if node.type == "array_pattern":
        return _read_array_pattern(reading, node)
    if node.type == "object_pattern":
        return _read_object_pattern(reading, node)
    reading.fail(node, "expression-syntax", f"`{reading.text(node)[:30]}` cannot be a parameter")
    return syntax.VariablePattern(reading.offset(node), 0)


def _read_name(reading: Reading, node: Node) -> syntax.VariablePattern:
    slot = reading.find_variable(reading.text(node)) or 0
    reading.unready.discard(slot)
    return syntax.VariablePattern(reading.offset(node), slot)


def _read_array_pattern(reading: Reading, node: Node) -> syntax.Pattern:
    items: list[syntax.Target | None] = []
    rest: syntax.Pattern | None = None
    separated = True
    for child in node.children[1:-1]:
        if rest is not None:
            reading.fail(child, "expression-syntax", "nothing can follow `...`")
        elif child.type == ",":
            if separated:
                items.append(None)
            separated = True
        elif child.type == "rest_pattern":
            rest = read_pattern(reading, child.children[1])
        else:
            items.append(read_target(reading, child))
            separated = False
    return syntax.ArrayPattern(reading.offset(node), tuple(items), rest)


def _read_object_pattern(reading: Reading, node: Node) -> syntax.Pattern:
    reading.check_commas(node)
    properties: list[tuple[syntax.Node, syntax.Target]] = []
    rest: syntax.VariablePattern | None = None
    for child in node.children[1:-1]:
        if rest is not None:
            reading.fail(child, "expression-syntax", "nothing can follow `...`")
        elif child.type == "rest_pattern":
            rest = _read_object_rest(reading, child.children[1])
        elif child.type != ",":
            properties.append(_read_property(reading, child))
    return syntax.ObjectPattern(reading.offset(node), tuple(properties), rest)


def _read_object_rest(reading: Reading, node: Node) -> syntax.VariablePattern:
    if node.type != "identifier":
        reading.fail(node, "expression-syntax", "`...` in an object binds one name")
    return _read_name(reading, node)


def _read_property(reading: Reading, node: Node) -> tuple[syntax.Node, syntax.Target]:
    if node.type == "pair_pattern":
        key = read_key(reading, child_of(node, "key"))
        return key, read_target(reading, child_of(node, "value"))
    name = child_of(node, "left") if node.type == "object_assignment_pattern" else node
    return syntax.Constant(reading.offset(node), reading.text(name)), read_target(reading, node)
