"""What a store keeps of people, seen from outside the serving path: found, exported, erased, pruned by age.

A person is named by one key value in one instance. Theirs is the profile that the value leads to, whatever was
logged for it and for the profiles that were merged into it, and every other event of the instance that has one
of its key values as a column: one that came before a configuration was live, or to a table that nobody monitors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from personalization.identity import Pair
from personalization.stores.person import Person


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile as it is stored: times in epoch seconds, `keys` and `state` as in personalization/profile.py."""

    created: int
    updated: int
    keys: Mapping[str, Any]
    state: Mapping[str, Any]


class StoredEvent(NamedTuple):
    """An event of the log; times in epoch seconds, `body` is the JSON text as it came (ASCII-escaped)."""

    database: str
    table: str
    time: int
    received: int
    public: bool
    uuid: bytes
    body: str


class LoggedAs(NamedTuple):
    """What an event of the log is known by; `profile` is None when it touched none."""

    database: str
    table: str
    uuid: bytes
    received: int
    profile: int | None
    digest: bytes


class StoredMerge(NamedTuple):
    """Another profile was merged into this person's at `time`, when the event `uuid` came."""

    time: int
    uuid: bytes


class StoredActivation(NamedTuple):
    """An activation that fired and waits for delivery; `body` and `headers` are JSON texts."""

    version: int
    name: str
    created: int
    uuid: bytes
    body: str
    headers: str


@dataclass(frozen=True, slots=True)
class Traces:
    """All that is kept of one person, oldest first; `profile` is None when the key value leads to none."""

    profile: StoredProfile | None
    events: tuple[StoredEvent, ...] = ()
    merges: tuple[StoredMerge, ...] = ()
    activations: tuple[StoredActivation, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed; `profiles` counts those that were merged into others as well."""

    profiles: int = 0
    events: int = 0
    merges: int = 0
    activations: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(
            self.profiles + other.profiles,
            self.events + other.events,
            self.merges + other.merges,
            self.activations + other.activations,
        )


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events of an instance (`account/number`) are looked for; None stands for any.

    `pair` is a key value that the event has as a column; `since` and `until` are when it was received, both
    included. `position` is that of the part found before, empty for the newest.
    """

    instance: str
    table: tuple[str, str] | None = None
    pair: Pair | None = field(default=None, repr=False)
    uuid: bytes | None = None
    since: int | None = None
    until: int | None = None
    position: str = ""
    most: int = 50


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """Events, the newest first; `position` is where to go on looking, empty when nothing older can fit.

    Where there is a position, `reached` is when the oldest event that was looked at was received.
    """

    events: tuple[StoredEvent, ...]
    position: str
    reached: int | None = None


class Archive(Protocol):
    """Events of people whose profiles are kept in another store. Every method raises StoreUnavailable."""

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""

    def search(self, query: EventQuery) -> FoundEvents:
        """As Records says."""

    def events_of(self, person: Person) -> list[StoredEvent]:
        """All events of a person, oldest first."""

    def erase_events_of(self, person: Person) -> Iterator[Sequence[LoggedAs]]:
        """Remove them, part by part: each when the next is asked for, so whoever ends before that finds it again.

        What others were writing when this began is waited for.
        """

    def purge_log(self, before: int) -> Iterator[Removed]:
        """As Records says."""


class Records(Protocol):
    """One store's records. Used by one thread at a time; other processes may write to the store meanwhile.

    Every method raises StoreUnavailable. What was removed until then stays removed; calling again goes on.
    """

    def open(self) -> None:
        """Connect, and create what is missing. Raises StoreRefused too."""

    def close(self) -> None:
        """Disconnect. Closing what is not open does nothing."""

    def find(self, instance: str, pair: Pair) -> StoredProfile | None:
        """The profile that a key value leads to. `instance` is the label, `account/number`."""

    def search(self, query: EventQuery) -> FoundEvents:
        """Events that fit, the newest first. Looks through a bounded part of the log: there may be fewer than
        `most`, or none, and more behind the position; two or three more than `most` when they came at once.
        """

    def merges(self, instance: str, pair: Pair) -> list[StoredMerge]:
        """How the profile that a key value leads to came to be one: its entries of the identity log, oldest first."""

    def export(self, instance: str, pair: Pair) -> Traces:
        """All that is kept of a person. Reads the whole log once, and keeps nobody from writing."""

    def erase(self, instance: str, pair: Pair) -> Removed:
        """Remove all that is kept of a person, also what comes in for them while this goes on.

        Reads the whole log once and writes in small batches. When it returns, nothing of what was removed can
        be read in the store's own files as far as the store can see to that; the same key value then makes a
        new profile, and the uuids of the events are forgotten with them. A second call removes nothing.
        """

    def purge_log(self, before: int) -> Iterator[Removed]:
        """Remove what was logged before that time (epoch seconds): events by when they were received, entries of
        the identity log, activations that nobody delivered, and what is left of merged profiles.

        Yields after each small batch, holding no lock, so that the caller can pause.
        """

    def purge_profiles(self, before: int) -> Iterator[Removed]:
        """Remove the profiles that no event has changed since that time (epoch seconds), with their key values.

        Yields like `purge_log`. Their events stay until their own time comes.
        """

    def purge_strays(self) -> Iterator[Removed]:
        """Remove key values that lead to no profile: on Redis a process that ends at the wrong moment leaves some.

        Yields like `purge_log`.
        """
