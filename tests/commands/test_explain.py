"""explain."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.commands.conftest import Run
from tests.world import ACTOR
from tokens.services import issue_token

File = Callable[[str, str | bytes], str]
TEXT = """
keys: [{name: user, public: true}, {name: mail, sensitive: true}]
events: [{name: page, database: shop, table: pages}]
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
  - {name: visits, type: counter, event: page}
  - {name: last, type: single, event: page, value: "${EVENT.item}"}
  - {name: tier, type: imported}
  - {name: recent, type: counter, event: page, window: 7d}
offers:
  - {name: many, set: {event: page, if: PROFILE.visits > 2, data: {tier: "${PROFILE.tier}"}}}
  - {name: mailed, set: {event: page, if: PROFILE.mail, data: {now: "${NOW}"}}}
activations:
  - name: told
    event: page
    webhook: {url: "https://hooks.example.com/", headers: {X-Key: "${SECRET.key}"}, body: {}}
tokens: [{name: web}]
"""


@pytest.fixture
def live(instance: Instance) -> Instance:
    issue_token(instance=instance, name="web", actor=ACTOR)
    change_destinations(instance=instance, actor=ACTOR, add=[("shop", "pages"), ("shop", "others")])
    upload_configuration(instance=instance, text=TEXT, actor=ACTOR, push=True)
    return instance


def explained(run: Run, *arguments: str, stdin: bytes = b"", table: str = "shop/pages") -> dict[str, Any]:
    ran = run("explain", "1/8", table, *arguments, "--json", stdin=stdin)
    assert ran.failure is None
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_explain__live_version__prints_text(run: Run, live: Instance) -> None:
    ran = run("explain", "1/8", "shop/pages", "--event", '{"user": "u1", "item": "a"}', "--at", "2027-01-15T08:00:00Z")
    assert ran.lines[:4] == [
        "shop/pages at 2027-01-15T08:00:00Z, private path",
        "keys",
        '  user = "u1": used',
        "  mail: not in the event",
    ]
    assert ran.lines[-1] == "answer: no offers (no-rule)"
    assert ran.stderr == "by version 1; nothing was stored\n"
    assert "SECRET" not in ran.stdout
    assert "X-Key" not in ran.stdout


def test_explain__what_fails__is_told_with_its_line(run: Run, live: Instance) -> None:
    text = TEXT.replace("if: PROFILE.mail,", "if: EVENT.a.b,")
    save_draft(instance=live, text=text, revision=None, actor=ACTOR)
    ran = run("explain", "1/8", "shop/pages", "--event", '{"user": "u1"}', "--configuration", "draft")

    assert "fails at character 9 (line 12, column 51): b" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "offers"),
    [
        (["--profile", "visits=1"], {}),
        (["--profile", "visits=2", "tier=gold"], {"many": {"attributes": {"tier": "gold"}}}),
        (["--profile-json", '{"visits": 2, "tier": {"a": 1}}'], {"many": {"attributes": {"tier": {"a": 1}}}}),
        (["--profile", "mail=a@example.com", "--at", "1970-01-01T00:01:40Z"], {"mailed": {"attributes": {"now": 100}}}),
        (["--profile", "mail=a@example.com", "--public"], {}),
    ],
)
def test_explain__given_profile__is_what_the_event_meets(
    run: Run, live: Instance, arguments: list[str], offers: dict[str, Any]
) -> None:
    found = explained(run, "--event", '{"user": "u1"}', *arguments)
    assert found["answer"]["offers"] == offers


def test_explain__given_attributes__of_each_type(run: Run, live: Instance) -> None:
    given = {"seen": ["a", {"value": "b", "time": 50}], "visits": 4, "last": "x", "tier": [1], "recent": 2}
    arguments = ["--event", "-", "--profile-json", json.dumps(given), "--at", "1970-01-01T00:01:40Z"]
    found = explained(run, *arguments, stdin=b'{"user": "u1", "item": "c"}')
    assert {item["name"]: (item["before"], item["after"]) for item in found["attributes"]} == {
        "seen": (
            '[{"value": "b", "time": 50}, {"value": "a", "time": 100}]',
            '[{"value": "b", "time": 50}, {"value": "a", "time": 100}, {"value": "c", "time": 100}]',
        ),
        "visits": ("4", "5"),
        "last": ('"x"', '"c"'),
        "tier": ("[1]", "[1]"),
        "recent": ("2", "3"),
    }


@pytest.mark.parametrize(
    ("table", "event", "reason"),
    [("shop/pages", "{}", "no-key"), ("shop/orders", '{"user": "u"}', "not-monitored"),
     ("shop/others", '{"user": "u"}', "no-event")],
)  # fmt: skip
def test_explain__no_offers__tells_the_reason(run: Run, live: Instance, table: str, event: str, reason: str) -> None:
    assert explained(run, "--event", event, table=table)["answer"]["reason"] == reason


def test_explain__other_configurations__by_number_word_or_file(run: Run, live: Instance, file: File) -> None:
    upload_configuration(instance=live, text=TEXT.replace("> 2", "> 0"), actor=ACTOR)
    save_draft(instance=live, revision=None, text=TEXT.replace("> 2", "> 1"), actor=ACTOR)
    event = ["--event", "@" + file("event.json", '{"user": "u1"}')]
    other = file("other.yaml", TEXT.replace("many", "others").replace("> 2", "> 0"))
    offers = {
        name: list(explained(run, *event, "--configuration", name)["answer"]["offers"])
        for name in ("live", "1", "2", "newest", "draft", other)
    }
    assert offers == {"live": [], "1": [], "2": ["many"], "newest": ["many"], "draft": [], other: ["others"]}


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["1/9", "shop/pages"], "1/9"),
        (["1/8", "shop/pages", "--event", "[1]"], "the event would be refused: The body must be one JSON object"),
        (["1/8", "shop/pages", "--event", '{"time": -1}'], "the event would be refused: `time`"),
        (["1/8", "shop/pages", "--event", "@missing.json"], "missing.json"),
        (["1/8", "shop/pages", "--profile", "nothing"], "--profile: name=value is expected"),
        (["1/8", "shop/pages", "--profile", "other=1"], "--profile: other: the configuration has no such key"),
        (["1/8", "shop/pages", "--profile", "visits=x"], "--profile: visits: a counter needs a finite number"),
        (["1/8", "shop/pages", "--profile", "seen=x"], "--profile: seen: a list is expected"),
        (["1/8", "shop/pages", "--profile", "user=null"], "--profile: user: this value of a key identifies nobody"),
        (["1/8", "shop/pages", "--profile-json", "[]"], "--profile-json: a JSON object is expected"),
        (["1/8", "shop/pages", "--profile-json", "["], "--profile-json: a JSON object is expected"),
        (["1/8", "shop/pages", "--configuration", "7"], "has no version 7"),
        (["1/8", "pages"], "DATABASE/TABLE is expected"),
    ],
)
def test_explain__what_cannot_be_done__fails_in_words(
    run: Run, live: Instance, arguments: list[str], failure: str
) -> None:
    ran = run("explain", *arguments)
    assert ran.failure is not None
    assert failure in ran.failure
    assert ran.stdout == ""


def test_explain__configuration_with_errors__is_refused(run: Run, live: Instance, file: File) -> None:
    ran = run("explain", "1/8", "shop/pages", "--configuration", file("bad.yaml", "offers: 3\n"))
    assert ran.failure == "the configuration has errors; `manage.py validate_configuration` lists them"


def test_explain__nothing_live__says_so(run: Run, instance: Instance) -> None:
    assert run("explain", "1/8", "shop/pages").failure == "nothing is live on instance 1/8 yet"
