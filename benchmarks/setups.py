"""What a set-up costs, and what a long past adds to it: CPU, memory, the weekly total, the end.

Every set-up is that of a restart: the folder was lived in before, so the registries know every
entity, and the modules have been imported. It runs alone, before Home Assistant says that it has
started, and lasts until nothing is under way after that. What the same start costs with the same
domains and nothing in them is measured too, and taken off.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
import gc
from pathlib import Path
import shutil
from tempfile import TemporaryDirectory
import time
from typing import Any, Final

from homeassistant.helpers.typing import ConfigType

from . import by_hand, ours
from .home import Home, live
from .measure import Memory, counting_bytes, counting_memory

RUNNERS: Final = (1, 2, 8)
YEARS: Final = (0, 1, 10)
_MEMORIES: Final = 2
"""Homes in which memory is counted: whatever fills a cache of the process first pays for it."""
_FIRST_TIME_S: Final = 120
_BEFORE_THE_END_S: Final = 3
_AFTER_THE_END_S: Final = 30


@dataclass(kw_only=True)
class SetUp:
    """One thing that is set up again and again, and what that cost."""

    folder: Path
    set_up: Callable[[Home], Awaitable[None]]
    weekly_total_us: Callable[[Home], Awaitable[float]] | None = None
    cpu_ms: list[float] = field(default_factory=list)
    """Of the loop's thread, until everything has settled."""
    weekly_us: list[float] = field(default_factory=list)
    """Of the loop's thread, for one weekly total."""
    memory_bytes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a set-up costs: the least of several times, since others on the machine only add."""

    cpu_ms: float
    weekly_us: float | None
    memory_bytes: int

    def less(self, other: Cost) -> Cost:
        """Return it without what another costs, which most homes pay already."""
        return Cost(
            cpu_ms=self.cpu_ms - other.cpu_ms,
            weekly_us=self.weekly_us,
            memory_bytes=self.memory_bytes - other.memory_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Bytes that one dedicated session writes to Retrowalk's files."""

    session: int
    end: int
    """From the last seconds of its last phase on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUps:
    """What all set-ups cost."""

    by_hand: dict[int, Cost]
    """By number of people."""
    ours: dict[tuple[int, int], Cost]
    """By number of runners and years of past."""
    by_hand_alone: Cost
    """The start, with the domains of the package and nothing in them."""
    ours_alone: Cost
    """The start, with the domains of Retrowalk's entities and nothing in them."""
    ends: dict[int, Ends]
    """By years of past."""

    def net_by_hand(self, people: int) -> Cost:
        """Return what the package costs, without its domains."""
        return self.by_hand[people].less(self.by_hand_alone)

    def net_ours(self, runners: int, years: int) -> Cost:
        """Return what Retrowalk costs, without the domains of its entities."""
        return self.ours[runners, years].less(self.ours_alone)


def measure(repetitions: int, say: Callable[[str], None]) -> SetUps:
    """Return what each set-up costs, each in its turn, again and again."""
    with TemporaryDirectory(prefix="retrowalk-bench-") as root:
        say("set-ups: furnishing the homes")
        by_hands = {people: _by_hand(people, Path(root)) for people in RUNNERS}
        our_homes: dict[tuple[int, int], SetUp] = {}
        for years in YEARS:
            our_homes |= {(n, years): each for n, each in _ours(years, Path(root)).items()}
        alone = _alone(Path(root) / "alone by hand", by_hand.domains_alone(by_hand.package()))
        ours_alone = _alone(Path(root) / "alone ours", ours.domains_alone())
        all_of_them = [*by_hands.values(), *our_homes.values(), alone, ours_alone]
        for each in all_of_them:
            live(_once(each), each.folder)
            for _ in range(_MEMORIES):
                live(_remember(each), each.folder)
        for repetition in range(repetitions):
            say(f"set-ups, round {repetition + 1} of {repetitions}")
            for each in all_of_them:
                live(_take_time(each), each.folder)
        ends = {years: live(_end, our_homes[1, years].folder) for years in YEARS}
    return SetUps(
        by_hand={people: _cost(each) for people, each in by_hands.items()},
        ours={key: _cost(each) for key, each in our_homes.items()},
        by_hand_alone=_cost(alone),
        ours_alone=_cost(ours_alone),
        ends=ends,
    )


