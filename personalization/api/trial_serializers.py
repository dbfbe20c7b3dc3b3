"""Requests and answers about what an event would get, and whether a call is taken."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from p13nadmin.api.fields import Text, Time, Truth
from p13nadmin.api.serializers import Input
from personalization.api.serializers import KeyValue

_LONGEST_PATH = 300
_LONGEST_HEADER = 600
_MOST_EARLIER = 50
_MISSING = "this field is missing"


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["live", "newest", "draft"]}]})
class VersionChoice(serializers.Field[Any, Any, Any, Any]):
    """A version's number, or a word for one; gives a text."""

    default_error_messages = {
        "invalid": "a version's number, or live, newest or draft is expected",
        "null": "null is not accepted here; leave the field out",
    }

    def to_internal_value(self, data: Any) -> str:
        if type(data) not in (int, str):
            self.fail("invalid")
        return str(data)


@extend_schema_field({"type": "object", "additionalProperties": {}})
class JsonObject(serializers.Field[Any, Any, Any, Any]):
    """Any JSON object, kept as it is."""

    default_error_messages = {"invalid": "a JSON object is expected", "required": _MISSING, "null": "an object, please"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class PersonChoice(Input):
    """A person whose profile is stored."""

    key = Text(max_length=128, help_text="The name of a key.")
    value = KeyValue(help_text="The key's value.")


class ExplainInput(Input):
    """An event to try, on what, and whom it meets."""

    table = Text(max_length=_LONGEST_PATH, help_text="`database/table`.")
    event = JsonObject(help_text="What would be sent.")
    version = VersionChoice(default="live", help_text="A version's number, `live`, `newest` or `draft`.")
    configuration = Text(required=False, help_text="A YAML text to try instead of a version.")
    public = Truth(default=False, help_text="By the public path.")
    time = Time(required=False, help_text="NOW; absent: now.")
    earlier = serializers.ListField(
        child=JsonObject(), max_length=_MOST_EARLIER, default=list, help_text="Events that came before, in their order."
    )
    profile = JsonObject(required=False, help_text="Values of keys and attributes that the person has.")
    person = PersonChoice(required=False, help_text="Or somebody whose stored profile is taken.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "profile" in attrs and "person" in attrs:
            raise serializers.ValidationError({"person": ["give either a profile or a person"]})
        return attrs


class AnswerSchema(serializers.Serializer[Any]):
    """An answer of the endpoint."""

    status = serializers.IntegerField()
    headers = serializers.DictField(child=serializers.CharField())
    body = serializers.DictField(help_text="Offers, or the error; empty for a preflight.")


class ExplainOutput(serializers.Serializer[Any]):
    """What the event would get, and why."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    configuration = serializers.CharField(help_text="Which one was tried.")
    answer = AnswerSchema()
    because = serializers.CharField(allow_blank=True, help_text="Why there are no offers; empty when there are some.")
    verdicts = serializers.DictField(
        child=serializers.CharField(), help_text="One sentence for each offer of the configuration."
    )
    explanation = serializers.DictField(
        allow_null=True,
        help_text="Keys, events, attributes, offers and activations with every value that was worked out; null for "
        "an event that is turned away.",
    )


class CheckCallInput(Input):
    """A call: a pasted line or its parts; a part replaces what the line says."""

    curl = Text(default="", allow_blank=True, help_text="A `curl` line.")
    path = Text(default="", allow_blank=True, max_length=_LONGEST_PATH, help_text="`/database/table` or `/public/…`.")
    token = Text(default="", allow_blank=True, max_length=_LONGEST_HEADER, help_text="Its name, or its header's value.")
    key = Text(default="", allow_blank=True, max_length=_LONGEST_HEADER, help_text="Its name, or its header's value.")
    origin = Text(default="", allow_blank=True, max_length=_LONGEST_PATH, help_text="The page's origin.")
    address = Text(default="", allow_blank=True, max_length=100, help_text="The client's IP address.")
    body = Text(default="", allow_blank=True, help_text="The event as text; absent: `{}`.")


class CheckSchema(serializers.Serializer[Any]):
    """One of the endpoint's checks."""

    code = serializers.IntegerField(help_text="Of the refusal when it fails.")
    check = serializers.CharField()
    expected = serializers.CharField()
    outcome = serializers.ChoiceField(choices=("passed", "failed", "not reached", "not needed"))


class CheckCallOutput(serializers.Serializer[Any]):
    """What the endpoint would answer, and why."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    method = serializers.CharField()
    path = serializers.CharField()
    answer = AnswerSchema()
    checks = CheckSchema(many=True)
    advice = serializers.ListField(child=serializers.CharField(), help_text="What to do about it.")
    preflight = AnswerSchema(allow_null=True, help_text="What a browser is answered before; null off the public path.")
