"""Role by page by account, for every page of the console: one that is added later fails here until it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.views.generic import RedirectView

from provisioning.approvals import set_push_policy
from provisioning.models import ApprovalRequest, Push
from tests.personalization.world import NOW
from tests.security.role_world import EVENT, RANKS, STAFF, Staff, World, changed_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

V, E, P, A, S, NOBODY = (*RANKS[1:], "nobody")
# What every member of staff may open; of customers there is nothing but what they may see.
EVERYBODY = {
    *("search", "index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n"),
    *("view_on_site", "language", "language_words", "check", "check_problems", "app_list"),
    # Pages of signing in, which are there before somebody is anybody; the one-time password is the reader's own.
    *("sign-in", "sign-in-code", "sign-in-provider", "sign-in-callback", "one-time-password", "own-password"),
    *("sign-in-connect", "password-reset", "password-reset-sent", "password-reset-set"),
}


@dataclass(frozen=True)
class Rule:
    """The least role that gets the page, that gets an answer to a POST, and whose POST changes something."""

    get: str
    post: str = ""
    writes: str = ""
    of: str = ""  # the kind of the row that it is about
    lists: str = ""  # the kind of the rows that it lists
    everywhere: bool = False  # the role has to be one for every account


def _lists(model: str, of: str, see: str, add: str, change: str = "") -> dict[str, Rule]:
    """The pages that every list has."""
    return {
        f"{model}_changelist": Rule(see, see, NOBODY, lists=of),
        f"{model}_add": Rule(add),
        f"{model}_change": Rule(see, see, change or NOBODY, of),
        f"{model}_history": Rule(see, see, NOBODY, of),
        f"{model}_delete": Rule(NOBODY, of=of),
    }


def _instance(get: str, post: str = "", writes: str = "") -> Rule:
    return Rule(get, post, writes, "instance")


PAGES: dict[str, Rule] = {
    **_lists("routing_account", "account", V, A, A),
    "routing_account_add": Rule(A, everywhere=True),
    **_lists("routing_instance", "instance", V, A),
    **_lists("routing_destination", "destination", V, E),
    "routing_destination_changelist": Rule(V, V, E, lists="destination"),
    "routing_destination_change": Rule(V, NOBODY, of="destination"),
    **_lists("routing_staffrole", "role", A, A, A),
    "staff_role_take": Rule(A, of="role"),
    **_lists("routing_historyentry", "entry", V, NOBODY),
    "history_week": Rule(V, V, NOBODY),
    **_lists("tokens_accesstoken", "token", V, E),
    **{f"token_{action}": Rule(E, of="token") for action in ("revoke", "rotate", "rules")},
    "token_withdraw": Rule(E, of="handed"),
    **_lists("tokens_apikey", "key", V, E),
    **{f"key_{action}": Rule(E, of="key") for action in ("revoke", "rotate", "rules")},
    "key_withdraw": Rule(E, of="handed_key"),
    **_lists("provisioning_configurationversion", "version", V, NOBODY),
    "version_download": Rule(V, V, NOBODY, "version"),
    **_lists("provisioning_push", "push", V, NOBODY),
    **_lists("auth_user", "user", S, S, S),
    "auth_user_changelist": Rule(S),
    "auth_user_delete": Rule(S, of="user"),
    "auth_user_password_change": Rule(S, of="user"),
    "user-sign-in": Rule(S, of="user"),
    **_lists("auth_group", "group", S, S, S),
    "auth_group_changelist": Rule(S),
    "auth_group_delete": Rule(S, of="group"),
    "instance_details": _instance(E),
    "instance_draft": _instance(V, E),
    "instance_draft_state": _instance(V, V, NOBODY),
    "instance_draft_problems": _instance(V, V, NOBODY),
    "instance_draft_words": _instance(V, V, NOBODY),
    "instance_draft_tokens": _instance(E),
    "instance_compare": _instance(V, V, NOBODY),
    "instance_push": _instance(P),
    "instance_push_version": _instance(P),
    "instance_rollback": _instance(P),
    "instance_offers": _instance(V, V, NOBODY),
    "instance_switch": _instance(P),
    "instance_approval": _instance(V, V, P),
    "instance_replay": _instance(P, P, NOBODY),
    "instance_policy": _instance(A),
    "instance_cancel_schedule": _instance(P),
    "instance_live_on": _instance(V, V, NOBODY),
    "instance_traffic": _instance(V, V, NOBODY),
    "instance_why": _instance(V, V, NOBODY),
    "instance_events": _instance(V, V, NOBODY),
    "instance_rejections": _instance(V, V, NOBODY),
    "rejections_of_nobody": Rule(V, V, NOBODY, everywhere=True),
    "instance_event": _instance(P, P, NOBODY),
    "instance_recordings": _instance(P),
    "instance_profiles": _instance(P, P, A),
    "instance_recording": _instance(P),
    "instance_answers": _instance(P, P, NOBODY),
    "instance_try": _instance(V, V, NOBODY),
    "instance_keep": _instance(E),
    "instance_call": _instance(V, V, NOBODY),
}
# Where a second person approves, whoever writes the draft opens these to ask for it.
ASKED = {
    "instance_push": _instance(E),
    "instance_push_version": _instance(E),
    "instance_switch": _instance(E),
}
# By the kind of row, what stands in an address behind it.
_LINKS = {"handed": "link", "handed_key": "key_link"}
_QUERIES = {
    "instance_switch": "?section=offers&name=offer 2",
    "instance_event": f"?table=your_database/pageviews&uuid={EVENT}&at={NOW}",
}
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, path)
        else:
            yield path, each


def console_pages() -> dict[str, str]:
    """The path of every page of the console, by its name."""
    return {pattern.name: f"/{path}" for path, pattern in _pages() if pattern.name}


def _pages() -> Iterator[tuple[str, URLPattern]]:
    return ((path, pattern) for path, pattern in _patterns(get_resolver()) if path.startswith("admin/"))


def path_of_page(name: str, rule: Rule, rows: dict[str, Any]) -> str:
    row = rows.get(rule.of)
    number = rows["recording"].pk if name == "instance_recording" else 1
    values = {"number": number, "link": rows[_LINKS.get(rule.of, "link")].pk}
    path = _ARGUMENT.sub(lambda found: str(values.get(found[1], row.pk if row else 0)), console_pages()[name])
    return path + _QUERIES.get(name, "")


def _is_refused(response: Any) -> bool:
    """Not for them, or (as Django says it) not there."""
    return response.status_code in (403, 404) or response.headers.get("Location") == "/admin/"


def _may(staff: Staff, rule: Rule, least: str, account: int | None) -> bool:
    if least == NOBODY:
        return False
    rank = staff.rank_everywhere if rule.everywhere else staff.rank(account)
    return rank >= RANKS.index(least)


def _cells(world: World, pages: dict[str, Rule] = PAGES) -> Iterator[tuple[str, Rule, int | None, str]]:
    """Each page with its rule; those about a row, of each account, and where it is."""
    for name, rule in pages.items():
        for account in (1, 2) if rule.of else (None,):
            yield name, rule, account, path_of_page(name, rule, world[account or 1])


def test_pages__each_is_named_here() -> None:
    assert set(PAGES) | EVERYBODY == set(console_pages())
    assert not set(PAGES) & EVERYBODY


def test_pages__each_has_a_name_but_for_django_s_ways_to_others() -> None:
    unnamed = [(path, pattern.callback) for path, pattern in _pages() if not pattern.name]
    others = [
        path
        for path, view in unnamed
        if not (path.endswith("/<path:object_id>/") and getattr(view, "view_class", None) is RedirectView)
        and path != "admin/(?P<url>.*)$"
    ]
    assert others == []


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_page_account__every_cell_that_is_read(world: World, staff: Staff) -> None:
    client, wrong = staff.signed_in(), []
    for name, rule, account, path in _cells(world):
        response = client.get(path)
        if _is_refused(response) is _may(staff, rule, rule.get, account):
            wrong.append((name, account, response.status_code))
        shown = response.content.decode()
        wrong += [
            (name, account, f"shows {each}") for each in (1, 2) if f"CALLED{each}" in shown and _hidden(staff, each)
        ]
    assert wrong == []


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_page_account__where_a_second_person_approves__who_writes_may_ask(world: World, staff: Staff) -> None:
    for number in (1, 2):
        set_push_policy(instance=world[number]["instance"], approval_required=True, actor="a test")
    client, wrong = staff.signed_in(), []
    before = Push.objects.count()
    for name, rule, account, path in _cells(world, ASKED):
        fields = {"if_match": "2", "revision": "1", "action": "ask"}
        for response in (client.get(path), client.post(path, fields)):
            if _is_refused(response) is _may(staff, rule, rule.get, account):
                wrong.append((name, account, response.status_code))
        if account is not None and not _may(staff, rule, P, account):
            refused = client.post(path, {**fields, "action": "do", "break_glass": "x"})
            wrong += [(name, account, "does it")] if refused.status_code not in (403, 404) else []
            wrong += [(name, account, "plans it")] if not _is_refused(client.post(path, _planned(fields))) else []
    assert wrong == []
    asked = [number for number in (1, 2) if staff.rank(number) >= RANKS.index(E)]
    places = ApprovalRequest.objects.order_by("instance__account").values_list("instance__account__number", flat=True)
    assert list(places.distinct()) == asked
    assert Push.objects.count() == before


def _planned(fields: dict[str, str]) -> dict[str, str]:
    at = timezone.now() + timedelta(days=20)
    return {**fields, "action": "plan", "at": f"{at:%Y-%m-%dT%H:%M}", "zone": "UTC"}


def least_of(rule: Rule) -> str:
    """The least role whose POST changes something."""
    return rule.writes or rule.post or rule.get


def _deletion(rule: Rule, rows: dict[str, Any]) -> dict[str, Any]:
    """Django's own action of lists, which none but those of logins and groups has."""
    return {"action": "delete_selected", "_selected_action": rows[rule.lists].pk} if rule.lists else {}


