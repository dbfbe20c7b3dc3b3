"""Keeping the copy on disk: what was told is there when it is closed, which never takes for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from personalization.control_state import ControlState
from personalization.copy_keeper import CopyKeeper
from personalization.snapshot import Snapshot
from personalization.snapshot_copy import SnapshotCopy

STATE = ControlState(revision=1, instances=(), versions=(), tokens=(), keys=())


class Nothing:
    """What is served: nothing yet."""

    current: Snapshot | None = None
    confirmed_at = 0.0
    is_database_away = False


async def turns(count: int) -> None:
    """Let so many turns of the loop pass."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("later", range(6))
def test_close__so_many_turns_after_news__ends_with_the_news_on_disk(tmp_path: Path, later: int) -> None:
    copy = SnapshotCopy(tmp_path / "snapshot.json", key=b"ours")

    async def main() -> None:
        keeper = CopyKeeper(Nothing(), copy)
        keeper.start()
        await turns(3)
        keeper.tell(STATE, at=1.0)
        await turns(later)
        async with asyncio.timeout(10):
            await keeper.close()

    asyncio.run(main())
    assert copy.read() == (STATE, 1.0)
