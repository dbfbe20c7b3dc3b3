"""The console's forms for roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from unfold.widgets import UnfoldAdminSelectWidget

from p13nadmin.console.forms import ConsoleForm
from routing.forms import AccountField, ChoosingForm, SuggestingInput
from routing.models import StaffRole

_SUGGESTED = 50
ROLE_HELP = (
    "Each may do what the ones before may: viewers look, editors prepare, publishers make live, administrators govern."
)


class UserInput(SuggestingInput):
    """Offers the names of the first logins."""

    def suggestions(self) -> Iterable[tuple[str, str]]:
        """Names, each with the person's own name."""
        users = User.objects.filter(is_active=True).order_by("username")[:_SUGGESTED]
        return ((user.get_username(), user.get_full_name()) for user in users)


class UserField(forms.CharField):
    """Somebody who has a login, by its name."""

    def __init__(self) -> None:
        super().__init__(label="Who", max_length=150, widget=UserInput(), help_text="The name that they sign in with.")

    def clean(self, value: Any) -> Any:
        name = super().clean(value).strip()
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise forms.ValidationError(f"Nobody signs in as “{name}”. A superuser adds the login first, under Users.")
        return user


class RoleForm(ConsoleForm):
    """Another role in the same place."""

    role = forms.ChoiceField(choices=StaffRole.Role.choices, widget=UnfoldAdminSelectWidget(), help_text=ROLE_HELP)


class NewRoleForm(RoleForm, ChoosingForm):
    """A role for somebody, in an account or in every one."""

    field_order = ("user", "role", "account")
    user = UserField()
    account = AccountField(required=False)

    def __init__(self, *args: Any, everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].required = not everywhere
        self.fields["account"].help_text = (
            "The customer's number. Empty: every account, those to come too."
            if everywhere
            else "The customer's number."
        )


class TakingForm(ConsoleForm):
    """Nothing to fill in: the page asks, and the button confirms."""
