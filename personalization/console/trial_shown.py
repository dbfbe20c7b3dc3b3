"""A trial as its page shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from personalization import json_text
from personalization.explanation import Explanation, OfferExplanation
from personalization.stores.records import StoredEvent
from personalization.trials import Trial
from personalization.verdicts import verdict

Tone = Literal["good", "bad", "warn", "plain"]
_TONES: dict[str, Tone] = {"given": "good", "failed": "bad", "withheld": "warn", "no-rule": "warn"}
_SHOWN_HEADERS = ("x-p13n-version", "x-p13n-reason")
_MOST_OPEN = 6
_MANY = 20  # offers; of more, those that wait for other events stand apart


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer with its verdict; `is_open` when its rules are to be seen at once."""

    offer: OfferExplanation
    verdict: str
    tone: Tone
    is_open: bool


@dataclass(frozen=True, slots=True)
class ShownExplanation:
    """An explanation for its page; `others` are, where there are many, the offers that wait for other events."""

    explanation: Explanation
    offers: Sequence[ShownOffer]
    others: Sequence[ShownOffer]


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """`headline` says what came of it, `lead` why; `answer` is the body as it would be sent, set out for reading.

    `others` are, where there are many, the offers that wait for other events.
    `keepable` says that a golden test can hold it, `kept` is then what the page for that needs.
    """

    trial: Trial
    tone: Tone
    headline: str
    lead: str
    headers: Sequence[tuple[str, str]]
    answer: str
    explanation: Explanation | None
    offers: Sequence[ShownOffer]
    others: Sequence[ShownOffer]
    table: str
    is_monitored: bool
    keepable: bool
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """An event of the log to choose from; `at` is when it came, `uuid` its hex digits."""

    table: str
    path: str
    at: datetime
    uuid: str
    body: str

    @staticmethod
    def of(event: StoredEvent) -> RecentEvent:
        """The event as its list shows it."""
        at = datetime.fromtimestamp(event.received, UTC)
        path = "public" if event.public else "private"
        return RecentEvent(f"{event.database}/{event.table}", path, at, event.uuid.hex(), event.body)


def shown_explanation(explanation: Explanation) -> ShownExplanation:
    """The explanation with the verdicts of its offers."""
    return ShownExplanation(explanation, *_parted(_offers(explanation)))


def _parted(offers: Sequence[ShownOffer]) -> tuple[Sequence[ShownOffer], Sequence[ShownOffer]]:
    """Those to be told of, and those that wait for other events where there are many."""
    others = [each for each in offers if each.offer.status == "no-event"] if len(offers) > _MANY else []
    return ([each for each in offers if each.offer.status != "no-event"] if others else offers), others


def shown_trial(trial: Trial, values: dict[str, Any]) -> ShownTrial:
    """The trial that the form's values came to."""
    explanation = trial.heard.explanation
    tone, headline = _headline(trial)
    offers, others = _parted(_offers(explanation))
    is_monitored = trial.heard.header("x-p13n-reason") != "not-monitored"
    met_somebody = values["profile"] is not None or bool(values.get("person_value"))
    return ShownTrial(
        trial=trial,
        tone=tone,
        headline=headline,
        lead=trial.because or ("" if explanation else _refusal(trial)),
        headers=[pair for pair in trial.heard.headers if pair[0] in _SHOWN_HEADERS],
        answer=json.dumps(json_text.load(trial.heard.body), indent=2, ensure_ascii=False),
        explanation=explanation,
        offers=offers,
        others=others,
        table=_table(trial),
        is_monitored=is_monitored,
        keepable=explanation is not None and is_monitored and not met_somebody,
        kept=_kept(trial, values),
    )


def _table(trial: Trial) -> str:
    return f"{trial.event.database}/{trial.event.table}"


def _kept(trial: Trial, values: dict[str, Any]) -> dict[str, str]:
    return {
        "table": _table(trial),
        "path": values["path"],
        "event": values["event"],
        "earlier": "\n".join(line.decode("utf-8", "replace") for line in values["earlier"]),
        "version": values["version"],
        "at": str(trial.now),
    }


def _headline(trial: Trial) -> tuple[Tone, str]:
    if trial.heard.explanation is None:
        return "bad", f"The endpoint turns this event away with {trial.heard.status}"
    given = trial.heard.explanation.answer.offers
    if not given:
        return "warn", "No offers"
    return "good", f"{len(given)} offer{'s' if len(given) != 1 else ''}: {', '.join(given)}"


def _refusal(trial: Trial) -> str:
    return str(json_text.load(trial.heard.body).get("message", "")).rstrip(".")


def _offers(explanation: Explanation | None) -> list[ShownOffer]:
    if explanation is None:
        return []
    here = [offer for offer in explanation.offers if offer.status not in ("no-event", "off")]
    opened = len(here) <= _MOST_OPEN
    return [
        ShownOffer(
            offer,
            verdict(offer, explanation),
            _TONES.get(offer.status, "plain"),
            opened and offer.status in ("no-rule", "failed"),
        )
        for offer in explanation.offers
    ]
