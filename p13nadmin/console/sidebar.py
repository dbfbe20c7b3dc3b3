"""What stands around every page of the console: name, icon, stylesheet and the sidebar."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

_GROUPS = (
    (
        "Customers",
        (
            ("Instances", "deployed_code", "routing", "instance"),
            ("Accounts", "domain", "routing", "account"),
            ("Destinations", "table", "routing", "destination"),
        ),
    ),
    (
        "Access",
        (
            ("Access tokens", "key", "tokens", "accesstoken"),
            ("API keys", "vpn_key", "tokens", "apikey"),
        ),
    ),
    (
        "Configurations",
        (
            ("Versions", "description", "provisioning", "configurationversion"),
            ("Pushes", "publish", "provisioning", "push"),
        ),
    ),
    (
        "Staff",
        (
            ("History", "history", "routing", "historyentry"),
            ("Roles", "badge", "routing", "staffrole"),
            ("Users", "person", "auth", "user"),
            ("Groups", "group", "auth", "group"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of the signed-in user: what they may view."""
    overview = {"title": "Overview", "icon": "home", "link": reverse("admin:index"), "active": _at_index(request)}
    check = {"title": "Check a configuration", "icon": "rule", "link": reverse("admin:check")}
    groups = [{"title": title, "separator": True, "items": _items(request, rows)} for title, rows in _GROUPS]
    return [{"items": [overview, check]}, *(group for group in groups if group["items"])]


def _at_index(request: HttpRequest) -> bool:
    return request.path == reverse("admin:index")


def _items(request: HttpRequest, rows: tuple[tuple[str, str, str, str], ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}
        for title, icon, app, model in rows
        if request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")
    ]


def stylesheet(request: HttpRequest) -> str:
    """The address of the console's own stylesheet."""
    return static("console/console.css")


def script(request: HttpRequest) -> str:
    """The address of the console's own script."""
    return static("console/console.js")


def icon(request: HttpRequest) -> str:
    """The address of the icon in the browser's tab."""
    return static("console/icon.svg")


def environment(request: HttpRequest) -> tuple[str, str] | None:
    """A label in the header that tells a machine for trying out from the real one."""
    return ("Debug mode", "warning") if settings.DEBUG else None


def without_inline_colours(request: HttpRequest) -> dict[str, Any]:
    """No stylesheet inside a page, which the content security policy refuses: console.css has the colours."""
    return {"colors": None}


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands in the menu under one's own name."""
    own = {"title": "Change password", "link": reverse("admin:password_change")}
    code = {"title": "One-time password", "link": reverse("one-time-password")}
    if not request.user.is_authenticated:
        return []
    return [own, code] if request.user.has_usable_password() else [code]
