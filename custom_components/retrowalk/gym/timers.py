"""Named timers: one of each name at most, so that nothing waits twice for the same."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class Timers:
    """The timers of one thing, each told apart by its name."""

    def __init__(self, hass: HomeAssistant) -> None:
        """None runs."""
        self._hass = hass
        self._cancel: dict[str, CALLBACK_TYPE] = {}

    def __contains__(self, name: str) -> bool:
        """Return whether a timer runs."""
        return name in self._cancel

    @callback
    def start(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        """Do something after that time, in place of what this timer was to do."""

        @callback
        def due(_now: datetime) -> None:
            del self._cancel[name]
            do()

        self.cancel(name)
        self._cancel[name] = async_call_later(self._hass, seconds, due)

    @callback
    def cancel(self, *names: str) -> None:
        """Stop timers; those that do not run are no error."""
        for name in names:
            if (cancel := self._cancel.pop(name, None)) is not None:
                cancel()

    @callback
    def close(self) -> None:
        """Stop all of them."""
        self.cancel(*list(self._cancel))
