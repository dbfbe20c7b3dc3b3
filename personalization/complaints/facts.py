"""What is known of an instance when somebody asks why it gives no offers: plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from personalization.call_advice import Page
from personalization.complaints.funnel import StepName
from personalization.explanation import Explanation
from provisioning.language.plan import Plan

_Table = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TokenFact:
    """A token: `hint` are its last characters, `why` it is not accepted now, empty when it is."""

    name: str
    type: Literal["private", "public"]
    hint: str
    why: str
    origins: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """An example of a request that was turned away; `token` is a primary key, 0 when it is not known."""

    code: int
    token: int
    token_hint: str
    table: _Table
    origin: str
    address: str
    message: str
    is_preflight: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A stored event that can be opened: `uuid` in hex, `received` in epoch seconds."""

    table: _Table
    uuid: str
    received: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A stored event and what the live configuration makes of it now."""

    event: Example
    columns: tuple[str, ...]
    reason: str
    explanation: Explanation

    @property
    def table(self) -> str:
        """`database/table`."""
        return "/".join(self.event.table)


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule of the live version that failed lately; `place` is where it stands in the text, in words."""

    rule: str
    message: str
    failures: int
    place: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it; `plan` is that of the live version, None when nothing is live.

    `nameless` are requests that were turned away and name no instance, but may have been meant for this one.
    """

    tokens: Mapping[int, TokenFact] = field(default_factory=dict)
    destinations: frozenset[_Table] = frozenset()
    plan: Plan | None = None
    refused: tuple[Refused, ...] = ()
    nameless: tuple[Refused, ...] = ()
    looked: tuple[Looked, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why requests were lost at a step, in words, and the page that mends it: `of` is what it is about.

    `requests` are how many of them, None when that is not known. `details` say more, one sentence each. Nothing in it
    is a value of somebody's event. `examples` are events that it was told from, `origin` is what to add on the page.
    """

    step: StepName
    text: str
    requests: int | None = None
    page: Page = ""
    of: str = ""
    details: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    origin: str = ""
