"""Digits that could be a token but are written with escapes: nothing could keep them out of what is stored."""

from __future__ import annotations

from provisioning.language.document import Document, MappingNode, Node, SequenceNode, scalars
from provisioning.language.findings import Findings
from provisioning.language.redaction import digit_runs


def check_disguised_digits(findings: Findings, document: Document) -> None:
    """Refuse 32 hex digits in a key or value that do not stand in the text as they are.

    The entries of `tokens` are not looked at: they are refused for any escape at all.
    """
    entries = _token_entries(document.root)
    for scalar in scalars(document.root if "\\" in document.text else None):
        if scalar.start in entries:
            continue
        raw = document.text[scalar.start : scalar.end]
        # Nothing but an escape, between double quotes, makes digits of what is none, or joins them.
        if scalar.style == "double" and "\\" in raw and not digit_runs(scalar.text) <= digit_runs(raw):
            findings.error(
                scalar, "disguised-token", "32 hex digits, which could be a token, are written with escapes here",
                hint="write them as they are; of a token only the digest is stored",
            )  # fmt: skip


def _token_entries(root: Node | None) -> set[int]:
    """Where they begin."""
    tokens = root.get("tokens") if isinstance(root, MappingNode) else None
    return {item.start for item in tokens.items} if isinstance(tokens, SequenceNode) else set()
