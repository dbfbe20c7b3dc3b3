"""The pages around a push in a real browser: by keyboard, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot_loader import SnapshotLoader
from provisioning import replay
from provisioning.approvals import request_draft_approval, set_push_policy
from provisioning.models import Push, ScheduledPush
from provisioning.selectors import live_version
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.pages import SHOP
from tests.world import ACTOR, a_key, an_instance
from tokens.services import issue_token

pytestmark = NEEDS_BROWSER
TWO_OFFERS = SHOP.replace("offers:\n", "offers:\n  - name: hello\n    set: {event: pageview, data: {a: b}}\n")


@pytest.fixture
def shop(transactional_db: None) -> Instance:
    """Version 1 live; the draft has lost an offer that is on."""
    made = an_instance()
    a_key("ingest")
    change_destinations(instance=made, add=[("shop", "pageviews")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    upload_configuration(instance=made, text=TWO_OFFERS, actor=ACTOR, push=True)
    save_draft(instance=made, text=SHOP, revision=None, actor="staff ben")
    return made


@pytest.fixture
def page(browser: Browser, live_server: Any, shop: Instance) -> Iterator[Page]:
    yield from signed_in(browser, live_server.url)


def _fits(page: Page) -> None:
    """Nothing of the page itself stands out to the right."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _violations(page: Page) -> list[str]:
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    return [f"{each['id']}: {node['html'][:150]}" for each in found for node in each["nodes"]]


def test_push__draft_with_an_error__keeps_the_report_for_the_engineer(page: Page, shop: Instance) -> None:
    save_draft(instance=shop, text=SHOP.replace("type: list", "type: lists"), revision=1, actor=ACTOR)
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/", wait_until="networkidle")
    page.get_by_text("Report for the customer's engineer").click()
    expect(page.get_by_label("Report", exact=True)).to_contain_text("lists")
    assert missing == []


def test_push__by_keyboard_alone__is_typed_and_confirmed(page: Page, shop: Instance) -> None:
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
    expect(page.get_by_text("1 part in use disappears")).to_be_visible()
    page.get_by_role("textbox", name="Note").focus()
    page.keyboard.type("the sale is over")
    page.keyboard.press("Tab")
    page.keyboard.type("1/8")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 2 is live;")).to_be_visible()
    assert Push.objects.get(superseded_at=None).note == "the sale is over"


def test_push__on_a_phone__shows_the_change_in_readable_lines(page: Page, shop: Instance) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
    gone = page.locator(".c-side-removed .c-side-old").first.bounding_box()
    assert gone is not None
    assert gone["width"] > 250


@pytest.mark.parametrize("pressed", ["Date and time", "Time zone", "Type 1/8 to go on", "button"])
def test_push__later__is_planned_by_enter_and_by_its_button(page: Page, shop: Instance, pressed: str) -> None:
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
    page.get_by_text("Push later").click()
    later = page.get_by_role("group").filter(has_text="Push later")
    day = page.evaluate("new Date(Date.now() + 20 * 86400000).toISOString().slice(0, 10)")
    later.get_by_label("Date and time").fill(f"{day}T09:30")
    later.get_by_label("Time zone").fill("Europe/Berlin")
    later.get_by_label("Type 1/8 to go on").fill("1/8")
    if pressed == "button":
        later.get_by_role("button", name="Plan it").click()
    else:
        later.get_by_label(pressed).press("Enter")
    expect(page.get_by_text("It is planned for")).to_be_visible()
    assert ScheduledPush.objects.get().at.isoformat()[:10] == day
    assert Push.objects.count() == 1
    page.get_by_role("button", name="Call it off").click()
    expect(page.get_by_text("is called off")).to_be_visible()


def test_replay__refused_while_another_runs__is_tried_again_in_its_place(page: Page, shop: Instance) -> None:
    with replay._one_at_a_time:
        page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
        expect(page.get_by_text("another replay is under way")).to_be_visible()
        page.get_by_role("textbox", name="Note").fill("kept")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text("No replay: no event of this instance")).to_be_visible()
    assert page.get_by_role("textbox", name="Note").input_value() == "kept"


def test_break_glass__by_enter__pushes_without_approval_and_asks_nobody(page: Page, shop: Instance) -> None:
    save_draft(instance=shop, text=f"{TWO_OFFERS}# 2\n", revision=None, actor="staff ben")
    set_push_policy(instance=shop, approval_required=True, actor=ACTOR)
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
    page.locator("summary", has_text="Push without approval").click()
    page.get_by_label("Reason for pushing without approval").fill("the shop is closed")
    page.get_by_label("Reason for pushing without approval").press("Enter")
    expect(page.get_by_text("Version 2 is live;")).to_be_visible()
    assert Push.objects.get(superseded_at=None).broke_glass == "the shop is closed"


def test_pause__from_its_row__takes_two_clicks(page: Page, shop: Instance) -> None:
    page.goto(f"/admin/routing/instance/{shop.pk}/change/")
    page.get_by_role("link", name="Offers", exact=True).click()
    page.get_by_role("link", name="Pause offer hello").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Version 2 is live;")).to_be_visible()
    page.get_by_role("link", name="Offers", exact=True).click()
    expect(page.get_by_role("link", name="Resume offer hello")).to_be_visible()
    live = live_version(shop)
    assert live is not None
    assert (live.number, "enabled: false" in live.text) == (2, True)


def test_instance__pushed__follows_until_every_process_has_it(page: Page, shop: Instance) -> None:
    beating = Heartbeat()
    beating.beat(SnapshotLoader().load(ControlReader().read(), at=0))
    upload_configuration(instance=shop, text=SHOP, actor=ACTOR, push=True)
    page.goto(f"/admin/routing/instance/{shop.pk}/change/")
    expect(page.get_by_text("0 of 1 process")).to_be_visible()
    beating.beat(SnapshotLoader().load(ControlReader().read(), at=0))
    expect(page.get_by_text("1 of 1 process")).to_be_visible()
    assert page.get_by_text("0 of 1 process").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages__unfolded_and_with_approval__have_no_violation(
    page: Page, shop: Instance, width: int, scheme: Any
) -> None:
    set_push_policy(instance=shop, approval_required=True, actor=ACTOR)
    request_draft_approval(instance=shop, actor="staff ben", note="please look")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for path in ("draft/push", "approval", "offers", "change", "policy", "details"):
        page.goto(f"/admin/routing/instance/{shop.pk}/{path}/")
        for summary in page.locator("details.c-more > summary").all():
            summary.click()
        found += [f"{path}: {each}" for each in _violations(page)]
        _fits(page)
    assert found == []
