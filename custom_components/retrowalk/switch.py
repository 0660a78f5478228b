"""The Session switch: the primary entity of a runner and the target of its actions."""

from typing import Any

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import RunnerView, add_entities
from .home import RetrowalkConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches."""
    add_entities(
        entry,
        async_add_entities,
        of_runner=lambda runner: [SessionSwitch(entry, runner, "session")],
    )


class SessionSwitch(RunnerView, SwitchEntity):
    """On while a session is prepared or walked."""

    @property
    def is_on(self) -> bool:
        """Return whether a session is going on."""
        return self.runner.snapshot.session is not None

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start; it will ask for a go."""
        await self.runner.start(None, context=self._context or Context(), ask_go=True)

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop."""
        await self.runner.stop()
