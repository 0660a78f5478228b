"""Buttons: one verb each. Always available; they refuse with a reason."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coach.plan import Kind
from .entity import GymEntity, RunnerEntity, add_entities
from .home import RetrowalkConfigEntry
from .runner import Runner

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class RunnerButtonDescription(ButtonEntityDescription):
    """A button and the verb it calls."""

    press: Callable[[Runner, Context], Awaitable[object]]


def _start(kind: Kind) -> RunnerButtonDescription:
    return RunnerButtonDescription(
        key=f"start_{kind.value}",
        press=lambda runner, context: runner.start(kind, context=context),
    )


BUTTONS: Final = (
    _start(Kind.WARM_UP),
    _start(Kind.COOL_DOWN),
    _start(Kind.DEDICATED),
    _start(Kind.HILL),
    RunnerButtonDescription(key="pause", press=lambda runner, context: runner.pause(context)),
    RunnerButtonDescription(key="resume", press=lambda runner, context: runner.resume(context)),
    RunnerButtonDescription(key="skip_phase", press=lambda runner, context: runner.skip(context)),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons."""
    add_entities(
        entry,
        async_add_entities,
        of_gym=[
            StopEverythingButton(entry, "stop_everything"),
            TestStopButton(entry, "test_stop"),
        ],
        of_runner=lambda runner: [RunnerButton(entry, runner, each) for each in BUTTONS],
    )


class RunnerButton(RunnerEntity, ButtonEntity):
    """A verb of a runner."""

    entity_description: RunnerButtonDescription

    def __init__(
        self, entry: RetrowalkConfigEntry, runner: Runner, description: RunnerButtonDescription
    ) -> None:
        """Name it by its verb."""
        super().__init__(entry, runner, description.key)
        self.entity_description = description

    async def async_press(self) -> None:
        """Call the verb in the name of whoever pressed."""
        await self.entity_description.press(self.runner, self._context or Context())


class StopEverythingButton(GymEntity, ButtonEntity):
    """Stops the belt and ends whatever goes on in this gym; works when nothing does."""

    async def async_press(self) -> None:
        """Stop."""
        await self.entry.runtime_data.stop_everything()


class TestStopButton(GymEntity, ButtonEntity):
    """Stops a belt that its owner starts by hand, with nobody on it, and keeps the result."""

    _attr_entity_category = EntityCategory.CONFIG

    async def async_press(self) -> None:
        """Begin the test."""
        self.entry.runtime_data.test_stop()
