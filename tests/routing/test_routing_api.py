"""`/routing`: which tables an instance monitors."""

from __future__ import annotations

from typing import Any

import pytest

from routing.models import ControlRevision, Destination, LiveSummary
from tests.http import assert_error, problems
from tests.world import a_caller, an_instance

pytestmark = pytest.mark.django_db

PAGES = {"database": "reactor", "table": "page_views"}
ORDERS = {"database": "reactor", "table": "orders"}


def revision() -> int:
    return ControlRevision.objects.get(pk=1).number


def test_routing__the_documented_payload__adds_to_the_only_instance() -> None:
    an_instance(1, 8)

    response = a_caller().post("/routing", {"add": {"destinations": [PAGES]}})

    assert response.status_code == 200
    assert response.json() == {
        "account": 1,
        "instance": 8,
        "added": [PAGES],
        "removed": [],
        "unchanged": [],
        "destinations": [PAGES],
    }


def test_routing__add_and_remove__lists_what_happened() -> None:
    an_instance()
    api = a_caller()
    api.post("/routing", {"add": {"destinations": [PAGES]}})

    response = api.post(
        "/routing",
        {"account": 1, "instance": 8, "add": {"destinations": [ORDERS]}, "remove": {"destinations": [PAGES]}},
    )

    body = response.json()
    assert (body["added"], body["removed"], body["destinations"]) == ([ORDERS], [PAGES], [ORDERS])


def test_routing__what_is_there_and_what_is_not__unchanged() -> None:
    an_instance()
    api = a_caller()
    api.post("/routing", {"add": {"destinations": [PAGES]}})
    before = revision()

    body = api.post("/routing", {"add": {"destinations": [PAGES, PAGES]}, "remove": {"destinations": [ORDERS]}}).json()

    assert (body["added"], body["removed"]) == ([], [])
    assert body["unchanged"] == [ORDERS, PAGES]
    assert revision() == before


def test_routing__change__the_endpoint_is_told() -> None:
    an_instance()
    before = revision()

    a_caller().post("/routing", {"add": {"destinations": [PAGES]}})

    assert revision() > before


BAD_NAMES = ["", "ab", "a" * 129, "Reactor", "page-views", "page views", "é" * 5, "abc\n", " abc", "٣٣٣", "a.b.c"]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("field", ["database", "table"])
@pytest.mark.parametrize("section", ["add", "remove"])
def test_routing__bad_name__named_by_its_index_and_nothing_changes(section: str, field: str, name: str) -> None:
    an_instance()

    response = a_caller().post("/routing", {section: {"destinations": [PAGES, {**PAGES, field: name}]}})

    assert list(problems(response)) == [f"{section}.destinations[1].{field}"]
    assert not Destination.objects.exists()


@pytest.mark.parametrize("name", ["abc", "0_1", "a" * 128, "012", "___"])
def test_routing__name_at_the_limit__added(name: str) -> None:
    an_instance()

    response = a_caller().post("/routing", {"add": {"destinations": [{"database": name, "table": name}]}})

    assert response.json()["added"] == [{"database": name, "table": name}]


@pytest.mark.parametrize("segment", ["admin", "routing", "public", "static", "healthz", "events"])
def test_routing__reserved_segment__refused_as_database_only(segment: str) -> None:
    an_instance()
    api = a_caller()

    refused = api.post("/routing", {"add": {"destinations": [{"database": segment, "table": "abc"}]}})
    accepted = api.post("/routing", {"add": {"destinations": [{"database": "abc", "table": segment}]}})

    assert "path of the console" in problems(refused)["add.destinations[0].database"]
    assert accepted.status_code == 200


