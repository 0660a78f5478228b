"""What follows from a walk is what training.md 4.3 and 5.5 say, line by line."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
import json
from math import nan
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.feedback import NOTHING_SAID, Feedback
from custom_components.retrowalk.coach.levels import (
    FIRST,
    LADDER,
    LAST,
    Band,
    Dose,
    Hands,
    Level,
    first_dose,
    level,
)
from custom_components.retrowalk.coach.plan import Kind
from custom_components.retrowalk.coach.progress import (
    RULES,
    Decision,
    Outcome,
    Standing,
    Walk,
    after_gap,
    decide,
    most_minutes,
    to_advance,
)

MONDAY: Final = date(2026, 11, 16)
DAY: Final = timedelta(days=1)
GOOD: Final = Feedback(
    effort=3,
    pain=0,
    stumbles=0,
    fall=False,
    next_pain=0,
    soreness=0,
    sore_hours=14,
    swelling=False,
)
BEGUN: Final = Standing.begin(3, MONDAY)
NO_STANDING = (KeyError, TypeError, ValueError, IndexError, OverflowError)
LEVELS = pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")


def walked(
    day: int = 0,
    *,
    at: int = 3,
    kind: Kind = Kind.DEDICATED,
    done: float = 1,
    feedback: Feedback = GOOD,
    **said: Any,
) -> Walk:
    """Return a walk so many days after Monday, a good one but for what is said."""
    return Walk(
        id=f"{day}",
        day=MONDAY + day * DAY,
        kind=kind,
        level=at,
        minutes=10 * done,
        planned=10,
        feedback=replace(feedback, **said),
    )


def keys(decision: Decision) -> list[str]:
    return [each.key for each in decision.reasons]


def figures(decision: Decision, key: str) -> dict[str, Any]:
    return next(dict(each.figures) for each in decision.reasons if each.key == key)


def top(row: Level) -> Dose:
    """Return the dose with which a level ends."""
    hill = row.hill
    return Dose(
        minutes=row.minutes.high,
        hill_minutes=hill.minutes.high if hill else None,
        speed_kmh=row.speed_kmh.high,
        hill_speed_kmh=hill.speed_kmh.high if hill else None,
        grade_percent=hill.grade_percent.high if hill else 0,
        hands=row.hands,
    )


def is_inside(row: Level, dose: Dose) -> bool:
    hill = row.hill

    def inside(value: float | None, band: Band | None) -> bool:
        if value is None or band is None:
            return value is None and band is None
        return band.low <= value <= band.high

    return (
        inside(dose.minutes, row.minutes)
        and inside(dose.speed_kmh, row.speed_kmh)
        and inside(dose.hill_minutes, hill.minutes if hill else None)
        and inside(dose.hill_speed_kmh, hill.speed_kmh if hill else None)
        and (inside(dose.grade_percent, hill.grade_percent) if hill else dose.grade_percent == 0)
    )


# The table of 4.3

ON: Final = None
"""Nothing holds it: one variable moves."""
SAID: Final[list[tuple[dict[str, Any], Outcome | None, str]]] = [
    ({}, ON, ""),
    ({"pain": 2}, ON, ""),
    ({"pain": 3}, Outcome.HOLD, "amber_pain"),
    ({"pain": 4}, Outcome.HOLD, "amber_pain"),
    ({"pain": 5}, Outcome.REGRESS, "red_pain"),
    ({"pain": 10}, Outcome.REGRESS, "red_pain"),
    ({"next_pain": 1}, ON, ""),
    ({"next_pain": 2}, Outcome.REGRESS, "red_pain"),
    ({"next_pain": 10}, Outcome.REGRESS, "red_pain"),
    ({"swelling": True}, Outcome.REGRESS, "swelling"),
    ({"swelling": None}, ON, ""),
    ({"fall": True}, Outcome.REGRESS, "fall"),
    ({"soreness": 3}, ON, ""),
    ({"soreness": 4}, Outcome.HOLD, "sore"),
    ({"soreness": 6}, Outcome.HOLD, "sore"),
    ({"soreness": 7}, Outcome.REGRESS, "very_sore"),
    ({"soreness": 10}, Outcome.REGRESS, "very_sore"),
    ({"soreness": 1, "sore_hours": 72}, ON, ""),
    ({"soreness": 1, "sore_hours": 73}, Outcome.REGRESS, "long_sore"),
    ({"soreness": 0, "sore_hours": 73}, ON, ""),
    ({"effort": 0}, ON, ""),
    ({"effort": 3}, ON, ""),
    ({"effort": 4}, Outcome.HOLD, "hard"),
    ({"effort": 5}, Outcome.HOLD, "hard"),
    ({"effort": 6}, Outcome.HOLD, "hard"),
    ({"effort": 7}, Outcome.REGRESS, "very_hard"),
    ({"effort": 10}, Outcome.REGRESS, "very_hard"),
    ({"stumbles": 1}, Outcome.HOLD, "one_stumble"),
    ({"stumbles": 2}, Outcome.HOLD, "stumbles"),
    ({"stumbles": 20}, Outcome.HOLD, "stumbles"),
    ({"warning_sign": True}, Outcome.STOP, "warning_sign"),
    ({"next_pain": None}, Outcome.HOLD, "no_morning_said"),
    ({"pain": None}, Outcome.HOLD, "no_pain_said"),
    ({"effort": None}, Outcome.HOLD, "no_effort_said"),
]
"""What differs from a good walk of level 3; what follows; its reason."""

DONE: Final[list[tuple[float, Outcome | None, str]]] = [
    (1.4, ON, ""),
    (1.0, ON, ""),
    (0.95, ON, ""),
    (0.94, Outcome.HOLD, "not_whole"),
    (0.8, Outcome.HOLD, "not_whole"),
    (0.79, Outcome.HOLD, "too_short"),
    (0.0, Outcome.HOLD, "too_short"),
]

CIRCUMSTANCES: Final[list[tuple[str, Callable[[], Decision]]]] = [
    ("ill", lambda: decide(BEGUN, walked(), [], is_ill=True)),
    ("race_week", lambda: decide(BEGUN, walked(), [], is_race_week=True)),
    ("lighter_week", lambda: decide(BEGUN, walked(21), [])),
    ("easy_sessions", lambda: decide(replace(BEGUN, easy=1), walked(), [])),
    ("another_level", lambda: decide(BEGUN, walked(at=2), [])),
    *(
        ("not_a_main_walk", lambda kind=kind: decide(BEGUN, walked(kind=kind), []))
        for kind in (Kind.WARM_UP, Kind.COOL_DOWN, Kind.BENCHMARK)
    ),
]


@pytest.mark.parametrize(("said", "outcome", "reason"), SAID, ids=str)
def test_each_answer_gives_its_outcome_and_its_reason(
    said: dict[str, Any], outcome: Outcome | None, reason: str
) -> None:
    """Red when: a boundary of a rule moves by one."""
    decision = decide(BEGUN, walked(**said), [])
    assert decision.outcome is (outcome or Outcome.STEP)
    if outcome:
        assert keys(decision) == [reason]


@pytest.mark.parametrize(("done", "outcome", "reason"), DONE)
def test_what_was_not_walked_holds(done: float, outcome: Outcome | None, reason: str) -> None:
    """Red when: 94 % are whole, or 95 % are not."""
    decision = decide(BEGUN, walked(done=done), [])
    assert decision.outcome is (outcome or Outcome.STEP)
    if outcome:
        assert keys(decision) == [reason]
        assert figures(decision, reason)["percent"] == pytest.approx(done * 100, abs=1)


@pytest.mark.parametrize("planned", [11, 7, 9.5, 13.5, 16, 19])
def test_95_percent_of_any_plan_are_whole(planned: float) -> None:
    """Red when: the share is off by the last bit of a float."""
    walk = replace(walked(), planned=planned, minutes=round(planned * 0.95, 6))
    assert decide(BEGUN, walk, []).outcome is Outcome.STEP


@pytest.mark.parametrize("planned", [None, 0])
def test_a_walk_whose_plan_nobody_knows_is_whole(planned: float | None) -> None:
    assert decide(BEGUN, replace(walked(), planned=planned), []).outcome is Outcome.STEP


@pytest.mark.parametrize(("reason", "decision"), CIRCUMSTANCES)
def test_each_circumstance_holds(reason: str, decision: Callable[[], Decision]) -> None:
    assert (decision().outcome, keys(decision())) == (Outcome.HOLD, [reason])


def test_these_tables_leave_no_rule_out() -> None:
    """Red when: RULES gets a line that no test here names."""
    tested = {reason for _, _, reason in (*SAID, *DONE)} | {key for key, _ in CIRCUMSTANCES}
    assert {each.key for each in RULES} == tested - {""} | {"two_reds", "two_ambers"}
    assert all(each.source for each in RULES)


def test_the_table_is_read_from_the_gravest_on() -> None:
    order = list(Outcome)
    gravity = [order.index(each.outcome) for each in RULES]
    assert gravity == sorted(gravity)
    assert {each.outcome for each in RULES} == {Outcome.STOP, Outcome.REGRESS, Outcome.HOLD}


@pytest.mark.parametrize(
    ("said", "outcome", "reasons"),
    [
        ({"fall": True, "pain": 3}, Outcome.REGRESS, ["fall"]),
        ({"fall": True, "swelling": True}, Outcome.REGRESS, ["fall", "swelling"]),
        ({"effort": 7, "pain": None}, Outcome.REGRESS, ["very_hard"]),
        ({"pain": 5, "next_pain": None}, Outcome.REGRESS, ["red_pain"]),
        ({"swelling": True, "next_pain": None}, Outcome.REGRESS, ["swelling"]),
        ({"soreness": 7, "next_pain": None}, Outcome.REGRESS, ["very_sore"]),
        ({"pain": 3, "stumbles": 2, "effort": 4}, Outcome.HOLD, ["amber_pain", "stumbles", "hard"]),
    ],
)
def test_the_worst_outcome_wins_and_gives_all_its_reasons(
    said: dict[str, Any], outcome: Outcome, reasons: list[str]
) -> None:
    """Red when: a missing answer hides a red one, or a reason of less is told beside it."""
    decision = decide(BEGUN, walked(**said), [])
    assert (decision.outcome, keys(decision)) == (outcome, reasons)


def test_pain_of_the_next_morning_is_told_from_the_usual() -> None:
    """Red when: somebody with a knee that always hurts a little is sent back each time."""
    assert decide(BEGUN, walked(next_pain=4), [], usual_pain=3).outcome is Outcome.STEP
    assert decide(BEGUN, walked(next_pain=5), [], usual_pain=3).outcome is Outcome.REGRESS


def test_a_walk_that_nobody_spoke_of_changes_nothing() -> None:
    """Red when: silence is taken for a good word."""
    decision = decide(BEGUN, walked(feedback=NOTHING_SAID), [])
    assert (decision.outcome, decision.standing) == (Outcome.HOLD, BEGUN)
    assert keys(decision) == ["no_effort_said", "no_pain_said", "no_morning_said"]


@pytest.mark.parametrize("name", ["effort", "pain", "next_pain"])
def test_a_missing_answer_holds_also_what_was_about_to_advance(name: str) -> None:
    before = [walked(n) for n in (0, 3, 6, 9)]
    assert decide(BEGUN, walked(14), before).outcome is Outcome.ADVANCE
    unsaid: dict[str, Any] = {name: None}
    missing = decide(BEGUN, walked(14, **unsaid), before)
    assert (missing.outcome, missing.standing) == (Outcome.HOLD, BEGUN)


# Effort

EFFORTS: Final = [
    *((number, Kind.DEDICATED, most) for number, most in enumerate([3, 3, 3, 4, 4, 4, 5, 5], 1)),
    *((number, Kind.HILL, most) for number, most in enumerate([5, 5, 6, 6], 5)),
    *((number, Kind.WARM_UP, 3) for number in range(2, 9)),
    *((number, Kind.COOL_DOWN, 3) for number in range(2, 9)),
]
"""Level, kind and the effort that 4.2 and 5.1 allow."""


@pytest.mark.parametrize(("number", "kind", "most"), EFFORTS)
def test_each_kind_of_each_level_has_its_effort(number: int, kind: Kind, most: int) -> None:
    """Red when: a hill is measured by the flat, or a warm-up may be as hard as a session."""
    standing = Standing.begin(number, MONDAY)
    good = decide(standing, walked(at=number, kind=kind, effort=most), [])
    assert not {"hard", "very_hard"} & set(keys(good))
    hard = decide(standing, walked(at=number, kind=kind, effort=most + 1), [])
    if most + 1 >= 7:
        assert (hard.outcome, keys(hard)) == (Outcome.REGRESS, ["very_hard"])
    else:
        assert hard.outcome is Outcome.HOLD
        assert figures(hard, "hard") == {"effort": most + 1, "target": most}


# The end of a level

STAY: Final = [
    (1, 7, 3, 0),
    (2, 7, 3, 0),
    (3, 14, 5, 0),
    (4, 14, 6, 0),
    (5, 14, 6, 2),
    (6, 14, 6, 0),
    (7, 14, 6, 0),
]
"""Level, days, sessions, and hills among them, of the column "Min stay" in 5.1."""


def stay(
    number: int, days: int, sessions: int, hills: int = 0, **said: Any
) -> tuple[Standing, list[Walk]]:
    """Return a level's beginning and good walks, the last one so many days after it."""
    standing = Standing.begin(number, MONDAY)
    walks = [
        walked(
            days * n // max(1, sessions - 1),
            at=number,
            kind=Kind.HILL if n < hills else Kind.DEDICATED,
            **said,
        )
        for n in range(sessions)
    ]
    return standing, walks


