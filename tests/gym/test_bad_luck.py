"""What chance does to a belt at the worst moment: countdowns, lost links, odd numbers, lost files.

Each test was seen to fail before the code that it guards was there.
"""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.retrowalk.gym import roles
from custom_components.retrowalk.gym.belt import Belt
from custom_components.retrowalk.gym.stop_path import StopPath
from homeassistant.components.number import NumberDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES

from .. import treadmills
from ..conftest import World
from ..treadmills import Fault, Machine, Shape, _Speed
from .conftest import MakeTreadmill, unload
from .test_moving_belt import MOVING, alerts, safety, says_go, starts, walks_backward

STATE = "sensor.ann_state"
SPEED = "number.treadmill_speed"
MEASURED = "sensor.treadmill_measured_speed"
PLUG = {"plug": "switch.treadmill_plug"}
STRONG = ({"name": "Ann", "level": 8, "weekly_goal": 60},)


def entity(hass: HomeAssistant, entity_id: str) -> Any:
    """Return the object behind an entity, to have it fail as integrations do."""
    return hass.data[DATA_INSTANCES][entity_id.partition(".")[0]].get_entity(entity_id)


def belt(world: World) -> Belt:
    found: Belt = world.entry.runtime_data.gym.belt
    return found


async def counts_down(world: World) -> None:
    """Say go, and let the start be sent."""
    await starts(world)
    await says_go(world)
    await world.clocks.move(6)


# A machine that counts down


@pytest.mark.parametrize("by", ["stop_session", "unload"])
async def test_a_belt_that_starts_after_its_stop_is_stopped_again(
    make_treadmill: MakeTreadmill, by: str
) -> None:
    """It hears nothing while it counts down. Breaks when standing still then proves a stop."""
    world, machine = await make_treadmill(
        Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.COUNTS_DOWN, treadmill=PLUG
    )
    await counts_down(world)
    assert (machine.told("start"), machine.speed_kmh) == ([("start", None)], 0)
    if by == "unload":
        await unload(world)
    else:
        await world.call(by)
    await world.clocks.move(15)
    assert (machine.speed_kmh, machine.is_powered) == (0, True)
    await world.clocks.move(30)
    assert machine.speed_kmh == 0
    assert alerts(world) == []


async def test_no_go_is_taken_while_a_stopped_belt_may_still_start(
    make_treadmill: MakeTreadmill,
) -> None:
    world, _ = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.SILENT)
    await counts_down(world)
    await world.call("pause_session")
    await world.clocks.move(3)
    with pytest.raises(HomeAssistantError, match="nothing shows yet that the belt stands"):
        await world.call("go")
    await world.clocks.move(12)
    await world.call("go")
    assert world.state(STATE) == "get_ready"


# A treadmill that is not there


async def test_a_belt_that_would_hear_no_stop_is_stopped_and_the_walk_paused(
    make_treadmill: MakeTreadmill,
) -> None:
    """The plug still measures that it runs. Breaks when only the sensor is looked at."""
    world, machine = await make_treadmill(
        treadmill={"speed_sensor": None, "power_sensor": "sensor.treadmill_power"}
    )
    await walks_backward(world)
    machine.drop(40)
    await world.clocks.move(8)
    assert world.state(STATE) == "walking_backward"
    await world.clocks.move(4)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "connection_lost")
    await world.clocks.move(12)
    assert any("Pull the safety clip now." in each for each in alerts(world))
    await world.clocks.move(20)
    assert machine.speed_kmh == 0


