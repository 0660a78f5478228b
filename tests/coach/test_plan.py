"""A plan is safe, exact, and the one that its level gives."""

from dataclasses import replace
from datetime import timedelta
import itertools
import json

from hypothesis import given
import pytest

from custom_components.retrowalk.coach.levels import LADDER, Hands, Level
from custom_components.retrowalk.coach.plan import (
    Kind,
    Motion,
    Phase,
    PhaseName,
    Surface,
    minutes_band,
    opens_at,
)
from custom_components.retrowalk.coach.refused import Refused

from .walks import Wish, main_part, wish, wishes

OPENS_AT = {
    Kind.DEDICATED: 1,
    Kind.WARM_UP: 2,
    Kind.COOL_DOWN: 2,
    Kind.BENCHMARK: 4,
    Kind.HILL: 5,
}


def outline(asked: Wish) -> list[str]:
    """Return a plan as one line a phase: name, seconds, and speed and grade where there are any."""
    return [
        " ".join(
            [
                phase.name.value,
                f"{phase.length.total_seconds():g} s",
                *([] if not phase.speed_kmh else [f"{phase.speed_kmh:g} km/h"]),
                *([] if not phase.grade_percent else [f"{phase.grade_percent:g} %"]),
            ]
        )
        for phase in asked.plan.phases
    ]


def most_kmh(phase: Phase, age_years: int | None) -> float:
    """Return the highest speed that docs/training.md allows, told once more."""
    return min(
        5.0,
        4.0 if phase.grade_percent > 0 else 5.0,
        3.0 if phase.hands is Hands.BOTH_RAILS else 5.0,
        3.5 if age_years is not None and age_years >= 65 else 5.0,
    )


# What no plan does


@given(wishes(wild=True))
def test_forward_and_backward_are_never_side_by_side_on_a_treadmill(asked: Wish) -> None:
    """Red when: `_framed` leaves out one of its turns."""
    phases = asked.on(Surface.TREADMILL).plan.phases
    for before, after in itertools.pairwise(phases):
        assert {before.motion, after.motion} != {Motion.FORWARD, Motion.BACKWARD}


@given(wishes(wild=True))
def test_nobody_turns_on_a_belt_that_moves_or_without_the_rails(asked: Wish) -> None:
    """Red when: a turn has the speed of the walk after it."""
    for phase in asked.on(Surface.TREADMILL).plan.phases:
        if phase.motion in (Motion.TURNING, Motion.STANDING):
            assert phase.speed_kmh == 0
        if phase.motion is Motion.TURNING:
            assert phase.needs_go
            assert phase.hands is Hands.BOTH_RAILS


@given(wishes(wild=True))
def test_no_phase_is_faster_or_steeper_than_its_walker_may(asked: Wish) -> None:
    """Red when: `_backward` takes the flat limit on a slope, or `limits` forgets the age."""
    senior = asked.age_years is not None and asked.age_years >= 65
    for phase in asked.on(Surface.TREADMILL).plan.phases:
        assert 0 <= phase.grade_percent <= (5 if senior else 10)
        assert phase.speed_kmh is not None
        assert 0 <= phase.speed_kmh <= most_kmh(phase, asked.age_years)


@given(wishes(wild=True))
def test_nothing_but_the_bouts_of_a_hill_is_steep(asked: Wish) -> None:
    """Red when: the slow start of a hill session is on the slope already."""
    assert asked.plan.phases[0].grade_percent == asked.plan.phases[-1].grade_percent == 0
    for phase in asked.plan.phases:
        if phase.grade_percent:
            assert (asked.kind, phase.name) == (Kind.HILL, PhaseName.CLIMB)


@given(wishes())
def test_the_slow_start_is_never_faster_than_the_walk_after_it(asked: Wish) -> None:
    """Red when: the start is a share of a speed that the walker may not even go."""
    for before, after in itertools.pairwise(asked.on(Surface.TREADMILL).plan.phases):
        if before.name is PhaseName.SLOW_START:
            assert before.speed_kmh is not None
            assert after.speed_kmh is not None
            assert before.speed_kmh <= max(0.8, after.speed_kmh * 0.7) + 1e-9


