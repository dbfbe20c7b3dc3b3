"""The working draft as text: save, check, load a file, go on to the push. Nothing that was typed gets lost."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils import timezone

from p13nadmin.api.errors import DomainError, Invalid, PreconditionFailed
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.console.additions import ADDITIONS, Addition, with_addition
from provisioning.console.draft_form import DraftForm, Shown, refusal_of, text_of
from provisioning.console.editor import editor_script
from provisioning.console.may_move import way_to_move
from provisioning.console.problem_list import ProblemList, problem_list
from provisioning.console.texts import starter, token_entry, unix_lines, with_token
from provisioning.console.worked_examples import WorkedExample, worked_example, worked_examples
from provisioning.models import ConfigurationVersion, Draft
from provisioning.selectors import newest_push
from provisioning.services import save_draft
from provisioning.validation import check_for
from routing.access import instance_for
from routing.models import Destination, Instance
from tokens.models import AccessToken

_OFFERED = 20
# Checking a larger text takes a good part of a second: the page opens at once, and its script asks for the problems.
_CHECKED_AT_ONCE = 64 * 1024
_AFTER_SAVING = {"push": "admin:instance_push", "register": "admin:instance_draft_tokens"}


def draft_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the draft with its problems; POST saves, checks, loads a file, or saves and goes on to the push."""
    instance = _instance(request, pk)
    may_change = request.user.has_perm("provisioning.change_draft")
    if request.method != "POST":
        return _editor(frame, request, instance, _with_token(request, _start(instance)), may_change=may_change)
    if not may_change:
        raise PermissionDenied
    return _posted(frame, request, instance)


