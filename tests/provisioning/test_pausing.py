"""Pausing and resuming over REST: one line differs, comments stay, the draft follows."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.http import Api, assert_error
from tests.world import ACTOR

TEXT = """\
# What the customer gets
keys: [td_client_id]
events:
  - {name: pageview, database: your_database, table: pageviews}
offers:
  - name: hello   # for everybody
    set: {event: pageview, data: {text: Hello}}
  - name: "wow: much"
    set: {event: pageview, data: {text: Wow}}
activations:
  - name: tell
    event: pageview
    webhook: {url: "https://hooks.example.com/crm", body: {a: b}}
tokens:
  - name: web
tests:
  - name: everybody
    steps:
      - post: your_database/pageviews
        event: {td_client_id: "1"}
        offers: {hello: {text: Hello}, "wow: much": {text: Wow}}
"""
PAUSED = TEXT.replace("hello   # for everybody\n", "hello   # for everybody\n    enabled: false\n")


@pytest.fixture
def live(instance: Instance, api: Api) -> Api:
    """The caller, with version 1 live."""
    upload_configuration(instance=instance, text=TEXT, actor=ACTOR, push=True)
    return api


def pause(api: Api, what: str = "pause", **body: str) -> Any:
    return api.post(f"/provision/1/8/{what}", body or {"offer": "hello"})


def _live_text() -> str:
    return Push.objects.get(superseded_at=None).version.text


def test_pause__offer__is_a_version_that_differs_in_one_line(live: Api) -> None:
    body = pause(live).json()
    assert (body["version"], body["status"], body["push"]["kind"]) == (2, "live", "pause")
    assert body["note"] == "Pause offer “hello”"
    assert _live_text() == PAUSED
    assert pause(live, "resume").json()["push"]["kind"] == "resume"
    assert _live_text() == PAUSED.replace("false", "true")
    assert ConfigurationVersion.objects.count() == 3


def test_pause__golden_test_that_expects_it__only_warns_and_names_it(live: Api) -> None:
    (warned,) = pause(live).json()["warnings"]
    assert (warned["severity"], warned["code"], warned["path"]) == ("warning", "test-paused", "tests[0].steps[0]")
    assert warned["message"].endswith('it passes once "hello" is resumed')


def test_paused__next_change__goes_live_and_a_broken_one_does_not(live: Api) -> None:
    pause(live)
    changed = PAUSED.replace("# What the customer gets", "# What customers get")
    pushed = live.post("/provision?account=1&instance=8&push=true", {"configuration": changed})
    assert (pushed.status_code, pushed.json()["version"]) == (201, 3)
    assert [problem["code"] for problem in pushed.json()["warnings"]] == ["test-paused"]
    broken = PAUSED.replace("{text: Wow}}\nact", "{text: No}}\nact")
    refused = live.post("/provision?account=1&instance=8&push=true", {"configuration": broken})
    assert {problem["code"] for problem in refused.json()["errors"]} == {"test-failed"}
    assert Push.objects.get(superseded_at=None).version.number == 3


def test_pause__table_not_registered_any_more__still_pauses(live: Api, instance: Instance) -> None:
    change_destinations(instance=instance, actor=ACTOR, remove=[("your_database", "pageviews")], force=True)
    assert pause(live).status_code == 200


@pytest.mark.parametrize("body", [{"activation": "tell"}, {"offer": "wow: much"}])
def test_pause__by_name__pauses_that_one(live: Api, body: dict[str, str]) -> None:
    assert pause(live, **body).status_code == 200
    name = next(iter(body.values()))
    lines = _live_text().split("\n")
    at = next(number for number, line in enumerate(lines) if name in line)
    assert lines[at + 1] == "    enabled: false"
    assert "\n".join(lines[: at + 1] + lines[at + 2 :]) == TEXT


def test_pause__paused_already__changes_nothing(live: Api) -> None:
    first = pause(live)
    again = pause(live)
    assert (again.status_code, again.json()["push"]["number"]) == (200, first.json()["push"]["number"])
    assert again["ETag"] == first["ETag"]
    assert ConfigurationVersion.objects.count() == 2


def test_pause__then_rollback__is_as_before(live: Api) -> None:
    pause(live)
    assert live.post("/provision/1/8/rollback").json()["version"] == 1


def test_pause__draft_that_is_what_is_live__stays_so(live: Api, instance: Instance) -> None:
    save_draft(instance=instance, text=TEXT, revision=None, actor="staff anna")
    pause(live)
    draft = Draft.objects.get()
    assert (draft.text, draft.revision) == (PAUSED, 2)


def test_pause__draft_with_other_changes__keeps_them_and_pauses_too(live: Api, instance: Instance) -> None:
    save_draft(instance=instance, text=TEXT.replace("Hello}}", "Hi}}"), revision=None, actor="staff anna")
    pause(live)
    assert Draft.objects.get().text == PAUSED.replace("Hello}}", "Hi}}", 1).replace(
        "{hello: {text: Hello}", "{hello: {text: Hello}"
    )


@pytest.mark.parametrize("text", ["offers: [", "keys: [a]\n", ""])
def test_pause__draft_without_that_offer__stays_as_it_is(live: Api, instance: Instance, text: str) -> None:
    save_draft(instance=instance, text=text, revision=None, actor="staff anna")
    assert pause(live).status_code == 200
    assert (Draft.objects.get().text, Draft.objects.get().revision) == (text, 1)


def test_pause__what_is_not_there__is_told(live: Api) -> None:
    assert_error(pause(live, offer="bye"), 404, says="live version 1 has no offer “bye”")
    assert_error(pause(live, activation="hello"), 404, says="no activation “hello”")
    assert_error(live.post("/provision/1/8/pause", {}), 422, says="offer or activation")
    assert_error(live.post("/provision/1/8/pause", {"offer": "a", "activation": "b"}), 422, says="offer or activation")


def test_pause__nothing_live__is_told(api: Api) -> None:
    assert_error(pause(api), 409, says="nothing is live")


def test_pause__someone_pushed_meanwhile__is_refused(live: Api) -> None:
    seen = {"If-Match": '"1"'}
    assert live.post("/provision/1/8/pause", {"offer": "hello"}, headers=seen)["ETag"] == '"2"'
    assert_error(live.post("/provision/1/8/resume", {"offer": "hello"}, headers=seen), 412)
    assert _live_text() == PAUSED
