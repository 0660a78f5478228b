"""What is measured of it, and for the visitor alone what is true."""

from collections.abc import Iterable

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.const import Platform, UnitOfSpeed
from tests.treadmills import Machine, Part

from .platform import adds

PARALLEL_UPDATES = 0


class TrueSpeed(Part, SensorEntity):
    """How fast the belt runs, whatever the machine says."""

    _attr_device_class = SensorDeviceClass.SPEED
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_native_unit_of_measurement = UnitOfSpeed.KILOMETERS_PER_HOUR
    _attr_suggested_display_precision = 1

    @property
    def available(self) -> bool:
        """Return True: no machine can keep it to itself."""
        return True

    @property
    def native_value(self) -> float:
        """Return the speed in km/h."""
        return round(self.machine.speed_kmh, 2)


def _of_the_demo(machine: Machine) -> Iterable[TrueSpeed]:
    yield TrueSpeed(machine, "true_speed", "True speed")


async_setup_entry = adds(Platform.SENSOR, _of_the_demo)
