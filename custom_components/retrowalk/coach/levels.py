"""The ladder L1..L8 as data: each figure beside the tag of its source.

Tags are those of docs/training.md: `V n` a source that was read, `I` an inference or arithmetic
from such figures, `CJ` coach judgement without a source. Speeds are km/h, grades percent, minutes
*backward* minutes, lengths seconds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Hands(StrEnum):
    """Where the hands are, from the safest to the freest."""

    BOTH_RAILS = "both_rails"
    ONE_RAIL = "one_rail"
    LIGHT_TOUCH = "light_touch"
    HOVER = "hover"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and where it comes from."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Band:
    """A range, both ends included, and where it comes from."""

    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bouts:
    """How backward minutes are cut into bouts with a rest between.

    `count` is the usual number of bouts, `length_s` the length of one, `rest_s` the rest after it.
    """

    count: Band
    length_s: Band
    rest_s: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Hill:
    """The hill session of a level; it takes the place of one flat session a week."""

    minutes: Band
    bouts: Bouts
    speed_kmh: Band
    grade_percent: Band
    hands: Hands
    rpe_max: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One rung of the ladder (training.md 5.1, 5.2, 5.4)."""

    number: int
    key: str
    minutes: Band
    bouts: Bouts | None
    """How the minutes are cut; None is one continuous walk."""
    continuous_from: Figure | None
    """Minutes from which the walk is continuous although the row has bouts."""
    sessions_per_week: Band
    speed_kmh: Band
    hands: Hands
    rpe_max: Figure
    weekly_minutes: Band
    min_days: Figure
    """Days to stay at least; 0 for the last level, which is kept."""
    min_sessions: Figure
    mets: Band
    hill_mets: Band | None
    hill: Hill | None
    warm_up_minutes: Band | None
    cool_down_minutes: Band | None
    weekly_goal: Figure


FIRST: Final = 1
LAST: Final = 8

