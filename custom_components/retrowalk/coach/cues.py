"""From a plan to what is said in it: a list of cues that provably fits its phases.

Rules of this file, which hold for every list that leaves it (training.md 6, "Fit"):
1. No two cues overlap; between any two is a breath.
2. Each change is announced: ahead of it where the phase before has room, and at it where a belt is
   moved or somebody has to do something.
3. Cues that announce no change keep 20 s from each other, over the edge of a phase too.
4. Nothing about technique is said in the last third of a phase, and none before the steps settle.
5. What does not fit is not said. The length of a cue is its words at the rate of the voice, so that
   another language, a slow voice or a rehearsal gets the list that fits there.

Times are those at which a cue begins to be heard, since the start of its phase.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
import re
from typing import Final

from .levels import FIRST, LAST, Hands
from .plan import Kind, Motion, Phase, PhaseName, Plan, Surface
from .session import COUNT_IN, GO_NOT_BEFORE


class Detail(StrEnum):
    """How much is said. What a moving belt needs to be known of is said in each."""

    SILENT = "silent"
    TONES = "tones"
    SHORT = "short"
    FULL = "full"

    @property
    def talks(self) -> bool:
        """Return whether more is said than what has to be."""
        return self in (Detail.SHORT, Detail.FULL)


class CueKind(StrEnum):
    """What a cue is for."""

    CHANGE = "change"
    """What changes, or has to be done for it."""
    TIME = "time"
    """Halfway, the last minute, the last thirty seconds."""
    TECHNIQUE = "technique"


type Figures = Mapping[str, float]
type Phrase = Callable[[str, Figures], str]
"""From the key of a text and its figures to the words of the runner's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Something said: the key of its text and its words; `at` is since the start of its phase."""

    kind: CueKind
    key: str
    text: str
    at: timedelta
    length: timedelta
    is_ahead: bool = False
    """Whether it announces what follows this phase."""
    is_shown_only: bool = False
    """Whether a light shows it and nobody says it."""

    @property
    def end(self) -> timedelta:
        """Return when it has been said."""
        return self.at + self.length


