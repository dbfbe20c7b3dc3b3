from __future__ import annotations

import re

import pytest

from provisioning.models import ConfigurationVersion, Push
from provisioning.services import roll_back, save_draft, upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.world import ACTOR, a_key, an_instance
from tokens.services import issue_token

LATER = SHOP.replace("> 0", "> 1")


@pytest.fixture
def shop(instance: Instance) -> Instance:
    """Instance 1/8: version 1 superseded, 2 live, 3 never live."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True, note="the first")
    upload_configuration(instance=instance, text=LATER, actor=ACTOR, push=True, note="stricter")
    upload_configuration(instance=instance, text=SHOP.replace("> 0", "> 2"), actor="key 1/ci", note="nightly")
    return instance


def _version(number: int) -> ConfigurationVersion:
    return ConfigurationVersion.objects.get(number=number)


def test_versions__list__tells_each_status(staff: Visitor, shop: Instance) -> None:
    page = staff.get("provisioning_configurationversion_changelist")
    assert re.findall(r">version (\d)</a>.*?c-badge-\w+\">([^<]*)<", page.source, re.DOTALL) == [
        ("3", "never live"),
        ("2", "live"),
        ("1", "superseded"),
    ]
    assert "stricter" in page.text
    assert "key 1/ci" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "live"}, ["stricter"]),
        ({"status": "never"}, ["nightly"]),
        ({"status": "superseded"}, ["the first"]),
        ({"q": "strict"}, ["stricter"]),
        ({"q": "1/9"}, []),
    ],
)
def test_versions__filtered_or_searched__leaves_the_others_out(
    staff: Visitor, shop: Instance, query: dict[str, str], found: list[str]
) -> None:
    text = staff.get("provisioning_configurationversion_changelist", **query).text
    assert [note for note in ("the first", "stricter", "nightly") if note in text] == found


def test_version__page__shows_its_text_and_what_can_be_done(staff: Visitor, shop: Instance) -> None:
    page = staff.get("provisioning_configurationversion_change", _version(1).pk)
    assert "if: PROFILE.preferences.length > 0" in page.text
    assert "Roll back to this…" in page.text
    assert "Push this…" in staff.get("provisioning_configurationversion_change", _version(3).pk).text
    live = staff.get("provisioning_configurationversion_change", _version(2).pk).text
    assert "Roll back to this…" not in live
    assert "Push this…" not in live


def test_version__posted_to__changes_nothing(staff: Visitor, shop: Instance) -> None:
    before = _version(1).text
    staff.post("provisioning_configurationversion_change", _version(1).pk, text="x")
    assert _version(1).text == before
    assert staff.get(f"/admin/provisioning/configurationversion/{_version(1).pk}/delete/").status == 403


def test_version__downloaded__is_the_text_byte_for_byte(staff: Visitor, shop: Instance) -> None:
    page = staff.get("version_download", _version(1).pk)
    assert page.source == SHOP
    assert page.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert 'filename="p13n-1-8-v1.yaml"' in page.headers["Content-Disposition"]


def test_version__downloaded_without_permission__is_refused(staff_with: StaffWith, shop: Instance) -> None:
    assert staff_with("routing.view_instance").get("version_download", _version(1).pk).status == 403


def test_pushes__list_and_page__tell_who_moved_what_when_and_why(staff: Visitor, shop: Instance) -> None:
    roll_back(instance=shop, actor="staff ben", note="too strict")
    text = staff.get("provisioning_push_changelist").text
    assert "Rollback" in text
    assert "too strict" in text
    assert "staff ben" in text
    page = staff.get("provisioning_push_change", Push.objects.get(number=3).pk)
    assert "version 1" in page.text
    assert "version 2" in page.text
    assert "too strict" in page.text


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("1", "2", "condition changed from"),
        ("2", "2", "Nothing changes"),
        ("1", "draft", "Only comments or layout change"),
    ],
)
def test_compare__two_texts__says_what_differs(staff: Visitor, shop: Instance, start: str, end: str, says: str) -> None:
    save_draft(instance=shop, text="# a remark\n" + SHOP, revision=None, actor=ACTOR)
    assert says in staff.get("instance_compare", shop.pk, **{"from": start, "to": end}).text


@pytest.mark.parametrize("choice", ["99", "x", "-1", "²", "99999999999999999999"])
def test_compare__unknown_version__is_not_found(staff: Visitor, shop: Instance, choice: str) -> None:
    assert staff.get("instance_compare", shop.pk, to=choice).status == 404


def test_compare__draft__is_for_who_may_see_it(staff_with: StaffWith, shop: Instance) -> None:
    save_draft(instance=shop, text=f"{SHOP}# not yet\n", revision=None, actor=ACTOR)
    ben = staff_with("provisioning.view_configurationversion", "routing.view_instance")
    page = ben.get("instance_compare", shop.pk)
    assert page.status == 200
    assert "not yet" not in page.text
    assert not [link for link in page.links if "draft" in link]
    for sides in ({"to": "draft"}, {"from": "draft"}, {"from": "1", "to": "draft"}):
        refused = ben.get("instance_compare", shop.pk, **sides)
        assert refused.status == 403
        assert "not yet" not in refused.text
    carl = staff_with("provisioning.view_configurationversion", "provisioning.view_draft", username="carl")
    assert "not yet" in carl.get("instance_compare", shop.pk, to="draft").text


def test_compare__nothing_chosen__shows_live_and_draft(staff: Visitor, shop: Instance) -> None:
    save_draft(instance=shop, text=SHOP, revision=None, actor=ACTOR)
    text = staff.get("instance_compare", shop.pk).text
    assert "--- version 2" in text
    assert "+++ draft" in text


def test_compare__instance_without_anything__has_nothing_to_show(staff: Visitor) -> None:
    page = staff.get("instance_compare", an_instance().pk)
    assert "There is nothing to compare yet" in page.text
    assert "Nothing changes" not in page.text


def test_compare__one_version_and_no_draft__is_not_offered_and_says_what_to_do(
    staff: Visitor, instance: Instance
) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    assert "Compare…" not in staff.get("routing_instance_change", instance.pk).text
    page = staff.get("instance_compare", instance.pk)
    assert "There is no draft to compare with" in page.text
    assert f"/admin/routing/instance/{instance.pk}/draft/" in page.links
    save_draft(instance=instance, text=f"{SHOP}# more\n", revision=None, actor=ACTOR)
    assert "Compare…" in staff.get("routing_instance_change", instance.pk).text
    assert "Only comments or layout change" in staff.get("instance_compare", instance.pk).text


def test_compare__without_a_draft_that_differs__shows_the_newest_two_versions(staff: Visitor, shop: Instance) -> None:
    text = staff.get("instance_compare", shop.pk).text
    assert "--- version 2" in text
    assert "+++ version 3" in text


def test_instance_page__set_up__shows_live_version_by_whom_and_when(staff: Visitor, shop: Instance) -> None:
    text = staff.get("routing_instance_change", shop.pk).text
    assert "version 2 is live" in text
    assert "push by a test" in text
    assert "stricter" in text
    assert "Roll back to version 1…" in text
    assert "Send a first event" in text  # the one step that is left


@pytest.mark.parametrize(
    ("step", "left"),
    [(0, "Register a table"), (1, "Create a token"), (2, "Write the draft"), (3, "Push the draft")],
)
def test_instance_page__not_set_up__leads_to_the_next_step(staff: Visitor, db: None, step: int, left: str) -> None:
    made = an_instance()
    a_key("ingest")
    if step > 0:
        change_destinations(instance=made, add=[("shop", "pageviews")], actor=ACTOR)
    if step > 1:
        issue_token(instance=made, name="web", actor=ACTOR)
    if step > 2:
        save_draft(instance=made, text=SHOP, revision=None, actor=ACTOR)
    page = staff.get("routing_instance_change", made.pk)
    next_link = page.source.split("c-step-next")[1].split("</li>")[0]
    assert left in next_link


def test_instance_page__live_version_without_a_working_token__warns(staff: Visitor, instance: Instance) -> None:
    text = SHOP.replace("tokens:\n  - name: web\n", "tokens: []\n")
    upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    assert "No token of this instance is accepted" in staff.get("routing_instance_change", instance.pk).text
