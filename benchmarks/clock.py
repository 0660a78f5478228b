"""Moved time: a whole evening in a second, with every timer at its instant and in its order.

Importing this file puts one offset on every clock that Home Assistant and Retrowalk read: the wall
(`time.time`, `dt_util.utcnow`, `dt_util.now`) and the two steady ones (`time.monotonic`, by which
the event loop goes, and `time.clock_gettime`). They can never disagree.

While a `Loop` leaps, it waits as always for whatever is at work (sockets, executor jobs, the
recorder's queue); where a real loop would sleep until its next timer, the offset grows by that
sleep instead. Nothing is skipped and nothing is fired by hand: history_stats polls its 60 times an
hour, the recorder commits every 5 s and compiles its statistics every 5 minutes, so what they write
is what a real run writes. `script/bench --check-clock` walks the same 75 s both ways to prove it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, tzinfo
import selectors
import time
from typing import Any

_real_time = time.time
_real_monotonic = time.monotonic
_real_gettime = time.clock_gettime

_WORK_LASTS_S = 0.0005
"""How long to wait in earnest before looking again whether a thread is still at work."""


class _Offset:
    """What is added: to the wall alone, and to all clocks."""

    wall = 0.0
    both = 0.0


def _time() -> float:
    return _real_time() + _Offset.wall + _Offset.both


def _monotonic() -> float:
    return _real_monotonic() + _Offset.both


def _clock_gettime(clock_id: int, /) -> float:
    is_wall = clock_id == time.CLOCK_REALTIME
    return _real_gettime(clock_id) + _Offset.both + (_Offset.wall if is_wall else 0)


def _utcnow() -> datetime:
    return datetime.fromtimestamp(_time(), UTC)


def _install() -> None:
    vars(time).update(time=_time, monotonic=_monotonic, clock_gettime=_clock_gettime)
    # Only now: everything else of Home Assistant takes both from here.
    from homeassistant.util import dt as dt_util  # noqa: PLC0415

    def now(time_zone: tzinfo | None = None) -> datetime:
        return datetime.fromtimestamp(_time(), time_zone or dt_util.DEFAULT_TIME_ZONE)

    vars(dt_util).update(utcnow=_utcnow, now=now)


_install()


def set_wall(now: datetime) -> None:
    """Let the wall clock say this; steady clocks do not move."""
    _Offset.wall = now.timestamp() - _real_time() - _Offset.both


class _Selector(selectors.DefaultSelector):
    """The selector of a loop that may leap; knows how much of the thread's CPU it took itself."""

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        super().__init__()
        self.leaps = False
        self.cpu_s = 0.0
        self._is_busy = is_busy

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.thread_time()
        try:
            if not self.leaps or timeout is None or timeout <= 0:
                return super().select(timeout)
            while self._is_busy():
                if events := super().select(min(timeout, _WORK_LASTS_S)):
                    return events
            if events := super().select(0):
                return events
            _Offset.both += timeout
            return []
        finally:
            self.cpu_s += time.thread_time() - began


class Loop(asyncio.SelectorEventLoop):
    """An event loop that can leap over the time in which nothing happens."""

    def __init__(self) -> None:
        """Make a loop that does not leap yet."""
        self._in_executors = 0
        self.working: list[Callable[[], bool]] = []
        """Asked, besides the executors, whether somebody is at work."""
        self._leaping_selector = _Selector(self._is_busy)
        super().__init__(self._leaping_selector)

    @property
    def cpu_s(self) -> float:
        """Return CPU seconds of the loop's thread so far, without its waiting."""
        return time.thread_time() - self._leaping_selector.cpu_s

    @asynccontextmanager
    async def leaping(self) -> AsyncIterator[None]:
        """Leap meanwhile."""
        self._leaping_selector.leaps = True
        try:
            yield
        finally:
            self._leaping_selector.leaps = False

    def run_in_executor[T](  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run it, and know until when."""
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._in_executors += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: asyncio.Future[Any]) -> None:
        self._in_executors -= 1

    def _is_busy(self) -> bool:
        return self._in_executors > 0 or any(works() for works in self.working)
