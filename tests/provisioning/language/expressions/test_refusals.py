"""What is outside of the language is refused, with its name, its place and what to write instead."""

from __future__ import annotations

import pytest

from provisioning.language.expressions import compile_expression
from tests.provisioning.language.expressions.refusing import marked, refusals

UNSUPPORTED = [
    ("EVENT.a = 1", "assigning", "==="),
    ("EVENT.a += 1", "assigning", "+ 1"),
    ("EVENT.a++", "`++`", "+ 1"),
    ("--EVENT.a", "`++`", "- 1"),
    ("(1, 2)", "comma", "one expression"),
    ("1, 2", "comma", "one expression"),
    ("(function (x) { return x })", "`function`", "=>"),
    ("EVENT.list.map(function (x) { return x })", "`function`", "=>"),
    ("x => { return 1 }", "arrow function with", "one expression"),
    ("class A {}", "`class`", ""),
    ("this.x", "`this`", "PROFILE"),
    ("await EVENT.x", "`await`", ""),
    ("async x => x", "`async`", "leave it out"),
    ("delete EVENT.x", "`delete`", ""),
    ("EVENT.x instanceof Object", "`instanceof`", "typeof"),
    ("new Set(EVENT.x)", "`new`", "new Date"),
    ("new Date", "without exactly one value", "Date.now()"),
    ("new Date()", "without exactly one value", "Date.now()"),
    ("new Date(2027, 1, 1)", "without exactly one value", "ISO"),
    ("EVENT.tag`a${1}`", "before a template", "call"),
    ("[1,,2]", "gap", "undefined"),
    ("[,]", "gap", "undefined"),
    ("1 // one", "comment", "YAML"),
    ("1 /* one */ + 2", "comment", "YAML"),
    ("({get a() { return 1 }})", "method", "=>"),
    ("({a() { return 1 }})", "method", "=>"),
    ("EVENT.#a", "private", ""),
    ("Math", "Math by itself", "Math."),
    ("Math[EVENT.x](1)", "computed name", "Math."),
    ("Math.random()", "Math.random", "same"),
    ("Object.assign({}, EVENT)", "Object.assign", "..."),
    ("Array(3)", "Array by itself", "Array."),
    ("Date()", "Date by itself", "Date.now"),
    ("Date.now", "Date.now", "Date.now()"),
    ("Date.parse('2027')", "Date.parse", "getTime"),
    ("(EVENT.list?.at)(0)", "parentheses around `?.`", "leave them out"),
    ("\\u0061", "escape in a name", "letter"),
    ("EVENT.\\u0061", "escape in a name", "letter"),
]
SYNTAX = [
    ("", "empty"),
    ("   ", "empty"),
    ("1 +", "too early"),
    ("(1", "not closed"),
    ("[1, 2", "not closed"),
    ("{a: 1", "not closed"),
    ("1)", "closes nothing"),
    ("a b", "`b`"),
    ("1) + (2", "closes nothing"),
    ("08", "strict mode"),
    ("017", "strict mode"),
    ("1__0", "understand"),
    ("1_", "understand"),
    ("1n", "big integers"),
    ("3in [3]", "without a space"),
    ('"\\1"', "escape"),
    ('"\\8"', "escape"),
    ('"\\x4"', "understand"),
    ('"\\u{110000}"', "10FFFF"),
    ("`\\1`", "escape"),
    ('"a\nb"', "understand"),
    ("-2 ** 2", "what comes first"),
    ("typeof 2 ** 2", "what comes first"),
    ("1 ?? 2 || 3", "stand together"),
    ("1 && 2 ?? 3", "stand together"),
    ("(a, a) => 1", "two parameters"),
    ("([a, {b: a}]) => 1", "two parameters"),
    ("eval => 1", "name of a parameter"),
    ("(arguments) => 1", "name of a parameter"),
    ("(...a, b) => 1", "come last"),
    ("(...a,) => 1", "nothing can follow"),
    ("([...a, b]) => 1", "nothing can follow"),
    ("(a\n) \n => 1", "on the line"),
    ("(a = b, b) => 1", "before it has a value"),
    ("(a = a) => 1", "before it has a value"),
    ("1 + x => x", "parentheses"),
    ("x => x || y => y", "parentheses"),
    ("({a: b.c}) => 1", "cannot be a parameter"),
    ("([a.b]) => 1", "cannot be a parameter"),
    ("({...[a]}) => 1", "one name"),
    ("({...a, b}) => 1", "nothing can follow"),
    ("'a\\\nb\n'", "over the end of the line"),
    ("{,}", "comma"),
    ("{a: 1,, b: 2}", "comma"),
    ("Math.max(,)", "comma"),
    ("Math.max(1,,2)", "comma"),
    ("`${}`", "understand"),
    ("1 +\u200b 2", "invisible"),
    ("1 \u180e+ 1", "understand"),
    ("1\x00", "understand"),
    ("EVENT.😀", "not a name"),
    ("EVENT.half === '\ud83d'", "half of a character"),
    ("EVENT.a === “x”", "typographic"),
    ("EVENT.a &gt; 1", "HTML"),
    ("EVENT.a > 1 and EVENT.b", "word"),
    ("EVENT.a > 1 OR EVENT.b", "word"),
]
METHODS = [
    ("PROFILE.list.push(1)", "concat"),
    ("PROFILE.list.sort()", "toSorted"),
    ("PROFILE.list.reverse()", "toReversed"),
    ("PROFILE.list.forEach(x => x)", "map"),
    ("PROFILE.list.pop()", "at(-1)"),
    ("PROFILE.text.substr(1)", "slice"),
    ("PROFILE.text.localeCompare('a')", "<"),
    ("PROFILE.text.matchAll(/a/g)", "flag g"),
    ("/a/.exec('a')", "match"),
    ("PROFILE.object.hasOwnProperty('a')", "in object"),
    ("PROFILE.text.toLowercase()", "toLowerCase"),
    ("PROFILE.text.contains('a')", "includes"),
    ("PROFILE.list['push'](1)", "concat"),
    ("PROFILE.text?.trimLeft()", "trimStart"),
    ("PROFILE.list.map?.call(1)", "parentheses"),
    ("PROFILE.list()", ""),
    ("PROFILE.filter(x => x)", "Object.values"),
    ("'a'.match('a')", "match(/…/)"),
    ("'a'.search(`a`)", "search(/…/)"),
    ("'a'.match()", "match(/…/)"),
]
NAMES = [
    ("PROFIL.x", "did you mean `PROFILE`?"),
    ("profile.x", "write `PROFILE`"),
    ("td_client_id", "EVENT.td_client_id"),
    ("None", "null"),
    ("True", "true"),
    ("RegExp('a')", "between slashes"),
    ("parseint('1')", "parseInt"),
    ("console.log(1)", "EVENT.console"),
    ("len(PROFILE.list)", ".length"),
    ("let", ""),
]


