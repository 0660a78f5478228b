"""Long-term statistics follow the ledger, exactly. A real recorder keeps them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
import random
import threading
from typing import Any
from unittest.mock import Mock, patch
from zoneinfo import ZoneInfo

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.retrowalk import history
from custom_components.retrowalk.coach.ledger import (
    Entry,
    Interval,
    Ledger,
    Source,
    Total,
    one_interval,
    to_ms,
)
from custom_components.retrowalk.coach.plan import Kind, Surface
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.history import History
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_metadata,
    statistics_during_period,
    valid_statistic_id,
)
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.util.ulid import ulid_now

from .conftest import HandMovedClocks

ANN = "01KAGE7Q3ZV0Y1XQJ4T6M8N2PB"
MINUTES, SESSIONS = (f"{DOMAIN}:{ANN.lower()}_{each}" for each in ("backward_minutes", "sessions"))
HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 16, 17, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Record for real; the recorder has to be there before Home Assistant starts."""


@pytest.fixture(autouse=True)
async def _texts(hass: HomeAssistant, _custom_integrations: None) -> None:
    """Have the texts at hand, as they are once the integration is set up."""
    await async_load_integrations(hass, {DOMAIN})


@pytest.fixture
def imports() -> Iterator[Mock]:
    """Return what the recorder was given."""
    add = async_add_external_statistics
    with patch.object(history, "async_add_external_statistics", side_effect=add) as mock:
        yield mock


@pytest.fixture
def rebuilds() -> Iterator[Mock]:
    """Return how often everything was written anew."""
    with patch.object(History, "_rebuild", autospec=True, side_effect=History._rebuild) as mock:
        yield mock


def walk(started: datetime, minutes: float, *, zone: str = "UTC") -> Entry:
    """Return a walk without a rest."""
    return Entry(
        session_id=ulid_now(),
        kind=Kind.DEDICATED,
        level=3,
        surface=Surface.LANE,
        started=to_ms(started),
        time_zone=zone,
        backward=one_interval(started, minutes),
        source=Source.LOGGED,
    )


class Book:
    """A runner's walks in memory, with the statistics that follow them."""

    def __init__(
        self,
        hass: HomeAssistant,
        walks: Iterable[Entry] = (),
        *,
        open_since: datetime | None = None,
    ) -> None:
        self.ledger = Ledger(tuple(walks))
        self.open_since = open_since
        self.asked: list[datetime | None] = []
        self.hass = hass
        self.history = History(hass, ANN, "Ann", self)

    async def entries(self, since: datetime | None = None) -> list[Entry]:
        self.asked.append(since)
        return [
            each
            for each in self.ledger.entries()
            if since is None or each.started >= since or each.ended > since
        ]

    def log(self, started: datetime, minutes: float, *, zone: str = "UTC") -> str:
        return self.put(walk(started, minutes, zone=zone))

    def put(self, entry: Entry) -> str:
        self.ledger.put(entry)
        self.history.changed(entry.started)
        return entry.session_id

    def edit(
        self, session_id: str, *, when: datetime | None = None, minutes: float | None = None
    ) -> None:
        old = self.ledger.get(session_id)
        new = old.edited(when=when, minutes=minutes)
        self.ledger.put(new)
        self.history.changed(min(old.started, new.started))

    def delete(self, session_id: str) -> None:
        self.history.changed(self.ledger.remove(session_id).started)

    async def follow(self) -> None:
        """Let the statistics catch up."""
        await self.history.flush()
        await async_wait_recording_done(self.hass)

    async def verify(self) -> None:
        """Do what is done after a start, with statistics that remember nothing."""
        self.history = History(self.hass, ANN, "Ann", self)
        self.asked.clear()
        await self.history.verify()
        await async_wait_recording_done(self.hass)


type Changes = dict[datetime, float]


