"""From the control database to a snapshot: what is accepted, what is live, what survives a bad row."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from personalization.control_reader import ControlReader, read_revision
from personalization.snapshot import Snapshot, Token
from personalization.snapshot_loader import SnapshotLoader
from provisioning.models import ConfigurationVersion
from provisioning.services import roll_back
from routing.services import change_destinations
from tests.personalization.customer import PAIR, Customer, a_customer
from tests.world import ACTOR, an_instance
from tokens.header import read_key_header, read_token_header
from tokens.models import AccessToken
from tokens.services import issue_key, issue_token, revoke, rotate_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return a_customer()


def load() -> Snapshot:
    return SnapshotLoader().load(ControlReader().read(), at=time.time())


def token_in(snapshot: Snapshot, header: str) -> Token | None:
    read = read_token_header(header)
    assert read is not None
    return snapshot.tokens.get((read.account, read.instance, read.digest))


def has_key(snapshot: Snapshot, header: str) -> bool:
    read = read_key_header(header)
    assert read is not None
    return (read.account, read.digest) in snapshot.keys


def test_load__empty_database__is_an_empty_snapshot() -> None:
    snapshot = load()
    assert (snapshot.revision, snapshot.keys, snapshot.tokens) == (0, {}, {})


def test_load__live_version__with_program_and_destinations(customer: Customer) -> None:
    token = token_in(load(), customer.token)
    assert token is not None
    assert (token.live.label, token.live.version, token.live.destinations) == ("1/8", 1, {PAIR})
    assert token.live.program is not None
    assert has_key(load(), customer.key)


def test_load__no_secret__is_in_it(customer: Customer) -> None:
    snapshot = load()
    text = repr((snapshot, *snapshot.keys.values(), *snapshot.tokens.values()))
    for header in (customer.key, customer.token):
        assert header.rpartition("/")[2] not in text
    assert customer.token_row.digest not in text


def test_push_and_rollback__move_what_is_live(customer: Customer) -> None:
    customer.push("two")
    token = token_in(load(), customer.token)
    assert token is not None
    assert token.live.version == 2
    roll_back(instance=customer.instance, actor=ACTOR)
    token = token_in(load(), customer.token)
    assert token is not None
    assert token.live.version == 1


def test_token__not_listed__is_not_accepted(customer: Customer) -> None:
    other = issue_token(instance=customer.instance, name="other", actor=ACTOR)
    assert token_in(load(), other.header) is None
    customer.push("two", ("server", "other"))
    assert token_in(load(), other.header) is not None
    customer.push("three", ("other",))
    assert token_in(load(), customer.token) is None


def test_token__listed_by_its_digest__is_accepted(customer: Customer) -> None:
    customer.push("two", (f"sha256:{customer.token_row.digest}",))
    assert token_in(load(), customer.token) is not None


def test_token__of_another_instance_with_the_listed_name__is_not_accepted(customer: Customer) -> None:
    other = issue_token(instance=an_instance(1, 9), name="server", actor=ACTOR)
    assert token_in(load(), other.header) is None


def test_token__revoked__is_not_accepted(customer: Customer) -> None:
    revoke(row=customer.token_row, actor=ACTOR)
    assert token_in(load(), customer.token) is None


def test_token__rotated__both_until_the_overlap_ends(customer: Customer) -> None:
    issued = rotate_token(token=customer.token_row, overlap=timedelta(days=7), actor=ACTOR)
    snapshot = load()
    old, new = token_in(snapshot, customer.token), token_in(snapshot, issued.header)
    assert old is not None
    assert new is not None
    assert 6 * 86400 < old.expires_at - timezone.now().timestamp() < 8 * 86400


def test_token__rotated_twice_and_the_first_revoked__the_last_is_accepted(customer: Customer) -> None:
    second = rotate_token(token=customer.token_row, overlap=timedelta(days=7), actor=ACTOR)
    third = rotate_token(token=second.row, overlap=timedelta(days=7), actor=ACTOR)
    revoke(row=customer.token_row, actor=ACTOR)
    snapshot = load()
    assert token_in(snapshot, customer.token) is None
    assert token_in(snapshot, third.header) is not None


def test_token__rules__are_those_of_its_row(customer: Customer) -> None:
    expires = timezone.now() + timedelta(hours=1)
    issued = issue_token(
        instance=customer.instance,
        name="web",
        actor=ACTOR,
        type="public",
        allowed_ips=["192.0.2.0/24"],
        allowed_origins=["https://shop.example.com"],
        expires_at=expires,
        rate=7,
    )
    customer.push("two", ("server", "web"))
    snapshot = load()
    token = token_in(snapshot, issued.header)
    assert token is not None
    assert (token.public, token.rate, token.origins) == (True, 7, {"https://shop.example.com"})
    assert [str(network) for network in token.networks] == ["192.0.2.0/24"]
    assert token.expires_at == expires.timestamp()
    assert snapshot.origins == {"https://shop.example.com": expires.timestamp()}


@pytest.mark.parametrize(("scope", "taken"), [("ingest", True), ("ingest_public", True), ("provision", False)])
def test_key__scope__decides_whether_it_may_send_events(customer: Customer, scope: str, taken: bool) -> None:
    issued = issue_key(account=customer.account, name=f"a key to {scope}", scope=scope, actor=ACTOR)
    assert has_key(load(), issued.header) is taken


def test_key__revoked__is_gone(customer: Customer) -> None:
    issued = issue_key(account=customer.account, name="second", scope="ingest", actor=ACTOR)
    revoke(row=issued.row, actor=ACTOR)
    assert not has_key(load(), issued.header)
    assert has_key(load(), customer.key)


def test_token__whose_addresses_cannot_be_read__is_left_out_and_the_others_are_served(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    other = issue_token(instance=customer.instance, name="other", actor=ACTOR)
    customer.push("two", ("server", "other"))
    AccessToken.objects.filter(pk=other.row.pk).update(allowed_ips=["not an address"])
    snapshot = load()
    assert token_in(snapshot, other.header) is None
    assert token_in(snapshot, customer.token) is not None
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("text", ["keys: [", "events: [{name: 1}]"])
def test_live_text__that_no_longer_compiles__is_loud_and_hurts_nobody_else(
    customer: Customer, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    ConfigurationVersion.objects.filter(instance=customer.instance).update(text=text)
    token = token_in(load(), customer.token)
    assert token is not None
    assert (token.live.version, token.live.program) == (1, None)
    assert "version 1 of instance 1/8 does not compile" in caplog.text


def test_live_text__the_compiler_breaks_on_it__is_loud_and_hurts_nobody_else(
    customer: Customer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> Any:
        raise RecursionError(text[:5])

    monkeypatch.setattr("personalization.snapshot_loader.compile_text", broken)
    assert token_in(load(), customer.token) is not None
    assert "cannot be compiled" in caplog.text


def test_loader__version_that_stays_live__is_compiled_once(customer: Customer) -> None:
    loader, reader = SnapshotLoader(), ControlReader()
    before, after = (token_in(loader.load(reader.read(), at=0), customer.token) for _ in range(2))
    assert before is not None
    assert after is not None
    assert before.live.program is after.live.program


def test_revision__grows__with_each_change_that_the_endpoint_must_see(customer: Customer) -> None:
    seen = [read_revision()]

    def changed() -> bool:
        seen.append(read_revision())
        return seen[-1] > seen[-2]

    customer.push("two")
    assert changed()
    roll_back(instance=customer.instance, actor=ACTOR)
    assert changed()
    change_destinations(instance=customer.instance, actor=ACTOR, add=[("your_database", "more")])
    assert changed()
    key = issue_key(account=customer.account, name="k", scope="ingest", actor=ACTOR)
    assert changed()
    revoke(row=key.row, actor=ACTOR)
    assert changed()
    rotate_token(token=customer.token_row, overlap=timedelta(days=1), actor=ACTOR)
    assert changed()
