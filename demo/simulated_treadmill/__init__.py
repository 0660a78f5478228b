"""The demo's treadmill: the simulated machine of the tests, as an integration of its own."""

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from tests.treadmills import DOMAIN, PLATFORMS, Machine

from .measure import async_register

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)
ALL_PLATFORMS = (*PLATFORMS, Platform.SELECT)

type TreadmillEntry = ConfigEntry[Machine]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Make the one entry, so that the treadmill is a device with entities that can be named."""
    async_register(hass)
    if not hass.config_entries.async_entries(DOMAIN):
        hass.async_create_task(
            hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT}, data={})
        )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TreadmillEntry) -> bool:
    """Put the machine up; it is new and sound after every start."""
    machine = entry.runtime_data = Machine(hass)
    await hass.config_entries.async_forward_entry_setups(entry, ALL_PLATFORMS)
    machine.open()
    entry.async_on_unload(machine.close)
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, machine.close))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: TreadmillEntry) -> bool:
    """Take the machine away."""
    return await hass.config_entries.async_unload_platforms(entry, ALL_PLATFORMS)
