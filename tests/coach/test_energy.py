"""What walking backward costs: the figures of training.md 2.2, and where nobody knows them."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf, nan

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.energy import (
    Stretch,
    distance_m,
    estimate_kcal,
    kcal_per_min,
    met_minutes,
    mets,
    net_kcal_per_min,
    oxygen_ml_per_kg_min,
)
from custom_components.retrowalk.coach.levels import LADDER, Hands

NOVICE, PRACTISED = 0, 180

METS = """
    2.0 | 2.8 / 3.4 | 3.3 / 3.9 | 3.6 / 4.3 | 4.1 / 4.8 | 4.5 / 5.1
    2.5 | 3.2 / 4.0 | 3.9 / 4.6 | 4.3 / 5.0 | 4.9 / 5.7 | 5.4 / 6.1
    3.0 | 3.7 / 4.5 | 4.4 / 5.3 | 4.9 / 5.8 | 5.7 / 6.6 | 6.2 / 7.1
    3.5 | 4.1 / 5.1 | 5.0 / 6.0 | 5.6 / 6.6 | 6.5 / 7.5 | 7.1 / 8.1
    4.0 | 4.5 / 5.6 | 5.6 / 6.6 | 6.3 / 7.3 | 7.3 / 8.4 | 8.0 / 9.0
    4.5 | 5.0 / 6.2 | 6.1 / 7.3 | 6.9 / 8.1
    5.0 | 5.4 / 6.7 | 6.7 / 8.0
