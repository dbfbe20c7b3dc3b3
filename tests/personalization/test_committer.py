"""Group commit, and what a store in trouble means for those who wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest

from personalization.arrivals import Answer, Arrival, Outcome
from personalization.committer import MAX_QUEUED_CHARACTERS, Committer
from personalization.stores.base import StoreRefused, StoreUnavailable
from tests.personalization.rig import Rig, assert_error


class ScriptedStore:
    """Remembers its groups; `refuse` names bodies that it fails on; `gate` holds commits back while closed."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.refuse: frozenset[str] = frozenset()
        self.away = False
        self.broken: Exception | None = None  # what opening it raises
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.closed = False
        self.tried = threading.Semaphore(0)
        self.opened = threading.Event()
        self.may_open = threading.Event()
        self.may_open.set()

    def open(self) -> None:
        self.tried.release()
        assert self.may_open.wait(10)
        if self.away:
            raise StoreUnavailable("away")
        if self.broken is not None:
            raise self.broken
        self.opened.set()

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        self.entered.set()
        assert self.gate.wait(10)
        names = [arrival.row.fields["name"] for arrival in arrivals]
        self.groups.append(names)
        if self.away:
            raise StoreUnavailable("away")
        if self.refuse & set(names):
            raise ValueError("a bad event")
        return [Answer({}, "no-rule")] * len(arrivals)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store() -> ScriptedStore:
    return ScriptedStore()


def events(*names: str) -> list[dict[str, str]]:
    return [{"td_client_id": "1", "name": name} for name in names]


def test_group__requests_of_one_moment__share_a_commit(tmp_path: Path, store: ScriptedStore) -> None:
    with Rig(tmp_path, store=store) as rig:
        assert {response.status_code for response in rig.post_all(events(*"abcde"))} == {200}
    assert sorted(chain(*store.groups)) == list("abcde")
    assert len(store.groups) < 5


def test_group__arriving_during_a_commit__share_the_next(tmp_path: Path, store: ScriptedStore) -> None:
    store.gate.clear()
    threading.Thread(target=lambda: store.entered.wait(10) and threading.Timer(0.2, store.gate.set).start()).start()
    with Rig(tmp_path, store=store, queue_limit=500) as rig:
        rig.post_all(events(*(str(number) for number in range(200))))
    assert len(store.groups) <= 3


def test_failure__of_one_event__only_the_culprit_gets_9999(tmp_path: Path, store: ScriptedStore) -> None:
    store.refuse = frozenset("c")
    with Rig(tmp_path, store=store) as rig:
        responses = rig.post_all(events(*"abcde"))
        assert [response.status_code for response in responses] == [200, 200, 500, 200, 200]
        assert_error(responses[2], 500, 9999)
        assert "bad event" not in responses[2].text


def test_failure__order__is_kept_when_events_are_tried_one_by_one(tmp_path: Path, store: ScriptedStore) -> None:
    store.refuse = frozenset("a")
    with Rig(tmp_path, store=store) as rig:
        rig.post_all(events(*"abc"))
    assert [group for group in store.groups if len(group) == 1] == [["a"], ["b"], ["c"]]


def test_store_away__503_for_all_and_tried_once(tmp_path: Path, store: ScriptedStore) -> None:
    store.away = True
    with Rig(tmp_path, store=store) as rig:
        responses = rig.post_all(events(*"abc"))
        for response in responses:
            assert_error(response, 503, 1005)
            assert int(response.headers["retry-after"]) >= 1
        assert sum(map(len, store.groups)) <= 3
        assert not rig.committer.is_store_available


def test_store_back__is_served_again(tmp_path: Path, store: ScriptedStore) -> None:
    store.away = True
    with Rig(tmp_path, store=store) as rig:
        assert rig.post({"td_client_id": "1", "name": "a"}).status_code == 503
        store.away = False
        assert rig.post({"td_client_id": "1", "name": "b"}).status_code == 200
        assert rig.committer.is_store_available
        assert rig.committer.queued == 0


