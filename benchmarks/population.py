"""A simulated population: half a year of many runners, through `progress` and `day` alone.

    .venv/bin/python benchmarks/population.py [--runners N] [--weeks N] [--seed N]

Each runner is made from a seed alone and lives day by day, with what the integration would keep of
them: the standing before the last walk, which walk that was, the runs that were told of, and the
answers to screening. A day begins with the question of the morning after, then the advice is looked
at and walked or not, then comes the run, and on its day a second look at the advice.

What must hold is written here a second time, from training.md 4 and 5 and not from the code that it
is held against. Whatever does not hold is printed with the seed of its runner, and the exit code
is 1. Home Assistant is not needed: an empty package stands in its integration's place.

The people:
    regular     walk whenever advice has a walk, green and whole, and answer each morning
    irregular   walk 40-70 % of the days with advice, stop early at times, answer when they like
    over-eager  walk every day whatever advice says, the top of the row or more, hard; half of them
                never once at an effort that their level asks for
    in pain     pain = usual + gain * acute load / tolerance, where the load of a walk is its effort
                times its minutes, and what is left of it falls by a share each night
    returning   regular, with 2-10 weeks off now and then, some of them as holiday or illness
    racing      run on four days a week, hard and long, with races that are known three weeks ahead
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from statistics import median
import sys
import time
from types import ModuleType
from typing import Final

if __name__ == "__main__":
    _ROOT = Path(__file__).parents[1]
    _stand_in = ModuleType("custom_components.retrowalk")
    _stand_in.__path__ = [str(_ROOT / "custom_components" / "retrowalk")]
    sys.modules.setdefault(_stand_in.__name__, _stand_in)
    sys.path.insert(0, str(_ROOT))

from custom_components.retrowalk.coach.day import (
    MOST_A_WEEK,
    Advice,
    Kinds,
    Pause,
    Person,
    Run,
    RunEffort,
    RunningDay,
    advise,
    standing_on,
)
from custom_components.retrowalk.coach.feedback import Feedback, Light
from custom_components.retrowalk.coach.levels import LADDER, LAST, Level, level
from custom_components.retrowalk.coach.plan import Kind, Plan, Surface, make_plan, minutes_band
from custom_components.retrowalk.coach.progress import (
    Decision,
    Outcome,
    Standing,
    Walk,
    decide,
    most_minutes,
)
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.screening import (
    RESTRICTED_LEVEL,
    Answers,
    Mode,
    Screening,
    screen,
)

RUNNERS: Final = 2000
WEEKS: Final = 26
CPU_S: Final = 60
HISTORY_MS: Final = 1.0
HISTORY_WALKS: Final = 1500
RECENT: Final = timedelta(days=60)
"""As the integration has it."""
RUNS_KEPT: Final = timedelta(days=120)
FIRST_DAY: Final = date(2026, 1, 5)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
SURFACES: Final = tuple(Surface)
MAIN: Final = (Kind.DEDICATED, Kind.HILL)
OWN_SESSION: Final = (*MAIN, Kind.BENCHMARK)
ON_RUNNING_DAYS: Final = (
    Kinds.WARM_UP,
    Kinds.COOL_DOWN,
    Kinds.REST,
    Kinds.LOCKED,
    Kinds.CHECK_IN,
)
NEVER_AT_EASE: Final = "over-eager, always hard"
RACES_KM: Final = (5.0, 10.0, 21.1, 42.2, None)
RACE_REST: Final[Mapping[float | None, int]] = {5.0: 2, 10.0: 2, 21.1: 4, 42.2: 10, None: 4}
MASKS: Final = ((), (6,), (1, 3), (1, 3, 5), (0, 2, 4), (1, 4, 6))
"""Weekdays of runs that leave room for three walks a week, none beside another."""


class Who(StrEnum):
    """The kinds of runners."""

    REGULAR = "regular"
    IRREGULAR = "irregular"
    OVER_EAGER = "over-eager"
    IN_PAIN = "in pain"
    RETURNING = "returning"
    RACING = "racing"


class Source(StrEnum):
    """What is known of the days on which somebody runs."""

    NONE = "none"
    WEEKDAYS = "weekdays"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that should have held."""

    rule: str
    who: Who
    seed: int
    day: int
    """Days since this runner began."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What makes a runner; all of it comes from the seed."""

    who: Who
    begins: date
    starts_at: int
    source: Source
    mask: tuple[int, ...]
    first_weekday: int
    weekly_goal: int
    usual_pain: int
    walks_share: float
    """Of the days on which there is something to walk."""
    answers_share: float
    stops_early_share: float
    stumbles_share: float
    falls_share: float
    is_always_hard: bool
    gain: float
    tolerance: float
    recovers_share: float
    """Of the acute load, each night."""
    plans_runs: bool
    """Runs are told of a week ahead, not on their day."""
    has_sensor: bool
    """A sensor knows on which days they have run."""
    gaps: tuple[tuple[date, date], ...]
    pauses: tuple[Pause, ...]
    knee_from: date | None
    """When screening is answered again, with a knee that restricts."""


