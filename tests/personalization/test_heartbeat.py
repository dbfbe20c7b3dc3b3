"""What processes say of themselves, and what the console makes of it."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot import Snapshot
from personalization.snapshot_loader import SnapshotLoader
from provisioning.models import ConfigurationVersion, EndpointProcess
from provisioning.selectors import live_on
from tests.personalization.customer import Customer, a_customer
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.test_without_the_database import until_true
from tests.world import an_instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return a_customer()


def current() -> Snapshot:
    return SnapshotLoader().load(ControlReader().read(), at=0)


def pass_time(seconds: float) -> None:
    EndpointProcess.objects.update(seen_at=F("seen_at") - timedelta(seconds=seconds))


def test_live_on__no_process__none_of_none(customer: Customer) -> None:
    assert live_on(customer.instance) == (0, 0)


def test_live_on__processes_before_and_after_a_push__counts_those_that_have_it(customer: Customer) -> None:
    first, second = Heartbeat(), Heartbeat()
    first.beat(current())
    second.beat(current())
    assert live_on(customer.instance) == (2, 2)
    customer.push("two")
    assert live_on(customer.instance) == (0, 2)
    first.beat(current())
    assert live_on(customer.instance) == (1, 2)
    second.beat(current())
    assert live_on(customer.instance) == (2, 2)


def test_live_on__nothing_live__is_on_none(customer: Customer) -> None:
    other = an_instance(1, 9)
    Heartbeat().beat(current())
    assert live_on(other) == (0, 1)


def test_live_on__version_that_cannot_be_served__is_on_none(customer: Customer) -> None:
    ConfigurationVersion.objects.update(text="keys: [")
    Heartbeat().beat(current())
    assert live_on(customer.instance) == (0, 1)


@pytest.mark.parametrize(("seconds", "counted"), [(25, 1), (31, 0)])
def test_live_on__process_not_seen_lately__does_not_count(customer: Customer, seconds: float, counted: int) -> None:
    Heartbeat().beat(current())
    pass_time(seconds)
    assert live_on(customer.instance) == (counted, counted)


def test_beat__again__moves_the_time_alone(customer: Customer) -> None:
    heartbeat, snapshot = Heartbeat(), current()
    heartbeat.beat(snapshot)
    started = EndpointProcess.objects.get().started_at
    pass_time(60)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        heartbeat.beat(snapshot)
    assert len(queries) == 1
    row = EndpointProcess.objects.get()
    assert (row.pid, row.revision, row.started_at) == (os.getpid(), snapshot.revision, started)
    assert live_on(customer.instance) == (1, 1)


def test_beat__row_is_gone__is_written_anew(customer: Customer) -> None:
    heartbeat, snapshot = Heartbeat(), current()
    heartbeat.beat(snapshot)
    EndpointProcess.objects.all().delete()
    heartbeat.beat(snapshot)
    assert live_on(customer.instance) == (1, 1)


def test_beat__nothing_to_serve_yet__says_nothing() -> None:
    Heartbeat().beat(None)
    assert not EndpointProcess.objects.exists()


def test_beat__a_new_process__sweeps_out_rows_left_behind_long_ago(customer: Customer) -> None:
    Heartbeat().beat(current())
    pass_time(2 * 86_400)
    Heartbeat().beat(current())
    assert EndpointProcess.objects.count() == 1


def test_beat__database_away__the_next_one_writes_it(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat = Heartbeat()

    def gone(*arguments: object, **values: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(EndpointProcess.objects, "create", gone)
        with pytest.raises(DatabaseError):
            heartbeat.beat(current())
    heartbeat.beat(current())
    assert live_on(customer.instance) == (1, 1)


def test_stop__its_row_goes_and_the_others_stay(customer: Customer) -> None:
    first, second = Heartbeat(), Heartbeat()
    first.beat(current())
    second.beat(current())
    first.stop()
    assert live_on(customer.instance) == (1, 1)


def test_process__while_it_runs__has_a_row(tmp_path: Path) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))

    def rows() -> list[tuple[int, str]]:
        db = sqlite3.connect(home.directory / "control.sqlite3")
        try:
            return db.execute("SELECT pid, versions FROM provisioning_endpointprocess").fetchall()
        finally:
            db.close()

    with ServerProcess(home) as server:
        until_true(lambda: rows() == [(server.process.pid, '{"1/8": 1}')])
        server.stop()
    assert rows() == []
