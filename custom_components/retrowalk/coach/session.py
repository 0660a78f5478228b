"""The session as a pure function of time: a plan and marks in, a position out.

Rules of this file:
1. Everything that decides what a session does next stands here, as two tables: TRANSITIONS (what a
   mark does in each state) and `_next_by_itself` (what time alone does). Nothing else may move it.
2. It knows no clock. Every instant is the time since the session's start, which the caller
   measures with a clock that cannot jump; wall time only names the day.
3. It has no memory but its marks. The same plan and marks give the same answer for every instant,
   however often and in whatever order it is asked, so nothing has to tick and a restart, a
   rehearsal at twenty times the speed and a test are the same thing under another clock.
4. What nobody can vouch for does not count. A session that was lost (a restart, a crash, a machine
   that slept) stands paused from the last second that is proven; where the belt's speed is
   measured, a belt that stands still counts for nothing and pauses the walk by itself.

States: preparing, then ready where a go is asked for, then get_ready (the count-in), then the
phases, each walking_backward, walking_forward, turning or resting; paused from any of those; idle
when it is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum, auto
from itertools import pairwise
from typing import Any, Final

from . import evidence
from .feedback import MOST_STUMBLES, NOTHING_SAID, Feedback
from .limits import SLOWEST_KMH
from .plan import Motion, Phase, Plan, Surface
from .refused import Refused


class State(StrEnum):
    """What a person sees a session do."""

    IDLE = "idle"
    PREPARING = "preparing"
    READY = "ready"
    GET_READY = "get_ready"
    WALKING_BACKWARD = "walking_backward"
    WALKING_FORWARD = "walking_forward"
    TURNING = "turning"
    RESTING = "resting"
    PAUSED = "paused"


class Verb(StrEnum):
    """What a mark says has happened."""

    PREPARED = "prepared"
    GO = "go"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    EXTEND = "extend"
    EASE = "ease"
    END = "end"
    LOST = "lost"
    """Nobody conducts it any more; dated at the last second that is proven."""
    BACK = "back"
    """Somebody conducts it again, soon enough for it to go on by itself."""
    MOVING = "moving"
    """The belt is measured to run."""
    STILL = "still"
    """The belt is measured to stand still, or nothing measures it any more."""


class Reason(StrEnum):
    """Why a session is paused or over."""

    FINISHED = "finished"
    STOPPED = "stopped"
    PATH_BLOCKED = "path_blocked"
    NO_GO = "no_go"
    LEFT_PAUSED = "left_paused"
    INTERRUPTED = "interrupted"
    ASKED = "asked"
    OBSTACLE = "obstacle"
    SENSOR_LOST = "sensor_lost"
    CONNECTION_LOST = "connection_lost"
    """Nothing of the treadmill would have heard a stop."""
    RESTARTED = "restarted"
    BELT_STILL = "belt_still"
    BELT_SILENT = "belt_silent"
    """The belt's sensors said nothing for too long."""
    TOO_FAST = "too_fast"
    """The belt ran faster than it was told."""
    BELT_MOVED = "belt_moved"
    """The belt moved while it should stand."""
    TOO_LONG = "too_long"
    """The belt ran for longer than anybody wanted."""
    HEART_RATE = "heart_rate"


class Move(Enum):
    """What a mark does where the table allows it."""

    WAIT_OR_COUNT_IN = auto()
    """The room is ready: wait for a go where one is asked for, else count in."""
    COUNT_IN = auto()
    """Count in to where the walk stands."""
    NEXT_PHASE = auto()
    HOLD = auto()
    FIGURE = auto()
    """A figure changes (length, speed, what the belt does), the state does not."""
    REASON = auto()
    """It is paused already; where a restart was the reason, it is this from now on."""
    NOTHING = auto()
    """It is already so; a second press is no error."""
    OVER = auto()


