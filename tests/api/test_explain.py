"""POST /provision/{account}/{instance}/explain: the endpoint's own answer, and why."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from provisioning.models import ConfigurationVersion, Draft
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.http import Api, assert_error, problems
from tests.world import ACTOR, a_caller, an_instance
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_token

pytestmark = pytest.mark.django_db

TEXT = """
keys: [{name: user, public: true}, {name: mail, sensitive: true}]
events:
  - {name: page, database: shop, table: pages}
  - {name: order, database: shop, table: orders, if: EVENT.amount > 0}
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
  - {name: visits, type: counter, event: page}
offers:
  - name: many
    set: {event: page, if: PROFILE.visits > 2 && EVENT.item != null, data: {seen: "${PROFILE.seen.length}"}}
  - {name: mailed, set: {event: page, if: PROFILE.mail, data: {mail: "${PROFILE.mail}", at: "${NOW}"}}}
  - {name: bought, set: {event: order, data: {thanks: "yes"}}}
tokens: [{name: web}]
"""
ANSWERED = {"x-p13n-version": "1"}


@pytest.fixture
def live(db: None) -> Instance:
    """Instance 1/8 with version 1 live, which monitors three tables."""
    made = an_instance()
    issue_token(instance=made, name="web", actor=ACTOR)
    tables = [("shop", "pages"), ("shop", "orders"), ("shop", "others")]
    change_destinations(instance=made, actor=ACTOR, add=tables)
    upload_configuration(instance=made, text=TEXT, actor=ACTOR, push=True)
    return made


def explain(api: Api | None = None, *, table: str = "shop/pages", event: Any = None, **body: Any) -> Any:
    api = api or a_caller()
    return api.post("/provision/1/8/explain", {"table": table, "event": {} if event is None else event, **body})


def explained(**body: Any) -> dict[str, Any]:
    response = explain(**body)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_explain__event_that_gets_nothing__says_why_of_each_offer(live: Instance) -> None:
    found = explained(event={"user": "u1", "item": "a"})
    assert found["answer"] == {
        "status": 200,
        "headers": {**ANSWERED, "x-p13n-reason": "no-rule"},
        "body": {"offers": {}},
    }
    assert found["because"] == "no rule matched: of none were both `event` and `if` right"
    assert found["verdicts"] == {
        "many": "rule 1 does not match: PROFILE.visits > 2 is false, as PROFILE.visits is 1",
        "mailed": "rule 1 does not match: PROFILE.mail is undefined",
        "bought": "waits for “order”; this row is “page”",
    }
    attributes = {each["name"]: (each["before"], each["after"]) for each in found["explanation"]["attributes"]}
    assert attributes["visits"] == ("0", "1")


def test_explain__with_a_profile__gives_the_offer_and_no_reason(live: Instance) -> None:
    found = explained(event={"user": "u1", "item": "b"}, profile={"visits": 2, "seen": ["a"]})
    assert found["answer"] == {
        "status": 200,
        "headers": ANSWERED,
        "body": {"offers": {"many": {"attributes": {"seen": 2}}}},
    }
    assert found["because"] == ""
    assert found["verdicts"]["many"] == "given by rule 1"


def test_explain__what_fails__is_told_with_its_line(live: Instance) -> None:
    text = TEXT.replace("if: PROFILE.mail,", "if: EVENT.a.b,")
    found = explained(event={"user": "u1"}, configuration=text)

    [error] = found["explanation"]["answer"]["errors"]
    line = text.splitlines()[error["place"]["line"] - 1]
    assert line[error["place"]["column"] - 1 :].startswith("b, data: {mail:")
    assert f"(line {error['place']['line']}, column {error['place']['column']})" in found["because"]


def test_explain__after_earlier_events__meets_what_they_left(live: Instance) -> None:
    event = {"user": "u1", "item": "a"}
    assert explained(event=event, earlier=[event])["answer"]["body"]["offers"] == {}
    assert "many" in explained(event=event, earlier=[event, event])["answer"]["body"]["offers"]


@pytest.mark.parametrize(
    ("public", "offers"), [(False, {"mailed": {"attributes": {"mail": "a@example.com", "at": 1800000000}}}), (True, {})]
)
def test_explain__something_sensitive__stays_off_the_public_path(
    live: Instance, public: bool, offers: dict[str, Any]
) -> None:
    event = {"user": "u1", "mail": "a@example.com"}
    found = explained(event=event, public=public, time="2027-01-15T08:00:00Z")
    assert found["answer"]["body"] == {"offers": offers}
    if public:
        assert found["answer"]["headers"]["x-p13n-reason"] == "withheld"
        assert found["verdicts"]["mailed"].startswith("withheld on the public path: rule 1 reads PROFILE.mail")


@pytest.mark.parametrize(
    ("table", "event", "reason"),
    [
        ("shop/pages", {"item": "a"}, "no-key"),
        ("shop/pages", {"user": "null"}, "no-key"),
        ("shop/orders", {"user": "u1", "amount": 0}, "no-event"),
        ("shop/others", {"user": "u1"}, "no-event"),
        ("shop/unknown", {"user": "u1"}, "not-monitored"),
    ],
)
def test_explain__event_that_goes_nowhere__gives_the_endpoints_reason(
    live: Instance, table: str, event: dict[str, Any], reason: str
) -> None:
    found = explained(table=table, event=event)
    assert found["answer"]["headers"]["x-p13n-reason"] == reason
    assert found["because"]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"user": "u1", "time": 1_800_000_000_000}, "seconds expected, not milliseconds"),
        ({"user": "u1", "uuid": "nonsense"}, "`uuid` must be a UUID"),
    ],
)
def test_explain__event_that_is_turned_away__is_the_endpoints_answer(
    live: Instance, event: dict[str, Any], says: str
) -> None:
    found = explained(event=event)
    assert found["answer"]["status"] == 400
    assert found["answer"]["body"]["code"] == 3004
    assert says in found["answer"]["body"]["message"]
    assert found["explanation"] is None
    assert found["verdicts"] == {}


def test_explain__reserved_database__is_turned_away_as_by_the_endpoint(live: Instance) -> None:
    assert explained(table="admin/pages")["answer"]["status"] == 404


def test_explain__other_configurations__are_tried(live: Instance) -> None:
    event = {"user": "u1", "item": "a"}
    newer = TEXT.replace("visits > 2", "visits > 0")
    upload_configuration(instance=live, text=newer, actor=ACTOR)
    save_draft(instance=live, text=TEXT.replace("visits > 2", "visits == 1"), revision=None, actor=ACTOR)
    found = {choice: explained(event=event, version=choice) for choice in ("live", 1, "1", "newest", 2, "draft")}
    assert {choice: bool(each["answer"]["body"]["offers"]) for choice, each in found.items()} == {
        "live": False, 1: False, "1": False, "newest": True, 2: True, "draft": True,
    }  # fmt: skip
    assert found["newest"]["answer"]["headers"] == {"x-p13n-version": "2"}
    assert found["draft"]["answer"]["headers"] == {}
    assert [found[choice]["configuration"] for choice in ("live", 2, "draft")] == [
        "version 1",
        "version 2",
        "the draft",
    ]
    text = explained(event=event, configuration=newer)
    assert (text["configuration"], list(text["answer"]["body"]["offers"])) == ("the given text", ["many"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"version": "9999999999"}, "version"),
        ({"version": "older"}, "version"),
        ({"version": "/etc/passwd"}, "version"),
        ({"version": 1.5}, "version"),
        ({"version": None}, "version"),
        ({"table": "shop"}, "table"),
        ({"table": "shop/Pages"}, "table"),
        ({"event": []}, "event"),
        ({"earlier": [1]}, "earlier"),
        ({"earlier": [{"time": -1}]}, "earlier"),
        ({"earlier": [{}] * 51}, "earlier"),
        ({"profile": {"unknown": 1}}, "profile"),
        ({"profile": []}, "profile"),
        ({"profile": {}, "person": {"key": "user", "value": "u1"}}, "person"),
        ({"time": "2027-01-15"}, "time"),
        ({"public": 1}, "public"),
        ({"configuration": "nonsense: 1"}, ""),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_explain__what_cannot_be_tried__is_refused_by_its_place(
    live: Instance, body: dict[str, Any], path: str
) -> None:
    found = problems(explain(**body))
    assert any(each.startswith(path) for each in found), found


@pytest.mark.parametrize(("version", "status"), [(7, 404), ("draft", 409)])
def test_explain__version_that_is_not_there__is_an_error(live: Instance, version: Any, status: int) -> None:
    assert_error(explain(version=version), status)


def test_explain__nothing_live__says_so(db: None) -> None:
    an_instance()
    assert_error(explain(), 409, says="nothing is live on instance 1/8 yet")


def test_explain__draft_with_errors__lists_them(live: Instance) -> None:
    save_draft(instance=live, text=TEXT.replace("event: page, value", "event: pge, value"), revision=None, actor=ACTOR)
    found = assert_error(explain(version="draft"), 422, says="the draft has")
    assert found["errors"][0]["line"]


@pytest.mark.parametrize(
    ("scope", "account", "status"),
    [("provision", 1, 200), ("operator", 5, 200), ("provision", 2, 403), ("ingest", 1, 403)],
)
def test_explain__by_another_key__is_for_those_who_provision_the_account(
    live: Instance, scope: str, account: int, status: int
) -> None:
    assert explain(a_caller(scope, account=account)).status_code == status


def test_explain__no_key__401(live: Instance) -> None:
    assert_error(explain(Api()), 401)


def test_explain__whatever_it_says__stores_nothing(
    live: Instance, settings: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    before = [model.objects.count() for model in (ConfigurationVersion, Draft)]
    with caplog.at_level(logging.DEBUG):
        explained(event={"user": "somebody-else"}, profile={"visits": 2})
        explained(configuration=TEXT.replace("PROFILE.visits > 2", "EVENT.x.y.z"), event={"user": "somebody-else"})
    assert [model.objects.count() for model in (ConfigurationVersion, Draft)] == before
    assert list(tmp_path.iterdir()) == []
    assert AccessToken.objects.get().last_used_at is None
    assert "somebody-else" not in caplog.text


def test_explain__half_of_a_character__is_answered_all_the_same(live: Instance) -> None:
    text = TEXT.replace('"${PROFILE.seen.length}"', "\"${'😀'.charAt(0)}\"").replace("PROFILE.visits > 2", "true")
    found = explained(configuration=text, event={"user": "u1", "item": "a"})
    assert found["answer"]["body"]["offers"]["many"]["attributes"]["seen"] == "\ud83d"


def test_explain__keys_of_the_account__are_left_alone(live: Instance) -> None:
    before = ApiKey.objects.count()
    explained()
    assert ApiKey.objects.count() == before + 1  # the caller's own
