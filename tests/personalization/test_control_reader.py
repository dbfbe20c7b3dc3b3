"""What is read when: everything at first, then what changed, and everything again where that cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Never

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from personalization import control_reader as module
from personalization.control_reader import ControlReader, read_revision
from personalization.control_state import ControlState, InstanceState
from personalization.snapshot import Snapshot, Token
from personalization.snapshot_loader import SnapshotLoader
from provisioning.services import roll_back
from routing.models import ControlChange, ControlRevision, Destination
from routing.services import CHANGES_KEPT, change_destinations, create_instance, mark_changed
from tests.personalization.customer import Customer, a_customer
from tests.world import ACTOR, an_instance
from tokens.models import AccessToken, ApiKey
from tokens.services import change_key_rules, change_rules, issue_key, issue_token, revoke, rotate_key, rotate_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return a_customer()


@pytest.fixture
def others() -> list[Customer]:
    """Three more instances of other accounts, each with a live version of its own."""
    made = []
    for number in (2, 3, 4):
        instance = an_instance(number, 1)
        change_destinations(instance=instance, actor=ACTOR, add=[("your_database", "pageviews")])
        key = issue_key(account=instance.account, name="ingest", scope="ingest", actor=ACTOR)
        token = issue_token(instance=instance, name="server", actor=ACTOR)
        made.append(Customer(instance, key.header, token.header, token.row))
        made[-1].push(f"of {number}")
    return made


def of(state: ControlState, customer: Customer) -> InstanceState:
    return next(each for each in state.instances if each.id == customer.instance.pk)


def as_sets(state: ControlState) -> tuple[object, ...]:
    return (state.revision, *map(frozenset, (state.instances, state.versions, state.tokens, state.keys)))


def rotated_key(customer: Customer) -> None:
    rotate_key(key=ApiKey.objects.get(account=customer.account), overlap=timedelta(days=1), actor=ACTOR)


def new_rules(customer: Customer) -> None:
    change_rules(token=customer.token_row, allowed_ips=["192.0.2.0/24"], allowed_origins=[], expires_at=None, rate=5)


CHANGES: dict[str, Callable[[Customer], object]] = {
    "push": lambda customer: customer.push("two"),
    "rollback": lambda customer: roll_back(instance=customer.instance, actor=ACTOR),
    "table": lambda customer: change_destinations(instance=customer.instance, actor=ACTOR, add=[("abc", "def")]),
    "table removed": lambda customer: change_destinations(
        instance=customer.instance, actor=ACTOR, add=[("abc", "def")], remove=[("your_database", "more")]
    ),
    "token": lambda customer: issue_token(instance=customer.instance, name="new", actor=ACTOR),
    "token rotated": lambda customer: rotate_token(token=customer.token_row, overlap=timedelta(days=1), actor=ACTOR),
    "token revoked": lambda customer: revoke(row=customer.token_row, actor=ACTOR),
    "token's rules": new_rules,
    "key": lambda customer: issue_key(account=customer.account, name="new", scope="ingest", actor=ACTOR),
    "key rotated": rotated_key,
    "key revoked": lambda customer: revoke(row=ApiKey.objects.get(account=customer.account), actor=ACTOR),
    "key's rules": lambda customer: change_key_rules(
        key=ApiKey.objects.get(account=customer.account), allowed_ips=["192.0.2.1"], expires_at=None
    ),
    "instance": lambda customer: create_instance(account=customer.account, number=77, name="new"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_read__after_each_kind_of_change__is_what_another_process_reads(
    customer: Customer, others: list[Customer], change: Callable[[Customer], object]
) -> None:
    change_destinations(instance=customer.instance, actor=ACTOR, add=[("your_database", "more")])
    customer.push("before")
    reader, loader = ControlReader(), SnapshotLoader()
    before = reader.read()
    loader.load(before, at=0)
    change(customer)
    after, fresh = reader.read(), ControlReader().read()
    assert as_sets(after) == as_sets(fresh)
    assert as_sets(after) != as_sets(before)
    assert_same(loader.load(after, at=1), SnapshotLoader().load(fresh, at=1))


def assert_same(ours: Snapshot, theirs: Snapshot) -> None:
    """But for programs: two of one text are no equals."""
    assert (ours.revision, ours.keys, ours.origins) == (theirs.revision, theirs.keys, theirs.origins)
    assert ours.served == theirs.served
    assert {place: told(token) for place, token in ours.tokens.items()} == {
        place: told(token) for place, token in theirs.tokens.items()
    }


def told(token: Token) -> tuple[object, ...]:
    live = token.live
    rules = (token.public, token.expires_at, token.networks, token.origins, token.rate)
    return (token.id, *rules, live.label, live.version, live.program is not None, live.destinations)


def test_read__what_did_not_change__is_the_same_object(customer: Customer, others: list[Customer]) -> None:
    reader, loader = ControlReader(), SnapshotLoader()
    before = reader.read()
    tokens_before = loader.load(before, at=0).tokens
    customer.push("two")
    after = reader.read()
    assert of(after, customer) != of(before, customer)
    for other in others:
        assert of(after, other) is of(before, other)
    kept = [token for place, token in loader.load(after, at=1).tokens.items() if tokens_before[place] is token]
    assert len(kept) == len(others)


def test_read__after_a_push__reads_no_row_of_anybody_else(customer: Customer, others: list[Customer]) -> None:
    """And so costs the same whatever the number of instances."""
    reader = ControlReader()
    reader.read()
    Destination.objects.filter(instance=others[0].instance).delete()  # behind everybody's back
    customer.push("two")
    with CaptureQueriesContext(connection) as queries:
        state = reader.read()
    assert of(state, others[0]).tables
    assert len(queries) <= 12


def test_read__nothing_changed__is_the_same(customer: Customer) -> None:
    reader = ControlReader()
    assert reader.read() == reader.read()


@pytest.mark.django_db(transaction=True)
def test_read__changes_again_and_again_meanwhile__is_of_one_moment(
    customer: Customer, others: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version goes live and a table comes after each part that is read: of both, or of neither, is told."""
    numbers = count()

    def change() -> None:
        number = next(numbers)
        change_destinations(instance=customer.instance, actor=ACTOR, add=[("your_database", f"table_{number}")])
        customer.push(f"number {number}")

    def meanwhile(read: Callable[..., object]) -> Callable[..., object]:
        def reading(*arguments: object) -> object:
            found = read(*arguments)
            with ThreadPoolExecutor(1) as other:
                other.submit(in_a_connection_of_its_own, change).result()
            return found

        return reading

    for name in ("read_revision", "_changed", "_live", "_read_versions", "_tables", "_tokens", "_keys"):
        monkeypatch.setattr(module, name, meanwhile(getattr(module, name)))
    reader = ControlReader()
    for _ in range(2):  # everything, then what has changed
        state = reader.read()
        found = of(state, customer)
        tables = {table for _, table in found.tables if table.startswith("table_")}
        version = next(each for each in state.versions if each.id == found.version)
        assert version.number == len(tables) + 1
        assert read_revision() > state.revision


