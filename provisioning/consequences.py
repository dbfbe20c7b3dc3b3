"""What a move of what is live takes away: what disappears, whether it is in use, and what starts empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince

from provisioning.language.losses import Loss, losses
from provisioning.language.plan import Plan
from provisioning.language.problems import Problem
from provisioning.language.restarts import restarts
from provisioning.models import Push
from provisioning.validation import compile_text
from routing.models import LiveSummary
from tokens.models import AccessToken
from tokens.selectors import usable_under

IN_USE = timedelta(days=30)  # a token that was used since then is in use


@dataclass(frozen=True, slots=True)
class Consequences:
    """`losses`: what disappears, those in use first. `restarts`: a warning for each attribute that starts empty."""

    losses: tuple[Loss, ...] = ()
    restarts: tuple[Problem, ...] = ()

    @property
    def in_use(self) -> tuple[Loss, ...]:
        """What disappears although it is in use."""
        return tuple(loss for loss in self.losses if loss.used)

    def as_list(self) -> list[dict[str, object]]:
        """What disappears, as REST answers carry it."""
        return [
            {"section": loss.section, "name": loss.name, "text": loss.text, "in_use": bool(loss.used), "use": loss.used}
            for loss in self.losses
        ]


def consequences_of(tokens: Sequence[AccessToken], live: Push | None, text: str, plan: Plan | None) -> Consequences:
    """What making `text`, compiled to `plan`, live would take away from what is live; nothing without both.

    `tokens` are all of the instance.
    """
    before = compile_text(live.version.text).plan if live is not None else None
    if live is None or before is None or plan is None:
        return Consequences()
    now = timezone.now()
    found = [*losses(before, plan, now=now.timestamp()), *_tokens(tokens, before, plan, now)]
    return Consequences(tuple(sorted(found, key=lambda loss: not loss.used)), restarts(live.version.text, text))


def _tokens(tokens: Sequence[AccessToken], before: Plan, after: Plan, now: datetime) -> Iterator[Loss]:
    kept = {token.pk for token in usable_under(tokens, listing(after), at=now)}
    for token in usable_under(tokens, listing(before), at=now):
        if token.pk not in kept:
            yield Loss("tokens", token.name, f"token “{token.name}” is no longer accepted", _use(token, now))


def _use(token: AccessToken, now: datetime) -> str:
    used = token.last_used_at
    if used is None or now - used > IN_USE:
        return ""
    # Never two lengths: it is how lately that counts.
    return f"last used {timesince(used, now, depth=1)} ago".replace("\xa0", " ")


def listing(plan: Plan) -> LiveSummary:
    """The tokens that a plan lists, as a summary that is not stored."""
    return LiveSummary(
        token_names=[entry.name for entry in plan.tokens if entry.name],
        token_digests=[entry.digest for entry in plan.tokens if entry.digest],
    )
