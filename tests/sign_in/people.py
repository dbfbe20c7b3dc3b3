"""People who sign in, and their authenticator app."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.console.pages import Page, Visitor
from tests.console.pages import _page as page_of

PASSWORD = "correct horse 9"
FIRST = "/admin/"


def somebody(username: str = "anna", **fields: Any) -> User:
    """A superuser with a password."""
    return User.objects.create_superuser(username, f"{username}@example.com", PASSWORD, **fields)


def visitor(address: str = "192.0.2.1", **options: Any) -> Visitor:
    """Somebody at a browser, who is not signed in."""
    return Visitor(Client(REMOTE_ADDR=address, **options))


def sign_in(at: Visitor, *, username: str = "anna", password: str = PASSWORD, next: str = FIRST) -> Page:
    """What comes after name and password were sent."""
    form = {"username": username, "password": password, "next": next}
    return page_of(at.client.post("/admin/login/", form, follow=True))


def is_in(at: Visitor) -> bool:
    """Whether the console's first page opens."""
    return at.client.get(FIRST).status_code == 200


def code_of(user: User) -> str:
    """What the app of somebody shows now; it may be used again at once, as in the next half minute."""
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.filter(user=user).update(last_t=-1)
    shown = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    shown.time = time.time()
    return f"{shown.token():06d}"


def set_up(at: Visitor, user: User) -> list[str]:
    """Set a one-time password up for who is signed in; the backup codes."""
    at.post("/admin/one-time-password/", action="start", password=PASSWORD)
    page = at.post("/admin/one-time-password/", action="confirm", code=code_of(user))
    codes = [word for word in page.text.split() if len(word) == 11 and word[5] == "-"]
    assert len(codes) == 10, page.text
    return codes
