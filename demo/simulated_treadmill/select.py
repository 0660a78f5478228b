"""How it misbehaves: one fault at a time, chosen on the dashboard."""

from collections.abc import Iterable

from homeassistant.components.select import SelectEntity
from homeassistant.const import Platform
from tests.treadmills import Fault, Machine, Part

from .platform import adds

PARALLEL_UPDATES = 0
NONE = "none"


class Misbehaviour(Part, SelectEntity):
    """The fault that it has."""

    _attr_translation_key = "misbehaviour"
    _attr_icon = "mdi:emoticon-devil-outline"
    _attr_options = [NONE, *(fault.value for fault in Fault)]

    @property
    def available(self) -> bool:
        """Return True: a machine that nobody reaches can misbehave as well."""
        return True

    @property
    def current_option(self) -> str:
        """Return the fault, or none."""
        return next((fault.value for fault in self.machine.faults), NONE)

    async def async_select_option(self, option: str) -> None:
        """Have this fault from now on, and no other."""
        self.machine.misbehave(*([] if option == NONE else [Fault(option)]))


def _of_the_demo(machine: Machine) -> Iterable[Misbehaviour]:
    yield Misbehaviour(machine, "misbehaviour", "Misbehaviour")


async_setup_entry = adds(Platform.SELECT, _of_the_demo)
