"""Secrets planted in every input: they are in no answer, no page, no log, no report, and in no database."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse

from p13nadmin.logs import SafeFormatter
from provisioning.models import ConfigurationVersion, Push
from routing.models import Instance
from routing.services import change_destinations
from tests.http import Api
from tests.provisioning.configurations import configuration
from tests.world import ACTOR, a_caller, an_instance
from tokens.models import AccessToken, ApiKey

pytestmark = pytest.mark.django_db

TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"  # registered
UUID = "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9"  # the same
STRAY = "deadbeefdeadbeefdeadbeefdeadbeef"  # never registered
KEY = "the-planted-key-of-the-customer"  # registered
STRAY_KEY = "feedfacefeedfacefeedfacefeedfacefeedface"  # never registered
PASSWORD = "a planted password"
SECRETS = (TOKEN, UUID, STRAY, KEY, STRAY_KEY, PASSWORD)
HEX = (UUID, STRAY_KEY)


def found_in(text: str) -> list[str]:
    """The planted secrets that a text holds, in any case, with or without dashes."""
    plain = text.lower()
    return [each for each in SECRETS if each.lower() in plain or each.lower() in plain.replace("-", "")]


def whole_database() -> str:
    """Every row of every table."""
    with connection.cursor() as cursor:
        rows: list[Any] = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += cursor.fetchall()
    return repr(rows)


@pytest.fixture(autouse=True)
def _nowhere_kept_or_logged(db: None, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After each test."""
    caplog.set_level(logging.DEBUG)
    yield
    formatter = SafeFormatter("{name}: {message}", style="{")
    assert found_in("\n".join(formatter.format(record) for record in caplog.records)) == []
    assert found_in(whole_database()) == []


@pytest.fixture
def customer() -> Instance:
    """Instance 1/8 with a registered token and key."""
    made = an_instance()
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    api = a_caller("operator")
    assert api.post("/tokens", {"account": 1, "instance": 8, "name": "web", "token": TOKEN}).status_code == 201
    assert api.post("/keys", {"account": 1, "name": "own", "scope": "ingest", "key": KEY}).status_code == 201
    return made


BODIES: dict[str, dict[str, Any]] = {
    "/accounts": {"account": 3, "name": "A name"},
    "/instances": {"account": 1, "instance": 9, "name": "A name", "region": "local", "contact": "c", "notes": "n"},
    "/routing": {"account": 1, "instance": 8, "add": {"destinations": [{"database": "abc", "table": "def"}]}},
    "/tokens": {"account": 1, "instance": 8, "name": "n", "type": "public", "allowed_ips": ["::1"]},
    "/keys": {"account": 1, "name": "n", "scope": "ingest", "allowed_ips": ["::1"]},
    "/tokens/1/rotate": {"overlap": "7d"},
    "/keys/1/rotate": {"overlap": "7d"},
    "/provision/1/8/push": {"version": 1, "note": "n"},
    "/provision/1/8/rollback": {"version": 1, "note": "n"},
    "/provision": {"configuration": "keys: []"},
}


def changed(body: Any, secret: str) -> Iterator[Any]:
    """The body with the secret in place of each of its values in turn, and as a name."""
    if isinstance(body, dict):
        yield {**body, secret: secret}
        for name, value in body.items():
            yield from ({**body, name: inner} for inner in changed(value, secret))
    elif isinstance(body, list):
        yield from ([inner] for inner in changed(body[0], secret))
    yield secret
    if isinstance(body, str):
        yield f"{body} {secret}, {body}"


def _names_a_table(body: Any) -> bool:
    added = body.get("add") if isinstance(body, dict) else None
    listed = added.get("destinations") if isinstance(added, dict) else None
    return isinstance(listed, list) and isinstance(listed[0], dict) and set(listed[0]) == {"database", "table"}


@pytest.mark.parametrize("secret", HEX)
@pytest.mark.parametrize("path", BODIES)
def test_api__a_secret_in_any_field__is_not_told_and_not_kept(customer: Instance, path: str, secret: str) -> None:
    api = a_caller("operator")
    bodies = changed(BODIES[path], secret)
    if path == "/routing":  # digits alone are a good name of a database
        bodies = (body for body in bodies if not _names_a_table(body))
    for body in bodies:
        response = api.post(path, body)
        assert response.status_code < 500, body
        assert found_in(response.content.decode()) == [], body


