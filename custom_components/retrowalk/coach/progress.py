"""From how walks felt to where the next one begins: step back, hold, go on, and why.

Rules of this file:
1. A decision belongs to one walk and follows from what was said of it: RULES, read from the top.
   The worst outcome that any rule gives holds; what is not said holds everything where it is.
2. One variable moves a session, and one level at most in the days that the row asks for.
3. Nothing here is kept. `decide` gives the same standing for the same walk, however often it is
   asked, so an answer that comes late, or is mended, changes that one decision.
Figures are those of training.md 4.3 and 5.5, each beside its source.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from math import floor, isfinite
from typing import Any, Final

from .feedback import (
    HARD_EFFORT,
    NOTHING_SAID,
    SORE_HOLD,
    SORE_HOURS,
    SORE_RED,
    STUMBLES_HOLD,
    Feedback,
    Light,
)
from .levels import FIRST, LAST, Dose, Figure, Hands, Level, first_dose, level
from .plan import LEAST_MINUTES, SLOW_START_S, Kind

MAIN_KINDS: Final = (Kind.DEDICATED, Kind.HILL)
EASY_SHARE: Final = Figure(0.8, "V60")
EASY_SESSIONS: Final = Figure(2, "CJ")
RAILS_SESSIONS: Final = Figure(2, "CJ")
DELOAD_SHARE: Final = Figure(0.65, "V80, size CJ")
DELOAD_EVERY_WEEKS: Final = Figure(4, "V80")
COMPLETE: Final = Figure(0.95, "CJ")
TOO_SHORT: Final = Figure(0.8, "CJ")
GOOD_IN_A_ROW: Final = Figure(3, "CJ")
HILLS_BEFORE_MORE: Final = Figure(2, "CJ")
"""Hill sessions at the level that has the first ones."""
REDS: Final = Figure(2, "CJ")
REDS_WITHIN_DAYS: Final = Figure(14, "CJ")
FIRST_TIME_DAYS: Final = Figure(28, "CJ")
"""A step back within this after another one is not the first."""
LONGER_SHARE: Final = Figure(1.10, "CJ, after V65")
LONGER_MINUTES: Final = Figure(2, "CJ")
LONGEST_WITHIN_DAYS: Final = Figure(30, "CJ, after V65")
STEP_MINUTES: Final = Figure(1, "CJ, after V43")
STEP_KMH: Final = Figure(0.2, "CJ")
STEP_PERCENT: Final = Figure(1, "CJ")
GAPS: Final = (
    (Figure(7, "CJ"), 0),
    (Figure(14, "V60"), 0),
    (Figure(28, "CJ, after V43 V81"), 1),
    (Figure(56, "CJ, after V43"), 2),
)
"""A gap of up to so many days steps back so many levels; in the second row it is easier."""
AFTER_LONG_GAP_LEVEL: Final = Figure(2, "CJ")
ILL_ADDS_DAYS: Final = Figure(7, "CJ")
ADD_ON_EFFORT: Final = Figure(3, "CJ")
"""The most that a warm-up or a cool-down should feel like (training.md 4.2)."""

type Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: its key, and the figures of its text."""

    key: str
    figures: Figures = field(default_factory=dict)


