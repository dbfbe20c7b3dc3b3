"""Reading versions, pushing, rolling back and comparing."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.language import json_schema
from provisioning.models import ConfigurationVersion, Push
from routing.models import ControlRevision, Instance, LiveSummary
from tests.http import Api, assert_error, problems
from tests.provisioning.configurations import configuration, numbered
from tests.world import a_caller, an_instance

PLACE = "/provision/1/8"


@pytest.fixture
def versions(api: Api) -> Api:
    """The caller, with versions 1 to 4 uploaded and none live."""
    for number in range(1, 5):
        assert api.send("POST", "/provision", numbered(number), content_type="text/yaml").status_code == 201
    return api


def push(api: Api, version: int | None = None, **options: Any) -> Any:
    return api.post(f"{PLACE}/push", {} if version is None else {"version": version}, **options)


def roll_back(api: Api, version: int | None = None, **options: Any) -> Any:
    return api.post(f"{PLACE}/rollback", {} if version is None else {"version": version}, **options)


def live(api: Api) -> int | None:
    response = api.get(PLACE)
    return response.json()["version"] if response.status_code == 200 else None


def statuses(api: Api) -> dict[int, str]:
    return {row["version"]: row["status"] for row in api.get("/provision?account=1&instance=8").json()["results"]}


def test_push__a_version__live_and_told(versions: Api) -> None:
    before = ControlRevision.objects.get().number

    response = push(versions, 2)

    body = response.json()
    assert response.status_code == 200
    assert (body["version"], body["status"], body["warnings"]) == (2, "live", [])
    assert (body["push"]["number"], body["push"]["kind"], body["push"]["replaced"]) == (1, "push", None)
    assert response["ETag"] == '"1"'
    assert live(versions) == 2
    assert ControlRevision.objects.get().number == before + 1
    assert LiveSummary.objects.get().version == 2


def test_push__no_version_named__the_newest(versions: Api) -> None:
    assert push(versions).json()["version"] == 4


def test_push__another_one__the_first_is_superseded(versions: Api) -> None:
    push(versions, 2)
    body = push(versions, 3).json()

    assert (body["push"]["number"], body["push"]["replaced"]) == (2, 2)
    assert statuses(versions) == {1: "never live", 2: "superseded", 3: "live", 4: "never live"}


def test_push__what_is_live_already__the_push_that_made_it_so(versions: Api) -> None:
    first = push(versions, 2)
    before = ControlRevision.objects.get().number

    again = push(versions, 2)

    assert (again.status_code, again.json()["push"]) == (200, first.json()["push"])
    assert Push.objects.count() == 1
    assert ControlRevision.objects.get().number == before


def test_push__table_no_longer_registered__422_and_nothing_moves(versions: Api) -> None:
    push(versions, 1)
    versions.post(
        "/routing",
        {"remove": {"destinations": [{"database": "your_database", "table": "pageviews"}]}, "force": True},
    )

    response = push(versions, 2)

    assert_error(response, 422)
    assert live(versions) == 1


@pytest.mark.parametrize(
    ("version", "status"),
    [(5, 404), (2**31 - 1, 404), (0, 422), (-1, 422), (2**31, 422), ("2", 422), (True, 422), (2.0, 422), (None, 422)],
)
@pytest.mark.parametrize("action", ["push", "rollback"])
def test_moving__no_such_version__refused(versions: Api, action: str, version: Any, status: int) -> None:
    push(versions, 1)

    assert_error(versions.post(f"{PLACE}/{action}", {"version": version}), status)
    assert live(versions) == 1


@pytest.mark.parametrize("action", ["push", "rollback"])
@pytest.mark.parametrize("body", [{"versoin": 2}, {"note": 5}, {"note": "x" * 2001}, [2], "2"])
def test_moving__bad_body__422(versions: Api, action: str, body: Any) -> None:
    push(versions, 1)

    assert problems(versions.post(f"{PLACE}/{action}", body))
    assert live(versions) == 1


@pytest.mark.parametrize("action", ["push", "rollback"])
@pytest.mark.parametrize(
    ("seen", "passes"),
    [
        ('"2"', True),
        ("2", True),
        ('W/"2"', True),
        ("*", True),
        ('"1"', False),
        ('"0"', False),
        ("", False),
        ("x", False),
        ('"02"', False),
    ],
)
def test_moving__if_match__only_what_was_seen(versions: Api, action: str, seen: str, passes: bool) -> None:
    push(versions, 1)
    push(versions, 2)
    body = {"version": 3} if action == "push" else {}

    response = versions.post(f"{PLACE}/{action}", body, headers={"If-Match": seen})

    if passes:
        assert response.status_code == 200
        assert response["ETag"] == '"3"'
    else:
        assert_error(response, 412, says="push 2")
        assert live(versions) == 2


@pytest.mark.parametrize(("seen", "status"), [('"0"', 200), ('"1"', 412)])
def test_push__nothing_live_yet__its_tag_is_0(versions: Api, seen: str, status: int) -> None:
    assert push(versions, 1, headers={"If-Match": seen}).status_code == status


def test_push__nothing_uploaded__409(api: Api) -> None:
    assert_error(push(api), 409, says="upload a configuration first")


def test_rollback__again_and_again__further_back_each_time(versions: Api) -> None:
    for version in (1, 2, 3, 4):
        push(versions, version)

    steps = [roll_back(versions).json() for _ in range(3)]
    end = roll_back(versions)

    assert [(step["version"], step["push"]["kind"]) for step in steps] == [
        (3, "rollback"),
        (2, "rollback"),
        (1, "rollback"),
    ]
    assert [step["push"]["number"] for step in steps] == [5, 6, 7]
    assert_error(end, 409, says="nothing to go back to")
    assert statuses(versions) == {1: "live", 2: "superseded", 3: "superseded", 4: "superseded"}


def test_rollback__after_a_push_on_top_of_a_rollback__what_was_live_before_it(versions: Api) -> None:
    push(versions, 1)
    push(versions, 2)
    roll_back(versions)
    push(versions, 3)

    assert [roll_back(versions).json()["version"], roll_back(versions).status_code] == [1, 409]


def test_rollback__to_a_version__that_one_and_then_further_back(versions: Api) -> None:
    for version in (1, 2, 3, 4):
        push(versions, version)

    assert roll_back(versions, 2).json()["version"] == 2
    assert roll_back(versions).json()["version"] == 1


@pytest.mark.parametrize(("version", "says"), [(3, "never live"), (2, "live already")])
def test_rollback__not_somewhere_to_go_back_to__409(versions: Api, version: int, says: str) -> None:
    push(versions, 1)
    push(versions, 2)

    assert_error(roll_back(versions, version), 409, says=says)


def test_rollback__nothing_live__409(versions: Api) -> None:
    assert_error(roll_back(versions), 409, says="nothing is live yet")


def test_rollback__what_is_wrong_by_now__only_warns(versions: Api) -> None:
    push(versions, 1)
    push(versions, 2)
    token = versions.get("/tokens").json()["results"][0]["id"]
    versions.post(f"/tokens/{token}/revoke")
    versions.post(
        "/routing",
        {"remove": {"destinations": [{"database": "your_database", "table": "pageviews"}]}, "force": True},
    )

    response = roll_back(versions)

    assert response.status_code == 200
    assert live(versions) == 1
    assert {each["severity"] for each in response.json()["warnings"]} == {"error", "warning"}


def test_rollback__note__kept(versions: Api) -> None:
    push(versions, 1)
    push(versions, 2)

    body = versions.post(f"{PLACE}/rollback", {"note": "broken banner"}).json()

    assert body["push"]["note"] == "broken banner"


def test_live__read__with_text_push_and_tag(versions: Api) -> None:
    push(versions, 2)

    response = versions.get(PLACE)

    body = response.json()
    assert body["configuration"] == numbered(2)
    assert (body["status"], body["push"]["number"]) == ("live", 1)
    assert response["ETag"] == '"1"'
    assert "Accept" in response["Vary"]


def test_live__nothing__404(versions: Api) -> None:
    assert_error(versions.get(PLACE), 404, says="nothing is live")


@pytest.mark.parametrize("accept", ["application/yaml", "application/x-yaml", "text/yaml"])
@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/versions/2"])
def test_text__asked_for_as_yaml__byte_for_byte(versions: Api, path: str, accept: str) -> None:
    push(versions, 2)

    response = versions.get(path, headers={"Accept": accept})

    assert response.content.decode() == numbered(2)
    assert response["Content-Type"].partition(";")[0] == accept
    assert response["ETag"] == '"1"'


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/versions/9", "/provision/2/8"])
def test_text__asked_for_as_yaml_but_not_there__the_error_is_json(versions: Api, path: str) -> None:
    response = versions.get(path, headers={"Accept": "application/yaml"})

    assert_error(response, 403 if path == "/provision/2/8" else 404)


def test_version__read__whatever_its_status(versions: Api) -> None:
    push(versions, 1)

    body = versions.get(f"{PLACE}/versions/3").json()

    assert (body["version"], body["status"], body["configuration"]) == (3, "never live", numbered(3))


@pytest.mark.parametrize("version", ["0", "01", "5", "9999999999999999", "99999999999999999", "-1", "x", "1.0"])
def test_version__not_there__404(versions: Api, version: str) -> None:
    assert_error(versions.get(f"{PLACE}/versions/{version}"), 404)


def test_list__versions__newest_first_in_pages_without_texts(versions: Api) -> None:
    response = versions.get("/provision?account=1&instance=8&page_size=3")

    body = response.json()
    assert (body["count"], [row["version"] for row in body["results"]]) == (4, [4, 3, 2])
    assert "configuration" not in body["results"][0]
    assert response["ETag"] == '"0"'


def test_list__instances__with_what_is_live(versions: Api) -> None:
    an_instance(1, 9)
    an_instance(2, 1)
    push(versions, 2)
    push(versions, 3)

    rows = versions.get("/provision?account=1").json()["results"]

    assert [(row["instance"], row["etag"], row["newest_version"]) for row in rows] == [(8, "2", 4), (9, "0", None)]
    assert [row["live"] and row["live"]["version"] for row in rows] == [3, None]


def test_list__many_instances__few_queries(versions: Api, django_assert_max_num_queries: Any) -> None:
    for number in range(100, 160):
        an_instance(1, number)

    with django_assert_max_num_queries(7):
        assert len(versions.get("/provision?page_size=100").json()["results"]) == 61


def test_diff__two_versions__by_meaning_and_as_text(versions: Api) -> None:
    body = versions.get(f"{PLACE}/diff?from=1&to=2").json()

    assert (body["from"], body["to"], body["readable"]) == (1, 2, True)
    assert [(each["section"], each["change"]) for each in body["changes"]] == [("offers", "renamed")]
    assert '-  - name: "offer 1"' in body["unified"]
    assert '+  - name: "offer 2"' in body["unified"]


def test_diff__a_version_with_itself__nothing(versions: Api) -> None:
    body = versions.get(f"{PLACE}/diff?from=2&to=2").json()

    assert (body["changes"], body["unified"]) == ([], "")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=1&to=9", 404),
        ("from=9&to=1", 404),
        ("from=1", 422),
        ("", 422),
        ("from=0&to=1", 422),
        ("from=a&to=1", 422),
        ("from=1&to=2&too=3", 422),
    ],
)
def test_diff__wrong_query__refused(versions: Api, query: str, status: int) -> None:
    assert_error(versions.get(f"{PLACE}/diff?{query}"), status)


def test_language_schema__read__json_schema(api: Api) -> None:
    body = api.get("/provision/schema").json()

    assert body["$schema"].startswith("https://json-schema.org/")
    assert {"keys", "events", "attributes", "offers", "activations", "tokens"} <= set(body["properties"])
    assert body == json_schema()


ROUTES = [
    ("GET", "", None),
    ("GET", "/versions/1", None),
    ("GET", "/diff?from=1&to=2", None),
    ("POST", "/push", {"version": 1}),
    ("POST", "/rollback", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize(
    ("scope", "place", "status"),
    [
        ("provision", "2/8", 403),
        ("provision", "3/8", 403),
        ("provision", "2/9", 403),
        ("provision", "1/9", 404),
        ("operator", "2/9", 404),
        ("operator", "3/8", 404),
        ("ingest", "1/8", 403),
        ("ingest_public", "1/8", 403),
        (None, "1/8", 401),
    ],
)
def test_scope_route_instance__every_cell(
    api: Api, method: str, path: str, body: Any, scope: str | None, place: str, status: int
) -> None:
    """Instances 1/8 and 2/8 exist; nobody but an operator can tell 2/8 from 2/9 or 3/8."""
    an_instance(2, 8)
    api.send("POST", "/provision?push=true", numbered(1), content_type="text/yaml")
    caller = a_caller(scope) if scope else Api()

    response = (
        caller.send(method, f"/provision/{place}{path}")
        if body is None
        else caller.post(f"/provision/{place}{path}", body)
    )

    assert_error(response, status)
    assert Push.objects.count() == 1


def test_operator__another_account__works(versions: Api) -> None:
    operator = a_caller("operator", account=2)

    assert push(operator, 2).json()["version"] == 2


def test_version__row__cannot_be_edited(versions: Api, instance: Instance) -> None:
    row = ConfigurationVersion.objects.filter(instance=instance).latest("number")
    row.text = configuration("other")

    with pytest.raises(TypeError, match="never edited"):
        row.save()
