"""Requests and answers about people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from p13nadmin.api.fields import Text, Time, account_number
from p13nadmin.api.serializers import Input


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class KeyValue(serializers.Field[Any, Any, Any, Any]):
    """What an event's column holds: a text or a whole number."""

    default_error_messages = {
        "invalid": "a text or a whole number is expected",
        "required": "this field is missing",
        "null": "a text or a whole number is expected",
    }

    def to_internal_value(self, data: Any) -> str | int:
        if type(data) not in (str, int):
            self.fail("invalid")
        return data  # type: ignore[no-any-return]

    def to_representation(self, value: Any) -> Any:
        return value


class PersonInput(Input):
    """One person, by one of their key values."""

    account = account_number()
    instance = account_number()
    key = Text(max_length=128, help_text="The name of a key: `td_client_id`.")
    value = KeyValue(help_text="The key's value.")


class SeenValue(serializers.Serializer[Any]):
    """A value of a key."""

    value = serializers.CharField()
    seen_at = Time(help_text="When an event last had it.")


class ProfileData(serializers.Serializer[Any]):
    """A profile."""

    created_at = Time()
    updated_at = Time(help_text="When an event last changed it.")
    keys = serializers.DictField(child=SeenValue(many=True), help_text="Every value of every key, latest last.")
    attributes = serializers.DictField(help_text="What PROFILE has now, by the live configuration.")


class ProfileOutput(ProfileData):
    """The profile that a key value leads to."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()


class WholeProfile(ProfileData):
    """A profile with what is stored."""

    state = serializers.DictField(help_text="What is stored, by attribute, type and window.")


@extend_schema_field(OpenApiTypes.ANY)
class AnyValue(serializers.Field[Any, Any, Any, Any]):
    """Any JSON value."""


class LoggedEvent(serializers.Serializer[Any]):
    """An event of the log."""

    database = serializers.CharField()
    table = serializers.CharField()
    uuid = serializers.UUIDField()
    time = Time()
    received_at = Time()
    public = serializers.BooleanField(help_text="Whether it came by the public path.")
    event = serializers.DictField(help_text="As it came.")


class LoggedMerge(serializers.Serializer[Any]):
    """A profile that was merged into this one."""

    time = Time()
    uuid = serializers.UUIDField(help_text="The event that brought them together.")


class WaitingActivation(serializers.Serializer[Any]):
    """An activation that waits for delivery."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    uuid = serializers.UUIDField(help_text="The event that fired it.")
    created_at = Time()
    headers = serializers.DictField(child=serializers.CharField())
    body = AnyValue()


class RecordedOutput(serializers.Serializer[Any]):
    """An event that was recorded."""

    at = Time()
    database = serializers.CharField()
    table = serializers.CharField()
    uuid = serializers.UUIDField()
    version = serializers.IntegerField(allow_null=True, help_text="The version that answered it.")
    reason = serializers.CharField(help_text="Why there were no offers; empty when there were some.")
    explanation = serializers.DictField(help_text="What came of it and why, from the profile as it was before it.")


class RecordingOutput(serializers.Serializer[Any]):
    """What staff recorded of this person; it is kept for a day."""

    key = serializers.CharField(help_text="The name of the key by which it was begun.")
    note = serializers.CharField(help_text="Why, if that was said.")
    begun_at = Time()
    until = Time()
    events = RecordedOutput(many=True)


class ExportOutput(serializers.Serializer[Any]):
    """All that is kept of a person."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    exported_at = Time()
    profile = WholeProfile(allow_null=True)
    events = LoggedEvent(many=True)
    merges = LoggedMerge(many=True)
    activations = WaitingActivation(many=True)
    recordings = RecordingOutput(many=True)


class RemovedCounts(serializers.Serializer[Any]):
    """How much was removed."""

    profiles = serializers.IntegerField(help_text="Those that were merged into it among them.")
    events = serializers.IntegerField()
    merges = serializers.IntegerField()
    activations = serializers.IntegerField()


class ErasureOutput(serializers.Serializer[Any]):
    """What an erasure removed."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    removed = RemovedCounts()