class Outcome(StrEnum):
    """What follows from a walk, from the gravest on."""

    STOP = "stop"
    REGRESS = "regress"
    HOLD = "hold"
    STEP = "step"
    """One variable of the dose moves inside the level's row."""
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What counts of a finished walk here. Minutes are backward minutes.

    `planned` is what its plan was worth; None where nobody knows (a walk that was logged).
    """

    id: str
    day: date
    kind: Kind
    level: int
    minutes: float
    planned: float | None = None
    feedback: Feedback = NOTHING_SAID

    @property
    def is_main(self) -> bool:
        """Return whether it is one that a level is made of."""
        return self.kind in MAIN_KINDS

    @property
    def done(self) -> float:
        """Return the share of its plan that was walked."""
        return 1.0 if not self.planned else self.minutes / self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a runner stands on the ladder."""

    level: int
    dose: Dose
    since: date
    """When this level began."""
    block: date
    """When the weeks of which every fourth is lighter began."""
    easy: int = 0
    """How many sessions are walked at a share of their minutes."""
    rails: int = 0
    """How many are walked with both hands on the rails."""
    stepped_back: date | None = None
    stopped: date | None = None
    """When a professional was advised, or somebody fell; screening is asked again."""

    @classmethod
    def begin(cls, number: int, today: date) -> Standing:
        """Return the beginning of a level."""
        return cls(level=number, dose=first_dose(level(number)), since=today, block=today)

    @property
    def row(self) -> Level:
        """Return the level's row."""
        return level(self.level)

    def at(self, number: int, today: date) -> Standing:
        """Return the beginning of another level, never below the first nor above the last."""
        number = min(max(number, FIRST), LAST)
        return replace(self, level=number, dose=first_dose(level(number)), since=today)

    def is_deload(self, day: date) -> bool:
        """Return whether a day is in a lighter week."""
        weeks = max(0, (day - self.block).days) // 7
        return weeks % int(DELOAD_EVERY_WEEKS.value) == DELOAD_EVERY_WEEKS.value - 1

    def as_dict(self) -> dict[str, Any]:
        """Return the standing as plain JSON values."""
        dose = self.dose
        return {
            "level": self.level,
            "dose": {
                "minutes": dose.minutes,
                "hill_minutes": dose.hill_minutes,
                "speed_kmh": dose.speed_kmh,
                "hill_speed_kmh": dose.hill_speed_kmh,
                "grade_percent": dose.grade_percent,
                "hands": dose.hands.value,
            },
            "since": self.since.isoformat(),
            "block": self.block.isoformat(),
            "easy": self.easy,
            "rails": self.rails,
            "stepped_back": self.stepped_back.isoformat() if self.stepped_back else None,
            "stopped": self.stopped.isoformat() if self.stopped else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Standing:
        """Return the standing that `as_dict` gave, its dose inside the row.

        Raises KeyError, TypeError, ValueError, IndexError where it did not.
        """
        row, dose = level(int(data["level"])), data["dose"]
        hill = row.hill
        return cls(
            level=row.number,
            dose=Dose(
                minutes=_within(dose["minutes"], row.minutes.low, row.minutes.high),
                hill_minutes=_within(dose["hill_minutes"], hill.minutes.low, hill.minutes.high)
                if hill
                else None,
                speed_kmh=_within(dose["speed_kmh"], row.speed_kmh.low, row.speed_kmh.high),
                hill_speed_kmh=_within(
                    dose["hill_speed_kmh"], hill.speed_kmh.low, hill.speed_kmh.high
                )
                if hill
                else None,
                grade_percent=_within(
                    dose["grade_percent"], hill.grade_percent.low, hill.grade_percent.high
                )
                if hill
                else 0,
                hands=min(Hands(dose["hands"]), row.hands, key=list(Hands).index),
            ),
            since=date.fromisoformat(data["since"]),
            block=date.fromisoformat(data["block"]),
            easy=_count(data["easy"]),
            rails=_count(data["rails"]),
            stepped_back=_day(data["stepped_back"]),
            stopped=_day(data["stopped"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from a walk: where its runner stands after it, and why."""

    outcome: Outcome
    standing: Standing
    reasons: tuple[Why, ...]

    @property
    def told(self) -> tuple[Why, ...]:
        """Return the reasons without those that the criteria of the next level count."""
        return tuple(each for each in self.reasons if not each.key.endswith("_to_go"))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that the next level takes: how much of it is done, of how much."""

    key: str
    done: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at: a walk, those before it, and the runner's circumstances.

    `before` are the walks of the weeks before, oldest first.
    """

    standing: Standing
    walk: Walk
    before: tuple[Walk, ...]
    usual_pain: int
    most_level: int
    is_ill: bool
    is_race_week: bool

    @property
    def said(self) -> Feedback:
        """Return what was said of the walk."""
        return self.walk.feedback

    def light(self, walk: Walk) -> Light:
        """Return the light of a walk."""
        return walk.feedback.light(self.usual_pain)

    @property
    def effort_target(self) -> float:
        """Return the effort that the walk should have had at most."""
        row = level(self.walk.level)
        if self.walk.kind is Kind.HILL and row.hill:
            return row.hill.rpe_max.value
        return row.rpe_max.value if self.walk.is_main else ADD_ON_EFFORT.value

    @property
    def reds(self) -> int:
        """Return how many walks of the last days, this one among them, were red."""
        first = self.walk.day - timedelta(days=REDS_WITHIN_DAYS.value)
        near = [*(each for each in self.before if each.day > first), self.walk]
        return sum(self.light(each) is Light.RED for each in near)

    @property
    def at_level(self) -> list[Walk]:
        """Return the main walks of this level since it began, this one last."""
        return [each for each in (*self.before, self.walk) if _is_at(self.standing, each)]

    def is_good(self, walk: Walk) -> bool:
        """Return whether a walk was green, whole, and no harder than it should be."""
        effort, facts = walk.feedback.effort, replace(self, walk=walk)
        return (
            self.light(walk) is Light.GREEN
            and walk.done >= COMPLETE.value
            and effort is not None
            and effort <= facts.effort_target
            and not walk.feedback.stumbles
            and (walk.feedback.soreness or 0) < SORE_HOLD.value
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: `holds` gives the figures of its reason, None where it is not so."""

    key: str
    outcome: Outcome
    source: str
    holds: Callable[[Facts], Figures | None]


def _when(fact: object, **figures: Any) -> Figures | None:
    return figures if fact else None


def _is(value: float | None, low: float, high: float = 99) -> bool:
    return value is not None and low <= value <= high


RULES: Final = (
    Rule("warning_sign", Outcome.STOP, "V68 V69", lambda f: _when(f.said.warning_sign)),
    Rule("two_reds", Outcome.STOP, "CJ", lambda f: _when(_two_reds(f), reds=f.reds)),
    Rule("fall", Outcome.REGRESS, "CJ", lambda f: _when(f.said.fall)),
    Rule("swelling", Outcome.REGRESS, "V61 V62", lambda f: _when(f.said.swelling)),
    Rule(
        "red_pain",
        Outcome.REGRESS,
        "CJ, after V58 V60",
        lambda f: _when(
            f.light(f.walk) is Light.RED and not f.said.swelling,
            pain=max(f.said.pain or 0, f.said.next_pain or 0),
        ),
    ),
    Rule(
        "two_ambers",
        Outcome.REGRESS,
        "CJ",
        lambda f: _when(
            f.before and f.light(f.before[-1]) is Light.AMBER and f.light(f.walk) is Light.AMBER
        ),
    ),
    Rule(
        "very_sore",
        Outcome.REGRESS,
        "V62",
        lambda f: _when(_is(f.said.soreness, SORE_RED.value + 1), soreness=f.said.soreness),
    ),
    Rule(
        "long_sore",
        Outcome.REGRESS,
        "V62",
        lambda f: _when(
            _is(f.said.soreness, 1) and _is(f.said.sore_hours, SORE_HOURS.value + 1, 9999),
            hours=f.said.sore_hours,
        ),
    ),
    Rule(
        "very_hard",
        Outcome.REGRESS,
        "CJ",
        lambda f: _when(_is(f.said.effort, HARD_EFFORT.value), effort=f.said.effort),
    ),
    Rule(
        "amber_pain",
        Outcome.HOLD,
        "CJ, after V58",
        lambda f: _when(f.light(f.walk) is Light.AMBER, pain=f.said.pain),
    ),
    Rule(
        "sore",
        Outcome.HOLD,
        "V62",
        lambda f: _when(
            _is(f.said.soreness, SORE_HOLD.value, SORE_RED.value), soreness=f.said.soreness
        ),
    ),
    Rule(
        "stumbles",
        Outcome.HOLD,
        "CJ",
        lambda f: _when(_is(f.said.stumbles, STUMBLES_HOLD.value), stumbles=f.said.stumbles),
    ),
    Rule(
        "hard",
        Outcome.HOLD,
        "CJ",
        lambda f: _when(
            _is(f.said.effort, f.effort_target + 1, HARD_EFFORT.value - 1),
            effort=f.said.effort,
            target=f.effort_target,
        ),
    ),
    Rule(
        "too_short",
        Outcome.HOLD,
        "CJ",
        lambda f: _when(f.walk.done < TOO_SHORT.value, percent=floor(f.walk.done * 100)),
    ),
    Rule("ill", Outcome.HOLD, "CJ", lambda f: _when(f.is_ill)),
    Rule("race_week", Outcome.HOLD, "CJ", lambda f: _when(f.is_race_week)),
    Rule(
        "lighter_week",
        Outcome.HOLD,
        "V80",
        lambda f: _when(f.standing.is_deload(f.walk.day)),
    ),
    Rule("easy_sessions", Outcome.HOLD, "V60", lambda f: _when(f.standing.easy)),
    Rule("no_effort_said", Outcome.HOLD, "CJ", lambda f: _when(f.said.effort is None)),
    Rule("no_pain_said", Outcome.HOLD, "CJ", lambda f: _when(f.said.pain is None)),
    Rule("no_morning_said", Outcome.HOLD, "CJ", lambda f: _when(not f.said.is_answered)),
    Rule(
        "not_whole",
        Outcome.HOLD,
        "CJ",
        lambda f: _when(
            TOO_SHORT.value <= f.walk.done < COMPLETE.value, percent=floor(f.walk.done * 100)
        ),
    ),
    Rule("one_stumble", Outcome.HOLD, "CJ", lambda f: _when(f.said.stumbles == 1)),
    Rule("not_a_main_walk", Outcome.HOLD, "CJ", lambda f: _when(not f.walk.is_main)),
    Rule(
        "another_level",
        Outcome.HOLD,
        "CJ",
        lambda f: _when(f.walk.level != f.standing.level, level=f.walk.level),
    ),
)
"""The decision rule of training.md 4.3, the gravest first."""

COACH_JUDGEMENT: Final = "CJ"
SOURCES: Final = {each.key: each.source for each in RULES}
"""Where the reason of a decision comes from; every other is coach judgement."""
_GRAVITY: Final = (Outcome.STOP, Outcome.REGRESS, Outcome.HOLD)


def _two_reds(facts: Facts) -> bool:
    return facts.light(facts.walk) is Light.RED and facts.reds >= REDS.value


def _to_go(facts: Facts) -> list[Why]:
    """Return what is still missing before the next level; nothing: it is open."""
    standing = facts.standing
    if standing.level >= LAST:
        return [Why("last_level")]
    if standing.level >= facts.most_level:
        return [Why("restricted_level", {"level": facts.most_level})]
    return [
        _TO_GO[each.key](each.of - each.done)
        for each in _criteria(standing, facts.at_level, facts.is_good, facts.walk.day)
        if each.done < each.of
    ]


_TO_GO: Final[Mapping[str, Callable[[int], Why]]] = {
    "sessions": lambda left: Why("sessions_to_go", {"sessions": left}),
    "days": lambda left: Why("days_to_go", {"days": left}),
    "hills": lambda left: Why("hills_to_go", {"hills": left}),
    "good_sessions": lambda left: Why("good_sessions_to_go", {"sessions": left}),
}
"""How much of a criterion is missing, in words."""


def _criteria(
    standing: Standing, walks: Sequence[Walk], is_good: Callable[[Walk], bool], day: date
) -> Iterator[Criterion]:
    """Yield what the next level takes; `walks` are the main ones of this level since it began."""

    def of(key: str, done: int, figure: float) -> Criterion:
        return Criterion(key, min(done, int(figure)), int(figure))

    row = standing.row
    yield of("sessions", len(walks), row.min_sessions.value)
    yield of("days", (day - standing.since).days, row.min_days.value)
    if row.hill is not None and level(standing.level - 1).hill is None:
        hills = sum(each.kind is Kind.HILL for each in walks)
        yield of("hills", hills, HILLS_BEFORE_MORE.value)
    in_a_row = next((n for n, each in enumerate(reversed(walks)) if not is_good(each)), len(walks))
    yield of("good_sessions", in_a_row, GOOD_IN_A_ROW.value)


def to_advance(
    standing: Standing,
    walks: Sequence[Walk],
    today: date,
    *,
    usual_pain: int = 0,
    most_level: int = LAST,
) -> tuple[Criterion, ...]:
    """Return what the next level takes and how much of it is done; nothing where there is none."""
    if standing.level >= min(LAST, most_level):
        return ()
    mine = tuple(each for each in walks if _is_at(standing, each))

    def is_good(walk: Walk) -> bool:
        return Facts(
            standing=standing,
            walk=walk,
            before=(),
            usual_pain=usual_pain,
            most_level=most_level,
            is_ill=False,
            is_race_week=False,
        ).is_good(walk)

    return tuple(_criteria(standing, mine, is_good, today))


def _is_at(standing: Standing, walk: Walk) -> bool:
    """Return whether a walk is a main one of a level since it began."""
    return walk.is_main and walk.level == standing.level and walk.day >= standing.since


def decide(
    standing: Standing,
    walk: Walk,
    before: Sequence[Walk],
    *,
    usual_pain: int = 0,
    most_level: int = LAST,
    is_ill: bool = False,
    is_race_week: bool = False,
) -> Decision:
    """Return what follows from a walk for a runner who stood here when it began.

    `before` are the walks of at least 56 days before it, oldest first; what is older decides
    nothing.
    """
    facts = Facts(
        standing=standing,
        walk=walk,
        before=tuple(before),
        usual_pain=usual_pain,
        most_level=most_level,
        is_ill=is_ill,
        is_race_week=is_race_week,
    )
    found = [
        (rule.outcome, Why(rule.key, figures))
        for rule in RULES
        if (figures := rule.holds(facts)) is not None
    ]
    after = standing
    if walk.is_main:
        after = replace(after, easy=max(0, after.easy - 1), rails=max(0, after.rails - 1))
    for outcome in _GRAVITY:
        if reasons := tuple(why for each, why in found if each is outcome):
            return Decision(outcome=outcome, standing=_back(after, facts, outcome), reasons=reasons)
    if not (missing := _to_go(facts)):
        higher = after.at(standing.level + 1, walk.day)
        return Decision(
            outcome=Outcome.ADVANCE,
            standing=higher,
            reasons=(Why("level_done", {"level": standing.level}),),
        )
    dose, moved = _step(standing, walk.kind)
    return Decision(
        outcome=Outcome.STEP if moved else Outcome.HOLD,
        standing=replace(after, dose=dose),
        reasons=(*([moved] if moved else []), *missing),
    )


def follow(
    base: Standing,
    walks: Sequence[Walk],
    first: int,
    *,
    usual_pain: int = 0,
    most_level: int = LAST,
    is_ill: Callable[[date], bool] = lambda _day: False,
    is_race_week: Callable[[date], bool] = lambda _day: False,
) -> tuple[Standing, Decision | None]:
    """Return where a runner stands after walks, and what followed from the last one.

    They stood at `base` before the walk of index `first`; those before it are what rules look back
    at. No walk from there on: nothing has followed.
    """
    standing, decision = base, None
    for n in range(first, len(walks)):
        walk = walks[n]
        standing, _ = after_gap(standing, walks[n - 1].day if n else None, walk.day)
        decision = decide(
            standing,
            walk,
            walks[:n],
            usual_pain=usual_pain,
            most_level=most_level,
            is_ill=is_ill(walk.day),
            is_race_week=is_race_week(walk.day),
        )
        standing = decision.standing
    return standing, decision


def _back(standing: Standing, facts: Facts, outcome: Outcome) -> Standing:
    """Return where a runner stands after a step back, or stands still."""
    if outcome is Outcome.HOLD:
        return standing
    day = facts.walk.day
    last = standing.stepped_back
    is_first = last is None or day - last > timedelta(days=FIRST_TIME_DAYS.value)
    fell = bool(facts.said.fall)
    if is_first and not fell and outcome is Outcome.REGRESS:
        back = replace(standing, easy=int(EASY_SESSIONS.value))
    else:
        back = standing.at(standing.level - 1, day)
    if fell:
        back = replace(back, rails=int(RAILS_SESSIONS.value))
    if fell or outcome is Outcome.STOP:
        back = replace(back, stopped=day)
    return replace(back, stepped_back=day)


def _step(standing: Standing, kind: Kind) -> tuple[Dose, Why | None]:
    """Move one variable: minutes first, then speed, then grade (V43)."""
    dose, row = standing.dose, standing.row
    if kind is Kind.HILL and row.hill is not None:
        minutes, grade = dose.hill_minutes or 0, dose.grade_percent
        speed = dose.hill_speed_kmh or 0
        if minutes < row.hill.minutes.high:
            minutes = min(row.hill.minutes.high, minutes + STEP_MINUTES.value)
            return replace(dose, hill_minutes=minutes), Why("longer", {"minutes": minutes})
        if speed < row.hill.speed_kmh.high:
            speed = round(min(row.hill.speed_kmh.high, speed + STEP_KMH.value), 1)
            return replace(dose, hill_speed_kmh=speed), Why("faster", {"speed": speed})
        if grade < row.hill.grade_percent.high:
            grade = min(row.hill.grade_percent.high, grade + STEP_PERCENT.value)
            return replace(dose, grade_percent=grade), Why("steeper", {"grade": grade})
        return dose, None
    if dose.minutes < row.minutes.high:
        minutes = min(row.minutes.high, dose.minutes + STEP_MINUTES.value)
        return replace(dose, minutes=minutes), Why("longer", {"minutes": minutes})
    if dose.speed_kmh < row.speed_kmh.high:
        speed = round(min(row.speed_kmh.high, dose.speed_kmh + STEP_KMH.value), 1)
        return replace(dose, speed_kmh=speed), Why("faster", {"speed": speed})
    return dose, None


def after_gap(
    standing: Standing, last_walk: date | None, today: date, *, ill_days: int = 0
) -> tuple[Standing, Why | None]:
    """Return where a runner stands after days without a walk, and why; never higher.

    `ill_days` are the days of them with an illness: these count as a week more.
    """
    if last_walk is None:
        return standing, None
    last_walk = max(last_walk, standing.since)  # whoever has just chosen a level begins there
    if today <= last_walk:
        return standing, None
    gap = (today - last_walk).days + (int(ILL_ADDS_DAYS.value) if ill_days else 0)
    (short, _), *rows = GAPS
    if gap <= short.value:
        return standing, None
    steps = next((steps for most, steps in rows if gap <= most.value), None)
    if steps == 0:
        back = replace(standing, easy=int(EASY_SESSIONS.value))
    elif steps is None:
        back = standing.at(min(standing.level, int(AFTER_LONG_GAP_LEVEL.value)), today)
    else:
        back = standing.at(standing.level - steps, today)
    return replace(back, block=today), Why("gap", {"days": gap, "level": back.level})


def most_minutes(walks: Sequence[Walk], today: date) -> float | None:
    """Return the most backward minutes of the next session; None: nobody walked in 30 days."""
    first = today - timedelta(days=LONGEST_WITHIN_DAYS.value)
    longest = max((each.minutes for each in walks if first <= each.day), default=0)
    if not longest:
        return None
    shortest = LEAST_MINUTES.value + SLOW_START_S.value / 60
    return max(LONGER_SHARE.value * longest, longest + LONGER_MINUTES.value, shortest)


def compare_benchmarks(walks: Sequence[Walk]) -> Why | None:
    """Return what the last two benchmarks show beside each other; None where there are no two.

    The same minutes at the same speed: what changes is the effort. Less of it is skill (V19), and
    is never called fitness.
    """
    efforts = [
        each.feedback.effort
        for each in walks
        if each.kind is Kind.BENCHMARK and each.feedback.effort is not None
    ]
    if len(efforts) < 2:
        return None
    before, now = efforts[-2:]
    if now == before:
        return Why("benchmark_same", {"effort": now})
    key = "benchmark_easier" if now < before else "benchmark_harder"
    return Why(key, {"before": before, "effort": now})


def _within(value: Any, low: float, high: float) -> float:
    if not isfinite(figure := float(value)):
        raise ValueError(f"no figure: {value}")
    return min(max(figure, low), high)


def _count(value: Any) -> int:
    if (count := int(value)) < 0:
        raise ValueError(f"no count: {value}")
    return count


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
