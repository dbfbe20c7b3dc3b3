from __future__ import annotations

import pytest

from routing.models import Instance
from tests.console.pages import StaffWith, Visitor
from tests.world import an_instance

LISTS = {
    "routing_destination_changelist": "Destinations",
    "tokens_accesstoken_changelist": "Tokens",
    "provisioning_configurationversion_changelist": "Versions",
    "provisioning_push_changelist": "Pushes",
}


@pytest.mark.parametrize(("route", "tab"), LISTS.items())
def test_list_of_one_instance__opened__keeps_its_head_and_tabs(
    staff: Visitor, instance: Instance, route: str, tab: str
) -> None:
    source = staff.get(route, q="1/8").source
    assert 'aria-label="Pages of this instance"' in source
    assert f' aria-current="page">{tab}</a>' in source


@pytest.mark.parametrize("query", ["", "web", "9/9", "1/8 web"])
def test_list_of_several__opened__has_no_head_of_one(staff: Visitor, instance: Instance, query: str) -> None:
    assert "Pages of this instance" not in staff.get("tokens_accesstoken_changelist", q=query).source


def test_list_of_one_instance__for_staff_who_may_not_see_it__has_no_head(
    staff_with: StaffWith, instance: Instance
) -> None:
    page = staff_with("tokens.view_accesstoken").get("tokens_accesstoken_changelist", q="1/8")
    assert page.status == 200
    assert "Engine 8" not in page.text


def test_empty_list_of_one_instance__opened__leads_to_the_first_row(staff: Visitor) -> None:
    an_instance()
    page = staff.get("tokens_accesstoken_changelist", q="1/8")
    assert "No access token yet in 1/8" in page.text
    assert "/admin/tokens/accesstoken/add/?instance=1/8" in page.links


@pytest.mark.parametrize("route", ["tokens_accesstoken_add", "routing_destination_add"])
@pytest.mark.parametrize(
    ("filters", "start"), [("q=1%2F8", "1/8"), ("q=1/8&state=active", "1/8"), ("q=web", ""), ("", ""), ("%", "")]
)
def test_form__opened_from_the_list_of_one_instance__starts_with_it(
    staff: Visitor, instance: Instance, route: str, filters: str, start: str
) -> None:
    assert staff.get(route, _changelist_filters=filters).fields["instance"] == start
