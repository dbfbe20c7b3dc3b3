"""A person's data for people to read: JSON values, times as ISO 8601 in UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from personalization import json_text
from personalization.models import RecordedEvent, Recording
from personalization.profile import Profile
from personalization.program import Program
from personalization.stores.records import StoredActivation, StoredEvent, StoredProfile, Traces
from personalization.times import time_text
from personalization.view import ProfileView
from provisioning.language.expressions import UNDEFINED, plain
from routing.models import Instance


def shown(instance: Instance, profile: StoredProfile, program: Program | None, *, now: int) -> dict[str, Any]:
    """The profile as expressions see it at `now`; without a live configuration it has no attributes."""
    return {
        "account": instance.account_id,
        "instance": instance.number,
        "created_at": time_text(profile.created),
        "updated_at": time_text(profile.updated),
        "keys": _keys(profile.keys),
        "attributes": {} if program is None else _attributes(profile, program, now),
    }


def exported(
    instance: Instance, traces: Traces, program: Program | None, recordings: Iterable[Recording], *, now: int
) -> dict[str, Any]:
    """All that is kept of a person; `profile.state` is what is stored, also for what no configuration names now."""
    profile = traces.profile
    return {
        "account": instance.account_id,
        "instance": instance.number,
        "exported_at": time_text(now),
        "profile": None if profile is None else _whole(instance, profile, program, now),
        "events": [_event(event) for event in traces.events],
        "merges": [{"time": time_text(merge.time), "uuid": _uuid(merge.uuid)} for merge in traces.merges],
        "activations": [_activation(activation) for activation in traces.activations],
        "recordings": [_recording(recording) for recording in recordings],
    }


def _whole(instance: Instance, profile: StoredProfile, program: Program | None, now: int) -> dict[str, Any]:
    document = shown(instance, profile, program, now=now)
    del document["account"], document["instance"]
    return document | {"state": profile.state}


def _keys(keys: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    return {
        name: [{"value": value, "seen_at": time_text(time)} for value, time in values] for name, values in keys.items()
    }


def _attributes(profile: StoredProfile, program: Program, now: int) -> dict[str, Any]:
    stored = Profile(0, "", profile.created, dict(profile.keys), dict(profile.state))
    view = ProfileView(program, stored, {}, now)
    values = {name: view[name] for name in program.attributes}
    return {name: plain(value) for name, value in values.items() if value is not UNDEFINED}


def _event(event: StoredEvent) -> dict[str, Any]:
    return {
        "database": event.database,
        "table": event.table,
        "uuid": _uuid(event.uuid),
        "time": time_text(event.time),
        "received_at": time_text(event.received),
        "public": event.public,
        "event": json.loads(event.body),  # numbers of any length stay what they are
    }


def _activation(activation: StoredActivation) -> dict[str, Any]:
    return {
        "name": activation.name,
        "version": activation.version,
        "uuid": _uuid(activation.uuid),
        "created_at": time_text(activation.created),
        "headers": json_text.load(activation.headers),
        "body": json_text.load(activation.body),
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {
        "key": recording.key,
        "note": recording.note,
        "begun_at": time_text(int(recording.created_at.timestamp())),
        "until": time_text(int(recording.until.timestamp())),
        "events": [_recorded(event) for event in recording.events.order_by("pk")],
    }


def _recorded(event: RecordedEvent) -> dict[str, Any]:
    return {
        "at": time_text(int(event.at.timestamp())),
        "database": event.database,
        "table": event.table,
        "uuid": str(UUID(event.uuid)),
        "version": event.version,
        "reason": event.reason,
        "explanation": json_text.load(event.explanation),
    }


def _uuid(raw: bytes) -> str:
    return str(UUID(bytes=raw))
