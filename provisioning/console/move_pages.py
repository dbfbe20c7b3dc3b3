"""The dialogs that move what is live: push, roll back, pause. What is shown is what is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from p13nadmin.api.errors import Conflict, DomainError
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.approvals import under_way
from provisioning.console.may_move import instance_to_ask, instance_to_move, is_asked, way_to_move
from provisioning.console.move_form import ZONES, MoveForm
from provisioning.console.moves import Move, draft_move, rollback_move, switch_move, version_move
from provisioning.console.problem_list import problem_list
from provisioning.console.proposals import Proposal
from provisioning.language.switching import Section
from provisioning.models import ApprovalRequest
from routing.models import Instance

_SECTIONS: dict[str, Section] = {"offers": "offers", "activations": "activations"}


def push_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Push the working draft."""
    instance = instance_to_ask(request, pk)
    return _dialog(frame, request, instance, draft_move(instance, actor_of(request)))


def push_version_page(frame: ConsoleAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Push a version that was uploaded and is not live."""
    instance = instance_to_ask(request, pk)
    return _dialog(frame, request, instance, version_move(instance, number, actor_of(request)))


def rollback_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the version before, or to `?version=`."""
    instance = instance_to_move(request, pk)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None
    return _dialog(frame, request, instance, rollback_move(instance, number, actor_of(request)))


def switch_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Pause or resume (`?on=1`) the offer or activation `?section=offers&name=`."""
    instance = instance_to_ask(request, pk)
    section = _SECTIONS.get(request.GET.get("section", ""))
    if section is None:
        raise Http404("There is no such section.")
    enabled = request.GET.get("on") == "1"
    move = switch_move(instance, section, request.GET.get("name", ""), enabled, actor_of(request))
    return _dialog(frame, request, instance, move, tab="offers")


def _dialog(
    frame: ConsoleAdmin, request: HttpRequest, instance: Instance, move: Move, *, tab: str = "draft"
) -> HttpResponse:
    refusal = ""
    form = MoveForm(request.POST or None)
    if request.method == "POST":
        try:
            if form.is_valid():
                return _done(request, instance, move, form.cleaned_data)
            refusal = " ".join(str(error) for errors in form.errors.values() for error in errors)
            status = 422
        except DomainError as error:
            refusal, status = error.message, error.status
    context: dict[str, Any] = {"title": move.title, "original": instance, "tab": tab, "move": move}
    try:
        proposal = move.propose()
    except DomainError as error:
        return frame.page(request, "console/move.html", status=error.status, impossible=error.message, **context)
    approval = _approval(instance, move, proposal)
    by_request = bool(approval and not approval["approved"])
    may_push = way_to_move(request.user, instance) == "push"
    context |= _forms(request, instance, move.asked(proposal) if may_push else 0, proposal, by_request=by_request)
    return frame.page(
        request,
        "console/move.html",
        status=status if refusal else 200,
        refusal=refusal,
        proposal=proposal,
        problems=problem_list(instance, proposal.check, proposal.text, user=request.user),
        zones=ZONES,
        approval=approval,
        may_push=may_push,
        **context,
    )


def _done(request: HttpRequest, instance: Instance, move: Move, values: dict[str, Any]) -> HttpResponse:
    """Do it, ask for it or plan it. Raises DomainError, PermissionDenied for who may only ask."""
    if values["action"] == "ask" and move.ask is not None:
        move.ask(values)
        messages.success(request, "A second person is asked to approve it. Nothing is live yet.")
        return redirect("admin:instance_approval", instance.pk)
    if way_to_move(request.user, instance) != "push":
        raise PermissionDenied
    if values["typed"].strip() != instance.label and (count := move.asked(move.propose())):
        what = "a part that is in use disappears" if count == 1 else f"{count} parts that are in use disappear"
        raise Conflict(f"{what}; type {instance.label} into the field below if that is meant")
    if values["action"] == "plan" and move.plan is not None:
        move.plan(values)
        messages.success(request, f"It is planned for {timezone.localtime(values['at']):%d %b %Y %H:%M %Z}.")
        return redirect(instance)
    push = move.act(values)
    messages.success(request, f"Version {push.version.number} is live; the endpoint follows within a second.")
    return redirect(instance)


def _forms(
    request: HttpRequest, instance: Instance, in_use: int, proposal: Proposal, *, by_request: bool
) -> dict[str, MoveForm]:
    """Fresh forms, one for each way to go on, that keep what was typed, but for the confirmation.

    `in_use`: how many parts in use would disappear, which has to be meant.
    """
    kept = {name: request.POST.get(name, "") for name in ("note", "break_glass", "at")}
    zone = request.POST.get("zone", "") or timezone.get_current_timezone_name()
    initial = {**kept, "zone": zone, "if_match": proposal.if_match, "revision": proposal.revision}
    forms = {"form": "id_%s", "later": "later_%s", "without": "without_%s"}
    made = {name: MoveForm(initial=initial, auto_id=ids) for name, ids in forms.items()}
    for name, form in made.items():
        form.ask_for(instance.label, in_use, by_request=by_request and name == "form")
    return made


def _approval(instance: Instance, move: Move, proposal: Proposal) -> dict[str, Any] | None:
    """What a second person has to do with it, if that is wanted: the request under way, and whether it is approved."""
    if not (move.needs_approval and is_asked(instance)):
        return None
    found = under_way(instance)
    approved = found is not None and found.state == "approved" and _is_of(found, move, proposal)
    return {"request": found, "approved": approved}


def _is_of(request: ApprovalRequest, move: Move, proposal: Proposal) -> bool:
    """Whether what was asked for is what is proposed: a pause has no number yet, and is known by its text."""
    if proposal.version is None:
        return move.only_warns and request.version.text == proposal.text
    return request.version.number == proposal.version
