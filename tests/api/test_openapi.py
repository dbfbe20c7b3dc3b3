"""The OpenAPI document says what the API does: complete, valid, and true of real answers."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from jsonschema import Draft202012Validator
from pytest_django.fixtures import Settings

from personalization.stores.locations import store_at
from routing.services import change_destinations
from tests.http import Api
from tests.personalization.stores.arrivals import arrival
from tests.provisioning.configurations import WITH_THREE_MISTAKES, numbered
from tests.world import ACTOR, a_caller, a_hand_over, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "/routing": {"get", "post"},
    "/accounts": {"get", "post"},
    "/instances": {"get", "post"},
    "/tokens": {"get", "post"},
    "/tokens/{number}/revoke": {"post"},
    "/tokens/{number}/rotate": {"post"},
    "/tokens/{number}/use": {"get"},
    "/tokens/{number}/links": {"get"},
    "/keys/{number}/links": {"get"},
    "/hand-overs/{number}/withdraw": {"post"},
    "/keys": {"get", "post"},
    "/keys/{number}/revoke": {"post"},
    "/keys/{number}/use": {"get"},
    "/keys/{number}/rotate": {"post"},
    "/provision": {"get", "post"},
    "/provision/schema": {"get"},
    "/provision/{account}/{instance}": {"get"},
    "/provision/{account}/{instance}/versions/{version}": {"get"},
    "/provision/{account}/{instance}/diff": {"get"},
    "/provision/{account}/{instance}/push": {"post"},
    "/provision/{account}/{instance}/rollback": {"post"},
    "/provision/{account}/{instance}/pause": {"post"},
    "/provision/{account}/{instance}/resume": {"post"},
    "/provision/{account}/{instance}/replay": {"post"},
    "/provision/{account}/{instance}/policy": {"get", "post"},
    "/provision/{account}/{instance}/approvals": {"get", "post"},
    "/provision/{account}/{instance}/approvals/decide": {"post"},
    "/provision/{account}/{instance}/schedules": {"get", "post"},
    "/provision/{account}/{instance}/schedules/cancel": {"post"},
    "/provision/{account}/{instance}/explain": {"post"},
    "/provision/{account}/{instance}/check-call": {"post"},
    "/profiles/find": {"post"},
    "/profiles/export": {"post"},
    "/profiles/erase": {"post"},
}


@pytest.fixture
def document() -> dict[str, Any]:
    body: dict[str, Any] = Api().get("/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    return body


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_document__every_route__is_in_it_and_nothing_else(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {path: set(item) for path, item in document["paths"].items()} == OPERATIONS


def test_document__spectacular__finds_nothing_to_warn_of(
    document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(written))

    assert capsys.readouterr().err == ""
    assert json.loads(written.read_text())["paths"] == document["paths"]


def test_document__every_operation__is_described(document: dict[str, Any]) -> None:
    found = operations(document)

    assert len({each["operationId"] for _, _, each in found}) == len(found)
    for _, _, each in found:
        assert len(each["summary"]) > 5
        assert len(each["description"]) > 30
        assert each["tags"]
        assert {tuple(scheme) for scheme in each["security"]} == {("apiKey",), ("staffSession",)}


def test_document__every_request_body__has_an_example_that_fits(document: dict[str, Any]) -> None:
    bodies = [each["requestBody"]["content"] for _, _, each in operations(document) if "requestBody" in each]

    assert len(bodies) == 22
    for content in bodies:
        for example in content["application/json"]["examples"].values():
            validator(document, content["application/json"]["schema"]).validate(example["value"])


def test_document__every_operation__has_the_errors_in_their_one_form(document: dict[str, Any]) -> None:
    for _, method, each in operations(document):
        failures = {status: answer for status, answer in each["responses"].items() if status >= "400"}
        assert set(failures) >= {"401", "403", "404", "422", "429"}
        assert method == "get" or "requestBody" not in each or set(failures) >= {"400", "413", "415"}
        for answer in failures.values():
            assert list(answer["content"]) == ["application/json"]
            assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorSchema")
            assert answer["description"]


def test_document__numbers_in_paths__are_numbers(document: dict[str, Any]) -> None:
    for _, _, each in operations(document):
        for parameter in each.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["schema"]["type"] == "integer"


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def check_answer(document: dict[str, Any], path: str, method: str, response: Any) -> None:
    answers = document["paths"][path][method]["responses"]
    assert str(response.status_code) in answers, (path, method, response.status_code)
    content = answers[str(response.status_code)]["content"]
    schema = content[response["Content-Type"].partition(";")[0]]["schema"]
    body = response.json()
    validator(document, schema).validate(body)
    if "$ref" in schema:
        known = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]].get("properties", body)
        assert set(body) <= set(known)


@pytest.fixture
def operator() -> Api:
    instance = an_instance(1, 8)
    change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=instance, name="web", actor=ACTOR)
    issue_token(instance=instance, name="to end", actor=ACTOR)
    return a_caller("operator")


def upload(api: Api, number: int, query: str = "") -> Any:
    return api.send("POST", f"/provision{query}", numbered(number), content_type="application/yaml")


def walk_through_customers(operator: Api) -> list[tuple[str, Any]]:
    """Every route but provisioning, as (path of the document, answer)."""
    token = operator.get("/tokens").json()["results"][0]["id"]
    walk = [
        ("/routing", operator.post("/routing", {"add": {"destinations": [{"database": "abc", "table": "def"}]}})),
        ("/routing", operator.get("/routing")),
        ("/routing", operator.post("/routing", {"add": {"destinations": [{"database": "A", "table": 1}]}})),
        ("/accounts", operator.post("/accounts", {"account": 5, "name": "x"})),
        ("/accounts", operator.post("/accounts", {"account": 5, "name": "x"})),
        ("/accounts", operator.post("/accounts", {"account": 5, "name": "y"})),
        ("/accounts", operator.get("/accounts")),
        ("/instances", operator.post("/instances", {"account": 5, "instance": 1, "name": "x"})),
        ("/instances", operator.get("/instances?account=5")),
        ("/tokens", operator.get("/tokens?page_size=1")),
        ("/tokens", operator.post("/tokens", {"name": "new", "rate": 5})),
        ("/tokens/{number}/rotate", operator.post(f"/tokens/{token}/rotate")),
        ("/tokens/{number}/revoke", operator.post(f"/tokens/{token}/revoke")),
        ("/tokens/{number}/revoke", operator.post("/tokens/999999/revoke")),
        ("/tokens", operator.post("/tokens", {"name": "by link", "hand_over": "1h"})),
        ("/hand-overs/{number}/withdraw", operator.post(f"/hand-overs/{a_hand_over(an_instance()).pk}/withdraw")),
        ("/keys", operator.post("/keys", {"name": "new", "scope": "ingest"})),
        ("/keys", operator.get("/keys")),
    ]
    keys = operator.get("/keys").json()["results"]
    return [
        *walk,
        ("/tokens/{number}/use", operator.get(f"/tokens/{token}/use")),
        ("/keys/{number}/use", operator.get(f"/keys/{keys[0]['id']}/use")),
        ("/tokens/{number}/links", operator.get(f"/tokens/{AccessToken.objects.get(name='by link').pk}/links")),
        ("/keys/{number}/links", operator.get(f"/keys/{keys[0]['id']}/links")),
        ("/keys/{number}/rotate", operator.post(f"/keys/{keys[0]['id']}/rotate", {"overlap": "1h"})),
        ("/keys/{number}/revoke", operator.post(f"/keys/{keys[0]['id']}/revoke")),
    ]


def walk_through_provisioning(operator: Api) -> list[tuple[str, Any]]:
    """The routes of `/provision`, as (path of the document, answer)."""
    place = "/provision/{account}/{instance}"
    return [
        ("/provision", upload(operator, 1, "?dry_run=true")),
        ("/provision", upload(operator, 1)),
        ("/provision", upload(operator, 1)),
        ("/provision", operator.post("/provision", {"configuration": WITH_THREE_MISTAKES})),
        (place, operator.get("/provision/1/8")),
        ("/provision", upload(operator, 2, "?push=true")),
        (f"{place}/push", operator.post("/provision/1/8/push", {"version": 1})),
        (f"{place}/push", operator.post("/provision/1/8/push", {}, headers={"If-Match": "0"})),
        (f"{place}/rollback", operator.post("/provision/1/8/rollback")),
        (f"{place}/pause", operator.post("/provision/1/8/pause", {"offer": "offer 2"})),
        (f"{place}/resume", operator.post("/provision/1/8/resume", {"offer": "offer 2"})),
        (f"{place}/replay", operator.post("/provision/1/8/replay", {"version": 1})),
        *walk_through_planning(operator, place),
        (place, operator.get("/provision/1/8")),
        (f"{place}/versions/{{version}}", operator.get("/provision/1/8/versions/1")),
        (f"{place}/diff", operator.get("/provision/1/8/diff?from=1&to=2")),
        (f"{place}/explain", operator.post("/provision/1/8/explain", {"table": "your_database/page", "event": {}})),
        (f"{place}/explain", operator.post("/provision/1/8/explain", {"table": "x", "event": {"time": -1}})),
        (f"{place}/check-call", operator.post("/provision/1/8/check-call", {"path": "/public/a/b", "token": "web"})),
        (f"{place}/check-call", operator.post("/provision/1/8/check-call", {"curl": "wget"})),
        ("/provision", operator.get("/provision")),
        ("/provision", operator.get("/provision?instance=8")),
        ("/provision/schema", operator.get("/provision/schema")),
    ]


def walk_through_people(operator: Api) -> list[tuple[str, Any]]:
    """The routes of `/profiles`, as (path of the document, answer)."""
    store = store_at(settings.EVENT_STORE)
    store.commit([arrival(1, td_client_id="a", some_key="dogs"), arrival(2, td_client_id=None, mail="m")])
    store.commit([arrival(3, td_client_id="a", mail="m", amount=1.5)])
    store.close()
    person = {"instance": 8, "key": "mail", "value": "m"}
    return [
        (path, operator.post(path, body))
        for path in ("/profiles/find", "/profiles/export", "/profiles/erase")
        for body in (person, person | {"value": 7}, person | {"value": None})
    ]


def walk_through_planning(operator: Api, place: str) -> list[tuple[str, Any]]:
    """Approval and planned pushes of version 1, which is not live."""
    at = (timezone.now() + timedelta(days=1)).isoformat()
    mine = "/provision/1/8"
    return [
        (f"{place}/policy", operator.post(f"{mine}/policy", {"approval_required": True})),
        (f"{place}/policy", operator.get(f"{mine}/policy")),
        (f"{place}/approvals", operator.post(f"{mine}/approvals", {"version": 1})),
        (f"{place}/approvals", operator.get(f"{mine}/approvals")),
        (f"{place}/approvals/decide", operator.post(f"{mine}/approvals/decide", {"version": 1, "approve": False})),
        (f"{place}/schedules", operator.post(f"{mine}/schedules", {"version": 1, "at": at})),
        (f"{place}/schedules", operator.get(f"{mine}/schedules")),
        (f"{place}/schedules/cancel", operator.post(f"{mine}/schedules/cancel")),
        (f"{place}/policy", operator.post(f"{mine}/policy", {"approval_required": False})),
    ]


def test_answers__a_walk_through_all_routes__fit_the_document(
    document: dict[str, Any], operator: Api, settings: Settings, tmp_path: Path
) -> None:
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    # The operator's own key is revoked at the end of the last.
    walk = walk_through_provisioning(operator) + walk_through_people(operator) + walk_through_customers(operator)

    for path, response in walk:
        check_answer(document, path, response.request["REQUEST_METHOD"].lower(), response)
    assert {path for path, _ in walk} == set(OPERATIONS)


def test_answers__an_empty_list__fits_the_document(document: dict[str, Any], operator: Api) -> None:
    """It is a page of instances and one of versions alike."""
    an_instance(1, 9)
    response = operator.get("/provision?account=1&instance=9")

    assert response.json()["results"] == []
    check_answer(document, "/provision", "get", response)


def test_docs__page__asks_nobody_else_for_anything() -> None:
    page = Api().get("/docs")
    script = Api().get("/docs?script=")
    text = page.content.decode() + script.content.decode()
    sources = re.findall(r"(?:src|href|url)\s*[=:(]\s*[\"']?([^\"'\s>)]+)", text)

    assert (page.status_code, script.status_code) == (200, 200)
    assert any("swagger-ui" in source for source in sources)
    assert [source for source in sources if re.match(r"(https?:)?//", source)] == []
    assert "/schema" in text
