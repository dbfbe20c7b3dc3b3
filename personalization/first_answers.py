"""What the live version answered lately: the newest events since it was pushed, worked out once more.

The log keeps events, not answers. So the events are sent through the version again, on profiles that begin empty some
events before the push: who was known for longer may have got more than is found here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from django.conf import settings

from personalization import event_body
from personalization.long_search import newest_events
from personalization.memory_profiles import MemoryProfiles
from personalization.refusals import Refusal
from personalization.services import opened_records
from personalization.shown_offers import data_text, sensitive_data
from personalization.stores.records import EventQuery, Records, StoredEvent
from personalization.verdicts import WHY_NO_OFFERS
from provisioning.language.plan import Plan
from provisioning.models import Push
from provisioning.validation import compile_text
from routing.selectors import destinations_of

REPLAYED: Final = 200  # events, the newest
SHOWN: Final = 10  # answers, the newest
_SHARE = 0.5  # of the time that a page takes to look for events: those before the push
_PAUSE = 0.0005  # seconds after each event: the process may serve the endpoint as well, which goes first


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An event since the push: `offers` are names with their data as JSON; without any, `why`. `uuid` is hex."""

    at: datetime
    table: str
    public: bool
    uuid: str
    offers: Sequence[tuple[str, str]]
    why: str


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """The newest answers, the newest first; they were worked out from `replayed` events, the oldest of `since`.

    Without any there was no event since the push; `back_to` limits that to what was looked through until time was up.
    """

    answers: Sequence[ShownAnswer]
    replayed: int = 0
    since: datetime | None = None
    back_to: datetime | None = None


def first_answers(push: Push) -> FirstAnswers:
    """The answers by the version of `push`, which is live. Raises Unavailable when the event store is away."""
    # What came within the second of the push may have been answered by the version before.
    pushed = int(push.created_at.timestamp())
    query = EventQuery(push.instance.label, most=REPLAYED)
    with opened_records(settings.EVENT_STORE) as records:
        newest = newest_events(records, replace(query, since=pushed + 1))
        events = newest.events + _before(records, replace(query, until=pushed), known=len(newest.events))
    plan = _plan(push.version.text) if newest.events else None
    if plan is None:
        return FirstAnswers((), back_to=newest.back_to)
    answers = _answers(plan, destinations_of(push.instance), events, min(len(newest.events), SHOWN))
    return FirstAnswers(answers, len(events), datetime.fromtimestamp(events[-1].received, UTC))


def _before(records: Records, query: EventQuery, *, known: int) -> tuple[StoredEvent, ...]:
    """Those that the answers to the `known` newer ones may rest on."""
    if not 0 < known < query.most:
        return ()
    return newest_events(records, replace(query, most=query.most - known), share=_SHARE).events


@lru_cache(maxsize=4)
def _plan(text: str) -> Plan | None:
    """Kept, for an open page asks every few seconds, and a large text takes a second."""
    return compile_text(text).plan


def _answers(
    plan: Plan, tables: frozenset[tuple[str, str]], events: Sequence[StoredEvent], shown: int
) -> list[ShownAnswer]:
    """Those to the first `shown` of `events`, which are the newest first, all of them being replayed."""
    profiles, hidden = MemoryProfiles(plan, tables), sensitive_data(plan)
    answers = []
    for event in reversed(events):
        answers.append(_answer(profiles, event, hidden))
        time.sleep(_PAUSE)
    return answers[: -shown - 1 : -1]


def _answer(profiles: MemoryProfiles, event: StoredEvent, hidden: Mapping[str, frozenset[str]]) -> ShownAnswer:
    offers: Sequence[tuple[str, str]] = ()
    try:
        fields = event_body.parse(event.body.encode())
        answer = profiles.post(event.database, event.table, fields, public=event.public, now=event.received)
    except Refusal as refusal:
        why = f"it would be turned away now: {refusal.message}"
    else:
        offers = [(name, data_text(offer["attributes"], hidden[name])) for name, offer in answer.offers.items()]
        why = WHY_NO_OFFERS.get(answer.reason, answer.reason)
    at = datetime.fromtimestamp(event.received, UTC)
    return ShownAnswer(at, f"{event.database}/{event.table}", event.public, event.uuid.hex(), offers, why)
