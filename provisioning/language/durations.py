"""Durations and times as they are written in a configuration."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DURATION = re.compile(r"([1-9][0-9]{0,8})([mhd])", re.ASCII)
_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def read_duration(text: str) -> int | None:
    """Seconds of `<n>m`, `<n>h` or `<n>d`; None when it has another form."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match is not None else None


def show_duration(seconds: int) -> str:
    """Seconds in the largest unit that fits: `86400` is `1d`."""
    unit = next(unit for unit in "dhm" if seconds % _UNITS[unit] == 0 or unit == "m")
    return f"{seconds // _UNITS[unit]}{unit}"


class TimeProblem(ValueError):
    """The text is not a time; the message says why."""


def read_time(text: str) -> float:
    """Epoch seconds of an ISO 8601 date and time with its zone; `24:00:00` is the end of the day.

    Raises TimeProblem.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise TimeProblem("a time is written like 2027-03-01T00:00:00+01:00")
    if match[8] is None:
        raise TimeProblem("the time needs its zone, like 2027-03-01T00:00:00+01:00, or Z for UTC")
    year, month, day, hour, minute = (int(match[part]) for part in range(1, 6))
    second, fraction = int(match[6] or 0), float(f"0.{match[7] or 0}")
    end_of_day = (hour, minute, second, fraction) == (24, 0, 0, 0.0)
    try:
        moment = datetime(year, month, day, 0 if end_of_day else hour, minute, second, tzinfo=_zone(match[8]))
        return moment.timestamp() + fraction + (86_400 if end_of_day else 0)
    except (ValueError, OverflowError) as error:
        raise TimeProblem(f"there is no such time ({error})") from error


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if minutes > 59:
        raise ValueError("minutes of the zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if text[0] == "+" else -offset)
