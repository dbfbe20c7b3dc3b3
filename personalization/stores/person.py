"""Who is meant by a key value: the profile that it leads to, and by what their events are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from personalization import identity, json_text
from personalization.batch import key_ref
from personalization.identity import Pair


@dataclass(frozen=True, slots=True)
class Person:
    """`profile` is None when the key value leads to none; `ids` are it and those that were merged into it."""

    instance: str
    pairs: frozenset[Pair] = field(repr=False)
    profile: int | None = None
    ids: tuple[int, ...] = ()

    def refs(self) -> list[str]:
        """The references of the profile's key values, in the order in which they are locked."""
        return sorted(key_ref(self.instance, pair) for pair in self.pairs) if self.profile is not None else []

    def fragments(self) -> list[str]:
        """A body that names one of the key values holds one of these texts; one that holds some may name none.

        The backslash stands for the values that a sender escaped in a way of its own.
        """
        return ["\\", *sorted({json_text.dump(value)[1:-1] for _, value in self.pairs})]

    def is_named_in(self, body: str) -> bool:
        """Whether the event (JSON text of an object) has one of the key values as a column."""
        event = json_text.load(body)
        return any(identity.text_of(event.get(name)) == value for name, value in self.pairs)

    def own(self, rows: Iterable[tuple[int, str, bool | None]]) -> list[int]:
        """The ids of the rows (id, body, whether it is of the profile) that are the person's."""
        return [number for number, body, known in rows if known or self.is_named_in(body)]


def pairs_of(keys: Mapping[str, Any]) -> Iterator[Pair]:
    """Every (key name, value) of a stored document's `k`."""
    return ((name, value) for name, values in keys.items() for value, _ in values)
