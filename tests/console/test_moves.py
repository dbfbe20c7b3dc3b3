from __future__ import annotations

import pytest

from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.selectors import live_version
from provisioning.services import push_version, roll_back, save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR
from tokens.services import issue_token

LATER = SHOP.replace("> 0", "> 1")
LATEST = SHOP.replace("> 0", "> 2")


@pytest.fixture
def shop(instance: Instance) -> Instance:
    """Instance 1/8 with a token, version 1 live."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    return instance


def _draft(instance: Instance, text: str) -> None:
    draft = Draft.objects.filter(instance=instance).first()
    save_draft(instance=instance, text=text, revision=draft.revision if draft else None, actor=ACTOR)


def _confirm(staff: Visitor, page: Page, note: str = "") -> Page:
    seen = {name: page.fields.get(name, "") for name in ("if_match", "revision")}
    return staff.post(page.url, note=note, **seen)


def _live(instance: Instance) -> int:
    version = live_version(instance)
    assert version is not None
    return version.number


def test_push__first_configuration__shows_all_of_it_and_goes_live(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    _draft(instance, SHOP)
    page = staff.get("instance_push", instance.pk)
    assert "Nothing is live yet" in page.text
    assert "offer preferences_known" in page.text
    done = _confirm(staff, page, "The first one")
    assert "Version 1 is live" in done.text
    push = Push.objects.get()
    assert (push.note, push.created_by, push.version.text) == ("The first one", "staff anna", SHOP)


def test_push__changed_draft__shows_the_change_in_words_and_as_text(staff: Visitor, shop: Instance) -> None:
    _draft(shop, LATER)
    page = staff.get("instance_push", shop.pk)
    assert "offer preferences_known: condition changed from" in page.text
    assert "- if: PROFILE.preferences.length > 0" in page.text
    assert "+ if: PROFILE.preferences.length > 1" in page.text
    assert "by a test" in page.text
    assert _live(shop) == 1
    _confirm(staff, page)
    assert _live(shop) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SHOP.replace("event: pageview\n        if", "event: pageviw\n        if"), "It has 1 error; mend it first"),
        (SHOP.replace("table: pageviews", "table: orders"), "It has 1 error"),
        (SHOP, "what is live already, version 1"),
    ],
)
def test_push__draft_that_cannot_go_live__offers_no_button(
    staff: Visitor, shop: Instance, text: str, says: str
) -> None:
    _draft(shop, text)
    page = staff.get("instance_push", shop.pk)
    assert says in page.text
    assert "if_match" not in page.fields
    staff.post("instance_push", shop.pk, if_match="1", revision="1")
    assert _live(shop) == 1


def test_push__without_a_draft__says_what_to_do(staff: Visitor, shop: Instance) -> None:
    page = staff.get("instance_push", shop.pk)
    assert page.status == 409
    assert "There is no draft to push" in page.text


def test_push__draft_saved_since_it_was_shown__is_refused_and_shown_again(staff: Visitor, shop: Instance) -> None:
    _draft(shop, LATER)
    page = staff.get("instance_push", shop.pk)
    _draft(shop, LATEST)
    refused = _confirm(staff, page, "my note")
    assert refused.status == 412
    assert "saved this draft meanwhile" in refused.text
    assert "PROFILE.preferences.length > 2" in refused.text
    assert refused.fields["note"] == "my note"
    assert _live(shop) == 1
    _confirm(staff, refused, "my note")
    version = live_version(shop)
    assert version is not None
    assert version.text == LATEST


def test_push__someone_pushed_since_it_was_shown__is_refused(staff: Visitor, shop: Instance) -> None:
    _draft(shop, LATER)
    page = staff.get("instance_push", shop.pk)
    upload_configuration(instance=shop, text=LATEST, actor="staff ben", push=True)
    refused = _confirm(staff, page)
    assert refused.status == 412
    assert "someone else pushed meanwhile" in refused.text
    assert "staff ben" in refused.text
    version = live_version(shop)
    assert version is not None
    assert version.text == LATEST


def test_push__sent_without_what_was_looked_at__does_nothing(staff: Visitor, shop: Instance) -> None:
    _draft(shop, LATER)
    staff.post("instance_push", shop.pk, note="blind")
    assert _live(shop) == 1


def test_push__destination_gone_since_it_was_shown__is_refused_with_the_problem(staff: Visitor, shop: Instance) -> None:
    _draft(shop, LATER)
    page = staff.get("instance_push", shop.pk)
    change_destinations(instance=shop, remove=[("shop", "pageviews")], actor=ACTOR, force=True)
    refused = _confirm(staff, page)
    assert refused.status == 422
    assert "Nothing was done" in refused.text
    assert "shop/pageviews" in refused.text
    assert _live(shop) == 1


def test_push__save_and_push__saves_first(staff: Visitor, shop: Instance) -> None:
    page = staff.post("instance_draft", shop.pk, text=LATER, revision="0", action="push")
    assert page.url.endswith("/draft/push/")
    assert "condition changed" in page.text
    assert Draft.objects.get().text == LATER


def test_rollback__to_the_version_before__shows_and_does_it(staff: Visitor, shop: Instance) -> None:
    upload_configuration(instance=shop, text=LATER, actor=ACTOR, push=True)
    page = staff.get("instance_rollback", shop.pk)
    assert "From version 2" in page.text
    assert "+ if: PROFILE.preferences.length > 0" in page.text
    done = _confirm(staff, page, "Too strict")
    assert "Version 1 is live" in done.text
    newest = Push.objects.order_by("-number")[0]
    assert (newest.kind, newest.note, newest.created_by) == ("rollback", "Too strict", "staff anna")


def test_rollback__again__goes_further_back(staff: Visitor, shop: Instance) -> None:
    for text in (LATER, LATEST):
        upload_configuration(instance=shop, text=text, actor=ACTOR, push=True)
    for expected in (2, 1):
        _confirm(staff, staff.get("instance_rollback", shop.pk))
        assert _live(shop) == expected
    page = staff.get("instance_rollback", shop.pk)
    assert page.status == 409
    assert "nothing to go back to" in page.text


def test_rollback__to_a_chosen_version__does_that(staff: Visitor, shop: Instance) -> None:
    for text in (LATER, LATEST):
        upload_configuration(instance=shop, text=text, actor=ACTOR, push=True)
    page = staff.get("instance_rollback", shop.pk, version="1")
    seen = {name: page.fields[name] for name in ("if_match", "revision")}
    staff.post("instance_rollback", shop.pk, query="?version=1", note="", **seen)
    assert _live(shop) == 1


def test_rollback__problems_of_the_old_version__only_warn(staff: Visitor, shop: Instance) -> None:
    upload_configuration(
        instance=shop, text=LATER.replace("tokens:\n  - name: web\n", "tokens: []\n"), actor=ACTOR, push=True
    )
    change_destinations(instance=shop, remove=[("shop", "pageviews")], actor=ACTOR, force=True)
    page = staff.get("instance_rollback", shop.pk)
    assert "they only warn" in page.text
    _confirm(staff, page)
    assert _live(shop) == 1


@pytest.mark.parametrize(
    ("version", "status", "says"),
    [
        ("1", 200, "Version 1 is live already"),
        ("2", 200, "was never live; push it instead"),
        ("9", 404, "no version 9"),
    ],
)
def test_rollback__to_what_it_cannot_go_to__says_why(
    staff: Visitor, shop: Instance, version: str, status: int, says: str
) -> None:
    upload_configuration(instance=shop, text=LATER, actor=ACTOR)
    page = staff.get("instance_rollback", shop.pk, version=version)
    assert page.status == status
    assert says in page.text
    assert "if_match" not in page.fields


def test_push_version__uploaded_elsewhere__goes_live(staff: Visitor, shop: Instance) -> None:
    upload_configuration(instance=shop, text=LATER, actor="key 1/ci")
    page = staff.get("instance_push_version", shop.pk, 2)
    assert "Push version 2" in page.text
    _confirm(staff, page)
    assert _live(shop) == 2
    assert ConfigurationVersion.objects.count() == 2


def test_push_version__raced_by_a_rollback__is_refused(staff: Visitor, shop: Instance) -> None:
    upload_configuration(instance=shop, text=LATER, actor=ACTOR, push=True)
    upload_configuration(instance=shop, text=LATEST, actor=ACTOR)
    page = staff.get("instance_push_version", shop.pk, 3)
    roll_back(instance=shop, actor="staff ben")
    assert _confirm(staff, page).status == 412
    assert _live(shop) == 1


@pytest.mark.parametrize("route", ["instance_push", "instance_rollback"])
def test_move__without_permission__does_nothing(staff_with: StaffWith, shop: Instance, route: str) -> None:
    upload_configuration(instance=shop, text=LATER, actor=ACTOR)
    push_version(instance=shop, version=2, actor=ACTOR)
    _draft(shop, LATEST)
    visitor = staff_with("provisioning.change_draft", "provisioning.view_push", "routing.view_instance")
    assert visitor.post(route, shop.pk, if_match="2", revision="1").status == 403
    assert _live(shop) == 2
    assert "Roll back" not in visitor.get("routing_instance_change", shop.pk).text
    assert "push" not in visitor.get("instance_draft", shop.pk).text.lower().split("ctrl+s")[-1]
