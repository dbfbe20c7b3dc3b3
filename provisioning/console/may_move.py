"""Who may move what is live: push it, or where a second person approves, ask for that."""

from __future__ import annotations

from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from provisioning.models import PushPolicy
from routing.access import instance_for, instance_of_page
from routing.models import Instance

PUSHING = "provisioning.add_push"
WRITING = "provisioning.change_draft"
APPROVING = "provisioning.change_approvalrequest"
Way = Literal["push", "ask", ""]


def way_to_move(user: Any, instance: Instance) -> Way:
    """Whether they may push what is live there, only ask a second person for it, or neither."""
    if user.has_perm(PUSHING):
        return "push"
    return "ask" if user.has_perm(WRITING) and is_asked(instance) else ""


def is_asked(instance: Instance) -> bool:
    """Whether a second person is asked there, as the page was told; who pushes is asked again under the lock."""
    policy: PushPolicy | None = getattr(instance, "push_policy", None)
    return policy is not None and policy.approval_required


def instance_to_move(request: HttpRequest, pk: int) -> Instance:
    """The instance, for somebody who may push. Raises 404 and 403."""
    return instance_for(request.user, pk, PUSHING)


def instance_to_ask(request: HttpRequest, pk: int) -> Instance:
    """The instance, for somebody who may push or ask for it. Raises 404 and 403."""
    instance = instance_of_page(request.user, pk)
    if not way_to_move(request.user, instance):
        raise PermissionDenied
    return instance


def may_replay(user: Any) -> bool:
    """Whether they decide about what goes live, alone or as the second person, and so see what it would do."""
    return any(map(user.has_perm, (PUSHING, APPROVING)))


def instance_to_replay(request: HttpRequest, pk: int) -> Instance:
    """The instance, for somebody who pushes or approves. Raises 404 and 403."""
    return instance_for(request.user, pk, PUSHING, APPROVING)
