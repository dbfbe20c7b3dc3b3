"""From notes to rows: several processes, a database that goes away, rows that grow old."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from personalization import traffic_records, traffic_writer
from personalization.admission import Target
from personalization.control_reader import ControlReader
from personalization.evaluation_errors import EvaluationErrors
from personalization.live import LiveInstance
from personalization.models import (
    HOUR,
    MINUTE,
    EndedOffer,
    InstanceTraffic,
    ReceivedTable,
    Rejection,
    RuleFailure,
    TrafficCount,
    TrafficLatency,
    TrafficTotal,
)
from personalization.snapshot import Snapshot, Token
from personalization.snapshot_loader import SnapshotLoader
from personalization.traffic import Totals, totals
from personalization.traffic_notes import ANYWHERE, Rejected, TrafficNotes, Why
from personalization.traffic_records import record_rejections
from personalization.traffic_times import MINUTES_KEPT, TRAFFIC_DAYS
from personalization.traffic_writer import TrafficWriter
from provisioning.services import upload_configuration
from routing.models import Instance
from tests.personalization.customer import BODY, PAIR, a_customer
from tests.world import ACTOR, an_instance
from tokens.services import revoke

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
OVER = BODY.replace("{name: hello,", "{name: hello, ends_at: '2026-11-22T10:00:00+00:00', ").replace(
    "TOKENS", "[{name: server}]"
)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def instance() -> Instance:
    return an_instance()


class Process:
    """The notes of one process and what writes them."""

    def __init__(self, *, current: Snapshot | None = None) -> None:
        self.notes = TrafficNotes()
        self.errors = EvaluationErrors()
        self.writer = TrafficWriter(self.notes, self.errors)
        self.current = current

    def event(
        self,
        instance: Instance,
        times: int = 1,
        *,
        table: str = "pageviews",
        reason: str = "",
        failed: bool = False,
    ) -> None:
        live = LiveInstance(instance.account_id, instance.number, 1, None, frozenset({PAIR}), instance.pk)
        request = SimpleNamespace(
            now=datetime.now(UTC).timestamp(),
            token=Token(5, live, "0" * 64),
            place=Target(False, "your_database", table),
            reason=reason,
            failed=failed,
        )
        for _ in range(times):
            self.notes.answered(request, 0.004)  # type: ignore[arg-type]

    def refusal(self, times: int = 1) -> None:
        request = SimpleNamespace(
            method="POST",
            path="/",
            headers={},
            peer="192.0.2.1",
            now=datetime.now(UTC).timestamp(),
            id_text="a" * 32,
            token=None,
            place=None,
        )
        for _ in range(times):
            self.notes.refused(request, Why(3000, "Send a token."), None, 0.001)  # type: ignore[arg-type]

    def write(self) -> None:
        """Twice: what is noted comes to rest first."""
        for _ in range(2):
            self.writer.write(self.current)


def of(instance: Instance) -> Totals:
    now = datetime.now(UTC)
    return totals([instance.pk], now - timedelta(days=1), now + timedelta(minutes=1)).get(instance.pk, Totals())


def test_counts__of_two_processes__add_up(instance: Instance) -> None:
    for process in (Process(), Process()):
        process.event(instance, 5)
        process.event(instance, 2, reason="no-rule")
        process.write()
    found = of(instance)
    assert (found.events, found.offered, found.p95) == (14, 10, pytest.approx(0.0049, abs=0.0002))
    assert TrafficCount.objects.count() == 4
    assert {row.requests for row in TrafficTotal.objects.filter(reason="")} == {10}


def test_counts__of_events_that_failed_beside_an_offer__add_up(instance: Instance) -> None:
    for process in (Process(), Process()):
        process.event(instance, 5)
        process.event(instance, 3, failed=True)
        process.event(instance, 2, reason="error", failed=True)
        process.writer.write(None)
        process.writer.finish(None)
    found = of(instance)
    assert (found.events, found.offered, found.errors) == (20, 16, 10)
    assert {row.requests: row.failed for row in TrafficTotal.objects.all()} == {16: 6, 4: 4}
    assert InstanceTraffic.objects.get().errors == 10


def test_counts__written_again_and_again__are_counted_once(instance: Instance) -> None:
    process = Process()
    for _ in range(4):
        process.event(instance, 3)
        process.write()
        process.write()
    assert of(instance).events == 12


def test_counts__at_the_end_of_a_process__are_all_written(instance: Instance) -> None:
    process = Process()
    process.event(instance, 3)
    process.writer.write(None)
    process.event(instance, 2)
    process.writer.finish(None)
    assert of(instance).events == 5


def test_counts__database_away_and_back__nothing_is_lost_or_doubled(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    def gone(*arguments: object) -> None:
        raise OperationalError("gone")

    process = Process()
    process.event(instance, 2)
    process.writer.write(None)
    with monkeypatch.context() as patch:
        patch.setattr(traffic_records, "_note_tables", gone)
        for _ in range(2):
            clock.shift(60)
            process.event(instance, 2)
            process.refusal()
            with pytest.raises(OperationalError):
                process.writer.write(None)
        clock.shift(60)
    process.event(instance, 1)
    process.write()
    assert of(instance).events == 7
    assert TrafficCount.objects.filter(span=MINUTE).count() == 4
    assert Rejection.objects.count() == 2


def test_counts__of_very_many_kinds__are_written_in_parts(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic_writer, "MOST_AT_ONCE", 3)
    process = Process()
    for number in range(10):
        process.event(instance, 2, table=f"table_{number}", reason="not-monitored")
    process.write()
    assert of(instance).events == 20


def test_counts__nothing_noted__write_next_to_nothing(instance: Instance) -> None:
    process = Process()
    process.write()
    with CaptureQueriesContext(connection) as queries:
        process.writer.write(None)
    assert len(queries) == 0


def test_tables__received__know_when_and_whether_monitored(instance: Instance, clock: Any) -> None:
    process = Process()
    process.event(instance)
    process.event(instance, table="page_views", reason="not-monitored")
    process.write()
    clock.shift(timedelta(days=2))
    process.event(instance)
    process.write()
    rows = {row.table: row for row in ReceivedTable.objects.all()}
    assert rows["pageviews"].unmonitored_at is None
    assert rows["pageviews"].last_at - rows["pageviews"].first_at == timedelta(days=2)
    assert rows["page_views"].unmonitored_at == rows["page_views"].last_at == NOW.replace(second=0)


def test_rejections__too_many__the_newest_stay(instance: Instance, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    monkeypatch.setattr(traffic_records, "MOST_REJECTIONS", 10)
    process = Process()
    for _ in range(3):
        clock.shift(60)
        process.refusal(4)
        process.write()
    assert Rejection.objects.count() == 5
    assert Rejection.objects.latest("pk").reason == "Send a token."


def test_rejections__of_strangers_without_end__do_not_push_out_those_of_a_known_token(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_records, "MOST_REJECTIONS", 10)
    a_known = Rejected(NOW.timestamp(), 3004, instance.pk, 1, 7, "beef", ANYWHERE, "", "", "known", "r")
    record_rejections([a_known])
    record_rejections([a_known._replace(token=0, reason="strange")] * 30)
    assert Counter(Rejection.objects.values_list("reason", flat=True)) == {"known": 1, "strange": 5}


def test_failures_of_rules__of_two_processes__add_up_with_the_last_message(instance: Instance) -> None:
    live = LiveInstance(1, 8, 3)
    first, second = Process(), Process()
    for process, message in ((first, "broke"), (second, "broke again")):
        for _ in range(4):
            process.errors.note(live, [('offer "hello"', message)], NOW.timestamp())
        process.write()
    first.write()
    row = RuleFailure.objects.get()
    assert (row.instance_id, row.version, row.rule) == (instance.pk, 3, 'offer "hello"')
    assert (row.failures, row.message, row.last_at) == (8, "broke again", NOW)


def test_failures_of_rules__with_a_secret_in_the_message__are_redacted(instance: Instance) -> None:
    process = Process()
    token = "1/8/e65d8a9df2094f02b84cd660efff6f27"
    process.errors.note(LiveInstance(1, 8, 3), [('offer "hello"', f"no {token}")], NOW.timestamp())
    process.write()
    assert token not in RuleFailure.objects.get().message


def test_failures_of_rules__of_an_instance_that_is_gone__stop_nothing(instance: Instance) -> None:
    process = Process()
    for number in (8, 9):
        process.errors.note(LiveInstance(1, number, 3), [('offer "hello"', "broke")], NOW.timestamp())
    process.write()
    assert RuleFailure.objects.get().instance_id == instance.pk


def test_cleaning__minutes_and_hours__go_when_they_are_old_and_the_sums_stay(instance: Instance, clock: Any) -> None:
    process = Process()
    process.event(instance, 7)
    process.refusal()
    process.write()
    week = timedelta(days=7)
    since = NOW - timedelta(days=1)
    clock.shift(MINUTES_KEPT + timedelta(hours=2))
    Process().write()
    for model in (TrafficCount, TrafficLatency, TrafficTotal):
        assert not model._default_manager.filter(span=MINUTE).exists()
        assert model._default_manager.filter(span=HOUR).count() == 1
    assert totals([instance.pk], since, since + week)[instance.pk].events == 7
    clock.move_to(NOW + timedelta(days=TRAFFIC_DAYS, hours=2))
    Process().write()
    for each in (TrafficCount, TrafficLatency, TrafficTotal, ReceivedTable, Rejection):
        assert not each._default_manager.exists()


def test_cleaning__is_done_about_hourly(instance: Instance, clock: Any) -> None:
    process = Process()
    process.write()
    with CaptureQueriesContext(connection) as queries:
        process.writer.write(None)
    assert not [each for each in queries if "DELETE" in each["sql"]]
    clock.shift(timedelta(hours=1))
    with CaptureQueriesContext(connection) as queries:
        process.writer.write(None)
    assert [each for each in queries if "DELETE" in each["sql"]]


def test_summary__of_an_instance__follows_its_last_day(instance: Instance, clock: Any) -> None:
    process = Process()
    process.event(instance, 6)
    process.event(instance, 2, reason="error")
    process.writer.finish(None)
    row = InstanceTraffic.objects.get()
    assert (row.instance_id, row.events, row.offered, row.refused, row.errors) == (instance.pk, 8, 6, 0, 2)
    assert row.p95 == pytest.approx(0.0049, abs=0.0002)
    clock.shift(timedelta(minutes=2))
    process.event(instance)
    process.writer.finish(None)
    row.refresh_from_db()
    assert row.events == 9
    clock.shift(timedelta(days=2))
    Process().write()
    row.refresh_from_db()
    assert (row.events, row.p95) == (0, None)


def test_offers_that_ended__of_the_live_version__are_noted_until_another_is_live(clock: Any) -> None:
    customer = a_customer()
    upload_configuration(instance=customer.instance, text=OVER, actor=ACTOR, push=True)
    Process(current=SnapshotLoader().load(ControlReader().read(), at=0)).write()
    Process(current=SnapshotLoader().load(ControlReader().read(), at=0)).write()
    row = EndedOffer.objects.get()
    assert (row.instance_id, row.version, row.offer) == (customer.instance.pk, 2, "hello")
    assert row.ended_at.date().isoformat() == "2026-11-22"
    customer.push("three")
    Process(current=SnapshotLoader().load(ControlReader().read(), at=0)).write()
    assert not EndedOffer.objects.exists()


def test_offers_that_ended__of_an_instance_without_a_token_that_is_accepted__are_noted(clock: Any) -> None:
    customer = a_customer()
    upload_configuration(instance=customer.instance, text=OVER, actor=ACTOR, push=True)
    revoke(row=customer.token_row, actor=ACTOR)
    current = SnapshotLoader().load(ControlReader().read(), at=0)
    assert not current.tokens
    Process(current=current).write()
    assert EndedOffer.objects.get().offer == "hello"
