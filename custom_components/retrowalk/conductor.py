"""One session from start to end: where coach and gym meet; what it says is in speaking.py.

Rules of what nobody conducted (clock.py has those of the clock):
1. Whoever wakes more than 5 s later than wanted has slept, was frozen or starved: time in which
   nobody conducted. A wall clock that runs ahead may mean that too (a virtual machine that was
   paused): it is taken for that on a belt, and wherever a walk came back after a restart.
2. There is one way back into a session that nobody conducted, `Session.lost`, whether it was the
   machine that slept or Home Assistant that was restarted. The last proven second is the one that
   is on disk: written with each mark and every 15 s.

Between two instants that matter nothing happens here: no poll, no state. The session says when it
changes by itself, and ONE timer is set: for that instant, the next cue or the next 15 s. The belt
comes first in every change: a stop waits for no view.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .clock import APART, NO_TIME, Clocks, Journal, SessionClock
from .coach.cues import Detail
from .coach.feedback import Feedback
from .coach.heart import Answer, ceiling_bpm
from .coach.ledger import to_ms
from .coach.limits import limits
from .coach.plan import Phase, Plan, Surface
from .coach.refused import Refused
from .coach.session import MOST_EXTRA, Mark, Position, Reason, Session, State, Verb
from .gym.belt import RunFor
from .gym.drive import Setting
from .gym.gym import Gym, Holder
from .gym.heart import HeartRate
from .gym.path import Blocker, BlockerReason
from .gym.room import PreparedBy
from .gym.stop_path import StopCause
from .messages import name_blockers, phrase
from .speaking import Speaking

_LOGGER = logging.getLogger(__name__)

LATE: Final = timedelta(seconds=5)
"""Awake this much later than wanted: nobody conducted meanwhile."""
PROVE_EVERY: Final = timedelta(seconds=15)
"""A process that is killed costs at most this much of a walk."""
UNATTENDED_S: Final = 10
"""So much longer than its phase the belt runs when nobody tells it anything."""
_WALKING: Final = (State.WALKING_BACKWARD, State.WALKING_FORWARD)
_BELT_RUNS: Final = (State.GET_READY, *_WALKING)
_BELT_STOOD: Final = (State.GET_READY, State.RESTING)
"""From these alone a belt is started: a go was said before the one, or before the other's bout."""
_GUARDED: Final = (*_BELT_RUNS, State.RESTING)
"""States in which the walker moves or is about to."""
_CAUSES: Final[Mapping[Reason | None, StopCause]] = {
    Reason.ASKED: StopCause.ASKED,
    Reason.STOPPED: StopCause.ASKED,
    Reason.FINISHED: StopCause.FINISHED,
    Reason.OBSTACLE: StopCause.OBSTACLE,
    Reason.SENSOR_LOST: StopCause.SENSOR_LOST,
    Reason.BELT_SILENT: StopCause.SENSOR_LOST,
    Reason.CONNECTION_LOST: StopCause.CONNECTION_LOST,
    Reason.BELT_STILL: StopCause.BELT_STILL,
    Reason.HEART_RATE: StopCause.HEART_RATE,
    Reason.RESTARTED: StopCause.RESTARTED,
    Reason.INTERRUPTED: StopCause.UNLOAD,
}
"""Why the belt stands when a walk is paused or over; the plan has it stand anywhere else."""
_BELT_REASONS: Final = {
    StopCause.TOO_FAST: Reason.TOO_FAST,
    StopCause.MOVED_AGAIN: Reason.BELT_MOVED,
    StopCause.UNLOAD: Reason.BELT_STILL,
    StopCause.CONNECTION_LOST: Reason.CONNECTION_LOST,
}
"""Why a walk is paused when the belt has stopped by itself; it ran too long otherwise."""


