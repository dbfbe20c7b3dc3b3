"""What the OpenAPI document says of every operation: who may call it, its examples, its errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from p13nadmin.api.serializers import ErrorSchema

View = TypeVar("View", bound=Callable[..., Any])

_ERRORS = {
    400: "The body is not JSON, or another malformed request.",
    401: "No key, or not a known one.",
    403: "Another account's, or a permission is missing.",
    404: "No such thing.",
    405: "Not a method of this path.",
    406: "None of the types in `Accept` can be given.",
    409: "It clashes with what is there.",
    412: "If-Match: someone else pushed meanwhile.",
    413: "The body is too large.",
    415: "Not a content type that is taken here.",
    422: "Understood, but wrong: every problem is in `errors`.",
    429: "Too many requests, or too many wrong keys from one address.",
    503: "The database cannot be reached.",
}
_ALWAYS = (401, 403, 404, 406, 422, 429, 503)
_WITH_BODY = (400, 413, 415)


def errors(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The error answers of an operation."""
    return {
        (status, "application/json"): OpenApiResponse(ErrorSchema, description=_ERRORS[status])
        for status in sorted(statuses)
    }


def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The answer of a list in pages."""
    return inline_serializer(
        row.__name__.replace("Output", "Page"),
        {
            "count": serializers.IntegerField(help_text="Of all pages."),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )


def documented(
    *,
    summary: str,
    text: str,
    answers: Mapping[Any, Any],
    example: Any = None,
    request: Any = None,
    query: type[serializers.Serializer[Any]] | None = None,
    parameters: tuple[Any, ...] = (),
    also: tuple[int, ...] = (),
    **options: Any,
) -> Callable[[View], View]:
    """Describe one method of a view; `example` is of its request, `also` are errors beyond the usual ones."""
    statuses = {*_ALWAYS, *also, *(_WITH_BODY if request is not None else ())}
    examples = [OpenApiExample("Request", value=example, request_only=True)] if example is not None else []
    return extend_schema(
        operation_id=re.sub(r"[^a-z]+", "_", summary.lower()).strip("_"),
        summary=summary,
        description=text,
        request=request,
        parameters=[*([query] if query else []), *parameters],
        responses={**answers, **errors(*statuses)},
        examples=[*examples, *options.pop("examples", [])],
        **options,
    )


def any_of(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The document with `anyOf` for its components of several forms: an empty page is of each of them."""
    for component in result["components"]["schemas"].values():
        if "oneOf" in component:
            component["anyOf"] = component.pop("oneOf")
    return result


class TD1Scheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: TD1 {account}/{key}`."""

    target_class = "tokens.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`TD1 {account}/{key}`, with an API key of the scope `provision` or `operator`.",
        }


class StaffScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The console's session."""

    target_class = "tokens.api.authentication.StaffSessionAuthentication"
    name = "staffSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A staff member signed in to the console; unsafe methods need `X-CSRFToken` too.",
        }
