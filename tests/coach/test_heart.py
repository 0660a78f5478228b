"""The heart rate as a ceiling: its figures (training.md 2.3), and when something is done."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.heart import Answer, ceiling_bpm
from custom_components.retrowalk.coach.levels import FIRST, LAST

LEVELS = range(FIRST, LAST + 1)


@pytest.mark.parametrize(
    ("level", "grade_percent", "share"),
    [
        *((level, 0, 0.76) for level in LEVELS if level < 5),
        *((level, 0, 0.80) for level in LEVELS if level >= 5),
        *((level, grade, 0.85) for level in LEVELS for grade in (0.5, 5, 10)),
    ],
)
def test_at_forty_the_ceiling_is_a_share_of_a_hundred_and_eighty(
    level: int, grade_percent: float, share: float
) -> None:
    """Red when: a figure is another one, or level 4 is taken for a practised one."""
    assert ceiling_bpm(40, level, grade_percent) == pytest.approx(180 * share)


@pytest.mark.parametrize(
    ("age_years", "highest_bpm"), [(20, 194), (30, 187), (40, 180), (65, 162.5), (90, 145)]
)
def test_the_highest_heart_rate_falls_with_the_years(age_years: int, highest_bpm: float) -> None:
    """Red when: 220 minus the age is taken, or a slope other than 0.7 a year."""
    assert ceiling_bpm(age_years, 1, 0) == pytest.approx(0.76 * highest_bpm)


@given(level=st.sampled_from(LEVELS), grade_percent=st.floats(0, 10))
def test_without_an_age_there_is_no_ceiling(level: int, grade_percent: float) -> None:
    """Red when: an unknown age is taken for any."""
    assert ceiling_bpm(None, level, grade_percent) is None


@given(age_years=st.integers(5, 105), level=st.sampled_from(LEVELS), grade=st.floats(0, 10))
def test_a_ceiling_is_below_what_a_heart_can_do_and_a_hill_never_lowers_it(
    age_years: int, level: int, grade: float
) -> None:
    flat, ceiling = ceiling_bpm(age_years, level, 0), ceiling_bpm(age_years, level, grade)
    assert flat is not None
    assert ceiling is not None
    assert 90 < flat <= ceiling < 208 - 0.7 * age_years


def test_it_is_said_then_it_gets_slower_then_it_stops() -> None:
    """Red when: a stop comes before a word, or an answer is given at once."""
    assert [(each.name, each.value) for each in Answer] == [
        ("SAY", timedelta(seconds=15)),
        ("SLOWER", timedelta(seconds=45)),
        ("STOP", timedelta(seconds=90)),
    ]
