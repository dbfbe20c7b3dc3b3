"""One event against one profile: attributes are written, then offers and activations are worked out.

Pure: nothing is read but the arguments, and nothing changed but the profile. An evaluation that fails makes
its `if` false, or leaves out its write, offer or activation, and is reported in `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from personalization import attributes, json_text
from personalization.attributes import CannotAggregate
from personalization.profile import Profile
from personalization.program import Choice, Formula, Program, Route, Write
from personalization.view import ProfileView
from provisioning.language.expressions import (
    UNDEFINED,
    Budget,
    EvaluationError,
    Expression,
    LazyObject,
    Scope,
    plain,
    truthy,
)
from provisioning.language.plan import Activation, Attribute, Offer
from provisioning.language.templates import Template, Text

MAX_VALUE_SIZE = 4096  # characters of a stored value's JSON text
_SHORT = MAX_VALUE_SIZE // 6 - 2  # no text of this length can be over the limit when it is escaped
_OVERHEAD = 64  # more than what a slot and the time of a value add to a profile's text


class _Failed:
    """The type of the one value that stands for an evaluation that failed."""


_FAILED = _Failed()


class Row(NamedTuple):
    """An event: where it arrived, what it says, and when (epoch seconds). `time` never lies after `now`."""

    database: str
    table: str
    fields: Mapping[str, Any]
    time: int
    now: int
    public: bool


class RuleError(NamedTuple):
    """An evaluation that failed: `where` is in the words of the configuration."""

    where: str
    message: str


class Fired(NamedTuple):
    """An activation to deliver: its name, the body, and the headers that hold no secret, all worked out."""

    name: str
    body: Any
    headers: Mapping[str, str]


class Evaluation(NamedTuple):
    """What came of an event. `reason` is empty when there are offers."""

    offers: dict[str, dict[str, Any]]
    reason: str
    activations: tuple[Fired, ...] = ()
    errors: tuple[RuleError, ...] = ()


def evaluate(
    program: Program, profile: Profile, row: Row, own: Mapping[str, str], *, writing: bool = True
) -> Evaluation:
    """Apply a row to a profile and say what comes of it; `own` are the row's usable key values.

    Without `writing` the profile stays as it is and no activation fires: what a repeated event gets.
    """
    return Run(program, profile, row, own).evaluate(writing=writing)


class Run:
    """One evaluation under way."""

    __slots__ = ("errors", "hidden_errors", "profile", "program", "row", "scope", "view")

    def __init__(self, program: Program, profile: Profile, row: Row, own: Mapping[str, str]) -> None:
        self.program = program
        self.profile = profile
        self.row = row
        self.errors: list[RuleError] = []
        self.hidden_errors: list[RuleError] = []  # of which the answer must not tell
        self.view = ProfileView(program, profile, own, row.now)
        self.scope = Scope(profile=self.view, event=LazyObject(row.fields), now=row.now, budget=Budget())

    def evaluate(self, *, writing: bool) -> Evaluation:
        names = self._names()
        if not names:
            return Evaluation({}, "error" if self.errors else "no-event", (), tuple(self.errors))
        route = self.program.route(names)
        if writing and self.row.public:
            self._write_in_public(route)
        elif writing:
            for write in route.writes:
                self._write(write)
        offers, reason = self._offers(route)
        fired = self._activations(route) if writing and route.activations else ()
        return Evaluation(offers, reason, fired, (*self.errors, *self.hidden_errors))

    def _names(self) -> tuple[str, ...]:
        events = self.program.rows.get((self.row.database, self.row.table), ())
        return tuple(
            [
                event.name
                for event in events
                if event.condition is None or self._holds(event.condition, "event", event.name, "if")
            ]
        )

    def _holds(self, condition: Expression, *where: str) -> bool:
        value = self._value(condition, *where)
        return value is True or (value is not False and value is not _FAILED and truthy(value))

    def _value(self, formula: Formula, *where: str) -> Any:
        """The value, or _FAILED after an evaluation error, which is noted."""
        try:
            return formula.evaluate(self._whole_scope() if formula.whole_profile else self.scope)
        except EvaluationError as error:
            return self._fail(str(error), *where)

    def _fail(self, message: str, kind: str, name: str, *part: str) -> _Failed:
        self.errors.append(RuleError(", ".join((f'{kind} "{name}"', *part)), message))
        return _FAILED

    def _json(self, value: Any, *where: str) -> Any:
        """The value as JSON, or _FAILED when it is too large or nested too deep to be any, which is noted."""
        if value is UNDEFINED or value is _FAILED or type(value) is str:
            return value
        try:
            return plain(value)
        except EvaluationError as error:
            return self._fail(str(error), *where)

    def _whole_scope(self) -> Scope:
        scope = self.scope
        return Scope(
            profile=self.view.whole(), event=scope.event, now=scope.now, secret=scope.secret, budget=scope.budget
        )

    def _write_in_public(self, route: Route) -> None:
        """Write so that no answer depends on a tainted write: not on its failing, nor on the steps that it takes."""
        scope, errors = self.scope, self.errors
        apart = Scope(profile=self.view, event=scope.event, now=scope.now, secret=scope.secret, budget=Budget())
        for write in route.writes:
            if write.attribute.tainted:
                self.scope, self.errors = apart, self.hidden_errors
            self._write(write)
            self.scope, self.errors = scope, errors

    def _write(self, write: Write) -> None:
        name = write.attribute.name
        condition = write.attribute.condition
        if condition is not None and not self._holds(condition, "attribute", name, "if"):
            return
        value = self._json(self._value(write.formula, "attribute", name, write.part), "attribute", name, write.part)
        if value is UNDEFINED or value is _FAILED:
            return
        problem = self._store(write.attribute, write.slot, value)
        if problem:
            self._fail(problem, "attribute", name, write.part)

    def _store(self, attribute: Attribute, slot: str, value: Any) -> str:
        """Write a JSON value; returns what is wrong with it, or an empty text."""
        size = 6 * len(value) + 2 if type(value) is str and len(value) <= _SHORT else _size(value)
        if size > MAX_VALUE_SIZE:
            return f"a stored value has at most {MAX_VALUE_SIZE} characters of JSON"
        profile, row = self.profile, self.row
        try:
            state = attributes.written(attribute, profile.state.get(slot), value, time=row.time, now=row.now)
        except CannotAggregate as error:
            return str(error)
        if not profile.has_room(size + len(slot) + _OVERHEAD):
            return "the profile would be larger than 256 KiB"
        profile.state[slot] = state
        profile.changed = True
        self.view.pop(attribute.name, None)
        return ""

    def _offers(self, route: Route) -> tuple[dict[str, dict[str, Any]], str]:
        offers: dict[str, dict[str, Any]] = {}
        withheld = False
        for offer, choices in route.offers:
            if not _is_on(offer, self.row.now):
                continue
            if self.row.public and offer.withheld_in_public:
                withheld = True
                continue
            data = self._first_match(offer, choices)
            if data is not None:
                offers[offer.name] = {"attributes": data}
        if offers:
            return offers, ""
        return offers, "error" if self.errors else "withheld" if withheld else "no-rule"

    def _first_match(self, offer: Offer, choices: tuple[Choice, ...]) -> dict[str, Any] | None:
        """The data of the first rule that matches, or None when none does or its data fails."""
        for choice in choices:
            condition = choice.condition
            if condition is None or self._holds(condition, "offer", offer.name, choice.name, "if"):
                return self._data(offer, choice)
        return None

    def _data(self, offer: Offer, choice: Choice) -> dict[str, Any] | None:
        data: dict[str, Any] = {}
        hidden = choice.hidden if self.row.public else ()
        for key, formula in choice.data:
            if key in hidden:
                continue
            value = self._value(formula, "offer", offer.name, choice.name, "data", key)
            if type(value) is not str:
                value = self._json(value, "offer", offer.name, choice.name, "data", key)
            if value is _FAILED:
                return None
            if value is not UNDEFINED:
                data[key] = value
        return data

    def _activations(self, route: Route) -> tuple[Fired, ...]:
        fired = (self._fired(item) for item in route.activations if _is_on(item, self.row.now))
        return tuple(item for item in fired if item is not None)

    def _fired(self, activation: Activation) -> Fired | None:
        name = activation.name
        condition = activation.condition
        if condition is not None and not self._holds(condition, "activation", name, "if"):
            return None
        body = self._sent(activation.webhook.body, "activation", name, "webhook", "body")
        headers = {
            header: self._sent(template, "activation", name, "webhook", "headers", header)
            for header, template in activation.webhook.headers
            if not reads_secret(template)
        }
        if body is _FAILED or _FAILED in headers.values():
            return None
        texts = {header: _header_text(value) for header, value in headers.items() if value is not UNDEFINED}
        return Fired(name, None if body is UNDEFINED else body, texts)

    def _sent(self, template: Template, *where: str) -> Any:
        return self._json(self._value(template, *where), *where)


def reads_secret(template: Template) -> bool:
    """Whether a header's value is only known when it is sent."""
    return isinstance(template, Text) and any(read.root == "SECRET" for read in template.expression.reads)


def _header_text(value: Any) -> str:
    return value if isinstance(value, str) else json_text.dump(value)


def _is_on(item: Offer | Activation, now: int) -> bool:
    return (
        item.enabled
        and (item.starts_at is None or item.starts_at <= now)
        and (item.ends_at is None or now < item.ends_at)
    )


def _size(value: Any) -> int:
    """No less than the length of the JSON text, exact where it could matter."""
    if type(value) is str and len(value) <= _SHORT:
        return 6 * len(value) + 2
    return 24 if isinstance(value, int | float) else len(json_text.dump(value))
