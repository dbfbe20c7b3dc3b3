"""The one definition of what a configuration may hold: sections, fields, types, defaults, limits and texts.

The reader, the problems it reports, the comparison of two configurations and the JSON Schema for editors
all follow what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any, Final

EXPRESSION_BYTES: Final = 4096
NAME_LENGTH: Final = 256
DESCRIPTION_LENGTH: Final = 1024
URL_LENGTH: Final = 2048
PATTERN_LENGTH: Final = 1024
DATA_KEYS: Final = 200
MINUTE: Final = 60
DAY: Final = 86_400
LONGEST_DURATION: Final = 3650 * DAY

# A text that is one `${…}` and nothing else.
WHOLE_INTERPOLATION: Final = re.compile(r"\s*\$\{(.*)\}\s*", re.DOTALL)


@unique
class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    NAME = "name"
    IDENTIFIER = "identifier"
    DATABASE = "database"
    TABLE = "table"
    ROUTE = "database/table"
    BOOLEAN = "true or false"
    INTEGER = "whole number"
    DURATION = "duration"
    TIME = "time"
    CHOICE = "choice"
    EVENTS = "event name or list of event names"
    CONDITION = "expression"
    VALUE = "text with ${…}"
    INCREMENT = "number or ${…}"
    PATTERN = "regular expression"
    URL = "URL"
    HEADERS = "mapping of header names to texts with ${…}"
    DATA = "mapping of output keys to values with ${…}"
    BODY = "value with ${…}"
    JSON_MAPPING = "mapping"
    OFFERS_EXPECTED = "mapping of offer names to their data"
    RECORD = "mapping with known fields"
    RECORDS = "list"
    RULES = "list of rules, or one rule"
    TOKENS = "list of tokens"


EVENT_ROOTS: Final = ("EVENT", "NOW")
ROW_ROOTS: Final = ("EVENT", "PROFILE", "NOW")
WEBHOOK_ROOTS: Final = ("EVENT", "PROFILE", "NOW", "SECRET")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record.

    `variants`: the values of the record's variant field for which this field exists (empty: all);
    `required` counts only there. `minimum` and `maximum` bound numbers, durations in seconds, and the
    number of items of a list. `roots`: the names that an expression may use.
    """

    name: str
    kind: Kind
    text: str
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    variants: tuple[str, ...] = ()
    record: Record | None = None
    roots: tuple[str, ...] = ROW_ROOTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A mapping with known fields.

    `shorthand`: the field that a plain text stands for; `variant`: the field whose value decides which
    others exist; `counterparts`: field names of other products, with what to write here instead.
    """

    name: str
    fields: tuple[Field, ...]
    shorthand: str = ""
    variant: str = ""
    counterparts: Mapping[str, str] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((known for known in self.fields if known.name == name), None)


_COUNTERPARTS: Final = {
    "source_event": "`event: <name>`",
    "filter": "`if: <expression>`",
    "condition": "`if: <expression>`",
}

_SCHEDULE: Final = (
    Field(name="enabled", kind=Kind.BOOLEAN, default=True, text="`false` pauses it."),
    Field(name="starts_at", kind=Kind.TIME, text="From when on, inclusive; with a time zone."),
    Field(name="ends_at", kind=Kind.TIME, text="Until when, exclusive; with a time zone."),
)

KEY: Final = Record(
    name="key",
    shorthand="name",
    fields=(
        Field(name="name", kind=Kind.IDENTIFIER, required=True, text="The event column that identifies a profile."),
        Field(
            name="public",
            kind=Kind.BOOLEAN,
            default=False,
            text="Whether a browser may identify itself by it on the public path.",
        ),
        Field(
            name="sensitive",
            kind=Kind.BOOLEAN,
            default=False,
            text="Whether its values, and all that is made of them, never leave by the public path.",
        ),
        Field(
            name="exclude_regex",
            kind=Kind.PATTERN,
            text="A value in which this RE2 pattern is found identifies nobody.",
        ),
    ),
    counterparts={"exclude": "`exclude_regex: <pattern>`", "filter_regex": "`exclude_regex: <pattern>`"},
)

EVENT: Final = Record(
    name="event",
    fields=(
        Field(name="name", kind=Kind.NAME, required=True, text="The name that attributes, offers and activations use."),
        Field(name="database", kind=Kind.DATABASE, required=True, text="The database of the rows."),
        Field(name="table", kind=Kind.TABLE, required=True, text="The table of the rows."),
        Field(
            name="if", kind=Kind.CONDITION, roots=EVENT_ROOTS, text="Which rows; without it, every row of the table."
        ),
    ),
    counterparts={"filter": "`if: <expression>`", "condition": "`if: <expression>`"},
)

_LIST, _SINGLE, _COUNTER, _IMPORTED = "list", "single", "counter", "imported"
_WRITTEN: Final = (_LIST, _SINGLE, _COUNTER)

ATTRIBUTE: Final = Record(
    name="attribute",
    variant="type",
    fields=(
        Field(name="name", kind=Kind.IDENTIFIER, required=True, text="What `PROFILE.<name>` reads."),
        Field(
            name="type",
            kind=Kind.CHOICE,
            required=True,
            choices=(_LIST, _SINGLE, _COUNTER, _IMPORTED),
            text="A list of values with their times, one value, a number, or a value written by bulk import only.",
        ),
        Field(name="event", kind=Kind.EVENTS, required=True, variants=_WRITTEN, text="The named events that write it."),
        Field(name="if", kind=Kind.CONDITION, variants=_WRITTEN, text="Which of those rows write it."),
        Field(name="value", kind=Kind.VALUE, required=True, variants=(_LIST, _SINGLE), text="What is stored; `${…}`."),
        Field(
            name="increment",
            kind=Kind.INCREMENT,
            default=1,
            variants=(_COUNTER,),
            text="What is added: a number or one `${…}`.",
        ),
        Field(
            name="aggregation",
            kind=Kind.CHOICE,
            default="last",
            choices=("last", "first", "min", "max", "sum"),
            variants=(_SINGLE,),
            text="Which of several values stays.",
        ),
        Field(
            name="max_items",
            kind=Kind.INTEGER,
            default=100,
            minimum=1,
            maximum=1000,
            variants=(_LIST,),
            text="How many items it holds; the oldest falls off.",
        ),
        Field(
            name="expire_after",
            kind=Kind.DURATION,
            default=90 * DAY,
            minimum=MINUTE,
            maximum=LONGEST_DURATION,
            variants=(_LIST,),
            text="How long an item is kept: `<n>m`, `<n>h` or `<n>d`.",
        ),
        Field(
            name="distinct",
            kind=Kind.BOOLEAN,
            default=True,
            variants=(_LIST,),
            text="`true`: an equal value moves to the end with its new time; `false`: each is kept.",
        ),
        Field(
            name="window",
            kind=Kind.DURATION,
            minimum=MINUTE,
            maximum=LONGEST_DURATION,
            variants=(_COUNTER,),
            text="The sliding time it counts over; without it, since ever.",
        ),
        Field(
            name="sensitive",
            kind=Kind.BOOLEAN,
            default=False,
            text="Whether it, and all that is made of it, never leaves by the public path.",
        ),
    ),
    counterparts={
        **_COUNTERPARTS,
        "source_field": "`value: ${EVENT.<column>}`",
        "expiry_days": "`expire_after: <n>d`",
        "window_duration": "`window: <n>d`",
        "imported_batch": "`type: imported`",
        "aggregation_type": "`aggregation: <how>`",
    },
)

RULE: Final = Record(
    name="rule",
    fields=(
        Field(name="event", kind=Kind.EVENTS, required=True, text="The named events at which the rule is looked at."),
        Field(name="if", kind=Kind.CONDITION, text="When it matches; without it, always."),
        Field(
            name="data",
            kind=Kind.DATA,
            required=True,
            maximum=DATA_KEYS,
            text="What the caller gets back: output keys and their values, with `${…}`.",
        ),
    ),
    counterparts=_COUNTERPARTS,
)

OFFER: Final = Record(
    name="offer",
    fields=(
        Field(name="name", kind=Kind.NAME, required=True, text="The name under which the caller finds it."),
        *_SCHEDULE,
        Field(
            name="set",
            kind=Kind.RULES,
            required=True,
            minimum=1,
            record=RULE,
            text="Rules from top to bottom; the first that matches sets the offer.",
        ),
    ),
    counterparts={"source_event": "`event: <name>` inside the rule under `set`", "rules": "`set:`"},
)

WEBHOOK: Final = Record(
    name="webhook",
    fields=(
        Field(name="url", kind=Kind.URL, required=True, text="Where the request goes; without `${…}`."),
        Field(
            name="headers", kind=Kind.HEADERS, default={}, roots=WEBHOOK_ROOTS, text="Headers, with `${SECRET.<name>}`."
        ),
        Field(name="body", kind=Kind.BODY, required=True, text="The JSON that is sent, with `${…}`."),
    ),
)

ACTIVATION: Final = Record(
    name="activation",
    fields=(
        Field(name="name", kind=Kind.NAME, required=True, text="The name under which deliveries are listed."),
        *_SCHEDULE,
        Field(name="event", kind=Kind.EVENTS, required=True, text="The named events at which it is looked at."),
        Field(name="if", kind=Kind.CONDITION, text="When it fires; without it, always."),
        Field(name="webhook", kind=Kind.RECORD, required=True, record=WEBHOOK, text="Who is told what."),
    ),
    counterparts=_COUNTERPARTS,
)

STEP: Final = Record(
    name="step",
    fields=(
        Field(name="post", kind=Kind.ROUTE, required=True, text="`database/table` that the event is sent to."),
        Field(
            name="path",
            kind=Kind.CHOICE,
            default="private",
            choices=("private", "public"),
            text="Which of the endpoint's two paths it comes by.",
        ),
        Field(name="event", kind=Kind.JSON_MAPPING, required=True, text="The row that is sent."),
        Field(
            name="offers",
            kind=Kind.OFFERS_EXPECTED,
            text="All offers that come back, exactly; `{}` is none; left out, they are not compared.",
        ),
        Field(name="profile", kind=Kind.JSON_MAPPING, text="What the profile holds afterwards; only what is named."),
    ),
)

TEST: Final = Record(
    name="test",
    fields=(
        Field(name="name", kind=Kind.NAME, required=True, text="What the case shows."),
        Field(name="at", kind=Kind.TIME, text="The time that NOW has; with a time zone."),
        Field(
            name="steps", kind=Kind.RECORDS, required=True, minimum=1, record=STEP, text="Events, one after the other."
        ),
    ),
)

CONFIGURATION: Final = Record(
    name="configuration",
    fields=(
        Field(name="version", kind=Kind.INTEGER, default=1, minimum=1, maximum=1, text="The version of the language."),
        Field(name="description", kind=Kind.TEXT, default="", maximum=DESCRIPTION_LENGTH, text="What it is for."),
        Field(
            name="keys",
            kind=Kind.RECORDS,
            maximum=100,
            record=KEY,
            text="Event columns that identify a profile, strongest first.",
        ),
        Field(
            name="events",
            kind=Kind.RECORDS,
            maximum=100,
            record=EVENT,
            text="Names for rows that arrive at a monitored table.",
        ),
        Field(name="attributes", kind=Kind.RECORDS, maximum=200, record=ATTRIBUTE, text="What a profile remembers."),
        Field(name="offers", kind=Kind.RECORDS, maximum=1000, record=OFFER, text="What the caller gets back."),
        Field(
            name="activations",
            kind=Kind.RECORDS,
            maximum=100,
            record=ACTIVATION,
            text="What the outside world gets told.",
        ),
        Field(name="tokens", kind=Kind.TOKENS, maximum=50, text="Who may call the endpoint."),
        Field(
            name="tests",
            kind=Kind.RECORDS,
            maximum=1000,
            record=TEST,
            text="Golden cases that are run at validation and at push.",
        ),
    ),
)

SECTIONS: Final = ("keys", "events", "attributes", "offers", "activations", "tokens", "tests")
SINGULAR: Final[Mapping[str, str]] = {
    "keys": "key",
    "events": "event",
    "attributes": "attribute",
    "offers": "offer",
    "activations": "activation",
    "tokens": "token",
    "tests": "test",
}
