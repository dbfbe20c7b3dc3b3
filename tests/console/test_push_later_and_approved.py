"""Approval by a second person, planned pushes, and pausing, as staff do them in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot_loader import SnapshotLoader
from provisioning.approvals import set_push_policy
from provisioning.models import ApprovalRequest, Draft, Push, PushPolicy, ScheduledPush
from provisioning.schedules import run_due
from provisioning.selectors import live_version
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_token

LATER = SHOP.replace("> 0", "> 1")
SWITCH = "?section=offers&name=preferences_known"
APPROVER = ("provisioning.change_approvalrequest", "provisioning.view_approvalrequest", "routing.view_instance")


@pytest.fixture
def shop(instance: Instance) -> Instance:
    """Instance 1/8, version 1 live, a draft that differs."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    save_draft(instance=instance, text=LATER, revision=None, actor="staff anna")
    return instance


@pytest.fixture
def guarded(shop: Instance) -> Instance:
    """The same, where a second person has to approve."""
    set_push_policy(instance=shop, approval_required=True, actor=ACTOR)
    return shop


def send(staff: Visitor, page: Page, query: str = "", **form: Any) -> Page:
    seen = {name: page.fields[name] for name in ("if_match", "revision", "request") if name in page.fields}
    return staff.post(page.url, query=query, **{"note": "", **seen, **form})


def live(instance: Instance) -> int:
    version = live_version(instance)
    assert version is not None
    return version.number


def test_approval__asked_and_given_by_two_people__then_pushed(
    staff: Visitor, staff_with: StaffWith, guarded: Instance
) -> None:
    page = staff.get("instance_push", guarded.pk)
    assert "need the approval of a second person" in page.text
    assert "Ask for approval" in page.text
    asked = send(staff, page, action="ask", note="spring")
    assert "waits for approval" in asked.text
    assert "Another person has to approve it" in asked.text
    assert "Approve version 2" not in asked.text
    assert "waits for the approval of a second person" in staff.get("routing_instance_change", guarded.pk).text

    ben = staff_with(*APPROVER)
    look = ben.get("instance_approval", guarded.pk)
    assert "condition changed from" in look.text
    assert "spring" in look.text
    approved = send(ben, look, action="approve", reason="fine")
    assert "Version 2 is approved." in approved.text
    assert live(guarded) == 1

    push = staff.get("instance_push_version", guarded.pk, 2)
    assert "staff ben approved it" in push.text
    assert "Version 2 is live" in send(staff, push, action="do").text
    assert Push.objects.get(superseded_at=None).approved_by == "staff ben"
    assert "by staff ben" in staff.get("routing_instance_change", guarded.pk).text


WRITER = ("provisioning.change_draft", "routing.view_instance", "provisioning.view_configurationversion")


def test_approval__asked_by_who_may_only_write__is_given_and_pushed_by_one_other(
    staff: Visitor, staff_with: StaffWith, guarded: Instance
) -> None:
    carl = staff_with(*WRITER)
    Draft.objects.all().delete()
    save_draft(instance=guarded, text=LATER, revision=None, actor="staff ben")
    assert "Save and ask for approval…" in carl.get("instance_draft", guarded.pk).text
    assert "Ask for approval…" in carl.get("routing_instance_change", guarded.pk).text
    page = carl.get("instance_push", guarded.pk)
    assert "Ask for approval" in page.text
    assert not [each for each in ("Push later", "Push without approval", "What visitors") if each in page.text]
    asked = send(carl, page, action="ask", note="spring")
    assert "waits for approval" in asked.text
    assert "Take it back" in asked.text
    approved = send(staff, staff.get("instance_approval", guarded.pk), action="approve")
    assert "Push version 2…" in approved.text
    waiting = carl.get("instance_push_version", guarded.pk, 2)
    assert "Somebody who may push makes it live" in waiting.text
    assert "Ask for approval" not in waiting.text
    send(staff, staff.get("instance_push_version", guarded.pk, 2), action="do")
    assert live(guarded) == 2


@pytest.mark.parametrize("form", [{"action": "do"}, {}, {"action": "do", "break_glass": "x"}, {"action": "plan"}])
def test_push__by_who_may_only_write__is_refused_however_it_is_sent(
    staff_with: StaffWith, guarded: Instance, form: dict[str, str]
) -> None:
    carl = staff_with(*WRITER)
    day = (timezone.now() + timedelta(days=20)).date()
    later = {"at": f"{day}T09:30", "zone": "UTC"} if form.get("action") == "plan" else {}
    upload_configuration(instance=guarded, text=f"{SHOP}# 2\n", actor=ACTOR)
    for page in (carl.get("instance_push", guarded.pk), carl.get("instance_push_version", guarded.pk, 2)):
        assert send(carl, page, **form, **later).status == 403
    switched = carl.get("instance_switch", guarded.pk, section="offers", name="preferences_known")
    assert send(carl, switched, SWITCH, **form, **later).status == 403
    assert (live(guarded), ScheduledPush.objects.count(), ApprovalRequest.objects.count()) == (1, 0, 0)


