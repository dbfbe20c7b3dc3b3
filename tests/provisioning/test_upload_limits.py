"""`POST /provision`: sizes, forms, content types and queries that are wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from provisioning.models import ConfigurationVersion
from routing.models import Instance
from tests.http import Api, assert_error, problems
from tests.provisioning.configurations import TOKEN, configuration
from tests.provisioning.uploading import MIB, YAML, upload, upload_form
from tests.world import ACTOR
from tokens.services import issue_token


def filled(size: int) -> bytes:
    text = configuration().encode()
    return text + b"#" * (size - len(text) - 1) + b"\n"


def test_size__exactly_1_mib__accepted(api: Api) -> None:
    assert upload(api, filled(MIB)).status_code == 201


def test_size__over_it_once_tokens_are_digests__422(api: Api, instance: Instance) -> None:
    issue_token(instance=instance, name="own", token=TOKEN, actor=ACTOR)
    text = filled(MIB - 33).decode() + f"#{TOKEN}"

    assert_error(upload(api, text), 422, says="list tokens by their names")


@pytest.mark.parametrize("way", ["yaml", "json", "form"])
def test_size__one_byte_more__413(api: Api, way: str) -> None:
    text = filled(MIB + 1)
    if way == "yaml":
        response = upload(api, text)
    elif way == "json":
        response = api.post("/provision", {"configuration": text.decode()})
    else:
        response = upload_form(api, {"file": SimpleUploadedFile("c.yaml", text)})

    assert_error(response, 413, says="1048576")
    assert not ConfigurationVersion.objects.exists()


@pytest.mark.parametrize("content_type", [YAML, "application/json", "multipart/form-data; boundary=x"])
def test_size__declared_far_too_long__413(api: Api, content_type: str) -> None:
    response = api.send("POST", "/provision", b"{}", content_type=content_type, CONTENT_LENGTH=str(4 * MIB))

    assert_error(response, 413)


def test_size__non_ascii_text_in_escaped_json__its_own_size_counts(api: Api) -> None:
    text = configuration() + "# " + "\u00e9" * (MIB // 2 - 1000) + "\n"

    assert api.post("/provision", {"configuration": text}).status_code == 201


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("?dryrun=true", "dryrun"),
        ("?dry_run=yes", "dry_run"),
        ("?dry_run=1", "dry_run"),
        ("?push=True", "push"),
        ("?push=", "push"),
        ("?push=true&push=true", "push"),
        ("?account=x", "account"),
        ("?instance=8.0", "instance"),
        ("?note=a%00b", "note"),
        ("?note=" + "x" * 2001, "note"),
    ],
)
def test_query__wrong__422_and_nothing_stored(api: Api, query: str, path: str) -> None:
    assert list(problems(upload(api, configuration(), query))) == [path]
    assert not ConfigurationVersion.objects.exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (None, "configuration"),
        ({}, "configuration"),
        ({"configuration": None}, "configuration"),
        ({"configuration": {"keys": []}}, "configuration"),
        ({"configuration": 5}, "configuration"),
        ({"configuration": "keys: [a]", "note": "x"}, "note"),
        ({"config": "keys: [a]", "configuration": ""}, "config"),
        ([], ""),
    ],
)
def test_json__wrong_shape__422(api: Api, body: Any, path: str) -> None:
    assert path in problems(api.post("/provision", body))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"file": "keys: [a]"},
        {"configuration": SimpleUploadedFile("c.yaml", b"keys: [a]")},
        {"file": [SimpleUploadedFile("a.yaml", b"keys: [a]"), SimpleUploadedFile("b.yaml", b"keys: [a]")]},
        {"file": SimpleUploadedFile("c.yaml", b"keys: [a]"), "note": "x"},
    ],
)
def test_form__not_one_file__422(api: Api, fields: dict[str, Any]) -> None:
    assert_error(upload_form(api, fields), 422)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=x", b"garbage"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nkeys",
        ),
        ("multipart/form-data; boundary=\xff", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 3000),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 2000 + b"--x--",
        ),
    ],
)
def test_form__malformed__a_clean_4xx(api: Api, content_type: str, body: bytes) -> None:
    response = api.send("POST", "/provision", body, content_type=content_type)

    assert response.status_code in (400, 422)
    assert_error(response, response.status_code)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/toml", ""])
def test_content_type__not_known__415(api: Api, content_type: str) -> None:
    assert_error(api.send("POST", "/provision", configuration(), content_type=content_type), 415)