@pytest.mark.parametrize("secret", HEX)
@pytest.mark.parametrize(
    "path", ["/routing", "/accounts", "/tokens", "/keys", "/provision", "/nothing", "/admin/login/"]
)
def test_api__a_secret_in_the_address__is_not_told(customer: Instance, path: str, secret: str) -> None:
    api = a_caller("operator")
    for address in (
        f"{path}?account={secret}",
        f"{path}?{secret}=1",
        f"{path}/{secret}",
        f"{path}?page=1&page={secret}",
    ):
        response = api.get(address)
        assert response.status_code < 500
        if "/admin/" not in address:
            assert found_in(response.content.decode()) == [], address


@pytest.mark.parametrize("header", ["Authorization", "WP13n-Token", "Cookie", "Referer", "If-Match", "X-Forwarded-For"])
@pytest.mark.parametrize("secret", [f"TD1 1/{KEY}", f"TD1 1/{STRAY_KEY}", f"1/8/{TOKEN}", STRAY, f"sessionid={STRAY}"])
def test_api__a_secret_in_a_header__is_not_told(customer: Instance, header: str, secret: str) -> None:
    response = Api(a_caller("operator").authorization).get("/tokens", headers={header: secret})
    assert response.status_code < 500
    assert found_in(response.content.decode()) == []


TEXTS = [
    configuration(token=TOKEN),
    configuration(token=UUID),
    configuration(token=f"'{TOKEN}'  # {UUID}"),
    configuration() + f"# {TOKEN}\n",
    configuration() + f"description: a{TOKEN}b\n",
    configuration(f"offer {TOKEN}"),
    configuration(token=STRAY),
    configuration(token=f"name: {TOKEN}"),
    configuration(token=f"name: {STRAY}"),
    configuration(token=f"[{STRAY}]"),
    configuration(token=f"{STRAY}: {STRAY}"),
    configuration(token=f"!{STRAY} x"),
    configuration(token=f"&x{STRAY} x"),
    configuration(token=f'"\\x{ord(STRAY[0]):x}{STRAY[1:]}"'),
    configuration(token=f">-\n      {STRAY}"),
    configuration(token=f"{STRAY[:16]}\n    {STRAY[16:]}"),
    configuration(token=f"{STRAY} [ : {{"),
    configuration(token=f"{STRAY}\n\t- x"),
    f"tokens:\n  - {STRAY}\n  - {STRAY}\nkeys: [",
    f"tokens: {STRAY}\n",
    f"{STRAY}: 1\n",
    f"tests:\n  - name: {STRAY}\n    steps: {STRAY}\n",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("query", ["", "&push=true", "&dry_run=true"])
def test_upload__a_token_anywhere_in_the_text__is_not_told_and_not_kept(
    customer: Instance, text: str, query: str
) -> None:
    api = a_caller("operator")
    path = f"/provision?account=1&instance=8&note=for+{TOKEN}{query}"
    response = api.send("POST", path, text, content_type="application/yaml")
    assert response.status_code in (200, 201, 422)
    assert found_in(response.content.decode()) == []
    for version in ConfigurationVersion.objects.all():
        for path in (f"/provision/1/8/versions/{version.number}", f"/provision/1/8/diff?from=1&to={version.number}"):
            assert found_in(api.get(path).content.decode()) == []


@pytest.fixture
def client() -> Client:
    """A superuser's browser."""
    User.objects.create_superuser("anna", password=PASSWORD)
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.get())
    return browser


LISTED = [text for text in TEXTS if STRAY not in text.partition("tokens:")[0] and "tests:" not in text]


@pytest.mark.parametrize("text", LISTED, ids=range(len(LISTED)))
def test_draft__a_token_that_is_registered_or_listed__is_not_kept_and_on_no_page(
    customer: Instance, client: Client, text: str
) -> None:
    draft = reverse("admin:instance_draft", args=(customer.pk,))
    client.post(draft, {"text": text, "revision": "0", "action": "save"})
    client.post(reverse("admin:instance_push", args=(customer.pk,)), {"note": TOKEN, "if_match": "0", "revision": "1"})
    for page in (draft, reverse("admin:instance_compare", args=(customer.pk,))):
        assert found_in(client.get(page).content.decode()) == []


FORMS = {
    "routing_account_add": {"number": "3", "name": "n"},
    "routing_instance_add": {"account": "1", "number": "9", "name": "n", "region": "local", "contact": "", "notes": ""},
    "routing_destination_add": {"instance": "1/8", "tables": "abc/def"},
    "tokens_accesstoken_add": {"instance": "1/8", "name": "n", "type": "private", "token": "", "allowed_ips": ""},
    "tokens_apikey_add": {"account": "1", "name": "n", "scope": "ingest", "key": "", "allowed_ips": ""},
}


