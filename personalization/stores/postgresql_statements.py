"""What a batch reads from PostgreSQL and writes to it: a few statements, whatever the number of events.

Statements that need nothing of each other's results go together in a pipeline, and a column of all rows is
one parameter. A key value is locked by its row: one that is there through the profile that it belongs to, for
only who holds the profile moves or removes it; a new one by inserting it, which of two processes one alone
can do. Profiles are locked before keys are inserted, both in order, so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any

from personalization import json_text
from personalization.batch import Batch, EventRef, LoggedEvent, Merge, PendingActivation, Stream, stream_of
from personalization.profile import Profile
from personalization.stores.postgresql_arrays import Bigints, Blobs, Texts, Uuids
from personalization.stores.postgresql_schema import Database

_NUMBER_OF_STREAM = """
    INSERT INTO streams (instance, "database", "table") VALUES (%s, %s, %s)
    ON CONFLICT (instance, "database", "table") DO UPDATE SET instance = excluded.instance RETURNING id
"""
_LOGGED = """
    SELECT stream, uuid_send(uuid), digest FROM unnest(%s, %s) AS wanted (stream, uuid) JOIN events USING (stream, uuid)
"""
_FOUND = """
    SELECT id, instance, created, merged_into, body FROM profiles
    WHERE id = ANY (ARRAY(SELECT profile FROM profile_keys WHERE key = ANY (%s))) ORDER BY id FOR UPDATE
"""
_ADD_EVENTS = """
    INSERT INTO events (stream, uuid, time, received, public, profile, digest, body)
    SELECT stream, uuid, time, received, public <> 0, nullif(profile, 0), digest, body
    FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)
        AS new (stream, uuid, time, received, public, profile, digest, body)
"""
_ADD_PROFILES = """
    INSERT INTO profiles (id, instance, created, updated, body)
    SELECT id, instance, created, %s::bigint, body FROM unnest(%s, %s, %s, %s) AS new (id, instance, created, body)
"""
_CHANGE_PROFILES = """
    UPDATE profiles SET updated = %s::bigint, body = new.body FROM unnest(%s, %s) AS new (id, body)
    WHERE profiles.id = new.id
"""
_PUT_MERGED = """
    INSERT INTO profiles (id, instance, created, updated, merged_into)
    SELECT * FROM unnest(%s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, merged_into = excluded.merged_into, body = NULL
"""
_ADD_MERGES = """
    INSERT INTO identity_log (instance, winner, loser, time, uuid) SELECT * FROM unnest(%s, %s, %s, %s, %s)
"""
_ADD_KEYS = "INSERT INTO profile_keys (key, profile) SELECT * FROM unnest(%s, %s)"
_MOVE_KEYS = """
    UPDATE profile_keys SET profile = new.profile FROM unnest(%s, %s) AS new (key, profile)
    WHERE profile_keys.key = new.key
"""
_REMOVE_KEYS = "DELETE FROM profile_keys WHERE key = ANY (%s)"
_ADD_ACTIVATIONS = """
    INSERT INTO activations (instance, version, name, profile, uuid, created, body, headers)
    SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)