def draft_state(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Asked by the editor: whether the session still holds, the form's token now, and who saved the draft last."""
    draft = Draft.objects.filter(instance=_instance(request, pk)).defer("text").first()
    return JsonResponse(
        {
            "csrf": get_token(request),
            "revision": draft.revision if draft else 0,
            "by": draft.updated_by if draft else "",
        }
    )


def _instance(request: HttpRequest, pk: int) -> Instance:
    return instance_for(request.user, pk, "provisioning.change_draft", "provisioning.view_draft")


def _posted(frame: ConsoleAdmin, request: HttpRequest, instance: Instance) -> HttpResponse:
    form = DraftForm(request.POST, request.FILES)
    typed = unix_lines(request.POST.get("text", ""))
    if not form.is_valid():
        shown = Shown(typed.replace("\x00", ""), _stored_revision(instance), unsaved=True)
        return _editor(frame, request, instance, shown, refused=refusal_of(form), status=422)
    revision, action = form.cleaned_data["revision"], form.cleaned_data["action"]
    shown = Shown(typed, revision, unsaved=True)
    if addition := ADDITIONS.get(form.cleaned_data["add"]):
        return _editor(frame, request, instance, _added(shown, addition))
    if action == "example" and (example := worked_example(form.cleaned_data["example"])):
        return _editor(frame, request, instance, _started(shown, example))
    if action == "load":
        return _loaded(frame, request, instance, form, shown)
    if action == "check":
        return _editor(frame, request, instance, replace(shown, notice="Checked; not saved yet."))
    return _saved(frame, request, instance, shown, action)


def _added(shown: Shown, addition: Addition) -> Shown:
    added = with_addition(shown.text, addition)
    if added is None:
        notice = (
            f"Write {addition.section} as one entry after the other, each starting with a dash; then it can be added."
        )
        return replace(shown, notice=notice)
    notice = f"Added to {addition.section}, from line {added[1]} on: change it to what you need. It is not saved yet."
    return replace(shown, text=added[0], notice=notice, line=added[1])


def _started(shown: Shown, example: WorkedExample) -> Shown:
    notice = (
        f"This is the worked example “{example.title}”: put your own tables and tokens into it. It is not saved yet."
    )
    return replace(shown, text=example.text, notice=notice)


def _saved(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, shown: Shown, action: str) -> HttpResponse:
    try:
        draft = save_draft(instance=instance, text=shown.text, revision=shown.revision, actor=actor_of(request))
    except PreconditionFailed as error:
        return _clash(frame, request, instance, shown, error)
    if action in _AFTER_SAVING:
        return redirect(_AFTER_SAVING[action], instance.pk)
    messages.success(request, f"The draft is saved (revision {draft.revision}).")
    return redirect("admin:instance_draft", instance.pk)


def _clash(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, shown: Shown, error: DomainError
) -> HttpResponse:
    theirs = Draft.objects.get(instance=instance)
    lines = unified_diff(theirs.text.splitlines(), shown.text.splitlines(), "saved meanwhile", "yours", lineterm="")
    return _editor(frame, request, instance, shown, status=error.status, theirs=theirs, clash="\n".join(lines))


def _loaded(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, form: DraftForm, shown: Shown
) -> HttpResponse:
    file = form.cleaned_data["file"]
    try:
        text = text_of(file)
    except Invalid as error:
        return _editor(frame, request, instance, shown, refused=error.message, status=422)
    return _editor(
        frame, request, instance, replace(shown, text=text, notice=f"{file} is loaded below; it is not saved yet.")
    )


def _stored_revision(instance: Instance) -> int:
    draft = Draft.objects.filter(instance=instance).only("revision").first()
    return draft.revision if draft else 0


def _start(instance: Instance) -> Shown:
    draft = Draft.objects.filter(instance=instance).first()
    if draft is not None:
        return Shown(draft.text, draft.revision)
    push = newest_push(instance)
    newest = ConfigurationVersion.objects.filter(instance=instance).order_by("-number").first()
    version = push.version if push else newest
    if version is not None:
        return Shown(version.text, 0, f"There is no draft yet; this is version {version.number}.")
    tables = Destination.objects.filter(instance=instance).values_list("database", "table")[:_OFFERED]
    tokens = AccessToken.objects.filter(instance=instance, revoked_at=None).values_list("name", flat=True)[:_OFFERED]
    text = starter(list(tables), list(tokens))
    return Shown(text, 0, "There is no configuration yet; this is a starting point, not saved yet.", unsaved=True)


def _with_token(request: HttpRequest, shown: Shown) -> Shown:
    name = request.GET.get("token", "")
    if not name or len(name) > 256:
        return _at_line(request, shown)
    added = with_token(shown.text, name)
    if added is not None:
        notice = f"Line {added[1]}, “{token_entry(name)}”, is added below. Save it, then push."
        return Shown(added[0], shown.revision, notice, unsaved=True, line=added[1])
    if token_entry(name) in shown.text:
        return Shown(shown.text, shown.revision, f"The draft lists the token “{name}” already; push it.")
    return Shown(shown.text, shown.revision, f"Add “{token_entry(name)}” to the list under tokens, save, and push.")


def _at_line(request: HttpRequest, shown: Shown) -> Shown:
    line = request.GET.get("line", "")
    return replace(shown, line=int(line)) if line.isascii() and line.isdecimal() and len(line) < 10 else shown


def _problems(request: HttpRequest, instance: Instance, text: str) -> ProblemList | None:
    if request.method != "POST" and len(text) > _CHECKED_AT_ONCE:
        return None
    return problem_list(instance, check_for(instance, text, stage="draft"), text, user=request.user)


def _editor(
    frame: ConsoleAdmin,
    request: HttpRequest,
    instance: Instance,
    shown: Shown,
    *,
    status: int = 200,
    may_change: bool = True,
    **more: Any,
) -> HttpResponse:
    return frame.page(
        request,
        "console/draft.html",
        title="Draft",
        original=instance,
        tab="draft",
        status=status,
        shown=shown,
        problems=_problems(request, instance, shown.text),
        additions=ADDITIONS.items(),
        examples=worked_examples(),
        may_change=may_change,
        way_to_move=way_to_move(request.user, instance) if may_change else "",
        editor_script=editor_script(),
        now=timezone.now(),
        **{"draft": more.get("theirs") or Draft.objects.filter(instance=instance).defer("text").first(), **more},
    )
