"""Code for operators, conditions and templates."""

from __future__ import annotations

import ast

from provisioning.language.expressions import syntax
from provisioning.language.expressions.generation import Generation, answers_boolean, constant_code, nullish
from provisioning.language.expressions.operators import BINARY
from provisioning.language.expressions.python_code import Builder
from provisioning.language.expressions.values import UNDEFINED

_UNARY = {"-": "negate", "+": "plus", "~": "bit_not"}


def constant(generation: Generation, node: syntax.Constant) -> ast.expr:
    return constant_code(Builder(node.offset), node.value)


def unary(generation: Generation, node: syntax.Unary) -> ast.expr:
    build = Builder(node.offset)
    if node.operator == "!":
        return build.negation(generation.condition(node.operand))
    if node.operator == "-" and isinstance(node.operand, syntax.Constant) and type(node.operand.value) is float:
        return build.constant(-node.operand.value)
    value = generation.value(node.operand)
    if node.operator == "typeof":
        return build.call("type_of", value)
    if node.operator == "void":
        return build.item(build.sequence([value, build.name("undefined")]), build.constant(1))
    return generation.budgeted(build, _UNARY[node.operator], value)


def binary(generation: Generation, node: syntax.Binary) -> ast.expr:
    value = generation.value(node.first)
    for operation in node.rest:
        value = generation.part(operation, _operate(generation, value, operation))
    return value


def _operate(generation: Generation, value: ast.expr, operation: syntax.Operation) -> ast.expr:
    """One operator; comparing with null and undefined needs no call."""
    generation.frame.steps += 1
    build = Builder(operation.offset)
    operand = operation.operand
    if isinstance(value, ast.Constant):
        return generation.budgeted(build, BINARY[operation.operator].__name__, value, generation.value(operand))
    if _is_nothing(operand) and operation.operator in ("==", "!="):
        test = nullish(build, generation.temporary(), value)
        return test if operation.operator == "==" else build.negation(test)
    if (_is_nothing(operand) or _is_boolean(operand)) and operation.operator in ("===", "!=="):
        compare = build.is_same if operation.operator == "===" else build.is_other
        return compare(value, generation.value(operand))
    return generation.budgeted(build, BINARY[operation.operator].__name__, value, generation.value(operand))


def _is_nothing(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Constant) and (node.value is None or node.value is UNDEFINED)


def _is_boolean(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Constant) and isinstance(node.value, bool)


def logical(generation: Generation, node: syntax.Logical) -> ast.expr:
    """All operands but the last are tested and kept in one temporary name."""
    build = Builder(node.offset)
    temporary = generation.temporary()
    tests = [_stops(generation, node, operand, temporary) for operand in node.operands[:-1]]
    return build.choose(build.any_of(tests), build.name(temporary), generation.value(node.operands[-1]))


def _stops(generation: Generation, node: syntax.Logical, operand: syntax.Node, temporary: str) -> ast.expr:
    """Whether the operand is the answer, so that the following ones are not evaluated."""
    build = Builder(operand.offset)
    value = generation.value(operand)
    if node.operator == "??":
        return build.negation(nullish(build, temporary, value))
    kept = build.keep(temporary, value)
    test = kept if answers_boolean(operand) else build.call("truthy", kept)
    return test if node.operator == "||" else build.negation(test)


def conditional(generation: Generation, node: syntax.Conditional) -> ast.expr:
    branches = [(generation.condition(test), generation.value(value)) for test, value in node.branches]
    result = generation.value(node.otherwise)
    for test, value in reversed(branches):
        result = Builder(node.offset).choose(test, value, result)
    return result


def template(generation: Generation, node: syntax.Template) -> ast.expr:
    build = Builder(node.offset)
    parts = [
        build.constant(part)
        if isinstance(part, str)
        else generation.budgeted(Builder(part.offset), "to_text", generation.value(part))
        for part in node.parts
    ]
    if len(parts) == 1:
        return parts[0]
    return generation.budgeted(build, "join_template", *parts) if parts else build.constant("")