async def read(hass: HomeAssistant, period: str = "hour") -> tuple[Changes, Changes]:
    """Return the changes of minutes and sessions by the start of the period, where there are any.

    Each row's sum is that of the changes until it, and its state says the same.
    """
    beginning = datetime(1990, 1, 1, tzinfo=UTC)
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        beginning,
        None,
        {MINUTES, SESSIONS},
        period,
        None,
        {"sum", "state", "change"},
    )
    changes: list[Changes] = []
    for statistic_id in (MINUTES, SESSIONS):
        total = 0.0
        changes.append({})
        for row in found.get(statistic_id, []):
            assert row["change"] is not None
            total += row["change"]
            assert row["sum"] == pytest.approx(total, abs=1e-6)
            assert row["state"] == row["sum"]
            if row["change"]:
                changes[-1][datetime.fromtimestamp(row["start"], UTC)] = row["change"]
    return changes[0], changes[1]


async def agrees(book: Book) -> None:
    """Look at every hour: what the recorder holds is what the ledger's walks say."""
    minutes, sessions = await read(book.hass)
    walks = book.ledger.entries()
    assert all(hour.minute == hour.second == 0 for hour in (*minutes, *sessions))
    for hour, change in minutes.items():
        inside = sum(
            (
                max(timedelta(), min(each.end, hour + HOUR) - max(each.start, hour))
                for entry in walks
                for each in entry.backward
            ),
            timedelta(),
        )
        assert change == pytest.approx(inside / timedelta(minutes=1), abs=1e-6), hour
    for hour, change in sessions.items():
        assert change == sum(hour <= entry.started < hour + HOUR for entry in walks), hour
    lifetime = book.ledger.lifetime
    assert sum(minutes.values()) == pytest.approx(lifetime.backward / timedelta(minutes=1))
    assert sum(sessions.values()) == lifetime.sessions


async def names(hass: HomeAssistant) -> dict[str, str | None]:
    """Return the names of the statistics that are there."""
    known = await get_instance(hass).async_add_executor_job(
        lambda: get_metadata(hass, statistic_source=DOMAIN)
    )
    return {statistic_id: metadata["name"] for statistic_id, (_, metadata) in known.items()}


def a_year(zone: str = "Europe/Berlin") -> list[Entry]:
    """Return five walks a week, in the evening, of a year that changes its clocks twice."""
    monday = datetime(2025, 11, 17, 17, 50, tzinfo=ZoneInfo(zone))
    days = (monday + timedelta(weeks=week, days=day) for week in range(52) for day in range(5))
    return [walk(day, 9 + number % 13, zone=zone) for number, day in enumerate(days)]


def write_minutes(
    hass: HomeAssistant, start: datetime, state: float, total: float | None = None
) -> None:
    """Write a row of minutes that did not come from us."""
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name="Ann: backward minutes",
        source=DOMAIN,
        statistic_id=MINUTES,
        unit_class="duration",
        unit_of_measurement="min",
    )
    row = StatisticData(start=start, state=state, sum=state if total is None else total)
    async_add_external_statistics(hass, metadata, [row])


# Following


async def test_a_year_logged_in_a_loop_is_one_import_and_agrees_with_the_ledger(
    hass: HomeAssistant, clocks: HandMovedClocks, imports: Mock
) -> None:
    """Days, weeks and months, over both changes of the clocks, and every hour.

    Breaks when each change is written by itself, or a sum forgets what came before it.
    """
    await hass.config.async_set_time_zone("Europe/Berlin")
    book = Book(hass)
    for entry in a_year():
        book.put(entry)
    assert imports.call_count == 0
    await clocks.move(2.1)
    assert imports.call_count == 2, "minutes and sessions, once"
    await async_wait_recording_done(hass)
    await agrees(book)

    def expected(first: date, days: int) -> Total:
        return sum((book.ledger.on_day(first + timedelta(days=n)) for n in range(days)), Total())

    for period in ("day", "week", "month"):
        minutes, sessions = await read(hass, period)
        assert minutes.keys() == sessions.keys()
        for start in minutes:
            first = start.astimezone(ZoneInfo("Europe/Berlin")).date()
            next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
            days = {"day": 1, "week": 7, "month": (next_month - first).days}[period]
            total = expected(first, days)
            assert minutes[start] == pytest.approx(total.backward / timedelta(minutes=1))
            assert sessions[start] == total.sessions
    assert book.history._timer is None


