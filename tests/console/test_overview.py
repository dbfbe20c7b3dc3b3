"""The first page and an instance's traffic: figures of the endpoint, and what needs attention with its next step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from personalization.models import InstanceTraffic
from provisioning.approvals import decide, request_approval, set_push_policy
from provisioning.models import ScheduledPush
from provisioning.schedules import plan_push, run_due
from provisioning.services import push_version, upload_configuration
from routing.models import Destination, Instance
from routing.role_services import give_role
from routing.services import change_destinations
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.console.traffic import be_busy, come, fail, run_process
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_token, revoke, rotate_key


@pytest.fixture
def live(instance: Instance) -> Instance:
    """Instance 1/8 with version 1 live."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    return Instance.objects.select_related("live_summary").get(pk=instance.pk)


def attention(page_text: str) -> str:
    """What stands between that heading and the next one."""
    found = re.search(r"What needs attention(.*?)(The last 24 hours|What is live)", page_text)
    return found[1] if found else ""


def test_overview__instance_with_traffic__shows_its_last_day(staff: Visitor, live: Instance) -> None:
    come(live, 1_200)
    come(live, 34, reason="no-key", ago=timedelta(hours=20))
    come(live, 5, code=3001)
    come(live, 99, ago=timedelta(hours=25))
    run_process(live)
    run_process(live, version=2)
    page = staff.get("index")
    assert "1,234 events, 1,200 of them answered with offers, 0 errors, 5 refused" in page.text
    row = page.text[page.text.index("1/8 Engine 8 Customer 1") :]
    assert re.search(r"version 1 on 1 of 2 processes .* 1,234 1,200 0 5 4\.9 ms", row), row
    assert f"/admin/routing/instance/{live.pk}/traffic/" in page.links


def test_overview_and_traffic__rule_that_fails_beside_an_offer__is_an_error(staff: Visitor, live: Instance) -> None:
    come(live, 1_200)
    come(live, 300, failed=True)
    page = staff.get("index")
    assert "1,500 events, 1,500 of them answered with offers, 300 errors" in page.text
    assert re.search(r"nothing live|version 1.* 1,500 1,500 300 0 ", page.text)
    assert "1,500 of them answered with offers; 300 errors" in staff.get("instance_traffic", live.pk).text


def test_overview__first_event__is_not_told_in_the_chart_and_denied_in_the_list(staff: Visitor, live: Instance) -> None:
    come(live, 7)
    InstanceTraffic.objects.all().delete()
    text = staff.get("index").text
    assert re.search(
        r"7 events, 7 of them answered with offers, 0 errors, 0 refused requests, to \d\d:\d\d UTC\.", text
    )
    assert "the first events came: counted within a minute" in text


def test_overview__chart_and_list__say_to_when_they_tell(staff: Visitor, live: Instance) -> None:
    come(live, 7)
    InstanceTraffic.objects.update(updated_at=timezone.now().replace(hour=4, minute=5))
    text = staff.get("index").text
    assert "to 04:05 UTC: they are a minute old" in text
    assert "the first events came" not in text


def test_overview__nothing_wrong__has_no_list_of_needs(staff: Visitor, live: Instance) -> None:
    run_process(live)
    assert "What needs attention" not in staff.get("index").text


def test_overview__everything_wrong__names_each_with_its_next_step(staff: Visitor, live: Instance) -> None:
    be_busy(live)
    other = an_instance(2, 1)
    run_process(live, ago=timedelta(minutes=10), host="web-2")
    page = staff.get("index")
    text = attention(page.text)
    for said in (
        'offer "preferences_known", rule 1, if failed 12 times: cannot read length of undefined',
        "shop/page_views receives events, but is not monitored: did you mean shop/pageviews ?",
        "The token “web” expires.",
        "The token “web” was never used.",
        "The offer “winter” ended.",
        "2/1 Engine 1 Nothing is live.",
        "Process web-2/7 fell silent",
        "No process of the endpoint reports itself",
    ):
        assert said in text, (said, text)
    token = AccessToken.objects.get().pk
    for link in (
        f"/admin/routing/instance/{live.pk}/draft/",
        "/admin/routing/destination/add/?instance=1/8&table=shop/page_views",
        f"/admin/tokens/accesstoken/{token}/rotate/",
        f"/admin/routing/instance/{live.pk}/offers/",
        f"/admin/routing/instance/{other.pk}/change/",
    ):
        assert any(each.replace("%2F", "/") == link for each in page.links), link


