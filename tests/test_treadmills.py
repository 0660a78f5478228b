"""The simulated treadmills do what they say: every fault is there, else they are sound."""

import asyncio
from typing import Any

import pytest

from homeassistant.core import HomeAssistant

from .conftest import HandMovedClocks
from .treadmills import PLATFORMS, Fault, Machine, Shape, parts, plug_in, roles

SPEED, MEASURED = "number.treadmill_speed", "sensor.treadmill_measured_speed"
SWITCH, PLUG = "switch.treadmill", "switch.treadmill_plug"


class Hall:
    """A machine in a Home Assistant, and who tells it what to do."""

    def __init__(self, hass: HomeAssistant, clocks: HandMovedClocks, machine: Machine) -> None:
        self.hass = hass
        self.clocks = clocks
        self.machine = machine

    async def act(self, action: str, entity_id: str, **data: Any) -> None:
        domain, service = action.split(".")
        await self.hass.services.async_call(
            domain, service, {"entity_id": entity_id, **data}, blocking=True
        )

    async def start(self) -> None:
        await self.act("switch.turn_on", SWITCH)

    async def stop(self) -> None:
        await self.act("switch.turn_off", SWITCH)

    async def set_speed(self, value: float) -> None:
        await self.act("number.set_value", SPEED, value=value)

    async def walk_at(self, kmh: float) -> None:
        """Start it, set it, and wait until it runs so."""
        await self.start()
        await self.clocks.move(5)
        await self.set_speed(kmh)
        await self.clocks.move(30)
        assert self.machine.speed_kmh == kmh

    def says(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state


@pytest.fixture
def hall(hass: HomeAssistant, clocks: HandMovedClocks) -> Any:
    """Return a function that plugs a machine in."""

    async def put_up(shape: Shape = Shape.SWITCH_AND_NUMBERS, *faults: Fault, **more: Any) -> Hall:
        machine = Machine(hass, shape, faults=faults, **more)
        await plug_in(hass, machine)
        return Hall(hass, clocks, machine)

    return put_up


@pytest.mark.parametrize("shape", Shape)
async def test_every_shape_has_the_entities_of_its_roles(hass, hall, shape: Shape) -> None:
    await hall(shape)
    named = {each for each in roles(shape).values() if isinstance(each, str)}
    assert named <= set(hass.states.async_entity_ids())
    assert ("start" in roles(shape)) is (shape is not Shape.NUMBER_ONLY)


async def test_a_sound_belt_ramps_as_it_is_told(hall) -> None:
    """Red when a late tick costs the belt something: time moves by four seconds at a step."""
    it = await hall()
    await it.set_speed(3)  # a belt that is off accepts and ignores it
    await it.start()
    assert it.says(SWITCH) == "on"
    await it.clocks.move(1)
    assert it.machine.speed_kmh == pytest.approx(0.5, abs=0.05)
    await it.clocks.move(60)
    assert it.machine.speed_kmh == 0.8
    await it.set_speed(4)
    await it.clocks.sleep(4)
    assert it.machine.speed_kmh == pytest.approx(2.8, abs=0.05)
    assert float(it.says(MEASURED)) == pytest.approx(2.8, abs=0.05)
    await it.clocks.move(4)
    assert it.says(MEASURED) == "4.0"
    assert it.says("sensor.treadmill_power") == "250.0"
    await it.stop()
    await it.clocks.move(2)
    assert it.machine.speed_kmh == pytest.approx(2, abs=0.05)
    await it.clocks.move(2.5)
    assert (it.says(MEASURED), it.says("sensor.treadmill_power")) == ("0.0", "8.0")
    assert it.machine.top_kmh == 4
    assert it.machine.told() == [("speed", 3), ("start", None), ("speed", 4), ("stop", None)]


async def test_a_machine_has_a_timer_only_while_something_changes(hall) -> None:
    """Red when it ticks on: the test's own check for timers that are left sees it as well."""
    it = await hall()
    assert it.machine._timer is None
    await it.start()
    assert it.machine._timer is not None
    await it.clocks.move(10)
    assert it.machine._timer is None
    it.machine.drop(5)
    assert it.machine._timer is not None
    await it.clocks.move(6)
    assert it.machine._timer is None


async def test_unloaded_in_mid_walk_it_leaves_nothing(hass, clocks) -> None:
    machine = Machine(hass)
    entry = await plug_in(hass, machine)
    machine.set_by_hand(5)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert machine._timer is None
    await clocks.move(20)
    assert machine.speed_kmh == 5
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert machine._views
    assert len(machine._views) == sum(len(parts(machine, each)) for each in PLATFORMS)


async def test_two_buttons_start_and_stop(hall) -> None:
    it = await hall(Shape.TWO_BUTTONS_AND_A_NUMBER)
    await it.act("button.press", "button.treadmill_stop")
    await it.clocks.move(2)
    assert it.machine.speed_kmh == 0
    await it.act("button.press", "button.treadmill_start")
    await it.clocks.move(2)
    assert it.machine.speed_kmh == 0.8
    await it.act("button.press", "button.treadmill_stop")
    await it.clocks.move(2)
    assert it.machine.speed_kmh == 0


async def test_a_number_alone_starts_and_0_stops(hall) -> None:
    it = await hall(Shape.NUMBER_ONLY)
    assert it.says(SPEED) == "0.0"
    await it.set_speed(1.5)
    await it.clocks.move(4)
    assert it.machine.speed_kmh == 1.5
    await it.set_speed(0)
    await it.clocks.move(2)
    assert (it.machine.speed_kmh, it.says(SPEED)) == (0, "0.0")


async def test_in_miles(hall) -> None:
    """Red when Home Assistant shows the sensor in the unit of the house."""
    it = await hall(unit="mph")
    for entity_id in (SPEED, MEASURED):
        assert it.hass.states.get(entity_id).attributes["unit_of_measurement"] == "mph"
    await it.start()
    await it.set_speed(2)
    await it.clocks.move(10)
    assert it.machine.speed_kmh == pytest.approx(3.219, abs=0.001)
    assert (it.says(SPEED), it.says(MEASURED)) == ("2.0", "2.0")


async def test_clip_and_console(hall) -> None:
    it = await hall()
    it.machine.set_by_hand(6)
    await it.clocks.move(14)
    assert (it.machine.speed_kmh, it.says(SWITCH), it.says(SPEED)) == (6, "on", "6.0")
    it.machine.pull_clip()
    await it.clocks.move(1)
    assert (it.machine.speed_kmh, it.says(SWITCH)) == (0, "off")
    await it.clocks.move(60)
    assert it.machine.speed_kmh == 0
    assert it.machine.told() == []


@pytest.mark.parametrize("own_power", [True, False])
async def test_without_power_only_the_plug_is_there_for_sure(hall, *, own_power: bool) -> None:
    it = await hall()
    it.machine.sensor_has_own_power = own_power
    await it.walk_at(4)
    await it.act("switch.turn_off", PLUG)
    await it.clocks.move(1)
    assert it.machine.speed_kmh == pytest.approx(2, abs=0.1)
    await it.clocks.move(1.5)
    assert it.says(MEASURED) == ("0.0" if own_power else "unavailable")
    assert (it.says(PLUG), it.says("sensor.treadmill_power")) == ("off", "0.0")
    assert {it.says(each) for each in (SWITCH, SPEED, "switch.treadmill_connection")} == {
        "unavailable"
    }
    await it.act("switch.turn_on", PLUG)
    await it.clocks.move(5)
    assert (it.says(SWITCH), it.machine.speed_kmh) == ("off", 0)


async def test_switched_off_its_connection_leaves_the_sensors(hall) -> None:
    it = await hall()
    await it.walk_at(2)
    await it.act("switch.turn_off", "switch.treadmill_connection")
    assert (it.says(SWITCH), it.says(SPEED), it.says(MEASURED)) == (
        "unavailable",
        "unavailable",
        "2.0",
    )
    await it.act("switch.turn_on", "switch.treadmill_connection")
    assert (it.says(SWITCH), it.says(SPEED)) == ("on", "2.0")


async def test_its_remote(hall) -> None:
    """A press while nobody listens is lost, and coming back is none."""
    it = await hall()
    go, stop = "event.treadmill_go_button", "event.treadmill_stop_button"
    assert it.says(go) == "unknown"
    it.machine.press("go")
    pressed = it.says(go)
    assert pressed != "unknown"
    assert it.says(stop) == "unknown"
    it.machine.drop(3)
    it.machine.press("go")
    assert it.says(go) == "unavailable"
    await it.clocks.move(4)
    assert it.says(go) == pressed


async def test_dropped_it_goes_on_and_hears_nothing(hall) -> None:
    it = await hall()
    await it.walk_at(2)
    it.machine.drop(10)
    told = it.machine.told()
    await it.stop()
    await it.clocks.move(5)
    assert {it.says(each) for each in (SWITCH, SPEED, MEASURED)} == {"unavailable"}
    assert it.says(PLUG) == "on"
    assert it.machine.speed_kmh == 2
    await it.clocks.move(6)
    assert (it.says(SWITCH), it.says(SPEED), it.says(MEASURED)) == ("on", "2.0", "2.0")
    assert it.machine.told() == told


async def test_a_command_that_is_under_way_when_it_drops_is_lost(hall) -> None:
    it = await hall()
    await it.walk_at(2)
    it.machine.latency_s = 3

    async def pass_time(seconds: float) -> None:
        for _ in range(int(seconds / it.clocks.step_s)):
            await it.clocks.tick()

    it.clocks.step_s = 0.5
    stopping = asyncio.create_task(it.stop())
    await pass_time(1)
    assert it.machine.told()[-1] == ("stop", None)
    it.machine.drop(10)
    await pass_time(12)
    assert stopping.done()
    assert it.machine.speed_kmh == 2
    stopping = asyncio.create_task(it.stop())
    await pass_time(2.5)
    assert (stopping.done(), it.machine.speed_kmh) == (False, 2)
    await pass_time(3)
    assert (stopping.done(), it.machine.speed_kmh) == (True, 0)


async def test_dropping(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.DROPPING)
    await it.clocks.move(60)
    assert it.says(SWITCH) == "off"
    await it.start()
    said = []
    for _ in range(32):
        said.append(it.says(SWITCH))
        await it.clocks.move(2)
    assert said == (["on"] * 10 + ["unavailable"] * 6) * 2
    it.machine.misbehave()
    await it.clocks.move(60)
    assert (it.says(SWITCH), it.machine._timer) == ("on", None)


async def test_optimistic(hall) -> None:
    """It says all of it before anything moves, and the speed was not even taken."""
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.OPTIMISTIC)
    await it.start()
    await it.set_speed(3)
    assert (it.says(SWITCH), it.says(SPEED), it.says(MEASURED)) == ("on", "3.0", "0.0")
    await it.clocks.move(3.8)
    assert it.machine.speed_kmh == 0
    await it.clocks.move(3)
    assert (it.machine.speed_kmh, it.says(SPEED)) == (0.8, "3.0")
    it.machine.pull_clip()
    assert (it.says(SWITCH), it.says(SPEED)) == ("off", "0.8")


