"""What the built editor offers while a configuration is written: completion, help, folding, search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from provisioning.models import Draft
from routing.models import Instance
from routing.services import change_destinations
from tests.console.browsing import NEEDS_BROWSER, signed_in
from tests.console.editing import NEEDS_EDITOR, choose_editor, expect_text, open_draft
from tests.console.pages import SHOP
from tests.console.test_accessibility import violations
from tests.world import ACTOR, an_instance
from tokens.services import issue_token

pytestmark = [*NEEDS_BROWSER, NEEDS_EDITOR]
PARTS = """\
keys: [client]
events:
  - {name: view, database: shop, table: pageviews}
  - name: order
    database: shop
    table: orders
attributes:
  - name: pages
    type: list
    event: view
    value: ${EVENT.some_column}
  - {name: visits, type: counter, event: view}
offers:
  - name: o
    set:
      - """
# What is written so far (behind PARTS where it begins with a space), and what is offered first.
OFFERED = {
    "": ["version", "description", "keys", "events", "attributes", "offers", "activations", "tokens", "tests"],
    "events:\n  - database: ": ["shop"],
    "events:\n  - {name: a, table: ": ["orders", "pageviews"],
    "attributes:\n  - name: a\n    type: ": ["counter", "imported", "list", "single"],
    "attributes:\n  - type: counter\n    ": ["name", "event", "if", "increment", "window", "sensitive"],
    "attributes:\n  - type: single\n    aggregation: ": ["first", "last", "max", "min", "sum"],
    "tokens:\n  - name: ": ["web"],
    "tests:\n  - name: t\n    steps:\n      - post: ": ["shop/orders", "shop/pageviews"],
    " ": ["event", "if", "data"],
    " event: ": ["order", "view"],
    " event: [view, ": ["order", "view"],
    " event:\n          - ": ["order", "view"],
    " if: PROFILE.": ["pages", "visits", "client"],
    " if: PROFILE.visits.": ["toFixed", "toPrecision", "toString"],
    " if: PROFILE.pages.at(-1).": ["time", "value"],
    " data:\n          a: Hello ${EVENT.": ["client", "some_column"],
    " data: {a: '${PROFILE.": ["pages", "visits", "client"],
    " if: JSON.": ["parse", "stringify"],
    " data: {a: 'no ${NOW} more": [],
    " if: EVENT.a == 'PROF": [],
}


@pytest.fixture
def instance(transactional_db: None) -> Instance:
    made = an_instance()
    change_destinations(instance=made, add=[("shop", "pageviews"), ("shop", "orders")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    return made


@pytest.fixture
def page(settings: Any, browser: Browser, live_server: Any, instance: Instance) -> Iterator[Page]:
    choose_editor(settings, "built")
    yield from signed_in(browser, live_server.url)


def _offered(page: Page, box: Locator, text: str) -> list[str]:
    """What is offered behind `text`, asked for by the keyboard."""
    box.fill(PARTS + text[1:] if text.startswith(" ") else text)
    box.press("Control+End")
    box.press("Control+Space")
    shown = page.get_by_role("listbox", name="Completions")
    # Nothing to wait for when nothing is offered: two frames are drawn after the answer.
    page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(done), 150))")
    labels = page.locator(".cm-completionLabel").all_inner_texts() if shown.is_visible() else []
    box.press("Escape")
    return labels


def test_completion__at_each_place__offers_what_can_stand_there(page: Page, instance: Instance) -> None:
    with page.expect_response("**/draft/words/"):
        box = open_draft(page, instance.pk)
    offered = {text: _offered(page, box, text) for text in OFFERED}
    assert {text: labels[: len(OFFERED[text])] for text, labels in offered.items() if OFFERED[text]} == {
        text: labels for text, labels in OFFERED.items() if labels
    }
    assert [offered[text] for text, labels in OFFERED.items() if not labels] == [[], []]


def test_completion__taken__is_written_with_what_belongs_to_it(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill("")
    for typed in ("attri", "na"):
        box.press_sequentially(typed)
        expect(page.locator(".cm-completionLabel").first).to_be_visible()
        # A list that has just come takes no key for a moment, lest it take what was meant for the text.
        page.wait_for_function("new Promise(done => setTimeout(() => done(true), 120))")
        box.press("Enter")
    expect_text(page, "attributes:\n  - name: ")
    assert page.locator(".cm-line").all_inner_texts() == ["attributes:", "  - name: "]


def test_hover__over_a_field_or_a_name__explains_it(page: Page, instance: Instance) -> None:
    with page.expect_response("**/draft/words/"):
        open_draft(page, instance.pk).fill(SHOP)
    for word, said in {
        "database": "The database of the rows.",
        "preferences": "type: list",
        "length": "How many items.",
        "slice": "The items from start up to before end",
    }.items():
        page.mouse.move(0, 0)
        expect(page.locator(".c-hover")).to_have_count(0)
        place = _place_of(page, word, last=word in ("preferences", "slice"))
        page.mouse.move(*place)
        shown = page.locator(".c-hover")
        expect(shown).to_be_visible()
        assert said in shown.inner_text()


def _place_of(page: Page, word: str, *, last: bool) -> tuple[float, float]:
    """Where a word is drawn, in pixels of the window."""
    found: dict[str, float] = page.evaluate(
        """([word, last]) => {
            const lines = [...document.querySelectorAll('.cm-line')].filter(line => line.textContent.includes(word));
            const line = last ? lines.at(-1) : lines[0];
            line.scrollIntoView({ block: 'center' });
            const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
            const range = document.createRange();
            for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                const at = node.data.lastIndexOf(word);
                if (at < 0) continue;
                range.setStart(node, at);
                range.setEnd(node, at + word.length);
            }
            const { left, top, width, height } = range.getBoundingClientRect();
            return { x: left + width / 2, y: top + height / 2 };
        }""",
        [word, last],
    )
    return found["x"], found["y"]


def test_fold_and_search__by_keyboard__work(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill(SHOP)
    lines = page.locator(".cm-line").count()
    box.press("Control+Alt+[")
    expect(page.locator(".cm-foldPlaceholder").first).to_be_visible()
    assert page.locator(".cm-line").count() < lines
    box.press("Control+Alt+]")
    expect(page.locator(".cm-foldPlaceholder")).to_have_count(0)
    box.press("Control+f")
    page.get_by_role("textbox", name="Find").press_sequentially("pageview")
    expect(page.locator(".cm-searchMatch").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_focused()


def test_problem__underlined__is_mended_from_its_own_place_and_undone(page: Page, instance: Instance) -> None:
    box = open_draft(page, instance.pk)
    box.fill(SHOP.replace("type: list", "type: lists"))
    expect(page.locator(".cm-lintRange-error").first).to_have_text("lists")
    box.press("Control+Home")
    box.press("F8")
    page.locator(".cm-lintRange-error").first.hover()
    page.locator(".cm-diagnostic").get_by_role("button", name="Mend it").click()
    expect_text(page, SHOP)
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    box.press("Control+z")
    expect_text(page, SHOP.replace("type: list", "type: lists"))
    assert not Draft.objects.exists()


def test_expressions__in_values_and_conditions__are_coloured_as_such(page: Page, instance: Instance) -> None:
    open_draft(page, instance.pk).fill(SHOP)
    count = "[...document.querySelectorAll('.cm-line span')].filter(each => each.textContent === 'PROFILE').length"
    page.wait_for_function(f"{count} > 1")  # colours follow the text a moment later
    assert page.evaluate(count) == 2


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_editor__at_work__has_no_violation_by_axe_and_never_scrolls_sideways(
    page: Page, instance: Instance, width: int, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    box = open_draft(page, instance.pk)
    box.fill(PARTS + 'if: PROFILE.a > 5 && "x" === /a/  # why\n        data: {a: "b ${NOW}", c: true, d: null}')
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    page.get_by_text("Add an offer or something to remember").click()
    page.get_by_text("All keys").click()
    found = violations(page, "with problems")
    box.press("Control+f")
    page.keyboard.type("shop")
    found += violations(page, "with the search")
    page.keyboard.press("Escape")
    box.press("Control+Home")
    box.press("Control+Space")
    expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
    found += violations(page, "with completions")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_editor__that_does_not_load__leaves_the_plain_text_area(page: Page, instance: Instance) -> None:
    page.route("**/built/editor*.js", lambda route: route.abort())
    box = open_draft(page, instance.pk)
    box.fill("keys: 1")
    expect(page.locator("#text")).to_be_visible()
    expect(page.get_by_role("link", name="line 1:7")).to_be_visible()
    assert page.locator(".cm-editor").count() == 0


def test_editor__under_a_strict_policy__works_without_inline_scripts_or_eval(page: Page, instance: Instance) -> None:
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    )
    refused: list[str] = []

    def with_policy(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})

    page.on("console", lambda message: refused.append(message.text) if "/console/" in message.text else None)
    page.route("**/draft/", with_policy)
    open_draft(page, instance.pk).fill(SHOP.replace("type: list", "type: lists"))
    expect(page.locator(".cm-lintRange-error").first).to_have_text("lists")
    assert refused == []
