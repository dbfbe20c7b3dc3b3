"""An evaluation that remembers what it did: the engine's own, with each value traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from personalization.engine import Row, Run
from personalization.profile import Profile
from personalization.program import Choice, Formula, Program, Write
from provisioning.language.expressions import Expression, Scope
from provisioning.language.expressions.tracing import Traced, trace
from provisioning.language.plan import Offer
from provisioning.language.templates import ListTemplate, MappingTemplate, Template, Text

Where = tuple[str, ...]  # as in an error: kind, name, and the parts inside


class Worked(NamedTuple):
    """A value that was worked out, and its expressions as far as they were evaluated."""

    value: Any
    traces: tuple[Traced, ...]


@dataclass(frozen=True, slots=True)
class _Watched:
    """An expression whose evaluations are noted."""

    expression: Expression
    note: Callable[[Traced], None]

    @property
    def whole_profile(self) -> bool:
        return self.expression.whole_profile

    def evaluate(self, scope: Scope, /) -> Any:
        traced = trace(self.expression, scope)
        self.note(traced)
        if traced.error is not None:
            raise traced.error
        return traced.value


class WatchedRun(Run):
    """What was worked out, by where it stands; what failed; what attributes were; and which rules matched."""

    __slots__ = ("before", "chosen", "failures", "names", "worked")

    def __init__(self, program: Program, profile: Profile, row: Row, own: Mapping[str, str]) -> None:
        super().__init__(program, profile, row, own)
        self.names: tuple[str, ...] = ()  # the named events that the row is
        self.worked: dict[Where, Worked] = {}
        self.failures: dict[Where, str] = {}
        self.before: dict[str, Any] = {}  # attribute -> PROFILE.<attribute> before its write
        self.chosen: dict[str, str] = {}  # offer -> its rule that matched

    def _names(self) -> tuple[str, ...]:
        self.names = super()._names()
        return self.names

    def _value(self, formula: Formula, *where: str) -> Any:
        traces: list[Traced] = []
        value = super()._value(_watched(formula, traces.append), *where)
        self.worked[where] = Worked(value, tuple(traces))
        return value

    def _fail(self, message: str, kind: str, name: str, *part: str) -> Any:
        self.failures[kind, name, *part] = message
        return super()._fail(message, kind, name, *part)

    def _write(self, write: Write) -> None:
        self.before[write.attribute.name] = self.view[write.attribute.name]
        super()._write(write)

    def _data(self, offer: Offer, choice: Choice) -> dict[str, Any] | None:
        self.chosen[offer.name] = choice.name
        return super()._data(offer, choice)


def _watched(formula: Formula, note: Callable[[Traced], None]) -> Template:
    """The same value with every expression in it watched."""
    if isinstance(formula, Expression):
        return _Watched(formula, note)
    if isinstance(formula, Text):
        return _Watched(formula.expression, note)
    if isinstance(formula, ListTemplate):
        return ListTemplate(tuple(_watched(item, note) for item in formula.items))
    if isinstance(formula, MappingTemplate):
        return MappingTemplate(tuple((key, _watched(value, note)) for key, value in formula.entries))
    return formula
