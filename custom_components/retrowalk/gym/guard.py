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
        self._waiting: dict[str, tuple[BlockerReason, float, CALLBACK_TYPE]] = {}
        """Why each sensor is waited for, until when on the loop's clock, and the way out."""

    @property
    def waits_for(self) -> frozenset[str]:
        """Return the sensors that do not count yet."""
        return frozenset(self._waiting)

    @callback
    def look(self, blockers: Iterable[Blocker]) -> None:
        """Take what is in the way now.

        A sensor that changes between two reasons has not been clear: it waits no longer for that.
        """
        now = {each.entity_id: each for each in blockers}
        for entity_id in self._waiting.keys() - now.keys():
            self._waiting.pop(entity_id)[2]()
        for entity_id, blocker in now.items():
            is_obstacle = blocker.reason is BlockerReason.OBSTRUCTED
            seconds = self._hold_s(entity_id) if is_obstacle else LOST_GRACE_S
            until = self._hass.loop.time() + seconds
            if (waiting := self._waiting.get(entity_id)) is not None:
                reason, earlier, cancel = waiting
                if reason is blocker.reason:
                    continue
                until = min(until, earlier)
                cancel()
            if until <= self._hass.loop.time():
                self._blocked(blocker)
                return
            self._wait_for(blocker, until)

    @callback
    def close(self) -> None:
        """Wait for nothing any more."""
        for _, _, cancel in self._waiting.values():
            cancel()
        self._waiting.clear()

    def _wait_for(self, blocker: Blocker, until: float) -> None:
        @callback
        def over(_now: object) -> None:
            self._waiting.pop(blocker.entity_id, None)
            self._blocked(blocker)

        delay = until - self._hass.loop.time()
        cancel = async_call_later(self._hass, delay, over)
        self._waiting[blocker.entity_id] = (blocker.reason, until, cancel)

    def _blocked(self, blocker: Blocker) -> None:
        self.close()
        self._on_blocked(blocker)
