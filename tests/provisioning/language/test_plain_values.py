"""Durations, times, and plain scalars by the core schema."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.language.core_schema import resolve_plain
from provisioning.language.durations import TimeProblem, read_duration, read_time, show_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m", 60), ("90m", 5400), ("1h", 3600), ("30d", 2_592_000), ("999999999d", 999_999_999 * 86_400)],
)
def test_duration__number_and_unit__is_read_as_seconds(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "d", "0d", "07d", "7", "7 d", "7D", "7days", "-7d", "7.5d", "1w", "7d\n", "٧d", "P7D", "1h30m"]
)
def test_duration__another_form__is_none(text: str) -> None:
    assert read_duration(text) is None


@given(st.integers(1, 10**6).map(lambda minutes: minutes * 60))
def test_duration__shown_and_read_again__is_the_same(seconds: int) -> None:
    assert read_duration(show_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2027-03-01T00:00:00+01:00", "2027-02-28T23:00:00+00:00"),
        ("2027-03-31T24:00:00+02:00", "2027-03-31T22:00:00+00:00"),
        ("2027-12-31T24:00:00Z", "2028-01-01T00:00:00+00:00"),
        ("2027-01-01T12:00:00Z", "2027-01-01T12:00:00+00:00"),
        ("2027-01-01 12:00Z", "2027-01-01T12:00:00+00:00"),
        ("2027-01-01t12:00:00.5z", "2027-01-01T12:00:00.500000+00:00"),
        ("2027-01-01T12:00:00-0330", "2027-01-01T15:30:00+00:00"),
        ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00+00:00"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00"),
    ],
)
def test_time__with_a_zone__is_read_as_epoch_seconds(text: str, iso: str) -> None:
    assert read_time(text) == datetime.fromisoformat(iso).timestamp()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2027-03-01T00:00:00", "zone"),
        ("2027-03-01", "written like"),
        ("tomorrow", "written like"),
        ("1800000000", "written like"),
        ("2027-02-29T00:00:00Z", "no such time"),
        ("2027-13-01T00:00:00Z", "no such time"),
        ("2027-01-01T24:00:01Z", "no such time"),
        ("2027-01-01T25:00:00Z", "no such time"),
        ("2027-01-01T23:59:60Z", "no such time"),
        ("2027-01-01T00:00:00+25:00", "no such time"),
        ("2027-01-01T00:00:00+01:75", "no such time"),
        ("0000-01-01T00:00:00Z", "no such time"),
        ("2027-01-01T00:00:00Z\n", "written like"),
        ("２０２７-01-01T00:00:00Z", "written like"),
    ],
)
def test_time__not_one__says_why(text: str, words: str) -> None:
    with pytest.raises(TimeProblem, match=words):
        read_time(text)


def test_time__at_the_edges_of_the_calendar__is_read() -> None:
    assert read_time("9999-12-31T24:00:00Z") == 253_402_300_800
    assert read_time("0001-01-01T00:00:00Z") < 0


@given(st.text(max_size=40))
def test_time__any_text__is_read_or_refused(text: str) -> None:
    with suppress(TimeProblem):
        assert math.isfinite(read_time(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("true", True),
        ("TRUE", True),
        ("false", False),
        ("yes", "yes"),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("0", 0),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2027-01-01", "2027-01-01"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".", "."),
        ("-", "-"),
        ("1e", "1e"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.Inf", math.inf),
        ("1e400", math.inf),
        ("٣", "٣"),
        ("1 2", "1 2"),
    ],
)
def test_core_schema__plain_scalar__has_its_type(text: str, value: object) -> None:
    resolved = resolve_plain(text)

    assert resolved == value
    assert type(resolved) is type(value)


def test_core_schema__not_a_number__is_one() -> None:
    assert math.isnan(float(resolve_plain(".nan") or 0))


@pytest.mark.parametrize("text", ["9" * 5000, "0x" + "f" * 5000, "0o" + "7" * 5000, "-" + "9" * 5000])
def test_core_schema__thousands_of_digits__are_out_of_range_and_raise_nothing(text: str) -> None:
    assert abs(float(resolve_plain(text) or 0)) == math.inf