def _lasting(session: Session) -> tuple[Mark, ...]:
    """Return the marks that have to be on disk at once: a dip of the belt's speed may be none."""
    marks = session.marks
    return marks[:-1] if marks and marks[-1].verb is Verb.STILL else marks


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What the views read of a session that is going on."""

    session: Session
    plan: Plan
    """As it is walked: eased, and with what was added."""
    position: Position
    lasts: timedelta
    """How long this state lasts in all when nobody does anything."""
    waits_for_go: bool
    next_phase: Phase | None
    ends: datetime | None
    """When this state ends by itself."""
    session_ends: datetime | None
    reason: str | None
    pace: float
    """How much faster than real time it goes; 1 but for a rehearsal."""
    gap: timedelta | None
    """How long nobody conducted the walk before it went on here."""


class Conductor:
    """Leads one session; made for it and thrown away after it."""

    def __init__(
        self,
        hass: HomeAssistant,
        gym: Gym,
        holder: Holder,
        session: Session,
        clocks: Clocks,
        *,
        pace: float = 1,
        since_start: timedelta = NO_TIME,
        age_years: int | None,
        restricted: bool,
        heart_rate_sensor: str | None,
        detail: Detail,
        walks: int,
        grace: timedelta,
        on_change: Callable[[Position, Position], None],
        on_proof: Callable[[Journal], None],
        on_end: Callable[[Session, Position], Awaitable[None]],
    ) -> None:
        """Know the session, `since_start` into it where it was lost; `begin` conducts it.

        `walks` is how many its runner has walked before.
        `on_change` gets the position before and after each change (the same one twice where only
        the reason for waiting changed), `on_proof` what has to be on disk, `on_end` the session
        when it is over; the room is brought back when `on_end` is through. A walk that stands
        paused since a restart goes on by itself up to `grace` after it, where the table allows that
        and nothing is in the way.
        """
        self._hass = hass
        self._gym = gym
        self._holder = holder
        self._clocks = clocks
        self._clock = SessionClock(clocks, pace, since_start)
        self._session = replace(session, started=to_ms(self._clock.started))
        self._age_years = age_years
        self._restricted = restricted
        self._heart_rate_sensor = heart_rate_sensor
        self._heart_rate: HeartRate | None = None
        self._grace = grace
        self._on_change = on_change
        self._on_proof = on_proof
        self._on_end = on_end
        self._timer: CALLBACK_TYPE | None = None
        self._room_ready = False
        self._is_blocked = False
        self._is_driving = False
        self._wakes: timedelta | None = None
        self._proven: Journal | None = None
        self._position = session.position(since_start)
        self._speaking = Speaking(
            gym,
            session,
            detail,
            partial(phrase, hass),
            replace(self._position, state=State.PREPARING, reason=None),
            pace=pace,
            walks=walks,
            moves_belt=lambda: self._on_belt and gym.belt.moves,
        )
        self._ending: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._unsubscribe: CALLBACK_TYPE = lambda: None

    @callback
    def begin(self) -> None:
        """Take the gym and conduct. Raises Refused `gym_in_use` (holder), changing nothing."""
        if not self._gym.hold(
            self._holder,
            on_belt=self._on_belt,
            passed_over=frozenset(self._session.overrides),
        ):
            in_use_by = self._gym.snapshot.holder
            raise Refused("gym_in_use", holder=in_use_by.name if in_use_by else "")
        try:
            self._conduct()
        except BaseException:
            self._let_go()
            self._gym.release(gave_up=False)
            raise

    def _conduct(self) -> None:
        self._unsubscribe = self._gym.subscribe(self._check_path)
        if self._position.state is State.PREPARING:
            self._preparing = self._hass.async_create_task(
                self._prepare(),
                f"retrowalk: prepare the room for {self._holder.name}",
                eager_start=False,
            )
        else:
            self._gym.begin()
            self._gym.check_path()  # what was in the way before a restart is told again
        if self._heart_rate_sensor is not None and not self._session.rehearsal:
            after_s = [each.value.total_seconds() for each in Answer]
            self._heart_rate = HeartRate(
                self._hass, self._heart_rate_sensor, after_s, self._heart_rate_is_high
            )
        self._follow()
        if self._on_belt:
            self._gym.treadmill.follow(self._belt_runs, self._belt_stopped)

    # What the runner asks

    @property
    def session(self) -> Session:
        """Return the session as it stands."""
        return self._session

    @property
    def is_over(self) -> bool:
        """Return whether the walk has ended; it may still be written down."""
        return self._ending is not None

    @property
    def view(self) -> SessionView:
        """Return what the views read."""
        position = self._position
        session_ends = self._session.ends(position)
        return SessionView(
            session=self._session,
            plan=self._session.plan_at(self._clock.elapsed()),
            position=position,
            lasts=self._session.lasts(position),
            waits_for_go=self._session.waits_for_go(position),
            next_phase=self._session.next_phase(position),
            ends=self._clock.instant(position.ends) if position.ends is not None else None,
            session_ends=self._clock.instant(session_ends) if session_ends is not None else None,
            reason=self._reason(),
            pace=self._clock.pace,
            gap=self._session.gap(position),
        )

    @callback
    def mark(
        self, verb: Verb, *, reason: Reason | None = None, by: timedelta | None = None
    ) -> None:
        """Let something happen to the session now.

        Raises Refused as Session.mark does, `no_session` when the walk is over, and
        `path_in_the_way` (blockers) for a go or a resume while something is in the way, or a belt
        that is to be moved does not stand.
        After an end, await `ended`.
        """
        at = self._follow()
        if self.is_over:
            if verb is Verb.END:
                return
            raise Refused("no_session")
        if verb in (Verb.GO, Verb.RESUME) and (blockers := self._gym.check_path()):
            raise Refused("path_in_the_way", blockers=name_blockers(self._hass, blockers))
        self._mark(at, verb, reason, by)

    def _mark(
        self,
        at: timedelta,
        verb: Verb,
        reason: Reason | None = None,
        by: timedelta | None = None,
    ) -> None:
        self._session = self._session.mark(verb, at, reason=reason, by=by)
        self._follow()

    @callback
    def tell(self, said: Feedback) -> None:
        """Take what the walker says of the walk while it goes on, and have it on disk."""
        self._session = self._session.tell(said)
        self.prove()

    @callback
    def stop_belt(self) -> None:
        """Stop the belt of this walk, before anything else that a stop does."""
        self._stop_belt(StopCause.ASKED)

    @callback
    def prove(self) -> None:
        """Have this second on disk."""
        at = self._follow()
        if not (self.is_over or self._session.rehearsal):
            self._proven = self._journal(at)
            self._on_proof(self._proven)

    @callback
    def leave(self) -> Journal | None:
        """Conduct no more: the session is lost at this second, and not over.

        Returns what is proven of it, None where it is over.
        """
        try:
            at = self._follow()
        finally:
            if not self.is_over:
                self._stop_belt(StopCause.UNLOAD)
        if self.is_over:
            return None
        self._let_go()
        self._gym.release(gave_up=False)
        return self._journal(at)

    async def ended(self) -> None:
        """Wait until an ended session is written down and the room is back."""
        if self._ending is not None:
            await asyncio.shield(self._ending)

    # The clockwork

    @callback
    def _wake(self, _now: datetime) -> None:
        self._follow()

    @callback
    def _follow(self) -> timedelta:
        """Bring everything in step with where the session stands now, and set the one timer.

        Returns the session's time.
        """
        if self._ending is not None or self._is_driving:
            return self._clock.elapsed()
        clock_was_set = abs(self._clock.ahead) > APART
        at = self._read_clock()
        if self._timer is not None:
            self._timer()
            self._timer = None
        session = self._session
        before, now = self._position, session.position(at)
        self._position = now
        self._is_driving = True  # what the belt's sensors say to it meanwhile is for later
        try:
            self._drive(before, now, at)
        finally:
            self._is_driving = False
        if now.state is State.IDLE:
            self._ending = self._hass.async_create_task(
                self._end(), f"retrowalk: end of {self._session.session_id}", eager_start=False
            )
            self._speak(now, session, at)
            return at
        self._prove_if_due(at, before.state)
        self._wait(now)
        if now != before:
            try:
                self._on_change(before, now)
            finally:  # last, since an obstacle that is there answers at once
                self._watch(before.state, self._position)
        elif clock_was_set:
            self._on_change(now, now)  # the same instants, called by other names
        if self._session is not session:  # somebody has spoken while the belt was told
            return self._follow()
        self._speak(now, session, at)
        self._wait(now)
        if self._may_come_back(at):
            self._session = self._session.mark(Verb.BACK, at)
            return self._follow()
        return at

    def _speak(self, now: Position, session: Session, at: timedelta) -> None:
        """Say what is to be said; whatever goes wrong with that, the walk is conducted."""
        try:
            self._speaking.follow(now, session, at)
        except Exception:
            _LOGGER.exception("Something could not be said")

    def _watch(self, before: State, now: Position) -> None:
        """Watch the path and the heart while the walker moves, the belt while it should run."""
        if self._heart_rate is not None:
            walks = now.state in _WALKING and now.phase is not None
            grade = now.phase.grade_percent if walks and now.phase else 0
            level = self._session.plan.level
            ceiling = ceiling_bpm(self._age_years, level, grade) if walks else None
            self._heart_rate.limit(ceiling)
        if now.state in _GUARDED:
            self._gym.arm(self._blocked)
        else:
            self._gym.disarm()
            if now.state is State.PAUSED:
                self._gym.check_path()  # what was waited for is told now
        if self._session.measured and now.state in _BELT_RUNS and before not in _BELT_RUNS:
            self._belt_runs(self._gym.belt.reading.runs)

    @callback
    def _heart_rate_is_high(self, index: int) -> None:
        """Answer a heart rate that stays above the ceiling: say it, slow down, stop."""
        at = self._follow()
        if self._position.state not in _WALKING or self.is_over:
            return
        match list(Answer)[index]:
            case Answer.SAY:
                self._gym.say("say_ease")
            case Answer.SLOWER:
                self._gym.say("say_slower")
                self._mark(at, Verb.EASE)
            case Answer.STOP:
                self._mark(at, Verb.PAUSE, Reason.HEART_RATE)

    def _read_clock(self) -> timedelta:
        """Return the session's time; what nobody conducted of it is lost."""
        now, wanted = self._clock.elapsed(), self._wakes
        late = now - wanted if wanted is not None else NO_TIME
        ahead = self._clock.ahead
        if abs(ahead) > APART:
            self._clock.settle()
            self._session = replace(self._session, started=to_ms(self._clock.started))
        self._wakes = None
        if self._proven is not None:
            slept = ahead if ahead > APART and self._doubts_the_wall() else NO_TIME
            if late > LATE or slept:
                gap = now - self._proven.at + slept
                self._session = self._session.lost(self._proven.at, gap, self._grace)
        return now

    def _doubts_the_wall(self) -> bool:
        """Whether a wall clock that runs ahead may mean that nobody conducted meanwhile."""
        came_back = any(mark.verb is Verb.LOST for mark in self._session.marks)
        return came_back or self._session.plan.surface is Surface.TREADMILL

    def _wait(self, now: Position) -> None:
        """Set the one timer."""
        if self._timer is not None:
            self._timer()
            self._timer = None
        wanted = [] if now.wakes is None else [now.wakes]
        if self._proven is not None:
            wanted.append(self._proven.at + PROVE_EVERY)
        if (to_say := self._speaking.next_at(now)) is not None:
            wanted.append(to_say)
        if wanted:
            self._wakes = min(wanted)
            delay = max(0.0, self._clock.real_seconds_until(self._wakes))
            self._timer = async_call_later(self._hass, delay, self._wake)

    def _prove_if_due(self, at: timedelta, before: State) -> None:
        """Have on disk what a process that is killed now would have to know."""
        if self._session.rehearsal:
            return
        known = self._proven
        if (
            known is None
            or at - known.at >= PROVE_EVERY
            or before is not self._position.state
            or _lasting(known.session) != _lasting(self._session)
        ):
            self._proven = self._journal(at)
            self._on_proof(self._proven)

    def _journal(self, at: timedelta) -> Journal:
        return Journal.now(self._session, at, self._clocks)

    def _may_come_back(self, at: timedelta) -> bool:
        """Whether it goes on after a restart: that needs nobody, and nothing is in the way."""
        position = self._position
        is_soon = at - position.since <= self._grace
        return self._session.comes_back(position) and is_soon and not self._gym.check_path()

    def _let_go(self) -> None:
        """Leave no timer, no listener and no task behind."""
        if self._timer is not None:
            self._timer()
            self._timer = None
        self._unsubscribe()
        self._gym.disarm()
        self._gym.treadmill.follow(None, None)
        if self._heart_rate is not None:
            self._heart_rate.close()
        if self._preparing is not None:
            self._preparing.cancel()

    async def _end(self) -> None:
        self._let_go()
        try:
            await self._on_end(self._session, self._position)
        finally:
            self._gym.release(gave_up=self._position.reason is Reason.PATH_BLOCKED)
            await self._gym.restore_room()

    # The belt

    @property
    def _on_belt(self) -> bool:
        """A rehearsal moves, stops and measures none."""
        session = self._session
        return session.plan.surface is Surface.TREADMILL and not session.rehearsal

    def _drive(self, before: Position, now: Position, at: timedelta) -> None:
        """Let the belt do what this state asks for: the first thing of every change."""
        if not self._on_belt or now == before:
            return
        if now.state in _WALKING:
            self._drive_on(before, now, at)
        elif before.state in _BELT_RUNS and now.state is not before.state:
            self._stop_belt(_CAUSES.get(now.reason, StopCause.PLANNED))
        elif now.state is State.IDLE and self._gym.belt.is_busy:
            self._stop_belt(_CAUSES.get(now.reason, StopCause.ASKED))
        elif now.state is State.GET_READY and not self._gym.belt.moves:
            # Its owner starts a belt that no longer does as it is told, while it is counted in.
            self._drive_on(before, now, at)

    def _drive_on(self, before: Position, now: Position, at: timedelta) -> None:
        """Bring the belt to what a phase that walks asks for; start it where it stood for one."""
        phase, ends = now.phase, now.ends
        if phase is None or ends is None or not now.speed_kmh:
            return
        setting = Setting(speed_kmh=now.speed_kmh, grade_percent=phase.grade_percent)
        times = RunFor(
            phase_s=(ends - at).total_seconds() + UNATTENDED_S,
            session_s=self._session_limit_s(at),
        )
        if self._session.moves_belt and before.state in _BELT_STOOD:
            most = limits(phase.hands, self._age_years, restricted=self._restricted)
            self._gym.start_belt(most, setting, times)
        if before.index == now.index and now.speed_kmh < (before.speed_kmh or 0):
            self._gym.belt.ease(now.speed_kmh)
        else:
            self._gym.belt.lead(setting, times)

    def _session_limit_s(self, at: timedelta) -> float:
        """Return how long the belt may still run in this session."""
        left = self._session.plan.length + MOST_EXTRA - self._session.moving(at)
        return max(0.0, left.total_seconds())

    def _stop_belt(self, cause: StopCause) -> None:
        if self._on_belt:
            self._gym.stop_belt(cause)

    @callback
    def _belt_runs(self, runs: bool | None) -> None:  # noqa: FBT001 - what a sensor says
        """Take what the belt's sensors say while the belt should run; None: they say nothing."""
        if self._is_driving:
            return
        at = self._follow()
        if self.is_over or not self._session.measured or self._position.state not in _BELT_RUNS:
            return
        if runs:
            self._mark(at, Verb.MOVING)
        else:
            self._mark(at, Verb.STILL, Reason.BELT_SILENT if runs is None else Reason.BELT_STILL)

    @callback
    def _belt_stopped(self, cause: StopCause) -> None:
        """The belt has stopped by itself: so does the walk."""
        if self._is_driving:
            self._hass.loop.call_soon(self._belt_stopped, cause)
            return
        at = self._follow()
        if self._position.state in _GUARDED and not self.is_over:
            self._mark(at, Verb.PAUSE, _BELT_REASONS.get(cause, Reason.TOO_LONG))

    # The room and the path

    async def _prepare(self) -> None:
        self._check_path()
        try:
            await self._gym.prepare_room(PreparedBy.WALK)
        except Exception:  # a room that cannot be prepared keeps nobody from walking
            _LOGGER.exception("The room could not be prepared")
        self._room_ready = True
        self._check_path()

    @callback
    def _check_path(self) -> None:
        """Go on from preparing as soon as the room is ready and nothing is in the way."""
        at = self._follow()
        if self._position.state is not State.PREPARING:
            return
        blockers = self._gym.check_path()
        if self._room_ready and not blockers:
            self._gym.begin()
            self._session = self._session.mark(Verb.PREPARED, at)
            self._follow()
        elif bool(blockers) != self._is_blocked:
            self._is_blocked = bool(blockers)
            self._on_change(self._position, self._position)

    @callback
    def _blocked(self, blocker: Blocker) -> None:
        at = self._follow()
        if self._position.state in _GUARDED and not self.is_over:
            is_obstacle = blocker.reason is BlockerReason.OBSTRUCTED
            self._mark(at, Verb.PAUSE, Reason.OBSTACLE if is_obstacle else Reason.SENSOR_LOST)

    def _reason(self) -> str | None:
        if self._position.reason is not None:
            return self._position.reason.value
        if self._position.state is State.PREPARING and self._is_blocked:
            return Reason.PATH_BLOCKED.value
        return None