"""


class ProfileMoved(Exception):
    """A profile was merged into another while this process waited for it."""


def number_of_stream(db: Database, stream: Stream) -> int:
    """The number of a stream, a new one when it has none. Outside a transaction: it stays whatever comes."""
    row = db.execute(_NUMBER_OF_STREAM, stream).fetchone()
    assert row is not None
    return int(row[0])


def read(db: Database, batch: Batch, streams: Mapping[Stream, int]) -> tuple[dict[EventRef, bytes], list[Profile]]:
    """Begin a transaction; what of the batch is in the log already, and its profiles, locked. Raises ProfileMoved.

    The log is looked at first: then whoever made an event of it has made its profile too. An event that another
    process commits between the two is found by its uuid when this one writes it.
    """
    repeatable, refs = batch.repeatable(), sorted(set(batch.key_refs()))
    logged, found = db.cursor(binary=True), db.cursor(binary=True)
    with db.pipeline():
        db.execute("BEGIN")
        if repeatable:
            numbers = Bigints(streams[stream] for stream, _ in repeatable)
            logged.execute(_LOGGED, (numbers, Uuids(uuid for _, uuid in repeatable)))
        if refs:
            found.execute(_FOUND, (Texts(refs),))
    names = {streams[stream]: stream for stream, _ in repeatable}
    digests = {(names[number], uuid): digest for number, uuid, digest in logged} if repeatable else {}
    return digests, list(starmap(_profile, found)) if refs else []


def _profile(number: int, instance: str, created: int, merged_into: int | None, body: str | None) -> Profile:
    if merged_into is not None or body is None:
        raise ProfileMoved
    document = json_text.load(body)
    return Profile(number, instance, created, document["k"], document["s"], len(body))


def write(db: Database, batch: Batch, streams: Mapping[Stream, int], *, new_ids: range) -> None:
    """Write what came of the batch, and commit. `new_ids` are those that its new profiles may have."""
    now = max(arrival.row.now for arrival in batch.arrivals)
    with db.pipeline():
        if batch.keys:
            _write_keys(db, batch)
        _write_profiles(db, batch.changed, now, new_ids)
        if batch.merges:
            _write_merges(db, batch.merges)
        if batch.events:
            db.execute(_ADD_EVENTS, _events(batch.events, streams))
        if batch.activations:
            db.execute(_ADD_ACTIVATIONS, _activations(batch.activations))
        db.execute("COMMIT")


def _write_profiles(db: Database, changed: Sequence[Profile], now: int, new_ids: range) -> None:
    old = [profile for profile in changed if profile.id not in new_ids]
    new = [profile for profile in changed if profile.id in new_ids]
    if old:
        ids, texts = Bigints(profile.id for profile in old), Texts(profile.text() for profile in old)
        db.execute(_CHANGE_PROFILES, (now, ids, texts))
    if new:
        instances, created = Texts(item.instance for item in new), Bigints(item.created for item in new)
        ids, texts = Bigints(item.id for item in new), Texts(item.text() for item in new)
        db.execute(_ADD_PROFILES, (now, ids, instances, created, texts))


def _write_keys(db: Database, batch: Batch) -> None:
    linked = [(ref, profile) for ref, profile in sorted(batch.keys.items(), key=itemgetter(0)) if profile is not None]
    known = batch.known_keys
    for statement, pairs in (
        (_ADD_KEYS, [pair for pair in linked if pair[0] not in known]),
        (_MOVE_KEYS, [pair for pair in linked if pair[0] in known]),
    ):
        if pairs:
            db.execute(statement, (Texts(ref for ref, _ in pairs), Bigints(profile for _, profile in pairs)))
    gone = Texts(ref for ref, profile in batch.keys.items() if profile is None)
    if gone:
        db.execute(_REMOVE_KEYS, (gone,))


def _write_merges(db: Database, merges: Sequence[Merge]) -> None:
    instances = Texts(merge.instance for merge in merges)
    winners, losers = Bigints(merge.winner for merge in merges), Bigints(merge.loser for merge in merges)
    created, times = Bigints(merge.created for merge in merges), Bigints(merge.time for merge in merges)
    db.execute(_PUT_MERGED, (losers, instances, created, times, winners))
    db.execute(_ADD_MERGES, (instances, winners, losers, times, Uuids(merge.uuid for merge in merges)))


def _events(events: Sequence[LoggedEvent], streams: Mapping[Stream, int]) -> tuple[Any, ...]:
    arrivals = [event.arrival for event in events]
    rows = [arrival.row for arrival in arrivals]
    return (
        Bigints([streams[stream_of(arrival)] for arrival in arrivals]),
        Uuids([arrival.uuid for arrival in arrivals]),
        Bigints([row.time for row in rows]),
        Bigints([row.now for row in rows]),
        Bigints([row.public for row in rows]),
        Bigints([event.profile or 0 for event in events]),
        Blobs([arrival.digest for arrival in arrivals]),
        Texts([arrival.body for arrival in arrivals]),
    )


def _activations(activations: Sequence[PendingActivation]) -> tuple[Any, ...]:
    return (
        Texts(item.arrival.live.label for item in activations),
        Bigints(item.arrival.live.version or 0 for item in activations),
        Texts(item.fired.name for item in activations),
        Bigints(item.profile for item in activations),
        Uuids(item.arrival.uuid for item in activations),
        Bigints(item.arrival.row.now for item in activations),
        Texts(json_text.dump(item.fired.body) for item in activations),
        Texts(json_text.dump(item.fired.headers) for item in activations),
    )
