"""A voice that says nothing: a moment of silence in place of the words."""

import io
from typing import Any
import wave

from homeassistant.components.tts import TextToSpeechEntity, TtsAudioType
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add it."""
    async_add_entities([Silence(entry)])


class Silence(TextToSpeechEntity):
    """The voice."""

    _attr_name = "Gym voice"
    _attr_default_language = "en"
    _attr_supported_languages = ["en", "de", "fr", "es", "it", "nl"]

    def __init__(self, entry: ConfigEntry) -> None:
        """Name it."""
        self._attr_unique_id = f"{entry.entry_id}_voice"

    def get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> TtsAudioType:
        """Return a tenth of a second of silence."""
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(1600))
        return "wav", file.getvalue()
