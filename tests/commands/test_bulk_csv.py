"""Reading CSV: what is a row, what is refused, and which line is named."""

from __future__ import annotations

import io

import pytest

from p13nadmin.bulk.columns import Column, Columns, moment, number, text, words
from p13nadmin.bulk.rows import BadRow, BrokenFile, Row
from p13nadmin.bulk.source import read_rows

COLUMNS = Columns((Column("account", number), Column("name", text), Column("tags", words, required=False)))
TIMES = Columns((Column("at", moment),))


def rows(content: str | bytes, columns: Columns = COLUMNS) -> list[Row | BadRow]:
    raw = content.encode() if isinstance(content, str) else content
    return list(read_rows(io.BytesIO(raw), "csv", columns))


def good(line: int, account: int, name: str, tags: tuple[str, ...] | None = None) -> Row:
    return Row(line, {"account": account, "name": name, "tags": tags})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("account,name\n1,web\n", [good(2, 1, "web")], id="plain"),
        pytest.param("account,name\n1,web", [good(2, 1, "web")], id="no final line end"),
        pytest.param("account,name\r\n1,web\r\n2,app\r\n", [good(2, 1, "web"), good(3, 2, "app")], id="CRLF"),
        pytest.param("\ufeffaccount,name\n1,web\n", [good(2, 1, "web")], id="byte order mark"),
        pytest.param("name,tags,account\nweb,a b,1\n", [good(2, 1, "web", ("a", "b"))], id="another order"),
        pytest.param(" Account , NAME \n 1 , web \n", [good(2, 1, "web")], id="spaces and capitals in the header"),
        pytest.param("account;name\n1;web\n", [good(2, 1, "web")], id="semicolons"),
        pytest.param("account\tname\n1\tweb\n", [good(2, 1, "web")], id="tabs"),
        pytest.param("\n\naccount,name\n\n1,web\n,\n2,app\n", [good(5, 1, "web"), good(7, 2, "app")], id="blank lines"),
        pytest.param('account,name\n1,"two\nlines"\n2,x\n', [good(2, 1, "two\nlines"), good(4, 2, "x")], id="quoted"),
        pytest.param('account,name\n1,"a, ""b"""\n', [good(2, 1, 'a, "b"')], id="quotes in quotes"),
        pytest.param("account,name\n", [], id="a header alone"),
        pytest.param("", [], id="empty"),
    ],
)
def test_csv__well_formed__rows_with_their_lines(content: str, expected: list[Row]) -> None:
    assert rows(content) == expected


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param("account,name\n1\n", 2, "2 cells are expected, 1 found", id="too few"),
        pytest.param("account,name\n1,a,b\n", 2, "2 cells are expected, 3 found", id="too many"),
        pytest.param("account,name\nx,web\n", 2, "account: a number from 1 to", id="no number"),
        pytest.param("account,name\n0,web\n", 2, "account: a number from 1 to", id="zero"),
        pytest.param("account,name\n-1,web\n", 2, "account: a number from 1 to", id="negative"),
        pytest.param("account,name\n1.0,web\n", 2, "account: a number from 1 to", id="decimal"),
        pytest.param("account,name\n١,web\n", 2, "account: a number from 1 to", id="other digits"),
        pytest.param("account,name\n9007199254740992,web\n", 2, "account: a number from 1 to", id="too large"),
        pytest.param(f"account,name\n{'9' * 5000},web\n", 2, "account: a number from 1 to", id="absurdly large"),
        pytest.param("account,name\n1,\n", 2, "name: is missing", id="empty cell"),
        pytest.param('account,name\n1,"web\n', 2, "a quote is opened and never closed", id="open quote"),
        pytest.param('account,name\n1,"web"x\n', 2, "goes on after its closing quote", id="text after a quote"),
        pytest.param(f"account,name\n1,{'x' * 131_073}\n", 2, "longer than 131072", id="huge cell"),
        pytest.param("account,name\n1,a\r2,b\n", 2, "lone carriage return", id="carriage returns"),
    ],
)
def test_csv__bad_row__named_with_line_and_reason(content: str, line: int, reason: str) -> None:
    (bad,) = rows(content)
    assert isinstance(bad, BadRow)
    assert bad.line == line
    assert reason in "; ".join(bad.reasons)


def test_csv__bad_row__those_around_it_are_read() -> None:
    first, bad, last = rows('account,name\n1,a\n2,"b"c\n3,d\n')
    assert (first, last) == (good(2, 1, "a"), good(4, 3, "d"))
    assert isinstance(bad, BadRow)


def test_csv__row_with_several_mistakes__every_reason() -> None:
    assert rows("account,name\nx,\n") == [
        BadRow(2, ("account: a number from 1 to 9007199254740991 is expected", "name: is missing"))
    ]


@pytest.mark.parametrize(
    ("content", "line", "reasons"),
    [
        pytest.param("acount,name\n1,a\n", 1, ["there is no column “acount”; did you mean account?"], id="near miss"),
        pytest.param("account,name,colour\n", 1, ["there is no column “colour”"], id="unknown"),
        pytest.param("account\n1\n", 1, ["the column name is missing", "account,name,tags"], id="missing"),
        pytest.param("account,name,name\n", 1, ["the column name appears twice"], id="twice"),
        pytest.param('"account,name\n1,a\n', 1, ["a quote is opened and never closed"], id="open quote in the header"),
        pytest.param(
            "\n\nx y z,name\n", 3, ["there is no column “x y z”", "account is missing"], id="below blank lines"
        ),
        pytest.param(b"account,name\n1,caf\xe9\n", 2, ["byte 6 is not UTF-8"], id="Latin-1"),
        pytest.param("account,name\n1,a\n".encode("utf-16"), 1, ["is UTF-16"], id="UTF-16"),
        pytest.param("account,name\n1,a\n".encode("utf-16-be"), 1, ["NUL"], id="UTF-16 without a mark"),
        pytest.param("account,name\n1,a\n2,\0\n", 3, ["NUL"], id="NUL"),
    ],
)
def test_csv__broken_file__line_and_every_reason(content: str | bytes, line: int, reasons: list[str]) -> None:
    with pytest.raises(BrokenFile) as caught:
        rows(content)
    assert caught.value.line == line
    assert all(reason in caught.value.reason for reason in reasons)


def test_csv__no_header_line__secrets_are_not_quoted() -> None:
    with pytest.raises(BrokenFile) as caught:
        rows("1,e65d8a9df2094f02b84cd660efff6f27\n")
    assert "e65d" not in caught.value.reason
    assert "column 2 has no known name" in caught.value.reason


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2027-03-31T12:00:00Z", "2027-03-31T12:00:00+00:00"),
        ("2027-03-31T12:00:00+02:00", "2027-03-31T10:00:00+00:00"),
        ("2027-03-31 12:00+00:00", "2027-03-31T12:00:00+00:00"),
    ],
)
def test_time__with_a_zone__in_utc(written: str, expected: str) -> None:
    (row,) = rows(f"at\n{written}\n", TIMES)
    assert isinstance(row, Row)
    assert row.values["at"].isoformat() == expected


@pytest.mark.parametrize(
    "written", ["2027-03-31", "2027-03-31T12:00:00", "tomorrow", "2027-02-30T00:00Z", "9999-12-31T23:59:59-05:00", "1"]
)
def test_time__without_a_zone_or_out_of_range__refused(written: str) -> None:
    (bad,) = rows(f"at\n{written}\n", TIMES)
    assert isinstance(bad, BadRow)
    assert "an ISO 8601 time with its zone is expected" in bad.reasons[0]
