"""The ledger: all finished walks of a runner. Every total is computed from it and nothing else.

Rules of this file:
1. An entry keeps the time zone in which it was walked; a later change of settings moves no day.
2. Days are local calendar days. A walk over midnight gives each day its own minutes and counts
   once, on the day it began.
3. Totals by day are kept in step with the entries, so that a week costs the same after ten years.
   They may include walks that are not in memory: then their days were read, and not they.
4. Instants are kept to the millisecond; totals are exact sums, never rounded on the way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from . import energy
from .feedback import NOTHING_SAID, Feedback
from .plan import Kind, Surface
from .refused import Refused
from .session import Session, State

WEEK: Final = timedelta(days=7)
BEGINNING: Final = date(1970, 1, 1)
"""Before anybody's first walk."""
_DAY: Final = timedelta(days=1)
_MS: Final = timedelta(milliseconds=1)
_US: Final = timedelta(microseconds=1)
_MOST_STEPS: Final = 200
"""A walk that was paused more often keeps its beginning."""
_MINUTE: Final = timedelta(minutes=1)
_MINUTE_US: Final = 60_000_000
_MOST_A_DAY_US: Final = 26 * 60 * 60 * 1_000_000
"""No local day is longer."""


class Source(StrEnum):
    """Where an entry comes from."""

    WALKED = "walked"
    LOGGED = "logged"
    EDITED = "edited"


