"""One session from start to end: the only place where coach and gym meet.

The one clock of a session: the UTC instant of its start plus monotonic time since. Wall time only
names the day, so a clock that is set, a time zone or daylight saving that changes in mid-walk moves
nothing. A rehearsal is the same clock running faster.

Between two instants that matter nothing happens here: no tick, no poll. The session says when it
changes by itself, and ONE timer is set for that instant.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
import time
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .coach.ledger import to_ms
from .coach.plan import Phase
from .coach.refused import Refused
from .coach.session import Position, Reason, Session, State, Verb
from .gym.gym import Gym, Holder
from .gym.path import Blocker, BlockerReason
from .gym.room import PreparedBy
from .messages import name_blockers

_LOGGER = logging.getLogger(__name__)

APART: Final = timedelta(seconds=5)
"""Wall and session time further apart than this: somebody has set the clock."""
_GUARDED: Final = (State.GET_READY, State.WALKING_BACKWARD, State.WALKING_FORWARD, State.RESTING)
"""States in which the walker moves or is about to."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of the machine: `wall` an aware UTC instant, `monotonic` seconds."""

    wall: Callable[[], datetime] = dt_util.utcnow
    monotonic: Callable[[], float] = time.monotonic


class SessionClock:
    """Time since a session's start; `pace` times as fast as real time."""

    def __init__(self, clocks: Clocks, pace: float = 1) -> None:
        """Start it."""
        self._clocks = clocks
        self._pace = pace
        self.started = clocks.wall()
        self._zero = clocks.monotonic()

    def settle(self) -> None:
        """Take the wall clock's word for the start again where it was set meanwhile."""
        since = self.elapsed() / self._pace
        if abs(self._clocks.wall() - self.started - since) > APART:
            self.started = self._clocks.wall() - since

    def elapsed(self) -> timedelta:
        """Return the session's time."""
        return timedelta(seconds=(self._clocks.monotonic() - self._zero) * self._pace)

    def real_seconds_until(self, at: timedelta) -> float:
        """Return the real seconds until an instant of the session."""
        return (at - self.elapsed()).total_seconds() / self._pace

    def instant(self, at: timedelta) -> datetime:
        """Return the UTC instant at which people will see an instant of the session."""
        return self.started + at / self._pace


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What the views read of a session that is going on."""

    session: Session
    position: Position
    next_phase: Phase | None
    ends: datetime | None
    """When this state ends by itself."""
    session_ends: datetime | None
    reason: str | None


class Conductor:
    """Leads one session; made for it and thrown away after it."""

    def __init__(
        self,
        hass: HomeAssistant,
        gym: Gym,
        holder: Holder,
        session: Session,
        clock: SessionClock,
        *,
        on_change: Callable[[Position, Position], None],
        on_end: Callable[[Session, Position], Awaitable[None]],
    ) -> None:
        """Take the gym and begin. Raises Refused `gym_in_use` (holder), changing nothing.

        `on_change` gets the position before and after each change (the same one twice where only
        the reason for waiting changed), `on_end` the session when it is over; the room is brought
        back when `on_end` is through.
        """
        if not gym.hold(holder, frozenset(session.overrides)):
            in_use_by = gym.snapshot.holder
            raise Refused("gym_in_use", holder=in_use_by.name if in_use_by else "")
        self._hass = hass
        self._gym = gym
        self._session = session
        self._clock = clock
        self._on_change = on_change
        self._on_end = on_end
        self._timer: CALLBACK_TYPE | None = None
        self._room_ready = False
        self._is_blocked = False
        self._position = session.position(timedelta())
        self._ending: asyncio.Task[None] | None = None
        self._unsubscribe = gym.subscribe(self._check_path)
        self._preparing = hass.async_create_task(
            self._prepare(), f"retrowalk: prepare the room for {holder.name}", eager_start=False
        )
        self._follow()

    # What the runner asks

    @property
    def session(self) -> Session:
        """Return the session as it stands."""
        return self._session

    @property
    def is_over(self) -> bool:
        """Return whether the walk has ended; it may still be written down."""
        return self._ending is not None

    @property
    def view(self) -> SessionView:
        """Return what the views read."""
        position = self._position
        session_ends = self._session.ends(position)
        return SessionView(
            session=self._session,
            position=position,
            next_phase=self._session.next_phase(position),
            ends=self._clock.instant(position.ends) if position.ends is not None else None,
            session_ends=self._clock.instant(session_ends) if session_ends is not None else None,
            reason=self._reason(),
        )

    @callback
    def mark(
        self, verb: Verb, *, reason: Reason | None = None, by: timedelta | None = None
    ) -> None:
        """Let something happen to the session now.

        Raises Refused as Session.mark does, `no_session` when the walk is over, and
        `path_in_the_way` (blockers) for a go or a resume while something is in the way.
        After an end, await `ended`.
        """
        at = self._clock.elapsed()
        self._follow_to(at)
        if self.is_over:
            if verb is Verb.END:
                return
            raise Refused("no_session")
        if verb in (Verb.GO, Verb.RESUME) and (blockers := self._gym.check_path()):
            raise Refused("path_in_the_way", blockers=name_blockers(self._hass, blockers))
        self._session = self._session.mark(verb, at, reason=reason, by=by)
        self._follow_to(at)

    async def ended(self) -> None:
        """Wait until an ended session is written down and the room is back."""
        if self._ending is not None:
            await asyncio.shield(self._ending)

    # The clockwork

    @callback
    def _follow(self, _now: object = None) -> None:
        self._follow_to(self._clock.elapsed())

    @callback
    def _follow_to(self, at: timedelta) -> None:
        """Bring everything in step with where the session stands, and set the one timer."""
        if self._ending is not None:
            return
        self._clock.settle()
        if self._timer is not None:
            self._timer()
            self._timer = None
        before, now = self._position, self._session.position(at)
        self._position = now
        if now.state is State.IDLE:
            self._ending = self._hass.async_create_task(
                self._end(), f"retrowalk: end of {self._session.session_id}", eager_start=False
            )
            return
        if now.ends is not None:
            delay = max(0.0, self._clock.real_seconds_until(now.ends))
            self._timer = async_call_later(self._hass, delay, self._follow)
        if now == before:
            return
        self._on_change(before, now)
        if now.state in _GUARDED:  # last, since an obstacle that is there already answers at once
            self._gym.arm(self._blocked)
        else:
            self._gym.disarm()

    async def _end(self) -> None:
        self._unsubscribe()
        self._gym.disarm()
        self._preparing.cancel()
        session = replace(self._session, started=to_ms(self._clock.started))
        try:
            await self._on_end(session, self._position)
        finally:
            self._gym.release(gave_up=self._position.reason is Reason.PATH_BLOCKED)
            await self._gym.restore_room()

    # The room and the path

    async def _prepare(self) -> None:
        self._check_path()
        try:
            await self._gym.prepare_room(PreparedBy.WALK)
        except Exception:  # a room that cannot be prepared keeps nobody from walking
            _LOGGER.exception("The room could not be prepared")
        self._room_ready = True
        self._check_path()

    @callback
    def _check_path(self) -> None:
        """Go on from preparing as soon as the room is ready and nothing is in the way."""
        at = self._clock.elapsed()
        self._follow_to(at)
        if self._position.state is not State.PREPARING:
            return
        blockers = self._gym.check_path()
        if self._room_ready and not blockers:
            self._gym.begin()
            self._session = self._session.mark(Verb.PREPARED, at)
            self._follow_to(at)
        elif bool(blockers) != self._is_blocked:
            self._is_blocked = bool(blockers)
            self._on_change(self._position, self._position)

    @callback
    def _blocked(self, blocker: Blocker) -> None:
        self._follow()
        if self._position.state in _GUARDED and not self.is_over:
            lost = blocker.reason is BlockerReason.UNAVAILABLE
            self.mark(Verb.PAUSE, reason=Reason.SENSOR_LOST if lost else Reason.OBSTACLE)

    def _reason(self) -> str | None:
        if self._position.reason is not None:
            return self._position.reason.value
        if self._position.state is State.PREPARING and self._is_blocked:
            return Reason.PATH_BLOCKED.value
        return None
