"""A minute counts once, for good, on the local day on which it was walked."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
import itertools
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
import pytest

from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.ledger import (
    Entry,
    Evidence,
    Interval,
    Ledger,
    Source,
    Total,
    local_minute,
    midnight,
    one_interval,
    to_ms,
    walked as worth,
    week_of,
)
from custom_components.retrowalk.coach.plan import Kind, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import State, Verb

from .walks import walk, wish

MONDAY, SUNDAY = 0, 6
soon = pytest.mark.timeout(30)
"""Days that are told wrong may never end."""
MINUTE = timedelta(minutes=1)


def walked(
    start: str,
    minutes: float,
    zone: str = "Europe/Berlin",
    *,
    session_id: str = "01",
    second_time: bool = False,
) -> Entry:
    """Return a walk of one interval from a local time, the second of two that have its name."""
    local = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone), fold=int(second_time))
    began = local.astimezone(UTC)
    return Entry(
        session_id=session_id,
        kind=Kind.DEDICATED,
        level=4,
        surface=Surface.TREADMILL,
        started=began,
        time_zone=zone,
        backward=(Interval(start=began, end=began + minutes * MINUTE),),
        source=Source.WALKED,
    )


def minutes_by_day(entry: Entry) -> dict[str, float]:
    """Return what an entry gives to each day, in minutes."""
    return {day.isoformat(): length / MINUTE for day, length in entry.by_day()}


def weeks(ledger: Ledger, day: str, *, first_weekday: int) -> tuple[float, int]:
    """Return minutes and walks of the week in which a day lies."""
    total = ledger.in_week(week_of(date.fromisoformat(day), first_weekday))
    return total.backward / MINUTE, total.sessions


# Days, on both sides of UTC


@pytest.mark.parametrize(
    "zone",
    ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "UTC"],
)
def test_a_walk_over_midnight_gives_each_day_its_minutes_and_counts_once(zone: str) -> None:
    """Red when: days are those of UTC, or both days count a session."""
    late = walked("2026-11-17T23:53", 20, zone)
    assert minutes_by_day(late) == {"2026-11-17": 7, "2026-11-18": 13}
    ledger = Ledger((late,))
    assert ledger.on_day(date(2026, 11, 17)) == Total(7 * MINUTE, 1)
    assert ledger.on_day(date(2026, 11, 18)) == Total(13 * MINUTE, 0)
    assert ledger.lifetime == Total(20 * MINUTE, 1)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Pacific/Auckland", {"2026-11-16": 5, "2026-11-17": 5}),
        ("Pacific/Kiritimati", {"2026-11-17": 10}),
        ("Asia/Kolkata", {"2026-11-16": 10}),
        ("America/Los_Angeles", {"2026-11-16": 10}),
    ],
)
def test_one_instant_is_another_day_elsewhere(zone: str, days: dict[str, float]) -> None:
    entry = walked("2026-11-16T10:55", 10, "UTC")
    assert minutes_by_day(replace(entry, time_zone=zone)) == days


def test_a_walk_keeps_its_zone_whatever_others_have() -> None:
    """Red when: the ledger counts every entry in the zone of the last one."""
    ledger = Ledger(
        (
            walked("2026-11-17T23:50", 20, "Pacific/Auckland", session_id="there"),
            walked("2026-11-17T23:50", 20, "America/Los_Angeles", session_id="here"),
        )
    )
    assert ledger.on_day(date(2026, 11, 17)) == Total(20 * MINUTE, 2)
    assert ledger.on_day(date(2026, 11, 18)) == Total(20 * MINUTE, 0)


def test_a_pause_at_midnight_leaves_each_day_what_was_walked_on_it() -> None:
    first = walked("2026-11-17T23:45", 10)
    after = Interval(start=first.started + 14 * MINUTE, end=first.started + 19 * MINUTE)
    assert list(replace(first, backward=(*first.backward, after)).by_day()) == [
        (date(2026, 11, 17), 10 * MINUTE),
        (date(2026, 11, 17), 1 * MINUTE),
        (date(2026, 11, 18), 4 * MINUTE),
    ]


# Daylight saving


@soon
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Santiago", "2026-09-06", 23),
        ("America/Santiago", "2026-04-04", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Asia/Kolkata", "2026-03-29", 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone: str, day: str, hours: float) -> None:
    """Red when: a day ends 24 hours after it began."""
    this = date.fromisoformat(day)
    begins, ends = (midnight(each, ZoneInfo(zone)) for each in (this, this + timedelta(days=1)))
    assert (ends - begins) / timedelta(hours=1) == hours
    whole = replace(
        walked(f"{day}T12:00", 1, zone),
        started=begins,
        backward=(Interval(start=begins, end=ends),),
    )
    assert minutes_by_day(whole) == {day: hours * 60}


@pytest.mark.parametrize(
    ("zone", "start", "local_end"),
    [
        ("Europe/Berlin", "2026-03-29T01:50", "03:10"),
        ("Europe/Berlin", "2026-10-25T02:50", "02:10"),
        ("America/New_York", "2026-03-08T01:50", "03:10"),
        ("America/New_York", "2026-11-01T01:50", "01:10"),
        ("Australia/Lord_Howe", "2026-10-04T01:50", "02:40"),
        ("Australia/Lord_Howe", "2026-04-05T01:50", "01:40"),
    ],
)
def test_a_clock_that_is_set_in_mid_walk_adds_and_takes_nothing(
    zone: str, start: str, local_end: str
) -> None:
    """Red when: lengths are told by local time."""
    entry = walked(start, 20, zone)
    assert entry.ended.astimezone(ZoneInfo(zone)).strftime("%H:%M") == local_end
    assert minutes_by_day(entry) == {start[:10]: 20}


@soon
@pytest.mark.parametrize(
    ("zone", "eve", "morrow"),
    [
        ("America/Santiago", "2026-09-05", "2026-09-06"),
        ("Africa/Cairo", "2026-04-23", "2026-04-24"),
    ],
)
def test_a_day_whose_midnight_does_not_exist_begins_where_the_clock_lands(
    zone: str, eve: str, morrow: str
) -> None:
    """Red when: `midnight` takes the offset after the change, an hour off."""
    over = walked(f"{eve}T23:50", 20, zone)
    assert over.ended.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "01:10"
    assert minutes_by_day(over) == {eve: 10, morrow: 10}


@pytest.mark.parametrize(
    ("zone", "eve", "morrow"),
    [
        ("America/Santiago", "2026-04-04", "2026-04-05"),
        ("Africa/Cairo", "2026-10-29", "2026-10-30"),
    ],
)
def test_an_evening_that_comes_twice_is_all_one_day(zone: str, eve: str, morrow: str) -> None:
    """Red when: midnight is taken at the first striking of twelve."""
    assert minutes_by_day(walked(f"{eve}T23:50", 80, zone)) == {eve: 70, morrow: 10}
    second = walked(f"{eve}T23:50", 20, zone, second_time=True)
    assert minutes_by_day(second) == {eve: 10, morrow: 10}


ZONES = [
    "Africa/Cairo",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]


@cache
def changes(zone: str) -> list[datetime]:
    """Return when the clock of a zone is set in 2026; the first of January where it never is."""
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=each) for each in range(365 * 24)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    pairs = zip(hours[1:], itertools.pairwise(offsets), strict=True)
    return [hour for hour, (before, after) in pairs if before != after] or [hours[0]]


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[str, datetime]:
    """Draw a zone and an instant up to a day from a change of its clock."""
    zone = draw(st.sampled_from(ZONES))
    day = st.integers(-24 * 60, 24 * 60)
    return zone, draw(st.sampled_from(changes(zone))) + draw(day) * MINUTE


def agrees_with_the_wall(zone: str, start: datetime, minutes: int) -> bool:
    """Return whether a walk gives its days what a clock on the wall shows, read once a minute."""
    read = Counter(
        (start + each * MINUTE).astimezone(ZoneInfo(zone)).date() for each in range(minutes)
    )
    interval = Interval(start=start, end=start + minutes * MINUTE)
    entry = replace(walked("2026-01-01T00:00", 0, zone), started=start, backward=(interval,))
    return dict(entry.by_day()) == {day: count * MINUTE for day, count in read.items()}


@soon
@pytest.mark.parametrize("zone", ZONES)
def test_each_minute_around_a_change_belongs_to_the_day_on_the_wall(zone: str) -> None:
    """Red when: a day lasts 24 hours, or `midnight` is told with `fold=1`."""
    for change in changes(zone):
        assert agrees_with_the_wall(zone, change - timedelta(hours=26), 52 * 60)


@given(around_a_change(), st.integers(1, 26 * 60))
def test_a_walk_may_begin_and_end_anywhere_around_a_change(
    where: tuple[str, datetime], minutes: int
) -> None:
    zone, start = where
    assert agrees_with_the_wall(zone, start, minutes)


# Weeks


def test_a_walk_over_the_boundary_of_the_week_is_split_and_counted_once() -> None:
    """Red when: a week takes whole sessions, or every week begins on Monday."""
    # 2026-11-21 is a Saturday.
    ledger = Ledger(
        (
            walked("2026-11-21T23:54", 20, session_id="saturday"),
            walked("2026-11-22T23:51", 20, session_id="sunday"),
        )
    )
    assert weeks(ledger, "2026-11-22", first_weekday=MONDAY) == (6 + 14 + 9, 2)
    assert weeks(ledger, "2026-11-23", first_weekday=MONDAY) == (11, 0)
    assert weeks(ledger, "2026-11-21", first_weekday=SUNDAY) == (6, 1)
    assert weeks(ledger, "2026-11-22", first_weekday=SUNDAY) == (14 + 9 + 11, 1)


@pytest.mark.parametrize("first_weekday", [MONDAY, SUNDAY])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "America/Santiago"])
def test_no_minute_of_a_month_falls_between_two_weeks(zone: str, first_weekday: int) -> None:
    ledger = Ledger(
        tuple(
            walked(f"2026-09-{day:02}T23:50", 20, zone, session_id=str(day)) for day in range(1, 30)
        )
    )
    firsts = {week_of(date(2026, 9, day), first_weekday) for day in range(1, 31)}
    assert sum((ledger.in_week(first) for first in firsts), Total()) == ledger.lifetime
    assert ledger.lifetime == Total(29 * 20 * MINUTE, 29)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 6))
def test_a_week_begins_on_its_weekday_and_holds_its_day(day: date, first_weekday: int) -> None:
    first = week_of(day, first_weekday)
    assert first.weekday() == first_weekday
    assert timedelta() <= day - first < timedelta(days=7)


# The books


ENTRIES = st.builds(
    lambda session_id, where, gaps: replace(
        walked("2026-01-01T00:00", 0, where[0]),
        session_id=session_id,
        started=where[1],
        backward=_intervals(where[1], gaps),
    ),
    st.sampled_from("abcde"),
    around_a_change(),
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=4),
)


def _intervals(start: datetime, gaps: list[tuple[int, int]]) -> tuple[Interval, ...]:
    """Return intervals one after another: a pause, then a walk, each in milliseconds."""
    intervals = []
    for pause, length in gaps:
        begins = start + timedelta(milliseconds=pause)
        start = begins + timedelta(milliseconds=length)
        intervals.append(Interval(start=begins, end=start))
    return tuple(intervals)


class AnyBooks(RuleBasedStateMachine):
    """Walks kept, replaced and taken out in any order, beside a plain dict that does the same."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.kept: dict[str, Entry] = {}
        self.days: set[date] = set()

    @rule(entry=ENTRIES)
    def a_walk_is_kept_or_replaced(self, entry: Entry) -> None:
        self.ledger.put(entry)
        self.kept.pop(entry.session_id, None)
        self.kept[entry.session_id] = entry
        self.days |= {entry.day, *(day for day, _ in entry.by_day())}

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def a_walk_is_taken_out(self, data: st.DataObject) -> None:
        session_id = data.draw(st.sampled_from(sorted(self.kept)))
        assert self.ledger.remove(session_id) == self.kept.pop(session_id)

    @rule(session_id=st.sampled_from("abcde"))
    def a_walk_that_is_not_there_is_refused(self, session_id: str) -> None:
        if session_id in self.kept:
            assert self.ledger.get(session_id) == self.kept[session_id]
            return
        for ask in (self.ledger.get, self.ledger.remove):
            with pytest.raises(Refused) as no:
                ask(session_id)
            assert no.value.reason == "unknown_session"
            assert no.value.figures == {"session_id": session_id}

    @invariant()
    def the_days_the_lifetime_and_the_walks_are_one_sum(self) -> None:
        walks = Total(
            sum((entry.backward_time for entry in self.kept.values()), timedelta()),
            len(self.kept),
        )
        assert self.ledger.lifetime == walks
        assert sum((self.ledger.on_day(day) for day in self.days), Total()) == walks

    @invariant()
    def the_last_walk_is_the_one_that_began_last(self) -> None:
        began = [entry.started for entry in self.ledger.entries()]
        assert began == sorted(began)
        last = self.ledger.last
        assert (last.started if last else None) == (began[-1] if began else None)

    def teardown(self) -> None:
        """It is as if it had been built anew."""
        anew = Ledger(tuple(self.kept.values()))
        assert vars(anew)["_days"] == vars(self.ledger)["_days"]
        assert anew.entries() == self.ledger.entries()
        assert len(self.ledger) == len(self.kept)


