"""What walking backward costs, within the range in which anybody knows it (training.md 2.2).

An engineering model, shown as "about": it is fitted to a table and checked against a few studies.
Outside its range, without a speed or without a weight, the answer is None, never a guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .levels import Band, Figure, Hands

RESTING_ML: Final = Figure(3.5, "V44")
"""Oxygen at rest, ml a kg and minute; also what one MET is."""
LEVEL_ML: Final = Figure(0.186, "I from V23")
"""Oxygen for each metre a minute on the flat."""
CLIMB_ML: Final = Figure(1.8, "V44, V18")
SKILL: Final = Figure(0.235, "V19")
"""How much more somebody needs who has never done it."""
SKILL_MINUTES: Final = Figure(180, "V19")
"""After so many backward minutes nothing more is saved."""
LIGHT_HANDS: Final = Figure(0.95, "I from V45")
GRIPPING_HANDS: Final = Figure(0.80, "I from V45")
LEAST_METS: Final = Figure(2.0, "V48")
SPEEDS_KMH: Final = Band(2.0, 5.6, "V23 V20, slower I")
GRADES_PERCENT: Final = Band(0, 10, "V23 V18")
WEIGHTS_KG: Final = Band(25, 250, "CJ")
ROUNDED_KCAL: Final = 5
_KCAL_PER_MET: Final = 3.5 / 200
_HANDS: Final = {
    Hands.BOTH_RAILS: GRIPPING_HANDS.value,
    Hands.ONE_RAIL: LIGHT_HANDS.value,
    Hands.LIGHT_TOUCH: LIGHT_HANDS.value,
    Hands.HOVER: 1.0,
    Hands.FREE: 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a walk, walked backward; `speed_kmh` is None where nobody knows it."""

    minutes: float
    speed_kmh: float | None
    grade_percent: float
    hands: Hands


def oxygen_ml_per_kg_min(
    speed_kmh: float, grade_percent: float, *, practised_minutes: float, hands: Hands
) -> float:
    """Return the oxygen that walking backward needs (ml a kg and minute), whatever the range.

    `practised_minutes` are all backward minutes that were ever walked.
    """
    metres_a_minute = speed_kmh * 1000 / 60
    unskilled = max(0.0, 1 - practised_minutes / SKILL_MINUTES.value)
    level = RESTING_ML.value + LEVEL_ML.value * metres_a_minute
    climb = CLIMB_ML.value * metres_a_minute * grade_percent / 100
    return _HANDS[hands] * ((1 + SKILL.value * unskilled) * level + climb)


def mets(oxygen_ml: float) -> float:
    """Return METs, never below those of slow walking."""
    return max(LEAST_METS.value, oxygen_ml / RESTING_ML.value)


def kcal_per_min(of_mets: float, weight_kg: float) -> float:
    """Return kcal a minute, rest included."""
    return of_mets * _KCAL_PER_MET * weight_kg


def net_kcal_per_min(of_mets: float, weight_kg: float) -> float:
    """Return kcal a minute beyond those of rest."""
    return kcal_per_min(of_mets - 1, weight_kg)


def met_minutes(stretches: Iterable[Stretch], practised_minutes: float) -> float | None:
    """Return the MET-minutes of a walk; None where a stretch is outside the range, or none is."""
    total, known = 0.0, False
    for each in stretches:
        speed, grade = each.speed_kmh, each.grade_percent
        if speed is None or not SPEEDS_KMH.low <= speed <= SPEEDS_KMH.high:
            return None
        if not GRADES_PERCENT.low <= grade <= GRADES_PERCENT.high:
            return None
        oxygen = oxygen_ml_per_kg_min(
            speed, grade, practised_minutes=practised_minutes, hands=each.hands
        )
        total, known = total + mets(oxygen) * each.minutes, True
    return total if known else None


def distance_m(stretches: Iterable[Stretch]) -> float | None:
    """Return the metres of a walk; None where a speed is not known, or nothing was walked."""
    total, known = 0.0, False
    for each in stretches:
        if each.speed_kmh is None:
            return None
        total, known = total + each.speed_kmh * 1000 / 60 * each.minutes, True
    return total if known else None


def estimate_kcal(of_met_minutes: float | None, weight_kg: float | None) -> int | None:
    """Return about how many kcal, in fives; None where it cannot be known."""
    if of_met_minutes is None or weight_kg is None:
        return None
    if not WEIGHTS_KG.low <= weight_kg <= WEIGHTS_KG.high:
        return None
    kcal = kcal_per_min(of_met_minutes, weight_kg)
    return ROUNDED_KCAL * round(kcal / ROUNDED_KCAL)
