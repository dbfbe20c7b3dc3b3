"""Every page of the console, found in the list of its addresses, with something to show on each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.models import Group, User
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.models import Recording
from provisioning.approvals import request_approval
from provisioning.models import ConfigurationVersion, Push
from provisioning.schedules import plan_push
from provisioning.services import save_draft, upload_configuration
from routing.models import Destination, HistoryEntry, Instance, StaffRole
from routing.role_services import give_role
from routing.services import change_destinations
from tests.console.pages import SHOP
from tests.console.traffic import be_busy, run_process
from tests.console.traffic_world import NOW, a_recording, counted, live_since, rejected, stored
from tests.security.test_role_matrix import PAGES, console_pages
from tests.world import ACTOR, a_key, an_instance
from tokens.hand_overs import deliver
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.services import issue_key, issue_token, revoke

MISTAKEN: Final = SHOP.replace("    table: pageviews", "    tabel: pageviews").replace(
    "- name: web", "- name: wbe\n  - 7d1f2c0b9a8e4f6d8c5b4a3928170605"
)
# What answers a GET with no page of its own: data, a part of a page, a file, another page's address, or a refusal.
NO_PAGES: Final = {
    *("jsi18n", "autocomplete", "view_on_site", "language_words", "check_problems", "search", "version_download"),
    *("instance_draft_state", "instance_draft_problems", "instance_draft_words", "instance_live_on"),
    *("instance_keep", "instance_cancel_schedule", "logout", "login"),
    # Of signing in, for who is not signed in: see tests/sign_in/test_in_a_browser.py.
    *("sign-in", "sign-in-code", "sign-in-provider", "sign-in-callback", "sign-in-connect"),
}
# What stands behind an address, where there is more to see by it.
_QUERIES: Final = {
    "instance_compare": ("?from=1&to=draft",),
    "instance_switch": ("?section=offers&name=preferences_known",),
    "instance_replay": ("?version=3",),
    "instance_event": (f"?table=shop/pageviews&uuid={(1).to_bytes(16).hex()}&at={NOW - 1}",),
    "index": ("", "?needs=unmonitored"),
    "routing_destination_changelist": ("", "?q=1/8"),
    "routing_destination_add": ("?instance=1/8",),
    "routing_historyentry_changelist": ("", "?q=1/8"),
    "tokens_accesstoken_changelist": ("", "?q=2/1"),
}
ELSEWHERE: Final = ("/admin/nothing/here/",)
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def filled(settings: Settings, directory: Path) -> Instance:
    """An instance with rows of every kind, traffic, and mistakes in its draft; another one with nothing."""
    settings.EVENT_STORE = f"sqlite:///{directory}/events.sqlite3"
    made = an_instance()
    an_instance(2, 1)
    change_destinations(instance=made, add=[("shop", "pageviews"), ("shop", "orders")], actor=ACTOR)
    _secrets(made)
    for text in (SHOP, SHOP.replace("> 0", "> 1"), SHOP.replace("> 0", "> 2")):
        upload_configuration(instance=made, text=text, actor=ACTOR, push="> 2" not in text, note="Because")
    save_draft(instance=made, text=MISTAKEN, revision=None, actor=ACTOR)
    request_approval(instance=made, version=3, actor="staff carl")
    plan_push(instance=made, version=3, at=timezone.now() + timedelta(days=1), actor=ACTOR)
    _traffic(Instance.objects.get(pk=made.pk))
    Group.objects.create(name="support")
    give_role(user=User.objects.create(username="carl"), role="editor", account=made.account, actor=ACTOR)
    return made


def _secrets(instance: Instance) -> None:
    a_key("ingest", name="backend")
    soon = timezone.now() + timedelta(days=7)
    issue_key(account=instance.account, name="reports", scope="provision", role="viewer", actor=ACTOR, expires_at=soon)
    issue_token(instance=instance, name="web", actor=ACTOR)
    revoke(row=issue_token(instance=instance, name="old", actor=ACTOR, type="public").row, actor=ACTOR)
    hour = timedelta(hours=1)
    deliver(lambda: issue_token(instance=instance, name="sent", actor=ACTOR), lifetime=hour, actor=ACTOR)
    account = instance.account
    deliver(lambda: issue_key(account=account, name="sent", scope="ingest", actor=ACTOR), lifetime=hour, actor=ACTOR)


def _traffic(instance: Instance) -> None:
    be_busy(instance)
    live_since(instance, NOW - 3600)
    counted(instance, 30, "no-rule")
    run_process(instance, ago=timedelta(minutes=10), host="web-2")
    stored(instance, {"td_client_id": "anna"}, {"td_client_id": "anna", "some_key": "dogs"})
    a_recording(instance, {"td_client_id": "anna"}, {"td_client_id": "anna", "some_key": "dogs"})
    rejected(instance)
    rejected(instance, 3001, reason="This token is not known.")


def console_paths(instance: Instance) -> Iterator[str]:
    """The addresses of all pages, each about a row that there is."""
    rows = _rows(instance)
    for name, path in console_pages().items():
        if name not in NO_PAGES and not _is_never_shown(name):
            for query in _QUERIES.get(name, ("",)):
                yield _filled_in(name, path, rows) + query
    yield from ELSEWHERE


def _is_never_shown(name: str) -> bool:
    """What nobody may do has no page."""
    return name in PAGES and PAGES[name].get == "nobody"


def _filled_in(name: str, path: str, rows: dict[str, Any]) -> str:
    of = PAGES[name].of if name in PAGES else ""
    if name == "app_list":  # one pattern names all apps
        return "/admin/routing/"
    values = {"link": rows["key_link" if of == "handed_key" else "link"], "number": 1}
    if name == "instance_recording":
        values["number"] = rows["recording"]
    return _ARGUMENT.sub(lambda found: str(values.get(found[1], rows.get(of, 0))), path)


def _rows(instance: Instance) -> dict[str, Any]:
    """The primary keys of rows by their kind."""
    handed, handed_key = AccessToken.objects.get(name="sent"), ApiKey.objects.get(name="sent")
    return {
        "account": instance.account_id,
        "instance": instance.pk,
        "destination": Destination.objects.latest("pk").pk,
        "token": AccessToken.objects.get(name="web").pk,
        "handed": handed.pk,
        "link": HandOver.objects.get(token=handed).pk,
        "key": ApiKey.objects.get(name="backend").pk,
        "handed_key": handed_key.pk,
        "key_link": HandOver.objects.get(key=handed_key).pk,
        "version": ConfigurationVersion.objects.latest("pk").pk,
        "push": Push.objects.latest("pk").pk,
        "role": StaffRole.objects.get().pk,
        "user": User.objects.get(username="carl").pk,
        "group": Group.objects.get().pk,
        "recording": Recording.objects.get().pk,
        "entry": HistoryEntry.objects.filter(kind="push").latest("pk").pk,
    }
