"""Values that hold expressions: what stands in `value`, `increment`, `data`, `headers` and `body`, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from provisioning.language.expressions import UNDEFINED, Expression, Scope


class Template(Protocol):
    """A value that is worked out for each event.

    `evaluate` gives a JavaScript value, `UNDEFINED` included, and raises EvaluationError. What it gives may
    be shared between calls and must not be changed. `whole_profile` says that the scope needs a complete
    `profile`.
    """

    @property
    def whole_profile(self) -> bool: ...

    def evaluate(self, scope: Scope, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A JSON value that needs no evaluation."""

    value: Any
    whole_profile: bool = False

    def evaluate(self, scope: Scope, /) -> Any:
        """The value itself."""
        return self.value


@dataclass(frozen=True, slots=True)
class Text:
    """A string with `${…}` in it."""

    expression: Expression

    @property
    def whole_profile(self) -> bool:
        """Whether the expression uses PROFILE whole."""
        return self.expression.whole_profile

    def evaluate(self, scope: Scope, /) -> Any:
        """The value of the one expression, or the text with every value in its place."""
        return self.expression.evaluate(scope)


@dataclass(frozen=True, slots=True)
class ListTemplate:
    """A list with at least one expression inside; an item that is undefined becomes null, as in JSON."""

    items: tuple[Template, ...]

    @property
    def whole_profile(self) -> bool:
        """Whether any item uses PROFILE whole."""
        return any(item.whole_profile for item in self.items)

    def evaluate(self, scope: Scope, /) -> Any:
        """A new list of the items' values."""
        values = [item.evaluate(scope) for item in self.items]
        return [None if value is UNDEFINED else value for value in values]


@dataclass(frozen=True, slots=True)
class MappingTemplate:
    """A mapping with at least one expression inside; a key that is undefined is left out."""

    entries: tuple[tuple[str, Template], ...]

    @property
    def whole_profile(self) -> bool:
        """Whether any value uses PROFILE whole."""
        return any(value.whole_profile for _, value in self.entries)

    def evaluate(self, scope: Scope, /) -> Any:
        """A new object of the values."""
        values = [(key, value.evaluate(scope)) for key, value in self.entries]
        return {key: value for key, value in values if value is not UNDEFINED}
