"""The ladder is the one that docs/training.md shows to owners, cell by cell, tag by tag."""

from collections.abc import Callable, Iterator
import dataclasses
import itertools
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.retrowalk.coach import (
    day,
    energy,
    feedback,
    levels,
    limits,
    plan,
    progress,
    screening,
)
from custom_components.retrowalk.coach.levels import (
    FIRST,
    LADDER,
    LAST,
    Band,
    Bouts,
    Figure,
    Hands,
    Hill,
    Level,
    first_dose,
    level,
)
from custom_components.retrowalk.coach.plan import Kind, opens_at
from custom_components.retrowalk.coach.screening import Mode

DOCS = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")

type Cell = Callable[[Level], object]


def of_hill(cell: Callable[[Hill], object]) -> Cell:
    return lambda row: cell(row.hill) if row.hill else None


def of_bouts(cell: Callable[[Bouts], object]) -> Cell:
    return lambda row: cell(row.bouts) if row.bouts else None


TABLES: dict[str, dict[str, Cell]] = {
    "Flat sessions": {
        "Name": lambda row: row.key.replace("_", " ").capitalize(),
        "Minutes": lambda row: row.minutes,
        "Bouts": of_bouts(lambda bouts: bouts.count),
        "Each (s)": of_bouts(lambda bouts: bouts.length_s),
        "Rest (s)": of_bouts(lambda bouts: bouts.rest_s),
        "In one go from (min)": lambda row: row.continuous_from,
        "Speed (km/h)": lambda row: row.speed_kmh,
        "Hands": lambda row: row.hands,
        "Effort at most": lambda row: row.rpe_max,
    },
    "Hill sessions": {
        "Minutes": of_hill(lambda hill: hill.minutes),
        "Bouts": of_hill(lambda hill: hill.bouts.count),
        "Each (s)": of_hill(lambda hill: hill.bouts.length_s),
        "Rest (s)": of_hill(lambda hill: hill.bouts.rest_s),
        "Speed (km/h)": of_hill(lambda hill: hill.speed_kmh),
        "Grade (%)": of_hill(lambda hill: hill.grade_percent),
        "Hands": of_hill(lambda hill: hill.hands),
        "Effort at most": of_hill(lambda hill: hill.rpe_max),
    },
    "Before and after a run": {
        "Warm-up (min)": lambda row: row.warm_up_minutes,
        "Cool-down (min)": lambda row: row.cool_down_minutes,
    },
    "Your week": {
        "Sessions a week": lambda row: row.sessions_per_week,
        "Minutes a week": lambda row: row.weekly_minutes,
        "Goal to begin with (min)": lambda row: row.weekly_goal,
        "Days to stay": lambda row: row.min_days,
        "Sessions to stay": lambda row: row.min_sessions,
        "METs flat": lambda row: row.mets,
        "METs hill": lambda row: row.hill_mets,
    },
}

