"""An instance's page after a push: it follows by itself where the version is live and what events get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot_loader import SnapshotLoader
from personalization.stores.locations import store_at
from provisioning.models import Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.pages import SHOP
from tests.personalization.stores.arrivals import arrival
from tests.personalization.world import NOW
from tests.world import ACTOR, an_instance
from tokens.services import issue_token

pytestmark = NEEDS_BROWSER
TEXT = SHOP.replace("database: shop", "database: your_database")
SHOWN = '{"preferences":"shoes"}'


@pytest.fixture
def shop(transactional_db: None) -> Instance:
    made = an_instance()
    change_destinations(instance=made, add=[("your_database", "pageviews")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    upload_configuration(instance=made, text=TEXT, actor=ACTOR, push=True)
    Push.objects.update(created_at=datetime.fromtimestamp(NOW, UTC))
    return made


@pytest.fixture
def page(browser: Browser, live_server: Any, shop: Instance, settings: Any, tmp_path: Path) -> Iterator[Page]:
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    yield from signed_in(browser, live_server.url)


def _send_an_event(store_url: str) -> None:
    store = store_at(store_url)
    store.open()
    store.commit([arrival(1, now=NOW + 60, some_key="shoes")])
    store.close()


def test_answers__event_comes_while_the_page_is_open__appear_by_themselves(
    page: Page, shop: Instance, settings: Any
) -> None:
    page.goto(f"/admin/routing/instance/{shop.pk}/change/")
    expect(page.get_by_text("No event has come since version 1 went live")).to_be_visible()
    expect(page.get_by_label("A line that sends an event")).to_contain_text("WP13n-Token: 1/8/YOUR_TOKEN")
    _send_an_event(settings.EVENT_STORE)
    expect(page.get_by_text(SHOWN)).to_be_visible(timeout=15_000)
    assert page.get_by_text("No event has come").count() == 0


def test_replay__on_the_page_of_a_push__appears_by_itself(page: Page, shop: Instance, settings: Any) -> None:
    _send_an_event(settings.EVENT_STORE)
    save_draft(instance=shop, text=TEXT.replace("name: preferences_known", "name: known"), revision=None, actor=ACTOR)
    page.goto(f"/admin/routing/instance/{shop.pk}/draft/push/")
    expect(page.get_by_text("1 would have got another answer")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("region", name="Offers that differ").get_by_role("row")).to_have_text(
        [re.compile("Offer.*Gained"), re.compile("^known"), re.compile("^preferences_known")]
    )
    page.get_by_text("Examples").click()
    expect(page.get_by_text(SHOWN).first).to_be_visible()
    assert Push.objects.get(instance=shop).version.number == 1


def test_live_on__process_follows_while_the_page_is_open__says_so(page: Page, shop: Instance) -> None:
    before = SnapshotLoader().load(ControlReader().read(), at=0)
    heartbeat = Heartbeat()
    heartbeat.beat(before)
    upload_configuration(instance=shop, text=f"{TEXT}# again\n", actor=ACTOR, push=True)
    page.goto(f"/admin/routing/instance/{shop.pk}/change/")
    state = page.get_by_role("status").filter(has_text="process")
    expect(state).to_have_text("0 of 1 process so far; it follows within a second")
    heartbeat.beat(SnapshotLoader().load(ControlReader().read(), at=0))
    expect(state).to_have_text("1 of 1 process")
    assert state.count() == 1
