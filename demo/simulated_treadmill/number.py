"""Its speed and its incline."""

from homeassistant.const import Platform

from .platform import adds

PARALLEL_UPDATES = 0

async_setup_entry = adds(Platform.NUMBER)
