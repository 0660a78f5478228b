"""Path of the gym, and whether a runner may start."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coach.day import RunningDay
from .entity import GymEntity, RunnerEntity, RunnerView, add_entities
from .home import RetrowalkConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors."""
    add_entities(
        entry,
        async_add_entities,
        of_gym=[PathSensor(entry, "path")],
        of_runner=lambda runner: [
            ReadySensor(entry, runner, "ready"),
            RunningDaySensor(entry, runner, "running_day"),
        ],
    )


class PathSensor(GymEntity, BinarySensorEntity):
    """On while something is in the way, or a sensor says nothing."""

    _attr_device_class = BinarySensorDeviceClass.SAFETY
    _unrecorded_attributes = frozenset({"blockers"})

    async def async_added_to_hass(self) -> None:
        """Follow the gym."""
        self.async_on_remove(self.gym.subscribe(self.async_write_ha_state))

    @property
    def is_on(self) -> bool | None:
        """Return whether it is unsafe to walk; unknown where nothing watches the path."""
        snapshot = self.gym.snapshot
        return bool(snapshot.blockers) if snapshot.is_watched else None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is in the way."""
        return {"blockers": [each.as_dict() for each in self.gym.snapshot.blockers]}


class ReadySensor(RunnerEntity, BinarySensorEntity):
    """On while nothing blocks a start."""

    _unrecorded_attributes = frozenset({"blockers"})

    async def async_added_to_hass(self) -> None:
        """Follow the gym, which knows the path and who holds it."""
        self.async_on_remove(self.runner.gym.subscribe(self.async_write_ha_state))

    @property
    def is_on(self) -> bool:
        """Return whether a start would begin at once."""
        return not self.runner.blockers and self.runner.gym.snapshot.holder is None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what blocks: path sensors, the belt, and a runner who holds the gym."""
        blockers: list[dict[str, Any]] = [each.as_dict() for each in self.runner.blockers]
        if (holder := self.runner.gym.snapshot.holder) is not None:
            blockers.append({"reason": "gym_in_use", "holder": holder.name})
        return {"blockers": blockers}


class RunningDaySensor(RunnerView, BinarySensorEntity):
    """On on a day on which the runner runs; unknown where the sources are silent or disagree."""

    @property
    def is_on(self) -> bool | None:
        """Return what the sources say."""
        known = {RunningDay.YES: True, RunningDay.NO: False}
        return known.get(self.runner.snapshot.outlook.running_day)
