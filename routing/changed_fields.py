"""What an entry of the history keeps of the fields that were changed, and how that is told: bounded plain values.

Callers name the fields; a secret is never among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, Final

from p13nadmin.api.error_body import without_secrets

Value = str | int | datetime | Sequence[str] | None
Kept = dict[str, Any]  # `field` with `before` and `after`, or, of a list, with `added` and `removed`: JSON

_LONGEST: Final = 400  # characters of a value
_BEFORE: Final = 40  # characters before what differs of a longer one
_LONGEST_ITEM: Final = 200
_MOST_ITEMS: Final = 100
_MOST_SENTENCES: Final = 40


def changed_fields(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Kept]:
    """The fields of `after` that are not as they were; what `before` lacks was not there at all."""
    found = ((name, _change(before.get(name), value)) for name, value in after.items())
    return [
        {"field": name, **change, **({} if name in before else {"is_new": True})} for name, change in found if change
    ]


def kept_sentences(sentences: Sequence[str]) -> list[str]:
    """Sentences about what changed, as the history keeps them: so many, of such a length, without secrets."""
    kept = [_cut(without_secrets(each), _LONGEST) for each in sentences[:_MOST_SENTENCES]]
    left = len(sentences) - len(kept)
    return [*kept, f"and {left:,} more"] if left else kept


def in_words(kept: Kept) -> str:
    """A sentence; values stand between backticks."""
    if "added" in kept:
        said = ((kept["added"], "added"), (kept["removed"], "removed"))
        return f"{kept['field']}: {'; '.join(f'{_quoted(items)} {what}' for items, what in said if items)}"
    before, after = (f"`{kept[each]}`" if kept[each] else "none" for each in ("before", "after"))
    return f"{kept['field']}: {after}" if kept.get("is_new") else f"{kept['field']}: {before} before, {after} now"


def _quoted(items: Sequence[str]) -> str:
    return ", ".join(f"`{item}`" for item in items)


def _change(before: Value, after: Value) -> Kept:
    """Nothing when the two are the same."""
    if _is_list(before) or _is_list(after):
        return _of_lists(list(before or ()), list(after or ()))  # type: ignore[arg-type]
    return _of_texts(_text(before), _text(after))


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _of_lists(before: Sequence[str], after: Sequence[str]) -> Kept:
    added, removed = _items(after, but=before), _items(before, but=after)
    return {"added": added, "removed": removed} if added or removed else {}


def _items(items: Sequence[str], *, but: Sequence[str]) -> list[str]:
    left = [each for each in items if each not in but]
    shown = [_cut(without_secrets(each), _LONGEST_ITEM) for each in left[:_MOST_ITEMS]]
    return [*shown, f"{len(left) - _MOST_ITEMS} more"] if len(left) > _MOST_ITEMS else shown


def _of_texts(before: str, after: str) -> Kept:
    if before == after:
        return {}
    start = _start_of_difference(before, after)
    return {"before": _cut(before, _LONGEST, start), "after": _cut(after, _LONGEST, start)}


def _start_of_difference(before: str, after: str) -> int:
    """Where to begin with long texts, so that what differs is among what is kept."""
    if max(len(before), len(after)) <= _LONGEST:
        return 0
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    return max(0, common - _BEFORE)


def _text(value: Value) -> str:
    """Secrets are hidden before it is cut: half a token is recognised no more."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"
    return without_secrets("" if value is None else str(value))


def _cut(text: str, longest: int, start: int = 0) -> str:
    shown = text[start : start + longest]
    return f"{'…' if start and shown else ''}{shown}{'…' if start + longest < len(text) else ''}"
