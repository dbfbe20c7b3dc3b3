"""Notes the events of recorded visitors while they are committed; the explaining and writing is done elsewhere.

Noting is a copy of the profile as it is before the event. Where nobody is recorded an event costs one look.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import NamedTuple

from personalization import identity
from personalization.arrivals import Answer, Arrival, Outcome
from personalization.batch import Batch, BatchMaker, Identified
from personalization.engine import Evaluation, Row, evaluate
from personalization.profile import Profile
from personalization.program import Program
from personalization.recording import RecordingState, digest_of
from personalization.stores.base import Store

_MOST_WAITING = 500  # events that wait to be written; more is lost


class Noted(NamedTuple):
    """An event of recorded visitors; `profile` is as before it, None when it met nobody."""

    arrival: Arrival
    recordings: tuple[int, ...]
    profile: Profile | None
    own: Mapping[str, str]


class Recorded(NamedTuple):
    """The same once it is committed, with the answer."""

    noted: Noted
    answer: Answer


class Recorder:
    """What one process notes. `key` keys the digests. Noting is for one thread, `take` for any other."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._noted: dict[bytes, Noted] = {}  # by uuid, of the group that is being committed
        self._waiting: deque[Recorded] = deque(maxlen=_MOST_WAITING)

    def note(self, noted: Noted) -> None:
        """An event that is about to be committed."""
        self._noted[noted.arrival.uuid] = noted

    def settle(self, arrivals: Sequence[Arrival], outcomes: Iterable[Outcome]) -> None:
        """The group was committed: what was noted of it has happened."""
        if not self._noted:
            return
        for arrival, outcome in zip(arrivals, outcomes, strict=True):
            noted = self._noted.get(arrival.uuid)
            if noted is not None and noted.arrival is arrival and isinstance(outcome, Answer):
                self._waiting.append(Recorded(noted, outcome))
        self._noted.clear()

    def forget(self) -> None:
        """The group was not committed."""
        self._noted.clear()

    def take(self) -> list[Recorded]:
        """What has happened and was not taken yet."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def give_back(self, recorded: Sequence[Recorded]) -> None:
        """They could not be written: the next time."""
        self._waiting.extendleft(reversed(recorded))

    def of(self, arrival: Arrival, known: Mapping[str, Sequence[str]]) -> tuple[int, ...]:
        """The recordings that are of somebody with these values of keys."""
        live, now = arrival.live, arrival.row.now
        return tuple(
            each.id
            for each in live.recordings
            if now < each.until and self._is_of(each, live.label, known.get(each.key, ()))
        )

    def _is_of(self, recording: RecordingState, label: str, values: Iterable[str]) -> bool:
        return any(digest_of(self._key, label, recording.key, value) == recording.digest for value in values)


class RecordingBatch(Batch):
    """A group that notes the events of recorded visitors."""

    def __init__(self, arrivals: Sequence[Arrival], recorder: Recorder) -> None:
        super().__init__(arrivals)
        self._recorder = recorder

    def _apply(self, arrival: Arrival, identified: Identified) -> Answer:
        if not arrival.live.recordings:
            return super()._apply(arrival, identified)
        if arrival.live.program is None or not identified.pairs:
            self._note_nobody(arrival)
            return super()._apply(arrival, identified)
        self._evaluate = partial(self._noting, arrival)
        try:
            return super()._apply(arrival, identified)
        finally:
            self._evaluate = evaluate

    def _note_nobody(self, arrival: Arrival) -> None:
        """An event that meets no profile is the visitor's when it has the value as a column."""
        fields = arrival.row.fields
        known = {each.key: [identity.text_of(fields.get(each.key))] for each in arrival.live.recordings}
        recordings = self._recorder.of(arrival, known)
        if recordings:
            self._recorder.note(Noted(arrival, recordings, None, {}))

    def _noting(
        self,
        arrival: Arrival,
        program: Program,
        profile: Profile,
        row: Row,
        own: Mapping[str, str],
        *,
        writing: bool = True,
    ) -> Evaluation:
        known = {name: [value for value, _ in values] for name, values in profile.keys.items()}
        recordings = self._recorder.of(arrival, known)
        if recordings:
            self._recorder.note(Noted(arrival, recordings, _copy(profile), dict(own)))
        return evaluate(program, profile, row, own, writing=writing)


def _copy(profile: Profile) -> Profile:
    keys, state = deepcopy(profile.keys), deepcopy(profile.state)
    return Profile(profile.id, profile.instance, profile.created, keys, state, profile.size)


class RecordedStore:
    """A store whose groups are RecordingBatches of the same recorder."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self.open = store.open
        self.close = store.close

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """As the store itself."""
        try:
            outcomes = self._store.commit(arrivals)
        except BaseException:
            self._recorder.forget()
            raise
        self._recorder.settle(arrivals, outcomes)
        return outcomes


def batches_of(recorder: Recorder) -> BatchMaker:
    """What makes the groups of a store that is watched by this recorder."""
    return lambda arrivals: RecordingBatch(arrivals, recorder)
