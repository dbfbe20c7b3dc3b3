"""What the editor's form sends, and what its page holds."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.files.uploadedfile import UploadedFile

from p13nadmin.api.errors import Invalid
from p13nadmin.console.forms import ConsoleForm
from provisioning.console.texts import unix_lines

_LARGEST_FILE = 2 * 1024 * 1024


class DraftForm(ConsoleForm):
    """The text as it stands in the editor, and the revision that it started from."""

    text = forms.CharField(required=False, strip=False, widget=forms.Textarea)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    file = forms.FileField(required=False, max_length=1000)
    action = forms.CharField(required=False)
    add = forms.CharField(required=False)
    example = forms.CharField(required=False)


class CheckForm(ConsoleForm):
    """A text to be checked, and nothing more."""

    text = forms.CharField(required=False, strip=False, widget=forms.Textarea)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the editor holds: the text and the revision it started from, what to say about it, the line to go to."""

    text: str
    revision: int = 0
    notice: str = ""
    unsaved: bool = False
    line: int | None = None


def refusal_of(form: forms.Form) -> str:
    """What is wrong with a form that no browser sends, in one sentence."""
    wrong = "; ".join(str(error) for errors in form.errors.values() for error in errors)
    return f"This cannot be kept: {wrong}"


def text_of(file: UploadedFile[bytes] | None) -> str:
    """The text of a file that was chosen. Raises Invalid, saying why it is no configuration."""
    if file is None:
        raise Invalid("Choose a file first.")
    if (file.size or 0) > _LARGEST_FILE:
        raise Invalid(f"{file.name} is larger than a configuration may be (1 MiB).")
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{file.name} is not UTF-8 text (byte {error.start}); save it as UTF-8 and load it again."
        ) from error
    if "\x00" in text:
        raise Invalid(f"{file} holds a NUL character, which no configuration may.")
    return unix_lines(text)
