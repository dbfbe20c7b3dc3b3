"""Registering the tokens that the saved draft lists and nobody has issued: by their digests, so no secret travels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from p13nadmin.console.forms import ConsoleForm, submit
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.models import Draft
from provisioning.validation import check_for
from routing.access import instance_of_page
from routing.models import Instance
from tokens.models import AccessToken
from tokens.services import Issued, issue_token

_DIGEST = re.compile(r"[\"']?(sha256:[0-9a-f]{64})[\"']?(?:[^#\n]*#[ \t]*([^\n]*))?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class UnknownToken:
    """An entry of the draft's `tokens`: its line, its digest with `sha256:`, and a name to begin with."""

    line: int
    digest: str
    name: str


class RegistrationForm(ConsoleForm):
    """What an unknown token is to be called."""

    name = forms.CharField(
        max_length=256,
        widget=UnfoldAdminTextInputWidget(),
        help_text="What lists and logs call it. Unique in the instance.",
    )
    type = forms.ChoiceField(
        choices=AccessToken.Type.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text="A public token stands in a web site; add the site's origin under Change rules afterwards.",
    )


def unknown_tokens_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """One form for each unknown token of the saved draft; what can be registered is, the rest is shown again."""
    instance = instance_of_page(request.user, pk)
    if not (request.user.has_perm("tokens.add_accesstoken") and request.user.has_perm("provisioning.change_draft")):
        raise PermissionDenied
    rows = [(each, _form(request, each)) for each in unknown_tokens(instance)]
    if request.method == "POST":
        rows = [(each, form) for each, form in rows if not _registered(request, instance, each, form)]
    if not rows:
        messages.success(request, "Every token that the draft lists is registered.")
        return redirect("admin:instance_draft", instance.pk)
    return frame.page(
        request,
        "console/unknown_tokens.html",
        title="Register tokens",
        original=instance,
        tab="draft",
        rows=rows,
        status=422 if request.method == "POST" else 200,
    )


def unknown_tokens(instance: Instance) -> list[UnknownToken]:
    """The tokens that the saved draft lists by value or digest and that are not issued for this instance."""
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None:
        return []
    lines = draft.text.split("\n")
    problems = check_for(instance, draft.text, stage="draft").problems
    places = [(each.line, each.column - 1) for each in problems if each.code == "unknown-token"]
    taken = set(AccessToken.objects.filter(instance=instance).values_list("name", flat=True))
    found = ((line, match) for line, column in places if (match := _DIGEST.match(lines[line - 1], column)))
    return list(_named(found, taken))


def _named(found: Iterator[tuple[int, re.Match[str]]], taken: set[str]) -> Iterator[UnknownToken]:
    for line, match in found:
        comment = _NAME.match(match[2] or "")
        names = (f"token-{number}" for number in count(1))
        name = comment[0] if comment and comment[0] not in taken else next(each for each in names if each not in taken)
        taken.add(name)
        yield UnknownToken(line, match[1].lower(), name)


def _form(request: HttpRequest, token: UnknownToken) -> RegistrationForm:
    # By its digest, not its place in the list: the draft may have changed since the page was opened.
    prefix = token.digest.removeprefix("sha256:")[:16]
    start = {"name": token.name}
    return RegistrationForm(request.POST or None, initial=start, prefix=prefix, auto_id=f"id_{prefix}_%s")


def _registered(request: HttpRequest, instance: Instance, token: UnknownToken, form: RegistrationForm) -> bool:
    issued = submit(form, partial(_issued, instance, token, actor_of(request)))
    if issued is not None:
        messages.success(request, f"The token of line {token.line} is registered as “{issued.row.name}”.")
    return issued is not None


def _issued(instance: Instance, token: UnknownToken, actor: str, values: dict[str, Any]) -> Issued[AccessToken]:
    return issue_token(instance=instance, token=token.digest, actor=actor, **values)