def last_of(standing: Standing, walks: list[Walk], **circumstances: Any) -> Decision:
    return decide(standing, walks[-1], walks[:-1], **circumstances)


@pytest.mark.parametrize(("number", "days", "sessions", "hills"), STAY)
def test_a_level_ends_with_its_last_day_and_session_and_not_before(
    number: int, days: int, sessions: int, hills: int
) -> None:
    """Red when: a minimum is one too low or one too high."""
    done = last_of(*stay(number, days, sessions, hills))
    assert (done.outcome, keys(done)) == (Outcome.ADVANCE, ["level_done"])
    assert done.standing.level == number + 1
    assert done.standing.dose == first_dose(level(number + 1))

    early = last_of(*stay(number, days - 1, sessions, hills))
    assert (early.outcome, early.standing.level) == (Outcome.STEP, number)
    assert figures(early, "days_to_go") == {"days": 1}

    few = last_of(*stay(number, days, sessions - 1, hills))
    assert (few.outcome, few.standing.level) == (Outcome.STEP, number)
    assert figures(few, "sessions_to_go") == {"sessions": 1}


@pytest.mark.parametrize("hills", [0, 1, 2, 3])
def test_level_5_needs_two_hills(hills: int) -> None:
    """Red when: somebody comes to 5 % without having climbed 2 %."""
    decision = last_of(*stay(5, 14, 6, hills))
    assert (decision.outcome is Outcome.ADVANCE) == (hills >= 2)
    if hills < 2:
        assert figures(decision, "hills_to_go") == {"hills": 2 - hills}


