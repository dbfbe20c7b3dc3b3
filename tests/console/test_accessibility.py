"""Every page of the console, wide and narrow, light and dark, against the rules of WCAG 2 at levels A and AA."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings

from routing.models import Instance
from tests.console.all_pages import console_paths, filled
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.test_profiles import anna, happened

pytestmark = NEEDS_BROWSER
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


@pytest.fixture
def customer(transactional_db: None, settings: Settings, tmp_path: Path) -> Instance:
    """An instance with rows of every kind, and mistakes in its draft."""
    return filled(settings, tmp_path)


def violations(page: Page, where: str) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{where}: {each['id']}: {node['target']} {node['html'][:150]}" for each in found for node in each["nodes"]]


@pytest.fixture
def page(browser: Browser, live_server: Any, customer: Instance) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page__by_axe__has_no_violation(page: Page, customer: Instance, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for path in console_paths(customer):
        page.goto(path)
        found += violations(page, path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: is wider than the window")
    assert found == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_person__found_and_not__by_axe_has_no_violation(
    page: Page, customer: Instance, settings: Settings, tmp_path: Path, width: int, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/of anna.sqlite3"
    happened(*(anna(some_key=f"taste {number}") for number in range(8)), {"mail": "m"}, anna(mail="m"))
    page.goto(f"/admin/routing/instance/{customer.pk}/profiles/")
    found: list[str] = []
    for value, says in (("nobody", "Nobody found"), ("anna-0815", "Found: known since")):
        page.get_by_label("Its value").fill(value)
        page.get_by_role("button", name="Find", exact=True).click()
        page.get_by_text(says).wait_for()
        page.get_by_text("Erase this person…").click()
        found += violations(page, says)
    page.get_by_text("3 more").click()
    page.get_by_label("Type the key value to confirm").fill("another")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("This is not the key value").wait_for()
    found += violations(page, "not confirmed")
    page.get_by_label("Type the key value to confirm").fill("anna-0815")
    page.get_by_role("button", name="Erase for good").click()
    page.get_by_text("Erased for good: 2 profiles").wait_for()
    found += violations(page, "erased")
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_after_a_form__by_axe__have_no_violation(page: Page, customer: Instance, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/admin/tokens/accesstoken/add/?instance=1/8")
    page.get_by_role("button", name="Create token").click()
    found = violations(page, "refused form")
    page.get_by_label("Name").fill("app")
    page.get_by_role("button", name="Create token").click()
    found += violations(page, "token shown once")
    page.goto("/admin/tokens/apikey/add/?account=1")
    page.get_by_label("Name").fill("app")
    page.get_by_role("button", name="Create key").click()
    found += violations(page, "key shown once")
    page.goto(f"/admin/routing/instance/{customer.pk}/draft/")
    page.get_by_text("Report for the customer's engineer").click()
    page.get_by_text("Add an offer or something to remember").click()
    found += violations(page, "draft unfolded")
    page.goto("/admin/routing/destination/")
    page.get_by_role("button", name="Filters").click()
    found += violations(page, "filters")
    page.goto(f"/admin/routing/instance/{customer.pk}/try/?take={'0' * 32}&table=shop/pageviews&at=1")
    page.get_by_text("There is no such event any more.").wait_for()
    found += violations(page, "a gone event")
    page.context.clear_cookies()
    page.goto("/admin/")
    found += violations(page, "signing in")
    assert found == []
