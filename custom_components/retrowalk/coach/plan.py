"""From kind, level, dose and surface to a plan: the phases of one walk.

Three rules hold for every plan that leaves this file:
1. On a treadmill forward and backward are never side by side: a `turning` phase stands between
   them, or a standing belt.
2. No phase is faster or steeper than the limits of this runner and the hands of that phase.
3. The backward time of the main part is exactly the minutes asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil, floor
from typing import Any, Final

from .levels import (
    LADDER,
    LAST,
    Band,
    Bouts,
    Dose,
    Figure,
    Hands,
    Hill,
    Level,
    first_dose,
    level,
)
from .limits import FLAT_KMH, GRADE_PERCENT, Limits, limits
from .refused import Refused
from .screening import RESTRICTED_LEVEL, Mode


class Kind(StrEnum):
    """What a walk is for."""

    WARM_UP = "warm_up"
    COOL_DOWN = "cool_down"
    DEDICATED = "dedicated"
    HILL = "hill"
    BENCHMARK = "benchmark"


class Surface(StrEnum):
    """What is walked on."""

    TREADMILL = "treadmill"
    LANE = "lane"


class Motion(StrEnum):
    """What the body does in a phase."""

    BACKWARD = "backward"
    FORWARD = "forward"
    TURNING = "turning"
    STANDING = "standing"


class PhaseName(StrEnum):
    """What a phase is called on screens and aloud."""

    FORWARD_WALK = "forward_walk"
    TURN = "turn"
    SLOW_START = "slow_start"
    WALK = "walk"
    CLIMB = "climb"
    SLOW_STEPS = "slow_steps"
    REST = "rest"
    EASY_FINISH = "easy_finish"


FORWARD_KMH: Final = Figure(4.0, "CJ")
"""An easy forward pace; the limits of the runner still hold."""
SLOW_START_SHARE: Final = Figure(0.7, "CJ")
SLOWEST_START_KMH: Final = Figure(0.8, "V38 V39")
WARM_UP_SHARE: Final = Figure(0.8, "CJ")
COOL_DOWN_SHARE: Final = Figure(0.7, "CJ")
SLOW_START_S: Final = Figure(60, "CJ, shortened from V42")
FRAME_S: Final = Figure(180, "CJ, shortened from V42")
HILL_FRAME_S: Final = Figure(300, "V42")
WARM_UP_FRAME_S: Final = Figure(180, "CJ, 2-3 min of forward walking first")
COOL_DOWN_FRAME_S: Final = Figure(120, "CJ, 2-3 min of forward walking first")
TURN_S: Final = Figure(20, "CJ")
"""What a turn usually takes. It is an estimate: on a treadmill only a go ends it."""
BENCHMARK_MINUTES: Final = Band(5, 5, "CJ, after V19")
BENCHMARK_KMH: Final = Figure(3.0, "CJ, after V19")
BENCHMARK_FROM_LEVEL: Final = Figure(4, "CJ")
LEAST_MINUTES: Final = Figure(2, "CJ")
_LONGEST: Final = timedelta(hours=6)
"""No phase comes near this; what is read from a file is held to it."""
LONG_REST: Final = timedelta(minutes=3)
"""A rest longer than this needs a go before the belt moves again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One stretch of a plan.

    `speed_kmh` is None where no machine sets it (a lane), 0 where the walker stands.
    `bout` is (which, of how many) for the bouts of the main part.
    """

    name: PhaseName
    motion: Motion
    length: timedelta
    speed_kmh: float | None
    grade_percent: float = 0
    hands: Hands
    bout: tuple[int, int] | None = None

    @property
    def needs_go(self) -> bool:
        """Whether only a person's go ends it: a belt will start that stood still for them."""
        on_belt = self.speed_kmh is not None
        long_rest = self.motion is Motion.STANDING and self.length > LONG_REST
        return self.motion is Motion.TURNING or (on_belt and long_rest)

    def as_dict(self) -> dict[str, Any]:
        """Return the phase as plain JSON values."""
        return {
            "name": self.name.value,
            "motion": self.motion.value,
            "seconds": round(self.length.total_seconds(), 3),
            "speed_kmh": self.speed_kmh,
            "grade_percent": self.grade_percent,
            "hands": self.hands.value,
            "bout": list(self.bout) if self.bout else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Phase:
        """Return the phase that `as_dict` wrote; raises KeyError, ValueError, TypeError."""
        speed, grade = data["speed_kmh"], float(data["grade_percent"])
        speed = None if speed is None else float(speed)
        length = timedelta(seconds=data["seconds"])
        if not timedelta() < length <= _LONGEST:
            raise ValueError(f"no length: {length}")
        if not 0 <= grade <= GRADE_PERCENT.value or not 0 <= (speed or 0) <= FLAT_KMH.value:
            raise ValueError(f"nobody may walk {speed} km/h at {grade} %")
        bout = None
        if data["bout"] is not None:
            which, of = data["bout"]
            bout = (int(which), int(of))
        return cls(
            name=PhaseName(data["name"]),
            motion=Motion(data["motion"]),
            length=length,
            speed_kmh=speed,
            grade_percent=grade,
            hands=Hands(data["hands"]),
            bout=bout,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of one walk, in order."""

    kind: Kind
    level: int
    surface: Surface
    phases: tuple[Phase, ...]

    @property
    def length(self) -> timedelta:
        """Return the whole length, turns at their usual length."""
        return sum((phase.length for phase in self.phases), timedelta())

    @property
    def backward(self) -> timedelta:
        """Return what the plan adds to the week when it is walked as it stands."""
        return sum(
            (phase.length for phase in self.phases if phase.motion is Motion.BACKWARD), timedelta()
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON values, with its totals in seconds."""
        return {
            "kind": self.kind.value,
            "level": self.level,
            "surface": self.surface.value,
            "backward_seconds": round(self.backward.total_seconds(), 3),
            "total_seconds": round(self.length.total_seconds(), 3),
            "phases": [phase.as_dict() for phase in self.phases],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Return the plan that `as_dict` wrote; raises KeyError, ValueError, TypeError."""
        phases = tuple(Phase.from_dict(each) for each in data["phases"])
        if not phases:
            raise ValueError("a plan without a phase")
        if not 1 <= int(data["level"]) <= LAST:
            raise ValueError(f"no level: {data['level']}")
        return cls(
            kind=Kind(data["kind"]),
            level=int(data["level"]),
            surface=Surface(data["surface"]),
            phases=phases,
        )


def minutes_band(kind: Kind, row: Level) -> Band | None:
    """Return the backward minutes of the main part that the level's row gives; None: not open."""
    match kind:
        case Kind.WARM_UP:
            return row.warm_up_minutes
        case Kind.COOL_DOWN:
            return row.cool_down_minutes
        case Kind.HILL:
            return row.hill.minutes if row.hill else None
        case Kind.BENCHMARK:
            return BENCHMARK_MINUTES if row.number >= BENCHMARK_FROM_LEVEL.value else None
        case Kind.DEDICATED:
            return row.minutes


def sources(kind: Kind, row: Level) -> dict[str, str]:
    """Return where the figures of a plan come from: those of its main part, by their names."""
    if kind is Kind.BENCHMARK:
        return {"minutes": BENCHMARK_MINUTES.source, "speed": BENCHMARK_KMH.source}
    band = minutes_band(kind, row)
    found = {"minutes": band.source if band else "", "speed": row.speed_kmh.source}
    if kind is Kind.HILL and row.hill is not None:
        found |= {"speed": row.hill.speed_kmh.source, "grade": row.hill.grade_percent.source}
    return found


def opens_at(kind: Kind) -> int:
    """Return the number of the first level that opens a kind."""
    return next(row.number for row in LADDER if minutes_band(kind, row))


def make_plan(
    kind: Kind,
    row: Level,
    dose: Dose,
    surface: Surface,
    *,
    age_years: int | None = None,
    minutes: float | None = None,
    mode: Mode = Mode.OPEN,
) -> Plan:
    """Return the plan of one walk.

    `minutes` are the backward minutes of the main part, the dose's where None.
    Raises Refused: `locked` and `restricted_flat` where screening says so, `kind_not_open` (kind,
    level, opens_at) where the level does not open the kind, `out_of_range` (field, value, min, max)
    for minutes outside the row.
    """
    if mode is Mode.LOCKED:
        raise Refused("locked")
    if mode is Mode.RESTRICTED:
        if kind is Kind.HILL:
            raise Refused("restricted_flat")
        if row.number > RESTRICTED_LEVEL.value:
            row = level(int(RESTRICTED_LEVEL.value))
            dose = first_dose(row)
        dose = replace(dose, hands=Hands.BOTH_RAILS)
    band = minutes_band(kind, row)
    if band is None:
        raise Refused("kind_not_open", kind=kind, level=row.number, opens_at=opens_at(kind))
    if minutes is None:
        minutes = _dose_minutes(kind, dose, band)
    else:
        low = min(LEAST_MINUTES.value, band.low) if kind is not Kind.BENCHMARK else band.low
        if not low <= minutes <= band.high:
            raise Refused(
                "out_of_range", field="minutes", value=minutes, min=f"{low:g}", max=f"{band.high:g}"
            )
    builder = _Builder(
        row=row,
        dose=dose,
        surface=surface,
        age_years=age_years,
        restricted=mode is Mode.RESTRICTED,
    )
    phases = builder.build(kind, timedelta(seconds=round(minutes * 60)))
    return Plan(kind=kind, level=row.number, surface=surface, phases=tuple(phases))


def _dose_minutes(kind: Kind, dose: Dose, band: Band) -> float:
    match kind:
        case Kind.DEDICATED:
            return min(max(dose.minutes, band.low), band.high)
        case Kind.HILL if dose.hill_minutes is not None:
            return min(max(dose.hill_minutes, band.low), band.high)
        case _:
            return band.low


def split_into_bouts(total: timedelta, bouts: Bouts | None) -> list[timedelta]:
    """Cut backward time into bouts of whole seconds that add up to it exactly.

    As many bouts as usual while none is shorter than the row's shortest; more where one would be
    longer than the row's longest, since a longer bout is harder and a further rest is not.
    """
    seconds = round(total.total_seconds())
    if bouts is None:
        return [timedelta(seconds=seconds)]
    most_without_shorter = min(bouts.count.high, floor(seconds / bouts.length_s.low))
    count = max(1, ceil(seconds / bouts.length_s.high), int(most_without_shorter))
    each, rest = divmod(seconds, count)
    return [timedelta(seconds=each + (index < rest)) for index in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """What every phase of one plan shares."""

    row: Level
    dose: Dose
    surface: Surface
    age_years: int | None
    restricted: bool

    def build(self, kind: Kind, main: timedelta) -> Iterator[Phase]:
        match kind:
            case Kind.WARM_UP:
                speed = self._share(self.dose.speed_kmh, WARM_UP_SHARE, self.dose.hands)
                yield from self._forward(WARM_UP_FRAME_S)
                yield from self._turn()
                yield self._backward(PhaseName.WALK, main, speed, self.dose.hands)
            case Kind.COOL_DOWN:
                speed = self._share(self.dose.speed_kmh, COOL_DOWN_SHARE, self.dose.hands)
                yield from self._forward(COOL_DOWN_FRAME_S)
                yield from self._turn()
                yield self._backward(PhaseName.WALK, main, speed, self.dose.hands)
            case Kind.DEDICATED:
                continuous = self.row.continuous_from is not None and main >= timedelta(
                    minutes=self.row.continuous_from.value
                )
                bouts = None if continuous else self.row.bouts
                speed, hands = self.dose.speed_kmh, self.dose.hands
                yield from self._framed(
                    FRAME_S, speed, hands, self._bouts(main, bouts, PhaseName.WALK, speed, 0, hands)
                )
            case Kind.BENCHMARK:
                speed, hands = BENCHMARK_KMH.value, self.dose.hands
                yield from self._framed(
                    FRAME_S, speed, hands, self._bouts(main, None, PhaseName.WALK, speed, 0, hands)
                )
            case Kind.HILL if self.row.hill is not None:  # make_plan has refused any other
                yield from self._hill(main, self.row.hill)

    def _hill(self, main: timedelta, hill: Hill) -> Iterator[Phase]:
        speed = self.dose.hill_speed_kmh or hill.speed_kmh.low
        hands = min(self.dose.hands, hill.hands, key=list(Hands).index)
        on_lane = self.surface is Surface.LANE
        grade = 0 if on_lane else max(self.dose.grade_percent, hill.grade_percent.low)
        name = PhaseName.SLOW_STEPS if on_lane else PhaseName.CLIMB
        yield from self._framed(
            HILL_FRAME_S, speed, hands, self._bouts(main, hill.bouts, name, speed, grade, hands)
        )

    def _framed(
        self, frame: Figure, speed_kmh: float, hands: Hands, main: Iterator[Phase]
    ) -> Iterator[Phase]:
        yield from self._forward(frame)
        yield from self._turn()
        slow = max(SLOWEST_START_KMH.value, self._share(speed_kmh, SLOW_START_SHARE, hands))
        length = timedelta(seconds=SLOW_START_S.value)
        yield self._backward(PhaseName.SLOW_START, length, slow, hands)
        yield from main
        yield from self._turn()
        yield from self._forward(frame, PhaseName.EASY_FINISH)

    def _bouts(
        self,
        main: timedelta,
        bouts: Bouts | None,
        name: PhaseName,
        speed_kmh: float,
        grade_percent: float,
        hands: Hands,
    ) -> Iterator[Phase]:
        lengths = split_into_bouts(main, bouts)
        for index, length in enumerate(lengths):
            if index and bouts is not None:
                yield Phase(
                    name=PhaseName.REST,
                    motion=Motion.STANDING,
                    length=timedelta(seconds=bouts.rest_s.high),
                    speed_kmh=0 if self.surface is Surface.TREADMILL else None,
                    hands=hands,
                )
            bout = (index + 1, len(lengths)) if len(lengths) > 1 else None
            yield self._backward(name, length, speed_kmh, hands, grade_percent, bout)

    def _backward(
        self,
        name: PhaseName,
        length: timedelta,
        speed_kmh: float,
        hands: Hands,
        grade_percent: float = 0,
        bout: tuple[int, int] | None = None,
    ) -> Phase:
        most = self._limits(hands)
        grade = min(grade_percent, most.grade_percent)
        return Phase(
            name=name,
            motion=Motion.BACKWARD,
            length=length,
            speed_kmh=self._on_machine(min(speed_kmh, most.speed_kmh(grade))),
            grade_percent=grade,
            hands=hands,
            bout=bout,
        )

    def _forward(self, length: Figure, name: PhaseName = PhaseName.FORWARD_WALK) -> Iterator[Phase]:
        most = self._limits(Hands.FREE)
        yield Phase(
            name=name,
            motion=Motion.FORWARD,
            length=timedelta(seconds=length.value),
            speed_kmh=self._on_machine(min(FORWARD_KMH.value, most.flat_kmh)),
            hands=Hands.FREE,
        )

    def _turn(self) -> Iterator[Phase]:
        """A turn is a phase only where a belt has to stand still for it."""
        if self.surface is Surface.TREADMILL:
            yield Phase(
                name=PhaseName.TURN,
                motion=Motion.TURNING,
                length=timedelta(seconds=TURN_S.value),
                speed_kmh=0,
                hands=Hands.BOTH_RAILS,
            )

    def _limits(self, hands: Hands) -> Limits:
        return limits(hands, self.age_years, restricted=self.restricted)

    def _on_machine(self, speed_kmh: float) -> float | None:
        return speed_kmh if self.surface is Surface.TREADMILL else None

    def _share(self, speed_kmh: float, share: Figure, hands: Hands) -> float:
        """Return a share of the speed that is walked on the flat, rounded down to a tenth."""
        walked = min(speed_kmh, self._limits(hands).flat_kmh)
        return floor(round(walked * share.value * 10, 6)) / 10
