"""The voice of a gym: what has to be heard by somebody who faces away from every screen.

Nothing waits for it. A speaker that fails is logged; what matters for safety is shown as well.
"""

import asyncio
from dataclasses import dataclass
import logging
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

_LOGGER = logging.getLogger(__name__)

SAY_WITHIN_S: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConfig:
    """Satellites speak for themselves; speakers need a text-to-speech engine."""

    satellites: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    tts: str | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that it names."""
        return (*self.satellites, *self.speakers, *([self.tts] if self.tts else ()))


class Voice:
    """Says a text on everything that the gym has for it."""

    def __init__(self, hass: HomeAssistant, config: VoiceConfig) -> None:
        """Build it; nothing is said."""
        self._hass = hass
        self._config = config

    @callback
    def say(self, message: str) -> None:
        """Say a text as soon as each speaker can; returns at once."""
        for satellite in self._config.satellites:
            data = {ATTR_ENTITY_ID: satellite, "message": message, "preannounce": False}
            self._call("assist_satellite", "announce", data)
        if self._config.tts is not None:
            for speaker in self._config.speakers:
                data = {
                    ATTR_ENTITY_ID: self._config.tts,
                    "media_player_entity_id": speaker,
                    "message": message,
                }
                self._call("tts", "speak", data)

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self._config.entities if self._hass.states.get(each) is None]

    def _call(self, domain: str, service: str, data: dict[str, Any]) -> None:
        async def speak() -> None:
            try:
                async with asyncio.timeout(SAY_WITHIN_S):
                    await self._hass.services.async_call(domain, service, data, blocking=True)
            except Exception as err:  # noqa: BLE001 - whatever a speaker's integration raises
                _LOGGER.warning("%s could not say it: %r", data[ATTR_ENTITY_ID], err)

        self._hass.async_create_background_task(
            speak(), f"retrowalk: say something on {data[ATTR_ENTITY_ID]}"
        )