async def test_the_first_change_waits_at_most_ten_seconds_for_the_last(
    hass: HomeAssistant, clocks: HandMovedClocks, imports: Mock
) -> None:
    """Breaks when each change puts the import off without end, or none puts it off at all."""
    book = Book(hass)
    for number in range(7):
        book.log(AT - timedelta(days=number), 10)
        await clocks.move(1.5)
    assert imports.call_count == 2, "at 10 s, though the last change was at 9 s"
    assert {len(call.args[2]) for call in imports.call_args_list} == {7}
    book.log(AT - timedelta(days=7), 10)
    await clocks.move(1.9)
    assert imports.call_count == 2
    await clocks.move(0.2)
    assert imports.call_count == 4
    await async_wait_recording_done(hass)
    await agrees(book)


async def test_minutes_stand_in_their_hours_and_a_session_in_that_of_its_start(
    hass: HomeAssistant,
) -> None:
    """A walk with a rest over the end of an hour, one that touches it, and one of odd seconds.

    Breaks when the minutes are all put into the hour of the start.
    """
    book = Book(hass)
    begins = datetime(2026, 11, 16, 17, 55, tzinfo=UTC)
    rested = walk(begins, 8)
    later = Interval(start=begins + timedelta(minutes=70), end=begins + timedelta(seconds=4533.337))
    book.put(replace(rested, backward=(*rested.backward, later)))
    book.log(datetime(2026, 11, 16, 20, 0, tzinfo=UTC), 60)
    await book.follow()
    hour = begins.replace(minute=0)
    minutes, sessions = await read(hass)
    assert minutes == pytest.approx(
        {
            hour: 5,
            hour + HOUR: 3,
            hour + 2 * HOUR: 333.337 / 60,
            hour + 3 * HOUR: 60,
        }
    )
    assert sessions == {hour: 1, hour + 3 * HOUR: 1}
    await agrees(book)


async def test_a_walk_of_today_reads_nothing_older(hass: HomeAssistant, imports: Mock) -> None:
    """The sum before it comes from the lifetime total. Breaks when all entries are asked for."""
    book = Book(hass, a_year())
    await book.verify()
    book.asked.clear()
    imports.reset_mock()
    book.log(AT, 12)
    await book.follow()
    assert book.asked == [AT.replace(minute=0)]
    assert [len(call.args[2]) for call in imports.call_args_list] == [1, 1]
    await agrees(book)


async def test_a_walk_logged_late_moves_all_sums_after_it(hass: HomeAssistant) -> None:
    """Breaks when the rows after the affected hour stay as they were."""
    book = Book(hass, a_year())
    await book.verify()
    book.log(datetime(2026, 3, 29, 0, 40, tzinfo=UTC), 33)
    book.log(datetime(2024, 2, 29, 6, 0, tzinfo=UTC), 7)
    await book.follow()
    await agrees(book)


@pytest.mark.parametrize(
    "change",
    [
        {"when": AT - timedelta(days=40, hours=3)},
        {"when": AT + timedelta(days=3)},
        {"when": AT + timedelta(minutes=55)},
        {"minutes": 3},
        {"minutes": 170},
        {"minutes": 5, "when": AT - timedelta(minutes=30)},
    ],
)
async def test_an_edit_moves_the_minutes_and_every_sum_after_them(
    hass: HomeAssistant, rebuilds: Mock, change: dict[str, object]
) -> None:
    """Earlier, later, shorter, longer. Breaks when an hour that was left keeps its change.

    Or when it is not followed from the earlier of both times on, and a rebuild has to mend it.
    """
    book = Book(hass)
    ids = [book.log(AT + timedelta(days=day, minutes=30), 45) for day in range(-60, 30, 7)]
    middle = book.log(AT, 20)
    await book.follow()
    book.edit(middle, **change)  # type: ignore[arg-type]
    await book.follow()
    await agrees(book)
    book.edit(ids[0], **change)  # type: ignore[arg-type]
    await book.follow()
    await agrees(book)
    assert not rebuilds.called


