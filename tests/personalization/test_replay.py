"""Committed events replayed through what is live and through another version, over REST and in the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.fixtures import Settings

from personalization import replaying
from personalization.stores.base import Store
from provisioning import replay as provisioning_replay
from provisioning.approvals import request_approval
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.http import Api, assert_error
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.busy import in_small_parts, many_of_another
from tests.personalization.stores.conftest import REDIS, SQL, database_url, place_of, redis_servers
from tests.personalization.world import NOW
from tests.world import ACTOR, a_caller, an_instance
from tokens.services import issue_token

__all__ = ("database_url", "redis_servers")  # fixtures

TEXT = """\
keys:
  - name: td_client_id
  - {name: email, sensitive: true}
events:
  - {name: pageview, database: your_database, table: pageviews}
attributes:
  - {name: views, type: counter, event: pageview}
offers:
  - name: often
    set:
      - event: pageview
        if: PROFILE.views >= 3
        data: {visits: "${PROFILE.views}"}
  - name: always
    set: {event: pageview, data: {text: hello}}
tokens:
  - name: web
"""


@pytest.fixture
def api() -> Api:
    return a_caller()


@pytest.fixture
def shop(db: None) -> Instance:
    made = an_instance(1, 8)
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=ACTOR)
    upload_configuration(instance=made, text=TEXT, actor=ACTOR, push=True)
    return made


@pytest.fixture(params=[*SQL, *REDIS])
def store(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Store]:
    """The event store that the settings name, of each kind."""
    with contextmanager(place_of)(request, tmp_path) as place:
        settings.EVENT_STORE = place.url
        opened = place.store()
        opened.open()
        yield opened
        opened.close()


@pytest.fixture
def seen(store: Store) -> Store:
    """Five page views of one visitor, a second apart."""
    store.commit([arrival(number, now=NOW + number, email="a@example.com") for number in range(1, 6)])
    return store


def replayed(instance: Instance, text: str, **body: Any) -> dict[str, Any]:
    version = upload_configuration(instance=instance, text=text, actor=ACTOR).version.number
    answer = a_caller().post("/provision/1/8/replay", {"version": version, **body})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def counts(answer: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {each["offer"]: (each["gained"], each["lost"], each["changed"]) for each in answer["offers"]}


def a_superuser() -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.create_superuser("anna"))
    return client


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", {}),
        (">= 3", ">= 2", {"often": (1, 0, 0)}),
        (">= 3", ">= 5", {"often": (0, 2, 0)}),
        ("hello", "hi", {"always": (0, 0, 5)}),
        ("name: always", "name: ever", {"always": (0, 5, 0), "ever": (5, 0, 0)}),
        ("  - name: always\n", "  - name: always\n    enabled: false\n", {"always": (0, 5, 0)}),
        ("${PROFILE.views}", "${String(PROFILE.views)}", {"often": (0, 0, 3)}),
    ],
)
def test_replay__what_differs__is_counted_by_offer(
    shop: Instance, old: str, new: str, expected: dict[str, tuple[int, int, int]]
) -> None:
    answer = replayed(shop, TEXT.replace(old, new) if old else f"{TEXT}# only a comment\n")
    assert counts(answer) == expected
    assert (answer["found"], answer["compared"], answer["empty"]) == (5, 5, [])
    assert answer["differing"] == max((sum(each) for each in expected.values()), default=0)


@pytest.mark.usefixtures("seen")
def test_replay__examples__are_the_latest_with_data_before_and_after(shop: Instance) -> None:
    answer = replayed(shop, TEXT.replace("hello", "hi"))
    examples = answer["offers"][0]["examples"]
    assert [(each["before"], each["after"]) for each in examples] == [('{"text":"hello"}', '{"text":"hi"}')] * 3
    assert [each["at"] for each in examples] == sorted({each["at"] for each in examples})
    assert examples[0]["table"] == "your_database/pageviews"


@pytest.mark.usefixtures("seen")
def test_replay__sensitive_values__are_not_shown(shop: Instance) -> None:
    secret = TEXT.replace("data: {text: hello}", "data: {text: hi, mail: '${PROFILE.email}'}")
    answer = replayed(shop, secret)
    assert answer["offers"][0]["examples"][0]["after"] == '{"text":"hi","mail":"(sensitive)"}'
    assert "a@example.com" not in str(answer)


@pytest.mark.usefixtures("seen")
def test_replay__data__is_only_for_those_who_may_see_profiles(shop: Instance) -> None:
    number = upload_configuration(instance=shop, text=TEXT.replace("hello", "hi"), actor=ACTOR).version.number
    ben = User.objects.create_user("ben", is_staff=True)
    ben.user_permissions.add(Permission.objects.get(codename="add_push", content_type__app_label="provisioning"))
    pusher = Client()
    pusher.force_login(ben)
    page = f"/admin/routing/instance/{shop.pk}/replay/?version={number}&part=1"
    assert "hello" in a_superuser().get(page).content.decode()
    part = pusher.get(page).content.decode()
    assert "5 would have got another answer" in part
    assert "hello" not in part
    answer = pusher.post("/provision/1/8/replay", {"version": number}, content_type="application/json").json()
    example = answer["offers"][0]["examples"][0]
    assert (example["kind"], example["before"], example["after"]) == ("changed", "(not shown)", "(not shown)")


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("permission", "status"), [("add_push", 200), ("change_approvalrequest", 200), ("change_draft", 403)]
)
def test_replay__over_rest__is_for_who_pushes_or_approves(shop: Instance, permission: str, status: int) -> None:
    ben = User.objects.create_user("ben", is_staff=True)
    ben.user_permissions.add(Permission.objects.get(codename=permission, content_type__app_label="provisioning"))
    client = Client()
    client.force_login(ben)
    answer = client.post("/provision/1/8/replay", {"version": 1}, content_type="application/json")
    assert answer.status_code == status


@pytest.mark.usefixtures("seen")
def test_replay__fewer_events__are_the_newest(shop: Instance) -> None:
    answer = replayed(shop, TEXT.replace("hello", "hi"), events=2)
    assert (answer["found"], counts(answer)) == (2, {"always": (0, 0, 2)})


@pytest.mark.usefixtures("seen")
def test_replay__time_is_up__says_how_far_it_came(shop: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 4))
    own_time = SimpleNamespace(monotonic=lambda: float(next(clock)), sleep=lambda seconds: None)
    monkeypatch.setattr(replaying, "time", own_time)  # its own alone: a store's client looks at the clock too
    answer = replayed(shop, TEXT.replace("hello", "hi"))
    assert (answer["found"], answer["compared"], counts(answer)) == (5, 2, {"always": (0, 0, 2)})


def test_replay__nothing_came_in__is_empty(shop: Instance, store: Store) -> None:
    answer = replayed(shop, TEXT.replace("hello", "hi"))
    assert (answer["found"], answer["since"], answer["looked_back_to"], answer["offers"]) == (0, None, None, [])
    part = a_superuser().get(f"/admin/routing/instance/{shop.pk}/replay/?version=1&part=1").content.decode()
    assert "no event of this instance is stored" in part


@pytest.mark.usefixtures("seen")
def test_replay__behind_many_events_of_a_busy_instance__finds_those_of_the_quiet_one(
    shop: Instance, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch)
    store.commit(many_of_another(since=NOW + 5))
    answer = replayed(shop, TEXT.replace("hello", "hi"))
    assert (answer["found"], answer["looked_back_to"]) == (5, None)
    assert counts(answer) == {"always": (0, 0, 5)}


def test_replay__time_is_up_before_events_are_found__says_how_far_it_looked(
    shop: Instance, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch, seconds=0)
    for other in many_of_another():
        store.commit([other])
    answer = replayed(shop, TEXT.replace("hello", "hi"))
    assert (answer["found"], answer["since"]) == (0, None)
    assert answer["looked_back_to"] is not None
    part = a_superuser().get(f"/admin/routing/instance/{shop.pk}/replay/?version=1&part=1").content.decode()
    assert "no event of this instance is among what came since" in part
    assert "is stored" not in part


@pytest.mark.usefixtures("seen")
def test_replay__attribute_of_another_window__says_for_how_many_profiles_it_starts_empty(
    shop: Instance, settings: Settings
) -> None:
    answer = replayed(shop, TEXT.replace("type: counter", "type: counter, window: 7d"))
    counted = [{"attribute": "views", "profiles": 1, "complete": True}]
    assert answer["empty"] == (None if settings.EVENT_STORE.startswith("redis") else counted)  # Redis cannot be asked


@pytest.mark.usefixtures("seen")
def test_replay__attribute_that_was_renamed__is_counted_too(shop: Instance, settings: Settings) -> None:
    answer = replayed(shop, TEXT.replace("views", "page_views").replace("pagepage_views", "pageviews"))
    counted = [{"attribute": "page_views", "profiles": 1, "complete": True}]
    assert answer["empty"] == (None if settings.EVENT_STORE.startswith("redis") else counted)


@pytest.mark.usefixtures("seen")
def test_console__attribute_that_starts_empty__says_for_how_many_or_that_it_cannot(
    shop: Instance, settings: Settings
) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.create_superuser("anna"))
    save_draft(instance=shop, text=TEXT.replace("type: counter", "type: counter, window: 7d"), revision=None, actor="x")
    part = client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=&part=1").content.decode()
    uncounted = "for how many profiles cannot be counted on this event store" in part
    assert uncounted is settings.EVENT_STORE.startswith("redis")
    assert ("start empty for 1 profile." in part) is not uncounted


def test_console__another_replay_under_way__offers_to_try_again(shop: Instance, store: Store) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.create_superuser("anna"))
    with provisioning_replay._one_at_a_time:
        part = client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=1&part=1")
    assert part.status_code == 409
    assert f'href="/admin/routing/instance/{shop.pk}/replay/?version=1" data-again' in part.content.decode()
    assert "cannot be counted" not in part.content.decode()


@pytest.mark.usefixtures("seen")
def test_console__second_person__sees_the_replay_of_what_they_approve(shop: Instance) -> None:
    upload_configuration(instance=shop, text=TEXT.replace("hello", "hi"), actor=ACTOR)
    request_approval(instance=shop, version=2, actor=ACTOR)
    ben = User.objects.create_user("ben", is_staff=True)
    approving = Permission.objects.filter(codename__in=("change_approvalrequest", "view_approvalrequest"))
    ben.user_permissions.set(approving)
    client = Client(raise_request_exception=True)
    client.force_login(ben)
    page = client.get(f"/admin/routing/instance/{shop.pk}/approval/").content.decode()
    assert f'data-part="/admin/routing/instance/{shop.pk}/replay/?version=2&amp;part=1"' in page
    part = client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=2&part=1").content.decode()
    assert "5 would have got another answer" in part
    ben.user_permissions.set(Permission.objects.filter(codename="view_approvalrequest"))
    assert "data-part" not in client.get(f"/admin/routing/instance/{shop.pk}/approval/").content.decode()
    assert client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=2").status_code == 403


def test_replay__nothing_live__is_told(shop: Instance, store: Store, api: Api) -> None:
    other = an_instance(1, 9)
    change_destinations(instance=other, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=other, name="web", actor=ACTOR)
    upload_configuration(instance=other, text=TEXT, actor=ACTOR)
    assert_error(api.post("/provision/1/9/replay", {"version": 1}), 409, says="nothing is live")
    assert_error(api.post("/provision/1/8/replay", {"version": 7}), 404)
    assert_error(api.post("/provision/1/8/replay", {"version": 1, "events": 1001}), 422)


def test_replay__store_is_away__is_503(shop: Instance, settings: Settings, api: Api) -> None:
    settings.EVENT_STORE = "postgres://nobody@127.0.0.1:1/none"
    assert_error(api.post("/provision/1/8/replay", {"version": 1}), 503, says="event store")


@pytest.mark.usefixtures("seen")
def test_console__push_page__leads_to_the_replay_of_the_draft(shop: Instance) -> None:
    client = a_superuser()
    save_draft(instance=shop, text=TEXT.replace("hello", "hi"), revision=None, actor=ACTOR)
    push = client.get(f"/admin/routing/instance/{shop.pk}/draft/push/").content.decode()
    assert f"/admin/routing/instance/{shop.pk}/replay/?version=&amp;part=1" in push
    part = client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=&part=1").content.decode()
    assert "5 would have got another answer" in part
    assert "<html" not in part
    assert "started without profiles" in part
    whole = client.get(f"/admin/routing/instance/{shop.pk}/replay/?version=1").content.decode()
    assert "none would have got another answer" in whole
    assert "Overview" in whole
