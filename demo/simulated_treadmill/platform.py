"""What the platform files share: the parts of the machine, and those of the demo alone."""

from collections.abc import Awaitable, Callable, Iterable

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from tests.treadmills import Machine, parts

from . import TreadmillEntry

type SetUp = Callable[
    [HomeAssistant, TreadmillEntry, AddConfigEntryEntitiesCallback], Awaitable[None]
]


def adds(
    platform: Platform, and_of_the_demo: Callable[[Machine], Iterable[Entity]] = lambda _: ()
) -> SetUp:
    """Return the set-up of a platform: its parts of the machine, and what the demo adds."""

    async def async_setup_entry(
        _hass: HomeAssistant,
        entry: TreadmillEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        machine = entry.runtime_data
        async_add_entities([*parts(machine, platform), *and_of_the_demo(machine)])

    return async_setup_entry
