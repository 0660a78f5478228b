"""The path: named blockers, live.

A sensor that says nothing is not a clear sensor: `unavailable`, `unknown` and one that is gone are
blockers of their own reason. Shortly after Home Assistant has started they are `not_ready`: nobody
can know yet, and nobody is alarmed. A sensor that also sees the walker counts before the start
only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.const import STATE_OFF
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event

from .roles import SILENT

CLEAR: Final = frozenset({STATE_OFF})
"""What a binary sensor says while nothing is in the way."""


class BlockerReason(StrEnum):
    """Why something keeps a walk from starting or going on."""

    OBSTRUCTED = "obstructed"
    UNAVAILABLE = "unavailable"
    NOT_READY = "not_ready"
    """Home Assistant has just started, and it is not there yet."""
    BELT_MOVING = "belt_moving"
    BELT_SILENT = "belt_silent"
    """Nothing measures whether the belt stands."""
    STOP_DEAD = "stop_dead"
    """Nothing that can stop the belt answers."""
    STOP_PENDING = "stop_pending"
    """The belt was told to stop, and nothing proves that it does."""


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

    @classmethod
    def of(cls, hass: HomeAssistant, entity_id: str, reason: BlockerReason) -> Blocker:
        """Return an entity as a blocker, by the name it has now."""
        state = hass.states.get(entity_id)
        return cls(
            entity_id=entity_id,
            name=state.name if state is not None else entity_id,
            reason=reason,
            since=state.last_changed if state is not None else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Something that has to be in one of its clear states.

    `clear` are states in small letters. `hold_s` is how long it has to be in another one before a
    walk is stopped for it: 0 is at once.
    """

    entity_id: str
    clear: frozenset[str] = CLEAR
    hold_s: float = 0
    also_sees_me: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathConfig:
    """What watches the path, each entity once."""

    watched: tuple[Watched, ...] = ()


class Path:
    """The path of one gym. Listens to its sensors only between `listen` and `close`."""

    def __init__(
        self,
        hass: HomeAssistant,
        config: PathConfig,
        on_change: Callable[[], None],
        is_starting: Callable[[], bool] = lambda: False,
    ) -> None:
        """Build it; `on_change` is called in the turn in which a sensor speaks."""
        self._hass = hass
        self._watched = {each.entity_id: each for each in config.watched}
        self._on_change = on_change
        self._is_starting = is_starting
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._heard: set[str] = set()
        """Sensors that have said something since Home Assistant started."""
        self._known: dict[str, Blocker] = {}

    @property
    def is_watched(self) -> bool:
        """Return whether there is a sensor at all."""
        return bool(self._watched)

    @callback
    def blockers(self, *, walking: bool = False) -> tuple[Blocker, ...]:
        """Return what blocks a start now, or what blocks a walk that is going on."""
        return tuple(
            blocker
            for watched in self._watched.values()
            if not (walking and watched.also_sees_me) and (blocker := self._blocker(watched))
        )

    def _blocker(self, watched: Watched) -> Blocker | None:
        state = self._hass.states.get(watched.entity_id)
        if state is not None and state.state not in SILENT:
            self._heard.add(watched.entity_id)
            reason = BlockerReason.OBSTRUCTED
            if state.state.casefold() in watched.clear:
                self._known.pop(watched.entity_id, None)
                return None
        elif self._is_starting() and watched.entity_id not in self._heard:
            reason = BlockerReason.NOT_READY
        else:
            reason = BlockerReason.UNAVAILABLE
        # A state that goes on changing while it is in the way is the same blocker.
        known = self._known.get(watched.entity_id)
        if known is None or known.reason is not reason:
            known = Blocker.of(self._hass, watched.entity_id, reason)
            self._known[watched.entity_id] = known
        return known

    def hold_s(self, entity_id: str) -> float:
        """Return how long an obstacle has to last before a walk is stopped for it."""
        return self._watched[entity_id].hold_s

    def missing(self) -> list[str]:
        """Return the sensors that Home Assistant does not have; each blocks every start."""
        return [each for each in self._watched if self._hass.states.get(each) is None]

    @callback
    def listen(self) -> None:
        """Begin to listen; does nothing where it listens already or has no sensor."""
        if self._unsubscribe is None and self._watched:
            self._unsubscribe = async_track_state_change_event(
                self._hass, list(self._watched), self._changed
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