TestAnyBooks = AnyBooks.TestCase


def test_a_copy_is_changed_without_its_original() -> None:
    """Red when: a copy shares its walks, its days or its goals."""
    ledger = Ledger((walked("2026-11-17T18:00", 10),), {date(2026, 11, 16): 30})
    copy = ledger.copy()
    assert (copy.entries(), copy.goals, copy.last) == (ledger.entries(), ledger.goals, ledger.last)
    copy.put(walked("2026-11-17T19:00", 20, session_id="02"))
    copy.set_goal(60, date(2026, 11, 16))
    assert copy.lifetime == copy.on_day(date(2026, 11, 17)) == Total(30 * MINUTE, 2)
    assert ledger.lifetime == ledger.on_day(date(2026, 11, 17)) == Total(10 * MINUTE, 1)
    assert ledger.goals == {date(2026, 11, 16): 30}
    assert [entry.session_id for entry in ledger.entries()] == ["01"]


def test_a_walk_that_is_put_twice_counts_once() -> None:
    """Red when: `put` adds without taking the old one out."""
    ledger = Ledger((walked("2026-11-17T18:00", 10), walked("2026-11-17T18:00", 12)))
    assert ledger.lifetime == Total(12 * MINUTE, 1)
    assert ledger.last == walked("2026-11-17T18:00", 12)


