"""POST /provision/{account}/{instance}/check-call: what the endpoint would answer, which check fails, what to do."""

from __future__ import annotations

import logging
import shlex
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from personalization.control_reader import ControlReader
from personalization.curl import read_curl_line
from personalization.snapshot_loader import SnapshotLoader
from provisioning.services import upload_configuration
from routing.models import Account, Instance
from routing.services import change_destinations
from tests.http import Api, assert_error, problems
from tests.personalization.rig import Rig
from tests.world import ACTOR, a_caller, an_instance
from tokens.header import digest
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_key, issue_token, revoke, rotate_token

pytestmark = pytest.mark.django_db

TEXT = """
keys: [{name: td_client_id, public: true}]
events: [{name: pageview, database: your_database, table: pageviews}]
attributes: [{name: views, type: counter, event: pageview}]
offers: [{name: hello, set: {event: pageview, data: {text: hi, views: "${PROFILE.views}"}}}]
tokens: [{name: server}, {name: site}, {name: office}, {name: old}, {name: late}]
"""
SHOP = "https://shop.example.com"
PATH, PUBLIC = "/your_database/pageviews", "/public/your_database/pageviews"
JSON = "Content-Type: application/json"
EVENT = '{"td_client_id": "202"}'


class Customer:
    """Instance 1/8 with tokens and keys of every kind; `secrets` are their headers' values by name."""

    def __init__(self) -> None:
        self.instance = an_instance()
        self.secrets: dict[str, str] = {}
        change_destinations(instance=self.instance, actor=ACTOR, add=[("your_database", "pageviews")])
        self._token("server")
        self._token("site", type="public", allowed_origins=[SHOP])
        self._token("office", allowed_ips=["192.0.2.0/24"])
        self._token("unlisted")
        self._token("late", expires_at=timezone.now() + timedelta(hours=1))
        AccessToken.objects.filter(name="late").update(expires_at=timezone.now() - timedelta(hours=1))
        revoke(row=self._token("old"), actor=ACTOR)
        self._token("elsewhere", instance=an_instance(1, 9))
        self._token("theirs", instance=an_instance(2, 1))
        for name, scope in (("ingest", "ingest"), ("browsers", "ingest_public"), ("set up", "provision")):
            self._key(name, scope=scope)
        self._key("near", scope="ingest", allowed_ips=["192.0.2.0/24"])
        self._key("other", scope="ingest", account=2)
        revoke(row=self._key("gone", scope="ingest"), actor=ACTOR)
        upload_configuration(instance=self.instance, text=TEXT, actor=ACTOR, push=True)

    def _token(self, name: str, *, instance: Instance | None = None, **rules: Any) -> AccessToken:
        issued = issue_token(instance=instance or self.instance, name=name, actor=ACTOR, **rules)
        self.secrets[name] = issued.header
        return issued.row

    def _key(self, name: str, *, account: int = 1, **rules: Any) -> ApiKey:
        issued = issue_key(account=Account.objects.get(pk=account), name=name, actor=ACTOR, **rules)
        self.secrets[name] = issued.header
        return issued.row

    def line(self, *headers: str, path: str = PATH, event: str | None = EVENT, method: str = "") -> str:
        """A curl line; `{name}` in a header is that token's or key's secret."""
        words = ["curl", "-i", *(word for each in headers for word in ("-H", each.format(**self.secrets)))]
        words += ["-d", event] if event is not None else []
        words += ["-X", method] if method else []
        return shlex.join([*words, f"https://p13n.example.com{path}"])


@pytest.fixture
def customer(db: None) -> Customer:
    return Customer()


def check(api: Api | None = None, **body: Any) -> Any:
    return (api or a_caller()).post("/provision/1/8/check-call", body)


def checked(**body: Any) -> dict[str, Any]:
    response = check(**body)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def failed(found: dict[str, Any]) -> list[int]:
    """The codes of the checks that failed."""
    return [each["code"] for each in found["checks"] if each["outcome"] == "failed"]


