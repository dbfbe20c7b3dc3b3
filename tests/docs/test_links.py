"""Every relative link of the documentation leads to a file, and to a heading in it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.blocks import ROOT, anchors, links, pages

PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]


@pytest.mark.parametrize("page", PAGES)
def test_links__relative__lead_somewhere(page: Path) -> None:
    broken = [f"line {line}: {target}" for target, line in links(page) if not _leads_somewhere(page, target)]

    assert broken == []


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("configuration.md", True),
        ("configuration.md#tokens", True),
        ("configuration.md#no-such-heading", False),
        ("no-such-page.md", False),
        ("https://example.com/nowhere", True),
    ],
)
def test_links__known_targets__are_told_apart(target: str, leads: bool) -> None:
    assert _leads_somewhere(ROOT / "docs" / "expressions.md", target) is leads


def _leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith(("https://", "http://", "mailto:")):
        return True
    path, _, anchor = unquote(target).partition("#")
    wanted = page.parent / path if path else page
    if not wanted.exists():
        return False
    return not anchor or anchor in anchors(wanted)
