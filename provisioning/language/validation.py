"""From text to problems and plan: the one way into the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provisioning.language.building import build_plan
from provisioning.language.collection_pause import collection_paused
from provisioning.language.dead_parts import check_dead_parts
from provisioning.language.disguises import check_disguised_digits
from provisioning.language.document import Document, Scalar
from provisioning.language.findings import Findings
from provisioning.language.items import Item
from provisioning.language.leaks import Taint, check_leaks
from provisioning.language.loading import load
from provisioning.language.mentions import is_misspelt
from provisioning.language.plan import Plan
from provisioning.language.problems import Problem
from provisioning.language.reading import read_record
from provisioning.language.references import (
    check_destinations,
    check_events,
    check_names,
    check_reads,
    check_schedules,
    check_tests,
)
from provisioning.language.schema import CONFIGURATION
from provisioning.language.token_entries import KnownToken, ListedToken, check_tokens, public_token_listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a configuration is checked against.

    `now` in epoch seconds. `stage`: before a push an unregistered destination is an error. `destinations`
    and `tokens` are those of the instance; None when they are not known, then what refers to them is
    checked for its form only.
    """

    now: float
    stage: Literal["draft", "push"] = "draft"
    destinations: frozenset[tuple[str, str]] | None = None
    tokens: tuple[KnownToken, ...] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Every problem, in the order of the document, and the plan, which is None exactly when there is an error."""

    problems: tuple[Problem, ...]
    plan: Plan | None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems because of which it cannot be used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems with which it works."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")


def check_configuration(text: str | bytes, *, context: Context) -> Check:
    """Check a configuration and compile it. Never raises, whatever the text; golden tests are not run here."""
    with collection_paused():
        document = load(text)
        findings = Findings(document)
        for flaw in document.flaws:
            findings.add_flaw(flaw)
        plan = _checked(findings, document, context) if document.complete else None
        return Check(findings.problems(), plan)


def _checked(findings: Findings, document: Document, context: Context) -> Plan | None:
    check_disguised_digits(findings, document)
    root = _root(findings, document)
    if root is None:
        return None
    taint = Taint(root, findings)
    check_names(findings, root)
    check_schedules(findings, root)
    check_events(findings, root)
    check_reads(findings, root)
    check_destinations(findings, root, context.destinations, context.stage)
    check_tests(findings, root)
    check_dead_parts(findings, root, context.now)
    _check_access(findings, root, taint, context)
    return None if findings.failed else build_plan(document, root, taint)


def _root(findings: Findings, document: Document) -> Item | None:
    node = document.root
    if node is None or (isinstance(node, Scalar) and node.absent):
        findings.error(0, "empty", "the configuration is empty", hint="begin with the sections `keys` and `events`")
        return None
    return read_record(findings, CONFIGURATION, node)


def _check_access(findings: Findings, root: Item, taint: Taint, context: Context) -> None:
    """Who may call, and what leaves by the public path when a public token may."""
    entries: tuple[ListedToken, ...] = root.values.get("tokens", ())
    check_tokens(findings, entries, context.tokens)
    if not entries and _is_empty(findings, root, "tokens"):
        message = "no token is listed: nobody can call the endpoint"
        findings.warning(
            root.nodes.get("tokens", root.node), "no-tokens", message, hint="list an issued token by its name"
        )
    if (
        "keys" not in root.nodes
        and _is_empty(findings, root, "keys")
        and root.nodes.keys() & {"attributes", "offers", "activations"}
    ):
        message = "no key is defined: no event belongs to a profile, and nothing is remembered or offered"
        findings.warning(
            root.node, "no-keys", message, hint="name the event columns that identify a profile under `keys`"
        )
    if public_token_listed(entries, context.tokens):
        check_leaks(findings, root, taint)
        if not any(key.values.get("public") for key in root.items("keys")):
            message = "a public token is listed, but no key is `public`: browsers cannot identify anybody"
            findings.warning(root.nodes["tokens"], "no-public-key", message, hint="add `public: true` to a key")


def _is_empty(findings: Findings, root: Item, section: str) -> bool:
    """Whether nothing stands in a section, nor in one whose name was meant to be this."""
    return not is_misspelt(findings, root, section) and (section in root.values or section not in root.nodes)
