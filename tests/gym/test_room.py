"""The room gets ready for a walk and goes back to what it was."""

import asyncio
import json
from pathlib import Path

import pytest

from homeassistant.core import Event, HomeAssistant, ServiceCall
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import MakeWorld

ANN = "switch.ann_session"
STATE = "sensor.ann_state"


async def dim(hass: HomeAssistant, lamp: str, brightness: int) -> None:
    await hass.services.async_call(
        "light", "turn_on", {"entity_id": lamp, "brightness": brightness}, blocking=True
    )
    await hass.async_block_till_done()


async def test_the_light_is_on_for_the_walk_and_off_after_it(
    make_world: MakeWorld, lamp: str
) -> None:
    world = await make_world(light={"lights": [lamp]})
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(lamp) == "on"
    assert world.attribute(lamp, "brightness") == round(255 * 0.8)
    await world.walk()
    await world.hass.async_block_till_done()
    assert world.state(lamp) == "off"


async def test_a_light_that_was_dimmed_is_dimmed_again(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str
) -> None:
    await dim(hass, lamp, 51)
    world = await make_world(light={"lights": [lamp]})
    await world.call("start_session", {"kind": "warm_up"})
    assert world.attribute(lamp, "brightness") == 204
    await world.call("stop_session")
    assert world.attribute(lamp, "brightness") == 51


async def test_an_owner_may_leave_the_light_as_the_walk_left_it(
    make_world: MakeWorld, lamp: str
) -> None:
    world = await make_world(light={"lights": [lamp], "restore": False})
    await world.call("start_session", {"kind": "warm_up"})
    await world.call("stop_session")
    assert world.state(lamp) == "on"


async def test_two_starts_at_once_take_one_snapshot(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str, files: Path
) -> None:
    """Breaks when prepare looks at the room again although it is prepared."""
    world = await make_world(light={"lights": [lamp]})
    await asyncio.gather(
        world.call("start_session", {"kind": "warm_up"}),
        world.call("start_session", {"kind": "warm_up"}),
    )
    await hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    file = files / f"retrowalk.{world.entry.entry_id}.room"
    kept = json.loads(file.read_text())["data"]["was"]
    assert [(each["entity_id"], each["state"]) for each in kept] == [(lamp, "off")]
    await world.call("stop_session")
    assert world.state(lamp) == "off"
    assert not file.exists()


async def test_a_scene_is_undone_by_the_lights_it_names(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str
) -> None:
    assert await async_setup_component(
        hass,
        "scene",
        {"scene": [{"name": "Training", "entities": {lamp: {"state": "on", "brightness": 255}}}]},
    )
    world = await make_world(light={"scene": "scene.training"})
    await world.call("start_session", {"kind": "warm_up"})
    assert world.attribute(lamp, "brightness") == 255
    await world.call("stop_session")
    assert world.state(lamp) == "off"


async def test_a_script_prepares_more(hass: HomeAssistant, make_world: MakeWorld) -> None:
    assert await async_setup_component(
        hass, "script", {"script": {"fan": {"sequence": [{"event": "fan_on"}]}}}
    )
    heard: list[Event] = []
    hass.bus.async_listen("fan_on", heard.append)
    world = await make_world(light={"script": "script.fan"})
    await world.call("start_session", {"kind": "warm_up"})
    assert len(heard) == 1
    assert world.state(STATE) == "get_ready"


async def test_a_light_that_is_gone_is_a_repair_issue_and_keeps_nobody_from_walking(
    hass: HomeAssistant, make_world: MakeWorld, issue_registry: ir.IssueRegistry, lamp: str
) -> None:
    world = await make_world(light={"lights": ["light.deleted", lamp]})
    issue = issue_registry.async_get_issue(
        "retrowalk", f"entity_missing_{world.entry.entry_id}_light.deleted"
    )
    assert issue is not None
    assert issue.translation_placeholders == {"entity": "light.deleted", "gym": "Home gym"}
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "get_ready"
    assert world.state(lamp) == "on"

    hass.states.async_set("light.deleted", "off")
    await hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    assert not issue_registry.issues