async def test_a_walk_that_is_deleted_leaves_no_change(hass: HomeAssistant, rebuilds: Mock) -> None:
    """In the middle, at the end and the very last one. Breaks when its hour keeps its row."""
    book = Book(hass)
    first, middle, last = [book.log(AT + timedelta(days=day), 15) for day in (0, 1, 2)]
    await book.follow()
    for session_id in (middle, last, first):
        book.delete(session_id)
        await book.follow()
        minutes, _ = await read(hass)
        assert len(minutes) == len(book.ledger)
        await agrees(book)
    assert not rebuilds.called


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_done_in_any_order_every_hour_agrees(
    hass: HomeAssistant, imports: Mock, rebuilds: Mock, seed: int
) -> None:
    """Logs, edits and deletes at random, several before they are followed.

    Breaks when the last or the first of them is followed and not the earliest, or when what was
    followed does not stand a verify.
    """
    chance = random.Random(seed)  # noqa: S311 - dice
    book = Book(hass)

    def sometime() -> datetime:
        return AT - timedelta(hours=chance.randrange(60), milliseconds=chance.randrange(3_600_000))

    for _ in range(60):
        known = [each.session_id for each in book.ledger.entries()]
        verb = chance.choice(["log", "log", "edit", "delete", "follow"])
        if verb == "log" or not known:
            book.log(sometime(), chance.uniform(1, 180))
        elif verb == "edit":
            when = chance.choice([None, sometime()])
            book.edit(chance.choice(known), when=when, minutes=chance.choice([None, 7.7]))
        elif verb == "delete":
            book.delete(chance.choice(known))
        else:
            await book.follow()
            await agrees(book)
    await book.follow()
    imports.reset_mock()
    await book.verify()
    assert imports.call_count == 0
    assert not rebuilds.called
    await agrees(book)


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        # 02:30 twice, and a walk over the hour that comes again
        ("Europe/Berlin", ["2026-10-24 22:05", "2026-10-25 00:30", "2026-10-25 01:30"]),
        # 02:00 to 03:00 is left out
        ("Europe/Berlin", ["2026-03-28 23:00", "2026-03-29 00:50", "2026-03-29 21:40"]),
        # half an hour and three quarters: walks away from the first minutes of a day
        ("Asia/Kolkata", ["2026-11-16 02:40", "2026-11-16 17:40", "2026-11-16 19:00"]),
        ("Asia/Kathmandu", ["2026-11-16 02:40", "2026-11-16 17:25", "2026-11-16 19:00"]),
        ("Australia/Lord_Howe", ["2026-10-03 15:10", "2026-10-03 14:00", "2026-10-04 12:20"]),
    ],
)
async def test_days_are_those_of_the_ledger_in_every_time_zone(
    hass: HomeAssistant, zone: str, starts: list[str]
) -> None:
    """On the days on which the clocks change, and where an hour does not begin with ours."""
    await hass.config.async_set_time_zone(zone)
    book = Book(hass)
    for start in starts:
        book.log(datetime.fromisoformat(start).replace(tzinfo=UTC), 35, zone=zone)
    await book.follow()
    await agrees(book)
    minutes, sessions = await read(hass, "day")
    days = {start.astimezone(ZoneInfo(zone)).date(): start for start in minutes}
    assert set(days) == {day for entry in book.ledger.entries() for day, _ in entry.by_day()}
    for day, midnight in days.items():
        total = book.ledger.on_day(day)
        assert minutes[midnight] == pytest.approx(total.backward / timedelta(minutes=1))
        assert sessions.get(midnight, 0) == total.sessions


async def test_what_changes_while_walks_are_read_is_not_counted_by_halves(
    hass: HomeAssistant, rebuilds: Mock
) -> None:
    """An earlier walk and a later one are logged while a file is read.

    Breaks when the total of before is taken with the walks of after.
    """
    book = Book(hass, [walk(AT - timedelta(days=9), 10)])
    await book.verify()
    rebuilds.reset_mock()
    plain = book.entries
    others = [walk(AT + timedelta(days=2), 30), walk(AT - timedelta(days=4), 3)]

    async def entries(since: datetime | None = None) -> list[Entry]:
        await asyncio.sleep(0)
        if others:
            book.put(others.pop())
        return await plain(since)

    with patch.object(book, "entries", entries):
        book.log(AT, 20)
        await book.follow()
    assert book.history._timer is None
    assert not rebuilds.called
    await agrees(book)


