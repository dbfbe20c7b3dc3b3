from __future__ import annotations

import re
from html import escape

import pytest

from routing.models import Instance
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR
from tokens.services import issue_token

RAW = "7d1f2c0b9a8e4f6d8c5b4a3928170605"
VIEWER = ("provisioning.view_draft", "provisioning.change_draft", "routing.view_instance")


def _checked(visitor: Visitor, instance: Instance, text: str) -> Page:
    return visitor.post("instance_draft", instance.pk, text=text, revision=0, action="check")


def _links(page: Page) -> set[str]:
    return {link for link in page.links if re.search(r"/add/\?instance=1/8", link)}


@pytest.mark.parametrize(
    ("entry", "query"),
    [
        ("- name: web", "instance=1/8&name=web"),
        ("- name: web # the site", "instance=1/8&name=web"),
        ('- name: "web: 1"', "instance=1/8&name=web%3A+1"),
        ("- {name: web}", "instance=1/8&name=web"),
        (f"- {RAW}", "instance=1/8"),
        (f"- '{RAW}'", "instance=1/8"),
        ("- sha256:" + "0" * 64, "instance=1/8"),
    ],
)
def test_problems__unknown_token__lead_to_the_form_that_issues_it(
    staff: Visitor, instance: Instance, entry: str, query: str
) -> None:
    page = _checked(staff, instance, SHOP.replace("- name: web", entry))
    assert _links(page) == {f"/admin/tokens/accesstoken/add/?{query}"}
    assert not any(RAW in link for link in page.links)
    assert "POST /tokens" not in page.source.split("c-more")[0]


def test_problems__unknown_token_with_a_likely_slip__keep_the_advice(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="website", actor=ACTOR)
    page = _checked(staff, instance, SHOP.replace("name: web", "name: webiste"))
    assert "Did you mean website ?" in page.text.replace("website?", "website ?")
    assert _links(page) == {"/admin/tokens/accesstoken/add/?instance=1/8&name=webiste"}


def test_problems__unregistered_table__lead_to_its_registration(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    page = _checked(staff, instance, SHOP.replace("table: pageviews", "table: orders"))
    assert _links(page) == {"/admin/routing/destination/add/?instance=1/8&table=shop/orders"}
    form = staff.get("routing_destination_add", instance="1/8", table="shop/orders")
    assert form.fields["tables"] == "shop/orders"


def test_problems__for_staff_who_may_not_issue__have_the_advice_without_the_link(
    staff_with: StaffWith, instance: Instance
) -> None:
    page = _checked(staff_with(*VIEWER), instance, SHOP)
    assert "no token of this name was issued" in page.text
    assert _links(page) == set()


def test_token_form__opened_for_a_name__has_it_filled_in(staff: Visitor, instance: Instance) -> None:
    fields = staff.get("tokens_accesstoken_add", instance="1/8", name="web eu").fields
    assert (fields["instance"], fields["name"]) == ("1/8", "web eu")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    table: pageviews", "    tabel: pageviews"),
        ("    table: pageviews", "    Table: pageviews"),
        ("    type: list", "    type: lists"),
        ("      - event: pageview", "      - event: pageviw"),
        ("    if: EVENT.some_key != null", "    if: EVNT.some_key != null"),
        ("        if: PROFILE.preferences.length > 0", "        if: PROFILE.preference.length > 0"),
    ],
)
def test_problems__mechanical__come_with_the_mended_line(
    staff: Visitor, instance: Instance, right: str, wrong: str
) -> None:
    page = _checked(staff, instance, SHOP.replace(right, wrong))
    assert f'data-mend="{escape(right)}" data-at="{SHOP[: SHOP.index(right)].count(chr(10)) + 1}"' in page.source


def test_problems__not_mechanical__come_without_one(staff: Visitor, instance: Instance) -> None:
    page = _checked(staff, instance, SHOP.replace("type: list", "type: 17"))
    assert "data-mend" not in page.source


def test_problems__many__show_the_first_and_fold_the_rest(staff: Visitor, instance: Instance) -> None:
    offers = "".join(f"  - name: o{number}\n    set: []\n" for number in range(20))
    page = _checked(staff, instance, "offers:\n" + offers)
    shown, folded = page.source.split('<details class="c-more" data-fold="rest">', 1)
    assert shown.count('class="c-problem c-') == 6
    count = folded.count('class="c-problem c-')
    assert count >= 14
    assert f"{count} more" in page.text


def test_problems__any__come_with_a_report_for_the_customers_engineer(staff: Visitor, instance: Instance) -> None:
    page = _checked(staff, instance, SHOP.replace("type: list", "type: lists").replace("name: web", RAW))
    report = re.search(r'<pre id="report"[^>]*>(.*?)</pre>', page.source, re.DOTALL)
    assert report
    assert report[1].startswith("Configuration of instance 1/8: ")
    assert "type: lists" in report[1]
    assert RAW not in report[1]


def test_problems__of_a_push__have_the_same_links(staff: Visitor, instance: Instance) -> None:
    staff.post("instance_draft", instance.pk, text=SHOP, revision=0, action="save")
    page = staff.get("instance_push", instance.pk)
    assert _links(page) == {"/admin/tokens/accesstoken/add/?instance=1/8&name=web"}
