"""What a day asks for is what training.md 5.2 to 5.5 say, and never what a cap would refuse."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
import json
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.day import (
    TODAY,
    Advice,
    Kinds,
    Pause,
    Person,
    Run,
    RunEffort,
    RunningDay,
    advise,
    ahead,
    minutes_today,
    standing_on,
)
from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.levels import FIRST, LADDER, LAST, Band, Dose, Level, level
from custom_components.retrowalk.coach.plan import Kind, Surface, make_plan, minutes_band
from custom_components.retrowalk.coach.progress import (
    MAIN_KINDS,
    Standing,
    Walk,
    decide,
    most_minutes,
)
from custom_components.retrowalk.coach.screening import Mode, Screening

DAY: Final = timedelta(days=1)
THURSDAY: Final = date(2026, 11, 19)
SUNDAY: Final = date(2026, 11, 22)
MONDAY: Final = date(2026, 11, 23)
OPEN: Final = Screening(mode=Mode.OPEN)
GOOD: Final = Feedback(effort=2, pain=0, stumbles=0, fall=False, next_pain=0, swelling=False)
EASY, HARD, LONG, RACE = RunEffort
YES, NO, UNKNOWN, _ = RunningDay
ADD_ONS: Final = (Kinds.WARM_UP, Kinds.COOL_DOWN)
MAINS: Final = (*MAIN_KINDS, Kind.BENCHMARK)
LEVELS = pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")


def walked(
    day: date,
    kind: Kind = Kind.DEDICATED,
    minutes: float = 16,
    *,
    at: int = 6,
    feedback: Feedback = GOOD,
    **said: Any,
) -> Walk:
    """Return a walk that went well but for what is said."""
    return Walk(
        id=f"{day} {kind}",
        day=day,
        kind=kind,
        level=at,
        minutes=minutes,
        planned=minutes,
        feedback=replace(feedback, **said),
    )


def stands(number: int, day: date, since: int = 8) -> Standing:
    """Return a runner who has been at the beginning of a level for some days."""
    return Standing.begin(number, day - since * DAY)


def keys(advice: Advice) -> list[str]:
    return [each.key for each in advice.reasons]


def first_reason(advice: Advice) -> str:
    return advice.reasons[0].key


def ready(number: int, day: date = THURSDAY, **more: Any) -> Person:
    """Return a runner for whom a flat walk of two days ago is all of the week."""
    walks = [walked(day - 2 * DAY, minutes=level(number).minutes.high + 1, at=number)]
    return replace(Person(standing=stands(number, day), screening=OPEN, walks=walks), **more)


# The lines of the day, in order

LINES: Final = (
    "screening_chest",
    "holiday",
    "after_red",
    "after_fall",
    "race_tomorrow",
    "ran_today",
    "done_today",
    "how_are_the_knees",
    "walked_yesterday",
    "week_done",
)
"""The first reason of each line of TODAY, in its order."""


def held_back_by(lines: Iterable[str]) -> Person:
    """Return a runner on a Sunday who is held back by all of these."""
    lines, yesterday = set(lines), SUNDAY - DAY
    walks = []
    if "week_done" in lines:
        walks += [walked(SUNDAY - n * DAY, at=4) for n in (6, 4, 3)]
    if "after_red" in lines:
        walks.append(walked(SUNDAY - 2 * DAY, Kind.WARM_UP, 3, at=4, pain=5))
    if "after_fall" in lines:
        walks.append(walked(SUNDAY - 2 * DAY, Kind.WARM_UP, 3, at=4, fall=True))
    if "how_are_the_knees" in lines:
        walks.append(walked(yesterday, at=4, next_pain=None, swelling=None))
    elif "walked_yesterday" in lines:
        walks.append(walked(yesterday, at=4))
    if "done_today" in lines:
        walks.append(walked(SUNDAY, Kind.WARM_UP, 3, at=4))
    locked = Screening(mode=Mode.LOCKED, why=("chest",))
    return Person(
        standing=stands(4, SUNDAY),
        screening=locked if "screening_chest" in lines else OPEN,
        walks=walks,
        runs=[Run(day=SUNDAY + DAY, effort=RACE)] if "race_tomorrow" in lines else [],
        ran=frozenset([SUNDAY] if "ran_today" in lines else []),
        pauses=[Pause(first=SUNDAY, last=SUNDAY)] if "holiday" in lines else [],
    )


@pytest.mark.parametrize("n", range(len(LINES)))
def test_the_first_line_that_holds_decides(n: int) -> None:
    """Red when: two lines of TODAY change places."""
    assert first_reason(advise(held_back_by(LINES[n:]), SUNDAY)) == LINES[n]


@pytest.mark.parametrize("line", LINES)
def test_each_line_holds_also_alone(line: str) -> None:
    advice = advise(held_back_by([line]), SUNDAY)
    assert keys(advice) == [line]
    assert advice.minutes is None
    assert not advice.is_due


def test_whom_nothing_holds_back_walks() -> None:
    assert len(LINES) == len(TODAY)
    advice = advise(held_back_by([]), SUNDAY)
    assert (advice.kind, advice.is_due) == (Kinds.DEDICATED, True)
    assert advice.minutes == 8  # 10, but nobody has walked since the level began two weeks ago
    assert advice.from_day == SUNDAY
    assert advice.changes


def test_what_locks_is_told_key_by_key_with_what_would_change_it() -> None:
    locked = Screening(mode=Mode.LOCKED, why=("chest", "nerves"))
    advice = advise(ready(4, screening=locked), THURSDAY)
    assert advice.kind is Kinds.LOCKED
    assert keys(advice) == ["screening_chest", "screening_nerves"]
    assert [each.key for each in advice.changes] == ["answer_screening"]


@pytest.mark.parametrize("is_ill", [True, False])
def test_a_pause_is_rest_until_the_day_after_it(*, is_ill: bool) -> None:
    """Red when: the first or the last day of a holiday asks for a walk."""
    pause = Pause(first=THURSDAY, last=THURSDAY + 3 * DAY, is_ill=is_ill)
    person = ready(4, pauses=[pause])
    for n in range(4):
        advice = advise(person, THURSDAY + n * DAY)
        assert (advice.kind, keys(advice)) == (Kinds.REST, ["ill" if is_ill else "holiday"])
        assert advice.from_day == THURSDAY + 4 * DAY
    for outside in (THURSDAY - DAY, THURSDAY + 4 * DAY):
        assert not {"ill", "holiday"} & set(keys(advise(person, outside)))


@pytest.mark.parametrize(
    "said", [{"pain": 5}, {"next_pain": 2}, {"swelling": True}, {"fall": True}], ids=str
)
def test_after_red_or_a_fall_are_48_hours_off(said: dict[str, Any]) -> None:
    """Red when: the second day after it asks for a walk."""
    person = ready(4, walks=[walked(THURSDAY, at=4, **said)])
    for n in range(3):
        advice = advise(person, THURSDAY + n * DAY)
        assert (advice.kind, advice.from_day) == (Kinds.REST, THURSDAY + 3 * DAY)
    assert advise(person, THURSDAY + 3 * DAY).walk is not None


@pytest.mark.parametrize("kind", MAINS)
def test_the_morning_after_a_walk_is_asked_about_once(kind: Kind) -> None:
    """Red when: somebody is asked a second day, or after they have answered."""
    silent = ready(4, walks=[walked(THURSDAY, kind, at=4, next_pain=None, swelling=None)])
    assert advise(silent, THURSDAY + DAY).kind is Kinds.CHECK_IN
    assert advise(silent, THURSDAY + 2 * DAY).kind is not Kinds.CHECK_IN
    assert advise(silent, THURSDAY).kind is not Kinds.CHECK_IN
    answers: tuple[dict[str, Any], ...] = ({"next_pain": 0}, {"swelling": True})
    for said in answers:
        answered = ready(4, walks=[walked(THURSDAY, kind, at=4, **said)])
        assert advise(answered, THURSDAY + DAY).kind is not Kinds.CHECK_IN


@pytest.mark.parametrize("kind", [Kind.WARM_UP, Kind.COOL_DOWN])
def test_an_unanswered_warm_up_does_not_cost_the_next_day_its_walk(kind: Kind) -> None:
    """Red when: who skips the question is asked instead of walking, after every run they make.

    The check-in can be skipped, and no answer holds the dose where it is (4.3), not the walk.
    """
    walks = [
        walked(THURSDAY - 3 * DAY, minutes=11, at=4),
        walked(THURSDAY - DAY, kind, 3, at=4, next_pain=None, swelling=None),
    ]
    assert advise(running(4, says=NO, walks=walks), THURSDAY).walk is Kind.DEDICATED


# Fit around running (5.3)

NO_HILL: Final = Kinds.DEDICATED
AROUND: Final[list[tuple[list[tuple[int, RunEffort]], Kinds, float | None]]] = [
    ([], Kinds.HILL, 10),
    ([(1, EASY)], Kinds.HILL, 10),
    ([(-1, EASY)], Kinds.HILL, 10),
    ([(1, HARD)], NO_HILL, 7.5),
    ([(2, HARD)], Kinds.HILL, 10),
    ([(1, LONG)], NO_HILL, 7.5),
    ([(2, LONG)], NO_HILL, 15),
    ([(3, LONG)], Kinds.HILL, 10),
    ([(-1, HARD)], NO_HILL, 10.5),
    ([(-1, LONG)], NO_HILL, 10.5),
    ([(-2, HARD)], Kinds.HILL, 10),
    ([(-2, LONG)], Kinds.HILL, 10),
    ([(-1, HARD), (1, HARD)], NO_HILL, 7.5),
    ([(1, RACE)], Kinds.REST, None),
    ([(2, RACE)], NO_HILL, 7.5),
    ([(4, RACE)], NO_HILL, 7.5),
    ([(5, RACE)], Kinds.HILL, 5),
    ([(7, RACE)], Kinds.HILL, 5),
    ([(8, RACE)], Kinds.HILL, 10),
]
"""Runs by their days from today; what today asks of a level 6 that has its hill still to walk."""


@pytest.mark.parametrize(("runs", "kind", "minutes"), AROUND, ids=str)
def test_each_line_of_fit_around_running(
    runs: list[tuple[int, RunEffort]], kind: Kinds, minutes: float | None
) -> None:
    """Red when: a share or a distance of 5.3 changes."""
    person = ready(6, runs=[Run(day=THURSDAY + n * DAY, effort=effort) for n, effort in runs])
    person = replace(person, walks=[walked(THURSDAY - 9 * DAY, Kind.BENCHMARK, 6), *person.walks])
    advice = advise(person, THURSDAY)
    assert (advice.kind, advice.minutes) == (kind, minutes)


RACES: Final = [
    (5, 2, 2),
    (10, 2, 2),
    (21.0975, 4, 4),
    (42.195, 7, 10),
    (100, 7, 14),
    (None, 2, 10),
]
"""Kilometres, and the fewest and the most days of rest after them."""


@pytest.mark.parametrize(("km", "least", "most"), RACES)
def test_after_a_race_is_rest_as_long_as_it_was(km: float | None, least: int, most: int) -> None:
    """Red when: a half marathon is rested for like 10 km."""
    race = Run(day=THURSDAY, effort=RACE, distance_km=km)
    person = ready(6, THURSDAY - DAY, runs=[race], standing=stands(6, THURSDAY, 40))
    rest = 1
    while keys(advice := advise(person, THURSDAY + rest * DAY)) == ["after_race"]:
        assert advice.from_day is not None
        rest += 1
    assert least <= rest - 1 <= most
    assert "after_race" in keys(advise(person, THURSDAY))
    assert advise(person, THURSDAY).from_day == THURSDAY + rest * DAY


def test_a_short_race_does_not_end_the_rest_after_a_long_one() -> None:
    """Red when: only the last race counts."""
    marathon = Run(day=THURSDAY, effort=RACE, distance_km=42.195)
    fun = Run(day=THURSDAY + 3 * DAY, effort=RACE, distance_km=5)
    person = ready(6, THURSDAY - DAY, runs=[marathon])
    for n in (6, 7):
        assert advise(person, THURSDAY + n * DAY).kind is Kinds.REST
        both = replace(person, runs=[marathon, fun])
        assert advise(both, THURSDAY + n * DAY).kind is Kinds.REST


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("kind", MAINS)
def test_up_to_level_6_nobody_walks_two_days_in_a_row(number: int, kind: Kind) -> None:
    """Red when: every other day is for some only (V61), on whichever day of the week."""
    for n in range(7):
        person = ready(number, walks=[walked(SUNDAY + (n - 1) * DAY, kind, 10, at=number)])
        person = replace(person, standing=stands(number, SUNDAY))
        advice = advise(person, SUNDAY + n * DAY)
        assert (advice.kind, keys(advice)) == (Kinds.REST, ["walked_yesterday"])


@pytest.mark.parametrize("number", [7, 8])
@pytest.mark.parametrize("yesterday", MAINS)
def test_from_level_7_on_only_flat_follows_flat(number: int, yesterday: Kind) -> None:
    """Red when: a flat walk follows a hill, or a hill a flat walk or a benchmark (5.3)."""
    for n in range(7):
        for tuesday in ([], [walked(MONDAY, at=number, minutes=20)]):
            day = MONDAY + n * DAY
            walks = [each for each in tuesday if each.day < day - DAY]
            walks.append(walked(day - DAY, yesterday, 18, at=number))
            advice = advise(ready(number, day, walks=walks), day)
            assert advice.kind is not Kinds.HILL
            if yesterday is Kind.HILL:
                assert advice.kind is Kinds.REST


def test_from_level_7_on_a_short_week_may_have_flat_after_flat() -> None:
    """Red when: two days in a row are never asked for."""
    walks = [walked(SUNDAY - 9 * DAY, Kind.BENCHMARK, 6, at=7), walked(SUNDAY - DAY, at=7)]
    assert advise(ready(7, SUNDAY, walks=walks), SUNDAY).kind is Kinds.DEDICATED


def test_one_hill_a_week_after_a_flat_walk() -> None:
    """Red when: a week has two hills, or begins with one."""
    benchmark = walked(THURSDAY - 9 * DAY, Kind.BENCHMARK, 6)
    flat, hill = walked(THURSDAY - 3 * DAY), walked(THURSDAY - 2 * DAY, Kind.HILL, 11)
    for walks, kind in (
        ([benchmark], Kinds.DEDICATED),
        ([benchmark, flat], Kinds.HILL),
        ([benchmark, flat, hill], Kinds.DEDICATED),
    ):
        assert advise(ready(6, walks=walks), THURSDAY).kind is kind


# A running day


def running(number: int, day: date = THURSDAY, says: RunningDay = YES, **more: Any) -> Person:
    return ready(number, day, has_running_source=True, running={day: says}, **more)


BEFORE_AND_AFTER: Final = [
    (1, None, None),
    (2, (2, 2), (2, 2)),
    (3, (3, 3), (3, 3)),
    (4, (3, 4), (3, 5)),
    *((number, (4, 5), (5, 5)) for number in (5, 6, 7, 8)),
]
"""Level, minutes of the warm-up, minutes of the cool-down (5.2)."""


@pytest.mark.parametrize(("number", "before", "after"), BEFORE_AND_AFTER)
def test_a_running_day_has_a_warm_up_and_after_an_easy_run_a_cool_down(
    number: int, before: tuple[float, float] | None, after: tuple[float, float] | None
) -> None:
    """Red when: level 1 is offered one, or a running day has a walk of the level."""
    easy = Run(day=THURSDAY, effort=EASY)
    for person, kind, band in (
        (running(number), Kinds.WARM_UP, before),
        (running(number, runs=[easy]), Kinds.COOL_DOWN, after),
        (ready(number, runs=[easy]), Kinds.COOL_DOWN, after),
    ):
        advice = advise(person, THURSDAY)
        if band is None:
            assert (advice.kind, keys(advice)) == (Kinds.REST, ["running_day_too_early"])
        else:
            assert advice.kind is kind
            assert advice.minutes is not None
            assert band[0] <= advice.minutes <= band[1]


@pytest.mark.parametrize("effort", [LONG, RACE])
def test_nothing_backward_follows_a_long_run_or_a_race(effort: RunEffort) -> None:
    """Red when: tired legs are asked to walk backward (5.2)."""
    advice = advise(running(6, runs=[Run(day=THURSDAY, effort=effort)]), THURSDAY)
    assert (advice.kind, keys(advice)) == (Kinds.REST, [f"after_{effort}"])


def test_after_a_hard_run_is_a_cool_down_at_most() -> None:
    advice = advise(running(6, runs=[Run(day=THURSDAY, effort=HARD)]), THURSDAY)
    assert advice.kind in (Kinds.REST, Kinds.COOL_DOWN)


def test_who_has_run_nobody_knows_how_is_asked_for_nothing() -> None:
    """Red when: a last-run sensor proposes what it can only cancel."""
    advice = advise(ready(6, ran=frozenset([THURSDAY])), THURSDAY)
    assert (advice.kind, keys(advice)) == (Kinds.REST, ["ran_today"])


def test_three_add_ons_a_week_are_enough() -> None:
    """Red when: a fourth warm-up is offered in a week, or none in the next."""
    add_ons = [walked(THURSDAY - n * DAY, Kind.WARM_UP, 4) for n in (3, 2)]
    assert advise(running(6, walks=add_ons), THURSDAY).kind is Kinds.WARM_UP
    add_ons.append(walked(THURSDAY - DAY, Kind.COOL_DOWN, 5))
    assert keys(advise(running(6, walks=add_ons), THURSDAY)) == ["enough_add_ons"]
    assert advise(running(6, MONDAY, walks=add_ons), MONDAY).kind is Kinds.WARM_UP


def test_no_source_is_no_running_day_and_is_due() -> None:
    advice = advise(ready(4), THURSDAY)
    assert advice.is_due
    assert "running_day_unknown" not in keys(advice)
    assert "running_day_unknown" not in keys(advise(running(4, says=NO), THURSDAY))
    assert advise(running(4, says=NO), THURSDAY).is_due


def test_a_day_that_no_source_knows_is_proposed_but_never_due() -> None:
    """Red when: a silent calendar nags."""
    for person in (running(4, says=UNKNOWN), ready(4, has_running_source=True)):
        advice = advise(person, THURSDAY)
        assert (advice.kind, advice.is_due) == (Kinds.DEDICATED, False)
        assert "running_day_unknown" in keys(advice)


def test_screening_that_is_due_is_told_and_takes_no_walk_away() -> None:
    due = Screening(mode=Mode.OPEN, is_due=True)
    advice = advise(ready(4, screening=due), THURSDAY)
    assert advice.walk is Kind.DEDICATED
    assert "screening_due" in keys(advice)
    assert "screening_due" not in keys(advise(ready(4), THURSDAY))


# What the week needs


@LEVELS
@pytest.mark.parametrize("first_weekday", [0, 3, 6])
def test_a_week_is_done_with_its_sessions(row: Level, first_weekday: int) -> None:
    """Red when: a session more is asked for, or the week begins on another day."""
    most = int(row.sessions_per_week.high)
    begins = MONDAY + first_weekday * DAY
    walks = [walked(begins + 2 * n * DAY, at=row.number) for n in range(most)]
    person = ready(row.number, walks=walks, first_weekday=first_weekday)
    person = replace(person, standing=stands(row.number, begins))
    done = advise(person, begins + 6 * DAY)
    assert (done.kind, keys(done)) == (Kinds.REST, ["week_done"])
    assert done.from_day == begins + 7 * DAY
    assert advise(person, begins + 7 * DAY).walk is not None
    few = replace(person, walks=walks[:-1])
    assert advise(few, begins + 6 * DAY).walk is not None


def test_a_goal_that_is_met_ends_a_week_that_has_its_sessions() -> None:
    """Red when: 99 % are enough, or the goal alone is."""
    walks = [walked(THURSDAY - n * DAY, minutes=10, at=2) for n in (3, 2)]
    for goal, rests in ((20, True), (20.1, False), (0, False)):
        person = ready(2, walks=walks, weekly_goal=goal)
        advice = advise(person, THURSDAY)
        assert (keys(advice) == ["goal_met"]) is rests
    one = ready(2, walks=walks[1:], weekly_goal=10)
    assert advise(one, THURSDAY).walk is not None


def test_what_is_left_of_the_goal_is_told() -> None:
    person = ready(4, weekly_goal=30)
    reason = next(each for each in advise(person, THURSDAY).reasons if each.key == "goal_left")
    assert reason.figures == {"minutes": 14}
    assert "goal_left" not in keys(advise(replace(person, weekly_goal=16), THURSDAY))


def test_the_sessions_a_week_needs_and_the_end_of_the_week_agree() -> None:
    """Red when: a benchmark ends the week as a session and is not counted as one before."""
    walks = [
        walked(THURSDAY - 3 * DAY, Kind.BENCHMARK, 6, at=4),
        walked(THURSDAY - 2 * DAY, minutes=11, at=4),
    ]
    reason = advise(ready(4, walks=walks), THURSDAY).reasons[0]
    assert (reason.key, reason.figures) == ("week_needs", {"sessions": 1})


def test_nobody_is_led_beyond_90_minutes_a_week() -> None:
    """Red when: the ceiling of 5.4 is one minute higher, or add-ons do not count."""
    for minutes, walks_on in ((74, True), (74.5, False)):
        walks = [walked(THURSDAY - 2 * DAY, minutes=minutes)]
        walks.insert(0, walked(THURSDAY - 10 * DAY, Kind.BENCHMARK, 6))
        walks.insert(1, walked(THURSDAY - 3 * DAY, Kind.HILL, 0))
        advice = advise(ready(6, walks=walks), THURSDAY)
        assert (advice.walk is not None) is walks_on
        if not walks_on:
            assert keys(advice) == ["most_a_week"]


SHORTENED: Final = [
    ({}, 10, ""),
    ({"easy": 2}, 8, "easy_sessions"),
    ({"easy": 1}, 8, "easy_sessions"),
    ({"block": THURSDAY - 21 * DAY}, 6.5, "lighter_week"),
    ({"block": THURSDAY - 20 * DAY}, 10, ""),
    ({"block": THURSDAY - 28 * DAY}, 10, ""),
    ({"block": THURSDAY - 21 * DAY, "easy": 1}, 6.5, "lighter_week"),
]


@pytest.mark.parametrize(("change", "minutes", "reason"), SHORTENED, ids=str)
def test_easy_sessions_and_lighter_weeks_shorten(
    change: dict[str, Any], minutes: float, reason: str
) -> None:
    """Red when: a step back is not 80 %, or a lighter week not 60 to 70 % (5.5)."""
    person = ready(4, standing=replace(stands(4, THURSDAY), **change))
    advice = advise(person, THURSDAY)
    assert (advice.kind, advice.minutes) == (Kinds.DEDICATED, minutes)
    assert reason == "" or reason in keys(advice)


def test_the_longest_walk_of_30_days_caps_the_next() -> None:
    """Red when: a session grows by more than two minutes, its slow start among them (4.3)."""
    short = ready(4, walks=[walked(THURSDAY - 2 * DAY, minutes=6, at=4)])
    assert advise(short, THURSDAY).minutes == 7


def test_without_a_walk_in_30_days_the_level_begins_low() -> None:
    row = level(8)
    dose = replace(stands(8, THURSDAY).dose, minutes=row.minutes.high)
    standing = replace(stands(8, THURSDAY, 90), dose=dose)
    advice = advise(ready(8, standing=standing, walks=[]), THURSDAY)
    assert advice.minutes is not None
    assert advice.minutes <= row.minutes.low


# Gaps


@LEVELS
@pytest.mark.parametrize("gap", [7, 8, 14, 15, 28, 29, 56, 57, 70, 400])
def test_after_a_gap_the_day_asks_for_what_5_5_gives(row: Level, gap: int) -> None:
    """Red when: a gap of more than eight weeks is not seen."""
    standing = replace(stands(row.number, THURSDAY, gap + 30), block=THURSDAY)
    person = ready(
        row.number, standing=standing, walks=[walked(THURSDAY - gap * DAY, at=row.number)]
    )
    back = [row.number, row.number - 1, row.number - 2][(gap > 14) + (gap > 28)]
    expected = max(1, back) if gap <= 56 else min(row.number, 2)
    advice = advise(person, THURSDAY)
    assert (advice.level, standing_on(person, THURSDAY).level) == (expected, expected)
    assert ("gap" in keys(advice)) == (gap > 7)
    if 8 <= gap <= 14:
        assert "easy_sessions" in keys(advice)


@pytest.mark.parametrize("gap", [20, 40, 56, 57, 60, 61, 90])
def test_the_walks_of_the_last_56_days_are_enough(gap: int) -> None:
    """Red when: who is away so long that no walk is left of them comes back at the full dose.

    So says Person; the caller keeps what is recent, and the last walk falls out of it.
    """
    walks = [walked(THURSDAY - n * DAY, minutes=25, at=8) for n in (gap + 4, gap + 2, gap)]
    whole = ready(8, standing=stands(8, THURSDAY, gap + 90), walks=walks)
    recent = replace(whole, walks=[each for each in walks if each.day >= THURSDAY - 56 * DAY])
    assert standing_on(recent, THURSDAY) == standing_on(whole, THURSDAY)
    assert advise(recent, THURSDAY).level == advise(whole, THURSDAY).level


def test_an_illness_makes_a_gap_a_week_longer() -> None:
    """Red when: a holiday does too, or an illness before the last walk."""
    for pause, number in (
        (Pause(first=THURSDAY - 5 * DAY, last=THURSDAY - DAY, is_ill=True), 5),
        (Pause(first=THURSDAY - 5 * DAY, last=THURSDAY - DAY), 6),
        (Pause(first=THURSDAY - 30 * DAY, last=THURSDAY - 20 * DAY, is_ill=True), 6),
    ):
        walks = [walked(THURSDAY - 10 * DAY)]
        person = ready(6, walks=walks, pauses=[pause], standing=stands(6, THURSDAY, 40))
        assert advise(person, THURSDAY).level == number


# Benchmarks


@LEVELS
def test_a_benchmark_is_due_every_28_days_from_level_4_on(row: Level) -> None:
    """Red when: a benchmark falls into a lighter week, or comes twice a month."""
    for ago, is_due in ((None, True), (27, False), (28, True)):
        walks = [walked(THURSDAY - 2 * DAY, at=row.number, minutes=row.minutes.high)]
        if ago is not None:
            walks.insert(0, walked(THURSDAY - ago * DAY, Kind.BENCHMARK, 6, at=row.number))
        standing = stands(row.number, THURSDAY, 15)
        person = ready(row.number, standing=standing, walks=walks)
        advice = advise(person, THURSDAY)
        assert (advice.kind is Kinds.BENCHMARK) == (is_due and row.number >= 4)
        light = replace(person, standing=replace(standing, block=THURSDAY - 21 * DAY))
        assert advise(light, THURSDAY).kind is not Kinds.BENCHMARK


@pytest.mark.parametrize("longest", [2, 3])
def test_no_benchmark_is_longer_than_the_longest_allows(longest: float) -> None:
    """Red when: a month of nothing but warm-ups is followed by six minutes (4.3: two more)."""
    walks = [walked(THURSDAY - n * DAY, Kind.WARM_UP, longest, at=4) for n in (8, 5, 2)]
    person = ready(4, standing=stands(4, THURSDAY, 40), walks=walks)
    person = replace(person, standing=replace(person.standing, block=THURSDAY))
    advice = advise(person, THURSDAY)
    assert advice.walk is not None
    assert advice.minutes is not None
    assert advice.minutes + extra(advice.walk) <= longest + 2


# Who is restricted


@LEVELS
@pytest.mark.parametrize("is_at_top", [False, True])
def test_what_a_restricted_runner_is_advised_they_may_walk(row: Level, *, is_at_top: bool) -> None:
    """Red when: who is restricted after level 6 is advised minutes that their plan refuses.

    Flat, on the rails, level 4 at most (4.4).
    """
    restricted = Screening(mode=Mode.RESTRICTED, why=("knee",))
    person = ready(row.number, screening=restricted)
    if is_at_top:
        dose = replace(person.standing.dose, minutes=row.minutes.high)
        person = replace(person, standing=replace(person.standing, dose=dose))
    advice = advise(person, THURSDAY)
    assert advice.kind is Kinds.DEDICATED
    standing = standing_on(person, THURSDAY)
    make_plan(
        Kind.DEDICATED,
        standing.row,
        standing.dose,
        Surface.TREADMILL,
        minutes=advice.minutes,
        mode=Mode.RESTRICTED,
    )
    asked = minutes_today(person, THURSDAY, Kind.DEDICATED)
    make_plan(
        Kind.DEDICATED,
        standing.row,
        standing.dose,
        Surface.TREADMILL,
        minutes=asked,
        mode=Mode.RESTRICTED,
    )


# By its kind alone


@LEVELS
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("week", [10.0, 90.0])
def test_the_minutes_of_a_kind_are_those_that_its_plan_takes(
    row: Level, kind: Kind, week: float
) -> None:
    """Red when: a full week makes a benchmark of two minutes."""
    walks = [walked(THURSDAY - 2 * DAY, minutes=week, at=row.number)]
    person = ready(row.number, walks=walks)
    minutes = minutes_today(person, THURSDAY, kind)
    assert (minutes is None) == (minutes_band(kind, row) is None)
    if minutes is not None:
        make_plan(kind, row, person.standing.dose, Surface.LANE, minutes=minutes)


@LEVELS
def test_the_minutes_of_a_kind_are_those_of_advice(row: Level) -> None:
    for person in (ready(row.number), running(row.number)):
        advice = advise(person, THURSDAY)
        if advice.walk is not None:
            assert minutes_today(person, THURSDAY, advice.walk) == advice.minutes


# The days ahead


def test_two_weeks_are_looked_ahead_day_by_day() -> None:
    """Red when: a day is left out, or two sessions are proposed for two days in a row."""
    coming = ahead(ready(4), THURSDAY)
    assert [each.day for each in coming] == [THURSDAY + n * DAY for n in range(14)]
    mains = [each.day for each in coming if each.walk in MAINS]
    assert len(mains) >= 5
    assert all((b - a).days >= 2 for a, b in pairwise(mains))
    assert Kinds.CHECK_IN not in {each.kind for each in coming}


@LEVELS
def test_no_week_ahead_has_more_sessions_than_its_level(row: Level) -> None:
    coming = ahead(ready(row.number, MONDAY, walks=[]), MONDAY)
    for week in (coming[:7], coming[7:]):
        sessions = [each for each in week if each.walk in MAINS]
        assert row.sessions_per_week.low <= len(sessions) <= row.sessions_per_week.high
        assert sum(each.kind is Kinds.HILL for each in week) == (row.hill is not None)


def test_the_first_day_ahead_is_today() -> None:
    for person in (ready(4), running(4), ready(4, pauses=[Pause(first=THURSDAY, last=THURSDAY)])):
        assert ahead(person, THURSDAY)[0] == advise(person, THURSDAY)


def test_days_that_no_source_knows_are_never_due_ahead() -> None:
    """Red when: one proposal for an unknown day keeps the next days free."""
    coming = ahead(ready(4, has_running_source=True), THURSDAY)
    assert not any(each.is_due for each in coming)
    assert all(each.walk is not None for each in coming)


def test_add_ons_ahead_count_as_walked() -> None:
    """Red when: seven warm-ups are proposed for a week of runs (5.2: three)."""
    runs = {MONDAY + n * DAY: YES for n in range(14)}
    person = running(4, MONDAY)
    coming = ahead(replace(person, running=runs, walks=[]), MONDAY)
    for week in (coming[:7], coming[7:]):
        assert sum(each.kind is Kinds.WARM_UP for each in week) == 3


def test_known_running_days_ahead_have_nothing_but_add_ons() -> None:
    runs = {THURSDAY + n * DAY: YES if n % 2 else NO for n in range(14)}
    coming = ahead(ready(6, has_running_source=True, running=runs), THURSDAY)
    for n, advice in enumerate(coming):
        if n % 2:
            assert advice.kind in (*ADD_ONS, Kinds.REST)
    assert any(each.walk in MAINS for each in coming)


def test_ahead_of_a_gap_the_level_stays_where_the_gap_has_led() -> None:
    """Red when: the first proposed walk gives back the level that a gap took (5.5: never up)."""
    away = ready(8, walks=[walked(THURSDAY - 40 * DAY, minutes=25, at=8)])
    away = replace(away, standing=stands(8, THURSDAY, 90))
    assert {each.level for each in ahead(away, THURSDAY)} == {6}


def test_ahead_of_a_step_back_two_sessions_are_easy_and_no_more() -> None:
    """Red when: each session of two weeks is one of the two easy ones."""
    easy = ready(4, standing=replace(stands(4, THURSDAY), easy=2))
    sessions = [each for each in ahead(easy, THURSDAY) if each.walk in MAINS]
    assert ["easy_sessions" in keys(each) for each in sessions[:4]] == [True, True, False, False]


# Whoever it is

RUNS: Final = st.builds(
    Run,
    day=st.integers(-12, 16).map(lambda n: THURSDAY + n * DAY),
    effort=st.sampled_from(RunEffort),
    distance_km=st.none() | st.floats(1, 100),
)
FEEDBACK: Final = st.just(GOOD) | st.builds(
    Feedback,
    effort=st.none() | st.integers(0, 10),
    pain=st.none() | st.integers(0, 5),
    next_pain=st.none() | st.integers(0, 3),
    fall=st.none() | st.just(False),
    swelling=st.none() | st.booleans(),
)


@st.composite
def doses(draw: st.DrawFn, row: Level) -> Dose:
    """Draw any dose that steps inside a row lead to."""

    def within(band: Band, step: float) -> float:
        steps = int(round((band.high - band.low) / step, 6))
        return round(band.low + step * draw(st.integers(0, steps)), 1)

    hill = row.hill
    return Dose(
        minutes=within(row.minutes, 1),
        hill_minutes=within(hill.minutes, 1) if hill else None,
        speed_kmh=within(row.speed_kmh, 0.2),
        hill_speed_kmh=within(hill.speed_kmh, 0.2) if hill else None,
        grade_percent=within(hill.grade_percent, 1) if hill else 0,
        hands=row.hands,
    )


@st.composite
def people(draw: st.DrawFn, *, modes: tuple[Mode, ...] = (Mode.OPEN,)) -> Person:
    """Draw anybody that a life with this coach may have made."""
    number = draw(st.integers(FIRST, LAST))
    ago = st.integers(0, 70).map(lambda n: THURSDAY - n * DAY)
    kinds = [kind for kind in Kind if minutes_band(kind, level(number))]
    walks = draw(
        st.lists(
            st.builds(
                walked,
                ago,
                st.sampled_from([*kinds, Kind.DEDICATED]),
                st.floats(0, 26).map(lambda each: round(each, 1)),
                at=st.just(number),
                feedback=FEEDBACK,
            ),
            max_size=8,
        )
    )
    pauses = st.builds(
        lambda first, length, is_ill: Pause(first=first, last=first + length * DAY, is_ill=is_ill),
        st.integers(-20, 10).map(lambda n: THURSDAY + n * DAY),
        st.integers(0, 6),
        st.booleans(),
    )
    says = st.sampled_from([YES, NO, UNKNOWN])
    return Person(
        standing=Standing(
            level=number,
            dose=draw(doses(level(number))),
            since=draw(ago),
            block=draw(ago),
            easy=draw(st.integers(0, 2)),
        ),
        screening=Screening(mode=draw(st.sampled_from(modes)), why=("knee",)),
        walks=sorted(walks, key=lambda each: each.day),
        runs=sorted(draw(st.lists(RUNS, max_size=3)), key=lambda each: each.day),
        running={
            THURSDAY + n * DAY: draw(says) for n in draw(st.sets(st.integers(0, 13), max_size=5))
        },
        has_running_source=draw(st.booleans()),
        ran=frozenset([THURSDAY] if draw(st.integers(0, 5)) == 0 else []),
        pauses=draw(st.lists(pauses, max_size=1)),
        first_weekday=draw(st.integers(0, 6)),
        weekly_goal=draw(st.integers(10, 90)),
        usual_pain=draw(st.integers(0, 2)),
    )


def extra(kind: Kind) -> float:
    """Return the minutes of the slow start that a plan has beside its main part."""
    return 0 if kind in (Kind.WARM_UP, Kind.COOL_DOWN) else 1


@given(people(modes=tuple(Mode)))
def test_the_same_gives_the_same(person: Person) -> None:
    """Red when: advice remembers, or changes what it was asked with."""
    once, far = advise(person, THURSDAY), ahead(person, THURSDAY)
    assert ahead(replace(person, walks=tuple(person.walks)), THURSDAY) == far
    assert advise(person, THURSDAY) == once


@given(people(), st.sampled_from(Surface))
def test_no_advice_is_one_that_its_plan_refuses(person: Person, surface: Surface) -> None:
    """Red when: a cut walk is shorter than a plan may be, or a kind is not open."""
    for day in (THURSDAY, THURSDAY + DAY, THURSDAY + 5 * DAY):
        advice, standing = advise(person, day), standing_on(person, day)
        assert advice.level == standing.level
        if advice.walk is not None:
            plan = make_plan(
                advice.walk, standing.row, standing.dose, surface, minutes=advice.minutes
            )
            assert plan.backward.total_seconds() / 60 == pytest.approx(
                (advice.minutes or 0) + extra(advice.walk)
            )


@given(people(modes=(Mode.RESTRICTED,)))
def test_no_advice_is_one_that_a_restricted_plan_refuses(person: Person) -> None:
    """Red when: a restricted runner is advised a hill, a level above 4 or its minutes."""
    advice, standing = advise(person, THURSDAY), standing_on(person, THURSDAY)
    if advice.walk is not None:
        make_plan(
            advice.walk,
            standing.row,
            standing.dose,
            Surface.TREADMILL,
            minutes=advice.minutes,
            mode=Mode.RESTRICTED,
        )


@given(people())
def test_no_advice_is_longer_than_the_longest_allows(person: Person) -> None:
    """Red when: a kind is left out of the cap of 4.3; two minutes are the least of any plan."""
    advice = advise(person, THURSDAY)
    most = most_minutes(person.walks, THURSDAY)
    if advice.walk is not None and advice.minutes is not None and most is not None:
        assert advice.minutes + extra(advice.walk) <= max(most + 1e-9, 2 + extra(advice.walk))


@given(people())
def test_no_advice_leads_a_week_beyond_90_minutes(person: Person) -> None:
    advice = advise(person, THURSDAY)
    if advice.walk is not None and advice.minutes is not None:
        first = THURSDAY - ((THURSDAY.weekday() - person.first_weekday) % 7) * DAY
        week = sum(each.minutes for each in person.walks if each.day >= first)
        assert week + advice.minutes + extra(advice.walk) <= 90 + 1e-9


@given(people(modes=tuple(Mode)))
def test_a_running_day_has_nothing_but_add_ons_and_an_unknown_one_is_never_due(
    person: Person,
) -> None:
    """Red when: a walk of the level is proposed for a day with a run, or guesswork nags."""
    for advice in ahead(person, THURSDAY):
        match person.runs_on(advice.day):
            case RunningDay.YES:
                assert advice.kind in (*ADD_ONS, Kinds.REST, Kinds.LOCKED)
            case RunningDay.UNKNOWN:
                assert not advice.is_due


@given(people(modes=tuple(Mode)))
def test_who_is_locked_away_or_in_red_walks_nothing(person: Person) -> None:
    """Red when: any line comes before these three."""
    advice = advise(person, THURSDAY)
    red = any(
        (THURSDAY - each.day).days <= 2 and each.feedback.light(person.usual_pain) == "red"
        for each in person.walks
    )
    if person.screening.mode is Mode.LOCKED:
        assert advice.kind is Kinds.LOCKED
    elif red or person.pause(THURSDAY):
        assert advice.kind is Kinds.REST


@given(people(modes=tuple(Mode)))
def test_every_advice_has_its_reason(person: Person) -> None:
    """Red when: advice comes without a why (promise 4), or is due without a walk."""
    for advice in ahead(person, THURSDAY):
        assert advice.reasons
        assert (advice.minutes is None) == (advice.walk is None)
        if advice.is_due:
            assert advice.walk is not None
        if advice.kind is Kinds.REST:
            assert advice.from_day is None or advice.from_day > advice.day


@given(people(), st.data())
def test_advice_of_a_day_knows_nothing_of_later_walks(person: Person, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 20))
    later = replace(person, walks=[*person.walks, walked(THURSDAY + n * DAY)])
    assert advise(later, THURSDAY) == advise(person, THURSDAY)


# A regular life


def test_a_regular_runner_climbs_as_the_issue_promises() -> None:
    """Red when: three green walks a week do not lead to level 4 in week 5 or 6, or to 8 too early.

    Day 1 is the first one.
    """
    standing, walks, reached = Standing.begin(1, MONDAY), list[Walk](), dict[int, int]()
    for n in range(26 * 7):
        day = MONDAY + n * DAY
        person = Person(standing=standing, screening=OPEN, walks=walks[-40:], weekly_goal=30)
        reached.setdefault(standing.level, n + 1)
        advice = advise(person, day)
        if day.weekday() in (0, 2, 4) and advice.is_due and advice.walk and advice.minutes:
            before = standing_on(person, day)
            walk = walked(day, advice.walk, advice.minutes + extra(advice.walk), at=before.level)
            standing = decide(before, walk, walks).standing
            walks.append(walk)
    assert 29 <= reached[4] <= 42
    assert reached[8] >= 85


# Written and read


@given(RUNS)
def test_what_was_written_and_read_is_the_same_run(run: Run) -> None:
    assert Run.from_dict(json.loads(json.dumps(run.as_dict()))) == run


@pytest.mark.parametrize(
    "damage",
    [
        {"day": "soon"},
        {"day": None},
        {"effort": "lazy"},
        {"effort": None},
        {"distance_km": "far"},
        {"distance_km": []},
    ],
    ids=str,
)
def test_a_damaged_run_is_refused(damage: dict[str, Any]) -> None:
    data = Run(day=THURSDAY, effort=EASY, distance_km=8).as_dict()
    with pytest.raises((KeyError, TypeError, ValueError)):
        Run.from_dict(data | damage)
    for name in data:
        with pytest.raises(KeyError):
            Run.from_dict({each: data[each] for each in data if each != name})
