"""Event entities: what a session and the gym tell, the stable way for automations."""

from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import GymEntity, RunnerEntity, add_entities
from .gym.telling import SafetyEvent
from .home import RetrowalkConfigEntry
from .person import SessionEvent

PARALLEL_UPDATES = 0


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
