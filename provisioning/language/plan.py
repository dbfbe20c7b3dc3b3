"""What a configuration compiles to: frozen values that the engine and the endpoint read.

Times are epoch seconds, durations are seconds. Names are as written in the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from provisioning.language.expressions import Expression
from provisioning.language.templates import Template

AttributeType = Literal["list", "single", "counter", "imported"]
Aggregation = Literal["last", "first", "min", "max", "sum"]


class Pattern(Protocol):
    """A compiled regular expression that is searched anywhere in a text."""

    def search(self, text: str, /) -> object | None: ...


@dataclass(frozen=True, slots=True)
class Key:
    """An event column that identifies a profile; the order in the plan is the strength."""

    name: str
    public: bool = False
    sensitive: bool = False
    exclude: Pattern | None = None


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """A name for the rows of one table that fit its condition (no condition: every row)."""

    name: str
    database: str
    table: str
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a profile remembers under one name.

    `value` belongs to lists and singles, `increment` to counters; `tainted` says that it is sensitive
    itself or reads something that is.
    """

    name: str
    type: AttributeType
    events: tuple[str, ...] = ()
    condition: Expression | None = None
    value: Template | None = None
    increment: Template | None = None
    aggregation: Aggregation = "last"
    max_items: int = 100
    expire_after: int | None = None
    distinct: bool = True
    window: int | None = None
    sensitive: bool = False
    tainted: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an offer; `tainted_data` names the data keys that never leave by the public path."""

    events: tuple[str, ...]
    condition: Expression | None
    data: tuple[tuple[str, Template], ...]
    tainted_data: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """What the caller gets back. `withheld_in_public`: a condition of any rule reads something sensitive."""

    name: str
    rules: tuple[Rule, ...]
    enabled: bool = True
    starts_at: float | None = None
    ends_at: float | None = None
    withheld_in_public: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    headers: tuple[tuple[str, Template], ...]
    body: Template


@dataclass(frozen=True, slots=True)
class Activation:
    name: str
    events: tuple[str, ...]
    condition: Expression | None
    webhook: Webhook
    enabled: bool = True
    starts_at: float | None = None
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """One entry of `tokens`: an issued token by its name, or by its SHA-256 digest (64 hex digits)."""

    name: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class GoldenStep:
    """One event of a golden test and what must come of it. `profile` names only what is compared.

    `path` says where the step stands in the document, for the problem when it fails.
    """

    database: str
    table: str
    public: bool
    event: Mapping[str, Any]
    offers: Mapping[str, Mapping[str, Any]] | None
    profile: Mapping[str, Any] | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class GoldenTest:
    name: str
    at: float | None
    steps: tuple[GoldenStep, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole configuration, compiled."""

    keys: tuple[Key, ...] = ()
    events: tuple[NamedEvent, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    offers: tuple[Offer, ...] = ()
    activations: tuple[Activation, ...] = ()
    tokens: tuple[TokenEntry, ...] = ()
    tests: tuple[GoldenTest, ...] = ()
    description: str = ""
