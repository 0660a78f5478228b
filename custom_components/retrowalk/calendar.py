"""Walks of a runner: what was done, and what is proposed for the coming two weeks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coach.day import Advice
from .coach.ledger import Entry
from .entity import RunnerView, add_entities
from .home import RetrowalkConfigEntry
from .messages import name_reasons, text

PARALLEL_UPDATES = 0
_DAY: Final = timedelta(days=1)
_LEAST: Final = timedelta(minutes=1)
"""An event has a length."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendars."""
    add_entities(
        entry,
        async_add_entities,
        of_runner=lambda runner: [WalksCalendar(entry, runner, "walks")],
    )


class WalksCalendar(RunnerView, CalendarEntity):
    """What was walked, and what is going to be if all goes well."""

    @property
    def event(self) -> CalendarEvent | None:
        """Return the next walk that is proposed."""
        return next(self._proposed_events(), None)

    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return what was done and what is proposed between two instants."""
        since = start_date - _DAY  # one that began before may end in it
        done = [self._done(each) for each in await self.runner.diary.sessions(since)]
        events = [*done, *self._proposed_events()]
        return [
            each
            for each in events
            if each.end_datetime_local > start_date and each.start_datetime_local < end_date
        ]

    def _proposed_events(self) -> Iterator[CalendarEvent]:
        for advice in self.runner.ahead():
            if advice.is_proposed:
                yield self._proposed(advice)

    def _done(self, entry: Entry) -> CalendarEvent:
        minutes = entry.backward_time.total_seconds() / 60
        start, end = dt_util.as_local(entry.started), dt_util.as_local(entry.ended)
        if end - start < _LEAST:  # by the wall: an hour comes twice in autumn
            end = start + _LEAST
        return CalendarEvent(
            start=start,
            end=end,
            summary=self._name("calendar_done", entry.kind.value, f"{minutes:.0f}"),
            uid=entry.session_id,
        )

    def _proposed(self, advice: Advice) -> CalendarEvent:
        return CalendarEvent(
            start=advice.day,
            end=advice.day + _DAY,
            summary=self._name("calendar_proposed", advice.kind.value, f"{advice.minutes:g}"),
            description=name_reasons(self.hass, advice.reasons),
        )

    def _name(self, key: str, kind: str, minutes: str) -> str:
        kind = text(self.hass, f"kind_{kind}")
        return text(self.hass, key, kind=kind, minutes=minutes)
