"""The proof of the moved clock: the same two minutes in moved and in real time write the same rows.

They hold what the clock could spoil: the prepare phase, the first phase with its countdown 15 s
before its end, the change to the second, and two polls of history_stats.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from . import by_hand
from .home import Home, live
from .measure import last_rows, rows_since

SECONDS: Final = 140


def main(say: Callable[[str], None]) -> int:
    """Walk both, print what differs, and return 0 where nothing does."""
    counted = {}
    for how in ("moved", "real"):
        say(f"{SECONDS} s in {how} time")
        with TemporaryDirectory(prefix="retrowalk-bench-") as folder:
            live(_move_in, Path(folder))
            counted[how] = live(_walk(how), Path(folder))
    moved, real = counted["moved"], counted["real"]
    for row in sorted(moved.keys() | real.keys()):
        same = "" if moved[row] == real[row] else "   <-- differs"
        print(f"{moved[row]:4} {real[row]:4}  {row}{same}")
    print(f"{moved.total():4} {real.total():4}  rows in moved and in real time")
    return 0 if moved == real else 1


async def _move_in(home: Home) -> None:
    await by_hand.move_in(home, by_hand.package())


def _walk(how: str) -> Callable[[Home], Coroutine[Any, Any, Counter[str]]]:
    async def walk(home: Home) -> Counter[str]:
        await by_hand.set_up(home, by_hand.package())
        await home.start()
        before = await last_rows(home)
        await by_hand.start(home, "dedicated")
        if how == "moved":
            await home.pass_time(SECONDS)
        else:
            await asyncio.sleep(SECONDS)
        rows = await rows_since(home, before)
        return Counter(
            [entity_id for entity_id, _ in rows.states]
            + [f"{event} {data.get('entity_id', '')}".strip() for event, data in rows.events]
            + [f"statistic of {statistic_id}" for statistic_id in rows.statistics]
        )

    return walk
