"""Backups: what is known at this second is on disk and in the recorder before one is made.

Files are replaced as a whole, and no two of them have to be of the same second: nothing waits for
the end of a backup.
"""

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .home import RetrowalkConfigEntry


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Write what a walk that goes on has come to, and the statistics that wait for quiet."""
    entries: list[RetrowalkConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        await entry.runtime_data.flush()


async def async_post_backup(hass: HomeAssistant) -> None:
    """Home Assistant asks only those who have both."""
