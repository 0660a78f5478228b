"""What a stop has to withstand: sensors that lie for a moment, calls that are slow, changed minds.

Each test was seen to fail before the code that it guards was there.
"""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.retrowalk.const import DOMAIN
from homeassistant.core import HomeAssistant

from .. import treadmills
from ..conftest import World
from ..treadmills import Fault, Machine, Shape
from .conftest import MakeTreadmill, unload, while_time_passes
from .test_bad_luck import PLUG, STATE, belt, counts_down, entity
from .test_moving_belt import MOVING, safety, says_go, starts, walks_backward
from .test_stops import stop_failed

ANN = {"entity_id": "switch.ann_session"}


def says(machine: Machine, kmh: float) -> None:
    """Have the sensor say this from now on, whatever the belt does and is told."""
    machine.pretend(kmh)


async def calls(world: World, service: str) -> None:
    await world.hass.services.async_call(DOMAIN, service, ANN, blocking=True, context=world.person)


async def ticks(world: World, n: int) -> None:
    for _ in range(n):
        await world.clocks.tick()


@pytest.mark.parametrize("kmh", [1.5, 1.609344])
async def test_a_toggle_fails_the_test_of_the_stop_at_any_speed(
    make_treadmill: MakeTreadmill, kmh: float
) -> None:
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.TOGGLE)
    await world.call("button.press", who="button.home_gym_test_the_stop")
    machine.set_by_hand(kmh)
    await world.clocks.move(60)
    assert belt(world).profile.passed is False


@pytest.mark.parametrize("pulse", [(3, (1,)), (6, (1, 2, 3, 4))], ids=str)
async def test_a_sensor_that_pulses_hides_no_stuck_belt(
    make_treadmill: MakeTreadmill, pulse: tuple[int, tuple[int, ...]]
) -> None:
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    for i in range(60):
        says(machine, 2.1 if i % pulse[0] in pulse[1] else 0)
        await world.clocks.move(0.5)
    assert "stop_failed" in safety(world)
    assert not machine.is_powered


