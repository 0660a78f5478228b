"""The days that a start reads in place of ten years of walks are those of the walks."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.ledger import Days, Entry, Interval, Ledger, Source, Total
from custom_components.retrowalk.coach.plan import Kind, Surface

ZONES = (
    "Africa/Cairo",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "UTC",
)
MS = timedelta(milliseconds=1)


def walk(start: datetime, lengths_ms: Iterable[int], zone: str) -> Entry:
    """Return a walk of some parts, each a second after the one before it."""
    parts, at = [], start
    for length in lengths_ms:
        parts.append(Interval(start=at, end=at + length * MS))
        at = parts[-1].end + timedelta(seconds=1)
    return Entry(
        session_id="01",
        kind=Kind.DEDICATED,
        level=4,
        surface=Surface.TREADMILL,
        started=start,
        time_zone=zone,
        backward=tuple(parts),
        source=Source.WALKED,
    )


def on(day: str, minutes: float = 10, zone: str = "UTC") -> Entry:
    start = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    return walk(start, [round(minutes * 60_000)], zone)


def days_of(walks: Iterable[Entry]) -> Days:
    days = Days()
    for each in walks:
        days.add(each)
    return days


def read_again(days: Days) -> Days:
    """Return days as they are after a restart."""
    return Days.from_dict(json.loads(json.dumps(days.as_dict())))


walks = st.builds(
    walk,
    st.datetimes(datetime(1970, 1, 1), datetime(2400, 1, 1)).map(  # noqa: DTZ001
        lambda each: each.replace(tzinfo=UTC, microsecond=each.microsecond // 1000 * 1000)
    ),
    st.lists(st.integers(0, 90 * 60_000), max_size=3),
    st.sampled_from(ZONES),
)


@given(st.lists(walks, max_size=8))
def test_days_are_the_same_after_a_restart(several: list[Entry]) -> None:
    """Breaks when a line rounds, or a year begins on another day than it was written with."""
    days = days_of(several)
    again = read_again(days)
    assert again == days
    assert again.total == days.total
    assert again.as_dict() == days.as_dict()
    ledger = Ledger()
    for n, each in enumerate(several):
        ledger.put(each)
        assert again.on(each.day).sessions > 0, n
        for day, length in each.by_day():
            assert again.on(day).backward >= length


@given(st.lists(walks, max_size=6), st.lists(walks, max_size=6))
def test_a_walk_that_is_taken_out_leaves_no_trace(stay: list[Entry], go: list[Entry]) -> None:
    days = days_of([*stay, *go])
    for each in go:
        days.subtract(each)
    assert days == days_of(stay)
    assert days.total == days_of(stay).total
    assert days.as_dict() == days_of(stay).as_dict()


@given(st.lists(walks, max_size=6), walks)
def test_a_copy_can_be_changed_and_the_days_stay(several: list[Entry], more: Entry) -> None:
    days = days_of(several)
    copy = days.copy()
    copy.add(more)
    assert days == days_of(several)
    assert copy == days_of([*several, more])
    assert (copy == days) is False


def test_a_year_is_a_line_and_its_days_are_counted_from_its_first() -> None:
    days = days_of([on("2026-01-16", 8), on("2026-12-31"), on("2027-01-01"), on("2027-01-01", 1)])
    assert days.as_dict() == {"2026": "016:1x480000 365:1x600000", "2027": "001:2x660000"}


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("2024-02-28", "059"),
        ("2024-02-29", "060"),
        ("2024-03-01", "061"),
        ("2024-12-31", "366"),
        ("2025-02-28", "059"),
        ("2025-03-01", "060"),
        ("2025-12-31", "365"),
        ("2100-03-01", "060"),
        ("2000-12-31", "366"),
    ],
)
def test_leap_years_have_a_day_more(day: str, line: str) -> None:
    """Breaks when a year is taken for another one's length."""
    days = days_of([on(day)])
    assert days.as_dict() == {day[:4]: f"{line}:1x600000"}
    assert read_again(days).on(date.fromisoformat(day)) == Total(timedelta(minutes=10), 1)


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        # Clocks go forward: the night has an hour less.
        (
            "Europe/Berlin",
            "2026-03-28T22:50+00:00",
            {"2026-03-28": (10, 1), "2026-03-29": (20, 0)},
        ),
        # Clocks go back: the second two o'clock is the same day.
        ("Europe/Berlin", "2026-10-25T00:50+00:00", {"2026-10-25": (30, 1)}),
        # A night that begins at one, since midnight does not exist.
        (
            "Africa/Cairo",
            "2026-04-23T21:50+00:00",
            {"2026-04-23": (10, 1), "2026-04-24": (20, 0)},
        ),
        # Half an hour of summer time.
        (
            "Australia/Lord_Howe",
            "2026-10-03T13:20+00:00",
            {"2026-10-03": (10, 1), "2026-10-04": (20, 0)},
        ),
        # New Year, far from UTC's.
        (
            "Pacific/Kiritimati",
            "2026-12-31T09:50+00:00",
            {"2026-12-31": (10, 1), "2027-01-01": (20, 0)},
        ),
    ],
)
def test_a_night_is_two_days_after_a_restart_too(
    zone: str, start: str, days: dict[str, tuple[int, int]]
) -> None:
    known = read_again(days_of([walk(datetime.fromisoformat(start), [30 * 60_000], zone)]))
    for day, (minutes, walks_begun) in days.items():
        assert known.on(date.fromisoformat(day)) == Total(timedelta(minutes=minutes), walks_begun)
    assert known.total == Total(timedelta(minutes=30), 1)