async def test_a_light_that_fails_or_hangs_keeps_nobody_from_walking(
    hass: HomeAssistant, make_world: MakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Breaks when a session waits for a light without a limit."""

    async def broken(call: ServiceCall) -> None:
        if call.data["entity_id"] == ["light.broken"]:
            raise ValueError("no bridge")
        await asyncio.sleep(3600)

    hass.services.async_register("light", "turn_on", broken)
    for entity_id in ("light.broken", "light.hangs"):
        hass.states.async_set(entity_id, "off")
        world = await make_world(light={"lights": [entity_id]})
        await hass.services.async_call(
            "retrowalk",
            "start_session",
            {"kind": "warm_up"},
            target={"entity_id": ANN},
            context=world.person,
        )
        for _ in range(10):  # the call reaches the light, which answers nothing
            await asyncio.sleep(0)
        await world.clocks.move(11)
        assert world.state(STATE) in ("get_ready", "walking_forward")
        assert f"{entity_id}" in caplog.text
        await world.call("stop_session")
        await hass.config_entries.async_remove(world.entry.entry_id)
        await hass.async_block_till_done()


async def test_room_actions_work_without_a_walk_and_not_against_one(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str
) -> None:
    world = await make_world(light={"lights": [lamp]})
    await hass.services.async_call("retrowalk", "restore_room", blocking=True)
    await hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    assert world.state(lamp) == "on"
    await hass.services.async_call("retrowalk", "restore_room", blocking=True)
    assert world.state(lamp) == "off"

    await world.call("start_session", {"kind": "warm_up"})
    with pytest.raises(Exception, match="Ann is using the gym"):
        await hass.services.async_call("retrowalk", "restore_room", blocking=True)
    assert world.state(lamp) == "on"


async def test_a_room_left_lit_by_a_crash_goes_back_when_home_assistant_is_up(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str, files: Path
) -> None:
    world = await make_world(light={"lights": [lamp]})
    await world.call("start_session", {"kind": "warm_up"})
    file = files / f"retrowalk.{world.entry.entry_id}.room"
    kept = file.read_text()
    await world.call("stop_session")
    await hass.config_entries.async_unload(world.entry.entry_id)

    await dim(hass, lamp, 204)
    file.write_text(kept)
    await hass.config_entries.async_setup(world.entry.entry_id)
    await hass.async_block_till_done()
    assert world.state(lamp) == "off"


async def test_a_room_file_that_nobody_can_read_is_given_up(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str, files: Path
) -> None:
    world = await make_world(light={"lights": [lamp]})
    await hass.config_entries.async_unload(world.entry.entry_id)
    bad = {"entity_id": "lamp", "state": "on", "attributes": {}}
    worse = {"entity_id": lamp, "state": "on", "attributes": 5}
    for broken in (
        {"version": 1, "data": {}},
        {"version": 99, "data": {"was": [], "by": "walk"}},
        {"version": 0, "data": {"was": [], "by": "walk"}},
        {"version": 1, "data": {"was": [bad], "by": "walk"}},
        {"version": 1, "data": {"was": [worse], "by": "walk"}},
        {"version": 1, "data": {"was": [{"x": 1}], "by": "walk"}},
    ):
        file = files / f"retrowalk.{world.entry.entry_id}.room"
        file.write_text(json.dumps({"key": file.name, "minor_version": 1, **broken}))
        assert await hass.config_entries.async_setup(world.entry.entry_id)
        await hass.config_entries.async_unload(world.entry.entry_id)


async def test_a_light_that_fails_to_go_off_breaks_no_stop_no_unload_and_no_removal(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    """Breaks when an error of a light's integration goes through restore."""

    async def broken(call: ServiceCall) -> None:
        raise RuntimeError("no bridge")

    hass.states.async_set("light.broken", "off")
    hass.services.async_register("light", "turn_off", broken)
    hass.services.async_register("light", "turn_on", lambda _call: None)
    world = await make_world(light={"lights": ["light.broken"]})
    hass.states.async_set("light.broken", "on")
    await world.call("start_session", {"kind": "warm_up"})
    await world.call("stop_session")
    await world.call("start_session", {"kind": "warm_up"})
    ann = next(iter(world.entry.subentries))
    hass.config_entries.async_remove_subentry(world.entry, ann)
    await hass.async_block_till_done()
    assert list(files.glob(f"retrowalk.{ann}*")) == []
    assert await hass.config_entries.async_unload(world.entry.entry_id)


async def test_a_room_that_an_owner_prepared_stays_over_a_reload(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str
) -> None:
    """Breaks when a reload passes for a crash in mid-walk."""
    world = await make_world(light={"lights": [lamp]})
    await hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert world.state(lamp) == "on"
    await hass.services.async_call("retrowalk", "restore_room", blocking=True)
    assert world.state(lamp) == "off"


async def test_a_light_that_is_away_at_the_end_is_brought_back_when_it_is_there_again(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    """Breaks when the only note of what a light was is thrown away unused.

    The light of a hub that is slow after a crash comes back the same way.
    """
    calls: list[ServiceCall] = []
    hass.services.async_register("light", "turn_on", lambda _call: None)
    hass.services.async_register("light", "turn_off", calls.append)
    hass.states.async_set("light.hub", "off")
    world = await make_world(light={"lights": ["light.hub"]})
    room = files / f"retrowalk.{world.entry.entry_id}.room"
    await world.call("start_session", {"kind": "warm_up"})
    hass.states.async_set("light.hub", "unavailable")
    await world.call("stop_session")
    assert room.exists()
    await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert not calls

    hass.states.async_set("light.hub", "on")
    await hass.async_block_till_done()
    assert len(calls) == 1
    assert not room.exists()
    hass.states.async_set("light.hub", "unavailable")
    hass.states.async_set("light.hub", "on")
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_a_light_that_joins_in_mid_walk_is_brought_back_too(
    hass: HomeAssistant, make_world: MakeWorld, lamp: str
) -> None:
    """Breaks when only the lights of the first look are known."""
    hass.states.async_set("light.first", "off")
    world = await make_world(light={"lights": ["light.first"]})
    await world.call("start_session", {"kind": "warm_up"})
    hass.config_entries.async_update_entry(
        world.entry,
        options={
            **world.entry.options,
            "light": {**world.entry.options["light"], "lights": [lamp]},
        },
    )
    await hass.async_block_till_done()
    await hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    assert world.state(lamp) == "on"
    await world.call("stop_session")
    assert world.state(lamp) == "off"
