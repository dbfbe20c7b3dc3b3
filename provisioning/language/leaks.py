"""Static taint: which values come from something sensitive, and where they would leave by the public path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioning.language.document import Scalar
from provisioning.language.expressions import Read
from provisioning.language.findings import Findings
from provisioning.language.items import Item
from provisioning.language.places import quoted
from provisioning.language.uses import reads_of
from provisioning.language.value_trees import NamedValue


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is tainted: where it stands (`at` is an offset into the scalar's value), and the chain."""

    scalar: Scalar
    chain: str
    at: int | None = None


class Taint:
    """Which names of PROFILE and EVENT are sensitive or made of what is, each with the reason.

    An event whose `if` reads something sensitive tells of it by happening, so it taints what it writes and
    decides, as the same condition would in the place where the event is used.
    """

    def __init__(self, root: Item, findings: Findings) -> None:
        self._findings = findings
        self._event = {item.name: "" for item in root.items("keys") if item.values.get("sensitive")}
        self._profile = {name: f"the key {quoted(name)} is sensitive" for name in self._event}
        self._happening = self._tainted_events(root)
        attributes = [item for item in root.items("attributes") if item.name]
        for item in attributes:
            if item.values.get("sensitive"):
                self._profile[item.name] = f"the attribute {quoted(item.name)} is sensitive"
        while self._spread(attributes):
            pass

    @property
    def names(self) -> Mapping[str, str]:
        """The tainted names of PROFILE with their reasons."""
        return self._profile

    def reason(self, value: Any) -> Reason | None:
        """The first read of something tainted in a part of the configuration, and the chain that proves it."""
        for formula, read in reads_of(value):
            chain = self._chain(read)
            if chain:
                return Reason(formula.scalar, f"reads {chain}", formula.at(read))
        return None

    def event_reason(self, item: Item) -> Reason | None:
        """The first of the record's events that happens only for something tainted."""
        for name in item.events():
            if name.text in self._happening:
                return Reason(name, f"waits for the event {quoted(name.text)}, {self._happening[name.text]}")
        return None

    def _tainted_events(self, root: Item) -> dict[str, str]:
        found = ((item, self.reason(item.values.get("if"))) for item in root.items("events") if item.name)
        return {item.name: f"which {self._line(reason)}" for item, reason in found if reason is not None}

    def _line(self, reason: Reason) -> str:
        return f"(line {self._findings.document.position(reason.scalar.start).line}) {reason.chain}"

    def _spread(self, attributes: list[Item]) -> bool:
        """One step further along the reads; False when there is nothing left to taint."""
        grown = False
        for item in attributes:
            found = (self.reason(item) or self.event_reason(item)) if item.name not in self._profile else None
            if found is not None:
                self._profile[item.name] = f"the attribute {quoted(item.name)} {self._line(found)}"
                grown = True
        return grown

    def _chain(self, read: Read) -> str:
        """How a read leads to something sensitive, else an empty string."""
        tainted = {"PROFILE": self._profile, "EVENT": self._event}.get(read.root, {})
        if read.name is None:
            first = next(iter(tainted), None)
            return "" if first is None else f"{read.root} as a whole, and in it {self._step(read.root, first)}"
        return self._step(read.root, read.name) if read.name in tainted else ""

    def _step(self, root: str, name: str) -> str:
        why = self._profile[name] if root == "PROFILE" else f"the key {quoted(name)} is sensitive"
        return f"{root}.{name}: {why}"


def tainted_condition(taint: Taint, offer: Item) -> Reason | None:
    """Because of what the public path withholds the whole offer."""
    reasons = (taint.reason(rule.values.get("if")) or taint.event_reason(rule) for rule in offer.items("set"))
    return next((reason for reason in reasons if reason is not None), None)


def tainted_data(taint: Taint, rule: Item) -> list[tuple[NamedValue, Reason]]:
    """The output keys that the public path leaves out."""
    data: tuple[NamedValue, ...] = rule.values.get("data", ())
    found = ((named, taint.reason(named)) for named in data)
    return [(named, reason) for named, reason in found if reason is not None]


def check_leaks(findings: Findings, root: Item, taint: Taint) -> None:
    """Warn of what a public token's caller will not get."""
    for offer in root.items("offers"):
        withheld = tainted_condition(taint, offer)
        if withheld is not None:
            subject = "the condition" if withheld.at is not None else "it"
            message = f"the public path withholds this offer: {subject} {withheld.chain}"
            findings.warning(withheld.scalar, "sensitive-condition", message, at=withheld.at)
        for rule in offer.items("set"):
            for named, reason in tainted_data(taint, rule):
                message = f"the public path leaves out {quoted(named.key.text)}: it {reason.chain}"
                findings.warning(reason.scalar, "sensitive-data", message, at=reason.at)
