"""Why an event got what it got: the engine's own evaluation, told in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from personalization import identity
from personalization.arrivals import Answer
from personalization.engine import Evaluation, Row
from personalization.explained_parts import Findings, explained_activation, explained_offer
from personalization.explanation import (
    AttributeExplanation,
    EventExplanation,
    Explanation,
    FieldShown,
    KeyExplanation,
    KeyStatus,
    RowShown,
)
from personalization.identity import KeyValueTooLong
from personalization.profile import Profile
from personalization.program import Program
from personalization.sensitivity import Sensitivity
from personalization.watching import WatchedRun
from provisioning.language.expressions import UNDEFINED
from provisioning.language.expressions.short_text import short_text
from provisioning.language.plan import Attribute, Key, NamedEvent, Plan

_MAX_FIELDS = 200
_MAX_ATTRIBUTE = 1000  # characters of an attribute's value
_NO_PLAN = Plan()


def explain(
    program: Program, profile: Profile, row: Row, own: Mapping[str, str], *, writing: bool = True
) -> Explanation:
    """Apply a row to a profile as `evaluate` does, and say why everything came as it did.

    The explanation's `answer` is what `evaluate` gives, and the profile changes as with `evaluate`.
    """
    run = WatchedRun(program, profile, row, own)
    answer = run.evaluate(writing=writing)
    found = Findings(run, answer, Sensitivity(program.plan), writing)
    return Explanation(
        answer=answer,
        row=_row(row, found.sensitivity),
        keys=_keys(program, row),
        events=tuple(_event(found, event) for event in program.plan.events),
        attributes=tuple(_attribute(found, attribute) for attribute in program.plan.attributes),
        offers=tuple(explained_offer(found, offer) for offer in program.plan.offers),
        activations=tuple(explained_activation(found, activation) for activation in program.plan.activations),
    )


class Watcher:
    """`evaluate`, keeping the explanation of what it evaluated last; None when there was nothing."""

    def __init__(self) -> None:
        self.explanation: Explanation | None = None

    def __call__(
        self, program: Program, profile: Profile, row: Row, own: Mapping[str, str], *, writing: bool = True
    ) -> Evaluation:
        """Evaluate and explain."""
        self.explanation = explain(program, profile, row, own, writing=writing)
        return self.explanation.answer


def explain_nobody(program: Program | None, row: Row, answer: Answer) -> Explanation:
    """The explanation of an event that speaks of nobody, so that nothing was evaluated."""
    sensitivity = Sensitivity(program.plan if program else _NO_PLAN)
    evaluation = Evaluation({}, answer.reason, (), answer.errors)
    return Explanation(evaluation, _row(row, sensitivity), _keys(program, row) if program else (), (), (), (), ())


def _row(row: Row, sensitivity: Sensitivity) -> RowShown:
    fields = tuple(
        FieldShown(name, short_text(value), sensitivity.is_sensitive("EVENT", name))
        for name, value in islice(row.fields.items(), _MAX_FIELDS)
    )
    return RowShown(row.database, row.table, "public" if row.public else "private", row.time, row.now, fields)


def _keys(program: Program, row: Row) -> tuple[KeyExplanation, ...]:
    unusable = {name: _unusable(row.fields, key) for name, key in program.keys.items()}
    pairs = [(name, "") for name, why in unusable.items() if why is None]
    used = {name for name, _ in identity.identifying(pairs, program.keys, public=row.public)}
    return tuple(
        _key(program.keys[name], why or _role(program.keys[name], used), row) for name, why in unusable.items()
    )


def _key(key: Key, status: KeyStatus, row: Row) -> KeyExplanation:
    return KeyExplanation(key.name, status, short_text(row.fields.get(key.name, UNDEFINED)), key.sensitive)


def _unusable(fields: Mapping[str, Any], key: Key) -> KeyStatus | None:
    """Why the event's value of a key identifies nobody, None when it does identify."""
    if key.name not in fields:
        return "absent"
    try:
        if identity.usable_value(fields[key.name], key) is not None:
            return None
        excluded = identity.usable_value(fields[key.name], replace(key, exclude=None)) is not None
    except KeyValueTooLong:
        return "too-long"
    return "excluded" if excluded else "nobody"


def _role(key: Key, used: set[str]) -> KeyStatus:
    if key.name in used:
        return "used"
    return "weaker" if key.public else "not-public"


def _event(found: Findings, event: NamedEvent) -> EventExplanation:
    row, where = found.run.row, ("event", event.name, "if")
    condition = found.value(*where)
    table = f"{event.database}/{event.table}"
    if (event.database, event.table) != (row.database, row.table):
        return EventExplanation(event.name, table, "other-table", None)
    status = "matched" if event.name in found.run.names else found.refused(*where)
    return EventExplanation(event.name, table, status, condition)


def _attribute(found: Findings, attribute: Attribute) -> AttributeExplanation:
    name, view = attribute.name, found.run.view
    part = "increment" if attribute.type == "counter" else "value"
    return AttributeExplanation(
        name=name,
        status=found.written(attribute, part),
        before=short_text(found.run.before.get(name, view[name]), _MAX_ATTRIBUTE),
        after=short_text(view[name], _MAX_ATTRIBUTE),
        sensitive=found.sensitivity.is_sensitive("PROFILE", name),
        error=next(_errors(found, name, part), ""),
        condition=found.value("attribute", name, "if"),
        value=found.value("attribute", name, part),
    )


def _errors(found: Findings, name: str, part: str) -> Iterator[str]:
    wheres = (("attribute", name, "if"), ("attribute", name, part))
    return (found.run.failures[where] for where in wheres if where in found.run.failures)
