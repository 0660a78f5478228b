"""What stands in a gym: a lamp as owners have them, a treadmill that misbehaves as theirs do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from ..conftest import HandMovedClocks, MakeWorld, World
from ..treadmills import Fault, Machine, Shape, plug_in, roles

LAMP = "light.lamp"


@pytest.fixture
async def lamp(hass: HomeAssistant) -> str:
    """Return the entity id of a lamp that is off."""
    assert await async_setup_component(
        hass,
        "input_number",
        {"input_number": {"lamp": {"min": 0, "max": 255, "initial": 0}}},
    )
    level = {"service": "input_number.set_value", "target": {"entity_id": "input_number.lamp"}}
    assert await async_setup_component(
        hass,
        "template",
        {
            "template": {
                "light": {
                    "name": "Lamp",
                    "unique_id": "lamp",
                    "state": "{{ states('input_number.lamp') | int > 0 }}",
                    "level": "{{ states('input_number.lamp') | int }}",
                    "turn_on": [{**level, "data": {"value": 255}}],
                    "turn_off": [{**level, "data": {"value": 0}}],
                    "set_level": [{**level, "data": {"value": "{{ brightness }}"}}],
                }
            }
        },
    )
    await hass.async_block_till_done()
    state = hass.states.get(LAMP)
    assert state is not None
    assert state.state == "off"
    return LAMP


type MakeTreadmill = Callable[..., Awaitable[tuple[World, Machine]]]


@pytest.fixture
async def make_treadmill(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks
) -> AsyncIterator[MakeTreadmill]:
    """Return a function that plugs in a simulated treadmill and sets up a gym that moves it."""
    clocks.step_s = 0.5
    made: list[tuple[World, Machine]] = []

    async def make(
        shape: Shape = Shape.SWITCH_AND_NUMBERS,
        *faults: Fault,
        machine: dict[str, Any] | None = None,
        treadmill: dict[str, Any] | None = None,
        **world: Any,
    ) -> tuple[World, Machine]:
        simulated = Machine(hass, shape, **(machine or {}))
        simulated.misbehave(*faults)
        await plug_in(hass, simulated)
        roles_of = roles(shape) | (treadmill or {})
        made.append((await make_world(treadmill=roles_of, **world), simulated))
        return made[-1]

    yield make
    for world, machine in made:
        if world.entry in world.hass.config_entries.async_entries():
            await put_away(world, machine)


async def put_away(world: World, machine: Machine) -> None:
    """Let the machine be whole again and stand, and leave nothing that waits for it."""
    machine.misbehave()
    machine.latency_s = 0
    machine.drop(0)
    machine.restore_power()
    machine.pull_clip()
    await world.clocks.move(30)
    if world.entry.state is ConfigEntryState.LOADED:
        await unload(world)
    machine.close()


async def unload(world: World) -> None:
    """Unload the gym while time passes: it waits for the belt to stand."""
    await while_time_passes(world, world.hass.config_entries.async_unload(world.entry.entry_id))


async def while_time_passes(world: World, doing: Coroutine[Any, Any, Any]) -> None:
    """Do something that waits for the belt, for at most 15 s."""
    task = world.hass.async_create_task(doing)
    for _ in range(round(15 / world.clocks.step_s)):
        await world.clocks.tick()
        if task.done():
            break
    await task
