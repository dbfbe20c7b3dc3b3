"""What a Redis store keeps, under which keys.

Every key begins with the store's prefix and a tag that decides its slot. There are 256 partitions of each kind:

{prefix}:{k000}:KEY             a key value, `account/instance/name/value` -> profile id; claimed before the profile is
                                written, so it holds only if that profile has the value (or is not there yet); a mark
                                behind the id says that somebody is about to take the claim away
{prefix}:{u000}:STREAM/UUID     a uuid that a caller named -> `claim number, partition, digest`; kept for two days
{prefix}:{p000}:profile:ID      a record: version, state, times, instance; the document behind the first line's end
{prefix}:{p000}:uuid:STREAM/UUID    its mark: `a` and the digest once applied, a number when fenced off; as long
{prefix}:{p000}:merged:ID       hash: profile that was absorbed -> entry of the identity log
{prefix}:{p000}:events          stream: the log, one field `e`
{prefix}:{p000}:activations     stream: fired and not yet delivered, one field `a`
{prefix}:{ids}:profiles         number of profile ids that were handed out

A profile's partition is its id modulo 256, so everything that one event changes is in one slot.
"""

from __future__ import annotations

import os
from binascii import crc_hqx
from collections.abc import Callable
from itertools import count
from typing import Literal, NamedTuple
from zlib import crc32

from personalization import json_text
from personalization.batch import EventRef, LoggedEvent, Merge, PendingActivation, key_ref, stream_of
from personalization.profile import Profile
from personalization.stores.person import pairs_of
from personalization.stores.redis_scripts import VERSION_LENGTH

PARTITIONS = 256
PROFILE_IDS = 65_536  # in a block that one process takes
REMEMBERED = 48 * 3600  # seconds that a uuid is recognised at least
NO_VERSION = b""
_SLOTS = 16384

State = Literal[b"live", b"freezing", b"merged", b"void"]


class Record(NamedTuple):
    """What is stored of a profile; `into` is the profile that a freezing or merged one goes to, else 0."""

    version: bytes
    state: bytes
    created: int
    updated: int
    instance: str
    into: int
    body: bytes

    @property
    def is_live(self) -> bool:
        """Whether it is a profile of its own."""
        return self.state == b"live"


def refs_of(record: Record) -> list[str]:
    """The references to the key values of a profile."""
    return [key_ref(record.instance, pair) for pair in pairs_of(json_text.load(record.body)["k"])]


class UuidClaim(NamedTuple):
    """Where an event with a uuid is (or is about to be) applied. Each change of the claim raises its number."""

    number: int
    partition: int
    digest: bytes


class Layout:
    """Keys of one store, and the place of each. `place` tells the place of a slot."""

    def __init__(self, prefix: str, place: Callable[[int], int]) -> None:
        tags = {kind: [f"{kind}{number:03d}" for number in range(PARTITIONS)] for kind in "kup"}
        heads = {kind: [f"{prefix}:{{{tag}}}:" for tag in tags[kind]] for kind in "kup"}
        places = {kind: [place(crc_hqx(tag.encode(), 0) % _SLOTS) for tag in tags[kind]] for kind in "kup"}
        self.key_heads, self.uuid_heads, self.heads = heads["k"], heads["u"], heads["p"]
        self.key_places, self.uuid_places, self.places = places["k"], places["u"], places["p"]
        self.profile_heads = [f"{head}profile:" for head in self.heads]
        self.event_streams = [f"{head}events" for head in self.heads]
        self.activation_streams = [f"{head}activations" for head in self.heads]
        self.profile_pattern = f"{prefix}:{{p%03d}}:profile:%s"
        self.is_one_place = place(0) == place(1)
        self.id_counter = f"{prefix}:{{ids}}:profiles"
        self.id_place = place(crc_hqx(b"ids", 0) % _SLOTS)

    def claim(self, ref: str) -> tuple[int, str]:
        """Place and key of a key value's claim."""
        partition = partition_of(ref.encode())
        return self.key_places[partition], self.key_heads[partition] + ref

    def uuid_claim(self, ref: EventRef) -> tuple[int, str]:
        """Place and key of a uuid's claim."""
        partition = partition_of(ref[1])
        return self.uuid_places[partition], self.uuid_heads[partition] + _uuid_name(ref)

    def uuid_mark(self, partition: int, ref: EventRef) -> str:
        """Key of a uuid's mark."""
        return f"{self.heads[partition]}uuid:{_uuid_name(ref)}"

    def profile(self, number: int) -> str:
        """Key of a profile's record."""
        return f"{self.profile_heads[number % PARTITIONS]}{number}"

    def merged(self, number: int) -> str:
        """Key of the profiles that one has absorbed."""
        return f"{self.heads[number % PARTITIONS]}merged:{number}"