def test_a_walk_without_a_backward_minute_counts_as_a_walk() -> None:
    entry = replace(walked("2026-11-17T18:00", 0), backward=())
    assert entry.ended == entry.started
    assert Ledger((entry,)).on_day(date(2026, 11, 17)) == Total(timedelta(), 1)


def test_instants_are_cut_to_the_millisecond() -> None:
    berlin = datetime(2026, 11, 17, 18, 0, 0, 123_999, ZoneInfo("Europe/Berlin"))
    assert to_ms(berlin) == datetime(2026, 11, 17, 17, 0, 0, 123_000, UTC)


def test_a_local_minute_is_what_the_clock_on_the_wall_shows() -> None:
    instant = datetime(2026, 11, 17, 17, 0, 59, 999_999, UTC)
    assert local_minute(instant, ZoneInfo("Asia/Kolkata")) == "2026-11-17 22:30"


@given(st.integers(0, 999_999), st.floats(0, 900))
def test_a_session_is_worth_what_was_walked_backward_until_then(
    microsecond: int, seconds: float
) -> None:
    """Red when: rests or forward walking count, or a start that is not cut moves the intervals."""
    lane = walk(wish(Kind.DEDICATED, 1, surface=Surface.LANE).plan).say(Verb.PREPARED)
    lane.session = replace(
        lane.session,
        started=lane.session.started.replace(microsecond=microsecond),
        overrides=("binary_sensor.door",),
    )
    entry = worth(lane.session, lane.wait(seconds).now, "Asia/Kolkata")
    assert abs(entry.backward_time.total_seconds() - lane.backward_s) < 0.002
    assert (entry.session_id, entry.kind, entry.level) == ("01", Kind.DEDICATED, 1)
    assert (entry.surface, entry.source) == (Surface.LANE, Source.WALKED)
    assert (entry.time_zone, entry.overrides) == ("Asia/Kolkata", ("binary_sensor.door",))
    assert Entry.from_dict(entry.as_dict()) == entry


