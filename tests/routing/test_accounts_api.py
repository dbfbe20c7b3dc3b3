"""`/accounts` and `/instances`."""

from __future__ import annotations

from typing import Any

import pytest

from routing.models import Account, Instance, LiveSummary
from tests.http import assert_error, problems
from tests.world import a_caller, an_account, an_instance

pytestmark = pytest.mark.django_db


def test_accounts__create__201_then_200() -> None:
    operator = a_caller("operator", account=1)

    first = operator.post("/accounts", {"account": 7, "name": "Shop"})
    again = operator.post("/accounts", {"account": 7, "name": "Shop"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert {key: first.json()[key] for key in ("account", "name")} == {"account": 7, "name": "Shop"}


def test_accounts__another_name__409() -> None:
    operator = a_caller("operator", account=1)

    assert_error(operator.post("/accounts", {"account": 1, "name": "Shop"}), 409, says="Customer 1")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"account": 0, "name": "x"}, "account"),
        ({"account": 2**53, "name": "x"}, "account"),
        ({"account": "7", "name": "x"}, "account"),
        ({"account": True, "name": "x"}, "account"),
        ({"account": 7.0, "name": "x"}, "account"),
        ({"name": "x"}, "account"),
        ({"account": 7}, "name"),
        ({"account": 7, "name": ""}, "name"),
        ({"account": 7, "name": "  "}, "name"),
        ({"account": 7, "name": 7}, "name"),
        ({"account": 7, "name": None}, "name"),
        ({"account": 7, "name": "x" * 257}, "name"),
        ({"account": 7, "name": "x", "nmae": "y"}, "nmae"),
    ],
)
def test_accounts__bad_field__422(body: dict[str, Any], path: str) -> None:
    assert list(problems(a_caller("operator").post("/accounts", body))) == [path]


def test_accounts__largest_number__created() -> None:
    response = a_caller("operator").post("/accounts", {"account": 2**53 - 1, "name": "x" * 256})

    assert response.status_code == 201
    assert Account.objects.filter(number=2**53 - 1).exists()


def test_accounts__list__only_what_the_key_reaches() -> None:
    an_account(1)
    an_account(2)

    own = a_caller(account=1).get("/accounts").json()
    every = a_caller("operator", account=1).get("/accounts").json()

    assert [row["account"] for row in own["results"]] == [1]
    assert [row["account"] for row in every["results"]] == [1, 2]


def test_instances__create__201_then_200() -> None:
    an_account(3)
    operator = a_caller("operator", account=1)
    body = {"account": 3, "instance": 9, "name": "Web shop"}

    first = operator.post("/instances", body)
    again = operator.post("/instances", body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["account"], first.json()["instance"], first.json()["region"]) == (3, 9, "local")
    assert first.json()["endpoint"].startswith("http://127.0.0.1")


def test_instances__everything_given__kept() -> None:
    body = {
        "instance": 9,
        "name": "Web shop",
        "region": "local",
        "contact": "shop@example.com",
        "notes": "two lines\nof notes",
    }

    made = a_caller("operator", account=1).post("/instances", body).json()

    assert {key: made[key] for key in body} == body
    assert made["account"] == 1


def test_instances__another_name__409() -> None:
    an_instance(1, 8)

    response = a_caller("operator").post("/instances", {"account": 1, "instance": 8, "name": "Other"})

    assert_error(response, 409, says="Engine 8")


def test_instances__unknown_account__404() -> None:
    response = a_caller("operator").post("/instances", {"account": 99, "instance": 8, "name": "Other"})

    assert_error(response, 404, says="no account 99")


def test_instances__unknown_region__422_with_the_known_ones() -> None:
    body = {"account": 1, "instance": 8, "name": "x", "region": "mars"}

    assert problems(a_caller("operator").post("/instances", body)) == {"region": "one of local is expected"}


def test_instances__same_number_in_two_accounts__two_instances() -> None:
    an_instance(1, 8)
    an_instance(2, 8)

    assert Instance.objects.filter(number=8).count() == 2


def test_instances__list__shows_the_live_version() -> None:
    LiveSummary.objects.create(instance=an_instance(1, 8), version=4)
    an_instance(1, 9)
    an_instance(2, 1)

    rows = a_caller(account=1).get("/instances").json()["results"]

    assert [(row["instance"], row["live_version"]) for row in rows] == [(8, 4), (9, None)]


@pytest.mark.parametrize(
    ("path", "body"), [("/accounts", {"account": 5, "name": "x"}), ("/instances", {"instance": 5, "name": "x"})]
)
def test_creating__provision_key__403(path: str, body: dict[str, Any]) -> None:
    assert_error(a_caller("provision").post(path, body), 403, says="operator")
    assert not Account.objects.filter(number=5).exists()
    assert not Instance.objects.exists()
