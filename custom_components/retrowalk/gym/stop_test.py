"""The test of a stop: a person starts the belt, nobody stands on it, and it has to stop.

The test starts no belt. It stops the one that its owner has started by hand, and then tells the
still belt to stop once more: a control that would start it again is a toggle, which no stop may be.
"""

from collections.abc import Callable
from enum import Enum, StrEnum, auto
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

WAITS_S: Final = 60
"""For so long the owner may take to start the belt."""
RUNS_S: Final = 3
STANDS_S: Final = 8
"""For so long a still belt has to stay still after one more stop; machines count down."""


class Outcome(StrEnum):
    """How a test ends."""

    PASSED = "passed"
    FAILED = "failed"
    """Nothing proves that the belt stands."""
    TOGGLE = "toggle"
    """A stop has started the belt."""
    ENDED = "ended"
    """Somebody has ended it, or the treadmill was changed in the form."""
    NOT_STARTED = "not_started"
    """Nobody has started the belt, so nothing was tested."""


class _Stage(Enum):
    WAITS = auto()
    RUNS = auto()
    STOPS = auto()
    STANDS = auto()
    OVER = auto()


class StopTest:
    """One test of one belt; whoever made it tells it what the belt does."""

    def __init__(
        self,
        hass: HomeAssistant,
        stop: Callable[[], None],
        on_over: Callable[[Outcome], None],
    ) -> None:
        """Begin to wait for a belt that runs; `stop` stops it, `on_over` is called once."""
        self._hass = hass
        self._stop = stop
        self._on_over = on_over
        self._stage = _Stage.WAITS
        self._timer: CALLBACK_TYPE | None = None
        self._then(WAITS_S, lambda: self.end(Outcome.NOT_STARTED))

    @callback
    def reads(self, runs: bool | None) -> None:  # noqa: FBT001 - what a sensor says
        """Take what the belt's sensors say."""
        match self._stage:
            case _Stage.WAITS if runs:
                self._stage = _Stage.RUNS
                self._then(RUNS_S, self._stop_it)
            case _Stage.RUNS if not runs:  # it was stopped by hand, or was a flicker
                self._stage = _Stage.WAITS
                self._then(WAITS_S, lambda: self.end(Outcome.NOT_STARTED))
            case _Stage.STANDS if runs:
                self._stop()
                self.end(Outcome.TOGGLE)
            case _Stage.STANDS if runs is None:
                self.end(Outcome.FAILED)

    @callback
    def proven(self) -> None:
        """The belt is measured to stand."""
        if self._stage is _Stage.STOPS:
            self._stage = _Stage.STANDS
            self._stop()
            self._then(STANDS_S, lambda: self.end(Outcome.PASSED))

    @callback
    def failed(self) -> None:
        """Nothing proves that it stands."""
        if self._stage is _Stage.STOPS:
            self.end(Outcome.FAILED)

    @callback
    def end(self, outcome: Outcome) -> None:
        """Be over; says how, once."""
        if self._stage is not _Stage.OVER:
            self._stage = _Stage.OVER
            self.close()
            self._on_over(outcome)

    @callback
    def close(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _stop_it(self) -> None:
        self._stage = _Stage.STOPS
        self._stop()

    def _then(self, seconds: float, do: Callable[[], None]) -> None:
        @callback
        def due(_now: object) -> None:
            self._timer = None
            do()

        self.close()
        self._timer = async_call_later(self._hass, seconds, due)