def test_overview__waiting_for_a_second_person__is_named_until_it_is_pushed(staff: Visitor, live: Instance) -> None:
    run_process(live)
    set_push_policy(instance=live, approval_required=True, actor="staff anna")
    upload_configuration(instance=live, text=SHOP + "# changed\n", actor="staff anna")
    request = request_approval(instance=live, version=2, actor="staff anna")
    page = staff.get("index")
    assert "Version 2 waits for approval; staff anna asked." in attention(page.text)
    assert f"/admin/routing/instance/{live.pk}/approval/" in page.links
    decide(request=request, approve=True, actor="staff ben")
    assert "Version 2 is approved and not pushed yet; staff anna asked." in attention(staff.get("index").text)
    push_version(instance=live, version=2, actor="staff anna")
    assert "What needs attention" not in staff.get("index").text


def test_overview__planned_push_that_is_held__is_named_until_the_next_push(staff: Visitor, live: Instance) -> None:
    run_process(live)
    upload_configuration(instance=live, text=SHOP + "# later\n", actor="staff anna")
    at = timezone.now() + timedelta(hours=1)
    plan_push(instance=live, version=2, at=at, actor="staff anna")
    upload_configuration(instance=live, text=SHOP + "# now\n", actor="staff ben", push=True)
    assert "is held" not in staff.get("index").text
    ScheduledPush.objects.update(at=timezone.now() - timedelta(minutes=1))
    assert [carried.schedule.state for carried in run_due()] == ["held"]
    page = staff.get("index")
    assert "The planned push of version 2 is held: " in attention(page.text)
    assert f"/admin/routing/instance/{live.pk}/versions/2/push/" in page.links
    upload_configuration(instance=live, text=SHOP + "# next\n", actor="staff ben", push=True)
    assert "is held" not in staff.get("index").text


def test_overview__destination_without_events__is_named_after_a_week(staff: Visitor, live: Instance) -> None:
    run_process(live)
    Destination.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert "No event of shop/pageviews came in the last 7 days." in staff.get("index").text
    come(live, 1)
    assert "No event of" not in staff.get("index").text


@pytest.mark.parametrize("change", ["old", "other version"])
def test_overview__rule_that_failed_once__is_no_news(staff: Visitor, live: Instance, change: str) -> None:
    run_process(live)
    ago = timedelta(days=2) if change == "old" else timedelta()
    fail(live, at=timezone.now() - ago, version=None if change == "old" else 7)
    assert "failed 12 times" not in staff.get("index").text


def test_overview__many_of_one_kind__are_counted_and_paged(staff: Visitor, live: Instance) -> None:
    run_process(live)
    Instance.objects.bulk_create(Instance(account_id=1, number=100 + n, name=f"N{n:03}") for n in range(60))
    page = staff.get("index")
    assert "Instances where nothing is live 5+" in page.text
    assert "?needs=nothing-live" in page.links
    first, second = (staff.get("index", needs="nothing-live", p=str(at)) for at in (1, 2))
    listed = [re.findall(r"N\d\d\d", each.text) for each in (first, second)]
    assert [len(names) for names in listed] == [50, 10]
    assert len({name for names in listed for name in names}) == 60


@pytest.mark.parametrize(
    ("sort", "first"), [("events", "1/2"), ("errors", "1/3"), ("refused", "1/4"), ("newest", "1/4"), ("no", "1/4")]
)
def test_overview__sorted__the_most_stand_first(staff: Visitor, sort: str, first: str) -> None:
    made = [an_instance(1, number) for number in (1, 2, 3, 4)]
    come(made[0], 5)
    come(made[1], 50)
    come(made[2], 7, reason="error")
    come(made[3], 3, code=3001)
    text = staff.get("index", sort=sort).text
    listed = re.findall(r"(1/\d) Engine \d Customer 1", text)
    assert (listed[0], len(listed)) == (first, 4)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "1/8"}, ["1/8"]),
        ({"q": "engine 9"}, ["2/9"]),
        ({"q": "customer 1"}, ["1/8"]),
        ({"q": "2"}, ["2/9"]),
        ({"live": "yes"}, ["1/8"]),
        ({"live": "no"}, ["2/9"]),
        ({"q": "nobody"}, []),
        ({"p": "x", "live": "<b>"}, ["2/9", "1/8"]),
    ],
)
def test_overview__searched__finds_by_label_name_and_customer(
    staff: Visitor, live: Instance, query: dict[str, str], found: list[str]
) -> None:
    an_instance(2, 9)
    page = staff.get("index", **query)
    assert re.findall(r"(\d/\d) Engine \d Customer \d", page.text) == found
    assert ("No such instance" in page.text) == (not found)


