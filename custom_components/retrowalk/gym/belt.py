"""The belt: how fast it is measured to run.

Speeds are in km/h, whatever the sensor's unit. A sensor that is silent, or whose unit is none of a
speed, measures nothing: None, never 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfSpeed
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event
from homeassistant.util.unit_conversion import SpeedConverter


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltConfig:
    """The entities of a treadmill; without a speed sensor nothing is measured."""

    speed_sensor: str | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that it names."""
        return (self.speed_sensor,) if self.speed_sensor else ()


class Belt:
    """The belt of one gym. Listens to its sensor only between `listen` and `close`."""

    def __init__(self, hass: HomeAssistant, config: BeltConfig) -> None:
        """Build it; nothing is listened to yet."""
        self._hass = hass
        self._config = config
        self._unsubscribe: CALLBACK_TYPE | None = None

    @property
    def is_measured(self) -> bool:
        """Return whether a sensor measures its speed."""
        return self._config.speed_sensor is not None

    @property
    def speed_kmh(self) -> float | None:
        """Return the measured speed; None where nothing says it."""
        state = self._hass.states.get(self._config.speed_sensor or "")
        if state is None:
            return None
        try:
            speed = float(state.state)
            unit = state.attributes[ATTR_UNIT_OF_MEASUREMENT]
            in_kmh = SpeedConverter.converter_factory(unit, UnitOfSpeed.KILOMETERS_PER_HOUR)
            return in_kmh(speed) if isfinite(speed) else None
        except Exception:  # noqa: BLE001 - a silent sensor, or whatever its owner made it say
            return None

    @callback
    def listen(self, on_speed: Callable[[float | None], None]) -> None:
        """Call `on_speed` with the speed now, and in each turn in which the sensor speaks."""
        self.close()

        @callback
        def spoke(_event: Event[EventStateChangedData]) -> None:
            on_speed(self.speed_kmh)

        self._unsubscribe = async_track_state_change_event(self._hass, self._config.entities, spoke)
        on_speed(self.speed_kmh)

    @callback
    def close(self) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self._config.entities if self._hass.states.get(each) is None]
