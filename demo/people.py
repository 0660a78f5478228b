"""The two runners of the demo and what they walked before the visitor came."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

WEEKS_BEFORE = 6
MONDAY, TUESDAY, THURSDAY, SATURDAY, SUNDAY = 0, 1, 3, 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One walk that comes back every week; one number for each of the six weeks, 0 = not walked."""

    weekday: int
    at: time
    kind: str
    minutes: tuple[int, ...]
    effort: int
    pain: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One past walk, as `retrowalk.log_session` wants it."""

    when: datetime
    kind: str
    minutes: int
    effort: int
    pain: int

    def as_action_data(self) -> dict[str, object]:
        """The fields of the action."""
        return {
            "when": self.when.isoformat(),
            "kind": self.kind,
            "minutes": self.minutes,
            "effort": self.effort,
            "pain": self.pain,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What the runner's form is filled in with, and the habits."""

    name: str
    level: int
    weekly_goal: int
    rails: str
    year_of_birth: int
    weight: int
    runs_on: tuple[str, ...]
    """Weekdays; none where nobody has said any."""
    habits: tuple[Habit, ...]

    def walks_before(self, now: datetime) -> Iterator[Walk]:
        """The walks of the six weeks before today, oldest first. The same for the same day.

        The running week keeps one walk open, so that the visitor can still reach its goal.
        """
        this_monday = now.date() - timedelta(days=now.weekday())
        for week in range(-WEEKS_BEFORE, 1):
            monday = this_monday + timedelta(weeks=week)
            habits = self.habits[:-1] if week == 0 else self.habits
            for habit in habits:
                day = monday + timedelta(days=habit.weekday)
                minutes = habit.minutes[week + WEEKS_BEFORE if week < 0 else -1]
                if minutes and now.date() - timedelta(weeks=WEEKS_BEFORE) <= day < now.date():
                    yield Walk(
                        when=_at(day, habit.at, now.tzinfo),
                        kind=habit.kind,
                        minutes=minutes,
                        effort=habit.effort,
                        pain=habit.pain,
                    )


def _at(day: date, at: time, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, at, zone)


ANN = Runner(
    name="Ann",
    level=6,
    weekly_goal=45,
    rails="as_level",
    year_of_birth=1988,
    weight=62,
    runs_on=("tue", "fri", "sun"),
    habits=(
        # The fourth week is lighter, as training plans have it.
        Habit(
            weekday=MONDAY,
            at=time(18, 10),
            kind="dedicated",
            minutes=(15, 16, 16, 11, 17, 17),
            effort=3,
        ),
        Habit(
            weekday=THURSDAY,
            at=time(18, 30),
            kind="hill",
            minutes=(10, 11, 12, 8, 12, 12),
            effort=5,
            pain=1,
        ),
        Habit(
            weekday=SATURDAY,
            at=time(9, 20),
            kind="dedicated",
            minutes=(15, 16, 17, 11, 17, 18),
            effort=4,
        ),
    ),
)

BEN = Runner(
    name="Ben",
    level=2,
    weekly_goal=20,
    rails="always",
    year_of_birth=1979,
    weight=81,
    runs_on=(),
    habits=(
        Habit(
            weekday=TUESDAY,
            at=time(7, 15),
            kind="dedicated",
            minutes=(6, 6, 7, 7, 8, 8),
            effort=2,
        ),
        Habit(
            weekday=THURSDAY,
            at=time(7, 15),
            kind="dedicated",
            minutes=(6, 6, 7, 7, 7, 8),
            effort=3,
            pain=1,
        ),
        Habit(
            weekday=SUNDAY,
            at=time(10, 5),
            kind="dedicated",
            minutes=(0, 6, 0, 7, 7, 8),
            effort=2,
        ),
    ),
)

RUNNERS = (ANN, BEN)
