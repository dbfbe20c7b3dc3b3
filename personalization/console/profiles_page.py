"""One person of an instance: found by a key value, shown, exported, erased.

The key value comes by POST alone, so that it stands in no address.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from p13nadmin.api.errors import DomainError, NotFound
from p13nadmin.console.forms import ConsoleForm, status_of
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from personalization.console.person_shown import ShownPerson, shown_person
from personalization.person_seen import see_person
from personalization.services import erase_person, export_person, live_program, opened_records
from personalization.stores.records import Removed
from routing.access import instance_for
from routing.models import Instance

PERMISSION: Final = "personalization.view_profile"
_EXPORT, _ERASE = "personalization.export_profile", "personalization.erase_profile"
_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
_COUNTED = (("profile", "profiles"), ("event", "events"), ("merge", "merges"), ("activation", "activations"))


class PersonForm(ConsoleForm):
    """Who is meant."""

    key = forms.CharField(label="Key", max_length=128, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN))
    value = forms.CharField(label="Its value", max_length=256, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN))


class EraseForm(PersonForm):
    """Who is to go, and the key value once more."""

    typed = forms.CharField(
        label="Type the key value to confirm",
        required=False,
        max_length=256,
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("value") and values.get("typed") != values["value"]:
            self.add_error("typed", "This is not the key value that you looked for: nothing was erased.")
        return values


def profiles_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form; POST finds, and with `action` exports or erases."""
    instance = instance_for(request.user, pk, PERMISSION)
    if request.method != "POST":
        keys = _key_names(instance)
        return _page(frame, request, instance, PersonForm(initial={"key": next(iter(keys), "")}), keys=keys)
    act = _ACTIONS.get(request.POST.get("action", ""), _found)
    return act(frame, request, instance)


def _found(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, **more: Any) -> HttpResponse:
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            more["person"] = _person(instance, form.cleaned_data)
        except NotFound as error:
            more |= {"nobody": error.message, "keys": _key_names(instance)}
        except DomainError as error:
            form.refuse(error)
    return _page(frame, request, instance, form, **more)


def _person(instance: Instance, values: Mapping[str, Any]) -> ShownPerson:
    with opened_records(settings.EVENT_STORE) as records:
        seen = see_person(records=records, instance=instance, key=values["key"], value=values["value"])
    return shown_person(seen, now=int(time.time()))


def _exported(frame: ConsoleAdmin, request: HttpRequest, instance: Instance) -> HttpResponse:
    """The file, with the JSON that `/profiles/export` answers."""
    _require(request, _EXPORT)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _page(frame, request, instance, form)
    try:
        with opened_records(settings.EVENT_STORE) as records:
            document = export_person(
                records=records, instance=instance, now=int(time.time()), actor=actor_of(request), **form.cleaned_data
            )
    except DomainError as error:
        form.refuse(error)
        return _page(frame, request, instance, form)
    name = f"person-of-{instance.account_id}-{instance.number}-{timezone.now():%Y%m%dT%H%M%SZ}.json"
    return JsonResponse(document, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _erased(frame: ConsoleAdmin, request: HttpRequest, instance: Instance) -> HttpResponse:
    _require(request, _ERASE)
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _found(frame, request, instance, erasing=form)
    who = {name: form.cleaned_data[name] for name in ("key", "value")}
    try:
        with opened_records(settings.EVENT_STORE) as records:
            removed = erase_person(records=records, instance=instance, actor=actor_of(request), **who)
    except DomainError as error:
        form.refuse(error)
        return _page(frame, request, instance, form)
    _tell(request, removed)
    return redirect("admin:instance_profiles", instance.pk)


def _tell(request: HttpRequest, removed: Removed) -> None:
    counts = asdict(removed).values()
    if not any(counts):
        messages.warning(request, "Nothing was kept of who has this key value, so nothing was removed.")
        return
    parts = [f"{count} {few if count == 1 else many}" for count, (few, many) in zip(counts, _COUNTED, strict=True)]
    said = f"Erased for good: {', '.join(parts[:-1])} and {parts[-1]}."
    messages.success(request, f"{said} An event that comes later makes a new profile.")


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _key_names(instance: Instance) -> list[str]:
    program = live_program(instance)
    return [] if program is None else list(program.keys)


_ACTIONS: Mapping[str, Callable[[ConsoleAdmin, HttpRequest, Instance], HttpResponse]] = {
    "export": _exported,
    "erase": _erased,
}


def _page(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, form: PersonForm, **more: Any) -> HttpResponse:
    return frame.page(
        request,
        "console/profiles.html",
        title="Profiles",
        original=instance,
        tab="profiles",
        status=status_of(more.get("erasing", form)),
        form=form,
        may_export=request.user.has_perm(_EXPORT),
        may_erase=request.user.has_perm(_ERASE),
        **({"erasing": EraseForm()} | more),
    )
