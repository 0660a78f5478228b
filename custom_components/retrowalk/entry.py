"""What a config entry and its subentries hold, read once into the types of the rooms."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import WEEKDAYS

from .check_in import ASK_AT
from .coach.cues import Detail
from .coach.day import Pause
from .coach.levels import GOAL_MINUTES
from .coach.plan import Kind, Surface
from .coach.screening import Answers
from .coach.session import GO_WAIT
from .gym.belt import BeltConfig
from .gym.gym import GymConfig
from .gym.path import CLEAR, PathConfig, Watched
from .gym.remote import RemoteConfig
from .gym.roles import STILL_WATTS, Roles
from .gym.room import RoomConfig
from .gym.voice import VoiceConfig
from .person import Place, RunnerConfig
from .running import RunningConfig

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
CONF_ALSO_RESTORE: Final = "also_restore"
CONF_WATCHED: Final = "watched"
CONF_ENTITY: Final = "entity"
CONF_CLEAR: Final = "clear"
CONF_HOLD: Final = "hold"
CONF_TREADMILL: Final = "treadmill"
CONF_SPEED: Final = "speed"
CONF_INCLINE: Final = "incline"
CONF_START: Final = "start"
CONF_STOP: Final = "stop"
CONF_STOP_KEEPS_STILL: Final = "stop_keeps_still"
CONF_SPEED_SENSOR: Final = "speed_sensor"
CONF_POWER_SENSOR: Final = "power_sensor"
CONF_STILL_WATTS: Final = "still_watts"
CONF_PLUG: Final = "plug"
CONF_CONNECT: Final = "connect"
CONF_GO_BUTTON: Final = "go_button"
CONF_STOP_BUTTON: Final = "stop_button"
CONF_MAY_MOVE: Final = "may_move"
CONF_VOICE: Final = "voice"
CONF_SATELLITES: Final = "satellites"
CONF_SPEAKERS: Final = "speakers"
CONF_TTS: Final = "tts"
CONF_VOLUME: Final = "volume"
CONF_DETAIL: Final = "detail"
CONF_DETAIL_OF: Final = "detail_of"
CONF_KIND: Final = "kind"
CONF_SIGNAL_LIGHTS: Final = "signal_lights"

# A step of the gym's options that keeps nothing
CONF_AUTOMATIONS: Final = "automations"

# A runner (subentry.data)
CONF_SATELLITES_START: Final = "satellites_start"
CONF_PERSON: Final = "person"
CONF_LEVEL: Final = "level"
CONF_WEEKLY_GOAL: Final = "weekly_goal"
CONF_RAILS: Final = "rails"
RAILS_ALWAYS: Final = "always"
RAILS_AS_LEVEL: Final = "as_level"
CONF_YEAR_OF_BIRTH: Final = "year_of_birth"
CONF_PHONES: Final = "phones"
CONF_HEART_RATE: Final = "heart_rate"
CONF_CHECK_IN: Final = "check_in"
CONF_WEIGHT: Final = "weight"
CONF_USUAL_PAIN: Final = "usual_pain"
CONF_RUNNING: Final = "running"
CONF_WEEKDAYS: Final = "weekdays"
CONF_CALENDAR: Final = "calendar"
CONF_KEYWORD: Final = "keyword"
CONF_LAST_RUN: Final = "last_run"
CONF_BREAK: Final = "break"
CONF_FROM: Final = "from"
CONF_UNTIL: Final = "until"
CONF_ILL: Final = "ill"
CONF_SCREENING: Final = "screening"
CONF_APPLIES: Final = "applies"
CONF_CLEARED: Final = "cleared"
CONF_TRUE_TODAY: Final = "true_today"
CONF_ANSWERED: Final = "answered"

DEFAULT_BRIGHTNESS: Final = 100
DEFAULT_GO_WAIT_S: Final = int(GO_WAIT.total_seconds())
DEFAULT_GRACE_S: Final = 120


def gym_config(entry: ConfigEntry) -> GymConfig:
    """Return what the gym is made of."""
    light: dict[str, Any] = entry.options.get(CONF_LIGHT, {})
    treadmill: dict[str, Any] = entry.options.get(CONF_TREADMILL, {})
    voice: dict[str, Any] = entry.options.get(CONF_VOICE, {})
    roles = Roles(
        speed=treadmill.get(CONF_SPEED),
        incline=treadmill.get(CONF_INCLINE),
        start=treadmill.get(CONF_START),
        stop=treadmill.get(CONF_STOP),
        speed_sensor=treadmill.get(CONF_SPEED_SENSOR),
        power_sensor=treadmill.get(CONF_POWER_SENSOR),
        still_watts=float(treadmill.get(CONF_STILL_WATTS, STILL_WATTS)),
        plug=treadmill.get(CONF_PLUG),
        connect=treadmill.get(CONF_CONNECT),
    )
    return GymConfig(
        room=RoomConfig(
            lights=tuple(light.get(CONF_LIGHTS, ())),
            scene=light.get(CONF_SCENE),
            script=light.get(CONF_SCRIPT),
            also_restore=tuple(light.get(CONF_ALSO_RESTORE, ())),
            signals=tuple(voice.get(CONF_SIGNAL_LIGHTS, ())),
            never=roles.entities,
            brightness_percent=int(light.get(CONF_BRIGHTNESS, DEFAULT_BRIGHTNESS)),
            restore=light.get(CONF_RESTORE, True),
        ),
        path=PathConfig(watched=tuple(_watched(entry.options.get(CONF_PATH, {})))),
        belt=BeltConfig(
            roles=roles,
            may_move=treadmill.get(CONF_MAY_MOVE, False),
        ),
        remote=RemoteConfig(go=treadmill.get(CONF_GO_BUTTON), stop=treadmill.get(CONF_STOP_BUTTON)),
        voice=VoiceConfig(
            satellites=tuple(voice.get(CONF_SATELLITES, ())),
            speakers=tuple(voice.get(CONF_SPEAKERS, ())),
            tts=voice.get(CONF_TTS),
            volume=voice[CONF_VOLUME] / 100 if CONF_VOLUME in voice else None,
        ),
    )


def _watched(path: dict[str, Any]) -> Iterator[Watched]:
    """Yield what watches the path: the sensors, then whatever else has to be as it is named."""
    also_sees_me = path.get(CONF_ALSO_SEES_ME, ())
    for entity_id in path.get(CONF_SENSORS, ()):
        yield Watched(entity_id=entity_id, also_sees_me=entity_id in also_sees_me)
    for each in path.get(CONF_WATCHED, ()):
        yield Watched(
            entity_id=each[CONF_ENTITY],
            clear=clear_states(each.get(CONF_CLEAR)) or CLEAR,
            hold_s=float(each.get(CONF_HOLD, 0)),
            also_sees_me=each[CONF_ENTITY] in also_sees_me,
        )


def clear_states(said: str | None) -> frozenset[str]:
    """Return the states that a form names, with commas between them."""
    return frozenset(each.strip().casefold() for each in (said or "").split(",") if each.strip())


def place(entry: ConfigEntry) -> Place:
    """Return what a runner has to know of its gym's settings."""
    surface = entry.data[CONF_SURFACE]
    week_start = entry.options.get(CONF_WEEK, {}).get(CONF_WEEK_START, WEEKDAYS[0])
    session: dict[str, Any] = entry.options.get(CONF_SESSION, {})
    voice: dict[str, Any] = entry.options.get(CONF_VOICE, {})
    others = {each[CONF_KIND]: each[CONF_DETAIL] for each in voice.get(CONF_DETAIL_OF, ())}
    usual = voice.get(CONF_DETAIL, Detail.FULL)
    return Place(
        surfaces=tuple(Surface) if surface == BOTH else (Surface(surface),),
        first_weekday=WEEKDAYS.index(week_start[:3]),
        go_wait=timedelta(seconds=session.get(CONF_GO_WAIT, DEFAULT_GO_WAIT_S)),
        grace=timedelta(seconds=session.get(CONF_GRACE, DEFAULT_GRACE_S)),
        details={kind: Detail(others.get(kind.value, usual)) for kind in Kind},
    )


