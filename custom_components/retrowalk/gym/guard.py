"""The guard of the lane: what comes into the way of a walk, and how long it is waited for.

An obstacle counts after its sensor's hold time, which is usually none: then it is told in the turn
in which the sensor speaks. A sensor that falls silent has a grace first. Whoever is told, is told
once.
"""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .path import Blocker, BlockerReason

LOST_GRACE_S: Final = 10
"""A sensor that is back within this was only reconnecting."""


class Guard:
    """Waits for what blocks a walk; `on_blocked` is called once with the first that counts."""

    def __init__(
        self,
        hass: HomeAssistant,
        hold_s: Callable[[str], float],
        on_blocked: Callable[[Blocker], None],
    ) -> None:
        """Begin to guard; `look` tells what is in the way."""
        self._hass = hass
        self._hold_s = hold_s
        self._on_blocked = on_blocked
        self._waiting: dict[tuple[str, BlockerReason], CALLBACK_TYPE] = {}

    @property
    def waits_for(self) -> frozenset[str]:
        """Return the sensors that do not count yet."""
        return frozenset(entity_id for entity_id, _ in self._waiting)

    @callback
    def look(self, blockers: Iterable[Blocker]) -> None:
        """Take what is in the way now."""
        now = {(each.entity_id, each.reason): each for each in blockers}
        for key in self._waiting.keys() - now.keys():
            self._waiting.pop(key)()
        for key, blocker in now.items():
            if key in self._waiting:
                continue
            is_obstacle = blocker.reason is BlockerReason.OBSTRUCTED
            seconds = self._hold_s(blocker.entity_id) if is_obstacle else LOST_GRACE_S
            if seconds <= 0:
                self._blocked(blocker)
                return
            self._wait_for(key, blocker, seconds)

    @callback
    def close(self) -> None:
        """Wait for nothing any more."""
        for cancel in self._waiting.values():
            cancel()
        self._waiting.clear()

    def _wait_for(self, key: tuple[str, BlockerReason], blocker: Blocker, seconds: float) -> None:
        @callback
        def over(_now: object) -> None:
            self._waiting.pop(key, None)
            self._blocked(blocker)

        self._waiting[key] = async_call_later(self._hass, seconds, over)

    def _blocked(self, blocker: Blocker) -> None:
        self.close()
        self._on_blocked(blocker)