@given(wishes())
def test_a_warm_up_and_a_cool_down_are_easier_than_the_flat_session(asked: Wish) -> None:
    """Red when: a warm-up goes at the full flat speed, also of somebody who keeps the rails."""
    share = {Kind.WARM_UP: 0.8, Kind.COOL_DOWN: 0.7}.get(asked.kind)
    if share is None:
        return
    flat = Wish(
        kind=Kind.DEDICATED,
        row=asked.row,
        dose=asked.dose,
        surface=Surface.TREADMILL,
        age_years=asked.age_years,
    )
    (easy,), full = main_part(asked.on(Surface.TREADMILL).plan), main_part(flat.plan)[0]
    assert easy.speed_kmh is not None
    assert full.speed_kmh is not None
    assert easy.speed_kmh <= full.speed_kmh * share + 1e-9


@given(wishes())
def test_nobody_is_asked_to_hold_on_less_than_they_do(asked: Wish) -> None:
    """Free hands are never a condition. Red when: a hill takes the hands of its row."""
    order = list(Hands)
    for phase in asked.plan.phases:
        if phase.motion is Motion.BACKWARD:
            assert order.index(phase.hands) <= order.index(asked.dose.hands)


# What every plan is


@given(wishes(wild=True))
def test_the_main_part_is_exactly_the_minutes_asked_for(asked: Wish) -> None:
    """Red when: bouts of `seconds // count` lose the remainder, or the slow start is taken off."""
    plan = asked.plan
    main = sum((phase.length for phase in main_part(plan)), timedelta())
    slow = [phase.length for phase in plan.phases if phase.name is PhaseName.SLOW_START]
    if asked.minutes is not None:
        assert main == timedelta(seconds=round(asked.minutes * 60))
    assert plan.backward == main + sum(slow, timedelta())
    framed = asked.kind not in (Kind.WARM_UP, Kind.COOL_DOWN)
    assert slow == ([timedelta(seconds=60)] if framed else [])


@given(wishes(wild=True))
def test_a_dose_never_leaves_the_minutes_of_its_row(asked: Wish) -> None:
    """Red when: `_dose_minutes` hands the dose's minutes on as they are."""
    band = minutes_band(asked.kind, asked.row)
    assert band is not None
    main = sum((phase.length for phase in main_part(asked.plan)), timedelta())
    assert main <= timedelta(minutes=band.high)
    if asked.minutes is None:
        assert main >= timedelta(minutes=band.low)


@given(wishes())
def test_bouts_are_even_numbered_and_no_longer_than_the_row_has_them(asked: Wish) -> None:
    """Red when: minutes between two counts of bouts take the smaller count."""
    bouts = asked.row.hill.bouts if asked.kind is Kind.HILL and asked.row.hill else asked.row.bouts
    main = main_part(asked.plan)
    if asked.kind not in (Kind.DEDICATED, Kind.HILL) or bouts is None:
        assert [phase.bout for phase in main] == [None]
        return
    continuous = asked.row.continuous_from
    whole = sum((phase.length for phase in main), timedelta())
    if asked.kind is Kind.DEDICATED and continuous is not None and len(main) == 1:
        assert whole <= timedelta(seconds=bouts.length_s.high) or whole >= timedelta(
            minutes=continuous.value
        )
        return
    lengths = [phase.length for phase in main]
    assert max(lengths) <= timedelta(seconds=bouts.length_s.high)
    assert max(lengths) - min(lengths) <= timedelta(seconds=1)
    if len(main) > 1:
        assert [phase.bout for phase in main] == [
            (which + 1, len(main)) for which in range(len(main))
        ]


@given(wishes(wild=True))
def test_every_phase_takes_time_and_the_totals_are_their_sum(asked: Wish) -> None:
    """Red when: `as_dict` rounds to minutes, or a plan's length leaves out its turns."""
    plan = asked.plan
    told = json.loads(json.dumps(plan.as_dict()))
    assert all(phase["seconds"] > 0 for phase in told["phases"])
    assert told["total_seconds"] == sum(phase["seconds"] for phase in told["phases"])
    assert told["total_seconds"] == plan.length.total_seconds()
    assert told["backward_seconds"] == plan.backward.total_seconds()
    assert told["backward_seconds"] == sum(
        phase["seconds"] for phase in told["phases"] if phase["motion"] == "backward"
    )
    assert (told["kind"], told["level"], told["surface"]) == (
        asked.kind,
        asked.row.number,
        asked.surface,
    )


@given(wishes(wild=True))
def test_a_lane_has_the_same_minutes_and_rests_and_no_turns_speed_or_grade(asked: Wish) -> None:
    """Red when: `_turn` does not ask for the surface, or a lane's rest has speed 0."""
    lane, belt = asked.on(Surface.LANE).plan, asked.on(Surface.TREADMILL).plan
    for phase in lane.phases:
        assert phase.motion is not Motion.TURNING
        assert phase.speed_kmh is None
        assert phase.grade_percent == 0
        assert phase.name is not PhaseName.CLIMB
        assert not phase.needs_go
    assert [(phase.motion, phase.length) for phase in lane.phases] == [
        (phase.motion, phase.length) for phase in belt.phases if phase.motion is not Motion.TURNING
    ]


