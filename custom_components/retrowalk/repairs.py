"""Repairs: what a person confirms, once they have looked."""

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant

from .entry import CONF_ALSO_SEES_ME, CONF_ENTITY, CONF_PATH, CONF_SENSORS, CONF_WATCHED
from .home import RetrowalkConfigEntry


class TryBeltAgain(ConfirmRepairFlow):
    """Let a belt be moved again that once did not do what it was told."""

    def __init__(self, entry_id: str) -> None:
        """Know the gym."""
        self._entry_id = entry_id

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Forget that it did not, where the gym is loaded."""
        entry: RetrowalkConfigEntry | None
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None and hasattr(entry, "runtime_data"):
            entry.runtime_data.gym.treadmill.try_again()
        return await super().async_step_confirm(user_input)


class LeaveSensorOut(ConfirmRepairFlow):
    """Take a sensor out of the path that never clears."""

    def __init__(self, entry_id: str, entity_id: str) -> None:
        """Know the gym and the sensor."""
        self._entry_id = entry_id
        self._entity_id = entity_id

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Change the gym's options; the gym takes them over."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None:
            path = dict(entry.options.get(CONF_PATH, {}))
            for key in (CONF_SENSORS, CONF_ALSO_SEES_ME):
                path[key] = [each for each in path.get(key, ()) if each != self._entity_id]
            path[CONF_WATCHED] = [
                each for each in path.get(CONF_WATCHED, ()) if each[CONF_ENTITY] != self._entity_id
            ]
            self.hass.config_entries.async_update_entry(
                entry, options={**entry.options, CONF_PATH: path}
            )
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue that can be fixed here."""
    known = data or {}
    if known.get("key") == "sensor_stuck":
        return LeaveSensorOut(str(known["entry_id"]), str(known["entity_id"]))
    return TryBeltAgain(str(known["entry_id"]))
