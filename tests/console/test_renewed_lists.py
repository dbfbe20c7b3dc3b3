"""A list that renews itself, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from routing.models import Instance
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.traffic_world import customer

__all__ = ["customer"]

pytestmark = NEEDS_BROWSER


@pytest.fixture
def page(browser: Browser, live_server: Any, customer: Instance) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


@pytest.mark.parametrize(("kind", "method"), [("events", "POST"), ("rejections", "GET")])
def test_list__renewed_by_itself__says_that_nobody_asked(
    page: Page, customer: Instance, kind: str, method: str
) -> None:
    page.clock.install()
    page.goto(reverse(f"admin:instance_{kind}", args=(customer.pk,)))
    expect(page.locator("#live-note")).to_have_text("renewed every 5 seconds")
    with page.expect_request(lambda sent: sent.resource_type == "fetch") as renewing:
        page.clock.run_for(6000)
    assert renewing.value.method == method
    assert renewing.value.header_value("X-Asked-By") == "page"
    answer = renewing.value.response()
    assert answer is not None
    assert answer.status == 200
