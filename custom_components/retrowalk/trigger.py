"""Triggers for the automation editor: what happens to a session, a path, a week.

They look at the entities that say so, of a device, an area or by name. The event entities beneath
stay the way that does not change.
"""

from typing import Any, ClassVar, Final, override

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .coach.session import State as Session
from .entity import with_key
from .gym.telling import SafetyEvent
from .person import SessionEvent

PHASES: Final = frozenset(
    {
        Session.WALKING_BACKWARD.value,
        Session.WALKING_FORWARD.value,
        Session.TURNING.value,
        Session.RESTING.value,
    }
)


class _Trigger(StatelessEntityTriggerBase):
    """A trigger that looks at one kind of our entities, told apart by its key."""

    _key: ClassVar[str]
    _values: ClassVar[frozenset[Any]]
    _attribute: ClassVar[str | None] = None
    """Where the value is; None: the state is it."""

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities of this kind: a device has others of the same domain."""
        return with_key(self._hass, super().entity_filter(entities), self._key)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether this is what is waited for."""
        value = state.attributes.get(self._attribute) if self._attribute else state.state
        return value in self._values


def _make(domain: str, key: str, *values: Any, attribute: str | None = None) -> type[Trigger]:
    """Return a trigger for an entity of a key that says one of these."""

    class _Made(_Trigger):
        _domain_specs = {domain: DomainSpec()}
        _key = key
        _values = frozenset(values)
        _attribute = attribute

    return _Made


def _event(key: str, *types: SessionEvent | SafetyEvent) -> type[Trigger]:
    return _make("event", key, *(each.value for each in types), attribute="event_type")


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "session_started": _event("session", SessionEvent.STARTED),
    "session_finished": _event("session", SessionEvent.FINISHED),
    "session_stopped": _event("session", SessionEvent.STOPPED, SessionEvent.INTERRUPTED),
    "session_paused": _event("session", SessionEvent.PAUSED),
    "phase_started": _make("sensor", "state", *PHASES),
    "path_blocked": _event("safety", SafetyEvent.PATH_BLOCKED),
    "path_cleared": _event("safety", SafetyEvent.PATH_CLEARED),
    "stop_failed": _event("safety", SafetyEvent.STOP_FAILED),
    "weekly_goal_reached": _event("session", SessionEvent.GOAL_REACHED),
    "session_due": _make("sensor", "advice", True, attribute="is_due"),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers, whether or not a gym is loaded."""
    return TRIGGERS