# What is refused


@pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")
@pytest.mark.parametrize("kind", Kind)
def test_a_kind_opens_at_its_level_and_a_refusal_names_it(kind: Kind, row: Level) -> None:
    """Red when: hills open at level 4, or the refusal names no level."""
    asked = wish(kind, row.number)
    assert opens_at(kind) == OPENS_AT[kind]
    if row.number >= OPENS_AT[kind]:
        assert asked.plan.kind is kind
        return
    with pytest.raises(Refused) as no:
        _ = asked.plan
    assert no.value.reason == "kind_not_open"
    assert no.value.figures == {
        "kind": kind.value,
        "level": str(row.number),
        "opens_at": str(OPENS_AT[kind]),
    }


def open_kinds() -> list[tuple[Kind, int]]:
    return [(kind, row.number) for kind in Kind for row in LADDER if minutes_band(kind, row)]


@pytest.mark.parametrize(("kind", "number"), open_kinds())
def test_minutes_reach_from_two_to_the_top_of_the_row_and_no_further(
    kind: Kind, number: int
) -> None:
    """Red when: minutes outside of the row are quietly cut to it."""
    band = minutes_band(kind, LADDER[number - 1])
    assert band is not None
    low, high = (5, 5) if kind is Kind.BENCHMARK else (2, band.high)
    for minutes in (low, high):
        assert wish(kind, number, minutes=minutes).plan.backward >= timedelta(minutes=minutes)
    nonsense = float("nan"), float("inf"), float("-inf")
    for minutes in (0, -1, 10_000, low - 0.01, high + 0.01, *nonsense):
        with pytest.raises(Refused) as no:
            _ = wish(kind, number, minutes=minutes).plan
        assert no.value.reason == "out_of_range"
        assert no.value.figures == {
            "field": "minutes",
            "value": str(minutes),
            "min": f"{low:g}",
            "max": f"{high:g}",
        }


# Examples


def test_first_steps_in_a_lane_are_fourteen_phases() -> None:
    assert outline(wish(Kind.DEDICATED, 1, surface=Surface.LANE)) == [
        "forward_walk 180 s",
        "slow_start 60 s",
        "walk 40 s",
        *["rest 60 s", "walk 40 s"] * 5,
        "easy_finish 180 s",
    ]


def test_first_steps_on_a_treadmill_add_two_turns() -> None:
    assert outline(wish(Kind.DEDICATED, 1)) == [
        "forward_walk 180 s 4 km/h",
        "turn 20 s",
        "slow_start 60 s 0.8 km/h",
        "walk 40 s 0.8 km/h",
        *["rest 60 s", "walk 40 s 0.8 km/h"] * 5,
        "turn 20 s",
        "easy_finish 180 s 4 km/h",
    ]


def test_the_last_hill_climbs_five_times_three_minutes() -> None:
    assert outline(wish(Kind.HILL, 8)) == [
        "forward_walk 300 s 4 km/h",
        "turn 20 s",
        "slow_start 60 s 1.7 km/h",
        "climb 180 s 2.5 km/h 8 %",
        *["rest 120 s", "climb 180 s 2.5 km/h 8 %"] * 4,
        "turn 20 s",
        "easy_finish 300 s 4 km/h",
    ]


def test_a_hill_in_a_lane_is_sets_of_slow_steps() -> None:
    assert outline(wish(Kind.HILL, 5, surface=Surface.LANE)) == [
        "forward_walk 300 s",
        "slow_start 60 s",
        "slow_steps 60 s",
        *["rest 90 s", "slow_steps 60 s"] * 4,
        "easy_finish 300 s",
    ]


def test_a_warm_up_is_a_forward_walk_a_turn_and_an_easy_backward_walk() -> None:
    assert outline(wish(Kind.WARM_UP, 5)) == [
        "forward_walk 180 s 4 km/h",
        "turn 20 s",
        "walk 240 s 2.4 km/h",
    ]


def test_a_cool_down_is_slower_still() -> None:
    assert outline(wish(Kind.COOL_DOWN, 5)) == [
        "forward_walk 120 s 4 km/h",
        "turn 20 s",
        "walk 300 s 2.1 km/h",
    ]


