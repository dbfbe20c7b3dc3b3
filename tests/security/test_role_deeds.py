"""Role by deed by account: what each page of the console does when its form is sent, and for whom it does it.

Every page that is said to write has a form here that makes it write: so nobody takes a form that is wrong for one that
may not be sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as current
from django.db import transaction
from django.utils import timezone

from personalization.models import Recording
from personalization.stores.locations import records_at
from provisioning.approvals import request_approval
from provisioning.models import ApprovalRequest
from provisioning.schedules import plan_push
from provisioning.services import save_draft
from routing.models import HistoryEntry
from tests.provisioning.configurations import configuration, numbered
from tests.security.role_world import RANKS, STAFF, VISITOR, Staff, World, changed_rows, plant_events
from tests.security.test_role_matrix import NOBODY, PAGES, least_of, path_of_page
from tests.world import ACTOR
from tokens.header import digest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

V, E, P, A, S = RANKS[1:]
Rows = dict[str, Any]
_UNKNOWN = digest("unknown")
_PASSWORD = {"password1": "another horse 9", "password2": "another horse 9"}
_MOMENTS = {"last_login_0": "", "last_login_1": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}


def _nothing(rows: Rows) -> None:
    """Nothing has to be there first."""


@dataclass(frozen=True)
class Deed:
    """A form of a page, sent about the rows of an account: the least role of who does it, and what has to be there."""

    page: str
    least: str
    form: Callable[[Rows], dict[str, Any]] = lambda rows: {}
    first: Callable[[Rows], None] = _nothing
    name: str = ""

    def __str__(self) -> str:
        return f"{self.page} {self.name}".strip()

    def may(self, staff: Staff, account: int) -> bool:
        rank = staff.rank_everywhere if PAGES[self.page].everywhere else staff.rank(account)
        return rank >= RANKS.index(self.least)


def _label(rows: Rows) -> str:
    return str(rows["instance"].label)


def _asked(rows: Rows) -> None:
    request_approval(instance=rows["instance"], version=1, actor="staff somebody else")


def _planned(rows: Rows) -> None:
    plan_push(instance=rows["instance"], version=1, at=timezone.now() + timedelta(days=1), actor=ACTOR)


def _unknown_token(rows: Rows) -> None:
    text = configuration(token=f"sha256:{_UNKNOWN}")
    save_draft(instance=rows["instance"], text=text, revision=None, actor=ACTOR)


def _move(rows: Rows) -> dict[str, Any]:
    return {"if_match": "2", "revision": "1", "typed": _label(rows), "action": "do"}


def _request(action: str) -> Callable[[Rows], dict[str, Any]]:
    return lambda rows: {"action": action, "request": ApprovalRequest.objects.get(instance=rows["instance"]).pk}


def _person(action: str) -> Callable[[Rows], dict[str, Any]]:
    return lambda rows: {"action": action, "key": "td_client_id", "value": VISITOR, "typed": VISITOR}


def _deletion(row: Any) -> dict[str, Any]:
    return {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}


DEEDS = (
    Deed("routing_account_add", A, lambda rows: {"number": "3", "name": "New"}),
    Deed("routing_account_change", A, lambda rows: {"name": "Renamed"}),
    Deed(
        "routing_instance_add", A,
        lambda rows: {"account": rows["account"].pk, "number": "9", "name": "New", "region": "local"},
    ),
    Deed("instance_details", E, lambda rows: {"name": "Renamed", "region": "local"}),
    Deed("routing_destination_add", E, lambda rows: {"instance": _label(rows), "tables": "shop/new"}),
    Deed(
        "routing_destination_changelist", E,
        lambda rows: {
            **{"action": "remove_selected", "_selected_action": rows["destination"].pk},
            **{"confirmed": "1", "force": "on"},
        },
    ),
    Deed(
        "routing_staffrole_add", A,
        lambda rows: {"user": rows["user"].username, "account": rows["account"].pk, "role": "editor"},
    ),
    Deed("routing_staffrole_change", A, lambda rows: {"role": "editor"}),
    Deed("staff_role_take", A),
    Deed("tokens_accesstoken_add", E, lambda rows: {"instance": _label(rows), "name": "new", "type": "private"}),
    Deed("token_revoke", E),
    Deed("token_rotate", E, lambda rows: {"days": "1"}),
    Deed("token_rules", E, lambda rows: {"rate": "7"}),
    Deed("token_withdraw", E),
    Deed("tokens_apikey_add", E, lambda rows: {"account": rows["account"].pk, "name": "new", "scope": "ingest"}),
    Deed(
        "tokens_apikey_add", A, lambda rows: {"account": rows["account"].pk, "name": "new", "scope": "provision"},
        name="that provisions",
    ),
    Deed("key_revoke", E),
    Deed("key_rotate", E, lambda rows: {"days": "1"}),
    Deed("key_rules", E, lambda rows: {"allowed_ips": "10.0.0.1"}),
    Deed("key_withdraw", E),
    Deed("auth_user_add", S, lambda rows: {"username": "new", "usable_password": "true", **_PASSWORD}),
    Deed("auth_user_change", S, lambda rows: {"username": "renamed", "is_active": "on", **_MOMENTS}),
    Deed("auth_user_changelist", S, lambda rows: _deletion(rows["user"])),
    Deed("auth_group_changelist", S, lambda rows: _deletion(rows["group"])),
    Deed("auth_user_delete", S, lambda rows: {"post": "yes"}),
    Deed("auth_user_password_change", S, lambda rows: {"usable_password": "true", **_PASSWORD}),
    Deed("user-sign-in", S, lambda rows: {"action": "unlock"}),
    Deed("auth_group_add", S, lambda rows: {"name": "new"}),
    Deed("auth_group_change", S, lambda rows: {"name": "renamed"}),
    Deed("auth_group_delete", S, lambda rows: {"post": "yes"}),
    Deed("instance_draft", E, lambda rows: {"text": numbered(4), "revision": "1"}),
    Deed(
        "instance_draft_tokens", E, lambda rows: {f"{_UNKNOWN[:16]}-name": "new", f"{_UNKNOWN[:16]}-type": "private"},
        _unknown_token,
    ),
    Deed("instance_push", P, _move),
    Deed("instance_push_version", P, _move),
    Deed("instance_rollback", P, _move),
    Deed("instance_switch", P, _move),
    Deed("instance_approval", P, _request("approve"), _asked, name="approve"),
    Deed("instance_approval", P, _request("reject"), _asked, name="reject"),
    Deed("instance_policy", A, lambda rows: {"approval_required": "on"}),
    Deed("instance_cancel_schedule", P, first=_planned),
    Deed("instance_recordings", P, lambda rows: {"key": "td_client_id", "value": "ben-0815"}),
    Deed("instance_recording", P, lambda rows: {"action": "stop"}, name="stop"),
    Deed("instance_recording", P, lambda rows: {"action": "remove"}, name="remove"),
    Deed("instance_profiles", A, _person("export"), name="export"),
    Deed("instance_profiles", A, _person("erase"), name="erase"),
    Deed(
        "instance_keep", E,
        lambda rows: {
            **{"name": "kept", "version": "live", "table": "your_database/pageviews", "path": "private"},
            **{"event": json.dumps({"td_client_id": "1"}), "at": "1800000000", "revision": "1", "action": "add"},
        },
    ),
)  # fmt: skip


def _state() -> list[Any]:
    people = records_at(current.EVENT_STORE)
    planted = [people.find(f"{number}/8", ("td_client_id", VISITOR)) is not None for number in (1, 2)]
    people.close()
    rows = list(Recording.objects.order_by("pk").values_list("pk", "until"))
    return [*changed_rows(), *rows, *planted, HistoryEntry.objects.count()]


def test_pages__each_that_writes_is_made_to() -> None:
    writing = {name: least_of(rule) for name, rule in PAGES.items() if least_of(rule) != NOBODY}
    least = {
        page: min((deed.least for deed in DEEDS if deed.page == page), key=RANKS.index)
        for page in {deed.page for deed in DEEDS}
    }
    assert least == writing


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_deed_account__done_by_who_may_and_by_nobody_else(world: World, staff: Staff) -> None:
    client, wrong = staff.signed_in(), []
    for deed in DEEDS:
        for account in (1, 2):
            rows = world[account]
            with transaction.atomic():  # taken back, so that none stands in another's way
                cookies = client.cookies.output(header="", sep=";")
                deed.first(rows)
                before = _state()
                response = client.post(path_of_page(deed.page, PAGES[deed.page], rows), deed.form(rows))
                is_done = _state() != before
                transaction.set_rollback(True)
            client.cookies.load(cookies)  # a session that was begun anew is taken back too
            if is_done is not deed.may(staff, account):
                wrong.append((str(deed), account, response.status_code))
            if deed.name == "erase" and is_done:
                plant_events(current.EVENT_STORE, account)
    assert wrong == []
