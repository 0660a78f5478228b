"""What the tests walk: any plan that somebody could ask for, by a clock that a hand moves."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Self

from hypothesis import strategies as st

from custom_components.retrowalk.coach.levels import LADDER, Dose, Hands, Level, first_dose
from custom_components.retrowalk.coach.plan import (
    Kind,
    Motion,
    Phase,
    PhaseName,
    Plan,
    Surface,
    make_plan,
    minutes_band,
)
from custom_components.retrowalk.coach.session import Position, Session, State, Stretch, Verb

STARTED = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
GRACE = timedelta(seconds=60)
"""How long a walk may be lost and yet go on; an option of the gym."""
MAIN_PARTS = (PhaseName.WALK, PhaseName.CLIMB, PhaseName.SLOW_STEPS)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A walk that somebody asks for."""

    kind: Kind
    row: Level
    dose: Dose
    surface: Surface
    age_years: int | None = None
    minutes: float | None = None

    @property
    def plan(self) -> Plan:
        return make_plan(
            self.kind,
            self.row,
            self.dose,
            self.surface,
            age_years=self.age_years,
            minutes=self.minutes,
        )

    def on(self, surface: Surface) -> Wish:
        return replace(self, surface=surface)


@st.composite
def wishes(draw: st.DrawFn, *, wild: bool = False) -> Wish:
    """Draw any walk that a level opens; a wild one has a dose that no level would give."""
    kind = draw(st.sampled_from(Kind))
    row = draw(st.sampled_from([row for row in LADDER if minutes_band(kind, row)]))
    band = minutes_band(kind, row)
    assert band is not None
    seconds = st.integers(round(min(2.0, band.low) * 60), round(band.high * 60))
    if kind is Kind.BENCHMARK:
        seconds = st.just(round(band.low * 60))
    dose = replace(first_dose(row), hands=draw(st.sampled_from(Hands)))
    if wild:
        dose = Dose(
            minutes=draw(st.floats(0, 500)),
            hill_minutes=draw(st.none() | st.floats(0, 500)),
            speed_kmh=draw(st.floats(0.8, 9)),
            hill_speed_kmh=draw(st.none() | st.floats(0.8, 9)),
            grade_percent=draw(st.floats(-20, 40)),
            hands=draw(st.sampled_from(Hands)),
        )
    return Wish(
        kind=kind,
        row=row,
        dose=dose,
        surface=draw(st.sampled_from(Surface)),
        age_years=draw(st.none() | st.integers(10, 100)),
        minutes=draw(st.none() | seconds.map(lambda each: each / 60)),
    )


def wish(
    kind: Kind,
    number: int,
    *,
    surface: Surface = Surface.TREADMILL,
    hands: Hands | None = None,
    age_years: int | None = None,
    minutes: float | None = None,
) -> Wish:
    """Return the walk with which a level begins."""
    row = LADDER[number - 1]
    dose = first_dose(row)
    return Wish(
        kind=kind,
        row=row,
        dose=replace(dose, hands=hands or dose.hands),
        surface=surface,
        age_years=age_years,
        minutes=minutes,
    )


def main_part(plan: Plan) -> list[Phase]:
    """Return the backward phases that the minutes asked for are about."""
    return [
        phase
        for phase in plan.phases
        if phase.motion is Motion.BACKWARD and phase.name in MAIN_PARTS
    ]


@dataclass
class Walk:
    """A session and the hand-moved clock by which it goes."""

    session: Session
    now: timedelta = timedelta()

    @property
    def position(self) -> Position:
        return self.session.position(self.now)

    @property
    def state(self) -> State:
        return self.position.state

    @property
    def backward_s(self) -> float:
        """Return the seconds that count so far."""
        return sum((end - start).total_seconds() for start, end in self.session.backward(self.now))

    def say(self, verb: Verb, **figures: object) -> Self:
        """Mark now."""
        self.session = self.session.mark(verb, self.now, **figures)  # type: ignore[arg-type]
        return self

    def wait_until(self, at: timedelta) -> Self:
        """Let time pass until an instant of the session; an earlier one is now."""
        self.now = max(self.now, at)
        return self

    def wait(self, seconds: float) -> Self:
        """Let time pass."""
        return self.wait_until(self.now + timedelta(seconds=seconds))

    def be_lost(
        self, gap: float, *, proven: timedelta | None = None, grace: timedelta = GRACE
    ) -> Self:
        """Let nobody conduct it for some seconds after a proven instant, which is now if unsaid."""
        proven = self.now if proven is None else proven
        away = timedelta(seconds=gap)
        self.session = self.session.lost(proven, away, grace)
        self.now = proven + away
        return self

    def wait_out(self) -> Self:
        """Let time pass until this state ends by itself."""
        ends = self.position.wakes
        assert ends is not None, f"{self.state} does not end by itself"
        assert ends > self.now, f"{self.state} should have ended"
        return self.wait_until(ends)

    def go_on(self) -> Self:
        """Do what the walk waits for: make ready, say go, or walk until this state ends."""
        position = self.position
        waits = position.phase and position.phase.needs_go and not self.session.rehearsal
        match position.state:
            case State.PREPARING:
                return self.say(Verb.PREPARED)
            case State.READY | State.TURNING | State.PAUSED:
                return self.wait_until(position.since + timedelta(seconds=2)).say(Verb.GO)
            case State.RESTING if waits:
                return self.wait_until(position.since + timedelta(seconds=2)).say(Verb.GO)
        return self.wait_out()

    def to(self, state: State) -> Self:
        """Go on until a state."""
        while self.state is not state:
            assert self.state is not State.IDLE, f"over without {state}"
            self.go_on()
        return self


def walk(
    plan: Plan,
    *,
    asks_go: bool = False,
    rehearsal: bool = False,
    measured: bool = False,
    moves_belt: bool = False,
) -> Walk:
    """Return a walk that has just been asked for."""
    return Walk(
        Session(
            session_id="01",
            plan=plan,
            started=STARTED,
            asks_go=asks_go,
            rehearsal=rehearsal,
            measured=measured,
            moves_belt=moves_belt,
        )
    )


def story(trail: tuple[Stretch, ...]) -> list[tuple[State, timedelta, timedelta]]:
    """Return a trail as a person would tell it: no stretch without length, none told in two."""
    lasted = [stretch for stretch in trail if stretch.start < stretch.end]
    told = []
    for state, group in groupby(lasted, key=lambda stretch: stretch.state):
        stretches = list(group)
        told.append((state, stretches[0].start, stretches[-1].end))
    return told