WORDS_PER_S: Final = 2.2
"""A slow voice; a faster one leaves more room (2.2 to 3.0 words a second are usual)."""
AHEAD: Final = timedelta(seconds=10)
NEXT_BOUT_AHEAD: Final = timedelta(seconds=20)
APART: Final = timedelta(seconds=20)
"""training.md 6: at most one cue in 20 to 30 s [CJ]."""
TECHNIQUE_APART: Final = timedelta(seconds=30)
SETTLES: Final = timedelta(seconds=10)
HINTS_A_WALK: Final = 3
"""So many hints later the next walk begins."""
BREATH: Final = timedelta(seconds=1)
LAST_SECONDS: Final = timedelta(seconds=30)
LAST_SECONDS_FROM: Final = timedelta(seconds=75)
LAST_MINUTE: Final = timedelta(seconds=60)
LAST_MINUTE_FROM: Final = timedelta(seconds=150)
HALFWAY_FROM: Final = timedelta(seconds=120)
_NONE: Final = timedelta()
_SECOND: Final = timedelta(seconds=1)
_NUMBER: Final = re.compile(r"\d+(?:([.,])\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """One hint of training.md 6, and where it fits; None fits everywhere."""

    key: str
    motion: Motion = Motion.BACKWARD
    kinds: frozenset[Kind] | None = None
    levels: tuple[int, int] = (FIRST, LAST)
    surface: Surface | None = None
    hands: frozenset[Hands] | None = None
    names: frozenset[PhaseName] | None = None

    def fits(self, plan: Plan, phase: Phase) -> bool:
        """Return whether it may be said in a phase of a plan."""
        low, high = self.levels
        return (
            phase.motion is self.motion
            and (self.kinds is None or plan.kind in self.kinds)
            and low <= plan.level <= high
            and self.surface in (None, plan.surface)
            and (self.hands is None or phase.hands in self.hands)
            and (self.names is None or phase.name in self.names)
        )


_CLIMBS: Final = frozenset({PhaseName.CLIMB})
_FLAT: Final = frozenset({PhaseName.SLOW_START, PhaseName.WALK, PhaseName.SLOW_STEPS})
_WARM_UP: Final = frozenset({Kind.WARM_UP})
_FIRST_STEPS: Final = (FIRST, 2)
_STEADY: Final = (3, 4)
_STRONG: Final = (5, LAST)

TECHNIQUE: Final = (
    # Before a lane is walked backward
    Technique(
        key="cue_look_for_hazards",
        motion=Motion.FORWARD,
        surface=Surface.LANE,
        names=frozenset({PhaseName.FORWARD_WALK}),
    ),
    Technique(
        key="cue_stopping_line",
        motion=Motion.FORWARD,
        surface=Surface.LANE,
        names=frozenset({PhaseName.FORWARD_WALK}),
    ),
    Technique(key="cue_breathing", motion=Motion.FORWARD, names=frozenset({PhaseName.EASY_FINISH})),
    # Warm-up and cool-down
    Technique(key="cue_easy_and_slow", kinds=_WARM_UP),
    Technique(key="cue_small_steps", kinds=_WARM_UP),
    Technique(key="cue_two_or_three", kinds=_WARM_UP),
    Technique(key="cue_slower_now", kinds=frozenset({Kind.COOL_DOWN})),
    # Hill
    Technique(key="cue_shorter_steps", names=_CLIMBS),
    Technique(
        key="cue_near_the_rails", names=_CLIMBS, hands=frozenset({Hands.LIGHT_TOUCH, Hands.HOVER})
    ),
    Technique(key="cue_thighs_work", kinds=frozenset({Kind.HILL})),
    Technique(key="cue_calves_tight", names=_CLIMBS),
    # First steps
    Technique(key="cue_head_up", levels=_FIRST_STEPS, names=_FLAT),
    Technique(key="cue_glance", surface=Surface.LANE),
    Technique(key="cue_toes_first", levels=_FIRST_STEPS, names=_FLAT),
    Technique(key="cue_roll_down", levels=_FIRST_STEPS, names=_FLAT),
    Technique(key="cue_quiet_feet", levels=_FIRST_STEPS, names=_FLAT),
    Technique(key="cue_stay_tall", levels=_FIRST_STEPS, names=_FLAT),
    Technique(
        key="cue_hold_the_rails",
        levels=_FIRST_STEPS,
        surface=Surface.TREADMILL,
        hands=frozenset({Hands.BOTH_RAILS}),
    ),
    Technique(key="cue_breathe_out", levels=_FIRST_STEPS, names=_FLAT),
    Technique(key="cue_hip_width", levels=_FIRST_STEPS, names=_FLAT),
    # Steady
    Technique(key="cue_smooth", levels=_STEADY, names=_FLAT),
    Technique(key="cue_push_straight", levels=_STEADY, names=_FLAT),
    Technique(
        key="cue_lighten_grip",
        levels=_STEADY,
        surface=Surface.TREADMILL,
        hands=frozenset({Hands.LIGHT_TOUCH}),
    ),
    Technique(key="cue_arms_swing", levels=_STEADY, hands=frozenset({Hands.HOVER, Hands.FREE})),
    Technique(key="cue_knee_bends", levels=_STEADY, names=_FLAT),
    Technique(key="cue_talk", levels=_STEADY, names=_FLAT),
    # Strong, on the flat
    Technique(key="cue_longer_reach", levels=_STRONG, names=_FLAT),
    Technique(key="cue_middle_of_belt", levels=_STRONG, surface=Surface.TREADMILL, names=_FLAT),
    Technique(key="cue_form_fades", levels=_STRONG),
    Technique(key="cue_hips_level", levels=_STRONG, names=_FLAT),
    # Safety, everywhere and last
    Technique(key="cue_drifting", surface=Surface.TREADMILL),
    Technique(key="cue_no_twist", surface=Surface.TREADMILL),
    Technique(key="cue_eyes_open"),
    Technique(key="cue_sharp_pain"),
    Technique(key="cue_dizzy", surface=Surface.TREADMILL),
    Technique(key="cue_above_four"),
)
"""In the order in which they are said; the least often said of those that fit comes next."""

SET_UP: Final[Mapping[Surface, tuple[str, ...]]] = {
    Surface.TREADMILL: ("cue_clip", "cue_clear_behind", "cue_hands_before_belt"),
    Surface.LANE: (),
}
"""What is said while a go is waited for; on a lane the walk itself has time for it."""
KEYS: Final = frozenset(
    {
        "cue_start_forward",
        "cue_start_backward",
        "cue_start_finish",
        "cue_turn",
        "cue_turn_yourself",
        "cue_rest",
        "cue_rest_lane",
        "cue_ahead_turn",
        "cue_ahead_rest",
        "cue_ahead_backward",
        "cue_ahead_forward",
        "cue_ahead_pace",
        "cue_ahead_climb",
        "cue_ahead_usual_pace",
        "cue_ahead_slow_steps",
        "cue_ahead_end",
        "cue_next_bout",
        "cue_last_bout_starts",
        "cue_halfway",
        "cue_last_minute",
        "cue_last_seconds",
        "cue_last_seconds_hill",
        "say_belt_starts",
        "say_belt_to",
        *(each.key for each in TECHNIQUE),
        *(key for keys in SET_UP.values() for key in keys),
    }
)
"""Every text that a compiled list may say."""


def speech_length(text: str, words_per_s: float) -> timedelta:
    """Return how long a text takes; a decimal is said in three words, a long number in two."""
    words = 0
    for word in text.split():
        number = _NUMBER.search(word)
        if number is None:
            words += 1
        else:
            words += 3 if number[1] else min(len(number[0]), 2)
    return timedelta(seconds=words / words_per_s)


def compile_cues(
    plan: Plan,
    detail: Detail,
    phrase: Phrase,
    *,
    words_per_s: float,
    moves_belt: bool,
    walks: int = 0,
) -> tuple[tuple[Cue, ...], ...]:
    """Return the cues of each phase of a plan, in order.

    `moves_belt` says whether the belt is moved for the walker: its changes are announced whatever
    the detail. `words_per_s` is the rate of the voice in the plan's own time. `walks` is how many
    the runner has walked before: each begins with other hints.
    """
    compiler = _Compiler(
        plan=plan,
        detail=detail,
        phrase=phrase,
        words_per_s=words_per_s,
        moves_belt=moves_belt,
        walks=walks,
    )
    return tuple(compiler.compile())


@dataclass(slots=True, kw_only=True)
class _Compiler:
    plan: Plan
    detail: Detail
    phrase: Phrase
    words_per_s: float
    moves_belt: bool
    walks: int
    said: Counter[str] = field(default_factory=Counter)

    def compile(self) -> Iterator[tuple[Cue, ...]]:
        quiet = APART  # since the last cue that announced no change
        for index, phase in enumerate(self.plan.phases):
            track = _Track(length=phase.length, quiet=quiet)
            for cue in self._changes(index, phase):
                track.add(cue)
            if self.detail.talks:
                for cue in self._times(index, phase):
                    track.add(cue)
            if self.detail is Detail.FULL:
                self._teach(phase, track)
            yield tuple(sorted(track.cues, key=lambda cue: cue.at))
            quiet = track.quiet_after(GO_NOT_BEFORE if phase.needs_go else phase.length)

    def _cue(self, kind: CueKind, key: str, at: timedelta, **figures: float) -> Cue:
        text = self.phrase(key, figures)
        length = speech_length(text, self.words_per_s)
        return Cue(kind=kind, key=key, text=text, at=at, length=length)

    def _before(self, end: timedelta, lead: timedelta, key: str, **figures: float) -> Cue:
        """Return a cue that begins `lead` before the end of a phase, and has ended at it."""
        cue = self._cue(CueKind.CHANGE, key, _NONE, **figures)
        return replace(cue, at=end - max(lead, cue.length + BREATH), is_ahead=True)

    def _changes(self, index: int, phase: Phase) -> Iterator[Cue]:
        """Yield what has to be known of this phase and of the next, the next one first."""
        following = self.plan.phases[index + 1] if index + 1 < len(self.plan.phases) else None
        starts_belt = phase.motion is Motion.STANDING and self.moves_belt and not phase.needs_go
        if starts_belt:
            yield self._before(phase.length, COUNT_IN, "say_belt_starts")
        if not phase.needs_go:
            is_said = self.detail.talks or (self.moves_belt and not starts_belt)
            yield replace(self._ahead(phase, following), is_shown_only=not is_said)
        if (begin := self._begin(index, phase)) is not None:
            yield begin

    def _begin(self, index: int, phase: Phase) -> Cue | None:
        """Return what is said as a phase begins, where the one before did not say it all."""
        if phase.speed_kmh and self.moves_belt and self._belt_stood_before(index):
            figures = {"speed": phase.speed_kmh, "grade": phase.grade_percent}
            return self._cue(CueKind.CHANGE, "say_belt_to", _NONE, **figures)
        key = self._begin_key(index, phase)
        is_needed = phase.motion is Motion.TURNING and self.moves_belt
        return (
            self._cue(CueKind.CHANGE, key, _NONE)
            if key and (self.detail.talks or is_needed)
            else None
        )

    def _belt_stood_before(self, index: int) -> bool:
        before = self.plan.phases[index - 1].motion if index else Motion.STANDING
        return before in (Motion.STANDING, Motion.TURNING)

    def _begin_key(self, index: int, phase: Phase) -> str | None:
        on_belt = self.plan.surface is Surface.TREADMILL
        match phase.motion:
            case Motion.TURNING:
                return "cue_turn" if self.moves_belt else "cue_turn_yourself"
            case Motion.STANDING:
                return "cue_rest" if on_belt else "cue_rest_lane"
            case Motion.FORWARD if phase.name is not PhaseName.EASY_FINISH:
                return "cue_start_forward" if not index else None
            case Motion.FORWARD:
                return "cue_start_finish" if on_belt else None
            case Motion.BACKWARD:
                before = self.plan.phases[index - 1].motion if index else None
                return "cue_start_backward" if before is Motion.TURNING else None

    def _ahead(self, phase: Phase, following: Phase | None) -> Cue:
        end = phase.length
        if following is None:
            return self._before(end, AHEAD, "cue_ahead_end")
        if phase.motion is Motion.STANDING:
            which, of = following.bout or (1, 0)
            key = "cue_last_bout_starts" if which == of else "cue_next_bout"
            return self._before(end, NEXT_BOUT_AHEAD, key)
        match following.motion:
            case Motion.TURNING:
                return self._before(end, AHEAD, "cue_ahead_turn")
            case Motion.STANDING:
                return self._before(end, AHEAD, "cue_ahead_rest")
            case Motion.FORWARD:
                return self._before(end, AHEAD, "cue_ahead_forward")
        if phase.motion is Motion.FORWARD:
            return self._before(end, AHEAD, "cue_ahead_backward")
        if following.speed_kmh is None:
            is_slow = following.name is PhaseName.SLOW_STEPS
            key = "cue_ahead_slow_steps" if is_slow else "cue_ahead_usual_pace"
            return self._before(end, AHEAD, key)
        speed, grade = following.speed_kmh, following.grade_percent
        if grade != phase.grade_percent:
            return self._before(end, AHEAD, "cue_ahead_climb", speed=speed, grade=grade)
        return self._before(end, AHEAD, "cue_ahead_pace", speed=speed)

    def _times(self, index: int, phase: Phase) -> Iterator[Cue]:
        """Yield how much is left of a phase that is walked."""
        if phase.motion not in (Motion.BACKWARD, Motion.FORWARD):
            return
        length = phase.length
        if length >= LAST_SECONDS_FROM:
            hill = phase.name is PhaseName.CLIMB
            key = "cue_last_seconds_hill" if hill else "cue_last_seconds"
            yield self._cue(CueKind.TIME, key, length - LAST_SECONDS)
        is_last_backward = phase.motion is Motion.BACKWARD and all(
            later.motion is not Motion.BACKWARD for later in self.plan.phases[index + 1 :]
        )
        if is_last_backward and length >= LAST_MINUTE_FROM:
            yield self._cue(CueKind.TIME, "cue_last_minute", length - LAST_MINUTE)
        if length >= HALFWAY_FROM:
            yield self._cue(CueKind.TIME, "cue_halfway", length / 2)

    def _teach(self, phase: Phase, track: _Track) -> None:
        """Put hints where nothing else is said, in the first two thirds of a phase."""
        hints = [each.key for each in TECHNIQUE if each.fits(self.plan, phase)]
        if not hints:
            return
        first = self.walks * HINTS_A_WALK % len(hints)
        hints = [*hints[first:], *hints[:first]]
        until = phase.length * 2 / 3
        at = SETTLES
        while at < until:
            key = min(hints, key=lambda each: self.said[each])
            cue = self._cue(CueKind.TECHNIQUE, key, at)
            if cue.end <= until and track.add(cue):
                self.said[key] += 1
                at = cue.end + TECHNIQUE_APART
            else:
                at += _SECOND


@dataclass(slots=True, kw_only=True)
class _Track:
    """The time of one phase, with what is said in it."""

    length: timedelta
    quiet: timedelta
    """How long before this phase nothing but changes was said."""
    cues: list[Cue] = field(default_factory=list)

    def add(self, cue: Cue) -> bool:
        """Take a cue in where it fits; return whether it did."""
        if cue.at < _NONE or cue.end > self.length:
            return False
        if cue.kind is not CueKind.CHANGE and cue.at + self.quiet < APART:
            return False
        for other in self.cues:
            announces = CueKind.CHANGE in (cue.kind, other.kind)
            apart = BREATH if announces else APART
            if cue.at < other.end + apart and other.at < cue.end + apart:
                return False
        self.cues.append(cue)
        return True

    def quiet_after(self, lasted: timedelta) -> timedelta:
        """Return for how long nothing but changes has been said when the phase has lasted this."""
        ends = [cue.end for cue in self.cues if cue.kind is not CueKind.CHANGE]
        return lasted - max(ends) if ends else self.quiet + lasted
