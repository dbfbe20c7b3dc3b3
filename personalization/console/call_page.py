"""Checking a call in the console: what the endpoint would answer, which check fails, and where that is mended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from p13nadmin.api.client_address import networks
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import ConsoleAdmin
from personalization import json_text
from personalization.call_advice import Advice
from personalization.call_checks import CheckedCall, check_call
from personalization.console.advised_pages import link_to
from personalization.console.call_form import CallForm
from routing.access import instance_for
from routing.models import Destination, Instance
from tokens.models import AccessToken, ApiKey
from tokens.selectors import tokens_by_name

_SUGGESTED = 50


@dataclass(frozen=True, slots=True)
class ShownAdvice:
    """What to do, and the page where it is done, if there is one that the reader may open."""

    text: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A checked call for its page; `answer` is set out for reading."""

    checked: CheckedCall
    code: int  # of the refusal, 0 when there is none
    answer: str
    advice: Sequence[ShownAdvice]


def call_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form; POST checks. Neither the page nor a log ever holds a secret of the call."""
    instance = instance_for(request.user, pk, "tokens.view_accesstoken")
    # A check reads all of them anyway; the form alone needs no more than a few names.
    tokens = tokens_by_name(instance) if request.method == "POST" else None
    form = _form(request, instance, tokens)
    checked = None if tokens is None else submit(form, lambda _: _checked(instance, form, tokens))
    return frame.page(
        request,
        "console/call.html",
        title="Check a call",
        original=instance,
        tab="call",
        status=status_of(form),
        form=form,
        shown=None if checked is None else _shown(request, instance, checked),
    )


def _checked(instance: Instance, form: CallForm, tokens: Sequence[AccessToken]) -> CheckedCall:
    trusted = networks(tuple(settings.TRUSTED_PROXIES))
    return check_call(instance=instance, description=form.description(), trusted=trusted, tokens=tokens)


def _form(request: HttpRequest, instance: Instance, tokens: Sequence[AccessToken] | None) -> CallForm:
    names = _names(tokens) if tokens is not None else _newest(instance.tokens.filter(revoked_at=None))
    sees_keys = request.user.has_perm("tokens.view_apikey")
    keys = list(_newest(ApiKey.objects.filter(account=instance.account_id, revoked_at=None))) if sees_keys else []
    tables = Destination.objects.filter(instance=instance)[:_SUGGESTED]
    paths = [f"{public}/{table}" for table in tables for public in ("", "/public")]
    return CallForm(request.POST if request.method == "POST" else None, tokens=list(names), keys=keys, paths=paths)


def _names(tokens: Sequence[AccessToken]) -> Sequence[str]:
    unrevoked = [each for each in tokens if each.revoked_at is None]
    return [each.name for each in sorted(unrevoked, key=lambda each: each.pk, reverse=True)[:_SUGGESTED]]


def _newest(rows: object) -> Sequence[str]:
    return rows.order_by("-pk").values_list("name", flat=True)[:_SUGGESTED]  # type: ignore[attr-defined,no-any-return]


def _shown(request: HttpRequest, instance: Instance, checked: CheckedCall) -> ShownCall:
    body = checked.answer.body
    value = json_text.load(body) if body else {}
    answer = json.dumps(value, indent=2, ensure_ascii=False) if body else ""
    return ShownCall(
        checked, value.get("code", 0), answer, [_shown_advice(request, instance, each) for each in checked.advice]
    )


def _shown_advice(request: HttpRequest, instance: Instance, advice: Advice) -> ShownAdvice:
    return ShownAdvice(advice.text, *link_to(request.user, instance, advice.page, advice.of))
