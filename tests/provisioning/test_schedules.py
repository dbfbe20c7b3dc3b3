"""Pushes that are planned for later: carried out in time, held when what they were planned on has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from provisioning.approvals import set_push_policy
from provisioning.models import Push, ScheduledPush
from provisioning.schedules import plan_push, run_due
from provisioning.services import push_version, upload_configuration
from routing.models import Instance
from routing.role_services import give_role
from routing.services import change_destinations
from tests.http import Api, assert_error
from tests.provisioning.configurations import numbered
from tests.provisioning.test_races import all_at_once
from tests.world import ACTOR, a_key, an_account, an_instance
from tokens.services import issue_token

PLACE = "/provision/1/8"


@pytest.fixture
def two(instance: Instance, api: Api) -> Api:
    """The caller, with version 1 live and 2 uploaded."""
    for number in (1, 2):
        upload_configuration(instance=instance, text=numbered(number), actor=ACTOR, push=number == 1)
    return api


def plan(api: Api, version: int = 2, *, at: str = "", **options: Any) -> Any:
    when = at or (timezone.now() + timedelta(hours=1)).isoformat()
    return api.post(f"{PLACE}/schedules", {"version": version, "at": when, "note": "spring sale"}, **options)


def let_pass(time: timedelta = timedelta(hours=1)) -> None:
    """As if that time had gone by since the push was planned."""
    for each in ScheduledPush.objects.all():
        ScheduledPush.objects.filter(pk=each.pk).update(at=each.at - time)


def newest(api: Api) -> dict[str, Any]:
    row: dict[str, Any] = api.get(f"{PLACE}/schedules").json()["results"][0]
    return row


def live() -> int:
    return Push.objects.get(superseded_at=None).version.number


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, "may not sign in any more"),
        ({"is_staff": False}, "may not sign in any more"),
        ({"username": "other"}, "may not sign in any more"),
        ({"is_superuser": False}, "may not push here any more"),
        ({}, ""),
    ],
)
def test_run__who_planned_it_lost_the_right__is_held(
    two: Api, instance: Instance, change: dict[str, Any], reason: str
) -> None:
    User.objects.create_superuser("anna")
    plan_push(instance=instance, version=2, at=timezone.now() + timedelta(hours=1), actor="staff anna")
    User.objects.update(**{"first_name": "Anna", **change})
    let_pass()
    list(run_due())
    assert newest(two)["state"] == ("held" if reason else "done")
    assert reason in newest(two)["reason"]
    assert live() == (1 if reason else 2)


@pytest.mark.parametrize(("account", "state"), [(1, "done"), (2, "held")])
def test_run__who_planned_it_has_a_role__counts_in_that_account(
    two: Api, instance: Instance, account: int, state: str
) -> None:
    anna = User.objects.create_user("anna", is_staff=True)
    give_role(user=anna, role="publisher", account=an_account(account), actor=ACTOR)
    plan_push(instance=instance, version=2, at=timezone.now() + timedelta(hours=1), actor="staff anna")
    let_pass()
    list(run_due())
    assert newest(two)["state"] == state


def test_plan__a_time_with_its_zone__waits_for_it(two: Api) -> None:
    year = timezone.now().year
    answer = plan(two, at=f"{year}-12-31T23:30:00+05:30")
    assert (answer.status_code, answer.json()["at"], answer.json()["state"]) == (
        201,
        f"{year}-12-31T18:00:00Z",
        "waiting",
    )
    assert list(run_due()) == []
    assert live() == 1


def test_run__its_time_has_come__goes_live_and_says_so(two: Api) -> None:
    plan(two)
    let_pass()
    (carried,) = run_due()
    assert carried.late < timedelta(minutes=1)
    assert (newest(two)["state"], newest(two)["push"], newest(two)["reason"]) == ("done", 2, "")
    push = Push.objects.get(superseded_at=None)
    assert push.version.number == 2
    assert push.note.startswith("spring sale; planned for ")
    assert push.created_by == newest(two)["created_by"]
    assert list(run_due()) == []


def test_run__nobody_ran_it_in_time__runs_at_once_and_says_how_late(two: Api) -> None:
    plan(two)
    let_pass(timedelta(hours=3))
    (carried,) = run_due()
    assert carried.late >= timedelta(hours=2)
    assert newest(two)["reason"] == "carried out 120 min late"
    assert "120 min late" in Push.objects.get(superseded_at=None).note


def test_run__another_version_went_live_meanwhile__is_held(two: Api, instance: Instance) -> None:
    plan(two)
    upload_configuration(instance=instance, text=numbered(3), actor=ACTOR, push=True)
    let_pass()
    list(run_due())
    assert (newest(two)["state"], newest(two)["push"], live()) == ("held", None, 3)
    assert "another version went live after it was planned" in newest(two)["reason"]


def test_run__rolled_back_and_forth__is_held_all_the_same(two: Api, instance: Instance) -> None:
    plan(two)
    upload_configuration(instance=instance, text=numbered(3), actor=ACTOR, push=True)
    push_version(instance=instance, version=1, actor=ACTOR)
    let_pass()
    list(run_due())
    assert newest(two)["state"] == "held"


def test_run__it_has_errors_by_then__is_held_with_the_first(two: Api, instance: Instance) -> None:
    plan(two)
    change_destinations(instance=instance, actor=ACTOR, remove=[("your_database", "pageviews")], force=True)
    let_pass()
    list(run_due())
    assert newest(two)["state"] == "held"
    assert "has 1 error by now" in newest(two)["reason"]
    assert "your_database/pageviews" in newest(two)["reason"]


def test_run__without_the_approval_that_is_needed__is_held(two: Api, instance: Instance) -> None:
    plan(two)
    set_push_policy(instance=instance, approval_required=True, actor=ACTOR)
    let_pass()
    list(run_due())
    assert newest(two)["state"] == "held"
    assert "a second person has to approve" in newest(two)["reason"]
    assert live() == 1


def test_run__nothing_was_live_when_it_was_planned__goes_live(instance: Instance, api: Api) -> None:
    upload_configuration(instance=instance, text=numbered(1), actor=ACTOR)
    plan(api, 1)
    let_pass()
    list(run_due())
    assert live() == 1


def test_cancel__waiting__never_runs(two: Api) -> None:
    plan(two)
    cancelled = two.post(f"{PLACE}/schedules/cancel").json()
    assert (cancelled["state"], cancelled["push"]) == ("cancelled", None)
    let_pass()
    assert list(run_due()) == []
    assert live() == 1
    assert_error(two.post(f"{PLACE}/schedules/cancel"), 409, says="is planned")


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2020-01-01T00:00:00Z", "is past"),
        ("2199-01-01T00:00:00Z", "more than a year away"),
        ("2027-01-01T00:00:00", "a time with its zone"),
        ("tomorrow", "a time with its zone"),
    ],
)
def test_plan__a_time_that_cannot_be__is_refused(two: Api, at: str, says: str) -> None:
    assert_error(plan(two, at=at), 422, says=says)


def test_plan__one_waits_already__is_refused(two: Api, instance: Instance) -> None:
    plan(two)
    upload_configuration(instance=instance, text=numbered(3), actor=ACTOR)
    assert_error(plan(two, 3), 409, says="version 2 is planned already")


def test_plan__what_is_live_or_not_there__is_refused(two: Api) -> None:
    assert_error(plan(two, 1), 409, says="is live already")
    assert_error(plan(two, 9), 404)
    assert_error(plan(two, headers={"If-Match": '"7"'}), 412)


def test_command__once__carries_out_what_is_due_and_prints_it(two: Api, capsys: Any) -> None:
    plan(two)
    call_command("run_schedules", "--once")
    assert capsys.readouterr().out == ""
    let_pass()
    call_command("run_schedules", "--once")
    assert capsys.readouterr().out == "1/8 version 2: done\n"


@pytest.mark.django_db(transaction=True)
def test_run__by_several_processes_at_once__carries_out_each_once() -> None:
    numbers = range(1, 5)
    for number in numbers:
        made = an_instance(1, number)
        change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
        issue_token(instance=made, name="web", actor=ACTOR)
        version = upload_configuration(instance=made, text=numbered(1), actor=ACTOR).version
        past = datetime(2026, 1, 1, tzinfo=UTC)
        ScheduledPush.objects.create(instance=made, version=version, at=past, created_by=ACTOR)

    carried = all_at_once(*[lambda: len(list(run_due()))] * 4)

    assert sum(carried) == len(numbers)
    assert Push.objects.count() == len(numbers)
    assert set(ScheduledPush.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock for everything")
def test_cancel__while_it_is_carried_out__is_one_or_the_other() -> None:
    made = an_instance(1, 8)
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=ACTOR)
    version = upload_configuration(instance=made, text=numbered(1), actor=ACTOR).version
    past = datetime(2026, 1, 1, tzinfo=UTC)
    ScheduledPush.objects.create(instance=made, version=version, at=past, created_by=ACTOR)
    key = Api(a_key())

    answers = all_at_once(lambda: len(list(run_due())), lambda: key.post("/provision/1/8/schedules/cancel").status_code)

    assert answers in ([1, 409], [0, 200])
