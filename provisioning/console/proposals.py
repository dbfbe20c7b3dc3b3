"""What a push or a rollback would do, worked out before anybody confirms it."""

from __future__ import annotations

from dataclasses import dataclass

from p13nadmin.api.errors import Conflict
from provisioning.consequences import Consequences, consequences_of
from provisioning.language import Check
from provisioning.language.diff import Difference, diff_documents
from provisioning.language.switching import Section
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.pausing import switched_text
from provisioning.selectors import find_version, newest_push
from provisioning.validation import check_for, compile_text
from routing.models import Instance
from tokens.selectors import tokens_by_name


@dataclass(frozen=True, slots=True)
class Proposal:
    """A move of what is live.

    `live` is the push looked at, whose number `if_match` carries. `blocked` says why it cannot be done, or is
    empty. `revision` belongs to the draft, `version` is the number of a version that is there already.
    """

    live: Push | None
    name: str
    text: str
    check: Check
    difference: Difference
    consequences: Consequences
    blocked: str = ""
    revision: int | None = None
    version: int | None = None

    @property
    def if_match(self) -> str:
        """The number of the newest push, 0 when there is none."""
        return str(self.live.number) if self.live else "0"


def propose_draft(instance: Instance) -> Proposal:
    """Pushing the working draft. Raises Conflict when there is none."""
    draft = Draft.objects.filter(instance=instance).first()
    if draft is None or not draft.text.strip():
        raise Conflict("there is no draft to push; write or upload a configuration first")
    live = newest_push(instance)
    tokens = tokens_by_name(instance)
    check = check_for(instance, draft.text, stage="push", tokens=tokens)
    blocked = _errors(check)
    if live is not None and live.version.text == draft.text:
        blocked = f"The draft is what is live already, version {live.version.number}."
    difference = _difference(live, draft.text, "draft")
    lost = consequences_of(tokens, live, draft.text, check.plan)
    return Proposal(live, "the draft", draft.text, check, difference, lost, blocked, revision=draft.revision)


def propose_version(instance: Instance, number: int) -> Proposal:
    """Pushing a version that exists. Raises NotFound."""
    version = find_version(instance, number)
    live = newest_push(instance)
    tokens = tokens_by_name(instance)
    check = check_for(instance, version.text, stage="push", tokens=tokens)
    blocked = _errors(check)
    if live is not None and live.version_id == version.pk:
        blocked = f"Version {number} is live already."
    difference = _difference(live, version.text, str(version))
    lost = consequences_of(tokens, live, version.text, check.plan)
    return Proposal(live, str(version), version.text, check, difference, lost, blocked, version=number)


def propose_rollback(instance: Instance, number: int | None) -> Proposal:
    """Going back to the version that was live before, or to version `number`. Raises NotFound, Conflict."""
    live = newest_push(instance)
    if live is None:
        raise Conflict("nothing is live yet; push a version first")
    version = find_version(instance, number) if number is not None else _before(live)
    plan = compile_text(version.text).plan
    blocked = "" if plan else "This version no longer compiles at all; mend it as a draft."
    if version.pk == live.version_id:
        blocked = f"Version {version.number} is live already."
    elif not Push.objects.filter(version=version).exists():
        blocked = f"Version {version.number} was never live; push it instead."
    tokens = tokens_by_name(instance)
    check = check_for(instance, version.text, stage="draft", tokens=tokens)
    difference = _difference(live, version.text, str(version))
    lost = consequences_of(tokens, live, version.text, plan)
    return Proposal(live, str(version), version.text, check, difference, lost, blocked, version=version.number)


def propose_switch(instance: Instance, section: Section, name: str, *, enabled: bool) -> Proposal:
    """Pausing or resuming an offer or activation. Raises NotFound, Conflict."""
    live = newest_push(instance)
    if live is None:
        raise Conflict("nothing is live yet; push a version first")
    text = switched_text(live, section, name, enabled=enabled)
    state = "running" if enabled else "paused"
    blocked = f"It is {state} already." if text == live.version.text else ""
    check = check_for(instance, text, stage="draft")
    return Proposal(live, "a new version", text, check, _difference(live, text, "new version"), Consequences(), blocked)


def _before(live: Push) -> ConfigurationVersion:
    if live.returns_to is None:
        raise Conflict(f"version {live.version.number} is the first that was live; there is nothing to go back to")
    return live.returns_to.version


def _difference(live: Push | None, text: str, name: str) -> Difference:
    old_name = f"live version {live.version.number}" if live else "nothing live"
    return diff_documents(live.version.text if live else "", text, old_name=old_name, new_name=name)


def _errors(check: Check) -> str:
    count = len(check.errors)
    if not count:
        return ""
    return f"It has {count} errors; mend them first." if count > 1 else "It has 1 error; mend it first."