GOOD = (JSON, "WP13n-Token: {server}", "Authorization: {ingest}")
IN_PUBLIC = (JSON, "WP13n-Token: {site}", "Authorization: {browsers}", f"Origin: {SHOP}")
CALLS: list[tuple[str, tuple[str, ...], dict[str, Any], int, str]] = [
    # what is wrong, headers, the rest of the line, the code of the check that fails (0: none), what the advice says
    ("nothing", GOOD, {}, 0, ""),
    ("nothing in public", IN_PUBLIC, {"path": PUBLIC}, 0, ""),
    ("path", GOOD, {"path": "/your_database/pageviews/more"}, 404, "must be /database/table"),
    ("reserved", GOOD, {"path": "/admin/pageviews"}, 404, "must be /database/table"),
    ("method", GOOD, {"event": None}, 3009, "The method is GET"),
    ("put", GOOD, {"method": "PUT"}, 3009, "The method is PUT"),
    ("form", GOOD[1:], {}, 415, "which curl sends by itself"),
    ("no type", ("Content-Type:", *GOOD[1:]), {}, 415, "There is no Content-Type"),
    ("compressed", (*GOOD, "Content-Encoding: gzip"), {}, 415, "compressed"),
    ("long", GOOD, {"event": "{" + " " * 1_000_000 + "}"}, 413, ""),
    ("no key", GOOD[:2], {}, 401, "There is no Authorization"),
    ("bare key", (*GOOD[:2], "Authorization: Bearer x"), {}, 401, "another form"),
    ("unknown key", (*GOOD[:2], "Authorization: TD1 1/YOUR_API_KEY"), {}, 401, "placeholder"),
    ("another's unknown key", (*GOOD[:2], "Authorization: TD1 2/YOUR_API_KEY"), {}, 401, "Account 2 has no such key"),
    ("revoked key", (*GOOD[:2], "Authorization: {gone}"), {}, 401, "“gone” is revoked"),
    ("key's scope", (*GOOD[:2], "Authorization: {set up}"), {}, 401, "has the scope “provision”"),
    ("browsers' key", (*GOOD[:2], "Authorization: {browsers}"), {}, 401, "on /public only"),
    ("no token", (JSON, GOOD[2]), {}, 3000, "Add the header WP13n-Token: 1/8/"),
    ("cut token", (JSON, GOOD[2], "WP13n-Token: 1/8/e65d"), {}, 3003, "32 hex digits"),
    ("two tokens", (*GOOD, "WP13n-Token: {office}"), {}, 3003, "32 hex digits"),
    ("another's key", (*GOOD[:2], "Authorization: {other}"), {}, 3002, "of account 1, the API key of account 2"),
    ("another's token", (JSON, GOOD[2], "WP13n-Token: {theirs}"), {}, 3002, "of account 2, the API key of account 1"),
    ("unknown token", (JSON, GOOD[2], f"WP13n-Token: 1/8/{'0' * 32}"), {}, 3001, "No token of this account"),
    ("unlisted token", (JSON, GOOD[2], "WP13n-Token: {unlisted}"), {}, 3001, "“unlisted” is not listed in live"),
    ("revoked token", (JSON, GOOD[2], "WP13n-Token: {old}"), {}, 3001, "“old” is revoked"),
    ("expired token", (JSON, GOOD[2], "WP13n-Token: {late}"), {}, 3001, "“late” is expired"),
    ("private on public", (JSON, GOOD[1], GOOD[2]), {"path": PUBLIC}, 3006, "“server” is a private token"),
    ("public on private", IN_PUBLIC[:2] + GOOD[2:], {}, 3006, "“site” is a public token"),
    ("address", (JSON, GOOD[2], "WP13n-Token: {office}"), {}, 3005, "“office” takes calls from 192.0.2.0/24 only"),
    ("key's address", (*GOOD[:2], "Authorization: {near}"), {}, 3005, "“near” takes calls from 192.0.2.0/24 only"),
    ("no origin", IN_PUBLIC[:3], {"path": PUBLIC}, 3007, "There is no Origin"),
    ("origin", (*IN_PUBLIC[:3], "Origin: https://x.example"), {"path": PUBLIC}, 3007, "is not on the list"),
    ("body", GOOD, {"event": "{'a': 1}"}, 3004, ""),
    ("duplicate", GOOD, {"event": '{"a": 1, "a": 2}'}, 3004, ""),
    ("time", GOOD, {"event": '{"time": 1800000000000}'}, 3004, ""),
    ("table", GOOD, {"path": "/your_database/others"}, 0, "your_database/others is not a destination"),
    ("table mistyped", GOOD, {"path": "/your_database/pageview"}, 0, "did you mean your_database/pageviews?"),
    ("nobody", GOOD, {"event": "{}"}, 0, "does not say who it is of: put “td_client_id” into it."),
    ("nobody in public", IN_PUBLIC, {"path": PUBLIC, "event": "{}"}, 0, "put “td_client_id” into it, a public key."),
    ("nobody by a value", GOOD, {"event": '{"td_client_id": ""}'}, 0, "its “td_client_id” has a value that stands for"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "rest", "code", "says"), [each[1:] for each in CALLS], ids=[c[0] for c in CALLS])
