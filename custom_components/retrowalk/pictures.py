"""What a card shows of a runner, as plain JSON values: read from snapshots, decided nowhere here.

Instants are ms since 1970 (UTC), days ISO dates of the home, lengths seconds. Reasons are words in
the language of whoever asked; what a card has words for itself is a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .coach.ledger import WEEK, Entry, Source, week_of
from .coach.plan import Kind, Phase, Surface
from .coach.progress import Why
from .coach.screening import Mode
from .conductor import SessionView
from .gym.path import Blocker
from .home import Home
from .messages import reason_of_state, reason_text
from .runner import Runner

type Picture = dict[str, Any]

WEEKS: Final = 12
WALKS: Final = 6
"""So many of the last walks are listed."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is looked at, and by whom."""

    hass: HomeAssistant
    home: Home
    runner: Runner
    switch: str
    """The entity on which the verbs are called."""
    language: str
    may_control: bool


def to_epoch_ms(instant: datetime) -> int:
    """Return an instant as screens count."""
    return round(instant.timestamp() * 1000)


def session_picture(asked: Asked) -> Picture:
    """Return what is going on now; where nothing is, what today asks for."""
    runner, gym = asked.runner, asked.home.gym.snapshot
    snapshot, view, failed = runner.snapshot, runner.snapshot.session, gym.failed_stop
    holder = gym.holder
    return {
        "runner": runner.config.name,
        "is_alone": len(asked.home.runners) == 1,
        "switch": asked.switch,
        "gym_device": asked.home.gym_device_id,
        "may_control": asked.may_control,
        "state": snapshot.state.value,
        "week": _week(asked),
        "blockers": [_blocker(each) for each in runner.blockers],
        "is_watched": gym.is_watched,
        "belt_stands": None if gym.runs is None else not gym.runs,
        "speed_sensor": asked.home.gym.speed_sensor,
        "heart_rate_sensor": runner.config.heart_rate_sensor,
        "failed_stop": failed
        and {
            "since": to_epoch_ms(failed.since),
            "times": failed.times,
            "plug_pulled": failed.plug_pulled,
        },
        "held_by": holder.name if holder and holder.id != runner.runner_id else None,
        "session": None if view is None else _session(asked, view),
        "today": _today(asked) if view is None else None,
        "last": _last(asked) if view is None else None,
    }


def week_picture(asked: Asked) -> Picture:
    """Return the week day by day, those before it, the level and the last walks."""
    runner, snapshot = asked.runner, asked.runner.snapshot
    ledger = runner.diary.ledger
    this_week = week_of(snapshot.today, runner.place.first_weekday)
    weeks = [this_week - n * WEEK for n in reversed(range(WEEKS))]
    standing, decision = snapshot.outlook.standing, snapshot.outlook.decision
    reasons = decision.reasons if decision else ()
    return {
        "runner": runner.config.name,
        "switch": asked.switch,
        "may_control": asked.may_control,
        "today": snapshot.today.isoformat(),
        "week": _week(asked) | {"sessions": snapshot.week.sessions, "streak": snapshot.streak},
        "days": list(_days(asked, this_week)),
        "weeks": [
            {
                "start": each.isoformat(),
                "minutes": _minutes(ledger.in_week(each).backward),
                "goal": ledger.goal(each),
                "met": ledger.goal_met(each),
            }
            for each in weeks
        ],
        "level": {
            "number": standing.level,
            "since": standing.since.isoformat(),
            # What is still to be done stands in the criteria.
            "reasons": _words(asked, (each for each in reasons if not each.key.endswith("_to_go"))),
            "criteria": [
                {"key": each.key, "done": each.done, "of": each.of}
                for each in snapshot.outlook.criteria
            ],
        },
        "walks": [_walk(asked, each) for each in reversed(ledger.entries()[-WALKS:])],
    }


# The parts