def test_pause__by_who_may_only_write__is_asked_for(staff_with: StaffWith, guarded: Instance) -> None:
    carl = staff_with(*WRITER)
    [link] = [each for each in carl.get("instance_offers", guarded.pk).links if "offers/switch" in each]
    asked = send(carl, carl.get(link), SWITCH, action="ask")
    assert "waits for approval" in asked.text
    assert live(guarded) == 1


def test_push_page__of_who_may_only_write__is_closed_where_nobody_is_asked(
    staff_with: StaffWith, shop: Instance
) -> None:
    carl = staff_with(*WRITER)
    assert carl.get("instance_push", shop.pk).status == 403
    for name in ("routing_instance_change", "instance_draft", "instance_offers"):
        assert not [each for each in ("approval…", "push…", "Pause…") if each in carl.get(name, shop.pk).text]


def test_approval__own_request_by_a_crafted_form__is_refused(staff: Visitor, guarded: Instance) -> None:
    asked = send(staff, staff.get("instance_push", guarded.pk), action="ask")
    refused = send(staff, asked, action="approve")
    assert refused.status == 403
    assert "another person has to approve" in refused.text
    assert ApprovalRequest.objects.get().state == "open"
    assert "rejected" in send(staff, asked, action="reject", reason="not yet").text


def test_approval__draft_edited_after_it_was_looked_at__is_void_and_said(
    staff: Visitor, staff_with: StaffWith, guarded: Instance
) -> None:
    send(staff, staff.get("instance_push", guarded.pk), action="ask")
    ben = staff_with(*APPROVER)
    look = ben.get("instance_approval", guarded.pk)
    save_draft(instance=guarded, text=SHOP.replace("> 0", "> 2"), revision=1, actor="staff anna")
    refused = send(ben, look, action="approve")
    assert refused.status == 409
    assert "does not wait for approval any more" in refused.text
    assert "the draft was edited by staff anna" in refused.text


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_approval__without_the_permission__decides_nothing(
    staff: Visitor, staff_with: StaffWith, guarded: Instance, action: str
) -> None:
    send(staff, staff.get("instance_push", guarded.pk), action="ask")
    ben = staff_with("provisioning.view_approvalrequest", "routing.view_instance")
    look = ben.get("instance_approval", guarded.pk)
    assert "Your login may not approve" in look.text
    assert send(ben, look, action=action).status == 403
    assert ApprovalRequest.objects.get().state == "open"


def test_break_glass__with_a_reason__pushes_and_shows_it(staff: Visitor, guarded: Instance) -> None:
    page = staff.get("instance_push", guarded.pk)
    refused = send(staff, page, action="do")
    assert refused.status == 409
    assert "a second person has to approve" in refused.text
    send(staff, page, action="do", break_glass="the shop is closed")
    assert live(guarded) == 2
    assert "Pushed without approval the shop is closed" in staff.get("routing_instance_change", guarded.pk).text
    push = Push.objects.get(superseded_at=None)
    assert "the shop is closed" in staff.get("provisioning_push_change", push.pk).text


def test_rollback__where_approval_is_wanted__takes_two_clicks_all_the_same(staff: Visitor, guarded: Instance) -> None:
    send(staff, staff.get("instance_push", guarded.pk), action="do", break_glass="closed")
    page = staff.get("instance_rollback", guarded.pk)
    assert "approval" not in page.text
    send(staff, page)
    assert live(guarded) == 1


def test_policy__changed_in_the_console__holds(staff: Visitor, staff_with: StaffWith, shop: Instance) -> None:
    assert "without asking anybody" in staff.get("instance_details", shop.pk).text
    staff.post("instance_policy", shop.pk, approval_required="on")
    assert PushPolicy.objects.get().approval_required
    assert "A second person approves" in staff.get("instance_details", shop.pk).text
    assert staff_with("provisioning.add_push", "routing.change_instance").get("instance_policy", shop.pk).status == 403


def test_plan__a_time_in_a_zone__waits_and_can_be_called_off(staff: Visitor, shop: Instance) -> None:
    day = (timezone.now() + timedelta(days=20)).date()
    planned = send(staff, staff.get("instance_push", shop.pk), action="plan", at=f"{day}T09:30", zone="Asia/Tokyo")
    assert f"It is planned for {day:%d %b %Y} 00:30 UTC" in planned.text
    schedule = ScheduledPush.objects.get()
    assert (schedule.at.isoformat(), schedule.version.number) == (f"{day}T00:30:00+00:00", 2)
    assert "Version 2 goes live" in planned.text
    assert "Call it off" in planned.text
    assert staff.get("instance_cancel_schedule", shop.pk).status == 405
    assert "is called off" in staff.post("instance_cancel_schedule", shop.pk).text
    assert ScheduledPush.objects.get().state == "cancelled"
    assert "No push is planned" in staff.post("instance_cancel_schedule", shop.pk).text


