"""What leaves or enters as JSON: `data`, `headers` and `body` with `${…}`, and the plain values of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from provisioning.language.core_schema import resolve
from provisioning.language.document import Entry, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.expression_slips import followed_by_glued_comment
from provisioning.language.field_values import single_value
from provisioning.language.findings import Findings
from provisioning.language.formulas import Compiled, Formula, compile_scalar
from provisioning.language.places import quoted
from provisioning.language.schema import NAME_LENGTH, Field, Kind
from provisioning.language.templates import Constant, ListTemplate, MappingTemplate, Template, Text

MAX_HEADERS: Final = 50
_SAFE_INTEGER: Final = 2**53 - 1
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)
_HEADER_TEXT = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
_SECRET_HEADER = re.compile(r"authorization|api-?_?key|token|secret|password|cookie", re.IGNORECASE)
_RESERVED_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade",
     "webhook-id", "webhook-timestamp", "webhook-signature"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A key of `data` or of `headers` with its value."""

    key: Scalar
    value: Compiled


def read_tree(findings: Findings, field: Field, node: Node) -> Compiled | None:
    """A value of any shape in which texts interpolate; None after a problem was reported."""
    if isinstance(node, Scalar):
        return _leaf(findings, field, node)
    if isinstance(node, SequenceNode):
        items = [read_tree(findings, field, item) for item in node.items]
        sound = [item for item in items if item is not None]
        return _list(sound) if len(sound) == len(items) else None
    if isinstance(node, MappingNode):
        values = [read_tree(findings, field, entry.value) for entry in node.entries]
        named = [
            (entry.key.text, value) for entry, value in zip(node.entries, values, strict=True) if value is not None
        ]
        return _mapping(named) if len(named) == len(values) else None
    return None


def _leaf(findings: Findings, field: Field, scalar: Scalar) -> Compiled | None:
    if followed_by_glued_comment(findings.document, scalar):
        message = "the text ends here: in YAML ` #` begins a comment"
        findings.warning(scalar, "cut-by-comment", message, hint="put the whole value in quotes")
    value = resolve(scalar)
    if isinstance(value, str):
        return compile_scalar(findings, field, scalar)
    number = _json_number(findings, scalar, value)
    return None if number is None and value is not None else Compiled(Constant(number))


def _json_number(findings: Findings, scalar: Scalar, value: bool | int | float | None) -> bool | int | float | None:
    """The constant as JSON has it; None when it has it not."""
    if value is None or isinstance(value, bool):
        return value
    if value != value or abs(value) == float("inf"):
        findings.error(
            scalar, "not-json", f"{quoted(scalar.text)} is no number in JSON", hint="put it in quotes as text"
        )
        return None
    if isinstance(value, int) and abs(value) > _SAFE_INTEGER:
        message = f"the number {quoted(scalar.text)} is too long to be exact"
        findings.warning(scalar, "inexact-number", message, hint="put it in quotes when it is an identifier")
        return float(value)
    return value


def _list(items: list[Compiled]) -> Compiled:
    templates = tuple(item.template for item in items)
    if all(isinstance(template, Constant) for template in templates):
        return Compiled(Constant([_constant(template) for template in templates]))
    return Compiled(ListTemplate(templates), _formulas(items))


def _mapping(named: list[tuple[str, Compiled]]) -> Compiled:
    entries = tuple((key, value.template) for key, value in named)
    if all(isinstance(template, Constant) for _, template in entries):
        return Compiled(Constant({key: _constant(template) for key, template in entries}))
    return Compiled(MappingTemplate(entries), _formulas([value for _, value in named]))


def _constant(template: Template) -> Any:
    return template.value if isinstance(template, Constant) else None


def _formulas(values: list[Compiled]) -> tuple[Formula, ...]:
    return tuple(formula for value in values for formula in value.formulas)


def read_data(findings: Findings, field: Field, node: Node) -> tuple[NamedValue, ...] | None:
    """The output keys of a rule; None after a problem with the mapping itself was reported."""
    if not isinstance(node, MappingNode):
        _not_a_mapping(findings, field, node)
        return None
    if field.maximum is not None and len(node.entries) > field.maximum:
        findings.error(
            node, "limit", f"the rule has {len(node.entries)} output keys; at most {field.maximum} are allowed"
        )
    values = [_named(findings, entry, read_tree(findings, field, entry.value)) for entry in node.entries]
    return tuple(value for value in values if value is not None)


