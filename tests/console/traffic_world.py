"""An instance with traffic, as pages of the console show it: what is counted, turned away, stored, recorded."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.explain import explain
from personalization.live import LiveInstance
from personalization.models import RecordedEvent, Recording, Rejection, TrafficCount
from personalization.profile import Profile
from personalization.program import program
from personalization.stores.locations import store_at
from provisioning.models import Push
from provisioning.services import upload_configuration
from routing.models import Destination, Instance
from tests.console.pages import SHOP
from tests.personalization.stores.arrivals import arrival
from tests.personalization.world import plan_of
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_token

NOW = int(time.time())
VIEWER = ("provisioning.view_configurationversion",)
PEOPLE = (*VIEWER, "personalization.view_profile")
CONFIGURATION = SHOP.replace("td_client_id\n    public: true", "td_client_id\n    public: true\n  - name: mail")


@pytest.fixture
def customer(instance: Instance, settings: Settings, tmp_path: Path) -> Instance:
    """The instance with a live version, a token `web` and an empty event store."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    issue_token(instance=instance, name="web", actor=ACTOR, type="public", allowed_origins=["https://shop.example.com"])
    upload_configuration(instance=instance, text=CONFIGURATION, actor=ACTOR, push=True)
    live_since(instance, NOW - 3600)
    Destination.objects.filter(instance=instance).update(created_at=datetime.fromtimestamp(NOW - 3600, UTC))
    return instance


def live_since(instance: Instance, at: int) -> None:
    """As if the version had been pushed then (epoch seconds)."""
    Push.objects.filter(instance=instance).update(created_at=datetime.fromtimestamp(at, UTC))


def counted(
    instance: Instance,
    requests: int,
    reason: str = "",
    *,
    code: int = 200,
    table: str = "pageviews",
    failed: int = 0,
) -> None:
    """Requests as the endpoint counts them."""
    start = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=2)
    token = AccessToken.objects.get(name="web").pk
    for span, at in ((60, start), (3600, start.replace(minute=0))):
        TrafficCount.objects.create(
            instance=instance, span=span, start=at, token=token, database="shop", table=table, code=code,
            reason=reason, requests=requests, failed=failed,
        )  # fmt: skip


def refused_preflight(origin: str = "https://new.example.com", *, table: str = "pageviews") -> Rejection:
    """A browser asked whether such a page may send events, and may not."""
    return Rejection.objects.create(
        at=timezone.now(), code=3009, database="shop", table=table, origin=origin, address="203.0.113.0/24",
        reason="No live public token lists its origin.", request_id="0" * 32, is_preflight=True,
    )  # fmt: skip


def rejected(instance: Instance | None, code: int = 3007, **more: Any) -> Rejection:
    """A request that was turned away; without an instance it names the account alone."""
    token = AccessToken.objects.get(name="web")
    fields = {
        "at": timezone.now(),
        "token": token.pk,
        "token_hint": "6f27",
        "database": "shop",
        "table": "pageviews",
        "origin": "https://shop.example.org",
        "address": "203.0.113.0",
        "reason": "The Origin is not on the list.",
        "request_id": "0" * 32,
    }
    return Rejection.objects.create(instance=instance, account=1, code=code, **fields | more)


def live_of(instance: Instance) -> LiveInstance:
    plan = plan_of(CONFIGURATION)
    return LiveInstance(1, instance.number, 1, program(plan), frozenset({("shop", "pageviews")}))


def stored(instance: Instance, *events: dict[str, Any], table: str = "pageviews", apart: int = 1) -> None:
    """Events in the event store, numbered from 1, a second (or `apart`) from each other up to now."""
    store = store_at(django_settings.EVENT_STORE)
    store.open()
    for number, event in enumerate(events, start=1):
        made = arrival(
            number, now=NOW - (len(events) - number) * apart, table=table, instance=live_of(instance), **event
        )
        row = made.row._replace(database="shop")
        store.commit([made._replace(row=row)])
    store.close()


def a_recording(instance: Instance, *events: dict[str, Any]) -> Recording:
    """A recording under way, with these events explained."""
    now = timezone.now()
    made = Recording.objects.create(
        instance=instance, key="td_client_id", digest="0" * 64, note="A complaint", created_at=now,
        created_by="staff ben", until=now + timedelta(minutes=15),
    )  # fmt: skip
    live = live_of(instance)
    assert live.program is not None
    for number, event in enumerate(events, start=1):
        row = arrival(number, now=NOW, instance=live, **event).row._replace(database="shop")
        told = explain(live.program, Profile(0, "1/8", NOW), row, {"td_client_id": row.fields["td_client_id"]})
        RecordedEvent.objects.create(
            recording=made, at=now, database="shop", table="pageviews", uuid=f"{number:032x}", version=1,
            reason=told.answer.reason, explanation=json.dumps(told.as_dict()),
        )  # fmt: skip
    return made


@pytest.fixture
def away(tmp_path: Path) -> str:
    """An event store that cannot be opened."""
    (tmp_path / "a file").touch()
    return f"sqlite:///{tmp_path}/a file/events.sqlite3"
