"""A member of staff sets a customer up in a real browser: from the first table to a rollback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.models import Draft, Push
from provisioning.services import save_draft
from routing.models import Instance
from tests.console.browsing import NEEDS_BROWSER, sign_in, signed_in
from tests.console.pages import SHOP
from tests.world import ACTOR, a_key, an_instance
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


def _draft_with(page: Page, instance: Instance, text: str) -> None:
    page.goto(f"/admin/routing/instance/{instance.pk}/draft/")
    page.get_by_label("Configuration").fill(text)


def _check(page: Page) -> None:
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Checked; not saved yet.")).to_be_visible()


def test_journey__from_destination_to_rollback__works_in_a_browser(page: Page, instance: Instance) -> None:
    page.get_by_role("link", name="1/8 Engine 8").click()
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
    page.get_by_label("Configuration").fill(MISTAKEN)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved")).to_be_visible()
    expect(page.get_by_label("Configuration")).to_have_value(MISTAKEN)
    for line in (MISTAKEN[: MISTAKEN.index(slip)].count("\n") + 1 for slip in ("tabel", "lists", "pageviw")):
        expect(page.get_by_role("link", name=re.compile(f"^line {line}:"))).to_be_visible()

    page.get_by_label("Configuration").fill(SHOP)
    page.get_by_role("button", name="Save and push…").click()
    expect(page.get_by_text("Nothing is live yet")).to_be_visible()
    page.get_by_label("Note").fill("The first one")
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_text("Version 1 is live; the endpoint follows within a second.")).to_be_visible()
    expect(page.get_by_text("accepted", exact=True)).to_be_visible()

    _draft_with(page, instance, SHOP.replace("> 0", "> 1"))
    page.get_by_role("button", name="Save and push…").click()
    expect(page.get_by_text("condition changed from")).to_be_visible()
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_text("Version 2 is live;")).to_be_visible()
    page.get_by_role("link", name="Roll back to version 1…").click()
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.get_by_text("Version 1 is live;")).to_be_visible()
    assert list(Push.objects.order_by("number").values_list("kind", flat=True)) == ["push", "push", "rollback"]
    assert AccessToken.objects.get().name == "web"


def test_editor__problem_clicked__selects_its_place(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, MISTAKEN)
    _check(page)
    line = MISTAKEN[: MISTAKEN.index("pageviw")].count("\n") + 1
    page.get_by_role("link", name=re.compile(f"^line {line}:")).click()
    selected = page.evaluate("(a => a.value.slice(a.selectionStart, a.selectionEnd))(document.getElementById('text'))")
    assert selected == "pageviw"


def test_editor__mend_pressed__replaces_the_line_wherever_it_is_now(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, MISTAKEN)
    _check(page)
    area = page.get_by_label("Configuration")
    area.press("Control+Home")
    area.press_sequentially("# mine\n")
    count = page.get_by_role("button", name="Mend it").count()
    assert count >= 3
    for _ in range(count):
        page.get_by_role("button", name="Mend it").first.click()
    expect(area).to_have_value("# mine\n" + SHOP)
    area.press("Control+z")
    expect(area).not_to_have_value("# mine\n" + SHOP)


def test_editor__line_to_mend_changed_meanwhile__is_left_alone(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, SHOP.replace("type: list", "type: lists"))
    _check(page)
    page.get_by_label("Configuration").fill("other: 1")
    page.get_by_role("button", name="Mend it").click()
    expect(page.get_by_role("button", name="The line has changed; check again")).to_be_visible()
    expect(page.get_by_label("Configuration")).to_have_value("other: 1")


def test_editor__report_copied__is_plain_text(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, MISTAKEN)
    _check(page)
    page.get_by_text("Report for the customer's engineer").click()
    page.get_by_role("button", name="Copy report").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Configuration of instance 1/8: ")
    assert "tabel" in copied


@pytest.mark.parametrize(("width", "height"), [(1440, 700), (390, 700)])
def test_editor__long_text__keeps_its_buttons_in_reach(page: Page, instance: Instance, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    save_draft(instance=instance, text=SHOP + "# more\n" * 2000, revision=None, actor=ACTOR)
    page.goto(f"/admin/routing/instance/{instance.pk}/draft/")
    page.evaluate("window.scrollTo(0, 0)")
    for name in ("Save draft", "Check", "Save and push…"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=0.9)


def test_editor__offer_added__stands_selected_in_view(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, SHOP)
    page.get_by_text("Add an offer or something to remember").click()
    page.get_by_role("button", name="An offer for some pages").click()
    expect(page.get_by_text("Added to offers, from line")).to_be_visible()
    selected = page.evaluate("(a => a.value.slice(a.selectionStart, a.selectionEnd))(document.getElementById('text'))")
    assert selected == "  - name: banner"


def test_editor__keys__save_indent_and_leave(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, "")
    area = page.get_by_label("Configuration")
    area.press_sequentially("keys:")
    area.press("Enter")
    area.press("Tab")
    area.press_sequentially("- a")
    area.press("Enter")
    area.press_sequentially("- b")
    expect(area).to_have_value("keys:\n  - a\n  - b")
    area.press("Control+a")
    area.press("Tab")
    expect(area).to_have_value("  keys:\n    - a\n    - b")
    area.press("Shift+Tab")
    expect(area).to_have_value("keys:\n  - a\n  - b")
    expect(page.locator(".c-gutter")).to_have_text("1\n2\n3")
    area.press("Control+s")
    expect(page.get_by_text("The draft is saved (revision 1)")).to_be_visible()
    assert Draft.objects.get().text == "keys:\n  - a\n  - b"
    area.press("Escape")
    area.press("Tab")
    expect(area).not_to_be_focused()


def test_editor__signed_out_meanwhile__keeps_the_text_and_goes_on_after_signing_in(
    page: Page, instance: Instance
) -> None:
    _draft_with(page, instance, "mine: 1")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Not sent: you are signed out")).to_be_visible()
    expect(page.get_by_label("Configuration")).to_have_value("mine: 1")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="sign in in another tab").click()
    sign_in(popup.value)
    expect(popup.value.get_by_role("heading", name="Instances")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved (revision 1)")).to_be_visible()
    assert Draft.objects.get().text == "mine: 1"


def test_editor__left_with_unsaved_changes__asks(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, "mine: 1")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Overview").last.click()
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Configuration")).to_have_value("mine: 1")


def test_editor__someone_saved_meanwhile__can_save_over_it(page: Page, instance: Instance) -> None:
    _draft_with(page, instance, "mine: 1")
    Draft.objects.create(instance=instance, text="theirs: 1", revision=1, updated_by="staff ben")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("staff ben saved this draft meanwhile")).to_be_visible()
    expect(page.get_by_label("Configuration")).to_have_value("mine: 1")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("The draft is saved (revision 2)")).to_be_visible()
    assert Draft.objects.get().text == "mine: 1"


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