def test_a_whole_session_is_worth_its_plan() -> None:
    lane = walk(wish(Kind.DEDICATED, 1, surface=Surface.LANE).plan).to(State.IDLE)
    entry = worth(lane.session, lane.now, "Europe/Berlin")
    assert entry.backward_time == lane.session.plan.backward == 5 * MINUTE
    assert [interval.length.total_seconds() for interval in entry.backward] == [100] + [40] * 5


def test_nobody_walks_twice_at_once() -> None:
    """Red when: a walk overlaps itself when it is edited, or touching is overlapping."""
    ledger = Ledger((walked("2026-11-17T18:00", 10, session_id="first"),))
    later = datetime(2026, 12, 1, tzinfo=UTC)
    for start, minutes in (("18:09", 10), ("17:51", 10), ("18:02", 1)):
        again = walked(f"2026-11-17T{start}", minutes, session_id="second")
        with pytest.raises(Refused) as no:
            ledger.check_time(again, later)
        assert (no.value.reason, no.value.figures) == ("overlaps", {"started": "2026-11-17 18:00"})
    for start, session_id in (("18:10", "second"), ("17:50", "second"), ("18:05", "first")):
        ledger.check_time(walked(f"2026-11-17T{start}", 10, session_id=session_id), later)


def test_nobody_has_walked_in_the_future() -> None:
    entry = walked("2026-11-17T18:00", 10)
    Ledger().check_time(entry, entry.ended)
    with pytest.raises(Refused) as no:
        Ledger().check_time(entry, entry.ended - timedelta(seconds=1))
    assert no.value.reason == "in_the_future"


