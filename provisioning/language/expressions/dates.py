"""Dates: the proleptic Gregorian calendar in UTC, for all moments that JavaScript knows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.errors import range_error, type_error
from provisioning.language.expressions.numbers import NAN
from provisioning.language.expressions.values import DateValue, JSValue

_DAY = 86_400_000
_LAST = 8.64e15
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(
    r"(?P<year>\d{4}|[+-]\d{6})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?"
    r"(?P<time>T(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>\d{2}):(?P<zone_minute>\d{2}))?)?",
    re.ASCII,
)


class Moment(NamedTuple):
    """A moment in UTC; the month counts from 0, the weekday from Sunday as 0."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    millisecond: int
    weekday: int


def clip(time: float) -> float:
    """ECMAScript's TimeClip: whole milliseconds within 100 million days of 1970, else NaN."""
    if time != time or abs(time) > _LAST:
        return NAN
    return math.trunc(time) + 0.0


def moment(time: float) -> Moment:
    """A valid time taken apart."""
    days, rest = divmod(int(time), _DAY)
    year, month, day = _civil(days)
    seconds, millisecond = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Moment(year, month, day, hour, minute, second, millisecond, (days + 4) % 7)


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month from 0 and day; years begin in March here, so that the leap day is the last."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = (shifted + 2) % 12
    return era * 400 + year_of_era + (1 if month < 2 else 0), month, day


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970; the month counts from 0."""
    shifted_year = year - 1 if month < 2 else year
    era, year_of_era = divmod(shifted_year, 400)
    day_of_year = (153 * ((month + 10) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def parse_date(text: str) -> float:
    """Milliseconds of an ISO date; NaN when a part is out of range. Raises TypeError for any other text."""
    found = _ISO.fullmatch(text)
    if found is None or found["year"] == "-000000":
        raise type_error("only ISO dates such as 2027-01-31T12:00:00Z can be read")
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return NAN
    milliseconds = _time_of_day(found)
    return clip(_days(int(found["year"]), month - 1, day) * _DAY + milliseconds)


def _time_of_day(found: re.Match[str]) -> float:
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    millisecond = int((found["fraction"] or "")[:3].ljust(3, "0"))
    zone_hour, zone_minute = int(found["zone_hour"] or 0), int(found["zone_minute"] or 0)
    midnight = hour == 24 and not (minute or second or millisecond)
    if (hour > 23 and not midnight) or max(minute, second, zone_minute) > 59 or zone_hour > 23:
        return NAN
    zone = (zone_hour * 60 + zone_minute) * (-1 if found["sign"] == "-" else 1)
    return ((hour * 60 + minute - zone) * 60 + second) * 1000 + millisecond


def iso_text(time: float) -> str:
    """`toISOString`. Raises RangeError for an invalid date."""
    if time != time:
        raise range_error("an invalid date has no ISO text")
    at = moment(time)
    year = f"{at.year:04d}" if 0 <= at.year <= 9999 else f"{at.year:+07d}"
    date = f"{year}-{at.month + 1:02d}-{at.day:02d}"
    return f"{date}T{at.hour:02d}:{at.minute:02d}:{at.second:02d}.{at.millisecond:03d}Z"


def date_text(time: float) -> str:
    """`String(date)`, in UTC."""
    if time != time:
        return "Invalid Date"
    at = moment(time)
    year = f"{at.year:04d}" if at.year >= 0 else f"-{-at.year:04d}"
    date = f"{_WEEKDAYS[at.weekday]} {_MONTHS[at.month]} {at.day:02d} {year}"
    return f"{date} {at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT+0000 (Coordinated Universal Time)"


def _getter(part: str) -> Callable[[Budget, DateValue], JSValue]:
    def get(budget: Budget, date: DateValue) -> JSValue:
        return NAN if date.time != date.time else float(getattr(moment(date.time), part))

    return get


_PARTS = {
    "FullYear": "year",
    "Month": "month",
    "Date": "day",
    "Hours": "hour",
    "Minutes": "minute",
    "Seconds": "second",
    "Milliseconds": "millisecond",
    "Day": "weekday",
}


def _get_time(budget: Budget, date: DateValue) -> JSValue:
    return date.time


def _to_iso_string(budget: Budget, date: DateValue) -> JSValue:
    return iso_text(date.time)


METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {
    "getTime": (_get_time, 0),
    "toISOString": (_to_iso_string, 0),
    **{f"get{zone}{name}": (_getter(part), 0) for name, part in _PARTS.items() for zone in ("UTC", "")},
}
