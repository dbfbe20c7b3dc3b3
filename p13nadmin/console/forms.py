"""Forms that are carried out by a service, and show what it refuses beside the fields concerned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.errors import DomainError, Unavailable

Result = TypeVar("Result")
_FIELD_OF_PATH = re.compile(r"[a-z_]+", re.ASCII)


class ConsoleForm(forms.Form):
    """A form of the console. `paths` maps the first name of a service's error path to a field.

    `is_unavailable` says that nothing is wrong with what was typed: what is needed for it cannot be reached.
    """

    paths: Mapping[str, str] = {}
    is_unavailable = False

    def refuse(self, error: DomainError) -> None:
        """Show each of the error's problems at its field, and the rest above the form."""
        self.is_unavailable = isinstance(error, Unavailable)
        placed = [self._place(entry) for entry in error.errors]
        if not all(placed) or not placed:
            self.add_error(None, without_secrets(error.message))

    def _place(self, entry: Mapping[str, Any]) -> bool:
        first = _FIELD_OF_PATH.match(str(entry.get("path", "")))
        name = self.paths.get(first[0], first[0]) if first else ""
        if name not in self.fields or self.fields[name].widget.is_hidden:
            return False
        self.add_error(name, without_secrets(str(entry["message"])))
        return True


def submit(form: ConsoleForm, act: Callable[[dict[str, Any]], Result]) -> Result | None:
    """What `act` answers to the form's values; None when the form is wrong or the service refused."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except DomainError as error:
        form.refuse(error)
        return None


def status_of(form: forms.Form) -> int:
    """The HTTP status of a page that shows `form`: 422 when something was refused, 503 when it cannot be done now."""
    if getattr(form, "is_unavailable", False):
        return Unavailable.status
    return 422 if form.is_bound and form.errors else 200


class LinesField(forms.CharField):
    """Several values, one a line (spaces and commas separate as well); gives a tuple of texts."""

    widget = UnfoldAdminExpandableTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=True, **kwargs)
        self.widget.attrs.setdefault("spellcheck", "false")

    def clean(self, value: Any) -> Any:
        return tuple(re.split(r"[\s,]+", text)) if (text := super().clean(value)) else ()
