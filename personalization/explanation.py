"""What came of one event and why: plain values, ready for JSON and for people.

Values are JSON texts, shortened; `undefined` is one of them. `sensitive` says that a value is, or is made of,
something that the configuration calls sensitive: an explanation is for staff, and whoever shows it may hide those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from personalization.engine import Evaluation
from provisioning.language.document import Position
from provisioning.language.expressions.tracing import Part

KeyStatus = Literal["used", "absent", "nobody", "excluded", "too-long", "not-public", "weaker"]
EventStatus = Literal["matched", "other-table", "condition-false", "condition-failed"]
AttributeStatus = Literal[
    "written", "no-event", "condition-false", "condition-failed", "undefined", "failed", "imported", "not-writing"
]
RuleStatus = Literal["matched", "other-event", "condition-false", "condition-failed", "not-reached"]
DataStatus = Literal["given", "undefined", "sensitive", "failed", "not-reached"]
OfferStatus = Literal["given", "off", "withheld", "no-event", "no-rule", "failed", "not-reached"]
ActivationStatus = Literal["fired", "off", "no-event", "condition-false", "condition-failed", "failed", "not-writing"]


@dataclass(frozen=True, slots=True)
class ExpressionTrace:
    """One evaluation: its value or error, and the values of its parts. `offset` is where in `source` it failed.

    `place` is the same in the configuration's text, where that is known. `sensitive` is told of the whole, and of
    each part by itself.
    """

    source: str
    value: str
    error: str
    offset: int | None
    parts: tuple[Part, ...]
    sensitive: bool = False
    place: Position | None = None


@dataclass(frozen=True, slots=True)
class ValueTrace:
    """A condition or a value that was worked out. `value` is empty after an error."""

    value: str
    error: str
    sensitive: bool
    expressions: tuple[ExpressionTrace, ...]


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One column of the event."""

    name: str
    value: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class RowShown:
    """The event: at most 200 of its columns. Times are epoch seconds."""

    database: str
    table: str
    path: Literal["private", "public"]
    time: int
    now: int
    fields: tuple[FieldShown, ...]


@dataclass(frozen=True, slots=True)
class KeyExplanation:
    """A key, the event's value of it, and whether that value found the profile."""

    name: str
    status: KeyStatus
    value: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """A named event, and whether the row is one."""

    name: str
    table: str
    status: EventStatus
    condition: ValueTrace | None


@dataclass(frozen=True, slots=True)
class AttributeExplanation:
    """An attribute before and after the event; `error` is why a value could not be written."""

    name: str
    status: AttributeStatus
    before: str
    after: str
    sensitive: bool
    error: str
    condition: ValueTrace | None
    value: ValueTrace | None


@dataclass(frozen=True, slots=True)
class DataExplanation:
    """An output key of a rule."""

    key: str
    status: DataStatus
    why: str
    value: ValueTrace | None


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """A rule of an offer; `data` is empty for a rule that did not match."""

    name: str
    status: RuleStatus
    events: tuple[str, ...]
    condition: ValueTrace | None
    data: tuple[DataExplanation, ...]


@dataclass(frozen=True, slots=True)
class OfferExplanation:
    """An offer; `why` says more about one that is off or withheld."""

    name: str
    status: OfferStatus
    why: str
    rules: tuple[RuleExplanation, ...]


@dataclass(frozen=True, slots=True)
class ActivationExplanation:
    """An activation; a header that holds a secret is not worked out before it is sent, and not listed."""

    name: str
    status: ActivationStatus
    why: str
    events: tuple[str, ...]
    condition: ValueTrace | None
    body: ValueTrace | None
    headers: tuple[DataExplanation, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One event. `answer` is what `evaluate` gives; its reason is empty when there are offers.

    `places` says of the answer's errors, by their `where`, where in the configuration they stand; empty when the
    text was not given.
    """

    answer: Evaluation
    row: RowShown
    keys: tuple[KeyExplanation, ...]
    events: tuple[EventExplanation, ...]
    attributes: tuple[AttributeExplanation, ...]
    offers: tuple[OfferExplanation, ...]
    activations: tuple[ActivationExplanation, ...]
    places: Mapping[str, Position] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON; `answer` has the offers as the caller gets them, the reason, and the errors."""
        errors = [
            {"where": where, "message": message, "place": _plain(self.places.get(where))}
            for where, message in self.answer.errors
        ]
        answer = {"offers": self.answer.offers, "reason": self.answer.reason, "errors": errors}
        rest = ("row", "keys", "events", "attributes", "offers", "activations")
        return {"answer": answer, **{name: _plain(getattr(self, name)) for name in rest}}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)} if is_dataclass(value) else value
