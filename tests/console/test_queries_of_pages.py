"""At most 12 queries a page, whatever the number of rows and whoever opens it: a superuser, or who holds a role."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from personalization.models import Recording
from provisioning.models import ConfigurationVersion, Draft, Push
from routing.models import Destination, HistoryEntry, Instance, StaffRole
from routing.role_services import give_role
from tests.console.pages import SHOP, Holder, Page, Visitor
from tests.console.traffic_world import NOW
from tests.world import ACTOR
from tokens.models import AccessToken, ApiKey, HandOver

MOST_QUERIES = 12
# Routes of the console that are no page: they lead elsewhere, are a file, or only take a form.
NO_PAGES = {
    *("login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site"),
    *("app_list", "search", "check_problems", "instance_cancel_schedule", "version_download"),
}
# Django has them for every list; nobody may add, change or delete there.
NOBODYS = {
    *("routing_historyentry_add", "provisioning_configurationversion_add", "provisioning_push_add"),
    *(f"routing_{model}_delete" for model in ("staffrole", "account", "destination", "historyentry", "instance")),
    *(f"tokens_{model}_delete" for model in ("accesstoken", "apikey")),
    *(f"provisioning_{model}_delete" for model in ("configurationversion", "push")),
}


class Opened(NamedTuple):
    """A page by its route, the parts of its address and its query; a `form` is sent to it."""

    route: str
    arguments: tuple[object, ...] = ()
    query: str = ""
    form: dict[str, str] | None = None

    def by(self, visitor: Visitor) -> Page:
        """The page that somebody gets."""
        url = reverse(f"admin:{self.route}", args=self.arguments) + self.query
        return visitor.get(url) if self.form is None else visitor.post(url, follow=False, **self.form)


def general_pages() -> Iterator[Opened]:
    """Lists, and the pages that add a row to them."""
    yield from map(Opened, ("index", "language", "language_words", "check", "rejections_of_nobody", "history_week"))
    for model in ("instance", "account", "destination", "historyentry", "staffrole"):
        yield Opened(f"routing_{model}_changelist")
    for name in ("tokens_accesstoken", "tokens_apikey", "provisioning_configurationversion", "provisioning_push"):
        yield Opened(f"{name}_changelist")
    for name in (
        *("routing_destination", "tokens_accesstoken", "tokens_apikey"),
        *("provisioning_push", "routing_historyentry"),
    ):
        yield Opened(f"{name}_changelist", query="?q=1/8")
    for kind in ("failing", "unmonitored", "expiring", "expiring-keys", "silent", "nothing-live", "ended", "unused"):
        yield Opened("index", query=f"?needs={kind}")
    for name in ("routing_instance", "routing_account", "routing_destination", "routing_staffrole"):
        yield Opened(f"{name}_add")
    yield Opened("tokens_accesstoken_add", query="?instance=1/8")
    yield Opened("tokens_apikey_add", query="?account=1")
    for name in ("auth_user", "auth_group"):
        yield from (Opened(f"{name}_{page}") for page in ("changelist", "add"))


def pages_of_rows() -> Iterator[Opened]:
    """The pages of one row of each list."""
    web, key = AccessToken.objects.get(name="web"), ApiKey.objects.get(name="k7")
    links = {"token": (web.pk, HandOver.objects.filter(token=web).latest("pk").pk), "key": (key.pk, _link_of(key))}
    for kind, pk in (("token", web.pk), ("key", key.pk)):
        yield from (Opened(f"{kind}_{page}", (pk,)) for page in ("rules", "rotate", "revoke"))
        yield Opened(f"{kind}_withdraw", links[kind])
    yield Opened("staff_role_take", (StaffRole.objects.earliest("pk").pk,))
    rows: dict[str, Any] = {
        **{"tokens_accesstoken": web, "tokens_apikey": key, "routing_staffrole": StaffRole.objects.earliest("pk")},
        **{"routing_account": web.instance.account, "routing_instance": web.instance},
        "routing_historyentry": HistoryEntry.objects.filter(kind="push").latest("pk"),
        "routing_destination": Destination.objects.get(table="table_7"),
        "provisioning_configurationversion": ConfigurationVersion.objects.get(number=2),
        "provisioning_push": Push.objects.get(superseded_at=None),
        **{"auth_user": User.objects.get(username="anna"), "auth_group": Group.objects.earliest("pk")},
    }
    yield from (Opened(f"{name}_{page}", (row.pk,)) for name, row in rows.items() for page in ("change", "history"))
    yield from (Opened(f"{name}_delete", (rows[name].pk,)) for name in ("auth_user", "auth_group"))
    yield Opened("auth_user_password_change", (rows["auth_user"].pk,))


def _link_of(key: ApiKey) -> int:
    link = HandOver.objects.filter(token=None).first() or HandOver.objects.create(
        key=key, link_digest="0" * 64, created_by=ACTOR, expires_at=key.created_at
    )
    return link.pk


def pages_of(instance: Instance) -> Iterator[Opened]:
    """The pages of the instance."""
    for page in (
        *("details", "draft", "draft_state", "draft_words", "push", "rollback", "compare", "offers", "approval"),
        *("policy", "replay", "live_on", "try", "call", "why", "events", "rejections", "recordings", "profiles"),
        *("traffic", "answers"),
    ):
        yield Opened(f"instance_{page}", (instance.pk,))
    yield Opened("instance_draft", (instance.pk,), "?token=t001")
    yield Opened("instance_compare", (instance.pk,), "?from=1&to=draft")
    yield Opened("instance_push_version", (instance.pk, 1))
    yield Opened("instance_rollback", (instance.pk,), "?version=1")
    yield Opened("instance_switch", (instance.pk,), "?section=offers&name=preferences_known")
    yield Opened("instance_event", (instance.pk,), f"?table=shop/orders&uuid={(1).to_bytes(16).hex()}&at={NOW - 19}")
    yield Opened("instance_recording", (instance.pk, Recording.objects.get().pk))
    yield Opened("instance_why", (instance.pk,), "?table=shop/pageviews&period=30d")
    yield Opened("instance_traffic", (instance.pk,), "?period=30d")
    yield from (Opened("instance_try", (instance.pk,), query) for query in ("?recent=1", "?version=1"))
    yield from (Opened("instance_replay", (instance.pk,), query) for query in ("?part=1", "?version=1"))
    yield Opened("instance_answers", (instance.pk,), "?part=1")


def forms_that_show(instance: Instance) -> Iterator[Opened]:
    """Forms that change nothing: what they are answered with is a page like any other."""
    tried = {"version": "live", "table": "shop/pageviews", "path": "private", "event": '{"td_client_id": "202"}'}
    person = {"key": "td_client_id", "value": "anna"}
    draft = {"text": SHOP.replace("> 0", "> 3"), "revision": str(Draft.objects.get(instance=instance).revision)}
    of = (instance.pk,)
    yield Opened("instance_try", of, form=tried)
    yield Opened("instance_try", of, form=tried | {"version": "draft"})
    yield Opened("instance_try", of, form=tried | {"person_key": "td_client_id", "person_value": "anna"})
    yield Opened("instance_try", of, form=tried | {"event": "no JSON"})
    yield Opened("instance_keep", of, form=tried | {"name": "kept", "at": str(NOW)})
    yield Opened("instance_call", of, form={"token": "web", "key": "k7", "path": "/shop/pageviews"})
    yield Opened("instance_call", of, form={"token": "t001", "key": "k7", "path": "/public/shop/pageviews"})
    yield Opened("instance_call", of, form={"path": ""})
    yield Opened("instance_draft", of, form=draft | {"action": "check"})
    yield Opened("instance_draft", of, form=draft | {"action": "save", "revision": "77"})
    yield Opened("instance_draft_problems", of, form={"text": SHOP})
    yield Opened("instance_profiles", of, form=person)
    yield Opened("instance_details", of, form={"name": ""})
    for page in ("instance_push", "instance_rollback"):
        yield Opened(page, of, form={"note": ""})
    yield Opened("check", form={"text": SHOP})
    yield Opened("tokens_accesstoken_add", form={"name": ""})
    yield Opened("tokens_apikey_add", form={"name": ""})
    yield Opened("routing_destination_add", form={"tables": ""})


def pages_of_other_drafts(instance: Instance) -> Iterator[Opened]:
    """Pages that begin with unknown tokens in the draft, or without a draft with what is live."""
    drafts = Draft.objects.filter(instance=instance)
    unknown = "".join(f"  - sha256:{number:064x}\n" for number in range(30))
    drafts.update(text=SHOP + unknown)
    yield from (Opened(f"instance_{page}", (instance.pk,)) for page in ("draft", "draft_tokens", "push"))
    drafts.delete()
    yield from (Opened(f"instance_{page}", (instance.pk,)) for page in ("draft", "compare", "try"))


def every_page(instance: Instance) -> Iterator[Opened]:
    """All of them, each to be opened before the next is asked for."""
    give_role(user=User.objects.create(username="carl"), role="editor", account=instance.account, actor=ACTOR)
    kinds = (pages_of, forms_that_show, pages_of_other_drafts)
    yield from chain(general_pages(), pages_of_rows(), *(pages(instance) for pages in kinds))


def counted(visitor: Visitor, opened: Opened) -> tuple[int, list[str]]:
    """The status of a page, and its queries."""
    with CaptureQueriesContext(connection) as captured:
        status = opened.by(visitor).status
    return status, [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("who", ["superuser", "administrator", "publisher", "editor"])
def test_page__with_many_rows__takes_few_queries(busy: Instance, staff: Visitor, holder: Holder, who: str) -> None:
    visitor = staff if who == "superuser" else holder(who)
    statuses: dict[int, list[Opened]] = {}
    found: list[str] = []
    for opened in every_page(busy):
        status, queries = counted(visitor, opened)
        statuses.setdefault(status, []).append(opened)
        if len(queries) > MOST_QUERIES:
            found.append("\n  ".join([f"{len(queries)} {opened}", *queries]))
    assert not found, "\n\n".join(found)
    assert len(statuses[200]) > 60
    assert [each for status, pages in statuses.items() if status >= 500 for each in pages] == []
    if who == "superuser":
        assert [each for status, pages in statuses.items() if status >= 300 for each in pages if not each.form] == []


def test_pages__that_are_counted__are_all_there_are(busy: Instance, staff: Visitor) -> None:
    opened = {each.route for each in every_page(busy)}
    assert opened | NO_PAGES | NOBODYS == {name for name in _names(admin.site.get_urls()) if name}
    assert not opened & (NO_PAGES | NOBODYS)


def _names(patterns: list[Any]) -> Iterator[str | None]:
    for each in patterns:
        yield from _names(each.url_patterns) if hasattr(each, "url_patterns") else (each.name,)


# A push that is refused was looked at whole, again under the instance's lock, and then the page reads what is there
# now. None of these queries is for each of many rows.
MOST_OF_A_REFUSED_CHANGE = 28


@pytest.mark.parametrize("form", [{"action": "do"}, {"action": "do", "if_match": "1"}])
@pytest.mark.parametrize("who", ["superuser", "publisher"])
def test_push__refused__takes_a_bounded_number_of_queries(
    busy: Instance, staff: Visitor, holder: Holder, who: str, form: dict[str, str]
) -> None:
    visitor = staff if who == "superuser" else holder(who)
    page = visitor.get("instance_push", busy.pk)
    sent = {name: page.fields[name] for name in ("if_match", "revision")} | {"note": "", "typed": "1/8"} | form
    status, queries = counted(visitor, Opened("instance_push", (busy.pk,), form=sent))
    assert status in (409, 412)
    assert len(queries) <= MOST_OF_A_REFUSED_CHANGE, "\n".join(queries)
