"""The page of one person: found by a key value, shown, exported and erased."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from personalization import long_search
from personalization.live import LiveInstance
from personalization.program import program
from personalization.stores import searching
from personalization.stores.locations import store_at
from provisioning.models import Push
from provisioning.services import upload_configuration
from routing.models import HistoryEntry, Instance
from routing.role_services import give_role
from tests.console.pages import Page, StaffWith, Visitor
from tests.http import Api
from tests.personalization.stores.arrivals import arrival
from tests.personalization.world import plan_of
from tests.world import ACTOR, a_caller, an_instance

NOW = int(time.time())
CONFIGURATION = """\
keys:
  - {name: td_client_id, public: true}
  - {name: mail, sensitive: true}
events:
  - {name: pageview, database: shop, table: pageviews}
attributes:
  - {name: preferences, type: list, event: pageview, if: EVENT.some_key != null, value: "${EVENT.some_key}"}
  - {name: last_page, type: single, event: pageview, if: EVENT.page != null, value: "${EVENT.page}"}
  - {name: views, type: counter, event: pageview}
  - {name: spend, type: counter, event: pageview, if: EVENT.amount > 0, increment: "${EVENT.amount}", window: 7d}
  - {name: who, type: single, event: pageview, if: EVENT.mail != null, value: "${EVENT.mail}"}
tokens: []
"""
ANNA = {"key": "td_client_id", "value": "anna-0815"}
SEES = "personalization.view_profile"


@pytest.fixture
def customer(instance: Instance, settings: Settings, tmp_path: Path) -> Instance:
    """Instance 1/8 with a version that is live for an hour, and an empty event store."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    upload_configuration(instance=instance, text=CONFIGURATION, actor=ACTOR, push=True)
    Push.objects.filter(instance=instance).update(created_at=datetime.fromtimestamp(NOW - 3600, UTC))
    return instance


@pytest.fixture
def away(tmp_path: Path) -> str:
    """An event store that cannot be opened."""
    (tmp_path / "a file").touch()
    return f"sqlite:///{tmp_path}/a file/events.sqlite3"


def happened(*events: dict[str, Any], text: str = CONFIGURATION, first: int = 1) -> None:
    """Events of 1/8 by that configuration in the event store, numbered from `first`, a second apart up to now."""
    live = LiveInstance(1, 8, 1, program(plan_of(text)), frozenset({("shop", "pageviews")}))
    store = store_at(django_settings.EVENT_STORE)
    store.open()
    for number, event in enumerate(events):
        made = arrival(first + number, now=NOW - len(events) + number, instance=live, **{"td_client_id": None} | event)
        store.commit([made._replace(row=made.row._replace(database="shop"))])
    store.close()


def anna(**fields: Any) -> dict[str, Any]:
    return {"td_client_id": "anna-0815", **fields}


def found(visitor: Visitor, instance: Instance, **who: str) -> Page:
    return visitor.post("instance_profiles", instance.pk, **(ANNA | who))


# Finding


def test_profiles__opened__says_what_to_do(staff: Visitor, customer: Instance) -> None:
    page = staff.get("instance_profiles", customer.pk)
    assert "Look for a person" in page.text
    assert page.fields["key"] == "td_client_id"
    assert f"/admin/routing/instance/{customer.pk}/profiles/" in staff.get("instance_events", customer.pk).links


def test_profiles__nothing_live__says_so(staff: Visitor, instance: Instance) -> None:
    assert "Nothing is live for this instance" in staff.get("instance_profiles", instance.pk).text


def test_person__found__keys_attributes_and_events_with_their_times(staff: Visitor, customer: Instance) -> None:
    pages = (anna(some_key=f"taste {number}", page=f"/{number}", amount=2.5) for number in range(8))
    happened(*pages, anna(mail="anna@example.com"), {"td_client_id": "bob", "some_key": "of bob"})
    text = found(staff, customer).text
    assert "Found: known since" in text
    assert 'last_page = "/7" single ,' in text
    assert "views = 9 counter ," in text
    assert "spend = 20 counter of the last 7d" in text
    assert text.index('"taste 7"') < text.index('"taste 3"') < text.index("3 more") < text.index('"taste 0"')
    assert text.count("anna@example.com") == 3
    assert 'who = "anna@example.com" sensitive' in text
    assert "mail sensitive" in text
    assert "UTC" in text
    assert "No other profile was merged" in text
    assert "of bob" not in text


def test_person__behind_many_others__has_their_latest_events(
    staff: Visitor, customer: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 5)
    monkeypatch.setattr(long_search, "SECONDS", inf)
    happened(anna(mail="m@example.com"), {"mail": "m@example.com", "colour": "of-old"})
    happened(*({"td_client_id": f"other-{number}"} for number in range(40)), first=100)
    text = found(staff, customer).text
    assert "of-old" in text


