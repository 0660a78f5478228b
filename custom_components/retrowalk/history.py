"""Long-term statistics: each runner's backward minutes and sessions, for a graph over years.

Rules of this file:
1. The ledger is the truth, the recorder follows. Nothing is read from here but to compare.
2. A statistic is rows on full UTC hours, each with the sum of everything until its end. Minutes
   stand in the hours in which they were walked, a session in the hour in which it began. Sums are
   whole milliseconds until they are written.
3. What comes before an hour is the lifetime total less what was walked since, so that a walk of
   today costs the same after ten years. Where the recorder has another sum there, the rows are
   no longer ours to continue: both statistics are cleared and written anew.
4. A recorder that is not there, busy or broken keeps nobody from walking, logging or unloading.

A row cannot begin at half past: in a time zone of half hours, what is walked in the first half
hour of a day stands in the last row of the day before. The ledger's days are exact everywhere.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging
from typing import Final, Protocol

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.const import UnitOfTime
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.recorder import get_instance

from .coach.ledger import Entry, Ledger, Total
from .const import DOMAIN
from .messages import text

_LOGGER = logging.getLogger(__name__)
_QUIET: Final = 2.0
"""Seconds without a change after which it is written: a year logged in a loop is one import."""
_LONGEST: Final = 10.0
"""Seconds after which a change is written though others follow."""
_PATIENCE: Final = 10.0
"""Seconds to wait for the recorder to have done what it was given before."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_HOUR: Final = timedelta(hours=1)
_HOUR_MS: Final = _HOUR // _MS
_TOLERANCE: Final = 0.25
"""Of a millisecond or a session: a sum comes back as a float, and either is whole."""


class _Book(Protocol):
    """What is walked and finished."""

    @property
    def ledger(self) -> Ledger:
        """Return the totals."""
        ...

    async def entries(self, since: datetime | None = None) -> list[Entry]:
        """Return every walk that can have counted time at or after an instant."""
        ...

    @property
    def open_since(self) -> datetime | None:
        """Return since when `entries` reads no file; None where it never does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """One of a runner's two statistics; `parts` is how many of what we count make one unit."""

    suffix: str
    unit: str | None
    unit_class: str | None
    parts: int

    def id_of(self, runner_id: str) -> str:
        """Return its statistic id, which knows small letters alone."""
        return f"{DOMAIN}:{runner_id.lower()}_{self.suffix}"

    def is_near(self, value: float | None, parts: int) -> bool:
        """Return whether a value of the recorder says as much as whole parts."""
        return value is not None and abs(value * self.parts - parts) < _TOLERANCE


_MINUTES: Final = _Measure(
    suffix="backward_minutes", unit=UnitOfTime.MINUTES, unit_class="duration", parts=60_000
)
_SESSIONS: Final = _Measure(suffix="sessions", unit=None, unit_class=None, parts=1)
_MEASURES: Final = (_MINUTES, _SESSIONS)

