from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from provisioning.models import ConfigurationVersion, Draft
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR, an_instance
from tokens.services import issue_token

MISTAKEN = """\
events:
  - name: pageview
    database: shop
    tabel: pageviews
offers:
  - name: sale
    set:
      - event: pageviw
        if: PROFILE.unknown >
        data: {banner: spring}
tokens: []
"""


def _save(staff: Visitor, instance: Instance, text: str, *, revision: int = 0, action: str = "save") -> Page:
    return staff.post("instance_draft", instance.pk, text=text, revision=str(revision), action=action)


def test_draft__new_instance__offers_a_starting_point_made_of_its_parts(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    page = staff.get("instance_draft", instance.pk)
    assert "starting point, not saved yet" in page.text
    assert "database: shop" in page.fields["text"]
    assert "- name: web" in page.fields["text"]
    assert "error" not in page.text
    assert not Draft.objects.exists()


def test_draft__none_but_a_live_version__starts_from_that(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    page = staff.get("instance_draft", instance.pk)
    assert page.fields["text"] == SHOP
    assert "this is version 1" in page.text


def test_draft__saved_with_mistakes__lists_each_by_line_and_keeps_the_text(staff: Visitor, instance: Instance) -> None:
    page = _save(staff, instance, MISTAKEN)
    assert page.fields["text"] == MISTAKEN
    text = page.text
    assert "The draft is saved (revision 1)" in text
    for line in ("line 4", "line 8", "line 9"):
        assert line in text
    assert "tabel" in text
    assert "pageviw" in text
    assert text.index("line 4") < text.index("line 8") < text.index("line 9")
    assert Draft.objects.get().updated_by == "staff anna"
    assert not ConfigurationVersion.objects.exists()


def test_draft__checked__is_not_saved(staff: Visitor, instance: Instance) -> None:
    page = _save(staff, instance, MISTAKEN, action="check")
    assert page.fields["text"] == MISTAKEN
    assert "Checked; not saved yet." in page.text
    assert "pageviw" in page.text
    assert not Draft.objects.exists()


def test_draft__without_problems__says_so(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    assert "No problems." in _save(staff, instance, SHOP).text


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_draft__lines_as_browsers_send_them__are_kept_with_line_feeds(
    staff: Visitor, instance: Instance, ending: str
) -> None:
    _save(staff, instance, "\n\na: 1\n  # 猫 \t\n".replace("\n", ending))
    assert Draft.objects.get().text == "\n\na: 1\n  # 猫 \t\n"
    assert staff.get("instance_draft", instance.pk).fields["text"] == "\n\na: 1\n  # 猫 \t\n"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "</textarea><b>", "{{ 1 }}", "&amp;", "{% x %}"])
def test_draft__any_text__comes_back_as_typed(staff: Visitor, instance: Instance, text: str) -> None:
    page = _save(staff, instance, text)
    assert page.fields["text"] == text
    assert "<script>alert(1)" not in page.source


def test_draft__someone_saved_meanwhile__keeps_both_texts(staff: Visitor, instance: Instance) -> None:
    save_draft(instance=instance, text="theirs: 1\n", revision=None, actor="staff ben")
    page = _save(staff, instance, "mine: 1\n", revision=0)
    assert page.status == 412
    assert page.fields["text"] == "mine: 1\n"
    text = page.text
    assert "staff ben saved this draft meanwhile" in text
    assert "-theirs: 1" in text
    assert "+mine: 1" in text
    assert Draft.objects.get().text == "theirs: 1\n"
    _save(staff, instance, "mine: 1\n", revision=1, action="")
    assert Draft.objects.get().text == "mine: 1\n"


def test_draft__two_editors__one_wins_and_the_other_is_told(staff: Visitor, instance: Instance) -> None:
    first = staff.get("instance_draft", instance.pk).fields["revision"]
    second = staff.get("instance_draft", instance.pk).fields["revision"]
    assert _save(staff, instance, "first: 1", revision=int(first)).status == 200
    assert _save(staff, instance, "second: 1", revision=int(second)).status == 412


def test_draft__with_an_issued_token__keeps_its_digest_alone(staff: Visitor, instance: Instance) -> None:
    issued = issue_token(instance=instance, name="web", actor=ACTOR)
    page = _save(staff, instance, f"tokens:\n  - {issued.secret}\n")
    assert issued.secret not in page.source
    assert f"sha256:{issued.row.digest}" in page.fields["text"]


def _load(staff: Visitor, instance: Instance, content: bytes, name: str = "shop.yaml") -> Page:
    file = SimpleUploadedFile(name, content)
    return staff.post("instance_draft", instance.pk, text="typed: 1", revision="0", action="load", file=file)


def test_draft__file_loaded__is_shown_with_its_problems_and_not_saved(staff: Visitor, instance: Instance) -> None:
    page = _load(staff, instance, b"\xef\xbb\xbf" + MISTAKEN.replace("\n", "\r\n").encode())
    assert page.fields["text"] == MISTAKEN
    assert "shop.yaml is loaded below" in page.text
    assert "pageviw" in page.text
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: caf\xe9", "not UTF-8 text (byte 9)"),
        (b"a: 1\x00", "NUL"),
        (b"a" * (2 * 1024 * 1024 + 1), "larger than a configuration may be"),
        (b"", "empty"),
    ],
)
def test_draft__bad_file__says_why_and_keeps_what_was_typed(
    staff: Visitor, instance: Instance, content: bytes, says: str
) -> None:
    page = _load(staff, instance, content)
    assert page.status == 422
    assert says in page.text
    assert page.fields["text"] == "typed: 1"


