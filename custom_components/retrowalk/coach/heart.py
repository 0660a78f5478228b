"""The heart rate as a ceiling, never a target (training.md 2.3)."""

from datetime import timedelta
from enum import Enum
from typing import Final

from .levels import Figure

SHARE_TO_L4: Final = Figure(0.76, "CJ, after V49")
SHARE_FLAT: Final = Figure(0.80, "CJ")
SHARE_HILL: Final = Figure(0.85, "CJ")
"""What the bouts of a hill may touch."""
FLAT_SHARE_FROM_LEVEL: Final = Figure(5, "CJ")
MAX_AT_BIRTH: Final = Figure(208, "R high, Tanaka 2001")
LESS_PER_YEAR: Final = Figure(0.7, "R high, Tanaka 2001")


class Answer(Enum):
    """What is done about a heart rate above the ceiling; the value is after how long [CJ]."""

    SAY = timedelta(seconds=15)
    SLOWER = timedelta(seconds=45)
    STOP = timedelta(seconds=90)


def ceiling_bpm(age_years: int | None, level: int, grade_percent: float) -> float | None:
    """Return the highest heart rate (beats a minute); None where no age is known."""
    if age_years is None:
        return None
    highest = MAX_AT_BIRTH.value - LESS_PER_YEAR.value * age_years
    if grade_percent > 0:
        return highest * SHARE_HILL.value
    is_new = level < FLAT_SHARE_FROM_LEVEL.value
    return highest * (SHARE_TO_L4.value if is_new else SHARE_FLAT.value)
