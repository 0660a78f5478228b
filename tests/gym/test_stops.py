"""Every way to stop, on every treadmill: the belt stands or is told not to, within 15 s.

A cell is a treadmill with its misbehaviour and a cause of a stop. What a belt truly does, the
simulated machine knows; nothing of it is asked of the program that is tested.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_get_persistent_notifications

from custom_components.retrowalk.conductor import Conductor
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.belt import Belt
from custom_components.retrowalk.gym.stop_path import StopPath
from homeassistant.helpers import entity_registry as er

from ..conftest import World
from ..treadmills import Fault, Machine, Shape
from .conftest import MakeTreadmill, put_away, unload, while_time_passes

STATE = "sensor.ann_state"
DOOR = "binary_sensor.door"
WITHIN_S = 15
STANDS_KMH = 0.3


@dataclass(frozen=True, kw_only=True)
class Treadmill:
    """A machine of the table; what it does wrong begins when it is walked on."""

    shape: Shape = Shape.SWITCH_AND_NUMBERS
    faults: tuple[Fault, ...] = ()
    plug: bool = False
    drops: bool = False
    latency_s: float = 0
    may_fail: bool = False
    """Whether a stop that fails, and says so, is all that can be asked for."""
    machine: dict[str, Any] = field(default_factory=dict)


TREADMILLS = {
    "switch_and_numbers": Treadmill(),
    "two_buttons": Treadmill(shape=Shape.TWO_BUTTONS_AND_A_NUMBER),
    "number_only": Treadmill(shape=Shape.NUMBER_ONLY),
    "miles": Treadmill(machine={"unit": "mph"}),
    "slow_to_answer": Treadmill(latency_s=2),
    "optimistic": Treadmill(faults=(Fault.OPTIMISTIC,)),
    "silent": Treadmill(faults=(Fault.SILENT,)),
    "silent_speed": Treadmill(faults=(Fault.SILENT_SPEED,)),
    "mirror": Treadmill(shape=Shape.TWO_BUTTONS_AND_A_NUMBER, faults=(Fault.MIRROR,)),
    "slow": Treadmill(faults=(Fault.SLOW,)),
    "counts_down": Treadmill(faults=(Fault.COUNTS_DOWN,)),
    "dropping": Treadmill(drops=True, may_fail=True),
    "surging": Treadmill(faults=(Fault.SURGING,), drops=True, may_fail=True),
    "stuck": Treadmill(faults=(Fault.STUCK,), may_fail=True),
    "stuck_with_a_plug": Treadmill(faults=(Fault.STUCK,), plug=True),
    "frozen_sensor": Treadmill(faults=(Fault.FROZEN_SENSOR,), may_fail=True),
    "number_only_and_stuck": Treadmill(shape=Shape.NUMBER_ONLY, faults=(Fault.STUCK,), plug=True),
}

type Cause = Callable[[World, Machine], Awaitable[object]]


async def by_action(world: World, _machine: Machine) -> None:
    await world.call("stop_session")


async def by_switch(world: World, _machine: Machine) -> None:
    await world.call("switch.turn_off")


async def by_button(world: World, _machine: Machine) -> None:
    await world.call("button.press", who="button.home_gym_stop_everything")


async def by_stop_everything(world: World, _machine: Machine) -> None:
    await world.hass.services.async_call(DOMAIN, "stop_everything", blocking=True)


async def by_stop_everything_with_the_switch_disabled(world: World, machine: Machine) -> None:
    er.async_get(world.hass).async_update_entity(
        "switch.ann_session", disabled_by=er.RegistryEntryDisabler.USER
    )
    await by_stop_everything(world, machine)


async def by_the_remote(_world: World, machine: Machine) -> None:
    machine.press("stop")


async def by_pause(world: World, _machine: Machine) -> None:
    await world.call("button.press", who="button.ann_pause")


async def by_obstacle(world: World, _machine: Machine) -> None:
    world.hass.states.async_set(DOOR, "on")


async def by_lost_sensor(world: World, _machine: Machine) -> None:
    world.hass.states.async_set(DOOR, "unavailable")
    await world.clocks.move(10)


async def by_turn(world: World, _machine: Machine) -> None:
    """Walk the phase to its end: on a belt, a turn or the end comes after it."""
    await world.call("skip_phase")


async def by_phase_limit(world: World, _machine: Machine) -> None:
    """Nobody conducts any more, and nobody says so: the belt knows how long it may run."""
    with patch.object(Conductor, "_wake"):
        await world.clocks.move(250)


async def by_unload(world: World, _machine: Machine) -> None:
    await unload(world)


async def by_reload(world: World, machine: Machine) -> None:
    await unload(world)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)


async def by_shutdown(world: World, _machine: Machine) -> None:
    """As Home Assistant does when it stops: entries are not unloaded then."""
    jobs = [each.job for each in world.hass._shutdown_jobs]
    assert jobs, "nobody is told that Home Assistant stops"
    await while_time_passes(world, jobs[-1].target())


async def by_restart_after_a_crash(world: World, _machine: Machine) -> None:
    """Home Assistant dies without a word; the belt runs on until it is back."""
    with (
        patch.object(StopPath, "stop"),
        patch.object(Belt, "_nobodys"),
        patch.object(Belt, "remember"),
    ):
        await world.hass.config_entries.async_unload(world.entry.entry_id)
    await world.clocks.move(20)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)


async def by_removing_the_runner(world: World, _machine: Machine) -> None:
    ann = next(iter(world.entry.subentries))
    world.hass.config_entries.async_remove_subentry(world.entry, ann)


CAUSES: tuple[Cause, ...] = (
    by_action,
    by_switch,
    by_button,
    by_stop_everything,
    by_stop_everything_with_the_switch_disabled,
    by_the_remote,
    by_pause,
    by_obstacle,
    by_lost_sensor,
    by_turn,
    by_phase_limit,
    by_unload,
    by_reload,
    by_shutdown,
    by_restart_after_a_crash,
    by_removing_the_runner,
)


def stop_failed(world: World) -> bool:
    return any("_stop_failed" in each for each in async_get_persistent_notifications(world.hass))


def stands_as_promised(world: World, machine: Machine, kind: Treadmill) -> bool:
    """Whether the belt stands, and nobody is told anything else; or may run, and everybody is."""
    stands = machine.speed_kmh <= STANDS_KMH
    return stop_failed(world) or stands if kind.may_fail else stands and not stop_failed(world)


async def walks_on(make_treadmill: MakeTreadmill, name: str) -> tuple[World, Machine]:
    """Return a walk backward on a treadmill of the table, however it came to it."""
    kind = TREADMILLS[name]
    roles = {"stop_button": "event.treadmill_stop_button"}
    if kind.plug:
        roles["plug"] = "switch.treadmill_plug"
    world, machine = await make_treadmill(
        kind.shape, machine=kind.machine, treadmill=roles, path={"sensors": [DOOR]}
    )
    world.hass.states.async_set(DOOR, "off")
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(3)
    begins_wrong = {
        Fault.SILENT,
        Fault.SILENT_SPEED,
        Fault.OPTIMISTIC,
        Fault.MIRROR,
        Fault.COUNTS_DOWN,
    }
    machine.misbehave(*begins_wrong & set(kind.faults))
    await world.call("go")
    await world.clocks.move(8)
    await world.call("skip_phase")
    await world.clocks.move(13)  # one that has not started yet may do so for so long
    await world.call("go")
    await world.clocks.move(6)
    assert world.state(STATE) == "walking_backward"
    if Fault.SILENT in kind.faults:  # the coach says so, and the walker does it
        await world.clocks.move(12)
        machine.set_by_hand(2)
    await world.clocks.move(12)
    assert world.state(STATE) == "walking_backward"
    assert machine.speed_kmh > STANDS_KMH
    machine.misbehave(*kind.faults)
    machine.latency_s = kind.latency_s
    if kind.drops:
        machine.drop(12)
    return world, machine


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
@pytest.mark.parametrize("name", TREADMILLS)
async def test_the_belt_stands_or_is_told_not_to(
    make_treadmill: MakeTreadmill, name: str, cause: Cause
) -> None:
    """Breaks when a cause does not reach the stop path, or the path believes what only echoes.

    Nothing that could move the belt is sent after it, whatever the machine does.
    """
    world, machine = await walks_on(make_treadmill, name)
    await cause(world, machine)
    await world.clocks.move(WITHIN_S)
    assert stands_as_promised(world, machine, TREADMILLS[name])
    stopped = len(machine.commands)
    await world.clocks.move(40)
    later = machine.commands[stopped:]
    assert all(each in ("stop", "plug") or value == 0 for _, each, value in later), later
    await put_away(world, machine)
    assert not stop_failed(world)


@pytest.mark.parametrize("name", TREADMILLS)
async def test_everything_stops_while_the_gym_is_not_loaded(
    make_treadmill: MakeTreadmill, name: str
) -> None:
    """Somebody runs on the belt. Breaks when a stop needs anything that was set up."""
    kind = TREADMILLS[name]
    roles = {"plug": "switch.treadmill_plug"} if kind.plug else {}
    world, machine = await make_treadmill(kind.shape, machine=kind.machine, treadmill=roles)
    await unload(world)
    machine.set_by_hand(3)
    await world.clocks.move(12)
    machine.misbehave(*kind.faults)
    call = world.hass.services.async_call(DOMAIN, "stop_everything", blocking=True)
    await while_time_passes(world, call)
    await world.clocks.move(4)
    assert stands_as_promised(world, machine, kind)
