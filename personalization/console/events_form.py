"""What is asked for on the pages of events, and of requests that were turned away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from p13nadmin.api.errors import DomainError
from p13nadmin.console.forms import ConsoleForm
from personalization.console.try_form import Tables
from personalization.trials import read_table
from tokens.forms import MomentField

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class _TimesForm(ConsoleForm):
    """A table, and a stretch of time."""

    table = forms.CharField(label="Table", required=False, max_length=300, widget=Tables(attrs=_PLAIN))
    since = MomentField(label="From", required=False)
    until = MomentField(label="Until", required=False)

    def __init__(self, data: Any, *, tables: Iterable[str], **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["table"].widget.tables = tables

    def clean_table(self) -> tuple[str, str] | None:
        text = self.cleaned_data["table"]
        try:
            return read_table(text) if text else None
        except DomainError as problem:
            raise forms.ValidationError(problem.message) from None


class EventsForm(_TimesForm):
    """Which events: `versions` are those that were live."""

    key = forms.CharField(label="Key", required=False, max_length=128, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN))
    value = forms.CharField(
        label="Its value", required=False, max_length=256, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN)
    )
    version = forms.ChoiceField(label="Version", required=False, widget=UnfoldAdminSelectWidget())
    field_order = ("table", "key", "value", "version", "since", "until")

    def __init__(self, data: Any, *, versions: Iterable[int], **more: Any) -> None:
        super().__init__(data, **more)
        choices = [("", "Any version"), *((str(number), f"Version {number}") for number in versions)]
        self.fields["version"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("key")) != bool(values.get("value")):
            self.add_error("value" if values.get("key") else "key", "A key and its value go together.")
        return values


class RejectionsForm(_TimesForm):
    """Which requests that were turned away: `codes` are those that there are.

    `tokens` are an instance's, names by primary key; without, all that can be asked about name none.
    """

    code = forms.ChoiceField(label="Code", required=False, widget=UnfoldAdminSelectWidget())
    token = forms.ChoiceField(label="Token", required=False, widget=UnfoldAdminSelectWidget())
    named = forms.ChoiceField(
        label="Instance",
        required=False,
        choices=(("", "Any"), ("yes", "Named"), ("no", "Not named")),
        widget=UnfoldAdminSelectWidget(),
    )
    field_order = ("code", "token", "named", "table", "since", "until")

    def __init__(
        self,
        data: Any,
        *,
        codes: Iterable[int],
        tokens: Mapping[int, str] | None = None,
        tables: Iterable[str] = (),
        **more: Any,
    ) -> None:
        super().__init__(data, tables=tables, **more)
        self._choose("code", ("", "Any code"), *((str(code), str(code)) for code in codes))
        if tokens is None:
            del self.fields["token"], self.fields["named"]
        else:
            known = ((str(pk), name) for pk, name in tokens.items())
            self._choose("token", ("", "Any token"), *known, ("0", "None that is known"))

    def _choose(self, name: str, *choices: tuple[str, str]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def second(moment: datetime | None) -> int | None:
    """Epoch seconds."""
    return None if moment is None else int(moment.timestamp())
