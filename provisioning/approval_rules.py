"""What a second person's approval means for a push: whether it is needed, whether there is one, and what voids it.

Called within the transaction of a change, under the instance's lock.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from p13nadmin.api.errors import Conflict
from provisioning.models import ApprovalRequest, ConfigurationVersion, Push, PushPolicy
from routing.models import Instance

_UNDER_WAY = (ApprovalRequest.State.OPEN, ApprovalRequest.State.APPROVED)


class ApprovalNeeded(Conflict):
    """409: a second person has to approve before this goes live."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """Why a push may be made: nobody is asked (both empty), somebody approved, or the reason for doing without."""

    approved_by: str = ""
    broke_glass: str = ""


def approval_required(instance: Instance) -> bool:
    """Whether pushes of the instance need a second person."""
    return PushPolicy.objects.filter(instance=instance, approval_required=True).exists()


def cleared(
    instance: Instance, version: ConfigurationVersion, kind: str, *, live: Push | None, break_glass: str
) -> Clearance:
    """Why this push may be made. A rollback needs nobody: what it goes back to has been live.

    An approval counts for what was live when it was asked for. Raises ApprovalNeeded.
    """
    if kind == Push.Kind.ROLLBACK or not approval_required(instance):
        return Clearance()
    approved = ApprovalRequest.objects.filter(
        instance=instance, version=version, live=live, state=ApprovalRequest.State.APPROVED
    ).first()
    if approved is not None:
        return Clearance(approved_by=approved.decided_by)
    if break_glass.strip():
        return Clearance(broke_glass=break_glass.strip())
    raise ApprovalNeeded(
        f"a second person has to approve what goes live on instance {instance.label}: ask for it, "
        "or give the reason for pushing without"
    )


def settle_approvals(instance: Instance, push: Push) -> None:
    """After a push: the approval of its version is used up, any other one was of a change from something else."""
    under_way = ApprovalRequest.objects.filter(instance=instance, state__in=_UNDER_WAY)
    under_way.filter(version=push.version, state=ApprovalRequest.State.APPROVED).update(
        state=ApprovalRequest.State.USED
    )
    _void(instance, f"version {push.version.number} went live meanwhile, by {push.created_by}")


def void_draft_approvals(instance: Instance, actor: str) -> None:
    """The draft was edited: what was asked for is not what it is any more."""
    _void(instance, f"the draft was edited by {actor}", from_draft=True)


def void_approvals(instance: Instance, reason: str) -> None:
    """Nothing that was asked for until now counts."""
    _void(instance, reason)


def _void(instance: Instance, reason: str, **which: bool) -> None:
    ApprovalRequest.objects.filter(instance=instance, state__in=_UNDER_WAY, **which).update(
        state=ApprovalRequest.State.VOID, reason=reason, decided_at=timezone.now()
    )