@pytest.mark.parametrize("secret", HEX)
@pytest.mark.parametrize("route", FORMS)
def test_form__a_secret_in_any_field__is_not_kept_and_in_no_message(
    customer: Instance, client: Client, route: str, secret: str
) -> None:
    for name in FORMS[route]:
        if name in ("token", "key", "type", "scope", "region"):  # where it belongs, and what is chosen from a list
            continue
        response = client.post(reverse(f"admin:{route}"), {**FORMS[route], name: secret})
        assert response.status_code in (200, 302, 422)
        messages = response.context["form"].errors.as_text() if response.context and "form" in response.context else ""
        assert found_in(messages) == []


def test_login__wrong_password__is_nowhere(customer: Instance, client: Client) -> None:
    response = Client().post("/admin/login/", {"username": "anna", "password": f"{PASSWORD} "})
    assert PASSWORD not in response.content.decode()


def test_pages_and_lists__after_everything__hold_no_secret(customer: Instance, client: Client) -> None:
    text = configuration(token=TOKEN) + f"# {UUID}\n"
    api = a_caller("operator")
    for version in (text, text + "#\n"):
        path = f"/provision?account=1&instance=8&push=true&note={TOKEN}"
        assert api.send("POST", path, version, content_type="text/yaml").status_code == 201
    pages = [
        *(reverse(f"admin:{each}_changelist") for each in ("tokens_accesstoken", "tokens_apikey", "provisioning_push")),
        *(reverse("admin:tokens_accesstoken_change", args=(each.pk,)) for each in AccessToken.objects.all()),
        *(reverse("admin:tokens_apikey_change", args=(each.pk,)) for each in ApiKey.objects.all()),
        *(reverse("admin:provisioning_push_change", args=(each.pk,)) for each in Push.objects.all()),
        *(reverse("admin:version_download", args=(each.pk,)) for each in ConfigurationVersion.objects.all()),
        reverse("admin:instance_compare", args=(customer.pk,)) + "?from=1&to=2",
        reverse("admin:instance_rollback", args=(customer.pk,)),
        reverse("admin:routing_instance_change", args=(customer.pk,)),
    ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        assert found_in(response.content.decode()) == [], page


Written = Callable[[str, str], str]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def _run(*arguments: str) -> str:
    """Everything that a command says, on both streams, and with what it fails."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize("secret", HEX)
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_import__a_secret_in_any_column__is_not_told_and_not_kept(
    customer: Instance, written: Written, secret: str, ending: str
) -> None:
    good = {"account": "1", "instance": "8", "name": "n", "token": "", "type": "private", "allowed_ips": "::1"}
    for name in good:
        if name == "token" and secret != UUID:
            continue
        row = {**good, name: secret}
        csv = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
        text = csv if ending == "csv" else json.dumps([row])
        said = _run("import_tokens", written(f"tokens.{ending}", text))
        assert found_in(said) == [], name
    assert found_in(_run("import_tokens", written("headless.csv", f"1,8,n,{secret},private\n"))) == []


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_configuration_commands__a_token_anywhere__is_not_told(customer: Instance, written: Written, text: str) -> None:
    name = written("shop.yaml", text)
    for arguments in (
        ("validate_configuration", name),
        ("validate_configuration", name, "--instance", "1/8", "--push"),
        ("import_configurations", name, "--instance", "1/8", "--push", "--note", f"for {TOKEN}"),
        ("push_configuration", "1/8", "--note", UUID),
    ):
        assert found_in(_run(*arguments)) == [], arguments


@pytest.mark.parametrize("secret", HEX)
def test_commands__a_secret_as_an_argument__is_not_told_and_not_kept(customer: Instance, secret: str) -> None:
    for arguments in (
        ("add_instance", "1/9", "--name", secret),
        ("add_instance", secret),
        ("issue_token", "1/8", "--name", secret),
        ("issue_token", f"1/8/{secret}", "--name", "n"),
        ("issue_token", "1/8", "--name", "n", "--allowed-ip", secret),
        ("issue_token", "1/8", "--name", "n", "--type", "public", "--allowed-origin", secret),
        ("issue_key", "1", "--scope", "ingest", "--name", secret),
    ):
        assert found_in(_run(*arguments)) == [], arguments