CONSTANTS: dict[str, Figure | Band] = {
    "Fastest on the flat (km/h)": limits.FLAT_KMH,
    "Fastest on any slope (km/h)": limits.SLOPE_KMH,
    "Fastest with both hands on the rails (km/h)": limits.RAILS_KMH,
    "Fastest from the age below on (km/h)": limits.SENIOR_KMH,
    "Age from which the lower limits hold (years)": limits.SENIOR_FROM_AGE,
    "Steepest (%)": limits.GRADE_PERCENT,
    "Steepest from that age on (%)": limits.SENIOR_GRADE_PERCENT,
    "Slowest that easing goes (km/h)": limits.SLOWEST_KMH,
    "Weekly goal that can be set (min)": levels.GOAL_MINUTES,
    "Forward pace (km/h)": plan.FORWARD_KMH,
    "Warm-up pace, share of your flat pace": plan.WARM_UP_SHARE,
    "Cool-down pace, share of your flat pace": plan.COOL_DOWN_SHARE,
    "Slow start, share of the pace after it": plan.SLOW_START_SHARE,
    "Slow start, but not below (km/h)": plan.SLOWEST_START_KMH,
    "Slow start (s)": plan.SLOW_START_S,
    "Forward walk before and after a dedicated session or a benchmark (s)": plan.FRAME_S,
    "Forward walk before and after a hill session (s)": plan.HILL_FRAME_S,
    "Forward walk before a warm-up (s)": plan.WARM_UP_FRAME_S,
    "Forward walk before a cool-down (s)": plan.COOL_DOWN_FRAME_S,
    "A turn, usually (s)": plan.TURN_S,
    "Benchmark (min)": plan.BENCHMARK_MINUTES,
    "Benchmark pace (km/h)": plan.BENCHMARK_KMH,
    "Benchmark from level": plan.BENCHMARK_FROM_LEVEL,
    "Fewest minutes that can be asked for": plan.LEAST_MINUTES,
}
OF_THE_COACH: dict[str, Figure | Band] = {
    "Pain during a walk from which it is the same again": feedback.AMBER_PAIN,
    "Pain during a walk from which it is one step back": feedback.RED_PAIN,
    "So much more pain than usual the next morning is one step back": feedback.RED_RISE,
    "Soreness from which it is the same again": feedback.SORE_HOLD,
    "Soreness above this is one step back": feedback.SORE_RED,
    "Soreness for longer than this (hours) is one step back": feedback.SORE_HOURS,
    "Effort from which it is one step back": feedback.HARD_EFFORT,
    "Stumbles from which it is the same again": feedback.STUMBLES_HOLD,
    "A first step back: share of the minutes": progress.EASY_SHARE,
    "… for so many sessions": progress.EASY_SESSIONS,
    "A step back within so many days of another goes one level down": progress.FIRST_TIME_DAYS,
    "After a fall, sessions with both rails": progress.RAILS_SESSIONS,
    "Walks that hurt this often stop the training": progress.REDS,
    "… within so many days": progress.REDS_WITHIN_DAYS,
    "Share of a walk from which it is whole": progress.COMPLETE,
    "Share of a walk below which it is the same again": progress.TOO_SHORT,
    "Good sessions in a row before the next level": progress.GOOD_IN_A_ROW,
    "Hill sessions before the level after the first hills": progress.HILLS_BEFORE_MORE,
    "One step of minutes": progress.STEP_MINUTES,
    "One step of speed (km/h)": progress.STEP_KMH,
    "One step of grade (%)": progress.STEP_PERCENT,
    "A session is at most this share of the longest": progress.LONGER_SHARE,
    "… or so many minutes longer, whichever is more": progress.LONGER_MINUTES,
    "… of the last so many days": progress.LONGEST_WITHIN_DAYS,
    "Every so many weeks one is lighter": progress.DELOAD_EVERY_WEEKS,
    "Share of the minutes in a lighter week": progress.DELOAD_SHARE,
    "After a gap of more than eight weeks, the level at most": progress.AFTER_LONG_GAP_LEVEL,
    "An illness makes a gap longer by (days)": progress.ILL_ADDS_DAYS,
    "A warm-up or cool-down feels at most like (effort, 0 to 10)": progress.ADD_ON_EFFORT,
    "Days of rest after a walk that hurt": day.REST_AFTER_RED,
    "Days of rest after a fall": day.REST_AFTER_FALL,
    "No hill for so many days before a race": day.RACE_NO_HILL,
    "No walk for so many days before a race": day.RACE_REST_BEFORE,
    "A race shortens walks for so many days before": day.RACE_WEEK,
    "… to this share of the minutes": day.RACE_WEEK_SHARE,
    "Days of rest after a race of unknown length": day.REST_AFTER_UNKNOWN_RACE,
    "No hill for so many days before a long run": day.LONG_NO_HILL,
    "The day before a hard or long run: share of the minutes": day.HARD_TOMORROW_SHARE,
    "The day after one: share of the minutes": day.DAY_AFTER_SHARE,
    "Two days in a row from this level on": day.EVERY_DAY_FROM_LEVEL,
    "Warm-ups and cool-downs a week": day.ADD_ONS_A_WEEK,
    "Backward minutes a week at most": day.MOST_A_WEEK,
    "Days between two benchmarks": day.BENCHMARK_EVERY_DAYS,
    "Highest level on the flat with both rails": screening.RESTRICTED_LEVEL,
    "The questions are asked again after so many days": screening.AGAIN_AFTER_DAYS,
    "… or after so many days without a walk": screening.AGAIN_AFTER_GAP_DAYS,
    "Oxygen at rest, and of one MET (ml a kg and minute)": energy.RESTING_ML,
    "… for each metre a minute backward": energy.LEVEL_ML,
    "… for each metre a minute straight up": energy.CLIMB_ML,
    "More for whoever has never done it, share": energy.SKILL,
    "… which is gone after so many minutes": energy.SKILL_MINUTES,
    "Share with a hand that touches lightly": energy.LIGHT_HANDS,
    "Share with hands that grip the rails": energy.GRIPPING_HANDS,
    "METs at least": energy.LEAST_METS,
    "Known for speeds (km/h)": energy.SPEEDS_KMH,
    "Known for grades (%)": energy.GRADES_PERCENT,
    "Known for weights (kg)": energy.WEIGHTS_KG,
}


