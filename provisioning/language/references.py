"""Names that must mean something: unique where they are given, known where they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from provisioning.language.document import Scalar, SequenceNode
from provisioning.language.expressions import Read
from provisioning.language.findings import Findings
from provisioning.language.formulas import Formula
from provisioning.language.items import Item
from provisioning.language.list_uses import check_list_use
from provisioning.language.mentions import is_misspelt
from provisioning.language.places import quoted
from provisioning.language.schema import CONFIGURATION, SECTIONS, SINGULAR
from provisioning.language.uses import event_users, reads_of

_LIST_MEMBERS: Final = frozenset(
    ["length", "at", "concat", "every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flat",
     "flatMap", "includes", "indexOf", "join", "lastIndexOf", "map", "reduce", "reduceRight", "slice", "some",
     "toReversed", "toSorted", "with"]
)  # fmt: skip
_NUMBER_MEMBERS: Final = frozenset(("toFixed", "toPrecision", "toString"))


def check_names(findings: Findings, root: Item) -> None:
    """Names are unique in their section; keys and attributes share theirs."""
    _check_unique(findings, [("key", item) for item in root.items("keys")] + _attributes(root))
    for section in SECTIONS:
        if section not in ("keys", "attributes", "tokens"):
            _check_unique(findings, [(SINGULAR[section], item) for item in root.items(section)])


def _attributes(root: Item) -> list[tuple[str, Item]]:
    return [("attribute", item) for item in root.items("attributes")]


def _check_unique(findings: Findings, items: Iterable[tuple[str, Item]]) -> None:
    seen: dict[str, tuple[str, Item]] = {}
    for kind, item in items:
        if not item.name:
            continue
        if item.name in seen:
            first_kind, first = seen[item.name]
            line = findings.document.position(first.name_node.start).line
            message = f"the {first_kind} in line {line} has the name {quoted(item.name)} already"
            findings.error(item.name_node, "duplicate-name", message)
        seen.setdefault(item.name, (kind, item))


def check_schedules(findings: Findings, root: Item) -> None:
    """What ends must begin before."""
    for item in (*root.items("offers"), *root.items("activations")):
        starts, ends = item.values.get("starts_at"), item.values.get("ends_at")
        if starts is not None and ends is not None and ends <= starts:
            findings.error(item.nodes["ends_at"], "ends-before-start", "`ends_at` is not after `starts_at`")


def check_events(findings: Findings, root: Item) -> None:
    """Every `event:` names one of the section `events`."""
    known = {item.name for item in root.items("events")}
    for user in event_users(root) if _was_read(findings, root, "events") else ():
        for name in user.events():
            if name.text not in known:
                hint = findings.nearest(name.text, known) or _known_list(known)
                findings.error(name, "unknown-event", f"there is no event {quoted(name.text)}", hint=hint)


def _was_read(findings: Findings, root: Item, section: str) -> bool:
    """Whether the section was read to its end, so that what it lacks is really lacking."""
    if is_misspelt(findings, root, section) or any(flaw.code == "duplicate-key" for flaw in findings.document.flaws):
        return False
    node, known = root.nodes.get(section), CONFIGURATION.field(section)
    if isinstance(node, SequenceNode) and known is not None and known.maximum is not None:
        named = [item for item in root.items(section) if item.name]
        return len(node.items) <= known.maximum and len(named) == len(node.items)
    return section in root.values or node is None


def _known_list(known: set[str]) -> str:
    if not known:
        return "name it in the section `events`"
    shown = ", ".join(sorted(known)[:8])
    return f"the events are: {shown}" if len(known) <= 8 else f"the events are: {shown}, …"


def check_reads(findings: Findings, root: Item) -> None:
    """Every `PROFILE.x` is a key or an attribute and used as what it is."""
    types = {item.name: str(item.values.get("type", "")) for item in root.items("attributes")}
    types |= {item.name: "key" for item in root.items("keys")}
    complete = _was_read(findings, root, "keys") and _was_read(findings, root, "attributes")
    for formula, read in reads_of(root):
        if read.root == "PROFILE" and read.name is not None:
            if read.name in types:
                _check_use(findings, formula, read, types[read.name])
            elif complete:
                _report_unknown(findings, formula, read, read.name, types)


def _report_unknown(findings: Findings, formula: Formula, read: Read, name: str, known: Iterable[str]) -> None:
    hint = findings.nearest(name, known) or "define it under `attributes` or `keys`"
    message = f"PROFILE.{name} is neither a key nor an attribute"
    findings.error(formula.scalar, "unknown-profile-name", message, hint=hint, at=formula.at(read))


def _check_use(findings: Findings, formula: Formula, read: Read, type_: str) -> None:
    if type_ == "list" and (read.next is None or read.next.isdecimal() or read.next in _LIST_MEMBERS):
        check_list_use(findings, formula, read)
    elif type_ == "list":
        findings.error(
            formula.scalar, "list-misused",
            f"PROFILE.{read.name} is a list of {{value, time}} and has no `{read.next}`",
            hint=f"the newest value is PROFILE.{read.name}.at(-1)?.value", at=formula.at(read),
        )  # fmt: skip
    elif type_ == "counter" and read.next is not None and read.next not in _NUMBER_MEMBERS:
        message = f"PROFILE.{read.name} is a number and has no `{read.next}`"
        findings.error(formula.scalar, "number-misused", message, at=formula.at(read))


def check_destinations(
    findings: Findings, root: Item, destinations: frozenset[tuple[str, str]] | None, stage: Literal["draft", "push"]
) -> None:
    """Every table of an event is a registered destination (None: not known)."""
    report = findings.error if stage == "push" else findings.warning
    for item in root.items("events") if destinations is not None else ():
        database, table = item.values.get("database"), item.values.get("table")
        if destinations is not None and database and table and (database, table) not in destinations:
            hint = findings.nearest(table, (known for where, known in destinations if where == database))
            report(
                item.nodes["table"], "unknown-destination", f"{database}/{table} is not a registered destination",
                hint=hint or "register it under routing before the push",
            )  # fmt: skip


def check_tests(findings: Findings, root: Item) -> None:
    """What tests expect is an offer, an attribute or a key that exists."""
    offers = {item.name for item in root.items("offers")}
    profile = {item.name for section in ("keys", "attributes") for item in root.items(section)}
    complete = _was_read(findings, root, "attributes") and _was_read(findings, root, "keys")
    for step in _steps(root):
        for name, _ in step.values.get("offers", ()) if _was_read(findings, root, "offers") else ():
            if name.text not in offers:
                _report_unexpected(findings, name, "offer", offers)
        for entry in _profile_keys(step):
            if entry.text not in profile and complete:
                _report_unexpected(findings, entry, "key or attribute", profile)


def _steps(root: Item) -> Iterator[Item]:
    for test in root.items("tests"):
        yield from test.items("steps")


def _profile_keys(step: Item) -> Iterator[Scalar]:
    node = step.nodes.get("profile") if "profile" in step.values else None
    yield from (entry.key for entry in getattr(node, "entries", ()))


def _report_unexpected(findings: Findings, name: Scalar, what: str, known: Iterable[str]) -> None:
    hint = findings.nearest(name.text, known)
    findings.error(name, "unknown-name", f"there is no {what} {quoted(name.text)}", hint=hint)