"""
"""The table of training.md 2.2: km/h, then METs practised / at the first session, a grade each."""

GRADES = (0, 3, 5, 8, 10)


def cells() -> Iterator[tuple[float, float, float, float]]:
    """Yield the speed, the grade, the practised minutes and the METs of each number in METS."""
    for line in METS.strip().splitlines():
        speed, *row = line.split("|")
        for grade, cell in zip(GRADES, row, strict=False):  # steep and fast is not in the table
            practised, novice = cell.split("/")
            yield float(speed), grade, PRACTISED, float(practised)
            yield float(speed), grade, NOVICE, float(novice)


def stretch(
    speed_kmh: float | None = 3.0,
    *,
    minutes: float = 10,
    grade_percent: float = 0,
    hands: Hands = Hands.FREE,
) -> Stretch:
    return Stretch(minutes=minutes, speed_kmh=speed_kmh, grade_percent=grade_percent, hands=hands)


speeds = st.floats(2.0, 5.6)
grades = st.floats(0, 10)
practice = st.floats(0, 1000)
any_hands = st.sampled_from(Hands)
known_stretches = st.builds(
    Stretch,
    minutes=st.floats(0.1, 60),
    speed_kmh=speeds,
    grade_percent=grades,
    hands=any_hands,
)


# The model


@pytest.mark.parametrize(
    ("speed", "grade", "practised", "hands", "oxygen", "of_mets", "gross", "net"),
    [
        (3, 0, 180, Hands.FREE, 12.80, 3.66, 4.48, 3.25),
        (3, 0, 0, Hands.FREE, 15.81, 4.52, 5.53, 4.31),
        (3, 5, 180, Hands.FREE, 17.30, 4.94, 6.05, 4.83),
        (4, 10, 180, Hands.FREE, 27.90, 7.97, 9.77, 8.54),
        (4, 0, 90, Hands.BOTH_RAILS, 14.21, 4.06, 4.98, 3.75),
        (1, 0, 0, Hands.BOTH_RAILS, 6.52, 2.00, 2.45, 1.23),  # the floor
        (5, 0, 0, Hands.FREE, 23.46, 6.70, 8.21, 6.99),
    ],
)
def test_seventy_kilograms_cost_what_the_vectors_say(
    speed: float,
    grade: float,
    practised: float,
    hands: Hands,
    oxygen: float,
    of_mets: float,
    gross: float,
    net: float,
) -> None:
    """Red when: a figure of the formula is another one, or the climb is made dearer by no skill."""
    vo2 = oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=hands)
    assert vo2 == pytest.approx(oxygen, abs=0.01)
    assert mets(vo2) == pytest.approx(of_mets, abs=0.01)
    assert kcal_per_min(mets(vo2), 70) == pytest.approx(gross, abs=0.01)
    assert net_kcal_per_min(mets(vo2), 70) == pytest.approx(net, abs=0.01)


def test_the_table_of_mets_has_all_its_cells() -> None:
    assert len(list(cells())) == 2 * (5 * 5 + 3 + 2)


@pytest.mark.parametrize(("speed", "grade", "practised", "listed"), cells())
def test_the_model_gives_the_table_of_mets(
    speed: float, grade: float, practised: float, listed: float
) -> None:
    vo2 = oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=Hands.FREE)
    assert mets(vo2) == pytest.approx(listed, abs=0.06)


@pytest.mark.parametrize(
    ("speed", "grade", "practised", "measured", "within"),
    [
        (5.63, 0, PRACTISED, 6.0 * 3.5, 0.01),  # Compendium 17320: fitted
        (5.63, 5, PRACTISED, 8.0 * 3.5, 0.055),  # 17325: known to be 5 % high
        (5.0, 0, NOVICE, 23.6, 0.01),  # Kim & Choi 2001: independent
    ],
)
def test_the_model_meets_what_was_measured(
    speed: float, grade: float, practised: float, measured: float, within: float
) -> None:
    vo2 = oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=Hands.FREE)
    assert vo2 == pytest.approx(measured, rel=within)


@pytest.mark.parametrize(
    ("hands", "share"),
    [
        (Hands.FREE, 1.00),
        (Hands.HOVER, 1.00),
        (Hands.LIGHT_TOUCH, 0.95),
        (Hands.ONE_RAIL, 0.95),
        (Hands.BOTH_RAILS, 0.80),
    ],
)
@given(speed=speeds, grade=grades, practised=practice)
def test_hands_on_a_rail_save_a_share_of_everything(
    hands: Hands, share: float, speed: float, grade: float, practised: float
) -> None:
    """Red when: hovering hands are taken for holding ones, or the climb is not shared."""
    free = oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=Hands.FREE)
    held = oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=hands)
    assert held == pytest.approx(share * free)


def test_every_place_of_the_hands_has_its_share() -> None:
    """Red when: a place is added to `Hands` and the model does not know it."""
    for hands in Hands:
        assert oxygen_ml_per_kg_min(3, 0, practised_minutes=0, hands=hands) > 0


@given(speed=speeds, steps=st.lists(st.floats(0, 12), min_size=2), hands=any_hands)
def test_steeper_never_costs_less(speed: float, steps: list[float], hands: Hands) -> None:
    costs = [
        oxygen_ml_per_kg_min(speed, grade, practised_minutes=60, hands=hands)
        for grade in sorted(steps)
    ]
    assert all(gentle <= steep for gentle, steep in pairwise(costs))


@given(
    steps=st.lists(st.floats(0, 7), min_size=2), grade=grades, practised=practice, hands=any_hands
)
def test_faster_never_costs_less(
    steps: list[float], grade: float, practised: float, hands: Hands
) -> None:
    costs = [
        oxygen_ml_per_kg_min(speed, grade, practised_minutes=practised, hands=hands)
        for speed in sorted(steps)
    ]
    assert all(slow <= fast for slow, fast in pairwise(costs))


@given(speed=speeds, grade=grades, steps=st.lists(practice, min_size=2), hands=any_hands)
def test_practice_never_makes_it_dearer(
    speed: float, grade: float, steps: list[float], hands: Hands
) -> None:
    costs = [
        oxygen_ml_per_kg_min(speed, grade, practised_minutes=minutes, hands=hands)
        for minutes in sorted(steps)
    ]
    assert all(new >= old for new, old in pairwise(costs))


@given(speed=speeds, grade=grades, beyond=st.floats(0, 10_000))
def test_after_three_hours_nothing_more_is_saved(speed: float, grade: float, beyond: float) -> None:
    """Red when: the skill goes on below 1, and much practice makes walking free."""
    learnt = oxygen_ml_per_kg_min(speed, grade, practised_minutes=180, hands=Hands.FREE)
    later = oxygen_ml_per_kg_min(speed, grade, practised_minutes=180 + beyond, hands=Hands.FREE)
    assert later == learnt


@given(speed=speeds, grade=grades)
def test_skill_saves_on_the_level_part_only(speed: float, grade: float) -> None:
    """Red when: the climb too is made dearer for a novice."""

    def climb(practised_minutes: float) -> float:
        steep, flat = (
            oxygen_ml_per_kg_min(speed, each, practised_minutes=practised_minutes, hands=Hands.FREE)
            for each in (grade, 0)
        )
        return steep - flat

    assert climb(NOVICE) == pytest.approx(climb(PRACTISED), abs=1e-9)


@pytest.mark.parametrize(
    ("oxygen", "of_mets"), [(0, 2), (3.5, 2), (6.99, 2), (7, 2), (7.7, 2.2), (35, 10)]
)
def test_mets_are_never_below_those_of_slow_walking(oxygen: float, of_mets: float) -> None:
    assert mets(oxygen) == pytest.approx(of_mets)


@given(of_mets=st.floats(2, 12), weight=st.floats(25, 250))
def test_net_is_gross_without_one_met_of_rest(of_mets: float, weight: float) -> None:
    rest = kcal_per_min(of_mets, weight) - net_kcal_per_min(of_mets, weight)
    assert rest == pytest.approx(3.5 * weight / 200)


# A walk


def test_the_mets_of_a_walk_are_weighed_by_their_minutes() -> None:
    """Red when: METs are averaged, or hands, grade or practice are left out."""
    walk = [
        stretch(3, minutes=10),
        stretch(3, minutes=4, grade_percent=5),
        stretch(4, minutes=6, hands=Hands.BOTH_RAILS),
    ]
    practised = 10 * 12.80 + 4 * 17.30 + 6 * 0.8 * 15.90
    assert met_minutes(walk, 180) == pytest.approx(practised / 3.5, abs=0.05)
    assert met_minutes(walk[:1], 0) == pytest.approx(10 * 4.52, abs=0.05)


def test_a_walk_may_be_read_once_only() -> None:
    """Red when: the stretches are gone through twice, and a generator is empty by then."""
    walk = [stretch(3), stretch(4)]
    assert met_minutes(iter(walk), 90) == met_minutes(walk, 90)
    assert distance_m(iter(walk)) == distance_m(walk)


@pytest.mark.parametrize("speed", [2.0, 2.001, 5.599, 5.6])
@pytest.mark.parametrize("grade", [0, 0.001, 9.999, 10])
def test_the_edges_of_the_range_are_in_it(speed: float, grade: float) -> None:
    assert met_minutes([stretch(speed, grade_percent=grade)], 0) is not None


@pytest.mark.parametrize(
    "strange",
    [
        *(stretch(speed) for speed in (None, -3, 0, 1.999, 5.601, 12, inf, nan)),
        *(stretch(grade_percent=grade) for grade in (-5, -0.001, 10.001, 15, inf, nan)),
    ],
)
@given(before=st.lists(known_stretches, max_size=3), after=st.lists(known_stretches, max_size=3))
def test_one_stretch_out_of_range_makes_the_walk_unknown(
    strange: Stretch, before: list[Stretch], after: list[Stretch]
) -> None:
    """Red when: what is not known counts as nothing, and the rest is shown as the whole."""
    assert met_minutes([*before, strange, *after], 0) is None


def test_no_walk_is_unknown_and_not_nought() -> None:
    assert met_minutes([], 0) is None
    assert distance_m([]) is None


@pytest.mark.parametrize("number", [1, 2])
def test_the_first_steps_are_too_slow_to_be_known(number: int) -> None:
    """Red when: a number is shown for a pace at which nobody was measured."""
    assert met_minutes([stretch(LADDER[number - 1].speed_kmh.low)], 0) is None


@pytest.mark.parametrize("row", LADDER[2:], ids=lambda row: row.key)
def test_from_the_third_level_on_every_dose_is_known(row) -> None:
    ends = [(speed, 0) for speed in (row.speed_kmh.low, row.speed_kmh.high)]
    if row.hill:
        ends += [(row.hill.speed_kmh.low, row.hill.grade_percent.low)]
        ends += [(row.hill.speed_kmh.high, row.hill.grade_percent.high)]
    for speed, grade in ends:
        assert met_minutes([stretch(speed, grade_percent=grade)], 180) is not None


@given(walk=st.lists(known_stretches, min_size=1, max_size=5), practised=practice)
def test_a_known_walk_costs_at_least_slow_walking_and_the_sum_of_its_parts(
    walk: list[Stretch], practised: float
) -> None:
    whole = met_minutes(walk, practised)
    parts = [met_minutes([each], practised) for each in walk]
    assert whole is not None
    assert whole == pytest.approx(sum(part for part in parts if part is not None))
    assert whole >= 2 * sum(each.minutes for each in walk) * (1 - 1e-9)


@given(walk=st.lists(known_stretches, min_size=1, max_size=5), steps=st.tuples(practice, practice))
def test_a_walk_never_costs_more_with_more_practice(
    walk: list[Stretch], steps: tuple[float, float]
) -> None:
    fewer, more = (met_minutes(walk, minutes) for minutes in sorted(steps))
    assert fewer is not None
    assert more is not None
    assert more <= fewer


def test_three_kilometres_an_hour_are_fifty_metres_a_minute() -> None:
    assert distance_m([stretch(3, minutes=10)]) == pytest.approx(500)
    assert distance_m([stretch(3, minutes=10), stretch(4.5, minutes=2)]) == pytest.approx(650)


def test_a_distance_is_known_where_the_cost_is_not() -> None:
    """Red when: the range of the model is taken for that of a ruler."""
    walk = [stretch(1.2, minutes=5), stretch(2.4, minutes=5, grade_percent=12)]
    assert distance_m(walk) == pytest.approx(300)
    assert met_minutes(walk, 0) is None


def test_a_distance_is_unknown_where_a_speed_is() -> None:
    assert distance_m([stretch(3), stretch(None)]) is None
    assert distance_m([stretch(None), stretch(3)]) is None


# What is shown


@pytest.mark.parametrize(
    ("of_met_minutes", "weight", "kcal"),
    [
        (36.6, 70, 45),  # 44.8
        (45.2, 70, 55),  # 55.4
        (79.7, 70, 100),  # 97.6
        (40, 70, 50),  # 49.0
        (10, 40, 5),  # 7.0
        (11, 40, 10),  # 7.7
        (0, 70, 0),
    ],
)
def test_kcal_are_gross_and_rounded_to_five(
    of_met_minutes: float, weight: float, kcal: int
) -> None:
    """Red when: rest is taken off, a five is cut instead of rounded, or an exactness is feigned."""
    shown = estimate_kcal(of_met_minutes, weight)
    assert shown == kcal
    assert isinstance(shown, int)


@given(of_met_minutes=st.floats(0, 2000), weight=st.floats(25, 250))
def test_kcal_are_the_nearest_five(of_met_minutes: float, weight: float) -> None:
    shown = estimate_kcal(of_met_minutes, weight)
    assert shown is not None
    assert shown % 5 == 0
    assert shown == pytest.approx(of_met_minutes * 3.5 * weight / 200, abs=2.5 + 1e-6)


@pytest.mark.parametrize("weight", [None, -70, 0, 24.99, 250.01, inf, nan])
def test_without_a_weight_to_believe_there_are_no_kcal(weight: float | None) -> None:
    assert estimate_kcal(100, weight) is None


@pytest.mark.parametrize(("weight", "kcal"), [(25, 45), (250, 440)])
def test_the_lightest_and_the_heaviest_have_their_kcal(weight: float, kcal: int) -> None:
    assert estimate_kcal(100, weight) == kcal


@given(weight=st.none() | st.floats(25, 250))
def test_an_unknown_cost_has_no_kcal(weight: float | None) -> None:
    assert estimate_kcal(None, weight) is None


# The benchmark
