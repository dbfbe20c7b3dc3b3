"""One-time links in the console, and the customer's page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from routing.models import Instance
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.pages import StaffWith, Visitor
from tests.console.test_accessibility import violations
from tests.tokens.links import Customer, part_of, shown_secret
from tests.world import ACTOR, a_hand_over, an_instance
from tokens.header import digest
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.services import issue_key, issue_token

_LINK = re.compile(r'id="secret-link"[^>]*>([^<]*)<')


def _link(source: str) -> str:
    found = _LINK.search(source)
    assert found
    return part_of(found[1])


def test_token__handed_over_by_a_link__is_not_shown_to_the_staff(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", hand_over="24")
    link, token = _link(page.source), AccessToken.objects.get(name="web")
    secret = shown_secret(Customer().press(link))
    assert token.digest == digest(secret)
    assert secret not in page.source
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    shown = staff.get("tokens_accesstoken_change", token.pk)
    assert re.search(r"opened .* from 198\.51\.100\.7", shown.text)
    assert link not in shown.source


def test_key__handed_over_by_a_link__is_opened_by_the_customer(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_apikey_add", account="1", name="web", scope="ingest", hand_over="1")
    key = ApiKey.objects.get(name="web")
    assert key.digest == digest(shown_secret(Customer().press(_link(page.source))))
    assert "opened" in staff.get("tokens_apikey_change", key.pk).text


@pytest.mark.parametrize("route", ["token_rotate", "key_rotate"])
def test_successor__handed_over_by_a_link__is_not_shown_to_the_staff(
    staff: Visitor, instance: Instance, route: str
) -> None:
    token = issue_token(instance=instance, name="web", actor=ACTOR).row
    key = issue_key(account=instance.account, name="web", scope="ingest", actor=ACTOR).row
    row = token if route == "token_rotate" else key
    page = staff.post(route, row.pk, days="3", hand_over="72")
    row.refresh_from_db()
    assert row.successor is not None
    assert row.successor.digest == digest(shown_secret(Customer().press(_link(page.source))))


def test_link__with_the_customers_own_token__is_refused_at_its_field(staff: Visitor, instance: Instance) -> None:
    page = staff.post(
        "tokens_accesstoken_add", instance="1/8", name="web", type="private", token="0" * 32, hand_over="24"
    )
    assert page.status == 422
    assert "only a generated secret" in page.text
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("lifetime", ["2", "-1", "x", "9999999999"])
def test_link__with_a_lifetime_that_is_not_offered__is_refused(
    staff: Visitor, instance: Instance, lifetime: str
) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", hand_over=lifetime)
    assert page.status == 422
    assert not AccessToken.objects.exists()


def test_link__withdrawn__asks_first_and_destroys_it(staff: Visitor, instance: Instance) -> None:
    page = staff.post("tokens_accesstoken_add", instance="1/8", name="web", type="private", hand_over="24")
    link, token, made = _link(page.source), AccessToken.objects.get(name="web"), HandOver.objects.get()
    withdraw = f"/admin/tokens/accesstoken/{token.pk}/links/{made.pk}/withdraw/"
    assert withdraw in page.links
    assert f"../links/{made.pk}/withdraw/" in staff.get("tokens_accesstoken_change", token.pk).links
    assert "Nobody knows the secret then" in staff.get(withdraw).text
    made.refresh_from_db()
    assert made.sealed is not None
    assert "withdrawn" in staff.post(withdraw).text
    assert Customer().press(link).status_code == 410
    again = staff.post(withdraw)
    assert again.status == 422
    assert "does not wait any more" in again.text


def test_link__of_another_secret__is_not_found(staff: Visitor, instance: Instance) -> None:
    made, other = a_hand_over(instance), issue_token(instance=instance, name="other", actor=ACTOR).row
    assert staff.post("token_withdraw", other.pk, made.pk).status == 404
    assert HandOver.objects.get().withdrawn_at is None


def test_link__withdrawn_without_permission__is_refused(staff_with: StaffWith, instance: Instance) -> None:
    made = a_hand_over(instance)
    visitor = staff_with("tokens.view_accesstoken")
    assert visitor.post("token_withdraw", made.token_id, made.pk).status == 403
    assert "Withdraw" not in visitor.get("tokens_accesstoken_change", made.token_id).text


@pytest.fixture
def page(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Page]:
    an_instance()
    yield from signed_in(browser, live_server.url)


def _customers_window(page: Page, **options: Any) -> Page:
    """A window of somebody else, without the staff's session; what it asks for is noted in `asked`."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
    context.set_default_timeout(15_000)
    return context.new_page()