class Evidence(StrEnum):
    """What proves the minutes of an entry."""

    OWNER = "owner"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A time walked backward, as UTC instants."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it was."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finished walk.

    `started` is a UTC instant, `time_zone` the name of the zone it was walked in, `backward` what
    counts, `feedback` what was said of it. `overrides` are the path sensors that a forced start
    passed over. What its plan was worth (`planned`), the metres and the MET-minutes of what was
    walked backward are None where nobody knows.
    """

    session_id: str
    kind: Kind
    level: int
    surface: Surface
    started: datetime
    time_zone: str
    backward: tuple[Interval, ...]
    source: Source
    evidence: Evidence = Evidence.OWNER
    overrides: tuple[str, ...] = ()
    feedback: Feedback = NOTHING_SAID
    planned: timedelta | None = None
    distance_m: float | None = None
    met_minutes: float | None = None
    trail: tuple[tuple[State, int], ...] = ()
    """The phases and pauses gone through, in whole seconds; nothing where nobody knows them."""
    revision: int = 0
    """How often it was corrected; of two with the same id, the later one holds."""

    @property
    def backward_time(self) -> timedelta:
        """Return the time that counts."""
        return sum((interval.length for interval in self.backward), timedelta())

    @property
    def ended(self) -> datetime:
        """Return the end of the last counted interval, the start where none counts."""
        return self.backward[-1].end if self.backward else self.started

    @property
    def day(self) -> date:
        """Return the local day on which it counts as a session."""
        return self.started.astimezone(ZoneInfo(self.time_zone)).date()

    def by_day(self) -> Iterator[tuple[date, timedelta]]:
        """Yield local days and their share of the counted time, in order."""
        zone = ZoneInfo(self.time_zone)
        for interval in self.backward:
            start = interval.start
            while start < interval.end:
                day = start.astimezone(zone).date()
                end = min(interval.end, midnight(day + _DAY, zone))
                yield day, end - start
                start = end

    def edited(
        self,
        *,
        when: datetime | None = None,
        minutes: float | None = None,
        kind: Kind | None = None,
        feedback: Feedback = NOTHING_SAID,
    ) -> Entry:
        """Return the entry as a person corrects it; what is None stays.

        New minutes replace the intervals by one, a new time moves them. Nobody has measured new
        minutes: they are the owner's word, and nobody knows at which speed they were walked.
        """
        started = to_ms(when) if when else self.started
        moved = started - self.started
        backward = tuple(
            Interval(start=each.start + moved, end=each.end + moved) for each in self.backward
        )
        if minutes is not None:
            backward = one_interval(started, minutes)
        is_corrected = any(each is not None for each in (when, minutes, kind))
        return replace(
            self,
            started=started,
            backward=backward,
            kind=kind or self.kind,
            source=Source.EDITED if is_corrected else self.source,
            evidence=self.evidence if minutes is None else Evidence.OWNER,
            feedback=self.feedback.but(feedback),
            distance_m=self.distance_m if minutes is None else None,
            met_minutes=self.met_minutes if minutes is None else None,
            trail=self.trail if minutes is None else (),
            revision=self.revision + 1,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as plain JSON values; intervals in ms since `started`."""
        started = to_ms(self.started)
        return {
            "session_id": self.session_id,
            "kind": self.kind.value,
            "level": self.level,
            "surface": self.surface.value,
            "started": started.isoformat(timespec="milliseconds"),
            "time_zone": self.time_zone,
            "backward_ms": [
                [(interval.start - started) // _MS, (interval.end - started) // _MS]
                for interval in self.backward
            ],
            "source": self.source.value,
            "evidence": self.evidence.value,
            "overrides": list(self.overrides),
            "effort": self.feedback.effort,
            "pain": self.feedback.pain,
            **self.feedback.as_dict(),
            **self._known(),
            "revision": self.revision,
        }

    def _known(self) -> dict[str, Any]:
        """Return what is known beside the time; left out where it is not, to keep files small."""
        planned = None if self.planned is None else self.planned // _MS
        known = {"planned_ms": planned} | {
            "distance_m": self.distance_m,
            "met_minutes": self.met_minutes,
            "trail": [[state.value, seconds] for state, seconds in self.trail] or None,
        }
        return {name: it for name, it in known.items() if it is not None}

    def packed(self) -> dict[str, Any]:
        """Return the entry as `as_dict` does, with intervals and trail in one line for a file."""
        entry = self.as_dict()
        entry["backward_ms"] = " ".join(f"{start}-{end}" for start, end in entry["backward_ms"])
        if self.trail:
            entry["trail"] = " ".join(f"{state.value}-{seconds}" for state, seconds in self.trail)
        return entry

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Entry:
        """Return the entry that `as_dict` or `packed` gave.

        Raises KeyError, ValueError or TypeError where it is none.
        """
        try:
            entry = cls._from_dict(data)
        except (OverflowError, OSError) as err:  # a number or the name of a zone without end
            raise ValueError(str(err)) from err
        _check(entry)
        return entry

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> Entry:
        started = datetime.fromisoformat(data["started"])
        if started.tzinfo is None:
            raise ValueError(f"no instant: {started}")
        started = started.astimezone(UTC)
        ZoneInfo(data["time_zone"])  # a zone that nobody knows is a damaged entry
        return cls(
            session_id=str(data["session_id"]),
            kind=Kind(data["kind"]),
            level=int(data["level"]),
            surface=Surface(data["surface"]),
            started=started,
            time_zone=data["time_zone"],
            backward=tuple(
                Interval(start=started + start * _MS, end=started + end * _MS)
                for start, end in _unpacked(data["backward_ms"])
            ),
            source=Source(data["source"]),
            evidence=Evidence(data["evidence"]),
            overrides=tuple(data["overrides"]),
            feedback=Feedback.from_dict({**data, "effort": data["effort"], "pain": data["pain"]}),
            planned=None if (ms := data.get("planned_ms")) is None else int(ms) * _MS,
            distance_m=_positive(data.get("distance_m")),
            met_minutes=_positive(data.get("met_minutes")),
            trail=tuple(_steps(data.get("trail") or ())),
            revision=int(data.get("revision", 0)),  # files of version 0.1.0 have none
        )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1)


def _positive(value: Any) -> float | None:
    if value is None:
        return None
    if not 0 <= (figure := float(value)) < inf:
        raise ValueError(f"no figure: {value}")
    return figure


def _unpacked(intervals: Any) -> Iterable[tuple[int, int]]:
    if not isinstance(intervals, str):
        return intervals  # type: ignore[no-any-return]
    return [
        (int(start), int(end)) for start, end in (each.split("-") for each in intervals.split())
    ]


def _steps(trail: Any) -> Iterator[tuple[State, int]]:
    pairs = [each.split("-") for each in trail.split()] if isinstance(trail, str) else trail
    for state, seconds in pairs:
        if not 0 <= (length := int(seconds)) <= WEEK.total_seconds():
            raise ValueError(f"no length: {seconds}")
        yield State(state), length


