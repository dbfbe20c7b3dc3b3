"""The simulation says what queueing theory says where that has a formula."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench import simulate
from bench.simulate import Cost, Service

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("use", [0.2, 0.5, 0.8])
def test_waits__events_one_by_one__mean_is_that_of_one_server_with_constant_times(use: float) -> None:
    service = 0.001
    found = simulate.waits(Service(fixed=service, each=0, most=1), use / service)
    assert found.mean == pytest.approx(service + use * service / (2 * (1 - use)), rel=0.05)
    assert found.group == 1


def test_waits__hardly_any_events__each_takes_just_its_own_service() -> None:
    found = simulate.waits(Service(fixed=0.001, each=0.0001), 0.5, events=5_000)
    assert found.p50 == pytest.approx(0.0011)
    assert found.p99 < 0.0023


@pytest.mark.parametrize("use", [0.7, 0.9])
def test_waits__busy__a_group_holds_what_arrives_during_the_one_before(use: float) -> None:
    service = Service(fixed=0.004, each=0.0001, most=10_000)
    rate = use / service.each
    found = simulate.waits(service, rate)
    assert found.group == pytest.approx(rate * service.fixed / (1 - use), rel=0.05)


def test_waits__more_than_groups_can_hold__queue_grows_without_end() -> None:
    service = Service(fixed=0.01, each=0, most=10)
    bearable, too_many = (simulate.waits(service, rate, events=20_000).p99 for rate in (500, 2_000))
    assert bearable < 0.1 < 1 < too_many


def test_waits__same_seed__same_figures() -> None:
    service = Service(fixed=0.001, each=0.0001)
    assert simulate.waits(service, 4_000, events=5_000) == simulate.waits(service, 4_000, events=5_000)
    assert simulate.waits(service, 4_000, events=5_000) != simulate.waits(service, 4_000, events=5_000, seed=1)


def test_skew__visitors_all_alike__every_node_has_its_share() -> None:
    found = simulate.skew(visitors=100_000, exponent=0, nodes=8)
    assert found.visitor == pytest.approx(1 / 100_000)
    assert found.partition < 1.2 / simulate.PARTITIONS
    assert 1 / 8 <= found.node < 1.02 / 8


def test_skew__one_in_ten_events_by_one_visitor__its_partition_has_at_least_those() -> None:
    visitors = 10_000
    found = simulate.skew(visitors=visitors, exponent=1, nodes=8)
    assert found.visitor == pytest.approx(1 / sum(1 / rank for rank in range(1, visitors + 1)))
    assert found.visitor < found.partition < found.node < 1


def test_skew__steeper__busiest_partition_is_busier() -> None:
    shares = [
        simulate.skew(visitors=10_000, exponent=exponent, nodes=8).partition for exponent in (0, 0.5, 0.8, 1, 1.2)
    ]
    assert shares == sorted(shares)


@pytest.mark.parametrize(("use", "away"), [(0.25, 8), (0.4, 15), (0.6, 15)])
@pytest.mark.parametrize("jitter", [0.5, 5.0])
def test_loss__all_is_well_when_what_was_missed_is_worked_off(use: float, away: float, jitter: float) -> None:
    found = simulate.loss(use=use, away=away, retry=1, jitter=jitter)
    assert found.settled == pytest.approx(max(away / (1 - use), away + 1 + jitter), rel=0.02)
    assert found.refused == pytest.approx(1)


def test_loss__retries_spread_over_longer__lower_peak() -> None:
    peaks = [simulate.loss(use=0.4, away=10, retry=1, jitter=jitter).peak for jitter in (0.5, 2, 8)]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[-1] > 1


def test_loss__twice_as_busy_a_node__same_peak_by_its_usual_rate() -> None:
    one, two = (simulate.loss(use=use, away=10, retry=1, jitter=2).peak for use in (0.3, 0.6))
    assert one == pytest.approx(two)


@pytest.mark.parametrize(
    ("rate", "microseconds", "cores"),
    [(1, 1, 1), (6_000, 100, 1), (6_001, 100, 2), (100_000, 90, 15), (100_000, 22, 4)],
)
def test_cores__rate_and_cost__none_fuller_than_planned(rate: float, microseconds: float, cores: int) -> None:
    assert simulate.cores(rate, microseconds) == cores
    assert math.ceil(rate * microseconds / 1e6) <= cores


def test_costs__nothing_measured_yet__those_of_the_documentation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(simulate, "RESULTS", tmp_path / "endpoint.json")
    assert simulate.costs() == simulate.DEFAULTS


def test_costs__one_store_measured__the_others_keep_their_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = tmp_path / "endpoint.json"
    results.write_text(json.dumps({"cpu_microseconds": {"postgresql": {"server": 50.0, "database": 20.0}}}))
    monkeypatch.setattr(simulate, "RESULTS", results)
    assert simulate.costs() == simulate.DEFAULTS | {"postgresql": Cost(50.0, 20.0)}


def test_program__a_rate__says_how_many_cores_each_store_takes() -> None:
    run = subprocess.run(
        [sys.executable, "bench/simulate.py", "--rate", "1000"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert "1,000 events/s, no core fuller than 60%" in run.stdout
    assert "cores for endpoints" in run.stdout
    assert run.stderr == ""
