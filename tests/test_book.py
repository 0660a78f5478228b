"""The book keeps every walk once: through folding, power cuts, full disks and damaged files.

Real files. `Disk` stands between the book and them: it counts what is changed, and can end
everything before, or in the middle of, any single change, as a power cut does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
import json
from pathlib import Path
import random
import shutil
from typing import Any

import pytest

from custom_components.retrowalk import store
from custom_components.retrowalk.book import Book
from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.ledger import (
    BEGINNING,
    Days,
    Entry,
    Evidence,
    Interval,
    Ledger,
    Source,
    week_of,
)
from custom_components.retrowalk.coach.plan import Kind, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.store import NotWrittenError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import json as json_util
from homeassistant.util.file import WriteError

ANN = "01AB"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
GOALS = {BEGINNING: 20, date(2026, 3, 2): 30}
KIB = 1024

type Walks = dict[str, Entry]


# The disk


class PowerCutError(BaseException):
    """Nothing happens any more; nobody may catch it."""


@dataclass
class Disk:
    """What the book does to files, in order, as `verb key`; and what happens to the disk."""

    changes: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    error: Exception | None = None
    """What each write fails with."""
    writes_left: int | None = None
    """After how many writes `error` begins; None at once."""
    gate: asyncio.Event | None = None
    """What each write waits for."""
    _cut_at: int | None = None
    _torn: bool = False
    _is_cut: bool = False

    def restart(self) -> None:
        """Have power again, room on the disk, and nothing counted."""
        self.__dict__.update(Disk().__dict__)

    def cut_at(self, change: int, *, torn: bool = False) -> None:
        """Cut the power before a change, or in the middle of one that is not done at once."""
        self._cut_at, self._torn = change, torn

    @property
    def is_cut(self) -> bool:
        return self._is_cut

    def change(self, verb: str, key: str, size: int = 0, tear: Callable[[], None] | None = None):
        if self._is_cut or len(self.changes) == self._cut_at:
            if self._torn and not self._is_cut and tear is not None:
                tear()
            self._is_cut = True
            raise PowerCutError
        self.changes.append(f"{verb} {key}")
        self.sizes.append(size)

    def fail(self) -> None:
        if self.error is None:
            return
        if self.writes_left:
            self.writes_left -= 1
            return
        raise self.error


def watch_stores(disk: Disk, patch: pytest.MonkeyPatch) -> None:
    """Have the disk between what Home Assistant stores and the files."""
    write, prepared, remove, load = (
        Store._async_write_data,
        Store._write_prepared_data,
        Store.async_remove,
        json_util.load_json,
    )

    async def write_one(self: Store[Any], data: dict[str, Any]) -> None:
        if disk.gate is not None:
            await disk.gate.wait()
        disk.fail()
        await write(self, data)

    def write_prepared(self: Store[Any], mode: str, text: str | bytes) -> None:
        disk.change("write", self.key, len(text))
        prepared(self, mode, text)

    async def remove_one(self: Store[Any]) -> None:
        if Path(self.path).exists():
            disk.change("remove", self.key)
        await remove(self)

    def load_one(filename: str, *args: Any) -> Any:
        disk.reads.append(Path(filename).name)
        return load(filename, *args)

    patch.setattr(Store, "_async_write_data", write_one)
    patch.setattr(Store, "_write_prepared_data", write_prepared)
    patch.setattr(Store, "async_remove", remove_one)
    patch.setattr(json_util, "load_json", load_one)


def watch_copies(disk: Disk, patch: pytest.MonkeyPatch) -> None:
    """Have the disk between what the store does to files by itself and the files."""
    copy, aside = store._copy_if_there, store._set_aside

    def copy_one(source: Path, target: Path) -> None:
        if source.exists():
            text = source.read_bytes()

            def tear() -> None:
                target.write_bytes(text[: len(text) // 2])

            disk.change("copy", target.name, len(text), tear)
        copy(source, target)

    async def set_one_aside(hass: HomeAssistant, one: Store[Any]) -> str:
        disk.change("aside", one.key)
        return await aside(hass, one)

    patch.setattr(store, "_copy_if_there", copy_one)
    patch.setattr(store, "_set_aside", set_one_aside)


@pytest.fixture
def disk(hass: HomeAssistant, files: Path) -> Iterator[Disk]:
    """Return the disk on which all files of a test are.

    What takes most of a test's time is left out: the debug mode of the event loop, waiting until
    the hardware has written, and, but where a test has a gate, threads.
    """
    disk, in_thread = Disk(), hass.async_add_executor_job

    def at_once(job: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        if disk.gate is not None:
            return in_thread(job, *args)
        done: asyncio.Future[Any] = hass.loop.create_future()
        try:
            done.set_result(job(*args))
        except BaseException as err:  # noqa: BLE001 - as a thread hands it over
            done.set_exception(err)
        return done

    hass.loop.set_debug(False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("atomicwrites._proper_fsync", lambda _fd: None)
        patch.setattr(hass, "async_add_executor_job", at_once)
        watch_stores(disk, patch)
        watch_copies(disk, patch)
        yield disk


# The walks


def walk(session_id: str, began: str, minutes: float = 10, *, zone: str = "Europe/London") -> Entry:
    """Return a walk in two parts; `began` is UTC."""
    start = datetime.fromisoformat(began).replace(tzinfo=UTC)
    half = timedelta(milliseconds=round(minutes * 30_000))
    again = start + half + timedelta(seconds=90)
    return Entry(
        session_id=session_id,
        kind=Kind.DEDICATED,
        level=4,
        surface=Surface.TREADMILL,
        started=start,
        time_zone=zone,
        backward=(
            Interval(start=start, end=start + half),
            Interval(start=again, end=again + half),
        ),
        source=Source.WALKED,
        evidence=Evidence.MEASURED,
        feedback=Feedback(effort=4),
    )


def half_a_year(months: Iterable[int] = range(1, 7)) -> list[Entry]:
    """Return three walks a month of 2026, one of them over the end of the month (not in June)."""
    walks = []
    for n in months:
        walks += [
            walk(f"{n}a", f"2026-{n:02}-03T17:00", 8 + n / 8),
            walk(f"{n}b", f"2026-{n:02}-16T05:30", 21, zone="America/New_York"),
        ]
        end = datetime(2026, n + 1, 1) - timedelta(minutes=10 if n < 6 else 600)  # noqa: DTZ001
        walks.append(walk(f"{n}c", end.isoformat(), 16))
    return walks


def by_id(walks: Iterable[Entry]) -> Walks:
    return {each.session_id: each for each in walks}


def later(days: float) -> Callable[[Entry], Entry]:
    """Return a correction of a walk: it was on another day."""
    return lambda entry: entry.edited(when=entry.started + timedelta(days=days))


def at(when: str) -> Callable[[Entry], Entry]:
    """Return a correction of a walk: it began then, UTC."""
    return lambda entry: entry.edited(when=datetime.fromisoformat(when).replace(tzinfo=UTC))


def longer(entry: Entry) -> Entry:
    return entry.edited(minutes=33)


# The book


def path(files: Path, month: str = "", ending: str = "") -> Path:
    return files / (f"retrowalk.{ANN}" + (f".{month}" if month else "") + ending)


async def opened(hass: HomeAssistant) -> Book:
    return await Book.open(hass, ANN, "Ann")


async def walks_of(book: Book) -> Walks:
    """Return all walks; each is there once, and each total is theirs, before and after asking."""
    shown = book.ledger
    entries = await book.entries()
    assert entries == sorted(entries, key=lambda entry: entry.started)
    assert len(by_id(entries)) == len(entries)
    from_entries = Ledger(entries)
    for ledger in (shown, book.ledger):
        assert ledger.lifetime == from_entries.lifetime
        assert ledger._days == from_entries._days
        assert ledger._days.total == ledger.lifetime
        assert ledger.last == from_entries.last
    return by_id(entries)


def totals(ledger: Ledger) -> list[Any]:
    """Return everything that screens show of a ledger."""
    first = week_of(date(2025, 11, 1), 0)
    weeks = [first + timedelta(days=7 * n) for n in range(36)]
    return [
        ledger.lifetime,
        ledger.last,
        len(ledger),
        ledger.goals,
        [ledger.in_week(week) for week in weeks],
        [ledger.streak(week) for week in weeks],
    ]


def issues(hass: HomeAssistant) -> list[tuple[str | None, dict[str, str]]]:
    """Return the repair issues, without the name of the runner, which is in all of them."""
    told = []
    for each in ir.async_get(hass).issues.values():
        if each.domain == "retrowalk":
            placeholders = dict(each.translation_placeholders or {})
            assert placeholders.pop("runner") == "Ann"
            told.append((each.translation_key, placeholders))
    return told


def keys_of(hass: HomeAssistant) -> set[str | None]:
    return {key for key, _ in issues(hass)}


async def after_a_restart(hass: HomeAssistant, disk: Disk) -> Book:
    """Open the book as a new process does: no issue of the last one is there any more."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == "retrowalk":
            ir.async_delete_issue(hass, domain, issue_id)
    disk.restart()
    return await opened(hass)