@dataclass(slots=True, kw_only=True)
class Life:
    """What became of a runner."""

    seed: int
    who: Who
    is_always_hard: bool
    days: int = 0
    looks: int = 0
    level: int = 1
    best: int = 1
    reached: dict[int, int] = field(default_factory=dict)
    """The day on which a level was first stood at."""
    walks: list[Walk] = field(default_factory=list)
    advised: set[str] = field(default_factory=set)
    """The walks that advice had asked for."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    kinds: Counter[Kinds] = field(default_factory=Counter)
    reds: int = 0
    walked_in_red: int = 0
    """Walks within two days after a red one of which they knew."""
    locked: int = 0
    violations: list[Violation] = field(default_factory=list)


# Who they are


def make_traits(seed: int, weeks: int = WEEKS) -> Traits:
    """Return the runner of a seed; the kinds take turns."""
    who = tuple(Who)[seed % len(Who)]
    rng = Random(seed)  # noqa: S311 - a die, not a secret
    begins = FIRST_DAY + rng.randrange(7) * DAY
    source = rng.choice(tuple(Source))
    mask: tuple[int, ...] = rng.choice(MASKS) if source is Source.WEEKDAYS else ()
    if who is Who.RACING:
        source, mask = Source.WEEKDAYS, tuple(sorted(rng.sample(range(7), 4)))
    gaps = tuple(_gaps(rng, begins, weeks)) if who is Who.RETURNING else ()
    is_steady = who in (Who.REGULAR, Who.RETURNING)
    return Traits(
        who=who,
        begins=begins,
        starts_at=1 if who is Who.REGULAR else rng.choice((1, 1, 1, 2, 3, 4, 5, 7)),
        source=source,
        mask=mask,
        first_weekday=rng.choice((0, 0, 5, 6)),
        weekly_goal=rng.choice((30, 45, 60, 90)) if is_steady else rng.choice((0, 10, 30, 60)),
        usual_pain=rng.choice((0, 0, 0, 1, 2)),
        walks_share=1.0 if is_steady else _walks_share(rng, who),
        answers_share=1.0 if is_steady else rng.uniform(0.5, 1),
        stops_early_share=rng.uniform(0.05, 0.3) if who is Who.IRREGULAR else 0,
        stumbles_share=0 if is_steady else 0.03,
        falls_share=0 if is_steady else 0.002,
        is_always_hard=who is Who.OVER_EAGER and rng.random() < 0.5,
        gain=rng.uniform(1, 4),
        tolerance=rng.uniform(20, 120),
        recovers_share=rng.uniform(0.3, 0.7),
        plans_runs=rng.random() < 0.5,
        has_sensor=rng.random() < 0.5,
        gaps=gaps,
        pauses=tuple(_pauses(rng, gaps)),
        knee_from=_knee_from(rng, begins, weeks) if who is not Who.REGULAR else None,
    )


def _walks_share(rng: Random, who: Who) -> float:
    return rng.uniform(0.4, 0.7) if who is Who.IRREGULAR else rng.uniform(0.8, 1)


def _gaps(rng: Random, begins: date, weeks: int) -> Iterator[tuple[date, date]]:
    day, ends = begins, begins + weeks * WEEK
    while True:
        first = day + rng.randint(3, 11) * WEEK
        last = first + rng.randint(14, 70) * DAY
        if first >= ends:
            return
        yield first, last
        day = last


def _pauses(rng: Random, gaps: Iterable[tuple[date, date]]) -> Iterator[Pause]:
    for first, last in gaps:
        told = rng.choice(("nothing", "holiday", "illness"))
        if told != "nothing":
            days = rng.randint(3, (last - first).days)
            yield Pause(first=first, last=first + days * DAY, is_ill=told == "illness")


def _knee_from(rng: Random, begins: date, weeks: int) -> date | None:
    return begins + rng.randrange(weeks * 7) * DAY if rng.random() < 0.1 else None


# How they live


class Runner:
    """One runner, day by day."""

    def __init__(self, seed: int, weeks: int = WEEKS) -> None:
        self.traits = traits = make_traits(seed, weeks)
        self.rng = Random(-seed - 1)  # noqa: S311 - a die, not a secret
        self.last_day = traits.begins + weeks * WEEK
        self.life = Life(seed=seed, who=traits.who, is_always_hard=traits.is_always_hard)
        self.today = traits.begins
        self.base: Standing | None = None
        self.last_id: str | None = None
        self.walks = self.life.walks
        self.answers = Answers(answered=traits.begins)
        self.answers_on: date | None = None
        self.runs: list[Run] = []
        self.ran: frozenset[date] = frozenset()
        self.acute = 0.0
        self.decided: dict[str, Outcome] = {}
        self.schedule = dict(self._schedule())
        self.running = dict(self._running())
        self.check = Checks(self)

    def live(self) -> Life:
        """Live to the last day, and return what became of it."""
        while self.today < self.last_day:
            self.acute *= 1 - self.traits.recovers_share
            self._log_ahead()
            self._answer()
            if self.today == self.traits.knee_from:
                self._answer_screening()
            self._look()
            self._run()
            self.today += DAY
            self.life.days += 1
        self.check.whole_life()
        return self.life

    # What is known of them, as the integration has it

    def person(self) -> tuple[Person, Decision | None]:
        traits, today = self.traits, self.today
        recent = [each for each in self.walks[-70:] if each.day >= today - RECENT]
        walks = recent or self.walks[-1:]
        standing, decision = self._stands(walks)
        person = Person(
            standing=standing,
            screening=self.screening(standing),
            walks=walks,
            runs=self.runs,
            running=self.running,
            has_running_source=traits.source is not Source.NONE,
            ran=self.ran,
            pauses=traits.pauses,
            first_weekday=traits.first_weekday,
            weekly_goal=traits.weekly_goal,
            usual_pain=traits.usual_pain,
        )
        return person, decision

    def _stands(self, walks: Sequence[Walk]) -> tuple[Standing, Decision | None]:
        if self.base is None:
            return Standing.begin(self.traits.starts_at, self.today), None
        if not walks or walks[-1].id != self.last_id:
            return self.base, None
        walk = walks[-1]
        decision = decide(
            self.base,
            walk,
            walks[:-1],
            usual_pain=self.traits.usual_pain,
            most_level=self.most_level(),
            is_ill=self.is_ill(walk.day),
            is_race_week=self.race_within(walk.day, 7),
        )
        return decision.standing, decision

    def screening(self, standing: Standing) -> Screening:
        last = self.walks[-1].day if self.walks else None
        return screen(self.answers, self.today, age_years=40, last_walk=last, fell=standing.stopped)

    def most_level(self) -> int:
        is_restricted = screen(self.answers, self.today, age_years=40).mode is Mode.RESTRICTED
        return int(RESTRICTED_LEVEL.value) if is_restricted else LAST

    def is_ill(self, day: date) -> bool:
        return any(each.is_ill and each.has(day) for each in self.traits.pauses)

    def race_within(self, day: date, days: int) -> bool:
        races = (each.day for each in self.runs if each.effort is RunEffort.RACE)
        return any(day <= race <= day + days * DAY for race in races)

    # The morning

    def _answer(self) -> None:
        """Say how the knees are: on the morning after, late, or never."""
        walk = self.walks[-1] if self.walks else None
        if walk is None or walk.feedback.is_answered:
            return
        days = (self.today - walk.day).days
        is_first = days == 1 and self.rng.random() < self.traits.answers_share
        is_late = days == 2 and self.rng.random() < 0.3
        if is_first or is_late:
            said = self._morning_after(days)
            self.walks[-1] = replace(walk, feedback=walk.feedback.but(said))

    def _morning_after(self, days: int) -> Feedback:
        rng, usual = self.rng, self.traits.usual_pain
        if self.traits.who is Who.IN_PAIN:
            pain = self._pain()
            swells = pain - usual >= 3 and rng.random() < 0.3
            soreness = min(10, max(0, round(rng.gauss(pain, 1.5))))
            return Feedback(
                next_pain=pain, soreness=soreness, sore_hours=24 * days, swelling=swells or None
            )
        rise = rng.choice((0, 0, 1))
        if self.traits.who is Who.OVER_EAGER:
            rise = rng.choice((0, 0, 0, 1, 1, 2))
        return Feedback(next_pain=min(10, usual + rise), soreness=rng.randint(0, 3))

    def _pain(self) -> int:
        traits = self.traits
        pain = traits.usual_pain + traits.gain * self.acute / traits.tolerance
        return min(10, max(0, round(pain + self.rng.gauss(0, 0.4))))

    # The day

    def _look(self) -> None:
        """Look at what the day asks for, and do it or not."""
        person, decision = self.person()
        advice = advise(person, self.today)
        standing = standing_on(person, self.today)
        self.life.looks += 1
        self._note(standing, decision, advice)
        plan = self.check.advice(person, standing, decision, advice)
        if advice.kind is Kinds.LOCKED:
            self._is_locked()
        elif self._is_away():
            return
        elif self.traits.who is Who.OVER_EAGER:
            self._walk_anyway(person, standing)
        elif plan is not None and self._feels_like_it(plan.kind):
            self._walk_plan(person, standing, plan)

    def _note(self, standing: Standing, decision: Decision | None, advice: Advice) -> None:
        life = self.life
        life.kinds[advice.kind] += 1
        life.level = standing.level
        life.best = max(life.best, standing.level)
        life.reached.setdefault(standing.level, life.days)
        if decision is not None and self.last_id is not None:
            self.decided[self.last_id] = decision.outcome

    def _is_locked(self) -> None:
        """See a professional for some days, then answer again."""
        self.life.locked += 1
        if self.answers_on is None:
            self.answers_on = self.today + self.rng.randint(2, 12) * DAY
        elif self.today >= self.answers_on:
            self._answer_screening()
            self._look()

    def _answer_screening(self) -> None:
        knee_from = self.traits.knee_from
        items = frozenset({"knee"} if knee_from and knee_from <= self.today else ())
        self.answers, self.answers_on = Answers(answered=self.today, items=items), None

    def _is_away(self) -> bool:
        return any(first <= self.today < last for first, last in self.traits.gaps)

    def _feels_like_it(self, kind: Kind) -> bool:
        share = self.traits.walks_share if kind in OWN_SESSION else 0.5
        return share == 1 or self.rng.random() < share

    def _walk_plan(self, person: Person, standing: Standing, plan: Plan) -> None:
        planned = plan.backward / timedelta(minutes=1)
        walked = planned
        if self.rng.random() < self.traits.stops_early_share:
            walked = round(planned * self.rng.uniform(0.02, 0.99), 2)
        self.life.advised.add(str(len(self.walks)))
        self._walked(person, plan.kind, standing.row, walked, planned)

    def _walk_anyway(self, person: Person, standing: Standing) -> None:
        rng, number = self.rng, standing.level
        if rng.random() < 0.1:
            number = min(LAST, number + 1)
        row = level(number)
        kind = Kind.HILL if row.hill is not None and rng.random() < 0.3 else Kind.DEDICATED
        band = minutes_band(kind, row) or row.minutes
        walked = round(band.high * rng.choice((1, 1, 1.1, 1.3)), 1) + 1
        self._walked(person, kind, row, walked, rng.choice((band.high + 1, None)))

    def _walked(
        self, person: Person, kind: Kind, row: Level, minutes: float, planned: float | None
    ) -> None:
        """End a walk: what followed from the one before it is settled now."""
        self.check.follows(person)
        self.base, self.last_id = standing_on(person, self.today), str(len(self.walks))
        effort = self._effort(kind, row)
        self.acute += effort * minutes
        walk = Walk(
            id=self.last_id,
            day=self.today,
            kind=kind,
            level=row.number,
            minutes=minutes,
            planned=planned,
            feedback=self._at_once(effort),
        )
        self.walks.append(walk)

    def _effort(self, kind: Kind, row: Level) -> int:
        rng, target = self.rng, target_effort(kind, row)
        if self.traits.who is Who.OVER_EAGER:
            over = rng.randint(1, 4) if self.traits.is_always_hard else rng.choice((0, 0, 0, 0, 2))
            return min(10, target + over)
        if self.traits.who in (Who.REGULAR, Who.RETURNING):
            return rng.choice((target - 1, target))
        return target + rng.choice((-1, -1, 0, 0, 0, 0, 0, 0, 1))

    def _at_once(self, effort: int) -> Feedback:
        """Say how it was; whoever answers seldom may say nothing."""
        rng, traits = self.rng, self.traits
        falls = rng.random() < traits.falls_share
        if not falls and rng.random() > (1 + traits.answers_share) / 2:
            return Feedback()
        pain = self._pain() if traits.who is Who.IN_PAIN else rng.choice((0, 0, 1, 2))
        if traits.who is Who.OVER_EAGER and rng.random() < 0.1:
            pain = rng.randint(3, 6)
        stumbles = rng.choice((1, 2, 3)) if rng.random() < traits.stumbles_share else 0
        return Feedback(effort=effort, pain=pain, stumbles=stumbles, fall=falls or None)

    # Runs

    def _schedule(self) -> Iterator[tuple[date, Run]]:
        traits, rng = self.traits, self.rng
        races = set(self._race_weeks())
        weeks = (self.last_day - traits.begins).days // 7 + 1
        for week in range(weeks):
            monday = FIRST_DAY + week * WEEK
            days = [monday + each * DAY for each in traits.mask]
            for number, day in enumerate(days):
                effort, km = RunEffort.EASY, None
                if traits.who is Who.RACING and number == 1:
                    effort = RunEffort.HARD
                elif traits.who is Who.RACING and day == days[-1]:
                    effort = RunEffort.RACE if week in races else RunEffort.LONG
                    km = rng.choice(RACES_KM) if week in races else None
                yield day, Run(day=day, effort=effort, distance_km=km)

    def _race_weeks(self) -> Iterator[int]:
        week = self.rng.randint(4, 9)
        while self.traits.who is Who.RACING:
            yield week
            if (week := week + self.rng.choice((1, 5, 6, 7, 8, 9))) > 60:
                return

    def _running(self) -> Iterator[tuple[date, RunningDay]]:
        if self.traits.source is not Source.WEEKDAYS:
            return
        day = self.traits.begins
        while day < self.last_day + 2 * WEEK:
            yield day, RunningDay.YES if day.weekday() in self.traits.mask else RunningDay.NO
            day += DAY

    def _log_ahead(self) -> None:
        run = self.schedule.get(self.today + 3 * WEEK)
        if run is not None and run.effort is RunEffort.RACE:
            self._log(run)
        run = self.schedule.get(self.today + WEEK)
        if run is not None and self.traits.plans_runs:
            self._log(run)

    def _log(self, run: Run) -> None:
        others = [
            each for each in self.runs if each.day != run.day and each.day >= run.day - RUNS_KEPT
        ]
        self.runs = sorted([*others, run], key=lambda each: each.day)

    def _run(self) -> None:
        """Run, tell of it or not, and look again."""
        run = self.schedule.get(self.today)
        if run is None or self._is_away():
            return
        if self.rng.random() < 0.1 and run.effort is not RunEffort.RACE:
            return
        if self.traits.has_sensor:
            self.ran = frozenset(
                {*(each for each in self.ran if each > self.today - WEEK), run.day}
            )
        if self.traits.who is Who.RACING:
            self._log(run)
        self._look()


# What must hold, a second time


def target_effort(kind: Kind, row: Level) -> int:
    """Return the effort that a walk should have at most (training.md 4.2, 5.1, 5.2)."""
    if kind is Kind.HILL and row.hill is not None:
        return int(row.hill.rpe_max.value)
    return int(row.rpe_max.value) if kind in MAIN else 3


def is_red(said: Feedback, usual: int) -> bool:
    """Return whether pain or swelling says to stop (training.md 4.1)."""
    rise = -1 if said.next_pain is None else said.next_pain - usual
    return bool(said.swelling) or (said.pain or 0) >= 5 or rise >= 2


def goes_back(said: Feedback, usual: int) -> bool:
    """Return whether a step back follows (training.md 4.3, without what came before)."""
    is_sore = bool(said.soreness) and (said.sore_hours or 0) > 72
    is_hard = (said.soreness or 0) > 6 or (said.effort or 0) >= 7
    return is_red(said, usual) or bool(said.fall) or is_sore or is_hard


def is_held(walk: Walk, usual: int) -> bool:
    """Return whether what was said and done of a walk lets nothing move (training.md 4.3)."""
    said = walk.feedback
    if None in (said.effort, said.pain, said.next_pain) or goes_back(said, usual):
        return True
    is_short = walk.planned is not None and walk.minutes < 0.95 * walk.planned
    is_hard = (said.effort or 0) > target_effort(walk.kind, level(walk.level))
    is_amber = (said.pain or 0) >= 3 or (said.soreness or 0) >= 4
    return is_short or is_hard or is_amber or bool(said.stumbles) or walk.kind not in MAIN


def is_good(walk: Walk, usual: int) -> bool:
    """Return whether a walk is one of the three that a level asks for (training.md 4.3, ADVANCE).

    Unlike what holds the walk itself, this asks nothing of the muscles.
    """
    return not is_held(replace(walk, feedback=replace(walk.feedback, soreness=None)), usual)


class Checks:
    """What must hold of one runner."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.life = runner.life
        self.advances: dict[str, date] = {}

    def _fail(self, rule: str, what: str) -> None:
        life = self.life
        life.violations.append(
            Violation(rule=rule, who=life.who, seed=life.seed, day=life.days, what=what)
        )

    # Of advice

    def advice(
        self, person: Person, standing: Standing, decision: Decision | None, advice: Advice
    ) -> Plan | None:
        """Check what a day asks for, and return the plan of its walk."""
        self._standing(person, standing)
        if decision is not None:
            self._decision(decision)
        self._running_day(person, advice)
        if advice.minutes is None:
            return None
        if self.life.looks % 50 == 0 and advise(person, advice.day) != advice:
            self._fail("the same inputs give the same advice", f"{advice}")
        plan = self._plan(person, standing, advice)
        if plan is not None:
            minutes = plan.backward / timedelta(minutes=1)
            self._most_minutes(person, standing, advice, minutes)
            self._week(person, standing, advice, minutes)
            self._rest(person, standing, advice)
            self._race(person, advice)
        return plan

    def _plan(self, person: Person, standing: Standing, advice: Advice) -> Plan | None:
        kind, plan = Kind(advice.kind.value), None
        is_restricted = person.screening.mode is Mode.RESTRICTED
        if is_restricted and (advice.level > 4 or kind is Kind.HILL):
            self._fail("restricted: flat, level 4", f"{kind} of level {advice.level}")
        if advice.level != standing.level:
            self._fail("advice is of the level", f"{advice.level}, not {standing.level}")
        for surface in SURFACES:
            try:
                plan = make_plan(
                    kind,
                    level(advice.level),
                    standing.dose,
                    surface,
                    age_years=40,
                    minutes=advice.minutes,
                    mode=person.screening.mode,
                )
            except Refused as err:
                self._fail("plans accept what is advised", f"{advice.kind}: {err.args}")
        return plan

    def _most_minutes(
        self, person: Person, standing: Standing, advice: Advice, minutes: float
    ) -> None:
        most = most_minutes(person.walks, advice.day)
        if most is None:
            band = minutes_band(Kind(advice.kind.value), standing.row)
            if band is None or (advice.minutes or 0) > band.low:
                self._fail("low end after 30 days", f"{advice.kind} of {advice.minutes} min")
        elif minutes > most + 1e-9:
            self._fail(
                "no session above most_minutes",
                f"{advice.kind} of {minutes:g} min at level {standing.level}, most {most:g}",
            )

    def _week(self, person: Person, standing: Standing, advice: Advice, minutes: float) -> None:
        week = self._this_week(person)
        walked = sum(each.minutes for each in week)
        if walked + minutes > MOST_A_WEEK.value:
            self._fail("no week above 90 min", f"{walked:g} + {minutes:g} min")
        if advice.kind in (Kinds.WARM_UP, Kinds.COOL_DOWN):
            return
        own = [each for each in week if each.kind in OWN_SESSION]
        if len(own) >= standing.row.sessions_per_week.high:
            self._fail("no week above the row's sessions", f"{len(own)} + 1")
        if advice.kind is Kinds.HILL and any(each.kind is Kind.HILL for each in week):
            self._fail("one hill a week", "two")

    def _this_week(self, person: Person) -> list[Walk]:
        today = self.runner.today
        first = today - (today.weekday() - person.first_weekday) % 7 * DAY
        return [each for each in person.walks if each.day >= first]

    def _rest(self, person: Person, standing: Standing, advice: Advice) -> None:
        today = advice.day
        for walk in person.walks:
            ago = (today - walk.day).days
            if ago > 2:
                continue
            if is_red(walk.feedback, person.usual_pain) or walk.feedback.fall:
                self._fail("no advice in two days after a red or a fall", f"{ago} days after")
            is_next = (
                ago == 1 and walk.kind in OWN_SESSION and Kind(advice.kind.value) in OWN_SESSION
            )
            has_hill = Kind.HILL in (walk.kind, Kind(advice.kind.value))
            if is_next and (standing.level < 7 or has_hill):
                self._fail("a day between walks", f"{advice.kind} after {walk.kind}")

    def _race(self, person: Person, advice: Advice) -> None:
        today = advice.day
        for run in person.runs:
            ahead = (run.day - today).days
            if run.effort is RunEffort.RACE and 0 < -ahead <= RACE_REST[run.distance_km]:
                self._fail("rest after a race", f"{-ahead} days after {run.distance_km} km")
            if run.effort is RunEffort.RACE and ahead == 1:
                self._fail("rest before a race", advice.kind)
            no_hill = {RunEffort.RACE: 4, RunEffort.LONG: 2, RunEffort.HARD: 1}.get(run.effort, 0)
            if advice.kind is Kinds.HILL and 0 < ahead <= no_hill:
                self._fail("no hill near a run", f"{ahead} days before {run.effort}")

    def _running_day(self, person: Person, advice: Advice) -> None:
        runner, today = self.runner, advice.day
        is_known = runner.running.get(today) is RunningDay.YES or today in runner.ran
        is_known = is_known or any(each.day == today for each in person.runs)
        if is_known and advice.kind not in ON_RUNNING_DAYS:
            self._fail("on running days only add-ons", f"{advice.kind} of {advice.minutes} min")

    # Of standings and decisions

    def _standing(self, person: Person, standing: Standing) -> None:
        life, traits = self.life, self.runner.traits
        allowed = traits.starts_at
        days = life.days
        while allowed < LAST and days >= (stay := int(LADDER[allowed - 1].min_days.value)):
            allowed, days = allowed + 1, days - stay
        if standing.level > allowed:
            self._fail("no level before its days", f"level {standing.level} on day {life.days}")
        if standing.level > person.standing.level:
            self._fail("gaps never go up", f"{person.standing.level} to {standing.level}")
        last = self.runner.walks[-1].day if self.runner.walks else self.runner.today
        if (self.runner.today - last).days > 56 and standing.level > 2:
            self._fail("after 8 weeks off level 2", f"level {standing.level}")

    def _decision(self, decision: Decision) -> None:
        runner, walk = self.runner, self.runner.walks[-1]
        base, after, usual = runner.base, decision.standing, runner.traits.usual_pain
        if base is None:
            return
        goes_on = decision.outcome in (Outcome.STEP, Outcome.ADVANCE)
        race_week = runner.race_within(walk.day, 7)
        if goes_on and (is_held(walk, usual) or base.is_deload(walk.day) or race_week):
            self._fail("held", f"{decision.outcome} after {walk.feedback}")
        if goes_back(walk.feedback, usual) and decision.outcome not in (
            Outcome.REGRESS,
            Outcome.STOP,
        ):
            self._fail("stepped back", f"{decision.outcome} after {walk.feedback}")
        if abs(after.level - base.level) > 1:
            self._fail("one level at a time", f"{base.level} to {after.level}")
        if after.level == base.level and decision.outcome is Outcome.STEP:
            self._one_variable(base, after)
        if decision.outcome is Outcome.ADVANCE:
            self._advance(base, walk)
        self._stop(decision, walk)

    def _one_variable(self, base: Standing, after: Standing) -> None:
        one, other = base.as_dict()["dose"], after.as_dict()["dose"]
        moved = [key for key, value in one.items() if other[key] != value]
        if len(moved) != 1:
            self._fail("one variable at a time", f"{moved}")

    def _advance(self, base: Standing, walk: Walk) -> None:
        runner = self.runner
        self.advances[walk.id] = walk.day
        near = [day for key, day in self.advances.items() if key != walk.id]
        if near and (walk.day - max(near)).days < 7:
            self._fail("one level in 7 days", f"{(walk.day - max(near)).days} days apart")
        at_level = [
            each
            for each in runner.walks
            if each.level == base.level and each.kind in MAIN and each.day >= base.since
        ]
        is_long = (walk.day - base.since).days >= base.row.min_days.value
        if len(at_level) < base.row.min_sessions.value or not is_long:
            self._fail("sessions and days of a level", f"{len(at_level)} at level {base.level}")
        good = [is_good(each, runner.traits.usual_pain) for each in at_level[-3:]]
        if len(good) < 3 or not all(good):
            self._fail("three good sessions before a level", f"{good} at level {base.level}")

    def _stop(self, decision: Decision, walk: Walk) -> None:
        """Two reds in 14 days, and a fall, lock until screening is answered after them."""
        runner, usual = self.runner, self.runner.traits.usual_pain
        near = [each for each in runner.walks[-30:] if each.day > walk.day - 14 * DAY]
        reds = sum(is_red(each.feedback, usual) for each in near)
        if not (is_red(walk.feedback, usual) and reds >= 2) and not walk.feedback.fall:
            return
        is_locked = runner.screening(decision.standing).mode is Mode.LOCKED
        answered = runner.answers.answered  # in the morning, so before a walk of the same day
        if not is_locked and (answered is None or answered <= walk.day):
            self._fail(
                "locked after two reds or a fall",
                f"{decision.outcome} {decision.standing.stopped}, answered {answered}",
            )

    # Of what was walked

    def follows(self, person: Person) -> None:
        """Count who walks although a red was told of."""
        near = [each for each in person.walks if self.runner.today - each.day <= 2 * DAY]
        if any(is_red(each.feedback, person.usual_pain) for each in near):
            self.life.walked_in_red += 1
            if self.life.who is not Who.OVER_EAGER:
                self._fail("nobody who follows walks in red", "")

    def whole_life(self) -> None:
        """Check what shows at the end."""
        life, traits = self.life, self.runner.traits
        usual = traits.usual_pain
        life.reds = sum(is_red(each.feedback, usual) for each in life.walks)
        for outcome in self.runner.decided.values():
            life.outcomes[outcome] += 1
        for walk in life.walks:
            if is_red(walk.feedback, usual) != (walk.feedback.light(usual) is Light.RED):
                self._fail("red is red", f"{walk.feedback}")
        if life.who is Who.OVER_EAGER:
            if life.is_always_hard and life.best > traits.starts_at:
                self._fail("over-eager are held", f"level {life.best}")
        else:
            self._weeks(traits)
        if life.who is Who.REGULAR:
            self._regular()

    def _weeks(self, traits: Traits) -> None:
        for week in weeks_of(self.life.walks, traits.first_weekday).values():
            own = [each for each in week if each.kind in OWN_SESSION]
            most = max((level(each.level).sessions_per_week.high for each in own), default=0)
            if len(own) > most or sum(each.minutes for each in week) > MOST_A_WEEK.value:
                self._fail("weeks that were walked", f"{len(own)} sessions")

    def _regular(self) -> None:
        life = self.life
        at_four, at_eight = life.reached.get(4), life.reached.get(8)
        if life.days >= 42 and (at_four is None or not 28 <= at_four < 42):
            self._fail("regular at level 4 in week 5 or 6", f"day {at_four}")
        if at_eight is not None and at_eight < 85:
            self._fail("level 8 not before day 85", f"day {at_eight}")


