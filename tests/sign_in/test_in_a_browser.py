"""The pages of signing in, in a real Chromium: usable without a mouse, readable for everybody, within the policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from sign_in.reset import _sender
from tests.console.browsing import NEEDS_BROWSER, watch_policy
from tests.console.test_accessibility import violations
from tests.sign_in.coming import come
from tests.sign_in.people import PASSWORD, code_of, somebody, visitor
from tests.sign_in.provider import Provider

pytestmark = NEEDS_BROWSER


@pytest.fixture(params=[(1440, "light"), (390, "dark")], ids=["wide", "narrow and dark"])
def page(request: Any, browser: Browser, live_server: Any) -> Iterator[Page]:
    """A window of somebody who is not signed in."""
    width, scheme = request.param
    somebody()
    failures: list[str] = []
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    window = context.new_page()
    window.on("pageerror", lambda error: failures.append(str(error)))
    watch_policy(context, live_server.url, failures)
    yield window
    context.close()
    assert failures == []


def _fill_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def _found(page: Page, where: str) -> list[str]:
    fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return violations(page, where) + ([] if fits else [f"{where}: wider than the window"])


def test_required_code__from_the_password_to_the_console__by_the_keyboard(page: Page, settings: Any) -> None:
    settings.REQUIRE_OTP = True
    page.goto("/admin/")
    found = _found(page, "sign in")
    _fill_in(page)
    page.get_by_role("button", name="Set it up").press("Enter")
    expect(page.get_by_role("img", name="The secret as a picture")).to_be_visible()
    found += _found(page, "scan")
    page.get_by_label("Code").fill("000000")
    page.get_by_label("Code").press("Enter")
    expect(page.get_by_text("That code is not right")).to_be_visible()
    expect(page.locator("#otp-secret")).to_have_count(0)
    found += _found(page, "scan again")
    page.get_by_role("link", name="Start again").click()
    page.get_by_role("button", name="Set it up").press("Enter")
    page.get_by_label("Code").fill(code_of(User.objects.get()))
    page.get_by_label("Code").press("Enter")
    expect(page.locator("#backup-codes")).to_be_visible()
    found += _found(page, "backup codes")
    page.get_by_role("link", name="I have kept them").press("Enter")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.goto("/admin/one-time-password/")
    found += _found(page, "set up")
    page.goto(f"/admin/auth/user/{User.objects.get().pk}/sign-in/")
    page.get_by_text("The phone is lost").click()
    found += _found(page, "somebody's page")
    page.context.clear_cookies()
    page.goto("/admin/")
    _fill_in(page)
    expect(page.get_by_label("Code")).to_be_focused()
    found += _found(page, "code")
    page.get_by_label("Code").fill(code_of(User.objects.get()))
    page.get_by_label("Code").press("Enter")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert found == []


def test_wrong_passwords__until_locked__are_said_in_words(page: Page) -> None:
    page.goto("/admin/")
    for _ in range(5):
        _fill_in(page, "wrong")
    expect(page.get_by_text("It can be tried again after")).to_be_visible()
    assert _found(page, "locked") == []


def test_forgotten_password__asked_for__is_said_in_words(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="Forgotten your password?").click()
    found = _found(page, "forgotten")
    page.get_by_label("Your e-mail address").fill("carl@example.com")
    page.get_by_role("button", name="Send the link").press("Enter")
    expect(page.get_by_text("a link is on its way to it")).to_be_visible()
    found += _found(page, "sent")
    page.goto("/admin/sign-in/new-password/MQ/x-y/")
    expect(page.get_by_text("has been used, or is older")).to_be_visible()
    found += _found(page, "used link")
    _sender.submit(int).result(timeout=20)
    assert found == []


def test_login_with_a_password__come_to_by_single_sign_on__is_connected(
    page: Page, live_server: Any, provider: Provider
) -> None:
    dorothea = User.objects.create_user("dorothea", "dora@example.com", PASSWORD, is_staff=True)
    at = visitor()
    come(at, provider)
    cookie = {"name": "sessionid", "value": at.client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/admin/sign-in/connect/")
    found = _found(page, "connect")
    page.get_by_label("Your password").fill("wrong")
    page.get_by_role("button", name="Connect").press("Enter")
    expect(page.get_by_text("That is not your password")).to_be_visible()
    found += _found(page, "connect again")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Your password").press("Enter")
    expect(page.get_by_text("“dorothea” is connected")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in with Example login")).to_be_visible()
    found += _found(page, "connected")
    _fill_in(page)
    page.goto(f"/admin/auth/user/{dorothea.pk}/sign-in/")
    page.get_by_text("Disconnect it").click()
    found += _found(page, "somebody's page, connected")
    page.get_by_role("button", name="Disconnect").press("Enter")
    page.get_by_text("Connect with Example login").click()
    found += _found(page, "somebody's page")
    page.get_by_label("The provider’s own name").fill("dora-1")
    page.get_by_role("button", name="Connect", exact=True).press("Enter")
    expect(page.get_by_text("dorothea is connected with single sign-on")).to_be_visible()
    assert found == []
