"""Retrowalk as the bench drives it: the one file here that knows its inside."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
import json
from pathlib import Path
import sqlite3
from types import MappingProxyType
from typing import Any, Final

from custom_components.retrowalk import config_flow, runner as runner_module
from custom_components.retrowalk.book import Book
from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.ledger import Entry, Interval, Source
from custom_components.retrowalk.coach.levels import Hands, first_dose, level
from custom_components.retrowalk.coach.plan import (
    Kind,
    Motion,
    Phase,
    PhaseName,
    Plan,
    Surface,
    make_plan,
)
from custom_components.retrowalk.coach.session import COUNT_IN
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.home import RetrowalkConfigEntry
from custom_components.retrowalk.runner import Runner
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigSubentryDataWithId
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.helpers.typing import ConfigType
from homeassistant.setup import async_setup_component
from homeassistant.util.ulid import ulid_at_time

from . import by_hand, foreign
from .home import MONDAY, Home, database_in

NAME: Final = "Retrowalk"
FILES: Final = f"{DOMAIN}."
"""How the names of its files begin."""
GET_READY_S: Final = int(COUNT_IN.total_seconds())
SESSIONS_A_WEEK: Final = 5
LEVEL: Final = 2
"""The first that has a warm-up of its own."""
PURPOSES: Final = {
    "switch.session": "on while a session goes on: what is pressed, what automations trigger on",
    "sensor.state": "what the runner does now; its attributes (phase, end) are not recorded",
    "event.session": "what happened (started, finished, goal reached): what automations wait for",
    "binary_sensor.ready": "whether a start would begin at once; off while the gym is taken",
    "binary_sensor.path": "whether something is in the way",
    "event.safety": "obstacle or lost sensor during a session",
    "button.start_dedicated": "when it was pressed last",
    "sensor.weekly_minutes": "backward minutes this week, once, when the session ends",
    "sensor.weekly_goal_progress": "the same as a share of the goal",
    "sensor.sessions_this_week": "sessions this week",
    "sensor.streak": "weeks in a row that met the goal",
    "sensor.lifetime_minutes": "backward minutes ever: what long-term statistics add up",
    "sensor.last_session": "when the last session began",
    "sensor.level": "the level",
    "sensor.advice": "what today asks for; its reasons are not recorded",
    "calendar.walks": "the next walk that is proposed",
}


# --- set-up --------------------------------------------------------------


async def move_in(home: Home, runners: int) -> None:
    """Put a gym with its runners into a home, as its forms would."""
    flow = config_flow.RetrowalkConfigFlow
    entry: ConfigEntry[Any] = ConfigEntry(
        data={"surface": "lane"},
        options={
            "light": {"lights": [foreign.LIGHT], "brightness": 100, "restore": True},
            "path": {"sensors": list(foreign.PATH_SENSORS), "also_sees_me": []},
            "treadmill": {},
            "week": {"week_start": "monday"},
        },
        subentries_data=[
            ConfigSubentryDataWithId(
                subentry_id=ulid_at_time(MONDAY.timestamp() + n),
                subentry_type="runner",
                title=f"Runner {n}",
                unique_id=f"runner {n}",
                data={"level": LEVEL, "weekly_goal": 45, "rails": "as_level"},
            )
            for n in range(1, runners + 1)
        ],
        discovery_keys=MappingProxyType({}),
        domain=DOMAIN,
        source=SOURCE_USER,
        title="Home gym",
        unique_id="home gym",
        version=flow.VERSION,
        minor_version=flow.MINOR_VERSION,
    )
    await home.hass.config_entries.async_add(entry)
    await home.start()


async def move_out(home: Home, runners: int) -> None:
    """Take all runners but the first ones out of the entry, before Retrowalk is set up."""
    entry = _entry(home)
    for subentry_id in list(entry.subentries)[runners:]:
        home.hass.config_entries.async_remove_subentry(entry, subentry_id)


async def set_up(home: Home) -> None:
    """Set it up as the start of Home Assistant does, with the entry that is there already."""
    if not await async_setup_component(home.hass, DOMAIN, {}):
        raise RuntimeError("Retrowalk could not be set up")
    await home.settle()


def domains_alone() -> ConfigType:
    """Return the domains that its entities bring, with nothing in them."""
    return {domain: {} for domain in ("button", "event", "sensor")}


def _entry(home: Home) -> RetrowalkConfigEntry:
    (entry,) = home.hass.config_entries.async_entries(DOMAIN)
    return entry


def runners(home: Home) -> list[Runner]:
    """Return its runners."""
    return list(_entry(home).runtime_data.runners.values())


def entities(home: Home) -> frozenset[str]:
    """Return its entities."""
    return frozenset(keys(home))


def keys(home: Home) -> dict[str, str]:
    """Return domain and key (`sensor.state`) of each of its entities, where it has moved in."""
    return {
        each.entity_id: f"{each.domain}.{each.unique_id.partition('_')[2]}"
        for each in er.async_get(home.hass).entities.values()
        if each.platform == DOMAIN
    }


# --- the ledger ----------------------------------------------------------


async def fill_ledger(home: Home, years: int) -> None:
    """Give the first runner a past, behind Retrowalk's back: change this with the book's API.

    The next start with it writes what comes of it, index and statistics; `share_past` then gives
    both to the other runners.
    """
    subentry = next(iter(_entry(home).subentries.values()))
    book = await Book.open(home.hass, subentry.subentry_id, subentry.title)
    # Each month once; walk by walk it would take a minute.
    await book._change({walk.session_id: walk for walk in _past(years)})  # noqa: SLF001
    await book.flush()


def share_past(folder: Path) -> None:
    """Give every runner a copy of the first one's ledger and statistics, while nobody is home.

    Each could write their own, but the recorder takes seconds for ten years.
    """
    storage = folder / STORAGE_DIR
    entries = json.loads((storage / "core.config_entries").read_text(encoding="utf-8"))
    (entry,) = (each for each in entries["data"]["entries"] if each["domain"] == DOMAIN)
    first, *others = (each["subentry_id"] for each in entry["subentries"])
    for other in others:
        for file in list(storage.glob(f"{FILES}{first}*")):
            text = file.read_text(encoding="utf-8").replace(first, other)
            file.with_name(file.name.replace(first, other)).write_text(text, encoding="utf-8")
    with closing(sqlite3.connect(database_in(folder))) as database, database:
        database.row_factory = sqlite3.Row
        of_first = f"{DOMAIN}:{first.lower()}%"
        for meta in database.execute(
            "SELECT * FROM statistics_meta WHERE statistic_id LIKE ?", (of_first,)
        ).fetchall():
            rows = database.execute(
                "SELECT * FROM statistics WHERE metadata_id = ?", (meta["id"],)
            ).fetchall()
            for other in others:
                name = meta["statistic_id"].replace(first.lower(), other.lower())
                new_id = _insert(database, "statistics_meta", {**meta, "statistic_id": name})
                for row in rows:
                    _insert(database, "statistics", {**row, "metadata_id": new_id})


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> int | None:
    columns = [column for column in row if column != "id"]
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    return database.execute(sql, [row[column] for column in columns]).lastrowid


def _past(years: int) -> Iterator[Entry]:
    """Yield the walks of so many years until yesterday, oldest first."""
    today = MONDAY.replace(hour=17, minute=0, second=0, microsecond=0)
    for week in range(-52 * years, 0):
        for day in range(SESSIONS_A_WEEK):
            started = today + timedelta(weeks=week, days=day)
            yield Entry(
                session_id=ulid_at_time(started.timestamp()),
                kind=Kind.DEDICATED,
                level=LEVEL,
                surface=Surface.LANE,
                started=started,
                time_zone="Europe/Berlin",
                backward=_bouts(started),
                source=Source.WALKED,
                feedback=Feedback(effort=3, pain=0),
            )


def _bouts(started: datetime) -> tuple[Interval, ...]:
    """Return when a walk went backward: the bouts of the level's own dedicated walk."""
    at, bouts = started + timedelta(seconds=GET_READY_S), []
    for phase in _own_plan().phases:
        if phase.motion is Motion.BACKWARD:
            bouts.append(Interval(start=at, end=at + phase.length))
        at += phase.length
    return tuple(bouts)


