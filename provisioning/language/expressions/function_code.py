"""Code for arrow functions: Python functions that take any number of arguments, as JavaScript's do."""

from __future__ import annotations

import ast

from provisioning.language.expressions import syntax
from provisioning.language.expressions.generation import Generation
from provisioning.language.expressions.python_code import Builder

_UNUSED = "unused"


def arrow(generation: Generation, node: syntax.Arrow) -> ast.expr:
    """The function is defined at the top of the one around it; the code is its name."""
    build = Builder(node.offset)
    name = generation.temporary()
    with generation.function() as frame:
        names, bindings = _parameters(generation, node)
        rest = _UNUSED
        if node.rest is not None:
            rest = generation.temporary()
            gathered = build.call("list", build.name(rest))
            bindings += _bind(generation, build, node.rest, gathered)
        result = build.assign("result", generation.value(node.body))
        enter = build.statement(build.call("enter", build.name("budget"), build.constant(frame.steps)))
        ending = [result, build.leave("budget"), build.answer(build.name("result"))]
        body = [enter, *frame.definitions, *bindings, *ending]
    generation.frame.definitions.append(build.function(name, names, body, absent="undefined", rest=rest))
    return build.name(name)


def _parameters(generation: Generation, node: syntax.Arrow) -> tuple[list[str], list[ast.stmt]]:
    names: list[str] = []
    bindings: list[ast.stmt] = []
    for target in node.parameters:
        build = Builder(target.pattern.offset)
        if isinstance(target.pattern, syntax.VariablePattern):
            names.append(f"v{target.pattern.slot}")
            bindings += _default(generation, build, names[-1], target.default)
        else:
            names.append(generation.temporary())
            bindings += _default(generation, build, names[-1], target.default)
            bindings += _bind(generation, build, target.pattern, build.name(names[-1]))
    return names, bindings


def _default(generation: Generation, build: Builder, name: str, default: syntax.Node | None) -> list[ast.stmt]:
    if default is None:
        return []
    absent = build.is_same(build.name(name), build.name("undefined"))
    return [build.condition(absent, [build.assign(name, generation.value(default))])]


def _bind(generation: Generation, build: Builder, pattern: syntax.Pattern, value: ast.expr) -> list[ast.stmt]:
    """Statements that give the names of a pattern their values."""
    if isinstance(pattern, syntax.VariablePattern):
        return [build.assign(f"v{pattern.slot}", value)]
    if isinstance(pattern, syntax.ArrayPattern):
        return _bind_items(generation, build, pattern, value)
    return _bind_properties(generation, build, pattern, value)


def _bind_target(generation: Generation, build: Builder, target: syntax.Target, value: ast.expr) -> list[ast.stmt]:
    if target.default is None:
        return _bind(generation, build, target.pattern, value)
    name = generation.temporary()
    statements: list[ast.stmt] = [build.assign(name, value)]
    statements += _default(generation, build, name, target.default)
    return statements + _bind(generation, build, target.pattern, build.name(name))


def _bind_items(
    generation: Generation, build: Builder, pattern: syntax.ArrayPattern, value: ast.expr
) -> list[ast.stmt]:
    items = generation.temporary()
    statements: list[ast.stmt] = [build.assign(items, generation.budgeted(build, "iterate", value))]
    for index, target in enumerate(pattern.items):
        if target is not None:
            item = build.call("item_of", build.name(items), build.constant(index))
            statements += _bind_target(generation, build, target, item)
    if pattern.rest is not None:
        rest = build.call("items_from", build.name(items), build.constant(len(pattern.items)))
        statements += _bind(generation, build, pattern.rest, rest)
    return statements


def _bind_properties(
    generation: Generation, build: Builder, pattern: syntax.ObjectPattern, value: ast.expr
) -> list[ast.stmt]:
    source = generation.temporary()
    statements: list[ast.stmt] = [build.assign(source, build.call("check_object", value))]
    keys: list[str] = []
    for key, target in pattern.properties:
        keys.append(generation.temporary())
        statements.append(build.assign(keys[-1], generation.budgeted(build, "to_key", generation.value(key))))
        item = build.call("get_member", build.name(source), build.name(keys[-1]))
        statements += _bind_target(generation, build, target, item)
    if pattern.rest is not None:
        used = build.sequence([build.name(key) for key in keys])
        rest = generation.budgeted(build, "without_keys", build.name(source), used)
        statements.append(build.assign(f"v{pattern.rest.slot}", rest))
    return statements