def in_a_connection_of_its_own(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()


def test_read__fails__leaves_no_transaction_behind(
    transactional_db: None, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Never:
        raise OperationalError("gone")

    reader = ControlReader()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_tables", fails)
        with pytest.raises(OperationalError):
            reader.read()
    ControlRevision.objects.update(number=1_000)
    assert reader.read().revision == 1_000
    in_a_connection_of_its_own(lambda: ControlRevision.objects.update(number=1_001))
    assert ControlReader().read().revision == 1_001


def hidden_change(customer: Customer) -> None:
    """A change that only a reading of everything finds."""
    AccessToken.objects.filter(pk=customer.token_row.pk).update(rate=99)


def rates(state: ControlState) -> list[int | None]:
    return [token.rate for token in state.tokens]


def test_read__forgotten__reads_everything(customer: Customer) -> None:
    reader = ControlReader()
    reader.read()
    hidden_change(customer)
    assert rates(reader.read()) == [None]
    reader.forget()
    assert rates(reader.read()) == [99]


def test_read__revision_went_back__reads_everything(customer: Customer) -> None:
    """As after a backup was put back."""
    reader = ControlReader()
    reader.read()
    hidden_change(customer)
    ControlRevision.objects.update(number=1)
    assert rates(reader.read()) == [99]


def test_read__some_changes_are_not_told__reads_everything(customer: Customer) -> None:
    reader = ControlReader()
    reader.read()
    hidden_change(customer)
    customer.push("two")
    customer.push("three")
    ControlChange.objects.order_by("revision").last().delete()  # type: ignore[union-attr]
    assert rates(reader.read()) == [99]


def test_changes__are_kept_for_a_while__not_for_ever(customer: Customer) -> None:
    ControlRevision.objects.update(number=10 * CHANGES_KEPT - 1)
    old = set(ControlChange.objects.values_list("revision", flat=True))
    assert old
    mark_changed(customer.instance)
    assert list(ControlChange.objects.values_list("revision", flat=True)) == [10 * CHANGES_KEPT]


def test_change__of_an_account__names_it_alone(customer: Customer) -> None:
    issue_key(account=customer.account, name="new", scope="ingest", actor=ACTOR)
    change = ControlChange.objects.latest("revision")
    assert (change.instance, change.account) == (None, customer.account.pk)
    customer.push("two")
    change = ControlChange.objects.latest("revision")
    assert (change.instance, change.account) == (customer.instance.pk, None)
    assert str(change) == f"revision {change.revision}"
