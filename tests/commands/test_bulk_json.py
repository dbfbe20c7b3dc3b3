"""Reading JSON lists and JSON Lines."""

from __future__ import annotations

import io

import pytest

from p13nadmin.bulk.columns import Column, Columns, number, text, words
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row
from p13nadmin.bulk.source import read_rows

COLUMNS = Columns((Column("account", number), Column("name", text), Column("tags", words, required=False)))


def rows(content: str, format: str = "json") -> list[Row | BadRow]:
    return list(read_rows(io.BytesIO(content.encode()), format, COLUMNS))


def good(line: int, account: int, name: str, tags: tuple[str, ...] | None = None) -> Row:
    return Row(line, {"account": account, "name": name, "tags": tags})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param('[{"account": 1, "name": "a"}]', [good(1, 1, "a")], id="one line"),
        pytest.param(
            '\ufeff[\n {"account": 1, "name": "a"},\r\n\n {\n"account": "2",\n"name": "b", "tags": ["x", "y"]}\n]\n',
            [good(2, 1, "a"), good(4, 2, "b", ("x", "y"))],
            id="over several lines",
        ),
        pytest.param('[{"account": 1, "name": "a", "tags": "x y"}]', [good(1, 1, "a", ("x", "y"))], id="list as text"),
        pytest.param('[{"account": 1, "name": "a", "tags": null}]', [good(1, 1, "a")], id="null is absent"),
        pytest.param(" [ ] ", [], id="empty list"),
    ],
)
def test_json__a_list_of_objects__rows_with_their_lines(content: str, expected: list[Row]) -> None:
    assert rows(content) == expected


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("1", "an object is expected"),
        ("null", "an object is expected"),
        ("[]", "an object is expected"),
        ('{"name": "a"}', "account: is missing"),
        ('{"account": null, "name": "a"}', "account: is missing"),
        ('{"account": true, "name": "a"}', "account: a number is expected"),
        ('{"account": 1.0, "name": "a"}', "account: a number is expected"),
        ('{"account": 1e400, "name": "a"}', "account: a number is expected"),
        ('{"account": {}, "name": "a"}', "account: a number is expected"),
        ('{"account": 1, "name": 5}', "name: text is expected"),
        ('{"account": 1, "name": "a", "tags": [1]}', "tags: a list is expected"),
        ('{"account": 1, "name": "a", "tags": {}}', "tags: a list is expected"),
        ('{"account": 1, "name": "a", "nam": 1}', "there is no column “nam”; did you mean name?"),
        ('{"account": 1, "name": "a", "e65d8a9df2094f02b84cd660efff6f27": 1}', "column 3 has no known name"),
    ],
)
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json__bad_entry__named_with_line_and_reason(format: str, entry: str, reason: str) -> None:
    (bad,) = rows(f"\n\n[{entry}]" if format == "json" else f"\n\n{entry}", format)
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert reason in bad.reasons


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param("", 1, "a list of objects is expected", id="empty"),
        pytest.param('{"account": 1}', 1, "--format jsonl", id="an object"),
        pytest.param('[{"account": 1}', 1, "“,” or “]” is expected", id="cut short"),
        pytest.param('[\n{"account": 1}\n{"account": 2}]', 3, "“,” or “]” is expected", id="a comma is missing"),
        pytest.param('[\n{"account": 1},\n]', 3, "this is not JSON", id="a comma too many"),
        pytest.param('[\n{"account": 1,\n"name": x}]', 3, "this is not JSON, column 9", id="inside an entry"),
        pytest.param("[]\n[]", 2, "nothing may follow the list", id="two lists"),
        pytest.param('[\n{"account": NaN}]', 2, "NaN is not a JSON value", id="NaN"),
        pytest.param('[\n{"account": 1, "account": 2}]', 2, "a key appears twice", id="a key twice"),
        pytest.param(f"[{'9' * 5000}]", 1, "more than 20 digits", id="a huge number"),
        pytest.param("[" * 100_000, 1, "nested too deeply", id="deep"),
    ],
)
def test_json__broken__line_and_reason(content: str, line: int, reason: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        rows(content)
    assert caught.value.line == line
    assert reason in caught.value.reason


def test_json_lines__bad_lines__the_others_are_read() -> None:
    content = '{"account": 1, "name": "a"}\n\n{"account": \n' + "[" * 100_000 + '\r\n{"account": 2, "name": "b"}'
    first, cut, deep, last = rows(content, "jsonl")
    assert (first, last) == (good(1, 1, "a"), good(5, 2, "b"))
    assert isinstance(cut, BadRow)
    assert cut.line == 3
    assert deep == BadRow(4, ("nested too deeply",))
