"""Requests and answers about configurations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from p13nadmin.api.fields import Number, QueryNumber, QueryTruth, Text, Time, Truth, account_number
from p13nadmin.api.serializers import Input, ProblemSchema

_NOTE_LENGTH = 2000
_LARGEST_VERSION = 2**31 - 1


def _note() -> Text:
    return Text(default="", allow_blank=True, max_length=_NOTE_LENGTH, help_text="Why; it is kept.")


def _break_glass() -> Text:
    return Text(
        default="",
        allow_blank=True,
        max_length=_NOTE_LENGTH,
        help_text="Where a second person has to approve: the reason for pushing without; it is kept.",
    )


class UploadQuery(Input):
    """How an upload is meant."""

    account = account_number(QueryNumber)
    instance = account_number(QueryNumber)
    dry_run = QueryTruth(default=False, help_text="Only check and compare.")
    push = QueryTruth(default=False, help_text="Make it live as well.")
    note = _note()
    break_glass = _break_glass()


class ConfigurationInput(Input):
    """A configuration within JSON."""

    configuration = Text(allow_blank=True, help_text="The YAML text.")


class PushInput(Input):
    """What to make live."""

    version = Number(required=False, min_value=1, max_value=_LARGEST_VERSION, help_text="Absent: the newest.")
    note = _note()
    break_glass = _break_glass()


class RollbackInput(Input):
    """Where to go back to."""

    version = Number(required=False, min_value=1, max_value=_LARGEST_VERSION, help_text="Absent: the one before.")
    note = _note()


class SwitchInput(Input):
    """Which offer or activation to pause or resume: one of the two."""

    offer = Text(required=False, max_length=256, help_text="An offer's name.")
    activation = Text(required=False, max_length=256, help_text="An activation's name.")
    note = _note()
    break_glass = _break_glass()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of them."""
        if ("offer" in attrs) == ("activation" in attrs):
            raise serializers.ValidationError("name one offer or activation")
        return attrs


class PolicyInput(Input):
    """How pushes of an instance are made."""

    approval_required = Truth(help_text="A second person approves.")


class ApprovalInput(Input):
    """What is to be approved: a version, or that an offer or activation of what is live is switched."""

    version = Number(required=False, min_value=1, max_value=_LARGEST_VERSION)
    offer = Text(required=False, max_length=256, help_text="Instead: an offer's name, with `enabled`.")
    activation = Text(required=False, max_length=256, help_text="Instead: an activation's name, with `enabled`.")
    enabled = Truth(required=False, help_text="False: pause it; true: resume it.")
    note = _note()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of them, and what to do with an offer or activation."""
        if len(attrs.keys() & {"version", "offer", "activation"}) != 1:
            raise serializers.ValidationError("name a version, or one offer or activation of what is live")
        if ("version" in attrs) == ("enabled" in attrs):
            raise serializers.ValidationError(
                "with an offer or activation, and only then, `enabled` says: false to pause it, true to resume it"
            )
        return attrs


class DecisionInput(Input):
    """What a second person says."""

    version = Number(min_value=1, max_value=_LARGEST_VERSION, help_text="The one that was looked at.")
    approve = Truth(help_text="False: reject, or take back.")
    reason = _note()


class ScheduleInput(Input):
    """What is to go live, and when."""

    version = Number(min_value=1, max_value=_LARGEST_VERSION)
    at = Time(help_text="ISO 8601 with its zone; at most a year away.")
    note = _note()


class ReplayInput(Input):
    """What to replay through what."""

    version = Number(min_value=1, max_value=_LARGEST_VERSION)
    events = Number(default=1000, min_value=1, max_value=1000, help_text="The newest so many.")


class DiffQuery(Input):
    """Which two versions to compare."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is no name that a class body can hold.
        return {name: QueryNumber(min_value=1, max_value=_LARGEST_VERSION) for name in ("from", "to")}


class PushOutput(serializers.Serializer[Any]):
    """One move of what is live."""

    number = serializers.IntegerField()
    kind = serializers.CharField(help_text="`push`, `rollback`, `pause` or `resume`.")
    version = serializers.IntegerField(source="version.number")
    replaced = serializers.IntegerField(source="replaced.number", default=None, allow_null=True)
    note = serializers.CharField()
    created_at = Time()
    created_by = serializers.CharField()
    approved_by = serializers.CharField(help_text="The second person, where one has to approve.")
    broke_glass = serializers.CharField(help_text="The reason for pushing without, if it was.")