def table(section: str, *, nth: int = 0) -> list[dict[str, str]]:
    """Return a table of the document, the nth of its section, as one dict a row."""
    _, _, text = DOCS.partition(f"# {section}\n")
    text = re.split(r"^#", text, flags=re.MULTILINE)[0]
    lines = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)[nth].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def number(value: Figure | Band) -> str:
    """Write a number or a range as the document does."""
    if isinstance(value, Figure) or value.low == value.high:
        return f"{value.value if isinstance(value, Figure) else value.low:g}"
    return f"{value.low:g}–{value.high:g}"  # noqa: RUF001 - a range has a dash


def written(value: object) -> str:
    """Write a cell of the ladder as the document does."""
    match value:
        case None:
            return "–"  # noqa: RUF001
        case Hands():
            return value.value.replace("_", " ")
        case Figure() | Band():
            return f"{number(value)} <sup>{value.source}</sup>"
    return str(value)


def figures_in(value: object) -> Iterator[Figure | Band]:
    """Yield every sourced number inside a value, whatever field it hides in."""
    if isinstance(value, Figure | Band):
        yield value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from figures_in(getattr(value, each.name))


def constants() -> dict[str, Figure | Band]:
    """Return every sourced number that a module of the coach names."""
    return {
        name: value
        for module in (levels, limits, plan, feedback, progress, day, screening, energy)
        for name, value in vars(module).items()
        if isinstance(value, Figure | Band)
    }


def all_figures() -> list[Figure | Band]:
    return [*constants().values(), *(figure for row in LADDER for figure in figures_in(row))]


@pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")
@pytest.mark.parametrize("section", TABLES)
def test_each_level_is_as_the_document_shows_it(section: str, row: Level) -> None:
    """Red when: level 6 climbs from 3 %, or a source tag in levels.py changes."""
    shown = table(section)[row.number - 1]
    assert shown == {"Level": str(row.number)} | {
        column: written(cell(row)) for column, cell in TABLES[section].items()
    }


def test_the_document_leaves_no_number_of_a_level_out() -> None:
    """Red when: Level gets a field that no column of docs/training.md shows."""
    for row in LADDER:
        cells = [cell(row) for columns in TABLES.values() for cell in columns.values()]
        shown = [cell for cell in cells if isinstance(cell, Figure | Band)]
        assert sorted(map(written, shown)) == sorted(map(written, figures_in(row)))


def test_each_limit_and_each_part_of_a_plan_is_as_the_document_shows_it() -> None:
    """Red when: FLAT_KMH is 5.5 or a turn usually takes 30 s."""
    rows = [*table("Limits"), *table("The kinds of session", nth=1)]
    shown = {next(iter(row.values())): (row["Value"], row["Source"]) for row in rows}
    assert shown == {name: (number(value), value.source) for name, value in CONSTANTS.items()}


def test_the_document_leaves_no_limit_and_no_part_of_a_plan_out() -> None:
    """Red when: a module gets a Figure that no table of docs/training.md shows."""
    shown = {id(each) for each in (*CONSTANTS.values(), *OF_THE_COACH.values())}
    assert {id(value) for value in constants().values()} == shown


def test_each_figure_of_the_coach_is_as_the_document_shows_it() -> None:
    """Red when: pain of 4 is enough for a step back, or a lighter week has 0.8 of the minutes."""
    rows = [
        *table("How it goes on", nth=1),
        *table("Your days"),
        *table("Who should ask first", nth=1),
        *table("Energy"),
    ]
    shown = {row["Part"]: (row["Value"], row["Source"]) for row in rows}
    assert shown == {name: (number(value), value.source) for name, value in OF_THE_COACH.items()}


