"""Uploading, pushing and rolling back configurations, and the working draft.

Each public function is one transaction; `actor` is who asked for it, as text. Push and rollback take a lock
on the instance, so that two of them never interleave; `if_match` names the push that the caller has seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from p13nadmin.api.errors import Conflict, PreconditionFailed
from provisioning.approval_rules import void_draft_approvals
from provisioning.draft_changes import draft_changes
from provisioning.drafting import rewrite
from provisioning.language import Check, Problem
from provisioning.language.redaction import redact_entries
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.moving import (
    InvalidConfiguration,
    check_if_match,
    decoded,
    lock,
    move,
    redacted_text,
    store_version,
    valid_plan,
)
from provisioning.selectors import find_version, newest_push, newest_version
from provisioning.validation import check_for, compile_text
from routing.history import Kind, record
from routing.models import Instance


@dataclass(frozen=True, slots=True)
class Upload:
    """The version that holds the uploaded text; `created` is False when it was the newest already."""

    version: ConfigurationVersion
    created: bool
    warnings: tuple[Problem, ...]
    push: Push | None = None


@transaction.atomic
def upload_configuration(
    *,
    instance: Instance,
    text: str | bytes,
    actor: str,
    note: str = "",
    push: bool = False,
    if_match: str | None = None,
    break_glass: str = "",
) -> Upload:
    """Check the text and keep it as the next version, tokens as digests; with `push`, make it live as well.

    Raises InvalidConfiguration with every problem (then nothing is stored), and like `push_version`.
    """
    lock(instance)
    if push:
        check_if_match(instance, if_match)
    check = check_for(instance, text, stage="push" if push else "draft")
    plan = valid_plan(check)
    version, created = store_version(instance, decoded(text), plan, note=note, actor=actor)
    moved = (
        move(instance, version, plan, Push.Kind.PUSH, note=note, actor=actor, break_glass=break_glass) if push else None
    )
    return Upload(version, created, check.warnings, moved)


@transaction.atomic
def push_version(
    *,
    instance: Instance,
    version: int | None = None,
    actor: str,
    note: str = "",
    if_match: str | None = None,
    break_glass: str = "",
) -> tuple[Push, Check]:
    """Make a version live (the newest when no number is given) after checking it again as of now.

    Pushing what is live already changes nothing and answers with the push that made it so. Where a second person
    has to approve, `break_glass` is the reason for doing without, which is kept. Raises PreconditionFailed when
    another push came in between, InvalidConfiguration, ApprovalNeeded, NotFound.
    """
    lock(instance)
    check_if_match(instance, if_match)
    wanted = find_version(instance, version) if version is not None else _newest(instance)
    check = check_for(instance, wanted.text, stage="push")
    plan = valid_plan(check)
    return move(instance, wanted, plan, Push.Kind.PUSH, note=note, actor=actor, break_glass=break_glass), check


@transaction.atomic
def roll_back(
    *, instance: Instance, version: int | None = None, actor: str, note: str = "", if_match: str | None = None
) -> tuple[Push, Check]:
    """Make the version that was live before live again, or `version`, one that has been live.

    Problems with the instance's tokens, tables and golden tests only warn; a text that no longer compiles at
    all is refused. It needs nobody's approval: what it goes back to has been live. Raises Conflict when there is
    nothing to go back to, and like `push_version`.
    """
    lock(instance)
    check_if_match(instance, if_match)
    target = _rollback_target(instance, version)
    compiled = compile_text(target.version.text)
    if compiled.plan is None:
        raise InvalidConfiguration(compiled)
    check = check_for(instance, target.version.text, stage="draft")
    moved = move(instance, target.version, compiled.plan, Push.Kind.ROLLBACK, note=note, actor=actor, target=target)
    return moved, check


def _rollback_target(instance: Instance, version: int | None) -> Push:
    live = newest_push(instance)
    if live is None:
        raise Conflict("nothing is live yet; push a version first")
    if version is None:
        if live.returns_to is None:
            raise Conflict(f"version {live.version.number} is the first that was live; there is nothing to go back to")
        return live.returns_to
    wanted = find_version(instance, version)
    if wanted.pk == live.version_id:
        raise Conflict(f"version {version} is live already")
    target = (
        Push.objects.filter(instance=instance, version=wanted).select_related("version").order_by("-number").first()
    )
    if target is None:
        raise Conflict(f"version {version} was never live; push it instead")
    return target


def _newest(instance: Instance) -> ConfigurationVersion:
    newest = newest_version(instance)
    if newest is None:
        raise Conflict(f"instance {instance.label} has no version yet; upload a configuration first")
    return newest


@transaction.atomic
def save_draft(*, instance: Instance, text: str, revision: int | None, actor: str) -> Draft:
    """Keep the working draft, whatever its problems; issued tokens, and all that `tokens` lists, are kept as digests.

    `revision` is the one that the editor started from; raises PreconditionFailed when someone saved meanwhile. The same
    text again changes nothing, and is nobody's work.
    """
    lock(instance)
    draft = Draft.objects.filter(instance=instance).first() or Draft(instance=instance)
    if revision is not None and revision != draft.revision:
        raise PreconditionFailed(
            f"{draft.updated_by} saved this draft meanwhile; reload to see it, your text is kept below"
        )
    before, kept = draft.text, redact_entries(redacted_text(text))
    if draft.pk is not None and kept == before:
        return draft
    rewrite(draft, kept, actor)
    if kept != before:
        void_draft_approvals(instance, actor)
        what, sentences = f"saved the draft (revision {draft.revision})", _draft_changes(instance, before, draft.text)
        record(kind=Kind.DRAFT, actor=actor, of=instance, what=what, sentences=sentences)
    return draft


def _draft_changes(instance: Instance, before: str, after: str) -> list[str]:
    """What was changed; a first draft was begun from the live version, or from the newest one."""
    live = None if before else newest_push(instance)
    version = live.version if live else None if before else newest_version(instance)
    if version is None:
        return draft_changes(before, after)
    return [f"next to {version}:", *draft_changes(version.text, after)]


@transaction.atomic
def push_draft(
    *,
    instance: Instance,
    actor: str,
    note: str = "",
    revision: int | None = None,
    if_match: str | None = None,
    break_glass: str = "",
) -> Upload:
    """Freeze the working draft as the next version and make it live.

    Raises Conflict without a draft, PreconditionFailed when the draft or the live version changed since it was
    looked at, InvalidConfiguration, ApprovalNeeded.
    """
    lock(instance)
    text = _draft_to_push(instance, revision).text
    return upload_configuration(
        instance=instance, text=text, actor=actor, note=note, push=True, if_match=if_match, break_glass=break_glass
    )


@transaction.atomic
def freeze_draft(
    *, instance: Instance, actor: str, note: str = "", revision: int | None = None, if_match: str | None = None
) -> tuple[ConfigurationVersion, Draft]:
    """Keep the working draft as a version that could go live now, without pushing it. Raises like `push_draft`."""
    lock(instance)
    check_if_match(instance, if_match)
    draft = _draft_to_push(instance, revision)
    plan = valid_plan(check_for(instance, draft.text, stage="push"))
    return store_version(instance, draft.text, plan, note=note, actor=actor, writers=draft.written_by)[0], draft


def _draft_to_push(instance: Instance, revision: int | None) -> Draft:
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None or not draft.text.strip():
        raise Conflict("there is no draft to push; write or upload a configuration first")
    if revision is not None and revision != draft.revision:
        raise PreconditionFailed(f"{draft.updated_by} saved this draft meanwhile; look at it before you push")
    return draft