def test_a_correction_changes_what_it_names_and_nothing_else() -> None:
    """Red when: new minutes keep the old intervals, or a mark for pain makes a walk edited."""
    start = datetime(2026, 11, 17, 17, tzinfo=UTC)
    minute = timedelta(minutes=1)
    parts = tuple(
        Interval(start=start + n * minute, end=start + (n + 2) * minute) for n in (3, 9, 20)
    )
    entry = replace(walked("2026-11-17T18:00", 10), backward=parts)

    felt = entry.edited(feedback=Feedback(effort=4, pain=0))
    assert felt == replace(entry, feedback=Feedback(effort=4, pain=0), revision=1)
    assert felt.edited(feedback=Feedback(pain=2)).feedback.effort == 4
    hill = entry.edited(kind=Kind.HILL)
    assert hill == replace(entry, kind=Kind.HILL, source=Source.EDITED, revision=1)
    moved = entry.edited(when=start + timedelta(days=1))
    assert moved.backward_time == entry.backward_time
    assert moved.backward[0].start == start + timedelta(days=1, minutes=3)
    longer = entry.edited(minutes=12.5)
    assert longer.backward == one_interval(start, 12.5)
    assert longer.backward_time == timedelta(minutes=12.5)


# Goals and streaks


def weekly(*minutes: float, until: str = "2026-11-16") -> Ledger:
    """Return a ledger with these minutes in the weeks until one that begins on a Monday."""
    last = date.fromisoformat(until)
    return Ledger(
        tuple(
            walked(f"{last - timedelta(weeks=ago)}T18:00", each, session_id=str(ago))
            for ago, each in enumerate(reversed(minutes))
        )
    )


THIS_WEEK = date(2026, 11, 16)


def test_this_week_counts_once_its_goal_is_met() -> None:
    """Red when: a week that has just begun breaks the streak."""
    ledger = weekly(30, 30, 10)
    ledger.set_goal(30, THIS_WEEK)
    assert ledger.streak(THIS_WEEK) == 2
    ledger.put(walked("2026-11-18T18:00", 19.99, session_id="more"))
    assert ledger.streak(THIS_WEEK) == 2
    ledger.put(walked("2026-11-18T18:00", 20, session_id="more"))
    assert ledger.goal_met(THIS_WEEK)
    assert ledger.streak(THIS_WEEK) == 3


def test_a_week_without_its_goal_breaks_the_streak() -> None:
    ledger = weekly(30, 30, 29, 30, 30)
    ledger.set_goal(30, THIS_WEEK)
    assert ledger.streak(THIS_WEEK) == 2
    assert weekly(30).streak(THIS_WEEK) == 0, "no goal, no streak"


