"""The end of a rotation: who is revoked by itself, who is held, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from tests.http import Api, assert_error, problems
from tests.tokens.links import Customer, part_of
from tests.world import a_caller, an_instance
from tokens.models import AccessToken, ApiKey, HandOver
from tokens.services import revoke

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def api() -> Api:
    an_instance(1, 8)
    return a_caller()


def run_schedules() -> list[str]:
    """What the command says that it did."""
    told = StringIO()
    call_command("run_schedules", once=True, stdout=told)
    return told.getvalue().splitlines()


def rotated(api: Api, kind: str = "tokens", **how: Any) -> Any:
    """The predecessor of a rotation with an overlap of 7 days."""
    fields = {"name": "web"} if kind == "tokens" else {"name": "web", "scope": "ingest"}
    number = api.post(f"/{kind}", fields).json()["id"]
    answer = api.post(f"/{kind}/{number}/rotate", {"overlap": "7d"} | how)
    assert answer.status_code == 201, answer.content
    model: Any = AccessToken if kind == "tokens" else ApiKey
    return model.objects.get(pk=number)


@pytest.mark.parametrize("kind", ["tokens", "keys"])
@pytest.mark.parametrize("hold", [False, True])
def test_predecessor__unused_when_the_overlap_is_over__is_revoked_by_itself(api: Api, kind: str, hold: bool) -> None:
    row = rotated(api, kind, hold_while_used=hold)
    assert run_schedules() == []
    with time_machine.travel(timezone.now() + 7 * DAY + timedelta(minutes=1)):
        said = run_schedules()
        assert run_schedules() == []
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert row.revoked_by == "the end of its rotation"
    assert said == [
        "1/8 token “web”: revoked after its rotation" if kind == "tokens" else "1 key “web”: revoked after its rotation"
    ]
    assert type(row).objects.get(name="web #2").revoked_at is None


def test_predecessor__told_to_stop__expires_with_the_overlap_although_it_is_used(api: Api) -> None:
    row = rotated(api)
    assert row.expires_at == row.retires_at
    with time_machine.travel(row.retires_at + timedelta(minutes=1)):
        AccessToken.objects.filter(pk=row.pk).update(last_used_at=row.retires_at)
        assert len(run_schedules()) == 1


def test_predecessor__held_while_used__is_revoked_after_a_quiet_day(api: Api) -> None:
    row = rotated(api, hold_while_used=True)
    assert row.expires_at is None
    used_at = row.retires_at + timedelta(hours=2)
    AccessToken.objects.filter(pk=row.pk).update(last_used_at=used_at)
    for at, revoked in (
        (row.retires_at + timedelta(hours=3), 0),
        (used_at + DAY - timedelta(minutes=1), 0),
        (used_at + DAY, 1),
        (used_at + 2 * DAY, 0),
    ):
        with time_machine.travel(at, tick=False):
            assert len(run_schedules()) == revoked, at


def test_predecessor__quiet_before_the_overlap_is_over__goes_on_until_then(api: Api) -> None:
    row = rotated(api, hold_while_used=True)
    with time_machine.travel(row.retires_at - timedelta(minutes=1)):
        assert run_schedules() == []


def test_predecessor__held__keeps_an_expiry_of_its_own(api: Api) -> None:
    soon = timezone.now() + 2 * DAY
    number = api.post("/tokens", {"name": "web", "expires_at": soon.isoformat()}).json()["id"]
    api.post(f"/tokens/{number}/rotate", {"overlap": "7d", "hold_while_used": True})
    assert AccessToken.objects.get(pk=number).expires_at == soon


def test_predecessor__revoked_by_hand__stays_as_it_is(api: Api) -> None:
    row = rotated(api)
    revoke(row=row, actor="somebody")
    with time_machine.travel(timezone.now() + 8 * DAY):
        assert run_schedules() == []
    row.refresh_from_db()
    assert row.revoked_by == "somebody"


def test_token__never_rotated__is_never_revoked_by_itself(api: Api) -> None:
    api.post("/tokens", {"name": "web"})
    with time_machine.travel(timezone.now() + 400 * DAY):
        assert run_schedules() == []


def test_rotation__held__says_until_when(api: Api) -> None:
    row = rotated(api, hold_while_used=True)
    shown = next(each for each in api.get("/tokens").json()["results"] if each["id"] == row.pk)
    assert shown["expires_at"] is None
    assert shown["retires_at"] == row.retires_at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_rotation__with_a_hold_that_is_no_truth_value__is_refused(api: Api, given: Any) -> None:
    number = api.post("/tokens", {"name": "web"}).json()["id"]
    assert list(problems(api.post(f"/tokens/{number}/rotate", {"hold_while_used": given}))) == ["hold_while_used"]
    assert AccessToken.objects.count() == 1


def test_link__expired__is_destroyed_by_the_same_run(api: Api) -> None:
    url = api.post("/tokens", {"name": "web", "hand_over": "10m"}).json()["hand_over"]["url"]
    run_schedules()
    assert HandOver.objects.get().sealed is not None
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        run_schedules()
        assert Customer().press(part_of(url)).status_code == 410
    assert HandOver.objects.get().sealed is None


def test_rotation__of_another_account__is_not_found(api: Api) -> None:
    row = rotated(api)
    assert_error(a_caller(account=2).get(f"/tokens/{row.pk}/use"), 404)
