"""Checking a call in the console: what the endpoint would answer, which check fails, and where that is mended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from p13nadmin.api.client_address import networks
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import ConsoleAdmin
from personalization import json_text
from personalization.call_advice import Advice
from personalization.call_checks import CheckedCall, check_call
from personalization.console.advised_pages import link_to
from personalization.console.call_form import CallForm
from routing.models import Destination, Instance
from tokens.models import AccessToken, ApiKey

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
    instance = Instance.objects.filter(pk=pk).select_related("account", "live_summary").first()
    if instance is None:
        raise Http404("There is no such instance.")
    if not request.user.has_perm("tokens.view_accesstoken"):
        raise PermissionDenied
    form = _form(request, instance)
    checked = submit(form, lambda _: _checked(instance, form)) if request.method == "POST" else None
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


def _checked(instance: Instance, form: CallForm) -> CheckedCall:
    trusted = networks(tuple(settings.TRUSTED_PROXIES))
    return check_call(instance=instance, description=form.description(), trusted=trusted)


def _form(request: HttpRequest, instance: Instance) -> CallForm:
    tokens = list(_newest(AccessToken.objects.filter(instance=instance, revoked_at=None)))
    sees_keys = request.user.has_perm("tokens.view_apikey")
    keys = list(_newest(ApiKey.objects.filter(account=instance.account_id, revoked_at=None))) if sees_keys else []
    tables = Destination.objects.filter(instance=instance)[:_SUGGESTED]
    paths = [f"{public}/{table}" for table in tables for public in ("", "/public")]
    return CallForm(request.POST if request.method == "POST" else None, tokens=tokens, keys=keys, paths=paths)


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