def test_a_goal_that_changes_later_rewrites_no_week_before_it() -> None:
    """Red when: every week is measured by the goal of today."""
    ledger = weekly(20, 20, 20, 45)
    ledger.set_goal(20, date(2026, 9, 7))
    ledger.set_goal(45, THIS_WEEK)
    assert [ledger.goal(THIS_WEEK - timedelta(weeks=ago)) for ago in (-1, 0, 1, 2)] == [
        45,
        45,
        20,
        20,
    ]
    assert ledger.streak(THIS_WEEK) == 4


def test_a_goal_set_in_mid_week_holds_for_that_week() -> None:
    ledger = weekly(20)
    ledger.set_goal(20, date(2026, 9, 7))
    ledger.set_goal(60, date(2026, 11, 18))
    assert ledger.goal(THIS_WEEK) == 60
    assert not ledger.goal_met(THIS_WEEK)


def test_weeks_before_the_first_goal_are_measured_by_it() -> None:
    ledger = weekly(20, 20)
    assert ledger.goal(THIS_WEEK) is None
    ledger.set_goal(20, THIS_WEEK)
    assert ledger.streak(THIS_WEEK) == 2


def test_a_goal_takes_back_the_ones_set_for_later() -> None:
    ledger = Ledger(goals={date(2026, 11, 9): 20, date(2026, 11, 23): 90})
    ledger.set_goal(30, THIS_WEEK)
    assert ledger.goals == {date(2026, 11, 9): 20, THIS_WEEK: 30}


def test_the_latest_goal_is_the_one_set_last_also_by_a_clock_that_was_ahead() -> None:
    assert Ledger().latest_goal is None
    ahead = Ledger(goals={date(2026, 11, 9): 20, date(2036, 1, 7): 30})
    assert (ahead.latest_goal, ahead.goal(THIS_WEEK)) == (30, 20)
    ahead.set_goal(45, THIS_WEEK)
    assert ahead.latest_goal == 45


def test_a_goal_of_nothing_is_never_met() -> None:
    """It can only come from a damaged file. Red when: the streak counts back to the year 1."""
    ledger = weekly(10)
    ledger.set_goal(0, THIS_WEEK)
    assert ledger.streak(THIS_WEEK) == 0


# What is written down


@given(ENTRIES, st.none() | st.integers(0, 10), st.lists(st.text(max_size=5), max_size=3))
def test_a_walk_comes_back_from_json_as_it_was(
    entry: Entry, effort: int | None, overrides: list[str]
) -> None:
    """Red when: `as_dict` forgets a field, or writes seconds."""
    kept = replace(
        entry,
        kind=Kind.HILL,
        surface=Surface.LANE,
        source=Source.EDITED,
        evidence=Evidence.OWNER,
        overrides=tuple(overrides),
        feedback=Feedback(effort=effort, pain=effort),
    )
    assert Entry.from_dict(json.loads(json.dumps(kept.as_dict()))) == kept


@given(st.integers(0, 999_999), st.integers(0, 10**10), st.integers(0, 10**10))
def test_a_clock_finer_than_a_millisecond_moves_no_interval(
    microsecond: int, pause: int, length: int
) -> None:
    """Red when: intervals are written in ms since a start that was not cut to the millisecond."""
    started = datetime(2026, 11, 17, 18, 0, 0, microsecond, UTC)
    begins = started + timedelta(microseconds=pause)
    interval = Interval(start=to_ms(begins), end=to_ms(begins + timedelta(microseconds=length)))
    kept = replace(walked("2026-11-17T18:00", 0), started=started, backward=(interval,))
    assert Entry.from_dict(kept.as_dict()).backward == (interval,)