def test_overview__of_somebody_with_one_account__tells_of_that_alone(live: Instance) -> None:
    other = an_instance(2, 9)
    change_destinations(instance=other, add=[("shop", "pageviews")], actor=ACTOR)
    issue_token(instance=other, name="web", actor=ACTOR)
    upload_configuration(instance=other, text=SHOP, actor=ACTOR, push=True)
    other = Instance.objects.select_related("live_summary").get(pk=other.pk)
    for each, events in ((live, 11), (other, 700)):
        come(each, events, reason="not-monitored", table="page_views")
        fail(each, at=timezone.now())
    user = User.objects.create_user("carl", password="only for tests", is_staff=True)
    give_role(user=user, role="viewer", account=live.account, actor=ACTOR)
    client = Client()
    client.force_login(user)
    text = Visitor(client).get("index").text
    assert "11 events, 0 of them" in text
    assert "1/8 Engine 8" in text
    assert "2/9" not in text
    assert "2/9" not in Visitor(client).get("index", needs="failing").text


def test_overview__without_permission_for_tokens__says_nothing_of_them(staff_with: StaffWith, live: Instance) -> None:
    be_busy(live)
    text = staff_with("routing.view_instance").get("index").text
    assert "page_views" in text
    assert "“web”" not in text
    assert "failed 12 times" not in text


def test_instance__that_needs_attention__says_so_on_its_page(staff: Visitor, live: Instance) -> None:
    be_busy(live)
    text = staff.get("routing_instance_change", live.pk).text
    assert "did you mean shop/pageviews" in attention(text)
    assert "failed 12 times" in attention(text)
    assert not attention(staff.get("routing_instance_change", an_instance(2, 9).pk).text)


def test_traffic__of_a_busy_instance__tells_what_came_of_requests(staff: Visitor, live: Instance) -> None:
    be_busy(live)
    page = staff.get("instance_traffic", live.pk)
    assert "1,560 events in 24 hours, 1,200 of them answered with offers; 40 errors, 30 refused requests." in page.text
    assert "Half of the requests took at most 3.8 ms" in page.text
    assert "3007 The origin is not on the token's list 30" in page.text
    assert "The table is not a monitored one 20" in page.text
    assert "shop/pageviews 1,540 1,200 30" in page.text
    assert "web 1,560 1,200 30" in page.text
    assert page.source.count('class="c-bar-offered" x=') == 1


@pytest.mark.parametrize(("period", "events"), [("1h", 1), ("24h", 2), ("7d", 3), ("30d", 4), ("other", 2)])
def test_traffic__by_period__counts_what_came_in_it(staff: Visitor, live: Instance, period: str, events: int) -> None:
    for hours in (0.2, 5, 60, 500):
        come(live, 1, ago=timedelta(hours=hours))
    text = staff.get("instance_traffic", live.pk, period=period).text
    assert re.search(rf"\b{events} events? in ", text), text[:3000]


def test_traffic__none__says_what_to_do(staff: Visitor, live: Instance) -> None:
    page = staff.get("instance_traffic", live.pk)
    assert "No requests in 24 hours" in page.text
    assert f"/admin/routing/instance/{live.pk}/call/" in page.links


def test_traffic__of_a_token_that_is_gone__is_still_told(staff: Visitor, live: Instance) -> None:
    come(live, 3, token=987_654)
    assert "deleted token 987654" in staff.get("instance_traffic", live.pk).text


def test_traffic__unknown_instance__is_not_found(staff: Visitor, db: None) -> None:
    assert staff.get("instance_traffic", 77).status == 404


