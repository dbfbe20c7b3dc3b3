"""The keys of an instance's account on the pages of that instance, and what stops with the last of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from routing.models import Instance
from tests.console.pages import Holder, StaffWith, Visitor
from tests.world import a_key, an_instance
from tokens.models import ApiKey


def keys_tab(visitor: Visitor, instance: Instance) -> list[str]:
    page = visitor.get("routing_instance_change", instance.pk)
    return [link for link in page.links if link.endswith("/apikey/?q=1/8")]


def revoking(visitor: Visitor, name: str) -> str:
    return visitor.get("key_revoke", ApiKey.objects.get(name=name).pk).text


@pytest.fixture
def only_key(instance: Instance) -> Instance:
    """The instance, whose account has one key, `ingest`, that lets in events."""
    ApiKey.objects.all().delete()
    a_key("ingest", name="ingest")
    return instance


def test_keys_tab__leads_to_the_keys_of_the_account_with_the_instances_head(
    staff: Visitor, holder: Holder, instance: Instance
) -> None:
    a_key("ingest", account=2, name="of another")
    for visitor in (staff, holder("viewer")):
        [url] = keys_tab(visitor, instance)
        page = visitor.get(url)
        assert "1/8 Engine 8" in page.text
        assert ApiKey.objects.get(account=1).name in page.text
        assert "of another" not in page.text
        assert "those of account 1 let in the events of all its instances" in page.text


def test_keys_tab__without_permission__is_not_there(staff_with: StaffWith, instance: Instance) -> None:
    assert keys_tab(staff_with("routing.view_instance"), instance) == []


def test_new_key__from_the_keys_of_an_instance__is_for_its_account(staff: Visitor, instance: Instance) -> None:
    page = staff.get("tokens_apikey_add", _changelist_filters="q=1/8")
    assert page.fields["account"] == "1"


def test_revoking_the_last_ingest_key__names_the_instances_that_stop(staff: Visitor, only_key: Instance) -> None:
    a_key("provision")
    a_key("ingest", account=2)
    assert "It is the last ingest key of account 1: these instances stop getting events: 1/8 Engine 8." in revoking(
        staff, "ingest"
    )


def test_revoking_a_key__others_that_are_over_do_not_count(staff: Visitor, only_key: Instance) -> None:
    a_key("ingest", name="revoked")
    ApiKey.objects.filter(name="revoked").update(revoked_at=timezone.now())
    a_key("ingest", name="expired", expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.filter(name="expired").update(expires_at=timezone.now() - timedelta(days=1))
    assert "the last ingest key" in revoking(staff, "ingest")


def test_revoking_a_key__another_does_the_same__stops_nothing(staff: Visitor, only_key: Instance) -> None:
    a_key("ingest", name="second")
    a_key("ingest_public", name="browsers")
    for name in ("ingest", "second", "browsers"):
        assert "It is the last" not in revoking(staff, name)


def test_revoking_the_last_key_of_servers__says_that_browsers_go_on(staff: Visitor, only_key: Instance) -> None:
    a_key("ingest_public", name="browsers")
    assert "these instances get events on /public only: 1/8 Engine 8." in revoking(staff, "ingest")
    assert "It is the last" not in revoking(staff, "browsers")


def test_revoking_the_last_key__many_instances__names_some(staff: Visitor, only_key: Instance) -> None:
    for number in range(20, 27):
        an_instance(1, number)
    text = revoking(staff, "ingest")
    assert "1/8 Engine 8, 1/20 Engine 20" in text
    assert "1/23 Engine 23 and more." in text