async def test_an_unload_ends_whatever_the_sensor_says(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    entry_id = world.entry.entry_id
    task = world.hass.async_create_task(world.hass.config_entries.async_unload(entry_id))
    for i in range(80):  # 40 s
        says(machine, 2.1 if i % 3 == 1 else 0)
        await world.clocks.tick()
    done = task.done()
    says(machine, 0)
    await ticks(world, 20)
    await task
    assert done


async def test_noise_of_a_belt_that_stands_pulls_no_plug(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    await world.call("pause_session")
    noise = (1.0, 0.4, 0.2, 0, 0.4, 0, 0, 0.2, 0.35, 0, 0, 0.4, 0.4)
    for kmh in (*noise, *(0,) * 8):
        says(machine, kmh)
        await world.clocks.move(0.5)
    assert machine.is_powered
    assert "stop_failed" not in safety(world)


@pytest.mark.parametrize("is_away", [False, True])
async def test_one_zero_at_the_moment_of_a_stop_proves_nothing(
    make_treadmill: MakeTreadmill, *, is_away: bool
) -> None:
    world, machine = await make_treadmill(treadmill={**PLUG, "may_move": False})
    await starts(world)
    await says_go(world)
    await world.clocks.move(2)
    machine.set_by_hand(2.1)
    await world.clocks.move(10)
    machine.misbehave(Fault.STUCK)
    if is_away:  # the sensor reconnects while the stop is sent
        with patch.object(treadmills._MeasuredSpeed, "available", False):
            machine.pretend(2.1)
            await world.call("pause_session")
        says(machine, 2.1)
        await world.clocks.move(0.5)
    says(machine, 0)
    if not is_away:
        await world.call("pause_session")
    says(machine, 2.1)
    await world.clocks.move(20)
    assert "stop_failed" in safety(world)
    assert not machine.is_powered


@pytest.mark.parametrize("stops_first", [False, True])
async def test_one_reading_ends_no_countdown(
    make_treadmill: MakeTreadmill, *, stops_first: bool
) -> None:
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.COUNTS_DOWN)
    await counts_down(world)
    if stops_first:
        await world.call("stop_session")
    says(machine, 0.4)
    says(machine, 0)
    machine.faults.discard(Fault.FROZEN_SENSOR)
    await unload(world)
    await world.clocks.move(20)
    assert machine.speed_kmh == 0


async def test_zeros_of_some_seconds_hide_no_stuck_belt(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill=PLUG)
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    for i in range(120):
        says(machine, 0 if i % 10 < 5 else 2.1)
        await world.clocks.move(0.5)
    assert "stop_failed" in safety(world)
    assert not machine.is_powered


async def test_a_slow_stop_arrives(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER)
    await walks_backward(world)
    machine.latency_s = 14
    await calls(world, "pause_session")
    await ticks(world, 120)
    assert machine.speed_kmh == 0


async def test_a_slow_connection_is_waited_for(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    world, machine = await make_treadmill(treadmill={"connect": "switch.treadmill_connection"})
    await machine.obey("connection", 0)
    switch = entity(hass, "switch.treadmill_connection")
    real, until = switch.async_turn_on, hass.loop.time() + 8

    async def on(**kwargs: Any) -> None:
        while hass.loop.time() < until:  # noqa: ASYNC110 - a hand moves the clock
            await asyncio.sleep(0)
        await real(**kwargs)

    switch.async_turn_on = on
    await hass.services.async_call(
        DOMAIN, "start_session", {"kind": "warm_up", **ANN}, blocking=True, context=world.person
    )
    await ticks(world, 60)
    assert machine.is_connected
    assert world.state(STATE) == "ready"


async def test_a_slow_start_is_no_fault_of_the_treadmill(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER)
    machine.latency_s = 6
    await starts(world)
    await ticks(world, 6)
    await calls(world, "go")
    await ticks(world, 50)
    assert not belt(world).profile.failing


async def test_consent_that_is_withdrawn_while_the_disk_is_asked_counts(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    written, real = asyncio.Event(), belt(world)._keep
    home = world.entry.runtime_data

    async def slowly(profile: Any) -> None:
        await written.wait()
        await real(profile)

    with patch.object(belt(world), "_keep", slowly):
        await starts(world)
        await ticks(world, 6)
        await calls(world, "go")
        await ticks(world, 12)
        await home.updating.acquire()
        options = dict(world.entry.options)
        options["treadmill"] = {**options["treadmill"], "may_move": False}
        world.hass.config_entries.async_update_entry(world.entry, options=options)
        await ticks(world, 1)
        written.set()
        await ticks(world, 12)
    told = machine.told(*MOVING)
    home.updating.release()
    await ticks(world, 30)
    assert told == []


async def test_consent_that_comes_back_counts(make_treadmill: MakeTreadmill) -> None:
    world, _ = await make_treadmill()
    home = world.entry.runtime_data
    on = dict(world.entry.options)
    off = {**on, "treadmill": {**on["treadmill"], "may_move": False}}
    async with home.updating:
        for options in (off, on):
            world.hass.config_entries.async_update_entry(world.entry, options=options)
            await world.clocks.tick()
    await world.hass.async_block_till_done()
    assert belt(world).moves


async def test_a_stop_that_was_proven_long_ago_stops_nobody_else(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await unload(world)
    machine.set_by_hand(3)
    await world.clocks.move(12)
    machine.misbehave(Fault.STUCK)
    call = world.hass.services.async_call(DOMAIN, "stop_everything", blocking=True)
    await while_time_passes(world, call)
    machine.misbehave()
    machine.pull_clip()
    await world.clocks.move(20)
    assert not stop_failed(world)
    machine.set_by_hand(5)
    await world.clocks.move(600)
    told = len(machine.commands)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(10)
    assert machine.commands[told:] == []


async def test_a_treadmill_that_is_switched_off_after_a_proven_stop_alarms_nobody(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.call("pause_session")
    await world.clocks.move(30)
    machine.sensor_has_own_power = False
    await unload(world)
    machine.cut_power()
    await world.clocks.move(5)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(30)
    assert not stop_failed(world)


async def test_a_connection_that_its_owner_has_made_stays(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill={"connect": "switch.treadmill_connection"})
    machine.set_by_hand(3)
    await world.clocks.move(5)
    await world.call("button.press", who="button.home_gym_stop_everything")
    await world.clocks.move(10)
    assert machine.speed_kmh == 0
    assert machine.is_connected
