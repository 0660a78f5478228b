"""What a runner is made of: what the form holds, where they train, what their sessions tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum

from .check_in import ASK_AT
from .coach.cues import Detail
from .coach.day import Pause
from .coach.plan import Kind, Surface
from .coach.screening import Answers
from .coaching import CoachConfig
from .running import RunningConfig


class SessionEvent(StrEnum):
    """What a runner's session tells."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    GOAL_REACHED = "goal_reached"
    LEVEL_CHANGED = "level_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerConfig:
    """What the runner's form holds; `level` is the one to begin at."""

    name: str
    level: int
    weekly_goal: int
    keeps_rails: bool = False
    year_of_birth: int | None = None
    weight_kg: float | None = None
    usual_pain: int = 0
    running: RunningConfig = RunningConfig()
    pauses: tuple[Pause, ...] = ()
    answers: Answers = Answers()
    check_in_at: time = ASK_AT
    person: str | None = None
    """The entity of whoever this is, by whose user a voice is known."""
    satellites_start: bool = True
    """Whether a satellite that does not know who speaks may start a session."""
    phones: tuple[str, ...] = ()
    """Device ids of what gets alerts."""
    heart_rate_sensor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a runner needs to know of its gym's settings; `first_weekday` 0 is Monday."""

    surfaces: tuple[Surface, ...]
    first_weekday: int
    go_wait: timedelta
    details: Mapping[Kind, Detail]
    """How much is said of each kind of session."""
    grace: timedelta
    """A session that nobody conducted for longer than this is over."""


def coach_config(config: RunnerConfig, place: Place) -> CoachConfig:
    """Return what the coach has to know of a runner."""
    return CoachConfig(
        level=config.level,
        weekly_goal=config.weekly_goal,
        year_of_birth=config.year_of_birth,
        usual_pain=config.usual_pain,
        first_weekday=place.first_weekday,
        running=config.running,
        pauses=config.pauses,
        answers=config.answers,
    )
