"""Problems asked for while a text is being written, and the page that needs no instance."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from provisioning.console.checking import CheckThrottle
from provisioning.models import ConfigurationVersion, Draft
from routing.models import Instance
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.world import an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

RAW = "7d1f2c0b9a8e4f6d8c5b4a3928170605"
MISTAKEN = SHOP.replace("type: list", "type: lists")


def _asked(visitor: Visitor, route: str, *arguments: object, text: str | bytes) -> Any:
    address = reverse(f"admin:{route}", args=arguments)
    return visitor.client.post(address, text, content_type="text/plain; charset=utf-8")


def test_draft_problems__of_a_text__are_those_of_the_page(staff: Visitor, instance: Instance) -> None:
    answer = _asked(staff, "instance_draft_problems", instance.pk, text=MISTAKEN).json()
    lists = next(each for each in answer["problems"] if each["line"] == 11)
    assert lists == {
        "line": 11,
        "column": 11,
        "severity": "error",
        "message": '`type` is one of list, single, counter, imported, not "lists"',
        "hint": "did you mean `list`?",
        "mended": "    type: list",
        "mendAt": 11,
        "mendCount": 1,
    }
    assert 'data-mend="    type: list"' in answer["html"]
    assert "Create or register a token named" in answer["html"]
    assert not Draft.objects.exists()
    assert not ConfigurationVersion.objects.exists()


def test_draft_problems__of_a_valid_text__are_none(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor="x")
    answer = _asked(staff, "instance_draft_problems", instance.pk, text=SHOP).json()
    assert answer["problems"] == []
    assert "No problems." in answer["html"]


def test_draft_problems__of_another_instance__know_its_own_tokens_alone(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=an_instance(2, 1), name="web", actor="x")
    answer = _asked(staff, "instance_draft_problems", instance.pk, text=SHOP).json()
    assert [each["message"] for each in answer["problems"] if "token of this name" in each["message"]]


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"a: 1\x00", b"x" * 1_100_000, "keys: [猫]".encode()])
def test_draft_problems__of_any_bytes__answer(staff: Visitor, instance: Instance, text: bytes) -> None:
    answer = _asked(staff, "instance_draft_problems", instance.pk, text=text)
    assert answer.status_code == 200
    assert answer.json()["problems"]


def test_draft_problems__of_a_text_with_a_token__never_show_it_in_the_report(
    staff: Visitor, instance: Instance
) -> None:
    answer = _asked(staff, "instance_draft_problems", instance.pk, text=SHOP.replace("name: web", RAW))
    assert RAW not in answer.content.decode()
    assert "Save and register 1 unknown token…" in answer.json()["html"]


@pytest.mark.parametrize("permission", ["routing.view_instance", "provisioning.view_configurationversion"])
def test_draft_problems__without_permission__403(staff_with: StaffWith, instance: Instance, permission: str) -> None:
    answer = _asked(staff_with(permission), "instance_draft_problems", instance.pk, text="a: 1")
    assert answer.status_code == 403


def test_draft_problems__for_a_viewer__offer_no_mend(staff_with: StaffWith, instance: Instance) -> None:
    answer = _asked(staff_with("provisioning.view_draft"), "instance_draft_problems", instance.pk, text=MISTAKEN)
    assert "data-mend" not in answer.json()["html"]


def test_draft_problems__by_get_or_from_another_site__are_refused(staff: Visitor, instance: Instance) -> None:
    address = reverse("admin:instance_draft_problems", args=(instance.pk,))
    assert staff.client.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.client.cookies
    assert strict.post(address, "a: 1", content_type="text/plain").status_code == 403


def test_draft_problems__of_no_instance__404(staff: Visitor, db: None) -> None:
    assert _asked(staff, "instance_draft_problems", 99, text="a: 1").status_code == 404


def test_checks__more_than_the_rate__wait_and_say_how_long(
    staff: Visitor, staff_with: StaffWith, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CheckThrottle, "THROTTLE_RATES", {"console_checks": "2/min"})
    statuses = [_asked(staff, "check_problems", text="a: 1").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = _asked(staff, "instance_draft_problems", instance.pk, text="a: 1")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert _asked(staff_with(), "check_problems", text="a: 1").status_code == 200


def test_check_page__text_sent__lists_its_problems_and_stores_nothing(staff_with: StaffWith, db: None) -> None:
    visitor = staff_with()
    assert visitor.get("check").status == 200
    page = visitor.post("check", text=MISTAKEN)
    assert page.status == 200
    assert page.fields["text"] == MISTAKEN
    assert "type is one of list" in page.text
    assert "token of this name" not in page.text
    assert not Draft.objects.exists()


def test_check_page__with_failing_golden_tests__says_which(staff: Visitor) -> None:
    tests = (
        "tests:\n  - name: t\n    steps:\n      - {post: shop/pageviews, event: {td_client_id: a}, offers: {x: {}}}\n"
    )
    asked = SHOP.replace("preferences_known", "x") + tests
    page = staff.post("check", text=asked)
    assert "line 27" in page.text
    assert 'in test "t", step 1' in page.text
    assert page.text.count("A golden test says what the answer to an event has to be") == 1
    assert page.text.count("If what is got now is right, let the test expect it") == 1
    mended = "      - {post: shop/pageviews, event: {td_client_id: a}, offers: {}}"
    assert f'data-mend="{mended}" data-at="27" data-count="1"' in page.source


def test_check_page__golden_test_whose_answer_changes_with_time__offers_no_mend(staff: Visitor) -> None:
    tests = (
        "tests:\n  - name: t\n    steps:\n      - {post: shop/pageviews, event: {td_client_id: a}, offers: {x: {}}}\n"
    )
    always = SHOP.replace("preferences_known", "x").replace("PROFILE.preferences.length > 0", "true")
    asked = always.replace("${PROFILE.preferences.slice(-1)[0].value}", "${NOW}") + tests
    page = staff.post("check", text=asked)
    assert "write it in this step of the test as what is expected" in page.text
    assert "data-mend" not in page.source


def test_check_page__problem_of_another_kind__says_nothing_of_tests(staff: Visitor) -> None:
    assert "what was got" not in staff.post("check", text=MISTAKEN).text


def test_check_page__nul_character__is_refused_with_the_text_kept(staff: Visitor) -> None:
    page = staff.post("check", text="a: 1\x00")
    assert page.status == 422
    assert page.fields["text"] == "a: 1"


def test_check_page__any_text__comes_back_as_typed(staff: Visitor) -> None:
    page = staff.post("check", text="</textarea><script>alert(1)</script>")
    assert page.fields["text"] == "</textarea><script>alert(1)</script>"
    assert "<script>alert(1)" not in page.source


def test_words__of_an_instance__are_its_own(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor="x")
    issue_token(instance=an_instance(2, 1), name="theirs", actor="x")
    words = json.loads(staff.get("instance_draft_words", instance.pk).source)
    assert words["tables"] == [["shop", "pageviews"]]
    assert words["tokens"] == ["web"]
    assert words["schema"]["title"] == "Personalization configuration"


def test_words__of_the_language__say_nothing_of_a_customer(staff_with: StaffWith, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor="x")
    words = json.loads(staff_with().get("language_words").source)
    assert (words["tables"], words["tokens"], words["columns"]) == ([], [], [])


def test_unknown_tokens__without_permission_to_add_tokens__403(staff_with: StaffWith, instance: Instance) -> None:
    assert staff_with("provisioning.change_draft").get("instance_draft_tokens", instance.pk).status == 403
    assert staff_with("tokens.add_accesstoken", username="cleo").get("instance_draft_tokens", instance.pk).status == 403


def _saved_with_tokens(staff: Visitor, instance: Instance, *entries: str) -> None:
    listed = "".join(f"  - {each}\n" for each in entries)
    text = SHOP.replace("  - name: web\n", listed)
    staff.post("instance_draft", instance.pk, text=text, revision=0, action="save")


def test_unknown_tokens__of_the_draft__are_registered_by_their_digests(staff: Visitor, instance: Instance) -> None:
    _saved_with_tokens(staff, instance, f"{RAW} # app", f'"{RAW[::-1]}"', "name: other")
    page = staff.get("instance_draft_tokens", instance.pk)
    assert RAW not in page.source
    names = {name: value for name, value in page.fields.items() if name.endswith("-name")}
    assert set(names.values()) == {"app", "token-1"}
    types = {name.replace("-name", "-type"): "private" for name in names}
    done = staff.post("instance_draft_tokens", instance.pk, **names, **types)
    assert "The token of line" in done.text
    assert set(AccessToken.objects.values_list("name", flat=True)) == {"app", "token-1"}
    assert "Save and register" not in staff.get("instance_draft", instance.pk).source


def test_unknown_tokens__one_name_taken__registers_the_other_and_says_why(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web-eu", actor="x")
    _saved_with_tokens(staff, instance, RAW, RAW[::-1])
    fields = staff.get("instance_draft_tokens", instance.pk).fields
    first, second = (name for name in fields if name.endswith("-name"))
    form = {first: "web-eu", second: "new", first[:-4] + "type": "private", second[:-4] + "type": "public"}
    page = staff.post("instance_draft_tokens", instance.pk, **form)
    assert page.status == 422
    assert "Name * taken" in page.text
    assert AccessToken.objects.get(name="new").type == "public"
    assert AccessToken.objects.count() == 2


def test_unknown_tokens__none__go_back_to_the_draft(staff: Visitor, instance: Instance) -> None:
    page = staff.get("instance_draft_tokens", instance.pk, follow=True)
    assert page.url == reverse("admin:instance_draft", args=(instance.pk,))