def weeks_of(walks: Iterable[Walk], first_weekday: int) -> dict[date, list[Walk]]:
    """Return walks by the first day of their week."""
    weeks: dict[date, list[Walk]] = {}
    for walk in walks:
        first = walk.day - (walk.day.weekday() - first_weekday) % 7 * DAY
        weeks.setdefault(first, []).append(walk)
    return weeks


# Ten years


def time_history(repeats: int = 300) -> float:
    """Return the median milliseconds of advice for whoever has walked for ten years."""
    today = FIRST_DAY + 3650 * DAY
    walks = [
        Walk(
            id=str(n),
            day=today - round(3650 * (HISTORY_WALKS - n) / HISTORY_WALKS) * DAY,
            kind=Kind.HILL if n % 3 == 0 else Kind.DEDICATED,
            level=8,
            minutes=21,
            planned=21,
            feedback=Feedback(effort=4, pain=0, next_pain=0),
        )
        for n in range(HISTORY_WALKS)
    ]
    runs = [Run(day=today - n * DAY, effort=RunEffort.EASY) for n in range(120, 2, -2)]
    person = Person(
        standing=Standing.begin(8, FIRST_DAY),
        screening=Screening(mode=Mode.OPEN),
        walks=walks,
        runs=runs,
        weekly_goal=60,
    )
    took = []
    for n in range(repeats):
        day = today + n % 3 * DAY
        begun = time.perf_counter_ns()
        advise(person, day)
        took.append((time.perf_counter_ns() - begun) / 1e6)
    return median(took)


