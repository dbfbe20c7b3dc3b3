"""Requests that were turned away: those that an instance is told of, and those of nobody that is known."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from p13nadmin.console.forms import status_of
from p13nadmin.console.lists import ConsoleAdmin
from personalization.console.events_form import RejectionsForm
from personalization.console.events_page import PEOPLE, PERMISSION, suggested_tables
from personalization.models import Rejection
from personalization.rejections import rejections_of, rejections_of_nobody
from routing.access import instance_for, reach_of
from tokens.selectors import tokens_of

_MOST: Final = 50


def rejections_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The newest requests that were turned away and name this instance, or may have been meant for it."""
    instance = instance_for(request.user, pk, PERMISSION)
    reach = reach_of(request.user)
    rows = rejections_of(instance, seen=reach.accounts(PERMISSION))
    tokens = dict(tokens_of(instance).order_by("name").values_list("pk", "name"))
    form = RejectionsForm(request.GET, codes=_codes(rows), tokens=tokens, tables=suggested_tables(instance))
    return frame.page(
        request,
        "console/rejections.html",
        title="Turned away",
        original=instance,
        tab="events",
        sees_addresses=request.user.has_perm(PEOPLE),
        sees_everybody=reach.may_everywhere(PERMISSION),
        **_found(request, rows, form),
    )


def nobodys_page(frame: ConsoleAdmin, request: HttpRequest) -> HttpResponse:
    """Those that can be told of no instance: for readers of every account, since they may be anybody's."""
    reach = reach_of(request.user)
    if not reach.may_everywhere(PERMISSION):
        raise PermissionDenied
    rows = rejections_of_nobody()
    form = RejectionsForm(request.GET, codes=_codes(rows))
    return frame.page(
        request,
        "console/rejections_of_nobody.html",
        title="Requests of unknown senders",
        sees_addresses=reach.may_everywhere(PEOPLE),
        **_found(request, rows, form),
    )


def _codes(rows: QuerySet[Rejection]) -> QuerySet[Rejection, int]:
    return rows.order_by("code").values_list("code", flat=True).distinct()


def _found(request: HttpRequest, rows: QuerySet[Rejection], form: RejectionsForm) -> dict[str, Any]:
    before = request.GET.get("before", "")
    found = list(_fitting(rows, form.cleaned_data, before)[: _MOST + 1]) if form.is_valid() else []
    return {
        "status": status_of(form),
        "form": form,
        "rejections": found[:_MOST],
        "older": found[_MOST - 1].pk if len(found) > _MOST else None,
        "is_first": not before,
    }


def _fitting(rows: QuerySet[Rejection], values: dict[str, Any], before: str) -> QuerySet[Rejection]:
    if values["code"]:
        rows = rows.filter(code=int(values["code"]))
    if values.get("token"):
        rows = rows.filter(token=int(values["token"]))
    if values.get("named"):
        rows = rows.filter(instance__isnull=values["named"] == "no")
    if values["table"]:
        rows = rows.filter(database=values["table"][0], table=values["table"][1])
    if values["since"]:
        rows = rows.filter(at__gte=values["since"])
    if values["until"]:
        rows = rows.filter(at__lte=values["until"])
    if before.isascii() and before.isdecimal() and len(before) < 16:
        rows = rows.filter(pk__lt=int(before))
    return rows
