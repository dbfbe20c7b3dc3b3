"""The tree, read by the schema: every field checked for itself, everything wrong reported.

What `Item.values` holds, by kind of field: plain kinds their value; events a tuple of scalars; a condition
a `Formula`; texts and bodies `Compiled`; data and headers a tuple of `NamedValue`; records `Item`, lists of
records and rules a tuple of them; tokens a tuple of `ListedToken`; times and durations seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any, Final

from provisioning.language.document import Broken, Entry, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.field_values import read_scalar, reads_scalar, single_value
from provisioning.language.findings import Findings
from provisioning.language.formulas import read_condition, read_increment, read_value
from provisioning.language.items import Item
from provisioning.language.places import quoted, shorten
from provisioning.language.schema import OFFER, RULE, Field, Kind, Record
from provisioning.language.syntax_slips import dedented_slip
from provisioning.language.token_entries import read_tokens
from provisioning.language.value_trees import read_data, read_expected_offers, read_headers, read_json, read_tree


def read_record(findings: Findings, record: Record, node: Node) -> Item | None:
    """A mapping with known fields; None after it was reported to be none."""
    found = _fields(findings, record, node)
    if found is None:
        return None
    fields, meant = found
    variant = _variant(record, fields)
    values: dict[str, Any] = {}
    for known in record.fields:
        if known.name in fields and _belongs(findings, record, known, variant, fields[known.name]):
            value = _read_field(findings, known, fields[known.name])
            if value is not None:
                values[known.name] = value
    there = meant | fields.keys() | (findings.elsewhere(node) if record is RULE else frozenset())
    _report_missing(findings, record, node, there, variant)
    return Item(node, values, fields)


def _fields(findings: Findings, record: Record, node: Node) -> tuple[dict[str, Node], set[str]] | None:
    """The known fields that stand there, and the names of those that were meant by unknown ones."""
    if isinstance(node, MappingNode):
        return _known_fields(findings, record, node)
    if record.shorthand and isinstance(node, Scalar) and not node.absent:
        return {record.shorthand: node}, set()
    if not isinstance(node, Broken):
        required = " and ".join(f"`{known.name}`" for known in record.fields if known.required and not known.variants)
        wanted = f" with {required}" if required else ""
        article = "an" if record.name[0] in "aeio" else "a"
        findings.error(
            node, "wrong-type", f"{article} {record.name} is a mapping{wanted}", hint=_mapping_hint(record, node)
        )
    return None


def _mapping_hint(record: Record, node: Node) -> str:
    return "write `name: …` under the `-`" if isinstance(node, Scalar) and record.field("name") else ""


def _known_fields(findings: Findings, record: Record, node: MappingNode) -> tuple[dict[str, Node], set[str]]:
    fields: dict[str, Node] = {}
    meant: set[str] = set()
    there = {entry.key.text for entry in node.entries}
    for entry in node.entries:
        if record.field(entry.key.text) is None:
            meant.add(_report_unknown(findings, record, node, entry, there))
        else:
            fields.setdefault(entry.key.text, entry.value)  # a second one was reported when the text was read
    return fields, meant


def _report_unknown(findings: Findings, record: Record, node: MappingNode, entry: Entry, there: Set[str]) -> str:
    """The name of the field that is meant, empty when nobody knows."""
    if findings.full:
        findings.count_error()
        return ""
    name = entry.key.text
    if record is OFFER and RULE.field(name) is not None:
        _report_dedented(findings, node, entry)
        return ""
    counterpart = record.counterparts.get(name, "")
    meant = counterpart.strip("`").partition(":")[0] or findings.closest(name, (known.name for known in record.fields))
    hint = f"write {counterpart}" if counterpart else f"did you mean `{meant}`?" if meant else ""
    article = "an" if record.name[0] in "aeio" else "a"
    message = f"`{shorten(name)}` is not a field of {article} {record.name}"
    renamed = "" if counterpart or meant in there else meant
    findings.error(entry.key, "unknown-field", message, hint=hint, mended=_renamed(findings, entry.key, renamed))
    return meant


def _renamed(findings: Findings, key: Scalar, name: str) -> str:
    """The key's line with another name in its place, empty when there is no name, or no line to show."""
    start, end = (findings.document.position(offset) for offset in (key.start, key.end))
    if not name or start.line != end.line:
        return ""
    line = findings.document.short_line(key.start)
    return line[: start.column - 1] + name + line[end.column - 1 :] if line else ""


