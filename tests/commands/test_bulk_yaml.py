"""Reading a YAML list of mappings."""

from __future__ import annotations

import io

import pytest

from p13nadmin.bulk.columns import Column, Columns, number, text, words
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row
from p13nadmin.bulk.source import read_rows

COLUMNS = Columns((Column("account", number), Column("name", text), Column("tags", words, required=False)))


def rows(content: str) -> list[Row | BadRow]:
    return list(read_rows(io.BytesIO(content.encode()), "yaml", COLUMNS))


def good(line: int, account: int, name: str, tags: tuple[str, ...] | None = None) -> Row:
    return Row(line, {"account": account, "name": name, "tags": tags})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "- account: 1\n  name: a\n- {account: 2, name: b}\n", [good(1, 1, "a"), good(3, 2, "b")], id="both"
        ),
        pytest.param("# tokens\n---\n- account: 1\n  name: a\n...\n", [good(3, 1, "a")], id="document marks"),
        pytest.param("- account: 1\n  name: NO\n", [good(1, 1, "NO")], id="a word is a word"),
        pytest.param("- account: 1\n  name: 0123\n", [good(1, 1, "0123")], id="digits are text"),
        pytest.param("- account: 1\n  name: a\n  tags: [x, y]\n", [good(1, 1, "a", ("x", "y"))], id="a list"),
        pytest.param("- account: 1\n  name: a\n  tags:\n", [good(1, 1, "a")], id="nothing is absent"),
        pytest.param('- account: "1"\n  name: "~"\n', [good(1, 1, "~")], id="quoted"),
        pytest.param("[]", [], id="empty list"),
    ],
)
def test_yaml__a_list_of_mappings__rows_with_their_lines(content: str, expected: list[Row]) -> None:
    assert rows(content) == expected


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("- account: 1\n  name: a\n- x\n", 3, "a mapping is expected"),
        ("-\n", 1, "a mapping is expected"),
        ("- account: one\n  name: a\n", 1, "account: a number from 1 to 9007199254740991 is expected"),
        ("- account: 1\n  name: {a: b}\n", 1, "name: text is expected"),
        ("- account: 1\n  nmae: a\n  name: b\n", 1, "there is no column “nmae”; did you mean name?"),
    ],
)
def test_yaml__bad_entry__named_with_line_and_reason(content: str, line: int, reason: str) -> None:
    bad = rows(content)[-1]
    assert bad == BadRow(line, (reason,))


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param("", 1, "the file is empty", id="empty"),
        pytest.param("# nothing\n", 1, "the file is empty", id="a comment"),
        pytest.param("account: 1\n", 1, "a list of mappings is expected", id="a mapping"),
        pytest.param("- account: 1\n\tname: a\n", 2, "this is not YAML", id="a tab"),
        pytest.param("- [a\n- b", 3, "this is not YAML", id="cut short"),
        pytest.param("- &a {account: 1}\n- *a\n", 1, "anchors, aliases and tags", id="an anchor"),
        pytest.param("- {account: 1, name: a}\n- *a\n", 2, "anchors, aliases and tags", id="an alias"),
        pytest.param("- !!python/object:os.system {}\n", 1, "anchors, aliases and tags", id="a tag"),
        pytest.param("- {account: !!int 1}\n", 1, "anchors, aliases and tags", id="a tag on a value"),
        pytest.param("- account: 1\n  account: 2\n", 2, "a key appears twice", id="a key twice"),
        pytest.param("- ? [a]\n  : b\n", 1, "a key is a plain word", id="a list as key"),
        pytest.param("- []\n---\n- []\n", 3, "nothing may follow the list", id="two documents"),
        pytest.param("- account: 1\n  name: \x07\n", 2, "a control character", id="a control character"),
        pytest.param("- " + "[" * 30_000, 1, "nested too deeply", id="deep"),
        pytest.param("- " + "{a: " * 30_000, 1, "nested too deeply", id="deep mappings"),
    ],
)
def test_yaml__broken__line_and_reason(content: str, line: int, reason: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        rows(content)
    assert caught.value.line == line
    assert reason in caught.value.reason
