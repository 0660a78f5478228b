"""Its start and its stop, and what a visitor does with their hands."""

from collections.abc import Callable, Iterable

from homeassistant.components.button import ButtonEntity
from homeassistant.const import Platform
from tests.treadmills import DROPS_FOR_S, Machine, Part

from .platform import adds

PARALLEL_UPDATES = 0


class Hand(Part, ButtonEntity):
    """Does something at the machine itself, where no connection is needed."""

    def __init__(
        self, machine: Machine, key: str, name: str, icon: str, do: Callable[[], None]
    ) -> None:
        """Build it; `do` is what a press does."""
        super().__init__(machine, key, name)
        self._attr_icon = icon
        self._do = do

    @property
    def available(self) -> bool:
        """Return True: hands are always there."""
        return True

    async def async_press(self) -> None:
        """Do it."""
        self._do()


def _of_the_demo(machine: Machine) -> Iterable[Hand]:
    yield Hand(
        machine, "pull_the_clip", "Pull the clip", "mdi:power-plug-off-outline", machine.pull_clip
    )
    yield Hand(
        machine,
        "drop_the_connection",
        "Drop the connection",
        "mdi:bluetooth-off",
        lambda: machine.drop(DROPS_FOR_S),
    )
    yield Hand(machine, "press_go", "Press go", "mdi:play-circle", lambda: machine.press("go"))
    yield Hand(
        machine, "press_stop", "Press stop", "mdi:stop-circle", lambda: machine.press("stop")
    )


async_setup_entry = adds(Platform.BUTTON, _of_the_demo)
