"""The copy on disk: what was written comes back, whatever else is there is refused."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization import snapshot_copy
from personalization.control_state import ControlState, InstanceState, KeyState, TokenState, VersionState, packed
from personalization.snapshot_copy import BadCopy, Head, SnapshotCopy

NOW = 1_800_000_000.25
KEY = b"this installation"

_names = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_numbers = st.integers(1, 2**53 - 1)
_ends = st.none() | st.floats(0, 2**40)
_texts = st.lists(_names, max_size=2).map(tuple)
_states = st.builds(
    ControlState,
    revision=_numbers,
    instances=st.lists(
        st.builds(
            InstanceState,
            id=_numbers,
            account=_numbers,
            number=_numbers,
            version=st.none() | _numbers,
            tables=st.lists(st.tuples(_names, _names), max_size=2).map(tuple),
            token_names=_texts,
            token_digests=_texts,
        ),
        max_size=2,
    ).map(tuple),
    versions=st.lists(st.builds(VersionState, _numbers, _numbers, _names.map(packed)), max_size=2).map(tuple),
    tokens=st.lists(
        st.builds(
            TokenState,
            id=_numbers,
            instance=_numbers,
            name=_names,
            digest=_names,
            public=st.booleans(),
            revoked=st.booleans(),
            expires_at=_ends,
            networks=_texts,
            origins=_texts,
            rate=st.none() | _numbers,
            successor=st.none() | _numbers,
        ),
        max_size=2,
    ).map(tuple),
    keys=st.lists(
        st.builds(KeyState, _numbers, _numbers, _names, st.booleans(), expires_at=_ends, networks=_texts), max_size=2
    ).map(tuple),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "snapshot.json"


@pytest.fixture
def copy(path: Path) -> SnapshotCopy:
    return SnapshotCopy(path, key=KEY)


def state(revision: int = 5) -> ControlState:
    return ControlState(revision, versions=(VersionState(1, 3, packed("keys: [user]\n")),))


def write(copy: SnapshotCopy, revision: int = 5, *, at: float = NOW) -> None:
    copy.write(state(revision), confirmed_at=at, now=NOW)


def revision_in(copy: SnapshotCopy) -> int | None:
    found = copy.read()
    return None if found is None else found[0].revision


@settings(deadline=None)
@given(written=_states, at=st.floats(0, 2**40))
def test_copy__any_state__comes_back_whole(
    tmp_path_factory: pytest.TempPathFactory, written: ControlState, at: float
) -> None:
    copy = SnapshotCopy(tmp_path_factory.mktemp("copy") / "snapshot.json", key=KEY)
    copy.write(written, confirmed_at=at, now=at)
    assert copy.read() == (written, at)


def test_text__packed__comes_back() -> None:
    assert state().versions[0].text == "keys: [user]\n"
    assert state().versions[0].packed not in repr(state())


def test_read__no_file__is_none(copy: SnapshotCopy) -> None:
    assert copy.read() is None


def test_file__only_its_owner_may_read_it(copy: SnapshotCopy, path: Path) -> None:
    write(copy)
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert sorted(each.name for each in path.parent.iterdir()) == ["snapshot.json", "snapshot.json.lock"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b" ",
        lambda data: data.replace(b'"revision":5', b'"revision":6', 1),
        lambda data: data.replace(b"1800000000.25", b"1900000000.25", 1),
        lambda data: data.replace(b'"number":3', b'"number":4'),
        lambda data: data.replace(b'"format":2', b'"format":3'),
        lambda data: data.partition(b"\n")[0],
        lambda data: data.partition(b"\n")[2],
        lambda data: b"{}\n{}",
        lambda data: b"[]\n{}",
        lambda data: b'{"format":2,"revision":1e999,"confirmed_at":1,"seal":""}\n{}',
        lambda data: b'{"format":2,"revision":1,"confirmed_at":1,"seal":"\\ud800"}\n{}',
        lambda data: b"[" * 100_000,
        lambda data: b"\xff\xfe\n" + data,
        lambda data: os.urandom(500),
    ],
)
def test_read__damaged__is_refused_and_can_be_written_anew(
    copy: SnapshotCopy, path: Path, harm: Callable[[bytes], bytes]
) -> None:
    write(copy)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(BadCopy):
        copy.read()
    assert not copy.confirm(Head(5, NOW))
    write(copy, 6)
    assert revision_in(copy) == 6


def test_read__of_another_installation__is_refused(copy: SnapshotCopy, path: Path) -> None:
    write(SnapshotCopy(path, key=b"another"))
    with pytest.raises(BadCopy, match="another installation"):
        copy.read()


def test_read__too_large__is_refused(copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    write(copy)
    monkeypatch.setattr(snapshot_copy, "MOST_BYTES", 100)
    with pytest.raises(BadCopy):
        copy.read()


def test_write__too_large__is_refused_and_what_is_there_stays(
    copy: SnapshotCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(copy)
    with monkeypatch.context() as patch:
        patch.setattr(snapshot_copy, "MOST_BYTES", 100)
        with pytest.raises(BadCopy, match="larger"):
            write(copy, 6)
    assert revision_in(copy) == 5


@pytest.mark.parametrize(
    ("there", "ours", "kept"),
    [(NOW - 10, NOW - 5, 6), (NOW - 5, NOW - 5, 6), (NOW - 5, NOW - 10, 5), (NOW + 3600, NOW - 5, 6)],
)
def test_write__beside_another__the_newer_stays_unless_its_time_has_not_come(
    copy: SnapshotCopy, path: Path, there: float, ours: float, kept: int
) -> None:
    write(copy, 5, at=there)
    write(SnapshotCopy(path, key=KEY), 6, at=ours)
    assert revision_in(copy) == kept


def test_write__while_another_writes__leaves_it_to_that_one(copy: SnapshotCopy, path: Path) -> None:
    write(copy)
    with path.with_name("snapshot.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write(copy, 6)
        assert copy.confirm(Head(6, NOW))
    assert revision_in(copy) == 5


def test_confirm__the_same_revision__moves_its_time_forward_only(copy: SnapshotCopy) -> None:
    write(copy)
    assert copy.confirm(Head(5, NOW + 60))
    assert copy.confirm(Head(5, NOW + 30))
    assert copy.read() == (state(), NOW + 60)


def test_confirm__another_revision_or_none__is_not_done(copy: SnapshotCopy) -> None:
    assert not copy.confirm(Head(5, NOW))
    write(copy)
    assert not copy.confirm(Head(6, NOW + 60))
    assert copy.read() == (state(), NOW)


def test_write__link_in_place_of_the_new_file__is_not_followed(copy: SnapshotCopy, path: Path) -> None:
    write(copy)
    other = path.with_name("other")
    other.write_text("precious")
    path.with_name("snapshot.json.new").symlink_to(other)
    with pytest.raises(OSError, match="symbolic"):
        write(copy, 6)
    assert other.read_text() == "precious"


def test_write__by_many_at_once__readers_always_see_a_whole_one(copy: SnapshotCopy, path: Path) -> None:
    write(copy)

    def write_many(first: int) -> None:
        mine = SnapshotCopy(path, key=KEY)
        for revision in range(first, first + 20):
            write(mine, revision)
            assert mine.read() is not None

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write_many, (100, 200, 300, 400)))
    assert json.loads(path.read_bytes().split(b"\n")[0])["format"] == snapshot_copy.FORMAT
