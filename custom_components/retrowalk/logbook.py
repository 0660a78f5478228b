"""The logbook as a diary: one line for what a person would write down."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .coach.session import Reason
from .const import DOMAIN
from .event import DIARY
from .gym.telling import SafetyEvent
from .messages import number, reason_of_state, text
from .person import SessionEvent
from .runner import as_minutes

_ENDS: Final = {
    SessionEvent.FINISHED: "log_finished",
    SessionEvent.STOPPED: "log_stopped",
    SessionEvent.INTERRUPTED: "log_interrupted",
}
NOT_STARTED: Final = {
    Reason.PATH_BLOCKED: "log_not_started_path",
    Reason.NO_GO: "log_not_started_no_go",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe the events that make the diary."""

    @callback
    def describe(event: Event[Any]) -> dict[str, str]:
        """Return a line of the diary."""
        data = event.data
        return {
            LOGBOOK_ENTRY_NAME: data["name"],
            LOGBOOK_ENTRY_MESSAGE: _line(hass, data),
            LOGBOOK_ENTRY_ENTITY_ID: data["entity_id"],
        }

    async_describe_event(DOMAIN, DIARY, describe)


def _line(hass: HomeAssistant, data: dict[str, Any]) -> str:
    match data["type"]:
        case SessionEvent.PAUSED:
            return text(hass, "log_paused", reason=reason_of_state(hass, data["reason"]))
        case SessionEvent.LEVEL_CHANGED:
            return text(hass, "log_level_changed", level=str(data["to"]))
        case SafetyEvent.STOP_FAILED:
            return text(hass, "log_stop_failed")
    if not data["backward_seconds"]:
        return text(hass, NOT_STARTED.get(data["reason"], "log_nothing_walked"))
    return text(
        hass,
        _ENDS[data["type"]],
        kind=text(hass, f"kind_{data['kind']}"),
        minutes=number(hass, as_minutes(data["backward_seconds"])),
        week=number(hass, as_minutes(data["week_seconds"])),
        goal=str(data["weekly_goal"]),
    )
