"""Values on their way to JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.expressions import (
    UNDEFINED,
    EvaluationError,
    LazyObject,
    Scope,
    compile_expression,
    from_json,
    plain,
    to_json_text,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PLAIN: list[tuple[str, Any]] = [
    ("1", 1),
    ("1.5", 1.5),
    ("-0", 0),
    ("1e21", 1e21),
    ("2 ** 53 - 1", 2**53 - 1),
    ("NaN", None),
    ("Infinity", None),
    ("undefined", None),
    ("null", None),
    ("true", True),
    ("'a'", "a"),
    ("[1, undefined, NaN, x => x]", [1, None, None, None]),
    ("({a: 1, b: undefined, c: x => x, d: null})", {"a": 1, "d": None}),
    ("({b: 1, '2': 2, '1': 3})", {"1": 3, "2": 2, "b": 1}),
    ("new Date(0)", "1970-01-01T00:00:00.000Z"),
    ("[new Date(NaN)]", [None]),
    ("/a/", {}),
    ("'abc'.match(/b/)", ["b"]),
    ("({toJSON: () => 5})", 5),
    ("Math.max", None),
]


@pytest.mark.parametrize(("source", "value"), PLAIN)
def test_plain__of_each_kind__is_what_json_takes(source: str, value: Any) -> None:
    result = plain(compile_expression(source).evaluate(Scope()))
    assert result == value
    assert repr(result) == repr(value)


@pytest.mark.parametrize(
    ("value", "text"), [(UNDEFINED, None), ([1.0, "é😀\ud83d"], '[1,"\\u00e9\\ud83d\\ude00\\ud83d"]')]
)
def test_json_text__of_a_value__is_ascii(value: Any, text: str | None) -> None:
    assert to_json_text(value) == text


def test_plain__of_a_lazy_object__is_a_dict() -> None:
    assert type(plain(LazyObject(a=1.0))) is dict


@given(JSON_VALUES)
def test_json_text__read_again__is_the_value_with_doubles(value: Any) -> None:
    text = to_json_text(from_json(value))
    assert text is not None
    assert text.isascii()
    assert as_doubles(json.loads(text)) == as_doubles(value)
    assert as_doubles(json.loads(json.dumps(plain(value)))) == as_doubles(value)


@given(JSON_VALUES)
def test_expression__that_reads_a_value__gives_the_value(value: Any) -> None:
    scope = Scope(event={"value": value})
    assert compile_expression("EVENT.value").evaluate(scope) is value
    text = compile_expression("JSON.stringify(EVENT.value)").evaluate(scope)
    again = compile_expression("JSON.stringify(JSON.parse(EVENT.text))").evaluate(Scope(event={"text": text}))
    assert again == text


def as_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_doubles(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**1000 else math.inf
    return value


@pytest.mark.parametrize("convert", [plain, to_json_text])
@pytest.mark.parametrize(
    "source",
    [
        "Array.from('a'.repeat(200)).reduce(all => [all], [])",
        "Array.from('a'.repeat(40)).reduce(all => [all, all], [])",
        "Array.from('a'.repeat(40)).reduce(all => ({a: all, b: all}), {})",
    ],
)
def test_value__too_large_for_json__is_an_error(convert: Any, source: str) -> None:
    value = compile_expression(source).evaluate(Scope())
    with pytest.raises(EvaluationError) as raised:
        convert(value)
    assert raised.value.kind == "BudgetError"
