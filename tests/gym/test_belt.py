"""The belt's measured speed: what it proves, and what a walk does with it."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..conftest import MakeWorld, World

STATE = "sensor.ann_state"
WEEK = "sensor.ann_weekly_minutes"
SPEED = "sensor.belt_speed"


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld) -> World:
    """Return a gym whose belt is measured; it stands still."""
    belt(hass, 0)
    return await make_world(treadmill={"speed_sensor": SPEED})


def belt(hass: HomeAssistant, speed: Any, unit: str | None = "km/h") -> None:
    hass.states.async_set(SPEED, str(speed), {"unit_of_measurement": unit} if unit else {})


async def runs(world: World, speed: Any, unit: str | None = "km/h") -> None:
    belt(world.hass, speed, unit)
    await world.hass.async_block_till_done()


async def walks_backward(world: World) -> None:
    """Start the belt with the count-in, and stand still for the turn."""
    await world.call("start_session", {"kind": "warm_up"})
    await runs(world, 4)
    await world.walk(to="walking_backward")


async def credited(world: World) -> tuple[Any, str]:
    await world.call("stop_session")
    sessions = (await world.call("get_sessions", response=True))["sessions"]
    return (sessions[0]["backward_seconds"], sessions[0]["evidence"]) if sessions else (0, "")


async def test_a_walk_on_a_belt_that_runs_counts_and_says_what_proves_it(world: World) -> None:
    await walks_backward(world)
    assert world.attribute(STATE, "evidence") == "measured"
    await world.clocks.move(100)
    assert await credited(world) == (pytest.approx(100, abs=0.1), "measured")


async def test_a_belt_that_stands_still_pauses_the_walk_and_says_why(world: World) -> None:
    """A stopped clip. Breaks when eleven minutes count for one."""
    await walks_backward(world)
    await world.clocks.move(60)
    await runs(world, 0)
    await world.clocks.move(4)
    assert world.state(STATE) == "walking_backward"
    await world.clocks.move(2)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    assert world.heard()[-1] == "paused"
    await world.clocks.move(600)
    assert (await credited(world))[0] == pytest.approx(60, abs=0.1)


async def test_a_belt_that_never_starts_counts_nothing(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(11)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    assert (await credited(world))[0] == 0


async def test_what_the_belt_did_not_carry_is_still_to_be_walked(world: World) -> None:
    await walks_backward(world)
    await world.clocks.move(60)
    await runs(world, 0)
    await world.clocks.move(30)
    await runs(world, 3)
    await world.call("resume_session")
    await world.walk()
    assert world.state(WEEK) == "4.0"


async def test_a_dip_is_none(world: World) -> None:
    await walks_backward(world)
    for _ in range(5):
        await world.clocks.move(10)
        await runs(world, 0.2)
        await world.clocks.move(4)
        await runs(world, 2)
    assert world.state(STATE) == "walking_backward"
    assert (await credited(world))[0] == pytest.approx(70, abs=0.1)


@pytest.mark.parametrize(
    "says",
    [
        ("unavailable", "km/h"),
        ("unknown", "km/h"),
        ("fast", "km/h"),
        ("nan", "km/h"),
        ("inf", "km/h"),
        (3, None),
        (3, "kg"),
        (3, "m"),
    ],
)
async def test_a_speed_that_nobody_knows_proves_nothing(
    world: World, says: tuple[Any, str | None]
) -> None:
    """Breaks when unknown is taken for a number, or a number for a speed."""
    await walks_backward(world)
    await world.clocks.move(60)
    await runs(world, *says)
    await world.clocks.move(6)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_silent")
    assert (await credited(world))[0] == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize(
    ("speed", "unit", "moves"),
    [
        (0.3, "km/h", False),
        (0.31, "km/h", True),
        (0.18, "mph", False),
        (0.19, "mph", True),
        (0.08, "m/s", False),
        (0.09, "m/s", True),
        (-2, "km/h", False),
    ],
)
async def test_the_sensors_unit_is_heeded(
    world: World,
    speed: float,
    unit: str,
    moves: bool,  # noqa: FBT001
) -> None:
    await walks_backward(world)
    await runs(world, speed, unit)
    await world.clocks.move(10)
    assert (world.state(STATE) == "walking_backward") is moves


async def test_without_a_sensor_the_owners_word_counts(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    assert world.attribute(STATE, "evidence") == "owner"
    await world.clocks.move(50)
    assert await credited(world) == (pytest.approx(50, abs=0.1), "owner")


async def test_a_lane_is_not_measured_by_a_belt(hass: HomeAssistant, make_world: MakeWorld) -> None:
    belt(hass, 0)
    world = await make_world(surface="both", treadmill={"speed_sensor": SPEED})
    await world.call("start_session", {"kind": "warm_up", "surface": "lane"})
    await world.walk()
    assert world.state(WEEK) == "4.0"


async def test_a_rehearsal_needs_no_belt(world: World) -> None:
    await world.call("rehearse", {"kind": "warm_up", "pace": 20})
    for _ in range(30):
        await world.clocks.move(1)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "finished"


async def test_a_sensor_that_is_taken_away_in_mid_walk_proves_nothing_any_more(
    hass: HomeAssistant, world: World
) -> None:
    await walks_backward(world)
    await world.clocks.move(60)
    hass.config_entries.async_update_entry(
        world.entry, options=world.entry.options | {"treadmill": {}}
    )
    await hass.async_block_till_done()
    await world.clocks.move(6)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_silent")


async def test_a_sensor_that_is_gone_is_reported(hass: HomeAssistant, world: World) -> None:
    hass.states.async_remove(SPEED)
    await world.call("start_session", {"kind": "warm_up"})
    issues = [each.translation_key for each in ir.async_get(hass).issues.values()]
    assert issues == ["belt_entity_missing"]


async def test_after_a_restart_the_belt_is_measured_again(world: World) -> None:
    await walks_backward(world)
    await world.clocks.move(60)
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "restarted")
    await runs(world, 0)
    await world.clocks.move(2)
    await world.call("go")
    await world.clocks.move(11)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    assert (await credited(world))[0] == pytest.approx(60, abs=0.1)
