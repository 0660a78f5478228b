"""The weekly goal as an entity."""

from math import isfinite

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberMode
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coach.levels import GOAL_MINUTES
from .entity import RunnerView, add_entities
from .entry import CONF_WEEKLY_GOAL
from .home import RetrowalkConfigEntry
from .refusal import refusal

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers."""
    add_entities(
        entry,
        async_add_entities,
        of_runner=lambda runner: [WeeklyGoalNumber(entry, runner, CONF_WEEKLY_GOAL)],
    )


class WeeklyGoalNumber(RunnerView, NumberEntity):
    """Backward minutes a week; kept in the runner's form."""

    _attr_device_class = NumberDeviceClass.DURATION
    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.BOX
    _attr_native_max_value = GOAL_MINUTES.high
    _attr_native_min_value = GOAL_MINUTES.low
    _attr_native_step = 1
    _attr_native_unit_of_measurement = UnitOfTime.MINUTES

    @property
    def native_value(self) -> int:
        """Return the goal."""
        return self.runner.snapshot.weekly_goal

    async def async_set_native_value(self, value: float) -> None:
        """Change the goal where the form keeps it; the update listener does the rest."""
        if not isfinite(value):  # NaN is neither below nor above any bound
            raise refusal(
                "out_of_range",
                field=CONF_WEEKLY_GOAL,
                value=value,
                min=f"{GOAL_MINUTES.low:g}",
                max=f"{GOAL_MINUTES.high:g}",
            )
        subentry = self.entry.subentries[self.runner.runner_id]
        self.hass.config_entries.async_update_subentry(
            self.entry, subentry, data={**subentry.data, CONF_WEEKLY_GOAL: int(value)}
        )