def weekly_total(runner: Runner) -> object:
    """Compute the weekly total as every view of it does."""
    return runner.diary.ledger.in_week(runner._time.this_week(runner.place.first_weekday))  # noqa: SLF001


# --- a walk --------------------------------------------------------------


async def start(home: Home, kind: str) -> None:
    """Start a walk of the first runner in the name of a person."""
    await home.hass.services.async_call(
        DOMAIN,
        "start_session",
        {"kind": kind},
        blocking=True,
        target={"entity_id": _find(home, "switch.session")},
        context=home.person,
    )


def is_over(home: Home) -> bool:
    """Return whether the first runner does not walk."""
    return home.state(_find(home, "sensor.state")) == "idle"


def minutes_this_week(home: Home) -> float:
    """Return what the first runner has in this week."""
    return float(home.state(_find(home, "sensor.weekly_minutes")))


def _find(home: Home, key: str) -> str:
    return next(entity_id for entity_id, its_key in keys(home).items() if its_key == key)


def walk_three_phases() -> None:
    """From now on walk the phases of the package built by hand, that both do the same work.

    No level has such a plan, so it takes the place of the one that the coach would make.
    """

    def three_phases(kind: Kind, *_args: object, **_kwargs: object) -> Plan:
        names = (PhaseName.SLOW_START, PhaseName.WALK, PhaseName.EASY_FINISH)
        return Plan(
            kind=kind,
            level=LEVEL,
            surface=Surface.LANE,
            phases=tuple(
                Phase(
                    name=name,
                    motion=Motion.BACKWARD,
                    length=timedelta(seconds=seconds),
                    speed_kmh=None,
                    hands=Hands.FREE,
                )
                for name, seconds in zip(names, by_hand.PHASES[kind], strict=True)
            ),
        )

    vars(runner_module).update(make_plan=three_phases)


def walk_own_plans() -> None:
    """From now on walk what the coach plans."""
    vars(runner_module).update(make_plan=make_plan)


def own_length(kind: str) -> float:
    """Return the seconds of the level's own plan."""
    return _own_plan(kind).length.total_seconds()


def own_phases(kind: str) -> int:
    """Return the number of phases of the level's own plan."""
    return len(_own_plan(kind).phases)


def _own_plan(kind: str = "dedicated") -> Plan:
    row = level(LEVEL)
    return make_plan(Kind(kind), row, first_dose(row), Surface.LANE)