def test_a_day_that_a_zone_left_out_is_no_day() -> None:
    """Apia went from the 29th to the 31st of December 2011."""
    walked = walk(datetime(2011, 12, 30, 9, 50, tzinfo=UTC), [20 * 60_000], "Pacific/Apia")
    days = read_again(days_of([walked]))
    assert days.on(date(2011, 12, 29)) == Total(timedelta(minutes=10), 1)
    assert days.on(date(2011, 12, 30)) == Total()
    assert days.on(date(2011, 12, 31)) == Total(timedelta(minutes=10), 0)


def test_walks_in_two_zones_are_one_day_where_their_calendars_say_so() -> None:
    days = days_of([on("2026-05-04", zone="UTC"), on("2026-05-04", zone="America/New_York")])
    assert read_again(days).on(date(2026, 5, 4)) == Total(timedelta(minutes=20), 2)


def test_nothing_was_walked_where_nothing_is_written() -> None:
    assert Days.from_dict({}) == Days()
    assert Days.from_dict({"2026": ""}) == Days()
    assert Days().total == Total()
    assert Days().on(date(2026, 5, 4)) == Total()


GARBAGE: tuple[Any, ...] = (
    None,
    [],
    7,
    "2026",
    {"2026": None},
    {"2026": 7},
    {"2026": ["001:1x1"]},
    {"": "001:1x1"},
    {"year": "001:1x1"},
    {"0": "001:1x1"},
    {"-1": "001:1x1"},
    {"10000": "001:1x1"},
    {"2026": "001"},
    {"2026": "001:"},
    {"2026": "001:1"},
    {"2026": "001:x1"},
    {"2026": "001:1x"},
    {"2026": ":1x1"},
    {"2026": "x:y"},
    {"2026": "000:1x1"},
    {"2026": "-01:1x1"},
    {"2026": "367:1x1"},
    {"2026": "001:-1x1"},
    {"2026": "001:1x-1"},
    {"2026": "001:1x93600001"},
    {"2026": "001:1x1.5"},
    {"2026": "001:1x1e3"},
    {"2026": "001:1xnan"},
    {"2026": "001:1x" + "9" * 5000},
)
IMPOSSIBLE: tuple[Any, ...] = (
    {"2025": "366:1x1"},
    {"9999": "366:1x1"},
    {"2026": "001:1x1 001:1x1"},
    {"2026": "001:1x1", "02026": "001:1x1"},
    {"9" * 30: "001:1x1"},
)
"""What nobody wrote either: a day that the year has not, a day twice, a year without end."""


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda each: repr(each)[:30])
def test_garbage_is_no_days(garbage: Any) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Days.from_dict(garbage)


@pytest.mark.parametrize("garbage", IMPOSSIBLE, ids=lambda each: repr(each)[:30])
def test_days_that_cannot_be_are_no_days(garbage: Any) -> None:
    """Breaks when a total counts what no day has, or `as_dict` cannot say what was read."""
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Days.from_dict(garbage)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4), each, max_size=3)
    ),
    max_leaves=6,
)
tokens = st.text("0123456789:x- .e", max_size=14)
lines = st.lists(tokens, max_size=3).map(" ".join)


@given(anything | st.dictionaries(st.integers(0, 10_001).map(str), lines, max_size=3))
def test_whatever_a_file_holds_is_days_or_an_error_that_the_store_knows(garbage: Any) -> None:
    """Breaks when an error comes through that fails the set-up; days that were read can be told."""
    try:
        days = Days.from_dict(garbage)
    except ValueError, TypeError, AttributeError:
        return
    again = read_again(days)
    assert again.total == days.total
    assert again.as_dict() == days.as_dict()