async def test_optimistic_a_stop_keeps_it_from_starting(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.OPTIMISTIC)
    await it.start()
    await it.clocks.move(2)
    await it.stop()
    assert it.says(SWITCH) == "off"
    await it.clocks.move(10)
    assert it.machine.top_kmh == 0


async def test_silent(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.SILENT)
    await it.start()
    await it.clocks.move(10)
    assert (it.machine.top_kmh, it.says(SWITCH)) == (0, "off")
    it.machine.set_by_hand(2)
    await it.set_speed(4)
    await it.act("number.set_value", "number.treadmill_incline", value=3)
    await it.clocks.move(10)
    assert (it.machine.speed_kmh, it.machine.incline_percent) == (2, 0)
    await it.stop()
    await it.clocks.move(4)
    assert it.machine.speed_kmh == 0
    assert [name for name, _ in it.machine.told()] == ["start", "speed", "incline", "stop"]


async def test_silent_speed(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.SILENT_SPEED)
    await it.start()
    await it.set_speed(4)
    await it.clocks.move(10)
    assert (it.machine.speed_kmh, it.says(SPEED)) == (0.8, "0.8")
    await it.stop()
    await it.clocks.move(4)
    assert it.machine.speed_kmh == 0


async def test_surging_at_its_start_and_when_it_is_back(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.SURGING)
    await it.start()
    await it.clocks.move(14)
    assert it.machine.speed_kmh == 6
    await it.set_speed(1)
    await it.clocks.move(10)
    assert it.machine.speed_kmh == 1
    it.machine.drop(5)
    await it.clocks.move(20)
    assert (it.machine.speed_kmh, it.says(SPEED)) == (6, "6.0")


