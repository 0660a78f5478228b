"""What a card shows of a runner, as plain JSON values: read from snapshots, decided nowhere here.

Instants are ms since 1970 (UTC), days ISO dates of the home, lengths seconds. Reasons are words in
the language of whoever asked; what a card has words for itself is a key. Who may only read a
runner sees what was walked, and not how it felt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import HomeAssistant

from .coach.ledger import WEEK, Entry, week_of
from .coach.plan import Phase, Plan
from .coach.progress import Why
from .conductor import SessionView
from .gym.path import Blocker, BlockerReason
from .home import Home
from .messages import reason_of_state, reason_text
from .runner import Runner

type Picture = dict[str, Any]

WEEKS: Final = 12
WALKS: Final = 6
"""So many of the last walks are listed."""
_DAY: Final = timedelta(days=1)
_OF_THE_BELT: Final = (
    BlockerReason.BELT_MOVING,
    BlockerReason.BELT_SILENT,
    BlockerReason.STOP_DEAD,
    BlockerReason.STOP_PENDING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is looked at, and by whom."""

    hass: HomeAssistant
    home: Home
    runner: Runner
    switch: str
    """The entity on which the verbs are called."""
    language: str
    user: User

    @property
    def may_control(self) -> bool:
        """Return whether the verbs are theirs to call."""
        return self.user.permissions.check_entity(self.switch, POLICY_CONTROL)

    def may_read(self, entity_id: str) -> bool:
        """Return whether they may know of an entity."""
        return self.user.permissions.check_entity(entity_id, POLICY_READ)

    def if_read(self, entity_id: str | None) -> str | None:
        """Return an entity that they may know of."""
        return entity_id if entity_id is not None and self.may_read(entity_id) else None


def to_epoch_ms(instant: datetime) -> int:
    """Return an instant as screens count."""
    return round(instant.timestamp() * 1000)


def session_picture(asked: Asked) -> Picture:
    """Return what is going on now; where nothing is, what today asks for."""
    runner, gym = asked.runner, asked.home.gym.snapshot
    view, failed, last = runner.snapshot.session, gym.failed_stop, runner.diary.last_led
    holder = gym.holder
    blockers = runner.blockers if view is None else gym.in_the_way
    return {
        "runner": runner.config.name,
        "is_alone": len(asked.home.runners) == 1,
        "switch": asked.switch,
        "gym_device": asked.home.gym_device_id,
        "may_control": asked.may_control,
        "state": runner.snapshot.state.value,
        "week": _week(asked),
        "blockers": [_blocker(asked, each) for each in blockers],
        "is_watched": gym.is_watched,
        "belt_stands": gym.stands,
        "speed_sensor": asked.if_read(asked.home.gym.speed_sensor),
        "heart_rate_sensor": asked.if_read(runner.config.heart_rate_sensor),
        "failed_stop": failed
        and {
            "since": to_epoch_ms(failed.since),
            "times": failed.times,
            "plug_told": failed.plug_told,
        },
        "held_by": holder.name if holder and holder.id != runner.runner_id else None,
        "session": None if view is None else _session(asked, view, blockers),
        "today": _today(asked) if view is None else None,
        "last": _walk(asked, last) if view is None and last is not None else None,
    }


def week_picture(asked: Asked) -> Picture:
    """Return the week day by day, those before it, the level and the last walks."""
    runner, snapshot = asked.runner, asked.runner.snapshot
    ledger, outlook = runner.diary.ledger, asked.runner.outlook
    this_week = week_of(snapshot.today, runner.place.first_weekday)
    weeks = [this_week - n * WEEK for n in reversed(range(WEEKS))]
    return {
        "runner": runner.config.name,
        "switch": asked.switch,
        "may_control": asked.may_control,
        "today": snapshot.today.isoformat(),
        "week": _week(asked) | {"streak": snapshot.streak},
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
            "number": outlook.standing.level,
            "since": outlook.standing.since.isoformat(),
            "reasons": _words(asked, outlook.decision.told if outlook.decision else ()),
            "criteria": [
                {"key": each.key, "done": each.done, "of": each.of} for each in outlook.criteria
            ],
        },
        "walks": [_walk(asked, each) for each in reversed(ledger.entries()[-WALKS:])],
    }


# The parts


def _session(asked: Asked, view: SessionView, blockers: Iterable[Blocker]) -> Picture:
    position, plan = view.position, view.plan
    phase = position.phase
    is_ready = not any(each.reason in _OF_THE_BELT for each in blockers)
    return {
        "kind": plan.kind.value,
        "surface": plan.surface.value,
        "rehearsal": view.session.rehearsal,
        "moves_belt": view.session.moves_belt,
        "waits_for_go": view.waits_for_go,
        "takes_go": view.waits_for_go and is_ready,
        "pace": view.pace,
        "ends": view.ends and to_epoch_ms(view.ends),
        "length": view.lasts.total_seconds(),
        "left": (phase.length - position.walked).total_seconds() if phase else None,
        "index": position.index if phase else -1,
        "phases": [_phase(each) for each in plan.phases],
        "next": _phase(view.next_phase) if view.next_phase else None,
        "bout": phase.bout if phase else None,
        "hands": (phase or plan.phases[0]).hands.value,
        "speed": position.speed_kmh,
        "grade": phase.grade_percent if phase else None,
        "reason": view.reason,
        "reason_text": view.reason and reason_of_state(asked.hass, view.reason, asked.language),
    }


def _phase(phase: Phase) -> Picture:
    return {"motion": phase.motion.value, "seconds": phase.length.total_seconds()}


def _today(asked: Asked) -> Picture:
    """Return what advice asks for, and what else could be started, each with its length."""
    advice = asked.runner.outlook.advice
    walk, others = asked.runner.starts()
    return {
        "advice": advice.kind.value,
        "walk": _start(walk) if walk else None,
        "reasons": _words(asked, advice.reasons),
        "others": [_start(each) for each in others],
    }


def _start(plan: Plan) -> Picture:
    return {
        "kind": plan.kind.value,
        "minutes": _minutes(plan.length),
        "backward": _minutes(plan.backward),
    }


def _walk(asked: Asked, entry: Entry) -> Picture:
    worth = asked.runner.diary.worth_of([entry])
    said = entry.feedback
    shown = {
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
        "trail": [[state.value, seconds] for state, seconds in entry.trail],
        "source": entry.source.value,
        "evidence": entry.evidence.value,
        "distance_m": worth.distance_m,
    }
    felt = {
        "kcal": worth.kcal,
        "effort": said.effort,
        "pain": said.pain,
        "next_pain": said.next_pain,
    }
    return shown | (felt if asked.may_control else dict.fromkeys(felt))


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


def _blocker(asked: Asked, blocker: Blocker) -> Picture:
    is_known = asked.may_read(blocker.entity_id)
    return {
        "entity": blocker.entity_id if is_known else "",
        "name": blocker.name if is_known else "",
        "reason": blocker.reason.value,
    }


def _minutes(length: timedelta) -> float:
    return round(length / timedelta(minutes=1), 2)
