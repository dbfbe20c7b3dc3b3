"""Why no offers: how far the requests of an instance got, and what is said of each loss."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from personalization.models import RuleFailure, TrafficCount
from routing.models import Instance
from tests.console.pages import StaffWith, Visitor
from tests.console.traffic_world import (
    VIEWER,
    away,
    counted,
    customer,
    refused_preflight,
    rejected,
    stored,
)
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_token

__all__ = ["away", "customer"]


def test_why__no_requests__says_what_to_do_first(staff: Visitor, customer: Instance) -> None:
    page = staff.get("instance_why", customer.pk)
    assert "No requests in 24 hours" in page.text
    assert f"/admin/routing/instance/{customer.pk}/call/" in page.links


def test_why__every_loss__counted_step_by_step_with_its_cause_and_mend(staff: Visitor, customer: Instance) -> None:
    counted(customer, 1000)
    counted(customer, 70, code=3007)
    counted(customer, 5000, "not-monitored", table="page_views")
    counted(customer, 30, "no-key")
    counted(customer, 20, "no-rule")
    counted(customer, 10, "error")
    rejected(customer)
    stored(customer, {"td_client_id": "null", "td_path": "/a"}, {"td_client_id": "7", "cart": "no"})
    RuleFailure.objects.create(
        instance=customer, version=1, rule='offer "preferences_known", rule 1, if', failures=10,
        message="cannot read “length”", first_at=timezone.now(), last_at=timezone.now(),
    )  # fmt: skip
    page = staff.get("instance_why", customer.pk)
    text = page.text
    assert "Most are lost at “Monitored table”: 5,000 of 6,130 requests in 24 hours." in text
    assert "shop/page_views receives events, but is not monitored: did you mean shop/pageviews ?" in text.replace(
        "pageviews?", "pageviews ?"
    )
    assert "pages of https://shop.example.org are refused" in text
    assert "It differs from https://shop.example.com" in text
    assert "td_client_id : identifies nobody in 1 of the 1" in text
    assert "PROFILE.preferences.length > 0 is not true in 1 of the 1" in text
    assert 'offer "preferences_known", rule 1, if (line 20, column 13) failed: cannot read “length”' in text
    token = AccessToken.objects.get(name="web").pk
    assert f"/admin/tokens/accesstoken/{token}/rules/?origin=https://shop.example.org" in page.links
    assert "/admin/routing/destination/add/?instance=1/8&table=shop/page_views" in page.links
    assert f"/admin/routing/instance/{customer.pk}/events/rejected/?code=3007" in page.links
    examples = [link for link in page.links if "/events/one/" in link]
    assert len(examples) == 2
    for link, says in zip(examples, ("no usable value of a key", "no rule matched"), strict=True):
        assert says in staff.get(link).text
    assert {staff.get(link).status for link in page.links if link.startswith(("/admin/tokens", "/admin/routing"))} == {
        200
    }


def test_why__of_one_token_or_table__counts_these_alone(staff: Visitor, customer: Instance) -> None:
    counted(customer, 40)
    counted(customer, 2, "not-monitored", table="others")
    token = AccessToken.objects.get(name="web").pk
    assert "2 of 42 requests" in staff.get("instance_why", customer.pk).text
    assert "2 of 2 requests" in staff.get("instance_why", customer.pk, table="shop/others").text
    assert (
        "Every request in 24 hours was answered" in staff.get("instance_why", customer.pk, table="shop/pageviews").text
    )
    assert "2 of 42 requests in 7 days" in staff.get("instance_why", customer.pk, token=token, period="7d").text
    assert "No requests" in staff.get("instance_why", customer.pk, token=token + 1).text
    for odd in ({"token": "x"}, {"period": "9y"}, {"table": "/"}, {"token": "9" * 30}):
        assert "2 of 42 requests in 24 hours" in staff.get("instance_why", customer.pk, **odd).text


def test_why__events_of_every_kind__can_be_opened_as_examples(staff: Visitor, customer: Instance) -> None:
    counted(customer, 9, "not-monitored", table="page_views")
    counted(customer, 9, "no-key")
    counted(customer, 9)
    stored(customer, *({"td_client_id": "null"} for _ in range(5)), {"td_client_id": "anna", "some_key": "dogs"})
    stored(customer, {"page": "x"}, table="page_views")
    page = staff.get("instance_why", customer.pk)
    examples = [link for link in page.links if "/events/one/" in link]
    assert [link.partition("table=")[2].partition("&")[0] for link in examples] == [
        *("shop/page_views", *["shop/pageviews"] * 4),
    ]
    assert "Offers: preferences_known" in staff.get(examples[-1]).text
    assert "Got this far" in page.text


def test_why__one_token_and_table__leads_to_their_requests_that_were_turned_away(
    staff: Visitor, customer: Instance
) -> None:
    counted(customer, 70, code=3007)
    counted(customer, 7, code=3004)
    other = issue_token(instance=customer, name="other", actor=ACTOR).row
    for token, table in ((None, "pageviews"), (other.pk, "pageviews"), (None, "orders")):
        rejected(customer, reason=f"of {token} to {table}", table=table, **{"token": token} if token else {})
    token = AccessToken.objects.get(name="web").pk
    page = staff.get("instance_why", customer.pk, token=token, table="shop/pageviews")
    assert "77 lost here: 70 with code 3007" in page.text
    link = f"/admin/routing/instance/{customer.pk}/events/rejected/?code=3007&token={token}&table=shop/pageviews"
    assert link in page.links
    text = staff.get(link).text
    assert [each in text for each in ("None to pageviews", f"{other.pk} to pageviews", "None to orders")] == [
        *(True, False, False),
    ]
    assert f"{other.pk} to pageviews" in staff.get("instance_rejections", customer.pk, token=other.pk).text
    assert "No such request" in staff.get("instance_rejections", customer.pk, token="0").text
    assert staff.get("instance_rejections", customer.pk, token="77").status == 422


def test_why__rule_that_fails_beside_an_offer__is_told_with_an_example(staff: Visitor, customer: Instance) -> None:
    counted(customer, 9, failed=4)
    RuleFailure.objects.create(
        instance=customer, version=1, rule='offer "preferences_known", rule 1, if', failures=4,
        message="cannot read “length”", first_at=timezone.now(), last_at=timezone.now(),
    )  # fmt: skip
    text = staff.get("instance_why", customer.pk).text
    assert "None lost here, but some rules failed where others gave an offer" in text
    assert "failed: cannot read “length”" in text


def test_why__event_store_away__still_tells_the_counts(
    staff: Visitor, customer: Instance, settings: Settings, away: str
) -> None:
    counted(customer, 3, "no-key")
    settings.EVENT_STORE = away
    text = staff.get("instance_why", customer.pk).text
    assert "The event store cannot be reached now" in text
    assert "3 of 3 requests" in text


def test_why__to_who_may_not_mend_it__has_no_links_and_no_values(staff_with: StaffWith, customer: Instance) -> None:
    counted(customer, 70, code=3007)
    counted(customer, 30, "no-key")
    rejected(customer)
    stored(customer, {"td_client_id": "null", "td_path": "/secret-page"})
    page = staff_with(*VIEWER).get("instance_why", customer.pk)
    assert "is not on the list of the token “web”" in page.text
    assert "Change its rules" not in page.text
    assert "/events/one/" not in page.source
    assert "secret-page" not in page.source


def test_why__many_rows__takes_few_queries_and_little_time(staff: Visitor, customer: Instance) -> None:
    start = timezone.now().replace(second=0, microsecond=0)
    TrafficCount.objects.bulk_create(
        TrafficCount(
            instance=customer, span=60, start=start - timedelta(minutes=1 + number % 1000), database="shop",
            table=f"table_{number // 1000}", code=200, reason="not-monitored", requests=number,
        )
        for number in range(20_000)
    )  # fmt: skip
    counted(customer, 70, code=3007)
    counted(customer, 30, "error", failed=30)
    rejected(customer)
    for number in range(60):
        refused_preflight(f"https://site-{number}.example.com")
        rejected(None, 3000 + number % 8, token=0)
    with CaptureQueriesContext(connection) as queries:
        assert staff.get("instance_why", customer.pk).status == 200
    assert len(queries) <= 12, "\n".join(query["sql"] for query in queries)
