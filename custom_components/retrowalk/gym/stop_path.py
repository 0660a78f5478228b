"""The one way in which a belt is stopped: sent at once, proven, sent again, escalated, kept.

Rules of this file:
1. A stop is sent in the turn in which it is asked for, by every role that can stop. It waits for no
   disk, no speaker and no other call.
2. Only a sensor proves it: the belt has to become slower within 3 s and to stand within 1.5 times
   what it has taken before. A switch that says off and a number that says 0 prove nothing.
3. A belt that does not become slower is told three times in all; then the plug is pulled, where
   the owner named one, and `stop_failed` is told, once.
4. A stop that is not proven is not over: it is sent again when a role comes back, when a stopped
   belt moves again, and every 15 s for a while, until the belt is measured to stand. So is the plug
   pulled.
5. One reading proves nothing: a belt that ran has to be measured to stand for 2 s, and the time of
   a stop goes on where it runs again within 6 s. Nor does one that counts down: a stop that came
   into a start is proven when the start can have no effect any more.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import Final, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from . import roles
from .roles import Command, Reading, Roles

FALLS_WITHIN_S: Final = 3
TRIES: Final = 3
UNLEARNT_S: Final = 10
"""How long a belt may take to stand until it has been measured."""
SHARE_OF_LEARNT: Final = 1.5
SOONEST_S: Final = 5
LATEST_S: Final = 12
"""The bounds of that: a belt that was slow when it was measured may be faster the next time, and
whoever stands on it has to hear of a failed stop within 15 s."""
FLICKER_S: Final = 6
"""A belt that runs again within this of its proof has not stood: the time of that stop goes on."""
SLOW_S: Final = 60
AGAIN_S: Final = 15
STANDS_S: Final = 2
"""For so long a belt that ran has to be measured to stand."""
TIMES_AGAIN: Final = 20
"""How often a stop that failed is sent again by itself: for five minutes."""
_A_BIT_S: Final = 1e-6
_SLOWER: Final = 0.05
_LEAST_SLOWER: Final = 0.1


class StopCause(StrEnum):
    """Why a belt is stopped."""

    PLANNED = "planned"
    """A turn, a rest, a count-in: the plan has the belt stand still."""
    ASKED = "asked"
    FINISHED = "finished"
    OBSTACLE = "obstacle"
    SENSOR_LOST = "sensor_lost"
    CONNECTION_LOST = "connection_lost"
    """Nothing would hear a stop, or the connection was away while the belt was to start."""
    BELT_STILL = "belt_still"
    TOO_FAST = "too_fast"
    MOVED_AGAIN = "moved_again"
    PHASE_LIMIT = "phase_limit"
    SESSION_LIMIT = "session_limit"
    HEART_RATE = "heart_rate"
    UNLOAD = "unload"
    RESTARTED = "restarted"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStop:
    """A stop that nothing has proven: since when it is sent, and how often.

    `plug_told` says whether the plug was told to switch off, which proves nothing.
    """

    since: datetime
    times: int
    plug_told: bool


class StopListener(Protocol):
    """Who is told of a stop; each in the turn in which it is known."""

    def stop_sent(self, cause: StopCause) -> None:
        """A stop that was not going on has been sent."""

    def stop_proven(self, cause: StopCause, seconds: float | None) -> None:
        """The belt is measured to stand; `seconds` is how long it took where it was running."""

    def stop_sent_again(self) -> None:
        """A stop that has failed was sent again."""

    def stop_failed(self, cause: StopCause, *, plug_pulled: bool) -> None:
        """Nothing proves that it stands, although it was told to more than once."""


class StopPath:
    """The stop path of one belt."""

    def __init__(
        self,
        hass: HomeAssistant,
        of: Roles,
        listener: StopListener,
        learnt_s: Callable[[], float | None],
        is_starting: Callable[[], bool],
    ) -> None:
        """Build it; `learnt_s` gives how long the belt has taken to stand, None: not known.

        `is_starting` tells whether Home Assistant may not know the treadmill yet.
        """
        self._hass = hass
        self._roles = of
        self._listener = listener
        self._learnt_s = learnt_s
        self._is_starting = is_starting
        self._cause: StopCause | None = None
        self._sent_at, self._sent = dt_util.utcnow(), 0
        """When a stop was sent first, as people tell it, and how often; measures nothing."""
        self._began = 0.0
        self._was_running = False
        self._level: float | None = None
        self._tries = 0
        self._failed = False
        self._starts_until = 0.0
        """Until when a belt that stands may only be counting down."""
        self._last = (-inf, 0.0, 0)
        """When the stop before was proven, when it began, and how often it was sent."""
        self._ran, self._ran_at = False, -inf
        """What was read last, and when the belt was read to run, or to have just run, last."""
        self._stands_since: float | None = None
        """Since when it is measured to stand, without a break."""
        self._proof: CALLBACK_TYPE | None = None
        self._timer: CALLBACK_TYPE | None = None
        self._settled: asyncio.Event = asyncio.Event()
        self._settled.set()

    @property
    def is_pending(self) -> bool:
        """Return whether a stop was sent and is not proven."""
        return self._cause is not None

    @property
    def failed(self) -> FailedStop | None:
        """Return the stop that has failed and is not over."""
        if not self._failed:
            return None
        plug_told = self._roles.plug is not None
        return FailedStop(since=self._sent_at, times=self._sent, plug_told=plug_told)

    @callback
    def stop(self, cause: StopCause, *, starts_until: float = 0) -> None:
        """Stop the belt now. One that is going on is sent again.

        `starts_until` is when a start that was sent before has had its effect, or has none.
        """
        before = roles.read(self._hass, self._roles)
        if self._cause is None:
            self._sent_at, self._sent = dt_util.utcnow(), 0
        self._send()  # first of all; what it makes the sensors say is read below
        self._starts_until = max(self._starts_until, starts_until)
        if self._cause is not None:
            if self._cause is StopCause.PLANNED:
                self._cause = cause
            return
        self._cause = cause
        self._began = self._hass.loop.time()
        self._was_running = before.runs is True or self._began - self._ran_at < STANDS_S
        self._level = before.level
        self._tries, self._failed = 1, False
        proven, began, tries = self._last
        if cause is StopCause.MOVED_AGAIN and self._began - proven < FLICKER_S:
            self._began, self._tries = began, tries + 1
        self._settled.clear()
        if self._roles.sensors:
            self._check_in(FALLS_WITHIN_S)
            self._listener.stop_sent(cause)
            self.read(roles.read(self._hass, self._roles))
        else:  # nothing can prove it, so nothing is waited for
            self._over()
            self._listener.stop_sent(cause)

    @callback
    def read(self, reading: Reading) -> None:
        """Take what the sensors say."""
        now = self._hass.loop.time()
        if reading.runs is not None and (reading.runs or self._ran):
            self._ran, self._ran_at = reading.runs, now
        if self._cause is None:
            return
        if reading.runs is not False:
            self._stands_since = None
        has_started = reading.runs and not self._was_running
        self._was_running = self._was_running or reading.runs is True
        if has_started and now < self._starts_until:  # it has started after all
            self._began, self._tries, self._level = now, 1, reading.level
            self._send()
            self._check_in(FALLS_WITHIN_S)
        elif reading.runs is False:
            self._stands(now)

    def _stands(self, now: float) -> None:
        """Take it for proven, or wait until it is."""
        if self._cause is None:
            return
        if self._stands_since is None:
            self._stands_since = now
        wait = STANDS_S if self._was_running else 0
        left = max(self._starts_until, self._stands_since + wait) - now
        if left > _A_BIT_S:
            self._prove_in(left)
            return
        cause, seconds = self._cause, self._stands_since - self._began
        measured = self._was_running and not self._failed
        self._last = (now, self._began, self._tries)
        self._over()
        self._listener.stop_proven(cause, seconds if measured else None)

    @callback
    def role_back(self) -> None:
        """Something that may stop the belt, or its plug, can be told again."""
        if self._cause is not None:
            self._send()
            if self._failed:
                self._pull_plug()

    async def settled(self) -> None:
        """Wait until a stop is proven or has failed."""
        await self._settled.wait()

    @callback
    def close(self) -> None:
        """Wait for nothing any more."""
        for cancel in (self._timer, self._proof):
            if cancel is not None:
                cancel()
        self._timer = self._proof = None
        self._settled.set()

    # Beneath

    def _over(self) -> None:
        self._cause, self._failed, self._stands_since = None, False, None
        self.close()

    def _prove_in(self, seconds: float) -> None:
        @callback
        def due(_now: object) -> None:
            self._proof = None
            self.read(roles.read(self._hass, self._roles))

        if self._proof is None:
            self._proof = async_call_later(self._hass, seconds, due)

    def _check_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer()
        self._timer = async_call_later(self._hass, seconds, self._check)

    @callback
    def _check(self, _now: object) -> None:
        self._timer = None
        reading = roles.read(self._hass, self._roles)
        self.read(reading)
        if self._cause is None or self._timer is not None:
            return
        now = self._hass.loop.time()
        elapsed = now - self._began
        may_start = now < self._starts_until
        if reading.runs is False and (self._failed or elapsed < LATEST_S or may_start):
            self._level = reading.level
            if may_start:  # a toggle would start a belt that only stands
                self._send()
            self._check_in(FALLS_WITHIN_S)
            return
        if self._failed:
            self._send()
            self._pull_plug()
            self._tries += 1
            if self._tries < TRIES + TIMES_AGAIN:
                self._check_in(AGAIN_S)
            return
        if self._is_starting() and (reading.runs is None or not self._can_stop):
            self._began = self._hass.loop.time()  # what is not there yet is no failure
            self._check_in(FALLS_WITHIN_S)
            return
        is_falling = self._falls(reading.level)
        self._level = reading.level
        is_late = elapsed >= (self._deadline_s if is_falling else LATEST_S)
        if is_late or (not is_falling and self._tries >= TRIES):
            self._fail()
            return
        if not is_falling:
            self._send()
            self._tries += 1
        left = (self._deadline_s if is_falling else LATEST_S) - elapsed
        self._check_in(min(FALLS_WITHIN_S, left))

    @property
    def _can_stop(self) -> bool:
        return roles.can_stop(self._hass, self._roles)

    @property
    def _deadline_s(self) -> float:
        if (learnt := self._learnt_s()) is None:
            return UNLEARNT_S
        return min(max(learnt * SHARE_OF_LEARNT, SOONEST_S), LATEST_S)

    def _falls(self, level: float | None) -> bool:
        if level is None or self._level is None:
            return False
        return level <= self._level - max(_LEAST_SLOWER, _SLOWER * self._level)

    def _fail(self) -> None:
        cause = self._cause
        if cause is None:
            return
        self._failed = True
        self._pull_plug()
        self._check_in(AGAIN_S)
        self._settled.set()
        self._listener.stop_failed(cause, plug_pulled=self._roles.plug is not None)

    def _pull_plug(self) -> None:
        """Pull the plug, where there is one: whatever it says, nothing proves that it stands."""
        if (plug := self._roles.plug) is not None:
            self._call(Command(roles.domain_of(plug), "turn_off", {"entity_id": plug}))

    def _send(self) -> None:
        self._sent += 1
        start = self._roles.start
        if start is not None and roles.domain_of(start) == "script":  # it may be going on
            self._call(Command("script", "turn_off", {"entity_id": start}))
        for entity_id in self._roles.stops:
            if (command := roles.stop(self._hass, entity_id)) is not None:
                self._call(command)
        if self._failed:
            self._listener.stop_sent_again()

    def _call(self, command: Command) -> None:
        """Make a call begin in this turn; how it ends, the sensors tell.

        One that hangs is given up in time for those that wait behind it; once a stop has failed,
        one that is slow is better than none.
        """
        self._hass.async_create_task(
            roles.call_within(self._hass, command, SLOW_S if self._failed else LATEST_S),
            f"retrowalk: stop by {command.data['entity_id']}",
            eager_start=True,
        )
