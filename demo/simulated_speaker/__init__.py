"""The demo's speaker: a voice without a sound, whose words stand on the dashboard."""

from typing import Final

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN: Final = "simulated_speaker"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)
PLATFORMS: Final = (Platform.MEDIA_PLAYER, Platform.TTS)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Make the one entry."""
    if not hass.config_entries.async_entries(DOMAIN):
        hass.async_create_task(
            hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT}, data={})
        )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Put up the speaker and its voice."""
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take them away."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