def test_person__by_another_of_their_keys__is_the_same_with_the_events_of_both(
    staff: Visitor, customer: Instance
) -> None:
    happened(anna(page="/first"), anna(mail="m@example.com"), {"mail": "m@example.com", "page": "/second"})
    text = found(staff, customer, key="mail", value="m@example.com").text
    assert "views = 3" in text
    assert "/first" in text
    assert text.count("/second") == 2


def test_person__merged_of_two__says_when_and_links_the_event(staff: Visitor, customer: Instance) -> None:
    happened(anna(), {"mail": "m@example.com"}, anna(mail="m@example.com"))
    page = found(staff, customer)
    assert "another profile was the same person's" in page.text
    merged = f"/admin/routing/instance/{customer.pk}/events/one/?table=shop/pageviews&uuid={3:032x}&at={NOW - 1}"
    assert page.links.count(merged) == 2
    assert staff.get(merged).status == 200


def test_person__attributes_that_nothing_live_names__are_shown_as_kept(staff: Visitor, customer: Instance) -> None:
    happened(anna(page="/a", amount=3))
    less = "".join(line for line in CONFIGURATION.splitlines(keepends=True) if "spend" not in line)
    upload_configuration(instance=customer, text=less, actor=ACTOR, push=True)
    text = found(staff, customer).text
    assert "Kept from other versions" in text
    assert "spend" in text
    assert "counter of 7d" in text


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ({"value": "somebody"}, "A value has to be the same to the letter."),
        ({"key": "td_global_id"}, "What is live has no such key: its keys are td_client_id , mail ."),
    ],
)
def test_person__nobody_has_the_value__says_what_was_looked_for_and_not_the_value(
    staff: Visitor, customer: Instance, who: dict[str, str], says: str
) -> None:
    happened(anna())
    page = found(staff, customer, **who)
    assert "Nobody found" in page.text
    assert f"No profile of instance 1/8 has this value of “{(ANNA | who)['key']}”" in page.text
    assert says in page.text
    assert (ANNA | who)["value"] not in page.text


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ({"value": ""}, "This field is required"),
        ({"value": "null"}, "a key value that identifies somebody is expected"),
        ({"key": "no name"}, "the name of a key is expected"),
        ({"value": "x" * 257}, "at most 256 characters"),
    ],
)
@pytest.mark.parametrize("action", ["", "export"])
def test_person__of_what_names_nobody__refused(
    staff: Visitor, customer: Instance, who: dict[str, str], says: str, action: str
) -> None:
    page = found(staff, customer, **who, action=action)
    assert page.status == 422
    assert says in page.text


@pytest.mark.parametrize("action", ["", "export", "erase"])
def test_person__event_store_away__says_so(
    staff: Visitor, customer: Instance, settings: Settings, away: str, action: str
) -> None:
    settings.EVENT_STORE = away
    page = found(staff, customer, action=action, typed=ANNA["value"])
    assert page.status == 503
    assert "The event store cannot be reached now" in page.text
    assert "press the button again in a minute" in page.text
    assert page.fields["value"] == ANNA["value"]
    assert away not in page.source


def test_person__by_address__is_not_looked_for(staff: Visitor, customer: Instance) -> None:
    happened(anna())
    page = staff.get("instance_profiles", customer.pk, **ANNA)
    assert "Look for a person" in page.text
    assert "anna-0815" not in page.source


def test_person__of_another_instance__is_not_found(staff: Visitor, customer: Instance) -> None:
    happened(anna())
    assert "Nobody found" in found(staff, an_instance(2, 1)).text


def test_person__awkward_values__are_shown_as_text(staff: Visitor, customer: Instance) -> None:
    happened(anna(some_key="<b>dogs</b>", page="\ud83d", mail='"><script>alert(1)</script>'))
    page = found(staff, customer)
    assert page.status == 200
    assert "<b>dogs" not in page.source
    assert "<script>alert" not in page.source
    assert "\\ud83d" in page.text


def test_person__with_many_events__takes_few_queries(staff: Visitor, customer: Instance) -> None:
    happened(*(anna(some_key=str(number), mail=f"m{number}") for number in range(60)))
    with CaptureQueriesContext(connection) as queries:
        page = found(staff, customer)
    assert "55 more" in page.text
    assert "Look further back" in page.text
    assert len(queries) <= 12, "\n".join(query["sql"] for query in queries)


def test_event__opened__leads_to_the_profile_by_post(staff: Visitor, customer: Instance) -> None:
    happened(anna(page="/a"))
    event = staff.get("instance_event", customer.pk, table="shop/pageviews", uuid=f"{1:032x}", at=NOW - 1)
    assert "This person's profile" in event.text
    assert not [link for link in event.links if "anna-0815" in link]
    assert "views = 1" in found(staff, customer, **{name: event.fields[name] for name in ANNA}).text


