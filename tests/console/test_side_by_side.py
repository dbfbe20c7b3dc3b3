"""Two texts side by side: nothing of either is lost, and each line stands beside what it became."""

from __future__ import annotations

from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from p13nadmin.console.side_by_side import Row, Side, side_by_side
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Visitor
from tests.world import ACTOR
from tokens.services import issue_token

_LINES = st.lists(st.sampled_from(["a", "b", "c", "- d", "+ e", "--- f", "@@ -1 +1 @@", ""]), max_size=12)


def _unified(old: list[str], new: list[str], context: int = 3) -> str:
    return "\n".join(unified_diff(old, new, "old", "new", lineterm="", n=context))


def _text(side: Side) -> str:
    return side.start + side.middle + side.end


@given(_LINES, _LINES)
def test_rows__of_any_texts_with_all_lines_shown__are_those_texts(old: list[str], new: list[str]) -> None:
    if old == new:
        assert side_by_side(_unified(old, new)).rows == []
        return
    rows = side_by_side(_unified(old, new, context=100)).rows
    assert [_text(row.old) for row in rows if row.old] == old
    assert [_text(row.new) for row in rows if row.new] == new
    assert [row.old.number for row in rows if row.old] == list(range(1, len(old) + 1))
    assert [row.new.number for row in rows if row.new] == list(range(1, len(new) + 1))


@given(_LINES, _LINES)
def test_numbers__of_any_texts__are_those_of_the_lines(old: list[str], new: list[str]) -> None:
    for row in side_by_side(_unified(old, new, context=1)).rows:
        assert row.old is None or _text(row.old) == old[row.old.number - 1]
        assert row.new is None or _text(row.new) == new[row.new.number - 1]


def test_row__changed__marks_what_differs_alone() -> None:
    (row,) = side_by_side(_unified(["if: a > 10"], ["if: a > 20"])).rows
    assert row == Row("changed", Side(1, "if: a > ", "1", "0"), Side(1, "if: a > ", "2", "0"))


def test_rows__far_from_each_other__have_a_gap_between() -> None:
    old = [str(number) for number in range(30)]
    new = ["x", *old[1:29], "y"]
    sides = side_by_side(_unified(old, new))
    assert [row.gap for row in sides.rows].count(True) == 1
    assert (sides.old_name, sides.new_name, sides.cut) == ("old", "new", False)


def test_rows__very_many__are_cut_and_say_so() -> None:
    sides = side_by_side(_unified([f"a{each}" for each in range(5000)], [f"b{each}" for each in range(5000)]))
    assert len(sides.rows) == 2000
    assert sides.cut


def test_compare_page__draft_and_live__shows_both_columns(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    save_draft(instance=instance, text=SHOP.replace("> 0", "> 1 && '<b>'"), revision=None, actor=ACTOR)
    page = staff.get("instance_compare", instance.pk)
    assert "Version 1 Draft" in page.text
    assert "length &gt; <del>0</del>" in page.source
    assert "<ins>1 &amp;&amp; &#x27;&lt;b&gt;&#x27;</ins>" in page.source


def test_push_page__shows_the_text_side_by_side_as_well(staff: Visitor, instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    save_draft(instance=instance, text=SHOP, revision=None, actor=ACTOR)
    assert "As text, side by side" in staff.get("instance_push", instance.pk).text
