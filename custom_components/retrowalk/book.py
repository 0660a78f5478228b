"""The book of one runner: the ledger, the files it is kept in, and the lock of whoever writes.

Rules of this file:
1. The months are the truth: each is a file with the walks that began in it (by UTC). The index says
   what was walked on each day of the months that it covers, so that a start need not read them.
2. The end of a walk writes the file of its month and nothing else: one file, replaced as a whole.
   The index is written at a start, when more than three months are open (not covered), and before a
   covered month changes: without that month, which is open again. So no crash can leave an index
   that says something else than its months.
3. A walk that moves to another month is written there first, and then out of the old one. Of two
   with the same id the later revision holds.
4. Nothing is seen before it is written, but a finished walk that the disk does not take: that is
   kept in memory and written with the next change.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import issue_registry as ir

from .coach.ledger import WEEK, Days, Entry, Ledger, Total
from .coach.refused import Refused
from .const import DOMAIN
from .store import COPY, Found, KeptFile, NotWrittenError, keys, remove_files

INDEX_VERSION: Final = 2
"""Version 1 was the whole ledger."""
OPEN_MONTHS: Final = 3
_MINUTE: Final = timedelta(minutes=1)
_NOTHING: Final = Total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The ledger before and after; `since` is the first instant whose counted time may differ."""

    before: Ledger
    after: Ledger
    since: datetime | None = None


