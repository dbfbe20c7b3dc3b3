"""The state of generating one expression's code: its functions, temporary names and constants."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from provisioning.language.expressions import syntax
from provisioning.language.expressions.operators import ANSWERS_BOOLEAN
from provisioning.language.expressions.python_code import Builder
from provisioning.language.expressions.regexp import RegexProgram
from provisioning.language.expressions.values import UNDEFINED, truthy

Writer = Callable[["Generation", Any], ast.expr]
ROOT_NAMES: Mapping[str, str] = {"PROFILE": "profile", "EVENT": "event", "NOW": "now", "SECRET": "secret"}


@dataclass(slots=True)
class Frame:
    """One Python function: the functions defined in it, and how many steps its parts cost."""

    definitions: list[ast.stmt] = field(default_factory=list)
    steps: int = 0


@dataclass(slots=True)
class Generation:
    """Writes code for checked nodes; `writers` knows how for each type."""

    writers: Mapping[type, Writer]
    frames: list[Frame] = field(default_factory=lambda: [Frame()])
    programs: list[RegexProgram] = field(default_factory=list)
    names: int = 0

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @contextmanager
    def function(self) -> Iterator[Frame]:
        """The frame of an inner function."""
        frame = Frame()
        self.frames.append(frame)
        yield frame
        self.frames.pop()

    def temporary(self) -> str:
        """A name that is used nowhere else."""
        self.names += 1
        return f"t{self.names}"

    def value(self, node: syntax.Node) -> ast.expr:
        """Code for the node's value."""
        self.frame.steps += 1
        return self.writers[type(node)](self, node)

    def part(self, part: syntax.Link | syntax.Operation, code: ast.expr) -> ast.expr:
        """The code for the value up to and with one property, call or operator."""
        return code

    def condition(self, node: syntax.Node) -> ast.expr:
        """Code whose truth in Python is the truth of the node's value in JavaScript."""
        build = Builder(node.offset)
        if isinstance(node, syntax.Constant):
            return build.constant(truthy(node.value))
        if isinstance(node, syntax.Logical) and node.operator != "??":
            self.frame.steps += 1
            tests = [self.condition(operand) for operand in node.operands]
            return build.all_of(tests) if node.operator == "&&" else build.any_of(tests)
        value = self.value(node)
        return value if answers_boolean(node) else build.call("truthy", value)

    def budgeted(self, build: Builder, function: str, *arguments: ast.expr) -> ast.Call:
        """A call that passes the budget first."""
        return build.call(function, build.name("budget"), *arguments)

    def arguments(self, nodes: Sequence[syntax.Node | syntax.Spread]) -> list[ast.expr]:
        """Code for arguments or items, some of which may be spread."""
        return [self._argument(node) for node in nodes]

    def _argument(self, node: syntax.Node | syntax.Spread) -> ast.expr:
        if not isinstance(node, syntax.Spread):
            return self.value(node)
        build = Builder(node.offset)
        return build.starred(self.budgeted(build, "spread", self.value(node.value)))


def answers_boolean(node: syntax.Node) -> bool:
    """Whether the node's value is a boolean whatever its operands are."""
    if isinstance(node, syntax.Constant):
        return isinstance(node.value, bool)
    if isinstance(node, syntax.Unary):
        return node.operator == "!"
    return isinstance(node, syntax.Binary) and node.rest[-1].operator in ANSWERS_BOOLEAN


def has_spread(nodes: Sequence[syntax.Node | syntax.Spread]) -> bool:
    """Whether the number of arguments or items is only known when they are evaluated."""
    return any(isinstance(node, syntax.Spread) for node in nodes)


def nullish(build: Builder, temporary: str, value: ast.expr) -> ast.expr:
    """A test for null and undefined that keeps the value in a temporary name."""
    null = build.is_same(build.keep(temporary, value), build.constant(None))
    return build.any_of([null, build.is_same(build.name(temporary), build.name("undefined"))])


def constant_code(build: Builder, value: Any) -> ast.expr:
    """Code for a constant."""
    return build.name("undefined") if value is UNDEFINED else build.constant(value)
