"""Pausing and resuming one offer or activation of what is live: a version that differs in one line, pushed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from p13nadmin.api.errors import Conflict, NotFound
from provisioning.approval_rules import void_draft_approvals
from provisioning.approvals import ask, under_way
from provisioning.drafting import rewrite
from provisioning.language import Check
from provisioning.language.plan import Plan
from provisioning.language.switching import CannotSwitch, Section, switched
from provisioning.models import ApprovalRequest, ConfigurationVersion, Draft, Push
from provisioning.moving import InvalidConfiguration, check_if_match, lock, move, redacted_text, store_version
from provisioning.selectors import newest_push
from provisioning.validation import check_for, compile_text
from routing.models import Instance

WORDS: dict[Section, str] = {"offers": "offer", "activations": "activation"}


@dataclass(frozen=True, slots=True)
class Switched:
    """`push` made it so; `check` only warns. `in_draft`: the working draft, which was another text, has it too now."""

    push: Push
    check: Check
    in_draft: bool


@transaction.atomic
def switch(
    *,
    instance: Instance,
    section: Section,
    name: str,
    enabled: bool,
    actor: str,
    note: str = "",
    if_match: str | None = None,
    break_glass: str = "",
) -> Switched:
    """Pause (`enabled=False`) or resume an offer or activation of the live version.

    The working draft is changed alike, so that pushing it later does not undo this. Problems only warn, failing
    golden tests too: they expect what is paused. What is so already answers with what is live. Raises NotFound,
    Conflict when nothing is live or the text cannot be changed, PreconditionFailed, ApprovalNeeded.
    """
    lock(instance)
    check_if_match(instance, if_match)
    live = _live(instance)
    text = switched_text(live, section, name, enabled=enabled)
    plan = _plan(text)
    check = check_for(instance, text, stage="draft")
    if text == live.version.text:
        return Switched(live, check, in_draft=False)
    kind = Push.Kind.RESUME if enabled else Push.Kind.PAUSE
    said = note or _said(section, name, enabled=enabled)
    version = _approved(instance, text) or store_version(instance, text, plan, note=said, actor=actor)[0]
    push = move(instance, version, plan, kind, note=said, actor=actor, break_glass=break_glass)
    return Switched(push, check, _switch_draft(instance, live, push, section, name, enabled, actor))


@transaction.atomic
def request_switch_approval(
    *,
    instance: Instance,
    section: Section,
    name: str,
    enabled: bool,
    actor: str,
    note: str = "",
    if_match: str | None = None,
) -> ApprovalRequest:
    """Keep what `switch` would make live as a version, and ask for its approval; `switch` then does it.

    Raises like `switch`, and Conflict for what is so already.
    """
    lock(instance)
    check_if_match(instance, if_match)
    live = _live(instance)
    text = switched_text(live, section, name, enabled=enabled)
    if text == live.version.text:
        raise Conflict(f"{WORDS[section]} “{name}” is {'running' if enabled else 'paused'} already")
    said = redacted_text(note or _said(section, name, enabled=enabled))
    version, _ = store_version(instance, text, _plan(text), note=said, actor=actor)
    return ask(ApprovalRequest(instance=instance, version=version, note=said, created_by=actor))


def _said(section: Section, name: str, *, enabled: bool) -> str:
    kind = Push.Kind.RESUME if enabled else Push.Kind.PAUSE
    return f"{kind.label} {WORDS[section]} “{name}”"


def _plan(text: str) -> Plan:
    compiled = compile_text(text)
    if compiled.plan is None:
        raise InvalidConfiguration(compiled)
    return compiled.plan


def _approved(instance: Instance, text: str) -> ConfigurationVersion | None:
    """The version that somebody approved, if it is this text: another may have been uploaded since."""
    request = under_way(instance)
    if request is None or request.state != ApprovalRequest.State.APPROVED:
        return None
    return request.version if request.version.text == text else None


def switched_text(live: Push, section: Section, name: str, *, enabled: bool) -> str:
    """The live text with that one switched. Raises NotFound, Conflict."""
    try:
        return switched(live.version.text, section, name, enabled=enabled)
    except LookupError:
        raise NotFound(f"live version {live.version.number} has no {WORDS[section]} “{name}”") from None
    except CannotSwitch as error:
        raise Conflict(str(error)) from None


def _live(instance: Instance) -> Push:
    live = newest_push(instance)
    if live is None:
        raise Conflict(f"nothing is live on instance {instance.label} yet")
    return live


def _switch_draft(
    instance: Instance, live: Push, push: Push, section: Section, name: str, enabled: bool, actor: str
) -> bool:
    """Whether the draft, being another text than what was live, was changed as well."""
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None:
        return False
    differs = draft.text != live.version.text
    try:
        text = switched(draft.text, section, name, enabled=enabled) if differs else push.version.text
    except (LookupError, CannotSwitch):
        return False  # it is another text there, and whoever pushes it sees what it changes
    if text == draft.text:
        return False
    rewrite(draft, text, actor)
    void_draft_approvals(instance, actor)
    return differs
