from __future__ import annotations

import pytest

from provisioning.console.additions import ADDITIONS, with_addition
from provisioning.console.texts import starter
from provisioning.language import Context, check_configuration
from tests.console.pages import SHOP

COUNTER = ADDITIONS["counter"]
ENTRY = "- name: visits\n  type: counter\n  event: pageview\n  window: 30d\n"


def _indented(by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in ENTRY.splitlines())


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("", "attributes:\n" + _indented(2), 2),
        ("version: 1\n\n\n", "version: 1\n\nattributes:\n" + _indented(2), 4),
        ("attributes: []\n", "attributes:\n" + _indented(2), 2),
        ("attributes:\n", "attributes:\n" + _indented(2), 2),
        ("attributes:\n- name: a\n", "attributes:\n- name: a\n" + _indented(0), 3),
        ("attributes:\n    - name: a\noffers: []\n", f"attributes:\n    - name: a\n{_indented(4)}offers: []\n", 3),
        (
            "attributes: # kept\n  - name: a\n\n# next\noffers: []\n",
            f"attributes: # kept\n  - name: a\n{_indented(2)}\n# next\noffers: []\n",
            3,
        ),
    ],
)
def test_with_addition__section__gets_the_entry_at_its_end(before: str, after: str, line: int) -> None:
    assert with_addition(before, COUNTER) == (after, line)


@pytest.mark.parametrize(
    "text", ["attributes: [{name: a}]\n", "attributes: &all\n  - name: a\n", "attributes: |\n  a\n"]
)
def test_with_addition__section_written_otherwise__is_left_alone(text: str) -> None:
    assert with_addition(text, COUNTER) is None


def test_with_addition__name_taken__is_counted_on() -> None:
    added = with_addition("attributes:\n  - {name: visits, type: counter}\n  - name: 'visits_2'\n", COUNTER)
    assert added
    assert "  - name: visits_3\n" in added[0]


@pytest.mark.parametrize("kind", ADDITIONS)
@pytest.mark.parametrize("text", [SHOP, starter([("shop", "pageviews")], [])], ids=["shop", "starter"])
def test_with_addition__every_kind__is_valid_at_once(kind: str, text: str) -> None:
    added = with_addition(text, ADDITIONS[kind])
    assert added
    before, after = (check_configuration(each, context=Context(now=0)) for each in (text, added[0]))
    assert after.plan
    assert before.plan
    entries = [len(plan.offers) + len(plan.attributes) for plan in (before.plan, after.plan)]
    assert entries[1] == entries[0] + 1
    new = {problem.code for problem in after.problems} - {problem.code for problem in before.problems}
    assert new <= {"unread-attribute"}
    assert added[0].split("\n")[added[1] - 1].strip().startswith("- name: ")
