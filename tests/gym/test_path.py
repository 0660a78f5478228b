"""The path is watched before and during a walk; what is in the way has a name and a reason."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_get_persistent_notifications

from custom_components.retrowalk.gym.room import Room
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import MakeWorld, World

DOOR = "binary_sensor.door"
MAT = "binary_sensor.mat"
EYE = "binary_sensor.eye"
STATE = "sensor.ann_state"
PATH = "binary_sensor.home_gym_path"


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld) -> World:
    """Return a gym with a door, a mat, and an eye that sees the walker too; all clear."""
    for entity_id, name in ((DOOR, "Side door"), (MAT, "Cat mat"), (EYE, "Eye")):
        hass.states.async_set(entity_id, "off", {"friendly_name": name})
    return await make_world(
        surface="lane", path={"sensors": [DOOR, MAT, EYE], "also_sees_me": [EYE]}
    )


async def sense(world: World, entity_id: str, state: str) -> None:
    old = world.hass.states.get(entity_id)
    world.hass.states.async_set(entity_id, state, old.attributes if old else None)
    await world.hass.async_block_till_done()


def alerts(world: World) -> list[str]:
    """Return the messages of the notifications that are up."""
    found: dict[str, Any] = async_get_persistent_notifications(world.hass)
    return [each["message"] for each in found.values()]


def safety(world: World) -> list[str]:
    return [
        data["event_type"] for entity, data in world.events if entity == "event.home_gym_safety"
    ]


async def test_the_path_names_what_is_in_the_way(world: World) -> None:
    assert world.state(PATH) == "off"
    assert world.state("binary_sensor.ann_ready") == "on"
    await sense(world, DOOR, "on")
    assert world.state(PATH) == "on"
    assert world.state("binary_sensor.ann_ready") == "off"
    (blocker,) = world.attribute(PATH, "blockers")
    assert blocker["entity"] == DOOR
    assert blocker["reason"] == "obstructed"
    assert blocker["since"] is not None
    assert alerts(world) == []
    assert safety(world) == []


@pytest.mark.parametrize("silence", ["unavailable", "unknown", None])
async def test_a_sensor_that_says_nothing_is_not_a_clear_sensor(
    world: World, silence: str | None
) -> None:
    """Breaks when anything but `off` passes for clear, or silence for an obstacle."""
    if silence is None:
        world.hass.states.async_remove(MAT)
        await world.hass.async_block_till_done()
    else:
        await sense(world, MAT, silence)
    assert world.state(PATH) == "on"
    (blocker,) = world.attribute(PATH, "blockers")
    assert blocker["reason"] == "unavailable"


async def test_a_blocked_start_waits_names_the_blocker_and_goes_on_when_clear(
    world: World,
) -> None:
    await sense(world, DOOR, "on")
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "preparing"
    assert world.attribute(STATE, "reason") == "path_blocked"
    assert alerts(world) == ["In the way: Side door (something is in the way). The walk waits."]
    await sense(world, MAT, "unavailable")
    assert "In the way: Cat mat (no signal). The walk waits." in alerts(world)
    await world.clocks.move(100)
    await sense(world, DOOR, "off")
    assert world.state(STATE) == "preparing"
    await sense(world, MAT, "off")
    assert world.state(STATE) == "get_ready"
    assert alerts(world) == []
    assert safety(world) == ["path_blocked", "path_cleared"]


async def test_a_start_that_stays_blocked_gives_up_and_its_alert_goes_when_clear(
    world: World,
) -> None:
    """Breaks when nobody watches the path for an alert that is still up."""
    await sense(world, DOOR, "on")
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(119)
    assert world.state(STATE) == "preparing"
    await world.clocks.move(2)
    assert world.state(STATE) == "idle"
    assert world.events[-1][1]["reason"] == "path_blocked"
    (message,) = alerts(world)
    assert message.startswith("The session did not start. In the way: Side door")
    assert world.state("sensor.ann_weekly_minutes") == "0.0"
    await sense(world, DOOR, "off")
    assert alerts(world) == []


async def test_a_stop_while_waiting_withdraws_the_alert(world: World) -> None:
    await sense(world, DOOR, "on")
    await world.call("start_session", {"kind": "warm_up"})
    await world.call("stop_session")
    assert alerts(world) == []


async def test_a_new_start_withdraws_the_alert_of_the_last(world: World) -> None:
    await sense(world, DOOR, "on")
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(121)
    assert alerts(world)[0].startswith("The session did not start")
    await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    assert alerts(world)[0].startswith("In the way")


async def test_an_obstacle_pauses_the_walk_in_the_turn_in_which_the_sensor_speaks(
    world: World,
) -> None:
    """Breaks when the guard waits for another turn of the event loop."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(60)

    world.hass.states.async_set(MAT, "on", {"friendly_name": "Cat mat"})
    assert world.state(STATE) == "paused"
    assert world.attribute(STATE, "reason") == "obstacle"
    await world.hass.async_block_till_done()
    assert alerts(world) == ["In the way: Cat mat (something is in the way). The walk waits."]
    with pytest.raises(Exception, match=r"It is not clear to go: Cat mat \(something"):
        await world.call("resume_session")
    assert world.state(STATE) == "paused"

    await sense(world, MAT, "off")
    assert alerts(world) == []
    assert world.state(STATE) == "paused"
    await world.call("resume_session")
    await world.walk()
    assert world.state("sensor.ann_weekly_minutes") == "4.0"
    assert world.heard() == ["started", "paused", "resumed", "finished"]
    assert safety(world) == ["path_blocked", "path_cleared"]


