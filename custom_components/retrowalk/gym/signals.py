"""Lights as a second, silent channel: green to go, amber for what comes, red to stop.

A light without colours flashes instead. The room brings them back to what they were.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from ..messages import Line

_COLOURED: Final = frozenset({"hs", "rgb", "rgbw", "rgbww", "xy"})
"""Modes of a light that can show a colour."""


class Signal(Enum):
    """What a light says, as red, green and blue."""

    GO = (0, 255, 0)
    AHEAD = (255, 160, 0)
    STOP = (255, 0, 0)


class SignalLights:
    """The lights of one gym that show signals."""

    def __init__(self, hass: HomeAssistant, lights: tuple[str, ...]) -> None:
        """Know them; nothing is shown."""
        self._hass = hass
        self._lines = {each: Line(hass, f"signal on {each}") for each in lights}

    @callback
    def show(self, signal: Signal) -> None:
        """Show a signal on each light; returns at once."""
        for light, line in self._lines.items():
            state = self._hass.states.get(light)
            line.call("light", "turn_on", {ATTR_ENTITY_ID: light, **_look(state, signal)})

    @callback
    def close(self) -> None:
        """Show nothing more of what has not been shown yet."""
        for line in self._lines.values():
            line.cancel()


def _look(state: Any, signal: Signal) -> Mapping[str, Any]:
    modes = state.attributes.get("supported_color_modes") if state is not None else None
    return {"rgb_color": signal.value} if _COLOURED & set(modes or ()) else {"flash": "short"}
