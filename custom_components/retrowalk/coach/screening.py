"""Who may walk backward here, and how far (training.md 4.4).

The items are our own wording of what trials excluded and of clinical sense. An answer is the key of
an item that applies; what nobody ticked does not apply.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from .levels import LAST, Figure
from .limits import SENIOR_FROM_AGE


class Mode(StrEnum):
    """What screening allows, from the freest on."""

    OPEN = "open"
    RESTRICTED = "restricted"
    """Both rails, flat, up to level 4."""
    LOCKED = "locked"
    """No session until a clinician agrees."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked; what it leads to, and where that comes from."""

    key: str
    leads_to: Mode
    source: str


ITEMS: Final = (
    Item("chest", Mode.LOCKED, "V66"),
    Item("heart", Mode.LOCKED, "V66 V70"),
    Item("dizzy", Mode.LOCKED, "V66 V70"),
    Item("fell", Mode.LOCKED, "CJ"),
    Item("numb_feet", Mode.LOCKED, "V70 V71"),
    Item("nerves", Mode.LOCKED, "V70"),
    Item("surgery", Mode.LOCKED, "V70"),
    Item("bone_stress", Mode.LOCKED, "CJ"),
    Item("swollen_knee", Mode.LOCKED, "V70"),
    Item("seizures", Mode.LOCKED, "CJ"),
    Item("low_vision", Mode.LOCKED, "CJ"),
    Item("osteoporosis", Mode.LOCKED, "CJ"),
    Item("sedatives", Mode.LOCKED, "CJ"),
    Item("pregnant", Mode.LOCKED, "V67"),
    Item("medication", Mode.RESTRICTED, "V66"),
    Item("blood_thinners", Mode.RESTRICTED, "CJ"),
    Item("knee", Mode.RESTRICTED, "CJ"),
    Item("achilles", Mode.RESTRICTED, "CJ"),
    Item("low_back", Mode.RESTRICTED, "CJ"),
    Item("joint_replaced", Mode.RESTRICTED, "CJ"),
    Item("diabetes", Mode.RESTRICTED, "CJ"),
    Item("one_eye", Mode.RESTRICTED, "CJ"),
    Item("fear_of_falling", Mode.RESTRICTED, "CJ"),
)
AGAIN_AFTER_DAYS: Final = Figure(182, "CJ")
AGAIN_AFTER_GAP_DAYS: Final = Figure(56, "CJ")
RESTRICTED_LEVEL: Final = Figure(4, "CJ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered last; `answered` None: nobody was asked yet.

    `cleared` says that a clinician has agreed. It lifts what restricts; what locks is lifted by
    not ticking it any more, which is the runner's own explicit step.
    """

    answered: date | None = None
    items: frozenset[str] = frozenset()
    cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What screening says today; `why` are the keys of the items, or `age`."""

    mode: Mode
    why: tuple[str, ...] = ()
    is_due: bool = False
    """It has to be asked again; until then what was answered holds."""

    @property
    def most_level(self) -> int:
        """Return the highest level that may be walked; what locks takes no level away."""
        return int(RESTRICTED_LEVEL.value) if self.mode is Mode.RESTRICTED else LAST


def screen(
    answers: Answers,
    today: date,
    *,
    age_years: int | None,
    last_walk: date | None = None,
    fell: date | None = None,
) -> Screening:
    """Return what the answers allow today.

    A fall, or being told to see a professional, locks until the questions are answered on a later
    day.
    """
    answered = answers.answered
    if answered is not None and answered > today:
        answered = None  # a clock was wrong
    if fell is not None and (answered is None or answered <= fell):
        return Screening(mode=Mode.LOCKED, why=("asked_again",), is_due=True)
    is_due = answered is None or today - answered > timedelta(days=AGAIN_AFTER_DAYS.value)
    if answered is not None and last_walk is not None:
        gap = today - max(last_walk, answered)
        is_due = is_due or gap > timedelta(days=AGAIN_AFTER_GAP_DAYS.value)
    locks = _leading(answers.items, Mode.LOCKED)
    if locks:
        return Screening(mode=Mode.LOCKED, why=locks, is_due=is_due)
    restricts = _leading(answers.items, Mode.RESTRICTED)
    if age_years is not None and age_years >= SENIOR_FROM_AGE.value:
        restricts = ("age", *restricts)
    if restricts and not answers.cleared:
        return Screening(mode=Mode.RESTRICTED, why=restricts, is_due=is_due)
    return Screening(mode=Mode.OPEN, is_due=is_due)


def _leading(items: Collection[str], to: Mode) -> tuple[str, ...]:
    return tuple(each.key for each in ITEMS if each.key in items and each.leads_to is to)
