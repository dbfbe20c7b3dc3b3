"""Trying an event in the console: the answer as the endpoint would give it, and why. Nothing is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from p13nadmin.api.errors import DomainError, Invalid, NotFound, Unavailable
from p13nadmin.console.forms import status_of
from p13nadmin.console.lists import ConsoleAdmin
from personalization.console.columns_read import columns_read
from personalization.console.trial_shown import RecentEvent, ShownTrial, shown_trial
from personalization.console.try_form import TryForm, with_curl_line
from personalization.event_finding import find_event
from personalization.long_search import NewestEvents
from personalization.program import program
from personalization.stored_profiles import recent_events, stored_profile
from personalization.trials import (
    Configuration,
    Event,
    Trial,
    chosen_configuration,
    read_table,
    try_event,
    version_choices,
)
from personalization.view import ProfileView
from provisioning.language.expressions import UNDEFINED, plain
from provisioning.models import Draft
from provisioning.selectors import newest_push
from routing.access import instance_for
from routing.models import Destination, Instance

_SUGGESTED = 50
_MOST_VERSIONS = 100
_MOST_RECENT = 25
_MOST_COLUMNS = 40
_LONGEST_TIME = 13  # digits of epoch seconds


@dataclass(frozen=True, slots=True)
class _Choices:
    versions: Sequence[tuple[str, str]]
    tables: Sequence[str]


def try_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form; POST tries, or loads the profile of a person into the form."""
    instance = trial_instance(request, pk)
    choices = _choices(request, instance)
    if request.method != "POST":
        return _opened(frame, request, instance, choices)
    data, problem = with_curl_line(request.POST)
    form = _form(request, choices, data, {})
    if problem:
        form.add_error("event", problem)
    if not form.is_valid():
        return _page(frame, request, instance, form)
    return _posted(frame, request, instance, form, choices)


def _opened(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, choices: _Choices) -> HttpResponse:
    """The form as it starts, with `?recent` the newest events to choose from, with `?take=` one of them in it."""
    start = _start(instance, request, choices) if choices.versions else {}
    taken = request.GET.get("take", "")
    if not ((taken or "recent" in request.GET) and request.user.has_perm("personalization.view_profile")):
        return _page(frame, request, instance, _form(request, choices, None, start))
    try:
        newest = _events(instance, request)
    except Unavailable as error:
        form = _form(request, choices, None, start)
        return _page(frame, request, instance, form, away=error.message, status=error.status)
    except NotFound as error:
        form = _form(request, choices, None, start)
        return _page(frame, request, instance, form, gone=error.message, status=error.status)
    found = next((event for event in newest.events if event.uuid.hex() == taken), None)
    if found is not None:
        start |= {"table": f"{found.database}/{found.table}", "event": found.body}
        start["path"] = "public" if found.public else "private"
    shown = None if found else [RecentEvent.of(event) for event in newest.events]
    form = _form(request, choices, None, start)
    return _page(frame, request, instance, form, recent=shown, back_to=newest.back_to)


def _events(instance: Instance, request: HttpRequest) -> NewestEvents:
    """Those to choose from: the newest, or the one that the address says all of."""
    uuid, at = request.GET.get("take", ""), request.GET.get("at", "")
    if not (at.isascii() and at.isdecimal() and len(at) < _LONGEST_TIME):
        return recent_events(instance=instance, most=_MOST_RECENT)
    try:
        table = read_table(request.GET.get("table", ""))
        return NewestEvents((find_event(instance, table=table, uuid=bytes.fromhex(uuid), received=int(at)),))
    except (Invalid, ValueError):
        raise NotFound("there is no such event") from None


def trial_instance(request: HttpRequest, pk: int) -> Instance:
    """The instance, for somebody who may read its versions. Raises 404 and 403."""
    return instance_for(request.user, pk, "provisioning.view_configurationversion")


