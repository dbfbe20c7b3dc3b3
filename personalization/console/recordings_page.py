"""Recorded visitors of an instance: begun, ended, and what was explained of each of their events as it happened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from p13nadmin.api.errors import NotFound
from p13nadmin.console.forms import ConsoleForm, status_of, submit
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from personalization import json_text
from personalization.console.events_page import PEOPLE
from personalization.console.trial_shown import shown_explanation
from personalization.explained_places import placed
from personalization.explanation_reading import read_explanation
from personalization.models import RecordedEvent, Recording
from personalization.recording import HOURS_KEPT, MINUTES
from personalization.recordings import events_of, find_recording, recordings_of, remove_recording, start_recording
from personalization.recordings import stop_recording as stop
from personalization.services import live_program
from personalization.verdicts import why_no_offers
from provisioning.models import ConfigurationVersion
from routing.access import instance_for
from routing.models import Instance

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class RecordForm(ConsoleForm):
    """Whom to record, and why."""

    key = forms.CharField(label="Key", max_length=128, widget=UnfoldAdminTextInputWidget(attrs=_PLAIN))
    value = forms.CharField(
        label="Its value",
        max_length=256,
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
        help_text="It is not kept: only who knows it can ask whether it is this one.",
    )
    note = forms.CharField(
        label="Why",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs=_PLAIN),
        help_text="It stays in the history: a ticket's number, nothing about the person.",
    )


def recordings_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows those that are kept; POST begins one."""
    instance = instance_for(request.user, pk, PEOPLE)
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        initial={"key": request.GET.get("key") or _first_key(instance)},
    )
    made = submit(form, lambda values: _begin(request, instance, values)) if request.method == "POST" else None
    if made is not None:
        messages.success(request, f"Recording for {MINUTES} minutes: every event of this visitor is explained here.")
        return redirect("admin:instance_recording", instance.pk, made.pk)
    return frame.page(
        request,
        "console/recordings.html",
        title="Recorded visitors",
        original=instance,
        tab="events",
        status=status_of(form),
        form=form,
        recordings=list(recordings_of(instance)),
        now=timezone.now(),
        minutes=MINUTES,
        hours=HOURS_KEPT,
    )


def _first_key(instance: Instance) -> str:
    """The key that most likely identifies the visitor: the first of what is live."""
    live = live_program(instance)
    return next(iter(live.keys), "") if live is not None else ""


def _begin(request: HttpRequest, instance: Instance, values: dict[str, Any]) -> Recording:
    return start_recording(instance=instance, actor=actor_of(request), **values)


def recording_page(frame: ConsoleAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """GET shows the recorded events, `?event=` one of them explained; POST ends or removes the recording."""
    instance = instance_for(request.user, pk, PEOPLE)
    recording = _recording(instance, number)
    if request.method == "POST":
        return _changed(request, instance, recording)
    events = events_of(recording)
    wanted = request.GET.get("event", "")
    chosen = next((each for each in events if str(each.pk) == wanted), events[0] if events else None)
    return frame.page(
        request,
        "console/recording.html",
        title="Recorded visitor",
        original=instance,
        tab="events",
        recording=recording,
        is_running=recording.until > timezone.now(),
        is_first=recording.until > timezone.now() and not wanted,
        events=events,
        chosen=chosen,
        **(_explained(instance, chosen) if chosen else {}),
    )


def _recording(instance: Instance, number: int) -> Recording:
    try:
        return find_recording(instance, number)
    except NotFound as error:
        raise Http404(error.message) from None


def _changed(request: HttpRequest, instance: Instance, recording: Recording) -> HttpResponse:
    if request.POST.get("action") == "remove":
        remove_recording(recording=recording, actor=actor_of(request))
        messages.success(request, "The recording is removed, with all that was recorded.")
        return redirect("admin:instance_recordings", instance.pk)
    stop(recording=recording, actor=actor_of(request))
    messages.success(request, "The recording has ended.")
    return redirect("admin:instance_recording", instance.pk, recording.pk)


def _explained(instance: Instance, event: RecordedEvent) -> dict[str, Any]:
    explanation = read_explanation(json_text.load(event.explanation))
    if explanation.answer.errors and event.version is not None:
        versions = ConfigurationVersion.objects.filter(instance=instance, number=event.version)
        text = versions.values_list("text", flat=True).first()
        explanation = explanation if text is None else placed(explanation, text)
    return {"shown": shown_explanation(explanation), "because": why_no_offers(explanation)}
