"""Events on their way to the store, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from personalization.engine import Row, RuleError
from personalization.live import LiveInstance

Reason = Literal["", "no-live-version", "not-monitored", "no-key", "no-event", "no-rule", "withheld", "error"]


class Arrival(NamedTuple):
    """An event that passed every check. `uuid_given`: the caller named the uuid, so it may come again.

    `body` is the text as received, with what is outside ASCII escaped; `digest` is the SHA-256 of the bytes
    as received.
    """

    live: LiveInstance
    row: Row
    uuid: bytes
    uuid_given: bool
    body: str
    digest: bytes


class Answer(NamedTuple):
    """The event is stored (or was before); `reason` says why there are no offers, empty when there are some."""

    offers: Mapping[str, Mapping[str, Any]]
    reason: str
    errors: tuple[RuleError, ...] = ()


class UuidTaken(NamedTuple):
    """Another event with this uuid is stored already; nothing was stored."""


class Unavailable(NamedTuple):
    """The store could not take it now; whether it is stored is unknown."""


class Failed(NamedTuple):
    """Something went wrong with this event alone; it is not stored."""

    problem: Exception


Outcome = Answer | UuidTaken | Unavailable | Failed
