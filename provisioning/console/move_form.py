"""What is said beside a move of what is live: why, when, and what was looked at when it was decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from p13nadmin.console.forms import ConsoleForm

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
ACTIONS = ("do", "ask", "plan")


class MoveForm(ConsoleForm):
    """`action` is what the button said: `do` it now, `ask` for approval, or `plan` it for `at` in `zone`."""

    note = forms.CharField(
        required=False,
        max_length=10_000,
        label="Note",
        help_text="Why, for whoever reads the list of pushes later.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    typed = forms.CharField(required=False, max_length=100, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN))
    break_glass = forms.CharField(
        required=False,
        max_length=2000,
        label="Reason for pushing without approval",
        help_text="Everybody can read it beside the push.",
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
    )
    at = forms.CharField(
        required=False,
        max_length=30,
        label="Date and time",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    zone = forms.CharField(
        required=False,
        max_length=60,
        label="Time zone",
        help_text="Such as Europe/Berlin.",
        widget=UnfoldAdminTextInputWidget(attrs={"list": "zones", **_PLAIN}),
    )
    if_match = forms.CharField(max_length=20, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    action = forms.ChoiceField(required=False, choices=[(each, each) for each in ACTIONS])  # the button pressed

    def clean(self) -> dict[str, Any]:
        """The form's values; with `plan`, `at` is the time that was meant. With a time nothing is done before it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("action") == "plan" and "at" in values:
            try:
                values["at"] = moment(values["at"], values.get("zone", ""))
            except ValueError as error:
                self.add_error("at", str(error))
        elif values.get("at"):
            self.add_error("at", "a time to do it later is filled in: press “Plan it”, or empty the time")
        return values

    def ask_for(self, label: str, count: int, *, by_request: bool) -> None:
        """Have the instance's label typed, for `count` parts in use disappear; with none, nothing is asked.

        `by_request`: a second person can be asked first, which needs no typing.
        """
        if not count:
            del self.fields["typed"]
            return
        self.fields["typed"].label = f"Type {label} to go on"
        free = " Asking for approval does not need it." if by_request else ""
        self.fields["typed"].help_text = f"Something that is in use disappears: see above.{free}"


def moment(text: str, zone: str) -> datetime:
    """The time that a clock in that zone shows so, in UTC. Raises ValueError with what is wrong."""
    try:
        place = ZoneInfo(zone.strip() or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{zone}” is not a known time zone; write it like Europe/Berlin") from None
    try:
        shown = datetime.fromisoformat(text.strip()).replace(tzinfo=place)
    except ValueError:
        raise ValueError("choose a date and a time") from None
    at = shown.astimezone(UTC)
    if at.astimezone(place).replace(tzinfo=None) != shown.replace(tzinfo=None):
        raise ValueError("the clocks go forward then: this time does not exist there")
    if shown.utcoffset() != shown.replace(fold=1).utcoffset():
        raise ValueError("the clocks go back then: this time comes twice there; choose another")
    return at