@pytest.mark.parametrize("number", [6, 7])
def test_no_other_level_needs_one(number: int) -> None:
    assert last_of(*stay(number, 14, 6, 0)).outcome is Outcome.ADVANCE


NOT_GOOD: Final[list[dict[str, Any]]] = [
    {"pain": 3},
    {"effort": 5},
    {"stumbles": 1},
    {"next_pain": None},
    {"pain": None},
    {"effort": None},
]


@pytest.mark.parametrize("said", NOT_GOOD, ids=str)
@pytest.mark.parametrize(("place", "advances"), [(-2, False), (-3, False), (-4, True)])
def test_the_last_three_must_be_good(place: int, *, said: dict[str, Any], advances: bool) -> None:
    """Red when: two good ones in a row are enough, or a fourth one back still counts."""
    standing, walks = stay(4, 14, 6)
    walks[place] = replace(walks[place], feedback=replace(GOOD, **said))
    decision = last_of(standing, walks)
    assert (decision.outcome is Outcome.ADVANCE) is advances
    if not advances:
        assert figures(decision, "good_sessions_to_go") == {"sessions": 4 + place}


@pytest.mark.parametrize(("done", "advances"), [(0.95, True), (0.94, False)])
def test_the_last_three_must_be_whole(done: float, *, advances: bool) -> None:
    standing, walks = stay(4, 14, 6)
    walks[-3] = replace(walks[-3], minutes=10 * done)
    assert (last_of(standing, walks).outcome is Outcome.ADVANCE) is advances


