"""The go and stop buttons of a gym: hardware within reach of whoever walks.

An event entity or a binary sensor is pressed by a hand. A button entity can be pressed by an
automation as well, so its press comes with the context in which it happened.
"""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, State, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event

from .roles import PRESSES, SILENT, domain_of, is_there


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteConfig:
    """The two buttons; each may be missing."""

    go: str | None = None
    stop: str | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that it names."""
        return tuple(each for each in (self.go, self.stop) if each)


type Press = Callable[[State | None, State | None], bool]
"""Whether a change from one state to another is a press."""


@callback
def on_press(
    hass: HomeAssistant,
    entity_id: str | None,
    is_press: Press,
    pressed: Callable[[Context | None], None],
) -> CALLBACK_TYPE:
    """Call `pressed` whenever a button is pressed; returns the way out.

    It gets the context of a press that anything in Home Assistant might have made, None for one
    that only a hand can make.
    """
    if entity_id is None:
        return lambda: None
    by_anybody = domain_of(entity_id) in PRESSES
    now = hass.states.get(entity_id)
    # What a button says is when it was pressed: the same again is a press that came back, and so is
    # the first word of one that was not there.
    said = now.state if now is not None and is_there(now) else None

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        nonlocal said
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None or new.state in SILENT:
            return
        is_new = domain_of(entity_id) == "binary_sensor" or said not in (None, new.state)
        said = new.state
        if is_new and is_press(old, new):
            pressed(event.context if by_anybody else None)

    return async_track_state_change_event(hass, [entity_id], changed)


def is_surely_pressed(old: State | None, new: State | None) -> bool:
    """Whether a change is a press for certain: for a go, which one that came back must not say."""
    if new is None or old is None or new.state in SILENT or not is_there(old):
        return False
    if domain_of(new.entity_id) == "binary_sensor":
        return new.state == STATE_ON and old.state == STATE_OFF
    return new.state != old.state


def is_maybe_pressed(old: State | None, new: State | None) -> bool:
    """Whether a change may be a press: for a stop, of which one too many does no harm."""
    if new is not None and domain_of(new.entity_id) == "binary_sensor":
        return new.state == STATE_ON and (old is None or old.state != STATE_ON)
    return is_surely_pressed(old, new)
