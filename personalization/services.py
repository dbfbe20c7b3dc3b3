"""What may be done with people's data: looked at, exported, erased, let go by age.

`instance` is whose data it is, `key` and `value` one of the person's key values, `actor` who asks for it, as text.
Exports and erasures are logged without the value.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.conf import settings

from p13nadmin.api.errors import Invalid, NotFound, Unavailable
from personalization import identity
from personalization.identity import MAX_KEY_VALUE, Pair
from personalization.person_document import exported, shown
from personalization.program import Program, program
from personalization.recorded_people import forget_recordings, recordings_by
from personalization.stores.base import StoreUnavailable
from personalization.stores.locations import UnknownStore, records_at
from personalization.stores.person import pairs_of
from personalization.stores.records import Records, Removed, StoredProfile
from provisioning.selectors import live_version
from provisioning.validation import compile_text
from routing.history import Kind, record
from routing.models import Instance

_DAY = 86_400
_KEY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
_log = logging.getLogger(__name__)


@contextmanager
def opened_records(url: str) -> Iterator[Records]:
    """The records of the event store that the setting names. Raises Unavailable, also for what is done within."""
    try:
        records = records_at(url, settings.EVENT_WAREHOUSE)
    except UnknownStore as error:
        raise Unavailable("People's data cannot be looked into in this kind of event store.") from error
    try:
        records.open()
        yield records
    except StoreUnavailable as error:
        _log.error("the event store is not available: %s", error)
        raise Unavailable("The event store cannot be reached now, or not do this now; try again.") from error
    finally:
        records.close()


def find_profile(*, records: Records, instance: Instance, key: str, value: str | int, now: int) -> dict[str, Any]:
    """The profile that a key value leads to, with the attributes that the live configuration has, as of `now`.

    Raises NotFound, and Invalid for what cannot be a key value.
    """
    profile = profile_of(records, instance, checked_pair(key, value))
    return shown(instance, profile, live_program(instance), now=now)


def profile_of(records: Records, instance: Instance, pair: Pair) -> StoredProfile:
    """The profile that a key value leads to. Raises NotFound."""
    profile = records.find(instance.label, pair)
    if profile is None:
        raise NotFound(f"no profile of instance {instance.label} has this value of “{pair[0]}”")
    return profile


def export_person(
    *, records: Records, instance: Instance, key: str, value: str | int, now: int, actor: str
) -> dict[str, Any]:
    """All that is kept of a person, recordings too. Raises like `find_profile`; NotFound when nothing is."""
    pair = checked_pair(key, value)
    traces = records.export(instance.label, pair)
    recordings = recordings_by(instance, {pair, *(pairs_of(traces.profile.keys) if traces.profile else ())})
    _log.info("person exported: instance %s, key %s, by %s", instance.label, key, actor)
    record(kind=Kind.PERSON, actor=actor, of=instance, what=f"exported a person, by the key {key}")
    if traces.profile is None and not traces.events and not recordings:
        raise NotFound(f"nothing is kept in instance {instance.label} of who has this value of “{key}”")
    return exported(instance, traces, live_program(instance), recordings, now=now)


def erase_person(*, records: Records, instance: Instance, key: str, value: str | int, actor: str) -> Removed:
    """Remove all that is kept of a person, and say how much that was. Raises Invalid like `find_profile`.

    What was recorded of them (see recordings.py) goes too.
    """
    pair = checked_pair(key, value)
    known = records.find(instance.label, pair)
    removed = records.erase(instance.label, pair)
    forget_recordings(instance, {pair, *(pairs_of(known.keys) if known else ())})
    _log.info("person erased: instance %s, key %s, by %s: %s", instance.label, key, actor, asdict(removed))
    record(
        kind=Kind.PERSON, actor=actor, of=instance, what=f"erased a person, by the key {key}", detail=asdict(removed)
    )
    return removed


def purge_expired(*, records: Records, now: int, retention_days: int, expiry_days: int) -> Iterator[Removed]:
    """Remove what was logged more than `retention_days` ago and profiles not seen for `expiry_days`; 0 is never.

    And key values that lead to no profile. Yields after each small batch, holding no lock.
    """
    if retention_days:
        yield from records.purge_log(now - retention_days * _DAY)
    if expiry_days:
        yield from records.purge_profiles(now - expiry_days * _DAY)
    yield from records.purge_strays()


def checked_pair(key: str, value: str | int) -> Pair:
    """A key's name and a value as text. Raises Invalid for what cannot identify anybody."""
    text = identity.text_of(value)
    problems = {}
    if not _KEY_NAME.fullmatch(key):
        problems["key"] = "the name of a key is expected, for example td_client_id"
    if identity.is_nobody(text) or len(text) > MAX_KEY_VALUE:
        problems["value"] = f"a key value that identifies somebody is expected, at most {MAX_KEY_VALUE} characters"
    if problems:
        errors = [{"path": path, "message": message} for path, message in problems.items()]
        raise Invalid("this names nobody", errors=errors)
    return key, text


def live_program(instance: Instance) -> Program | None:
    """What is live, ready for the engine; None when nothing is."""
    version = live_version(instance)
    plan = None if version is None else compile_text(version.text).plan
    return None if plan is None else program(plan)
