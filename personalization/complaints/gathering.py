"""Reads what is known of an instance's traffic, and tells why it brings no offers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from p13nadmin.api.errors import Unavailable
from p13nadmin.api.reach import Accounts
from personalization.complaints.causes import causes
from personalization.complaints.event_causes import examples_of
from personalization.complaints.facts import Cause, Example, Facts, Failure, Looked, Refused, TokenFact
from personalization.complaints.funnel import Step, funnel, worst
from personalization.complaints.nameless_causes import causes_without_a_name
from personalization.explanation_text import place_words
from personalization.live import LiveInstance
from personalization.long_search import search_on
from personalization.looking_back import look_back
from personalization.models import Rejection, RuleFailure
from personalization.program import program
from personalization.refusals import Refusal
from personalization.rejections import nameless_of
from personalization.services import opened_records
from personalization.stores.records import EventQuery, Records, StoredEvent
from personalization.traffic import Row, breakdown
from provisioning.language.expression_places import ExpressionPlaces
from provisioning.language.plan import Plan
from provisioning.models import ConfigurationVersion
from provisioning.selectors import live_version
from provisioning.validation import compile_text
from routing.models import Instance
from routing.selectors import destinations_of
from tokens.selectors import acceptance, tokens_of

PERIODS: Final[Mapping[str, timedelta]] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
_MOST_REFUSED = 200  # examples that are read
_MOST_LOOKED = 40  # events that are looked at again
_LOOKING = 0.8  # seconds for that
_MOST_FAILURES = 20
_STAMPED = ("time", "uuid")  # columns that every event gets
_RULE = re.compile(r'(event|attribute|offer|activation) "(.*)"(?:, (.+))?', re.DOTALL)
_SECTIONS = {"event": "events", "attribute": "attributes", "offer": "offers", "activation": "activations"}

_Table = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is to be asked about; None stands for all tokens or tables. `period` is one of PERIODS."""

    token: int | None = None
    table: _Table | None = None
    period: str = "24h"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What was found. `tables` and `tokens` (names by primary key) are what can be asked about.

    `looked_at` is how many events were looked at again, None when the event store is away; `answered` are some of them
    that get offers. `nameless` tells of requests that no figure holds, since they name no instance.
    """

    steps: tuple[Step, ...]
    worst: Step | None
    causes: tuple[Cause, ...]
    tables: Sequence[_Table]
    tokens: Mapping[int, str]
    since: datetime
    looked_at: int | None
    answered: tuple[Example, ...]
    nameless: tuple[Cause, ...]


def inquire(instance: Instance, asked: Complaint, *, seen: Accounts = None) -> Inquiry:
    """Why the instance's events bring no offers: counted over the period, told by examples and the live version.

    `seen` are the accounts that the reader may see.
    """
    now = timezone.now()
    since = now - PERIODS[asked.period]
    everything = breakdown(instance.pk, since, now + timedelta(minutes=1))
    rows = [row for row in everything if _is_asked(row, asked)]
    steps = funnel(rows)
    facts, looked_at = _facts(instance, asked, steps, rows, since, now)
    facts = replace(facts, nameless=_nameless(instance, asked, since, facts.tokens, seen))
    tables = sorted({(row.database, row.table) for row in everything if row.table} | facts.destinations)
    tokens = {pk: fact.name for pk, fact in facts.tokens.items()}
    answered = examples_of(each for each in facts.looked if not each.reason)
    told = causes_without_a_name(facts)
    return Inquiry(steps, worst(steps), causes(steps, rows, facts), tables, tokens, since, looked_at, answered, told)


def _is_asked(row: Row, asked: Complaint) -> bool:
    return asked.token in (None, row.token) and asked.table in (None, (row.database, row.table))


def _facts(
    instance: Instance, asked: Complaint, steps: Sequence[Step], rows: Sequence[Row], since: datetime, now: datetime
) -> tuple[Facts, int | None]:
    version = live_version(instance)
    plan = None if version is None else compile_text(version.text).plan
    destinations = destinations_of(instance)
    has_failed = bool(steps[-1].lost) or any(row.failed for row in rows)
    looked: list[Looked] | None = []
    if has_failed or any(step.lost for step in steps[2:]):
        number, found = (None, None) if version is None or plan is None else (version.number, program(plan))
        live = LiveInstance(instance.account_id, instance.number, number, found, destinations)
        looked = _looked(live, asked, since)
    facts = Facts(
        tokens=_tokens(instance, now),
        destinations=destinations,
        plan=plan,
        refused=_refused(instance, asked, since) if steps[1].lost else (),
        looked=tuple(looked or ()),
        failures=_failures(instance, version, plan, since) if has_failed else (),
    )
    return facts, None if looked is None else len(looked)


def _tokens(instance: Instance, now: datetime) -> dict[int, TokenFact]:
    tokens = list(tokens_of(instance))
    before = {token.successor_id: token for token in tokens if token.successor_id is not None}
    return {
        token.pk: TokenFact(
            token.name,
            "public" if token.type == "public" else "private",
            token.hint,
            acceptance(token, at=now, before=before).why,
            tuple(token.allowed_origins),
            tuple(token.allowed_ips),
        )
        for token in tokens
    }


def _refused(instance: Instance, asked: Complaint, since: datetime) -> tuple[Refused, ...]:
    rows = Rejection.objects.filter(instance=instance.pk, at__gte=since)
    if asked.token is not None:
        rows = rows.filter(token=asked.token)
    if asked.table is not None:
        rows = rows.filter(database=asked.table[0], table=asked.table[1])
    return tuple(map(_as_refused, rows[:_MOST_REFUSED]))


def _nameless(
    instance: Instance, asked: Complaint, since: datetime, tokens: Mapping[int, TokenFact], seen: Accounts
) -> tuple[Refused, ...]:
    """What may be of the token and table that is asked about: a request without a table may be of each."""
    rows = nameless_of(instance, seen=seen).filter(at__gte=since)
    if asked.table is not None:
        rows = rows.filter(Q(table="") | Q(database=asked.table[0], table=asked.table[1]))
    token = None if asked.token is None else tokens.get(asked.token)
    if token is not None and token.type == "private":
        rows = rows.filter(is_preflight=False)
    return tuple(map(_as_refused, rows[:_MOST_REFUSED]))


def _as_refused(row: Rejection) -> Refused:
    table = (row.database, row.table)
    return Refused(row.code, row.token, row.token_hint, table, row.origin, row.address, row.reason, row.is_preflight)


def _looked(live: LiveInstance, asked: Complaint, since: datetime) -> list[Looked] | None:
    query = EventQuery(live.label, table=asked.table, since=int(since.timestamp()), most=_MOST_LOOKED)
    try:
        with opened_records(settings.EVENT_STORE) as records:
            events = search_on(records, query).events
            until = time.monotonic() + _LOOKING
            return [
                looked
                for event in events
                if time.monotonic() < until and (looked := _look(live, event, records)) is not None
            ]
    except Unavailable:
        return None


def _look(live: LiveInstance, event: StoredEvent, records: Records) -> Looked | None:
    try:
        explanation = look_back(live, event, records).explanation
    except Refusal:  # another release took it
        return None
    columns = tuple(column.name for column in explanation.row.fields if column.name not in _STAMPED)
    example = Example((event.database, event.table), event.uuid.hex(), event.received)
    return Looked(example, columns, explanation.answer.reason, explanation)


def _failures(
    instance: Instance, version: ConfigurationVersion | None, plan: Plan | None, since: datetime
) -> tuple[Failure, ...]:
    if version is None or plan is None:
        return ()
    rows = RuleFailure.objects.filter(instance=instance.pk, version=version.number, last_at__gte=since)
    found = list(rows.order_by("-failures")[:_MOST_FAILURES])
    places = ExpressionPlaces(version.text) if found else None
    return tuple(Failure(row.rule, row.message, row.failures, _place(places, row.rule)) for row in found)


def _place(places: ExpressionPlaces | None, rule: str) -> str:
    match = _RULE.fullmatch(rule)
    if match is None or places is None:
        return ""
    kind, name, parts = match.groups()
    return place_words(places.part(_SECTIONS[kind], name, *_steps(parts)))


def _steps(parts: str | None) -> list[str]:
    return parts.split(", ") if parts else []