def test_what_was_walked_at_another_level_or_before_this_one_makes_no_level() -> None:
    """Red when: sessions of level 2 count for level 3, or those of an earlier stay do."""
    standing, walks = stay(3, 14, 5)
    elsewhere = [*(replace(each, level=2) for each in walks[:2]), *walks[2:]]
    assert figures(last_of(standing, elsewhere), "sessions_to_go") == {"sessions": 2}
    later = replace(standing, since=MONDAY + 1 * DAY)
    assert figures(last_of(later, walks), "sessions_to_go") == {"sessions": 1}


@pytest.mark.parametrize("kind", [Kind.WARM_UP, Kind.COOL_DOWN, Kind.BENCHMARK])
def test_only_main_walks_make_a_level(kind: Kind) -> None:
    standing, walks = stay(4, 14, 6)
    walks[0] = replace(walks[0], kind=kind)
    assert figures(last_of(standing, walks), "sessions_to_go") == {"sessions": 1}


def test_nothing_comes_after_the_last_level() -> None:
    """Red when: level 9 is looked up."""
    standing = replace(Standing.begin(LAST, MONDAY), dose=top(level(LAST)))
    walks = [walked(n * 2, at=LAST) for n in range(10)]
    decision = last_of(standing, walks)
    assert (decision.outcome, decision.standing) == (Outcome.HOLD, standing)
    assert keys(decision) == ["last_level"]


@pytest.mark.parametrize(("most", "advances"), [(4, False), (3, False), (5, True), (8, True)])
def test_nobody_is_led_beyond_what_screening_allows(most: int, *, advances: bool) -> None:
    decision = last_of(*stay(4, 14, 6), most_level=most)
    assert (decision.outcome is Outcome.ADVANCE) is advances
    if not advances:
        assert figures(decision, "restricted_level") == {"level": most}


# One variable at a time

CLIMB: Final = {
    Kind.DEDICATED: ["minutes", "speed_kmh"],
    Kind.HILL: ["hill_minutes", "hill_speed_kmh", "grade_percent"],
}
"""Minutes grow first, then speed, then grade (5.1)."""


def moved(before: Dose, after: Dose) -> list[str]:
    return [
        each.name
        for each in fields(Dose)
        if getattr(before, each.name) != getattr(after, each.name)
    ]


@LEVELS
@pytest.mark.parametrize("kind", CLIMB)
def test_a_row_is_climbed_from_its_low_to_its_high_end_in_order(row: Level, kind: Kind) -> None:
    """Red when: grade grows before speed, a step moves two, or the top is never reached."""
    if kind is Kind.HILL and row.hill is None:
        return
    standing, order = Standing.begin(row.number, MONDAY), []
    while (after := decide(standing, walked(at=row.number, kind=kind), [])).outcome is Outcome.STEP:
        step = moved(standing.dose, after.standing.dose)
        assert len(step) == 1
        assert is_inside(row, after.standing.dose)
        order += step
        standing = after.standing
    assert list(dict.fromkeys(order)) == CLIMB[kind]
    assert all(getattr(standing.dose, name) == getattr(top(row), name) for name in CLIMB[kind])


@LEVELS
def test_a_full_row_holds_with_what_is_still_missing(row: Level) -> None:
    standing = replace(Standing.begin(row.number, MONDAY), dose=top(row))
    decision = decide(standing, walked(at=row.number), [])
    assert (decision.outcome, decision.standing) == (Outcome.HOLD, standing)
    assert decision.reasons


