"""The section `tokens`: its three forms, and what is known of the tokens it lists. No message quotes a token."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from provisioning.language.document import Broken, MappingNode, Node, Scalar, SequenceNode
from provisioning.language.findings import Findings
from provisioning.language.places import quoted
from provisioning.language.schema import NAME_LENGTH, Field
from provisioning.language.token_text import DIGEST_PREFIX
from tokens.header import digest, normalise_token

_DIGEST = re.compile(DIGEST_PREFIX + r"([0-9a-f]{64})", re.ASCII)
_FORMS: Final = "write `name: …` for an issued token, its 32 hex digits, or `sha256:` and 64 hex digits"
_IMPORT: Final = (
    "issue it first, or import it with the token's value (`issue_token --token`, POST /tokens); then list it by name"
)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """An issued token of the instance. `state` is that of the token or, when better, of its rotation successor."""

    name: str
    digest: str
    type: Literal["private", "public"]
    state: Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class ListedToken:
    """An entry of the section: a name, or a digest; `raw` when the token itself stands there."""

    node: Node
    name: str | None = None
    digest: str | None = None
    raw: bool = False

    def is_for(self, token: KnownToken) -> bool:
        """Whether the entry lists this token."""
        return token.digest == self.digest if self.name is None else token.name == self.name


def read_tokens(findings: Findings, field: Field, node: Node) -> tuple[ListedToken, ...] | None:
    """The entries of the section; None after it was reported to be no list."""
    if isinstance(node, Scalar) and node.absent:
        return ()
    if not isinstance(node, SequenceNode):
        findings.error(node, "wrong-type", "`tokens` takes a list", hint=_FORMS)
        return None
    if field.maximum is not None and len(node.items) > field.maximum:
        findings.error(node, "limit", f"`tokens` has {len(node.items)} items; at most {field.maximum} are allowed")
    entries = [_read_entry(findings, item) for item in node.items]
    return tuple(entry for entry in entries if entry is not None)


def _read_entry(findings: Findings, node: Node) -> ListedToken | None:
    if isinstance(node, Broken):
        return None
    if isinstance(node, MappingNode):
        return _read_name(findings, node)
    if isinstance(node, Scalar) and not node.absent:
        return _read_token(findings, node)
    findings.error(node, "bad-token", "this is no token", hint=_FORMS)
    return None


def _read_name(findings: Findings, node: MappingNode) -> ListedToken | None:
    name = node.get("name")
    if len(node.entries) != 1 or not isinstance(name, Scalar) or not 1 <= len(name.text) <= NAME_LENGTH:
        findings.error(node, "bad-token", "a token in this form has one field, `name`", hint=_FORMS)
        return None
    if normalise_token(name.text) is not None:
        findings.error(node, "bad-token", "a token's value stands where its name belongs", hint=_FORMS)
        return None
    return ListedToken(node, name=name.text)


def _read_token(findings: Findings, scalar: Scalar) -> ListedToken | None:
    """A token whose digits do not stand in the text as they are could not be kept out of what is stored."""
    raw = findings.document.text[scalar.start : scalar.end]
    unquoted = raw[1:-1] if scalar.style in ("single", "double") else raw
    if scalar.style in ("literal", "folded") or unquoted != scalar.text:
        findings.error(scalar, "disguised-token", "a token must stand in one line, without escapes", hint=_FORMS)
        return None
    stored = _DIGEST.fullmatch(scalar.text.lower())
    if stored is not None:
        return ListedToken(scalar, digest=stored[1])
    token = normalise_token(scalar.text)
    if token is not None:
        return ListedToken(scalar, digest=digest(token), raw=True)
    findings.error(scalar, "bad-token", "this is neither a token nor its digest", hint=_FORMS)
    return None


def check_tokens(findings: Findings, entries: tuple[ListedToken, ...], known: Iterable[KnownToken] | None) -> None:
    """Compare the entries with each other, and with what the instance has issued (None: not known)."""
    _report_repeated(findings, entries, known)
    if known is None or not entries:
        return
    issued = tuple(known)
    usable = [_check_entry(findings, entry, issued) for entry in entries]
    if not any(usable):
        findings.error(
            entries[0].node, "no-usable-token", "no token of the list can be used: the endpoint would take none"
        )


def _check_entry(findings: Findings, entry: ListedToken, issued: tuple[KnownToken, ...]) -> bool:
    """Whether the token can be used."""
    found = [token for token in issued if entry.is_for(token)]
    if not found:
        hint = "" if entry.name is None else findings.nearest(entry.name, (token.name for token in issued))
        subject = "this token" if entry.name is None else "no token of this name"
        verb = "was not" if entry.name is None else "was"
        findings.error(entry.node, "unknown-token", f"{subject} {verb} issued for this instance", hint=hint or _IMPORT)
    for token in found:
        if token.state != "active":
            findings.warning(entry.node, f"{token.state}-token", f"the token {quoted(token.name)} is {token.state}")
    return any(token.state == "active" for token in found)


def _report_repeated(findings: Findings, entries: tuple[ListedToken, ...], known: Iterable[KnownToken] | None) -> None:
    names = {token.digest: token.name for token in known or ()}
    seen: set[str] = set()
    for entry in entries:
        label = entry.name if entry.name is not None else names.get(entry.digest or "", f"sha256:{entry.digest}")
        if label in seen:
            findings.error(entry.node, "duplicate-name", "this token stands in the list a second time")
        seen.add(label)


def public_token_listed(entries: tuple[ListedToken, ...], known: Iterable[KnownToken] | None) -> bool:
    """Whether any entry is a public token."""
    return any(token.type == "public" for token in known or () for entry in entries if entry.is_for(token))