type _Rows = dict[_Measure, list[StatisticData]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What the book said in one instant; hours are counted since 1970.

    `since` is the hour from which `entries` are complete, None where they all are, `changes` how
    many changes had been told of.
    """

    since: int | None
    entries: tuple[Entry, ...]
    lifetime: Total
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a statistic should be: the sum before an hour and what each hour from it on adds.

    Both in parts of its measure.
    """

    before: int
    by_hour: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the recorder holds of a statistic: the sum before an hour and the rows from it on.

    In its unit; `rows` are state and sum by hours since 1970.
    """

    before: float | None
    rows: Mapping[int, tuple[float | None, float | None]]


class History:
    """The statistics of one runner."""

    def __init__(self, hass: HomeAssistant, runner_id: str, runner_name: str, book: _Book) -> None:
        """Build it; nothing is read or written yet. `runner_id` is the id of its subentry."""
        self._hass = hass
        self._runner_id = runner_id
        self._name = runner_name
        self._book = book
        self._changes = 0
        self._since: datetime | None = None
        self._renamed = False
        self._timer: CALLBACK_TYPE | None = None
        self._latest = 0.0
        self._working = asyncio.Lock()
        self._queued: asyncio.Future[None] | None = None
        """Done once the recorder has done what it was given last."""
        self._failed = False
        self._closed = False

    @property
    def statistic_ids(self) -> tuple[str, str]:
        """Return the ids of backward minutes and sessions."""
        minutes, sessions = _ids(self._runner_id)
        return minutes, sessions

    @callback
    def changed(self, since: datetime) -> None:
        """Follow a change of the book shortly; `since` is the first instant that it touches.

        Of a walk that moved, that is the earlier of its two starts. To be called in the turn in
        which the book changed.
        """
        self._changes += 1
        self._since = since if self._since is None else min(since, self._since)
        self._soon()

    @callback
    def rename(self, name: str) -> None:
        """Follow a new name of the runner shortly."""
        if name != self._name:
            self._name = name
            self._renamed = True
            self._soon()

    async def flush(self) -> None:
        """Give the recorder what waits, now; no timer is left. Never raises."""
        self._stop_timer()
        while self._is_waiting and await self._attempt(self._follow):
            self._stop_timer()

    async def close(self) -> None:
        """Give the recorder what waits; nothing is written after it, no timer and no task left."""
        await self.flush()
        self._closed = True
        self._stop_timer()

    @callback
    def reopen(self) -> None:
        """Follow again after all, also what changed meanwhile."""
        self._closed = False
        if self._is_waiting:
            self._soon()

    async def verify(self) -> None:
        """Compare what no file has to be read for with the recorder; rebuild if they differ.

        For once after each start, when the recorder has come up. Never raises.
        """
        await self._attempt(self._verify)

    async def remove(self) -> None:
        """Clear both statistics; nothing is written after it. Never raises."""
        self._closed = True
        self._stop_timer()
        async with self._working:
            clear(self._hass, (self._runner_id,))

    # When

    @property
    def _is_waiting(self) -> bool:
        return self._since is not None or self._renamed

    @callback
    def _soon(self) -> None:
        if self._closed or _recorder(self._hass) is None:
            return
        now = self._hass.loop.time()
        if self._timer is None:
            self._latest = now + _LONGEST
        self._stop_timer()
        delay = max(0.0, min(_QUIET, self._latest - now))
        job = HassJob(self._due, f"{DOMAIN} statistics", cancel_on_shutdown=True)
        self._timer = async_call_later(self._hass, delay, job)

    async def _due(self, _now: datetime) -> None:
        self._timer = None
        await self._attempt(self._follow)
        if self._is_waiting and not self._failed:  # it changed again, or the recorder is busy
            self._soon()

    @callback
    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    async def _attempt(self, work: Callable[[Recorder], Awaitable[None]]) -> bool:
        """Do one work at a time; return whether it was done.

        What fails waits for the next change; the next start compares in any case.
        """
        async with self._working:
            recorder = _recorder(self._hass)
            if self._closed or recorder is None:
                return False
            try:
                if not await self._settled():
                    return False
                await work(recorder)
            except Exception as err:  # statistics fail alone
                if not self._failed:
                    _LOGGER.error(
                        "The statistics of %s do not follow: %r", self._name, err, exc_info=err
                    )
                self._failed = True
                return False
            self._failed = False
            return True

    async def _settled(self) -> bool:
        """Return whether what was given to the recorder is in the database, waiting a little.

        Read before that, the rows would not be those that ours are going to meet.
        """
        if self._queued is not None:
            await asyncio.wait((self._queued,), timeout=_PATIENCE)
            if not self._queued.done():
                return False
            self._queued = None
        return True

    # What

    async def _follow(self, recorder: Recorder) -> None:
        if self._since is not None:
            since = _hour(self._since)
            moment = await self._look(since)
            while (earlier := _hour(self._since)) < since:  # that changed meanwhile
                since, moment = earlier, await self._look(earlier)
            rows = await recorder.async_add_executor_job(
                _continue, self._hass, self._runner_id, moment
            )
            if rows is None:
                await self._rebuild(recorder)
            else:
                self._give(recorder, rows, moment)
        if self._renamed:
            await self._put_names(recorder)

    async def _verify(self, recorder: Recorder) -> None:
        if self._is_waiting:
            await self._follow(recorder)
            if not await self._settled():
                return
        since = self._book.open_since
        # The first full hour of which all walks are at hand
        moment = await self._look(None if since is None else -((_EPOCH - since) // _HOUR))
        if await recorder.async_add_executor_job(_is_same, self._hass, self._runner_id, moment):
            await self._put_names(recorder)  # of another language
        else:
            _LOGGER.info("The statistics of %s are written anew", self._name)
            await self._rebuild(recorder)

    async def _rebuild(self, recorder: Recorder) -> None:
        moment = await self._look(None)
        rows = await self._hass.async_add_executor_job(_all_rows, moment)
        recorder.async_clear_statistics(list(self.statistic_ids))
        self._give(recorder, rows, moment)

    async def _look(self, since: int | None) -> _Moment:
        """Return walks and total of the same instant; those of two would give a wrong sum."""
        start = None if since is None else _start(since)
        while True:
            changes, lifetime = self._changes, self._book.ledger.lifetime
            entries = tuple(await self._book.entries(start))
            if (changes, lifetime) == (self._changes, self._book.ledger.lifetime):
                return _Moment(since=since, entries=entries, lifetime=lifetime, changes=changes)

    @callback
    def _give(self, recorder: Recorder, rows: _Rows, moment: _Moment) -> None:
        """Let the recorder write rows, which it does in the order in which it is told."""
        names = self._names()
        for measure, of_measure in rows.items():
            if of_measure:
                metadata = self._metadata(measure, names[measure])
                async_add_external_statistics(self._hass, metadata, of_measure)
        self._queued = recorder.async_get_commit_future()
        if self._changes == moment.changes:
            self._since = None

    async def _put_names(self, recorder: Recorder) -> None:
        """Correct the names of statistics that are there; a name alone makes none."""
        self._renamed = False
        names = self._names()
        kept = await recorder.async_add_executor_job(_metadata_of, self._hass, self._runner_id)
        for measure, metadata in kept.items():
            if metadata["name"] != names[measure]:
                new = self._metadata(measure, names[measure])
                async_add_external_statistics(self._hass, new, [])
                self._queued = recorder.async_get_commit_future()

    def _names(self) -> dict[_Measure, str]:
        return {
            _MINUTES: text(self._hass, "statistic_backward_minutes", runner=self._name),
            _SESSIONS: text(self._hass, "statistic_sessions", runner=self._name),
        }

    def _metadata(self, measure: _Measure, name: str) -> StatisticMetaData:
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=name,
            source=DOMAIN,
            statistic_id=measure.id_of(self._runner_id),
            unit_class=measure.unit_class,
            unit_of_measurement=measure.unit,
        )


@callback
def clear(hass: HomeAssistant, runner_ids: Iterable[str]) -> None:
    """Clear the statistics of runners who are gone; does nothing without a recorder."""
    if (recorder := _recorder(hass)) is not None:
        ids = [each for runner_id in runner_ids for each in _ids(runner_id)]
        recorder.async_clear_statistics(ids)


async def sweep(hass: HomeAssistant) -> None:
    """Clear the statistics of runners who were removed while the recorder was not there.

    Never raises.
    """
    if (recorder := _recorder(hass)) is None:
        return
    known = {
        each
        for entry in hass.config_entries.async_entries(DOMAIN)
        for runner_id in entry.subentries
        for each in _ids(runner_id)
    }
    try:
        kept = await recorder.async_add_executor_job(_ours, hass)
    except Exception as err:  # statistics fail alone
        _LOGGER.error("The statistics cannot be listed: %r", err, exc_info=err)
        return
    if left := sorted(kept - known):
        recorder.async_clear_statistics(left)


@callback
def _recorder(hass: HomeAssistant) -> Recorder | None:
    """Return the recorder, None where there is none that takes anything."""
    if "recorder" not in hass.config.components:
        return None
    recorder = get_instance(hass)
    return recorder if recorder.is_alive() else None


def _ids(runner_id: str) -> list[str]:
    return [measure.id_of(runner_id) for measure in _MEASURES]


def _hour(instant: datetime) -> int:
    return (instant - _EPOCH) // _HOUR


def _start(hour: int) -> datetime:
    return _EPOCH + hour * _HOUR


# In the executor: nothing of these looks at anything that can change


def _by_hour(entries: Iterable[Entry]) -> dict[_Measure, Counter[int]]:
    """Return milliseconds walked backward and sessions begun, by hour since 1970."""
    backward: Counter[int] = Counter()
    for interval in (each for entry in entries for each in entry.backward):
        start, end = (interval.start - _EPOCH) // _MS, (interval.end - _EPOCH) // _MS
        while start < end:
            hour = start // _HOUR_MS
            until = min(end, (hour + 1) * _HOUR_MS)
            backward[hour] += until - start
            start = until
    return {_MINUTES: backward, _SESSIONS: Counter(_hour(entry.started) for entry in entries)}


def _wanted(moment: _Moment) -> dict[_Measure, _Wanted]:
    """Return what both statistics should be from the moment's hour on."""
    lifetime = {_MINUTES: moment.lifetime.backward // _MS, _SESSIONS: moment.lifetime.sessions}
    wanted = {}
    for measure, all_hours in _by_hour(moment.entries).items():
        by_hour = {
            hour: parts
            for hour, parts in all_hours.items()
            if moment.since is None or hour >= moment.since
        }
        before = lifetime[measure] - sum(by_hour.values())
        wanted[measure] = _Wanted(before=before, by_hour=by_hour)
    return wanted


def _rows(measure: _Measure, wanted: _Wanted, hours: Iterable[int]) -> list[StatisticData]:
    """Return a row for each of these hours, in order."""
    rows = []
    total = wanted.before
    for hour in sorted(hours):
        total += wanted.by_hour.get(hour, 0)
        value = total / measure.parts
        rows.append(StatisticData(start=_start(hour), state=value, sum=value))
    return rows


def _all_rows(moment: _Moment) -> _Rows:
    return {
        measure: _rows(measure, wanted, wanted.by_hour)
        for measure, wanted in _wanted(moment).items()
    }


def _continue(hass: HomeAssistant, runner_id: str, moment: _Moment) -> _Rows | None:
    """Return the rows from the moment's hour on, None where they would not follow what is kept.

    An hour that lost its last walk has a row still: it gets one of no change.
    """
    kept = _read(hass, runner_id, moment.since)
    rows = {}
    for measure, wanted in _wanted(moment).items():
        if not measure.is_near(kept[measure].before, wanted.before):
            return None
        hours = wanted.by_hour.keys() | kept[measure].rows.keys()
        rows[measure] = _rows(measure, wanted, hours)
    return rows


def _is_same(hass: HomeAssistant, runner_id: str, moment: _Moment) -> bool:
    """Return whether the recorder holds from the moment's hour on, and before it, what it should.

    A row of no change may be there or not.
    """
    kept = _read(hass, runner_id, moment.since)
    return all(
        _is_as_wanted(measure, wanted, kept[measure]) for measure, wanted in _wanted(moment).items()
    )


def _is_as_wanted(measure: _Measure, wanted: _Wanted, kept: _Kept) -> bool:
    if not measure.is_near(kept.before, wanted.before):
        return False
    total = wanted.before
    for hour in sorted(wanted.by_hour.keys() | kept.rows.keys()):
        total += wanted.by_hour.get(hour, 0)
        state, until = kept.rows.get(hour, (None, None))
        if not (measure.is_near(state, total) and measure.is_near(until, total)):
            return False
    return True


def _metadata_of(hass: HomeAssistant, runner_id: str) -> dict[_Measure, StatisticMetaData]:
    """Return what the recorder knows of those of a runner's statistics that it has."""
    known = get_metadata(hass, statistic_ids=set(_ids(runner_id)))
    return {
        measure: known[measure.id_of(runner_id)][1]
        for measure in _MEASURES
        if measure.id_of(runner_id) in known
    }


def _ours(hass: HomeAssistant) -> set[str]:
    return set(get_metadata(hass, statistic_source=DOMAIN))


def _read(hass: HomeAssistant, runner_id: str, since: int | None) -> dict[_Measure, _Kept]:
    """Return what the recorder holds of a runner from an hour on, or of all time."""
    ids = set(_ids(runner_id))
    start = _BEGINNING if since is None else _start(since)
    found = statistics_during_period(
        hass, start, None, ids, "hour", None, {"state", "sum", "change"}
    )
    kept = {}
    for measure in _MEASURES:
        statistic_id = measure.id_of(runner_id)
        rows = found.get(statistic_id, [])
        before: float | None = 0.0
        if rows:
            first, change = rows[0].get("sum"), rows[0].get("change")
            before = None if first is None or change is None else first - change
        elif last := get_last_statistics(hass, 1, statistic_id, True, {"sum"}):
            before = last[statistic_id][0].get("sum")
        kept[measure] = _Kept(
            before=before,
            rows={
                int(row["start"] // _HOUR.seconds): (row.get("state"), row.get("sum"))
                for row in rows
            },
        )
    return kept
