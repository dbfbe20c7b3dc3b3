"""A real Chromium for the tests that need one, and a window with a member of staff signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PASSWORD = "only for tests"
POLICY_REFUSED = """
document.addEventListener("securitypolicyviolation", (event) => {
    const where = `${event.blockedURI} ${event.sample} ${location.pathname}`;
    console.error(`refused by policy: ${event.effectiveDirective} ${where}`);
});
"""
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine"),
    pytest.mark.django_db(transaction=True),
]


def started_browser() -> Iterator[Browser]:
    """One Chromium, closed at the end."""
    assert CHROMIUM, "no Chromium on this machine"
    # Playwright's event loop makes Django take every query for one from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def signed_in(browser: Browser, url: str) -> Iterator[Page]:
    """A new superuser's window.

    An error of one of our scripts fails the test, and so does what the content security policy refuses, and a request
    to another origin.
    """
    User.objects.create_superuser("anna", password=PASSWORD)
    context = browser.new_context(base_url=url, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(15_000)
    window = context.new_page()
    failures: list[str] = []
    window.on("pageerror", lambda error: failures.append(str(error)))
    watch_policy(context, url, failures)
    window.goto("/admin/")
    sign_in(window)
    yield window
    context.close()
    assert failures == []


def watch_policy(context: BrowserContext, url: str, failures: list[str]) -> None:
    """Note in `failures` what the content security policy refuses, and requests to other origins than `url`'s."""
    context.add_init_script(POLICY_REFUSED)
    context.on("console", lambda said: failures.append(said.text) if "refused by policy" in said.text else None)
    own = (url, "data:", "blob:", "about:")
    context.on("request", lambda sent: None if sent.url.startswith(own) else failures.append(f"fetched {sent.url}"))


def sign_in(page: Page) -> None:
    """Fill in the form of the page for signing in."""
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