@pytest.mark.parametrize(
    ("arrived", "asked"), [({}, False), ({"reason": "no-key"}, True), ({"code": 3001}, True), (None, False)]
)
def test_overview__requests_refused_or_without_offers__lead_to_why(
    staff: Visitor, live: Instance, arrived: dict[str, object] | None, asked: bool
) -> None:
    if arrived is not None:
        come(live, 1, **arrived)
    assert (f"/admin/routing/instance/{live.pk}/why/" in staff.get("index").links) == asked


@pytest.mark.parametrize("everywhere", [True, False])
def test_overview__administrator__is_offered_new_accounts_where_they_may_add_them(
    live: Instance, everywhere: bool
) -> None:
    user = User.objects.create_user("carl", password="only for tests", is_staff=True)
    give_role(user=user, role="administrator", account=None if everywhere else live.account, actor=ACTOR)
    client = Client()
    client.force_login(user)
    visitor = Visitor(client)
    assert ("/admin/routing/account/add/" in visitor.get("index").links) == everywhere


# Keys that expire


def test_key__about_to_expire__is_told_to_who_may_see_keys(
    staff: Visitor, staff_with: StaffWith, live: Instance
) -> None:
    run_process(live)
    key = ApiKey.objects.get(scope="ingest")
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(days=13))
    page = staff.get("index")
    says = f"The API key “{key.name}” (ingest) expires: no event is taken with it any more."
    assert f"1 Customer 1, the whole account: {says}" in attention(page.text)
    assert f"/admin/tokens/apikey/{key.pk}/change/" in page.links
    assert says in attention(staff.get("routing_instance_change", live.pk).text)
    assert says in staff.get("index", needs="expiring-keys").text
    assert says not in staff_with("routing.view_instance", "tokens.view_accesstoken").get("index").text
    assert says not in attention(staff.get("routing_instance_change", an_instance(2, 9).pk).text)


@pytest.mark.parametrize("state", ["later", "over", "revoked", "succeeded", "never"])
def test_key__that_needs_nothing_now__is_not_told(staff: Visitor, live: Instance, state: str) -> None:
    run_process(live)
    key = ApiKey.objects.get(scope="ingest")
    days = {"later": 15, "over": -1}.get(state, 5)
    ApiKey.objects.update(expires_at=None if state == "never" else timezone.now() + timedelta(days=days))
    key.refresh_from_db()
    if state == "revoked":
        revoke(row=key, actor=ACTOR)
    if state == "succeeded":
        rotate_key(key=key, overlap=timedelta(days=3), actor=ACTOR, expires_at=timezone.now() + timedelta(days=300))
    assert "The API key" not in staff.get("index").text


# More than fits


def test_overview__many_silent_processes__are_all_told(staff: Visitor, live: Instance) -> None:
    for number in range(8):
        run_process(live, ago=timedelta(minutes=10), host=f"web-{number}")
    text = attention(staff.get("index").text)
    assert "3 more processes fell silent" in text
    assert [number for number in range(8) if f"web-{number}/" not in text] == []


def test_account__with_many_instances__has_pages(staff: Visitor, live: Instance) -> None:
    Instance.objects.bulk_create(Instance(account_id=1, number=100 + n, name=f"N{n:03}") for n in range(230))
    pages = [staff.get("routing_account_change", 1, p=str(number)) for number in (1, 2, 3)]
    assert "1 to 100 of 231." in pages[0].text
    assert "?p=2" in pages[0].links
    assert "201 to 231 of 231." in pages[2].text
    names = [name for page in pages for name in re.findall(r"N\d\d\d", page.text)]
    assert len(names) == len(set(names)) == 230
    assert "No more instances" in staff.get("routing_account_change", 1, p="9").text
    assert " of 1." not in staff.get("routing_account_change", an_instance(2, 9).account_id, p="x").text


def test_instance__with_many_versions_tokens_and_tables__leads_to_all(staff: Visitor, live: Instance) -> None:
    for number in range(11):
        upload_configuration(instance=live, text=f"{SHOP}# {number}\n", actor=ACTOR)
        issue_token(instance=live, name=f"t{number}", actor=ACTOR)
    change_destinations(instance=live, add=[("shop", f"table_{number}") for number in range(11)], actor=ACTOR)
    page = staff.get("routing_instance_change", live.pk)
    for route in ("provisioning/configurationversion", "tokens/accesstoken", "routing/destination"):
        assert f"/admin/{route}/?q=1/8" in page.links
