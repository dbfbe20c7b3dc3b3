"""Somebody who comes by single sign-on, from the page for signing in to the provider and back."""

from __future__ import annotations

from routing.models import StaffRole
from tests.console.pages import Page, Visitor
from tests.console.pages import _page as page_of
from tests.sign_in.provider import Provider

TO, BACK = "/admin/sign-in/provider/", "/admin/sign-in/callback/"
DORA = {
    "sub": "dora-1",
    "preferred_username": "dora",
    "email": "dora@example.com",
    "email_verified": True,
    "groups": ["staff", "p13n-editors"],
}


def come(at: Visitor, provider: Provider, *, next: str = "/admin/") -> Page:
    """What comes after the provider has sent the browser back."""
    location = at.client.get(TO, {"next": next})["Location"]
    return page_of(at.client.get(provider.authorize(location), follow=True))


def roles_of(username: str = "dora") -> set[tuple[str, int | None]]:
    """The roles of a login, each with its account; None is every one."""
    return set(StaffRole.objects.filter(user__username=username).values_list("role", "account"))
