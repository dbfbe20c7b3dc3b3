"""Claims of key values that no profile bears out: of a process that ended before its commit, or of an ejected value.

Somebody may be about to have one borne out after all. So it is marked first: who means it to hold takes the mark away.
Then the profile is read and fenced, so that whoever has claimed before fails; and only what is still marked is removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from personalization.stores.base import StoreUnavailable
from personalization.stores.redis_connection import Away
from personalization.stores.redis_layout import marked, refs_of
from personalization.stores.redis_nodes import Command
from personalization.stores.redis_reading import Found, read_records
from personalization.stores.redis_scanning import Scanning, good
from personalization.stores.redis_units import Claim, fence
from personalization.stores.redis_writing import Writing

_ATTEMPTS = 12


class Strays:
    """Removes them. Every method raises Away, and Refused."""

    def __init__(self, scanning: Scanning, writing: Writing) -> None:
        self._all = scanning
        self._layout = scanning.layout
        self._nodes = scanning.nodes
        self._writing = writing

    def purge(self) -> Iterator[int]:
        """Remove all, part by part; how many. One that somebody is just at is left for the next time."""
        return map(self._remove, self._all.claimed())

    def release(self, ref: str) -> None:
        """Remove the claim of one key value if no profile bears it out. Raises StoreUnavailable too."""
        for _ in range(_ATTEMPTS):
            found = self._look([ref])
            if found.freezing():
                self._writing.settle(found)
            elif not _strays(found):
                return
            else:
                self._remove([ref])
        raise StoreUnavailable("others are using a key value just now: try again")

    def _look(self, refs: Sequence[str]) -> Found:
        """The claims, and then the records that they lead to."""
        found = Found()
        commands = [Command(place, ("GET", key)) for place, key in map(self._layout.claim, refs)]
        for ref, text in zip(refs, good(self._nodes.run(commands)), strict=True):
            if text is not None:
                found.note_claim(ref, text)
        read_records(self._nodes, self._layout, found, set(found.claims.values()))
        if found.away:
            raise Away("a profile could not be read")
        return found

    def _remove(self, refs: Sequence[str]) -> int:
        """Remove those of the claims that are strays and stay so."""
        known = self._look(list(dict.fromkeys(refs)))
        marks = {ref: marked(known.claims[ref]) for ref in _strays(known)}
        good(self._writing.claim([Claim(*self._layout.claim(ref), known.texts[ref], marks[ref]) for ref in marks]))
        found = self._look(list(marks))
        strays = [ref for ref in _strays(found) if found.texts[ref] == marks[ref].encode()]
        fenced = self._fenced(found, {found.end(found.claims[ref]) for ref in strays})
        gone = [ref for ref in strays if found.end(found.claims[ref]) in fenced]
        replies = self._writing.claim([Claim(*self._layout.claim(ref), marks[ref], "") for ref in gone])
        return good(replies).count(1)

    def _fenced(self, found: Found, numbers: set[int]) -> set[int]:
        ends = list(numbers)
        replies = self._nodes.run([fence(self._layout, end, found.records.get(end)) for end in ends], writing=True)
        return {end for end, reply in zip(ends, good(replies), strict=True) if reply == 1}


def _strays(found: Found) -> list[str]:
    """The claims that no profile bears out; those of people who are just being merged are not among them."""
    live = ((number, record) for number, record in found.records.items() if record is not None and record.is_live)
    refs = {number: set(refs_of(record)) for number, record in live}
    freezing = {number for number, _ in found.freezing()}
    return [
        ref
        for ref, number in found.claims.items()
        if freezing.isdisjoint(found.way(number)) and ref not in refs.get(found.end(number), ())
    ]
