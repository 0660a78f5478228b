"""What a config entry and its subentries hold, read once into the types of the rooms."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import WEEKDAYS

from .coach.levels import GOAL_MINUTES
from .coach.plan import Surface
from .coach.session import GO_WAIT
from .gym.belt import BeltConfig
from .gym.gym import GymConfig
from .gym.path import PathConfig
from .gym.room import RoomConfig
from .runner import Place, RunnerConfig

RUNNER: Final = "runner"
"""The type of a runner's subentry."""

# Step 1 of the gym (entry.data)
CONF_AREA: Final = "area"
CONF_SURFACE: Final = "surface"
CONF_LANE_LENGTH: Final = "lane_length"
BOTH: Final = "both"

# The sections of the gym's options (entry.options)
CONF_LIGHT: Final = "light"
CONF_LIGHTS: Final = "lights"
CONF_SCENE: Final = "scene"
CONF_BRIGHTNESS: Final = "brightness"
CONF_RESTORE: Final = "restore"
CONF_SCRIPT: Final = "script"
CONF_PATH: Final = "path"
CONF_SENSORS: Final = "sensors"
CONF_ALSO_SEES_ME: Final = "also_sees_me"
CONF_WEEK: Final = "week"
CONF_WEEK_START: Final = "week_start"
CONF_SESSION: Final = "session"
CONF_GO_WAIT: Final = "go_wait"
CONF_GRACE: Final = "grace"
CONF_TREADMILL: Final = "treadmill"
CONF_SPEED_SENSOR: Final = "speed_sensor"

# A runner (subentry.data)
CONF_PERSON: Final = "person"
CONF_LEVEL: Final = "level"
CONF_WEEKLY_GOAL: Final = "weekly_goal"
CONF_RAILS: Final = "rails"
RAILS_ALWAYS: Final = "always"
RAILS_AS_LEVEL: Final = "as_level"
CONF_YEAR_OF_BIRTH: Final = "year_of_birth"

DEFAULT_BRIGHTNESS: Final = 100
DEFAULT_GO_WAIT_S: Final = int(GO_WAIT.total_seconds())
DEFAULT_GRACE_S: Final = 120


def gym_config(entry: ConfigEntry) -> GymConfig:
    """Return what the gym is made of."""
    light: dict[str, Any] = entry.options.get(CONF_LIGHT, {})
    path: dict[str, Any] = entry.options.get(CONF_PATH, {})
    return GymConfig(
        room=RoomConfig(
            lights=tuple(light.get(CONF_LIGHTS, ())),
            scene=light.get(CONF_SCENE),
            script=light.get(CONF_SCRIPT),
            brightness_percent=int(light.get(CONF_BRIGHTNESS, DEFAULT_BRIGHTNESS)),
            restore=light.get(CONF_RESTORE, True),
        ),
        path=PathConfig(
            sensors=tuple(path.get(CONF_SENSORS, ())),
            also_sees_me=frozenset(path.get(CONF_ALSO_SEES_ME, ())),
        ),
        belt=BeltConfig(speed_sensor=entry.options.get(CONF_TREADMILL, {}).get(CONF_SPEED_SENSOR)),
    )


def place(entry: ConfigEntry) -> Place:
    """Return what a runner has to know of its gym's settings."""
    surface = entry.data[CONF_SURFACE]
    week_start = entry.options.get(CONF_WEEK, {}).get(CONF_WEEK_START, WEEKDAYS[0])
    session: dict[str, Any] = entry.options.get(CONF_SESSION, {})
    return Place(
        surfaces=tuple(Surface) if surface == BOTH else (Surface(surface),),
        first_weekday=WEEKDAYS.index(week_start[:3]),
        go_wait=timedelta(seconds=session.get(CONF_GO_WAIT, DEFAULT_GO_WAIT_S)),
        grace=timedelta(seconds=session.get(CONF_GRACE, DEFAULT_GRACE_S)),
    )


def runner_config(subentry: ConfigSubentry) -> RunnerConfig:
    """Return what the runner's form holds."""
    data = subentry.data
    return RunnerConfig(
        name=subentry.title,
        level=data[CONF_LEVEL],
        weekly_goal=data.get(CONF_WEEKLY_GOAL, int(GOAL_MINUTES.low)),
        keeps_rails=data.get(CONF_RAILS) == RAILS_ALWAYS,
        year_of_birth=data.get(CONF_YEAR_OF_BIRTH),
    )