async def test_what_changes_while_rows_are_made_follows_after_them(hass: HomeAssistant) -> None:
    """Breaks when everything that waits is taken to be written with what was at hand before."""
    book = Book(hass)
    others = [walk(AT + timedelta(days=2), 30), walk(AT - timedelta(days=4), 3)]
    make = history._continue

    def log_another(done: threading.Event) -> None:
        if others:
            book.put(others.pop())
        done.set()

    def slowly(*args: Any) -> Any:
        rows, done = make(*args), threading.Event()
        hass.loop.call_soon_threadsafe(log_another, done)
        assert done.wait(5)
        return rows

    with patch.object(history, "_continue", slowly):
        book.log(AT, 20)
        await book.follow()
    assert book.history._timer is None
    await agrees(book)


# Comparing


@pytest.mark.parametrize("days", [-9999, -70, 70])
async def test_a_new_database_is_filled_after_a_start(
    hass: HomeAssistant, imports: Mock, days: int
) -> None:
    """Also where nobody has walked lately. All months are read.

    Breaks when no rows at all pass for rows that agree.
    """
    book = Book(hass, a_year(), open_since=AT + timedelta(days=days))
    await book.verify()
    assert None in book.asked
    assert imports.call_count == 2
    await agrees(book)


@pytest.mark.parametrize("open_since", [None, AT - timedelta(days=70), AT + timedelta(days=70)])
async def test_where_the_recorder_agrees_nothing_is_written(
    hass: HomeAssistant, imports: Mock, open_since: datetime | None
) -> None:
    """Of a year of odd milliseconds, with an hour that lost its walk; no older month is read.

    Breaks when sums are compared as floats, or a row of no change is taken for a difference.
    """
    book = Book(hass, open_since=open_since)
    chance = random.Random(5)  # noqa: S311 - dice
    for each in a_year():
        book.log(each.started + timedelta(milliseconds=chance.randrange(9999)), 7.1234)
    lost = book.log(AT - timedelta(days=3, hours=5), 10)
    await book.follow()
    book.delete(lost)
    await book.follow()
    imports.reset_mock()
    with patch.object(Recorder, "async_clear_statistics") as cleared:
        await book.verify()
    assert (imports.call_count, cleared.call_count) == (0, 0)
    assert len(book.asked) == 1
    if open_since is None:
        assert book.asked[0] is None
    else:
        assert book.asked[0] is not None
        assert book.asked[0] >= open_since
    await agrees(book)


RECENT, OLD = (AT.replace(minute=0) - timedelta(days=days) for days in (2, 100))


def _one_is_missing(hass: HomeAssistant) -> None:
    get_instance(hass).async_clear_statistics([MINUTES])
    for number, days in enumerate((200, 100, 30), 1):
        write_minutes(hass, AT.replace(minute=0) - timedelta(days=days), 10 * number)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda hass: write_minutes(hass, RECENT, 40, 40.00001), id="sum"),
        pytest.param(lambda hass: write_minutes(hass, RECENT, 39, 40), id="state"),
        pytest.param(lambda hass: write_minutes(hass, RECENT + HOUR, 41), id="one too many"),
        pytest.param(_one_is_missing, id="one is missing"),
        pytest.param(
            lambda hass: get_instance(hass).async_adjust_statistics(MINUTES, OLD, 5, "min"),
            id="minutes before",
        ),
        pytest.param(
            lambda hass: get_instance(hass).async_adjust_statistics(
                SESSIONS,
                OLD,
                1,
                None,  # type: ignore[arg-type]
            ),
            id="sessions before",
        ),
        pytest.param(
            lambda hass: get_instance(hass).async_change_statistics_unit(
                MINUTES, new_unit_of_measurement="h", old_unit_of_measurement="min"
            ),
            id="in hours",
        ),
    ],
)
async def test_a_difference_is_mended_after_a_start(
    hass: HomeAssistant, tamper: Callable[[HomeAssistant], None]
) -> None:
    """Whatever differs of what is compared. Breaks when one of them is not looked at."""
    book = Book(hass, open_since=AT - timedelta(days=70))
    for day in (200, 100, 30, 2):
        book.log(AT - timedelta(days=day), 10)
    await book.follow()
    tamper(hass)
    await async_wait_recording_done(hass)
    await book.verify()
    await agrees(book)
    with patch.object(Recorder, "async_clear_statistics") as cleared:
        await book.verify()
    assert not cleared.called


