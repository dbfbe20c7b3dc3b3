"""Code for reading properties and calling functions."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from provisioning.language.expressions import syntax
from provisioning.language.expressions.generation import ROOT_NAMES, Generation, has_spread, nullish
from provisioning.language.expressions.members import METHOD_NAMES
from provisioning.language.expressions.names import FUNCTIONS
from provisioning.language.expressions.python_code import Builder
from provisioning.language.expressions.runtime import native_name, native_value_name
from provisioning.language.expressions.values import JSValue

_HARMLESS = (
    syntax.Constant,
    syntax.Arrow,
    syntax.Native,
    syntax.RegexLiteral,
    syntax.Root,
    syntax.RootMember,
    syntax.Variable,
)
_MOST_FITTED = 2


def root(generation: Generation, node: syntax.Root) -> ast.expr:
    return Builder(node.offset).name(ROOT_NAMES[node.name])


def root_member(generation: Generation, node: syntax.RootMember) -> ast.expr:
    build = Builder(node.offset)
    return build.item(build.name(ROOT_NAMES[node.root]), build.constant(node.name))


def variable(generation: Generation, node: syntax.Variable) -> ast.expr:
    return Builder(node.offset).name(f"v{node.slot}")


def native(generation: Generation, node: syntax.Native) -> ast.expr:
    return Builder(node.offset).name(native_value_name(node.name))


def chain(generation: Generation, node: syntax.Chain) -> ast.expr:
    links = list(node.links)
    if isinstance(node.base, syntax.Native) and isinstance(links[0], syntax.Call) and not links[0].optional:
        called = generation.part(links[0], _native_call(generation, node.base, links[0]))
        return _links(generation, called, links[1:])
    return _links(generation, generation.value(node.base), links)


def _native_call(generation: Generation, function: syntax.Native, link: syntax.Call) -> ast.expr:
    generation.frame.steps += 1
    build = Builder(function.offset)
    arity = FUNCTIONS[function.name].arity
    arguments = generation.arguments(link.arguments)
    if arity is None or (not has_spread(link.arguments) and len(arguments) <= arity):
        return generation.budgeted(build, native_name(function.name), *arguments)
    return generation.budgeted(build, "call", build.name(native_value_name(function.name)), *arguments)


def _links(generation: Generation, value: ast.expr, links: Sequence[syntax.Link]) -> ast.expr:
    """What the links do with the value; an optional one that finds nothing ends the whole chain."""
    position = 0
    while position < len(links):
        link = links[position]
        following = links[position + 1] if position + 1 < len(links) else None
        called = following if isinstance(following, syntax.Call) and not isinstance(link, syntax.Call) else None
        rest = links[position + (2 if called else 1) :]
        if link.optional:
            return _optional(generation, value, link, called, rest)
        if called is not None and called.optional:
            return _optional_method(generation, value, link, called, rest)
        value = _step(generation, value, link, called)
        position += 2 if called else 1
    return value


def _optional(
    generation: Generation,
    value: ast.expr,
    link: syntax.Link,
    called: syntax.Call | None,
    rest: Sequence[syntax.Link],
) -> ast.expr:
    build = Builder(link.offset)
    temporary = generation.temporary()
    test = nullish(build, temporary, value)
    kept = build.name(temporary)
    if called is not None and called.optional:
        result = _optional_method(generation, kept, link, called, rest)
    else:
        result = _links(generation, _step(generation, kept, link, called), rest)
    return build.choose(test, build.name("undefined"), result)


def _optional_method(
    generation: Generation, value: ast.expr, link: syntax.Link, called: syntax.Call, rest: Sequence[syntax.Link]
) -> ast.expr:
    """`value.name?.(…)`: the method is looked up before it is called."""
    build = Builder(link.offset)
    temporary = generation.temporary()
    found = _step(generation, build.keep(temporary, value), link, None)
    result = _links(generation, _step(generation, build.name(temporary), link, called), rest)
    return build.choose(nullish(build, generation.temporary(), found), build.name("undefined"), result)


def _step(generation: Generation, value: ast.expr, link: syntax.Link, called: syntax.Call | None) -> ast.expr:
    """One property, method call or call."""
    return generation.part(called or link, _step_code(generation, value, link, called))


def _step_code(generation: Generation, value: ast.expr, link: syntax.Link, called: syntax.Call | None) -> ast.expr:
    generation.frame.steps += 1
    build = Builder(link.offset)
    if isinstance(link, syntax.Call):
        return generation.budgeted(build, "call", value, *generation.arguments(link.arguments))
    if called is not None:
        return _method_call(generation, value, link, called)
    if isinstance(link, syntax.Index):
        return _item(generation, build, value, link.key)
    if link.name == "length":
        return build.call("get_length", value)
    return build.call("get_member", value, build.constant(link.name))


def _item(generation: Generation, build: Builder, value: ast.expr, key: syntax.Node) -> ast.expr:
    if isinstance(key, syntax.Constant) and _is_place(key.value):
        return build.call("get_item_at", value, build.constant(int(key.value)))
    return generation.budgeted(build, "get_item", value, generation.value(key))


def _is_place(value: JSValue) -> bool:
    return isinstance(value, float) and value.is_integer() and 0 <= value < 2**32 - 1


def _method_call(
    generation: Generation, value: ast.expr, link: syntax.Member | syntax.Index, called: syntax.Call
) -> ast.expr:
    """JavaScript looks the method up before it evaluates the arguments, which matters when those fail."""
    generation.frame.steps += 1
    build = Builder(link.offset)
    careful = not all(isinstance(argument, _HARMLESS) for argument in called.arguments)
    if isinstance(link, syntax.Index):
        key = generation.value(link.key)
        if careful:
            temporary = generation.temporary()
            value = build.keep(temporary, value)
            key = build.call("check_key", build.name(temporary), key)
        return generation.budgeted(build, "call_item", value, key, *generation.arguments(called.arguments))
    if careful:
        value = build.call("check_receiver", value, build.constant(link.name))
    arguments = generation.arguments(called.arguments)
    if link.name not in METHOD_NAMES:
        return generation.budgeted(build, "call_own", value, build.constant(link.name), *arguments)
    fitted = not has_spread(called.arguments) and len(arguments) <= _MOST_FITTED
    suffix = f"_{len(arguments)}" if fitted else ""
    return generation.budgeted(build, f"method_{link.name}{suffix}", value, *arguments)