def _by_hand(people: int, root: Path) -> SetUp:
    config = by_hand.package(copies=people)
    folder = root / f"by hand, {people}"

    async def move_in(home: Home) -> None:
        await by_hand.move_in(home, config)

    async def set_up(home: Home) -> None:
        await by_hand.set_up(home, config)

    live(move_in, folder)
    return SetUp(folder=folder, set_up=set_up, weekly_total_us=_by_hand_weekly_total_us)


def _ours(years: int, root: Path) -> dict[int, SetUp]:
    """Furnish the home of the most runners; from its copies the others move out."""
    folders = {people: root / f"ours, {people}, {years}" for people in RUNNERS}
    most = folders[max(RUNNERS)]

    async def move_in(home: Home) -> None:
        await ours.move_in(home, max(RUNNERS))
        if years:
            await ours.fill_ledger(home, years)

    async def once(home: Home) -> None:
        await ours.set_up(home)
        await home.start()
        await home.pass_time(_FIRST_TIME_S)
        await home.recorded()

    live(move_in, most)
    if years:
        live(once, most)
        ours.share_past(most)
    for people, folder in folders.items():
        if folder != most:
            shutil.copytree(most, folder)

            async def move_out(home: Home, people: int = people) -> None:
                await ours.move_out(home, people)
                await once(home)

            live(move_out, folder)
    return {
        people: SetUp(folder=folder, set_up=ours.set_up, weekly_total_us=_our_weekly_total_us)
        for people, folder in folders.items()
    }


def _alone(folder: Path, config: ConfigType) -> SetUp:
    async def set_up(home: Home) -> None:
        await by_hand.set_up(home, config)

    return SetUp(folder=folder, set_up=set_up)


def _once(each: SetUp) -> Callable[[Home], Coroutine[Any, Any, None]]:
    async def once(home: Home) -> None:
        await each.set_up(home)
        await home.start()

    return once


def _take_time(each: SetUp) -> Callable[[Home], Coroutine[Any, Any, None]]:
    async def take_time(home: Home) -> None:
        gc.collect()
        gc.freeze()  # what is there already is nothing that this set-up should pay for
        began = home.loop.cpu_s
        await each.set_up(home)
        await home.start()
        each.cpu_ms.append((home.loop.cpu_s - began) * 1000)
        if each.weekly_total_us is not None:
            each.weekly_us.append(await each.weekly_total_us(home))

    return take_time


def _remember(each: SetUp) -> Callable[[Home], Coroutine[Any, Any, None]]:
    async def remember(home: Home) -> None:
        memory: Memory
        with counting_memory() as memory:
            await each.set_up(home)
            await home.start()
        each.memory_bytes.append(memory.kept)

    return remember


async def _our_weekly_total_us(home: Home) -> float:
    runner, times = ours.runners(home)[0], 1000
    began = time.thread_time()
    for _ in range(times):
        ours.weekly_total(runner)
    return (time.thread_time() - began) / times * 1e6


async def _by_hand_weekly_total_us(home: Home) -> float:
    times = 20
    began = home.loop.cpu_s
    for _ in range(times):
        await by_hand.weekly_total(home)
    return (home.loop.cpu_s - began) / times * 1e6


async def _end(home: Home) -> Ends:
    ours.walk_three_phases()
    await ours.set_up(home)
    await home.start()
    lasts_s = ours.GET_READY_S + sum(by_hand.PHASES["dedicated"])
    with counting_bytes() as written:
        await ours.start(home, "dedicated")
        await home.pass_time(lasts_s - _BEFORE_THE_END_S)
        before = written.total(of=ours.FILES)
        await home.pass_time(_BEFORE_THE_END_S + _AFTER_THE_END_S)
        await home.settle()
        session = written.total(of=ours.FILES)
    if not ours.is_over(home):
        raise RuntimeError("the session is not over")
    return Ends(session=session, end=session - before)


def _cost(each: SetUp) -> Cost:
    return Cost(
        cpu_ms=min(each.cpu_ms),
        weekly_us=min(each.weekly_us, default=None),
        memory_bytes=min(each.memory_bytes),
    )