GOOD = walked("2026-11-17T18:00", 10).as_dict()
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.text(max_size=300),
        st.sampled_from(
            ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00", "2026-11-17", "../x"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
INTERVALS = st.lists(
    st.lists(ANYTHING, max_size=3)
    | st.lists(st.integers(-10, 10**9), min_size=2, max_size=2)
    | st.lists(st.integers(-(10**20), 10**20), min_size=2, max_size=2)
)


@given(st.sampled_from(sorted(GOOD.keys() - {"revision"})), ANYTHING, INTERVALS)
def test_a_damaged_walk_is_no_walk_and_never_a_crash(
    field: str, damage: object, intervals: list[Any]
) -> None:
    """What can be read can be counted. Red when: an OverflowError or an OSError gets out."""
    lost = {key: value for key, value in GOOD.items() if key != field}
    with pytest.raises(KeyError):
        Entry.from_dict(lost)
    for data in (GOOD | {field: damage}, GOOD | {"backward_ms": intervals}):
        try:
            entry = Entry.from_dict(data)
        except KeyError, ValueError, TypeError:
            continue
        ledger = Ledger((entry,))
        assert ledger.lifetime == Total(entry.backward_time, 1)
        assert all(length > timedelta() for _, length in entry.by_day())
        assert sum((length for _, length in entry.by_day()), timedelta()) == entry.backward_time


@given(ANYTHING)
def test_what_is_no_entry_at_all_is_refused(data: Any) -> None:
    assume(not isinstance(data, dict))
    with pytest.raises((KeyError, ValueError, TypeError)):
        Entry.from_dict(data)


@pytest.mark.parametrize(
    "damage",
    [
        {"started": "0001-01-01T00:00:00+14:00"},
        {"started": "9999-12-31T23:59:59-10:00"},
        {"started": "0001-01-01T00:00:00+00:00"},
        {"started": "9999-12-31T23:59:59+00:00"},
        {"started": "2026-11-17T18:00:00"},
        {"time_zone": "x" * 300},
        {"time_zone": "Mars/Olympus"},
        {"level": float("inf")},
        {"backward_ms": [[0, 10**30]]},
        {"backward_ms": [[0, 10**14]]},
        {"backward_ms": [[10, 0]]},
        {"backward_ms": [[-10, 10]]},
        {"backward_ms": [[0, 20], [10, 30]]},
        {"kind": "sprint"},
        {"source": "heard"},
    ],
    ids=lambda damage: ",".join(f"{key}={value}"[:50] for key, value in damage.items()),
)
def test_what_nobody_can_have_walked_is_damage(damage: dict[str, Any]) -> None:
    """Red when: a walk that ends before it begins takes minutes away from its week."""
    with pytest.raises((KeyError, ValueError)):
        Entry.from_dict(GOOD | damage)


def test_a_goal_that_is_changed_in_its_first_week_rewrites_no_week_before_it() -> None:
    """Red when: the first goal holds from its own week only."""
    ledger = weekly(25, 25)
    ledger.goals = {}
    ledger.set_goal(20, date(2026, 11, 16))
    assert ledger.goal_met(date(2026, 11, 9))
    ledger.set_goal(45, date(2026, 11, 16))
    assert ledger.goal_met(date(2026, 11, 9))
    assert ledger.goal(date(2026, 11, 16)) == 45


# What was gone through


def test_a_walk_keeps_its_phases_and_pauses_and_nothing_before_them() -> None:
    """Red when: the room's preparing counts, an easing splits a phase, or a pause is lost."""
    there = walk(wish(Kind.DEDICATED, 4, surface=Surface.LANE).plan).to(State.WALKING_BACKWARD)
    there.wait(20).say(Verb.EXTEND, by=MINUTE).wait(10).say(Verb.PAUSE).wait(40).say(Verb.RESUME)
    there.to(State.WALKING_BACKWARD).wait(10).say(Verb.END)
    entry = worth(there.session, there.now, "UTC")
    assert entry.trail[0][0] is State.GET_READY
    assert entry.trail[-4:] == (
        (State.WALKING_BACKWARD, 30),
        (State.PAUSED, 40),
        (State.GET_READY, 5),
        (State.WALKING_BACKWARD, 10),
    )
    for form in (entry.as_dict(), entry.packed()):
        assert Entry.from_dict(json.loads(json.dumps(form))) == entry
    assert entry.edited(minutes=3).trail == ()
    assert entry.edited(feedback=Feedback(effort=3)).trail == entry.trail


@pytest.mark.parametrize("trail", ["walking-1", "paused", "paused--1", [["paused"]], 7])
def test_a_trail_that_is_none_makes_no_entry(trail: Any) -> None:
    form = walked("2026-11-16T10:55", 10, "UTC").as_dict() | {"trail": trail}
    with pytest.raises((ValueError, TypeError)):
        Entry.from_dict(form)
