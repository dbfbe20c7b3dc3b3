"""The forms of signing in, in the console's look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from p13nadmin.console.forms import ConsoleForm
from sign_in.models import LONGEST_SUBJECT

if TYPE_CHECKING:
    _SetPasswordForm = SetPasswordForm[User]
else:
    _SetPasswordForm = SetPasswordForm


class CodeForm(ConsoleForm):
    """A code of the app, or a backup code."""

    code = forms.CharField(
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )


class PasswordForm(ConsoleForm):
    """The reader's own password, before something that whoever sits down at their screen must not do."""

    password = forms.CharField(
        label="Your password", strip=False, widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"})
    )


class ConnectForm(PasswordForm, CodeForm):
    """The password of a login, and a code where it has a one-time password."""

    field_order = ("password", "code")

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["code"].widget.attrs["autofocus"]
        if not with_code:
            del self.fields["code"]


class SubjectForm(ConsoleForm):
    """Who somebody is at the provider of single sign-on."""

    subject = forms.CharField(
        label="The provider’s own name of them (sub)",
        help_text="The page that refuses them says it.",
        max_length=LONGEST_SUBJECT,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class AskResetForm(PasswordResetForm):
    """The address to which a link for a new password goes, if somebody has it."""

    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email", "autofocus": True}),
    )


class NewPasswordForm(_SetPasswordForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