def _named(findings: Findings, entry: Entry, value: Compiled | None) -> NamedValue | None:
    if not 1 <= len(entry.key.text) <= NAME_LENGTH:
        findings.error(entry.key, "bad-name", f"an output key has 1 to {NAME_LENGTH} characters")
    return None if value is None else NamedValue(entry.key, value)


def _not_a_mapping(findings: Findings, field: Field, node: Node) -> None:
    if isinstance(node, Scalar | SequenceNode):
        absent = isinstance(node, Scalar) and node.absent
        code, hint = ("missing-value", "`{}` is an empty mapping") if absent else ("wrong-type", field.text)
        findings.error(node, code, f"`{field.name}` takes a mapping of names to values", hint=hint)


def read_headers(findings: Findings, field: Field, node: Node) -> tuple[NamedValue, ...] | None:
    """The headers of a webhook; None after a problem with the mapping itself was reported."""
    if not isinstance(node, MappingNode):
        _not_a_mapping(findings, field, node)
        return None
    if len(node.entries) > MAX_HEADERS:
        findings.error(node, "limit", f"{len(node.entries)} headers; at most {MAX_HEADERS} are allowed")
    return tuple(_headers(findings, field, node))


def _headers(findings: Findings, field: Field, node: MappingNode) -> Iterator[NamedValue]:
    seen: set[str] = set()
    for entry in node.entries:
        name = entry.key.text.lower()
        _check_header_name(findings, entry.key, name in seen)
        seen.add(name)
        scalar = single_value(findings, Field(name=entry.key.text, kind=field.kind, text=""), entry.value)
        value = compile_scalar(findings, field, scalar) if scalar is not None else None
        if value is not None and scalar is not None:
            _check_header_text(findings, name, scalar, value)
            yield NamedValue(entry.key, value)


def _check_header_name(findings: Findings, key: Scalar, again: bool) -> None:
    if not _HEADER_NAME.fullmatch(key.text):
        findings.error(key, "bad-name", f"{quoted(key.text)} cannot be the name of a header")
    elif key.text.lower() in _RESERVED_HEADERS:
        findings.error(key, "reserved-header", f"the header {quoted(key.text)} is set by the sender")
    elif again:
        findings.error(key, "duplicate-name", f"the header {quoted(key.text)} stands here a second time")


def _check_header_text(findings: Findings, name: str, scalar: Scalar, value: Compiled) -> None:
    if isinstance(value.template, Text):
        return
    if not _HEADER_TEXT.fullmatch(scalar.text):
        findings.error(scalar, "bad-header", "a header holds plain ASCII characters in one line")
    elif _SECRET_HEADER.search(name):
        findings.warning(
            scalar, "secret-in-clear", "this looks like a secret in the clear", hint="use `${SECRET.<name>}`"
        )


def read_json(findings: Findings, field: Field, node: Node) -> dict[str, Any] | None:
    """A mapping of plain JSON values; None after a problem was reported."""
    if not isinstance(node, MappingNode):
        _not_a_mapping(findings, field, node)
        return None
    return {entry.key.text: _json(findings, entry.value) for entry in node.entries}


def _json(findings: Findings, node: Node) -> Any:
    if isinstance(node, Scalar):
        value = resolve(node)
        return value if isinstance(value, str) else _json_number(findings, node, value)
    if isinstance(node, SequenceNode):
        return [_json(findings, item) for item in node.items]
    if isinstance(node, MappingNode):
        return {entry.key.text: _json(findings, entry.value) for entry in node.entries}
    return None


def read_expected_offers(
    findings: Findings, field: Field, node: Node
) -> tuple[tuple[Scalar, dict[str, Any]], ...] | None:
    """The offers that a test expects, each with its data; None after a problem was reported."""
    if not isinstance(node, MappingNode):
        _not_a_mapping(findings, field, node)
        return None
    expected = [(entry.key, read_json(findings, _expected_field(entry.key), entry.value)) for entry in node.entries]
    return tuple((key, data) for key, data in expected if data is not None)


def _expected_field(key: Scalar) -> Field:
    return Field(name=key.text, kind=Kind.JSON_MAPPING, text="")
