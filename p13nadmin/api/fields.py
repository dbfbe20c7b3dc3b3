"""Fields that take exactly what they say: no number in quotes, no truth value for a number, no time without a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST_NUMBER = 2**53 - 1
_DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,6})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MISSING = "this field is missing"
_NULL = "null is not accepted here; leave the field out"


class Number(serializers.IntegerField):
    """A JSON integer."""

    default_error_messages = {
        "invalid": "a whole number is expected, without quotes",
        "max_value": "at most {max_value} is expected",
        "min_value": "at least {min_value} is expected",
        "required": _MISSING,
        "null": _NULL,
    }

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return int(data)


class QueryNumber(Number):
    """Digits in a query string."""

    default_error_messages = {"invalid": "a whole number is expected"}

    def to_internal_value(self, data: Any) -> int:
        if not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


class Text(serializers.CharField):
    """A JSON string, kept as it is."""

    default_error_messages = {
        "invalid": "text is expected, in quotes",
        "blank": "this cannot be empty",
        "max_length": "at most {max_length} characters are expected",
        "required": _MISSING,
        "null": _NULL,
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(data)


class Texts(serializers.ListField):
    """A JSON list of strings."""

    default_error_messages = {"not_a_list": "a list of texts is expected", "required": _MISSING, "null": _NULL}
    child = Text(max_length=256)


class Truth(serializers.BooleanField):
    """`true` or `false`."""

    default_error_messages = {"invalid": "true or false is expected", "required": _MISSING, "null": _NULL}

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return bool(data)


class QueryTruth(Truth):
    """`true` or `false` in a query string."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


@extend_schema_field(OpenApiTypes.DATETIME)
class Time(serializers.Field[datetime, str, str, datetime]):
    """A point in time, ISO 8601 with its zone."""

    default_error_messages = {
        "invalid": "a time with its zone is expected, such as 2027-03-01T00:00:00+01:00",
        "required": _MISSING,
        "null": _NULL,
    }

    def to_internal_value(self, data: Any) -> datetime:
        time = _read_time(data) if isinstance(data, str) and data.isascii() else None
        if time is None:
            self.fail("invalid")
        return time

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_time(text: str) -> datetime | None:
    try:
        time = parse_datetime(text)
        return None if time is None or time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_duration(text: str) -> timedelta | None:
    """`30m`, `12h` or `7d` as a duration; None when it has another form."""
    match = _DURATION.fullmatch(text)
    return None if match is None else int(match[1]) * _UNITS[match[2]]


@extend_schema_field(OpenApiTypes.STR)
class Duration(serializers.Field[timedelta, str, str, timedelta]):
    """`<n>m`, `<n>h` or `<n>d`."""

    default_error_messages = {
        "invalid": "a duration such as 30m, 12h or 7d is expected",
        "required": _MISSING,
        "null": _NULL,
    }

    def to_internal_value(self, data: Any) -> timedelta:
        duration = read_duration(data) if isinstance(data, str) else None
        if duration is None:
            self.fail("invalid")
        return duration

    def to_representation(self, value: timedelta) -> str:
        return f"{value // _UNITS['m']}m"


def account_number(field: type[Number] = Number, *, required: bool = False) -> Number:
    """An account's or instance's number; where it is not required, the selectors know what is meant."""
    return field(required=required, min_value=1, max_value=LARGEST_NUMBER)
