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


def test_deadline__those_that_are_late__waited_for_less_than_the_limit() -> None:
    """By the loop's clock, which is moved on here from one timer to the next, each a little late."""

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        waited: list[float] = []

        async def waits(begins: float) -> None:
            await asyncio.sleep(begins)
            began = loop.time()
            assert await wait(deadlines, 30) == "late"
            waited.append(loop.time() - began)

        deadlines = Deadlines(10)
        await asyncio.gather(*(waits(number / 200) for number in range(200)))
        return waited

    with asyncio.Runner(loop_factory=Skipping) as runner:
        waited = runner.run(main())
    assert len(waited) == 200
    assert 9.5 <= min(waited) <= max(waited) < 10


class Skipping(asyncio.SelectorEventLoop):
    """Does not wait for its timers but has its clock go on to them, and 10 ms beyond."""

    skipped = 0.0

    def time(self) -> float:
        return self.skipped

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.skipped = max(self.skipped, self._scheduled[0]._when + 0.01)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]
