"""Uploading, pushing and rolling back configurations, and the working draft.

Each public function is one transaction; `actor` is who asked for it, as text. Push and rollback take a lock
on the instance, so that two of them never interleave; `if_match` names the push that the caller has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from p13nadmin.api.errors import Conflict, Invalid, PreconditionFailed
from provisioning.language import Check, Problem, redact
from provisioning.language.loading import MAX_BYTES
from provisioning.language.plan import Plan
from provisioning.language.redaction import redact_entries
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.selectors import find_version, newest_push, newest_version
from provisioning.validation import check_for, compile_text
from routing.models import Instance, LiveSummary
from routing.services import mark_changed
from tokens.selectors import issued_digests


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
) -> Upload:
    """Check the text and keep it as the next version, tokens as digests; with `push`, make it live as well.

    Raises InvalidConfiguration with every problem (then nothing is stored), and like `push_version`.
    """
    _lock(instance)
    if push:
        _check_if_match(instance, if_match)
    check = check_for(instance, text, stage="push" if push else "draft")
    plan = _valid_plan(check)
    version, created = _store(instance, _decoded(text), plan, note=note, actor=actor)
    moved = _move(instance, version, plan, Push.Kind.PUSH, note=note, actor=actor) if push else None
    return Upload(version, created, check.warnings, moved)


@transaction.atomic
def push_version(
    *, instance: Instance, version: int | None = None, actor: str, note: str = "", if_match: str | None = None
) -> tuple[Push, Check]:
    """Make a version live (the newest when no number is given) after checking it again as of now.

    Pushing what is live already changes nothing and answers with the push that made it so. Raises
    PreconditionFailed when another push came in between, InvalidConfiguration, NotFound.
    """
    _lock(instance)
    _check_if_match(instance, if_match)
    wanted = find_version(instance, version) if version is not None else _newest(instance)
    check = check_for(instance, wanted.text, stage="push")
    plan = _valid_plan(check)
    return _move(instance, wanted, plan, Push.Kind.PUSH, note=note, actor=actor), check


@transaction.atomic
def roll_back(
    *, instance: Instance, version: int | None = None, actor: str, note: str = "", if_match: str | None = None
) -> tuple[Push, Check]:
    """Make the version that was live before live again, or `version`, one that has been live.

    Problems with the instance's tokens, tables and golden tests only warn; a text that no longer compiles at
    all is refused. Raises Conflict when there is nothing to go back to, and like `push_version`.
    """
    _lock(instance)
    _check_if_match(instance, if_match)
    target = _rollback_target(instance, version)
    compiled = compile_text(target.version.text)
    if compiled.plan is None:
        raise InvalidConfiguration(compiled)
    check = check_for(instance, target.version.text, stage="draft")
    moved = _move(instance, target.version, compiled.plan, Push.Kind.ROLLBACK, note=note, actor=actor, target=target)
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


def _move(
    instance: Instance,
    version: ConfigurationVersion,
    plan: Plan,
    kind: Push.Kind,
    *,
    note: str,
    actor: str,
    target: Push | None = None,
) -> Push:
    live = newest_push(instance)
    if live is not None and live.version_id == version.pk:
        return live
    if live is not None:
        Push.objects.filter(pk=live.pk).update(superseded_at=timezone.now())
    moved = Push.objects.create(
        instance=instance,
        number=live.number + 1 if live else 1,
        kind=kind,
        version=version,
        replaced=live.version if live else None,
        returns_to=target.returns_to if target else live,
        note=_redacted(note),
        created_by=actor,
    )
    _summarise(instance, version, plan)
    mark_changed(instance)
    return moved


def _summarise(instance: Instance, version: ConfigurationVersion, plan: Plan) -> None:
    LiveSummary.objects.update_or_create(
        instance=instance,
        defaults={
            "version": version.number,
            "tables": [list(pair) for pair in sorted({(event.database, event.table) for event in plan.events})],
            "token_names": [entry.name for entry in plan.tokens if entry.name],
            "token_digests": [entry.digest for entry in plan.tokens if entry.digest],
        },
    )


def _store(instance: Instance, text: str, plan: Plan, *, note: str, actor: str) -> tuple[ConfigurationVersion, bool]:
    redacted = _redacted(text)
    _refuse_grown(redacted)
    newest = newest_version(instance)
    if newest is not None and newest.text == redacted:
        return newest, False
    version = ConfigurationVersion.objects.create(
        instance=instance,
        number=newest.number + 1 if newest else 1,
        text=redacted,
        sha256=sha256(redacted.encode()).hexdigest(),
        description=_redacted(plan.description)[:1024],
        note=_redacted(note),
        created_by=actor,
    )
    return version, True


def _refuse_grown(redacted: str) -> None:
    if len(redacted.encode()) > MAX_BYTES:
        raise Invalid(
            f"with its tokens kept as digests the configuration is over {MAX_BYTES} bytes; list tokens by their names"
        )


def _newest(instance: Instance) -> ConfigurationVersion:
    newest = newest_version(instance)
    if newest is None:
        raise Conflict(f"instance {instance.label} has no version yet; upload a configuration first")
    return newest


def _lock(instance: Instance) -> None:
    Instance.objects.select_for_update().get(pk=instance.pk)


def _check_if_match(instance: Instance, if_match: str | None) -> None:
    if if_match is None:
        return
    live = newest_push(instance)
    current = str(live.number) if live else "0"
    # Proxies that compress answers weaken their tags.
    seen = {each.strip().removeprefix("W/").strip('"') for each in if_match.split(",")}
    if not seen & {current, "*"}:
        what = f"push {current} by {live.created_by}" if live else "nothing pushed yet"
        raise PreconditionFailed(f"someone else pushed meanwhile: the newest is {what}; look at it and try again")


class InvalidConfiguration(Invalid):
    """422: the configuration has errors; `check` holds all problems."""

    def __init__(self, check: Check) -> None:
        count = len(check.errors)
        super().__init__(
            f"the configuration has {count} error{'s' if count != 1 else ''}; nothing was stored",
            errors=[problem.as_dict() for problem in check.problems],
        )
        self.check = check


def _valid_plan(check: Check) -> Plan:
    if check.plan is None:
        raise InvalidConfiguration(check)
    return check.plan


def _redacted(text: str) -> str:
    return redact(text, issued_digests)


def _decoded(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8")


@transaction.atomic
def save_draft(*, instance: Instance, text: str, revision: int | None, actor: str) -> Draft:
    """Keep the working draft, whatever its problems; issued tokens, and all that `tokens` lists, are kept as digests.

    `revision` is the one that the editor started from; raises PreconditionFailed when someone saved meanwhile.
    """
    _lock(instance)
    draft = Draft.objects.filter(instance=instance).first() or Draft(instance=instance)
    if revision is not None and revision != draft.revision:
        raise PreconditionFailed(
            f"{draft.updated_by} saved this draft meanwhile; reload to see it, your text is kept below"
        )
    draft.text = redact_entries(_redacted(text))
    draft.revision += 1
    draft.updated_by = actor
    draft.save()
    return draft


@transaction.atomic
def push_draft(
    *, instance: Instance, actor: str, note: str = "", revision: int | None = None, if_match: str | None = None
) -> Upload:
    """Freeze the working draft as the next version and make it live.

    Raises Conflict without a draft, PreconditionFailed when the draft or the live version changed since it was
    looked at, InvalidConfiguration.
    """
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None or not draft.text.strip():
        raise Conflict("there is no draft to push; write or upload a configuration first")
    if revision is not None and revision != draft.revision:
        raise PreconditionFailed(f"{draft.updated_by} saved this draft meanwhile; look at it before you push")
    return upload_configuration(
        instance=instance, text=draft.text, actor=actor, note=note, push=True, if_match=if_match
    )