def test_check__of_a_call__names_what_fails_and_what_to_do(
    customer: Customer, headers: tuple[str, ...], rest: dict[str, Any], code: int, says: str
) -> None:
    found = checked(curl=customer.line(*headers, **rest))
    assert failed(found) == ([code] if code else [])
    outcomes = [each["outcome"] for each in found["checks"] if each["outcome"] != "not needed"]
    assert outcomes == sorted(outcomes, key=["passed", "failed", "not reached"].index)
    assert found["answer"]["body"].get("code", 0) == code
    assert any(says in advice for advice in found["advice"]) or not says
    assert bool(found["advice"]) is bool(says)


@pytest.mark.parametrize(("headers", "rest"), [each[1:3] for each in CALLS], ids=[each[0] for each in CALLS])
def test_check__of_a_call__gives_the_answer_of_the_real_endpoint(
    customer: Customer, tmp_path: Path, headers: tuple[str, ...], rest: dict[str, Any]
) -> None:
    line = customer.line(*headers, **rest)
    found = checked(curl=line, address="203.0.113.9")["answer"]
    with Rig(tmp_path) as rig:
        rig.now = time.time()
        rig.snapshots.current = SnapshotLoader().load(ControlReader().read(), at=rig.now)
        call = read_curl_line(line)
        pairs: dict[str, str] = {}
        for name, value in call.headers:
            pairs[name] = f"{pairs[name]}, {value}" if name in pairs else value
        real = rig.send(call.method, call.path, call.body, peer="203.0.113.9", **pairs)
    theirs = dict(real.headers)
    assert found["status"] == real.status_code
    assert found["body"] == real.json()
    assert {**found["headers"], "x-request-id": ""} == {**theirs, "x-request-id": ""}


def test_check__in_public__shows_the_preflight(customer: Customer) -> None:
    preflight = checked(curl=customer.line(*IN_PUBLIC, path=PUBLIC))["preflight"]
    assert preflight["status"] == 204
    assert preflight["headers"]["access-control-allow-origin"] == SHOP
    assert preflight["headers"]["access-control-allow-headers"] == "authorization, content-type, wp13n-token"
    refused = checked(path=PUBLIC, token="site", key="browsers", origin="https://x.example")["preflight"]
    assert refused["status"] == 405
    assert "access-control-allow-origin" not in refused["headers"]
    assert checked(curl=customer.line(*GOOD))["preflight"] is None


def test_check__by_names__needs_no_secret(customer: Customer) -> None:
    assert failed(checked(path=PATH, token="server", key="ingest", body=EVENT)) == []
    assert failed(checked(path=PUBLIC, token="site", key="browsers", origin=SHOP)) == []
    assert failed(checked(path=PATH, token="unlisted", key="ingest")) == [3001]
    assert failed(checked(path=PATH, token="old", key="ingest")) == [3001]
    assert failed(checked(path=PATH, token="server", key="gone")) == [401]
    assert failed(checked(path=PATH, token="office", key="ingest")) == [3005]
    assert failed(checked(path=PATH, token="office", key="near", address="192.0.2.7")) == []


def test_check__by_header_values__takes_them_as_they_are(customer: Customer) -> None:
    secrets = customer.secrets
    assert failed(checked(path=PATH, token=secrets["server"], key=secrets["ingest"])) == []
    assert failed(checked(path=PATH, token=secrets["server"].rpartition("/")[2].upper(), key="ingest")) == []
    assert failed(checked(path=PATH, key="ingest")) == [3000]


def test_check__parts_beside_a_line__take_the_place_of_its_own(customer: Customer) -> None:
    line = customer.line(*IN_PUBLIC[:3], "Origin: https://x.example", path=PUBLIC)
    assert failed(checked(curl=line)) == [3007]
    assert failed(checked(curl=line, origin=SHOP)) == []
    assert failed(checked(curl=line, path=PATH)) == [401]
    assert failed(checked(curl=customer.line(*GOOD), token="unlisted")) == [3001]


def test_check__successor_of_a_listed_token__is_accepted(customer: Customer) -> None:
    successor = rotate_token(token=AccessToken.objects.get(name="server"), overlap=timedelta(0), actor=ACTOR)
    customer.secrets["next"] = successor.header
    assert failed(checked(curl=customer.line(JSON, "WP13n-Token: {next}", GOOD[2]))) == []
    assert failed(checked(path=PATH, token=successor.row.name, key="ingest")) == []