_MADE: dict[object, dict[str, bytes]] = {}
"""The files of books that were made before: it takes longer to log walks than to write files."""


async def make(
    hass: HomeAssistant, disk: Disk, walks: Iterable[Entry], taken_out: Iterable[Entry] = ()
) -> Book:
    """Return a book in which walks were logged, opened again since, so that it covers months."""
    made, folder = (tuple(walks), tuple(taken_out)), Path(hass.config.path(".storage"))
    if made not in _MADE:
        book = await opened(hass)
        for day, minutes in GOALS.items():
            await book.set_goal(minutes, day)
        for each in [*made[0], *made[1]]:
            await book.add(each, NOW)
        for each in made[1]:
            await book.remove(each.session_id)
        await opened(hass)
        _MADE[made] = {file.name: file.read_bytes() for file in folder.iterdir()}
    folder.mkdir(exist_ok=True)
    for name, content in _MADE[made].items():
        (folder / name).write_bytes(content)
    return await after_a_restart(hass, disk)


async def until_the_cut(operation: Awaitable[object]) -> bool:
    """Do something; return whether the power was cut meanwhile."""
    others = asyncio.all_tasks()
    try:
        await operation
    except PowerCutError:
        if left := asyncio.all_tasks() - others:
            await asyncio.wait(left)
        return True
    return False


async def with_each_power_cut(
    files: Path,
    disk: Disk,
    operation: Callable[[], Awaitable[object]],
    look: Callable[[], Awaitable[object]],
) -> list[str]:
    """Do something with the power cut at each change that it makes, and look at what is left.

    Returns the changes that it makes where nothing is cut.
    """
    before = files.with_name("before")
    shutil.copytree(files, before)
    disk.restart()
    await operation()
    changes = list(disk.changes)
    cuts = [(n, False) for n in range(len(changes))]
    cuts += [(n, True) for n, each in enumerate(changes) if each.startswith("copy ")]
    for cut, torn in cuts:
        shutil.rmtree(files)
        shutil.copytree(before, files)
        disk.restart()
        disk.cut_at(cut, torn=torn)
        assert await until_the_cut(operation()), "the same changes each time"
        disk.restart()
        try:
            await look()
        except BaseException as err:
            err.add_note(
                f"The power was cut {'in' if torn else 'before'} {changes[cut]}: {changes}"
            )
            raise
    shutil.rmtree(before)
    return changes


# Version 1, the whole ledger in one file


def write_version_1(
    files: Path, walks: Iterable[Entry], goals: dict[date, int], ending: str = ""
) -> Path:
    """Write a file exactly as 0.1.0 did."""
    entries = [{k: v for k, v in e.as_dict().items() if k != "revision"} for e in walks]
    files.mkdir(exist_ok=True)
    file = path(files, ending=ending)
    data = {
        "version": 1,
        "minor_version": 1,
        "key": file.name,
        "data": {
            "entries": entries,
            "goals": {day.isoformat(): minutes for day, minutes in goals.items()},
        },
    }
    file.write_text(json.dumps(data, indent=2))
    return file


