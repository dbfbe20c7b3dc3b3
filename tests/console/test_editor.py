"""The draft's editor in a real browser, built and plain: whatever one does, the other does as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from provisioning.models import Draft
from provisioning.services import save_draft
from routing.models import Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, sign_in, signed_in
from tests.console.editing import KINDS, USUAL, check, choose_editor, editor, expect_text, open_draft, problem, selected
from tests.console.pages import SHOP
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

MISTAKEN = (
    SHOP.replace("    table: pageviews", "    tabel: pageviews")
    .replace("type: list", "type: lists")
    .replace("- event: pageview\n        if", "- event: pageviw\n        if")
)
RAW = "7d1f2c0b9a8e4f6d8c5b4a3928170605"
pytestmark = NEEDS_BROWSER
in_both = pytest.mark.parametrize("page", KINDS, indirect=True)


@pytest.fixture
def page(request: Any, settings: Any, browser: Browser, live_server: Any, instance: Instance) -> Iterator[Page]:
    choose_editor(settings, getattr(request, "param", USUAL))
    yield from signed_in(browser, live_server.url)


@pytest.fixture
def instance(transactional_db: None) -> Instance:
    made = an_instance()
    change_destinations(instance=made, add=[("shop", "pageviews")], actor=ACTOR)
    return made


@in_both
def test_problem__clicked__selects_its_place(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill(MISTAKEN)
    check(page)
    line = MISTAKEN[: MISTAKEN.index("pageviw")].count("\n") + 1
    page.get_by_role("link", name=re.compile(f"^line {line}:")).click()
    assert selected(page) == "pageviw"


def test_problems__while_typing__come_and_go_by_themselves(page: Page, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    box = open_draft(page, instance.pk)
    box.fill(SHOP)
    expect(page.get_by_text("No problems.")).to_be_visible()
    box.press("Control+End")
    box.press_sequentially("ofers: 1")
    expect(problem(page, "is not a field of a configuration")).to_be_visible()
    for _ in "ofers: 1":
        box.press("Backspace")
    expect(page.get_by_text("No problems.")).to_be_visible()
    assert not Draft.objects.exists()


@in_both
def test_mend__pressed__replaces_the_line_wherever_it_is_now(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill(MISTAKEN)
    check(page)
    box.press("Control+Home")
    box.press_sequentially("# mine\n")
    for message in ("is not a field of an event", "is one of list", "there is no event"):
        row = problem(page, message)
        row.get_by_role("button", name="Mend it").click()
        expect(row).to_have_count(0)
    expect_text(page, "# mine\n" + SHOP)
    box.press("Control+z")
    expect(page.locator("#text")).not_to_have_value("# mine\n" + SHOP)
    undone = page.locator("#text").input_value()
    assert undone.startswith("# mine\n")
    assert [line for line in undone.split("\n") if line not in SHOP.split("\n")] == ["# mine", "      - event: pageviw"]


@in_both
def test_mend__of_a_line_that_changed_meanwhile__leaves_it_alone(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill(SHOP.replace("type: list", "type: lists"))
    check(page)
    page.route("**/draft/problems/", lambda route: route.abort())
    editor(page).fill("other: 1")
    page.get_by_role("button", name="Mend it").click()
    expect(page.get_by_role("button", name="The line has changed")).to_be_visible()
    expect_text(page, "other: 1")
    assert not Draft.objects.exists()


def test_report__copied__is_plain_text(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill(MISTAKEN)
    check(page)
    page.get_by_text("Report for the customer's engineer").click()
    page.get_by_role("button", name="Copy report").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Configuration of instance 1/8: ")
    assert "tabel" in copied


def test_list__renewed__keeps_unfolded_what_was(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill(MISTAKEN)
    check(page)
    page.get_by_text("Report for the customer's engineer").click()
    box.press("Control+End")
    box.press_sequentially("ofers: 1")
    report = page.locator("#report")
    expect(report).to_contain_text("ofers")
    assert report.is_visible()


@in_both
@pytest.mark.parametrize(("width", "height"), [(1440, 700), (390, 700)])
def test_long_text__opened__keeps_its_buttons_in_reach(page: Page, instance: Instance, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    save_draft(instance=instance, text=SHOP + "# more\n" * 2000, revision=None, actor=ACTOR)
    open_draft(page, instance.pk)
    page.evaluate("window.scrollTo(0, 0)")
    for name in ("Save draft", "Check", "Save and push…"):
        button = page.get_by_role("button", name=name)
        expect(button).to_be_in_viewport(ratio=0.9)
        place = button.bounding_box()
        assert place is not None
        assert 0 <= place["y"] < height - 0.9 * place["height"]


@in_both
def test_offer__added__stands_selected_in_view(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill(SHOP)
    page.get_by_text("Add an offer or something to remember").click()
    page.get_by_role("button", name="An offer for some pages").click()
    expect(page.get_by_text("Added to offers, from line")).to_be_visible()
    editor(page)
    assert "name" in selected(page) or "- " in selected(page)


def test_example__chosen__replaces_the_text_after_a_question(page: Page, instance: Instance) -> None:
    save_draft(instance=instance, text="mine: 1\n", revision=None, actor=ACTOR)
    open_draft(page, instance.pk).fill("mine: 2\n")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_text("Add an offer or something to remember").click()
    page.get_by_label("Start from:").select_option("shop")
    page.get_by_role("button", name="Use this example").click()
    expect(page.get_by_text("This is the worked example")).to_be_visible()
    assert asked == ["Replace what you typed by the example?"]
    assert "spend_90d" in page.locator("#text").input_value()
    assert Draft.objects.get().text == "mine: 1\n"


@in_both
def test_keys__save_indent_and_leave(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill("")
    box.press_sequentially("keys:")
    box.press("Enter")
    box.press("Tab")
    box.press_sequentially("- aa")
    box.press("Escape")
    box.press("Enter")
    box.press_sequentially("- bb")
    expect_text(page, "keys:\n  - aa\n  - bb")
    box.press("Escape")
    box.press("Control+a")
    box.press("Tab")
    if page.locator("#text").is_hidden():
        box.press("Shift+Tab")
        expect_text(page, "keys:\n  - aa\n  - bb")
    box.press("Control+s")
    expect(page.get_by_text("The draft is saved (revision 1)")).to_be_visible()
    assert Draft.objects.get().updated_by == "staff anna"
    box = editor(page)
    box.focus()
    box.press("Escape")
    box.press("Tab")
    expect(box).not_to_be_focused()


def test_keys__go_on_to_the_push(page: Page, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    box = open_draft(page, instance.pk)
    box.fill(SHOP)
    box.press("Control+Shift+Enter")
    expect(page.get_by_role("heading", name="Push the draft")).to_be_visible()
    assert Draft.objects.get().text == SHOP


@in_both
def test_signed_out_meanwhile__keeps_the_text_and_goes_on_after_signing_in(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill("mine: 1")
    check(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Not sent: you are signed out")).to_be_visible()
    expect_text(page, "mine: 1")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="sign in in another tab").click()
    sign_in(popup.value)
    expect(popup.value.get_by_role("heading", name="Instances", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved (revision 1)")).to_be_visible()
    assert Draft.objects.get().text == "mine: 1"


def test_left_with_unsaved_changes__asks(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill("mine: 1")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Overview").last.click()
    assert asked == ["beforeunload"]
    expect_text(page, "mine: 1")


@in_both
def test_someone_saved_meanwhile__is_told_at_once_and_both_texts_are_kept(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill("mine: 1")
    Draft.objects.create(instance=instance, text="theirs: 1", revision=1, updated_by="staff ben")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("staff ben saved this draft meanwhile (revision 1).")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Not saved:")).to_be_visible()
    expect(page.get_by_text("-theirs: 1")).to_be_visible()
    expect_text(page, "mine: 1")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("The draft is saved (revision 2)")).to_be_visible()
    assert Draft.objects.get().text == "mine: 1"


def test_unknown_tokens__registered_from_the_list__are_known_by_their_digests(page: Page, instance: Instance) -> None:
    listed = f"tokens:\n  - {RAW}  # web-eu\n  - {RAW[::-1]}\n"
    open_draft(page, instance.pk).fill(SHOP.replace("tokens:\n  - name: web\n", listed))
    check(page)
    page.get_by_role("button", name="Save and register 2 unknown tokens…").click()
    expect(page.get_by_role("heading", name="Register tokens")).to_be_visible()
    assert RAW not in page.content()
    expect(page.get_by_label("Name").first).to_have_value("web-eu")
    page.get_by_role("button", name="Register 2 tokens").click()
    expect(page.get_by_text("Every token that the draft lists is registered.")).to_be_visible()
    expect(page.get_by_text("No problems.")).to_be_visible()
    assert set(AccessToken.objects.values_list("name", flat=True)) == {"web-eu", "token-1"}


def test_check_page__text_pasted__lists_problems_and_stores_nothing(page: Page, instance: Instance) -> None:
    page.get_by_role("link", name="Check a configuration").click()
    editor(page).fill(SHOP.replace("type: list", "type: lists"))
    check(page)
    expect(problem(page, "is one of list")).to_be_visible()
    page.get_by_role("button", name="Mend it").click()
    expect(page.get_by_text("No problems.")).to_be_visible()
    assert not Draft.objects.exists()


@in_both
def test_draft__viewed_without_permission_to_change__is_read_only_but_checked(
    page: Page, instance: Instance, django_user_model: Any
) -> None:
    save_draft(instance=instance, text="keys: 1\n", revision=None, actor=ACTOR)
    anna = django_user_model.objects.get()
    anna.is_superuser = False
    anna.save()
    anna.user_permissions.set(_permission("view_draft"))
    box = open_draft(page, instance.pk)
    box.press("Control+End")
    box.press("x")
    expect_text(page, "keys: 1\n")
    expect(page.get_by_role("link", name=re.compile("^line 1:7"))).to_be_visible()
    expect(page.get_by_role("button", name="Save draft")).to_have_count(0)
    assert Draft.objects.get().text == "keys: 1\n"


def _permission(codename: str) -> Any:
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename=codename)
