"""Reading YAML: within bounds, with positions, and without the parts of YAML that this language does not have."""

from __future__ import annotations

import pytest

from provisioning.language.document import Document, MappingNode, Scalar, SequenceNode, scalars
from provisioning.language.loading import MAX_BYTES, MAX_DEPTH, MAX_FLAWS, load


def flaw_codes(document: Document) -> list[str]:
    return [flaw.code for flaw in document.flaws]


def first_flaw_line(document: Document) -> int:
    return document.position(document.flaws[0].at).line


def test_load__a_mapping__every_node_knows_where_it_stands() -> None:
    document = load("name: déjà\nlist:\n  - one\n  - 'two'\n")

    assert document.complete
    assert isinstance(document.root, MappingNode)
    listed = document.root.get("list")
    assert isinstance(listed, SequenceNode)
    second = listed.items[1]
    assert isinstance(second, Scalar)
    assert (second.text, second.style) == ("two", "single")
    assert document.text[second.start : second.end] == "'two'"
    assert (document.position(second.start).line, document.position(second.start).column) == (4, 5)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_position__any_line_break__lines_counted_alike(line_break: str) -> None:
    document = load(line_break.join(["a: 1", "b: 2", "c: 3", ""]))

    assert isinstance(document.root, MappingNode)
    assert [document.position(entry.key.start).line for entry in document.root.entries] == [1, 2, 3]
    assert document.line(2) == "b: 2"


def test_load__byte_order_mark__is_ignored() -> None:
    document = load(b"\xef\xbb\xbfname: x\n")

    assert document.complete
    assert [scalar.text for scalar in scalars(document.root)] == ["x", "name"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: &x 1\n", "anchor", 1),
        ("a: 1\nb: *x\n", "alias", 2),
        ("a: 1\n<<: {b: 2}\n", "merge-key", 2),
        ("a: !!str 1\n", "tag", 1),
        ("a: !secret 1\n", "tag", 1),
        ("a: ! 1\n", "tag", 1),
        ("a: !!map {b: 1}\n", "tag", 1),
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3),
        ("a: {b: 1, b: 2}\n", "duplicate-key", 1),
        ('a: 1\n"a": 2\n', "duplicate-key", 2),
        ("? [a]\n: 1\n", "key-not-text", 1),
        ("a: {{ x }}\n", "double-braces", 1),
        ("a: {{ x }: 1}\n", "key-not-text", 1),
        ("a: {{x: 1, y}}\n", "double-braces", 1),
        ("a: 1\n---\nb: 2\n", "second-document", 2),
    ],
)
def test_load__a_part_of_yaml_that_is_not_allowed__is_named_and_the_rest_is_read(
    text: str, code: str, line: int
) -> None:
    document = load(text)

    assert flaw_codes(document) == [code]
    assert first_flaw_line(document) == line
    assert document.complete
    assert document.root is not None


def test_load__several_flaws__all_are_named() -> None:
    document = load("a: &x 1\nb: *x\nc: !t 1\nb: 2\n")

    assert flaw_codes(document) == ["anchor", "alias", "tag", "duplicate-key"]


def test_load__quoted_merge_sign__is_a_plain_key() -> None:
    assert load('"<<": 1\n').flaws == ()


@pytest.mark.parametrize("text", ["- " * (MAX_DEPTH + 1) + "x", "[" * 25_000, "{a: " * 25_000, "- " * 25_000])
def test_load__nested_too_deep__is_refused(text: str) -> None:
    document = load(text)

    assert flaw_codes(document) == ["limit"]
    assert "32" in document.flaws[0].message
    assert not document.complete


def test_load__nested_as_deep_as_allowed__is_read() -> None:
    assert load("[" * MAX_DEPTH + "]" * MAX_DEPTH).flaws == ()


def test_load__as_large_as_allowed__is_read() -> None:
    assert load("a: " + "x" * (MAX_BYTES - 3)).flaws == ()


@pytest.mark.parametrize("text", ["a: " + "x" * MAX_BYTES, "a: " + "é" * (MAX_BYTES // 2)])
def test_load__too_large__is_refused(text: str) -> None:
    document = load(text)

    assert flaw_codes(document) == ["too-large"]
    assert not document.complete


def test_load__a_great_many_values__is_refused() -> None:
    assert flaw_codes(load("[" + "1," * 260_000 + "]")) == ["limit"]


@pytest.mark.parametrize("source", [b"a: \xff", b"a: 1\nb: \xc3\x28", "a: \ud800", b"\xff\xfea\x00"])
def test_load__not_utf_8__is_refused(source: str | bytes) -> None:
    assert flaw_codes(load(source)) == ["not-utf-8"]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x80", "\ufffe", "\ufeff"])
def test_load__forbidden_character__is_named_with_its_place(character: str) -> None:
    document = load(f"a: 1\nb: x{character}\n")

    assert flaw_codes(document) == ["forbidden-character"]
    position = document.position(document.flaws[0].at)
    assert (position.line, position.column) == (2, 5)
    assert f"U+{ord(character):04X}" in document.flaws[0].message


@pytest.mark.parametrize("text", ["a: [1, 2", "a: {b: 1", 'a: "b', "a: 1\n b: 2", "a\nb: 1\n  c", "@", "%a", "a: 'x"])
def test_load__syntax_error__one_flaw_that_says_to_fix_it_first(text: str) -> None:
    document = load(text)

    assert len(document.flaws) == 1
    assert document.flaws[0].message.endswith("fix this first; the rest was not checked")
    assert not document.complete


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_load__nothing_in_it__has_no_flaw(text: str) -> None:
    document = load(text)

    assert document.flaws == ()
    assert document.complete


@pytest.mark.parametrize("line", ["- &a 1", "- {a: 1, a: 2}", "- {[]: 1}", "- !t 1", "- *a"])
def test_load__flaws_without_end__end_the_reading(line: str) -> None:
    document = load("\n".join([line] * 5_000))

    assert not document.complete
    assert len(document.flaws) == MAX_FLAWS + 1
    assert document.flaws[-1].code == "limit"
    assert document.flaws[-1].message.endswith("fix this first; the rest was not checked")
    assert document.position(document.flaws[-1].at).line < 210
