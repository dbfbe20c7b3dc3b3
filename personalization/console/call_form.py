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


def _part(label: str, help_text: str, widget: type[forms.TextInput], *, longest: int = 300) -> forms.CharField:
    """A part of the call that stands on one line; it may be left out."""
    return forms.CharField(
        label=label, required=False, max_length=longest, help_text=help_text, widget=widget(attrs=_PLAIN)
    )


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
    token = _part("Access token", "By its name, or the value of WP13n-Token.", _Names, longest=600)
    key = _part("API key", "By its name, or the value of Authorization.", _Names, longest=600)
    path = _part("Path", "/database/table, or /public/database/table for browsers.", _Names)
    origin = _part("Origin", "Of the page that calls: https://www.example.com.", UnfoldAdminTextInputWidget)
    address = _part(
        "Client's address", "Where a token or key is limited to addresses.", UnfoldAdminTextInputWidget, longest=100
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
