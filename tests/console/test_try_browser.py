"""Try it and Check a call in a real browser: with a mouse, by the keyboard alone, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.models import Draft
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.api.test_check_call import PUBLIC, Customer
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.test_accessibility import violations
from tests.docs.blocks import ROOT
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

pytestmark = NEEDS_BROWSER
EVENT = '{"td_client_id": "202", "category": "Shoes", "email": "a@example.com"}'
REFUSED = ("Content-Type: application/json", "WP13n-Token: {site}", "Authorization: {browsers}", "Origin: https://x.y")


@pytest.fixture
def shop(transactional_db: None) -> Instance:
    """The web shop of the worked examples, live."""
    made = an_instance(3, 1)
    tables = [("shop", name) for name in ("pageviews", "orders", "carts")]
    change_destinations(instance=made, actor=ACTOR, add=tables)
    for name in ("shop-web", "shop-server"):
        issue_token(instance=made, name=name, actor=ACTOR)
    text = (ROOT / "docs" / "examples" / "shop.yaml").read_text()
    upload_configuration(instance=made, text=text, actor=ACTOR, push=True)
    return made


@pytest.fixture
def customer(transactional_db: None) -> Customer:
    return Customer()


@pytest.fixture
def page(browser: Browser, live_server: Any, shop: Instance) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


def _open(page: Page, instance: Instance, name: str) -> None:
    page.goto(f"/admin/routing/instance/{instance.pk}/{name}/")


def _fits(page: Page) -> bool:
    """Nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_journey__from_no_offer_to_a_golden_test__in_a_browser(page: Page, shop: Instance) -> None:
    page.goto(f"/admin/routing/instance/{shop.pk}/change/")
    page.get_by_role("link", name="Try it", exact=True).click()
    page.locator("#id_event").fill(EVENT)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("1 offer: loyalty")).to_be_in_viewport()
    why = page.get_by_text("rule 1 does not match: PROFILE.categories.length > 1 is false")
    expect(why).to_be_visible()
    expect(page.get_by_text("PROFILE.categories.length = 1")).to_be_visible()

    page.get_by_text("What came before it, and when").click()
    page.get_by_label("Events before it").fill(EVENT.replace("Shoes", "Hats"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("2 offers: for_you, loyalty")).to_be_visible()

    page.get_by_role("searchbox", name="Name").fill("shoes after hats")
    page.get_by_role("button", name="Show what it adds…").click()
    expect(page.get_by_text('+  - name: "shoes after hats"')).to_be_visible()
    page.get_by_role("button", name="Add it to the draft").click()
    page.wait_for_url("**/draft/?line=*")
    text = Draft.objects.get(instance=shop).text
    assert text.splitlines()[int(page.url.partition("=")[2]) - 1] == '  - name: "shoes after hats"'


def test_try_it__by_the_keyboard_alone__is_tried_and_unfolded(page: Page, shop: Instance) -> None:
    _open(page, shop, "try")
    page.locator("#id_version").focus()
    for wanted in ("id_table", "id_path", "id_event"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == wanted
    page.keyboard.press("Control+A")
    page.keyboard.type(EVENT)
    while page.evaluate("document.activeElement.textContent.trim()") != "Try it":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 offer: loyalty")).to_be_visible()
    given = page.locator("summary", has_text="given by rule 3")
    given.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("rule 3 for product_view")).to_be_visible()


@pytest.mark.parametrize("field", ["table", "time"])
def test_try_it__by_enter_in_a_field__is_tried(page: Page, shop: Instance, field: str) -> None:
    _open(page, shop, "try")
    page.locator("#id_event").fill(EVENT)
    for summary in page.locator("#try-form summary").all():
        summary.click()
    page.locator(f"#id_{field}").press("Enter")
    expect(page.get_by_text("1 offer: loyalty")).to_be_visible()
    assert page.locator("#id_profile").input_value() == ""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results__by_axe__have_no_violation_and_fit(
    page: Page, shop: Instance, customer: Customer, width: int, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    _open(page, shop, "try")
    page.locator("#id_event").fill(EVENT)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="Offers")).to_be_visible()
    page.locator("#result details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    found = violations(page, "tried")
    assert _fits(page)
    page.get_by_role("searchbox", name="Name").fill("shoes")
    page.get_by_role("button", name="Show what it adds…").click()
    found += violations(page, "kept")
    assert _fits(page)
    _open(page, customer.instance, "call")
    page.get_by_label("curl line").fill(customer.line(*REFUSED, path=PUBLIC))
    page.get_by_role("button", name="Check the call").click()
    expect(page.get_by_role("heading", name="The call as it was read")).to_be_visible()
    found += violations(page, "checked")
    assert _fits(page)
    assert found == []


def test_call__pasted_and_mended__keeps_the_line_and_leads_to_where_it_is_mended(
    page: Page, customer: Customer
) -> None:
    _open(page, customer.instance, "call")
    line = customer.line(*REFUSED, path=PUBLIC)
    page.get_by_label("curl line").fill(line)
    page.get_by_role("button", name="Check the call").click()
    expect(page.get_by_text("The endpoint turns this call away with 400, code 3007")).to_be_in_viewport()
    expect(page.get_by_label("curl line")).to_have_value(line)

    page.get_by_label("curl line").fill(line + " '")
    page.get_by_role("button", name="Check the call").click()
    expect(page.get_by_text("This line cannot be read")).to_be_visible()
    expect(page.get_by_label("curl line")).to_have_value(line + " '")

    page.get_by_label("curl line").fill(line)
    page.get_by_label("Origin").fill("https://shop.example.com")
    page.get_by_role("button", name="Check the call").click()
    expect(page.get_by_text("The endpoint takes this call")).to_be_visible()
    expect(page.get_by_text("This line cannot be read")).to_have_count(0)

    page.get_by_label("Origin").fill("")
    page.get_by_role("button", name="Check the call").click()
    page.get_by_role("link", name="Change its rules").click()
    page.get_by_label("Allowed origins").fill("https://shop.example.com\nhttps://x.y")
    page.get_by_role("button", name="Save").click()
    _open(page, customer.instance, "call")
    page.get_by_label("curl line").fill(line)
    page.get_by_role("button", name="Check the call").click()
    expect(page.get_by_text("The endpoint takes this call")).to_be_visible()
    assert page.get_by_label("curl line").input_value() == line
    token = AccessToken.objects.get(name="site")
    assert token.allowed_origins == ["https://shop.example.com", "https://x.y"]


def test_call__put_together_by_the_keyboard_alone__is_checked(page: Page, customer: Customer) -> None:
    _open(page, customer.instance, "call")
    page.get_by_label("curl line").focus()
    for typed in ("", "/your_database/pageviews", "unlisted", "ingest"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The token “unlisted” is not listed in live version 1")).to_be_visible()
    expect(page.get_by_label("Access token")).to_have_value("unlisted")
    assert page.get_by_text("The endpoint takes this call").count() == 0
