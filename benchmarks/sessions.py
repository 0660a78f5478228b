"""What a session costs: an evening of a warm-up, a dedicated session and the idle hour after."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from . import by_hand, foreign, ours
from .by_hand import Ability
from .home import Home, live
from .measure import (
    Owned,
    bytes_to_disk,
    counting_bytes,
    database_bytes,
    last_rows,
    rows_since,
)

HOUR_S: Final = 3600
AFTER_S: Final = 60
"""How long after its last phase a session is still looked at: history_stats follows by then."""
KINDS: Final = ("warm_up", "dedicated")
OWN_PLAN: Final = "own plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one stretch of time cost."""

    own: Owned
    calls: int
    foreign_rows: int
    others: dict[str, int]
    cpu_ms: float
    """Of the loop's thread, without what an empty home takes in the same time."""
    storage_bytes: int
    """To files of the party's own under .storage."""
    database_bytes: int
    """By which the database's pages have grown."""
    disk_bytes: int | None
    """By the whole process, without what an empty home writes in the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whose session it is."""

    move_in: Callable[[Home], Awaitable[None]]
    """Once, the evening before."""
    set_up: Callable[[Home], Awaitable[None]]
    entities: Callable[[Home], frozenset[str]]
    start: Callable[[Home, str], Awaitable[None]]
    is_over: Callable[[Home], bool]
    lasts_s: Callable[[str], float]
    files: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What one party's evening cost: its two sessions, by kind, and the hour after."""

    sessions: dict[str, Stretch]
    idle: Stretch
    keys: dict[str, str]
    """Domain and key of each entity, for Retrowalk's."""


def parties() -> dict[str, Party]:
    """Return everybody who walks, by name; what Retrowalk cannot do yet is not among them."""
    return {
        **{name(by_hand.NAME, ability): _by_hand(ability) for ability in Ability},
        name(ours.NAME, Ability.NO_BELT): _ours(
            ours.walk_three_phases, lambda kind: sum(by_hand.PHASES[kind])
        ),
        name(ours.NAME, OWN_PLAN): _ours(ours.walk_own_plans, ours.own_length),
    }


def name(who: str, how: str) -> str:
    """Return the name of a party."""
    return f"{who}, {how}"


def _by_hand(ability: Ability) -> Party:
    config = by_hand.package(ability)

    async def move_in(home: Home) -> None:
        await by_hand.move_in(home, config)

    async def set_up(home: Home) -> None:
        await by_hand.set_up(home, config)

    return Party(
        move_in=move_in,
        set_up=set_up,
        entities=by_hand.entities,
        start=by_hand.start,
        is_over=by_hand.is_over,
        lasts_s=lambda kind: by_hand.GET_READY_S + sum(by_hand.PHASES[kind]),
        files="retrowalk",
    )


def _ours(choose_plan: Callable[[], None], length_s: Callable[[str], float]) -> Party:
    async def move_in(home: Home) -> None:
        await ours.move_in(home, 1)

    async def set_up(home: Home) -> None:
        choose_plan()
        await ours.set_up(home)

    return Party(
        move_in=move_in,
        set_up=set_up,
        entities=ours.entities,
        start=ours.start,
        is_over=ours.is_over,
        lasts_s=lambda kind: ours.GET_READY_S + length_s(kind),
        files=ours.FILES,
    )


@dataclass(frozen=True, slots=True)
class Nobody:
    """What a second costs in a home where nobody walks."""

    cpu_ms: float
    disk_bytes: float


def measure(repetitions: int, say: Callable[[str], None]) -> dict[str, Walked]:
    """Return what each party's evening cost; CPU is the least of several evenings."""
    live(_nobody)  # whoever comes first pays for cold caches
    nobodies = [live(_nobody) for _ in range(repetitions)]
    nobody = Nobody(
        cpu_ms=min(each.cpu_ms for each in nobodies),
        disk_bytes=min(each.disk_bytes for each in nobodies),
    )
    evenings: dict[str, list[Walked]] = {}
    for repetition in range(repetitions):
        say(f"sessions, evening {repetition + 1} of {repetitions}")
        for who, party in parties().items():
            with TemporaryDirectory(prefix="retrowalk-bench-") as folder:
                live(_first_day(party), Path(folder))
                evenings.setdefault(who, []).append(live(_evening(party, nobody), Path(folder)))
    return {who: _least(of_party) for who, of_party in evenings.items()}


def _first_day(party: Party) -> Callable[[Home], Coroutine[Any, Any, None]]:
    async def first_day(home: Home) -> None:
        await party.move_in(home)

    return first_day


async def _nobody(home: Home) -> Nobody:
    await home.start()
    await home.recorded()
    cpu, disk = home.loop.cpu_s, bytes_to_disk()
    await home.pass_time(HOUR_S)
    await home.recorded()
    written = bytes_to_disk()
    return Nobody(
        cpu_ms=(home.loop.cpu_s - cpu) * 1000 / HOUR_S,
        disk_bytes=0 if disk is None or written is None else (written - disk) / HOUR_S,
    )


def _evening(party: Party, nobody: Nobody) -> Callable[[Home], Coroutine[Any, Any, Walked]]:
    async def evening(home: Home) -> Walked:
        await party.set_up(home)
        await home.start()
        await home.pass_time(AFTER_S)
        sessions = {}
        for kind in KINDS:

            async def walk(kind: str = kind) -> None:
                await party.start(home, kind)
                await home.pass_time(party.lasts_s(kind) + AFTER_S)
                if not party.is_over(home):
                    raise RuntimeError(f"the {kind} is not over")

            seconds = party.lasts_s(kind) + AFTER_S
            sessions[kind] = await _stretch(home, party, nobody, seconds, walk)

        async def rest() -> None:
            await home.pass_time(HOUR_S)

        idle = await _stretch(home, party, nobody, HOUR_S, rest)
        return Walked(sessions=sessions, idle=idle, keys=ours.keys(home))

    return evening


async def _stretch(
    home: Home,
    party: Party,
    nobody: Nobody,
    seconds: float,
    happens: Callable[[], Awaitable[None]],
) -> Stretch:
    before, size = await last_rows(home), database_bytes(home)
    with counting_bytes() as written:
        disk, cpu = bytes_to_disk(), home.loop.cpu_s
        await happens()
        cpu = home.loop.cpu_s - cpu
        await home.recorded()
        disk_now = bytes_to_disk()
    rows = await rows_since(home, before)
    entities = party.entities(home)
    return Stretch(
        own=rows.of(entities),
        calls=rows.calls,
        foreign_rows=len(rows.of(foreign.ENTITIES)),
        others=dict(rows.others(entities | foreign.ENTITIES)),
        cpu_ms=cpu * 1000 - nobody.cpu_ms * seconds,
        storage_bytes=written.total(of=party.files),
        database_bytes=database_bytes(home) - size,
        disk_bytes=None
        if disk is None or disk_now is None
        else round(disk_now - disk - nobody.disk_bytes * seconds),
    )


def _least(evenings: list[Walked]) -> Walked:
    """Return the evening with the fewest rows, and with the least CPU of all.

    history_stats polls at a moment that differs from start to start, which makes a row or two.
    """

    def least(stretches: list[Stretch]) -> Stretch:
        fewest = min(stretches, key=lambda each: len(each.own))
        return replace(fewest, cpu_ms=min(each.cpu_ms for each in stretches))

    return Walked(
        sessions={kind: least([each.sessions[kind] for each in evenings]) for kind in KINDS},
        idle=least([each.idle for each in evenings]),
        keys=evenings[-1].keys,
    )