# The report


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of all of them."""

    lives: list[Life]
    weeks: int
    cpu_s: float
    history_ms: float

    @property
    def violations(self) -> list[Violation]:
        return [each for life in self.lives for each in life.violations]

    @property
    def holds(self) -> bool:
        is_fast = self.cpu_s < CPU_S and self.history_ms <= HISTORY_MS
        return is_fast and not self.violations


def simulate(runners: int, weeks: int = WEEKS, first_seed: int = 0) -> Report:
    """Let as many runners live as many weeks."""
    begun = time.process_time()
    lives = [Runner(seed, weeks).live() for seed in range(first_seed, first_seed + runners)]
    took = time.process_time() - begun
    return Report(lives=lives, weeks=weeks, cpu_s=took, history_ms=time_history())


def render(report: Report) -> str:
    """Return the report as Markdown that reads well in a terminal too."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    looks = sum(each.looks for each in report.lives)
    yield (
        f"{len(report.lives):,} runners, {report.weeks} weeks: {report.cpu_s:.1f} s of one core"
        f" (at most {CPU_S}), {looks:,} times advice;"
        f" with {HISTORY_WALKS:,} walks in ten years {report.history_ms:.3f} ms"
        f" (at most {HISTORY_MS:g})."
    )
    yield from _table("What they walked", _walked(report.lives))
    yield from _table("What followed from their walks", _decided(report.lives))
    yield from _table("What days asked for, %", _asked(report.lives))
    yield from _table("Regular runners: the day on which a level was reached", _reached(report))
    yield ""
    if not report.violations:
        yield "Everything holds that must."
        return
    yield from _table("What does not hold", _broken(report.violations))


