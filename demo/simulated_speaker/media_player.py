"""A speaker that plays music, is told to say something in between, and shows what it said."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

BEGINS_AFTER_S = 0.4
"""So long it takes until something is heard, as real ones do."""
A_WORD_S = 0.3


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add it."""
    async_add_entities([Speaker(entry)])


class Speaker(MediaPlayerEntity):
    """The speaker."""

    _attr_name = "Gym speaker"
    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_volume_level = 0.3
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.VOLUME_SET
    )

    def __init__(self, entry: ConfigEntry) -> None:
        """Name it."""
        self._attr_unique_id = f"{entry.entry_id}_speaker"
        self._saying: asyncio.Task[None] | None = None

    async def async_set_volume_level(self, volume: float) -> None:
        """Be so loud from now on."""
        self._attr_volume_level = volume
        self.async_write_ha_state()

    async def async_play_media(
        self, media_type: MediaType | str, media_id: str, **kwargs: Any
    ) -> None:
        """Say it in place of what is being said."""
        if self._saying is not None:
            self._saying.cancel()
        self._saying = self.hass.async_create_background_task(
            self._say(_words(media_id)), "simulated speaker"
        )

    async def async_will_remove_from_hass(self) -> None:
        """Be silent."""
        if self._saying is not None:
            self._saying.cancel()

    async def _say(self, words: str) -> None:
        await asyncio.sleep(BEGINS_AFTER_S)
        self._attr_media_title = words
        self._attr_state = MediaPlayerState.PLAYING
        self.async_write_ha_state()
        await asyncio.sleep(len(words.split()) * A_WORD_S)
        self._attr_state = MediaPlayerState.IDLE
        self.async_write_ha_state()


def _words(media_id: str) -> str:
    """Return what is said: the message of a text-to-speech source, the name of a file."""
    address = urlsplit(media_id)
    message = parse_qs(address.query).get("message")
    return message[0] if message else address.path.rpartition("/")[2]
