"""Fields with one plain value: the text as it was typed, read as what the field takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import re2

from provisioning.language.document import MappingNode, Node, Scalar, SequenceNode
from provisioning.language.durations import TimeProblem, read_duration, read_time, show_duration
from provisioning.language.findings import Findings
from provisioning.language.places import quoted, shorten
from provisioning.language.schema import NAME_LENGTH, PATTERN_LENGTH, URL_LENGTH, Field, Kind
from provisioning.language.syntax_slips import straight_quotes
from routing.names import database_problem, table_problem

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BOOLEAN_LIKE: Final = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_PATTERN_OPTIONS = re2.Options()
_PATTERN_OPTIONS.log_errors = False
_PATTERN_OPTIONS.max_mem = 1 << 20  # bytes for one compiled pattern

Reader = Callable[[Findings, Field, Scalar], Any]


def read_scalar(findings: Findings, field: Field, node: Node) -> Any:
    """The value of a field that takes one plain value, or None after a problem was reported."""
    scalar = single_value(findings, field, node)
    return None if scalar is None else _READERS[field.kind](findings, field, scalar)


def single_value(findings: Findings, field: Field, node: Node) -> Scalar | None:
    """The scalar that must stand there, or None after a problem was reported."""
    if isinstance(node, Scalar):
        if not node.absent:
            return node
        findings.error(node, "missing-value", f"`{field.name}` has no value", hint=_expected(field))
    elif isinstance(node, MappingNode | SequenceNode):
        found = "a list" if isinstance(node, SequenceNode) else "a mapping"
        findings.error(
            node, "wrong-type", f"`{field.name}` takes {_article(field.kind)}, not {found}", hint=_expected(field)
        )
    return None


def reads_scalar(kind: Kind) -> bool:
    """Whether fields of this kind are read by `read_scalar`."""
    return kind in _READERS


def _article(kind: Kind) -> str:
    return f"{'an' if kind.value[0] in 'aeio' else 'a'} {kind.value}" if kind is not Kind.BOOLEAN else kind.value


def _expected(field: Field) -> str:
    return f"one of {', '.join(field.choices)}" if field.choices else field.text


def _text(findings: Findings, field: Field, scalar: Scalar) -> str | None:
    if field.maximum is not None and len(scalar.text) > field.maximum:
        findings.error(
            scalar, "limit", f"`{field.name}` has {len(scalar.text):,} characters; at most {field.maximum:,}"
        )
        return None
    return scalar.text


def _name(findings: Findings, field: Field, scalar: Scalar) -> str | None:
    if not 1 <= len(scalar.text) <= NAME_LENGTH:
        message = f"a name has 1 to {NAME_LENGTH} characters; this one has {len(scalar.text):,}"
        findings.error(scalar, "bad-name", message)
        return None
    if straight_quotes(scalar.text[0]) != scalar.text[0]:
        findings.warning(scalar, "curly-quotes", "the curly quotes are part of the name", hint="use straight quotes")
    return scalar.text


def _identifier(findings: Findings, field: Field, scalar: Scalar) -> str | None:
    if _IDENTIFIER.fullmatch(scalar.text):
        return scalar.text
    findings.error(
        scalar,
        "bad-name",
        f"{quoted(scalar.text)} cannot be read as PROFILE.<name>: use letters, digits and underscores,"
        " not beginning with a digit, at most 128",
        hint="use straight quotes" if straight_quotes(scalar.text) != scalar.text else "",
    )
    return None


def _checked_by(check: Callable[[str], str]) -> Reader:
    def read(findings: Findings, field: Field, scalar: Scalar) -> str | None:
        problem = check(scalar.text)
        if not problem:
            return scalar.text
        suggestion = straight_quotes(scalar.text).strip("'\" ").lower().replace("-", "_")
        findings.error(
            scalar, "bad-name", problem, hint=f"did you mean `{suggestion}`?" if not check(suggestion) else ""
        )
        return None

    return read


def _route(findings: Findings, field: Field, scalar: Scalar) -> tuple[str, str] | None:
    database, slash, table = scalar.text.removeprefix("/").partition("/")
    problem = (database_problem(database) or table_problem(table)) if slash else "write it as database/table"
    if problem:
        hint = "the public path is chosen by `path: public`" if database == "public" else ""
        findings.error(scalar, "bad-name", f"`{field.name}`: {problem}", hint=hint)
        return None
    return database, table


def _boolean(findings: Findings, field: Field, scalar: Scalar) -> bool | None:
    if scalar.style == "plain" and scalar.text in _BOOLEANS:
        return _BOOLEANS[scalar.text]
    meant = _BOOLEAN_LIKE.get(scalar.text.lower()) or (scalar.text if scalar.text in _BOOLEANS else "")
    hint = f"write {meant}, without quotes" if meant else ""
    findings.error(scalar, "wrong-type", f"`{field.name}` is true or false, not {quoted(scalar.text)}", hint=hint)
    return None


def _integer(findings: Findings, field: Field, scalar: Scalar) -> int | None:
    if scalar.style != "plain" or not _INTEGER.fullmatch(scalar.text):
        hint = "without quotes" if _INTEGER.fullmatch(scalar.text) else ""
        findings.error(scalar, "wrong-type", f"`{field.name}` is a whole number, not {quoted(scalar.text)}", hint=hint)
        return None
    number = int(scalar.text)
    if _out_of_range(field, number):
        findings.error(scalar, "limit", f"`{field.name}` is {_range(field, str)}, not {number}")
        return None
    return number


def _out_of_range(field: Field, number: int) -> bool:
    too_small = field.minimum is not None and number < field.minimum
    return too_small or (field.maximum is not None and number > field.maximum)


def _range(field: Field, show: Callable[[int], str]) -> str:
    low, high = field.minimum or 0, field.maximum or 0
    return show(low) if low == high else f"from {show(low)} to {show(high)}"


def _duration(findings: Findings, field: Field, scalar: Scalar) -> int | None:
    seconds = read_duration(scalar.text)
    if seconds is None:
        hint = f"did you mean `{scalar.text}d`?" if read_duration(scalar.text + "d") else ""
        message = f"`{field.name}` is a duration like 30m, 12h or 7d, not {quoted(scalar.text)}"
        findings.error(scalar, "wrong-type", message, hint=hint)
        return None
    if _out_of_range(field, seconds):
        findings.error(scalar, "limit", f"`{field.name}` is {_range(field, show_duration)}, not {scalar.text}")
        return None
    return seconds


def _time(findings: Findings, field: Field, scalar: Scalar) -> float | None:
    try:
        return read_time(scalar.text)
    except TimeProblem as problem:
        findings.error(scalar, "wrong-type", f"`{field.name}`: {problem}")
        return None


_CHOICE_COUNTERPARTS: Final = {"imported_batch": "imported", "array": "list", "count": "counter", "sum": "counter"}


def _choice(findings: Findings, field: Field, scalar: Scalar) -> str | None:
    if scalar.text in field.choices:
        return scalar.text
    counterpart = _CHOICE_COUNTERPARTS.get(scalar.text, "")
    hint = f"write `{counterpart}`" if counterpart in field.choices else findings.nearest(scalar.text, field.choices)
    message = f"`{field.name}` is one of {', '.join(field.choices)}, not {quoted(scalar.text)}"
    findings.error(scalar, "bad-choice", message, hint=hint)
    return None


def _pattern(findings: Findings, field: Field, scalar: Scalar) -> Any:
    if len(scalar.text) > PATTERN_LENGTH:
        findings.error(
            scalar, "limit", f"`{field.name}` has {len(scalar.text):,} characters; at most {PATTERN_LENGTH:,}"
        )
        return None
    try:
        return re2.compile(scalar.text, _PATTERN_OPTIONS)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        words = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        findings.error(scalar, "bad-pattern", f"`{field.name}` is not an RE2 pattern: {shorten(words)}")
        return None


def _url(findings: Findings, field: Field, scalar: Scalar) -> str | None:
    problem = _url_problem(scalar.text)
    if problem:
        findings.error(scalar, "bad-url", f"`{field.name}`: {problem}")
        return None
    if scalar.text.lower().startswith("http:"):
        findings.warning(scalar, "plain-http", "the request and its secrets go unencrypted", hint="use https://")
    return scalar.text


def _url_problem(text: str) -> str:
    """What is wrong with it, never quoting it: it may hold a secret."""
    if "${" in text:
        return "the address of a webhook is fixed; `${…}` is not allowed in it"
    if not 1 <= len(text) <= URL_LENGTH or not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        return f"write a URL of at most {URL_LENGTH:,} ASCII characters, without spaces"
    try:
        parts = urlsplit(text)
        return _parts_problem(parts)
    except ValueError:
        return "this is not a URL"


def _parts_problem(parts: SplitResult) -> str:
    if parts.scheme not in ("https", "http"):
        return "a URL begins with https://"
    if parts.username is not None or parts.password is not None:
        return "put no user name or password into the URL; use a header with ${SECRET.<name>}"
    return "" if parts.hostname and (parts.port is None or parts.port > 0) else "the URL names no host"


_READERS: Final[Mapping[Kind, Reader]] = {
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.IDENTIFIER: _identifier,
    Kind.DATABASE: _checked_by(database_problem),
    Kind.TABLE: _checked_by(table_problem),
    Kind.ROUTE: _route,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.DURATION: _duration,
    Kind.TIME: _time,
    Kind.CHOICE: _choice,
    Kind.PATTERN: _pattern,
    Kind.URL: _url,
}
