"""Pausing, approval, planned pushes and replay from the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.stores.locations import store_at
from provisioning.approvals import decide, set_push_policy, under_way
from provisioning.models import ApprovalRequest, Draft, Push, ScheduledPush
from provisioning.selectors import newest_push
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import Run
from tests.personalization.stores.arrivals import arrival
from tests.personalization.stores.busy import in_small_parts, many_of_another
from tests.personalization.world import NOW
from tests.provisioning.configurations import numbered
from tokens.services import issue_token

File = Callable[[str, str | bytes], str]
LATER = "2099-01-01T00:00:00Z"


def ready(instance: Instance, versions: int = 2) -> Instance:
    """Version 1 is live, the others are uploaded."""
    change_destinations(instance=instance, actor="test", add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web", actor="test")
    for number in range(1, versions + 1):
        upload_configuration(instance=instance, text=numbered(number), actor="staff anna", push=number == 1)
    return instance


@pytest.fixture
def shop(instance: Instance) -> Instance:
    return ready(instance)


def live_push(instance: Instance) -> Push:
    push = newest_push(instance)
    assert push is not None
    return push


def tomorrow() -> str:
    return (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_pause_and_resume__an_offer__makes_a_version_live_each_time(run: Run, shop: Instance) -> None:
    save_draft(instance=shop, text=f"{numbered(1)}# being worked on\n", revision=None, actor="staff anna")
    paused = run("pause_part", "1/8", "--offer", "offer 1", "--note", "sold out", "--yes")
    assert (paused.stdout, paused.failure) == ("1/8 version 3\n", None)
    assert "the working draft is changed alike" in paused.stderr
    assert "enabled: false" in Draft.objects.get().text
    push = live_push(shop)
    assert (push.kind, push.note, push.created_by) == ("pause", "sold out", "command")
    assert "enabled: false" in push.version.text
    resumed = run("resume_part", "1/8", "--offer", "offer 1", "--yes")
    assert (resumed.stdout, resumed.failure) == ("1/8 version 4\n", None)
    assert live_push(shop).kind == "resume"


def test_pause__what_is_paused_already__changes_nothing(run: Run, shop: Instance) -> None:
    run("pause_part", "1/8", "--offer", "offer 1", "--yes")
    again = run("pause_part", "1/8", "--offer", "offer 1", "--yes")
    assert (again.stdout, again.failure) == ("1/8 version 3\n", None)
    assert Push.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["1/8", "--offer", "nothing", "--yes"], "live version 1 has no offer “nothing”"),
        (["1/8", "--activation", "offer 1", "--yes"], "live version 1 has no activation “offer 1”"),
        (["1/7", "--offer", "offer 1", "--yes"], "there is no instance 1/7"),
        (["1/8", "--yes"], "one of the arguments --offer --activation is required"),
        (["1/8", "--offer", "a", "--activation", "b"], "not allowed with argument"),
    ],
)
def test_pause__cannot_be_done__is_said_and_nothing_moved(
    run: Run, shop: Instance, arguments: list[str], failure: str
) -> None:
    ran = run("pause_part", *arguments)
    assert failure in (ran.failure or "")
    assert (ran.stdout, Push.objects.count()) == ("", 1)


@pytest.mark.parametrize(("typed", "pushes"), [("y\n", 2), ("yes\n", 2), ("Y\n", 2), ("n\n", 1), ("\n", 1), ("", 1)])
def test_pause__at_a_terminal__asks_first(run: Run, shop: Instance, typed: str, pushes: int) -> None:
    ran = run("pause_part", "1/8", "--offer", "offer 1", typed=typed)
    assert "Pause offer “offer 1” of instance 1/8? [y/N]" in ran.stderr
    assert Push.objects.count() == pushes
    assert ran.failure == (None if pushes == 2 else "nothing was changed")


def test_pause__nobody_to_ask__is_refused_without_yes(run: Run, shop: Instance) -> None:
    ran = run("pause_part", "1/8", "--offer", "offer 1", stdin=b"y\n")
    assert "say --yes" in (ran.failure or "")
    assert Push.objects.count() == 1


def test_pause__asked_for__is_a_request_and_goes_live_once_approved(run: Run, shop: Instance) -> None:
    set_push_policy(instance=shop, approval_required=True, actor="test")
    before = Push.objects.count()
    asked = run("pause_part", "1/8", "--offer", "offer 1", "--ask", "--note", "sold out")
    assert (asked.stdout, asked.failure) == ("1/8 version 3: open, asked for by command\n", None)
    assert "a person approves" in asked.stderr
    assert Push.objects.count() == before
    decide(request=ApprovalRequest.objects.get(), approve=True, actor="staff ben")
    assert run("pause_part", "1/8", "--offer", "offer 1", "--yes").stdout == "1/8 version 3\n"
    assert Push.objects.get(superseded_at=None).approved_by == "staff ben"


def test_pause__a_second_person_has_to_approve__needs_the_reason(run: Run, shop: Instance) -> None:
    set_push_policy(instance=shop, approval_required=True, actor="test")
    refused = run("pause_part", "1/8", "--offer", "offer 1", "--yes")
    assert "a second person has to approve" in (refused.failure or "")
    done = run("pause_part", "1/8", "--offer", "offer 1", "--yes", "--break-glass", "wrong price")
    assert done.failure is None
    assert live_push(shop).broke_glass == "wrong price"


def test_import__break_glass__pushes_without_approval_and_keeps_the_reason(
    run: Run, file: File, shop: Instance
) -> None:
    set_push_policy(instance=shop, approval_required=True, actor="test")
    name = file("1/8.yaml", numbered(3))
    refused = run("import_configurations", name, "--instance", "1/8", "--push")
    assert any("a second person has to approve" in line for line in refused.lines)
    done = run("import_configurations", name, "--instance", "1/8", "--push", "--break-glass", "wrong price")
    assert done.lines == [f"{name}: 1/8 version 3 uploaded, live", "uploaded 1, unchanged 0, refused 0"]
    assert live_push(shop).broke_glass == "wrong price"


def test_import__break_glass_without_push__is_refused(run: Run, file: File, shop: Instance) -> None:
    name = file("1/8.yaml", numbered(3))
    assert run("import_configurations", name, "--break-glass", "why").failure == "--break-glass is for --push"


def test_approval__asked_for_and_rejected__by_commands(run: Run, shop: Instance) -> None:
    asked = run("request_approval", "1/8", "2", "--note", "spring sale")
    assert asked.lines == ["1/8 version 2: open, asked for by command"]
    assert ApprovalRequest.objects.get().note == "spring sale"
    assert run("list_approvals", "1/8").lines == asked.lines
    rejected = run("reject_approval", "1/8", "2", "--reason", "too loud")
    assert rejected.lines == ["1/8 version 2: rejected, asked for by command, decided by command: too loud"]
    assert run("list_approvals").lines == []
    assert run("list_approvals", "1/8", "--all").lines == rejected.lines


def test_approval__asked_for_by_a_command__a_person_approves_and_a_command_pushes(run: Run, shop: Instance) -> None:
    set_push_policy(instance=shop, approval_required=True, actor="test")
    run("request_approval", "1/8", "2")
    request = under_way(shop)
    assert request is not None
    decide(request=request, approve=True, actor="staff ben")
    assert run("list_approvals").lines == ["1/8 version 2: approved, asked for by command, decided by staff ben"]
    assert run("push_configuration", "1/8", "2").stdout == "1/8 version 2\n"
    assert live_push(shop).approved_by == "staff ben"


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["request_approval", "1/8", "1"], "version 1 is live already"),
        (["request_approval", "1/8", "9"], "instance 1/8 has no version 9"),
        (["request_approval", "1/8", "0"], "a number from 1"),
        (["reject_approval", "1/8", "2"], "nobody is waiting for the approval of version 2"),
        (["schedule_push", "1/8", "1", "--at", "TOMORROW"], "version 1 is live already"),
        (["schedule_push", "1/8", "9", "--at", "TOMORROW"], "instance 1/8 has no version 9"),
        (["schedule_push", "1/8", "2", "--at", "2001-01-01T00:00:00Z"], "is past; choose another"),
        (["schedule_push", "1/8", "2", "--at", LATER], "is more than a year away"),
        (["schedule_push", "1/8", "2", "--at", "tomorrow"], "an ISO 8601 time with its zone is expected"),
        (["schedule_push", "1/8", "2"], "the following arguments are required: --at"),
        (["cancel_schedule", "1/8", "--yes"], "no push of instance 1/8 is planned"),
        (["list_schedules", "1/7"], "there is no instance 1/7"),
        (["replay_events", "1/8", "7"], "instance 1/8 has no version 7"),
        (["replay_events", "1/8", "draft"], "instance 1/8 has no draft"),
        (["replay_events", "1/8", "--events", "1001"], "at most 1000 events are replayed"),
    ],
)
def test_planning__cannot_be_done__is_said_and_nothing_is_kept(
    run: Run, shop: Instance, arguments: list[str], failure: str
) -> None:
    ran = run(*(tomorrow() if each == "TOMORROW" else each for each in arguments))
    assert failure in (ran.failure or "")
    assert ran.stdout == ""
    assert not ApprovalRequest.objects.exists()
    assert not ScheduledPush.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["request_approval", "1/8", "2"], "nothing was asked for: the version has errors"),
        (["schedule_push", "1/8", "2", "--at", "TOMORROW"], "nothing was planned: the version has errors"),
    ],
)
def test_planning__version_with_errors__names_each_with_its_place(
    run: Run, shop: Instance, arguments: list[str], failure: str
) -> None:
    change_destinations(instance=shop, actor="test", remove=[("your_database", "pageviews")], force=True)
    ran = run(*(tomorrow() if each == "TOMORROW" else each for each in arguments))
    assert ran.failure == failure
    assert "1/8:" in ran.stderr
    assert ": error unknown-destination " in ran.stderr


def test_schedule__planned_listed_and_called_off__by_commands(
    run: Run, shop: Instance, other_instance: Instance
) -> None:
    at = tomorrow()
    planned = run("schedule_push", "1/8", "2", "--at", at, "--note", "spring sale")
    assert planned.lines == [f"1/8 version 2 at {at}: waiting, planned by command"]
    assert ScheduledPush.objects.get().note == "spring sale"
    ready(other_instance)
    run("schedule_push", "1/9", "2", "--at", at)
    assert [line[:3] for line in run("list_schedules").lines] == ["1/9", "1/8"]
    assert run("list_schedules", "1/8").lines == planned.lines
    kept = run("cancel_schedule", "1/8", typed="n\n")
    assert (kept.failure, run("list_schedules", "1/8").lines) == ("nothing was changed", planned.lines)
    cancelled = run("cancel_schedule", "1/8", "--yes")
    assert cancelled.lines == [f"1/8 version 2 at {at}: cancelled, planned by command"]
    assert run("list_schedules", "1/8").lines == []
    assert run("list_schedules", "1/8", "--all").lines == cancelled.lines


def test_schedule__its_time_has_come__is_carried_out_and_listed_as_done(run: Run, shop: Instance) -> None:
    run("schedule_push", "1/8", "2", "--at", tomorrow())
    ScheduledPush.objects.update(at=timezone.now())
    assert run("run_schedules", "--once").lines == ["1/8 version 2: done"]
    (line,) = run("list_schedules", "--all").lines
    assert ": done, planned by command" in line


@pytest.fixture
def seen(settings: Settings, tmp_path: Path) -> None:
    """Three page views of one visitor."""
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    store = store_at(settings.EVENT_STORE)
    store.open()
    store.commit([arrival(number, now=NOW + number, some_key="dogs") for number in (1, 2, 3)])
    store.close()


@pytest.mark.usefixtures("seen")
def test_replay__another_version__tells_what_differs(run: Run, shop: Instance) -> None:
    ran = run("replay_events", "1/8")
    assert ran.failure is None
    assert ran.lines[0].startswith("compared 3 of 3 events since 20")
    assert ran.lines[0].endswith("Z, differing 3")
    assert sorted(ran.lines[1:]) == [
        "offer offer 1: gained 0, lost 3, changed 0",
        "offer offer 2: gained 3, lost 0, changed 0",
    ]
    assert ran.stderr == "by what is live and by version 2; nothing was stored\n"


@pytest.mark.usefixtures("seen")
def test_replay__a_file__as_json_with_examples(run: Run, file: File, shop: Instance) -> None:
    changed = numbered(1).replace("type: list", "type: list\n    max_items: 2")
    ran = run("replay_events", "1/8", file("new.yaml", changed), "--events", "2", "--json")
    found = json.loads(ran.stdout)
    assert (found["found"], found["compared"], found["differing"], found["offers"]) == (2, 2, 0, [])


@pytest.mark.usefixtures("seen")
def test_replay__time_is_up_before_more_events_are_found__tells_how_far_it_looked(
    run: Run, shop: Instance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_parts(monkeypatch, seconds=0)
    store = store_at(settings.EVENT_STORE)
    store.commit(many_of_another(since=NOW + 3))
    store.close()
    ran = run("replay_events", "1/8")
    assert ran.lines[0] == "compared 0 of 0 events, differing 0"
    assert re.fullmatch(r"events before 20\S+Z were not looked for: time was up", ran.lines[1])


@pytest.mark.usefixtures("seen")
def test_replay__type_changed__tells_whose_values_start_empty(run: Run, file: File, shop: Instance) -> None:
    single = numbered(1).replace("type: list", "type: single").replace(".slice(-1)[0].value", "")
    changed = single.replace("PROFILE.preferences.length > 0", "PROFILE.preferences")
    ran = run("replay_events", "1/8", file("new.yaml", changed))
    assert ran.lines[-1] == "attribute preferences: starts empty, profiles 1"


def test_replay__file_with_errors__names_the_command_that_lists_them(run: Run, file: File, shop: Instance) -> None:
    ran = run("replay_events", "1/8", file("bad.yaml", "keys: 3\n"))
    assert ran.failure == "the configuration has errors; `manage.py validate_configuration` lists them"


def test_commands__of_planning__refuse_a_line_that_cannot_be_read(run: Run, shop: Instance) -> None:
    assert "instance" in (run("list_schedules", "shop").failure or "")
    assert "version" in (run("reject_approval", "1/8").failure or "")
