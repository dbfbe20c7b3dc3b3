"""The names that an event's path is made of: pure, shared by routing, the language and the endpoint."""

from __future__ import annotations

import re

NAME = re.compile(r"[0-9a-z_]{3,128}", re.ASCII)
_LABEL = re.compile(r"([0-9]{1,16})/([0-9]{1,16})", re.ASCII)

# First path segments that belong to the console and the API. Closed: a later control route starts with
# one of these or holds a hyphen, which no database name can.
RESERVED_SEGMENTS = frozenset(
    {
        "admin",
        "routing",
        "provision",
        "tokens",
        "keys",
        "accounts",
        "instances",
        "profiles",
        "events",
        "public",
        "static",
        "media",
        "docs",
        "schema",
        "metrics",
        "healthz",
        "readyz",
    }
)


def is_name(value: str) -> bool:
    """Whether `value` can name a database or a table."""
    return NAME.fullmatch(value) is not None


def database_problem(value: str) -> str:
    """What is wrong with `value` as a database name, or an empty string."""
    if not is_name(value):
        return "a database name is 3 to 128 lower-case letters, digits and underscores"
    if value in RESERVED_SEGMENTS:
        return f"“{value}” is a path of the console or the API and cannot be a database name"
    return ""


def table_problem(value: str) -> str:
    """What is wrong with `value` as a table name, or an empty string."""
    return "" if is_name(value) else "a table name is 3 to 128 lower-case letters, digits and underscores"


def read_label(value: str) -> tuple[int, int] | None:
    """The account and instance of `1/8`, or None when it has another form."""
    match = _LABEL.fullmatch(value)
    return (int(match[1]), int(match[2])) if match else None
