"""What is typed in to check a call: a pasted line, or its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from p13nadmin.console.forms import ConsoleForm
from personalization.described_calls import CallDescription
from routing.forms import SuggestingInput

_LONGEST_LINE = 2_000_000
_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class _Names(SuggestingInput):
    """Offers names; what holds a secret is never shown again."""

    names: Sequence[str] = ()

    def suggestions(self) -> Iterable[tuple[str, str]]:
        return ((name, "") for name in self.names)

    def format_value(self, value: Any) -> Any:
        return value if value in self.names else ""


class _Unrepeated(UnfoldAdminTextareaWidget):  # type: ignore[misc]
    """A text area that stays empty when its page comes again."""

    def format_value(self, value: Any) -> Any:
        return ""


class CallForm(ConsoleForm):
    """A call to check; its fields are those of CallDescription."""

    curl = forms.CharField(
        label="curl line",
        required=False,
        max_length=_LONGEST_LINE,
        strip=False,
        help_text="As the customer runs it, or as a browser copies it (“Copy as cURL”). Its secrets are not kept.",
        widget=_Unrepeated(attrs={"rows": 7, "class": "c-mono", **_PLAIN}),
    )
    token = forms.CharField(
        label="Access token",
        required=False,
        max_length=600,
        help_text="By its name, or the value of WP13n-Token.",
        widget=_Names(attrs=_PLAIN),
    )
    key = forms.CharField(
        label="API key",
        required=False,
        max_length=600,
        help_text="By its name, or the value of Authorization.",
        widget=_Names(attrs=_PLAIN),
    )
    path = forms.CharField(
        label="Path",
        required=False,
        max_length=300,
        help_text="/database/table, or /public/database/table for browsers.",
        widget=_Names(attrs=_PLAIN),
    )
    origin = forms.CharField(
        label="Origin",
        required=False,
        max_length=300,
        help_text="Of the page that calls: https://www.example.com.",
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
    )
    address = forms.CharField(
        label="Client's address",
        required=False,
        max_length=100,
        help_text="Where a token or key is limited to addresses.",
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
    )

    def __init__(
        self, data: Any, *, tokens: Sequence[str], keys: Sequence[str], paths: Sequence[str], **more: Any
    ) -> None:
        super().__init__(data, **more)
        for name, names in (("token", tokens), ("key", keys), ("path", paths)):
            self.fields[name].widget.names = names

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not (self.errors or values.get("curl", "").strip() or values.get("path")):
            self.add_error("curl", "Paste a line here, or write the path of the call below.")
        return values

    def description(self) -> CallDescription:
        """The call that was described; the form must be valid."""
        return CallDescription(**self.cleaned_data)
