"""Recordings of visitors: begun and ended by staff, kept for a day. Each change is one transaction.

`actor` is who asks for it, as text. The key value itself is neither stored nor logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from p13nadmin.api.errors import Conflict, Invalid, NotFound
from personalization.models import RecordedEvent, Recording
from personalization.recording import HOURS_KEPT, MINUTES, MOST_AT_ONCE, MOST_IN_ALL, digest_of, digesting_key
from personalization.services import checked_pair
from routing.history import Kind, record
from routing.models import Instance
from routing.services import lock_instances, mark_changed

_LONGEST_NOTE = 200
_TELLING = 6  # characters: a shorter key value may stand in another word by chance
_log = logging.getLogger(__name__)


@transaction.atomic
def start_recording(*, instance: Instance, key: str, value: str | int, note: str, actor: str) -> Recording:
    """Record who has this key value, for 15 minutes from now: every process of the endpoint does within a second.

    Raises Invalid for what cannot be a key value, and Conflict when as many are under way as may be.
    """
    name, text = checked_pair(key, value)
    if len(note) > _LONGEST_NOTE or _names(text, note):
        why = f"at most {_LONGEST_NOTE} characters, and without the key value, which is kept nowhere"
        raise Invalid("this note cannot be kept", errors=[{"path": "note", "message": why}])
    lock_instances([instance])
    now = timezone.now()
    forget_old_recordings()
    _refuse_too_many(instance)
    recording = Recording.objects.create(
        instance=instance,
        key=name,
        digest=digest_of(digesting_key(settings.SECRET_KEY), instance.label, name, text),
        note=note,
        created_at=now,
        created_by=actor,
        until=now + timedelta(minutes=MINUTES),
    )
    mark_changed(instance)
    record(kind=Kind.PERSON, actor=actor, of=instance, what=f"began to record a visitor, by the key {name}", why=note)
    _log.info("recording %s of a visitor of instance %s begun by %s", recording.pk, instance.label, actor)
    return recording


def _names(value: str, note: str) -> bool:
    """Whether the note, which stays in the history for good, has the key value in it, however it is set off."""
    value, note = value.casefold(), note.casefold()
    if len(value) >= _TELLING:
        return value in note
    return re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", note) is not None


@transaction.atomic
def stop_recording(*, recording: Recording, actor: str) -> None:
    """End it now; what was recorded stays until its time."""
    now = timezone.now()
    if Recording.objects.filter(pk=recording.pk, until__gt=now).update(until=now):
        mark_changed(recording.instance)
        record(kind=Kind.PERSON, actor=actor, of=recording.instance, what="ended the recording of a visitor")
        _log.info("recording %s of instance %s ended by %s", recording.pk, recording.instance.label, actor)


@transaction.atomic
def remove_recording(*, recording: Recording, actor: str) -> None:
    """Remove it, with all that was recorded."""
    stop_recording(recording=recording, actor=actor)
    recording.delete()
    record(kind=Kind.PERSON, actor=actor, of=recording.instance, what="removed what was recorded of a visitor")
    _log.info("a recording of instance %s removed by %s", recording.instance.label, actor)


def recordings_of(instance: Instance) -> QuerySet[Recording]:
    """Those that are kept, the newest first, each with `seen`, how many events it has."""
    return Recording.objects.filter(instance=instance, until__gt=_oldest()).annotate(seen=Count("events"))


def find_recording(instance: Instance, number: int) -> Recording:
    """One of them. Raises NotFound."""
    found = recordings_of(instance).select_related("instance").filter(pk=number).first()
    if found is None:
        raise NotFound(f"instance {instance.label} has no recording {number}; they are kept for {HOURS_KEPT} hours")
    return found


def events_of(recording: Recording) -> Sequence[RecordedEvent]:
    """What was recorded, the newest first, without the explanations."""
    return list(recording.events.defer("explanation"))


def forget_old_recordings() -> None:
    """Remove those that ended a day ago, with all that was recorded."""
    Recording.objects.filter(until__lte=_oldest()).delete()


def _oldest() -> datetime:
    return timezone.now() - timedelta(hours=HOURS_KEPT)


def _refuse_too_many(instance: Instance) -> None:
    running = Recording.objects.filter(until__gt=timezone.now())
    if running.filter(instance=instance).count() >= MOST_AT_ONCE:
        raise Conflict(f"{MOST_AT_ONCE} visitors of this instance are recorded now; end one of these first")
    if running.count() >= MOST_IN_ALL:
        raise Conflict(f"{MOST_IN_ALL} visitors are recorded now, which is as many as may be; try again in a while")
