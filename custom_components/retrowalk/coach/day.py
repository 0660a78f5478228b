"""From everything that is known to what today asks for, and why.

Rules of this file:
1. The first line of TODAY that holds decides; the rest of the file only shapes the walk that is
   left over. Each gives its reason, and what would change it.
2. What is unknown stays unknown: advice goes on with what is known, says so, and is not `due`, so
   that nobody is reminded by guesswork.
3. On a day on which its runner runs there is nothing but a warm-up or a cool-down.
4. No advice asks for what the caps of `progress` or the rows of `levels` would refuse.
Figures are those of training.md 5.2 to 5.5, each beside its source.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from math import floor
from typing import Any, Final

from .feedback import Feedback, Light
from .ledger import WEEK, week_of
from .levels import Band, Figure, Level
from .plan import BENCHMARK_MINUTES, LEAST_MINUTES, SLOW_START_S, Kind, minutes_band
from .progress import (
    DELOAD_SHARE,
    EASY_SHARE,
    MAIN_KINDS,
    Standing,
    Walk,
    Why,
    after_gap,
    most_minutes,
)
from .screening import Mode, Screening

REST_AFTER_RED: Final = Figure(2, "CJ")
"""Days, as all others here."""
REST_AFTER_FALL: Final = Figure(2, "CJ")
RACE_NO_HILL: Final = Figure(4, "CJ")
RACE_REST_BEFORE: Final = Figure(1, "CJ")
RACE_WEEK: Final = Figure(7, "CJ")
LONG_NO_HILL: Final = Figure(2, "CJ, after V25")
HARD_TOMORROW_SHARE: Final = Figure(0.5, "CJ, after V79")
RACE_WEEK_SHARE: Final = Figure(0.5, "CJ")
DAY_AFTER_SHARE: Final = Figure(0.7, "CJ")
REST_AFTER_RACE: Final = (
    (Figure(10, "CJ"), 2),
    (Figure(21.1, "CJ"), 4),
    (Figure(42.2, "CJ"), 10),
)
"""A race of up to so many kilometres, and the days of rest after it."""
REST_AFTER_UNKNOWN_RACE: Final = Figure(4, "CJ")
EVERY_DAY_FROM_LEVEL: Final = Figure(7, "V61 CJ")
ADD_ONS_A_WEEK: Final = Figure(3, "CJ")
MOST_A_WEEK: Final = Figure(90, "CJ")
"""Backward minutes without a professional."""
BENCHMARK_EVERY_DAYS: Final = Figure(28, "CJ, after V19")
AHEAD_DAYS: Final = 14
_DAY: Final = timedelta(days=1)


class Kinds(StrEnum):
    """What advice may be."""

    REST = "rest"
    WARM_UP = "warm_up"
    COOL_DOWN = "cool_down"
    DEDICATED = "dedicated"
    HILL = "hill"
    BENCHMARK = "benchmark"
    CHECK_IN = "check_in"
    LOCKED = "locked"


class RunEffort(StrEnum):
    """How a run is."""

    EASY = "easy"
    HARD = "hard"
    LONG = "long"
    RACE = "race"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that was done or is going to be."""

    day: date
    effort: RunEffort
    distance_km: float | None = None
    is_planned: bool = False
    """It was told of before it was run."""

    def as_dict(self) -> dict[str, Any]:
        """Return the run as plain JSON values."""
        return {
            "day": self.day.isoformat(),
            "effort": self.effort.value,
            "distance_km": self.distance_km,
            "is_planned": self.is_planned,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Run:
        """Return the run that `as_dict` gave; raises KeyError, TypeError, ValueError."""
        km = data["distance_km"]
        return cls(
            day=date.fromisoformat(data["day"]),
            effort=RunEffort(data["effort"]),
            distance_km=None if km is None else float(km),
            is_planned=bool(data["is_planned"]),
        )


class RunningDay(StrEnum):
    """Whether a runner runs on a day."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """The sources are silent or disagree."""
    NOT_ASKED = "not_asked"
    """There is no source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Days without training: a holiday or an illness, the last one included."""

    first: date
    last: date
    is_ill: bool = False

    def has(self, day: date) -> bool:
        """Return whether a day is in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything that advice is made of; the same gives the same.

    `walks` and `runs` are in order, oldest first; of walks the last one and those of the last 56
    days are enough.
    `running` are the days that a source says anything about; no source says NOT_ASKED.
    """

    standing: Standing
    screening: Screening
    walks: Sequence[Walk] = ()
    runs: Sequence[Run] = ()
    running: Mapping[date, RunningDay] = field(default_factory=dict)
    has_running_source: bool = False
    ran: frozenset[date] = frozenset()
    """Days on which a sensor says that they have run, and nothing of how."""
    pauses: Sequence[Pause] = ()
    first_weekday: int = 0
    weekly_goal: float = 0
    usual_pain: int = 0

    def runs_on(self, day: date) -> RunningDay:
        """Return whether they run on a day; a run that was logged is known."""
        if day in self.ran or any(each.day == day for each in self.runs):
            return RunningDay.YES
        if not self.has_running_source:
            return RunningDay.NOT_ASKED
        return self.running.get(day, RunningDay.UNKNOWN)

    def pause(self, day: date) -> Pause | None:
        """Return the pause that a day is in."""
        return next((each for each in self.pauses if each.has(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a day asks for.

    `minutes` are backward minutes of the main part; None where nothing is to be walked. `is_due`
    says that a reminder is in place. `from_day` is when a walk of a level makes sense again.
    `changes` is what would change the advice.
    """

    kind: Kinds
    day: date
    level: int
    minutes: float | None = None
    is_due: bool = False
    from_day: date | None = None
    reasons: tuple[Why, ...] = ()
    changes: tuple[Why, ...] = ()

    @property
    def is_proposed(self) -> bool:
        """Return whether a walk is proposed: not where nobody knows whether they run."""
        add_ons = (Kinds.WARM_UP, Kinds.COOL_DOWN)
        return self.minutes is not None and (self.is_due or self.kind in add_ons)

    @property
    def walk(self) -> Kind | None:
        """Return the kind of the walk that it asks for."""
        return Kind(self.kind.value) if self.minutes is not None else None


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of a person, with what every line of the table asks."""

    person: Person
    day: date
    standing: Standing
    gap: Why | None
    recent: tuple[Walk, ...]
    """Of the last 56 days, this one included."""

    @property
    def row(self) -> Level:
        return self.standing.row

    @property
    def today(self) -> list[Walk]:
        return [each for each in self.recent if each.day == self.day]

    @property
    def mains(self) -> list[Walk]:
        return [each for each in self.recent if _is_own(each)]

    @property
    def week_begins(self) -> date:
        return week_of(self.day, self.person.first_weekday)

    @property
    def week(self) -> list[Walk]:
        return [each for each in self.recent if each.day >= self.week_begins]

    @property
    def week_minutes(self) -> float:
        return sum(each.minutes for each in self.week)

    @property
    def running(self) -> RunningDay:
        return self.person.runs_on(self.day)

    def days_since(self, holds: Callable[[Walk], bool]) -> int | None:
        """Return the days since the last walk of which something holds."""
        days = [each.day for each in self.recent if holds(each)]
        return (self.day - max(days)).days if days else None

    def runs(self, within: int, *efforts: RunEffort) -> Run | None:
        """Return the first run of these efforts up to so many days ahead (below 0: ago)."""
        ends = self.day + within * _DAY
        first, last = min(self.day, ends), max(self.day, ends)
        return next(
            (
                each
                for each in self.person.runs
                if first <= each.day <= last and each.day != self.day and each.effort in efforts
            ),
            None,
        )

    def light(self, feedback: Feedback) -> Light:
        return feedback.light(self.person.usual_pain)


def _is_own(walk: Walk) -> bool:
    """Return whether a walk takes a day of its own, beside no run."""
    return walk.is_main or walk.kind is Kind.BENCHMARK


type _Line = Callable[[_Day], Advice | None]


def _rest(at: _Day, why: str, until: date | None = None, **figures: Any) -> Advice:
    return Advice(
        kind=Kinds.REST,
        day=at.day,
        level=at.standing.level,
        from_day=until,
        reasons=(Why(why, figures),),
        changes=() if until is None else (Why("from_day", {"day": until}),),
    )


def _locked(at: _Day) -> Advice | None:
    screening = at.person.screening
    if screening.mode is not Mode.LOCKED:
        return None
    return Advice(
        kind=Kinds.LOCKED,
        day=at.day,
        level=at.standing.level,
        reasons=tuple(Why(f"screening_{key}") for key in screening.why),
        changes=(Why("answer_screening"),),
    )


def _paused(at: _Day) -> Advice | None:
    if (pause := at.person.pause(at.day)) is None:
        return None
    return _rest(at, "ill" if pause.is_ill else "holiday", pause.last + _DAY)


def _after_red(at: _Day) -> Advice | None:
    since = at.days_since(lambda walk: at.light(walk.feedback) is Light.RED)
    rest = int(REST_AFTER_RED.value)
    if since is None or since > rest:
        return None
    return _rest(at, "after_red", at.day + (rest + 1 - since) * _DAY)


def _after_fall(at: _Day) -> Advice | None:
    since = at.days_since(lambda walk: bool(walk.feedback.fall))
    rest = int(REST_AFTER_FALL.value)
    if since is None or since > rest:
        return None
    return _rest(at, "after_fall", at.day + (rest + 1 - since) * _DAY)


def _near_race(at: _Day) -> Advice | None:
    ahead = at.runs(int(RACE_REST_BEFORE.value), RunEffort.RACE)
    if ahead is not None:
        return _rest(at, "race_tomorrow", ahead.day + _race_rest(ahead) * _DAY + _DAY)
    over = [each for each in at.person.runs if each.effort is RunEffort.RACE and each.day <= at.day]
    until = max((each.day + (_race_rest(each) + 1) * _DAY for each in over), default=at.day)
    return _rest(at, "after_race", until) if at.day < until else None


def _race_rest(race: Run) -> int:
    if race.distance_km is None:
        return int(REST_AFTER_UNKNOWN_RACE.value)
    longest = REST_AFTER_RACE[-1][1]
    return next((days for most, days in REST_AFTER_RACE if race.distance_km <= most.value), longest)


def _running_day(at: _Day) -> Advice | None:
    if at.running is not RunningDay.YES:
        return None
    today = [each for each in at.person.runs if each.day == at.day and not each.is_planned]
    run = today[-1] if today else None
    kind = Kind.WARM_UP if run is None else Kind.COOL_DOWN
    band = minutes_band(kind, at.row)
    done = [each for each in at.week if each.kind in (Kind.WARM_UP, Kind.COOL_DOWN)]
    if band is None:
        return _rest(at, "running_day_too_early", level=2)
    if run is None and at.day in at.person.ran:
        return _rest(at, "ran_today")
    if run is not None and run.effort is not RunEffort.EASY:
        return _rest(at, f"after_{run.effort.value}")
    if at.today:
        return _rest(at, "done_today")
    minutes = _capped(at, kind, band, 1.0)
    if len(done) >= ADD_ONS_A_WEEK.value or minutes is None:
        return _rest(at, "enough_add_ons")
    return Advice(
        kind=Kinds(kind.value),
        day=at.day,
        level=at.standing.level,
        minutes=minutes,
        reasons=(Why("running_day"),),
        changes=(Why("if_no_run"),),
    )


def _done_today(at: _Day) -> Advice | None:
    return _rest(at, "done_today", at.day + _DAY) if at.today else None


def _check_in(at: _Day) -> Advice | None:
    """Ask in the morning after a walk, where nothing else is due; nobody is asked a day later."""
    yesterday = [each for each in at.recent if each.day == at.day - _DAY]
    if any(each.feedback.is_answered for each in yesterday) or _day_off(at) is None:
        return None
    return Advice(
        kind=Kinds.CHECK_IN,
        day=at.day,
        level=at.standing.level,
        reasons=(Why("how_are_the_knees"),),
        changes=(Why("answer_check_in"),),
    )


def _day_off(at: _Day) -> Advice | None:
    """Two days in a row are for the highest levels, and only where the week is short of days."""
    if at.days_since(_is_own) != 1:
        return None
    later = (at.week_begins + WEEK - at.day).days - 1
    fits = later >= 2 * _sessions_left(at) - 1
    had_hill = at.days_since(lambda walk: walk.kind is Kind.HILL) == 1
    if at.standing.level >= EVERY_DAY_FROM_LEVEL.value and not fits and not had_hill:
        return None
    return _rest(at, "walked_yesterday", at.day + _DAY)


def _week_done(at: _Day) -> Advice | None:
    week = [each for each in at.week if _is_own(each)]
    next_week = at.week_begins + WEEK
    if len(week) >= at.row.sessions_per_week.high:
        return _rest(at, "week_done", next_week, sessions=len(week))
    is_kept = len(week) >= at.row.sessions_per_week.low
    if is_kept and at.person.weekly_goal and at.week_minutes >= at.person.weekly_goal:
        return _rest(at, "goal_met", next_week, minutes=floor(at.week_minutes))
    return None


TODAY: Final[tuple[_Line, ...]] = (
    _locked,
    _paused,
    _after_red,
    _after_fall,
    _near_race,
    _running_day,
    _done_today,
    _check_in,
    _day_off,
    _week_done,
)
"""What comes before a walk of the level, in the order in which it is asked."""


def advise(person: Person, day: date) -> Advice:
    """Return what a day asks for."""
    at = _at(person, day)
    for line in TODAY:
        if (advice := line(at)) is not None:
            return _with_gap(advice, at)
    return _with_gap(_walk(at), at)


def ahead(person: Person, first: date, days: int = AHEAD_DAYS) -> list[Advice]:
    """Return the advice of the coming days, each as if the days before went as proposed.

    Where nobody knows whether a day is a running day, nothing is proposed for it.
    """
    found, walks = [], list(person.walks)
    for n in range(days):
        day = first + n * _DAY
        advice = advise(replace(person, walks=walks), day)
        if n and advice.kind is Kinds.CHECK_IN:
            fine = Feedback(effort=0, pain=0, next_pain=person.usual_pain)
            walks = [replace(each, feedback=each.feedback.but(fine)) for each in walks]
            advice = advise(replace(person, walks=walks), day)
        found.append(advice)
        if (kind := advice.walk) is not None and advice.minutes and advice.is_proposed:
            walk = Walk(
                id="",
                day=day,
                kind=kind,
                level=advice.level,
                minutes=advice.minutes + _extra(kind),
                feedback=Feedback(effort=0, pain=0),
            )
            standing = standing_on(replace(person, walks=walks), day)
            if walk.is_main:
                easy, rails = max(0, standing.easy - 1), max(0, standing.rails - 1)
                standing = replace(standing, easy=easy, rails=rails)
            person = replace(person, standing=standing)
            walks.append(walk)
    return found


def minutes_today(person: Person, day: date, kind: Kind) -> float | None:
    """Return the minutes of a walk that somebody asks for by its kind alone.

    Those of advice, whatever else a day asks for; None where the level does not open the kind.
    """
    at = _at(person, day)
    band = minutes_band(kind, at.row)
    if band is None:
        return None
    share = min((each for each, _ in _shares(at)), default=1.0) if kind in MAIN_KINDS else 1.0
    least = band.low if kind is Kind.BENCHMARK else LEAST_MINUTES.value
    return _capped(at, kind, band, share) or least


def standing_on(person: Person, day: date) -> Standing:
    """Return where a runner stands on a day, after what gaps have done."""
    return _at(person, day).standing


def _at(person: Person, day: date) -> _Day:
    first = day - timedelta(days=56)
    recent = tuple(each for each in person.walks if first <= each.day <= day)
    # Of whoever has not walked for so long that no walk is left, their standing says since when.
    last = max((each.day for each in person.walks if each.day <= day), default=None)
    last = last or min(person.standing.since, day)
    ill = sum(each.is_ill and each.first <= day and each.last >= last for each in person.pauses)
    standing, gap = after_gap(person.standing, last, day, ill_days=ill)
    if standing.level > (most := person.screening.most_level):
        standing = replace(standing.at(most, day), since=standing.since)
    return _Day(person, day, standing, gap, recent)


def _with_gap(advice: Advice, at: _Day) -> Advice:
    if at.gap is None or advice.minutes is None:
        return advice
    return replace(advice, reasons=(*advice.reasons, at.gap))


def _walk(at: _Day) -> Advice:
    """Return the walk of the level that this day has room for."""
    standing, row = at.standing, at.row
    shares = _shares(at)
    kind, why = _kind(at, is_light=bool(shares))
    band = minutes_band(kind, row) or row.minutes
    share = min((each for each, _ in shares), default=1.0)
    minutes = _capped(at, kind, band, share)
    if minutes is None:
        return _rest(at, "most_a_week", minutes=int(MOST_A_WEEK.value))
    reasons = [why, *(each for _, each in shares)]
    if at.person.weekly_goal > at.week_minutes:
        left = round(at.person.weekly_goal - at.week_minutes, 1)
        reasons.append(Why("goal_left", {"minutes": left}))
    is_known = at.running is not RunningDay.UNKNOWN
    changes: list[Why] = [Why("if_you_run")]
    if not is_known:
        reasons.append(Why("running_day_unknown"))
    if at.person.screening.is_due:
        reasons.append(Why("screening_due"))
    return Advice(
        kind=Kinds(kind.value),
        day=at.day,
        level=standing.level,
        minutes=minutes,
        is_due=is_known,
        from_day=at.day,
        reasons=tuple(reasons),
        changes=tuple(changes),
    )


def _shares(at: _Day) -> list[tuple[float, Why]]:
    """Return what shortens a walk of this day, to which share, and why."""
    standing = at.standing
    shares: list[tuple[float, Why]] = []
    if standing.easy:
        shares.append((EASY_SHARE.value, Why("easy_sessions", {"sessions": standing.easy})))
    if standing.is_deload(at.day):
        shares.append((DELOAD_SHARE.value, Why("lighter_week")))
    if at.runs(-1, RunEffort.HARD, RunEffort.LONG):
        shares.append((DAY_AFTER_SHARE.value, Why("day_after_hard_run")))
    if at.runs(1, RunEffort.HARD, RunEffort.LONG):
        shares.append((HARD_TOMORROW_SHARE.value, Why("hard_run_tomorrow")))
    if at.runs(int(RACE_WEEK.value), RunEffort.RACE):
        shares.append((RACE_WEEK_SHARE.value, Why("race_week")))
    return shares


def _kind(at: _Day, *, is_light: bool) -> tuple[Kind, Why]:
    """Return which walk of the level it is; `is_light` says that its minutes are cut."""
    row = at.row
    tested = at.days_since(lambda walk: walk.kind is Kind.BENCHMARK)
    opens = minutes_band(Kind.BENCHMARK, row) is not None
    restricted = at.person.screening.mode is Mode.RESTRICTED
    knows_level = (at.day - at.standing.since).days >= BENCHMARK_EVERY_DAYS.value // 2
    most = most_minutes(at.recent, at.day)
    fits = most is not None and BENCHMARK_MINUTES.low + _extra(Kind.BENCHMARK) <= most
    if (
        opens
        and fits
        and not is_light
        and not restricted
        and knows_level
        and (tested is None or tested >= BENCHMARK_EVERY_DAYS.value)
    ):
        return Kind.BENCHMARK, Why("benchmark_due")
    hills = at.days_since(lambda walk: walk.kind is Kind.HILL)
    hill_this_week = any(each.kind is Kind.HILL for each in at.week)
    has_flat = any(each.kind is Kind.DEDICATED for each in at.week)
    near = (
        at.runs(1, RunEffort.HARD)
        or at.runs(int(LONG_NO_HILL.value), RunEffort.LONG)
        or at.runs(int(RACE_NO_HILL.value), RunEffort.RACE)
        or at.runs(-1, RunEffort.HARD, RunEffort.LONG)
    )
    is_next_to_main = at.days_since(_is_own) == 1
    if (
        row.hill is not None
        and not restricted
        and not hill_this_week
        and has_flat
        and near is None
        and not is_next_to_main
        and (hills is None or hills > 1)
    ):
        return Kind.HILL, Why("hill_of_the_week")
    return Kind.DEDICATED, Why("week_needs", {"sessions": _sessions_left(at)})


def _sessions_left(at: _Day) -> int:
    done = sum(_is_own(each) for each in at.week)
    return max(1, int(at.row.sessions_per_week.high) - done)


def _extra(kind: Kind) -> float:
    """Return the backward minutes that a plan has beside its main part."""
    return SLOW_START_S.value / 60 if kind not in (Kind.WARM_UP, Kind.COOL_DOWN) else 0


def _capped(at: _Day, kind: Kind, band: Band, share: float) -> float | None:
    """Return the minutes of the main part, in halves; None: the week has no room for them."""
    if kind is Kind.BENCHMARK:
        minutes = BENCHMARK_MINUTES.low
    else:
        dose = at.standing.dose
        own = {Kind.DEDICATED: dose.minutes, Kind.HILL: dose.hill_minutes}.get(kind)
        minutes = min(max(own or band.low, band.low), band.high) * share
    most = most_minutes(at.recent, at.day)
    if most is None:
        minutes = min(minutes, band.low)
    elif kind is not Kind.BENCHMARK:
        minutes = min(minutes, most - _extra(kind))
    room = MOST_A_WEEK.value - at.week_minutes - _extra(kind)
    minutes = floor(max(minutes, LEAST_MINUTES.value) * 2) / 2
    return None if minutes > room else minutes