def test_draft__load_without_a_file__asks_for_one(staff: Visitor, instance: Instance) -> None:
    page = _save(staff, instance, "typed: 1", action="load")
    assert "Choose a file first." in page.text
    assert page.fields["text"] == "typed: 1"


@pytest.mark.parametrize("form", [{"text": "a: 1\x00"}, {"revision": "x"}, {"revision": "-1"}])
def test_draft__form_that_no_browser_sends__is_refused_without_losing_the_text(
    staff: Visitor, instance: Instance, form: dict[str, str]
) -> None:
    page = staff.post("instance_draft", instance.pk, **({"text": "a: 1", "revision": "0", "action": "save"} | form))
    assert page.status == 422
    assert page.fields["text"] == "a: 1"
    assert not Draft.objects.exists()


def test_draft__viewed_without_permission_to_change__is_read_only(staff_with: StaffWith, instance: Instance) -> None:
    save_draft(instance=instance, text="theirs: 1\n", revision=None, actor=ACTOR)
    visitor = staff_with("provisioning.view_draft")
    page = visitor.get("instance_draft", instance.pk)
    assert "readonly" in page.source
    assert "Save draft" not in page.text
    assert visitor.post("instance_draft", instance.pk, text="x: 1", revision="1", action="save").status == 403
    assert Draft.objects.get().text == "theirs: 1\n"


def test_draft__of_another_instance__is_untouched(staff: Visitor, instance: Instance) -> None:
    other = an_instance(2, 8)
    _save(staff, instance, "mine: 1")
    assert not Draft.objects.filter(instance=other).exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tokens:\n  - name: web\n", "lists the token “web” already"),
        ("tokens: [{name: app}]\n", "Add “- name: web” to the list under tokens"),
        ("tokens:\n  - name: app\n", "Line 2, “- name: web”, is added below"),
    ],
)
def test_draft__asked_to_list_a_token__does_or_says_how(
    staff: Visitor, instance: Instance, text: str, says: str
) -> None:
    save_draft(instance=instance, text=text, revision=None, actor=ACTOR)
    assert says in staff.get("instance_draft", instance.pk, token="web").text
    assert Draft.objects.get().text == text


def test_state__asked_by_the_editor__gives_the_forms_token_and_who_saved_last(
    staff: Visitor, instance: Instance
) -> None:
    page = staff.get("instance_draft_state", instance.pk)
    state = json.loads(page.source)
    assert state["csrf"]
    assert (state["revision"], state["by"]) == (0, "")
    save_draft(instance=instance, text="a: 1", revision=None, actor="staff ben")
    state = json.loads(staff.get("instance_draft_state", instance.pk).source)
    assert (state["revision"], state["by"]) == (1, "staff ben")
    assert Client().get(page.url).status_code == 302


@pytest.mark.parametrize("name", ["b2b", "media", "preference_centre", "shop", "travel"])
def test_draft__worked_example_chosen__is_shown_and_not_saved(staff: Visitor, instance: Instance, name: str) -> None:
    page = staff.post("instance_draft", instance.pk, text="a: 1", revision=0, action="example", example=name)
    assert page.fields["text"] == (settings.EXAMPLES_DIR / f"{name}.yaml").read_text("utf-8")
    assert "This is the worked example" in page.text
    assert not Draft.objects.exists()


def test_draft__longer_than_is_checked_at_once__opens_without_its_problems(staff: Visitor, instance: Instance) -> None:
    text = MISTAKEN + "# more\n" * 10_000
    save_draft(instance=instance, text=text, revision=None, actor=ACTOR)
    page = staff.get("instance_draft", instance.pk)
    assert page.fields["text"] == text
    assert "data-asked" in page.source
    assert "Press Check to see its problems." in page.source
    assert "pageviw" in _save(staff, instance, text, action="check").text


def test_draft__entry_added__stands_in_its_section_and_is_not_saved(staff: Visitor, instance: Instance) -> None:
    page = staff.post("instance_draft", instance.pk, text=SHOP, revision=0, add="offer")
    line = page.fields["text"].split("\n").index("  - name: banner") + 1
    assert f"Added to offers, from line {line} on" in page.text
    assert f'data-go="{line}"' in page.source
    assert page.fields["text"].replace("\r", "").startswith(SHOP[: SHOP.index("tokens:")])
    assert not Draft.objects.exists()


def test_draft__entry_added_to_a_section_in_one_line__says_how_to_write_it(staff: Visitor, instance: Instance) -> None:
    page = staff.post("instance_draft", instance.pk, text="offers: [{name: a}]", revision=0, add="offer")
    assert "Write offers as one entry after the other" in page.text
    assert page.fields["text"] == "offers: [{name: a}]"


def test_language_page__opened__explains_every_section_with_valid_examples(staff: Visitor) -> None:
    page = staff.get("language")
    for name in ("keys", "events", "attributes", "offers", "offers, set", "activations, webhook", "tests, steps"):
        assert name in page.text
    assert "- name: banner" in page.text
    assert "90d" in page.text
