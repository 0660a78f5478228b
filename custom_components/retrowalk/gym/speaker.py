"""One speaker or satellite: what is said there, in which order, how loud, and how late it comes.

1. One thing at a time, in order. What matters for safety goes before everything and cuts off what
   is being said; a hint is said only where nothing else is.
2. A person comes first: while a satellite listens or answers, only safety interrupts it.
3. A speaker that fails is told of once and tried again with the next cue; nothing waits for it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
import logging
import re
from statistics import median
from typing import Any, Final

from homeassistant.const import (
    ATTR_ENTITY_ID,
    STATE_IDLE,
    STATE_PLAYING,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    EventStateChangedData,
    async_call_later,
    async_track_state_change_event,
)

from ..messages import Line
from .roles import SILENT

_LOGGER = logging.getLogger(__name__)

SATELLITE: Final = "assist_satellite"
PLAYER: Final = "media_player"
LATE_S: Final = 5
"""A cue that could not be said for so long is about something that has passed."""
STALE_S: Final = 60
"""Nor has anybody to hear of a danger that is a minute old; it is shown."""
USUAL_LEAD_S: Final = 1.0
MOST_LEAD_S: Final = 4.0
MEASURED: Final = 5
"""So many of the last starts say how late a speaker begins."""
SECONDS_A_WORD: Final = 0.45
SETS_VOLUME_S: Final = 2
"""No longer is a player waited for that does not take its volume."""
_DECIMAL: Final = re.compile(r"\d[.,]\d")
VOLUME: Final = "volume_level"
SOUNDS: Final = "/retrowalk/sounds"
"""Where the tones are, under Home Assistant's own address."""


class Urgency(IntEnum):
    """What goes before what."""

    HINT = 0
    CUE = 1
    PROMPT = 2
    """What a person is waited for with: it waits for its turn as long as its state lasts."""
    SAFETY = 3
    DANGER = 4
    """A belt that does not stop: nothing else is said before it."""


_LASTS_S: Final = {Urgency.HINT: LATE_S, Urgency.CUE: LATE_S}


