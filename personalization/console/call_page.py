"""Checking a call in the console: what the endpoint would answer, which check fails, and where that is mended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from p13nadmin.api.client_address import networks
from p13nadmin.console.forms import status_of, submit
from p13nadmin.console.lists import ConsoleAdmin
from personalization import json_text
from personalization.call_advice import Advice
from personalization.call_checks import CheckedCall, check_call
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
    words, permission, url = _page_of(instance, advice)
    if not url or not request.user.has_perm(permission):
        return ShownAdvice(advice.text, "", "")
    return ShownAdvice(advice.text, words, url)


def _page_of(instance: Instance, advice: Advice) -> tuple[str, str, str]:
    """The words of the link, the permission that its page needs, and its address; empty when there is none."""
    query = {"q": instance.label}
    if advice.page == "token":
        if not advice.of:
            return (
                "The tokens of this instance",
                "tokens.view_accesstoken",
                _url("tokens_accesstoken_changelist", **query),
            )
        return "Open the token", "tokens.view_accesstoken", _url("tokens_accesstoken_change", advice.of)
    if advice.page == "token-rules":
        return "Change its rules", "tokens.change_accesstoken", _url("token_rules", advice.of)
    if advice.page == "key-rules":
        return "Change its rules", "tokens.change_apikey", _url("key_rules", advice.of)
    if advice.page == "keys":
        url = _url("tokens_apikey_changelist", q=str(instance.account_id))
        return "The keys of this account", "tokens.view_apikey", url
    if advice.page == "draft":
        return "Add it to the draft", "provisioning.change_draft", _url("instance_draft", instance.pk, token=advice.of)
    if advice.page == "destinations":
        url = _url("routing_destination_add", instance=instance.label, table=advice.of)
        return "Register the table", "routing.add_destination", url
    if advice.page == "try":
        return "Try the event", "provisioning.view_configurationversion", _url("instance_try", instance.pk)
    return "", "", ""


def _url(route: str, *arguments: object, **query: str) -> str:
    url = reverse(f"admin:{route}", args=arguments)
    return f"{url}?{urlencode(query, safe='/')}" if query else url