async def test_a_treadmill_that_reconnects_goes_on(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(
        treadmill={"speed_sensor": None, "power_sensor": "sensor.treadmill_power"}
    )
    await walks_backward(world)
    for _ in range(3):
        machine.drop(6)
        await world.clocks.move(8)
    assert world.state(STATE) == "walking_backward"
    assert machine.speed_kmh > 0.3


@pytest.mark.parametrize(("after", "lost_s"), [(4, 6), (5, 25), (6, 25), (9, 25)])
async def test_a_link_that_is_lost_while_the_belt_starts_is_no_fault_of_the_treadmill(
    make_treadmill: MakeTreadmill, after: int, lost_s: int
) -> None:
    """Breaks when a start that nobody could hear takes the belt from its owner for good."""
    world, machine = await make_treadmill()
    await starts(world)
    await says_go(world)
    await world.clocks.move(after)
    machine.drop(lost_s)
    await world.clocks.move(60)
    assert world.state(STATE) == "paused"
    assert not belt(world).profile.failing
    assert machine.speed_kmh == 0
    await world.call("go")
    await world.clocks.move(10)
    assert machine.speed_kmh > 0.3


async def test_a_start_that_was_lost_on_its_way_is_no_fault_of_the_treadmill(
    make_treadmill: MakeTreadmill,
) -> None:
    """The link is back before anybody asks why it stands. Breaks when that alone is looked at."""
    world, machine = await make_treadmill()
    machine.latency_s = 1
    await starts(world)
    await says_go(world)
    while not machine.told("start"):  # `move` would wait until it has arrived
        await world.clocks.tick()
    machine.drop(4)
    for _ in range(40):
        await world.clocks.tick()
    assert machine.told("start") == [("start", None)]
    assert (world.state(STATE), machine.speed_kmh) == ("paused", 0)
    assert not belt(world).profile.failing


# A stop that does not get through


async def test_a_sensor_that_flickers_proves_no_stop(make_treadmill: MakeTreadmill) -> None:
    """Breaks when one reading of 0 ends a stop that does nothing."""
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    for i in range(60):
        speed = "0" if i % 4 == 0 else "2.1"
        world.hass.states.async_set(MEASURED, speed, {"unit_of_measurement": "km/h"})
        await world.clocks.move(0.5)
    assert safety(world) == ["stop_failed"]
    assert not machine.is_powered


async def test_a_machine_that_counts_down_for_longer_keeps_its_power(
    make_treadmill: MakeTreadmill,
) -> None:
    """It is stopped again while it is watched. Breaks when that stop has no time of its own."""
    with patch.object(treadmills, "STARTS_LATE_BY_S", 14.0):
        world, machine = await make_treadmill(
            Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.COUNTS_DOWN, treadmill=PLUG
        )
        await counts_down(world)
        await world.call("stop_session")
        await world.clocks.move(30)
    assert machine.top_kmh > 0
    assert (machine.speed_kmh, machine.is_powered) == (0, True)
    assert "stop_failed" not in safety(world)


async def test_a_plug_that_did_not_answer_is_pulled_again(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    plug = entity(hass, PLUG["plug"])
    real, calls = plug.async_turn_off, []

    async def off(**kwargs: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise HomeAssistantError("no answer")
        await real(**kwargs)

    plug.async_turn_off = off
    await world.call("pause_session")
    await world.clocks.move(40)
    assert machine.speed_kmh == 0


async def test_a_call_that_hangs_keeps_no_stop_from_the_belt(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Most integrations take one call at a time. Breaks when a dead one is waited for."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    switch = entity(hass, "switch.treadmill")
    switch.parallel_updates = asyncio.Semaphore(1)
    real, calls = switch.async_turn_off, []

    async def off(**kwargs: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            await asyncio.Event().wait()
        await real(**kwargs)

    switch.async_turn_off = off
    within = roles.call_within
    with patch.object(roles, "call_within", lambda home, call, _s: within(home, call, 0.01)):
        await world.hass.services.async_call(
            "retrowalk",
            "pause_session",
            {"entity_id": "switch.ann_session"},
            blocking=True,
            context=world.person,
        )
        for _ in range(24):
            await world.clocks.tick()
            await asyncio.sleep(0.005)
    assert machine.speed_kmh == 0


# A number that is not what it was


async def test_a_unit_that_changes_in_mid_walk_leaves_the_speed_to_its_owner(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when what was km/h goes on as miles."""
    with patch.object(_Speed, "_attr_device_class", NumberDeviceClass.SPEED, create=True):
        world, machine = await make_treadmill(runners=STRONG)
        await walks_backward(world)
        await world.clocks.move(6)
        told = len(machine.commands)
        er.async_get(hass).async_update_entity_options(
            SPEED, "number", {"unit_of_measurement": "mph"}
        )
        await hass.async_block_till_done()
        await world.clocks.move(20)
    assert [each for each in machine.commands[told:] if each[1] in MOVING] == []
    assert any("yourself" in each for each in alerts(world))


def number_is(hass: HomeAssistant, machine: Machine, **figures: float) -> None:
    """Have the speed number advertise another range."""
    number = entity(hass, SPEED)
    for name, figure in figures.items():
        setattr(number, f"_attr_native_{name}", figure)
        for cached in (f"native_{name}", name.removesuffix("_value") + "_value", name):
            number.__dict__.pop(cached, None)
    number.async_write_ha_state()
    assert machine.commands == []


@pytest.mark.parametrize("figures", [{"step": 1.0}, {"min_value": 2.0}], ids=str)
async def test_a_number_that_is_too_coarse_or_starts_too_fast_is_left_to_its_owner(
    hass: HomeAssistant, make_treadmill: MakeTreadmill, figures: dict[str, float]
) -> None:
    world, machine = await make_treadmill(runners=STRONG)
    number_is(hass, machine, **figures)
    await counts_down(world)
    assert machine.told(*MOVING) == []
    assert any("yourself" in each for each in alerts(world))


# What a crash may have lost


@pytest.mark.parametrize("gap", [20, 600])
async def test_a_walk_stops_the_belt_whose_own_file_is_gone(
    make_treadmill: MakeTreadmill, files: Path, gap: int
) -> None:
    """The walk's file says go. Breaks when the belt's file alone is asked."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    with (
        patch.object(StopPath, "stop"),
        patch.object(Belt, "_nobodys"),
        patch.object(Belt, "remember"),
    ):
        await world.hass.config_entries.async_unload(world.entry.entry_id)
    (files / f"retrowalk.{world.entry.entry_id}.belt").unlink()
    await world.clocks.sleep(gap)
    assert machine.speed_kmh > 0.3
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(8)
    assert machine.speed_kmh == 0


async def test_a_walk_that_never_moved_the_belt_stops_nobody(
    make_treadmill: MakeTreadmill,
) -> None:
    """Somebody else runs on it after the restart. Breaks when a stop is sent on every load."""
    world, machine = await make_treadmill()
    await starts(world)
    await world.clocks.move(3)
    assert world.state(STATE) == "ready"
    await unload(world)
    told = len(machine.commands)
    machine.set_by_hand(5)
    await world.clocks.move(5)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(8)
    assert machine.commands[told:] == []


# What its owner changes meanwhile


async def test_consent_that_is_withdrawn_counts_at_once(make_treadmill: MakeTreadmill) -> None:
    """Another change is being taken over, slowly. Breaks when the belt waits for it."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    home = world.entry.runtime_data
    await home.updating.acquire()
    try:
        options = dict(world.entry.options)
        options["treadmill"] = {**options["treadmill"], "may_move": False}
        world.hass.config_entries.async_update_entry(world.entry, options=options)
        for _ in range(12):
            await world.clocks.tick()
        assert machine.speed_kmh == 0
        assert world.state(STATE) == "paused"
    finally:
        home.updating.release()


async def test_other_watts_forget_no_failed_test(make_treadmill: MakeTreadmill) -> None:
    """Breaks when a belt whose stop has failed is moved again after a change of a figure."""
    measured = {"speed_sensor": None, "power_sensor": "sensor.treadmill_power"}
    world, machine = await make_treadmill(
        Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.STUCK, treadmill=measured
    )
    await world.call("button.press", who="button.home_gym_test_the_stop")
    machine.set_by_hand(0.8)
    await world.clocks.move(20)
    machine.pull_clip()
    await world.clocks.move(20)
    assert belt(world).profile.passed is False
    options = dict(world.entry.options)
    options["treadmill"] = {**options["treadmill"], "still_watts": 45}
    world.hass.config_entries.async_update_entry(world.entry, options=options)
    await world.hass.async_block_till_done()
    assert belt(world).profile.passed is False
    assert not belt(world).moves


@pytest.mark.parametrize("is_full", [False, True])
async def test_a_stop_that_comes_while_the_disk_is_asked_holds(
    make_treadmill: MakeTreadmill, *, is_full: bool
) -> None:
    """Breaks when a start that waited for the disk does not look whether it was stopped."""
    world, machine = await make_treadmill()
    written = asyncio.Event()

    async def slowly(_profile: object) -> None:
        await written.wait()
        if is_full:
            raise HomeAssistantError("no space left")

    with patch.object(belt(world), "_keep", slowly):
        await starts(world)
        for _ in range(6):
            await world.clocks.tick()
        go = {"entity_id": "switch.ann_session"}
        call = world.hass.services.async_call
        await call("retrowalk", "go", go, blocking=True, context=world.person)
        for _ in range(12):
            await world.clocks.tick()
        await call("retrowalk", "pause_session", go, blocking=True, context=world.person)
        written.set()
        for _ in range(30):
            await world.clocks.tick()
    assert machine.told(*MOVING) == []
    assert alerts(world) == []


async def test_a_belt_that_nothing_measures_is_not_moved(make_treadmill: MakeTreadmill) -> None:
    """No form allows it; a file may say so. Breaks when consent alone is asked."""
    world, machine = await make_treadmill(treadmill={"speed_sensor": None})
    assert not belt(world).moves
    await starts(world)
    await world.clocks.move(20)
    assert world.state(STATE) == "walking_forward"
    assert machine.told(*MOVING) == []


# What the drive never does


async def test_no_step_is_sent_while_a_call_is_out(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when steps pile up behind a slow call."""
    world, _ = await make_treadmill()
    await walks_backward(world)
    number = entity(hass, SPEED)
    real, out, most = number.async_set_native_value, 0, 0

    async def slowly(value: float) -> None:
        nonlocal out, most
        out, most = out + 1, max(most, out + 1)
        try:
            await asyncio.sleep(4)
        finally:
            out -= 1
        await real(value)

    number.async_set_native_value = slowly
    for _ in range(40):
        await world.clocks.tick()
    assert most == 1
    number.async_set_native_value = real
    for _ in range(9):  # what is under way arrives
        await world.clocks.tick()


async def test_no_step_is_sent_into_a_belt_that_stands(make_treadmill: MakeTreadmill) -> None:
    """A number may start a belt. Breaks when the drive goes on after the clip was pulled."""
    world, machine = await make_treadmill(
        treadmill={"speed_sensor": None, "power_sensor": "sensor.treadmill_power"}, runners=STRONG
    )
    await walks_backward(world)
    machine.pull_clip()
    await world.clocks.move(0.5)
    told = len(machine.commands)
    await world.clocks.move(4.5)
    assert machine.commands[told:] == []


async def test_a_gym_that_comes_back_takes_over_the_stop_of_the_one_before(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when both go on, and each tells what the other knows better."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    await unload(world)
    assert any("Pull the safety clip now." in each for each in alerts(world))
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(20)
    told = len(machine.told("stop"))
    await world.clocks.move(30)
    assert len(machine.told("stop")) - told == 2
    machine.pull_clip()
    await world.clocks.move(20)
    assert alerts(world) == []
