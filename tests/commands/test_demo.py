"""demo: a customer to try the product with."""

from __future__ import annotations

import json
import re
import shlex
import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from personalization.demo.customer import CONFIGURATION
from provisioning.models import ConfigurationVersion, Push
from routing.models import Account, Destination, Instance
from tests.commands.conftest import Run
from tokens.header import digest
from tokens.models import AccessToken, ApiKey
from tokens.services import revoke

TOKEN = "e65d8a9df2094f02b84cd660efff6f27"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_directory(settings: Settings, tmp_path: Path) -> Path:
    settings.DEBUG = True  # pytest-django turns it off
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


def password_in(text: str) -> str:
    match = re.search(r"^Password  (\S+)  \(shown this once\)$", text, re.MULTILINE)
    assert match
    return match[1]


def signs_in(password: str) -> bool:
    """Whether the console lets the demo's user in."""
    client = Client()
    client.post("/admin/login/", {"username": "admin", "password": password, "next": "/admin/"})
    return client.get("/admin/").status_code == 200


def curl_in(text: str) -> list[str]:
    return shlex.split(text[text.index("curl ") :].replace("\\\n", " "))


def test_demo__first_time__a_whole_customer(run: Run) -> None:
    ran = run("demo")
    assert ran.failure is None
    assert list(Account.objects.values_list("number", flat=True)) == [1]
    assert [each.label for each in Instance.objects.all()] == ["1/8"]
    assert [str(each) for each in Destination.objects.all()] == ["your_database/pageviews"]
    token = AccessToken.objects.get()
    assert (token.digest, token.imported) == (digest(TOKEN), True)
    push = Push.objects.get()
    assert push.version.text == CONFIGURATION.read_text("utf-8")
    assert User.objects.get(username="admin").is_staff
    assert signs_in(password_in(ran.stdout))


def test_demo__what_it_prints__address_login_and_the_documents_curl_line(run: Run, settings: Settings) -> None:
    settings.PORT = 8123
    settings.ENDPOINT_URLS = {"local": "http://127.0.0.1:8123"}
    ran = run("demo")
    assert "Console   http://127.0.0.1:8123/admin/\nLogin     admin\n" in ran.stdout
    curl = curl_in(ran.stdout)
    headers = [curl[at + 1] for at, word in enumerate(curl) if word == "--header"]
    assert headers[0] == "Content-Type: application/vnd.treasuredata.v1+json"
    assert headers[1].lower() == f"wp13n-token: 1/8/{TOKEN}"
    key = re.fullmatch(r"Authorization: TD1 1/([0-9a-f]{40})", headers[2])
    assert key
    assert ApiKey.objects.get().digest == digest(key[1])
    assert curl[curl.index("-X") + 1] == "POST"
    assert json.loads(curl[curl.index("-d") + 1]) == {"td_client_id": "202", "some_key": "some other data"}
    assert curl[curl.index("--location") + 1] == "http://127.0.0.1:8123/your_database/pageviews"
    assert key[1] not in ran.stderr
    assert password_in(ran.stdout) not in ran.stderr


def test_demo__again__the_same_line_and_nothing_new(run: Run) -> None:
    first, second = run("demo"), run("demo")
    assert curl_in(first.stdout) == curl_in(second.stdout)
    assert password_in(first.stdout) not in second.stdout
    assert "--reset-password" in second.stdout
    assert second.stderr == ""
    counts = [model.objects.count() for model in (AccessToken, ApiKey, ConfigurationVersion, Push, User)]
    assert counts == [1, 1, 1, 1, 1]


def test_demo__reset_password__the_new_one_works(run: Run) -> None:
    old = password_in(run("demo").stdout)
    new = password_in(run("demo", "--reset-password").stdout)
    assert signs_in(new)
    assert not signs_in(old)


def test_demo__key_file__only_its_owners(run: Run, own_directory: Path) -> None:
    run("demo")
    (file,) = own_directory.iterdir()
    assert file.name == "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"api_key": 5}', b'{"api_key": "x"}', b"\xff", b"[" * 99_999])
def test_demo__key_file_gone_or_spoilt__a_new_key_and_the_old_one_ends(
    run: Run, own_directory: Path, content: bytes | None
) -> None:
    first = run("demo")
    (own_directory / "demo.json").unlink()
    if content is not None:
        (own_directory / "demo.json").write_bytes(content)
    second = run("demo")
    assert "this is a new one" in second.stderr
    assert curl_in(first.stdout) != curl_in(second.stdout)
    assert curl_in(run("demo").stdout) == curl_in(second.stdout)
    assert sorted((key.name, key.revoked_at is None) for key in ApiKey.objects.all()) == [
        ("demo", False),
        ("demo #2", True),
    ]


def test_demo__key_revoked__a_new_one(run: Run) -> None:
    run("demo")
    revoke(row=ApiKey.objects.get(), actor="test")
    run("demo")
    assert ApiKey.objects.filter(revoked_at=None).count() == 1


def test_demo__customers_own_work__kept(run: Run) -> None:
    run("demo")
    revoke(row=AccessToken.objects.get(), actor="test")
    Account.objects.update(name="Mine")
    Instance.objects.update(name="Mine too")
    ran = run("demo")
    assert ran.failure is None
    assert "the endpoint does not accept the demo's token now: revoked" in ran.stderr
    assert (Account.objects.get().name, Instance.objects.get().name) == ("Mine", "Mine too")
    assert Push.objects.count() == 1


def test_demo__outside_debug_mode__refused(run: Run, settings: Settings, own_directory: Path) -> None:
    settings.DEBUG = False
    ran = run("demo")
    assert ran.failure is not None
    assert "debug mode" in ran.failure
    assert ran.stdout == ""
    assert not Account.objects.exists()
    assert not User.objects.exists()
    assert not own_directory.exists()


def test_demo__key_cannot_be_kept__refused_and_nothing_made(run: Run, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    ran = run("demo")
    assert ran.failure is not None
    assert str(tmp_path / "file") in ran.failure
    assert not Account.objects.exists()