@dataclass(frozen=True, slots=True)
class Total:
    """Backward time and the number of walks that began."""

    backward: timedelta = timedelta()
    sessions: int = 0

    def __add__(self, other: Total) -> Total:
        """Return the sum of both."""
        return Total(self.backward + other.backward, self.sessions + other.sessions)


def _check(entry: Entry) -> None:
    """Raise ValueError for what nobody can have walked; counted, it would spoil every sum."""
    if not MINYEAR < entry.started.year < MAXYEAR - 1 or entry.ended - entry.started > WEEK:
        raise ValueError(f"no walk: {entry.started} to {entry.ended}")
    at = entry.started
    for interval in entry.backward:
        if not at <= interval.start <= interval.end:
            raise ValueError(f"not in order: {interval}")
        at = interval.end


def evidence_of(session: Session) -> Evidence:
    """Return what proves the minutes of a session."""
    return Evidence.MEASURED if session.measured else Evidence.OWNER


def walked(
    session: Session, at: timedelta, time_zone: str, lifetime: timedelta = timedelta()
) -> Entry:
    """Return what a session was worth until an instant since its start.

    `lifetime` is what its runner had walked backward before it.
    """
    stretches = [
        energy.Stretch(
            minutes=each.length / _MINUTE,
            speed_kmh=each.speed_kmh,
            grade_percent=each.phase.grade_percent,
            hands=each.phase.hands,
        )
        for each in session.walked(at)
    ]
    backward = (
        Interval(start=to_ms(session.started + start), end=to_ms(session.started + end))
        for start, end in session.backward(at)
    )
    return Entry(
        session_id=session.session_id,
        kind=session.plan.kind,
        level=session.plan.level,
        surface=session.plan.surface,
        started=to_ms(session.started),
        time_zone=time_zone,
        backward=tuple(each for each in backward if each.length),
        source=Source.WALKED,
        evidence=evidence_of(session),
        overrides=session.overrides,
        feedback=session.told,
        planned=session.plan.backward,
        distance_m=_rounded(energy.distance_m(stretches)),
        met_minutes=_rounded(energy.met_minutes(stretches, lifetime / _MINUTE)),
        trail=tuple(
            (each.state, seconds)
            for each in session.phases_walked(at)
            if (seconds := round((each.end - each.start).total_seconds()))
        )[:_MOST_STEPS],
    )


def to_ms(instant: datetime) -> datetime:
    """Return an instant cut to the millisecond, as the ledger keeps it, in UTC."""
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def one_interval(start: datetime, minutes: float) -> tuple[Interval, ...]:
    """Return minutes walked in one go."""
    start = to_ms(start)
    return (Interval(start=start, end=start + timedelta(seconds=round(minutes * 60))),)