async def test_version_1_becomes_a_file_a_month_and_nothing_that_is_shown_differs(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    walks = half_a_year()
    write_version_1(files, walks, GOALS)
    was = totals(Ledger(walks, GOALS))
    for _ in range(3):
        book = await after_a_restart(hass, disk)
        assert totals(book.ledger) == was
        assert await walks_of(book) == by_id(walks)
        assert issues(hass) == []
    assert {file.name for file in files.glob("*.2026-??")} == {
        path(files, f"2026-{n:02}").name for n in range(1, 7)
    }
    over_the_end = json.loads(path(files, "2026-03").read_text())["data"]["entries"]
    assert [each["session_id"] for each in over_the_end] == ["3a", "3b", "3c"]
    assert json.loads(path(files).read_text())["version"] == 2


@pytest.mark.parametrize("months", [3, 6])
async def test_what_version_1_had_is_kept_as_the_copy(
    hass: HomeAssistant, files: Path, disk: Disk, months: int
) -> None:
    """Breaks when the index is written twice at the first start: the second copy is the first."""
    walks = half_a_year(range(1, months + 1))
    write_version_1(files, walks, GOALS)
    await opened(hass)
    copy = path(files, ending=".previous").read_text()
    assert all(f'"{each.session_id}"' in copy for each in walks)


async def test_a_migration_that_a_power_cut_ends_is_made_at_the_next_start(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when the index is written before the months are."""
    walks = half_a_year()
    write_version_1(files, walks, GOALS)
    was = totals(Ledger(walks, GOALS))

    async def look() -> None:
        book = await opened(hass)
        assert totals(book.ledger) == was
        assert await walks_of(book) == by_id(walks)
        assert totals((await opened(hass)).ledger) == was
        assert issues(hass) == []

    changes = await with_each_power_cut(files, disk, lambda: opened(hass), look)
    assert len(changes) > 8


@pytest.mark.parametrize("damage", ['{"version": 1', "[]"])
async def test_a_damaged_version_1_is_read_from_its_copy_whenever_the_power_is_cut(
    hass: HomeAssistant, files: Path, disk: Disk, damage: str
) -> None:
    walks = half_a_year()
    copied = walks[:-1]
    write_version_1(files, copied, GOALS, ".previous")
    write_version_1(files, walks, GOALS).write_text(damage)
    was = totals(Ledger(copied, GOALS))

    async def look() -> None:
        book = await opened(hass)
        assert totals(book.ledger) == was
        assert await walks_of(book) == by_id(copied)
        assert damage in {file.read_text() for file in files.glob("*.corrupt.*")}

    await with_each_power_cut(files, disk, lambda: opened(hass), look)


async def test_a_damaged_version_1_that_is_read_from_its_copy_is_told(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    walks = half_a_year()
    write_version_1(files, walks[:-1], GOALS, ".previous")
    write_version_1(files, walks, GOALS).write_text("")
    await opened(hass)
    assert issues(hass) == [
        ("ledger_from_copy", {"file": path(files).name, "walks": str(len(walks) - 1)})
    ]


async def test_a_version_1_that_nobody_can_read_is_kept_aside_and_told(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    write_version_1(files, half_a_year(), GOALS).write_text("{")
    book = await opened(hass)
    assert await walks_of(book) == {}
    assert issues(hass) == [("ledger_lost", {"file": path(files).name})]
    assert len(list(files.glob("*.corrupt.*"))) == 1
    await book.add(walk("new", "2026-06-20T17:00"), NOW)
    assert (await walks_of(await after_a_restart(hass, disk))).keys() == {"new"}


@pytest.mark.parametrize("room_for", range(9))
async def test_a_disk_that_is_full_while_version_1_is_migrated_costs_no_walk(
    hass: HomeAssistant, files: Path, disk: Disk, room_for: int
) -> None:
    """Breaks when a month that could not be written is shown, or later written, as empty."""
    walks = half_a_year()
    write_version_1(files, walks, GOALS)
    disk.error, disk.writes_left = WriteError("no space left"), room_for
    book = await opened(hass)
    assert await walks_of(book) == by_id(walks)
    new = walk("new", "2026-06-20T17:00")
    with pytest.raises(NotWrittenError):
        await book.keep(new)
    disk.error = None
    await book.flush()
    for _ in range(2):
        book = await after_a_restart(hass, disk)
        assert await walks_of(book) == by_id([*walks, new])
        assert book.ledger.goals == GOALS


async def test_a_copy_that_is_of_version_1_still_undoes_nothing_that_was_walked_since(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when what version 1 had is written over months that are there already."""
    walks = half_a_year([5, 6])
    write_version_1(files, walks, GOALS)
    book = await opened(hass)
    new = walk("new", "2026-06-20T17:00")
    await book.add(new, NOW)
    await book.edit("5a", longer, NOW)
    expected = await walks_of(book)
    path(files).write_text("{")
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == expected
    assert await walks_of(await after_a_restart(hass, disk)) == expected


# What is covered


async def test_a_start_reads_the_index_and_three_months(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when a month that is covered is read at a start, or one that is not is left out."""
    walks = half_a_year()
    book = await make(hass, disk, walks)
    folded = totals(book.ledger)
    assert folded == totals(Ledger(walks, GOALS))
    book = await after_a_restart(hass, disk)
    assert sorted(disk.reads) == [
        path(files, month).name for month in ("", "2026-04", "2026-05", "2026-06")
    ]
    assert disk.changes == []
    assert totals(book.ledger) == folded
    assert json.loads(path(files).read_text())["data"]["months"].keys() == {
        "2026-01",
        "2026-02",
        "2026-03",
    }


async def test_no_start_changes_what_is_shown_however_many_months_it_folds(
    hass: HomeAssistant, disk: Disk
) -> None:
    book, walked = await opened(hass), []
    await book.set_goal(20, BEGINNING)
    for each in half_a_year():
        await book.add(each, NOW)
        walked.append(each)
        shown = totals(book.ledger)
        assert shown == totals(Ledger(walked, {BEGINNING: 20}))
        book = await after_a_restart(hass, disk)
        assert totals(book.ledger) == shown
        assert await walks_of(book) == by_id(walked)
    assert issues(hass) == []


async def test_entries_since_an_instant_have_all_that_counts_since_and_open_only_what_may(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when a walk that goes on over the end of its month is looked for in the next."""
    walks = half_a_year()
    book = await make(hass, disk, walks)
    for each in walks:
        for since in (each.started, each.ended, each.ended + timedelta(days=7)):
            found = by_id(await book.entries(since))
            assert found.items() <= by_id(walks).items()
            assert found.keys() >= {e.session_id for e in walks if e.ended >= since}
    disk.reads.clear()
    await book.entries(datetime(2026, 3, 20, tzinfo=UTC))
    assert set(disk.reads) == {path(files, "2026-03").name}


async def test_entries_since_what_is_open_open_no_file(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when `open_since` is the end of the latest covered month: a walk may go on over it."""
    start = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    week = Interval(start=start, end=start + timedelta(days=7))
    endless = replace(walk("endless", "2026-03-31T23:59"), backward=(week,))
    walks = [each for each in half_a_year() if each.session_id not in ("3c", "4a")]
    book = await make(hass, disk, [*walks, endless])
    since = book.open_since
    assert since is not None
    disk.reads.clear()
    found = await book.entries(since)
    assert disk.reads == []
    assert by_id(found).keys() >= {
        each.session_id for each in await book.entries() if each.ended > since
    }


async def test_a_book_that_covers_nothing_never_opens_a_file(
    hass: HomeAssistant, disk: Disk
) -> None:
    book = await make(hass, disk, half_a_year([4, 5, 6]))
    assert book.open_since is None
    disk.reads.clear()
    assert len(await book.entries()) == 9
    assert disk.reads == []


async def test_the_last_walk_is_known_though_it_lies_in_a_covered_month(
    hass: HomeAssistant, disk: Disk
) -> None:
    book = await make(hass, disk, half_a_year())
    for each in half_a_year([4, 5, 6]):
        await book.remove(each.session_id)
        await walks_of(book)
    assert book.ledger.last is not None
    assert book.ledger.last.session_id == "3c"
    book = await after_a_restart(hass, disk)
    assert len(await walks_of(book)) == 9


async def test_the_last_walk_is_the_last_of_all_though_an_older_month_is_open(
    hass: HomeAssistant, disk: Disk
) -> None:
    """Breaks when only what is in memory is asked for the last walk."""
    book = await make(hass, disk, half_a_year())
    await book.edit("1a", longer, NOW)  # January is open again, February and March are not
    for each in half_a_year([4, 5, 6])[:-1]:
        await book.remove(each.session_id)
    await book.edit("6c", later(-160), NOW)  # June's last walk was in January
    assert book.ledger.last is not None
    assert book.ledger.last.session_id == "3c"
    await walks_of(await after_a_restart(hass, disk))


# Every change, with the power cut anywhere in it


LONE = [walk("lone2", "2026-02-10T12:00"), walk("lone5", "2026-05-10T12:00")]


def base() -> list[Entry]:
    """Return half a year with one walk in February and in May."""
    return [each for each in half_a_year() if each.session_id[0] not in "25"] + LONE


def put(entry: Entry) -> Callable[[Walks], Walks]:
    return lambda walks: walks | {entry.session_id: entry}


def corrected(session_id: str, correct: Callable[[Entry], Entry]) -> Callable[[Walks], Walks]:
    return lambda walks: walks | {session_id: correct(walks[session_id])}


def without(session_id: str) -> Callable[[Walks], Walks]:
    return lambda walks: {k: v for k, v in walks.items() if k != session_id}


type Operation = tuple[Callable[[Book], Awaitable[object]], Callable[[Walks], Walks]]


def keep(began: str) -> Operation:
    new = walk("new", began)
    return lambda book: book.keep(new), put(new)


def add(began: str) -> Operation:
    new = walk("new", began)
    return lambda book: book.add(new, NOW), put(new)


def edit(session_id: str, correct: Callable[[Entry], Entry]) -> Operation:
    return lambda book: book.edit(session_id, correct, NOW), corrected(session_id, correct)


def remove(session_id: str) -> Operation:
    return lambda book: book.remove(session_id), without(session_id)


OPERATIONS: dict[str, Operation] = {
    "a walk ends": keep("2026-06-20T17:00"),
    "the first walk of a month ends": keep("2026-07-01T17:00"),
    "a walk ends in a covered month, since the clock is wrong": keep("2026-03-20T17:00"),
    "a walk is logged": add("2026-05-20T17:00"),
    "a walk is logged in a covered month": add("2026-03-20T17:00"),
    "a walk is logged before all others": add("2025-12-20T17:00"),
    "an open walk is corrected": edit("6a", longer),
    "an open walk was a day later": edit("6a", later(1)),
    "an open walk was in another open month": edit("6a", later(-60)),
    "an open walk was in a covered month": edit("6a", later(-90)),
    "an open walk was in a month without walks": edit("6a", later(33)),
    "a covered walk is corrected": edit("3a", longer),
    "a covered walk was a day later": edit("3b", later(1)),
    "a covered walk was in another covered month": edit("3a", later(-60)),
    "a covered walk was in an open month": edit("3a", later(90)),
    "a covered walk was in a month without walks": edit("1a", later(-33)),
    "an open walk is taken out": remove("6c"),
    "a covered walk is taken out": remove("3c"),
    "the only walk of an open month is taken out": remove("lone5"),
    "the only walk of a covered month is taken out": remove("lone2"),
    "the only walk of an open month was in another one": edit("lone5", later(31)),
    "the only walk of a covered month was in another one": edit("lone2", later(31)),
}


async def the_base(hass: HomeAssistant, disk: Disk) -> Walks:
    """Have a book whose lone walks had company once: their months' copies say so."""
    company = [walk("gone2", "2026-02-11T12:00"), walk("gone5", "2026-05-11T12:00")]
    book = await make(hass, disk, base(), company)
    assert book.open_since == datetime(2026, 4, 8, tzinfo=UTC)
    return by_id(base())


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_power_cut_leaves_what_was_before_a_change_or_what_is_after_it(
    hass: HomeAssistant, files: Path, disk: Disk, name: str
) -> None:
    """Breaks when the index still covers a month that changes, when a walk that moves is taken out
    of its old month first, and when of twins the earlier revision holds.
    """
    operate, expect = OPERATIONS[name]
    before = await the_base(hass, disk)
    after = expect(before)

    async def operation() -> None:
        book = await opened(hass)
        await operate(book)
        assert await walks_of(book) == after

    async def look() -> None:
        book = await opened(hass)
        assert issues(hass) == []
        found = await walks_of(book)
        assert found in (before, after)
        assert book.ledger.goals == GOALS
        book = await opened(hass)
        assert await walks_of(book) == found
        assert issues(hass) == []

    changes = await with_each_power_cut(files, disk, operation, look)
    assert changes


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_change_is_there_after_a_restart_and_no_other(
    hass: HomeAssistant, disk: Disk, name: str
) -> None:
    operate, expect = OPERATIONS[name]
    before = await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    change = await operate(book)
    after = expect(before)
    assert change.before.lifetime == Ledger(before.values()).lifetime  # type: ignore[attr-defined]
    assert totals(change.after) == totals(book.ledger)  # type: ignore[attr-defined]
    since = change.since  # type: ignore[attr-defined]
    for one, other in ((before, after), (after, before)):
        differ = [e for e in one.values() if other.get(e.session_id) != e and e.backward]
        assert all(e.started >= since for e in differ)
    for _ in range(2):
        assert await walks_of(book) == after
        book = await after_a_restart(hass, disk)
        assert issues(hass) == []


async def test_a_power_cut_while_a_goal_is_set_leaves_the_old_one_or_the_new(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    before = await the_base(hass, disk)
    day = date(2026, 5, 4)

    async def look() -> None:
        book = await opened(hass)
        assert await walks_of(book) == before
        assert book.ledger.goals in (GOALS, GOALS | {day: 99})
        assert issues(hass) == []

    async def operation() -> None:
        await (await opened(hass)).set_goal(99, day)

    assert await with_each_power_cut(files, disk, operation, look)
    book = await opened(hass)
    await book.set_goal(99, day)
    assert (await opened(hass)).ledger.goals == GOALS | {day: 99}


async def test_a_power_cut_while_months_are_folded_costs_nothing(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    await the_base(hass, disk)
    book = await opened(hass)
    await book.edit("1a", longer, NOW)
    await book.add(walk("july", "2026-07-03T17:00"), NOW)
    walks, shown = await walks_of(book), totals(book.ledger)

    async def look() -> None:
        book = await opened(hass)
        assert totals(book.ledger) == shown
        assert await walks_of(book) == walks
        assert issues(hass) == []

    changes = await with_each_power_cut(files, disk, lambda: opened(hass), look)
    assert [each for each in changes if each.startswith("write")] == [f"write {path(files).name}"]


async def test_of_two_cuts_in_a_row_none_is_worse_than_one(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """The start after a cut writes twins out and folds: it may be cut as well."""
    before = await the_base(hass, disk)
    book = await opened(hass)
    disk.restart()
    disk.cut_at(4)  # of six: the walk is in June already, and still in January
    assert await until_the_cut(book.edit("1a", later(150), NOW))
    assert "write retrowalk.01AB.2026-06" in disk.changes
    assert "write retrowalk.01AB.2026-01" not in disk.changes
    after = corrected("1a", later(150))(before)

    async def look() -> None:
        assert await walks_of(await opened(hass)) == after
        assert issues(hass) == []

    assert await with_each_power_cut(files, disk, lambda: opened(hass), look)


# What the end of a walk costs


def three_a_day(parts: int) -> list[Entry]:
    """Return the walks of a July in which somebody walked three times each day."""
    walks = []
    for day in range(1, 32):
        for hour in (7, 12, 18):
            start = datetime(2026, 7, day, hour, tzinfo=UTC)
            steps = [start + n * timedelta(minutes=3) for n in range(parts)]
            each = walk(f"01K3ZZZZZZZZZZZZZZZZZZ{day:02}{hour:02}", start.isoformat())
            walks.append(
                replace(
                    each,
                    backward=tuple(
                        Interval(start=step, end=step + timedelta(seconds=120.125))
                        for step in steps
                    ),
                )
            )
    return walks


def write_years(files: Path, count: int) -> int:
    """Write a book of five walks a week, of which a start reads the index and the last month."""
    days, months = Days(), dict[str, list[Entry]]()
    first = date(2026, 6, 1) - timedelta(weeks=52 * count)
    for n in range(52 * count * 7):
        if n % 7 < 5:
            day = first + timedelta(days=n)
            each = walk(f"{n}", f"{day}T12:00", 12.5)
            days.add(each)
            months.setdefault(f"{day:%Y-%m}", []).append(each)
    files.mkdir()
    totals = {month: [len(walks), len(walks) * 750_000] for month, walks in months.items()}
    index = {"goals": {"1970-01-01": 20}, "months": totals, "years": days.as_dict()}
    path(files).write_text(json.dumps({"version": 2, "data": index}))
    for month, walks in months.items():
        entries = [each.as_dict() for each in walks] if month == max(months) else "not read"
        path(files, month).write_text(json.dumps({"version": 1, "data": {"entries": entries}}))
    return days.total.sessions


@pytest.mark.parametrize("count", [10, 40])
async def test_the_end_of_a_walk_writes_one_file_and_reads_none(
    hass: HomeAssistant, files: Path, disk: Disk, count: int
) -> None:
    """Breaks when the end of a walk writes the index, or a file that grows with the years."""
    known = write_years(files, count)
    book = await opened(hass)
    walks = three_a_day(2)
    for each in walks[:-1]:
        book._ledger.put(each)  # as `keep` does, without writing 92 files
    disk.restart()
    await book.keep(walks[-1])
    assert disk.changes == [f"write {path(files, '2026-07').name}"]
    assert disk.reads == []
    assert max(disk.sizes) <= 64 * KIB
    book = await opened(hass)
    assert len(book.ledger) == known + 93
    assert issues(hass) == []


async def test_a_month_of_three_walks_a_day_in_six_parts_each_is_at_most_64_kib(
    hass: HomeAssistant, disk: Disk
) -> None:
    """Six parts are what a walk of level 1 has; one of hills has five."""
    book, walks = await opened(hass), three_a_day(6)
    for each in walks[:-1]:
        book._ledger.put(each)
    await book.keep(walks[-1])
    assert max(disk.sizes) <= 64 * KIB


# Damage


type Damage = Callable[[str], str]

ANY: dict[str, Damage] = {
    "cut in half": lambda text: text[: len(text) // 2],
    "empty": lambda _text: "",
    "an empty object": lambda _text: "{}",
    "a list": lambda _text: "[]",
    "nothing at all": lambda _text: "null",
    "zeros, as after a power cut": lambda text: "\0" * len(text),
    "data without anything": lambda text: json.dumps(json.loads(text) | {"data": {}}),
    "without a version": lambda text: text.replace('"version"', '"verse"'),
    "an older version than there ever was": lambda text: json.dumps(
        json.loads(text) | {"version": 0}
    ),
}
OF_A_MONTH: dict[str, Damage] = ANY | {
    "a walk without a start": lambda text: text.replace('"started"', '"begun"', 1),
    "a zone nobody knows": lambda text: text.replace("Europe/London", "Moon/Tranquillity", 1),
}
OF_AN_INDEX: dict[str, Damage] = ANY | {
    "a day that is none": lambda text: text.replace("062:1x", "999:1x"),
    "days that are not those of the months": lambda text: text.replace("062:1x", "062:2x"),
    "a goal on no day": lambda text: text.replace("2026-03-02", "2026-03-32"),
}


def harm(file: Path, damage: Damage, *, has_copy: bool) -> str:
    """Damage a file; return what is in it now."""
    good = file.read_text()
    damaged = damage(good)
    assert damaged != good
    file.write_text(damaged)
    copy = file.with_name(file.name + ".previous")
    assert copy.exists()
    if not has_copy:
        copy.unlink()
    return damaged


def is_aside(file: Path, text: str) -> bool:
    """Return whether exactly this was set aside of a file."""
    asides = [each.read_text() for each in file.parent.glob(f"{file.name}.corrupt.*")]
    return asides == [text]


async def can_be_written(hass: HomeAssistant, disk: Disk, book: Book, walks: Walks) -> None:
    """Change something of every month; it is there again after a restart, and nothing is told."""
    for n in range(1, 7):
        new = walk(f"w{n}", f"2026-{n:02}-22T09:00")
        await book.add(new, NOW)
        walks = walks | {new.session_id: new}
    await book.edit("4a", later(45), NOW)
    await book.remove("4b")
    walks = corrected("4a", later(45))(without("4b")(walks))
    await book.set_goal(33, date(2026, 5, 4))
    goals = book.ledger.goals
    assert 33 in goals.values()
    for _ in range(2):
        assert await walks_of(book) == walks
        assert book.ledger.goals == goals
        book = await after_a_restart(hass, disk)
        assert issues(hass) == []


@pytest.mark.parametrize("has_copy", [True, False], ids=["copy", "no copy"])
@pytest.mark.parametrize("damage", OF_A_MONTH)
async def test_a_damaged_open_month_costs_what_its_copy_has_not_and_no_other_month(
    hass: HomeAssistant, files: Path, disk: Disk, damage: str, *, has_copy: bool
) -> None:
    """Breaks when a damaged month is overwritten, or fails the set-up."""
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    file = path(files, "2026-06")
    text = harm(file, OF_A_MONTH[damage], has_copy=has_copy)
    book = await after_a_restart(hass, disk)
    left = {k: v for k, v in walks.items() if k != "6c" and (has_copy or not k.startswith("6"))}
    assert await walks_of(book) == left
    assert issues(hass) == [
        ("ledger_from_copy", {"file": file.name, "walks": "2"})
        if has_copy
        else ("ledger_lost", {"file": file.name})
    ]
    assert is_aside(file, text)
    await can_be_written(hass, disk, book, left)


LOOK: dict[str, Callable[[Book], Awaitable[object]]] = {
    "asked for": lambda book: book.entries(),
    "asked for since": lambda book: book.entries(datetime(2026, 2, 10, tzinfo=UTC)),
    "added to": lambda book: book.add(walk("new", "2026-02-20T17:00"), NOW),
    "kept in": lambda book: book.keep(walk("new", "2026-02-20T17:00")),
    "moved to": lambda book: book.edit("6a", at("2026-02-20T17:00"), NOW),
}


async def a_damaged_covered_month(
    hass: HomeAssistant, files: Path, disk: Disk, damage: Damage, *, has_copy: bool
) -> tuple[Book, Walks, str]:
    """Return a book with a damaged February that nobody has looked into, and what is left."""
    walks = by_id(half_a_year())
    book = await make(hass, disk, walks.values())
    shown = totals(book.ledger)
    text = harm(path(files, "2026-02"), damage, has_copy=has_copy)
    book = await after_a_restart(hass, disk)
    assert totals(book.ledger) == shown
    assert issues(hass) == []
    left = {k: v for k, v in walks.items() if k != "2c" and (has_copy or not k.startswith("2"))}
    return book, left, text


def lost_in_february(files: Path, *, has_copy: bool) -> tuple[str, dict[str, str]]:
    walks, minutes = ("1", "16") if has_copy else ("3", "45")
    return (
        "walks_lost",
        {
            "file": path(files, "2026-02").name,
            "month": "2026-02",
            "walks": walks,
            "minutes": minutes,
        },
    )


@pytest.mark.parametrize("has_copy", [True, False], ids=["copy", "no copy"])
@pytest.mark.parametrize("damage", OF_A_MONTH)
async def test_a_damaged_covered_month_is_told_when_it_is_found_and_totals_are_those_of_walks(
    hass: HomeAssistant, files: Path, disk: Disk, damage: str, *, has_copy: bool
) -> None:
    book, left, text = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH[damage], has_copy=has_copy
    )
    await book.entries()
    assert await walks_of(book) == left
    assert lost_in_february(files, has_copy=has_copy) in issues(hass)
    assert keys_of(hass) <= {"walks_lost", "ledger_from_copy"}
    assert is_aside(path(files, "2026-02"), text)
    await can_be_written(hass, disk, book, left)


@pytest.mark.parametrize("has_copy", [True, False], ids=["copy", "no copy"])
@pytest.mark.parametrize("look", LOOK)
async def test_whatever_finds_a_damaged_covered_month_the_next_start_says_the_same(
    hass: HomeAssistant, files: Path, disk: Disk, look: str, *, has_copy: bool
) -> None:
    """Breaks when the index on the disk goes on covering a month that is not as it says."""
    book, _, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=has_copy
    )
    await LOOK[look](book)
    found = await walks_of(book)
    assert lost_in_february(files, has_copy=has_copy) in issues(hass)
    shown = totals(book.ledger)
    book = await after_a_restart(hass, disk)
    assert totals(book.ledger) == shown
    assert await walks_of(book) == found
    assert issues(hass) == []


async def test_a_walk_of_a_damaged_covered_month_is_found_or_is_unknown(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    book, left, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=True
    )
    with pytest.raises(Refused, match="unknown_session"):
        await book.remove("2c")
    assert await walks_of(book) == left
    await book.edit("2a", longer, NOW)
    left = corrected("2a", longer)(left)
    assert await walks_of(book) == left
    assert await walks_of(await after_a_restart(hass, disk)) == left


async def test_each_of_two_damaged_covered_months_is_told(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when the second is read only to compute the totals anew."""
    book, _, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=False
    )
    harm(path(files, "2026-03"), OF_A_MONTH["cut in half"], has_copy=False)
    await book.entries()
    lost = [each["month"] for key, each in issues(hass) if key == "walks_lost"]
    assert sorted(lost) == ["2026-02", "2026-03"]


async def test_a_copy_with_as_many_minutes_on_other_days_is_seen_to_differ(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when a covered month is held to be whole since its sum is right."""
    book = await make(hass, disk, half_a_year([2]))
    await book.edit("2a", later(9), NOW)
    for each in half_a_year([3, 4, 5]):
        await book.add(each, NOW)
    await after_a_restart(hass, disk)
    harm(path(files, "2026-02"), OF_A_MONTH["cut in half"], has_copy=True)
    book = await after_a_restart(hass, disk)
    await book.entries()
    assert (await walks_of(book))["2a"].started.day == 3
    await book.add(walk("new", "2026-02-20T17:00"), NOW)
    found = await walks_of(book)
    assert await walks_of(await after_a_restart(hass, disk)) == found
    assert issues(hass) == []


async def test_a_walk_that_moved_out_of_a_damaged_month_is_not_brought_back_by_its_copy(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when of twins the one that is read last holds."""
    book = await make(hass, disk, half_a_year([2]))
    await book.edit("2c", later(30), NOW)
    for each in half_a_year([3, 4, 5]):
        await book.add(each, NOW)
    walks = await walks_of(book)
    await after_a_restart(hass, disk)
    harm(path(files, "2026-02"), OF_A_MONTH["cut in half"], has_copy=True)
    book = await after_a_restart(hass, disk)
    await book.entries()
    for _ in range(2):
        assert await walks_of(book) == walks
        book = await after_a_restart(hass, disk)


async def test_a_walk_that_moved_into_a_covered_month_is_not_counted_again_by_an_open_copy(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when twins are looked for among the months that a start reads, and nowhere else."""
    book = await make(hass, disk, half_a_year())
    await book.edit("6c", at("2026-03-20T17:00"), NOW)
    walks = await walks_of(book)
    await after_a_restart(hass, disk)  # March is covered again
    harm(path(files, "2026-06"), OF_A_MONTH["cut in half"], has_copy=True)
    for _ in range(2):
        book = await after_a_restart(hass, disk)
        assert await walks_of(book) == walks


@pytest.mark.parametrize("has_copy", [True, False], ids=["copy", "no copy"])
@pytest.mark.parametrize("damage", OF_AN_INDEX)
async def test_a_damaged_index_costs_no_walk(
    hass: HomeAssistant, files: Path, disk: Disk, damage: str, *, has_copy: bool
) -> None:
    """Breaks when an index is believed whose days are not those of its months."""
    walks = by_id(half_a_year())
    was = await make(hass, disk, walks.values())
    text = harm(path(files), OF_AN_INDEX[damage], has_copy=has_copy)
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == walks
    assert book.ledger.lifetime == was.ledger.lifetime
    assert book.ledger.goals == (GOALS if has_copy else {})
    assert issues(hass) == ([] if has_copy else [("goals_lost", {"file": path(files).name})])
    assert is_aside(path(files), text)
    await can_be_written(hass, disk, book, walks)


async def test_an_index_from_its_copy_says_nothing_of_walks_that_were_taken_out_since(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when the index before the last one is asked what months there have to be."""
    await the_base(hass, disk)
    book = await opened(hass)
    await book.remove("lone2")
    walks = await walks_of(book)
    harm(path(files), ANY["cut in half"], has_copy=True)
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == walks
    assert issues(hass) == []


async def test_an_index_from_its_copy_covers_no_month_at_the_next_start_either(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when what is not believed stays on the disk, since three months need no new index."""
    book = await make(hass, disk, half_a_year([1, 2, 3, 4]))
    for each in ("4a", "4b", "4c"):
        await book.remove(each)
    await book.set_goal(33, date(2026, 5, 4))
    harm(path(files), ANY["cut in half"], has_copy=True)
    book = await after_a_restart(hass, disk)
    await book.edit("1a", longer, NOW)
    walks = await walks_of(book)
    for _ in range(2):
        book = await after_a_restart(hass, disk)
        assert await walks_of(book) == walks
        assert issues(hass) == []


async def test_totals_are_whole_while_all_months_are_read_anew(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when totals are computed where others read them."""
    book, left, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=True
    )
    before, after = book.ledger.lifetime, Ledger(left.values()).lifetime
    disk.gate = asyncio.Event()
    disk.gate.set()  # with threads
    asking = asyncio.ensure_future(book.entries())
    seen = [before]
    while not asking.done():
        await asyncio.sleep(0)
        if book.ledger.lifetime != seen[-1]:
            seen.append(book.ledger.lifetime)
    assert seen == [before, after]


async def test_a_month_that_nobody_can_read_leaves_the_totals_as_they_were(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when all months are read anew, one is of a newer version, and half of all is seen."""
    book, _, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=True
    )
    rewrite(path(files, "2026-03"), version=2)
    shown = totals(book.ledger)
    with pytest.raises(ConfigEntryError):
        await book.add(walk("new", "2026-02-20T17:00"), NOW)
    assert totals(book.ledger) == shown


@pytest.mark.parametrize("room_for", range(3))
async def test_a_damaged_covered_month_that_is_found_on_a_full_disk_is_not_covered_later_on(
    hass: HomeAssistant, files: Path, disk: Disk, room_for: int
) -> None:
    """Breaks when the index that could not be written then is not written with the next change."""
    book, _, _ = await a_damaged_covered_month(
        hass, files, disk, OF_A_MONTH["cut in half"], has_copy=True
    )
    disk.error, disk.writes_left = WriteError("no space left"), room_for
    await book.entries()
    disk.error = None
    await book.add(walk("new", "2026-06-20T17:00"), NOW)
    walks = await walks_of(book)
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == walks
    assert issues(hass) == []


@pytest.mark.parametrize("month", ["2026-02", "2026-05"])
async def test_a_month_that_somebody_deleted_is_read_from_its_copy(
    hass: HomeAssistant, files: Path, disk: Disk, month: str
) -> None:
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    path(files, month).unlink()
    book = await after_a_restart(hass, disk)
    await book.entries()
    left = without(f"{month[-1]}c")(walks)
    assert await walks_of(book) == left
    assert keys_of(hass) & {"ledger_from_copy", "walks_lost"}
    await can_be_written(hass, disk, book, left)


@pytest.mark.parametrize("gone", [1, 3])
async def test_covered_months_that_somebody_deleted_with_their_copies_are_told_once(
    hass: HomeAssistant, files: Path, disk: Disk, gone: int
) -> None:
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    for n in range(1, gone + 1):
        path(files, f"2026-{n:02}").unlink()
        path(files, f"2026-{n:02}", ".previous").unlink()
    left = {k: v for k, v in walks.items() if int(k[0]) > gone}
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == left
    assert sorted((k, p["month"], p["walks"]) for k, p in issues(hass)) == [
        ("walks_lost", f"2026-{n:02}", "3") for n in range(1, gone + 1)
    ]
    book = await after_a_restart(hass, disk)
    assert issues(hass) == []
    await can_be_written(hass, disk, book, left)


async def test_an_open_month_that_somebody_deleted_with_its_copy_is_gone(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Nothing says that it was there; nothing else is lost with it."""
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    path(files, "2026-05").unlink()
    path(files, "2026-05", ".previous").unlink()
    book = await after_a_restart(hass, disk)
    left = {k: v for k, v in walks.items() if k[0] != "5"}
    assert await walks_of(book) == left
    await can_be_written(hass, disk, book, left)


@pytest.mark.parametrize("damage", OF_A_MONTH)
async def test_a_lost_month_in_which_nobody_walks_again_is_told_at_one_start(
    hass: HomeAssistant, files: Path, disk: Disk, damage: str
) -> None:
    """Breaks when what is damaged stays in its place."""
    await make(hass, disk, half_a_year())
    harm(path(files, "2026-05"), OF_A_MONTH[damage], has_copy=False)
    book = await after_a_restart(hass, disk)
    assert keys_of(hass) == {"ledger_lost"}
    await book.add(walk("new", "2026-06-20T17:00"), NOW)
    await after_a_restart(hass, disk)
    assert issues(hass) == []


async def test_every_file_damaged_at_once_with_no_copy_is_an_empty_book(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    await make(hass, disk, half_a_year())
    for file in files.glob("retrowalk.*"):
        if file.suffix == ".previous":
            file.unlink()
        else:
            file.write_text("{")
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == {}
    assert book.ledger.goals == {}
    assert keys_of(hass) == {"goals_lost", "ledger_lost"}
    await book.add(walk("new", "2026-06-20T17:00"), NOW)
    await book.set_goal(20, BEGINNING)
    assert (await walks_of(await after_a_restart(hass, disk))).keys() == {"new"}
    assert issues(hass) == []


async def test_a_power_cut_while_a_damaged_file_is_replaced_by_its_copy_costs_no_more(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    harm(path(files, "2026-06"), OF_A_MONTH["a list"], has_copy=True)
    harm(path(files), OF_AN_INDEX["a day that is none"], has_copy=True)
    left = without("6c")(walks)

    async def look() -> None:
        book = await opened(hass)
        assert await walks_of(book) == left
        assert book.ledger.goals == GOALS

    changes = await with_each_power_cut(files, disk, lambda: opened(hass), look)
    assert sum(each.startswith("aside") for each in changes) == 2


async def test_a_power_cut_after_an_index_was_read_from_its_copy_leaves_it_not_believed(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when the copy is put in its place as it is: the start after that takes it for good."""
    await make(hass, disk, half_a_year())
    book = await after_a_restart(hass, disk)
    await book.edit("3a", longer, NOW)  # the copy covers March as it was before
    walks = await walks_of(book)
    harm(path(files), ANY["cut in half"], has_copy=True)

    async def look() -> None:
        assert await walks_of(await opened(hass)) == walks
        assert issues(hass) == []

    await with_each_power_cut(files, disk, lambda: opened(hass), look)


# Other versions


def rewrite(file: Path, **newer: Any) -> str:
    text = json.dumps(json.loads(file.read_text()) | newer)
    file.write_text(text)
    return text


@pytest.mark.parametrize(("file", "version"), [("", 3), ("2026-06", 2)])
async def test_a_newer_version_is_refused_and_not_touched(
    hass: HomeAssistant, files: Path, disk: Disk, file: str, version: int
) -> None:
    walks = half_a_year()
    await make(hass, disk, walks)
    was = path(files, file).read_text()
    newer = rewrite(path(files, file), version=version)
    with pytest.raises(ConfigEntryError):
        await after_a_restart(hass, disk)
    assert path(files, file).read_text() == newer
    assert disk.changes == []
    path(files, file).write_text(was)
    assert await walks_of(await after_a_restart(hass, disk)) == by_id(walks)


async def test_a_newer_version_of_a_covered_month_is_refused_when_it_is_opened(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    walks = half_a_year()
    shown = totals((await make(hass, disk, walks)).ledger)
    file = path(files, "2026-02")
    was = file.read_text()
    newer = rewrite(file, version=2)
    book = await after_a_restart(hass, disk)
    for look in LOOK.values():
        with pytest.raises(ConfigEntryError):
            await look(book)
        assert totals(book.ledger) == shown
        assert disk.changes == []
    assert file.read_text() == newer
    assert issues(hass) == []
    file.write_text(was)
    assert await walks_of(await after_a_restart(hass, disk)) == by_id(walks)


async def test_a_newer_minor_version_is_read_and_what_it_knows_more_is_passed_over(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    walks = by_id(half_a_year())
    await make(hass, disk, walks.values())
    for month in ("", "2026-02", "2026-06"):
        file = path(files, month)
        data = json.loads(file.read_text())["data"] | {"mood": "good"}
        for each in data.get("entries", ()):
            each["shoes"] = ["left", "right"]
        rewrite(file, minor_version=7, data=data)
    book = await after_a_restart(hass, disk)
    assert await walks_of(book) == walks
    assert book.ledger.goals == GOALS
    assert issues(hass) == []
    await can_be_written(hass, disk, book, walks)


# A disk that takes nothing


@pytest.mark.parametrize("error", [WriteError("no space left"), OSError("read-only")])
async def test_a_walk_that_the_disk_did_not_take_is_told_until_it_takes_one(
    hass: HomeAssistant, disk: Disk, error: Exception
) -> None:
    """Breaks when a failed write, which Home Assistant only logs, passes for a good one."""
    before = await the_base(hass, disk)
    book = await opened(hass)
    disk.error, new = error, walk("new", "2026-06-20T17:00")
    with pytest.raises(NotWrittenError):
        await book.add(new, NOW)
    assert await walks_of(book) == before
    ((key, told),) = issues(hass)
    assert key == "ledger_not_written"
    assert told == {"file": path(Path(), "2026-06").name, "error": str(error)}
    disk.error = None
    await book.add(new, NOW)
    assert issues(hass) == []
    assert await walks_of(await after_a_restart(hass, disk)) == put(new)(before)


@pytest.mark.parametrize("name", [each for each in OPERATIONS if "ends" not in each])
async def test_a_change_that_the_disk_did_not_take_is_refused_and_seen_nowhere(
    hass: HomeAssistant, disk: Disk, name: str
) -> None:
    """At each of its writes; once there is room, what was written of it is taken back."""
    operate, _ = OPERATIONS[name]
    before = await the_base(hass, disk)
    for room_for in range(9):
        book = await after_a_restart(hass, disk)
        shown = totals(book.ledger)
        disk.error, disk.writes_left = WriteError("no space left"), room_for
        try:
            await operate(book)
        except NotWrittenError:
            pass
        else:
            break
        assert totals(book.ledger) == shown
        assert await walks_of(book) == before
        assert keys_of(hass) == {"ledger_not_written"}
        disk.error = None
        await book.flush()
        assert await walks_of(book) == before
        book = await after_a_restart(hass, disk)
        assert await walks_of(book) == before
        assert totals(book.ledger) == shown
        assert issues(hass) == []
    assert name.startswith("the only walk of an open month is") or room_for > 0


@pytest.mark.parametrize("began", ["2026-06-20T17:00", "2026-07-20T17:00", "2026-03-20T17:00"])
@pytest.mark.parametrize("next_change", ["keep", "add", "edit", "remove", "flush"])
async def test_a_finished_walk_that_the_disk_did_not_take_is_written_with_the_next_change(
    hass: HomeAssistant, disk: Disk, began: str, next_change: str
) -> None:
    """Breaks when a walk in another month does not write the one that is only in memory."""
    before = await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    disk.error = WriteError("no space left")
    new = walk("new", began)
    with pytest.raises(NotWrittenError):
        await book.keep(new)
    expected = put(new)(before)
    assert await walks_of(book) == expected
    assert [key for key, _ in issues(hass)] == ["ledger_not_written"]
    disk.error = None
    other = walk("other", "2026-04-20T17:00")
    if next_change == "flush":
        await book.flush()
    else:
        operate, expect = {
            "keep": (lambda book: book.keep(other), put(other)),
            "add": (lambda book: book.add(other, NOW), put(other)),
            "edit": edit("4a", longer),
            "remove": remove("4a"),
        }[next_change]
        await operate(book)
        expected = expect(expected)
    assert await walks_of(book) == expected
    assert issues(hass) == []
    assert await walks_of(await after_a_restart(hass, disk)) == expected


async def test_a_finished_walk_that_is_only_in_memory_can_be_corrected_and_taken_out(
    hass: HomeAssistant, disk: Disk
) -> None:
    before = await the_base(hass, disk)
    for began in ("2026-06-20T17:00", "2026-03-20T17:00"):
        book = await after_a_restart(hass, disk)
        disk.error = WriteError("no space left")
        with pytest.raises(NotWrittenError):
            await book.keep(walk("new", began))
        with pytest.raises(NotWrittenError):
            await book.edit("new", longer, NOW)
        with pytest.raises(NotWrittenError):
            await book.remove("new")
        assert await walks_of(book) == put(walk("new", began))(before)
        disk.error = None
        await book.edit("new", longer, NOW)
        assert await walks_of(book) == put(longer(walk("new", began)))(before)
        await book.remove("new")
        assert await walks_of(book) == before
        assert issues(hass) == []
        assert await walks_of(await after_a_restart(hass, disk)) == before


async def test_a_flush_that_the_disk_does_not_take_is_tried_again(
    hass: HomeAssistant, disk: Disk
) -> None:
    book = await opened(hass)
    disk.error = WriteError("no space left")
    with pytest.raises(NotWrittenError):
        await book.keep(walk("new", "2026-06-20T17:00"))
    await book.flush()
    assert keys_of(hass) == {"ledger_not_written"}
    disk.error = None
    await book.flush()
    assert issues(hass) == []
    disk.changes.clear()
    await book.flush()
    assert disk.changes == []
    assert (await walks_of(await opened(hass))).keys() == {"new"}


async def test_a_walk_that_was_refused_in_a_new_month_is_told_no_more_once_there_is_room(
    hass: HomeAssistant, disk: Disk
) -> None:
    """Breaks when the file that is not needed any more keeps its repair issue."""
    book = await opened(hass)
    disk.error = WriteError("no space left")
    with pytest.raises(NotWrittenError):
        await book.add(walk("new", "2026-07-20T17:00"), NOW)
    disk.error = None
    await book.add(walk("other", "2026-06-20T17:00"), NOW)
    assert issues(hass) == []


async def test_a_file_that_cannot_be_deleted_is_a_file_that_cannot_be_written(
    hass: HomeAssistant, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when a read-only disk raises something else for the only walk of a month."""
    before = await the_base(hass, disk)
    book = await opened(hass)

    async def refuse(self: Store[Any]) -> None:
        raise OSError("read-only")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "async_remove", refuse)
        with pytest.raises(NotWrittenError):
            await book.remove("lone5")
        assert await walks_of(book) == before
        await book.flush()
    await book.flush()
    assert await walks_of(await after_a_restart(hass, disk)) == before


async def test_a_goal_that_the_disk_did_not_take_is_not_the_goal(
    hass: HomeAssistant, disk: Disk
) -> None:
    before = await the_base(hass, disk)
    book = await opened(hass)
    disk.error = WriteError("no space left")
    with pytest.raises(NotWrittenError):
        await book.set_goal(99, date(2026, 5, 4))
    assert book.ledger.goals == GOALS
    assert keys_of(hass) == {"ledger_not_written"}
    disk.error = None
    await book.set_goal(99, date(2026, 5, 4))
    assert issues(hass) == []
    assert await walks_of(book) == before


async def test_a_start_on_a_full_disk_folds_at_the_next_one(
    hass: HomeAssistant, disk: Disk
) -> None:
    walks = half_a_year()
    book = await opened(hass)
    await book.set_goal(20, BEGINNING)
    for each in walks:
        await book.add(each, NOW)
    disk.restart()
    disk.error = WriteError("no space left")
    book = await opened(hass)
    assert book.open_since is None
    assert await walks_of(book) == by_id(walks)
    disk.error = None
    book = await after_a_restart(hass, disk)
    assert book.open_since is not None
    assert await walks_of(book) == by_id(walks)
    assert issues(hass) == []


# Refusals


async def test_a_walk_over_another_is_refused_though_its_month_is_not_in_memory(
    hass: HomeAssistant, disk: Disk
) -> None:
    before = await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    for began in ("2026-01-03T17:05", "2026-02-01T00:01", "2026-01-31T23:45"):
        with pytest.raises(Refused, match="overlaps"):
            await book.add(walk("new", began), NOW)
        to = at(began)
        with pytest.raises(Refused, match="overlaps"):
            await book.edit("6a", to, NOW)
    with pytest.raises(Refused, match="in_the_future"):
        await book.add(walk("new", "2031-01-03T17:05"), NOW)
    for refused in (book.edit("nobody", longer, NOW), book.remove("nobody")):
        with pytest.raises(Refused, match="unknown_session"):
            await refused
    assert await walks_of(book) == before
    assert disk.changes == []


async def test_a_walk_that_is_kept_twice_counts_once(hass: HomeAssistant, disk: Disk) -> None:
    before = await the_base(hass, disk)
    for session_id in ("6a", "3a"):
        book = await after_a_restart(hass, disk)
        again = replace(before[session_id], backward=before[session_id].backward[:1])
        await book.keep(again)
        before |= {session_id: again}
        assert await walks_of(book) == before
        assert await walks_of(await after_a_restart(hass, disk)) == before


# Many at once


async def test_what_is_done_at_once_is_done_one_after_the_other(
    hass: HomeAssistant, disk: Disk
) -> None:
    """Breaks when two writers change the same ledger, and the later forgets the earlier."""
    walks = await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    shown = totals(book.ledger)
    disk.gate = asyncio.Event()
    done: list[Operation] = []
    for n in range(1, 7):
        new = walk(f"w{n}", f"2026-{n:02}-22T09:00")
        done += [
            (lambda book, new=new: book.add(new, NOW), put(new)),  # type: ignore[misc]
            edit(f"w{n}", longer),
            edit(f"w{n}", later(2)),
        ]
    done += [remove("w1"), edit("w2", later(60)), edit("3a", later(33)), remove("3a")]
    tasks, readers = [], []
    for operate, expect in done:
        tasks.append(asyncio.ensure_future(operate(book)))
        readers.append(asyncio.ensure_future(book.entries()))
        walks = expect(walks)
    for _ in range(10):
        await asyncio.sleep(0)
    assert totals(book.ledger) == shown, "nothing is seen before it is written"
    disk.gate.set()
    changes = await asyncio.gather(*tasks)
    assert await walks_of(book) == walks
    for one, other in pairwise(changes):
        assert totals(one.after) == totals(other.before)  # type: ignore[attr-defined]
    for change, reader in zip(changes, readers, strict=True):
        read = Ledger(await reader)
        assert read.lifetime == change.after.lifetime  # type: ignore[attr-defined]
    assert await walks_of(await after_a_restart(hass, disk)) == walks


# Forgetting


async def test_a_book_that_is_forgotten_leaves_nothing_and_takes_nothing_of_others_along(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when files are deleted by how their names begin: 01AB is not 01ABC."""
    others = []
    for runner in ("01ABC", "01A", "01AB-2"):
        other = await Book.open(hass, runner, "Ann")
        await other.set_goal(20, BEGINNING)
        for each in half_a_year():
            await other.add(each, NOW)
        path(files).with_name(f"retrowalk.{runner}.2026-01.corrupt.2026").write_text("{")
        disk.error = WriteError("no space left")
        with pytest.raises(NotWrittenError):
            await other.set_goal(21, BEGINNING)
        disk.error = None
        others.append(other)
    kept = {file.name: file.read_text() for file in files.iterdir()}
    told = issues(hass)
    assert len(told) == 3

    book = await opened(hass)
    for each in half_a_year():
        await book.add(each, NOW)
    await book.set_goal(20, BEGINNING)
    harm(path(files, "2026-06"), ANY["a list"], has_copy=True)
    harm(path(files, "2026-05"), ANY["cut in half"], has_copy=True)
    book = await opened(hass)
    assert len(issues(hass)) == 5
    await book.forget()
    assert {file.name: file.read_text() for file in files.iterdir()} == kept
    assert issues(hass) == told


async def test_nothing_is_written_after_a_book_is_forgotten(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    disk.gate = asyncio.Event()
    writing = [
        asyncio.ensure_future(book.keep(walk("new", "2026-06-20T17:00"))),
        asyncio.ensure_future(book.set_goal(99, date(2026, 5, 4))),
        asyncio.ensure_future(book.forget()),
        asyncio.ensure_future(book.add(walk("newer", "2026-06-21T17:00"), NOW)),
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    disk.gate.set()
    await asyncio.gather(*writing)
    await book.keep(walk("newest", "2026-06-22T17:00"))
    await book.remove("6a")
    await book.set_goal(98, date(2026, 5, 11))
    await book.flush()
    assert list(files.iterdir()) == []


async def test_a_forgotten_book_tells_nothing_any_more(
    hass: HomeAssistant, files: Path, disk: Disk
) -> None:
    """Breaks when the months that were deleted are missed."""
    await the_base(hass, disk)
    book = await after_a_restart(hass, disk)
    await book.forget()
    await book.entries()
    assert issues(hass) == []


# Anything, in any order


class Story:
    """Changes by chance, to the book and to the plain walks that it has to equal."""

    def __init__(self, hass: HomeAssistant, disk: Disk, seed: int) -> None:
        self.hass, self.disk, self.chance = hass, disk, random.Random(seed)  # noqa: S311
        self.walks: Walks = {}
        self.told: list[str] = []
        self.n = 0

    def some(self) -> str:
        return self.chance.choice(sorted(self.walks))

    def operation(self) -> tuple[str, Operation]:
        """Return something to do, each about as often as it is needed to find what is wrong."""
        kinds = ["add", "keep", *(["edit", "move", "remove", "remove"] if self.walks else [])]
        kind = self.chance.choice(kinds)
        if kind in ("add", "keep"):
            self.n += 1
            month = self.chance.choice([*range(1, 9), 8])
            began = datetime(2026, month, 1, 8) + timedelta(  # noqa: DTZ001
                days=self.chance.choice([0, 1, 15, 27]), hours=self.n / 2
            )
            new = walk(f"{self.n:03}", began.isoformat(), self.chance.choice([1, 10, 25]))
            if kind == "add":
                return f"add {new.started}", (lambda book: book.add(new, NOW), put(new))
            return f"keep {new.started}", (lambda book: book.keep(new), put(new))
        which = self.some()
        if kind == "edit":
            return f"edit {which}", edit(
                which, lambda entry: entry.edited(minutes=1, feedback=Feedback(pain=2))
            )
        if kind == "move":
            days = self.chance.choice([-90, -31, -1, 1, 31, 90])
            return f"move {which} by {days}", edit(which, later(days))
        return f"remove {which}", remove(which)

    async def open(self) -> Book:
        return await after_a_restart(self.hass, self.disk)

    async def harm(self, book: Book) -> Book:
        """Damage a file; what was in another is there, and the next start says the same."""
        folder = Path(self.hass.config.path(".storage"))
        files = [each for each in sorted(folder.iterdir()) if each.suffix != ".previous"]
        file = self.chance.choice([each for each in files if "corrupt" not in each.name])
        month = file.name.removeprefix(f"retrowalk.{ANN}").removeprefix(".")
        damage = self.chance.choice(sorted(OF_A_MONTH))
        self.told.append(f"{damage} in {month or 'the index'}")
        file.write_text(OF_A_MONTH[damage](file.read_text()))
        book = await self.open()
        await book.entries()
        found = await walks_of(book)
        differ = found.items() ^ self.walks.items()
        assert {f"{each.started:%Y-%m}" for _, each in differ} <= {month}
        self.walks = found
        if not book.ledger.goals:
            await book.set_goal(20, BEGINNING)  # as the set-up of a runner does
        return await self.open()

    async def step(self, book: Book) -> Book:
        """Do something, on a good disk, a full one, or one whose power is cut; look at it all."""
        if self.walks and self.chance.random() < 0.1:
            return await self.harm(book)
        name, (operate, expect) = self.operation()
        fate = self.chance.choice(["", "", "", "restart", "cut", "cut", "full"])
        at = self.chance.randrange(6)
        self.told.append(f"{name}, {fate} {at}")
        after = expect(self.walks)
        self.disk.restart()
        if fate == "cut":
            self.disk.cut_at(at, torn=self.chance.random() < 0.5)
        if fate == "full":
            self.disk.error, self.disk.writes_left = WriteError("no space left"), at // 2
        try:
            was_cut = await until_the_cut(operate(book))
        except Refused as err:
            assert err.args[0] == "overlaps"  # noqa: PT017
            return book
        except NotWrittenError:
            self.disk.error = None
            if name.startswith("keep"):
                self.walks = after
            assert await walks_of(book) == self.walks
            await book.flush()
            return await self.open()
        if not was_cut:
            self.walks = after
            self.disk.restart()
            assert await walks_of(book) == self.walks
            return await self.open() if fate == "restart" else book
        if self.chance.random() < 0.3:
            self.disk.restart()
            self.disk.cut_at(self.chance.randrange(3))
            await until_the_cut(opened(self.hass))
        book = await self.open()
        found = await walks_of(book)
        assert found in (self.walks, after)
        self.walks = found
        return book


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_each_walk_is_there_once(
    hass: HomeAssistant, disk: Disk, seed: int
) -> None:
    """To look further, give it more seeds."""
    story = Story(hass, disk, seed)
    book = await story.open()
    await book.set_goal(20, BEGINNING)
    try:
        for _ in range(30):
            book = await story.step(book)
            assert await walks_of(book) == story.walks
            assert issues(hass) == []
        assert await walks_of(await story.open()) == story.walks
    except BaseException as err:
        err.add_note("\n".join(story.told))
        raise