# Exporting


def test_export__by_who_may__is_the_document_of_the_api(staff: Visitor, customer: Instance) -> None:
    happened(anna(page="/a"), anna(mail="m@example.com"))
    answer = staff.client.post(f"/admin/routing/instance/{customer.pk}/profiles/", ANNA | {"action": "export"})
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="person-of-1-8-')
    assert "anna" not in named
    assert "no-store" in answer.headers["Cache-Control"]
    api: Api = a_caller("provision", role="administrator")
    expected = api.post("/profiles/export", {"account": 1, "instance": 8, **ANNA}).json()
    document = json.loads(answer.content)
    assert [document.pop("exported_at") is not None, expected.pop("exported_at") is not None] == [True, True]
    assert document == expected
    entry = HistoryEntry.objects.filter(kind="person").earliest("pk")
    assert (entry.what, entry.actor) == ("exported a person, by the key td_client_id", "staff anna")


def test_export__nothing_kept__says_so(staff: Visitor, customer: Instance) -> None:
    page = found(staff, customer, action="export")
    assert page.status == 422
    assert "Nothing is kept in instance 1/8" in page.text


# Erasing


def test_erase__confirmed__removes_everything_and_says_how_much(staff: Visitor, customer: Instance) -> None:
    happened(anna(), {"mail": "m@example.com"}, anna(mail="m@example.com"), {"td_client_id": "bob"})
    page = found(staff, customer, action="erase", typed="anna-0815")
    assert "Erased for good: 2 profiles, 3 events, 1 merge and 0 activations." in page.text
    assert "anna-0815" not in page.source
    assert "Nobody found" in found(staff, customer).text
    assert "views = 1" in found(staff, customer, value="bob").text
    entry = HistoryEntry.objects.get(kind="person")
    assert (entry.what, entry.actor) == ("erased a person, by the key td_client_id", "staff anna")
    again = found(staff, customer, action="erase", typed="anna-0815")
    assert "Nothing was kept of who has this key value" in again.text


@pytest.mark.parametrize("typed", ["", "anna", "ANNA-0815", "1/8"])
def test_erase__not_confirmed__removes_nothing(staff: Visitor, customer: Instance, typed: str) -> None:
    happened(anna())
    page = found(staff, customer, action="erase", typed=typed)
    assert page.status == 422
    assert "This is not the key value that you looked for: nothing was erased." in page.text
    assert "views = 1" in found(staff, customer).text
    assert not HistoryEntry.objects.filter(kind="person").exists()


def test_erase__of_events_without_a_profile__by_who_finds_nobody(staff: Visitor, customer: Instance) -> None:
    happened(anna(), text=CONFIGURATION.replace("td_client_id", "other_id"))
    page = found(staff, customer)
    assert "They can be exported and erased below." in page.text
    done = found(staff, customer, action="erase", typed="anna-0815")
    assert "Erased for good: 0 profiles, 1 event, 0 merges and 0 activations." in done.text


# Permissions


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [
        ((), (403, 403, 403)),
        (("personalization.export_profile", "personalization.erase_profile"), (403, 403, 403)),
        ((SEES,), (200, 403, 403)),
        ((SEES, "personalization.export_profile"), (200, 200, 403)),
        ((SEES, "personalization.erase_profile"), (200, 403, 200)),
    ],
)
def test_person__each_action__needs_its_permission(
    staff_with: StaffWith, customer: Instance, permissions: tuple[str, ...], statuses: tuple[int, ...]
) -> None:
    happened(anna())
    visitor = staff_with(*permissions)
    answers = [found(visitor, customer, action=action, typed="anna-0815") for action in ("", "export", "erase")]
    assert tuple(answer.status for answer in answers) == statuses
    offers = ("Download everything" in answers[0].text, "Erase this person" in answers[0].text)
    assert offers == (statuses[1] == 200, statuses[2] == 200)


def test_person__export_and_erase__by_the_role_in_the_instances_own_account(
    customer: Instance, staff_with: StaffWith
) -> None:
    happened(anna())
    visitor = staff_with()
    ben, other = User.objects.get(username="ben"), an_instance(2, 1)
    give_role(user=ben, role="publisher", account=customer.account, actor=ACTOR)
    give_role(user=ben, role="administrator", account=other.account, actor=ACTOR)
    assert "views = 1" in found(visitor, customer).text
    assert [found(visitor, customer, action=action, typed="anna-0815").status for action in ("export", "erase")] == [
        403,
        403,
    ]
    assert "Nothing is kept" in found(visitor, other, action="export").text
    assert "views = 1" in found(visitor, customer).text
