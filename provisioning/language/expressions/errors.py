"""What can be wrong with an expression: refusals when it is compiled, errors when it is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ErrorKind = Literal["TypeError", "RangeError", "SyntaxError", "URIError", "BudgetError"]


@dataclass(frozen=True, slots=True)
class ExpressionError:
    """One reason why an expression is refused; `offset` and `length` count characters of the source."""

    code: str
    message: str
    hint: str
    offset: int
    length: int


class ExpressionErrors(ValueError):
    """An expression is refused, for all the reasons in `errors`, in the order of their offsets."""

    def __init__(self, errors: tuple[ExpressionError, ...]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class EvaluationError(Exception):
    """An expression failed while it was evaluated; `kind` is the name of JavaScript's error.

    `BudgetError` is our own: the expression went over its steps, sizes or depth. `offset` is where in the
    source, in characters.
    """

    def __init__(self, kind: ErrorKind, message: str, offset: int) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.offset = offset


class Failure(Exception):
    """An error on its way from an operation to the expression that ran it, which knows the offset."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def type_error(message: str) -> Failure:
    return Failure("TypeError", message)


def range_error(message: str) -> Failure:
    return Failure("RangeError", message)


def budget_error(message: str) -> Failure:
    return Failure("BudgetError", message)
