"""The console's forms for access tokens and API keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from p13nadmin.console.forms import ConsoleForm, LinesField
from routing.forms import AccountField, ChoosingForm, InstanceField
from routing.models import StaffRole
from tokens.models import AccessToken


class MomentField(forms.DateTimeField):
    """A time to the minute, in the console's zone, which the label names."""

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
        super().__init__(label=f"{label} ({timezone.get_current_timezone_name()})", widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A stored time in the form that the browser's field wants; what was typed stays."""
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value


def _secret(label: str, help_text: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", "class": "c-mono"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=300, widget=widget)


class DeliveryField(forms.TypedChoiceField):
    """Who sees a generated secret, once: the staff now (None), or the customer by a link that lives that long."""

    _CHOICES = (
        ("", "Show it to me, on the next page"),
        ("1", "By a link, for 1 hour"),
        ("24", "By a link, for 24 hours"),
        ("72", "By a link, for 3 days"),
        ("168", "By a link, for 7 days"),
    )

    def __init__(self) -> None:
        super().__init__(
            label="How the customer gets it",
            choices=self._CHOICES,
            coerce=lambda hours: timedelta(hours=int(hours)),
            empty_value=None,
            required=False,
            widget=UnfoldAdminSelectWidget(),
            help_text="A link shows the secret to whoever opens it first, once; nobody here sees it.",
        )


class RulesForm(ConsoleForm):
    """What limits the use of a token."""

    allowed_origins = LinesField(
        label="Allowed origins",
        required=False,
        help_text="Public tokens only: the pages that may call, such as https://www.example.com, one a line.",
    )
    allowed_ips = LinesField(
        label="Allowed addresses", required=False, help_text="Addresses or CIDR networks, one a line; empty: any."
    )
    expires_at = MomentField(label="Expires", required=False, help_text="Empty: never.")
    rate = forms.IntegerField(
        label="Requests a second",
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Empty: no limit.",
    )


class TokenForm(RulesForm, ChoosingForm):
    """A new access token."""

    field_order = (
        "instance",
        "name",
        "type",
        "token",
        "hand_over",
        "allowed_origins",
        "allowed_ips",
        "expires_at",
        "rate",
    )
    instance = InstanceField()
    name = forms.CharField(
        max_length=256,
        widget=UnfoldAdminTextInputWidget(),
        help_text="What the configuration calls it, such as web-eu. Unique in the instance.",
    )
    type = forms.ChoiceField(choices=AccessToken.Type.choices, widget=UnfoldAdminSelectWidget())
    token = _secret(
        "The customer's own token",
        "Leave it empty to generate one. Or paste the token that the customer generated: 32 hexadecimal digits, a "
        "UUID with or without dashes, or sha256: and its digest.",
    )
    hand_over = DeliveryField()


class KeyRulesForm(ConsoleForm):
    """What limits the use of an API key."""

    allowed_ips = LinesField(
        label="Allowed addresses", required=False, help_text="Addresses or CIDR networks, one a line; empty: any."
    )
    expires_at = MomentField(label="Expires", required=False, help_text="Empty: never. An operator key has to expire.")


class KeyForm(KeyRulesForm, ChoosingForm):
    """A new API key."""

    field_order = ("account", "name", "scope", "role", "key", "hand_over", "allowed_ips", "expires_at")
    account = AccountField()
    name = forms.CharField(max_length=256, widget=UnfoldAdminTextInputWidget(), help_text="Unique in the account.")
    scope = forms.ChoiceField(widget=UnfoldAdminSelectWidget())
    role = forms.ChoiceField(
        choices=[("", "None: all that the scope allows, but for people's data"), *StaffRole.Role.choices],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="For keys that provision: at most what staff with this role may do. Exporting and erasing people "
        "takes the administrator's.",
    )
    key = _secret("An existing key", "Leave it empty to generate one, or paste the key that the customer uses already.")
    hand_over = DeliveryField()

    def __init__(self, *args: Any, scopes: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = list(scopes)  # type: ignore[attr-defined]


class RotationForm(ConsoleForm):
    """How long the old secret goes on beside the new one."""

    paths = {"overlap": "days"}
    days = forms.IntegerField(
        label="Overlap in days",
        min_value=0,
        max_value=366,
        initial=7,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="The old one expires by itself after that many days; 0 stops it at once.",
    )
    at_the_end = forms.ChoiceField(
        label="When the overlap is over",
        choices=(("stop", "Stop the old one"), ("hold", "Hold it while somebody uses it, and say so")),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="Held: it is revoked by itself as soon as nobody has used it for a day.",
    )
    hand_over = DeliveryField()

    def holds(self) -> bool:
        """Whether the old one goes on after the overlap while it is used."""
        return bool(self.cleaned_data["at_the_end"] == "hold")

    def overlap(self) -> timedelta:
        """The time that both are accepted."""
        return timedelta(days=self.cleaned_data["days"])


class RevocationForm(ConsoleForm):
    """Nothing to fill in: the page asks, and the button confirms."""
