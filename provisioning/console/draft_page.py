"""The working draft as text: save, check, load a file, go on to the push. Nothing that was typed gets lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from p13nadmin.api.errors import DomainError, PreconditionFailed
from p13nadmin.console.forms import ConsoleForm
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.console.additions import ADDITIONS, Addition, with_addition
from provisioning.console.problem_list import problem_list
from provisioning.console.texts import starter, token_entry, unix_lines, with_token
from provisioning.models import ConfigurationVersion, Draft
from provisioning.selectors import newest_push
from provisioning.services import save_draft
from provisioning.validation import check_for
from routing.models import Destination, Instance
from tokens.models import AccessToken

_LARGEST_FILE = 2 * 1024 * 1024
_OFFERED = 20


class DraftForm(ConsoleForm):
    """The text as it stands in the editor, and the revision that it started from."""

    text = forms.CharField(required=False, strip=False, widget=forms.Textarea)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    file = forms.FileField(required=False, max_length=1000)
    action = forms.CharField(required=False)
    add = forms.CharField(required=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the editor holds: the text and the revision it started from, what to say about it, the line to go to."""

    text: str
    revision: int
    notice: str = ""
    unsaved: bool = False
    line: int | None = None


def draft_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the draft with its problems; POST saves, checks, loads a file, or saves and goes on to the push."""
    instance = Instance.objects.filter(pk=pk).select_related("account", "live_summary").first()
    if instance is None:
        raise Http404("There is no such instance.")
    may_change = request.user.has_perm("provisioning.change_draft")
    if not (may_change or request.user.has_perm("provisioning.view_draft")):
        raise PermissionDenied
    if request.method != "POST":
        return _editor(frame, request, instance, _with_token(request, _start(instance)), may_change=may_change)
    if not may_change:
        raise PermissionDenied
    return _posted(frame, request, instance)


def _posted(frame: ConsoleAdmin, request: HttpRequest, instance: Instance) -> HttpResponse:
    form = DraftForm(request.POST, request.FILES)
    typed = unix_lines(request.POST.get("text", ""))
    if not form.is_valid():
        wrong = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        shown = Shown(typed.replace("\x00", ""), _stored_revision(instance), unsaved=True)
        return _editor(frame, request, instance, shown, refused=f"This cannot be kept: {wrong}", status=422)
    revision, action = form.cleaned_data["revision"], form.cleaned_data["action"]
    shown = Shown(typed, revision, unsaved=True)
    if addition := ADDITIONS.get(form.cleaned_data["add"]):
        return _editor(frame, request, instance, _added(shown, addition))
    if action == "load":
        return _loaded(frame, request, instance, form.cleaned_data["file"], shown)
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


def _saved(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, shown: Shown, action: str) -> HttpResponse:
    try:
        draft = save_draft(instance=instance, text=shown.text, revision=shown.revision, actor=actor_of(request))
    except PreconditionFailed as error:
        return _clash(frame, request, instance, shown, error)
    if action == "push":
        return redirect("admin:instance_push", instance.pk)
    messages.success(request, f"The draft is saved (revision {draft.revision}).")
    return redirect("admin:instance_draft", instance.pk)


def _clash(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, shown: Shown, error: DomainError
) -> HttpResponse:
    theirs = Draft.objects.get(instance=instance)
    lines = unified_diff(theirs.text.splitlines(), shown.text.splitlines(), "saved meanwhile", "yours", lineterm="")
    return _editor(frame, request, instance, shown, status=error.status, theirs=theirs, clash="\n".join(lines))


def _loaded(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, file: UploadedFile[bytes] | None, shown: Shown
) -> HttpResponse:
    refusal = ""
    text = ""
    if file is None:
        refusal = "Choose a file first."
    elif (file.size or 0) > _LARGEST_FILE:
        refusal = f"{file.name} is larger than a configuration may be (1 MiB)."
    else:
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            refusal = f"{file.name} is not UTF-8 text (byte {error.start}); save it as UTF-8 and load it again."
    if refusal or "\x00" in text:
        refusal = refusal or f"{file} holds a NUL character, which no configuration may."
        return _editor(frame, request, instance, shown, refused=refusal, status=422)
    notice = f"{file} is loaded below; it is not saved yet."
    return _editor(frame, request, instance, Shown(unix_lines(text), shown.revision, notice, unsaved=True))


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
        return shown
    added = with_token(shown.text, name)
    if added is not None:
        notice = f"Line {added[1]}, “{token_entry(name)}”, is added below. Save it, then push."
        return Shown(added[0], shown.revision, notice, unsaved=True, line=added[1])
    if token_entry(name) in shown.text:
        return Shown(shown.text, shown.revision, f"The draft lists the token “{name}” already; push it.")
    return Shown(shown.text, shown.revision, f"Add “{token_entry(name)}” to the list under tokens, save, and push.")


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
    check = check_for(instance, shown.text, stage="draft")
    return frame.page(
        request,
        "console/draft.html",
        title="Draft",
        original=instance,
        tab="draft",
        status=status,
        shown=shown,
        problems=problem_list(instance, check, shown.text, user=request.user),
        additions=ADDITIONS.items(),
        may_change=may_change,
        may_push=may_change and request.user.has_perm("provisioning.add_push"),
        draft=Draft.objects.filter(instance=instance).defer("text").first(),
        now=timezone.now(),
        **more,
    )