def _hidden(staff: Staff, account: int) -> bool:
    return not staff.rank(account)


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_role_page_account__every_cell_that_is_written(world: World, staff: Staff) -> None:
    client, wrong = staff.signed_in(), []
    before = changed_rows()
    cells = list(_cells(world))
    # What changes nothing first; what takes a row away last, since the other pages are about that row.
    cells.sort(key=lambda cell: (_may(staff, cell[1], least_of(cell[1]), cell[2]), cell[0].endswith("_delete")))
    for name, rule, account, path in cells:
        if before is not None and _may(staff, rule, least_of(rule), account):
            assert changed_rows() == before
            before = None
        response = client.post(path, {"note": "x", "post": "yes", **_deletion(rule, world[1])})
        if _is_refused(response) is _may(staff, rule, rule.post or rule.get, account):
            wrong.append((name, account, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("staff", STAFF, ids=str)
def test_pages_for_everybody__show_only_customers_that_they_may_see(world: World, staff: Staff) -> None:
    client = staff.signed_in()
    for path in ("", "search/?s=CALLED", "language/", "check/", "password_change/"):
        shown = client.get(f"/admin/{path}", follow=True).content.decode()
        assert [each for each in (1, 2) if f"CALLED{each}" in shown and _hidden(staff, each)] == [], path
