"""What a process counts, and who is told."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from personalization.arrivals import Answer
from personalization.metrics import Distribution, MeasuredStore, Metrics
from personalization.metrics_page import Page, may_read
from personalization.stores.base import StoreUnavailable
from personalization.stores.sqlite import SqliteStore
from tests.docs.blocks import ROOT, tables
from tests.personalization.rig import CONFIGURATION, Rig
from tests.personalization.server_process import Home, ServerProcess
from tests.personalization.test_committer import ScriptedStore
from tests.personalization.world import NOW

FAILING = CONFIGURATION.replace("PROFILE.preferences.length > 0", "EVENT.nothing.at.all")


def page(rig: Rig) -> Page:
    return Page(rig.metrics, rig.snapshots, rig.committer, rig.errors, NOW)


def told(rig: Rig) -> dict[str, float]:
    """Each sample's value by its name and labels, as they are written."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page(rig).text().decode())
        for sample in family.samples
    }


def test_requests__are_counted_by_status_and_code(rig: Rig) -> None:
    rig.post()
    rig.post()
    rig.post(content=b"[]")
    rig.post(authorization=None)
    rig.send("GET", "/x")
    samples = told(rig)
    counted = {name: value for name, value in samples.items() if name.startswith("p13n_requests_total")}
    assert counted == {
        "p13n_requests_total 200 200": 2,
        "p13n_requests_total 3004 400": 1,
        "p13n_requests_total 401 401": 1,
        "p13n_requests_total 404 404": 1,
    }
    assert samples["p13n_request_seconds_count"] == samples["p13n_request_seconds_bucket +Inf"] == 5
    assert samples["p13n_request_seconds_sum"] > 0


def test_gauges__tell_queue_store_and_snapshot(rig: Rig) -> None:
    rig.snapshots.age_now = 12.5
    rig.post()
    samples = told(rig)
    assert samples["p13n_queued_events"] == 0
    assert samples["p13n_store_available"] == 1
    assert (samples["p13n_snapshot_revision"], samples["p13n_snapshot_age_seconds"]) == (5, 12.5)


def test_snapshot__none_yet__says_nothing_of_it(rig: Rig) -> None:
    rig.snapshots.current = None
    assert not [name for name in told(rig) if "snapshot" in name]


def test_evaluation_errors__are_counted_by_rule(tmp_path: Path) -> None:
    with Rig(tmp_path, text=FAILING) as rig:
        rig.post()
        rig.post()
        (error,) = ((name, value) for name, value in told(rig).items() if "evaluation" in name)
    assert error[0].startswith("p13n_evaluation_errors_total 1/8 offer")
    assert error[1] == 2


def test_commits__of_a_measured_store__size_and_time(tmp_path: Path) -> None:
    metrics = Metrics()
    with Rig(tmp_path, store=MeasuredStore(SqliteStore(tmp_path / "events.sqlite3"), metrics)) as rig:
        assert rig.post().status_code == 200
        rig.metrics.commit_events, rig.metrics.commit_seconds = metrics.commit_events, metrics.commit_seconds
        samples = told(rig)
    assert (samples["p13n_commit_events_count"], samples["p13n_commit_events_sum"]) == (1, 1)
    assert samples["p13n_commit_seconds_count"] == 1
    assert samples["p13n_commit_seconds_sum"] > 0


def test_commits__that_fail__are_counted_too() -> None:
    store, metrics = ScriptedStore(), Metrics()
    store.away = True
    with pytest.raises(StoreUnavailable):
        MeasuredStore(store, metrics).commit([])
    store.away = False
    answers: list[Answer] = []
    assert MeasuredStore(store, metrics).commit([]) == answers
    assert metrics.commit_events.counts[0] == 2


@pytest.mark.parametrize(("value", "place"), [(0.5, 0), (1, 0), (1.01, 1), (10, 1), (11, 2)])
def test_distribution__a_value__belongs_to_the_first_bound_that_is_not_less(value: float, place: int) -> None:
    distribution = Distribution((1.0, 10.0))
    distribution.note(value)
    assert distribution.counts.index(1) == place
    assert distribution.sum == value


@pytest.mark.parametrize(
    ("peer", "headers", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("192.0.2.1", {}, False),
        ("", {}, False),
        ("127.0.0.1", {b"x-forwarded-for": b"192.0.2.1"}, False),
        ("127.0.0.1", {b"x-forwarded-for": b"127.0.0.1"}, False),
        ("127.0.0.1", {b"forwarded": b"for=127.0.0.1"}, False),
        ("10.0.0.1", {b"x-forwarded-for": b"127.0.0.1"}, True),
        ("10.0.0.1", {b"x-forwarded-for": b"192.0.2.1"}, False),
        ("10.0.0.1", {b"x-forwarded-for": b"127.0.0.1, 192.0.2.1"}, False),
        ("10.0.0.1", {}, False),
    ],
)
def test_reading__depends_on_the_clients_address(peer: str, headers: dict[bytes, bytes], allowed: bool) -> None:
    loopback, proxies = (ip_network("127.0.0.1"), ip_network("::1")), (ip_network("10.0.0.0/24"),)
    assert may_read(headers, peer, allowed=loopback, trusted=proxies) is allowed


def test_documentation__names_every_metric(rig: Rig) -> None:
    table = next(table for table in tables(ROOT / "docs" / "operations.md") if table.header[0] == "metric")
    families = text_string_to_metric_families(page(rig).text().decode())
    names = [family.name + "_total" * (family.type == "counter") for family in families]
    assert [row[0].text for row in table.rows] == names


@pytest.mark.parametrize("application", ["personalization.asgi:application", "p13nadmin.asgi:application"])
def test_process__tells_its_own_machine_alone(tmp_path: Path, application: str) -> None:
    home = Home(tmp_path, *Home(tmp_path).seed("make"))
    with ServerProcess(home, application) as server:
        assert server.post({"td_client_id": "202"}).status == 200
        answer = server.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        for sample in (b'p13n_requests_total{code="200",status="200"} 1.0', b"p13n_commit_events_sum 1.0"):
            assert sample in answer.body
        passed_on = server.exchange(b"GET /metrics HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")
        assert (passed_on.status, passed_on.json()["code"]) == (404, 404)
        server.stop()