def _session(asked: Asked, view: SessionView) -> Picture:
    session, position, phase = view.session, view.position, view.position.phase
    marks = session.marks
    plan = session.plan_at(max(position.since, marks[-1].at) if marks else position.since)
    hands = phase or plan.phases[0]
    return {
        "id": session.session_id,
        "kind": plan.kind.value,
        "rehearsal": session.rehearsal,
        "moves_belt": session.moves_belt,
        "waits_for_go": session.waits_for_go(position),
        "pace": view.pace,
        "ends": view.ends and to_epoch_ms(view.ends),
        "length": session.lasts(position).total_seconds(),
        "left": (phase.length - position.walked).total_seconds() if phase else None,
        "session_ends": view.session_ends and to_epoch_ms(view.session_ends),
        "index": position.index if phase else -1,
        "phases": [_phase(each) for each in plan.phases],
        "next": _phase(view.next_phase) if view.next_phase else None,
        "bout": phase.bout if phase else None,
        "hands": hands.hands.value if plan.surface is Surface.TREADMILL else None,
        "speed": position.speed_kmh,
        "grade": phase.grade_percent if phase else None,
        "reason": view.reason,
        "reason_text": view.reason and reason_of_state(asked.hass, view.reason, asked.language),
    }


def _phase(phase: Phase) -> Picture:
    return {"motion": phase.motion.value, "seconds": phase.length.total_seconds()}


def _today(asked: Asked) -> Picture:
    """Return what advice asks for, and what else could be started, each with its length."""
    outlook = asked.runner.outlook
    advice = outlook.advice
    is_locked = outlook.screening.mode is Mode.LOCKED
    others = [each for each in Kind if each is not advice.walk and not is_locked]
    return {
        "advice": advice.kind.value,
        "walk": _start(asked, advice.walk, advice.minutes) if advice.walk else None,
        "is_due": advice.is_due,
        "reasons": _words(asked, advice.reasons),
        "others": [start for each in others if (start := _start(asked, each)) is not None],
    }


def _start(asked: Asked, kind: Kind, minutes: float | None = None) -> Picture | None:
    """Return the lengths of what a start would walk, None where the level does not open it."""
    plan = asked.runner.plan_or_none(kind, minutes)
    if plan is None:
        return None
    return {
        "kind": kind.value,
        "minutes": _minutes(plan.length),
        "backward": _minutes(plan.backward),
    }


def _last(asked: Asked) -> Picture | None:
    """Return the last walk that was led here, for those who have just ended it."""
    last = asked.runner.diary.ledger.last
    return None if last is None or last.source is Source.LOGGED else _walk(asked, last)


def _walk(asked: Asked, entry: Entry) -> Picture:
    worth = asked.runner.diary.worth_of([entry])
    said = entry.feedback
    return {
        "id": entry.session_id,
        "kind": entry.kind.value,
        "level": entry.level,
        "surface": entry.surface.value,
        "started": to_epoch_ms(entry.started),
        "ended": to_epoch_ms(entry.ended),
        "minutes": _minutes(entry.backward_time),
        "stretches": [
            [(each.start - entry.started).total_seconds(), (each.end - each.start).total_seconds()]
            for each in entry.backward
        ],
        "source": entry.source.value,
        "evidence": entry.evidence.value,
        "distance_m": worth.distance_m,
        "kcal": worth.kcal,
        "effort": said.effort,
        "pain": said.pain,
        "next_pain": said.next_pain,
        "stumbles": said.stumbles,
    }


def _week(asked: Asked) -> Picture:
    snapshot = asked.runner.snapshot
    return {"minutes": _minutes(snapshot.week.backward), "goal": snapshot.weekly_goal}


def _days(asked: Asked, first: date) -> Iterator[Picture]:
    runner, today = asked.runner, asked.runner.snapshot.today
    proposed = {each.day: each.minutes for each in runner.ahead() if each.is_proposed}
    for n in range(WEEK // _DAY):
        day = first + n * _DAY
        done = runner.diary.ledger.on_day(day)
        yield {
            "date": day.isoformat(),
            "minutes": _minutes(done.backward) if done.sessions or done.backward else None,
            "proposed": proposed.get(day) if day >= today else None,
            "running": runner.outlook.person.runs_on(day).value,
        }


def _words(asked: Asked, reasons: Iterable[Why]) -> list[str]:
    return [reason_text(asked.hass, each, asked.language) for each in reasons]


def _blocker(blocker: Blocker) -> Picture:
    return {
        "entity": blocker.entity_id,
        "name": blocker.name,
        "reason": blocker.reason.value,
    }


def _minutes(length: timedelta) -> float:
    return round(length / timedelta(minutes=1), 2)