def test_each_rule_is_as_the_document_shows_it() -> None:
    """Red when: soreness stops the training, or a rule is missing from docs/training.md."""
    follows = {"stop": "Pause, and see a professional", "regress": "One step back"}
    shown = [(row["What follows"], row["Source"]) for row in table("How it goes on")]
    assert shown == [
        (follows.get(each.outcome.value, "The same again"), each.source) for each in progress.RULES
    ]


def test_each_gap_and_each_race_is_as_the_document_shows_it() -> None:
    gaps = [tuple(row.values()) for row in table("After a gap")]
    assert gaps == [(number(most), str(down), most.source) for most, down in progress.GAPS]
    races = [tuple(row.values()) for row in table("After a race")]
    assert races == [(number(most), str(rest), most.source) for most, rest in day.REST_AFTER_RACE]


def test_each_question_of_screening_is_as_the_document_shows_it() -> None:
    """Red when: blood thinners lock, or an item is missing from docs/training.md."""
    follows = {Mode.LOCKED: "Ask a clinician first"}
    shown = [(row["What follows"], row["Source"]) for row in table("Who should ask first")]
    assert shown == [
        (follows.get(each.leads_to, "Both rails, flat, up to level 4"), each.source)
        for each in screening.ITEMS
    ]


def test_each_kind_opens_where_the_document_says() -> None:
    """Red when: hills open at level 4."""
    shown = {row["Kind"]: row["Opens at level"] for row in table("The kinds of session")}
    assert shown == {
        kind.value.replace("_", "-").capitalize(): str(opens_at(kind)) for kind in Kind
    }


def test_every_number_names_a_source_that_the_document_lists() -> None:
    """Red when: a Figure has the source "V99", or none."""
    listed = {row["Tag"] for row in table("Sources")} | {"I", "CJ"}
    for figure in all_figures():
        tags = set(re.findall(r"\b(?:V\d+|I|CJ)\b", figure.source))
        assert tags, f"{figure} has no source"
        assert tags <= listed, f"{figure} has a source that is not listed"


def test_the_document_lists_no_source_that_nothing_uses() -> None:
    text, _, _ = DOCS.partition("# Sources\n")
    listed = [row["Tag"] for row in table("Sources")]
    assert listed == sorted(set(listed), key=lambda tag: int(tag[1:]))
    assert [tag for tag in listed if not re.search(rf"\b{tag}\b", text)] == []


def test_every_range_goes_upward() -> None:
    for figure in all_figures():
        if isinstance(figure, Band):
            assert figure.low <= figure.high


def test_the_ladder_climbs_without_a_gap() -> None:
    assert [row.number for row in LADDER] == list(range(FIRST, LAST + 1))
    for lower, upper in itertools.pairwise(LADDER):
        assert lower.minutes.low < upper.minutes.low
        assert lower.speed_kmh.low <= upper.speed_kmh.low
        assert lower.rpe_max.value <= upper.rpe_max.value
        assert lower.weekly_goal.value <= upper.weekly_goal.value


def test_the_ladder_asks_for_nothing_beyond_the_limits() -> None:
    """Red when: level 8 goes to 5.5 km/h, or a hill to 12 %."""
    for row in LADDER:
        most = limits.limits(row.hands, None)
        assert row.speed_kmh.high <= most.speed_kmh(0)
        if row.hill:
            assert row.hill.speed_kmh.high <= most.speed_kmh(row.hill.grade_percent.low)
            assert row.hill.grade_percent.high <= most.grade_percent


def test_a_level_is_found_by_its_number_and_by_no_other() -> None:
    assert [level(number) for number in range(1, 9)] == list(LADDER)
    for number in (0, 9, -1):
        with pytest.raises(IndexError):
            level(number)


@pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")
def test_a_level_begins_at_the_low_end_of_each_of_its_ranges(row: Level) -> None:
    """Red when: a level begins with its highest speed."""
    dose = first_dose(row)
    assert (dose.minutes, dose.speed_kmh, dose.hands) == (
        row.minutes.low,
        row.speed_kmh.low,
        row.hands,
    )
    hill: tuple[Any, ...] = (dose.hill_minutes, dose.hill_speed_kmh, dose.grade_percent)
    if row.hill is None:
        assert hill == (None, None, 0)
    else:
        assert hill == (
            row.hill.minutes.low,
            row.hill.speed_kmh.low,
            row.hill.grade_percent.low,
        )
