"""The heart-rate sensor of whoever walks: how long it has been above a ceiling.

What the sensor said when nobody listened is not known, and what it has not said again for a while
is not known any more: a strap that was taken off keeps its last value.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback
from homeassistant.helpers.event import (
    async_call_later,
    async_track_state_change_event,
    async_track_state_report_event,
)

STALE_S: Final = 30
"""Straps speak every second or so, bridges every 5 to 20 s [CJ]."""
LEAST_BPM: Final = 25
MOST_BPM: Final = 250
"""What is outside of these is no heart of anybody who walks."""


class HeartRate:
    """Listens to one sensor until it is closed."""

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        after_s: Sequence[float],
        on_above: Callable[[int], None],
    ) -> None:
        """Begin to listen; `on_above` is called with the index of each time that is over."""
        self._hass = hass
        self._after_s = after_s
        self._on_above = on_above
        self._ceiling: float | None = None
        self._bpm: float | None = None
        self._heard_at = 0.0
        self._timers: list[CALLBACK_TYPE] = []
        self._unsubscribe = (
            async_track_state_change_event(hass, [entity_id], self._changed),
            async_track_state_report_event(hass, [entity_id], self._changed),
        )

    @callback
    def limit(self, ceiling_bpm: float | None) -> None:
        """Hold the heart rate to a ceiling (beats a minute) from now on; None holds it to none."""
        self._ceiling = ceiling_bpm
        self._look()

    @callback
    def close(self) -> None:
        """Listen no more."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._calm()

    @callback
    def _changed(self, event: Event[Any]) -> None:
        if self._is_stale:
            self._calm()  # what was known then has ended
        self._bpm = _beats(event.data.get("new_state"))
        self._heard_at = self._hass.loop.time()
        self._look()

    @property
    def _is_stale(self) -> bool:
        return self._hass.loop.time() - self._heard_at > STALE_S

    def _is_above(self) -> bool:
        known = self._bpm is not None and self._ceiling is not None and not self._is_stale
        return known and (self._bpm or 0) > (self._ceiling or 0)

    def _look(self) -> None:
        if not self._is_above():
            self._calm()
        elif not self._timers:
            self._timers = [self._later(i, seconds) for i, seconds in enumerate(self._after_s)]

    def _later(self, index: int, seconds: float) -> CALLBACK_TYPE:
        @callback
        def over(_now: object) -> None:
            if self._is_above():
                self._on_above(index)
            else:
                self._calm()

        return async_call_later(self._hass, seconds, over)

    def _calm(self) -> None:
        for cancel in self._timers:
            cancel()
        self._timers = []


def _beats(state: State | None) -> float | None:
    """Return the beats a minute; None for what is none."""
    try:
        bpm = float(state.state) if state is not None else 0.0
    except ValueError:
        return None
    return bpm if isfinite(bpm) and LEAST_BPM <= bpm <= MOST_BPM else None
