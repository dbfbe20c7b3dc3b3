"""The API's page: its requests get the answers that it shows, and its tables say what the API has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from pytest_django.fixtures import Settings

from personalization.stores.locations import store_at
from tests.docs.blocks import ROOT, Table, tables
from tests.docs.exchanges import exchanges
from tests.docs.matching import differences, text_fits
from tests.docs.replay import Replay
from tests.http import Api
from tests.personalization.stores.arrivals import arrival
from tests.world import a_caller, a_key, an_instance
from tokens.models import ApiKey

PAGE = ROOT / "docs" / "api.md"
TABLES = tables(PAGE)
EXCHANGES = exchanges(PAGE)
_PLACEHOLDER = re.compile(r"\{\w+\}")


@cache
def operations() -> dict[str, dict[str, Any]]:
    """What the OpenAPI document says, by `METHOD /path` with every placeholder as `{}`."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return {
        _anonymous(f"{method.upper()} {path}"): {**operation, "schemas": document["components"]["schemas"]}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _anonymous(route: str) -> str:
    return _PLACEHOLDER.sub("{}", route)


def _table(first: str) -> Table:
    return next(table for table in TABLES if table.header[0] == first)


@pytest.mark.django_db
def test_examples__sent_in_their_order__get_the_answers_of_the_page(settings: Settings, tmp_path: Path) -> None:
    settings.EVENT_STORE = f"sqlite:///{tmp_path}/events.sqlite3"
    store = store_at(settings.EVENT_STORE)
    store.commit([arrival(1)])
    store.close()
    replay = Replay(Api(), operator=a_key("operator", account=100, name="first", role="administrator"))
    for exchange in EXCHANGES:
        answer = replay.send(exchange)
        assert answer.status_code == exchange.status, f"{exchange}: {answer.content.decode()}"
        if exchange.answer.language == "json":
            shown, came = json.loads(exchange.answer.text), answer.json()
            replay.learn(exchange, shown, came)
            assert differences(shown, replay.as_shown(exchange, came)) == [], str(exchange)
        else:
            assert text_fits(exchange.answer.text, answer.content.decode()), str(exchange)


def test_examples__every_operation_but_reading_the_schema__has_one() -> None:
    shown = {f"{each.method} {re.sub('[0-9]+', '{}', each.path.partition('?')[0])}" for each in EXCHANGES}

    assert operations().keys() - shown == {"GET /provision/schema", "GET /accounts"}


def test_routes__those_of_the_table__are_those_of_the_api() -> None:
    told = [_anonymous(code) for row in _table("route").rows for code in row[0].code]

    assert sorted(told) == sorted(operations())


@pytest.mark.parametrize("route", sorted(operations()))
def test_route__what_it_takes__is_in_a_table(route: str) -> None:
    taken = {*_query_of(operations()[route]), *_fields_of(operations()[route])}

    assert taken - _told(route) == set()


def _query_of(operation: dict[str, Any]) -> Iterator[str]:
    return (each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")


def _fields_of(operation: dict[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    # The one field of an upload and of a rotation are told in words.
    return (field for field in operation["schemas"].get(name, {}).get("properties", ())
            if field not in ("configuration", "overlap"))  # fmt: skip


def _told(route: str) -> set[str]:
    """The first cells of tables that are about the route, by their heading or their second column."""
    found: set[str] = set()
    for table in TABLES:
        about = [_anonymous(code) for code in re.findall(r"[A-Z]+ /\S+", table.header[0])]
        for row in table.rows:
            of = [_anonymous(code) for code in row[1].code] if table.header[1] == "of" else about
            if route in of or (
                table.header[0] == "field of push and rollback" and route.endswith(("push", "rollback"))
            ):
                found.update(row[0].code)
    return found


def test_statuses__those_of_the_table__are_those_of_the_api_and_of_what_goes_wrong_around_it() -> None:
    known = {status for operation in operations().values() for status in operation["responses"] if status >= "400"}

    assert {row[0].text for row in _table("status").rows} == known | {"405", "408", "500"}


def test_scopes__those_of_the_table__are_all() -> None:
    assert {row[0].text for row in _table("scope").rows} == set(ApiKey.Scope.values)


@pytest.mark.django_db
@pytest.mark.parametrize("row", _table("scope").rows, ids=lambda row: row[0].text)
def test_scope__what_it_may_do__is_what_the_table_says(row: Any) -> None:
    an_instance(1, 8)
    an_instance(2, 1)
    caller = a_caller(row[0].text)
    routes = ("/routing", "/tokens", "/provision", "/keys", "/instances")
    own, other = ({caller.get(f"{path}?account={account}").status_code for path in routes} for account in (1, 2))

    assert own == ({403} if row[1].text == "no" else {200})
    assert other == ({200} if row[1].text == "of every account" else {403})
    assert (caller.post("/accounts", {"account": 3, "name": "New"}).status_code == 201) is (row[2].text == "yes")
