"""Sliding windows: 60 buckets, of which the current one and the 59 before count.

State: {"<bucket>": amount}, a bucket being floor(time / width) with width = window / 60, in seconds.
"""

from __future__ import annotations

from math import fsum, inf

from personalization.numbers import added, clamped

BUCKETS = 60

Buckets = dict[str, float]


def bucket_of(time: int, window: int) -> int:
    """The number of the bucket that holds a time (epoch seconds; window in seconds)."""
    return time * BUCKETS // window


def start_of(bucket: int, window: int) -> int:
    """When a bucket begins, to the second."""
    return bucket * window // BUCKETS


def first_bucket(now: int, window: int) -> int:
    """The oldest bucket that counts now."""
    return bucket_of(now, window) - BUCKETS + 1


def total(buckets: Buckets, *, now: int, window: int) -> float:
    """The sum of the buckets that count now; infinite when it is too large for a double."""
    first, last = first_bucket(now, window), bucket_of(now, window)
    try:
        return fsum(amount for number, amount in buckets.items() if first <= int(number) <= last)
    except OverflowError:
        return inf


def add(buckets: Buckets, amount: float, *, time: int, now: int, window: int) -> Buckets:
    """The buckets with `amount` added at `time`; those that count no more are dropped, also the new one."""
    first = first_bucket(now, window)
    kept = {number: value for number, value in buckets.items() if int(number) >= first}
    number = bucket_of(time, window)
    if number >= first:
        kept[str(number)] = added(kept.get(str(number), 0), amount)
    return kept


def united(one: Buckets, other: Buckets) -> Buckets:
    """Two windows added bucket by bucket."""
    result = dict(one)
    for number, amount in other.items():
        result[number] = clamped(added(result.get(number, 0), amount))
    return result
