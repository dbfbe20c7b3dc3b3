"""What a Redis server does at one blow: scripts, each of which touches keys of one slot, or of one server.

They are called by digest and loaded where they are missing, so a server that took over needs no preparation.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import NamedTuple

VERSION_LENGTH = 16  # characters at the front of each record


class Script(NamedTuple):
    """A script and the digest that it is called by."""

    text: str
    digest: str

    def call(
        self, keys: Sequence[str | bytes], arguments: Sequence[str | bytes | int]
    ) -> tuple[str | bytes | int, ...]:
        """The words of a command that runs it."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)


def _script(text: str) -> Script:
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


# Units of a commit, each as a whole or not at all; returns 1 or 0 for each.
# Arguments: number of units, seconds that uuids are remembered; then for each unit the numbers of its records,
# uuids, merges, events and activations, and these one after the other:
#   record (a key each)       version that must be there, empty for none; new record
#   uuid (a key each)         number of the claim; mark. A mark of a lower claim gives way, any other stands against it
#   merge (a key each)        profile that is absorbed, which must be a new one; entry of the identity log
#   events (one key for all)  event
#   activations (the same)    activation
COMMIT = _script("""
local key, argument, results, seconds = 0, 2, {}, ARGV[2]
for unit = 1, tonumber(ARGV[1]) do
  local records, uuids = tonumber(ARGV[argument + 1]), tonumber(ARGV[argument + 2])
  local merges, events = tonumber(ARGV[argument + 3]), tonumber(ARGV[argument + 4])
  local activations = tonumber(ARGV[argument + 5])
  argument = argument + 5
  local k, a, good = key, argument, true
  for i = 1, records do
    good = good and redis.call('GETRANGE', KEYS[k + 1], 0, 15) == ARGV[a + 1]
    k, a = k + 1, a + 2
  end
  for i = 1, uuids do
    local mark = redis.call('GET', KEYS[k + 1])
    good = good and (not mark or (tonumber(mark) or math.huge) < tonumber(ARGV[a + 1]))
    k, a = k + 1, a + 2
  end
  for i = 1, merges do
    good = good and redis.call('HEXISTS', KEYS[k + 1], ARGV[a + 1]) == 0
    k, a = k + 1, a + 2
  end
  if good then
    k, a = key, argument
    for i = 1, records do
      redis.call('SET', KEYS[k + 1], ARGV[a + 2])
      k, a = k + 1, a + 2
    end
    for i = 1, uuids do
      redis.call('SET', KEYS[k + 1], ARGV[a + 2], 'EX', seconds)
      k, a = k + 1, a + 2
    end
    for i = 1, merges do
      redis.call('HSET', KEYS[k + 1], ARGV[a + 1], ARGV[a + 2])
      k, a = k + 1, a + 2
    end
    for i = 1, events do
      redis.call('XADD', KEYS[k + 1], '*', 'e', ARGV[a + i])
    end
    for i = 1, activations do
      redis.call('XADD', KEYS[k + (events > 0 and 2 or 1)], '*', 'a', ARGV[a + events + i])
    end
  end
  key = key + records + uuids + merges + (events > 0 and 1 or 0) + (activations > 0 and 1 or 0)
  argument = argument + 2 * (records + uuids + merges) + events + activations
  results[unit] = good and 1 or 0
end
return results
""")

# Claims of keys or uuids: each key changes from one value (empty: none) to another (empty: none) or stays as it is;
# returns 1 or 0 for each. The arguments: those two and the seconds that it is kept (empty: for ever).
CLAIM = _script("""
local results = {}
for i = 1, #KEYS do
  local old, new, seconds = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local good = (redis.call('GET', KEYS[i]) or '') == old
  if good then
    if new == '' then
      redis.call('DEL', KEYS[i])
    elseif seconds == '' then
      redis.call('SET', KEYS[i], new)
    else
      redis.call('SET', KEYS[i], new, 'EX', seconds)
    end
  end
  results[i] = good and 1 or 0
end
return results
""")

# A key's claim for one of some profiles, marked or not, goes, or another takes its place; 1 or 0. The arguments: that
# other, empty for none, and the profiles' ids.
RELEASE = _script("""
local claim = redis.call('GET', KEYS[1])
local number = claim and string.match(claim, '^%d+')
for i = 2, #ARGV do
  if number == ARGV[i] then
    if ARGV[1] == '' then
      redis.call('DEL', KEYS[1])
    else
      redis.call('SET', KEYS[1], ARGV[1])
    end
    return 1
  end
end
return 0
""")

# Another record in the place of one that is known by its version (empty: none); 1 or 0. An empty new record: only
# the version changes, or a void record is put where there was none, so that what others are about to write fails.
# The arguments: version that must be there, new version, new record or empty, void record, seconds it is kept or empty.
REPLACE = _script("""
if redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then
  return 0
end
local record = ARGV[3]
if record == '' and ARGV[1] ~= '' then
  redis.call('SETRANGE', KEYS[1], 0, ARGV[2])
  return 1
end
if record == '' then
  record = ARGV[4]
end
if ARGV[5] == '' then
  redis.call('SET', KEYS[1], record)
else
  redis.call('SET', KEYS[1], record, 'EX', ARGV[5])
end
return 1
""")

# A uuid is not to be applied in this slot any more by claims up to this number; 0 when it has been applied.
# The arguments: number of the claim, seconds.
FENCE_UUID = _script("""
local mark = redis.call('GET', KEYS[1])
if mark and not tonumber(mark) then
  return 0
end
if not mark or tonumber(mark) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return 1
""")

# Entries of a stream are removed, and nobody has taken them any more; returns how many were there.
# The arguments: consumer group, ids.
REMOVE = _script("""
local removed = 0
for i = 2, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  removed = removed + redis.call('XDEL', KEYS[1], ARGV[i])
end
return removed
""")

# Whether each of the entries that somebody has taken has not been removed since: 1 or 0. The arguments: the same.
TAKEN = _script("""
local taken = {}
for i = 2, #ARGV do
  taken[i - 1] = #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)
end
return taken
""")

# The memory of a uuid goes, a mark or a claim, if it is that of an event with this digest; 1 or 0.
FORGET = _script("""
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, -#ARGV[1]) == ARGV[1] then
  return redis.call('UNLINK', KEYS[1])
end
return 0
""")

# The claims of key values and the records of the profiles that they name, where all keys are in one place; for each
# the claim and the record, false when missing. The argument: a profile's key, with the partition and the id to fill in.
FIND = _script("""
local found = {}
for i = 1, #KEYS do
  local claim = redis.call('GET', KEYS[i])
  found[2 * i - 1] = claim
  local number = claim and string.match(claim, '^%d+')
  found[2 * i] = claim and redis.call('GET', string.format(ARGV[1], tonumber(number) % 256, number))
end
return found
""")

SCRIPTS = (FIND, COMMIT, CLAIM, RELEASE, REPLACE, FENCE_UUID, REMOVE, TAKEN, FORGET)
