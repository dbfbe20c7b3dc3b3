"""The checked tree of an expression: only what the engine can do, names resolved, constants decoded.

`offset` is where in the source a part begins, in characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from provisioning.language.expressions.values import JSValue

if TYPE_CHECKING:
    from provisioning.language.expressions.regexp import RegexProgram


@dataclass(frozen=True, slots=True)
class Constant:
    offset: int
    value: JSValue


@dataclass(frozen=True, slots=True)
class RegexLiteral:
    offset: int
    program: RegexProgram


@dataclass(frozen=True, slots=True)
class Template:
    offset: int
    parts: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    offset: int
    value: Node


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    offset: int
    items: tuple[Node | Spread, ...]


@dataclass(frozen=True, slots=True)
class Property:
    offset: int
    key: Node
    value: Node


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    offset: int
    entries: tuple[Property | Spread, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """PROFILE, EVENT, NOW or SECRET."""

    offset: int
    name: str


@dataclass(frozen=True, slots=True)
class RootMember:
    """A property of PROFILE, EVENT or SECRET by its name."""

    offset: int
    root: str
    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A parameter of an arrow function; `slot` is unique in the expression."""

    offset: int
    slot: int


@dataclass(frozen=True, slots=True)
class Native:
    """A built-in function by its full name, such as `Math.max`."""

    offset: int
    name: str


@dataclass(frozen=True, slots=True)
class NewDate:
    offset: int
    argument: Node


@dataclass(frozen=True, slots=True)
class Unary:
    offset: int
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with the operand on its right; `offset` is the operator's."""

    offset: int
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Operators of any kind that apply from left to right, as in `a + b - c`."""

    offset: int
    first: Node
    rest: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Logical:
    """Operands joined by the same one of `&&`, `||`, `??`."""

    offset: int
    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """`a ? b : c ? d : e` has the branches (a, b) and (c, d)."""

    offset: int
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Member:
    offset: int
    name: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Index:
    offset: int
    key: Node
    optional: bool


@dataclass(frozen=True, slots=True)
class Call:
    offset: int
    arguments: tuple[Node | Spread, ...]
    optional: bool


Link: TypeAlias = Member | Index | Call


@dataclass(frozen=True, slots=True)
class Chain:
    """A value and what is done with it, as in `a.b?.[c](d)`; grouping ends a chain."""

    offset: int
    base: Node
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class VariablePattern:
    offset: int
    slot: int


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is bound, and what it is when it would be undefined."""

    pattern: Pattern
    default: Node | None


@dataclass(frozen=True, slots=True)
class ArrayPattern:
    """`[a, , ...rest]`: None is a place that is skipped."""

    offset: int
    items: tuple[Target | None, ...]
    rest: Pattern | None


@dataclass(frozen=True, slots=True)
class ObjectPattern:
    offset: int
    properties: tuple[tuple[Node, Target], ...]
    rest: VariablePattern | None


@dataclass(frozen=True, slots=True)
class Arrow:
    offset: int
    parameters: tuple[Target, ...]
    rest: Pattern | None
    body: Node


Pattern: TypeAlias = VariablePattern | ArrayPattern | ObjectPattern
Node: TypeAlias = (
    Constant
    | RegexLiteral
    | Template
    | ArrayLiteral
    | ObjectLiteral
    | Root
    | RootMember
    | Variable
    | Native
    | NewDate
    | Unary
    | Binary
    | Logical
    | Conditional
    | Chain
    | Arrow
)
