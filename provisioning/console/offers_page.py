"""The offers and activations of what is live, each with what it does now and a way to pause it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from p13nadmin.console.lists import ConsoleAdmin
from provisioning.console.may_move import way_to_move
from provisioning.language.durations import TimeProblem, read_time
from provisioning.language.switching import Section, Switch, switches
from provisioning.pausing import WORDS
from provisioning.selectors import newest_push
from routing.access import instance_for
from routing.models import Instance


@dataclass(frozen=True, slots=True)
class Row:
    """One offer or activation; `url` is where it is paused, or resumed."""

    kind: str
    name: str
    state: str
    tone: str
    enabled: bool
    url: str


def offers_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The list."""
    instance = instance_for(request.user, pk, "provisioning.view_configurationversion")
    push = newest_push(instance)
    found = switches(push.version.text) if push else []
    return frame.page(
        request,
        "console/offers.html",
        title="Offers",
        original=instance,
        tab="offers",
        push=push,
        rows=[_row(instance, each, timezone.now()) for each in found],
        way_to_move=way_to_move(request.user, instance),
    )


def switch_url(instance: Instance, section: Section, name: str, *, enabled: bool) -> str:
    """The dialog that resumes (`enabled`) or pauses it."""
    query = {"section": section, "name": name} | ({"on": "1"} if enabled else {})
    return f"{reverse('admin:instance_switch', args=(instance.pk,))}?{urlencode(query)}"


def _row(instance: Instance, item: Switch, now: datetime) -> Row:
    state, tone = _state(item, now)
    url = switch_url(instance, item.section, item.name, enabled=not item.enabled)
    return Row(WORDS[item.section], item.name, state, tone, item.enabled, url)


def _state(item: Switch, now: datetime) -> tuple[str, str]:
    if not item.enabled:
        return "paused", "warn"
    starts, ends = _time(item.starts_at), _time(item.ends_at)
    if ends is not None and ends <= now.timestamp():
        return "over", "plain"
    if starts is not None and starts > now.timestamp():
        return f"starts {item.starts_at}", "plain"
    return (f"on until {item.ends_at}" if ends is not None else "on"), "good"


def _time(text: str) -> float | None:
    try:
        return read_time(text) if text else None
    except TimeProblem:
        return None
