"""The voice of a gym: what has to be heard by somebody who faces away from every screen.

Nothing waits for it. A speaker that fails is logged; what matters for safety is shown as well.
"""

from dataclasses import dataclass

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from ..messages import Line


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
        self._lines = {
            speaker: Line(hass, f"say something on {speaker}")
            for speaker in (*config.satellites, *config.speakers)
        }

    @callback
    def say(self, message: str) -> None:
        """Say a text as soon as each speaker can; returns at once."""
        for satellite in self._config.satellites:
            data = {ATTR_ENTITY_ID: satellite, "message": message, "preannounce": False}
            self._lines[satellite].call("assist_satellite", "announce", data)
        if self._config.tts is not None:
            for speaker in self._config.speakers:
                data = {
                    ATTR_ENTITY_ID: self._config.tts,
                    "media_player_entity_id": speaker,
                    "message": message,
                }
                self._lines[speaker].call("tts", "speak", data)

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self._config.entities if self._hass.states.get(each) is None]
