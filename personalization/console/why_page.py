"""“Why no offers?”: how far the requests of an instance got, where they were lost, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminSelectWidget

from p13nadmin.api.error_body import secret_problem
from p13nadmin.console.lists import ConsoleAdmin
from personalization.complaints.facts import Cause, Example
from personalization.complaints.funnel import Loss, Step
from personalization.complaints.gathering import PERIODS, Complaint, Inquiry, inquire
from personalization.console.advised_pages import link_to, url_of
from personalization.console.events_page import PEOPLE
from routing.access import instance_for, reach_of
from routing.models import Instance

PERMISSION: Final = "provisioning.view_configurationversion"
_MOST_TABLES = 200
_MOST_CODES = 6
_PERIOD_WORDS: Final = {"1h": "the last hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
_TITLES: Final = {
    "requests": "Every request that named this instance.",
    "accepted": "Token, key, address, origin and body were right, and the event is stored.",
    "monitored": "The table is a destination of the instance.",
    "identified": "A key of the event tells whose it is.",
    "event": "The row is one of the events of the configuration.",
    "rule": "A rule of an offer was not refused by its condition.",
    "returned": "The answer held an offer.",
}
_WIDTH = 1000


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An event that can be opened."""

    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class ShownCause:
    """A cause, and the link to its mend; no words where there is none for the reader, and no examples either."""

    cause: Cause
    words: str
    url: str
    examples: Sequence[ShownExample]


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """Requests that were turned away with one code, and where some of them are shown."""

    code: int
    requests: int
    url: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the funnel; `width` is of 1000, `share` in percent of all requests. `examples` got this far."""

    step: Step
    about: str
    width: int
    lost_width: int
    share: str
    causes: Sequence[ShownCause]
    refusals: Sequence[ShownRefusal]
    examples: Sequence[ShownExample]


class AskedForm(forms.Form):
    """What is asked about; what cannot be chosen stands for everything."""

    token = forms.ChoiceField(label="Token", required=False, widget=UnfoldAdminSelectWidget())
    table = forms.ChoiceField(label="Table", required=False, widget=UnfoldAdminSelectWidget())
    period = forms.ChoiceField(
        label="Period", required=False, choices=list(_PERIOD_WORDS.items()), widget=UnfoldAdminSelectWidget()
    )


def why_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The page; what is asked about stands in its address."""
    instance = instance_for(request.user, pk, PERMISSION)
    asked = _asked(request)
    reach = reach_of(request.user)
    inquiry = inquire(instance, asked, seen=reach.accounts(PERMISSION))
    steps = [_shown(request, instance, step, inquiry, asked) for step in inquiry.steps]
    return frame.page(
        request,
        "console/why.html",
        title="Why no offers?",
        original=instance,
        tab="why",
        form=_form(asked, inquiry),
        inquiry=inquiry,
        steps=steps,
        nameless=[_shown_cause(request, instance, cause) for cause in inquiry.nameless],
        sees_everybody=reach.may_everywhere(PERMISSION),
        worst=next((each for each in steps if each.step is inquiry.worst), None),
        period=_PERIOD_WORDS[asked.period],
    )


def _asked(request: HttpRequest) -> Complaint:
    token, period = request.GET.get("token", ""), request.GET.get("period", "")
    database, _, table = request.GET.get("table", "").partition("/")
    return Complaint(
        token=int(token) if token.isascii() and token.isdecimal() and len(token) < 16 else None,
        table=(database, table) if table else None,
        period=period if period in PERIODS else "24h",
    )


def _form(asked: Complaint, inquiry: Inquiry) -> AskedForm:
    table = "/".join(asked.table) if asked.table else ""
    initial = {"token": str(asked.token or ""), "table": table, "period": asked.period}
    form = AskedForm(initial=initial)
    tables = ["/".join(each) for each in inquiry.tables[:_MOST_TABLES]]
    choices = dict.fromkeys([*tables, table] if table else tables)
    form.fields["table"].choices = [("", "All tables"), *((each, each) for each in choices)]  # type: ignore[attr-defined]
    tokens = [(str(pk), name) for pk, name in inquiry.tokens.items()]
    form.fields["token"].choices = [("", "All tokens"), *tokens]  # type: ignore[attr-defined]
    return form


def _shown(request: HttpRequest, instance: Instance, step: Step, inquiry: Inquiry, asked: Complaint) -> ShownStep:
    whole = inquiry.steps[0].requests or 1
    answered = inquiry.answered if step.name == "returned" else ()
    return ShownStep(
        step=step,
        about=_TITLES[step.name],
        width=_part(step.requests, whole),
        lost_width=_part(step.lost, whole),
        share=_percent(step.requests, whole),
        causes=[_shown_cause(request, instance, cause) for cause in inquiry.causes if cause.step == step.name],
        refusals=[_refusal(instance, loss, asked) for loss in step.losses if loss.code != 200][:_MOST_CODES],
        examples=_examples(request, instance, answered),
    )


def _shown_cause(request: HttpRequest, instance: Instance, cause: Cause) -> ShownCause:
    words, url = link_to(request.user, instance, cause.page, cause.of, origin=cause.origin)
    return ShownCause(cause, words, url, _examples(request, instance, cause.examples))


def _examples(request: HttpRequest, instance: Instance, examples: Sequence[Example]) -> list[ShownExample]:
    """For who may see people's events; an address never has in it what looks like a token."""
    if not request.user.has_perm(PEOPLE):
        return []
    tables = ("/".join(each.table) for each in examples)
    return [
        ShownExample(
            datetime.fromtimestamp(each.received, UTC),
            url_of("instance_event", instance.pk, table=table, uuid=each.uuid, at=str(each.received)),
        )
        for each, table in zip(examples, tables, strict=True)
        if not secret_problem(table)
    ]


def _refusal(instance: Instance, loss: Loss, asked: Complaint) -> ShownRefusal:
    chosen = {"code": str(loss.code), "token": str(asked.token or ""), "table": "/".join(asked.table or ())}
    query = {name: value for name, value in chosen.items() if value}
    return ShownRefusal(loss.code, loss.requests, url_of("instance_rejections", instance.pk, **query))


def _part(count: int, whole: int) -> int:
    """At least a sliver of what is not nothing."""
    return max(4, round(_WIDTH * count / whole)) if count else 0


def _percent(count: int, whole: int) -> str:
    share = 100 * count / whole
    return f"{share:.0f} %" if share >= 1 or not count else "under 1 %"