def _report_dedented(findings: Findings, offer: MappingNode, entry: Entry) -> None:
    rule = offer.get("set")
    if isinstance(rule, SequenceNode) and rule.items:
        rule = rule.items[-1]
    if isinstance(rule, MappingNode):
        findings.note_elsewhere(rule, entry.key.text)
    document = findings.document
    own = document.position(entry.key.start)
    wanted = document.position(rule.start).column if isinstance(rule, MappingNode) and not rule.flow else own.column
    line = document.short_line(entry.key.start)
    slip = dedented_slip(line, wanted - own.column if wanted > own.column else 2)
    mended = slip.mended if line and wanted > own.column else ""
    findings.error(entry.key, slip.code, slip.message, hint=slip.hint, mended=mended)


def _variant(record: Record, fields: Mapping[str, Node]) -> str:
    """What the variant field says, empty when it says nothing known."""
    node = fields.get(record.variant)
    known = record.field(record.variant)
    text = node.text if isinstance(node, Scalar) else ""
    return text if known is not None and text in known.choices else ""


def _belongs(findings: Findings, record: Record, known: Field, variant: str, node: Node) -> bool:
    if not known.variants or not variant or variant in known.variants:
        return True
    where = " or ".join(known.variants)
    message = f"`{known.name}` belongs to {record.variant} {where}, not to {variant}"
    findings.error(node, "wrong-field", message, hint="remove it")
    return False


def _report_missing(findings: Findings, record: Record, node: Node, there: Set[str], variant: str) -> None:
    for known in record.fields:
        wanted = known.required and (not known.variants or variant in known.variants)
        if wanted and known.name not in there:
            findings.error(node, "missing-field", f"`{known.name}` is missing", hint=known.text)


def _read_field(findings: Findings, known: Field, node: Node) -> Any:
    if isinstance(node, Broken):
        return None
    if reads_scalar(known.kind):
        return read_scalar(findings, known, node)
    return _READERS[known.kind](findings, known, node)


def _events(findings: Findings, known: Field, node: Node) -> tuple[Scalar, ...] | None:
    if not isinstance(node, SequenceNode):
        scalar = single_value(findings, known, node)
        return None if scalar is None else (scalar,)
    if not node.items:
        findings.error(node, "missing-value", f"`{known.name}` names no event", hint=known.text)
    names = [single_value(findings, known, item) for item in node.items]
    found = tuple(name for name in names if name is not None)
    seen: set[str] = set()
    for name in found:
        if name.text in seen:
            findings.error(name, "duplicate-name", f"the event {quoted(name.text)} stands here a second time")
        seen.add(name.text)
    return found


def _records(findings: Findings, known: Field, node: Node) -> tuple[Item, ...] | None:
    if known.record is None or not isinstance(node, SequenceNode):
        _report_no_list(findings, known, node)
        return () if isinstance(node, Scalar) and node.absent else None
    _check_count(findings, known, node)
    items = [read_record(findings, known.record, item) for item in node.items[: known.maximum]]
    return tuple(item for item in items if item is not None)


def _report_no_list(findings: Findings, known: Field, node: Node) -> None:
    if isinstance(node, Scalar) and node.absent and not known.required:
        findings.warning(node, "empty-section", f"`{known.name}` is empty", hint="leave it out, or write `[]`")
        return
    findings.error(node, "wrong-type", f"`{known.name}` takes a list", hint="begin each item with `- `")


def _check_count(findings: Findings, known: Field, node: SequenceNode) -> None:
    count = len(node.items)
    if known.maximum is not None and count > known.maximum:
        findings.error(node, "limit", f"`{known.name}` has {count:,} items; at most {known.maximum:,} are allowed")
    if known.minimum is not None and count < known.minimum:
        findings.error(node, "missing-value", f"`{known.name}` is empty", hint=known.text)


def _rules(findings: Findings, known: Field, node: Node) -> tuple[Item, ...] | None:
    if known.record is None or not isinstance(node, MappingNode):
        return _records(findings, known, node)
    rule = read_record(findings, known.record, node)
    return None if rule is None else (rule,)


def _record(findings: Findings, known: Field, node: Node) -> Item | None:
    return read_record(findings, known.record, node) if known.record is not None else None


_READERS: Final[Mapping[Kind, Callable[[Findings, Field, Node], Any]]] = {
    Kind.EVENTS: _events,
    Kind.CONDITION: read_condition,
    Kind.VALUE: read_value,
    Kind.INCREMENT: read_increment,
    Kind.HEADERS: read_headers,
    Kind.DATA: read_data,
    Kind.BODY: read_tree,
    Kind.JSON_MAPPING: read_json,
    Kind.OFFERS_EXPECTED: read_expected_offers,
    Kind.RECORD: _record,
    Kind.RECORDS: _records,
    Kind.RULES: _rules,
    Kind.TOKENS: read_tokens,
}