class TestInABrowser:
    pytestmark = NEEDS_BROWSER

    def test_link__from_form_to_clipboard__never_travels_in_an_address(self, page: Page) -> None:
        page.goto("/admin/tokens/accesstoken/add/?instance=1/8")
        page.get_by_label("Name").fill("web")
        page.get_by_label("How the customer gets it").select_option(label="By a link, for 24 hours")
        page.get_by_role("button", name="Create token").click()
        url = page.locator("#secret-link").inner_text()
        customer = _customers_window(page)
        asked: list[tuple[str, str]] = []
        customer.on("request", lambda request: asked.append((request.url.partition("#")[0], str(request.headers))))
        customer.goto(url)
        expect(customer.get_by_label("Your link")).to_be_hidden()
        assert HandOver.objects.get().opened_at is None
        customer.get_by_role("button", name="Show the secret").click()
        expect(customer.get_by_role("heading", name="Your access token")).to_be_visible()
        secret = customer.locator("#secret").inner_text()
        customer.get_by_role("button", name="Copy").nth(1).click()
        expect(customer.get_by_role("button", name="Copied")).to_be_visible()
        assert customer.evaluate("navigator.clipboard.readText()") == secret
        assert AccessToken.objects.get().digest == digest(secret)
        assert len({address.split("/")[2] for address, _ in asked}) == 1
        assert not [each for each in asked if part_of(url) in each[0] or part_of(url) in each[1]]
        late = _customers_window(page)
        late.goto(url)
        late.get_by_role("button", name="Show the secret").click()
        expect(late.get_by_role("alert")).to_contain_text("opened already")

    def test_link__without_scripts__is_pasted(self, page: Page, live_server: Any) -> None:
        made = a_hand_over(an_instance())
        customer = _customers_window(page, java_script_enabled=False)
        customer.goto(f"{live_server.url}/hand-over#{'A' * 43}")
        customer.get_by_label("Your link").fill("A" * 43)
        customer.get_by_role("button", name="Show the secret").click()
        expect(customer.get_by_role("alert")).to_contain_text("not known")
        made.refresh_from_db()
        assert made.opened_at is None

    @pytest.mark.parametrize("width", [1440, 390])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_pages__by_axe__have_no_violation(self, page: Page, width: int, scheme: Any) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto("/admin/tokens/accesstoken/add/?instance=1/8")
        page.get_by_label("Name").fill("web")
        page.get_by_label("How the customer gets it").select_option("24")
        page.get_by_role("button", name="Create token").click()
        found = violations(page, "link made")
        url = page.locator("#secret-link").inner_text()
        made = HandOver.objects.get()
        page.goto(f"/admin/tokens/accesstoken/{made.token_id}/links/{made.pk}/withdraw/")
        found += violations(page, "withdraw")
        customer = _customers_window(page, viewport={"width": width, "height": 900}, color_scheme=scheme)
        customer.goto(url.partition("#")[0])
        found += violations(customer, "without a link")
        customer.goto(url)
        found += violations(customer, "button")
        customer.get_by_role("button", name="Show the secret").click()
        expect(customer.get_by_role("heading", name="Your access token")).to_be_visible()
        found += violations(customer, "opened")
        assert customer.evaluate("document.documentElement.scrollWidth") <= width
        customer.goto("about:blank")
        customer.goto(url)
        customer.get_by_role("button", name="Show the secret").click()
        expect(customer.get_by_role("alert")).to_be_visible()
        found += violations(customer, "opened already")
        page.goto(f"/admin/tokens/accesstoken/{made.token_id}/change/")
        found += violations(page, "token with a link")
        assert found == []
