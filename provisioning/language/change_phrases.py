"""How a change of single fields is told: `condition changed from … to …; 2 rules added`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, Final

from provisioning.language.alignment import align
from provisioning.language.durations import show_duration
from provisioning.language.outline import Fields, Shown
from provisioning.language.places import shorten
from provisioning.language.schema import Field, Kind, Record
from provisioning.language.token_text import hide_tokens

_SHOWN: Final = 120
_BEFORE: Final = 40  # characters before what differs
_WORDS: Final = {
    "description": "description",
    "if": "condition",
    "event": "events",
    "offers": "expected offers",
    "post": "destination",
    "profile": "expected PROFILE",
    "set": "rules",
    "value": "value",
}
_SWITCHES: Final = {
    "enabled": ("paused", "switched on"),
    "sensitive": ("no longer sensitive", "now sensitive"),
    "public": ("no longer public", "now public"),
}
_PARTS: Final = {
    Kind.DATA: "output key",
    Kind.HEADERS: "header",
    Kind.BODY: "body key",
    Kind.JSON_MAPPING: "column",
    Kind.OFFERS_EXPECTED: "expected offer",
}
_TOLD: Final = 3  # of items that came or went, so many are told one by one
_ABSENT: Final = object()


def field_phrases(record: Record, old: Fields, new: Fields) -> list[str]:
    """One phrase for each difference between two versions of a record."""
    phrases: list[str] = []
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if before != after:
            known = record.field(name)
            phrases += (
                _known(known, before, after)
                if known is not None
                else [_plain_change(f"`{shorten(name)}`", before, after)]
            )
    return phrases


def _known(known: Field, before: Any, after: Any) -> Iterator[str]:
    if (
        known.kind is Kind.RECORD
        and known.record is not None
        and isinstance(before, tuple)
        and isinstance(after, tuple)
    ):
        yield from (f"{known.name}: {phrase}" for phrase in field_phrases(known.record, before[0], after[0]))
    elif known.name in _SWITCHES and isinstance(before, bool) and isinstance(after, bool):
        yield _SWITCHES[known.name][after]
    elif known.record is not None and isinstance(before, tuple) and isinstance(after, tuple):
        yield from _record_list(known, known.record, before, after)
    elif known.kind in _PARTS and isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _parts("expected PROFILE" if known.name == "profile" else _PARTS[known.kind], before, after)
    else:
        label = _WORDS.get(known.name, f"`{known.name}`")
        yield _plain_change(label, _show(known, before), _show(known, after))


def _show(known: Field, value: Any) -> Any:
    if known.kind is Kind.DURATION and isinstance(value, int):
        return Shown(value, show_duration(value))
    if known.kind is Kind.EVENTS and isinstance(value, tuple):
        return Shown(value, ", ".join(value))
    if known.kind is Kind.TEXT and not value:
        return _ABSENT
    return _ABSENT if value is None and known.kind is not Kind.BODY else value


def _plain_change(label: str, before: Any, after: Any) -> str:
    if before is _ABSENT:
        return f"{label} added: {_quoted(_text(after))}"
    if after is _ABSENT:
        return f"{label} removed (was {_quoted(_text(before))})"
    old, new = _text(before), _text(after)
    if old == new:  # the number 1 and the text "1"
        old, new = _json(before), _json(after)
    start = _start_of_difference(old, new)
    return f"{label} changed from {_quoted(old, start)} to {_quoted(new, start)}"


def _start_of_difference(old: str, new: str) -> int:
    """Where to begin to show two texts, so that what differs is among what is shown."""
    if max(len(old), len(new)) <= _SHOWN:
        return 0
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    return max(0, common - _BEFORE) if common > _SHOWN // 2 else 0


def _quoted(text: str, start: int = 0) -> str:
    shown = text[start : start + _SHOWN]
    if not shown:
        return "the empty text" if not text else "`…`"
    return f"`{'…' if start else ''}{shown}{'…' if start + _SHOWN < len(text) else ''}`"


def _text(value: Any) -> str:
    """As it is shown; tokens are hidden here already, for half a token, cut off, is none any more."""
    if isinstance(value, Shown):
        return hide_tokens(value.text)
    return hide_tokens(value) if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return hide_tokens(json.dumps(value, ensure_ascii=False, default=str))


def _parts(word: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old != new:
            yield _plain_change(f"{word} {shorten(name)}", old, new)


def _record_list(known: Field, record: Record, before: tuple[Fields, ...], after: tuple[Fields, ...]) -> Iterator[str]:
    """Rules or steps: those that became each other compared, the others counted."""
    pairs = align(before, after, _likeness)
    place = 0
    for old, new in pairs:
        place += new is not None
        if old is not None and new is not None and old != new:
            prefix = f"{record.name} {place}: " if max(len(before), len(after)) > 1 else ""
            yield from (prefix + phrase for phrase in field_phrases(record, old, new))
    yield from _counts(
        record.name, [new for old, new in pairs if old is None], [old for old, new in pairs if new is None]
    )


def _counts(word: str, added: list[Fields | None], removed: list[Fields | None]) -> Iterator[str]:
    """How many came, went, and only stand elsewhere now; of a few, which."""
    moved = [each for each in removed if each in added]
    for each in moved:
        added.remove(each)
        removed.remove(each)
    counts = ((moved, "moved"), (added, "added"), (removed, "removed"))
    yield from (f"{_count(len(those), word)} {what}{_which(those)}" for those, what in counts if those)


def _which(those: list[Fields | None]) -> str:
    """What tells them from the others: a rule's condition, a step's destination; empty for many."""
    if len(those) > _TOLD:
        return ""
    return f" ({'; '.join(_mark(each or {}) for each in those)})"


def _mark(fields: Fields) -> str:
    if "post" in fields:
        return _quoted(_text(fields["post"]))
    return f"if {_quoted(_text(fields['if']))}" if fields.get("if") else "without `if`"


def _likeness(old: Fields, new: Fields) -> float:
    """The share of fields that are equal; a little for any two, so that a lone rule is changed, not replaced."""
    names = old.keys() | new.keys()
    equal = sum(1 for name in names if old.get(name) == new.get(name))
    return (equal + 0.1) / (len(names) + 0.1)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
