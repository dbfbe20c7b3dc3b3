"""A limit on waiting, the same for many tasks, with one timer for all of them.

`asyncio.timeout` does it with a timer for each, which every event would pay for with a tenth of its time on the
event loop, though hardly any ever waits.
"""

from __future__ import annotations

import asyncio
from typing import Any

_LOOKS = 40  # in the time of the limit, which has to be kept also where a look comes a little late

_Task = asyncio.Task[Any]


class Deadlines:
    """Cancels tasks that have waited for a twentieth less than `seconds`, or a little longer, but not for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[_Task, float] = {}
        self._late: set[_Task] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> _Task:
        """The current task begins to wait; call `end` in any case."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._since[task] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._seconds / _LOOKS, self._look, loop)
        return task

    def end(self, task: _Task) -> None:
        """It waits no more."""
        self._since.pop(task, None)
        self._late.discard(task)

    def passed(self, task: _Task) -> bool:
        """Whether its cancellation was ours, and nobody else's; then it is taken back."""
        return task in self._late and task.uncancel() == 0

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        begun_before = loop.time() - self._seconds * (1 - 2 / _LOOKS)
        for task in [task for task, since in self._since.items() if since <= begun_before]:
            del self._since[task]
            self._late.add(task)
            task.cancel()
        self._timer = loop.call_later(self._seconds / _LOOKS, self._look, loop) if self._since else None