async def test_stuck_only_the_plug_helps(hall) -> None:
    it = await hall()
    await it.walk_at(2)
    it.machine.faults.add(Fault.STUCK)
    await it.stop()
    await it.act("button.press", "button.treadmill_stop")
    await it.clocks.move(20)
    assert (it.machine.speed_kmh, it.says(SWITCH)) == (2, "on")
    await it.act("switch.turn_off", PLUG)
    await it.clocks.move(2.1)
    assert it.machine.speed_kmh == 0


async def test_stuck_a_number_ignores_its_0(hall) -> None:
    it = await hall(Shape.NUMBER_ONLY, Fault.STUCK)
    await it.set_speed(2)
    await it.clocks.move(10)
    await it.set_speed(0)
    await it.clocks.move(10)
    assert (it.machine.speed_kmh, it.says(SPEED)) == (2, "2.0")


@pytest.mark.parametrize("kmh", [1, 5])
async def test_slow(hall, kmh: float) -> None:
    """Telling it again does not make it any slower."""
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.SLOW)
    await it.walk_at(kmh)
    await it.stop()
    await it.clocks.move(4)
    await it.stop()
    await it.clocks.move(4.5)
    assert it.machine.speed_kmh > 0
    await it.clocks.move(0.6)
    assert it.machine.speed_kmh == 0


async def test_toggle_its_stop_button_starts_it(hall) -> None:
    it = await hall(Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.TOGGLE)
    await it.act("button.press", "button.treadmill_stop")
    await it.clocks.move(3)
    assert it.machine.speed_kmh == 0.8
    await it.act("button.press", "button.treadmill_stop")
    await it.clocks.move(3)
    assert it.machine.speed_kmh == 0


async def test_a_frozen_sensor(hall) -> None:
    it = await hall()
    await it.walk_at(2)
    it.machine.faults.add(Fault.FROZEN_SENSOR)
    await it.stop()
    await it.clocks.move(10)
    assert (it.machine.speed_kmh, it.says(MEASURED)) == (0, "2.0")
    it.machine.misbehave()
    assert it.says(MEASURED) == "0.0"


async def test_a_mirror_says_what_is_measured(hall) -> None:
    it = await hall(Shape.SWITCH_AND_NUMBERS, Fault.MIRROR)
    await it.start()
    await it.set_speed(4)
    assert it.says(SPEED) == "0.0"
    await it.clocks.move(4)
    assert float(it.says(SPEED)) == pytest.approx(2, abs=0.1)
    await it.clocks.move(5)
    assert it.says(SPEED) == "4.0"
