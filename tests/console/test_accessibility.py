"""Every page of the console, wide and narrow, light and dark, against the rules of WCAG 2 at levels A and AA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page

from provisioning.models import ConfigurationVersion, Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Destination, Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.pages import SHOP
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
    Group.objects.create(name="support")
    return made


def _paths(instance: Instance) -> Iterator[str]:
    newest = ConfigurationVersion.objects.latest("pk").pk
    oldest = ConfigurationVersion.objects.earliest("pk")
    token, key = AccessToken.objects.get(name="web").pk, ApiKey.objects.get().pk
    base = f"routing/instance/{instance.pk}"
    yield ""
    yield from ("routing/account/", "routing/account/1/change/", "routing/account/add/")
    yield from ("routing/instance/", "routing/instance/add/", "routing/instance/language/", "routing/instance/check/")
    yield from (f"{base}/{page}/" for page in ("change", "details", "draft", "draft/push", "draft/tokens", "rollback"))
    yield f"{base}/compare/?from=1&to=draft"
    yield from (f"{base}/{page}/" for page in ("try", "call"))
    yield f"{base}/versions/{oldest.number}/push/"
    yield from (f"{base}/{page}/" for page in ("offers", "approval", "policy"))
    yield f"{base}/offers/switch/?section=offers&name=preferences_known"
    yield f"routing/instance/{Instance.objects.exclude(pk=instance.pk).get().pk}/change/"
    yield from ("routing/destination/", "routing/destination/?q=1/8", "routing/destination/add/?instance=1/8")
    yield from ("tokens/accesstoken/", "tokens/accesstoken/?q=2/1", "tokens/accesstoken/add/")
    yield from (f"tokens/accesstoken/{token}/{page}/" for page in ("change", "rules", "rotate", "revoke"))
    yield from ("tokens/apikey/", "tokens/apikey/add/")
    yield from (f"tokens/apikey/{key}/{page}/" for page in ("change", "rules", "rotate", "revoke"))
    yield from ("provisioning/configurationversion/", f"provisioning/configurationversion/{newest}/change/")
    yield from ("provisioning/push/", f"provisioning/push/{Push.objects.latest('pk').pk}/change/")
    yield from ("auth/user/", "auth/user/add/", "auth/user/1/change/", "auth/group/", "auth/group/add/")
    yield from ("nothing/here/", "password_change/")


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
    for path in _paths(customer):
        page.goto(f"/admin/{path}")
        found += violations(page, path)
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
