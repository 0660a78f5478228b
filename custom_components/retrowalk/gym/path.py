"""Path sensors: named blockers, live.

A sensor that says nothing is not a clear sensor: `unavailable`, `unknown` and a sensor that is gone
are blockers of their own reason. A sensor that also sees the walker counts before the start only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event


class BlockerReason(StrEnum):
    """Why a sensor blocks the path."""

    OBSTRUCTED = "obstructed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A named reason why a walk may not start or go on; a sensor that is gone has no `since`."""

    entity_id: str
    name: str
    reason: BlockerReason
    since: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the blocker as a state attribute."""
        return {"entity": self.entity_id, "reason": self.reason.value, "since": self.since}


@dataclass(frozen=True, slots=True, kw_only=True)
class PathConfig:
    """The binary sensors that must be off, and those of them that see the walker too."""

    sensors: tuple[str, ...] = ()
    also_sees_me: frozenset[str] = frozenset()


class Path:
    """The path of one gym. Listens to its sensors only between `listen` and `close`."""

    def __init__(
        self, hass: HomeAssistant, config: PathConfig, on_change: Callable[[], None]
    ) -> None:
        """Build it; `on_change` is called in the turn in which a sensor speaks."""
        self._hass = hass
        self._config = config
        self._on_change = on_change
        self._unsubscribe: CALLBACK_TYPE | None = None

    @property
    def is_watched(self) -> bool:
        """Return whether there is a sensor at all."""
        return bool(self._config.sensors)

    @callback
    def blockers(self, *, walking: bool = False) -> tuple[Blocker, ...]:
        """Return what blocks a start now, or what blocks a walk that is going on."""
        return tuple(
            blocker
            for entity_id in self._config.sensors
            if not (walking and entity_id in self._config.also_sees_me)
            and (blocker := self._blocker(entity_id))
        )

    def _blocker(self, entity_id: str) -> Blocker | None:
        state = self._hass.states.get(entity_id)
        if state is not None and state.state == STATE_OFF:
            return None
        obstructed = state is not None and state.state == STATE_ON
        return Blocker(
            entity_id=entity_id,
            name=state.name if state is not None else entity_id,
            reason=BlockerReason.OBSTRUCTED if obstructed else BlockerReason.UNAVAILABLE,
            since=state.last_changed if state is not None else None,
        )

    def missing(self) -> list[str]:
        """Return the sensors that Home Assistant does not have; each blocks every start."""
        return [each for each in self._config.sensors if self._hass.states.get(each) is None]

    @callback
    def listen(self) -> None:
        """Begin to listen; does nothing where it listens already or has no sensor."""
        if self._unsubscribe is None and self._config.sensors:
            self._unsubscribe = async_track_state_change_event(
                self._hass, self._config.sensors, self._changed
            )

    @callback
    def close(self) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def _changed(self, _event: Event[EventStateChangedData]) -> None:
        self._on_change()