class PolicyOutput(serializers.Serializer[Any]):
    """How pushes of an instance are made."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    approval_required = serializers.BooleanField()


class ApprovalOutput(serializers.Serializer[Any]):
    """A request for approval."""

    version = serializers.IntegerField(source="version.number")
    state = serializers.CharField(help_text="`open`, `approved`, `rejected`, `void` or `used`.")
    note = serializers.CharField()
    created_at = Time()
    created_by = serializers.CharField()
    decided_at = Time(allow_null=True)
    decided_by = serializers.CharField()
    reason = serializers.CharField(help_text="What was said when it was decided, or why it is void.")


class ScheduleOutput(serializers.Serializer[Any]):
    """A push that is or was planned."""

    version = serializers.IntegerField(source="version.number")
    at = Time()
    state = serializers.CharField(help_text="`waiting`, `done`, `held` or `cancelled`.")
    reason = serializers.CharField(help_text="Why it is held, or how late it was.")
    note = serializers.CharField()
    created_at = Time()
    created_by = serializers.CharField()
    ended_at = Time(allow_null=True)
    push = serializers.IntegerField(source="push.number", default=None, allow_null=True)


class VersionRow(serializers.Serializer[Any]):
    """A version, but for where it belongs and what it is now."""

    version = serializers.IntegerField(source="number")
    sha256 = serializers.CharField(help_text="Of the stored text.")
    description = serializers.CharField()
    note = serializers.CharField()
    created_at = Time()
    created_by = serializers.CharField()


class VersionOutput(VersionRow):
    """A version of an instance's configuration."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    status = serializers.CharField(help_text="`never live`, `live` or `superseded`.")


class VersionTextOutput(VersionOutput):
    """A version with its text, in which tokens are digests."""

    configuration = serializers.CharField()


class LiveOutput(VersionTextOutput):
    """The live version and the push that made it so."""

    push = PushOutput()


class MovedOutput(VersionOutput):
    """What is live now, and what there is to say about it."""

    warnings = ProblemSchema(many=True)
    push = PushOutput(allow_null=True, help_text="Null when nothing was pushed.")


class ChangeSchema(serializers.Serializer[Any]):
    """One part that differs."""

    section = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    change = serializers.CharField(help_text="`added`, `removed`, `changed` or `renamed`.")
    text = serializers.CharField(help_text="One sentence.")


class DifferenceSchema(serializers.Serializer[Any]):
    """How two texts differ, by meaning and by text."""

    readable = serializers.BooleanField(help_text="False when one of them is not YAML; then `changes` is empty.")
    changes = ChangeSchema(many=True)
    unified = serializers.CharField(allow_blank=True)


class DiffOutput(DifferenceSchema):
    """How two versions differ."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "from": serializers.IntegerField(), "to": serializers.IntegerField()}


class ReplayExampleSchema(serializers.Serializer[Any]):
    """One event whose answer differs."""

    kind = serializers.CharField(help_text="`gained`, `lost` or `changed`.")
    at = Time()
    table = serializers.CharField(help_text="`database/table`.")
    public = serializers.BooleanField()
    before = serializers.CharField(
        help_text="JSON text of the offer by what is live, empty: none. `(not shown)` without leave to see profiles."
    )
    after = serializers.CharField(help_text="The same by the version.")


class OfferDifferenceSchema(serializers.Serializer[Any]):
    """How often one offer differs."""

    offer = serializers.CharField()
    gained = serializers.IntegerField()
    lost = serializers.IntegerField()
    changed = serializers.IntegerField()
    examples = ReplayExampleSchema(many=True)


class EmptyValuesSchema(serializers.Serializer[Any]):
    """An attribute whose stored values start empty."""

    attribute = serializers.CharField()
    profiles = serializers.IntegerField(help_text="That hold values of it now.")
    complete = serializers.BooleanField(help_text="False: time was up before all profiles were looked at.")


class ReplayOutput(serializers.Serializer[Any]):
    """What differs between what is live and a version, by the newest events."""

    found = serializers.IntegerField()
    compared = serializers.IntegerField(help_text="Before time was up.")
    differing = serializers.IntegerField()
    since = Time(allow_null=True)
    looked_back_to = Time(
        allow_null=True, help_text="Null, or how far events were looked for until time was up: there may be older ones."
    )
    offers = OfferDifferenceSchema(many=True)
    empty = EmptyValuesSchema(many=True, allow_null=True, help_text="Null where the event store cannot say.")


class LossSchema(serializers.Serializer[Any]):
    """A part of what is live that disappears."""

    section = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField(help_text="One sentence.")
    in_use = serializers.BooleanField()
    use = serializers.CharField(allow_blank=True, help_text="By whom or how lately; empty when not in use.")


class DryRunOutput(serializers.Serializer[Any]):
    """What an upload would say."""

    valid = serializers.BooleanField()
    errors = ProblemSchema(many=True)  # type: ignore[assignment]
    warnings = ProblemSchema(many=True)
    report = serializers.CharField(help_text="All problems as plain text, for whoever wrote the configuration.")
    diff = DifferenceSchema()
    losses = LossSchema(many=True, help_text="What disappears; empty while there are errors.")


class InstanceStateOutput(serializers.Serializer[Any]):
    """An instance and what is live on it."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    name = serializers.CharField()
    newest_version = serializers.IntegerField(allow_null=True)
    etag = serializers.CharField(help_text="The newest push, `0` when there is none; for If-Match.")
    live = VersionOutput(allow_null=True)
