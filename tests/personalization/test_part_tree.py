"""The parts of an expression as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from personalization.explanation import ExpressionTrace
from personalization.memory_profiles import MemoryProfiles
from personalization.part_tree import PartNode, deciding, leaves, part_tree
from tests.personalization.world import HEAD, NOW, plan_of

SOURCES = [
    "EVENT.n > 1",
    "EVENT.n > 1 && EVENT.t == 'x'",
    "(EVENT.n == 1 && EVENT.n < 5) || EVENT.t",
    "EVENT.l.map(x => x * 2).filter(x => x > 2).length > 5",
    "EVENT.n + EVENT.n * (EVENT.n - EVENT.n) > EVENT.l[0]",
    "EVENT.o?.a?.b ?? EVENT.n > 3",
    "[EVENT.n, {a: EVENT.n}].length == EVENT.l.length ? EVENT.n : EVENT.l.includes(EVENT.n + 1)",
    "`${EVENT.n} and ${EVENT.l.join('-')}` == 'x'",
    "1 > 2",
]


def _trace(source: str) -> ExpressionTrace:
    quoted = source.replace('"', '\\"')
    text = f'{HEAD}offers: [{{name: o, set: {{event: page, if: "{quoted}", data: {{a: 1}}}}}}]'
    event = {"user": "u1", "n": 1, "l": [1, 2, 3], "o": {"a": {"b": 0}}}
    _, explanation = MemoryProfiles(plan_of(text)).explain("shop", "pages", event, public=False, now=NOW)
    condition = explanation.offers[0].rules[0].condition
    assert condition is not None
    return condition.expressions[0]


def _all(nodes: Iterable[PartNode]) -> Iterator[PartNode]:
    for node in nodes:
        yield node
        yield from _all(node.children)


@pytest.mark.parametrize("source", SOURCES)
def test_tree__of_an_expression__holds_every_part_once_and_inside_of_its_parent(source: str) -> None:
    trace = _trace(source)
    tree = part_tree(trace.parts)
    assert [node.part for node in _all(tree)] == list(trace.parts)
    for node in _all(tree):
        assert trace.source[node.part.offset : node.end] == node.part.source
        assert all(node.part.offset <= child.part.offset and child.end <= node.end for child in node.children)


@pytest.mark.parametrize("source", SOURCES)
def test_leaves__of_an_expression__are_innermost_and_each_named_once(source: str) -> None:
    found = list(leaves(part_tree(_trace(source).parts)))
    assert all(not node.children for node in found)
    names = [node.part.source for node in found]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("source", "decides"),
    [
        ("EVENT.n > 1", None),
        ("EVENT.n > 1 && EVENT.t", "EVENT.n > 1"),
        ("EVENT.n == 1 && EVENT.t", "EVENT.t"),
        ("EVENT.n == 1 && EVENT.n < 5 && EVENT.n > 2", "EVENT.n > 2"),
        ("EVENT.n > 1 || EVENT.n > 2", None),
        ("EVENT.n && (EVENT.n > 5 || EVENT.n > 6)", "EVENT.n > 5 || EVENT.n > 6"),
    ],
)
def test_deciding__of_a_condition_that_is_not_met__is_what_it_failed_by(source: str, decides: str | None) -> None:
    trace = _trace(source)
    found = deciding(trace.source, part_tree(trace.parts))
    assert (found.part.source.strip("()") if found else None) == decides