COUNT_IN: Final = timedelta(seconds=5)
PREPARE_WAIT: Final = timedelta(seconds=120)
GO_WAIT: Final = timedelta(seconds=180)
"""The usual wait for a go; an option of the gym."""
GO_NOT_BEFORE: Final = timedelta(seconds=2)
"""A go counts only when its state is this old, so that a double press cannot be one."""
PAUSED_WAIT: Final = timedelta(minutes=30)
"""A session left paused ends after this [CJ]: somebody has walked away from it."""
START_WAIT: Final = timedelta(seconds=15)
"""A belt that is started for the walker may need this long: machines count down, then ramp up."""
EASE_KMH: Final = 0.4
MOST_EXTRA: Final = timedelta(minutes=5)
_US: Final = timedelta(microseconds=1)
_LONGEST: Final = timedelta(days=365)
"""No walk is longer; what is read from a file is held to it."""

_MOTION_STATES: Final[Mapping[Motion, State]] = {
    Motion.BACKWARD: State.WALKING_BACKWARD,
    Motion.FORWARD: State.WALKING_FORWARD,
    Motion.TURNING: State.TURNING,
    Motion.STANDING: State.RESTING,
}

_GONE_THROUGH: Final = frozenset({*_MOTION_STATES.values(), State.GET_READY, State.PAUSED})
"""What there is to tell of a walk when it is over."""

_ALWAYS: Final[Mapping[Verb, Move]] = {
    Verb.END: Move.OVER,
    Verb.LOST: Move.NOTHING,
    Verb.MOVING: Move.FIGURE,
    Verb.STILL: Move.FIGURE,
}
"""A walk that has not begun or stands paused loses nothing when it is lost."""

_WALKING: Final[Mapping[Verb, Move]] = {
    **_ALWAYS,
    Verb.LOST: Move.HOLD,
    Verb.GO: Move.NOTHING,
    Verb.PAUSE: Move.HOLD,
    Verb.RESUME: Move.NOTHING,
    Verb.SKIP: Move.NEXT_PHASE,
    Verb.EXTEND: Move.FIGURE,
    Verb.EASE: Move.FIGURE,
}

TRANSITIONS: Final[Mapping[State, Mapping[Verb, Move]]] = {
    State.IDLE: dict.fromkeys(_ALWAYS, Move.NOTHING),
    State.PREPARING: {**_ALWAYS, Verb.PREPARED: Move.WAIT_OR_COUNT_IN},
    State.READY: {
        **_ALWAYS,
        Verb.PREPARED: Move.NOTHING,
        Verb.GO: Move.COUNT_IN,
    },
    State.GET_READY: {
        **_ALWAYS,
        Verb.LOST: Move.HOLD,
        Verb.GO: Move.NOTHING,
        Verb.PAUSE: Move.HOLD,
        Verb.RESUME: Move.NOTHING,
        Verb.EASE: Move.FIGURE,
    },
    State.WALKING_BACKWARD: _WALKING,
    State.WALKING_FORWARD: _WALKING,
    State.TURNING: {
        **_ALWAYS,
        Verb.LOST: Move.HOLD,
        Verb.GO: Move.NEXT_PHASE,
        Verb.PAUSE: Move.HOLD,
        Verb.EASE: Move.FIGURE,
    },
    State.RESTING: {**_WALKING, Verb.GO: Move.NEXT_PHASE},
    State.PAUSED: {
        **_ALWAYS,
        Verb.GO: Move.COUNT_IN,
        Verb.PAUSE: Move.REASON,
        Verb.RESUME: Move.COUNT_IN,
        Verb.BACK: Move.COUNT_IN,
        Verb.EASE: Move.FIGURE,
    },
}

