"""An explanation read back from what `Explanation.as_dict` gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from personalization.engine import Evaluation, RuleError
from personalization.explanation import (
    ActivationExplanation,
    AttributeExplanation,
    DataExplanation,
    EventExplanation,
    Explanation,
    ExpressionTrace,
    FieldShown,
    KeyExplanation,
    OfferExplanation,
    RowShown,
    RuleExplanation,
    ValueTrace,
)
from provisioning.language.document import Position
from provisioning.language.expressions.tracing import Part

_Fields = Mapping[str, Any]


def read_explanation(fields: _Fields) -> Explanation:
    """The explanation; its answer has no activations, which are told among the rest."""
    answer, row = fields["answer"], fields["row"]
    errors = tuple(RuleError(each["where"], each["message"]) for each in answer["errors"])
    return Explanation(
        answer=Evaluation(answer["offers"], answer["reason"], (), errors),
        row=RowShown(**{**row, "fields": tuple(FieldShown(**each) for each in row["fields"])}),
        keys=tuple(KeyExplanation(**each) for each in fields["keys"]),
        events=tuple(EventExplanation(**_with_values(each, "condition")) for each in fields["events"]),
        attributes=tuple(
            AttributeExplanation(**_with_values(each, "condition", "value")) for each in fields["attributes"]
        ),
        offers=tuple(map(_offer, fields["offers"])),
        activations=tuple(map(_activation, fields["activations"])),
        places={each["where"]: place for each in answer["errors"] if (place := _place(each["place"])) is not None},
    )


def _offer(fields: _Fields) -> OfferExplanation:
    return OfferExplanation(**{**fields, "rules": tuple(map(_rule, fields["rules"]))})


def _rule(fields: _Fields) -> RuleExplanation:
    lists = {"events": tuple(fields["events"]), "data": _data(fields["data"])}
    return RuleExplanation(**{**_with_values(fields, "condition"), **lists})


def _activation(fields: _Fields) -> ActivationExplanation:
    lists = {"events": tuple(fields["events"]), "headers": _data(fields["headers"])}
    return ActivationExplanation(**{**_with_values(fields, "condition", "body"), **lists})


def _data(items: Sequence[_Fields]) -> tuple[DataExplanation, ...]:
    return tuple(DataExplanation(**_with_values(each, "value")) for each in items)


def _with_values(fields: _Fields, *names: str) -> dict[str, Any]:
    return {**fields, **{name: _value(fields[name]) for name in names}}


def _value(fields: _Fields | None) -> ValueTrace | None:
    if fields is None:
        return None
    return ValueTrace(**{**fields, "expressions": tuple(map(_expression, fields["expressions"]))})


def _expression(fields: _Fields) -> ExpressionTrace:
    return ExpressionTrace(**{**fields, "parts": tuple(map(_part, fields["parts"])), "place": _place(fields["place"])})


def _part(fields: _Fields) -> Part:
    return Part(**{**fields, "values": tuple(fields["values"])})


def _place(fields: _Fields | None) -> Position | None:
    return None if fields is None else Position(**fields)