def test_a_benchmark_is_the_same_at_every_level() -> None:
    """Red when: a benchmark goes at the speed of the dose."""
    assert outline(wish(Kind.BENCHMARK, 4)) == outline(wish(Kind.BENCHMARK, 8))
    assert outline(wish(Kind.BENCHMARK, 8)) == [
        "forward_walk 180 s 4 km/h",
        "turn 20 s",
        "slow_start 60 s 2.1 km/h",
        "walk 300 s 3 km/h",
        "turn 20 s",
        "easy_finish 180 s 4 km/h",
    ]


def test_base_is_walked_in_bouts_until_fifteen_minutes_are_walked_in_one_go() -> None:
    fourteen, fifteen = wish(Kind.DEDICATED, 4, minutes=14), wish(Kind.DEDICATED, 4, minutes=15)
    assert [phase.length.total_seconds() for phase in main_part(fourteen.plan)] == [280] * 3
    assert [phase.length.total_seconds() for phase in main_part(fifteen.plan)] == [900]


@pytest.mark.parametrize(
    ("kind", "number", "minutes", "bouts"),
    [
        (Kind.DEDICATED, 1, 2, [40, 40, 40]),
        (Kind.DEDICATED, 1, 5, [50] * 6),
        (Kind.DEDICATED, 1, 6, [60] * 6),
        (Kind.DEDICATED, 2, 6, [90] * 4),
        (Kind.DEDICATED, 2, 8, [120] * 4),
        (Kind.DEDICATED, 3, 9, [270] * 2),
        (Kind.DEDICATED, 4, 10, [300] * 2),
        (Kind.DEDICATED, 4, 10.5, [210] * 3),
        (Kind.HILL, 5, 7.5, [90] * 5),
        (Kind.HILL, 5, 8, [80] * 6),
        (Kind.HILL, 6, 12, [120] * 6),
        (Kind.HILL, 7, 15, [180] * 5),
        (Kind.HILL, 8, 18, [180] * 6),
        (Kind.DEDICATED, 1, 301 / 60, [51, 50, 50, 50, 50, 50]),
    ],
)
def test_minutes_are_cut_into_the_bouts_of_the_row(
    kind: Kind, number: int, minutes: float, bouts: list[int]
) -> None:
    main = main_part(wish(kind, number, minutes=minutes).plan)
    assert [phase.length.total_seconds() for phase in main] == bouts


@pytest.mark.parametrize(
    ("kind", "hands", "age_years", "kmh"),
    [
        (Kind.DEDICATED, Hands.FREE, None, 5.0),
        (Kind.DEDICATED, Hands.FREE, 64, 5.0),
        (Kind.DEDICATED, Hands.FREE, 65, 3.5),
        (Kind.DEDICATED, Hands.BOTH_RAILS, 65, 3.0),
        (Kind.HILL, Hands.FREE, None, 4.0),
        (Kind.HILL, Hands.FREE, 65, 3.5),
        (Kind.HILL, Hands.BOTH_RAILS, None, 3.0),
    ],
)
def test_a_dose_beyond_the_limits_ends_at_them(
    kind: Kind, hands: Hands, age_years: int | None, kmh: float
) -> None:
    asked = wish(kind, 8, hands=hands, age_years=age_years)
    asked = replace(asked, dose=replace(asked.dose, speed_kmh=9, hill_speed_kmh=9))
    assert {phase.speed_kmh for phase in main_part(asked.plan)} == {kmh}


def test_whoever_keeps_the_rails_keeps_the_minutes_at_three_kmh() -> None:
    kept, free = wish(Kind.DEDICATED, 8, hands=Hands.BOTH_RAILS), wish(Kind.DEDICATED, 8)
    assert [phase.speed_kmh for phase in main_part(kept.plan)] == [3.0]
    assert kept.plan.backward == free.plan.backward


def test_from_sixty_five_on_hills_end_at_five_percent() -> None:
    (young, *_), (old, *_) = (main_part(wish(Kind.HILL, 8, age_years=age).plan) for age in (64, 65))
    assert (young.grade_percent, old.grade_percent) == (8, 5)


def test_a_rest_of_more_than_three_minutes_needs_a_go_on_a_belt_alone() -> None:
    def rest(minutes: float, speed_kmh: float | None) -> Phase:
        return Phase(
            name=PhaseName.REST,
            motion=Motion.STANDING,
            length=timedelta(minutes=minutes),
            speed_kmh=speed_kmh,
            hands=Hands.FREE,
        )

    assert not rest(3, 0).needs_go
    assert rest(3.01, 0).needs_go
    assert not rest(3.01, None).needs_go
