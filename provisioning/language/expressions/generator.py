"""From the checked tree to a Python function. No text of an expression becomes a name, only a constant."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType

from provisioning.language.expressions import chain_code, function_code, operator_code, syntax
from provisioning.language.expressions.generation import Generation, Writer, has_spread
from provisioning.language.expressions.python_code import Builder, code_of
from provisioning.language.expressions.runtime import NAMESPACE

_PARAMETERS = ("profile", "event", "now", "secret", "budget")


def _array(generation: Generation, node: syntax.ArrayLiteral) -> ast.expr:
    build = Builder(node.offset)
    items = generation.arguments(node.items)
    return generation.budgeted(build, "make_list", *items) if has_spread(node.items) else build.items(items)


def _object(generation: Generation, node: syntax.ObjectLiteral) -> ast.expr:
    build = Builder(node.offset)
    if any(isinstance(entry, syntax.Spread) for entry in node.entries):
        return generation.budgeted(build, "make_object", *(_entry(generation, entry) for entry in node.entries))
    pairs = [_pair(generation, entry) for entry in node.entries if isinstance(entry, syntax.Property)]
    return build.mapping([key for key, _ in pairs], [value for _, value in pairs])


def _entry(generation: Generation, entry: syntax.Property | syntax.Spread) -> ast.expr:
    build = Builder(entry.offset)
    if isinstance(entry, syntax.Spread):
        return build.items([generation.value(entry.value)])
    return build.sequence(_pair(generation, entry))


def _pair(generation: Generation, entry: syntax.Property) -> tuple[ast.expr, ast.expr]:
    key = generation.value(entry.key)
    if not (isinstance(entry.key, syntax.Constant) and isinstance(entry.key.value, str)):
        key = generation.budgeted(Builder(entry.key.offset), "to_key", key)
    return key, generation.value(entry.value)


def _regex(generation: Generation, node: syntax.RegexLiteral) -> ast.expr:
    build = Builder(node.offset)
    generation.programs.append(node.program)
    program = build.item(build.name("constants"), build.constant(len(generation.programs) - 1))
    return build.call("RegexValue", program)


def _new_date(generation: Generation, node: syntax.NewDate) -> ast.expr:
    return generation.budgeted(Builder(node.offset), "new_date", generation.value(node.argument))


WRITERS: Mapping[type, Writer] = {
    syntax.ArrayLiteral: _array,
    syntax.Arrow: function_code.arrow,
    syntax.Binary: operator_code.binary,
    syntax.Chain: chain_code.chain,
    syntax.Conditional: operator_code.conditional,
    syntax.Constant: operator_code.constant,
    syntax.Logical: operator_code.logical,
    syntax.Native: chain_code.native,
    syntax.NewDate: _new_date,
    syntax.ObjectLiteral: _object,
    syntax.RegexLiteral: _regex,
    syntax.Root: chain_code.root,
    syntax.RootMember: chain_code.root_member,
    syntax.Template: operator_code.template,
    syntax.Unary: operator_code.unary,
    syntax.Variable: chain_code.variable,
}


def generate(node: syntax.Node) -> tuple[FunctionType, int]:
    """A function of (profile, event, now, secret, budget), and the steps that its own parts cost."""
    return function_of(Generation(WRITERS), node)


def function_of(generation: Generation, node: syntax.Node, *more: str) -> tuple[FunctionType, int]:
    """The same as this generation writes it; `more` are parameters that follow those."""
    build = Builder(node.offset)
    result = build.answer(generation.value(node))
    parameters = (*_PARAMETERS, *more, "constants")
    function = build.function("expression", parameters, [*generation.frame.definitions, result])
    constants = (tuple(generation.programs),)
    return FunctionType(code_of(function), NAMESPACE, "expression", constants), generation.frame.steps
