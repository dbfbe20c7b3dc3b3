"""Every page of the console, wide and narrow, light and dark, against the rules of WCAG 2 at levels A and AA."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings

from personalization.models import Recording
from personalization.recordings import start_recording
from provisioning.models import ConfigurationVersion, Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Destination, HistoryEntry, Instance, StaffRole
from routing.role_services import give_role
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.pages import SHOP
from tests.console.test_profiles import anna, happened
from tests.console.traffic import be_busy
from tests.world import ACTOR, a_key, an_instance
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_token, revoke

pytestmark = NEEDS_BROWSER
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
MISTAKEN = SHOP.replace("    table: pageviews", "    tabel: pageviews").replace(
    "- name: web", "- name: wbe\n  - 7d1f2c0b9a8e4f6d8c5b4a3928170605"
)


@pytest.fixture
def customer(transactional_db: None) -> Instance:
    """An instance with rows of every kind, and mistakes in its draft."""
    made = an_instance()
    an_instance(2, 1)
    a_key("ingest")
    change_destinations(instance=made, add=[("shop", "pageviews"), ("shop", "orders")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    revoke(row=issue_token(instance=made, name="old", actor=ACTOR, type="public").row, actor=ACTOR)
    for text in (SHOP, SHOP.replace("> 0", "> 1")):
        upload_configuration(instance=made, text=text, actor=ACTOR, push=True, note="Because")
    save_draft(instance=made, text=MISTAKEN, revision=None, actor=ACTOR)
    be_busy(Instance.objects.get(pk=made.pk))
    start_recording(instance=made, key="td_client_id", value="anna", note="A complaint", actor=ACTOR)
    Group.objects.create(name="support")
    give_role(user=User.objects.create(username="carl"), role="editor", account=made.account, actor=ACTOR)
    return made


def console_paths(instance: Instance) -> Iterator[str]:
    newest = ConfigurationVersion.objects.latest("pk").pk
    oldest = ConfigurationVersion.objects.earliest("pk")
    token, key = AccessToken.objects.get(name="web").pk, ApiKey.objects.get().pk
    base = f"routing/instance/{instance.pk}"
    yield ""
    yield from ("routing/account/", "routing/account/1/change/", "routing/account/add/")
    yield from ("routing/instance/", "routing/instance/add/", "routing/instance/language/", "routing/instance/check/")
    yield from (f"{base}/{page}/" for page in ("change", "details", "draft", "draft/push", "draft/tokens", "rollback"))
    yield f"{base}/compare/?from=1&to=draft"
    yield from (f"{base}/{page}/" for page in ("try", "call", "traffic"))
    yield "?needs=unmonitored"
    yield from (f"{base}/{page}/" for page in ("why", "events", "events/rejected", "recordings", "profiles"))
    yield f"{base}/recordings/{Recording.objects.get().pk}/"
    yield f"{base}/versions/{oldest.number}/push/"
    yield from (f"{base}/{page}/" for page in ("offers", "approval", "policy", "answers"))
    yield f"{base}/offers/switch/?section=offers&name=preferences_known"
    yield f"routing/instance/{Instance.objects.exclude(pk=instance.pk).get().pk}/change/"
    yield from ("routing/destination/", "routing/destination/?q=1/8", "routing/destination/add/?instance=1/8")
    yield from ("tokens/accesstoken/", "tokens/accesstoken/?q=2/1", "tokens/accesstoken/add/")
    yield from (f"tokens/accesstoken/{token}/{page}/" for page in ("change", "rules", "rotate", "revoke"))
    yield from ("tokens/apikey/", "tokens/apikey/add/")
    yield from (f"tokens/apikey/{key}/{page}/" for page in ("change", "rules", "rotate", "revoke"))
    yield from ("provisioning/configurationversion/", f"provisioning/configurationversion/{newest}/change/")
    yield from ("provisioning/push/", f"provisioning/push/{Push.objects.latest('pk').pk}/change/")
    yield from (
        "auth/user/",
        "auth/user/add/",
        "auth/user/1/change/",
        "auth/user/1/sign-in/",
        "auth/group/",
        "auth/group/add/",
    )
    yield from ("routing/historyentry/", "routing/historyentry/?q=1/8", "routing/historyentry/week/")
    yield f"routing/historyentry/{HistoryEntry.objects.filter(kind='push').latest('pk').pk}/change/"
    yield from ("routing/staffrole/", "routing/staffrole/add/")
    yield from (f"routing/staffrole/{StaffRole.objects.get().pk}/{page}/" for page in ("change", "take"))
    yield from ("nothing/here/", "password_change/", "one-time-password/")


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
    assert Destination.objects.count() == 2
    found: list[str] = []
    for path in console_paths(customer):
        page.goto(f"/admin/{path}")
        found += violations(page, path)
    assert found == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_person__found_and_not__by_axe_has_no_violation(
    page: Page, customer: Instance, settings: Settings, tmp_path: Path, width: int, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
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
    page.context.clear_cookies()
    page.goto("/admin/")
    found += violations(page, "signing in")
    assert found == []