@pytest.mark.parametrize(
    ("at", "zone", "says"),
    [
        ("", "UTC", "choose a date and a time"),
        ("2020-01-01T10:00", "UTC", "it cannot be planned for then"),
        ("2027-03-28T02:30", "Europe/Berlin", "this time does not exist there"),
        ("2027-10-31T02:30", "Europe/Berlin", "this time comes twice there"),
        ("2027-03-28T12:30", "Europe/Atlantis", "not a known time zone"),
        ("2027-03-28T12:30", "../../etc/passwd", "not a known time zone"),
    ],
)
def test_plan__a_time_that_cannot_be__is_said_and_kept(
    staff: Visitor, shop: Instance, at: str, zone: str, says: str
) -> None:
    page = send(staff, staff.get("instance_push", shop.pk), action="plan", at=at, zone=zone, note="mine")
    assert page.status == 422
    assert says in page.text
    assert (page.fields["at"], page.fields["note"]) == (at, "mine")
    assert not ScheduledPush.objects.exists()


@pytest.mark.parametrize("action", ["do", ""])
def test_push__with_a_time_filled_in__is_not_done_now(staff: Visitor, shop: Instance, action: str) -> None:
    day = (timezone.now() + timedelta(days=20)).date()
    page = send(staff, staff.get("instance_push", shop.pk), action=action, at=f"{day}T09:30", zone="UTC")
    assert page.status == 422
    assert "press “Plan it”, or empty the time" in page.text
    assert page.fields["at"] == f"{day}T09:30"
    assert live(shop) == 1


def test_plan__held__is_said_until_something_is_pushed(staff: Visitor, shop: Instance) -> None:
    day = (timezone.now() + timedelta(days=20)).date()
    send(staff, staff.get("instance_push", shop.pk), action="plan", at=f"{day}T09:30", zone="UTC")
    upload_configuration(instance=shop, text=SHOP.replace("> 0", "> 5"), actor=ACTOR, push=True)
    ScheduledPush.objects.update(at=timezone.now())
    list(run_due())
    assert (
        "is held: another version went live after it was planned" in staff.get("routing_instance_change", shop.pk).text
    )
    upload_configuration(instance=shop, text=SHOP, actor=ACTOR, push=True)
    assert "is held" not in staff.get("routing_instance_change", shop.pk).text


def test_offers__each_with_its_state__is_paused_and_resumed(staff: Visitor, shop: Instance) -> None:
    listed = staff.get("instance_offers", shop.pk)
    assert "preferences_known offer on Pause…" in listed.text
    page = staff.get("instance_switch", shop.pk, section="offers", name="preferences_known")
    assert "+ enabled: false" in page.text
    assert live(shop) == 1
    assert "is live" in send(staff, page, SWITCH, action="do", note="sold out").text
    assert "enabled: false" in Push.objects.get(superseded_at=None).version.text
    assert "enabled: false" in Draft.objects.get().text
    assert "preferences_known offer paused Resume…" in staff.get("instance_offers", shop.pk).text
    again = staff.get("instance_switch", shop.pk, section="offers", name="preferences_known")
    assert "It is paused already" in again.text
    on = staff.get("instance_switch", shop.pk, section="offers", name="preferences_known", on="1")
    send(staff, on, f"{SWITCH}&on=1", action="do")
    assert "enabled: true" in Push.objects.get(superseded_at=None).version.text


TESTED = f"""{SHOP}tests:
  - name: it is on
    steps:
      - post: shop/pageviews
        event: {{td_client_id: a, some_key: b}}
        offers: {{preferences_known: {{preferences: b}}}}
"""


@pytest.mark.parametrize("text", [SHOP, TESTED], ids=["plain", "with a golden test that expects it"])
def test_pause__where_a_second_person_approves__is_asked_for_and_then_done(
    staff: Visitor, staff_with: StaffWith, guarded: Instance, text: str
) -> None:
    upload_configuration(instance=guarded, text=f"{text}# 2\n", actor=ACTOR, push=True, break_glass="a test")
    page = staff.get("instance_switch", guarded.pk, section="offers", name="preferences_known")
    assert "need the approval of a second person" in page.text
    assert "An error has to be mended" not in page.text
    asked = send(staff, page, SWITCH, action="ask", note="sold out")
    assert "A second person is asked to approve it. Nothing is live yet." in asked.text
    assert "sold out" in asked.text
    assert live(guarded) == 2

    ben = staff_with(*APPROVER, "provisioning.add_push")
    approved = send(ben, ben.get("instance_approval", guarded.pk), action="approve")
    assert "Pause it…" in approved.text
    [link] = [each for each in approved.links if "offers/switch" in each]
    assert link.endswith(SWITCH)
    switched = ben.get(link)
    assert "staff ben approved it" in switched.text
    assert "Version 3 is live" in send(ben, switched, SWITCH, action="do").text
    push = Push.objects.get(superseded_at=None)
    assert (push.kind, push.approved_by, live(guarded)) == ("pause", "staff ben", 3)