def _uuid_name(ref: EventRef) -> str:
    return f"{'/'.join(ref[0])}/{ref[1].hex()}"


def partition_of(name: bytes) -> int:
    """The partition of what belongs to no profile."""
    return crc32(name) % PARTITIONS


_versions = count(int.from_bytes(os.urandom(8)))


def new_version() -> bytes:
    """A version that no record has or had."""
    return b"%016x" % (next(_versions) % 2**64)


def read_record(raw: bytes) -> Record:
    """A record as it was stored."""
    head, _, body = raw.partition(b"\n")
    version, state, created, updated, instance, into = head.split(b" ")
    return Record(version, state, int(created), int(updated), instance.decode(), int(into), body)


def write_record(profile: Profile, version: bytes, updated: int) -> str:
    """The record of a profile."""
    return f"{version.decode()} live {profile.created} {updated} {profile.instance} 0\n{profile.text()}"


def other_record(record: Record, version: bytes, state: State, *, into: int = 0) -> bytes:
    """A record in another state; a merged one keeps no document."""
    head = f" {state.decode()} {record.created} {record.updated} {record.instance} {into}\n"
    return version + head.encode() + (b"" if state == b"merged" else record.body)


def merged_record(merge: Merge, version: bytes) -> bytes:
    """What is left of a profile that was merged."""
    return version + f" merged {merge.created} {merge.time} {merge.instance} {merge.winner}\n".encode()


def void_record(version: bytes) -> bytes:
    """What is put where no profile must come to be."""
    return version + b" void 0 0 - 0\n"


def profile_of(number: int, record: Record) -> Profile:
    """The profile of a live record."""
    document = json_text.load(record.body)
    return Profile(number, record.instance, record.created, document["k"], document["s"], len(record.body))


def marked(number: int) -> str:
    """A claim of a key value that somebody is about to take away. No two are the same."""
    return f"{number} {new_version().decode()}"


def is_marked(claim: bytes) -> bool:
    """Whether somebody was about to take this claim away."""
    return b" " in claim


def profile_claimed(claim: bytes) -> int:
    """The profile that a key value is claimed for."""
    return int(claim.partition(b" ")[0])


def write_uuid_claim(claim: UuidClaim) -> str:
    """A claim as it is stored."""
    return f"{claim.number} {claim.partition} {claim.digest.hex()}"


def read_uuid_claim(raw: bytes) -> UuidClaim:
    """A claim as it was stored."""
    number, partition, digest = raw.decode().split(" ")
    return UuidClaim(int(number), int(partition), bytes.fromhex(digest))


def write_event(event: LoggedEvent) -> str:
    """An entry of the log: what is known of the event on the first line, then its text as it came."""
    arrival, profile = event
    instance, database, table = stream_of(arrival)
    row = arrival.row
    return (
        f'["{instance}","{database}","{table}","{arrival.uuid.hex()}",{row.time},{row.now},{row.public:d},'
        f'{profile or 0},"{arrival.digest.hex()}"]\n{arrival.body}'
    )


def write_merge(merge: Merge) -> str:
    """An entry of the identity log."""
    return json_text.dump([merge.instance, merge.time, merge.uuid.hex()])


def write_activation(pending: PendingActivation) -> str:
    """An activation that waits for delivery."""
    arrival, profile, fired = pending
    live = arrival.live
    head = [live.label, live.version, fired.name, profile, arrival.uuid.hex(), arrival.row.now]
    return json_text.dump([*head, json_text.dump(fired.body), json_text.dump(fired.headers)])


assert len(new_version()) == VERSION_LENGTH
