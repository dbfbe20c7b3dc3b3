"""What requests and answers are made of."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from rest_framework import serializers

from p13nadmin.api.fields import QueryNumber, account_number
from p13nadmin.api.pagination import LARGEST_PAGE, LARGEST_PAGE_SIZE

_SHOWN = 40


class Input(serializers.Serializer[Any]):
    """A JSON object or query string with exactly these fields: one that is not known is refused, with a hint."""

    default_error_messages = {"invalid": "a JSON object is expected", "null": "a JSON object is expected"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = _unknown(data, known=self.fields) if isinstance(data, dict) else {}
        try:
            value: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**_by_field(error.detail), **unknown}) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


def _unknown(data: dict[str, Any], *, known: Iterable[str]) -> dict[str, list[str]]:
    names = list(known)
    return {name[:_SHOWN]: [_hint(name, names)] for name in data if name not in names}


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name[:_SHOWN], known, n=1)
    return f"unknown field; did you mean “{close[0]}”?" if close else f"unknown field; known are {', '.join(known)}"


def _by_field(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


class Paging(Input):
    """The query of every list."""

    page = QueryNumber(required=False, min_value=1, max_value=LARGEST_PAGE, help_text="From 1.")
    page_size = QueryNumber(required=False, min_value=1, max_value=LARGEST_PAGE_SIZE)


class AccountPaging(Paging):
    """The query of a list of an account's things."""

    account = account_number(QueryNumber)


class InstancePaging(AccountPaging):
    """The query of a list of an instance's things."""

    instance = account_number(QueryNumber)


class ProblemSchema(serializers.Serializer[Any]):
    """One problem; those of a configuration also say where in the text."""

    path = serializers.CharField(help_text="Where: `offers[0].set[0].if`, or a field of the request.")
    message = serializers.CharField()
    where = serializers.CharField(required=False, help_text="The same place in words.")
    line = serializers.IntegerField(required=False, help_text="From 1.")
    column = serializers.IntegerField(required=False, help_text="From 1.")
    severity = serializers.ChoiceField(choices=("error", "warning"), required=False)
    code = serializers.CharField(required=False, help_text="Stable, for machines.")
    hint = serializers.CharField(required=False, allow_blank=True)


class ErrorSchema(serializers.Serializer[Any]):
    """Every error."""

    code = serializers.IntegerField(help_text="The HTTP status.")
    message = serializers.CharField(help_text="What is wrong and what to do.")
    errors = ProblemSchema(many=True)  # type: ignore[assignment]
