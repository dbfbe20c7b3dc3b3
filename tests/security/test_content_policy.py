"""The content security policy: what it says on every kind of page, and that no page breaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from routing.models import Instance
from tests.console.all_pages import console_paths
from tests.console.browsing import NEEDS_BROWSER, signed_in, started_browser, watch_policy
from tests.console.pages import Visitor
from tests.console.test_accessibility import customer

__all__ = ["customer"]
STRICT = {
    "default-src": {"'self'"},
    "script-src": {"'self'", "'unsafe-eval'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}


def _policy(response: Any) -> dict[str, set[str]]:
    return _directives(response.headers["Content-Security-Policy"])


def _directives(header: str) -> dict[str, set[str]]:
    """The sources by directive; the directives come in any order."""
    return {name: set(values) for name, *values in (part.split() for part in header.split("; "))}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/login/", 200),
        ("/admin/", 302),
        ("/admin/nothing/", 302),
        ("/docs", 200),
        ("/schema", 200),
        ("/accounts", 401),
        ("/nothing-here", 404),
    ],
)
def test_policy__on_pages_for_everybody__is_strict(db: None, path: str, status: int) -> None:
    response = Client().get(path)
    assert response.status_code == status
    policy = _policy(response)
    assert {name: policy[name] for name in STRICT} == STRICT
    assert policy["style-src-elem"] == {"'self'"}


@pytest.mark.parametrize("path", ["/admin/", "/admin/nothing/", "/admin/tokens/accesstoken/add/"])
def test_policy__on_pages_of_the_console__is_strict(visitor: Visitor, path: str) -> None:
    policy = _policy(visitor.client.get(path))
    assert {name: policy[name] for name in STRICT} == STRICT


def test_policy__of_the_editor__has_a_nonce_of_its_own_each_time(visitor: Visitor) -> None:
    policies = [_policy(visitor.client.get("/admin/routing/instance/check/")) for _ in range(2)]
    first, second = (policy["style-src-elem"] - {"'self'"} for policy in policies)
    assert len(first) == len(second) == 1
    assert first != second
    assert all(policy["script-src"] == STRICT["script-src"] for policy in policies)


def test_policy__of_a_failing_page__is_strict(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("drf_spectacular.views.SpectacularSwaggerSplitView.get", fail)
    response = Client(raise_request_exception=False).get("/docs")
    assert response.status_code == 500
    policy = _policy(response)
    assert {name: policy[name] for name in STRICT} == STRICT


@pytest.fixture
def visitor(admin_client: Client) -> Visitor:
    return Visitor(admin_client)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from started_browser()


@pytest.fixture
def page(browser: Browser, live_server: Any, customer: Instance) -> Iterator[Page]:
    """Fails at the end when the policy refused something or another origin was asked."""
    yield from signed_in(browser, live_server.url)


class TestInABrowser:
    pytestmark = NEEDS_BROWSER

    def test_every_page__opened__keeps_to_the_policy(self, page: Page, customer: Instance) -> None:
        paths = list(console_paths(customer))
        answers = {path: page.goto(path) for path in paths}
        sent = {
            path: _directives(answer.headers["content-security-policy"]) for path, answer in answers.items() if answer
        }
        assert [path for path in paths if sent[path]["script-src"] != STRICT["script-src"]] == []

    def test_menus_and_dialogs__opened__keep_to_the_policy(self, page: Page, customer: Instance) -> None:
        page.goto("/admin/routing/destination/")
        page.get_by_role("button", name="Filters").click()
        page.goto("/admin/auth/user/")
        page.locator("input[name=_selected_action]").first.check()
        page.locator("select[name=action]").select_option("delete_selected")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_text("Are you sure").first).to_be_visible()
        colour = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--color-primary-600')")
        assert colour.strip() == "oklch(54.6% .245 262.881)"

    def test_editor__written_in__keeps_to_the_policy(self, page: Page, customer: Instance) -> None:
        page.goto(f"/admin/routing/instance/{customer.pk}/draft/")
        box = page.locator(".cm-content" if settings.EDITOR_IS_BUILT else "#text")
        expect(box).to_be_visible()
        if settings.EDITOR_IS_BUILT:
            assert page.evaluate("getComputedStyle(document.querySelector('.cm-scroller')).display") == "flex"

    def test_pages_for_everybody__opened__keep_to_the_policy(self, browser: Browser, live_server: Any) -> None:
        failures: list[str] = []
        context = browser.new_context(base_url=live_server.url)
        watch_policy(context, live_server.url, failures)
        window = context.new_page()
        window.goto("/docs")
        expect(window.locator(".opblock").first).to_be_visible(timeout=30_000)
        for path in ("/hand-over", "/admin/login/", "/admin/nothing/here/"):
            window.goto(path)
        context.close()
        assert failures == []
