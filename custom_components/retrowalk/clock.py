"""The two clocks of a session, which is kept here and nowhere else.

1. A session's time is the UTC instant of its start plus steady time since. Wall time only names the
   day, so a clock that is set, a time zone or daylight saving that changes in mid-walk moves
   nothing. A rehearsal is the same clock running faster.
2. The steady clock goes on while the machine sleeps, where the machine has such a clock.
3. What is proven of a session that goes on is kept with what both clocks said then. How long a
   restart took is the longest that either clock says; a wall clock that says less than nothing says
   nothing: then nobody knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
import time
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .coach.ledger import week_of
from .coach.session import Session

APART: Final = timedelta(seconds=5)
"""Wall and session time further apart than this: somebody has set the clock."""
NO_TIME: Final = timedelta()
_MINUTE: Final = timedelta(minutes=1)
_US: Final = timedelta(microseconds=1)


def _steady() -> float:
    """Return seconds that nobody sets, asleep or awake; awake only where nothing else is known."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of the machine: `wall` an aware UTC instant, `steady` seconds."""

    wall: Callable[[], datetime] = dt_util.utcnow
    steady: Callable[[], float] = _steady


class SessionClock:
    """Time since a session's start; `pace` times as fast as real time."""

    def __init__(self, clocks: Clocks, pace: float = 1, since_start: timedelta = NO_TIME) -> None:
        """Start it, `since_start` into the session."""
        self._clocks = clocks
        self.pace = pace
        self.started = clocks.wall() - since_start
        self._zero = clocks.steady() - since_start.total_seconds()

    @property
    def ahead(self) -> timedelta:
        """Return how far the wall clock has run ahead of the session's; less than 0: behind."""
        return self._clocks.wall() - self.started - self.elapsed() / self.pace

    def settle(self) -> None:
        """Take the wall clock's word for the start again."""
        self.started += self.ahead

    def elapsed(self) -> timedelta:
        """Return the session's time."""
        return timedelta(seconds=(self._clocks.steady() - self._zero) * self.pace)

    def real_seconds_until(self, at: timedelta) -> float:
        """Return the real seconds until an instant of the session."""
        return (at - self.elapsed()).total_seconds() / self.pace

    def instant(self, at: timedelta) -> datetime:
        """Return the UTC instant at which people will see an instant of the session."""
        return self.started + at / self.pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A session that goes on, as it is on disk: what is proven of it, and when that was.

    `at` is the last proven instant since its start; `wall` and `steady` are what the two clocks of
    the machine said then.
    """

    session: Session
    at: timedelta
    wall: datetime
    steady: float

    @classmethod
    def now(cls, session: Session, at: timedelta, clocks: Clocks) -> Self:
        """Return what is proven at this second."""
        return cls(session=session, at=at, wall=clocks.wall(), steady=clocks.steady())

    def gap(self, clocks: Clocks) -> timedelta | None:
        """Return how long ago that was; None where nobody knows."""
        by_wall = clocks.wall() - self.wall
        if by_wall < -APART:
            return None
        # A machine that started anew began its steady clock anew, and says too little.
        by_steady = timedelta(seconds=clocks.steady() - self.steady)
        return max(by_wall, by_steady, NO_TIME)

    def as_dict(self) -> dict[str, Any]:
        """Return the journal as plain JSON values."""
        return {
            "session": self.session.as_dict(),
            "at_us": self.at // _US,
            "wall": self.wall.isoformat(timespec="microseconds"),
            "steady": self.steady,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the journal that `as_dict` wrote.

        Raises KeyError, ValueError, TypeError, OverflowError or Refused where it did not.
        """
        journal = cls(
            session=Session.from_dict(data["session"]),
            at=data["at_us"] * _US,
            wall=datetime.fromisoformat(data["wall"]).astimezone(UTC),
            steady=float(data["steady"]),
        )
        session, at = journal.session, journal.at
        if at < (session.marks[-1].at if session.marks else NO_TIME):
            raise ValueError(f"proven at {at}, before its last mark")
        if abs(journal.wall - session.started - at) > _MINUTE or not isfinite(journal.steady):
            raise ValueError(f"proven at {at}, but begun {session.started} at {journal.wall}")
        return journal


class LocalTime:
    """The calendar of the home: which day it is there, and which week."""

    def __init__(self, hass: HomeAssistant, clocks: Clocks) -> None:
        """Follow a wall clock."""
        self._hass = hass
        self._clocks = clocks

    @property
    def now(self) -> datetime:
        """Return the instant (UTC)."""
        return self._clocks.wall()

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the home."""
        return ZoneInfo(self._hass.config.time_zone)

    @property
    def today(self) -> date:
        """Return the local day."""
        return self.now.astimezone(self.zone).date()

    def this_week(self, first_weekday: int) -> date:
        """Return the first day of the week; `first_weekday` 0 is Monday."""
        return week_of(self.today, first_weekday)