@dataclass(slots=True, kw_only=True)
class _Index:
    """What the index says: the goals, and the totals of the months that it covers."""

    goals: dict[date, int]
    months: dict[str, Total]
    days: Days

    def with_more(self, entries: Iterable[Entry]) -> _Index:
        """Return an index that covers the months of these walks too."""
        days, months = self.days.copy(), dict(self.months)
        for entry in entries:
            days.add(entry)
            month = _month_of(entry.started)
            months[month] = months.get(month, Total()) + Total(entry.backward_time, 1)
        return _Index(goals=self.goals, months=months, days=days)

    def without(self, month: str, entries: Iterable[Entry]) -> _Index:
        """Return an index that does not cover a month any more."""
        days = self.days.copy()
        for entry in entries:
            days.subtract(entry)
        months = {name: total for name, total in self.months.items() if name != month}
        return _Index(goals=self.goals, months=months, days=days)

    def as_dict(self) -> dict[str, Any]:
        """Return the index as plain JSON values; months as walks and ms, days as Days does."""
        return {
            "goals": {day.isoformat(): minutes for day, minutes in self.goals.items()},
            "months": {
                month: [total.sessions, total.backward // timedelta(milliseconds=1)]
                for month, total in sorted(self.months.items())
            },
            "years": self.days.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> _Index:
        """Return the index that `as_dict` wrote; raises what store.DAMAGE names."""
        index = cls(
            goals=_goals(data),
            months={
                month: Total(timedelta(milliseconds=ms), sessions)
                for month, (sessions, ms) in data["months"].items()
            },
            days=Days.from_dict(data["years"]),
        )
        if index.days.total != _sum(index.months.values()):
            raise ValueError("the days of the index are not those of its months")
        return index


class Book:
    """All finished walks of a runner."""

    def __init__(self, hass: HomeAssistant, runner_id: str, runner_name: str) -> None:
        """Name the files; `open` reads them."""
        self._hass = hass
        self._runner_id = runner_id
        self._runner_name = runner_name
        self._files: dict[str, KeptFile] = {}
        self._index_file = KeptFile(hass, f"{DOMAIN}.{runner_id}", INDEX_VERSION)
        self._index = _Index(goals={}, months={}, days=Days())
        self._ledger = Ledger()
        self._pending: dict[str, Entry | None] = {}
        """Finished walks that the disk did not take."""
        self._unwritten: set[str] = set()
        """Open months that are on disk otherwise than in memory."""
        self._index_is_due = False
        self._wrong: set[str] = set()
        """Months because of which the index cannot be relied on."""
        self._writing = asyncio.Lock()
        self._forgotten = False

    @classmethod
    async def open(cls, hass: HomeAssistant, runner_id: str, runner_name: str) -> Book:
        """Return the book as it is on disk.

        Raises ConfigEntryError where a newer version of Retrowalk wrote it or nobody can read it.
        """
        book = cls(hass, runner_id, runner_name)
        await book._open()
        return book

    # What others read

    @property
    def ledger(self) -> Ledger:
        """Return the totals; a change replaces it as a whole."""
        return self._ledger

    @property
    def open_since(self) -> datetime | None:
        """Return since when `entries` needs no file; None where it never does."""
        if not self._index.months:
            return None
        year, month = map(int, max(self._index.months).split("-"))
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return after + WEEK  # no walk is longer

    async def entries(self, since: datetime | None = None) -> list[Entry]:
        """Return all walks in order, or those that can have counted time at or after an instant."""
        async with self._writing:
            months = [
                month
                for month in sorted(self._index.months)
                if since is None or month >= _month_of(since - WEEK)
            ]
            covered = [entry for month in months for entry in await self._read(month)]
            found = {entry.session_id: entry for entry in covered}
            found |= {entry.session_id: entry for entry in self._ledger.entries()}
        return sorted(found.values(), key=lambda entry: entry.started)

    async def has(self, session_id: str) -> bool:
        """Return whether a walk is in it; reads every month where it is not."""
        async with self._writing:
            try:
                await self._find(session_id)
            except Refused:
                return False
            return True

    # Changes

    async def keep(self, entry: Entry) -> Change:
        """Keep a finished walk; one with the same id is replaced.

        Raises NotWrittenError where the disk does not take it; then it is kept in memory.
        """
        async with self._writing:
            try:
                return await self._change({entry.session_id: entry})
            except NotWrittenError:
                self._pending[entry.session_id] = entry
                self._ledger = self._ledger.copy()
                self._ledger.put(entry)
                raise

    async def add(self, entry: Entry, now: datetime) -> Change:
        """Keep a walk that somebody logs.

        Raises Refused `in_the_future`, `overlaps` (started), and NotWrittenError.
        """
        async with self._writing:
            await self._check_time(entry, now)
            return await self._change({entry.session_id: entry})

    async def edit(
        self, session_id: str, correct: Callable[[Entry], Entry], now: datetime
    ) -> Change:
        """Correct a walk. Raises Refused `unknown_session` (session_id), and as `add` does."""
        async with self._writing:
            old = await self._find(session_id)
            entry = correct(old)
            if entry.backward != old.backward:
                await self._check_time(entry, now)
            change = await self._change({session_id: entry}, old)
            await self._show_last()
            return change

    async def remove(self, session_id: str) -> Change:
        """Take a walk out. Raises Refused `unknown_session` (session_id), and NotWrittenError."""
        async with self._writing:
            change = await self._change({session_id: None}, await self._find(session_id))
            await self._show_last()
            return change

    async def set_goal(self, minutes: int, from_day: date) -> Change:
        """Set the weekly goal from the week of a day on. Raises NotWrittenError."""
        async with self._writing:
            before, after = self._ledger, self._ledger.copy()
            after.set_goal(minutes, from_day)
            await self._write_index(
                _Index(goals=after.goals, months=self._index.months, days=self._index.days)
            )
            self._ledger = after
            return Change(before=before, after=after)

    async def flush(self) -> None:
        """Return when all is written; what the disk did not take is tried again."""
        async with self._writing:
            with suppress(NotWrittenError):
                await self._change({})

    async def forget(self) -> None:
        """Delete all files; nothing is written after it."""
        self._forgotten = True
        async with self._writing:
            await remove_files(self._hass, self._runner_id)

    async def _change(self, entries: dict[str, Entry | None], old: Entry | None = None) -> Change:
        """Put walks in place of those with the same ids (None: of nothing) once it is written.

        What the disk did not take before goes with it.
        """
        if self._index_is_due:
            await self._write_index(self._index)
        changed = self._pending | entries
        touched = [each for each in (*changed.values(), old) if each is not None]
        months = list(dict.fromkeys(_month_of(each.started) for each in touched))
        for month in months:
            await self._open_again(month)
        before, after = self._ledger, self._ledger.copy()
        for session_id, entry in changed.items():
            if entry is not None:
                after.put(entry)
            elif session_id in after:
                after.remove(session_id)
        try:
            await self._write_months(after, months)
        except NotWrittenError:  # what was written of it is taken back with the next change
            self._unwritten.update(months)
            raise
        self._pending = {}
        self._ledger = after
        since = min((each.started for each in touched), default=None)
        return Change(before=before, after=after, since=since)

    # Beneath: finding

    async def _find(self, session_id: str) -> Entry:
        for month in sorted(self._index.months, reverse=True):
            if session_id in self._ledger:
                break
            for entry in await self._read(month):
                if entry.session_id == session_id:
                    return entry
        return self._ledger.get(session_id)

    async def _check_time(self, entry: Entry, now: datetime) -> None:
        near = {_month_of(entry.started - WEEK), _month_of(entry.started), _month_of(entry.ended)}
        others = [each for month in sorted(near) for each in await self._read(month)]
        self._ledger.check_time(entry, now, others)

    # Beneath: reading

    async def _open(self) -> None:
        index, found = await self._index_file.load(_read_index)
        months = await self._months_on_disk()
        is_new = isinstance(index, Ledger)
        version_1 = index if isinstance(index, Ledger) else Ledger()
        if isinstance(index, Ledger):
            if found is Found.COPY and not months:
                self._report("ledger_from_copy", self._index_file.key, walks=str(len(index)))
            await self._write_months_of(version_1, months)
            months = await self._months_on_disk()
            index = _Index(goals=version_1.goals, months={}, days=Days())
        if found is Found.LOST or (found is Found.NOTHING and months):
            self._report("goals_lost" if months else "ledger_lost", self._index_file.key)
        await self._trust(index, found, months)
        opened = sorted(months - self._index.months.keys())
        loaded = await asyncio.gather(*(self._load(month) for month in opened))
        if self._wrong:
            loaded += [await self._load(month) for month in sorted(self._index.months)]
            opened = sorted(months)
            await self._cover_nothing()
        self._wrong.clear()
        self._ledger = await self._hass.async_add_executor_job(self._add_up, loaded)
        for entry in version_1.entries():
            if _month_of(entry.started) in self._unwritten:
                self._take_in(self._ledger, entry)
        with suppress(NotWrittenError):
            await self._write_months(self._ledger, ())
        await self._fold(opened, is_new=is_new)
        await self._show_last()

    async def _trust(self, index: _Index | None, found: Found, months: set[str]) -> None:
        """Take over what can be relied on of an index that was read."""
        if index is None:
            return
        self._index = index
        if found is Found.COPY:  # it may cover months that changed since
            await self._cover_nothing()
        elif gone := index.months.keys() - months:
            for month in gone:
                self._report_lost(month, index.months[month])
            await self._cover_nothing()

    async def _cover_nothing(self) -> None:
        """Rely on the months alone; where the disk does not take that, it is written later."""
        self._index = _Index(goals=self._index.goals, months={}, days=Days())
        self._index_is_due = True
        with suppress(NotWrittenError):
            await self._write_index(self._index)

    async def _months_on_disk(self) -> set[str]:
        start = f"{DOMAIN}.{self._runner_id}."
        names = (key.removeprefix(start) for key in await keys(self._hass, self._runner_id))
        return {name.removesuffix(COPY) for name in names if _MONTH.fullmatch(name)}

    async def _load(self, month: str) -> tuple[Entry, ...]:
        """Return the walks in a month's file, whatever state it is in; tell what is missing."""
        file = self._file(month)
        entries, found = await file.load(_read_month)
        entries = entries or ()
        covered = self._index.months.get(month)
        self._withdraw("ledger_not_written", file.key)
        if found is Found.GOOD:
            self._withdraw("ledger_from_copy", file.key)
            self._withdraw("ledger_lost", file.key)
        elif found is Found.COPY:
            await file.restore()
            self._wrong.add(month)  # what it has may have moved to a covered month
            self._report("ledger_from_copy", file.key, walks=str(len(entries)))
        elif found is Found.LOST and covered is None:
            self._report("ledger_lost", file.key)
        if covered is not None and (found is not Found.GOOD or _worth(entries) != covered):
            self._wrong.add(month)
            self._report_lost(month, covered, _worth(entries))
        return entries

    async def _read(self, month: str) -> tuple[Entry, ...]:
        """Return the walks of a covered month; none of an open one, whose walks are in memory.

        Where the index says something else than its months, it covers nothing any more.
        """
        if month not in self._index.months:
            return ()
        entries = await self._load(month)
        if not self._wrong:
            return entries
        ledger = Ledger(goals=self._ledger.goals)
        for entry in self._ledger.entries():
            self._take_in(ledger, entry)
        for covered in sorted(self._index.months):
            for entry in entries if covered == month else await self._load(covered):
                self._take_in(ledger, entry)
        self._wrong.clear()
        self._ledger = ledger
        await self._cover_nothing()
        return ()

    def _add_up(self, loaded: list[tuple[Entry, ...]]) -> Ledger:
        """Return the ledger of the index and of open months; not for the event loop."""
        ledger = Ledger(goals=self._index.goals, days=self._index.days)
        for entries in loaded:
            for entry in entries:
                self._take_in(ledger, entry)
        return ledger

    def _take_in(self, ledger: Ledger, entry: Entry) -> None:
        """Take in a walk that was read; of twins the later revision, and write the other out."""
        if entry.session_id not in ledger:
            ledger.put(entry)
            return
        twin = ledger.get(entry.session_id)
        keeps, goes = (entry, twin) if entry.revision > twin.revision else (twin, entry)
        ledger.put(keeps)
        if (month := _month_of(goes.started)) != _month_of(keeps.started):
            self._unwritten.add(month)

    async def _fold(self, opened: list[str], *, is_new: bool) -> None:
        """Let the index cover all but the latest open months; write a new one in any case."""
        folded = set(opened[:-OPEN_MONTHS]) - self._unwritten
        gone = [each for each in self._ledger.entries() if _month_of(each.started) in folded]
        if not gone and not is_new:
            return
        index = self._index.with_more(gone)
        with suppress(NotWrittenError):
            await self._write_index(index)
            for entry in gone:
                self._ledger.let_out(entry.session_id)

    async def _show_last(self) -> None:
        """Have the last walk in memory, though an older month than its own may be open."""
        last, latest = self._ledger.last, max(self._index.months, default="")
        if latest > (_month_of(last.started) if last else ""):
            with suppress(ConfigEntryError):  # nobody can read it; the change is made all the same
                for entry in await self._read(latest):
                    self._ledger.bring_in(entry)

    # Beneath: writing

    async def _open_again(self, month: str) -> None:
        """Take a covered month out of the index, on disk as well, before it changes."""
        entries = await self._read(month)
        if month in self._index.months:
            await self._write_index(self._index.without(month, entries))
            for entry in entries:
                self._ledger.bring_in(entry)

    async def _write_months(self, ledger: Ledger, months: Iterable[str]) -> None:
        """Write the files of months, in order, and those that the disk did not take before."""
        wanted = list(dict.fromkeys((*months, *sorted(self._unwritten))))
        if self._forgotten:
            return
        by_month: dict[str, list[Entry]] = {}
        for entry in ledger.entries():
            by_month.setdefault(_month_of(entry.started), []).append(entry)
        for month in wanted:
            file = self._file(month)
            if month in by_month:
                await self._save(file, {"entries": [each.packed() for each in by_month[month]]})
            else:
                await file.remove()
                self._withdraw("ledger_not_written", file.key)
            self._unwritten.discard(month)

    async def _write_index(self, index: _Index) -> None:
        """Write the index, and before it whatever of the months is not on disk."""
        await self._write_months(self._ledger, ())
        if not self._forgotten:
            await self._save(self._index_file, index.as_dict())
        self._index, self._index_is_due = index, False

    async def _save(self, file: KeptFile, data: dict[str, Any]) -> None:
        try:
            await file.save(data)
        except NotWrittenError as err:
            self._report("ledger_not_written", file.key, error=str(err.__cause__))
            raise
        self._withdraw("ledger_not_written", file.key)

    async def _write_months_of(self, version_1: Ledger, months: set[str]) -> None:
        """Write the months of what version 1 had in one file; the index is written after them.

        A month that is there already is newer than what version 1 knew: a migration was cut short,
        or this is an old copy of the index.
        """
        self._unwritten = {_month_of(each.started) for each in version_1.entries()} - months
        with suppress(NotWrittenError):  # the next set-up begins again
            await self._write_months(version_1, ())

    def _file(self, month: str) -> KeptFile:
        if month not in self._files:
            key = f"{DOMAIN}.{self._runner_id}.{month}"
            self._files[month] = KeptFile(self._hass, key)
        return self._files[month]

    # Beneath: telling

    def _report_lost(self, month: str, had: Total, has: Total = _NOTHING) -> None:
        walks, minutes = had.sessions - has.sessions, (had.backward - has.backward) // _MINUTE
        if walks <= 0 and minutes <= 0:
            return
        self._report(
            "walks_lost",
            self._file(month).key,
            month=month,
            walks=str(max(walks, 0)),
            minutes=str(max(minutes, 0)),
        )

    def _report(self, key: str, file: str, **placeholders: str) -> None:
        if self._forgotten:
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{file}",
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"runner": self._runner_name, "file": file, **placeholders},
        )

    def _withdraw(self, key: str, file: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{file}")


_MONTH: Final = re.compile(rf"\d{{4}}-\d\d({re.escape(COPY)})?")


def _month_of(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m}"


def _sum(totals: Iterable[Total]) -> Total:
    return sum(totals, Total())


def _worth(entries: Iterable[Entry]) -> Total:
    return _sum(Total(entry.backward_time, 1) for entry in entries)


def _read_month(data: dict[str, Any]) -> tuple[Entry, ...]:
    return tuple(Entry.from_dict(each) for each in data["entries"])


def _read_index(data: dict[str, Any]) -> _Index | Ledger:
    if data.get("version") == 1:
        was = data["was"]
        return Ledger(_read_month(was), _goals(was))
    return _Index.from_dict(data)


def _goals(data: dict[str, Any]) -> dict[date, int]:
    return {date.fromisoformat(day): int(minutes) for day, minutes in data["goals"].items()}
