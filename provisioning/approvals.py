"""A second person looks at what goes live: asking, approving, rejecting, and whether an instance wants it at all.

Each public function is one transaction; `actor` is who does it, as text.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import FilteredRelation, Q, QuerySet
from django.utils import timezone

from p13nadmin.api.errors import Conflict, NotAllowed
from provisioning.approval_rules import void_approvals
from provisioning.models import ApprovalRequest, PushPolicy
from provisioning.moving import check_if_match, lock, redacted_text, valid_plan
from provisioning.selectors import find_version, newest_push
from provisioning.services import freeze_draft
from provisioning.validation import check_for
from routing.history import Kind, record
from routing.models import Instance
from tokens.issuers import issuers_of

State = ApprovalRequest.State
_STAFF = "staff "


@transaction.atomic
def set_push_policy(*, instance: Instance, approval_required: bool, actor: str) -> PushPolicy:
    """Have pushes of an instance need a second person, or not any more."""
    lock(instance)
    policy = PushPolicy.objects.filter(instance=instance).first() or PushPolicy(instance=instance)
    if policy.approval_required != approval_required or policy.pk is None:
        policy.approval_required, policy.changed_by = approval_required, actor
        policy.save()
        record(kind=Kind.APPROVAL, actor=actor, of=instance, what=f"decided how pushes are made: {policy}")
    return policy


@transaction.atomic
def request_approval(
    *, instance: Instance, version: int, actor: str, note: str = "", if_match: str | None = None
) -> ApprovalRequest:
    """Ask for the approval of a version. One request of an instance is under way: an earlier one is void by this.

    Raises InvalidConfiguration for a version that may not go live, Conflict for what is live, PreconditionFailed,
    NotFound.
    """
    lock(instance)
    check_if_match(instance, if_match)
    found = find_version(instance, version)
    valid_plan(check_for(instance, found.text, stage="push"))
    request = ApprovalRequest(instance=instance, version=found, note=redacted_text(note), created_by=actor)
    return ask(request)


@transaction.atomic
def request_draft_approval(
    *, instance: Instance, actor: str, note: str = "", revision: int | None = None, if_match: str | None = None
) -> ApprovalRequest:
    """Freeze the working draft as a version and ask for its approval; an edit of the draft voids it.

    Raises like `push_draft`.
    """
    version, draft = freeze_draft(instance=instance, actor=actor, note=note, revision=revision, if_match=if_match)
    request = ApprovalRequest(instance=instance, version=version, note=redacted_text(note), created_by=actor)
    request.from_draft, request.edited_by = True, draft.updated_by
    return ask(request)


def ask(request: ApprovalRequest) -> ApprovalRequest:
    """Put a request under way, under the instance's lock: an earlier one is void. Raises Conflict for what is live."""
    request.live = newest_push(request.instance)
    if request.live is not None and request.live.version_id == request.version_id:
        raise Conflict(f"version {request.version.number} is live already")
    void_approvals(request.instance, f"{request.created_by} asked for version {request.version.number} instead")
    request.save()
    what = f"asked for the approval of version {request.version.number}"
    detail = {"from": request.live.version.number if request.live else None, "to": request.version.number}
    record(
        kind=Kind.APPROVAL, actor=request.created_by, of=request.instance, what=what, why=request.note, detail=detail
    )
    return request


@transaction.atomic
def decide(*, request: ApprovalRequest, approve: bool, actor: str, reason: str = "") -> ApprovalRequest:
    """Approve or reject what somebody asked for.

    Whoever asked for it, wrote its version or had a hand in its draft may reject (that is taking it back), and never
    approve. Raises NotAllowed, and Conflict when it is decided or void already.
    """
    lock(request.instance)
    current = ApprovalRequest.objects.select_related("version", "instance").get(pk=request.pk)
    allowed = (State.OPEN,) if approve else (State.OPEN, State.APPROVED)
    if current.state not in allowed:
        raise Conflict(_decided(current))
    if approve and (why := why_not_approve(current, actor)):
        raise NotAllowed(why)
    current.state = State.APPROVED if approve else State.REJECTED
    current.decided_by, current.decided_at, current.reason = actor, timezone.now(), redacted_text(reason)
    current.save(update_fields=("state", "decided_by", "decided_at", "reason"))
    what = f"{'approved' if approve else 'rejected'} version {current.version.number}"
    record(kind=Kind.APPROVAL, actor=actor, of=current.instance, what=what, why=current.reason)
    return current


def why_not_approve(request: ApprovalRequest, actor: str) -> str:
    """Why that one may not approve it, or nothing."""
    if not actor.startswith(_STAFF):
        return "a person approves, signed in to the console; an API key or a command is none"
    if actor in authors(request):
        return "another person has to approve it: you wrote it or asked for it, or issued the key that did"
    return ""


def authors(request: ApprovalRequest) -> set[str]:
    """Who asked for it, who wrote it, and who issued the keys by which that was done."""
    version = request.version
    named = {request.created_by, request.edited_by, version.created_by, *version.writers} - {""}
    return named | issuers_of(named)


def _decided(request: ApprovalRequest) -> str:
    by = f" by {request.decided_by}" if request.decided_by else ""
    why = f": {request.reason}" if request.reason else ""
    return f"this request is {request.get_state_display().lower()}{by} already{why}; ask again"


def under_way(instance: Instance) -> ApprovalRequest | None:
    """The request that can still lead to a push."""
    found = ApprovalRequest.objects.filter(instance=instance, state__in=(State.OPEN, State.APPROVED))
    return found.select_related("version", "instance__account").defer("version__text").first()


def with_request_under_way(instances: QuerySet[Instance]) -> QuerySet[Instance]:
    """The instances, each with that request (there is at most one) as `request_under_way`, read in the same query."""
    states = Q(approval_requests__state__in=(State.OPEN, State.APPROVED))
    joined = instances.alias(request_under_way=FilteredRelation("approval_requests", condition=states))
    joined = joined.select_related("request_under_way__version")  # type: ignore[misc]
    return joined.defer("request_under_way__version__text")  # type: ignore[misc]


def find_under_way(instance: Instance, version: int) -> ApprovalRequest:
    """The same when it is about that version, the one that was looked at. Raises Conflict."""
    current = under_way(instance)
    if current is None or current.version.number != version:
        raise Conflict(f"nobody is waiting for the approval of version {version}")
    return current