def _running(running: dict[str, Any]) -> RunningConfig:
    weekdays = running.get(CONF_WEEKDAYS)
    return RunningConfig(
        weekdays=frozenset(WEEKDAYS.index(each) for each in weekdays) if weekdays else None,
        calendar=running.get(CONF_CALENDAR),
        keyword=running.get(CONF_KEYWORD, ""),
        last_run=running.get(CONF_LAST_RUN),
    )


def _pauses(pause: dict[str, Any]) -> tuple[Pause, ...]:
    if not pause.get(CONF_FROM):
        return ()
    first = date.fromisoformat(pause[CONF_FROM])
    last = date.fromisoformat(pause.get(CONF_UNTIL) or pause[CONF_FROM])
    return (Pause(first=first, last=last, is_ill=pause.get(CONF_ILL, False)),)


def _answers(screening: dict[str, Any]) -> Answers:
    answered = screening.get(CONF_ANSWERED)
    return Answers(
        answered=date.fromisoformat(answered) if answered else None,
        items=frozenset(screening.get(CONF_APPLIES, ())),
        cleared=screening.get(CONF_CLEARED, False),
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
        weight_kg=data.get(CONF_WEIGHT),
        usual_pain=int(data.get(CONF_USUAL_PAIN, 0)),
        check_in_at=time.fromisoformat(data[CONF_CHECK_IN]) if CONF_CHECK_IN in data else ASK_AT,
        running=_running(data.get(CONF_RUNNING, {})),
        pauses=_pauses(data.get(CONF_BREAK, {})),
        answers=_answers(data.get(CONF_SCREENING, {})),
        person=data.get(CONF_PERSON),
        satellites_start=data.get(CONF_SATELLITES_START, True),
        phones=tuple(data.get(CONF_PHONES, ())),
        heart_rate_sensor=data.get(CONF_HEART_RATE),
    )
