"""The report for whoever wrote the configuration."""

from __future__ import annotations

import pytest

from provisioning.language import report
from provisioning.language.problems import Problem
from tests.provisioning.language.checking import BASE, TOKEN, check


def test_report__nothing_wrong__says_so() -> None:
    assert report(check(BASE), "1/8.yaml") == "1/8.yaml: no problems\n"


def test_report__problems__each_with_place_words_hint_and_mended_line() -> None:
    text = report(check(BASE.replace("if: PROFILE.preferences.length > 0", "if: !EVENT.bot")), "draft")

    assert text == (
        "draft: 1 error, 0 warnings\n"
        "\n"
        'Line 16, column 13: error in offer "preferences_known", rule 1, if\n'
        "  a value that starts with `!` is a tag to YAML [leading-sign]\n"
        "  Hint: put the whole value in single quotes\n"
        "  The line mended: if: '!EVENT.bot'\n"
        "\n"
        "An error keeps the configuration from being used; a warning does not.\n"
    )


def shown(text: str) -> list[str]:
    """The quoted line of the first problem and the mark under it."""
    return report(check(text), "draft", text).splitlines()[3:5]


@pytest.mark.parametrize(
    ("line", "quoted", "mark"),
    [
        ("if: EVENT.a = 1", "    if: EVENT.a = 1", "        ^"),
        ("if: 'EVENT.a = 1'", "    if: 'EVENT.a = 1'", "         ^"),
        ("if:\tEVENT.a = 1", "    if: EVENT.a = 1", "        ^"),
        ('if: "EVENT.\\x61 = 1"', '    if: "EVENT.\\x61 = 1"', "         ^"),
        (f"if: EVENT.t == '{TOKEN}' && EVENT.a = 1", "    if: EVENT.t == '…6f27' && EVENT.a = 1", " " * 30 + "^"),
    ],
)
def test_report__with_the_text__shows_the_line_and_marks_the_column(line: str, quoted: str, mark: str) -> None:
    assert shown(BASE.replace("if: PROFILE.preferences.length > 0", line)) == [quoted, mark]


def test_report__long_line__shows_what_is_around_the_column() -> None:
    condition = " && ".join(f"EVENT.column_{number} > 0" for number in range(100))
    quoted, mark = shown(BASE.replace("PROFILE.preferences.length > 0", f"{condition} && EVENT.x = 1 && EVENT.y"))

    assert len(quoted) <= 104
    assert quoted[len(mark) - 1 :].startswith("EVENT.x = 1")


@pytest.mark.parametrize(
    "text", ["", "a: [", "x: 1", b"\xff", "a\n" * 3, "\r", "{", TOKEN, f"a: {{{TOKEN}: !x", "\ufeff: 1"]
)
def test_report__any_text__is_lines_without_a_token(text: str | bytes) -> None:
    written = report(check(text), "draft", text)

    assert written.endswith("\n")
    assert TOKEN not in written
    assert all(line.isprintable() for line in written.splitlines())


@pytest.mark.parametrize("cut", range(60, 140, 7))
def test_report__token_at_the_edge_of_what_is_shown__is_hidden(cut: int) -> None:
    text = BASE.replace("if: PROFILE.preferences.length > 0", f"if: EVENT.a = 1 {'&& 1' * (cut // 4)} == '{TOKEN}'")
    written = report(check(text), "draft", text)

    assert not any(TOKEN[start : start + 12] in written for start in range(20))


def test_problem__as_text_and_as_dict__carry_the_same() -> None:
    problem = Problem("keys[0]", 'key "a"', 3, 5, "error", "bad-name", "not a name", "another", "mended")

    assert str(problem) == "3:5: error bad-name not a name"
    assert problem.as_dict() == {
        "path": "keys[0]",
        "where": 'key "a"',
        "line": 3,
        "column": 5,
        "severity": "error",
        "code": "bad-name",
        "message": "not a name",
        "hint": "another",
    }
