"""A golden test that fails because of what was changed on purpose: it is told to expect what comes of it now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.models import Draft
from routing.models import Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.editing import KINDS, NEEDS_EDITOR, USUAL, choose_editor, expect_text, open_draft, problem
from tests.console.pages import SHOP
from tests.world import ACTOR, an_instance
from tokens.services import issue_token

pytestmark = NEEDS_BROWSER
HEAD = """\
tests:
  - name: a first page
    steps:
      - post: shop/pageviews
        event: {td_client_id: a, some_key: shoes}
"""
ON_ONE_LINE = HEAD + "        offers: {preferences_known: {preferences: shoes}}  # as agreed\n"
OVER_LINES = HEAD + "        offers:\n          preferences_known:\n            preferences: shoes\n"
ON_PURPOSE = SHOP.replace("          preferences: $", "          likes: $")
MENDED = '        offers: {preferences_known: {"likes": "shoes"}}  # as agreed\n'
MENDED_OVER_LINES = '        offers:\n          preferences_known: {"likes": "shoes"}\n'


@pytest.fixture
def page(request: Any, settings: Any, browser: Browser, live_server: Any, instance: Instance) -> Iterator[Page]:
    choose_editor(settings, getattr(request, "param", USUAL))
    yield from signed_in(browser, live_server.url)


@pytest.fixture
def instance(transactional_db: None) -> Instance:
    made = an_instance()
    change_destinations(instance=made, add=[("shop", "pageviews")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    return made


@pytest.mark.parametrize("page", KINDS, indirect=True)
@pytest.mark.parametrize(
    ("tests", "mended"), [(ON_ONE_LINE, HEAD + MENDED), (OVER_LINES, HEAD + MENDED_OVER_LINES)], ids=["line", "block"]
)
def test_golden_test__mended__expects_what_comes_now(page: Page, instance: Instance, tests: str, mended: str) -> None:
    box = open_draft(page, instance.pk)
    box.fill(ON_PURPOSE + tests)
    failed = problem(page, "expected")
    expect(failed).to_contain_text('in test "a first page", step 1')
    failed.get_by_role("button", name="Mend it").click()
    expect(page.get_by_text("No problems. 1 golden test passed.")).to_be_visible()
    expect_text(page, ON_PURPOSE + mended)
    box.press("Control+z")
    expect_text(page, ON_PURPOSE + tests)
    assert not Draft.objects.exists()


@NEEDS_EDITOR
def test_golden_test__mended_at_its_underlined_step__expects_what_comes_now(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill(ON_PURPOSE + ON_ONE_LINE)
    expect(page.locator(".cm-lintRange-error").first).to_have_text("post")
    box.press("Control+Home")
    box.press("F8")
    page.locator(".cm-lintRange-error").first.hover()
    page.locator(".cm-diagnostic").get_by_role("button", name="Mend it").click()
    expect_text(page, ON_PURPOSE + HEAD + MENDED)
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    assert not Draft.objects.exists()
