"""One timer for many waiting tasks."""

from __future__ import annotations

import asyncio

import pytest

from personalization.deadlines import Deadlines


async def wait(deadlines: Deadlines, seconds: float) -> str:
    """How waiting ended."""
    task = deadlines.begin()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if deadlines.passed(task):
            return "late"
        raise
    finally:
        deadlines.end(task)
    return "in time"


def run(*waits: float, limit: float = 0.1) -> list[str]:
    async def main() -> list[str]:
        deadlines = Deadlines(limit)
        return await asyncio.gather(*(wait(deadlines, seconds) for seconds in waits))

    return asyncio.run(main())


def test_deadline__only_those_that_wait_too_long__are_late() -> None:
    assert run(0, 30, 0.01, 30, 0) == ["in time", "late", "in time", "late", "in time"]


def test_deadline__after_a_pause__works_again() -> None:
    async def main() -> list[str]:
        deadlines = Deadlines(0.05)
        return [
            await wait(deadlines, 0),
            await wait(deadlines, 30),
            await wait(deadlines, 0),
            await wait(deadlines, 30),
        ]

    assert asyncio.run(main()) == ["in time", "late", "in time", "late"]


def test_deadline__late_task__goes_on_uncancelled() -> None:
    async def main() -> int:
        deadlines = Deadlines(0.05)
        assert await wait(deadlines, 30) == "late"
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(main()) == 0


def test_cancellation__by_somebody_else__is_not_taken_for_lateness() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(wait(Deadlines(30), 30))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