async def test_statistics_that_somebody_deleted_are_not_continued_from_nothing(
    hass: HomeAssistant,
) -> None:
    """The next walk brings all rows back.

    Breaks when rows are written after a sum that is not there: the first hour then shows a
    lifetime.
    """
    book = Book(hass, a_year())
    await book.verify()
    history.clear(hass, [ANN])
    await async_wait_recording_done(hass)
    book.log(AT, 10)
    await book.follow()
    minutes, _ = await read(hass)
    assert len(minutes) > 200
    await agrees(book)


async def test_what_waits_when_it_is_compared_is_written_first(
    hass: HomeAssistant, rebuilds: Mock
) -> None:
    """The recorder takes its time.

    Breaks when a walk of a moment ago passes for a difference, and costs a rebuild.
    """
    book, go_on = Book(hass, a_year()), threading.Event()
    await book.verify()
    rebuilds.reset_mock()
    book.log(AT, 10)
    get_instance(hass).async_clear_statistics([], on_done=go_on.wait)  # type: ignore[arg-type]
    comparing = hass.async_create_task(book.history.verify())
    await asyncio.wait((comparing,), timeout=0.1)
    go_on.set()
    await comparing
    assert not rebuilds.called
    assert not book.history._is_waiting
    await book.history.close()
    await async_wait_recording_done(hass)
    await agrees(book)


# Names


async def test_statistics_are_named_after_the_runner(hass: HomeAssistant) -> None:
    """A new name follows shortly, without a row; a name alone makes no statistic."""
    assert valid_statistic_id(MINUTES)
    assert valid_statistic_id(SESSIONS)
    book = Book(hass)
    assert book.history.statistic_ids == (MINUTES, SESSIONS)
    book.history.rename("Anna")
    await book.follow()
    assert await names(hass) == {}
    book.log(AT, 10)
    await book.follow()
    assert await names(hass) == {MINUTES: "Anna: backward minutes", SESSIONS: "Anna: sessions"}
    book.history.rename("Anne")
    book.history.rename("Anne")
    await book.follow()
    assert await names(hass) == {MINUTES: "Anne: backward minutes", SESSIONS: "Anne: sessions"}
    await agrees(book)
    await book.verify()  # whose name is Ann
    assert await names(hass) == {MINUTES: "Ann: backward minutes", SESSIONS: "Ann: sessions"}
    await agrees(book)


# Beginning and end


async def test_a_runner_who_goes_takes_the_statistics_along(
    hass: HomeAssistant, clocks: HandMovedClocks
) -> None:
    """Also a change that still waited. Breaks when it is written after all."""
    book, ben = Book(hass), "01KAGE7Q3ZV0Y1XQJ4T6M8N2PC"
    other = History(hass, ben, "Ben", book)
    book.log(AT, 10)
    other.changed(AT)
    await other.flush()
    await book.follow()
    book.log(AT + HOUR, 10)
    await book.history.remove()
    await clocks.move(20)
    await book.history.flush()
    await book.history.verify()
    await async_wait_recording_done(hass)
    assert set(await names(hass)) == set(other.statistic_ids)


