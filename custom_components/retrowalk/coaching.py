"""What the coach of one runner remembers, and what follows from it today.

Beside the ledger, only this has to be remembered: where the runner stood at an instant some weeks
ago, and the runs that somebody told of. What followed from every walk since then is decided anew
whenever it is asked. So an answer that comes late, a walk that is corrected, deleted or written
down after a crash, and a file that the disk did not take need no correction of anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .coach.day import (
    RACE_WEEK,
    Advice,
    Pause,
    Person,
    Run,
    RunEffort,
    RunningDay,
    advise,
    ahead,
    minutes_today,
    standing_on,
)
from .coach.ledger import Entry, Ledger, week_of
from .coach.limits import age_years
from .coach.plan import Kind
from .coach.progress import (
    Criterion,
    Decision,
    Standing,
    Walk,
    Why,
    compare_benchmarks,
    follow,
    to_advance,
)
from .coach.screening import Answers, Screening, screen
from .const import DOMAIN
from .running import RunningConfig, RunningDays
from .store import Found, KeptFile, NotWrittenError

_LOGGER = logging.getLogger(__name__)

RECENT: Final = timedelta(days=60)
"""What is older decides nothing."""
RUNS_KEPT: Final = timedelta(days=120)
SETTLED: Final = timedelta(days=28)
"""For so long an answer may come late."""
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachConfig:
    """What the coach knows from the form of a runner."""

    level: int
    weekly_goal: int
    year_of_birth: int | None = None
    usual_pain: int = 0
    first_weekday: int = 0
    running: RunningConfig = RunningConfig()
    pauses: tuple[Pause, ...] = ()
    answers: Answers = Answers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the coach says on a day."""

    person: Person
    """What all of it is made of."""
    standing: Standing
    advice: Advice
    decision: Decision | None
    """What followed from the last walk."""
    criteria: tuple[Criterion, ...]
    """What the next level takes, and how much of it is done."""
    benchmark: Why | None
    """What the last two benchmarks show."""
    screening: Screening
    running_day: RunningDay
    excused: frozenset[date]
    """Weeks (by their first day) that break no streak."""


