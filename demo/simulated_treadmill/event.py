"""Its remote: the buttons that the demo presses on its dashboard."""

from homeassistant.const import Platform

from .platform import adds

PARALLEL_UPDATES = 0

async_setup_entry = adds(Platform.EVENT)
