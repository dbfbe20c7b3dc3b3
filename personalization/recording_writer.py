"""Explains what one process recorded, and writes it to the control database: on the thread that writes its reports."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from personalization import json_text
from personalization.explain import explain, explain_nobody
from personalization.explanation import Explanation
from personalization.models import RecordedEvent, Recording
from personalization.recorder import Recorded, Recorder
from personalization.recording import MOST_EVENTS
from personalization.recordings import forget_old_recordings
from personalization.snapshot import Snapshot

_LONGEST = 512 * 1024  # characters of an explanation
_MOST_PARTS = 30  # offers and attributes that are kept of a longer one
_CLEANING = 3600.0  # seconds


class RecordingWriter:
    """Writes what a recorder noted. Use it from one thread."""

    interval = 1.0  # seconds

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._cleaned_at = 0.0

    def write(self, current: Snapshot | None) -> None:
        """Write what has happened since. Raises what the database raises; then the next time writes it."""
        recorded = self._recorder.take()
        try:
            if recorded:
                RecordedEvent.objects.bulk_create(_rows(recorded))
            self._clean()
        except Exception:
            self._recorder.give_back(recorded)
            raise

    def finish(self, current: Snapshot | None) -> None:
        """Write what is left."""
        self.write(current)

    def _clean(self) -> None:
        now = time.monotonic()
        if not self._cleaned_at or now - self._cleaned_at > _CLEANING:
            forget_old_recordings()
            self._cleaned_at = now


def _rows(recorded: Sequence[Recorded]) -> Iterator[RecordedEvent]:
    """One for each recording that still is there and has room."""
    wanted = {pk for each in recorded for pk in each.noted.recordings}
    known = set(Recording.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    counts = Counter({pk: RecordedEvent.objects.filter(recording=pk).count() for pk in known})
    for each in recorded:
        recordings = [pk for pk in each.noted.recordings if pk in known and counts[pk] < MOST_EVENTS]
        if recordings:
            counts.update(recordings)
            text = _text(_explained(each))
            yield from (_row(pk, each, text) for pk in recordings)


def _row(recording: int, each: Recorded, text: str) -> RecordedEvent:
    arrival = each.noted.arrival
    return RecordedEvent(
        recording_id=recording,
        at=datetime.fromtimestamp(arrival.row.now, UTC),
        database=arrival.row.database,
        table=arrival.row.table,
        uuid=arrival.uuid.hex(),
        version=arrival.live.version,
        reason=each.answer.reason,
        explanation=text,
    )


def _explained(each: Recorded) -> Explanation:
    noted, program = each.noted, each.noted.arrival.live.program
    if noted.profile is None or program is None:
        return explain_nobody(program, noted.arrival.row, each.answer)
    return explain(program, noted.profile, noted.arrival.row, noted.own)


def _text(explanation: Explanation) -> str:
    text = json_text.dump(explanation.as_dict())
    if len(text) <= _LONGEST:
        return text
    told = [each for each in explanation.offers if each.status not in ("no-event", "off")]
    short = replace(
        explanation,
        offers=tuple(told[:_MOST_PARTS]),
        attributes=explanation.attributes[:_MOST_PARTS],
        activations=(),
    )
    text = json_text.dump(short.as_dict())
    return text if len(text) <= _LONGEST else json_text.dump(replace(short, offers=(), attributes=()).as_dict())
