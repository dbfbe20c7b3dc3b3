"""Requests and answers about accounts, instances and destinations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework import serializers

from p13nadmin.api.fields import QueryNumber, Text, Time, Truth, account_number
from p13nadmin.api.serializers import Input
from routing.names import database_problem, table_problem

_NAME_LENGTH = 256


def _checked(problem: Callable[[str], str]) -> Callable[[str], None]:
    def check(value: str) -> None:
        message = problem(value)
        if message:
            raise serializers.ValidationError(message)

    return check


class DestinationInput(Input):
    """A database table."""

    database = Text(validators=[_checked(database_problem)])
    table = Text(validators=[_checked(table_problem)])


class DestinationsInput(Input):
    """A list of destinations."""

    destinations = DestinationInput(many=True)


class RoutingInput(Input):
    """A change of an instance's destinations."""

    account = account_number()
    instance = account_number()
    add = DestinationsInput(required=False)
    remove = DestinationsInput(required=False)
    force = Truth(default=False, help_text="Remove even what the live configuration uses.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "add" not in attrs and "remove" not in attrs:
            raise serializers.ValidationError("send `add` or `remove`, each with a list `destinations`")
        return attrs


class InstanceQuery(Input):
    """Which instance is meant."""

    account = account_number(QueryNumber)
    instance = account_number(QueryNumber)


class AccountInput(Input):
    """A new account."""

    account = account_number(required=True)
    name = Text(max_length=_NAME_LENGTH)


class InstanceInput(Input):
    """A new instance."""

    account = account_number()
    instance = account_number(required=True)
    name = Text(max_length=_NAME_LENGTH)
    region = Text(required=False, max_length=64, help_text="One of the regions that the settings map to addresses.")
    contact = Text(required=False, max_length=256, allow_blank=True, help_text="Who to talk to at the customer.")
    notes = Text(required=False, max_length=10_000, allow_blank=True)

    def validate_region(self, region: str) -> str:
        if region not in settings.ENDPOINT_URLS:
            raise serializers.ValidationError(f"one of {', '.join(settings.ENDPOINT_URLS)} is expected")
        return region


class DestinationOutput(serializers.Serializer[Any]):
    """A database table that the instance monitors."""

    database = serializers.CharField()
    table = serializers.CharField()


class RoutingOutput(serializers.Serializer[Any]):
    """What a change of destinations did, and what is monitored now."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    added = DestinationOutput(many=True)
    removed = DestinationOutput(many=True)
    unchanged = DestinationOutput(many=True)
    destinations = DestinationOutput(many=True)


class DestinationList(serializers.Serializer[Any]):
    """A page of an instance's destinations."""

    account = serializers.IntegerField()
    instance = serializers.IntegerField()
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    destinations = DestinationOutput(many=True)


class AccountOutput(serializers.Serializer[Any]):
    """A customer."""

    account = serializers.IntegerField(source="number")
    name = serializers.CharField()
    created_at = Time()


class InstanceOutput(serializers.Serializer[Any]):
    """A personalization engine of an account, and the version that is live on it."""

    account = serializers.IntegerField(source="account_id")
    instance = serializers.IntegerField(source="number")
    name = serializers.CharField()
    region = serializers.CharField()
    endpoint = serializers.SerializerMethodField(help_text="Where its events go; empty when its region has no address.")
    contact = serializers.CharField()
    notes = serializers.CharField()
    live_version = serializers.SerializerMethodField()
    created_at = Time()

    def get_endpoint(self, instance: Any) -> str:
        return str(settings.ENDPOINT_URLS.get(instance.region, ""))

    def get_live_version(self, instance: Any) -> int | None:
        summary = getattr(instance, "live_summary", None)
        return summary.version if summary else None
