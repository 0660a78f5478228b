"""How a gym tells what matters for safety: shown, sent to phones, said aloud, told as an event.

One alert a cause, withdrawn everywhere when it no longer holds. None of the four ways waits for
another, and nothing waits for any of them.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..messages import Alerts, name_blockers, text
from .path import Blocker, BlockerReason
from .speaker import Urgency
from .stop_path import StopCause
from .voice import Voice, VoiceConfig

_PATH: Final = "path_"
_SPEAKER: Final = "speaker_"
FLICKER_S: Final = 10
"""What is back within this was never gone."""


class SafetyEvent(StrEnum):
    """What the gym tells about safety; only while a session is prepared or walked."""

    PATH_BLOCKED = "path_blocked"
    PATH_CLEARED = "path_cleared"
    SENSOR_LOST = "sensor_lost"
    BELT_STOPPED = "belt_stopped"
    STOP_FAILED = "stop_failed"


class Alarm(StrEnum):
    """What an alert of the belt is about; those of the path are about their sensors."""

    STOP_FAILED = "stop_failed"
    BELT_FAILING = "belt_failing"
    STOP_TEST = "stop_test"


class Telling:
    """The alerts, the voice and the events of one gym."""

    def __init__(self, hass: HomeAssistant, gym_id: str, name: str, voice: VoiceConfig) -> None:
        """Build it; nothing is told."""
        self._hass = hass
        self._alerts = Alerts(hass, gym_id)
        self.name = name
        self.voice = Voice(hass, voice, self._speaker_failed)
        self._silent: list[str] = []
        """The speakers that failed in this session."""
        self.phones: tuple[str, ...] = ()
        """Device ids of whoever trains, or has trained last."""
        self.everybody: tuple[str, ...] = ()
        """Device ids of everybody who trains here."""
        self._was_clear = True
        self._withdrawn: dict[str, float] = {}
        """When each alert was withdrawn last, on the loop's clock."""
        self._listeners: list[Callable[[SafetyEvent, dict[str, Any]], None]] = []

    @property
    def any_path_up(self) -> bool:
        """Return whether an alert of the path is shown, which goes when the path is clear."""
        return any(each.startswith(_PATH) for each in self._alerts.up)

    @callback
    def subscribe(self, listener: Callable[[SafetyEvent, dict[str, Any]], None]) -> CALLBACK_TYPE:
        """Call `listener` with each safety event and its data; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def sweep(self, phones: Iterable[str], sensors: Iterable[str]) -> None:
        """Take back from phones what was sent of a walk whose end nobody lived to see."""
        self._alerts.sweep(phones, (*Alarm, *(_PATH + each for each in sensors)))

    @callback
    def begin(self, phones: tuple[str, ...]) -> None:
        """Begin anew with a walk: what was told of an earlier one is withdrawn.

        A belt that does not stop is everybody's.
        """
        self.phones = phones
        self._was_clear = True
        self._silent.clear()
        self._withdrawn.clear()
        self._withdraw_all_but(Alarm.STOP_FAILED)

    @callback
    def configure(self, name: str, voice: VoiceConfig) -> None:
        """Speak by another name and with another voice."""
        self.name = name
        if voice != self.voice.config:
            self.voice = self.voice.changed(voice)

    @callback
    def close(self, *, but: Alarm | None) -> None:
        """Withdraw every alert, except one that still holds."""
        self.voice.close()
        self._withdraw_all_but(but)

    @callback
    def _speaker_failed(self, speaker: str, message: str) -> None:
        """Tell phones, once a session, what a speaker should have said."""
        if speaker not in self._silent:
            self._silent.append(speaker)
            name = self._name_of(speaker)
            words = text(self._hass, "speaker_failed", speaker=name, message=message)
            self._tell_of_speaker(speaker, words)

    @callback
    def report_speakers(self) -> None:
        """Say which speakers stayed silent in a session that is over."""
        for speaker in self._silent:
            name = self._name_of(speaker)
            words = text(self._hass, "speaker_failed_report", speaker=name)
            self._tell_of_speaker(speaker, words)
        self._silent.clear()

    def _name_of(self, speaker: str) -> str:
        state = self._hass.states.get(speaker)
        return state.name if state is not None else speaker

    def _tell_of_speaker(self, speaker: str, message: str) -> None:
        title = text(self._hass, "speaker_failed_title", gym=self.name)
        self._alerts.show(_SPEAKER + speaker, title, message, self.phones)

    @callback
    def say(self, key: str, **placeholders: str) -> None:
        """Say one of our texts aloud, which is no danger: it cuts nobody off."""
        self.voice.say(text(self._hass, key, **placeholders), Urgency.PROMPT)

    @callback
    def alert(self, about: str, title: str, key: str, **placeholders: str) -> None:
        """Show, send and say something; a belt that does not stop is sent to everybody.

        It is said and sent only where there is something new in it; what was withdrawn a moment ago
        is only shown again: a flicker rings nobody's phone twice.
        """
        message = text(self._hass, key, **placeholders)
        title = text(self._hass, title, gym=self.name)
        is_flicker = self._hass.loop.time() - self._withdrawn.get(about, -FLICKER_S) < FLICKER_S
        everybody = self.everybody if about == Alarm.STOP_FAILED else ()
        to = () if is_flicker else tuple(dict.fromkeys((*self.phones, *everybody)))
        if self._alerts.show(about, title, message, to) and not is_flicker:
            is_danger = about == Alarm.STOP_FAILED
            self.voice.say(message, Urgency.DANGER if is_danger else Urgency.SAFETY)

    @callback
    def withdraw(self, about: str) -> None:
        """Take an alert back; does nothing where it is not shown."""
        if about in self._alerts.up:
            self._withdrawn[about] = self._hass.loop.time()
            self._alerts.withdraw(about)

    @callback
    def walked_into(self, blocker: Blocker) -> None:
        """Know that something has stopped a walk, which is no flicker, however soon it is back."""
        self._withdrawn.pop(_about(blocker), None)

    @callback
    def stopped_itself(self, cause: StopCause) -> None:
        """Say that the belt has stopped although nobody asked for it."""
        why = text(self._hass, f"cause_{cause.value}")
        self.voice.say(text(self._hass, "belt_stopped_itself", cause=why))

    @callback
    def event(self, event: SafetyEvent, data: dict[str, Any]) -> None:
        """Tell an event to whoever listens."""
        for listener in list(self._listeners):
            listener(event, data)

    @callback
    def path(self, blockers: tuple[Blocker, ...], *, key: str | None) -> None:
        """Have one alert for each of these and for no other, with events to match.

        `key` is the text of the alerts while a walk is prepared or goes on. Without one only what
        is told already is told on, of a walk that was given up. What is not ready yet is no alarm.
        """
        blockers = tuple(each for each in blockers if each.reason is not BlockerReason.NOT_READY)
        if key is None:
            self._alert_each([b for b in blockers if _about(b) in self._alerts.up], _GIVEN_UP)
            return
        self._alert_each(blockers, key)
        is_clear = not blockers
        if is_clear != self._was_clear:
            self._was_clear = is_clear
            event = SafetyEvent.PATH_CLEARED if is_clear else SafetyEvent.PATH_BLOCKED
            self.event(event, {"blockers": [each.as_dict() for each in blockers]})

    @callback
    def gave_up(self, blockers: tuple[Blocker, ...]) -> None:
        """Leave an alert for each of what has kept a walk from starting, and no other.

        Whoever wanted to walk is told of what was not ready in time, too.
        """
        self._alert_each(blockers, _GIVEN_UP)

    def _alert_each(self, blockers: list[Blocker] | tuple[Blocker, ...], key: str) -> None:
        told = {_about(each): each for each in blockers}
        for about in self._alerts.up - told.keys():
            if about.startswith(_PATH):
                self.withdraw(about)
        for about, blocker in told.items():
            named = name_blockers(self._hass, [blocker])
            self.alert(about, "path_alert_title", key, blockers=named)

    def _withdraw_all_but(self, kept: str | None) -> None:
        for about in self._alerts.up:
            if about != kept:
                self._alerts.withdraw(about)


_GIVEN_UP: Final = "start_given_up"


def _about(blocker: Blocker) -> str:
    return _PATH + blocker.entity_id