def test_routing__several_kinds_of_mistakes__all_at_once() -> None:
    an_instance()

    response = a_caller().post(
        "/routing",
        {
            "acount": 1,
            "instance": "8",
            "force": 1,
            "add": {
                "destinations": [{"database": 5, "table": "abc"}, PAGES, {"database": "abc"}, "reactor.page_views"]
            },
            "remove": {"destinations": [{**ORDERS, "tabel": "x"}]},
        },
    )

    found = problems(response)
    assert set(found) == {
        "acount",
        "instance",
        "force",
        "add.destinations[0].database",
        "add.destinations[2].table",
        "add.destinations[3]",
        "remove.destinations[0].tabel",
    }
    assert "account" in found["acount"]
    assert "table" in found["remove.destinations[0].tabel"]
    assert not Destination.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "add",
        5,
        {},
        {"account": 1},
        {"add": None},
        {"add": []},
        {"add": {}},
        {"add": {"destinations": None}},
        {"add": {"destinations": {}}},
        {"add": {"destinations": [PAGES]}, "account": True},
        {"add": {"destinations": [PAGES]}, "account": 0},
        {"add": {"destinations": [PAGES]}, "account": -1},
        {"add": {"destinations": [PAGES]}, "account": 1.0},
        {"add": {"destinations": [PAGES]}, "account": 2**53},
        {"add": {"destinations": [PAGES]}, "account": 10**30},
        {"add": {"destinations": [PAGES]}, "account": None},
        {"add": {"destinations": [PAGES]}, "force": "true"},
        {"add": {"destinations": [PAGES]}, "force": None},
    ],
)
def test_routing__wrong_shape__422(body: Any) -> None:
    an_instance()

    assert_error(a_caller().post("/routing", body), 422)

    assert not Destination.objects.exists()


def test_routing__pair_in_both_lists__422() -> None:
    an_instance()

    response = a_caller().post(
        "/routing", {"add": {"destinations": [ORDERS, PAGES]}, "remove": {"destinations": [PAGES]}}
    )

    assert problems(response) == {"remove.destinations[0]": "reactor/page_views is in both lists"}
    assert not Destination.objects.exists()


def test_routing__used_by_the_live_version__409_unless_forced() -> None:
    instance = an_instance()
    api = a_caller()
    api.post("/routing", {"add": {"destinations": [PAGES, ORDERS]}})
    LiveSummary.objects.create(instance=instance, version=3, tables=[["reactor", "page_views"]])
    removal = {"destinations": [PAGES, ORDERS]}

    refused = api.post("/routing", {"remove": removal})
    still_there = api.get("/routing").json()["count"]
    forced = api.post("/routing", {"remove": removal, "force": True})

    assert_error(refused, 409, says="live version 3 uses reactor/page_views")
    assert still_there == 2
    assert forced.json()["destinations"] == []


def test_routing__several_instances__the_error_lists_them() -> None:
    an_instance(1, 8)
    an_instance(1, 9)

    response = a_caller().post("/routing", {"add": {"destinations": [PAGES]}})

    body = assert_error(response, 422, says="say which instance: 1/8, 1/9")
    assert [problem["message"] for problem in body["errors"]] == ["1/8", "1/9"]


def test_routing__no_instance__says_so() -> None:
    assert_error(a_caller().get("/routing"), 422, says="there is no instance yet")


def test_routing__unknown_instance__404() -> None:
    an_instance(1, 8)

    assert_error(a_caller().get("/routing?instance=9"), 404, says="1/9")


def test_routing__list__in_pages_sorted() -> None:
    an_instance()
    api = a_caller()
    tables = [{"database": "abc", "table": f"table_{number:02}"} for number in range(25)]
    api.post("/routing", {"add": {"destinations": tables}})

    first = api.get("/routing?account=1&instance=8&page_size=10").json()
    last = api.get("/routing?page_size=10&page=3").json()

    assert (first["count"], first["previous"], first["destinations"]) == (25, None, tables[:10])
    assert "page=2" in first["next"]
    assert (last["next"], last["destinations"]) == (None, tables[20:])


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=last", "page"),
        ("page=%D9%A1", "page"),
        ("page=99999999999999999999", "page"),
        ("page_size=0", "page_size"),
        ("page_size=1001", "page_size"),
        ("page_size=", "page_size"),
        ("account=one", "account"),
        ("account=1&account=2", "account"),
        ("account=0", "account"),
        ("account=9007199254740992", "account"),
        ("instance=8%00", "instance"),
        ("instence=8", "instence"),
        ("format=html", "format"),
    ],
)
def test_routing__bad_query__422_names_the_parameter(query: str, path: str) -> None:
    an_instance()

    assert list(problems(a_caller().get(f"/routing?{query}"))) == [path]


def test_routing__page_behind_the_last__404() -> None:
    an_instance()

    assert_error(a_caller().get("/routing?page=2"), 404)
