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
from homeassistant.helpers import issue_registry as ir

from .coach.ledger import WEEK, Days, Entry, Ledger, Total
from .coach.refused import Refused
from .const import DOMAIN
from .store import COPY, Found, KeptFile, NotWrittenError, keys, remove_files

INDEX_VERSION: Final = 2
"""Version 1 was the whole ledger."""
OPEN_MONTHS: Final = 3


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
        self._unwritten: set[str] = set()
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

    # Changes

    async def keep(self, entry: Entry) -> Change:
        """Keep a finished walk; one with the same id is replaced.

        Raises NotWrittenError where the disk does not take it; then it is kept in memory.
        """
        async with self._writing:
            try:
                return await self._change({entry.session_id: entry})
            except NotWrittenError:
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
            return await self._change({session_id: entry}, old)

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
                await self._write_months(self._ledger, set())

    async def forget(self) -> None:
        """Delete all files; nothing is written after it."""
        self._forgotten = True
        async with self._writing:
            await remove_files(self._hass, self._runner_id)

    async def _change(self, entries: dict[str, Entry | None], old: Entry | None = None) -> Change:
        """Put walks in place of those with the same ids (None: of nothing) once it is written."""
        touched = [each for each in (*entries.values(), old) if each is not None]
        months = list(dict.fromkeys(_month_of(each.started) for each in touched))
        for month in months:
            if month in self._index.months:
                await self._open_again(month)
        before, after = self._ledger, self._ledger.copy()
        for session_id, entry in entries.items():
            if entry is not None:
                after.put(entry)
            elif session_id in after:
                after.remove(session_id)
        try:
            await self._write_months(after, months)
        except NotWrittenError:  # what was written of it is taken back with the next change
            self._unwritten.update(months)
            raise
        self._ledger = after
        return Change(before=before, after=after, since=min(each.started for each in touched))

    # Beneath: finding

    async def _find(self, session_id: str) -> Entry:
        if session_id in self._ledger:
            return self._ledger.get(session_id)
        for month in sorted(self._index.months, reverse=True):
            for entry in await self._read(month):
                if entry.session_id == session_id:
                    return entry
        raise Refused("unknown_session", session_id=session_id)

    async def _check_time(self, entry: Entry, now: datetime) -> None:
        near = {_month_of(entry.started - WEEK), _month_of(entry.started), _month_of(entry.ended)}
        others = [
            each for month in near & self._index.months.keys() for each in await self._read(month)
        ]
        self._ledger.check_time(entry, now, others)

    # Beneath: reading

    async def _open(self) -> None:
        index, found = await self._index_file.load(_read_index)
        if isinstance(index, Ledger):  # version 1
            if found is Found.COPY:
                self._report("ledger_from_copy", self._index_file.key, walks=str(len(index)))
            await self._migrate(index)
            index = _Index(goals=index.goals, months={}, days=Days())
        if index is not None:
            self._index = index
        months = await self._months_on_disk()
        if found is Found.LOST:
            self._report("goals_lost" if months else "ledger_lost", self._index_file.key)
        if found is Found.COPY or not self._index.months.keys() <= months:
            gone = {m: t for m, t in self._index.months.items() if m not in months}
            for month, total in gone.items():
                self._report_lost(month, total)
            self._uncover()
        self._ledger = Ledger(goals=self._index.goals, days=self._index.days)
        opened = sorted(months - self._index.months.keys())
        for entries in await asyncio.gather(*(self._load(month) for month in opened)):
            for entry in entries:
                self._take_in(entry)
        await self._write_twins()
        await self._fold(opened)
        await self._show_last()

    def _uncover(self) -> None:
        self._index = _Index(goals=self._index.goals, months={}, days=Days())

    async def _months_on_disk(self) -> set[str]:
        start = f"{DOMAIN}.{self._runner_id}."
        names = (key.removeprefix(start) for key in await keys(self._hass, self._runner_id))
        return {name.removesuffix(COPY) for name in names if _MONTH.fullmatch(name)}

    async def _load(self, month: str) -> tuple[Entry, ...]:
        """Return the walks in a month's file, whatever state it is in."""
        file = self._file(month)
        entries, found = await file.load(_read_month)
        entries = entries or ()
        self._withdraw("ledger_not_written", file.key)
        if found is Found.GOOD:
            self._withdraw("ledger_from_copy", file.key)
            self._withdraw("ledger_lost", file.key)
        elif found is Found.COPY:
            self._report("ledger_from_copy", file.key, walks=str(len(entries)))
        elif found is Found.LOST and month not in self._index.months:
            self._report("ledger_lost", file.key)
        return entries

    async def _read(self, month: str) -> tuple[Entry, ...]:
        """Return the walks of a covered month; where some are missing, all totals are new."""
        entries = await self._load(month)
        covered = self._index.months.get(month)
        if covered is not None and _worth(entries) != covered:
            missing = Total(
                covered.backward - _worth(entries).backward,
                covered.sessions - _worth(entries).sessions,
            )
            self._report_lost(month, missing)
            await self._read_all()
        return entries

    async def _read_all(self) -> None:
        """Compute every total anew, since the index says what its months do not."""
        ledger = Ledger(goals=self._index.goals)
        for entry in self._ledger.entries():
            ledger.put(entry)
        for month in self._index.months:
            for entry in await self._load(month):
                ledger.put(entry)
        self._uncover()
        self._ledger = ledger

    def _take_in(self, entry: Entry) -> None:
        """Take in a walk that was read; of twins the later revision, and write the other out."""
        if entry.session_id not in self._ledger:
            self._ledger.put(entry)
            return
        twin = self._ledger.get(entry.session_id)
        keeps, goes = (entry, twin) if entry.revision > twin.revision else (twin, entry)
        self._ledger.put(keeps)
        self._unwritten.add(_month_of(goes.started))

    async def _write_twins(self) -> None:
        with suppress(NotWrittenError):
            await self._write_months(self._ledger, ())

    async def _fold(self, opened: list[str]) -> None:
        """Let the index cover all but the latest open months."""
        folded = [month for month in opened[:-OPEN_MONTHS] if month not in self._unwritten]
        if not folded:
            return
        index = _Index(
            goals=self._index.goals, months=dict(self._index.months), days=self._index.days.copy()
        )
        gone = [each for each in self._ledger.entries() if _month_of(each.started) in folded]
        for month in folded:
            index.months[month] = _worth(each for each in gone if _month_of(each.started) == month)
        for entry in gone:
            index.days.add(entry)
        with suppress(NotWrittenError):
            await self._write_index(index)
            for entry in gone:
                self._ledger.let_out(entry.session_id)

    async def _show_last(self) -> None:
        """Have the last walk in memory, though all open months are empty."""
        if self._ledger.last is None and self._index.months:
            for entry in await self._read(max(self._index.months)):
                if entry.session_id not in self._ledger:
                    self._ledger.bring_in(entry)

    # Beneath: writing

    async def _open_again(self, month: str) -> None:
        """Take a covered month out of the index, on disk as well, before it changes."""
        entries = await self._read(month)
        if month not in self._index.months:
            return
        await self._write_index(self._index.without(month, entries))
        for entry in entries:
            if entry.session_id not in self._ledger:
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
                await self._save(file, {"entries": [each.as_dict() for each in by_month[month]]})
            else:
                await file.remove()
            self._unwritten.discard(month)

    async def _write_index(self, index: _Index) -> None:
        if not self._forgotten:
            await self._save(self._index_file, index.as_dict())
        self._index = index

    async def _save(self, file: KeptFile, data: dict[str, Any]) -> None:
        try:
            await file.save(data)
        except NotWrittenError as err:
            self._report("ledger_not_written", file.key, error=str(err.__cause__))
            raise
        self._withdraw("ledger_not_written", file.key)

    async def _migrate(self, ledger: Ledger) -> None:
        """Write what version 1 had in one file, the months first."""
        try:
            await self._write_months(
                ledger, sorted({_month_of(e.started) for e in ledger.entries()})
            )
            await self._write_index(_Index(goals=ledger.goals, months={}, days=Days()))
        except NotWrittenError:
            self._unwritten |= {_month_of(entry.started) for entry in ledger.entries()}

    def _file(self, month: str) -> KeptFile:
        if month not in self._files:
            key = f"{DOMAIN}.{self._runner_id}.{month}"
            self._files[month] = KeptFile(self._hass, key)
        return self._files[month]

    # Beneath: telling

    def _report_lost(self, month: str, missing: Total) -> None:
        self._report(
            "walks_lost",
            self._file(month).key,
            month=month,
            walks=str(missing.sessions),
            minutes=f"{missing.backward.total_seconds() / 60:.0f}",
        )

    def _report(self, key: str, file: str, **placeholders: str) -> None:
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