# V1, V5, V7, V19: doses of the trials; V35, V38, V39: how coaches start; V43: two weeks a step.
LADDER: Final[tuple[Level, ...]] = (
    Level(
        number=1,
        key="first_steps",
        minutes=Band(4, 6, "CJ below V77"),
        bouts=Bouts(
            count=Band(6, 6, "CJ"), length_s=Band(40, 60, "V77"), rest_s=Band(60, 60, "CJ")
        ),
        continuous_from=None,
        sessions_per_week=Band(2, 2, "CJ"),
        speed_kmh=Band(0.8, 1.6, "V38 V39"),
        hands=Hands.BOTH_RAILS,
        rpe_max=Figure(3, "CJ"),
        weekly_minutes=Band(8, 12, "I"),
        min_days=Figure(7, "CJ"),
        min_sessions=Figure(3, "CJ"),
        mets=Band(2.0, 2.4, "I"),
        hill_mets=None,
        hill=None,
        warm_up_minutes=None,
        cool_down_minutes=None,
        weekly_goal=Figure(10, "CJ"),
    ),
    Level(
        number=2,
        key="find_rhythm",
        minutes=Band(6, 8, "V35"),
        bouts=Bouts(
            count=Band(4, 4, "CJ"), length_s=Band(90, 120, "CJ"), rest_s=Band(60, 60, "CJ")
        ),
        continuous_from=None,
        sessions_per_week=Band(2, 3, "CJ"),
        speed_kmh=Band(1.6, 2.2, "V38 V39"),
        hands=Hands.BOTH_RAILS,
        rpe_max=Figure(3, "CJ"),
        weekly_minutes=Band(12, 24, "I"),
        min_days=Figure(7, "CJ"),
        min_sessions=Figure(3, "CJ"),
        mets=Band(2.4, 2.9, "I"),
        hill_mets=None,
        hill=None,
        warm_up_minutes=Band(2, 2, "CJ"),
        cool_down_minutes=Band(2, 2, "CJ"),
        weekly_goal=Figure(20, "CJ"),
    ),
    Level(
        number=3,
        key="steady",
        minutes=Band(8, 10, "V1"),
        bouts=Bouts(
            count=Band(2, 2, "CJ"), length_s=Band(240, 300, "CJ"), rest_s=Band(90, 90, "CJ")
        ),
        continuous_from=None,
        sessions_per_week=Band(3, 3, "V1"),
        speed_kmh=Band(2.0, 2.8, "CJ"),
        hands=Hands.LIGHT_TOUCH,
        rpe_max=Figure(3, "CJ"),
        weekly_minutes=Band(24, 30, "V1"),
        min_days=Figure(14, "V43"),
        min_sessions=Figure(5, "CJ"),
        mets=Band(3.1, 4.0, "I"),
        hill_mets=None,
        hill=None,
        warm_up_minutes=Band(3, 3, "CJ"),
        cool_down_minutes=Band(3, 3, "CJ"),
        weekly_goal=Figure(30, "V1"),
    ),
    Level(
        number=4,
        key="base",
        minutes=Band(10, 15, "V5 V7 V19"),
        bouts=Bouts(
            count=Band(3, 3, "CJ"), length_s=Band(210, 300, "CJ"), rest_s=Band(60, 60, "CJ")
        ),
        continuous_from=Figure(15, "CJ"),
        sessions_per_week=Band(3, 3, "V5 V19"),
        speed_kmh=Band(2.5, 3.5, "CJ"),
        hands=Hands.HOVER,
        rpe_max=Figure(4, "CJ"),
        weekly_minutes=Band(30, 45, "V5 V7 V19"),
        min_days=Figure(14, "V43"),
        min_sessions=Figure(6, "CJ"),
        mets=Band(3.6, 4.6, "I"),
        hill_mets=None,
        hill=None,
        warm_up_minutes=Band(3, 4, "CJ"),
        cool_down_minutes=Band(3, 5, "CJ"),
        weekly_goal=Figure(30, "V1"),
    ),
    Level(
        number=5,
        key="first_hill",
        minutes=Band(12, 15, "V19"),
        bouts=None,
        continuous_from=None,
        sessions_per_week=Band(3, 3, "V61"),
        speed_kmh=Band(3.0, 3.8, "CJ"),
        hands=Hands.FREE,
        rpe_max=Figure(4, "CJ"),
        weekly_minutes=Band(29, 38, "I"),
        min_days=Figure(14, "V43"),
        min_sessions=Figure(6, "CJ"),
        mets=Band(3.8, 4.5, "I"),
        hill_mets=Band(3.2, 3.8, "I"),
        hill=Hill(
            minutes=Band(5, 8, "CJ"),
            bouts=Bouts(
                count=Band(5, 5, "CJ"), length_s=Band(60, 90, "CJ"), rest_s=Band(90, 90, "CJ")
            ),
            speed_kmh=Band(2.0, 2.5, "CJ"),
            grade_percent=Band(2, 3, "V38"),
            hands=Hands.LIGHT_TOUCH,
            rpe_max=Figure(5, "CJ"),
        ),
        warm_up_minutes=Band(4, 5, "CJ"),
        cool_down_minutes=Band(5, 5, "CJ"),
        weekly_goal=Figure(45, "V19"),
    ),
    Level(
        number=6,
        key="hill_builder",
        minutes=Band(15, 18, "V19"),
        bouts=None,
        continuous_from=None,
        sessions_per_week=Band(3, 3, "V61"),
        speed_kmh=Band(3.0, 4.0, "CJ"),
        hands=Hands.FREE,
        rpe_max=Figure(4, "CJ"),
        weekly_minutes=Band(40, 48, "I"),
        min_days=Figure(14, "V43"),
        min_sessions=Figure(6, "CJ"),
        mets=Band(3.7, 4.5, "I"),
        hill_mets=Band(3.7, 4.4, "I"),
        hill=Hill(
            minutes=Band(10, 12, "CJ"),
            bouts=Bouts(
                count=Band(5, 6, "CJ"), length_s=Band(120, 120, "CJ"), rest_s=Band(90, 90, "CJ")
            ),
            speed_kmh=Band(2.2, 2.8, "CJ"),
            grade_percent=Band(4, 5, "V17 V18 V29"),
            hands=Hands.LIGHT_TOUCH,
            rpe_max=Figure(5, "CJ"),
        ),
        warm_up_minutes=Band(4, 5, "CJ"),
        cool_down_minutes=Band(5, 5, "CJ"),
        weekly_goal=Figure(45, "V19"),
    ),
    Level(
        number=7,
        key="strong",
        minutes=Band(18, 20, "V11"),
        bouts=None,
        continuous_from=None,
        sessions_per_week=Band(3, 3, "V61"),
        speed_kmh=Band(3.5, 4.5, "CJ"),
        hands=Hands.FREE,
        rpe_max=Figure(5, "CJ"),
        weekly_minutes=Band(46, 55, "I"),
        min_days=Figure(14, "V43"),
        min_sessions=Figure(6, "CJ"),
        mets=Band(4.1, 5.0, "I"),
        hill_mets=Band(4.7, 5.4, "I"),
        hill=Hill(
            minutes=Band(10, 15, "CJ"),
            bouts=Bouts(
                count=Band(5, 5, "CJ"), length_s=Band(120, 180, "CJ"), rest_s=Band(90, 120, "CJ")
            ),
            speed_kmh=Band(2.5, 3.0, "V11"),
            grade_percent=Band(6, 8, "V18"),
            hands=Hands.LIGHT_TOUCH,
            rpe_max=Figure(6, "CJ"),
        ),
        warm_up_minutes=Band(4, 5, "CJ"),
        cool_down_minutes=Band(5, 5, "CJ"),
        weekly_goal=Figure(60, "V5 V7"),
    ),
    Level(
        number=8,
        key="keep",
        minutes=Band(20, 25, "V11"),
        bouts=None,
        continuous_from=None,
        sessions_per_week=Band(1, 3, "V61"),
        speed_kmh=Band(4.0, 5.0, "CJ, cap V22"),
        hands=Hands.FREE,
        rpe_max=Figure(5, "CJ"),
        weekly_minutes=Band(55, 68, "I"),
        min_days=Figure(0, "CJ"),
        min_sessions=Figure(0, "CJ"),
        mets=Band(4.5, 5.4, "I"),
        hill_mets=Band(5.1, 6.7, "I"),
        hill=Hill(
            minutes=Band(15, 18, "CJ"),
            bouts=Bouts(
                count=Band(5, 6, "CJ"), length_s=Band(180, 180, "CJ"), rest_s=Band(120, 120, "CJ")
            ),
            speed_kmh=Band(2.5, 3.5, "V11 V17"),
            grade_percent=Band(8, 10, "V11 V17"),
            hands=Hands.LIGHT_TOUCH,
            rpe_max=Figure(6, "CJ"),
        ),
        warm_up_minutes=Band(4, 5, "CJ"),
        cool_down_minutes=Band(5, 5, "CJ"),
        weekly_goal=Figure(60, "V5 V7"),
    ),
)

GOAL_MINUTES: Final = Band(10, 90, "V1 V11, ceiling CJ")
"""The weekly goal a person may set (training.md 5.4)."""


def level(number: int) -> Level:
    """Return a level of the ladder; IndexError outside FIRST..LAST."""
    if not FIRST <= number <= LAST:
        raise IndexError(number)
    return LADDER[number - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """Where inside its level's rows a runner stands."""

    minutes: float
    hill_minutes: float | None
    speed_kmh: float
    hill_speed_kmh: float | None
    grade_percent: float
    hands: Hands


def first_dose(row: Level) -> Dose:
    """Return the dose with which a level begins: the lower end of each of its ranges."""
    return Dose(
        minutes=row.minutes.low,
        hill_minutes=row.hill.minutes.low if row.hill else None,
        speed_kmh=row.speed_kmh.low,
        hill_speed_kmh=row.hill.speed_kmh.low if row.hill else None,
        grade_percent=row.hill.grade_percent.low if row.hill else 0,
        hands=row.hands,
    )
