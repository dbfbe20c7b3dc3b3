"""Why events that were taken brought no offers, told from the counts and from events that came lately. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from personalization.alike import meant
from personalization.complaints.facts import Cause, Example, Facts, Looked
from personalization.complaints.funnel import Counted
from personalization.explanation import Explanation, RuleExplanation
from personalization.explanation_text import KEY_WORDS

_MOST = 5  # causes of one kind
MOST_EXAMPLES = 3  # of one cause
_MOST_NAMES = 20  # columns that are listed
_CUT = 160  # characters of a condition


def nothing_live(rows: Iterable[Counted], facts: Facts) -> Iterator[Cause]:
    """Events that came while nothing was live."""
    count = sum(row.requests for row in rows if row.reason == "no-live-version")
    if count:
        examples = examples_of(each for each in facts.looked if each.reason == "no-live-version")
        text = "Nothing was live when they came: push a version."
        yield Cause("monitored", text, count, "push", examples=examples)


def unmonitored(rows: Iterable[Counted], facts: Facts) -> Iterator[Cause]:
    """Tables that receive events and are no destinations, each with the one that may be meant."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.reason == "not-monitored":
            counts[row.database, row.table] += row.requests
    known = [f"{database}/{table}" for database, table in facts.destinations]
    for pair, count in counts.most_common(_MOST):
        yield _unmonitored(pair, count, known, facts)


def _unmonitored(pair: tuple[str, str], count: int, known: Sequence[str], facts: Facts) -> Cause:
    table = "/".join(pair)
    if not pair[1]:
        text = "Events of tables that are not told apart came: of very many, or of names that look like a token."
        return Cause("monitored", text, count)
    examples = examples_of(each for each in facts.looked if each.event.table == pair)
    if pair in facts.destinations:
        return Cause("monitored", f"`{table}` was not monitored then; it is now.", count, examples=examples)
    near = meant(table, known)
    like = f": did you mean `{near}`? Then the sender has to be changed; if not, monitor it" if near else ""
    text = f"`{table}` receives events, but is not monitored{like}."
    return Cause("monitored", text, count, "destinations", table, examples=examples)


def unidentified(looked: Sequence[Looked], facts: Facts) -> Iterator[Cause]:
    """Which keys were expected, what became of them, and which columns there were."""
    found = [each for each in looked if each.reason == "no-key"]
    if not found or facts.plan is None:
        return
    for table, events in _by_table(found):
        expected = ", ".join(f"`{key.name}`{' (public)' if key.public else ''}" for key in facts.plan.keys)
        text = f"Events of `{table}` have no usable value of a key. The configuration knows {expected or 'no key'}."
        seen = list(dict.fromkeys(name for each in events for name in each.columns))
        details = tuple(_about_keys(events, seen))
        yield Cause("identified", text, None, "try", table, details, examples_of(events))


def _about_keys(events: Sequence[Looked], seen: Sequence[str]) -> Iterator[str]:
    statuses = Counter((key.name, key.status) for each in events for key in each.explanation.keys)
    others = [name for name in seen if name not in {key for key, _ in statuses}]
    for (name, status), count in statuses.items():
        like = meant(name, others) if status == "absent" else ""
        column = f"; there is a column `{like}`" if like else ""
        yield f"`{name}`: {KEY_WORDS[status]} in {_of(count, events)}{column}."
    more = ", …" if len(seen) > _MOST_NAMES else ""
    yield f"Their columns: {', '.join(f'`{name}`' for name in seen[:_MOST_NAMES])}{more}."


def unmatched(looked: Sequence[Looked], facts: Facts) -> Iterator[Cause]:
    """Which named events there are for the table, and which of their conditions were not met."""
    for table, events in _by_table([each for each in looked if each.reason == "no-event"]):
        named = [each for each in (facts.plan.events if facts.plan else ()) if f"{each.database}/{each.table}" == table]
        if not named:
            text = f"No event of the configuration is about `{table}`: add one to the draft."
            yield Cause("event", text, None, "draft", examples=examples_of(events))
            continue
        sources = {each.name: each.condition.source if each.condition else "" for each in named}
        unmet = Counter(
            event.name for each in events for event in each.explanation.events if event.status.startswith("condition")
        )
        details = tuple(
            f"“{name}” wants `{_cut(sources.get(name, ''))}`: not met in {_of(count, events)}."
            for name, count in unmet.most_common(_MOST)
        )
        text = f"Rows of `{table}` fit none of the events of the configuration."
        yield Cause("event", text, None, "try", table, details, examples_of(events))


def unruled(looked: Sequence[Looked]) -> Iterator[Cause]:
    """Which rules were looked at, and which conditions were not met."""
    for table, events in _by_table([each for each in looked if each.reason == "no-rule"]):
        counts = Counter(why for each in events for why in set(_unmet(each.explanation)))
        details = tuple(f"{why} in {_of(count, events)}." for why, count in counts.most_common(_MOST))
        text = f"For events of `{table}` no rule of an offer is true." if details else _nothing_waits(table)
        yield Cause("rule", text, None, "try", table, details, examples_of(events))


def _nothing_waits(table: str) -> str:
    return f"No offer that is on waits for the events of `{table}`."


def _unmet(explanation: Explanation) -> Iterator[str]:
    for offer in explanation.offers:
        if offer.status == "off":
            yield f"The offer “{offer.name}” is off{f': {offer.why}' if offer.why else ''},"
        for rule in offer.rules if offer.status == "no-rule" else ():
            if rule.status.startswith("condition"):
                yield f"“{offer.name}”, {rule.name}: `{_cut(_source(rule))}` is not true"


def _source(rule: RuleExplanation) -> str:
    expressions = rule.condition.expressions if rule.condition else ()
    return expressions[0].source if expressions else ""


def withheld(looked: Sequence[Looked]) -> Iterator[Cause]:
    """Which offers never leave by the public path, and why."""
    found = [each for each in looked if each.reason == "withheld"]
    whys = Counter(
        (offer.name, offer.why) for each in found for offer in each.explanation.offers if offer.status == "withheld"
    )
    for (name, why), _ in whys.most_common(_MOST):
        text = f"“{name}” is never given on the public path, because {why}." if why else f"“{name}” is withheld."
        text = f"{text} Ask for it from a server, by the private path, or write it without."
        yield Cause("returned", text, None, "draft", examples=examples_of(found))


def failed(facts: Facts) -> Iterator[Cause]:
    """Rules that failed lately, with their messages and lines."""
    for failure in facts.failures[:_MOST]:
        place = f" ({failure.place})" if failure.place else ""
        text = f"{failure.rule}{place} failed: {failure.message}"
        examples = examples_of(each for each in facts.looked if _failed_at(each.explanation, failure.rule))
        yield Cause("returned", text, failure.failures, "draft", examples=examples)


def _failed_at(explanation: Explanation, rule: str) -> bool:
    return any(where == rule for where, _ in explanation.answer.errors)


def examples_of(looked: Iterable[Looked]) -> tuple[Example, ...]:
    """The first of the events, to be opened."""
    return tuple(each.event for each in islice(looked, MOST_EXAMPLES))


def _by_table(looked: Iterable[Looked]) -> list[tuple[str, list[Looked]]]:
    tables: dict[str, list[Looked]] = {}
    for each in looked:
        tables.setdefault(each.table, []).append(each)
    return sorted(tables.items(), key=lambda item: -len(item[1]))[:_MOST]


def _of(count: int, events: Sequence[Looked]) -> str:
    return f"{count} of the {len(events)} that were looked at"


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"
