"""The state of reading one expression: its errors, what it reads, and which variables are in scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import tree_sitter

from provisioning.language.expressions import syntax
from provisioning.language.expressions.errors import ExpressionError, ExpressionErrors
from provisioning.language.expressions.refusals import SYNTAX
from provisioning.language.expressions.scope import Names
from provisioning.language.expressions.source import CURLY_QUOTE, Source, refusal
from provisioning.language.expressions.values import UNDEFINED

MAX_NESTING = 80
MAX_OPERATIONS = 200
_ESCAPED_NAME = re.compile(r"\\")


@dataclass(frozen=True, slots=True)
class Read:
    """One use of PROFILE, EVENT, NOW or SECRET.

    `name` is None when the root is used whole or by a computed name. `next` is the property that is read
    next, as `length` in `PROFILE.list.length`; None when there is none or it is computed. `offset` is where
    the root stands, in characters.
    """

    root: str
    name: str | None
    offset: int
    next: str | None


Reader = Callable[["Reading", tree_sitter.Node], syntax.Node]


@dataclass(slots=True)
class Reading:
    """Turns the nodes of one parse tree into checked ones; errors are collected, not raised.

    `parts` counts them: no path from the outermost to an innermost one is longer.
    """

    source: Source
    names: Names
    readers: Mapping[str, Reader]
    errors: list[ExpressionError] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    variables: list[dict[str, int]] = field(default_factory=list)
    unready: set[int] = field(default_factory=set)
    slots: int = 0
    depth: int = 0
    parts: int = 0

    def offset(self, node: tree_sitter.Node) -> int:
        return self.source.offset(node.start_byte)

    def text(self, node: tree_sitter.Node) -> str:
        return self.source.text_of(node)

    def node(self, node: tree_sitter.Node) -> syntax.Node:
        """The checked form of a node; of a refused one, a placeholder. Raises when they nest too deep."""
        node = without_parentheses(node)
        reader = self.readers.get(node.type)
        if reader is None:
            return self.refuse_syntax(node)
        self.parts += 1
        self.depth += 1
        if self.depth > MAX_NESTING:
            message = f"the expression is nested more than {MAX_NESTING} deep"
            raise refusal("expression-too-deep", message, "compute a part of it in an attribute", self.offset(node), 1)
        result = reader(self, node)
        self.depth -= 1
        return result

    def check_count(self, node: tree_sitter.Node, count: int) -> None:
        """Refuse operators in a row, or properties and calls, beyond any need."""
        if count > MAX_OPERATIONS:
            message = f"more than {MAX_OPERATIONS} operators, properties or calls in a row"
            hint = "compute a part of it in an attribute"
            raise refusal("expression-too-deep", message, hint, self.offset(node), 1)

    def operand(self, node: tree_sitter.Node) -> syntax.Node:
        """A node where JavaScript wants parentheses around an arrow function."""
        if node.type == "arrow_function":
            return self.fail(node, "expression-syntax", "a function stands where it needs parentheses around it")
        return self.node(node)

    def fail(self, node: tree_sitter.Node, code: str, message: str, hint: str = "") -> syntax.Node:
        """Refuse a node; reading goes on with undefined in its place."""
        start = self.offset(node)
        length = max(1, self.source.offset(node.end_byte) - start)
        self.errors.append(ExpressionError(code, message, hint, start, length))
        return syntax.Constant(start, UNDEFINED)

    def refuse_syntax(self, node: tree_sitter.Node) -> syntax.Node:
        what, hint = SYNTAX.get(node.type, (f"`{self.text(node)[:30]}`", ""))
        return self.fail(node, "expression-unsupported", f"not supported: {what}", hint)

    def check_text(self, node: syntax.Node) -> None:
        """Refuse a function where a text is made of it."""
        if isinstance(node, syntax.Arrow | syntax.Native):
            message, hint = "a function cannot be turned into text", "call it: add parentheses"
            self.errors.append(ExpressionError("expression-function-text", message, hint, node.offset, 1))

    def check_commas(self, node: tree_sitter.Node) -> None:
        """Refuse a comma with nothing before it, which the grammar lets stand in brackets."""
        children = node.children
        for before, child in pairwise(children):
            if child.type == "," and before.type in (",", "(", "{"):
                self.fail(child, "expression-syntax", "nothing stands before this comma", "leave the comma out")

    def check_name(self, node: tree_sitter.Node) -> str:
        """The text of an identifier, which must be one to ECMAScript and not only to the grammar."""
        text = self.text(node)
        if text.isascii() and text.isidentifier():
            return text
        if _ESCAPED_NAME.search(text):
            self.fail(node, "expression-unsupported", "not supported: an escape in a name", "write the letter itself")
        elif CURLY_QUOTE.search(text):
            message = "a typographic quotation mark stands in the expression"
            self.fail(node, "expression-syntax", message, "use \" or '")
        elif not text.replace("$", "_").replace("\u200c", "").replace("\u200d", "").isidentifier():
            self.fail(node, "expression-syntax", f"`{text[:30]}` is not a name")
        return text

    @contextmanager
    def function(self) -> Iterator[dict[str, int]]:
        """The scope of one arrow function."""
        variables: dict[str, int] = {}
        self.variables.append(variables)
        yield variables
        self.variables.pop()

    def declare(self, name: str) -> int:
        """A new variable of the innermost function."""
        self.slots += 1
        self.variables[-1][name] = self.slots
        return self.slots

    def find_variable(self, name: str) -> int | None:
        """The slot of the variable that the name means, None when it means none."""
        for variables in reversed(self.variables):
            if name in variables:
                return variables[name]
        return None

    def check(self) -> None:
        """Raise ExpressionErrors with everything that was refused, in the order of the source."""
        if self.errors:
            raise ExpressionErrors(tuple(sorted(self.errors, key=lambda error: error.offset)))


def child_of(node: tree_sitter.Node, name: str) -> tree_sitter.Node:
    """The child in a field that the grammar always fills."""
    child = node.child_by_field_name(name)
    if child is None:
        raise AssertionError(f"the grammar gives {node.type} no {name}")
    return child


def without_parentheses(node: tree_sitter.Node) -> tree_sitter.Node:
    """What the parentheses hold."""
    while node.type == "parenthesized_expression":
        node = node.children[1]
    return node