async def test_a_sensor_that_falls_silent_has_ten_seconds(world: World) -> None:
    """Breaks when a reconnecting sensor pauses a walk at once, or never."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await sense(world, MAT, "unavailable")
    await world.clocks.move(9)
    assert world.state(STATE) == "walking_backward"
    assert alerts(world) == []
    await sense(world, MAT, "off")
    await world.clocks.move(5)
    assert world.state(STATE) == "walking_backward"

    await sense(world, MAT, "unavailable")
    await world.clocks.move(10.1)
    assert world.state(STATE) == "paused"
    assert world.attribute(STATE, "reason") == "sensor_lost"
    assert "In the way: Cat mat (no signal). The walk waits." in alerts(world)
    assert safety(world) == ["sensor_lost", "path_blocked"]


async def test_a_sensor_that_sees_the_walker_counts_before_the_start_only(world: World) -> None:
    await sense(world, EYE, "on")
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "preparing"
    await sense(world, EYE, "off")
    assert world.state(STATE) == "get_ready"
    await sense(world, EYE, "on")
    await world.walk(to="walking_backward")
    await world.call("pause_session")
    assert alerts(world) == []
    await world.call("resume_session")
    await world.walk()
    assert world.heard() == ["started", "paused", "resumed", "finished"]


async def test_a_go_is_not_kept_back_by_the_sensor_that_sees_the_walker(world: World) -> None:
    await world.call("switch.turn_on")
    assert world.state(STATE) == "ready"
    await sense(world, EYE, "on")
    await sense(world, DOOR, "on")
    await world.clocks.move(2)
    with pytest.raises(Exception, match="Side door"):
        await world.call("go")
    await sense(world, DOOR, "off")
    await world.call("go")
    assert world.state(STATE) == "get_ready"


async def test_a_forced_start_passes_over_what_was_blocked_and_keeps_it(world: World) -> None:
    await sense(world, DOOR, "on")
    await world.call("start_session", {"kind": "warm_up", "force": True})
    assert world.state(STATE) == "get_ready"
    assert alerts(world) == []
    assert world.events[0][1]["forced"] is True
    await world.walk(to="walking_backward")
    await world.clocks.move(30)
    await sense(world, MAT, "on")
    assert world.state(STATE) == "paused"
    await world.call("stop_session")
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["overrides"] == [DOOR]


async def test_a_path_sensor_that_is_gone_is_a_repair_issue(
    world: World, issue_registry: ir.IssueRegistry
) -> None:
    world.hass.states.async_remove(MAT)
    await world.hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "path_sensor_missing"
    assert issue.translation_placeholders == {"entity": MAT, "gym": "Home gym"}
    await sense(world, MAT, "off")
    await world.call("start_session", {"kind": "warm_up"})
    assert not issue_registry.issues


async def test_the_path_is_not_listened_to_when_nobody_needs_it(
    hass: HomeAssistant, world: World
) -> None:
    """Breaks when an unloaded gym keeps its listener."""
    gym = world.entry.runtime_data.gym
    assert gym._path._unsubscribe is not None
    await hass.config_entries.async_unload(world.entry.entry_id)
    assert gym._path._unsubscribe is None


async def test_other_sensors_can_be_chosen_in_mid_walk(hass: HomeAssistant, world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    hass.states.async_set("binary_sensor.new", "off")
    hass.config_entries.async_update_entry(
        world.entry,
        options={
            **world.entry.options,
            "path": {"sensors": ["binary_sensor.new"], "also_sees_me": []},
        },
    )
    await hass.async_block_till_done()
    await sense(world, DOOR, "on")
    assert world.state(STATE) == "walking_backward"
    await sense(world, "binary_sensor.new", "on")
    assert world.state(STATE) == "paused"


async def test_a_gym_without_sensors_does_not_say_that_its_path_is_safe(
    make_world: MakeWorld,
) -> None:
    world = await make_world()
    assert world.state(PATH) == "unknown"
    assert world.state("binary_sensor.ann_ready") == "on"


async def test_a_path_that_is_blocked_while_the_lights_come_on_is_named_at_once(
    world: World,
) -> None:
    """Breaks when the reason is looked up only as a session starts, or after the lights."""
    slow = asyncio.Event()
    with patch.object(Room, "prepare", lambda _room, _by: slow.wait()):
        await world.hass.services.async_call(
            "retrowalk",
            "start_session",
            {"kind": "warm_up"},
            target={"entity_id": "switch.ann_session"},
            context=world.person,
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert world.attribute(STATE, "reason") is None
        world.hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
        assert world.attribute(STATE, "reason") == "path_blocked"
        assert "Side door" in alerts(world)[0]
        slow.set()
        await world.hass.async_block_till_done()
    await sense(world, DOOR, "off")
    assert world.state(STATE) == "get_ready"


async def test_the_alert_of_a_start_that_gave_up_names_what_is_still_in_the_way(
    world: World,
) -> None:
    await sense(world, DOOR, "on")
    await sense(world, MAT, "on")
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(121)
    assert "Side door" in alerts(world)[0]
    await sense(world, DOOR, "off")
    assert "Side door" not in alerts(world)[0]
    assert "Cat mat" in alerts(world)[0]
    await sense(world, MAT, "off")
    assert alerts(world) == []


async def test_a_pause_within_the_grace_of_a_silent_sensor_tells_of_it(world: World) -> None:
    """Breaks when the end of a grace is forgotten with the guard."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await sense(world, MAT, "unavailable")
    await world.call("pause_session")
    assert "In the way: Cat mat (no signal). The walk waits." in alerts(world)
    await sense(world, MAT, "off")
    assert alerts(world) == []
