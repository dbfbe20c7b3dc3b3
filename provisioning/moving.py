"""What every move of what is live is made of: the lock, the precondition, the version, the push. Within a transaction.

The services beside this module begin the transactions; nothing else calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.utils import timezone

from p13nadmin.api.errors import Invalid, PreconditionFailed
from provisioning.approval_rules import cleared, settle_approvals
from provisioning.consequences import listing
from provisioning.language import Check, redact
from provisioning.language.disguised_tokens import redact_disguised
from provisioning.language.loading import MAX_BYTES
from provisioning.language.plan import Plan
from provisioning.models import ConfigurationVersion, Push
from provisioning.selectors import newest_push, newest_version
from routing.history import Kind as HistoryKind
from routing.history import record
from routing.models import Instance, LiveSummary
from routing.services import mark_changed
from tokens.selectors import issued_digests

_VERBS: dict[str, str] = {Push.Kind.PUSH: "pushed", Push.Kind.ROLLBACK: "rolled back to"}


class InvalidConfiguration(Invalid):
    """422: the configuration has errors; `check` holds all problems."""

    def __init__(self, check: Check) -> None:
        count = len(check.errors)
        super().__init__(
            f"the configuration has {count} error{'s' if count != 1 else ''}; nothing was stored",
            errors=[problem.as_dict() for problem in check.problems],
        )
        self.check = check


def valid_plan(check: Check) -> Plan:
    """The plan of a check without errors. Raises InvalidConfiguration."""
    if check.plan is None:
        raise InvalidConfiguration(check)
    return check.plan


def lock(instance: Instance) -> None:
    """Keep every other change of what is live waiting until the transaction ends."""
    Instance.objects.select_for_update().get(pk=instance.pk)


def check_if_match(instance: Instance, if_match: str | None) -> None:
    """Raise PreconditionFailed unless `if_match` (None: whatever) names the newest push."""
    if if_match is None:
        return
    live = newest_push(instance)
    current = str(live.number) if live else "0"
    # Proxies that compress answers weaken their tags.
    seen = {each.strip().removeprefix("W/").strip('"') for each in if_match.split(",")}
    if not seen & {current, "*"}:
        what = f"push {current} by {live.created_by}" if live else "nothing pushed yet"
        raise PreconditionFailed(f"someone else pushed meanwhile: the newest is {what}; look at it and try again")


def move(
    instance: Instance,
    version: ConfigurationVersion,
    plan: Plan,
    kind: Push.Kind,
    *,
    note: str,
    actor: str,
    target: Push | None = None,
    break_glass: str = "",
) -> Push:
    """Make the version live; what is live already stays so by the push that made it so. Raises ApprovalNeeded."""
    live = newest_push(instance)
    if live is not None and live.version_id == version.pk:
        return live
    clearance = cleared(instance, version, kind, live=live, break_glass=redacted_text(break_glass))
    if live is not None:
        Push.objects.filter(pk=live.pk).update(superseded_at=timezone.now())
    moved = Push.objects.create(
        instance=instance,
        number=live.number + 1 if live else 1,
        kind=kind,
        version=version,
        replaced=live.version if live else None,
        returns_to=target.returns_to if target else live,
        note=redacted_text(note),
        created_by=actor,
        approved_by=clearance.approved_by,
        broke_glass=clearance.broke_glass,
    )
    settle_approvals(instance, moved)
    _summarise(instance, version, plan)
    mark_changed(instance)
    _note_move(moved)
    return moved


def _note_move(push: Push) -> None:
    """Add it to the history; what differs, the two versions say, which are kept for ever."""
    approved = f"approved by {push.approved_by}" if push.approved_by else ""
    alone = f"without approval: {push.broke_glass}" if push.broke_glass else ""
    record(
        kind=HistoryKind.PUSH if push.kind in _VERBS else HistoryKind.PAUSE,
        actor=push.created_by,
        of=push.instance,
        what=_move_in_words(push),
        why="; ".join(part for part in (push.note, approved, alone) if part),
        detail={
            "push": push.number,
            "from": push.replaced.number if push.replaced else None,
            "to": push.version.number,
        },
    )


def _move_in_words(push: Push) -> str:
    verb = _VERBS.get(push.kind, f"{push.get_kind_display().lower()}d a part by")
    instead = f" instead of version {push.replaced.number}" if push.replaced else ""
    return f"{verb} version {push.version.number}{instead}"


def _summarise(instance: Instance, version: ConfigurationVersion, plan: Plan) -> None:
    listed = listing(plan)
    LiveSummary.objects.update_or_create(
        instance=instance,
        defaults={
            "version": version.number,
            "tables": [list(pair) for pair in sorted({(event.database, event.table) for event in plan.events})],
            "token_names": listed.token_names,
            "token_digests": listed.token_digests,
        },
    )


def store_version(
    instance: Instance, text: str, plan: Plan, *, note: str, actor: str, writers: Sequence[str] = ()
) -> tuple[ConfigurationVersion, bool]:
    """The version that holds the text, tokens as digests, and whether it was made now. Raises Invalid."""
    redacted = redacted_text(text)
    _refuse_grown(redacted)
    newest = newest_version(instance)
    if newest is not None and newest.text == redacted:
        return newest, False
    version = ConfigurationVersion.objects.create(
        instance=instance,
        number=newest.number + 1 if newest else 1,
        text=redacted,
        sha256=sha256(redacted.encode()).hexdigest(),
        description=redacted_text(plan.description)[:1024],
        note=redacted_text(note),
        created_by=actor,
        writers=list(writers),
    )
    detail = {"from": newest.number if newest else None, "to": version.number}
    what = f"kept version {version.number}"
    record(kind=HistoryKind.VERSION, actor=actor, of=instance, what=what, why=version.note, detail=detail)
    return version, True


def _refuse_grown(redacted: str) -> None:
    if len(redacted.encode()) > MAX_BYTES:
        raise Invalid(
            f"with its tokens kept as digests the configuration is over {MAX_BYTES} bytes; list tokens by their names"
        )


def redacted_text(text: str) -> str:
    """The text with every issued token replaced by its digest, however it is written."""
    return redact_disguised(redact(text, issued_digests), issued_digests)


def decoded(text: str | bytes) -> str:
    """The text of an upload that was read well."""
    return text if isinstance(text, str) else text.decode("utf-8")
