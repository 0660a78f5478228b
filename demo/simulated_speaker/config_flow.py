"""The one entry, which the demo's configuration asks for."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from . import DOMAIN


class SimulatedSpeakerFlow(ConfigFlow, domain=DOMAIN):
    """Has nothing to ask."""

    async def async_step_import(self, _data: dict[str, Any]) -> ConfigFlowResult:
        """Make the entry."""
        return self.async_create_entry(title="Gym speaker", data={})
