"""What all entities share: they read a snapshot, subscribe to it and hold no decision."""

from collections.abc import Callable, Iterable

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .home import RetrowalkConfigEntry
from .runner import Runner


@callback
def with_key(hass: HomeAssistant, entities: Iterable[str], key: str) -> set[str]:
    """Return those of some entities that are ours, of one key."""
    registry = er.async_get(hass)
    found = ((each, registry.async_get(each)) for each in entities)
    return {
        entity_id
        for entity_id, entry in found
        if entry is not None
        and entry.platform == DOMAIN
        and entry.unique_id.partition("_")[2] == key  # after the id of its gym or runner
    }


@callback
def add_entities(
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    *,
    of_gym: Iterable[Entity] = (),
    of_runner: Callable[[Runner], Iterable[Entity]] = lambda _runner: (),
) -> None:
    """Add the gym's entities and those of each runner, now and when one is added later."""
    home = entry.runtime_data
    async_add_entities(of_gym)

    @callback
    def add_runner(runner: Runner) -> None:
        async_add_entities(of_runner(runner), config_subentry_id=runner.runner_id)

    for runner in home.runners.values():
        add_runner(runner)
    home.new_runner.append(add_runner)


class GymEntity(Entity):
    """An entity of the gym's device."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: RetrowalkConfigEntry, key: str) -> None:
        """Name it."""
        self.entry = entry
        self.gym = entry.runtime_data.gym
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})


class RunnerEntity(Entity):
    """An entity of a runner's device, by way of the gym."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: RetrowalkConfigEntry, runner: Runner, key: str) -> None:
        """Name it."""
        self.entry = entry
        self.runner = runner
        self._attr_unique_id = f"{runner.runner_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, runner.runner_id)})


class RunnerView(RunnerEntity):
    """An entity that shows something of a runner's snapshot."""

    async def async_added_to_hass(self) -> None:
        """Follow the runner."""
        self.async_on_remove(self.runner.subscribe(self.async_write_ha_state))
