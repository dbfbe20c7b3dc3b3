"""The tabs of an instance's pages on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from routing.models import Instance
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.world import an_instance

pytestmark = NEEDS_BROWSER


@pytest.fixture
def page(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


def test_open_tab__on_a_phone__is_seen_whole(page: Page) -> None:
    instance: Instance = an_instance()
    page.set_viewport_size({"width": 390, "height": 800})
    for name in ("change", "try", "profiles", "why", "traffic"):
        page.goto(f"/admin/routing/instance/{instance.pk}/{name}/")
        box = page.locator(".c-tabs [aria-current]").bounding_box()
        assert box is not None
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 390, name
        assert page.evaluate("scrollX") == 0