class Tone(StrEnum):
    """The two sounds, as addresses under Home Assistant's own."""

    GO = f"{SOUNDS}/go.wav"
    STOP = f"{SOUNDS}/stop.wav"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words to say, or a tone to play."""

    what: str | Tone
    urgency: Urgency

    @property
    def length_s(self) -> float:
        """Return about how long it takes."""
        if isinstance(self.what, Tone):
            return 0.5
        words = len(self.what.split()) + 2 * len(_DECIMAL.findall(self.what))
        return words * SECONDS_A_WORD


class Speaker:
    """One entity that speaks: a satellite, or a media player by a text-to-speech engine."""

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        tts: str | None,
        volume: float | None,
        on_failed: Callable[[str, str], None],
    ) -> None:
        """Build it; `volume` is 0 to 1, `on_failed` gets its id and what it should have said."""
        self._hass = hass
        self.entity_id = entity_id
        self._tts = tts
        self._volume = volume
        self._on_failed = on_failed
        self._is_satellite = entity_id.startswith(f"{SATELLITE}.")
        self._waiting: deque[tuple[Utterance, float]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._cut_off: asyncio.Task[None] | None = None
        self._closed = False
        self._saying: Urgency | None = None
        self._leads: deque[float] = deque(maxlen=MEASURED)
        self._stop_measuring: CALLBACK_TYPE | None = None
        self._loudness_was: float | None = None
        self._stop_waiting: CALLBACK_TYPE | None = None
        """While a player is away that was made louder: stops waiting for it."""
        self._said: CALLBACK_TYPE | None = None
        """While a player speaks, which does not say when it is done: stops waiting for that."""

    @property
    def lead_s(self) -> float:
        """Return how long it usually takes until something is heard."""
        return min(median(self._leads), MOST_LEAD_S) if self._leads else USUAL_LEAD_S

    @property
    def is_busy(self) -> bool:
        """Return whether it speaks, or somebody speaks with it."""
        speaks = bool(self._waiting) or self._worker is not None or self._said is not None
        return speaks or not self._is_free()

    @callback
    def say(self, utterance: Utterance) -> None:
        """Say something when its turn comes; returns at once."""
        if utterance.urgency is Urgency.HINT and self.is_busy:
            return
        if utterance.urgency >= Urgency.SAFETY:
            self._drop(below=utterance.urgency)
        self._waiting.append((utterance, self._hass.loop.time()))
        self._go_on()

    @callback
    def hush(self) -> None:
        """Say nothing more of what waits or is being said, but what matters for safety."""
        self._drop(below=Urgency.SAFETY)
        self._hass.loop.call_soon(self._go_on)  # what is said next comes in this turn

    @callback
    def close(self) -> None:
        """Say no more, and be as loud as it was."""
        self._drop(below=None)
        self._closed = True
        self._measure_no_more()
        self._wait_no_more()
        if self._loudness_was is not None:
            self._hass.async_create_background_task(
                self.rest(), f"retrowalk: volume of {self.entity_id}"
            )

    async def rest(self) -> None:
        """Say nothing more, and wait until it is as loud as before."""
        self._drop(below=None)
        if (cut_off := self._cut_off) is not None:  # it may still be about to get louder
            await asyncio.wait({cut_off}, timeout=SETS_VOLUME_S)
        await self._be_as_loud_as_before()

    @callback
    def go_on_from(self, before: Speaker) -> None:
        """Be as loud, when there is nothing to say, as the entity was before another one spoke."""
        self._loudness_was, before._loudness_was = before._loudness_was, None
        before.close()
        self._go_on()

    def _drop(self, *, below: Urgency | None) -> None:
        """Forget what waits and cut off what is being said, if less urgent than this; None: all."""
        if below is None:
            self._waiting.clear()
        else:
            self._waiting = deque(each for each in self._waiting if each[0].urgency >= below)
            if self._saying is not None and self._saying >= below:
                return
        if self._worker is not None:
            self._worker.cancel()
            self._cut_off, self._worker = self._worker, None
        if self._said is not None:
            self._said()
            self._said = None

    def _go_on(self) -> None:
        """Say what is next, if nothing is being said; be as loud as before if there is nothing."""
        if self._worker is not None or self._said is not None or self._closed:
            return
        if self._waiting:
            utterance, since = self._waiting.popleft()
            self._saying = utterance.urgency
            work = self._say_one(utterance, since)
        else:
            self._saying = None
            if self._loudness_was is None or self._stop_waiting is not None:
                return
            work = self._rest()
        # Starts in this turn, and is in nobody's way when Home Assistant stops.
        worker = self._hass.async_create_background_task(
            work, f"retrowalk: say something on {self.entity_id}"
        )
        if not worker.done():
            self._worker = worker

    async def _rest(self) -> None:
        await self._be_as_loud_as_before()
        self._worker = None
        self._go_on()

    async def _say_one(self, utterance: Utterance, since: float) -> None:
        if (cut_off := self._cut_off) is not None:  # a satellite is busy until that has ended
            self._cut_off = None
            await asyncio.wait({cut_off}, timeout=Line.AGAIN_S)
        is_said = await self._speak(utterance, since)
        self._worker = None
        if not is_said or self._is_satellite:  # which answers when it has been heard
            self._go_on()
            return

        @callback
        def said(_now: datetime) -> None:
            self._said = None
            self._measure_no_more()
            self._go_on()

        job = HassJob(said, f"retrowalk: {self.entity_id} has spoken", cancel_on_shutdown=True)
        self._said = async_call_later(self._hass, self.lead_s + utterance.length_s, job)

    async def _speak(self, utterance: Utterance, since: float) -> bool:
        """Return whether the entity took it.

        A call that is refused (it speaks already) is made again for a while.
        """
        until = since + _LASTS_S.get(utterance.urgency, STALE_S)
        if not await self._is_its_turn(utterance, until):
            return False
        begun = self._hass.loop.time()
        if self._is_gone():
            self._failed(utterance, "it is not there")
            return False
        await self._get_louder()
        again_until = min(until, begun + Line.LASTS_S)
        while True:
            self._measure()
            try:
                async with asyncio.timeout(Line.LASTS_S + utterance.length_s):
                    await self._call(utterance)
            except HomeAssistantError as err:
                if isinstance(utterance.what, Tone) or self._hass.loop.time() > again_until:
                    self._failed(utterance, repr(err))
                    return False
                await asyncio.sleep(Line.AGAIN_S)
            except Exception as err:  # noqa: BLE001 - whatever the other end's integration raises
                self._failed(utterance, repr(err))
                return False
            else:
                if self._is_satellite and not isinstance(utterance.what, Tone):
                    self._learn(self._hass.loop.time() - begun - utterance.length_s)
                return True

    async def _is_its_turn(self, utterance: Utterance, until: float) -> bool:
        """Wait while somebody speaks with it; return whether that was not too long."""
        while not (utterance.urgency >= Urgency.SAFETY or self._is_free()):
            if self._hass.loop.time() > until:
                return False
            await asyncio.sleep(Line.AGAIN_S)
        return self._hass.loop.time() <= until

    async def _call(self, utterance: Utterance) -> None:
        what = utterance.what
        if self._is_satellite:
            said = {"media_id": what.value} if isinstance(what, Tone) else {"message": what}
            data = {ATTR_ENTITY_ID: self.entity_id, **said, "preannounce": False}
            await self._hass.services.async_call(SATELLITE, "announce", data, blocking=True)
        elif isinstance(what, Tone):
            data = {
                ATTR_ENTITY_ID: self.entity_id,
                "media_content_id": what.value,
                "media_content_type": "music",
                "announce": True,
            }
            await self._hass.services.async_call(PLAYER, "play_media", data, blocking=True)
        else:
            data = {
                ATTR_ENTITY_ID: self._tts,
                "media_player_entity_id": self.entity_id,
                "message": what,
            }
            await self._hass.services.async_call("tts", "speak", data, blocking=True)

    def _failed(self, utterance: Utterance, why: str) -> None:
        _LOGGER.warning("%s could not say something: %s", self.entity_id, why)
        self._measure_no_more()
        if not isinstance(utterance.what, Tone):
            self._on_failed(self.entity_id, utterance.what)

    def _is_free(self) -> bool:
        """Return whether no person is being listened to, or answered, there."""
        state = self._hass.states.get(self.entity_id)
        return not self._is_satellite or state is None or state.state in (STATE_IDLE, *SILENT)

    def _is_gone(self) -> bool:
        """Return whether it is not there, or the engine that it speaks with."""
        needs = [self.entity_id]
        if self._tts is not None and not self._is_satellite:
            needs.append(self._tts)
        states = [self._hass.states.get(each) for each in needs]
        return any(state is None or state.state == STATE_UNAVAILABLE for state in states)

    # How late it begins

    def _learn(self, lead_s: float) -> None:
        if lead_s <= MOST_LEAD_S:
            self._leads.append(max(0.0, lead_s))

    def _measure(self) -> None:
        """Time how long it takes from here until a player plays; a satellite answers at its end."""
        self._measure_no_more()
        begun = self._hass.loop.time()
        state = self._hass.states.get(self.entity_id)
        if self._is_satellite or state is None or state.state == STATE_PLAYING:
            return  # where music plays, nobody sees when the words begin

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if new is not None and new.state == STATE_PLAYING:
                self._learn(self._hass.loop.time() - begun)
                self._measure_no_more()

        self._stop_measuring = async_track_state_change_event(self._hass, [self.entity_id], changed)

    def _measure_no_more(self) -> None:
        if self._stop_measuring is not None:
            self._stop_measuring()
            self._stop_measuring = None

    # How loud it is

    def _player(self) -> str | None:
        """Return the media player whose volume this is: a satellite has one in its device."""
        if not self._is_satellite:
            return self.entity_id
        registry = er.async_get(self._hass)
        satellite = registry.async_get(self.entity_id)
        if satellite is None or satellite.device_id is None:
            return None
        beside = er.async_entries_for_device(registry, satellite.device_id)
        return next((each.entity_id for each in beside if each.domain == PLAYER), None)

    def _loudness(self) -> tuple[str, float] | None:
        player = self._player()
        state = self._hass.states.get(player) if player else None
        level = state.attributes.get(VOLUME) if state else None
        return (player, float(level)) if player and isinstance(level, int | float) else None

    async def _get_louder(self) -> None:
        if self._volume is None or (found := self._loudness()) is None:
            return
        player, level = found
        if self._loudness_was is None:
            if level == self._volume:
                return
            self._loudness_was = level
        await self._set_loudness(player, self._volume)

    async def _be_as_loud_as_before(self) -> None:
        """Give the music its volume back; known until that is done."""
        player = self._player()
        if self._loudness_was is None or player is None:
            self._loudness_was = None
            return
        state = self._hass.states.get(player)
        if (state is None or state.state == STATE_UNAVAILABLE) and not self._closed:
            self._wait_for(player)
            return
        await self._set_loudness(player, self._loudness_was)
        self._loudness_was = None

    def _wait_for(self, player: str) -> None:
        """Give the volume back when a player that has dropped out is there again."""
        if self._stop_waiting is not None:
            return

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if new is None or new.state == STATE_UNAVAILABLE:
                return
            self._wait_no_more()
            self._go_on()

        self._stop_waiting = async_track_state_change_event(self._hass, [player], changed)

    def _wait_no_more(self) -> None:
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    async def _set_loudness(self, player: str, level: float) -> None:
        data: dict[str, Any] = {ATTR_ENTITY_ID: player, VOLUME: level}
        try:
            async with asyncio.timeout(SETS_VOLUME_S):
                await self._hass.services.async_call(PLAYER, "volume_set", data, blocking=True)
        except Exception as err:  # noqa: BLE001 - a cue at the wrong volume is better than none
            _LOGGER.debug("The volume of %s could not be set: %s", player, err)
