"""On which days a runner runs, as far as anything in the house knows.

Each source that the owner has named says yes, no or nothing. Where they disagree, or one that
should know is silent, nobody knows. That somebody has run, a sensor can only say afterwards.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.components.calendar import DOMAIN as CALENDAR_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event
from homeassistant.util import dt as dt_util

from .coach.day import AHEAD_DAYS, RunningDay

_LOGGER = logging.getLogger(__name__)

ANSWERS_WITHIN_S: Final = 10
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningConfig:
    """What may know of runs; `weekdays` 0 is Monday, None where nobody said any."""

    weekdays: frozenset[int] | None = None
    calendar: str | None = None
    keyword: str = ""
    last_run: str | None = None

    @property
    def has_source(self) -> bool:
        """Return whether anything says which days are running days."""
        return self.weekdays is not None or self.calendar is not None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return the entities that it names."""
        return tuple(each for each in (self.calendar, self.last_run) if each)


class RunningDays:
    """The running days of one runner, from two days ago to two weeks ahead."""

    def __init__(
        self, hass: HomeAssistant, config: RunningConfig, wall: Callable[[], datetime]
    ) -> None:
        """Know what to ask, and what time it is (UTC); `open` begins to listen."""
        self._hass = hass
        self._wall = wall
        self.config = config
        self.on_change: Callable[[], None] = lambda: None
        """Called whenever a source may say something else."""
        self._events: Mapping[date, bool] | None = None
        """Whether an event names a run, by day; None: the calendar has said nothing."""
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def open(self) -> None:
        """Listen to what is named."""
        self.close()
        if self.config.entities:
            self._unsubscribe = async_track_state_change_event(
                self._hass, self.config.entities, self._spoke
            )
            self.ask()

    @callback
    def close(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def configure(self, config: RunningConfig) -> None:
        """Ask something else from now on."""
        if config != self.config:
            self.config, self._events = config, None
            self.open()

    def says(self, today: date) -> dict[date, RunningDay]:
        """Return what is known of the days around today."""
        return {(day := today + n * _DAY): self._of(day) for n in range(-2, AHEAD_DAYS + 1)}

    def ran(self) -> frozenset[date]:
        """Return the days on which a sensor says that they have run; none in the future."""
        state = self._hass.states.get(self.config.last_run) if self.config.last_run else None
        try:
            when = dt_util.parse_datetime(state.state) if state is not None else None
            if when is None or when.tzinfo is None or when > self._wall():
                return frozenset()
            return frozenset({dt_util.as_local(when).date()})
        except ValueError, OverflowError:  # the 30th of February, or the year 1
            return frozenset()

    async def refresh(self, today: date) -> None:
        """Ask the calendar, if there is one; what does not answer is not known."""
        if self.config.calendar is None:
            return
        asked = self.config
        events = await self._read(self.config.calendar, today)
        if self.config is asked and events != self._events:
            self._events = events
            self.on_change()

    # Beneath

    def _of(self, day: date) -> RunningDay:
        says = []
        if self.config.weekdays is not None:
            says.append(day.weekday() in self.config.weekdays)
        if self.config.calendar is not None:
            if self._events is None or day not in self._events:
                return RunningDay.UNKNOWN
            says.append(self._events[day])
        if not says or (any(says) and not all(says)):
            return RunningDay.UNKNOWN
        return RunningDay.YES if says[0] else RunningDay.NO

    async def _read(self, calendar: str, today: date) -> dict[date, bool] | None:
        first = dt_util.start_of_local_day(today - 2 * _DAY)
        end = dt_util.start_of_local_day(today + (AHEAD_DAYS + 1) * _DAY)
        state = self._hass.states.get(calendar)
        if state is None or state.state == "unavailable":
            return None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                answer: Any = await self._hass.services.async_call(
                    CALENDAR_DOMAIN,
                    "get_events",
                    {ATTR_ENTITY_ID: calendar, "start_date_time": first, "end_date_time": end},
                    blocking=True,
                    return_response=True,
                )
            events = answer[calendar]["events"]
            found = {today + n * _DAY: False for n in range(-2, AHEAD_DAYS + 1)}
            for each in events:
                if self.config.keyword.casefold() in str(each.get("summary", "")).casefold():
                    found |= dict.fromkeys(_days(each["start"], each["end"]) & found.keys(), True)
        except Exception as err:  # noqa: BLE001 - whatever a calendar's integration raises
            _LOGGER.warning("%s does not say when runs are: %r", calendar, err)
            return None
        return found

    @callback
    def _spoke(self, event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == self.config.calendar:
            self.ask()
        self.on_change()

    @callback
    def ask(self) -> None:
        """Ask the calendar; `on_change` tells when it says something new."""
        today = dt_util.as_local(self._wall()).date()
        self._hass.async_create_task(self.refresh(today), "retrowalk: ask a calendar for runs")


def _days(start: str, end: str) -> set[date]:
    """Return the local days of an event; one of whole days ends before its last."""
    if len(start) <= len("2026-01-01"):
        first, last = date.fromisoformat(start), date.fromisoformat(end) - _DAY
    else:
        begins, ends = (dt_util.as_local(datetime.fromisoformat(each)) for each in (start, end))
        first, last = begins.date(), (ends - timedelta(microseconds=1)).date()
    return {first + n * _DAY for n in range(min((max(last, first) - first).days, 366) + 1)}
