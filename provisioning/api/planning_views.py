"""`/provision/{account}/{instance}/…`: pausing one part, approval by a second person, pushes planned for later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from p13nadmin.api.schema import documented, page_of
from p13nadmin.api.serializers import Input, Paging
from p13nadmin.api.views import ApiView
from provisioning.api.answers import moved, tagged
from provisioning.api.serializers import (
    ApprovalInput,
    ApprovalOutput,
    DecisionInput,
    MovedOutput,
    PolicyInput,
    PolicyOutput,
    ReplayInput,
    ReplayOutput,
    ScheduleInput,
    ScheduleOutput,
    SwitchInput,
)
from provisioning.api.upload_views import IF_MATCH, TAGS
from provisioning.approval_rules import approval_required
from provisioning.approvals import decide, find_under_way, request_approval, set_push_policy
from provisioning.language.switching import Section
from provisioning.models import ApprovalRequest, ScheduledPush
from provisioning.pausing import request_switch_approval, switch
from provisioning.replay import SEES_DATA, replay
from provisioning.schedules import cancel, find_waiting, plan_push
from provisioning.selectors import find_version, newest_push
from routing.models import Instance
from routing.selectors import find_instance

Plans = TypeVar("Plans", ApprovalRequest, ScheduledPush)
Output = type[Serializer[Any]]


class PlanningView(ApiView):
    """A view of one instance, named in the path."""

    def found(self, account: int, instance: int) -> Instance:
        """The instance, for a caller who may touch it. Raises NotAllowed, NotFound."""
        return find_instance(caller=self.caller, account=account, instance=instance)

    def require_any(self, account: int, *permissions: str) -> None:
        """Raise NotAllowed unless the caller has one of the permissions in that account."""
        self.require(next((each for each in permissions if self.caller.may(each, account)), permissions[0]), account)

    @property
    def if_match(self) -> str | None:
        """The push that the caller has seen."""
        return self.request.headers.get("If-Match")

    def listed(self, rows: QuerySet[Plans], shown: Output, account: int, instance: int) -> Response:
        """A page of those of the instance, the newest first. Raises NotAllowed, NotFound."""
        self.query(Paging)
        found = self.found(account, instance)
        own = rows.filter(instance=found).select_related("version").defer("version__text").order_by("-pk")
        return tagged(self.page(own, lambda page: shown(page, many=True).data, self.request), newest_push(found))

    def made(
        self, make: Callable[..., Model], wanted: type[Input], shown: Output, account: int, instance: int
    ) -> Response:
        """What the service `make` makes of the body. Raises what it raises, NotAllowed, NotFound."""
        given = self.body(wanted)
        found = self.found(account, instance)
        row = make(instance=found, actor=self.caller.actor, if_match=self.if_match, **given)
        return tagged(Response(shown(row).data, status=201), newest_push(found))


class SwitchView(PlanningView):
    """Pausing and resuming alike."""

    permissions = {"POST": "provisioning.add_push"}
    enabled: ClassVar[bool]

    def answer(self, account: int, instance: int) -> Response:
        """Switch what the body names."""
        wanted = self.body(SwitchInput)
        instance_row = self.found(account, instance)
        section: Section = "offers" if "offer" in wanted else "activations"
        done = switch(
            instance=instance_row,
            section=section,
            name=wanted["offer"] if "offer" in wanted else wanted["activation"],
            enabled=self.enabled,
            actor=self.caller.actor,
            note=wanted["note"],
            if_match=self.if_match,
            break_glass=wanted["break_glass"],
        )
        return tagged(Response(moved(instance_row, done.push.version, done.push, done.check.problems)), done.push)


class PauseView(SwitchView):
    """Pausing."""

    enabled = False

    @documented(
        summary="Pause an offer or activation",
        text="Makes a version live that differs from the live one in `enabled: false` for that offer or activation "
        "alone, and changes the working draft alike. What is wrong with it only warns.",
        request=SwitchInput,
        example={"offer": "spring_sale", "note": "the stock is sold"},
        parameters=(IF_MATCH,),
        answers={200: MovedOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        return self.answer(account, instance)


class ResumeView(SwitchView):
    """Resuming."""

    enabled = True

    @documented(
        summary="Resume an offer or activation",
        text="The reverse of a pause: a version that differs from the live one in `enabled: true`.",
        request=SwitchInput,
        example={"offer": "spring_sale"},
        parameters=(IF_MATCH,),
        answers={200: MovedOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        return self.answer(account, instance)


class ReplayView(PlanningView):
    """What lately came in, through a version: for who pushes, or approves as the second person."""

    @documented(
        summary="Replay events through a version",
        text="Works out what the instance's newest events would be answered with by the live version and by that one, "
        "both starting without profiles, and tells what differs. Nothing is stored. Bounded in events and in seconds.",
        request=ReplayInput,
        example={"version": 5, "events": 1000},
        answers={200: ReplayOutput},
        also=(409,),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        self.require_any(account, "provisioning.add_push", "provisioning.change_approvalrequest")
        wanted = self.body(ReplayInput)
        found = self.found(account, instance)
        text = find_version(found, wanted["version"]).text
        replayed = replay(instance=found, text=text, events=wanted["events"])
        shown = replayed if self.caller.may(SEES_DATA, account) else replayed.without_data()
        return tagged(Response(ReplayOutput(shown).data), newest_push(found))


class PolicyView(PlanningView):
    """Whether a second person approves."""

    permissions = {"GET": "provisioning.view_pushpolicy", "POST": "provisioning.change_pushpolicy"}

    @documented(
        summary="Read how pushes are made",
        text="Whether a second person has to approve what goes live on the instance.",
        answers={200: PolicyOutput},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int) -> Response:
        found = self.found(account, instance)
        return _policy(found, approval_required(found))

    @documented(
        summary="Change how pushes are made",
        text="For operators. With `approval_required` a push needs the approval of a second person, or a reason for "
        "doing without. Rollbacks never do.",
        request=PolicyInput,
        example={"approval_required": True},
        answers={200: PolicyOutput},
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        wanted = self.body(PolicyInput)
        found = self.found(account, instance)
        policy = set_push_policy(instance=found, actor=self.caller.actor, **wanted)
        return _policy(found, policy.approval_required)


def _policy(instance: Instance, required: bool) -> Response:
    place = {"account": instance.account_id, "instance": instance.number}
    return tagged(Response({**place, "approval_required": required}), newest_push(instance))


class ApprovalsView(PlanningView):
    """Requests for approval."""

    permissions = {"GET": "provisioning.view_approvalrequest"}

    @documented(
        summary="List requests for approval",
        text="Of the instance, the newest first, in pages. At most one is `open` or `approved`.",
        query=Paging,
        answers={200: page_of(ApprovalOutput)},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int) -> Response:
        return self.listed(ApprovalRequest.objects.all(), ApprovalOutput, account, instance)

    @documented(
        summary="Ask for approval",
        text="Of a version that is to go live, or of pausing or resuming an offer or activation of what is live: that "
        "makes its version, and the same `pause` or `resume` then does it. An earlier request that is still under way "
        "becomes void, as does this one when something else goes live. For who may change the draft, or push.",
        request=ApprovalInput,
        example={"version": 5, "note": "spring sale"},
        parameters=(IF_MATCH,),
        answers={201: ApprovalOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        self.require_any(account, "provisioning.change_draft", "provisioning.add_push")
        return self.made(_ask, ApprovalInput, ApprovalOutput, account, instance)


def _ask(
    *,
    version: int | None = None,
    offer: str | None = None,
    activation: str | None = None,
    enabled: bool = True,
    **given: Any,
) -> ApprovalRequest:
    if version is not None:
        return request_approval(version=version, **given)
    section: Section = "activations" if offer is None else "offers"
    return request_switch_approval(section=section, name=offer or activation or "", enabled=enabled, **given)


class DecisionView(PlanningView):
    """What a second person says to the request that is under way."""

    permissions = {"POST": "provisioning.change_approvalrequest"}

    @documented(
        summary="Approve or reject",
        text="The request that is under way. Approving is for a person who is signed in to the console and has neither "
        "asked for it nor written it; an API key may only reject. The push itself comes after it.",
        request=DecisionInput,
        example={"version": 5, "approve": False, "reason": "the banner is too large"},
        answers={200: ApprovalOutput},
        also=(409,),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        wanted = self.body(DecisionInput)
        found = self.found(account, instance)
        current = find_under_way(found, wanted["version"])
        decided = decide(request=current, approve=wanted["approve"], actor=self.caller.actor, reason=wanted["reason"])
        return tagged(Response(ApprovalOutput(decided).data), newest_push(found))


class SchedulesView(PlanningView):
    """Planned pushes."""

    permissions = {"GET": "provisioning.view_scheduledpush", "POST": "provisioning.add_push"}

    @documented(
        summary="List planned pushes",
        text="Of the instance, the newest first, in pages. At most one is `waiting`.",
        query=Paging,
        answers={200: page_of(ScheduleOutput)},
        tags=TAGS,
    )
    def get(self, request: Request, account: int, instance: int) -> Response:
        return self.listed(ScheduledPush.objects.select_related("push"), ScheduleOutput, account, instance)

    @documented(
        summary="Plan a push",
        text="A version goes live at that time, checked again then. It is held, with the reason, when another version "
        "went live meanwhile, when it has errors by then, or when its approval is missing.",
        request=ScheduleInput,
        example={"version": 5, "at": "2027-03-01T00:00:00+01:00", "note": "spring sale"},
        parameters=(IF_MATCH,),
        answers={201: ScheduleOutput},
        also=(409, 412),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        return self.made(plan_push, ScheduleInput, ScheduleOutput, account, instance)


class CancelView(PlanningView):
    """Calling a planned push off."""

    permissions = {"POST": "provisioning.add_push"}

    @documented(
        summary="Cancel the planned push",
        text="The one that is waiting. 409 when none is.",
        answers={200: ScheduleOutput},
        also=(409,),
        tags=TAGS,
    )
    def post(self, request: Request, account: int, instance: int) -> Response:
        found = self.found(account, instance)
        cancelled = cancel(schedule=find_waiting(found), actor=self.caller.actor)
        return tagged(Response(ScheduleOutput(cancelled).data), newest_push(found))
