"""What is answered when somebody asks, aloud or by an assistant: one text each.

Everything here reads a snapshot; nothing changes anything.
"""

from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant

from .coach.plan import Motion
from .coach.session import State
from .gym.gym import Gym
from .messages import name_blockers, name_reasons, number, text
from .runner import Runner, in_minutes

_MINUTE_S: Final = 60


async def minutes(hass: HomeAssistant, runner: Runner, language: str) -> str:
    """Return the backward minutes of the week, and what they are to reach."""
    week = runner.snapshot.week
    return text(
        hass,
        "answer_minutes",
        language,
        runner=runner.config.name,
        minutes=number(hass, in_minutes(week.backward), language),
        goal=str(runner.snapshot.weekly_goal),
    )


async def due(hass: HomeAssistant, runner: Runner, language: str) -> str:
    """Return what today asks for, with its reasons, once every source was asked."""
    outlook = await runner.advice()
    advice = outlook.advice
    reasons = name_reasons(hass, advice.reasons, language)
    if advice.walk is None:
        return text(hass, "answer_nothing_due", language, reasons=reasons)
    return text(
        hass,
        "answer_due",
        language,
        kind=text(hass, f"kind_{advice.walk.value}", language),
        minutes=number(hass, advice.minutes or 0, language),
        reasons=reasons,
    )


def left(hass: HomeAssistant, runner: Runner, language: str) -> str:
    """Return how long the session, and what is on of it, still lasts."""
    view = runner.snapshot.session
    if view is None:
        return text(hass, "no_session", language)
    if view.session_ends is None:
        return text(hass, "answer_left_waits", language)
    whole = _length(hass, view.session_ends - runner.now, language)
    return text(hass, "answer_left", language, length=whole)


def following(hass: HomeAssistant, runner: Runner, language: str) -> str:
    """Return what comes after what is on."""
    view = runner.snapshot.session
    if view is None:
        return text(hass, "no_session", language)
    if (phase := view.next_phase) is None:
        return text(hass, "answer_next_end", language)
    if phase.motion is Motion.TURNING:
        return text(hass, "answer_next_turning", language)
    length = _length(hass, phase.length, language)
    if not phase.speed_kmh:
        return text(hass, f"answer_next_{phase.motion.value}", language, length=length)
    return text(
        hass,
        f"answer_next_{phase.motion.value}_belt",
        language,
        length=length,
        speed=number(hass, phase.speed_kmh, language),
        grade=number(hass, phase.grade_percent, language),
    )


def path(hass: HomeAssistant, gym: Gym, language: str) -> str:
    """Return whether anything is in the way."""
    snapshot = gym.snapshot
    if snapshot.blockers:
        blockers = name_blockers(hass, snapshot.blockers, language)
        return text(hass, "answer_path_blocked", language, blockers=blockers)
    return text(
        hass, "answer_path_clear" if snapshot.is_watched else "answer_path_unwatched", language
    )


def again(hass: HomeAssistant, gym: Gym, language: str) -> str:
    """Return what was said last."""
    return gym.said_last or text(hass, "answer_nothing_said", language)


def started(hass: HomeAssistant, runner: Runner, language: str) -> str:
    """Return what a session that has just been asked for is, and what it waits for."""
    view = runner.snapshot.session
    if view is None:
        return text(hass, "stopped_meanwhile", language)
    if view.position.state not in (State.PREPARING, State.READY):
        return left(hass, runner, language)  # it went on already
    plan = view.session.plan
    kind = text(hass, f"kind_{plan.kind.value}", language)
    backward = number(hass, in_minutes(plan.backward), language)
    waits = runner.gym.snapshot.blockers if view.position.state is State.PREPARING else ()
    if waits:
        then = text(hass, "answer_waits", language, blockers=name_blockers(hass, waits, language))
    else:
        then = text(hass, "answer_gets_ready", language)
    return text(
        hass,
        "answer_started",
        language,
        runner=runner.config.name,
        kind=kind,
        minutes=backward,
        then=then,
    )


def _length(hass: HomeAssistant, length: timedelta, language: str) -> str:
    seconds = max(0, round(length.total_seconds()))
    if seconds < 2 * _MINUTE_S:
        return text(hass, "length_seconds", language, seconds=str(seconds))
    minutes = number(hass, in_minutes(timedelta(seconds=seconds)), language)
    return text(hass, "length_minutes", language, minutes=minutes)
