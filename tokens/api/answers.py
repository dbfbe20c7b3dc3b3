"""How tokens and keys are written in answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from tokens.api.serializers import KeyOutput, TokenRow
from tokens.models import AccessToken, ApiKey
from tokens.selectors import accept_all
from tokens.services import Issued


def shown_tokens(tokens: Sequence[AccessToken]) -> list[dict[str, Any]]:
    """Tokens with whether the endpoint takes them now."""
    accepted = accept_all(tokens, at=timezone.now())
    return [
        {**TokenRow(token).data, "accepted": each.accepted, "why": each.why}
        for token, each in zip(tokens, accepted, strict=True)
    ]


def issued_token(issued: Issued[AccessToken]) -> dict[str, Any]:
    """A new token: the secret only when it was generated here."""
    return {**shown_tokens([issued.row])[0], **_secret("token", issued)}


def issued_key(issued: Issued[ApiKey]) -> dict[str, Any]:
    """A new key: the secret only when it was generated here."""
    return {**KeyOutput(issued.row).data, **_secret("key", issued)}


def _secret(name: str, issued: Issued[Any]) -> dict[str, Any]:
    generated = not issued.row.imported
    return {
        name: issued.secret if generated else None,
        "header": issued.header if generated else None,
        "warnings": list(issued.warnings),
    }