def _table(title: str, table: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = list(table)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    yield from ("", f"### {title}", "")
    for number, row in enumerate(rows):
        yield f"| {' | '.join(c.ljust(w) for c, w in zip(row, widths, strict=True))} |"
        if number == 0:
            yield f"| {' | '.join('-' * w for w in widths)} |"


def _by_kind(lives: Iterable[Life]) -> dict[str, list[Life]]:
    found: dict[str, list[Life]] = {}
    for life in lives:
        who = NEVER_AT_EASE if life.is_always_hard else life.who.value
        found.setdefault(who, []).append(life)
    return dict(sorted(found.items()))


def _walked(lives: Iterable[Life]) -> Iterator[Sequence[str]]:
    yield "", "runners", "walks", "walks/week", "most min/week", "reds", "walks in red", "level"
    for who, some in _by_kind(lives).items():
        walks = sum(len(each.walks) for each in some)
        most = max(
            sum(walk.minutes for walk in week)
            for each in some
            for week in weeks_of(each.walks, 0).values()
        )
        ends = sorted(each.level for each in some)
        yield (
            who,
            str(len(some)),
            f"{walks:,}",
            f"{walks * 7 / sum(each.days for each in some):.1f}",
            f"{most:.0f}",
            f"{sum(each.reds for each in some):,}",
            f"{sum(each.walked_in_red for each in some):,}",
            f"{ends[0]} / {median(ends):g} / {ends[-1]}",
        )


def _decided(lives: Iterable[Life]) -> Iterator[Sequence[str]]:
    yield ("", *(each.value for each in Outcome))
    for who, some in _by_kind(lives).items():
        yield (who, *(f"{sum(each.outcomes[which] for each in some):,}" for which in Outcome))


def _asked(lives: Iterable[Life]) -> Iterator[Sequence[str]]:
    yield ("", *(each.value for each in Kinds))
    for who, some in _by_kind(lives).items():
        looks = sum(each.looks for each in some)
        shares = (sum(each.kinds[kind] for each in some) * 100 / looks for kind in Kinds)
        yield (who, *(f"{share:.1f}" for share in shares))


def _reached(report: Report) -> Iterator[Sequence[str]]:
    yield "level", "runners", "earliest", "median", "latest"
    regular = [each for each in report.lives if each.who is Who.REGULAR]
    for number in range(2, LAST + 1):
        if days := [each.reached[number] for each in regular if number in each.reached]:
            first, middle, last = min(days), median(days), max(days)
            yield str(number), str(len(days)), str(first), f"{middle:g}", str(last)


def _broken(violations: Iterable[Violation]) -> Iterator[Sequence[str]]:
    yield "rule", "times", "runners", "first seed", "day", "who", "what"
    rules: dict[str, list[Violation]] = {}
    for each in violations:
        rules.setdefault(each.rule, []).append(each)
    for rule, found in rules.items():
        first = found[0]
        runners = len({each.seed for each in found})
        yield (
            rule,
            str(len(found)),
            str(runners),
            str(first.seed),
            str(first.day),
            first.who,
            first.what,
        )


def main() -> int:
    """Simulate, print, and return 0 where all holds that must."""
    parser = argparse.ArgumentParser(description="A simulated population, coached.")
    parser.add_argument("--runners", type=int, default=RUNNERS)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--seed", type=int, default=0, help="of the first runner")
    arguments = parser.parse_args()
    report = simulate(arguments.runners, arguments.weeks, arguments.seed)
    print(render(report))
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