@pytest.mark.parametrize(("source", "named", "instead"), UNSUPPORTED)
def test_syntax__that_is_not_supported__is_named_with_what_to_write(source: str, named: str, instead: str) -> None:
    error = refusals(source)[0]
    assert error.code == "expression-unsupported"
    assert named in error.message
    assert instead in error.hint


@pytest.mark.parametrize(("source", "reason"), SYNTAX)
def test_source__that_javascript_refuses__is_refused_with_the_reason(source: str, reason: str) -> None:
    error = refusals(source)[0]
    assert error.code == "expression-syntax"
    assert reason in error.message


@pytest.mark.parametrize(("source", "instead"), METHODS)
def test_method__that_there_is_not__is_refused_with_another(source: str, instead: str) -> None:
    error = refusals(source)[0]
    assert error.code == "expression-method"
    assert instead in error.hint


@pytest.mark.parametrize(("source", "hint"), NAMES)
def test_name__that_means_nothing__is_refused_with_a_guess(source: str, hint: str) -> None:
    error = refusals(source)[0]
    assert error.code in ("expression-unknown-name", "expression-unsupported")
    assert hint in error.hint


@pytest.mark.parametrize("source", ["`a${x => x}`", "1 + (x => x)", "'' + Math.max", "String(x => x)", "`${String}`"])
def test_function__turned_into_text__is_refused_where_it_is_seen(source: str) -> None:
    assert refusals(source)[0].code == "expression-function-text"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("1" + "+1" * 300, "expression-too-deep"),
        ("PROFILE" + ".a" * 300, "expression-too-deep"),
        ("1" + " ? 1 : 1" * 300, "expression-too-deep"),
        ("[" * 100 + "]" * 100, "expression-too-deep"),
        ("!" * 100 + "1", "expression-too-deep"),
        ("'" + "a" * 4096 + "'", "expression-too-long"),
        ("'" + "é" * 2048 + "'", "expression-too-long"),
    ],
)
def test_source__beyond_a_limit__is_refused(source: str, code: str) -> None:
    assert refusals(source)[0].code == code


@pytest.mark.parametrize(
    "source",
    [
        "1" + "+1" * 190,
        "1" + " || EVENT.a" * 300,
        "(" * 1000 + "1" + ")" * 1000,
        "[" * 70 + "]" * 70,
        "'" + "a" * 4094 + "'",
    ],
)
def test_source__within_the_limits__is_accepted(source: str) -> None:
    assert compile_expression(source).constant == ("EVENT" not in source)


def test_problems__several__are_told_all_at_once_in_order() -> None:
    source = "foo + EVENT.list.push(1) + Math.random() + this + /(?=a)/.test(1)"
    errors = refusals(source)
    assert [marked(source, error) for error in errors] == ["foo", "push", "Math.random", "this", "/(?=a)/"]
    assert [error.offset for error in errors] == sorted(error.offset for error in errors)


@pytest.mark.parametrize("before", ["'é' + ", "'😀' + ", "'日本語' +\n  "])
def test_offsets__after_letters_beyond_ascii__count_characters(before: str) -> None:
    source = f"{before}nope"
    assert [marked(source, error) for error in refusals(source)] == ["nope"]


def test_syntax_error__after_letters_beyond_ascii__is_placed_by_characters() -> None:
    source = "'日本語' + 1 2"
    assert marked(source, refusals(source)[0]) == "2"