@st.composite
def doses(draw: st.DrawFn, row: Level) -> Dose:
    """Draw any dose inside a row."""

    def within(band: Band) -> float:
        return draw(st.floats(band.low, band.high).map(lambda each: round(each, 1)))

    hill = row.hill
    return Dose(
        minutes=within(row.minutes),
        hill_minutes=within(hill.minutes) if hill else None,
        speed_kmh=within(row.speed_kmh),
        hill_speed_kmh=within(hill.speed_kmh) if hill else None,
        grade_percent=within(hill.grade_percent) if hill else 0,
        hands=row.hands,
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Draw any place on the ladder."""
    number = draw(st.integers(FIRST, LAST))
    days = st.integers(0, 90).map(lambda each: MONDAY - each * DAY)
    return Standing(
        level=number,
        dose=draw(doses(level(number))),
        since=draw(days),
        block=draw(days),
        easy=draw(st.integers(0, 2)),
        rails=draw(st.integers(0, 2)),
        stepped_back=draw(st.none() | days),
        stopped=draw(st.none() | days),
    )


FEEDBACK: Final = st.one_of(
    st.just(GOOD),
    st.just(GOOD),
    st.just(GOOD),
    st.builds(
        Feedback,
        effort=st.none() | st.integers(0, 10),
        pain=st.none() | st.integers(0, 10),
        stumbles=st.none() | st.integers(0, 3),
        fall=st.none() | st.booleans(),
        next_pain=st.none() | st.integers(0, 10),
        soreness=st.none() | st.integers(0, 10),
        sore_hours=st.none() | st.integers(0, 100),
        swelling=st.none() | st.booleans(),
    ),
)
type Step = tuple[int, Kind, float, Feedback]

STEPS: Final = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([*Kind, Kind.DEDICATED, Kind.DEDICATED, Kind.DEDICATED, Kind.HILL]),
        st.sampled_from([1, 1, 1, 1, 0.9, 0.5]),
        FEEDBACK,
    ),
    max_size=40,
)


@given(standings(), st.sampled_from(Kind), FEEDBACK, st.sampled_from([1, 0.9, 0.5]))
def test_a_decision_moves_one_variable_or_one_level_and_stays_in_the_row(
    standing: Standing, kind: Kind, said: Feedback, done: float
) -> None:
    """Red when: a step moves minutes and speed together, or past the end of the row."""
    walk = walked(at=standing.level, kind=kind, done=done, feedback=said)
    decision = decide(standing, walk, [])
    after = decision.standing
    assert is_inside(after.row, after.dose)
    assert after.row.hands is after.dose.hands
    change = moved(standing.dose, after.dose)
    match decision.outcome:
        case Outcome.STEP:
            assert (after.level, len(change)) == (standing.level, 1)
            name = change[0]
            assert getattr(after.dose, name) > getattr(standing.dose, name)
        case Outcome.HOLD:
            assert (after.level, change) == (standing.level, [])
        case Outcome.REGRESS | Outcome.STOP:
            assert after.level in (standing.level, standing.level - 1)
            if after.level == standing.level > FIRST:
                assert (after.easy, change) == (2, [])
        case Outcome.ADVANCE:
            assert after.level == standing.level + 1
    assert decision.reasons


@given(standings(), st.sampled_from(Kind), FEEDBACK)
def test_the_same_walk_gives_the_same_decision(
    standing: Standing, kind: Kind, said: Feedback
) -> None:
    walk = walked(at=standing.level, kind=kind, feedback=said)
    before = [walked(-n, at=standing.level) for n in (9, 6, 3)]
    assert decide(standing, walk, before) == decide(standing, walk, list(before))


def ladder_of(number: int, steps: list[Step]) -> list[Standing]:
    """Return where a runner stands after each of these walks, by the day of the walk."""
    standing, before, day = Standing.begin(number, MONDAY), list[Walk](), 0
    found = []
    for wait, kind, done, said in steps:
        day += wait
        walk = walked(day, at=standing.level, kind=kind, done=done, feedback=said)
        standing = decide(standing, walk, before).standing
        before.append(walk)
        found.append(standing)
    return found


@given(st.integers(FIRST, LAST), STEPS)
def test_nobody_leaves_the_ladder(number: int, steps: list[Step]) -> None:
    """Red when: a fall at level 1 leads to level 0, or level 8 to 9."""
    for each in ladder_of(number, steps):
        assert FIRST <= each.level <= LAST
        assert is_inside(each.row, each.dose)
        assert (0 <= each.easy <= 2, 0 <= each.rails <= 2) == (True, True)


@given(st.integers(FIRST, LAST), STEPS)
def test_nobody_climbs_two_levels_in_7_days(number: int, steps: list[Step]) -> None:
    """Red when: a level that was walked in one weekend counts."""
    level_now, day, rises = number, 0, list[int]()
    for (wait, *_), standing in zip(steps, ladder_of(number, steps), strict=True):
        day += wait
        assert standing.level - level_now <= 1
        if standing.level > level_now:
            rises.append(day)
        level_now = standing.level
    assert all(later - earlier >= 7 for earlier, later in pairwise(rises))


def test_a_walker_every_day_climbs_no_faster_than_the_table() -> None:
    """Red when: days at a level are counted from the walk before."""
    steps = [(1, Kind.HILL if n % 3 == 0 else Kind.DEDICATED, 1.0, GOOD) for n in range(200)]
    rises = dict[int, int]()
    for day, standing in enumerate(ladder_of(1, steps), 1):
        rises.setdefault(standing.level, day)
    least = {2: 7, 3: 14, 4: 28, 5: 42, 6: 56, 7: 70, 8: 84}
    assert {number: rises[number] >= day for number, day in least.items()} == dict.fromkeys(
        least, True
    )


# Back

RED: Final = replace(GOOD, pain=5)


@LEVELS
def test_the_first_step_back_is_80_percent_for_two_sessions(row: Level) -> None:
    """Red when: the level falls at once, or the second session is whole again."""
    standing = Standing.begin(row.number, MONDAY)
    back = decide(standing, walked(at=row.number, feedback=RED), []).standing
    assert (back.level, back.dose, back.easy) == (row.number, standing.dose, 2)
    assert back.stepped_back == MONDAY
    assert (back.rails, back.stopped) == (0, None)
    for n, easy in ((2, 1), (4, 0)):
        decision = decide(back, walked(n, at=row.number), [])
        assert (decision.outcome, decision.standing.easy) == (Outcome.HOLD, easy)
        back = decision.standing
    assert decide(back, walked(6, at=row.number), []).outcome is Outcome.STEP


def test_only_main_walks_use_up_the_easy_sessions() -> None:
    """Red when: a warm-up ends the easy time."""
    easy = replace(BEGUN, easy=2, rails=2)
    for kind, left in ((Kind.WARM_UP, 2), (Kind.BENCHMARK, 2), (Kind.DEDICATED, 1)):
        after = decide(easy, walked(kind=kind), []).standing
        assert (after.easy, after.rails) == (left, left)


@pytest.mark.parametrize(("days", "number"), [(1, 2), (15, 2), (28, 2), (29, 3), (60, 3)])
def test_a_second_step_back_within_28_days_is_a_level(days: int, number: int) -> None:
    """Red when: 28 days do not belong to it, or the first one is never forgotten."""
    once = replace(BEGUN, stepped_back=MONDAY - days * DAY)
    back = decide(once, walked(effort=7), []).standing
    assert back.level == number
    assert (back.easy == 2) == (number == 3)
    if number == 2:
        assert (back.dose, back.since) == (first_dose(level(2)), MONDAY)


@pytest.mark.parametrize("number", [1, 2])
def test_no_step_back_goes_below_level_1(number: int) -> None:
    standing = replace(Standing.begin(number, MONDAY), stepped_back=MONDAY)
    for said in ({"effort": 7}, {"fall": True}):
        assert decide(standing, walked(at=number, **said), []).standing.level == 1


def test_two_ambers_in_a_row_are_a_step_back() -> None:
    """Red when: the second one only holds, or a green one between does not break the row."""
    amber: dict[str, Any] = {"pain": 3}
    twice = decide(BEGUN, walked(2, **amber), [walked(0, **amber)])
    assert (twice.outcome, keys(twice)) == (Outcome.REGRESS, ["two_ambers"])
    between = decide(BEGUN, walked(4, **amber), [walked(0, **amber), walked(2)])
    assert between.outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(0, Outcome.STOP), (1, Outcome.STOP), (13, Outcome.STOP), (15, Outcome.REGRESS)],
)
def test_two_reds_in_14_days_stop(days: int, outcome: Outcome) -> None:
    """Red when: the second red is a step back like the first."""
    decision = decide(BEGUN, walked(days, feedback=RED), [walked(0, feedback=RED)])
    assert decision.outcome is outcome
    if outcome is Outcome.STOP:
        assert keys(decision) == ["two_reds"]
        assert figures(decision, "two_reds") == {"reds": 2}
        assert decision.standing.stopped == MONDAY + days * DAY
        assert decision.standing.level == 2


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("said", [{"pain": 5}, {"next_pain": 2}, {"swelling": True}], ids=str)
def test_a_red_of_any_kind_of_walk_counts(kind: Kind, said: dict[str, Any]) -> None:
    """Red when: the red of a warm-up, or one by swelling, is forgotten."""
    before = [walked(0, kind=kind, **said), walked(3)]
    assert decide(BEGUN, walked(6, feedback=RED), before).outcome is Outcome.STOP


def test_a_good_walk_after_two_reds_does_not_stop_again() -> None:
    before = [walked(0, feedback=RED), walked(3, feedback=RED)]
    assert decide(BEGUN, walked(6), before).outcome is not Outcome.STOP


@LEVELS
@pytest.mark.parametrize("before", [None, MONDAY - 3 * DAY])
def test_a_fall_is_a_level_both_rails_for_two_sessions_and_asked_about(
    row: Level, before: date | None
) -> None:
    """Red when: the first fall is forgiven as the first red is."""
    standing = replace(Standing.begin(row.number, MONDAY), stepped_back=before)
    fallen = decide(standing, walked(at=row.number, fall=True), []).standing
    assert fallen.level == max(FIRST, row.number - 1)
    assert (fallen.rails, fallen.stopped, fallen.stepped_back) == (2, MONDAY, MONDAY)
    for n, rails in ((3, 1), (5, 0), (7, 0)):
        fallen = decide(fallen, walked(n, at=fallen.level), []).standing
        assert fallen.rails == rails


# Lighter weeks and gaps


@pytest.mark.parametrize("first", range(0, 56, 7))
def test_every_fourth_week_is_lighter(first: int) -> None:
    """Red when: the first week is, or the fourth begins a day early."""
    for day in range(first, first + 7):
        assert BEGUN.is_deload(MONDAY + day * DAY) is (first in (21, 49))


def steps_back(number: int, gap: int) -> int:
    """Return the level that 5.5 gives after a gap."""
    if gap <= 14:
        return number
    if gap <= 28:
        return max(1, number - 1)
    if gap <= 56:
        return max(1, number - 2)
    return min(number, 2)


@LEVELS
@pytest.mark.parametrize("of", [first_dose, top], ids=["first", "top"])
def test_each_gap_steps_back_as_the_table_says(row: Level, of: Callable[[Level], Dose]) -> None:
    """Red when: a boundary moves by a day, or a gap leads upward or below level 1."""
    standing = replace(
        Standing.begin(row.number, MONDAY - 60 * DAY), dose=of(row), block=MONDAY - 60 * DAY
    )
    for gap in range(81):
        after, why = after_gap(standing, MONDAY, MONDAY + gap * DAY)
        if gap <= 7:
            assert (after, why) == (standing, None)
            continue
        assert why is not None
        assert (why.key, why.figures) == ("gap", {"days": gap, "level": after.level})
        assert after.level == steps_back(row.number, gap)
        assert is_inside(after.row, after.dose)
        assert after.block == MONDAY + gap * DAY
        if gap <= 14:
            assert (after.easy, after.dose) == (2, standing.dose)
        for name in ("minutes", "speed_kmh", "hill_minutes", "hill_speed_kmh", "grade_percent"):
            new, old = getattr(after.dose, name), getattr(standing.dose, name)
            assert new is None or new <= old, (gap, name)


@given(standings(), st.integers(0, 80), st.integers(0, 10))
def test_no_gap_leads_upward(standing: Standing, gap: int, ill: int) -> None:
    """Red when: level 1 comes back at level 2 after eight weeks."""
    after, _ = after_gap(standing, MONDAY, MONDAY + gap * DAY, ill_days=ill)
    assert FIRST <= after.level <= standing.level
    assert after.dose.minutes <= standing.dose.minutes
    assert after.dose.speed_kmh <= standing.dose.speed_kmh


@given(standings(), st.integers(0, 79))
def test_a_longer_gap_never_leaves_more(standing: Standing, gap: int) -> None:
    shorter, _ = after_gap(standing, MONDAY, MONDAY + gap * DAY)
    longer, _ = after_gap(standing, MONDAY, MONDAY + (gap + 1) * DAY)
    assert longer.level <= shorter.level or shorter.level == 1


@pytest.mark.parametrize(("gap", "number", "easy"), [(0, 6, 0), (1, 6, 2), (7, 6, 2), (8, 5, 0)])
def test_an_illness_counts_as_a_week_more(gap: int, number: int, easy: int) -> None:
    standing = Standing.begin(6, MONDAY - 60 * DAY)
    after, _ = after_gap(standing, MONDAY, MONDAY + gap * DAY, ill_days=1)
    assert (after.level, after.easy) == (number, easy)


def test_who_has_never_walked_has_no_gap() -> None:
    assert after_gap(BEGUN, None, MONDAY + 5 * DAY) == (BEGUN, None)


def test_who_has_just_chosen_a_level_begins_there() -> None:
    """Red when: the gap before a level was chosen takes it away again."""
    chosen = Standing.begin(5, MONDAY)
    assert after_gap(chosen, MONDAY - 40 * DAY, MONDAY) == (chosen, None)


def test_a_walk_of_the_future_makes_no_gap() -> None:
    assert after_gap(BEGUN, MONDAY + 9 * DAY, MONDAY) == (BEGUN, None)


@pytest.mark.parametrize(("gap", "easy", "number"), [(7, 0, 5), (8, 2, 5), (14, 2, 5), (15, 0, 4)])
def test_a_gap_after_a_new_level_is_counted_from_the_walk_as_any_other(
    gap: int, easy: int, number: int
) -> None:
    """Red when: the day after the last walk, on which a new level begins, shortens the gap."""
    standing, walks = stay(4, 14, 6)
    higher = last_of(standing, walks).standing
    after, _ = after_gap(higher, walks[-1].day, walks[-1].day + gap * DAY)
    assert (after.level, after.easy) == (number, easy)


# The longest next session


@pytest.mark.parametrize(
    ("longest", "most"), [(2, 4), (10, 12), (18, 20), (20, 22), (25, 27.5), (40, 44)]
)
def test_the_next_session_is_a_tenth_or_two_minutes_longer_at_most(
    longest: float, most: float
) -> None:
    """Red when: the lesser of the two is taken."""
    walks = [replace(walked(-9), minutes=longest), replace(walked(-2), minutes=1)]
    assert most_minutes(walks, MONDAY) == pytest.approx(most)


@pytest.mark.parametrize("kind", Kind)
def test_walks_of_every_kind_count_and_red_ones_too(kind: Kind) -> None:
    assert most_minutes([walked(-3, kind=kind, feedback=RED)], MONDAY) == 12


def test_only_the_last_30_days_count() -> None:
    """Red when: a session of last summer allows one of today."""
    assert most_minutes([walked(-30)], MONDAY) == 12
    assert most_minutes([walked(-31)], MONDAY) is None
    assert most_minutes([], MONDAY) is None
    assert most_minutes([walked(-3, done=0)], MONDAY) is None


# Written and read


@given(standings())
def test_what_was_written_and_read_is_the_same_standing(standing: Standing) -> None:
    """Red when: a field is left out or rounded."""
    assert Standing.from_dict(json.loads(json.dumps(standing.as_dict()))) == standing


@LEVELS
def test_a_dose_from_a_file_is_led_back_into_its_row(row: Level) -> None:
    """Red when: a damaged file gives level 1 a speed of level 8."""
    data = Standing.begin(row.number, MONDAY).as_dict()
    for far, dose in ((-1.0, first_dose(row)), (999.0, top(row))):
        names = [name for name in data["dose"] if name != "hands"]
        wild = data["dose"] | {name: far for name in names if data["dose"][name] is not None}
        assert Standing.from_dict(data | {"dose": wild}).dose == dose


@pytest.mark.parametrize("name", ["level", "dose", "since", "block", "easy", "rails", "stopped"])
def test_a_standing_without_a_field_is_refused(name: str) -> None:
    data = BEGUN.as_dict()
    del data[name]
    with pytest.raises(NO_STANDING):
        Standing.from_dict(data)


DAMAGE: Final[list[dict[str, Any]]] = [
    {"level": 0},
    {"level": 9},
    {"level": -1},
    {"level": "high"},
    {"level": None},
    {"dose": None},
    {"dose": {}},
    {"dose": BEGUN.as_dict()["dose"] | {"hands": "feet"}},
    {"dose": BEGUN.as_dict()["dose"] | {"minutes": None}},
    {"dose": BEGUN.as_dict()["dose"] | {"minutes": "ten"}},
    {"dose": BEGUN.as_dict()["dose"] | {"minutes": nan}},
    {"since": "yesterday"},
    {"since": None},
    {"block": 7},
    {"easy": "no"},
    {"easy": -1},
    {"rails": None},
    {"rails": -1},
    {"stopped": "soon"},
    {"stepped_back": 3},
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: str(each)[:60])
def test_damage_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(NO_STANDING):
        Standing.from_dict(BEGUN.as_dict() | damage)


@LEVELS
def test_hands_from_a_file_are_no_freer_than_the_row(row: Level) -> None:
    """Red when: a damaged file lets go of the rails at level 1."""
    data = Standing.begin(row.number, MONDAY).as_dict()
    free = Standing.from_dict(data | {"dose": data["dose"] | {"hands": "free"}})
    order = list(Hands)
    assert order.index(free.dose.hands) <= order.index(row.hands)


@LEVELS
@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from([3, 9]), st.sampled_from(list(Kind))),
        min_size=1,
        max_size=12,
    )
)
def test_what_the_next_level_takes_is_all_done_when_it_is_reached_and_not_before(
    row: Level, evenings: list[tuple[int, int, Kind]]
) -> None:
    """What a card counts is what the rules count. Red when: one of them counts anything else."""
    standing, day, walks = Standing.begin(row.number, MONDAY), 0, list[Walk]()
    for gap, effort, kind in evenings:
        day += gap
        walks.append(walked(day, at=row.number, kind=kind, effort=effort))
        taken = to_advance(standing, walks, walks[-1].day)
        decision = decide(standing, walks[-1], walks[:-1])
        is_done = bool(taken) and all(each.done == each.of for each in taken)
        if decision.outcome in (Outcome.ADVANCE, Outcome.STEP, Outcome.HOLD) and not decides_else(
            decision
        ):
            assert (decision.outcome is Outcome.ADVANCE) == is_done, (taken, decision)
        if decision.outcome is Outcome.ADVANCE:
            return


def decides_else(decision: Decision) -> bool:
    """Return whether a rule has held the level, whatever it takes."""
    held = {rule.key for rule in RULES if rule.outcome is Outcome.HOLD}
    return bool(held & set(keys(decision)))


def test_what_the_next_level_takes_is_counted_from_the_first_walk_on() -> None:
    nothing = to_advance(BEGUN, [], MONDAY)
    assert [(each.key, each.done) for each in nothing] == [
        ("sessions", 0),
        ("days", 0),
        ("good_sessions", 0),
    ]
    assert to_advance(Standing.begin(LAST, MONDAY), [], MONDAY) == ()
    assert to_advance(BEGUN, [], MONDAY, most_level=3) == ()
