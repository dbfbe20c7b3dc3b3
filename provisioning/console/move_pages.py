"""The dialogs that move what is live: push the draft, push a version, roll back. What is shown is what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from p13nadmin.api.errors import Conflict, DomainError, NotFound
from p13nadmin.console.forms import ConsoleForm
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.console.problem_list import problem_list
from provisioning.console.proposals import Proposal, propose_draft, propose_rollback, propose_version
from provisioning.models import Push
from provisioning.services import push_draft, push_version, roll_back
from routing.models import Instance


class MoveForm(ConsoleForm):
    """Why it is done, and what was looked at when it was decided."""

    note = forms.CharField(
        required=False,
        max_length=10_000,
        label="Note",
        help_text="Why, for whoever reads the list of pushes later.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    typed = forms.CharField(
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    if_match = forms.CharField(max_length=20, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def ask_for(self, label: str, count: int) -> None:
        """Have the instance's label typed, for `count` parts in use disappear; with none, nothing is asked."""
        if not count:
            del self.fields["typed"]
            return
        self.fields["typed"].label = f"Type {label} to go on"
        self.fields["typed"].help_text = "Something that is in use disappears: see above."


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of move: its words, how it is proposed, and how it is done.

    `is_way_back`: what disappears by it is shown, but not asked about once more.
    """

    title: str
    verb: str
    propose: Callable[[], Proposal]
    act: Callable[[dict[str, Any]], Push]
    is_way_back: bool = False

    def asked(self, proposal: Proposal) -> int:
        """How many parts in use disappear, if that has to be confirmed by typing."""
        return 0 if self.is_way_back else len(proposal.consequences.in_use)


def push_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Push the working draft."""
    instance = _instance(request, pk)

    def act(values: dict[str, Any]) -> Push:
        upload = push_draft(instance=instance, actor=actor_of(request), **values)
        if upload.push is None:
            raise NotFound("nothing was pushed")
        return upload.push

    return _dialog(frame, request, instance, Move("Push the draft", "Push", lambda: propose_draft(instance), act))


def push_version_page(frame: ConsoleAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Push a version that was uploaded and is not live."""
    instance = _instance(request, pk)

    def act(values: dict[str, Any]) -> Push:
        values.pop("revision")
        return push_version(instance=instance, version=number, actor=actor_of(request), **values)[0]

    move = Move(f"Push version {number}", "Push", lambda: propose_version(instance, number), act)
    return _dialog(frame, request, instance, move)


def rollback_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the version before, or to `?version=`."""
    instance = _instance(request, pk)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None

    def act(values: dict[str, Any]) -> Push:
        values.pop("revision")
        return roll_back(instance=instance, version=number, actor=actor_of(request), **values)[0]

    title = f"Roll back to version {number}" if number is not None else "Roll back to the version before"
    move = Move(title, "Roll back", lambda: propose_rollback(instance, number), act, is_way_back=True)
    return _dialog(frame, request, instance, move)


def _instance(request: HttpRequest, pk: int) -> Instance:
    instance = Instance.objects.filter(pk=pk).select_related("account", "live_summary").first()
    if instance is None:
        raise Http404("There is no such instance.")
    if not request.user.has_perm("provisioning.add_push"):
        raise PermissionDenied
    return instance


def _dialog(frame: ConsoleAdmin, request: HttpRequest, instance: Instance, move: Move) -> HttpResponse:
    refusal: DomainError | None = None
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            push = _done(instance, move, dict(form.cleaned_data))
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, f"Version {push.version.number} is live; the endpoint follows within a second.")
            return redirect(instance)
    return _shown(frame, request, instance, move, refusal)


def _done(instance: Instance, move: Move, values: dict[str, Any]) -> Push:
    typed = values.pop("typed").strip()
    if typed != instance.label and (count := move.asked(move.propose())):
        what = "a part that is in use disappears" if count == 1 else f"{count} parts that are in use disappear"
        raise Conflict(f"{what}; type {instance.label} into the field below if that is meant")
    return move.act(values)


def _shown(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, move: Move, refusal: DomainError | None
) -> HttpResponse:
    context: dict[str, Any] = {"title": move.title, "original": instance, "tab": "draft", "move": move}
    try:
        proposal = move.propose()
    except DomainError as error:
        return frame.page(request, "console/move.html", status=error.status, impossible=error.message, **context)
    seen = {
        "typed": "",
        "note": request.POST.get("note", ""),
        "if_match": proposal.if_match,
        "revision": proposal.revision,
    }
    form = MoveForm(initial=seen)
    form.ask_for(instance.label, move.asked(proposal))
    return frame.page(
        request,
        "console/move.html",
        status=refusal.status if refusal else 200,
        refusal=refusal.message if refusal else "",
        proposal=proposal,
        problems=problem_list(instance, proposal.check, proposal.text, user=request.user),
        form=form,
        **context,
    )