async def test_statistics_of_runners_who_are_gone_are_swept_out(hass: HomeAssistant) -> None:
    """Those of a runner who is there stay, also where the gym is not loaded."""
    book = Book(hass, [walk(AT, 10)])
    await book.verify()
    runner = ConfigSubentryDataWithId(
        data={}, subentry_type="runner", title="Ann", unique_id="ann", subentry_id=ANN
    )
    entry = MockConfigEntry(domain=DOMAIN, subentries_data=[runner])
    entry.add_to_hass(hass)
    await history.sweep(hass)
    await async_wait_recording_done(hass)
    await agrees(book)
    hass.config_entries.async_remove_subentry(entry, ANN)
    await history.sweep(hass)
    await async_wait_recording_done(hass)
    assert await names(hass) == {}


async def test_an_unload_writes_what_waits_and_leaves_no_timer(
    hass: HomeAssistant, clocks: HandMovedClocks, imports: Mock
) -> None:
    """Breaks when the change of the last two seconds is lost, or its timer stays.

    Where the unload fails, what changed meanwhile follows.
    """
    book = Book(hass)
    book.log(AT, 10)
    assert book.history._timer is not None
    await book.history.close()
    assert book.history._timer is None
    assert imports.call_count == 2
    book.log(AT + HOUR, 10)
    book.history.rename("Anna")
    await book.history.verify()
    await clocks.move(20)
    assert imports.call_count == 2
    assert book.history._timer is None
    book.history.reopen()
    await clocks.move(2.1)
    await async_wait_recording_done(hass)
    await agrees(book)
    assert (await names(hass))[SESSIONS] == "Anna: sessions"
    book.history.reopen()
    assert book.history._timer is None


async def test_without_a_recorder_nothing_happens(
    hass: HomeAssistant, clocks: HandMovedClocks, imports: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    """Breaks when any of it asks for a recorder that is not there."""
    caplog.clear()
    with (
        patch.object(hass.config, "components", set()),
        patch.object(history, "get_instance", side_effect=KeyError),
    ):
        book = Book(hass)
        book.log(AT, 10)
        book.history.rename("Anna")
        assert book.history._timer is None
        await clocks.move(20)
        await book.history.flush()
        await book.history.verify()
        await history.sweep(hass)
        await book.history.close()
        await book.history.remove()
    assert imports.call_count == 0
    assert not [each for each in caplog.records if each.name == history.__name__]


async def test_a_recorder_that_fails_is_told_of_once_and_costs_no_minute(
    hass: HomeAssistant, clocks: HandMovedClocks, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is raised, and all follows once it works. Breaks when what failed is forgotten."""

    def told() -> int:
        return sum(each.name == history.__name__ for each in caplog.records)

    book = Book(hass)
    with patch.object(history, "statistics_during_period", side_effect=OSError("disk gone")):
        book.log(AT, 10)
        await clocks.move(3)
        assert book.history._timer is None, "it is not tried over and over"
        book.log(AT + HOUR, 20)
        await book.history.flush()
        await book.history.verify()
    assert told() == 1
    assert "disk gone" in caplog.text
    await clocks.move(20)
    await book.follow()
    await agrees(book)
    with patch.object(history, "get_metadata", side_effect=OSError("disk gone again")):
        await history.sweep(hass)
    assert told() == 2


async def test_a_busy_recorder_is_waited_for_and_not_read_too_early(
    hass: HomeAssistant, clocks: HandMovedClocks
) -> None:
    """What it was given before is not in the database yet.

    Breaks when the rows that are about to be there are not seen: the hour of the deleted walk
    would keep its minutes.
    """
    book, go_on = Book(hass, [walk(AT - HOUR, 5)]), threading.Event()
    await book.verify()
    session_id = book.log(AT, 10)
    try:
        with patch.object(history, "_PATIENCE", 0):
            get_instance(hass).async_clear_statistics([], on_done=go_on.wait)  # type: ignore[arg-type]
            await book.history.flush()
            book.delete(session_id)
            await book.history.flush()
            assert book.history._is_waiting
            assert book.history._timer is None, "an unload does not wait for it"
            book.log(AT + 5 * HOUR, 15)
            await clocks.move(2.1)
            assert book.history._timer is not None, "it is tried again"
    finally:
        go_on.set()
    await clocks.move(2.1)
    await async_wait_recording_done(hass)
    assert not book.history._is_waiting
    minutes, _ = await read(hass)
    assert len(minutes) == 2
    await agrees(book)