_SAYS_WHAT_THEN: Final = frozenset(
    {
        State.PREPARING,
        State.READY,
        State.GET_READY,
        State.TURNING,
        State.RESTING,
        State.PAUSED,
    }
)
"""In these a person may ask for what cannot be: the refusal says what can (`not_now_<state>`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One dated thing that happened to a session; `at` is the time since its start."""

    verb: Verb
    at: timedelta
    reason: Reason | None = None
    by: timedelta = timedelta()
    """For EXTEND: how much longer."""

    def as_dict(self) -> dict[str, Any]:
        """Return the mark as plain JSON values; times in microseconds."""
        mark: dict[str, Any] = {"verb": self.verb.value, "at_us": self.at // _US}
        if self.reason is not None:
            mark["reason"] = self.reason.value
        if self.by:
            mark["by_us"] = self.by // _US
        return mark

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Mark:
        """Return the mark that `as_dict` wrote; raises KeyError, ValueError, TypeError."""
        verb = Verb(data["verb"])
        reason = data.get("reason")
        return cls(
            verb=verb,
            at=_us(data["at_us"]),
            reason=None if reason is None else Reason(reason),
            by=_us(data.get("by_us", 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a session stands at one instant.

    `phase` is the phase that is on, or the one that waits or is counted in to; None before a plan
    begins (preparing, ready) and when it is over. `ends` is the instant since the start at which
    this state ends by itself when all goes well, None where only a person ends it. `walked` is the
    share of `phase` that was done before `since`.
    """

    state: State
    since: timedelta
    index: int
    walked: timedelta
    phase: Phase | None
    ends: timedelta | None
    reason: Reason | None
    speed_kmh: float | None
    wakes: timedelta | None = field(compare=False)
    """When time alone changes the state: before `ends` where a belt that should run stands still.
    Nobody sees the difference, so it makes no other position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a session's past in one state, from `start` to `end` since its start."""

    state: State
    start: timedelta
    end: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A piece of a phase that was walked backward, at one speed (None: nothing sets one)."""

    phase: Phase
    speed_kmh: float | None
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """The fold over the marks: what has to be known to go on."""

    state: State = State.PREPARING
    since: timedelta = timedelta()
    index: int = 0
    walked: timedelta = timedelta()
    extra: timedelta = timedelta()
    """Extension of the phase that is on."""
    extra_in_all: timedelta = timedelta()
    eased_kmh: float = 0
    reason: Reason | None = None
    still_since: timedelta | None = None
    """Since when the belt is not measured to run; None: it is, or nothing is measured."""
    still_why: Reason | None = None
    starts: timedelta | None = None
    """When a belt was started for the walker last."""

    def to(self, state: State, at: timedelta, reason: Reason | None = None) -> _Now:
        return replace(self, state=state, since=at, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One walk through a plan; immutable, a mark gives a new one."""

    session_id: str
    plan: Plan
    started: datetime
    """UTC instant of its start; names the day, measures nothing."""
    asks_go: bool = False
    prepare_wait: timedelta = PREPARE_WAIT
    go_wait: timedelta = GO_WAIT
    paused_wait: timedelta = PAUSED_WAIT
    rehearsal: bool = False
    """A rehearsal moves no belt: its turns end by themselves after their usual length."""
    overrides: tuple[str, ...] = ()
    """Path sensors that a forced start passed over."""
    measured: bool = False
    """Whether the belt's speed is measured; without that the owner's word counts."""
    moves_belt: bool = False
    """Whether a go starts the belt: then nothing but a go does, after a count-in."""
    told: Feedback = NOTHING_SAID
    """What its runner said of it so far."""
    marks: tuple[Mark, ...] = field(default=())

    @property
    def has_moved_belt(self) -> bool:
        """Return whether a person has said go to a belt that is moved."""
        return self.moves_belt and any(mark.verb is Verb.GO for mark in self.marks)

    def as_dict(self) -> dict[str, Any]:
        """Return the session as plain JSON values; times in microseconds."""
        return {
            "session_id": self.session_id,
            "plan": self.plan.as_dict(),
            "started": self.started.isoformat(timespec="microseconds"),
            "asks_go": self.asks_go,
            "prepare_wait_us": self.prepare_wait // _US,
            "go_wait_us": self.go_wait // _US,
            "paused_wait_us": self.paused_wait // _US,
            "rehearsal": self.rehearsal,
            "overrides": list(self.overrides),
            "measured": self.measured,
            "moves_belt": self.moves_belt,
            **({"told": self.told.as_dict()} if self.told != NOTHING_SAID else {}),
            "marks": [mark.as_dict() for mark in self.marks],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Session:
        """Return the session that `as_dict` wrote.

        Raises KeyError, ValueError, TypeError where it did not, and Refused where its marks could
        not have happened.
        """
        started, told = datetime.fromisoformat(data["started"]), data.get("told", {})
        if not isinstance(told, Mapping):
            raise TypeError(f"no answers: {told}")
        if started.tzinfo is None:
            raise ValueError(f"no instant: {started}")
        session = cls(
            session_id=str(data["session_id"]),
            plan=Plan.from_dict(data["plan"]),
            started=started.astimezone(UTC),
            asks_go=bool(data["asks_go"]),
            prepare_wait=_us(data["prepare_wait_us"]),
            go_wait=_us(data["go_wait_us"]),
            paused_wait=_us(data["paused_wait_us"]),
            rehearsal=bool(data["rehearsal"]),
            overrides=tuple(str(each) for each in data["overrides"]),
            measured=bool(data["measured"]),
            moves_belt=bool(data["moves_belt"]),
            told=Feedback.from_dict(told),
        )
        session = replace(session, marks=tuple(Mark.from_dict(each) for each in data["marks"]))
        session.check()
        return session

    def check(self) -> None:
        """Raise ValueError or Refused for marks that no session keeps."""
        steps, last = [self._first()], timedelta()
        for mark in self.marks:
            if mark.at < last:
                raise ValueError(f"mark at {mark.at} before the last one at {last}")
            last = mark.at
            self._run(steps, mark.at)
            now = steps[-1]
            move = TRANSITIONS[now.state].get(mark.verb)
            if move is Move.NOTHING or self._is_so(now, mark.verb, mark.reason):
                raise ValueError(f"a mark that no session keeps: {mark}")
            self._check(now, mark.verb, move, mark.at, mark.by)
            steps = [self._apply(now, mark)]

    def mark(
        self,
        verb: Verb,
        at: timedelta,
        *,
        reason: Reason | None = None,
        by: timedelta | None = None,
    ) -> Session:
        """Return the session with one more mark, itself where the mark changes nothing.

        Raises Refused: `not_now_<state>` where the table has no such move, `needs_go`,
        `too_soon` for a go in the first two seconds of a state, `extended_enough` (max, in s).
        """
        if self.marks and at < self.marks[-1].at:
            raise ValueError(f"mark at {at} before the last one at {self.marks[-1].at}")
        now = self._now(at)
        move = TRANSITIONS[now.state].get(verb)
        if move is Move.NOTHING or self._is_so(now, verb, reason):
            return self
        self._check(now, verb, move, at, by or timedelta())
        if verb is Verb.MOVING and self._was_no_standstill(at):
            return replace(self, marks=self.marks[:-1])
        mark = Mark(verb=verb, at=at, reason=reason, by=by or timedelta())
        return replace(self, marks=(*self.marks, mark))

    def tell(self, said: Feedback) -> Session:
        """Return the session with what its runner says of it; stumbles add up."""
        stumbles = min((self.told.stumbles or 0) + (said.stumbles or 0), MOST_STUMBLES)
        pains = [each for each in (self.told.pain, said.pain) if each is not None]
        said = replace(said, stumbles=stumbles or None, pain=max(pains, default=None))
        return replace(self, told=self.told.but(said))

    def lost(self, proven: timedelta, gap: timedelta | None, grace: timedelta) -> Session:
        """Return the session after nobody conducted it for a while: the one way back into it.

        `proven` is the last instant since its start that somebody vouches for, not before its last
        mark; `gap` how long ago that is, None where nobody knows. Up to `grace` it stands paused
        (what had not begun, or was paused, is as it was), on a belt also what would have begun
        without a go. After it the walk is over, at the proven second.
        """
        if gap is None or not timedelta() <= gap <= grace:
            return self.mark(Verb.END, proven, reason=Reason.INTERRUPTED)
        if self._on_belt and self._now(proven).state is State.PREPARING:
            return replace(self, asks_go=True)
        return self.mark(Verb.LOST, proven, reason=Reason.RESTARTED)

    def position(self, at: timedelta) -> Position:
        """Return where the session stands at an instant not before its last mark."""
        now = self._now(at)
        then = self._next_by_itself(now)
        begun = now.state not in (State.PREPARING, State.READY, State.IDLE)
        phase = self._phase(now) if begun else None
        walks = now.state in (State.WALKING_BACKWARD, State.WALKING_FORWARD)
        wakes = then.since if then else None
        return Position(
            state=now.state,
            since=now.since,
            index=now.index,
            walked=now.walked,
            phase=phase,
            ends=self._end(now) if walks else wakes,
            reason=now.reason,
            speed_kmh=_eased(phase, now.eased_kmh) if phase else None,
            wakes=wakes,
        )

    def next_phase(self, position: Position) -> Phase | None:
        """Return the phase after the one that is on; the first one before the plan begins."""
        if position.state is State.IDLE:
            return None
        index = position.index if position.phase is None else position.index + 1
        return self.plan.phases[index] if index < len(self.plan.phases) else None

    def plan_at(self, at: timedelta) -> Plan:
        """Return the plan as it is walked from an instant on: eased, and with what was added."""
        now = self._now(at)
        phases = [replace(each, speed_kmh=_eased(each, now.eased_kmh)) for each in self.plan.phases]
        if now.extra:
            phases[now.index] = replace(
                phases[now.index], length=phases[now.index].length + now.extra
            )
        return replace(self.plan, phases=tuple(phases))

    def moving(self, at: timedelta) -> timedelta:
        """Return how long the walker has been moving until `at`, forward or backward."""
        walking = (State.WALKING_BACKWARD, State.WALKING_FORWARD)
        return sum(
            (each.end - each.start for each in self.trail(at) if each.state in walking),
            timedelta(),
        )

    def ends(self, position: Position) -> timedelta | None:
        """Return when the walk will be over if nobody does anything, turns at their usual length.

        None where it waits for a person.
        """
        phase = position.phase
        if position.state is State.PAUSED or phase is None or self._waits_for_go(phase):
            return None
        begin = position.since if position.state is not State.GET_READY else position.ends
        later = sum((p.length for p in self.plan.phases[position.index + 1 :]), timedelta())
        return (begin or timedelta()) + phase.length - position.walked + later

    def waits_for_go(self, position: Position) -> bool:
        """Return whether nothing but a person's go lets the walk go on from there."""
        match position.state:
            case State.READY:
                return True
            case State.PAUSED:
                return self.moves_belt
            case State.TURNING | State.RESTING:
                return position.phase is not None and self._waits_for_go(position.phase)
        return False

    def lasts(self, position: Position) -> timedelta:
        """Return how long what is on lasts in all when nobody does anything; 0 when it is over."""
        match position.state:
            case State.PREPARING:
                return self.prepare_wait
            case State.READY:
                return self.go_wait
            case State.GET_READY:
                return COUNT_IN
        if position.phase is None:
            return timedelta()
        if not self.waits_for_go(position) or position.state is State.PAUSED:
            return position.phase.length
        is_rest = position.state is State.RESTING
        return self.go_wait + (position.phase.length if is_rest else timedelta())

    def comes_back(self, at: Position | _Now) -> bool:
        """Return whether it stands paused since a restart, on ground where it needs no go."""
        since_restart = at.state is State.PAUSED and at.reason is Reason.RESTARTED
        return since_restart and not self._on_belt

    def gap(self, position: Position) -> timedelta | None:
        """Return how long nobody conducted the walk before a position that goes on from there."""
        lost: timedelta | None = None
        gap: timedelta | None = None
        for mark in self.marks:
            if mark.verb is Verb.LOST:
                lost = mark.at
            elif mark.verb is Verb.BACK and lost is not None:
                gap = mark.at - lost if position.since <= mark.at + COUNT_IN else None
        return gap

    def backward(self, at: timedelta) -> tuple[tuple[timedelta, timedelta], ...]:
        """Return the intervals walked backward until `at`, joined where one follows another.

        Where the belt's speed is measured, without the time in which it stood still.
        """
        joined: list[tuple[timedelta, timedelta]] = []
        for stretch in self.trail(at):
            if stretch.state is not State.WALKING_BACKWARD or stretch.end <= stretch.start:
                continue
            if joined and joined[-1][1] == stretch.start:
                joined[-1] = (joined[-1][0], stretch.end)
            else:
                joined.append((stretch.start, stretch.end))
        if not self.measured:
            return tuple(joined)
        start_grace = timedelta() if self.moves_belt else evidence.GRACE
        return evidence.counted(tuple(joined), self._standstills(), start_grace=start_grace)

    def walked(self, at: timedelta) -> tuple[Walked, ...]:
        """Return what counts of each phase that was walked backward until `at`."""
        counts = self.backward(at)
        turns = {step.since for step in self._steps(at, self.marks)}
        turns |= {mark.at for mark in self.marks if mark.at < at}  # easing changes no state
        found = []
        for start, end in pairwise(sorted({*turns, at})):
            until_then = tuple(mark for mark in self.marks if mark.at <= start)
            now = replace(self, marks=until_then).position(start)
            overlaps = (min(end, to) - max(start, since) for since, to in counts)
            length = sum((each for each in overlaps if each > timedelta()), timedelta())
            if length and now.phase is not None:
                found.append(Walked(phase=now.phase, speed_kmh=now.speed_kmh, length=length))
        return tuple(found)

    def trail(self, at: timedelta) -> tuple[Stretch, ...]:
        """Return the session's past until `at`, without a gap."""
        steps = self._steps(at, self.marks)
        ends = [*(step.since for step in steps[1:]), at]
        return tuple(
            Stretch(state=step.state, start=step.since, end=end)
            for step, end in zip(steps, ends, strict=True)
        )

    def phases_walked(self, at: timedelta) -> tuple[Stretch, ...]:
        """Return the phases and pauses that were gone through until `at`, each once and whole."""
        steps = [each for each in self._steps(at, self.marks) if each.state in _GONE_THROUGH]
        begins = [
            step
            for before, step in zip([None, *steps], steps, strict=False)
            if before is None or (before.state, before.index) != (step.state, step.index)
        ]
        ends = [*(each.since for each in begins), at][1:]
        return tuple(
            Stretch(state=each.state, start=each.since, end=end)
            for each, end in zip(begins, ends, strict=True)
        )

    def _now(self, at: timedelta) -> _Now:
        return self._steps(at, self.marks)[-1]

    def _steps(self, at: timedelta, marks: tuple[Mark, ...]) -> list[_Now]:
        """Return each state that a session with these marks went through until `at`, in order."""
        steps = [self._first()]
        for mark in marks:
            self._run(steps, mark.at)
            steps.append(self._apply(steps[-1], mark))
        self._run(steps, at)
        return steps

    def _first(self) -> _Now:
        return _Now(still_since=timedelta() if self.measured else None)

    def _run(self, steps: list[_Now], until: timedelta) -> None:
        while (then := self._next_by_itself(steps[-1])) and then.since <= until:
            steps.append(then)

    def _next_by_itself(self, now: _Now) -> _Now | None:
        """What time alone does: the state that comes next and when; None: nothing ever."""
        match now.state:
            case State.IDLE:
                return None
            case State.PREPARING:
                return now.to(State.IDLE, now.since + self.prepare_wait, Reason.PATH_BLOCKED)
            case State.READY:
                return now.to(State.IDLE, now.since + self.go_wait, Reason.NO_GO)
            case State.PAUSED:
                return now.to(State.IDLE, now.since + self.paused_wait, Reason.LEFT_PAUSED)
            case State.GET_READY:
                return self._into_phase(now, now.since + COUNT_IN)
        phase, end = self._phase(now), self._end(now)
        if (stands := self._stands_still_from(now)) is not None:
            grace = START_WAIT if stands == now.starts else evidence.GRACE
            if stands + grace < end:
                return self._stood_still(now, stands, grace)
        if not self._waits_for_go(phase):
            return self._after(now, end)
        waits_from = now.since if phase.motion is Motion.TURNING else end
        return self._paused(now, waits_from + self.go_wait, Reason.NO_GO)

    def _end(self, now: _Now) -> timedelta:
        """Return when the phase that is on will have had its length."""
        return now.since + self._phase(now).length - now.walked

    def _apply(self, now: _Now, mark: Mark) -> _Now:
        match TRANSITIONS[now.state][mark.verb]:
            case Move.WAIT_OR_COUNT_IN:
                return now.to(State.READY if self.asks_go else State.GET_READY, mark.at)
            case Move.COUNT_IN:
                return self._count_in(self._into_phase(now, mark.at))
            case Move.NEXT_PHASE if now.state is State.RESTING or self._starts_belt(now):
                return self._count_in(self._after(now, mark.at))
            case Move.NEXT_PHASE:
                return self._after(now, mark.at)
            case Move.HOLD:
                return self._paused(now, mark.at, mark.reason)
            case Move.OVER:
                return now.to(State.IDLE, mark.at, mark.reason)
            case Move.REASON:
                since_restart = now.reason is Reason.RESTARTED
                return replace(now, reason=mark.reason) if since_restart else now
            case Move.FIGURE:
                return self._figure(now, mark)
            case Move.NOTHING:
                return now

    @staticmethod
    def _figure(now: _Now, mark: Mark) -> _Now:
        match mark.verb:
            case Verb.EXTEND:
                return replace(
                    now, extra=now.extra + mark.by, extra_in_all=now.extra_in_all + mark.by
                )
            case Verb.MOVING:
                return replace(now, still_since=None, still_why=None)
            case Verb.STILL:
                since = mark.at if now.still_since is None else now.still_since
                return replace(now, still_since=since, still_why=mark.reason)
        return replace(now, eased_kmh=now.eased_kmh + EASE_KMH)

    def _paused(self, now: _Now, at: timedelta, reason: Reason | None) -> _Now:
        """Hold, keeping what was done of the phase; a count-in and a turn have done nothing.

        A rest keeps the time of a count-in: the walk after it begins by itself.
        """
        walked = now.walked
        if now.state not in (State.GET_READY, State.TURNING):
            spare = COUNT_IN if now.state is State.RESTING else timedelta()
            walked = min(walked + at - now.since, self._phase(now).length - spare)
        return replace(now.to(State.PAUSED, at, reason), walked=walked)

    def _stands_still_from(self, now: _Now) -> timedelta | None:
        """Return since when a belt that should run is not measured to; None where all is well."""
        should_run = now.state in (State.WALKING_BACKWARD, State.WALKING_FORWARD)
        if not should_run or now.still_since is None:
            return None
        return max(now.still_since, now.since)

    def _stood_still(self, now: _Now, stands: timedelta, grace: timedelta) -> _Now:
        """Pause; what the belt did not carry is still to be walked."""
        paused = now.to(State.PAUSED, stands + grace, now.still_why or Reason.BELT_STILL)
        return replace(paused, walked=now.walked + stands - now.since)

    def _standstills(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """Return the times in which the belt was not measured to run; the last one may not end."""
        since: timedelta | None = timedelta()
        found = []
        for mark in self.marks:
            if mark.verb is Verb.STILL and since is None:
                since = mark.at
            elif mark.verb is Verb.MOVING and since is not None:
                found.append((since, mark.at))
                since = None
        return tuple(found) if since is None else (*found, (since, timedelta.max))

    def _was_no_standstill(self, at: timedelta) -> bool:
        """Return whether the last mark began a dip that is too short to matter.

        Forgetting it keeps a noisy sensor from filling the session with marks.
        """
        last = self.marks[-1] if self.marks else None
        if last is None or last.verb is not Verb.STILL or at - last.at >= evidence.GRACE:
            return False
        return self._steps(at, self.marks[:-1])[-1].still_since is None

    def _is_so(self, now: _Now, verb: Verb, reason: Reason | None) -> bool:
        """Return whether a mark says what is so, or what nobody measures.

        A pause takes a walk that would come back by itself into a person's hands; any other pause
        is one already.
        """
        match verb:
            case Verb.MOVING:
                return now.still_since is None
            case Verb.STILL:
                is_known = now.still_since is not None and now.still_why is reason
                return is_known or not self.measured
            case Verb.PAUSE:
                return now.state is State.PAUSED and now.reason is not Reason.RESTARTED
        return False

    @property
    def _on_belt(self) -> bool:
        return self.plan.surface is Surface.TREADMILL

    def _after(self, now: _Now, at: timedelta) -> _Now:
        """Go on to the next phase; after the last one the walk is finished."""
        if now.index + 1 == len(self.plan.phases):
            return now.to(State.IDLE, at, Reason.FINISHED)
        then = replace(now, index=now.index + 1, walked=timedelta(), extra=timedelta())
        return self._into_phase(then, at)

    def _into_phase(self, now: _Now, at: timedelta) -> _Now:
        stood = now.state in (State.GET_READY, State.RESTING)
        starts = at if self.moves_belt and stood else now.starts
        return replace(now.to(_MOTION_STATES[self._phase(now).motion], at), starts=starts)

    def _starts_belt(self, now: _Now) -> bool:
        """Return whether a belt that stands for a turn will be started for the walker."""
        return self.moves_belt and now.state is State.TURNING

    @staticmethod
    def _count_in(then: _Now) -> _Now:
        """Count in to a phase that walks; nobody is counted in to a rest or a turn."""
        walks = then.state in (State.WALKING_BACKWARD, State.WALKING_FORWARD)
        return then.to(State.GET_READY, then.since) if walks else then

    def _waits_for_go(self, phase: Phase) -> bool:
        return phase.needs_go and not self.rehearsal

    def _phase(self, now: _Now) -> Phase:
        phase = self.plan.phases[now.index]
        return replace(phase, length=phase.length + now.extra) if now.extra else phase

    def _check(
        self, now: _Now, verb: Verb, move: Move | None, at: timedelta, by: timedelta
    ) -> None:
        waits = (
            now.state is not State.RESTING
            or self.moves_belt
            or self._waits_for_go(self._phase(now))
        )
        if verb is Verb.SKIP and now.state in (State.TURNING, State.RESTING) and waits:
            raise Refused("needs_go")
        if verb is Verb.RESUME and now.state is State.PAUSED and self.moves_belt:
            raise Refused("belt_needs_go")
        comes_back = now.reason is Reason.RESTARTED and not self._on_belt
        if (
            move is None
            or (verb is Verb.GO and not waits)
            or (verb is Verb.BACK and not comes_back)
        ):
            if now.state in _SAYS_WHAT_THEN:
                raise Refused(f"not_now_{now.state}")
            raise Refused("not_now")
        if verb is Verb.GO and at < now.since + GO_NOT_BEFORE:
            raise Refused("too_soon")
        if verb is Verb.EXTEND and now.extra_in_all + by > MOST_EXTRA:
            raise Refused("extended_enough", max=f"{MOST_EXTRA.total_seconds():g}")


def _us(length: int) -> timedelta:
    """Return a length from microseconds; raises ValueError for what no walk can last."""
    if not timedelta() <= length * _US <= _LONGEST:
        raise ValueError(f"no length: {length}")
    return length * _US


def _eased(phase: Phase, eased_kmh: float) -> float | None:
    """Return the speed of a phase after easing; a standing belt stays at 0, a lane at None."""
    if not phase.speed_kmh:
        return phase.speed_kmh
    return round(max(SLOWEST_KMH.value, phase.speed_kmh - eased_kmh), 2)
