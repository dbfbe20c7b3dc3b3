"""Building Python's syntax tree. The line of a node is the offset in the expression plus one.

So the line number of a traceback tells where in the source an error happened, at no cost while none does.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType
from typing import Any

FILE_NAME = "<expression>"


class Builder:
    """Makes nodes of Python's tree that all stand on the line of one offset."""

    __slots__ = ("position",)

    def __init__(self, offset: int) -> None:
        line = offset + 1
        self.position: dict[str, Any] = {"lineno": line, "col_offset": 0, "end_lineno": line, "end_col_offset": 0}

    def name(self, name: str) -> ast.Name:
        return ast.Name(name, ast.Load(), **self.position)

    def constant(self, value: str | float | bool | None) -> ast.Constant:
        return ast.Constant(value, **self.position)

    def call(self, function: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(self.name(function), list(arguments), [], **self.position)

    def call_value(self, function: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
        return ast.Call(function, list(arguments), [], **self.position)

    def starred(self, value: ast.expr) -> ast.Starred:
        return ast.Starred(value, ast.Load(), **self.position)

    def keep(self, name: str, value: ast.expr) -> ast.NamedExpr:
        """The value, which from here on has a name too."""
        return ast.NamedExpr(ast.Name(name, ast.Store(), **self.position), value, **self.position)

    def assign(self, name: str, value: ast.expr) -> ast.Assign:
        return ast.Assign([ast.Name(name, ast.Store(), **self.position)], value, **self.position)

    def item(self, value: ast.expr, key: ast.expr) -> ast.Subscript:
        return ast.Subscript(value, key, ast.Load(), **self.position)

    def choose(self, test: ast.expr, body: ast.expr, otherwise: ast.expr) -> ast.IfExp:
        return ast.IfExp(test, body, otherwise, **self.position)

    def negation(self, value: ast.expr) -> ast.UnaryOp:
        return ast.UnaryOp(ast.Not(), value, **self.position)

    def any_of(self, values: Sequence[ast.expr]) -> ast.expr:
        return values[0] if len(values) == 1 else ast.BoolOp(ast.Or(), list(values), **self.position)

    def all_of(self, values: Sequence[ast.expr]) -> ast.expr:
        return values[0] if len(values) == 1 else ast.BoolOp(ast.And(), list(values), **self.position)

    def is_same(self, left: ast.expr, right: ast.expr) -> ast.Compare:
        return ast.Compare(left, [ast.Is()], [right], **self.position)

    def is_other(self, left: ast.expr, right: ast.expr) -> ast.Compare:
        return ast.Compare(left, [ast.IsNot()], [right], **self.position)

    def sequence(self, values: Sequence[ast.expr]) -> ast.Tuple:
        return ast.Tuple(list(values), ast.Load(), **self.position)

    def items(self, values: Sequence[ast.expr]) -> ast.List:
        return ast.List(list(values), ast.Load(), **self.position)

    def mapping(self, keys: Sequence[ast.expr], values: Sequence[ast.expr]) -> ast.Dict:
        return ast.Dict(list(keys), list(values), **self.position)

    def condition(self, test: ast.expr, body: Sequence[ast.stmt]) -> ast.If:
        return ast.If(test, list(body), [], **self.position)

    def statement(self, value: ast.expr) -> ast.Expr:
        return ast.Expr(value, **self.position)

    def answer(self, value: ast.expr) -> ast.Return:
        return ast.Return(value, **self.position)

    def leave(self, budget: str) -> ast.AugAssign:
        """One call less deep."""
        depth = ast.Attribute(self.name(budget), "depth", ast.Store(), **self.position)
        return ast.AugAssign(depth, ast.Sub(), self.constant(1), **self.position)

    def function(
        self, name: str, parameters: Sequence[str], body: Sequence[ast.stmt], *, absent: str = "", rest: str = ""
    ) -> ast.FunctionDef:
        """A function; where `absent` is given it is the default of every parameter."""
        arguments = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(parameter, None, **self.position) for parameter in parameters],
            vararg=ast.arg(rest, None, **self.position) if rest else None,
            kwonlyargs=[],
            kw_defaults=[],
            kwarg=None,
            defaults=[self.name(absent) for _ in parameters] if absent else [],
        )
        return ast.FunctionDef(name, arguments, list(body), [], None, None, **self.position)


def code_of(function: ast.FunctionDef) -> CodeType:
    """The code object of the one function."""
    module = compile(ast.Module([function], []), FILE_NAME, "exec", dont_inherit=True, optimize=0)
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))