class Coaching:
    """The coach of one runner."""

    def __init__(
        self,
        hass: HomeAssistant,
        runner_id: str,
        config: CoachConfig,
        wall: Callable[[], datetime],
    ) -> None:
        """Name the file; `open` reads it."""
        self._file = KeptFile(hass, f"{DOMAIN}.{runner_id}.coach")
        self.config = config
        self.running = RunningDays(hass, config.running, wall)
        self._level_set = config.level
        self._base = Standing.begin(config.level, _day_of(wall()))
        self._until = wall()
        """What began before that is settled in the base."""
        self._wall = wall
        self._seen: tuple[Ledger, date, Outlook] | None = None
        """What was said last, and of what; a start and a walk ask often, and little changes."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when a source of running days may say something else."""
        self.running.on_change = self._sources_changed
        self._asked: str | None = None
        """The walk after which the knees were asked for last."""
        self._runs: list[Run] = []

    @classmethod
    async def open(
        cls,
        hass: HomeAssistant,
        runner_id: str,
        config: CoachConfig,
        wall: Callable[[], datetime],
    ) -> Self:
        """Return the coach with what is on disk.

        Of a damaged file the copy is read; without one the coach begins anew at the level of the
        form. Raises ConfigEntryError where nobody can read it.
        """
        coaching = cls(hass, runner_id, config, wall)
        kept, found = await coaching._file.load(_read)
        if found is Found.LOST:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"coach_lost_{coaching._file.key}",
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key="coach_lost",
                translation_placeholders={"file": coaching._file.key},
            )
        elif found is Found.COPY:
            await coaching._file.restore()
        if kept is not None:
            coaching._base, coaching._until = kept.base, kept.until
            coaching._asked, coaching._runs = kept.asked, kept.runs
            if kept.level_set != config.level:  # chosen while nobody was there to see it
                coaching._begin(config.level, kept.base)
        return coaching

    async def begin_at(self, number: int, ledger: Ledger, today: date) -> None:
        """Begin at a level that somebody has chosen; what locks is not lifted by that."""
        self._begin(number, self._person(ledger, today)[0].standing)
        await self._keep()

    def _begin(self, number: int, was: Standing) -> None:
        now = self._wall()
        begun = Standing.begin(number, _day_of(now))
        self._base = replace(begun, stopped=was.stopped, rails=was.rails)
        self._until, self._level_set, self._seen = now, number, None

    @callback
    def configure(self, config: CoachConfig) -> None:
        """Take over what was changed in the form."""
        self.config, self._seen = config, None
        self.running.configure(config.running)

    @callback
    def _sources_changed(self) -> None:
        self._seen = None
        self.on_change()

    # What follows

    def look(self, ledger: Ledger, today: date) -> Outlook:
        """Return what the coach says today; a ledger that changes is another one."""
        if self._seen is None or self._seen[0] is not ledger or self._seen[1] != today:
            self._seen = (ledger, today, self._look(ledger, today))
        return self._seen[2]

    def _look(self, ledger: Ledger, today: date) -> Outlook:
        person, decision = self._person(ledger, today)
        standing = standing_on(person, today)
        return Outlook(
            person=person,
            standing=standing,
            advice=advise(person, today),
            decision=decision,
            criteria=to_advance(
                standing,
                person.walks,
                today,
                usual_pain=person.usual_pain,
                most_level=person.screening.most_level,
            ),
            benchmark=compare_benchmarks(
                [_walk(each) for each in ledger.entries() if each.kind is Kind.BENCHMARK]
            ),
            screening=person.screening,
            running_day=person.runs_on(today),
            excused=self._excused(),
        )

    def ahead(self, ledger: Ledger, today: date) -> list[Advice]:
        """Return the advice of the coming two weeks."""
        return ahead(self.look(ledger, today).person, today)

    def minutes(self, ledger: Ledger, today: date, kind: Kind) -> float | None:
        """Return the minutes of a walk that is asked for by its kind alone."""
        return minutes_today(self.look(ledger, today).person, today, kind)

    # What happens

    async def walked(self, ledger: Ledger) -> None:
        """Know that a walk is over: what is weeks ago is settled now."""
        self._seen = None
        entries = ledger.entries()
        settled = entries[-1].started - SETTLED if entries else self._until
        if any(self._until <= each.started <= settled for each in entries):
            old = [each for each in entries if each.started <= settled]
            self._base, _ = self._follow(old)
            self._until = old[-1].started + timedelta(milliseconds=1)
        await self._keep()

    def has_asked(self, session_id: str) -> bool:
        """Return whether the knees were asked for after a walk."""
        return self._asked == session_id

    async def asked(self, session_id: str) -> None:
        """Know that the knees were asked for, so that nobody is asked twice."""
        self._asked = session_id
        await self._keep()

    async def log_run(self, run: Run) -> None:
        """Know of a run; another one of the same day is replaced. Raises NotWrittenError."""
        before = self._runs
        oldest = run.day - RUNS_KEPT
        others = [each for each in self._runs if each.day != run.day and each.day >= oldest]
        self._runs, self._seen = sorted([*others, run], key=lambda each: each.day), None
        try:
            await self._save()
        except NotWrittenError:
            self._runs, self._seen = before, None
            raise

    # Beneath

    def _person(self, ledger: Ledger, today: date) -> tuple[Person, Decision | None]:
        config = self.config
        entries = ledger.entries() or ([ledger.last] if ledger.last is not None else [])
        known = [each for each in entries if each.day <= today]
        # Counted from the last walk, so that what follows from it does not change by waiting.
        recent = [each for each in known if each.day >= known[-1].day - RECENT]
        walks = [_walk(each) for each in recent]
        standing, decision = self._follow(recent)
        stopped = [each.day for each in entries if each.feedback.fall or each.feedback.warning_sign]
        if standing.stopped is not None:
            stopped.append(standing.stopped)
        screening = screen(
            config.answers,
            today,
            age_years=age_years(config.year_of_birth, today),
            last_walk=walks[-1].day if walks else None,
            fell=max(stopped, default=None),
        )
        person = Person(
            standing=standing,
            screening=screening,
            walks=walks,
            runs=self._runs,
            running=self.running.says(today),
            has_running_source=config.running.has_source,
            ran=self.running.ran(),
            pauses=config.pauses,
            first_weekday=config.first_weekday,
            weekly_goal=config.weekly_goal,
            usual_pain=config.usual_pain,
        )
        return person, decision

    def _follow(self, entries: Sequence[Entry]) -> tuple[Standing, Decision | None]:
        """Return where the runner stands after the last walk, and what followed from it."""
        first = sum(each.started < self._until for each in entries)
        pauses = self.config.pauses
        return follow(
            self._base,
            [_walk(each) for each in entries],
            first,
            usual_pain=self.config.usual_pain,
            most_level=self._most_level(_day_of(self._wall())),
            is_ill=lambda day: any(each.is_ill and each.has(day) for each in pauses),
            is_race_week=self._race_near,
        )

    def _most_level(self, today: date) -> int:
        age = age_years(self.config.year_of_birth, today)
        return screen(self.config.answers, today, age_years=age).most_level

    def _race_near(self, day: date) -> bool:
        week = timedelta(days=RACE_WEEK.value)
        races = (each.day for each in self._runs if each.effort is RunEffort.RACE)
        return any(day <= race <= day + week for race in races)

    def _excused(self) -> frozenset[date]:
        days = (
            each.first + timedelta(days=n)
            for each in self.config.pauses
            for n in range((each.last - each.first).days + 1)
        )
        return frozenset(week_of(day, self.config.first_weekday) for day in days)

    async def _keep(self) -> None:
        """Write what is known; without a disk it is known until the next start."""
        try:
            await self._save()
        except NotWrittenError as err:
            _LOGGER.warning("What the coach knows could not be kept: %s", err.__cause__)

    async def _save(self) -> None:
        await self._file.save(
            {
                "level_set": self._level_set,
                "base": self._base.as_dict(),
                "until": self._until.isoformat(),
                "asked": self._asked,
                "runs": [each.as_dict() for each in self._runs],
            }
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    level_set: int
    base: Standing
    until: datetime
    asked: str | None
    runs: list[Run]


def _read(data: Mapping[str, Any]) -> _Kept:
    until = datetime.fromisoformat(data["until"])
    if until.tzinfo is None:
        raise ValueError(f"no instant: {until}")
    return _Kept(
        level_set=int(data["level_set"]),
        base=Standing.from_dict(data["base"]),
        until=until,
        asked=None if data["asked"] is None else str(data["asked"]),
        runs=sorted((Run.from_dict(each) for each in data["runs"]), key=lambda each: each.day),
    )


def _day_of(instant: datetime) -> date:
    return dt_util.as_local(instant).date()


def _walk(entry: Entry) -> Walk:
    return Walk(
        id=entry.session_id,
        day=entry.day,
        kind=entry.kind,
        level=entry.level,
        minutes=entry.backward_time / _MINUTE,
        planned=None if entry.planned is None else entry.planned / _MINUTE,
        feedback=entry.feedback,
    )
