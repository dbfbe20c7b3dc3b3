"""A member of staff sets a customer up in a real browser: from the first table to a rollback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.models import Push
from routing.models import Instance
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.editing import editor, expect_text, open_draft
from tests.console.pages import SHOP
from tests.world import a_key, an_instance
from tokens.models import AccessToken

MISTAKEN = (
    SHOP.replace("    table: pageviews", "    tabel: pageviews")
    .replace("type: list", "type: lists")
    .replace("- event: pageview\n        if", "- event: pageviw\n        if")
)

pytestmark = NEEDS_BROWSER


@pytest.fixture
def page(browser: Browser, live_server: Any, instance: Instance) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


@pytest.fixture
def instance(transactional_db: None) -> Instance:
    made = an_instance()
    a_key("ingest")
    return made


def test_journey__from_destination_to_rollback__works_in_a_browser(page: Page, instance: Instance) -> None:
    page.get_by_role("region", name="Instances", exact=True).get_by_role("link", name="1/8 Engine 8").click()
    page.get_by_role("link", name="Register a table").click()
    page.get_by_label("Tables").fill("shop/pageviews")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Registered shop/pageviews.")).to_be_visible()

    page.get_by_role("link", name="Create a token").click()
    page.get_by_label("Name").fill("web")
    page.get_by_role("button", name="Create token").click()
    shown = page.locator("#secret-header").inner_text()
    page.get_by_role("button", name="Copy").nth(1).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert re.fullmatch(r"WP13n-Token: 1/8/[0-9a-f]{32}", shown)
    expect(page.get_by_text("Not accepted yet:")).to_be_visible()

    page.get_by_role("link", name="add it to the draft and push").click()
    editor(page).fill(MISTAKEN)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    expect_text(page, MISTAKEN)
    for line in (MISTAKEN[: MISTAKEN.index(slip)].count("\n") + 1 for slip in ("tabel", "lists", "pageviw")):
        expect(page.get_by_role("link", name=re.compile(f"^line {line}:"))).to_be_visible()

    editor(page).fill(SHOP)
    page.get_by_role("button", name="Save and push…").click()
    expect(page.get_by_text("Nothing is live yet")).to_be_visible()
    page.get_by_role("textbox", name="Note").fill("The first one")
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_text("Version 1 is live; the endpoint follows within a second.")).to_be_visible()
    expect(page.get_by_text("accepted", exact=True)).to_be_visible()

    open_draft(page, instance.pk).fill(SHOP.replace("> 0", "> 1"))
    page.get_by_role("button", name="Save and push…").click()
    expect(page.get_by_text("condition changed from")).to_be_visible()
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_text("Version 2 is live;")).to_be_visible()
    page.get_by_role("link", name="Roll back to version 1…").click()
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.get_by_text("Version 1 is live;")).to_be_visible()
    assert list(Push.objects.order_by("number").values_list("kind", flat=True)) == ["push", "push", "rollback"]
    assert AccessToken.objects.get().name == "web"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages__at_each_width__never_scroll_sideways(page: Page, instance: Instance, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    base = f"/admin/routing/instance/{instance.pk}"
    for path in ("/admin/", f"{base}/change/", f"{base}/draft/", f"{base}/details/", "/admin/tokens/accesstoken/add/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_frame__by_keyboard_alone__opens_filters_and_signs_out(page: Page, instance: Instance) -> None:
    page.goto("/admin/tokens/accesstoken/")
    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("By state")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("By state")).to_be_hidden()
    page.get_by_role("button", name="anna").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Log out").press("Enter")
    expect(page.get_by_text("Log in again")).to_be_visible()
    page.goto("/admin/")
    assert page.url.endswith("/admin/login/?next=/admin/")
