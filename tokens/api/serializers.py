"""Requests and answers about access tokens and API keys. What was given as `token` or `key` is never shown again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from p13nadmin.api.fields import Duration, Number, Text, Texts, Time, Truth, account_number
from p13nadmin.api.serializers import Input
from routing.models import StaffRole
from tokens.models import AccessToken, ApiKey, HandOver

_LONGEST_SECRET = 300


def _one_of(values: list[str], **options: Any) -> serializers.ChoiceField:
    message = f"one of {', '.join(values)} is expected"
    texts: dict[str, Any] = dict.fromkeys(("invalid_choice", "null", "required"), message)
    return serializers.ChoiceField(choices=values, error_messages=texts, **options)


def _hand_over() -> Duration:
    return Duration(
        required=False,
        help_text="Instead of telling the secret here, make a link that shows it to the customer once, and that lives "
        "`10m` to `7d`. Only for a generated secret.",
    )


class TokenInput(Input):
    """A token to generate, or with `token` one that the customer generated."""

    account = account_number()
    instance = account_number()
    name = Text(max_length=256)
    type = _one_of(AccessToken.Type.values, default="private")
    token = Text(required=False, max_length=_LONGEST_SECRET, help_text="32 hex digits, a UUID, or `sha256:` and 64.")
    allowed_ips = Texts(required=False, help_text="Addresses and CIDR networks; empty: from anywhere.")
    allowed_origins = Texts(required=False, help_text="For public tokens: `https://www.example.com`.")
    expires_at = Time(required=False, allow_null=True)
    rate = Number(required=False, allow_null=True, help_text="Requests a second; absent: no limit.")
    hand_over = _hand_over()


class KeyInput(Input):
    """A key to generate, or with `key` an existing one."""

    account = account_number()
    name = Text(max_length=256)
    scope = _one_of(ApiKey.Scope.values)
    role = _one_of(StaffRole.Role.values, required=False, help_text="With the scope `provision` or `operator` alone.")
    key = Text(required=False, max_length=_LONGEST_SECRET, help_text="An existing key, without `TD1` and the account.")
    allowed_ips = Texts(required=False, help_text="Addresses and CIDR networks; empty: from anywhere.")
    expires_at = Time(required=False, allow_null=True, help_text="An operator key needs one.")
    hand_over = _hand_over()


class RotationInput(Input):
    """How long the predecessor goes on."""

    overlap = Duration(default=timedelta(days=7), help_text="`30m`, `12h` or `7d`; 7d when absent.")
    hold_while_used = Truth(
        default=False,
        help_text="`true`: the predecessor does not expire after `overlap`; it is revoked when it was quiet for a day.",
    )
    hand_over = _hand_over()


class HandOverOutput(serializers.Serializer[Any]):
    """A link that shows a secret once, and what became of it; not the link itself."""

    id = serializers.IntegerField()
    token = serializers.IntegerField(source="token_id", allow_null=True)
    key = serializers.IntegerField(source="key_id", allow_null=True)
    state = serializers.SerializerMethodField()
    created_at = Time()
    created_by = serializers.CharField()
    expires_at = Time()
    opened_at = Time(allow_null=True)
    opened_from = serializers.CharField(allow_null=True, help_text="The address of whoever opened it.")
    withdrawn_at = Time(allow_null=True)
    withdrawn_by = serializers.CharField(help_text="Empty unless it was withdrawn.")

    @extend_schema_field(serializers.ChoiceField(["waiting", "opened", "withdrawn", "expired"]))
    def get_state(self, row: HandOver) -> str:
        return row.state_at(timezone.now())


class NewLink(serializers.Serializer[Any]):
    """A new link; it is told this once."""

    id = serializers.IntegerField()
    url = serializers.CharField(help_text="For the customer: whoever opens it first sees the secret, once.")
    expires_at = Time()


class SecretRow(serializers.Serializer[Any]):
    """What tokens and keys show alike; the secret is not among it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="The last four characters; empty when only the digest is known.")
    imported = serializers.BooleanField()
    allowed_ips = serializers.ListField(child=serializers.CharField())
    expires_at = Time(allow_null=True)
    revoked_at = Time(allow_null=True)
    revoked_by = serializers.CharField(help_text="Empty until it is revoked.")
    last_used_at = Time(allow_null=True)
    created_at = Time()
    created_by = serializers.CharField()
    successor = serializers.IntegerField(source="successor_id", allow_null=True)
    retires_at = Time(allow_null=True, help_text="When the overlap of its rotation ends.")


class TokenRow(SecretRow):
    """A token, but for whether it is accepted."""

    account = serializers.IntegerField(source="instance.account_id")
    instance = serializers.IntegerField(source="instance.number")
    type = serializers.CharField()
    allowed_origins = serializers.ListField(child=serializers.CharField())
    rate = serializers.IntegerField(allow_null=True)


class TokenOutput(TokenRow):
    """An access token of an instance."""

    accepted = serializers.BooleanField(help_text="Whether the endpoint takes it now.")
    why = serializers.CharField(help_text="Why it is not accepted; empty when it is.")


class IssuedTokenOutput(TokenOutput):
    """A new token. A generated one is shown this once."""

    token = serializers.CharField(
        allow_null=True, help_text="32 hex digits; null when the customer gave it, and with `hand_over`."
    )
    header = serializers.CharField(allow_null=True, help_text="The whole `WP13n-Token`.")
    warnings = serializers.ListField(child=serializers.CharField())
    hand_over = NewLink(allow_null=True)


class DayOutput(serializers.Serializer[Any]):
    """The requests of one day (UTC)."""

    day = serializers.DateField()
    requests = serializers.IntegerField()


class CallerOutput(serializers.Serializer[Any]):
    """Who lately used a token."""

    origin = serializers.CharField(help_text="A page's, of a public token; else empty.")
    address = serializers.CharField(help_text="A server's, of a private token; else empty.")
    last_used_at = Time()


class UseOutput(serializers.Serializer[Any]):
    """How a token or key was used lately."""

    days = DayOutput(many=True, help_text="The last 30 days with any, the oldest first.")
    callers = CallerOutput(many=True, help_text="At most 20, the last one first.")


class KeyOutput(SecretRow):
    """An API key of an account."""

    account = serializers.IntegerField(source="account_id")
    scope = serializers.CharField()
    role = serializers.CharField(help_text="What it is limited to; empty: nothing but what its scope allows.")


class IssuedKeyOutput(KeyOutput):
    """A new key. A generated one is shown this once."""

    key = serializers.CharField(
        allow_null=True, help_text="40 hex digits; null when it was given, and with `hand_over`."
    )
    header = serializers.CharField(allow_null=True, help_text="The whole `Authorization`.")
    warnings = serializers.ListField(child=serializers.CharField())
    hand_over = NewLink(allow_null=True)
