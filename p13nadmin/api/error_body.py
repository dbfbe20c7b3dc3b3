"""The one form of every error: `{"code", "message", "errors"}`, with no secret in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import JsonResponse

# A token or key that strayed into a name or an address: 32 hex digits or more, UUID dashes or not; and whatever
# stands where a header has its key. A digest is no secret and stays readable, as does what identifies a request.
_SECRET = re.compile(
    r"(sha256:|request )?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12,}|TD1 [0-9]+/[!-~]{8,}", re.ASCII
)


def without_secrets(text: str) -> str:
    """The text with whatever looks like a token or key hidden."""
    return _SECRET.sub(lambda match: match[0] if match[1] else "[hidden]", text)


def secret_problem(text: str) -> str:
    """What is wrong with a text that everybody may read and that holds what looks like a token or key, or nothing."""
    return "" if without_secrets(text) == text else "this looks like a token or key; it would be readable for everyone"


def error_body(
    status: int,
    message: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """The answer to a request that failed. Always JSON, whatever the caller would accept."""
    entries = [{name: _clean(value) for name, value in entry.items()} for entry in errors]
    body = {"code": status, "message": without_secrets(message), "errors": entries}
    return JsonResponse(body, status=status, headers=dict(headers or {}))


def _clean(value: Any) -> Any:
    return without_secrets(value) if isinstance(value, str) else value
