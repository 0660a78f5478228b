"""Its motor, its plug and its connection."""

from homeassistant.const import Platform

from .platform import adds

PARALLEL_UPDATES = 0

async_setup_entry = adds(Platform.SWITCH)
