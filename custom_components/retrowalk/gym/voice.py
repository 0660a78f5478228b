"""The voice of a gym: what has to be heard by somebody who faces away from every screen.

Nothing waits for it. A speaker that fails is told of; what matters for safety is shown as well.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback

from .speaker import Speaker, Tone, Urgency, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConfig:
    """Satellites speak for themselves; speakers need a text-to-speech engine.

    `volume` is that of what is said, 0 to 1; None leaves it as it is.
    """

    satellites: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    tts: str | None = None
    volume: float | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that it names."""
        return (*self.satellites, *self.speakers, *([self.tts] if self.tts else ()))


class Voice:
    """Says a text on everything that the gym has for it."""

    def __init__(
        self, hass: HomeAssistant, config: VoiceConfig, on_failed: Callable[[str, str], None]
    ) -> None:
        """Build it; nothing is said. `on_failed` gets a speaker and what it should have said."""
        self._hass = hass
        self.config = config
        speaking = (*config.satellites, *(config.speakers if config.tts else ()))
        self._on_failed = on_failed
        self._speakers = [
            Speaker(hass, each, config.tts, config.volume, on_failed)
            for each in dict.fromkeys(speaking)
        ]
        self.last: str | None = None
        """What was said last."""

    @property
    def lead_s(self) -> float:
        """Return how long before its time something has to be said to be heard in time."""
        return max((each.lead_s for each in self._speakers), default=0.0)

    @callback
    def say(self, message: str, urgency: Urgency = Urgency.SAFETY) -> None:
        """Say a text as soon as each speaker can; returns at once."""
        if urgency is Urgency.HINT and any(each.is_busy for each in self._speakers):
            return
        self.last = message
        for speaker in self._speakers:
            speaker.say(Utterance(message, urgency))

    @callback
    def hush(self) -> None:
        """Say nothing more of what is over, but what matters for safety."""
        for speaker in self._speakers:
            speaker.hush()

    @callback
    def play(self, tone: Tone) -> None:
        """Play a tone on each speaker; returns at once."""
        for speaker in self._speakers:
            speaker.say(Utterance(tone, Urgency.CUE))

    async def rest(self) -> None:
        """Say nothing more, and wait until each speaker is as loud as before."""
        await asyncio.gather(*(each.rest() for each in self._speakers))

    @callback
    def changed(self, config: VoiceConfig) -> Voice:
        """Return the voice of another config, which goes on from this one."""
        voice = Voice(self._hass, config, self._on_failed)
        voice.last = self.last
        new = {each.entity_id: each for each in voice._speakers}
        for speaker in self._speakers:
            if (same := new.get(speaker.entity_id)) is not None:
                same.go_on_from(speaker)
            else:
                speaker.close()
        return voice

    @callback
    def close(self) -> None:
        """Say no more."""
        for speaker in self._speakers:
            speaker.close()

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self.config.entities if self._hass.states.get(each) is None]
