"""Recorded visitors: what staff see of somebody's events as they happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from personalization.models import RecordedEvent, Recording
from personalization.recording import digest_of, digesting_key
from routing.models import HistoryEntry, Instance
from tests.console.pages import Visitor
from tests.console.traffic_world import (
    a_recording,
    customer,
)
from tests.world import an_instance

__all__ = ["customer"]


def test_recording__begun__keeps_a_digest_and_nothing_else_of_the_value(staff: Visitor, customer: Instance) -> None:
    page = staff.post("instance_recordings", customer.pk, key="td_client_id", value="anna-0815", note="A complaint")
    assert "Recording for 15 minutes" in page.text
    assert "No event yet" in page.text
    assert "anna-0815" not in page.source
    made = Recording.objects.get()
    key = digesting_key(django_settings.SECRET_KEY)
    assert made.digest == digest_of(key, "1/8", "td_client_id", "anna-0815")
    assert (made.until - made.created_at, made.created_by) == (timedelta(minutes=15), "staff anna")
    assert "by td_client_id" in staff.get("instance_recordings", customer.pk).text


def test_recording__begun_and_removed__stands_in_the_history_without_the_value(
    staff: Visitor, customer: Instance
) -> None:
    staff.post("instance_recordings", customer.pk, key="td_client_id", value="anna-0815", note="A complaint")
    staff.post("instance_recording", customer.pk, Recording.objects.get().pk, action="remove")
    entries = HistoryEntry.objects.filter(kind="person").order_by("pk")
    assert [(entry.what, entry.why, entry.actor, entry.via) for entry in entries] == [
        ("began to record a visitor, by the key td_client_id", "A complaint", "staff anna", "console"),
        ("ended the recording of a visitor", "", "staff anna", "console"),
        ("removed what was recorded of a visitor", "", "staff anna", "console"),
    ]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"key": "td_client_id"}, "This field is required"),
        ({"key": "no name", "value": "x"}, "the name of a key is expected"),
        ({"key": "td_client_id", "value": "null"}, "a key value that identifies somebody is expected"),
        ({"key": "td_client_id", "value": "anna", "note": "it is anna"}, "without the key value"),
        ({"key": "td_client_id", "value": "anna", "note": "complaint (Anna)."}, "without the key value"),
        ({"key": "td_client_id", "value": "4711", "note": "user_4711, again"}, "without the key value"),
        ({"key": "email", "value": "anna@example.com", "note": "<anna@example.com>:"}, "without the key value"),
        ({"key": "td_client_id", "value": "anna-0815", "note": "idANNA-0815x"}, "without the key value"),
    ],
)
def test_recording__of_what_names_nobody__refused(
    staff: Visitor, customer: Instance, form: dict[str, str], says: str
) -> None:
    page = staff.post("instance_recordings", customer.pk, **form)
    assert page.status == 422
    assert says in page.text
    assert not Recording.objects.exists()


def test_recording__of_a_short_value_within_another_word__is_begun(staff: Visitor, customer: Instance) -> None:
    staff.post("instance_recordings", customer.pk, key="td_client_id", value="202", note="ticket 42021 of Susanna")
    assert Recording.objects.get().note == "ticket 42021 of Susanna"


def test_recording__a_fourth_at_once__refused_until_one_ends(staff: Visitor, customer: Instance) -> None:
    for value in ("a1", "a2", "a3"):
        staff.post("instance_recordings", customer.pk, key="td_client_id", value=value)
    refused = staff.post("instance_recordings", customer.pk, key="td_client_id", value="a4")
    assert "3 visitors of this instance are recorded now" in refused.text
    first = Recording.objects.earliest("pk")
    ended = staff.post("instance_recording", customer.pk, first.pk, action="stop")
    assert "The recording has ended" in ended.text
    assert "No event yet" in staff.post("instance_recordings", customer.pk, key="td_client_id", value="a4").text


def test_recording__its_events__each_explained_as_it_happened(staff: Visitor, customer: Instance) -> None:
    made = a_recording(customer, {"td_client_id": "anna"}, {"td_client_id": "anna", "some_key": "dogs"})
    newest = staff.get("instance_recording", customer.pk, made.pk)
    assert "Offers: preferences_known" in newest.text
    assert "This is what was answered, with the profile as it was then." in newest.text
    first = made.events.earliest("pk")
    assert "No offers: no rule matched" in staff.get("instance_recording", customer.pk, made.pk, event=first.pk).text


def test_recording__removed__takes_its_events(staff: Visitor, customer: Instance) -> None:
    made = a_recording(customer, {"td_client_id": "anna"})
    page = staff.post("instance_recording", customer.pk, made.pk, action="remove")
    assert "The recording is removed" in page.text
    assert not RecordedEvent.objects.exists()
    assert staff.get("instance_recording", customer.pk, made.pk).status == 404


def test_recording__that_ended_a_day_ago__is_not_shown_and_goes_with_the_next(
    staff: Visitor, customer: Instance
) -> None:
    made = a_recording(customer, {"td_client_id": "anna"})
    Recording.objects.update(until=timezone.now() - timedelta(hours=25))
    assert staff.get("instance_recording", customer.pk, made.pk).status == 404
    assert "Nobody is recorded" in staff.get("instance_recordings", customer.pk).text
    staff.post("instance_recordings", customer.pk, key="td_client_id", value="anna")
    assert not RecordedEvent.objects.exists()


def test_recording__of_another_instance__404(staff: Visitor, customer: Instance) -> None:
    made = a_recording(customer)
    other = an_instance(2, 1)
    assert staff.get("instance_recording", other.pk, made.pk).status == 404
    assert staff.post("instance_recording", other.pk, made.pk, action="remove").status == 404
    assert Recording.objects.count() == 1