def test_store_back__without_an_event__is_found_out(
    tmp_path: Path, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("personalization.committer.RETRY_INTERVAL", 0.01)
    store.away = True
    with Rig(tmp_path, store=store) as rig:
        assert rig.post({"td_client_id": "1", "name": "a"}).status_code == 503
        assert store.tried.acquire(timeout=10)
        assert store.tried.acquire(timeout=10)
        assert not rig.committer.is_store_available
        store.away = False
        assert store.opened.wait(10)
    assert rig.committer.is_store_available
    assert caplog.text.count("the event store is not available") == 1


@pytest.mark.parametrize("problem", [OSError(24, "Too many open files"), RuntimeError("can't start new thread")])
def test_store_away__opening_it_fails_in_another_way__503_until_it_is_back(
    tmp_path: Path, store: ScriptedStore, caplog: pytest.LogCaptureFixture, problem: Exception
) -> None:
    with Rig(tmp_path, store=store) as rig:
        store.away = True
        assert rig.post({"td_client_id": "1", "name": "a"}).status_code == 503
        store.away, store.broken = False, problem
        assert_error(rig.post({"td_client_id": "1", "name": "b"}), 503, 1005)
        assert not rig.committer.is_store_available
        store.broken = None
        assert rig.post({"td_client_id": "1", "name": "c"}).status_code == 200
    assert caplog.text.count("the event store") == 1


def test_start__opening_the_store_fails_in_another_way__starts_and_says_why(
    tmp_path: Path, store: ScriptedStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.broken = OSError(24, "Too many open files")
    with Rig(tmp_path, store=store) as rig:
        assert_error(rig.post({"td_client_id": "1", "name": "a"}), 503, 1005)
        store.broken = None
        assert rig.post({"td_client_id": "1", "name": "b"}).status_code == 200
    assert "Too many open files" in caplog.text


def test_store_silent__who_comes_while_it_is_tried_again__is_not_made_to_wait_for_another_try(
    tmp_path: Path, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.committer.RETRY_INTERVAL", 0.01)
    with Rig(tmp_path, store=store) as rig:
        store.away = True
        assert rig.post({"td_client_id": "1", "name": "a"}).status_code == 503
        store.may_open.clear()
        while store.tried.acquire(blocking=False):
            continue
        assert store.tried.acquire(timeout=10)  # it is being tried now, and says nothing for long
        tasks = rig.start_posting(events(*"bc"))
        monkeypatch.setattr("personalization.committer.RETRY_INTERVAL", 1000.0)
        store.may_open.set()
        rig.runner.run(asyncio.wait(tasks))
        assert [task.result().status_code for task in tasks] == [503, 503]
        assert not store.tried.acquire(blocking=False)


def test_queue__bodies_of_more_than_may_wait__429_until_they_are_stored(
    tmp_path: Path, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before the queue's number of events is reached."""
    monkeypatch.setattr("personalization.committer.MAX_QUEUED_CHARACTERS", 5_000)
    large = [{**event, "text": "x" * 2_000} for event in events(*"abc")]
    with Rig(tmp_path, store=store) as rig:
        store.gate.clear()
        tasks = rig.start_posting(large[:2])
        assert not rig.committer.is_full
        tasks += rig.start_posting(large[2:])
        refused = rig.post({"td_client_id": "1", "name": "d"})
        assert_error(refused, 429, 2003)
        assert int(refused.headers["retry-after"]) >= 1
        store.gate.set()
        rig.runner.run(asyncio.wait(tasks))
        assert [task.result().status_code for task in tasks] == [200, 200, 200]
        assert rig.post({"td_client_id": "1", "name": "e"}).status_code == 200
    assert MAX_QUEUED_CHARACTERS == 64 * 1024 * 1024


def test_close__what_is_queued__is_committed_first(tmp_path: Path, store: ScriptedStore) -> None:
    rig = Rig(tmp_path, store=store)
    with rig:
        store.gate.clear()
        tasks = rig.start_posting(events(*"abc"))
        store.entered.wait(10)
        store.gate.set()
    assert [task.result().status_code for task in tasks] == [200, 200, 200]
    assert store.closed


def test_start__store_does_not_answer__the_loop_goes_on(tmp_path: Path, store: ScriptedStore) -> None:
    store.may_open.clear()

    async def main() -> None:
        committer = Committer(store, queue_limit=10)
        starting = asyncio.create_task(committer.start())
        await asyncio.to_thread(store.tried.acquire, timeout=10)
        assert not starting.done()
        store.may_open.set()
        await starting
        assert committer.is_store_available
        await committer.close()

    asyncio.run(main())


def test_start__store_is_refused__raises(tmp_path: Path) -> None:
    class Unsafe(ScriptedStore):
        def open(self) -> None:
            raise StoreRefused("fsync is off")

    async def main() -> None:
        committer = Committer(Unsafe(), queue_limit=10)
        with pytest.raises(StoreRefused, match="fsync is off"):
            await committer.start()
        await committer.close()

    asyncio.run(main())


def test_store_silent__all_that_waits_is_told_together(
    tmp_path: Path, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one group after the other, each after as long a wait."""
    monkeypatch.setattr("personalization.committer.MAX_GROUP", 1)
    with Rig(tmp_path, store=store) as rig:
        store.gate.clear()
        tasks = rig.start_posting(events(*"abcdefgh"))
        assert store.entered.wait(10)
        store.away = True
        store.gate.set()
    assert [task.result().status_code for task in tasks] == [503] * 8
    assert store.groups == [["a"]]
