"""Keeping a trial as a golden test of the draft: first what it adds, then adding it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from p13nadmin.api.errors import DomainError, Invalid, PreconditionFailed
from p13nadmin.console.forms import ConsoleForm
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from personalization import event_body
from personalization.console.try_page import trial_instance
from personalization.golden_entry import golden_entry, kept_steps
from personalization.refusals import Refusal
from personalization.trials import chosen_configuration, read_table
from provisioning.console.additions import with_entry
from provisioning.console.problem_list import problem_list
from provisioning.language.flow_text import CannotWrite
from provisioning.models import Draft
from provisioning.selectors import newest_push, newest_version
from provisioning.services import save_draft
from provisioning.validation import check_for, compile_text
from routing.models import Instance

_LATEST = 253402300799  # the last second that a time can name


class KeepForm(ConsoleForm):
    """The trial, as its page sent it, and the name that the test gets."""

    name = forms.CharField(max_length=256)
    version = forms.CharField(max_length=10)
    table = forms.CharField(max_length=300)
    path = forms.ChoiceField(choices=[("private", ""), ("public", "")])
    event = forms.CharField(max_length=1_000_000)
    earlier = forms.CharField(required=False, max_length=1_000_000)
    at = forms.FloatField(min_value=0, max_value=_LATEST)
    revision = forms.IntegerField(required=False, min_value=0)


@dataclass(frozen=True, slots=True)
class _Addition:
    """The draft with the test, the test's first line in it, and the test alone; `text` is None where it cannot go."""

    before: str
    revision: int
    entry: str
    text: str | None
    line: int = 1


def keep_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """POST shows what is added; with `action=add` it is saved, and the draft opens at it."""
    instance = trial_instance(request, pk)
    if not request.user.has_perm("provisioning.change_draft"):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("admin:instance_try", pk)
    form = KeepForm(request.POST)
    if not form.is_valid():
        wrong = "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        return _page(frame, request, instance, form, refused=f"This cannot be kept: {wrong}", status=422)
    try:
        addition = _addition(instance, form.cleaned_data)
        if request.POST.get("action") == "add" and addition.text is not None:
            return _saved(request, instance, addition, form.cleaned_data["revision"])
    except PreconditionFailed as error:
        said = error.message.partition(";")[0]
        return _page(frame, request, instance, form, refused=f"{said}; keep it once more", status=error.status)
    except DomainError as error:
        return _page(frame, request, instance, form, refused=error.message, status=error.status)
    return _shown(frame, request, instance, form, addition)


def _addition(instance: Instance, values: Mapping[str, Any]) -> _Addition:
    draft = Draft.objects.filter(instance=instance).first()
    text, revision = (draft.text, draft.revision) if draft else (_without_draft(instance), 0)
    _refuse_taken(text, values["name"])
    lines = _entry(instance, values)
    added = with_entry(text, "tests", lines)
    entry = "\n".join(lines)
    return _Addition(text, revision, entry, None) if added is None else _Addition(text, revision, entry, *added)


def _without_draft(instance: Instance) -> str:
    push = newest_push(instance)
    version = push.version if push else newest_version(instance)
    return version.text if version else ""


def _refuse_taken(text: str, name: str) -> None:
    plan = compile_text(text).plan
    if plan is not None and any(test.name == name for test in plan.tests):
        raise Invalid(f"the draft has a test named “{name}” already; go back and give this one another name")


def _entry(instance: Instance, values: Mapping[str, Any]) -> list[str]:
    database, table = read_table(values["table"])
    plan = chosen_configuration(instance, values["version"]).plan
    lines = [*filter(str.strip, values["earlier"].splitlines()), values["event"]]
    now = int(values["at"])
    try:
        events = [event_body.parse(line.encode("utf-8", "surrogatepass")) for line in lines]
        steps = kept_steps(plan, f"{database}/{table}", events, public=values["path"] == "public", now=now)
        return golden_entry(values["name"], steps, at=now)
    except Refusal as refusal:
        raise Invalid(f"the endpoint would turn an event away: {refusal.message}") from None
    except CannotWrite as problem:
        raise Invalid(str(problem)) from None


def _saved(request: HttpRequest, instance: Instance, addition: _Addition, revision: int | None) -> HttpResponse:
    save_draft(instance=instance, text=addition.text or "", revision=revision or 0, actor=actor_of(request))
    return redirect(f"{reverse('admin:instance_draft', args=(instance.pk,))}?line={addition.line}")


def _shown(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, form: KeepForm, addition: _Addition
) -> HttpResponse:
    if addition.text is None:
        return _page(frame, request, instance, form, addition=addition)
    lines = unified_diff(addition.before.splitlines(), addition.text.splitlines(), "the draft", "with it", lineterm="")
    check = check_for(instance, addition.text, stage="draft")
    return _page(
        frame,
        request,
        instance,
        form,
        addition=addition,
        difference="\n".join(lines),
        problems=problem_list(instance, check, addition.text, user=request.user),
    )


def _page(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, form: KeepForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    sent = {name: request.POST.get(name, "") for name in form.fields if name != "revision"}
    return frame.page(
        request,
        "console/try_keep.html",
        title="Keep as a golden test",
        original=instance,
        tab="try",
        status=status,
        sent=sent,
        **more,
    )
