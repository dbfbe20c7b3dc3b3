"""Whatever is sent, errors have one form, and nothing is ever answered with HTML or a 500."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.fields import Time
from p13nadmin.api.handler import error_response
from p13nadmin.api.parsers import read_json
from tests.http import Api, assert_error
from tests.world import a_caller, an_instance

pytestmark = pytest.mark.django_db

WRITING = ["/routing", "/accounts", "/instances", "/tokens", "/keys"]
TOKEN = "e65d8a9df2094f02b84cd660efff6f27"


@pytest.fixture
def operator() -> Api:
    an_instance(1, 8)
    return a_caller("operator")


@pytest.mark.parametrize(
    "path",
    [
        "/routing/",
        "/routing/1",
        "/tokens/1",
        "/tokens/1/delete",
        "/keys//revoke",
        "/accounts/1",
        "/instances/x/y",
        "/schema/x",
        "/my-database/pageviews",
        "/metrics",
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_unknown_path__404_as_json(operator: Api, settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug

    assert_error(operator.get(path), 404, says="without a slash")


@pytest.mark.parametrize("path", WRITING)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_method__405_as_json(operator: Api, path: str, method: str) -> None:
    response = operator.send(method, path)

    assert_error(response, 405)
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_get_of_what_only_changes__405(operator: Api) -> None:
    assert_error(operator.get("/tokens/1/revoke"), 405)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "application/yaml", "garbage", "application/json;q=x;;"]
)
def test_accept__something_else__406_as_json(operator: Api, accept: str) -> None:
    response = operator.get("/keys", headers={"Accept": accept})

    if response.status_code != 200:
        assert_error(response, 406)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/yaml",
        "application/json2",
        "json",
        ";",
        "a/b/c",
        "\xff",
    ],
)
@pytest.mark.parametrize("path", WRITING)
def test_content_type__not_json__415(operator: Api, path: str, content_type: str) -> None:
    assert_error(operator.send("POST", path, b'{"name": "x"}', content_type=content_type), 415)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=utf-16"]
)
def test_content_type__json_with_parameters__accepted(operator: Api, content_type: str) -> None:
    response = operator.send("POST", "/tokens", b'{"name": "x"}', content_type=content_type)

    assert response.status_code == 201


NOT_JSON = {
    "cut short": b'{"name": "x"',
    "nothing but a space": b" ",
    "NaN": b'{"name": NaN}',
    "infinity": b'{"name": -Infinity}',
    "a number too large": b'{"name": 1e400}',
    "a number far too long": b'{"name": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"name": "x", "name": "y"}',
    "nested 33 deep": b"[" * 33 + b"1" + b"]" * 33,
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "bytes that are no UTF-8": b'{"name": "\xff"}',
    "a surrogate as bytes": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "NUL": b'{"name": "\x00"}',
    "escaped NUL": b'{"name": "a\\u0000b"}',
    "escaped NUL in a key": b'{"na\\u0000me": "x"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "the other half": b'{"name": ["\\udfff"]}',
    "trailing text": b'{"name": "x"} {}',
    "single quotes": b"{'name': 'x'}",
    "a comment": b'{"name": "x"} // c',
}


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NOT_JSON.items()])
def test_body__not_json__400(operator: Api, body: bytes) -> None:
    assert_error(operator.send("POST", "/tokens", body), 400, says="not JSON")


def test_body__whole_surrogate_pair__is_text(operator: Api) -> None:
    response = operator.send("POST", "/tokens", b'{"name": "\\ud83d\\ude00"}')

    assert response.json()["name"] == "\N{GRINNING FACE}"


@pytest.mark.parametrize("path", WRITING)
def test_body__over_1_mib__413(operator: Api, path: str) -> None:
    assert_error(operator.send("POST", path, b" " * (1024 * 1024 + 1)), 413, says="1048576")


def test_body__declared_too_long__413_before_it_is_read(operator: Api) -> None:
    assert_error(operator.send("POST", "/tokens", b"{}", CONTENT_LENGTH=str(10**12)), 413)


def test_body__in_chunks_without_a_length__411_and_not_taken_for_empty(operator: Api) -> None:
    number = operator.post("/tokens", {"name": "x"}).json()["id"]

    response = operator.send("POST", f"/tokens/{number}/rotate", headers={"Transfer-Encoding": "chunked"})

    assert_error(response, 411, says="Content-Length")


@pytest.mark.parametrize("debug", [True, False])
def test_host__not_ours__400_as_json(operator: Api, settings: Any, debug: bool) -> None:
    settings.DEBUG = debug

    assert_error(operator.get("/keys", headers={"Host": "evil.example"}), 400)


@pytest.mark.parametrize("field", ["name", "token", "type", "allowed_ips", "expires_at", "rate", "account", TOKEN])
def test_secret_in_a_wrong_place__never_comes_back(operator: Api, caplog: pytest.LogCaptureFixture, field: str) -> None:
    with caplog.at_level(logging.DEBUG):
        texts = [
            operator.post(
                "/tokens", {"name": "x", "type": "public", "allowed_origins": [TOKEN], field: value}
            ).content.decode()
            for value in (TOKEN, [TOKEN], {TOKEN: TOKEN})
        ]
        texts.append(operator.get(f"/tokens?{field}={TOKEN}&page={TOKEN}").content.decode())

    assert not any(TOKEN in text for text in texts)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a {TOKEN} b", "a [hidden] b"),
        ("E65D8A9D-F209-4F02-B84C-D660EFFF6F27.", "[hidden]."),
        ("0123456789abcdef0123456789abcdef01234567", "[hidden]"),
        (f"sha256:{TOKEN}{TOKEN}", f"sha256:{TOKEN}{TOKEN}"),
        ("e65d8a9d", "e65d8a9d"),
        (TOKEN[:-1], TOKEN[:-1]),
    ],
)
def test_without_secrets__tokens_and_keys__hidden(text: str, expected: str) -> None:
    assert without_secrets(text) == expected


@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (RuntimeError("a bug"), 500)])
def test_unexpected_error__logged_and_told_plainly(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    response = error_response(error, {})

    body = json.loads(response.content)
    assert (response.status_code, body["code"], body["errors"]) == (status, status, [])
    assert str(error) not in body["message"]
    assert str(error) in caplog.text
    assert response.headers.get("Retry-After") == ("5" if status == 503 else None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["account", "instance", "name", "type", "token", "key", "scope", "add", "remove", "force", "allowed_ips"]
FIELDS += ["allowed_origins", "expires_at", "rate", "overlap", "region", "destinations", "database", "table"]
bodies = json_values | st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=8)

without_deadline = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@without_deadline
@given(path=st.sampled_from([*WRITING, "/tokens/1/rotate", "/keys/1/rotate", "/keys/1/revoke"]), body=bodies)
@example(path="/tokens", body={"name": "x", "rate": 10**40})
@example(path="/keys", body={"name": "x", "scope": "ingest", "expires_at": "0001-01-01T00:00:00+14:00"})
def test_any_json_body__never_a_server_error(operator: Api, path: str, body: Any) -> None:
    response = operator.post(path, body)

    if response.status_code >= 300:
        assert response.status_code < 500
        assert_error(response, response.status_code)


@without_deadline
@given(
    path=st.sampled_from(WRITING),
    body=st.binary(max_size=200),
    content_type=st.sampled_from(["application/json", "text/x"]),
)
def test_any_bytes__never_a_server_error(operator: Api, path: str, body: bytes, content_type: str) -> None:
    response = operator.send("POST", path, body, content_type=content_type)

    assert response.status_code in (400, 409, 415, 422)
    assert_error(response, response.status_code)


@without_deadline
@given(path=st.sampled_from(WRITING), query=st.text(max_size=60))
def test_any_query__never_a_server_error(operator: Api, path: str, query: str) -> None:
    response = operator.send("GET", path, QUERY_STRING=query.encode("utf-8", "replace").decode("latin-1"))

    assert response.status_code in (200, 404, 422)


@given(value=json_values)
def test_read_json__what_json_can_say__read_as_it_is(value: Any) -> None:
    text = json.dumps(value)
    finite = "NaN" not in text and "Infinity" not in text
    if finite and "\\u0000" not in text:
        assert read_json(text.encode()) == value


@given(text=st.text() | st.datetimes().map(str))
def test_time__any_text__a_time_with_a_zone_or_refused(text: str) -> None:
    time = Time(required=False)
    try:
        found = time.run_validation(text)
    except ValidationError:
        return
    assert found.utcoffset() is not None
