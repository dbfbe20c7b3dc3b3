"""How tokens and keys are written in answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request

from tokens.api.serializers import KeyOutput, NewLink, TokenRow, UseOutput
from tokens.hand_overs import Delivery
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.selectors import accept_all
from tokens.uses import callers_of, days_of


def shown_tokens(tokens: Sequence[AccessToken]) -> list[dict[str, Any]]:
    """Tokens with whether the endpoint takes them now."""
    accepted = accept_all(tokens, at=timezone.now())
    return [
        {**TokenRow(token).data, "accepted": each.accepted, "why": each.why}
        for token, each in zip(tokens, accepted, strict=True)
    ]


def issued_token(made: Delivery[AccessToken], request: Request) -> dict[str, Any]:
    """A new token: the secret, or the link that shows it, only when it was generated here."""
    return {**shown_tokens([made.issued.row])[0], **_secret("token", made, request)}


def issued_key(made: Delivery[ApiKey], request: Request) -> dict[str, Any]:
    """A new key: the secret, or the link that shows it, only when it was generated here."""
    return {**KeyOutput(made.issued.row).data, **_secret("key", made, request)}


def _secret(name: str, made: Delivery[Any], request: Request) -> dict[str, Any]:
    issued = made.issued
    told = not issued.row.imported and made.row is None
    return {
        name: issued.secret if told else None,
        "header": issued.header if told else None,
        "warnings": list(issued.warnings),
        "hand_over": None if made.row is None else _link(made.row, made.link, request),
    }


def _link(row: HandOver, link: str, request: Request) -> dict[str, Any]:
    page = request.build_absolute_uri(reverse("hand-over"))
    return dict(NewLink({"id": row.pk, "url": f"{page}#{link}", "expires_at": row.expires_at}).data)


def used(row: AccessToken | ApiKey) -> dict[str, Any]:
    """How a token or key was used lately: the days with any requests, and the callers."""
    days = [each for each in days_of(row) if each.requests]
    return dict(UseOutput({"days": days, "callers": callers_of(row)}).data)
