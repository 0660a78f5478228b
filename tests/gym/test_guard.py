"""The guard of the lane: whatever has to stay as it is while somebody walks backward."""

from unittest.mock import patch

import pytest

from custom_components.retrowalk.conductor import Conductor
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..conftest import World
from ..treadmills import Machine
from .conftest import MakeTreadmill

STATE = "sensor.ann_state"
MAT = "binary_sensor.mat"
VACUUM = "vacuum.robot"
FLAP = "sensor.pet_flap"
WATCHED = [
    {"entity": VACUUM, "clear": "docked, idle"},
    {"entity": FLAP, "clear": "closed", "hold": 2},
]


@pytest.fixture
async def walk(hass: HomeAssistant, make_treadmill: MakeTreadmill) -> tuple[World, Machine]:
    """Return a walk on a belt that is moved, past a robot vacuum, a pet flap and a mat."""
    hass.states.async_set(MAT, "off")
    hass.states.async_set(VACUUM, "docked")
    hass.states.async_set(FLAP, "closed")
    world, machine = await make_treadmill(path={"sensors": [MAT], "watched": WATCHED})
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(3)
    await world.call("go")
    await world.clocks.move(12)
    assert world.state(STATE) == "walking_forward"
    assert machine.speed_kmh > 0.3
    return world, machine


def why(world: World) -> tuple[str, str | None]:
    return world.state(STATE), world.attribute(STATE, "reason")


def safety(world: World) -> list[str]:
    return [
        data["event_type"] for entity, data in world.events if entity == "event.home_gym_safety"
    ]


@pytest.mark.parametrize("state", ["cleaning", "returning", "error", "anything else"])
async def test_a_robot_that_undocks_stops_the_belt_at_once(
    walk: tuple[World, Machine], state: str
) -> None:
    """Breaks when only a binary sensor can be in the way."""
    world, machine = walk
    world.hass.states.async_set(VACUUM, state)
    assert why(world) == ("paused", "obstacle")
    assert machine.told("stop")
    await world.clocks.move(8)
    assert machine.speed_kmh == 0


async def test_a_state_that_its_owner_calls_clear_is_clear(walk: tuple[World, Machine]) -> None:
    world, _ = walk
    world.hass.states.async_set(VACUUM, "idle")
    await world.clocks.move(20)
    assert world.state(STATE) == "walking_forward"


async def test_what_may_flicker_is_given_its_time(walk: tuple[World, Machine]) -> None:
    """Breaks when a flap that swings for a second stops a walk, or one that stays open does not."""
    world, machine = walk
    for _ in range(5):
        world.hass.states.async_set(FLAP, "open")
        await world.clocks.move(1.5)
        world.hass.states.async_set(FLAP, "closed")
        await world.clocks.move(1)
    assert world.state(STATE) == "walking_forward"
    world.hass.states.async_set(FLAP, "open")
    await world.clocks.move(1.5)
    assert world.state(STATE) == "walking_forward"
    await world.clocks.move(1)
    assert why(world) == ("paused", "obstacle")
    await world.clocks.move(6)
    assert machine.speed_kmh == 0


async def test_a_sensor_that_is_lost_for_ten_seconds_stops_the_belt_for_its_own_reason(
    walk: tuple[World, Machine],
) -> None:
    world, machine = walk
    world.hass.states.async_set(VACUUM, "unavailable")
    await world.clocks.move(9)
    assert world.state(STATE) == "walking_forward"
    await world.clocks.move(1.5)
    assert why(world) == ("paused", "sensor_lost")
    await world.clocks.move(6)
    assert machine.speed_kmh == 0
    assert safety(world) == ["sensor_lost", "path_blocked", "belt_stopped"]


async def test_going_on_needs_a_person_and_a_clear_path(walk: tuple[World, Machine]) -> None:
    world, machine = walk
    world.hass.states.async_set(MAT, "on")
    await world.clocks.move(8)
    with pytest.raises(ServiceValidationError, match="not clear"):
        await world.call("go")
    world.hass.states.async_set(MAT, "off")
    await world.clocks.move(30)
    assert world.state(STATE) == "paused"
    with pytest.raises(ServiceValidationError, match="Only a person"):
        await world.call("go", context=Context())
    await world.call("go")
    assert world.state(STATE) == "get_ready"
    await world.clocks.move(8)
    assert machine.speed_kmh > 0.3


async def test_what_comes_into_the_way_during_a_count_in_keeps_the_belt_still(
    walk: tuple[World, Machine],
) -> None:
    world, machine = walk
    await world.call("pause_session")
    await world.clocks.move(8)
    await world.call("go")
    await world.clocks.move(4.5)
    stopped = len(machine.told("start"))
    world.hass.states.async_set(MAT, "on")
    await world.clocks.move(20)
    assert why(world) == ("paused", "obstacle")
    assert len(machine.told("start")) == stopped


async def test_a_session_has_a_limit_whatever_is_told_meanwhile(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when a belt runs for as long as somebody says so."""
    world, machine = await make_treadmill()
    with patch.object(Conductor, "_session_limit_s", return_value=20):
        await world.call("start_session", {"kind": "warm_up"})
        await world.clocks.move(3)
        await world.call("go")
        await world.clocks.move(24)
        assert world.state(STATE) == "walking_forward"
        await world.clocks.move(8)
    assert why(world) == ("paused", "too_long")
    assert machine.speed_kmh == 0
