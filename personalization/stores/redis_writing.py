"""Writing a group's units: what comes before, the commit itself, what comes after; and undoing half a merge.

docs/redis.md says what each step leaves behind when the process ends after it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

from personalization.stores.redis_connection import Away, Refused, Reply
from personalization.stores.redis_layout import (
    PARTITIONS,
    REMEMBERED,
    Layout,
    Record,
    merged_record,
    new_version,
    other_record,
)
from personalization.stores.redis_nodes import Command, Nodes
from personalization.stores.redis_reading import Found
from personalization.stores.redis_scripts import CLAIM, COMMIT
from personalization.stores.redis_units import Claim, Unit, fence, replace

_log = logging.getLogger(__name__)


class Writing:
    """Writes for one store."""

    def __init__(self, nodes: Nodes, layout: Layout) -> None:
        self._nodes = nodes
        self._layout = layout

    def prepare(self, units: Sequence[Unit]) -> list[Reply]:
        """Claim and freeze; for each unit 1, 0 (somebody else was faster), or why it is not known."""
        claims = [(index, claim) for index, unit in enumerate(units) for claim in unit.claims]
        singles = [(index, command) for index, unit in enumerate(units) for command in unit.before]
        marks = [mark for unit in units for mark in unit.marks]
        if not claims and not singles and not marks:
            return [1] * len(units)
        calls = _Calls([claim for _, claim in claims])
        replies = self._nodes.run([*calls.commands, *(command for _, command in singles), *marks], writing=True)
        results: list[Reply] = [1] * len(units)
        for index, reply in [
            *zip((index for index, _ in claims), calls.results(replies), strict=True),
            *zip((index for index, _ in singles), replies[len(calls.commands) :], strict=False),  # but for the marks
        ]:
            if reply != 1 and not isinstance(results[index], Away | Refused):
                results[index] = reply
        return results

    def commit(self, units: Sequence[Unit]) -> list[Reply]:
        """Commit each unit as a whole; for each 1, 0 (somebody else was faster), or why it is not known."""
        places: dict[int, list[int]] = defaultdict(list)
        for index, unit in enumerate(units):
            places[self._layout.places[unit.partition]].append(index)
        commands = [Command(place, _commit([units[index] for index in indexes])) for place, indexes in places.items()]
        results: list[Reply] = [0] * len(units)
        for indexes, reply in zip(places.values(), self._nodes.run(commands, writing=True), strict=True):
            for position, index in enumerate(indexes):
                results[index] = reply[position] if isinstance(reply, list) else reply
        return results

    def repair(self, units: Sequence[Unit]) -> None:
        """Fence off what stands in the way of units, then take over its claims, and make the units' others.

        So the next attempt finds the same new profiles claimed, and not others in other slots.
        """
        repairs = [repair for unit in units for repair in unit.repairs]
        fences = [(repair.claim, repair.fence) for repair in repairs if repair.fence is not None]
        replies = self._nodes.run([fence for _, fence in fences], writing=True)
        done = [claim for (claim, _), reply in zip(fences, replies, strict=True) if reply == 1]
        marks = [repair.claim for repair in repairs if repair.fence is None]
        claims = [*done, *marks, *(claim for unit in units for claim in unit.claims)]
        self.claim(claims)

    def tidy(self, units: Sequence[Unit], moved: Sequence[Claim]) -> None:
        """After a commit: empty merged profiles, let key values lead to their profiles at once."""
        layout = self._layout
        commands = [
            replace(layout, merge.loser, unit.frozen[merge.loser], version, merged_record(merge, version))
            for unit in units
            for merge in unit.merges
            for version in (new_version(),)
        ]
        claims = [*moved, *(claim for unit in units for claim in unit.after)]
        if commands or claims:
            self._nodes.run([*commands, *_Calls(claims).commands], writing=True)

    def claim(self, claims: Sequence[Claim]) -> list[Reply]:
        """Change claims; for each 1, 0 (it was another by then), or why it is not known."""
        calls = _Calls(claims)
        return calls.results(self._nodes.run(calls.commands, writing=True))

    def settle(self, found: Found) -> None:
        """Profiles were frozen by a process that has ended, or is slow: undo that, or finish what it committed.

        Who else is at this merge fails from now on, for the version of the profile that absorbs has changed.
        """
        layout = self._layout
        for number, record in found.freezing():
            into = found.records.get(record.into)
            absorbed = self._ask(Command(layout.places[record.into % PARTITIONS], self._is_absorbed(number, record)))
            if self._ask(fence(layout, record.into, into), writing=True) != 1:
                continue
            version = new_version()
            if absorbed:
                other = other_record(record, version, b"merged", into=record.into)
            else:
                other = other_record(record, version, b"live")
            self._ask(replace(layout, number, record.version, version, other), writing=True)
            _log.info("profile %d: an unfinished merge was %s", number, "finished" if absorbed else "undone")

    def _is_absorbed(self, number: int, record: Record) -> tuple[str | int, ...]:
        return ("HEXISTS", self._layout.merged(record.into), number)

    def _ask(self, command: Command, *, writing: bool = False) -> Reply:
        [reply] = self._nodes.run([command], writing=writing)
        if isinstance(reply, Away | Refused):
            raise reply
        return reply


class _Calls:
    """Claims as one command for each place."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._places: dict[int, list[int]] = defaultdict(list)
        for index, claim in enumerate(claims):
            self._places[claim.place].append(index)
        self._count = len(claims)
        self.commands = [
            Command(place, _call([claims[index] for index in indexes])) for place, indexes in self._places.items()
        ]

    def results(self, replies: Sequence[Reply]) -> list[Reply]:
        """What came of each claim; `replies` begin with those to the commands."""
        results: list[Reply] = [0] * self._count
        for indexes, reply in zip(self._places.values(), replies, strict=False):
            for position, index in enumerate(indexes):
                results[index] = reply[position] if isinstance(reply, list) else reply
        return results


def _call(claims: Sequence[Claim]) -> tuple[str | bytes | int, ...]:
    words = [word for claim in claims for word in (claim.old, claim.new, claim.seconds)]
    return CLAIM.call([claim.key for claim in claims], words)


def _commit(units: Sequence[Unit]) -> tuple[str | bytes | int, ...]:
    keys = [key for unit in units for key in unit.keys]
    return COMMIT.call(keys, [len(units), REMEMBERED, *(word for unit in units for word in unit.words)])