def test_pause__approved_before_another_version_was_uploaded__is_still_what_was_approved(
    staff: Visitor, staff_with: StaffWith, guarded: Instance
) -> None:
    page = staff.get("instance_switch", guarded.pk, section="offers", name="preferences_known")
    send(staff, page, SWITCH, action="ask")
    ben = staff_with(*APPROVER, "provisioning.add_push")
    send(ben, ben.get("instance_approval", guarded.pk), action="approve")
    upload_configuration(instance=guarded, text=f"{SHOP}# later\n", actor=ACTOR)
    switched = ben.get("instance_switch", guarded.pk, section="offers", name="preferences_known")
    send(ben, switched, SWITCH, action="do")
    assert live(guarded) == 2


def test_pause__asked_for_when_it_is_paused__is_refused(staff: Visitor, guarded: Instance) -> None:
    page = staff.get("instance_switch", guarded.pk, section="offers", name="preferences_known")
    send(staff, page, SWITCH, action="do", break_glass="wrong text")
    again = staff.post(page.url, query=SWITCH, note="", if_match="2", action="ask")
    assert again.status == 409
    assert "is paused already" in again.text
    assert not ApprovalRequest.objects.exists()


def test_offers__times__are_told(staff: Visitor, shop: Instance) -> None:
    for line, says in (
        ("ends_at: 2020-01-01T00:00:00Z", "over"),
        ("starts_at: 2199-01-01T00:00:00Z", "starts 2199-01-01T00:00:00Z"),
        ("ends_at: 2199-01-01T00:00:00Z", "on until 2199-01-01T00:00:00Z"),
    ):
        text = SHOP.replace("name: preferences_known", f"name: preferences_known\n    {line}")
        upload_configuration(instance=shop, text=text, actor=ACTOR, push=True)
        assert f"preferences_known offer {says}" in staff.get("instance_offers", shop.pk).text


@pytest.mark.parametrize("query", [{"section": "keys", "name": "x"}, {"section": "offers", "name": "gone"}, {}])
def test_pause__what_is_not_there__is_told(staff: Visitor, shop: Instance, query: dict[str, str]) -> None:
    assert staff.get("instance_switch", shop.pk, **query).status == 404


def test_offers__nothing_live__says_what_to_do(staff: Visitor, instance: Instance) -> None:
    page = staff.get("instance_offers", instance.pk)
    assert "Nothing is live yet" in page.text
    assert "Edit the draft" in page.text


def test_pause__without_permission__is_neither_offered_nor_done(staff_with: StaffWith, shop: Instance) -> None:
    ben = staff_with("provisioning.view_configurationversion", "routing.view_instance")
    assert "Pause" not in ben.get("instance_offers", shop.pk).text
    assert ben.post("instance_switch", shop.pk, query=SWITCH, if_match="1").status == 403
    assert live(shop) == 1


def test_live_on__asked_by_the_page__counts_processes(staff: Visitor, shop: Instance) -> None:
    assert (
        staff.get("instance_live_on", shop.pk).source
        == '{"text": "no process: the endpoint is not running", "done": false}'
    )
    Heartbeat().beat(SnapshotLoader().load(ControlReader().read(), at=0))
    assert staff.get("instance_live_on", shop.pk).source == '{"text": "1 of 1 process", "done": true}'
    upload_configuration(instance=shop, text=LATER, actor=ACTOR, push=True)
    waiting = '{"text": "0 of 1 process so far; it follows within a second", "done": false}'
    assert staff.get("instance_live_on", shop.pk).source == waiting
    assert "data-live-on" in staff.get("routing_instance_change", shop.pk).source


def test_setup__last_step__is_the_first_event(staff: Visitor, shop: Instance) -> None:
    page = staff.get("routing_instance_change", shop.pk)
    assert "First event" in page.text
    token = AccessToken.objects.get()
    assert f"/admin/tokens/accesstoken/{token.pk}/change/#curl-label" in page.links
    AccessToken.objects.update(last_used_at=timezone.now())
    assert "Set up this instance" not in staff.get("routing_instance_change", shop.pk).text
