"""What the conductor says: the cues of a plan when they are due, and what changes in between.

Rules of this file:
1. Every planned word comes from `coach.cues`, which has proven that it fits. What nobody planned
   (a pause, a skip, an easing) is said here, at once.
2. A cue is said as much earlier as the slowest speaker is late. One that is late by itself is left
   out: it is about something that has passed.
3. Nothing here decides what a belt or a session does.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from homeassistant.core import callback

from .coach.cues import (
    APART,
    SET_UP,
    WORDS_PER_S,
    Cue,
    CueKind,
    Detail,
    Phrase,
    compile_cues,
)
from .coach.plan import Phase, Plan
from .coach.session import Position, Reason, Session, State
from .gym.gym import Gym
from .gym.signals import Signal
from .gym.speaker import Tone, Urgency

STALE: Final = timedelta(seconds=5)
_JITTER: Final = timedelta(seconds=2)
"""A timer may be this late, and what follows is no nearer for it."""
_WALKING: Final = (State.WALKING_BACKWARD, State.WALKING_FORWARD)
_PLANNED: Final = (*_WALKING, State.TURNING, State.RESTING)
PAUSES: Final[Mapping[Reason | None, str]] = {
    Reason.ASKED: "say_paused",
    Reason.NO_GO: "say_paused_no_go",
    Reason.HEART_RATE: "say_paused_heart_rate",
    Reason.BELT_STILL: "say_paused_belt_still",
    Reason.BELT_SILENT: "say_paused_belt_silent",
    Reason.RESTARTED: "say_paused_restarted",
}
"""What is said of a pause; of any other cause its alert speaks."""


class Speaking:
    """The mouth of one conductor."""

    def __init__(
        self,
        gym: Gym,
        session: Session,
        detail: Detail,
        phrase: Phrase,
        begins: Position,
        *,
        pace: float,
        walks: int,
        moves_belt: Callable[[], bool],
    ) -> None:
        """Know what is walked, from where, and how much is said of it.

        `moves_belt` tells whether the belt is moved for the walker, who otherwise does it by hand.
        """
        self._gym = gym
        self._detail = detail
        self._phrase = phrase
        self._pace = pace
        self._walks = walks
        self._moves_belt = moves_belt
        self._plan: Plan | None = None
        self._by_hand = False
        self._cues: tuple[tuple[Cue, ...], ...] = ()
        self._before = begins
        self._index = -1
        self._said: set[tuple[str, timedelta]] = set()
        """The cues of this phase that are said, or past."""
        self._announced: int | None = None
        """The phase whose next one was announced."""
        self._quiet_since: timedelta | None = None
        """The session's time when the last hint was over."""
        self._compile(session.plan)

    def next_at(self, now: Position) -> timedelta | None:
        """Return when in the session's time something has to be said next; None: no more here."""
        if now.state not in _PLANNED or not self._gym.is_heard:
            return None
        due = [each.at - self._lead for each in self._cues_of(now) if _name(each) not in self._said]
        return now.since + min(due) - now.walked if due else None

    @callback
    def follow(self, now: Position, session: Session, at: timedelta) -> None:
        """Say what a change since the last call asks for, and what is due by now."""
        before, self._before = self._before, now
        self._compile(session.plan_at(at))
        if now != before:
            self._tell_of_change(before, now)
        if now.state in _PLANNED:
            self._say_what_is_due(now, at)

    # What is planned

    @property
    def _lead(self) -> timedelta:
        return timedelta(seconds=self._gym.voice_lead_s * self._pace)

    def _compile(self, plan: Plan) -> None:
        moves_belt = self._moves_belt()
        if plan != self._plan or moves_belt == self._by_hand:
            self._plan, self._by_hand = plan, not moves_belt
            self._cues = compile_cues(
                plan,
                self._detail,
                self._phrase,
                words_per_s=WORDS_PER_S / self._pace,
                moves_belt=moves_belt,
                walks=self._walks,
            )

    def _cues_of(self, now: Position) -> tuple[Cue, ...]:
        return self._cues[now.index] if now.index < len(self._cues) else ()

    def _say_what_is_due(self, now: Position, at: timedelta) -> None:
        walked = now.walked + at - now.since
        for cue in self._cues_of(now):
            due = cue.at - self._lead
            if due <= walked and _name(cue) not in self._said:
                self._said.add(_name(cue))
                if walked <= due + STALE * self._pace:
                    self._say_cue(cue, now, at)

    def _say_cue(self, cue: Cue, now: Position, at: timedelta) -> None:
        if cue.kind is not CueKind.CHANGE:
            if self._quiet_since is not None and at - self._quiet_since < APART - _JITTER:
                return  # somebody has skipped what lay between
            self._quiet_since = at + cue.length
        if cue.is_ahead:
            self._gym.signal(Signal.AHEAD)
        if cue.is_shown_only:
            return
        if cue.is_ahead:
            self._announced = now.index
        urgency = Urgency.CUE if cue.kind is CueKind.CHANGE else Urgency.HINT
        self._gym.say_words(cue.text, urgency)

    # What changes

    def _tell_of_change(self, before: Position, now: Position) -> None:
        if now.state is not before.state:
            if before.state is not State.GET_READY:  # how the belt starts is said to its end
                self._gym.hush()
            self._tell_of_state(before, now)
        if now.state in _PLANNED and (now.index != self._index or now.state is not before.state):
            if now.index != self._index or not now.walked:
                self._said.clear()
            # What was said of a phase before a pause is not said again.
            self._said |= {_name(cue) for cue in self._cues_of(now) if cue.at < now.walked}
            self._index = now.index
        if now.state in _WALKING:
            self._gym.signal(Signal.GO)
        if self._moves_belt() and now.state in _WALKING and self._is_news(before, now):
            self._gym.say_words(self._belt_goes_to(now), Urgency.CUE)

    def _tell_of_state(self, before: Position, now: Position) -> None:
        match now.state:
            case State.READY:
                self._set_up()
            case State.GET_READY if self._moves_belt():
                self._say("say_belt_starts")
            case State.GET_READY if self._detail.talks:
                self._say("say_get_ready")
            case State.PAUSED if now.reason is Reason.BELT_SILENT:  # whoever is on it has to know
                self._say(PAUSES[now.reason], Urgency.SAFETY)
            case State.PAUSED if self._detail.talks and (key := PAUSES.get(now.reason)):
                self._say(key)
            case State.IDLE if self._detail.talks and now.reason is Reason.NO_GO:
                self._say("say_given_up")
        if now.state in _WALKING and before.state not in _WALKING:
            self._play(Tone.GO)
        elif before.state in _WALKING and now.state not in _WALKING:
            self._gym.signal(Signal.STOP)
            # Where something is wrong its alert speaks, and no tone stands before it.
            if now.state is not State.PAUSED or now.reason in PAUSES:
                self._play(Tone.STOP)

    def _set_up(self) -> None:
        if not self._detail.talks or self._plan is None:
            return
        first = SET_UP[self._plan.surface] if self._detail is Detail.FULL else ()
        go = "say_ready" if self._gym.snapshot.is_watched else "say_ready_unwatched"
        self._gym.say_words(" ".join(self._phrase(key, {}) for key in (*first, go)), Urgency.PROMPT)

    def _play(self, tone: Tone) -> None:
        if self._detail is not Detail.SILENT:
            self._gym.play(tone)

    def _is_news(self, before: Position, now: Position) -> bool:
        """Whether a belt goes to figures that no cue has announced."""
        if before.state not in _WALKING:
            return bool(now.walked)  # else the cue at the phase's begin says it
        if _figures(now.phase, now.speed_kmh) == _figures(before.phase, before.speed_kmh):
            return False
        return before.index == now.index or self._announced != before.index

    def _belt_goes_to(self, now: Position) -> str:
        grade = now.phase.grade_percent if now.phase else 0
        return self._phrase("say_belt_to", {"speed": now.speed_kmh or 0, "grade": grade})

    def _say(self, key: str, urgency: Urgency = Urgency.PROMPT) -> None:
        self._gym.say_words(self._phrase(key, {}), urgency)


def _name(cue: Cue) -> tuple[str, timedelta]:
    """Return what tells a cue of a phase from the others; a longer phase announces its end anew."""
    return cue.key, cue.at


def _figures(phase: Phase | None, speed_kmh: float | None) -> tuple[float | None, float | None]:
    return speed_kmh, phase.grade_percent if phase else None
