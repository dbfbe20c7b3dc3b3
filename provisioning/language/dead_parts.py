"""Parts that do nothing: what nobody reads or uses, what can never match, what is over."""

from __future__ import annotations

from collections.abc import Iterator

from provisioning.language.expressions import EvaluationError, Scope, truthy
from provisioning.language.findings import Findings
from provisioning.language.formulas import Formula
from provisioning.language.items import Item
from provisioning.language.mentions import Mentions
from provisioning.language.uses import event_users, formulas_of, reads_of


def check_dead_parts(findings: Findings, root: Item, now: float) -> None:
    """Warn of parts without effect at `now` (epoch seconds); beside errors, only of those that are so for certain."""
    mentions = Mentions(findings, root) if findings.failed else None
    _check_unread_attributes(findings, root, mentions)
    _check_unused_events(findings, root, mentions)
    _check_conditions(findings, root)
    for offer in root.items("offers"):
        _check_hidden_rules(findings, offer)
    for item in (*root.items("offers"), *root.items("activations")):
        ends = item.values.get("ends_at")
        if ends is not None and ends <= now:
            findings.warning(item.nodes["ends_at"], "ended", "it has ended", hint="remove it, or move `ends_at`")


def _check_unread_attributes(findings: Findings, root: Item, mentions: Mentions | None) -> None:
    attributes = root.items("attributes")
    readers = [*attributes, *root.items("offers"), *root.items("activations")]
    read_by: dict[str | None, set[int]] = {}
    for index, reader in enumerate(readers):
        for _, read in reads_of(reader):
            if read.root == "PROFILE":
                read_by.setdefault(read.name, set()).add(index)
    for index, item in enumerate(attributes):
        others = (read_by.get(item.name, set()) | read_by.get(None, set())) - {index}
        if item.name and not others and not (mentions is not None and mentions.attribute(item)):
            message = "nothing reads this attribute"
            findings.warning(item.name_node, "unread-attribute", message, hint="remove it, or read it in an offer")


def _check_unused_events(findings: Findings, root: Item, mentions: Mentions | None) -> None:
    used = {name.text for user in event_users(root) for name in user.events()}
    for item in root.items("events"):
        if item.name and item.name not in used and not (mentions is not None and mentions.event(item)):
            findings.warning(item.name_node, "unused-event", "nothing uses this event", hint="remove it")


def _check_conditions(findings: Findings, root: Item) -> None:
    for item in (*root.items("events"), *event_users(root)):
        for formula in formulas_of(item.values.get("if")):
            if constant_truth(formula) is False:
                findings.warning(formula.scalar, "never-true", "this condition is never true")


def constant_truth(formula: Formula) -> bool | None:
    """Whether a condition that reads nothing is true; None when it depends on what it reads."""
    if not formula.expression.constant:
        return None
    try:
        return truthy(formula.expression.evaluate(Scope(profile={}, event={}, now=0)))
    except EvaluationError:
        return False


def _check_hidden_rules(findings: Findings, offer: Item) -> None:
    covered: dict[str, int] = {}
    for rule in offer.items("set"):
        names = [name.text for name in rule.events()]
        if names and all(name in covered for name in names):
            line = covered[names[0]]
            message = f"this rule is never reached: the one in line {line} always matches before it"
            findings.warning(rule.node, "hidden-rule", message, hint="move it up, or give the other one an `if`")
        if not offer.unknown_fields and _always_matches(rule):
            line = findings.document.position(rule.node.start).line
            covered |= dict.fromkeys((name for name in names if name not in covered), line)


def _always_matches(rule: Item) -> bool:
    conditions: Iterator[Formula] = formulas_of(rule.values.get("if"))
    bare = "if" not in rule.nodes and not rule.unknown_fields  # one of those may be meant as its `if`
    return bare or any(constant_truth(formula) is True for formula in conditions)
