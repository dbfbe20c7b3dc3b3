"""The reader of pages sees what a reader of the rendered page sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, anchors, blocks, code_spans, headings, links, pages, tables

PAGE = """\
# A `first` heading

Some `code` and a [link](other.md#part),
a ![picture](images/console.png).

```yaml wrong public-token
keys: [a]
```

- in a list:

  ```text
  [no link](nowhere.md) `no span`
  ```

## Twice!
## Twice!

| expression | result |
| --- | --- |
| `a \\|\\| b` | `1` |
| `` `x` `` | a [page](page.md) |
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_blocks__fences__have_their_words_text_and_line(page: Path) -> None:
    first, second = blocks(page)

    assert (first.language, first.flags, first.text, first.line) == (
        "yaml", {"wrong", "public-token"}, "keys: [a]\n", 6,
    )  # fmt: skip
    assert (second.language, second.text, second.line) == ("text", "[no link](nowhere.md) `no span`\n", 12)


def test_links__with_pictures_and_in_tables__not_in_code(page: Path) -> None:
    assert [target for target, _ in links(page)] == ["other.md#part", "images/console.png", "page.md"]


def test_code_spans__in_words_and_tables__not_in_blocks(page: Path) -> None:
    assert [code for code, _ in code_spans(page)] == ["first", "code", "a || b", "1", "`x`"]


def test_anchors__headings__are_lower_case_and_counted(page: Path) -> None:
    assert headings(page) == ["A first heading", "Twice!", "Twice!"]
    assert anchors(page) == {"a-first-heading", "twice", "twice-1"}


def test_tables__cells__have_words_and_code(page: Path) -> None:
    (table,) = tables(page)

    assert (table.heading, table.header) == ("Twice!", ("expression", "result"))
    assert [[cell.text for cell in row] for row in table.rows] == [["a || b", "1"], ["`x`", "a page"]]
    assert table.rows[0][0].code == ("a || b",)


def test_pages__the_references__are_among_them() -> None:
    names = {str(each.relative_to(ROOT)) for each in pages()}

    assert {"docs/configuration.md", "docs/expressions.md", "CONTRIBUTING.md"} <= names
