"""The place where a configuration is edited in a browser: the built editor, or the plain text area."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

BUILT = bool(settings.EDITOR_IS_BUILT)
NEEDS_EDITOR = pytest.mark.skipif(
    not BUILT and not os.environ.get("CI"), reason="the editor is not built: `make editor` does it, with Node.js or pip"
)
USUAL = "built" if BUILT or os.environ.get("CI") else "plain"
KINDS = [pytest.param("built", marks=NEEDS_EDITOR), "plain"]
_SELECTED = """() => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value === undefined ? getSelection().toString() : value.slice(selectionStart, selectionEnd);
}"""


def choose_editor(settings: Any, kind: str) -> None:
    """Serve the pages with the `built` editor or with the `plain` text area."""
    assert kind == "plain" or BUILT, "the editor is not built"
    settings.EDITOR_IS_BUILT = kind == "built"


def editor(page: Page) -> Locator:
    """The editor of the open page, once its script is at work."""
    page.wait_for_selector("html[data-editor]")
    return page.get_by_role("textbox", name="Configuration")


def open_draft(page: Page, pk: int) -> Locator:
    """The editor of the instance's draft."""
    page.goto(f"/admin/routing/instance/{pk}/draft/")
    return editor(page)


def expect_text(page: Page, text: str) -> None:
    """Wait until the editor holds this text."""
    page.wait_for_selector("html[data-editor]")
    expect(page.locator("#text")).to_have_value(text)


def selected(page: Page) -> str:
    """The text that is selected in the editor."""
    return str(page.evaluate(_SELECTED))


def check(page: Page) -> None:
    """Press Check, and wait for the problems."""
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Checked; nothing is stored by that.")).to_be_visible()


def problem(page: Page, words: str) -> Locator:
    """The listed problem in which these words stand."""
    return page.locator(".c-problem").filter(has_text=words)
