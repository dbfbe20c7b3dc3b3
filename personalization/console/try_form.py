"""What is typed in to try an event: on which configuration, which event, and whom it meets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.errors import DomainError
from p13nadmin.api.parsers import read_json
from p13nadmin.console.forms import ConsoleForm
from personalization.curl import CannotRead, read_curl_line
from personalization.trials import read_table
from routing.forms import SuggestingInput
from tokens.forms import MomentField

_MOST_TEXT = 1_000_000  # characters, as many as an event may have bytes
_MOST_EARLIER = 50
_PATHS = (("private", "Private: /database/table"), ("public", "Public: /public/database/table"))


class Tables(SuggestingInput):
    """Offers the instance's destinations."""

    tables: Iterable[str] = ()

    def suggestions(self) -> Iterable[tuple[str, str]]:
        return ((table, "") for table in self.tables)


class JsonText(forms.CharField):
    """A text area for JSON; what is typed stays as it is."""

    def __init__(self, *, label: str, help_text: str, rows: int, required: bool = False) -> None:
        attributes = {"rows": rows, "class": "c-mono", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(
            label=label,
            help_text=help_text,
            required=required,
            strip=True,
            max_length=_MOST_TEXT,
            widget=UnfoldAdminTextareaWidget(attrs=attributes),
        )


class TryForm(ConsoleForm):
    """One trial."""

    version = forms.ChoiceField(label="Configuration", widget=UnfoldAdminSelectWidget())
    table = forms.CharField(label="Table", max_length=300, widget=Tables(), help_text="Written database/table.")
    path = forms.ChoiceField(label="Path", choices=_PATHS, widget=UnfoldAdminSelectWidget())
    event = JsonText(
        label="Event",
        required=True,
        rows=6,
        help_text="A JSON object, or a whole curl line: its event, table and path are taken, its secrets are dropped.",
    )
    earlier = JsonText(label="Events before it", rows=3, help_text="One JSON object a line, to the same table.")
    profile = JsonText(
        label="Profile",
        rows=4,
        help_text='What is known of the person: {"td_client_id": "202", "visits": 3}. Empty: nobody is known yet.',
    )
    person_key = forms.CharField(
        label="Key", required=False, max_length=128, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )
    person_value = forms.CharField(
        label="Its value",
        required=False,
        max_length=256,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Whose stored profile the event meets, when the profile above is empty.",
    )
    time = MomentField(label="Time", required=False, help_text="Empty: now.")

    def __init__(
        self, data: Mapping[str, Any] | None, *, versions: Iterable[tuple[str, str]], tables: Iterable[str], **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.fields["version"].choices = list(versions)  # type: ignore[attr-defined]
        self.fields["table"].widget.tables = tables

    def clean_table(self) -> tuple[str, str]:
        try:
            return read_table(self.cleaned_data["table"])
        except DomainError as problem:
            raise forms.ValidationError(problem.message) from None

    def clean_earlier(self) -> tuple[bytes, ...]:
        lines = [line for line in self.cleaned_data["earlier"].splitlines() if line.strip()]
        if len(lines) > _MOST_EARLIER:
            raise forms.ValidationError(f"At most {_MOST_EARLIER} events can come before.")
        return tuple(line.encode("utf-8", "surrogatepass") for line in lines)

    def clean_profile(self) -> dict[str, Any] | None:
        text = self.cleaned_data["profile"]
        if not text:
            return None
        try:
            value = read_json(text.encode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as problem:
            raise forms.ValidationError(f"This is not JSON: {problem}.") from None
        if not isinstance(value, dict):
            raise forms.ValidationError("A JSON object is expected: names of keys and attributes with their values.")
        return value


def with_curl_line(data: QueryDict) -> tuple[QueryDict, str]:
    """What was posted, a pasted curl line in it replaced by its event, table and path; and what is wrong with it.

    A line that cannot be read is taken away all the same, for it may hold secrets.
    """
    text = data.get("event", "").strip()
    if not text or text[0] in "{[":
        return data, ""
    changed = data.copy()
    try:
        call = read_curl_line(text)
    except CannotRead as problem:
        if "curl" in text:
            changed["event"] = ""
            return changed, f"This line cannot be read: {problem}."
        return data, ""
    changed["event"] = call.body.decode("utf-8", "replace") or "{}"
    changed["table"] = without_secrets(call.path.strip("/").removeprefix("public/"))
    changed["path"] = "public" if call.path.startswith("/public/") else "private"
    return changed, ""
