"""Whoever waits for a silent server is freed; whoever gets an answer in time notices nothing."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from typing import Never

import pytest

from personalization import time_limits as module
from personalization.time_limits import TimeLimit

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_INTERVAL", 0.005)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def limit() -> TimeLimit:
    return TimeLimit("test")


def soon() -> float:
    return time.monotonic() + 0.02


def later() -> float:
    return time.monotonic() + 1000


def test_silence__at_the_limit__the_connection_ends(pair: Pair, limit: TimeLimit) -> None:
    with limit.over(pair[0].fileno(), until=soon()):
        assert pair[0].recv(1) == b""
    assert pair[1].recv(1) == b""


def test_limit__passed_already__the_connection_ends(pair: Pair, limit: TimeLimit) -> None:
    with limit.over(pair[0].fileno(), until=0.0):
        assert pair[0].recv(1) == b""


def test_answer__in_time__the_connection_stays(pair: Pair, limit: TimeLimit) -> None:
    for _ in range(3):
        with limit.over(pair[0].fileno(), until=later()):
            pair[1].send(b"1")
            assert pair[0].recv(1) == b"1"


def test_limit__no_longer_watched__the_connection_stays(
    pair: Pair, limit: TimeLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = soon()
    with limit.over(pair[0].fileno(), until=until):
        pass
    while time.monotonic() < until + 0.05:
        pair[1].send(b"1")
        assert pair[0].recv(1) == b"1"


def test_expire__the_connection_ends_at_once(pair: Pair, limit: TimeLimit) -> None:
    with limit.over(pair[0].fileno(), until=later()):
        limit.expire()
        assert pair[0].recv(1) == b""


def test_expire__nothing_is_watched__does_nothing(pair: Pair, limit: TimeLimit) -> None:
    with limit.over(pair[0].fileno(), until=later()):
        pass
    limit.expire()
    pair[1].send(b"1")
    assert pair[0].recv(1) == b"1"


def test_expire__the_other_side_was_faster__does_nothing(pair: Pair, limit: TimeLimit) -> None:
    with limit.over(pair[0].fileno(), until=later()):
        pair[0].shutdown(socket.SHUT_RDWR)
        pair[1].close()
        limit.expire()
        assert pair[0].recv(1) == b""


def test_connection__closed_by_who_waits__no_other_one_is_touched(limit: TimeLimit) -> None:
    """The number of a closed connection is soon another's."""
    first, first_peer = socket.socketpair()
    with limit.over(first.fileno(), until=later()):
        first.close()
        second, second_peer = socket.socketpair()
        limit.expire()
        second_peer.send(b"1")
        assert second.recv(1) == b"1"
    for each in (first_peer, second, second_peer):
        each.close()


def test_watching_thread__nothing_to_watch__ends_and_comes_back(pair: Pair) -> None:
    limit = TimeLimit("lonely")
    with limit.over(pair[0].fileno(), until=later()):
        pass
    [watching] = [thread for thread in threading.enumerate() if thread.name == "lonely limit"]
    watching.join(20)
    assert not watching.is_alive()
    with limit.over(pair[0].fileno(), until=soon()):
        assert pair[0].recv(1) == b""


def test_no_file_or_thread_left__is_an_error_of_the_system_and_later_all_is_well(
    pair: Pair, limit: TimeLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(*_: object) -> Never:
        raise OSError(errno.EMFILE, "Too many open files")

    def no_thread(*_: object) -> Never:
        raise RuntimeError("can't start new thread")

    for where, fails in ((module.os, ("dup", too_many)), (threading.Thread, ("start", no_thread))):
        with monkeypatch.context() as patch:
            patch.setattr(where, *fails)
            with pytest.raises(OSError, match=r"Too many open files|new thread"), limit.over(pair[0].fileno(), until=0):
                pass
    with limit.over(pair[0].fileno(), until=soon()):
        assert pair[0].recv(1) == b""
