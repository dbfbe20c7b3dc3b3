"""What a second person is asked to approve, with all that they need to know; and how an instance's pushes are made."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from p13nadmin.api.errors import Conflict, DomainError
from p13nadmin.console.forms import ConsoleForm, status_of, submit
from p13nadmin.console.lists import ConsoleAdmin, actor_of
from provisioning.approval_rules import approval_required
from provisioning.approvals import decide, set_push_policy, under_way, why_not_approve
from provisioning.console.may_move import APPROVING, PUSHING, WRITING, may_replay
from provisioning.console.offers_page import switch_url
from provisioning.console.problem_list import problem_list
from provisioning.console.proposals import Proposal, propose_version
from provisioning.language.switching import Switch, switch_between
from provisioning.models import ApprovalRequest
from routing.access import instance_for
from routing.models import Instance

_SHOWN = 20


class DecisionForm(ConsoleForm):
    """What is said, and about which request."""

    reason = forms.CharField(
        required=False, max_length=2000, label="What you say to it", widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    request = forms.IntegerField(widget=forms.HiddenInput)


class PolicyForm(ConsoleForm):
    """Whether pushes need a second person."""

    approval_required = forms.BooleanField(
        required=False,
        label="A second person approves what goes live",
        help_text="Rollbacks never need it. Whoever is in a hurry can push without, and has to say why.",
        widget=UnfoldBooleanWidget(),
    )


def approval_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the request that is under way and earlier ones; POST approves (`action=approve`) or rejects it."""
    instance = instance_for(request.user, pk, "provisioning.view_approvalrequest", PUSHING, WRITING)
    current = under_way(instance)
    refusal: DomainError | None = None
    form = DecisionForm(request.POST or None, initial={"request": current.pk if current else 0})
    if request.method == "POST" and form.is_valid():
        try:
            return _decided(request, instance, current, form.cleaned_data)
        except DomainError as error:
            refusal, current = error, under_way(instance)
    earlier = ApprovalRequest.objects.filter(instance=instance).exclude(pk=current.pk if current else 0)
    rows = earlier.select_related("version").defer("version__text").order_by("-pk")[:_SHOWN]
    context: dict[str, Any] = {"current": current, "earlier": rows}
    if current is not None:
        context |= _shown(request, instance, current)
    return frame.page(
        request,
        "console/approval.html",
        title="Approval",
        status=refusal.status if refusal else 200,
        original=instance,
        tab="push",
        refusal=refusal.message if refusal else "",
        required=approval_required(instance),
        form=DecisionForm(initial={"request": current.pk if current else 0}),
        **context,
    )


def _shown(request: HttpRequest, instance: Instance, current: ApprovalRequest) -> dict[str, Any]:
    proposal = propose_version(instance, current.version.number)
    switch = _switch(current, proposal)
    return {
        "proposal": proposal,
        "push_url": _push_url(instance, current, switch),
        "push_words": f"{_verb(switch)} it" if switch else f"Push version {current.version.number}",
        "only_warns": switch is not None,
        "problems": problem_list(instance, proposal.check, proposal.text, user=request.user),
        "why_not": "" if _may_decide(request) else "Your login may not approve.",
        "own": why_not_approve(current, actor_of(request)),
        "may_push": request.user.has_perm(PUSHING),
        "may_replay": may_replay(request.user),
    }


def _switch(request: ApprovalRequest, proposal: Proposal) -> Switch | None:
    """What it pauses or resumes, if that is all it does."""
    if request.live_id is None:
        return None
    # A push voids what was asked for before it, so what was live then is live still.
    live = proposal.live if proposal.live and proposal.live.pk == request.live_id else request.live
    return switch_between(live.version.text, proposal.text) if live else None


def _push_url(instance: Instance, request: ApprovalRequest, switch: Switch | None) -> str:
    if switch is None:
        return reverse("admin:instance_push_version", args=(instance.pk, request.version.number))
    return switch_url(instance, switch.section, switch.name, enabled=switch.enabled)


def _verb(switch: Switch) -> str:
    return "Resume" if switch.enabled else "Pause"


def _may_decide(request: HttpRequest) -> bool:
    return request.user.has_perm(APPROVING)


def _decided(
    request: HttpRequest, instance: Instance, current: ApprovalRequest | None, values: dict[str, Any]
) -> HttpResponse:
    """Approve, reject, or take back. Raises DomainError, PermissionDenied."""
    if current is None or current.pk != values["request"]:
        raise Conflict("what you looked at does not wait for approval any more; this is how it is now")
    approve = request.POST.get("action") == "approve"
    if not _may_decide(request) and (approve or current.created_by != actor_of(request)):
        raise PermissionDenied
    decided = decide(request=current, approve=approve, actor=actor_of(request), reason=values["reason"])
    messages.success(request, f"Version {decided.version.number} is {decided.get_state_display().lower()}.")
    return redirect("admin:instance_approval", instance.pk)


def policy_page(frame: ConsoleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Whether pushes of an instance need a second person."""
    instance = instance_for(request.user, pk, "provisioning.change_pushpolicy")
    form = PolicyForm(request.POST or None, initial={"approval_required": approval_required(instance)})
    if submit(form, partial(_set_policy, request, instance)):
        return redirect("admin:instance_details", instance.pk)
    return frame.page(
        request,
        "console/form.html",
        title=f"Pushes of {instance}",
        original=instance,
        form=form,
        submit="Save",
        cancel=instance.get_absolute_url(),
        status=status_of(form),
    )


def _set_policy(request: HttpRequest, instance: Instance, values: dict[str, Any]) -> bool:
    policy = set_push_policy(instance=instance, actor=actor_of(request), **values)
    messages.success(request, f"Saved: {policy}.")
    return True
