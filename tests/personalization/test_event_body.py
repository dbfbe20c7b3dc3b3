"""Which bodies are one good event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization import event_body
from personalization.refusals import Refusal
from tests.personalization.rig import Rig, assert_error


def nested(depth: int) -> bytes:
    """An object nested that deep, lists inside."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


BAD = [
    *(
        b"",
        b" ",
        b"not json",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"[{}]",
        b"{}{}",
        b"{} {}",
        b"{},",
        b'{"a":1,}',
        b"{'a':1}",
    ),
    *(
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":[-1e400]}',
        b'{"a":' + b"9" * 400 + b"}",
    ),
    *(
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":0x1}',
        b"{a:1}",
        b'{"a":undefined}',
        b"{/**/}",
        b'{"a":"\t"}',
    ),
    *(rb'{"a":"\ud800"}', rb'{"a":"\udc00\ud800"}', rb'{"\ud800":1}', rb'{"a":"\u12"}', rb'{"a":"\x41"}'),
    *(b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\x80"}', b"\xef\xbb\xbf{}", '{"a":1}'.encode("utf-16")),
    *(
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":3}',
        b'{"x":{"a":1,"a":2}}',
        b'{"x":[{"a":1,"a":2}]}',
        b'{"a":"1","\\u0061":"2"}',
    ),
    *(
        b'{"a":{"b":1},"a":1}',
        b'{"a\\"":1,"a\\"":2}',
        b'{"":1,"":2}',
        b'{"a":"\\\\","a":1}',
        b'{"q":"\\"","a":1,"a":2}',
    ),
    *(nested(33), nested(100), nested(2000), b"[" * 100_000, b'{"a":' * 5000),
]
GOOD = [
    *(
        b"{}",
        b' {"a":1}\n',
        b'{"a":"\\"","b":"\\\\"}',
        b'{"a\\"b":"c\\\\"}',
        rb'{"a":"\ud83d\ude00"}',
        '{"é":"😀"}'.encode(),
    ),
    *(b'{"a":1e308,"b":-0.0,"c":1E-400}', b'{"a":123456789012345678901234567890}', b'{"a":{"a":{"a":1}},"b":{"a":2}}'),
    *(b'{"a":"\\u0000"}', b'{"a":[],"b":{},"c":null,"d":true}', b'{"A":1,"a":2}', nested(32), b'{"__proto__":1}'),
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:30]))
def test_body__not_one_good_object__3004(rig: Rig, body: bytes) -> None:
    assert_error(rig.post(content=body), 400, 3004)


@pytest.mark.parametrize("body", GOOD, ids=lambda body: repr(body[:30]))
def test_body__one_good_object__is_stored_as_it_came(rig: Rig, body: bytes) -> None:
    assert rig.post(content=body).status_code == 200
    [(stored,)] = rig.query("SELECT body FROM events")
    assert stored.isascii()
    assert json.loads(stored) == json.loads(body)
    if body.isascii():
        assert stored == body.decode()


@pytest.mark.parametrize("time", [0, 1, 1_799_999_999, 253402300799])
def test_time__whole_seconds__is_accepted(rig: Rig, time: int) -> None:
    assert rig.post({"td_client_id": "1", "time": time}).status_code == 200


@pytest.mark.parametrize("time", [-1, 253402300800, 1.5, 1800000000.0, "1800000000", None, True, [], {}, 10**30])
def test_time__anything_else__3004(rig: Rig, time: Any) -> None:
    assert "`time`" in assert_error(rig.post({"td_client_id": "1", "time": time}), 400, 3004)


def test_time__in_milliseconds__says_seconds_expected(rig: Rig) -> None:
    assert "seconds expected" in assert_error(rig.post({"time": 1_800_000_000_000}), 400, 3004)


UUID = "0190b5a4-7b2c-7def-8a1b-0123456789ab"


@pytest.mark.parametrize("uuid", [UUID, UUID.upper(), UUID.replace("-", ""), "0" * 32])
def test_uuid__with_or_without_dashes_in_any_case__is_accepted(rig: Rig, uuid: str) -> None:
    assert rig.post({"uuid": uuid}).status_code == 200


@pytest.mark.parametrize(
    "uuid",
    [
        *(
            "",
            "1",
            UUID + "0",
            UUID[:-1],
            "{" + UUID + "}",
            "urn:uuid:" + UUID,
            UUID + "\n",
            " " + UUID,
            UUID.replace("-", "_"),
        ),
        *(UUID.replace("0", "０"), "g" + UUID[1:], UUID.replace("-", "", 1), 1, None, True, [UUID], {"a": UUID}),
    ],
)
def test_uuid__anything_else__3004(rig: Rig, uuid: Any) -> None:
    assert "`uuid`" in assert_error(rig.post({"uuid": uuid}), 400, 3004)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(event=st.dictionaries(st.text(), JSON, max_size=4), ascii_only=st.booleans())
def test_parse__any_json_object__is_what_it_says(event: dict[str, Any], ascii_only: bool) -> None:
    assert event_body.parse(json.dumps(event, ensure_ascii=ascii_only).encode("utf-8", "replace")) is not None


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\au01 ', max_size=40).map(str.encode))
def test_parse__any_bytes__agrees_with_a_strict_parser(body: bytes) -> None:
    assert _accepted(body) == _accepted_by_standard_library(body)


def _accepted(body: bytes) -> bool:
    try:
        event_body.parse(body)
    except Refusal:
        return False
    return True


def _accepted_by_standard_library(body: bytes) -> bool:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("duplicate key")
        return dict(pairs)

    try:
        value = json.loads(body.decode(), object_pairs_hook=once, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return False
    return isinstance(value, dict)


def _refuse(name: str) -> None:
    raise ValueError(name)