def _posted(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, form: TryForm, choices: _Choices
) -> HttpResponse:
    try:
        configuration = chosen_configuration(instance, form.cleaned_data["version"])
        if request.POST.get("action") == "load" and "person_value" in form.fields:
            loaded = {**form.data, "profile": _loaded(instance, configuration, form.cleaned_data)}
            return _page(frame, request, instance, _form(request, choices, loaded, {}))
        trial = _tried(instance, configuration, form.cleaned_data)
    except DomainError as error:
        form.refuse(error)
        return _page(frame, request, instance, form)
    return _page(frame, request, instance, form, shown_trial(trial, form.cleaned_data))


def _tried(instance: Instance, configuration: Configuration, values: dict[str, Any]) -> Trial:
    database, table = values["table"]
    body = values["event"].encode("utf-8", "surrogatepass")
    public = values["path"] == "public"
    moment = values["time"].timestamp() if values["time"] else time.time()
    person = values["profile"]
    if person is None and values.get("person_value"):
        person = stored_profile(instance=instance, key=values["person_key"], value=values["person_value"])
    event = Event(database, table, body, public=public, earlier=values["earlier"])
    return try_event(instance=instance, configuration=configuration, event=event, profile=person, now=moment)


def _loaded(instance: Instance, configuration: Configuration, values: dict[str, Any]) -> str:
    """The stored profile as it can be edited: the latest value of each key, and each attribute as of now."""
    found = stored_profile(instance=instance, key=values["person_key"], value=values["person_value"])
    index = program(configuration.plan)
    view = ProfileView(index, found, {}, int(time.time()))
    known = {name: plain(view[name]) for name in (*index.keys, *index.attributes) if view[name] is not UNDEFINED}
    return json.dumps(known, indent=2, ensure_ascii=False)


def _form(request: HttpRequest, choices: _Choices, data: Any, initial: dict[str, Any]) -> TryForm:
    form = TryForm(data, versions=choices.versions, tables=choices.tables, initial=initial)
    if not request.user.has_perm("personalization.view_profile"):
        del form.fields["person_key"], form.fields["person_value"]
    return form


def _choices(request: HttpRequest, instance: Instance) -> _Choices:
    user, push = request.user, newest_push(instance)
    sees_draft = user.has_perm("provisioning.view_draft") or user.has_perm("provisioning.change_draft")
    versions = [("live", f"What is live (version {push.version.number})")] if push else []
    if sees_draft and Draft.objects.filter(instance=instance).exists():
        versions.insert(0, ("draft", "The draft"))
    numbers = version_choices(instance, most=_MOST_VERSIONS)
    versions += [(str(number), f"Version {number}") for number in numbers]
    tables = Destination.objects.filter(instance=instance)[:_SUGGESTED]
    return _Choices(versions, [str(table) for table in tables])


def _start(instance: Instance, request: HttpRequest, choices: _Choices) -> dict[str, Any]:
    """A first trial that works at once: a table of the configuration, and an event with a key."""
    version = request.GET.get("version", "")
    start: dict[str, Any] = {
        "version": version if version in dict(choices.versions) else choices.versions[0][0],
        "table": request.GET.get("table", "") or next(iter(choices.tables), ""),
        "event": '{"td_client_id": "202"}',
    }
    try:
        plan = chosen_configuration(instance, start["version"]).plan
    except DomainError:
        return start
    if plan.events and not request.GET.get("table"):
        start["table"] = f"{plan.events[0].database}/{plan.events[0].table}"
    keys = sorted(plan.keys, key=lambda key: not key.public)
    if keys:
        start |= {"event": json.dumps({keys[0].name: "202"}), "person_key": keys[0].name}
    return start | {"columns": columns_read(plan)[:_MOST_COLUMNS]}


def _page(
    frame: ConsoleAdmin,
    request: HttpRequest,
    instance: Instance,
    form: TryForm,
    shown: ShownTrial | None = None,
    **more: Any,
) -> HttpResponse:
    return frame.page(
        request,
        "console/try.html",
        title="Try it",
        original=instance,
        tab="try",
        form=form,
        shown=shown,
        columns=columns_read(shown.trial.configuration.plan)[:_MOST_COLUMNS] if shown else form.initial.get("columns"),
        may_keep=request.user.has_perm("provisioning.change_draft"),
        **({"status": status_of(form)} | more),
    )