def local_minute(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as a person reads it."""
    return instant.astimezone(zone).replace(tzinfo=None).isoformat(" ", "minutes")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def week_of(day: date, first_weekday: int) -> date:
    """Return the first day of a day's week; `first_weekday` 0 is Monday, 6 Sunday."""
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


class Days:
    """What was walked on each local day: counted time and number of walks.

    Days are held as ordinals and time as whole microseconds, since ten years of them are read at
    every start.
    """

    __slots__ = ("_days", "_sessions", "_us")

    def __init__(self) -> None:
        """Nothing was walked yet."""
        self._days: dict[int, tuple[int, int]] = {}
        self._us = 0
        self._sessions = 0

    def copy(self) -> Days:
        """Return days that can be changed without changing these."""
        other = Days()
        other._days, other._us, other._sessions = dict(self._days), self._us, self._sessions
        return other

    def __eq__(self, other: object) -> bool:
        """Return whether each day has the same."""
        return isinstance(other, Days) and self._days == other._days

    __hash__ = None  # type: ignore[assignment]

    def on(self, day: date) -> Total:
        """Return what was walked on a local day."""
        us, sessions = self._days.get(day.toordinal(), (0, 0))
        return Total(us * _US, sessions)

    def week_us(self, first: int) -> int:
        """Return the microseconds of the seven days from an ordinal on."""
        return sum(self._days.get(first + n, (0, 0))[0] for n in range(7))

    def week(self, first_day: date) -> Total:
        """Return what was walked in the seven days from one on."""
        first = first_day.toordinal()
        found = [each for n in range(7) if (each := self._days.get(first + n)) is not None]
        return Total(sum(us for us, _ in found) * _US, sum(sessions for _, sessions in found))

    @property
    def total(self) -> Total:
        """Return everything."""
        return Total(self._us * _US, self._sessions)

    def add(self, entry: Entry) -> None:
        """Count a walk."""
        self._count(entry, 1)

    def subtract(self, entry: Entry) -> None:
        """Count a walk no more."""
        self._count(entry, -1)

    def _count(self, entry: Entry, sign: int) -> None:
        for day, length in entry.by_day():
            self._change(day.toordinal(), sign * (length // _US), 0)
        self._change(entry.day.toordinal(), 0, sign)

    def _change(self, day: int, us: int, sessions: int) -> None:
        old_us, old_sessions = self._days.get(day, (0, 0))
        changed = (old_us + us, old_sessions + sessions)
        self._us += us
        self._sessions += sessions
        if changed == (0, 0):
            self._days.pop(day, None)
        else:
            self._days[day] = changed

    def as_dict(self) -> dict[str, str]:
        """Return a line for each year: `016:1x480000` is day 16 with one walk of 480000 ms."""
        years: dict[str, list[str]] = {}
        for ordinal in sorted(self._days):
            us, sessions = self._days[ordinal]
            day = date.fromordinal(ordinal)
            of_year = ordinal - date(day.year, 1, 1).toordinal() + 1
            years.setdefault(f"{day.year:04}", []).append(f"{of_year:03}:{sessions}x{us // 1000}")
        return {year: " ".join(days) for year, days in years.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> Days:
        """Return the days that `as_dict` gave; raises ValueError, TypeError, AttributeError."""
        days = cls()
        for name, line in data.items():
            year = int(name)
            if not MINYEAR <= year <= MAXYEAR or name != f"{year:04}":
                raise ValueError(f"no year: {name}")
            before = date(year, 1, 1).toordinal() - 1
            last = date(year, 12, 31).toordinal() - before
            for token in line.split():
                of_year, _, figures = token.partition(":")
                sessions, _, ms = figures.partition("x")
                day, count, us = int(of_year), int(sessions), int(ms) * 1000
                if not (1 <= day <= last and count >= 0 and 0 <= us <= _MOST_A_DAY_US):
                    raise ValueError(f"no day: {token}")
                if before + day in days._days:
                    raise ValueError(f"twice: {token}")
                days._days[before + day] = (us, count)
                days._us += us
                days._sessions += count
        return days


class Ledger:
    """All finished walks of one runner, kept once by their id, with their totals by local day.

    `goals` are the weekly goals in minutes by the day from which each holds, so that changing the
    goal does not rewrite the weeks before it. `days` are those of walks that are not in memory:
    they count, and `bring_in` brings one of them in.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        goals: Mapping[date, int] | None = None,
        days: Days | None = None,
    ):
        """Build the ledger from what was stored."""
        self._entries: dict[str, Entry] = {}
        self._days = days.copy() if days is not None else Days()
        self._last: Entry | None = None
        self._streaks: dict[tuple[date, frozenset[date]], int] = {}
        self.goals: dict[date, int] = dict(goals or {})
        for entry in entries:
            self.put(entry)

    def __len__(self) -> int:
        """Return how many walks it knows of."""
        return self._days.total.sessions

    def __contains__(self, session_id: object) -> bool:
        """Return whether it holds a walk."""
        return session_id in self._entries

    def copy(self) -> Ledger:
        """Return a ledger that can be changed without changing this one."""
        other = Ledger(goals=self.goals, days=self._days)
        other._entries, other._last = dict(self._entries), self._last
        return other

    def get(self, session_id: str) -> Entry:
        """Return one walk; raises Refused `unknown_session` (session_id)."""
        try:
            return self._entries[session_id]
        except KeyError:
            raise Refused("unknown_session", session_id=session_id) from None

    def entries(self) -> list[Entry]:
        """Return all walks that are in memory, in the order in which they began."""
        return sorted(self._entries.values(), key=lambda entry: entry.started)

    def put(self, entry: Entry) -> None:
        """Keep a walk; one with the same id is replaced."""
        if entry.session_id in self._entries:
            self.remove(entry.session_id)
        self._days.add(entry)
        self._streaks.clear()
        self.bring_in(entry)

    def bring_in(self, entry: Entry) -> None:
        """Bring a walk into memory whose day counts already."""
        self._entries[entry.session_id] = entry
        if self._last is None or entry.started >= self._last.started:
            self._last = entry

    def let_out(self, session_id: str) -> None:
        """Let a walk go out of memory; its day counts still."""
        self._forget(session_id)

    def remove(self, session_id: str) -> Entry:
        """Take a walk out and return it; raises Refused `unknown_session` (session_id)."""
        entry = self._forget(session_id)
        self._days.subtract(entry)
        self._streaks.clear()
        return entry

    def _forget(self, session_id: str) -> Entry:
        entry = self.get(session_id)
        del self._entries[session_id]
        if self._last is entry:
            self._last = max(self._entries.values(), key=lambda each: each.started, default=None)
        return entry

    def check_time(self, entry: Entry, now: datetime, others: Iterable[Entry] = ()) -> None:
        """Refuse a time at which nobody can have walked; `others` are walks not in memory.

        Raises Refused: `in_the_future`, or `overlaps` (started) with another walk, since nobody
        walks twice at once.
        """
        if entry.ended > now:
            raise Refused("in_the_future")
        for other in (*self._entries.values(), *others):
            if other.session_id != entry.session_id and any(
                mine.start < theirs.end and theirs.start < mine.end
                for mine in entry.backward
                for theirs in other.backward
            ):
                raise Refused(
                    "overlaps", started=local_minute(other.started, ZoneInfo(other.time_zone))
                )

    @property
    def last(self) -> Entry | None:
        """Return the walk that began last."""
        return self._last

    @property
    def lifetime(self) -> Total:
        """Return everything ever walked."""
        return self._days.total

    def on_day(self, day: date) -> Total:
        """Return what was walked on a local day."""
        return self._days.on(day)

    def in_week(self, first_day: date) -> Total:
        """Return what was walked in the week that begins on a day."""
        return self._days.week(first_day)

    def set_goal(self, minutes: int, from_day: date) -> None:
        """Set the weekly goal from the week of a day on; later ones no longer hold.

        The first goal holds for all weeks before it, also when it is changed in its first week.
        """
        self._streaks.clear()
        begins = from_day if self.goals else BEGINNING
        self.goals = {day: goal for day, goal in self.goals.items() if day < begins}
        self.goals[begins] = minutes

    @property
    def latest_goal(self) -> int | None:
        """Return the goal that was set last, whatever the clock says."""
        return self.goals[max(self.goals)] if self.goals else None

    def goal(self, first_day: date) -> int | None:
        """Return the goal in minutes that held in a week: the latest set before its end.

        A week before the first goal is measured by the first.
        """
        end = first_day + WEEK
        held = [day for day in self.goals if day < end]
        if not held:
            return self.goals[min(self.goals)] if self.goals else None
        return self.goals[max(held)]

    def goal_met(self, first_day: date) -> bool:
        """Return whether a week reached its goal; one of nothing cannot be reached."""
        goal = self.goal(first_day) or 0
        return goal > 0 and self.in_week(first_day).backward >= timedelta(minutes=goal)

    def streak(self, this_week: date, excused: frozenset[date] = frozenset()) -> int:
        """Return how many weeks in a row met their goal; this week counts once it has.

        Weeks that are excused (a holiday, an illness) count where they met it, and break nothing.
        """
        key = (this_week, excused)
        if key not in self._streaks:
            self._streaks[key] = self._streak(this_week, excused)
        return self._streaks[key]

    def _streak(self, this_week: date, excused: frozenset[date]) -> int:
        count = int(self.goal_met(this_week))
        week = this_week - WEEK
        goals = sorted(self.goals.items(), reverse=True)
        while goals:
            # The goal that held: the latest set before the week's end, else the first of all.
            while len(goals) > 1 and goals[0][0] >= week + WEEK:
                goals.pop(0)
            goal = goals[0][1]
            is_met = goal > 0 and self._days.week_us(week.toordinal()) >= goal * _MINUTE_US
            if not is_met and week not in excused:
                break
            count += is_met
            week -= WEEK
        return count