def test_check__forwarded_address__counts_from_trusted_proxies_only(customer: Customer, settings: Any) -> None:
    headers = (JSON, GOOD[2], "WP13n-Token: {office}", "X-Forwarded-For: 192.0.2.7")
    assert failed(checked(curl=customer.line(*headers), address="203.0.113.9")) == [3005]
    settings.TRUSTED_PROXIES = ["203.0.113.9"]
    assert failed(checked(curl=customer.line(*headers), address="203.0.113.9")) == []


def test_check__nothing_live__says_what_to_do(db: None) -> None:
    instance = an_instance()
    issue_token(instance=instance, name="web", actor=ACTOR)
    issue_key(account=instance.account, name="ingest", scope="ingest", actor=ACTOR)
    found = checked(path=PATH, token="web", key="ingest")
    assert failed(found) == [3001]
    assert found["advice"] == ["Nothing is live in this instance: push a configuration that lists the token."]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "path"),
        ({"curl": "wget x"}, "curl"),
        ({"curl": "curl -d @event.json https://h/a/b"}, "curl"),
        ({"path": PATH, "token": "nobody's"}, "token"),
        ({"path": PATH, "key": "nobody's"}, "key"),
        ({"path": PATH, "address": "next door"}, "address"),
        ({"path": 1}, "path"),
        ({"path": PATH, "surprise": ""}, "surprise"),
    ],
)
def test_check__what_cannot_be_read__is_refused_by_its_place(
    customer: Customer, body: dict[str, Any], path: str
) -> None:
    assert list(problems(check(**body))) == [path]


def test_check__call_for_another_instance__is_refused(customer: Customer) -> None:
    own = customer.line(JSON, "WP13n-Token: {elsewhere}", GOOD[2])
    assert problems(check(curl=own)) == {"token": "this call is for instance 1/9, not for 1/8: check it there"}
    theirs = customer.line(JSON, "WP13n-Token: {theirs}", "Authorization: {other}")
    assert "2/1" in problems(check(curl=theirs))["token"]


def test_check__token_of_another_instance_under_this_one__says_whose_it_is(customer: Customer) -> None:
    secret = customer.secrets["elsewhere"].rpartition("/")[2]
    found = checked(curl=customer.line(JSON, f"WP13n-Token: 1/8/{secret}", GOOD[2]))
    assert failed(found) == [3001]
    assert found["advice"] == ["The token “elsewhere” belongs to instance 1/9: write that in the header."]


def test_check__token_of_another_account_under_this_one__tells_nothing_of_it(customer: Customer) -> None:
    secret = customer.secrets["theirs"].rpartition("/")[2]
    found = checked(curl=customer.line(JSON, f"WP13n-Token: 1/8/{secret}", GOOD[2]))
    assert found["advice"][0].startswith("No token of this account has this value")


@pytest.mark.parametrize(
    ("scope", "account", "status"),
    [("provision", 1, 200), ("operator", 5, 200), ("provision", 2, 403), ("ingest", 1, 403)],
)
def test_check__by_another_key__is_for_those_who_provision_the_account(
    customer: Customer, scope: str, account: int, status: int
) -> None:
    assert check(a_caller(scope, account=account), path=PATH).status_code == status


def test_check__no_key__401(customer: Customer) -> None:
    assert_error(check(Api(), path=PATH), 401)


def test_check__secret_where_none_belongs__is_hidden(customer: Customer) -> None:
    secret = customer.secrets["server"].rpartition("/")[2]
    for found in (
        checked(curl=customer.line(*GOOD, f"X-Other: {secret}", path=f"/{secret}/pageviews")),
        checked(curl=customer.line(JSON, GOOD[1], GOOD[2], path=f"/{secret}")),
        checked(path=PUBLIC, token="site", key="browsers", origin=f"https://{secret}.example.com"),
    ):
        assert secret not in str(found)


@pytest.mark.parametrize("name", ["server", "unlisted", "old"])
def test_check__with_secrets__repeats_and_logs_and_stores_none(
    customer: Customer, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    secrets = [customer.secrets[each].rpartition("/")[2] for each in (name, "ingest")]
    headers = (JSON, f"WP13n-Token: {{{name}}}", GOOD[2], f"Cookie: a={secrets[0]}")
    with caplog.at_level(logging.DEBUG):
        good, broken = customer.line(*headers), customer.line(*headers) + f" --{secrets[0]} '"
        answers = [
            check(curl=good),
            check(curl=broken),
            check(path=PATH, token=customer.secrets[name], key="x" + secrets[1]),
        ]
    for secret in secrets:
        assert not [answer for answer in answers if secret in answer.content.decode()]
        assert secret not in caplog.text
    assert AccessToken.objects.filter(last_used_at__isnull=False).count() == 0
    assert not AccessToken.objects.filter(digest=digest(secrets[0])).exclude(name=name).exists()
