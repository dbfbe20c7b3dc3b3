"""add_instance."""

from __future__ import annotations

import pytest

from routing.models import Account, Instance
from tests.commands.conftest import Run


@pytest.mark.django_db
def test_add_instance__nothing_there__account_and_instance(run: Run) -> None:
    ran = run("add_instance", "1/8", "--name", "Web", "--account-name", "Shop")
    assert (ran.stdout, ran.failure) == ("1/8\n", None)
    assert ran.stderr.splitlines() == ["account 1 “Shop” created", "instance 1/8 “Web” created"]
    assert list(Instance.objects.values_list("account__name", "number", "name")) == [("Shop", 8, "Web")]


@pytest.mark.django_db
def test_add_instance__no_names__sensible_ones(run: Run) -> None:
    assert run("add_instance", "12/3").stdout == "12/3\n"
    assert list(Instance.objects.values_list("account__name", "name")) == [("Account 12", "Instance 3")]


def test_add_instance__again__changes_nothing(run: Run, instance: Instance) -> None:
    ran = run("add_instance", "1/8")
    assert (ran.stdout, ran.failure) == ("1/8\n", None)
    assert "instance 1/8 “Web” is there already" in ran.stderr
    assert Instance.objects.get().name == "Web"


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (["1/8", "--name", "App"], "instance 1/8 exists with the name “Web”"),
        (["1/8", "--account-name", "Bank"], "account 1 exists with the name “Shop”"),
        (["1/9", "--account-name", "Bank"], "account 1 exists with the name “Shop”"),
        (["1/9", "--region", "mars"], "the region is one of local"),
    ],
)
def test_add_instance__clash__refused_and_nothing_made(
    run: Run, instance: Instance, arguments: list[str], failure: str
) -> None:
    ran = run("add_instance", *arguments)
    assert ran.stdout == ""
    assert ran.failure is not None
    assert failure in ran.failure
    assert Instance.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "label",
    ["1", "1/", "/8", "1/8/9", "a/b", "1.0/8", "-1/8", "0/8", "1/0", "１/８", "1/8\n", f"1/{'9' * 5000}", f"1/{2**53}"],
)
def test_add_instance__not_a_label__refused(run: Run, label: str) -> None:
    ran = run("add_instance", "--", label)
    assert ran.failure
    assert ran.stdout == ""
    assert not Account.objects.exists()
