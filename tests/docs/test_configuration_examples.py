"""The examples of the configuration language do what the page says, to the letter."""

from __future__ import annotations

import pytest

from personalization.golden import run_golden_tests
from provisioning.language import json_schema
from provisioning.language.plan import Plan
from tests.docs.blocks import ROOT, Block, Cell, blocks, tables
from tests.docs.examples import NOW, checked, first_problem, printed, with_condition, worked
from tests.docs.schema_checking import disagreements

PAGE = ROOT / "docs" / "configuration.md"
BLOCKS = blocks(PAGE)
RIGHT = [block for block in BLOCKS if block.language == "yaml" and "wrong" not in block.flags]
WRONG = [(block, BLOCKS[index + 1]) for index, block in enumerate(BLOCKS) if "wrong" in block.flags]


@pytest.mark.parametrize("block", RIGHT, ids=str)
def test_example__right_one__has_no_error(block: Block) -> None:
    assert printed(block.text).count(" error ") == 0


@pytest.mark.parametrize("block", RIGHT, ids=str)
def test_example__right_one__fits_the_json_schema(block: Block) -> None:
    assert disagreements(block.text, json_schema()) == []


@pytest.mark.parametrize(("block", "answer"), WRONG, ids=str)
def test_example__wrong_one__has_the_problems_that_follow_it(block: Block, answer: Block) -> None:
    assert answer.language == "text"
    assert answer.text == printed(block.text, block.flags)


def test_first_example__as_a_whole__has_no_problem_at_all() -> None:
    first = next(block for block in RIGHT if "offers:" in block.text)

    assert printed(first.text) == ""


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__as_it_is__has_no_problem_at_all(name: str) -> None:
    assert printed(worked()[name].read_text()) == ""


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__its_own_tests__all_pass(name: str) -> None:
    plan = _plan(name)

    assert len(plan.tests) >= 2
    assert run_golden_tests(plan, now=NOW) == []


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__its_tests__see_every_offer(name: str) -> None:
    plan = _plan(name)
    seen = {offer for test in plan.tests for step in test.steps for offer in step.offers or ()}

    assert seen == {offer.name for offer in plan.offers}


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__in_an_editor__fits_the_json_schema(name: str) -> None:
    assert disagreements(worked()[name].read_text(), json_schema()) == []


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__its_length__is_a_readers(name: str) -> None:
    assert 40 <= len(worked()[name].read_text().splitlines()) <= 120


@pytest.mark.parametrize("name", worked())
def test_worked_configuration__the_page__links_to_it(name: str) -> None:
    assert f"(examples/{name}.yaml)" in PAGE.read_text()


def _plan(name: str) -> Plan:
    plan = checked(worked()[name].read_text()).plan
    assert plan is not None
    return plan


SLIPS = next(table for table in tables(PAGE) if table.header[0] == "you write").rows


@pytest.mark.parametrize("row", SLIPS, ids=lambda row: row[0].text)
def test_slip__as_written__gets_the_words_of_the_page(row: tuple[Cell, ...]) -> None:
    written, said, _ = row
    expected = "" if said.text.startswith("nothing:") else said.text

    assert first_problem(written.code[0]).replace("`", "") == expected


@pytest.mark.parametrize("row", SLIPS, ids=lambda row: row[2].text)
def test_slip__as_it_should_be__has_no_problem(row: tuple[Cell, ...]) -> None:
    assert with_condition(row[2].code[0]).problems == ()
