"""Event entities: what a session and the gym tell, the stable way for automations."""

from typing import Any, Final

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import GymEntity, RunnerEntity, add_entities
from .gym.telling import SafetyEvent
from .home import RetrowalkConfigEntry
from .person import SessionEvent

PARALLEL_UPDATES = 0

DIARY: Final = "retrowalk_diary"
_WRITTEN_DOWN: Final = frozenset(
    {
        *(SessionEvent.FINISHED, SessionEvent.STOPPED, SessionEvent.INTERRUPTED),
        *(SessionEvent.PAUSED, SessionEvent.LEVEL_CHANGED),
    }
)
"""What a person would write down of a session; that a goal was reached, its figures say."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities."""
    add_entities(
        entry,
        async_add_entities,
        of_gym=[SafetyEventEntity(entry, "safety")],
        of_runner=lambda runner: [SessionEventEntity(entry, runner, "session")],
    )


class SessionEventEntity(RunnerEntity, EventEntity):
    """What happens to a runner's session."""

    _attr_event_types = [each.value for each in SessionEvent]

    async def async_added_to_hass(self) -> None:
        """Follow the runner."""
        self.async_on_remove(self.runner.subscribe_events(self._happened))

    @callback
    def _happened(self, event: SessionEvent, data: dict[str, Any]) -> None:
        self._trigger_event(event.value, data)
        self.async_write_ha_state()
        if event in _WRITTEN_DOWN and not data.get("rehearsal"):
            _write_down(self, self.runner.config.name, event.value, data)


class SafetyEventEntity(GymEntity, EventEntity):
    """What happens to the safety of a walk."""

    _attr_event_types = [each.value for each in SafetyEvent]

    async def async_added_to_hass(self) -> None:
        """Follow the gym."""
        self.async_on_remove(self.gym.subscribe_safety(self._happened))

    @callback
    def _happened(self, event: SafetyEvent, data: dict[str, Any]) -> None:
        self._trigger_event(event.value, data)
        self.async_write_ha_state()
        if event is SafetyEvent.STOP_FAILED:
            _write_down(self, self.gym.name, event.value, data)


def _write_down(entity: Entity, name: str, event: str, data: dict[str, Any]) -> None:
    """Fire what the logbook makes a line of its diary from."""
    device = entity.device_entry
    whose = {"entity_id": entity.entity_id, "device_id": device.id if device else None}
    entity.hass.bus.async_fire(DIARY, {**data, **whose, "name": name, "type": event})
