"""The console's forms for accounts, instances and destinations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.errors import DomainError
from p13nadmin.api.reach import Accounts
from p13nadmin.console.forms import ConsoleForm
from routing.access import within
from routing.models import Account, Instance
from routing.selectors import find_instance_by_label
from routing.services import Pair

_LARGEST_NUMBER = 2**53 - 1
_SUGGESTED = 50


class SuggestingInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A text field with suggestions, (value, description) pairs read when it is shown."""

    within: Accounts = None

    def suggestions(self) -> Iterable[tuple[str, str]]:
        """The values to offer, of the accounts in `within`."""
        return ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        options = format_html_join("", '<option value="{}">{}</option>', self.suggestions())
        field = super().render(name, value, {**(attrs or {}), "list": f"{name}-suggestions"}, renderer)
        return format_html('{}<datalist id="{}-suggestions">{}</datalist>', field, name, options)


class InstanceInput(SuggestingInput):
    """Offers the labels of the first instances."""

    def suggestions(self) -> Iterable[tuple[str, str]]:
        found = within(Instance.objects.all(), self.within)
        return ((instance.label, instance.name) for instance in found[:_SUGGESTED])


class AccountInput(SuggestingInput):
    """Offers the numbers of the first accounts."""

    def suggestions(self) -> Iterable[tuple[str, str]]:
        found = within(Account.objects.all(), self.within, "number")
        return ((str(account.number), account.name) for account in found[:_SUGGESTED])


class InstanceField(forms.CharField):
    """An instance, written `account/instance`, of the accounts in `within`."""

    within: Accounts = None

    def __init__(self) -> None:
        super().__init__(label="Instance", widget=InstanceInput(), help_text="Written account/instance, such as 1/8.")

    def clean(self, value: Any) -> Any:
        label = super().clean(value).strip()
        try:
            found = find_instance_by_label(label)
        except DomainError:
            found = None
        if found is None or not (self.within is None or found.account_id in self.within):
            raise forms.ValidationError(
                f"There is no instance “{without_secrets(label)}”; write account/instance, such as 1/8."
            )
        return found


class AccountField(forms.IntegerField):
    """An account, by its number, of those in `within`."""

    within: Accounts = None

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label="Account",
            required=required,
            min_value=1,
            max_value=_LARGEST_NUMBER,
            widget=AccountInput(),
            help_text="The customer's number; existing accounts show up as you type.",
        )

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        account = within(Account.objects.all(), self.within, "number").filter(number=number).first()
        if account is None:
            raise forms.ValidationError(f"There is no account {number}; add it first.")
        return account


class ChoosingForm(ConsoleForm):
    """A form where an account or an instance is chosen, of the accounts in `within`."""

    def __init__(self, *args: Any, within: Accounts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AccountField | InstanceField):
                field.within = within
                field.widget.within = within


class AccountForm(ConsoleForm):
    """A new account."""

    paths = {"account": "number"}
    number = forms.IntegerField(
        min_value=1,
        max_value=_LARGEST_NUMBER,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="The customer's account number: the first part of every header, 1 in 1/8/… and TD1 1/…",
    )
    name = forms.CharField(max_length=256, widget=UnfoldAdminTextInputWidget())


class AccountNameForm(ConsoleForm):
    """Another name for an account."""

    name = forms.CharField(max_length=256, widget=UnfoldAdminTextInputWidget())


class InstanceDetailsForm(ConsoleForm):
    """What may be changed of an instance."""

    name = forms.CharField(max_length=256, widget=UnfoldAdminTextInputWidget())
    region = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget(), help_text="Decides the endpoint's address in every snippet."
    )
    contact = forms.CharField(
        max_length=256,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Who to talk to at the customer.",
    )
    notes = forms.CharField(required=False, max_length=10_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}))

    def __init__(self, *args: Any, regions: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = list(regions)  # type: ignore[attr-defined]


class InstanceForm(InstanceDetailsForm, ChoosingForm):
    """A new instance."""

    paths = {"instance": "number"}
    field_order = ("account", "number", "name", "region", "contact", "notes")
    account = AccountField()
    number = forms.IntegerField(
        min_value=1,
        max_value=_LARGEST_NUMBER,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="The second part of every token header: 8 in 1/8/…",
    )


class PairsField(forms.CharField):
    """Destinations, one a line, `database/table` or `database.table`; gives a tuple of pairs."""

    def __init__(self) -> None:
        super().__init__(
            label="Tables",
            widget=UnfoldAdminExpandableTextareaWidget(attrs={"rows": 4, "spellcheck": "false", "class": "c-mono"}),
            help_text="One database/table a line; database.table is fine too.",
        )

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return tuple(_pair(line) for line in lines)


def _pair(line: str) -> Pair:
    database, _, table = re.sub(r"[.\s,]+", "/", line, count=1).partition("/")
    return database, table


class DestinationsForm(ChoosingForm):
    """Tables that an instance is to monitor."""

    instance = InstanceField()
    tables = PairsField()

    def refuse(self, error: DomainError) -> None:
        """Name the line of each bad destination."""
        pairs = self.cleaned_data["tables"]
        for entry in error.errors:
            index = re.search(r"\[([0-9]+)\]", str(entry["path"]))
            written = without_secrets("/".join(pairs[int(index[1])])) if index else ""
            self.add_error("tables", f"“{written}”: {entry['message']}" if written else str(entry["message"]))


class RemovalForm(ConsoleForm):
    """Asks before destinations are unregistered."""

    force = forms.BooleanField(
        required=False,
        label="Remove them even if the live configuration uses them",
        widget=UnfoldBooleanWidget(),
    )
