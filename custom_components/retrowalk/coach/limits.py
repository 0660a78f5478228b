"""How fast and how steep a runner may walk backward, whoever asks (training.md 3)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from .levels import Figure, Hands

FLAT_KMH: Final = Figure(5.0, "I from V22")
"""Mean minus two standard deviations of the backward walk-to-run transition."""
SLOPE_KMH: Final = Figure(4.0, "V17")
RAILS_KMH: Final = Figure(3.0, "CJ")
SENIOR_KMH: Final = Figure(3.5, "CJ, direction V50 V53")
SENIOR_FROM_AGE: Final = Figure(65, "CJ")
GRADE_PERCENT: Final = Figure(10, "V11 V17 V18")
SENIOR_GRADE_PERCENT: Final = Figure(5, "CJ")
SLOWEST_KMH: Final = Figure(0.5, "CJ")
"""Easing stops here: slower than this is standing still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The highest speed (km/h) on the flat and on a slope, and the steepest grade (percent).

    There is no lowest grade but 0: decline is out of scope (V25).
    """

    flat_kmh: float
    slope_kmh: float
    grade_percent: float

    def speed_kmh(self, grade_percent: float) -> float:
        """Return the highest speed on this grade."""
        return self.flat_kmh if grade_percent <= 0 else self.slope_kmh


def age_years(year_of_birth: int | None, today: date) -> int | None:
    """Return the age that somebody reaches this year; None where nobody said."""
    return None if year_of_birth is None else today.year - year_of_birth


def limits(hands: Hands, age_years: int | None, *, restricted: bool = False) -> Limits:
    """Return the limits for these hands and this age; an unknown age is not restricted.

    `restricted` is whom screening has hold the rails on the flat (4.4).
    """
    flat, slope, grade = FLAT_KMH.value, SLOPE_KMH.value, GRADE_PERCENT.value
    if age_years is not None and age_years >= SENIOR_FROM_AGE.value:
        flat, slope = min(flat, SENIOR_KMH.value), min(slope, SENIOR_KMH.value)
        grade = SENIOR_GRADE_PERCENT.value
    if restricted:
        grade = 0
    if restricted or hands is Hands.BOTH_RAILS:
        flat, slope = min(flat, RAILS_KMH.value), min(slope, RAILS_KMH.value)
    return Limits(flat_kmh=flat, slope_kmh=slope, grade_percent=grade)
