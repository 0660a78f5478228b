"""Triggers and conditions, as the automation engine of a real Home Assistant uses them."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.retrowalk.condition import CONDITIONS
from custom_components.retrowalk.trigger import TRIGGERS
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World

DOOR = "binary_sensor.door"
ANN = {"name": "Ann", "level": 2, "weekly_goal": 10}
OF_GYM = {"path_blocked", "path_cleared", "stop_failed", "is_path_clear"}


def device_of(world: World, entity_id: str) -> str:
    entry = er.async_get(world.hass).async_get(entity_id)
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id


def target_of(world: World, name: str) -> dict[str, str]:
    """Return the device in whose list a trigger or a condition is."""
    entity_id = "binary_sensor.home_gym_path" if name in OF_GYM else "switch.ann_session"
    return {"device_id": device_of(world, entity_id)}


async def make(make_world: MakeWorld, **ann: Any) -> World:
    hass_world = await make_world(
        surface="lane", path={"sensors": [DOOR]}, runners=(ANN | ann, {**ANN, "name": "Ben"})
    )
    hass_world.hass.states.async_set(DOOR, "off")
    await hass_world.hass.async_block_till_done()
    return hass_world


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return await make(make_world)


async def automate(world: World) -> list[Event[dict[str, Any]]]:
    """Set up an automation for each trigger; return the list that they write into."""
    automations = [
        {
            "alias": name,
            "mode": "queued",
            "triggers": [{"trigger": f"retrowalk.{name}", "target": target_of(world, name)}],
            "actions": [{"event": "triggered", "event_data": {"by": name}}],
        }
        for name in TRIGGERS
    ]
    heard: list[Event[dict[str, Any]]] = async_capture_events(world.hass, "triggered")
    assert await async_setup_component(world.hass, "automation", {"automation": automations})
    await world.hass.async_block_till_done()
    states = world.hass.states.async_all("automation")
    assert [each.state for each in states] == ["on"] * len(TRIGGERS)
    return heard


async def test_each_trigger_triggers_when_it_should_and_no_other_does(world: World) -> None:
    """A walk that is blocked, paused, stopped, and one that reaches the goal.

    Breaks when a trigger hears another entity of its device, or of another runner.
    """
    said = await automate(world)

    def since(n: int) -> list[str]:
        return [each.data["by"] for each in said[n:]]

    await world.call("start_session", {"kind": "dedicated"}, who="switch.ben_session")
    await world.call("stop_session", who="switch.ben_session")
    assert since(0) == []
    await world.call("start_session", {"kind": "dedicated"})
    assert since(0) == ["session_started"]
    await world.walk(to="walking_backward")
    assert set(since(1)) == {"phase_started"}
    n = len(said)
    world.hass.states.async_set(DOOR, "on")
    await world.hass.async_block_till_done()
    assert sorted(since(n)) == ["path_blocked", "session_paused"]
    n = len(said)
    world.hass.states.async_set(DOOR, "off")
    await world.hass.async_block_till_done()
    assert since(n) == ["path_cleared"]
    n = len(said)
    await world.call("stop_session")
    assert since(n) == ["session_stopped"]
    when = "2026-11-16 07:00"
    n = len(said)
    await world.call("log_session", {"when": when, "minutes": 10})
    assert since(n) == ["weekly_goal_reached"]
    n = len(said)
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk()
    assert [each for each in since(n) if each != "phase_started"] == [
        "session_started",
        "session_finished",
    ]


async def test_a_session_becomes_due(make_world: MakeWorld) -> None:
    world = await make(make_world)
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 3})
    assert world.state("sensor.ann_advice") == "rest"
    said = await automate(world)
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    await world.call("delete_session", {"session_id": walk["session_id"]})
    assert [each.data["by"] for each in said] == ["session_due"]


async def holds(world: World) -> set[str]:
    """Return the conditions that hold, each as an automation of its own would ask."""
    heard = async_capture_events(world.hass, "held")
    for name in CONDITIONS:
        target = target_of(world, name)
        await world.hass.services.async_call(
            "script",
            "turn_on",
            {"entity_id": f"script.if_{name}", "variables": {"target": target}},
            blocking=True,
        )
    await world.hass.async_block_till_done()
    return {each.data["by"] for each in heard}


async def test_each_condition_holds_when_it_should(make_world: MakeWorld) -> None:
    world = await make(make_world, running={"weekdays": ["tue"]})
    scripts = {
        f"if_{name}": {
            "sequence": [
                {"condition": f"retrowalk.{name}", "target": target_of(world, name)},
                {"event": "held", "event_data": {"by": name}},
            ]
        }
        for name in CONDITIONS
    }
    assert await async_setup_component(world.hass, "script", {"script": scripts})
    await world.hass.async_block_till_done()
    assert await holds(world) == {"is_due", "is_path_clear"}
    await world.call("start_session", {"kind": "dedicated"})
    await world.walk(to="walking_backward")
    assert await holds(world) == {"is_due", "is_path_clear", "is_walking"}
    world.hass.states.async_set(DOOR, "on")
    await world.hass.async_block_till_done()
    assert await holds(world) == {"is_due", "is_paused"}
    await world.call("stop_session")
    world.hass.states.async_set(DOOR, "off")
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 10})
    assert await holds(world) == {"is_path_clear", "is_goal_met"}
    (ann, _) = world.entry.subentries.values()
    world.hass.config_entries.async_update_subentry(
        world.entry, ann, data={**ann.data, "running": {"weekdays": ["mon"]}}
    )
    await world.hass.async_block_till_done()
    assert "is_running_day" in await holds(world)


async def test_a_device_lists_its_own_and_no_other(
    hass: HomeAssistant, world: World, hass_ws_client: WebSocketGenerator
) -> None:
    """What the automation editor offers after a device was picked."""
    client = await hass_ws_client(hass)
    for what, names in (("triggers", set(TRIGGERS)), ("conditions", set(CONDITIONS))):
        for device, wanted in (
            ("switch.ann_session", names - OF_GYM),
            ("binary_sensor.home_gym_path", names & OF_GYM),
        ):
            await client.send_json_auto_id(
                {
                    "type": f"get_{what}_for_target",
                    "target": {"device_id": [device_of(world, device)]},
                }
            )
            answer = await client.receive_json()
            ours = {each for each in answer["result"] if each.startswith("retrowalk.")}
            assert ours >= {f"retrowalk.{each}" for each in wanted}


async def test_an_automation_loads_before_the_gym_does(hass: HomeAssistant, world: World) -> None:
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    said = await automate(world)
    assert dr.async_get(hass).async_get(device_of(world, "switch.ann_session")) is not None
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await hass.async_block_till_done()
    assert [each.data["by"] for each in said] in ([], ["session_due"])
    await world.call("start_session", {"kind": "dedicated"})
    assert said[-1].data["by"] == "session_started"
    await world.call("stop_session")
