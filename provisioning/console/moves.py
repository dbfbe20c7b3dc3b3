"""The kinds of moves of what is live, as the console proposes and does them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from p13nadmin.api.errors import NotFound
from provisioning.approvals import request_approval, request_draft_approval
from provisioning.console.proposals import (
    Proposal,
    propose_draft,
    propose_rollback,
    propose_switch,
    propose_version,
)
from provisioning.language.switching import Section
from provisioning.models import Push
from provisioning.pausing import WORDS, request_switch_approval, switch
from provisioning.schedules import plan_draft_push, plan_push
from provisioning.services import push_draft, push_version, roll_back
from routing.models import Instance

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of move: its words, how it is proposed, and how it is done.

    `ask` has a second person look at it, `plan` does it later; None where that cannot be. `confirms`: what is in use
    and disappears has to be confirmed by typing. `only_warns`: what is wrong with the version does not keep it back.
    """

    title: str
    verb: str
    propose: Callable[[], Proposal]
    act: Callable[[Values], Push]
    ask: Callable[[Values], object] | None = None
    plan: Callable[[Values], object] | None = None
    confirms: bool = True
    only_warns: bool = False
    needs_approval: bool = True

    @property
    def can_be_asked(self) -> bool:
        """Whether a second person can look at it."""
        return self.ask is not None

    @property
    def can_be_planned(self) -> bool:
        """Whether it can be done later."""
        return self.plan is not None

    def asked(self, proposal: Proposal) -> int:
        """How many parts in use disappear, if that has to be confirmed by typing."""
        return len(proposal.consequences.in_use) if self.confirms else 0


def draft_move(instance: Instance, actor: str) -> Move:
    """Pushing the working draft."""

    def act(values: Values) -> Push:
        upload = push_draft(instance=instance, actor=actor, **_of(values, "revision", "break_glass"))
        if upload.push is None:
            raise NotFound("nothing was pushed")
        return upload.push

    return Move(
        "Push the draft",
        "Push",
        lambda: propose_draft(instance),
        act,
        lambda values: request_draft_approval(instance=instance, actor=actor, **_of(values, "revision")),
        lambda values: plan_draft_push(instance=instance, actor=actor, **_of(values, "revision", "at")),
    )


def version_move(instance: Instance, number: int, actor: str) -> Move:
    """Pushing a version that was uploaded and is not live."""
    which: dict[str, Any] = {"instance": instance, "version": number, "actor": actor}
    return Move(
        f"Push version {number}",
        "Push",
        lambda: propose_version(instance, number),
        lambda values: push_version(**which, **_of(values, "break_glass"))[0],
        lambda values: request_approval(**which, **_of(values)),
        lambda values: plan_push(**which, **_of(values, "at")),
    )


def rollback_move(instance: Instance, number: int | None, actor: str) -> Move:
    """Going back to the version before, or to a version by its number."""
    return Move(
        f"Roll back to version {number}" if number is not None else "Roll back to the version before",
        "Roll back",
        lambda: propose_rollback(instance, number),
        lambda values: roll_back(instance=instance, version=number, actor=actor, **_of(values))[0],
        confirms=False,
        only_warns=True,
        needs_approval=False,
    )


def switch_move(instance: Instance, section: Section, name: str, enabled: bool, actor: str) -> Move:
    """Pausing or resuming an offer or activation."""
    verb = "Resume" if enabled else "Pause"

    which: dict[str, Any] = {"instance": instance, "section": section, "name": name, "enabled": enabled, "actor": actor}
    return Move(
        f"{verb} {WORDS[section]} “{name}”",
        verb,
        lambda: propose_switch(instance, section, name, enabled=enabled),
        lambda values: switch(**which, **_of(values, "break_glass")).push,
        lambda values: request_switch_approval(**which, **_of(values)),
        confirms=False,
        only_warns=True,
    )


def _of(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] for name in ("note", "if_match", *names)}
