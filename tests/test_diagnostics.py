"""Diagnostics: what a helper needs to see, and nothing of who trains there."""

import json
from typing import Any

from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.components.diagnostics import REDACTED

from .conftest import MakeWorld, World

PERSONAL = (
    *("Ann", "Ben", "Home gym", "person.ann", "cellar_of_ann", "1958"),
    *("phone_of_ann", "sensor.strap_of_ann"),
)
RUNNERS: tuple[dict[str, Any], ...] = (
    {
        "name": "Ann",
        "level": 6,
        "weekly_goal": 45,
        "person": "person.ann",
        "year_of_birth": 1958,
        "weight": 73.5,
        "usual_pain": 4,
        "screening": {"applies": ["knee"], "answered": "2026-11-01", "cleared": True},
        "break": {"from": "2026-01-02", "until": "2026-01-03", "ill": True},
        "running": {"weekdays": ["tue"]},
        "phones": ["phone_of_ann"],
        "heart_rate": "sensor.strap_of_ann",
    },
    {"name": "Ben", "level": 2, "weekly_goal": 20},
)


async def look(world: World, client: ClientSessionGenerator) -> dict[str, Any]:
    """Download the diagnostics as a person would; what comes over the wire is JSON."""
    data: Any = await get_diagnostics_for_config_entry(world.hass, client, world.entry)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    return dict(data)


async def personal_world(make_world: MakeWorld) -> World:
    """Return a gym that names an area and two people, and of Ann all that a form holds."""
    world = await make_world(
        light={"lights": ["light.lamp"]}, path={"sensors": ["binary_sensor.mat"]}, runners=RUNNERS
    )
    world.hass.states.async_set("light.lamp", "on")
    world.hass.states.async_set("binary_sensor.mat", "off")
    entries = world.hass.config_entries
    entries.async_update_entry(world.entry, data={**world.entry.data, "area": "cellar_of_ann"})
    await world.hass.async_block_till_done()
    return world


def names_in(data: dict[str, Any]) -> list[str]:
    """Return what the diagnostics give away."""
    text = json.dumps(data)
    return [each for each in PERSONAL if each in text or each.casefold() in text.split('"')]


async def test_whatever_tells_who_trains_there_is_left_out(
    make_world: MakeWorld, hass_client: ClientSessionGenerator
) -> None:
    """Red when one of the redacted keys is taken off the list."""
    world = await personal_world(make_world)
    data = await look(world, hass_client)
    assert names_in(data) == []
    entry = data["entry"]
    assert (entry["title"], entry["unique_id"], entry["data"]["area"]) == (REDACTED,) * 3
    for runner in entry["subentries"]:
        assert (runner["title"], runner["unique_id"]) == (REDACTED, REDACTED)
    of_ann = entry["subentries"][0]["data"]
    personal = (
        *("person", "year_of_birth", "phones", "heart_rate", "weight", "usual_pain"),
        *("screening", "break", "running"),
    )
    assert {of_ann[key] for key in personal} == {REDACTED}


async def test_while_nobody_walks_it_tells_settings_and_totals(
    make_world: MakeWorld, hass_client: ClientSessionGenerator
) -> None:
    world = await personal_world(make_world)
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 10})
    world.hass.states.async_set("binary_sensor.mat", "unavailable")
    await world.hass.async_block_till_done()
    data = await look(world, hass_client)
    assert data["entry"]["options"]["light"]["lights"] == ["light.lamp"]
    assert data["gym"]["held_by"] is None
    (blocker,) = data["gym"]["blockers"]
    assert (blocker["entity"], blocker["reason"]) == ("binary_sensor.mat", "unavailable")
    ann, ben = data["runners"].values()
    assert (ann["state"], ann["plan"], ann["marks"]) == ("idle", None, [])
    totals = ("week_seconds", "week_sessions", "lifetime_sessions", "streak")
    assert [ann[key] for key in totals] == [600, 1, 1, 0]
    assert [ben[key] for key in totals] == [0, 0, 0, 0]


async def test_during_a_session_it_tells_the_plan_and_what_happened(
    make_world: MakeWorld, hass_client: ClientSessionGenerator
) -> None:
    """Red when a session's names slip in with its plan or its holder."""
    world = await personal_world(make_world)
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(10)
    world.hass.states.async_set("binary_sensor.mat", "on")
    await world.hass.async_block_till_done()
    data = await look(world, hass_client)
    assert names_in(data) == []
    held_by = data["gym"]["held_by"]
    ann = data["runners"][held_by]
    assert ann["state"] == "paused"
    assert ann["plan"]["kind"] == "warm_up"
    assert ann["plan"]["backward_seconds"] == 240
    assert [mark["verb"] for mark in ann["marks"]] == ["prepared", "go", "pause"]
    assert ann["marks"][-1]["reason"] == "obstacle"
    assert [blocker["reason"] for blocker in data["gym"]["blockers"]] == ["obstructed"]


async def test_a_gym_that_is_not_loaded_still_tells_its_settings(
    make_world: MakeWorld, hass_client: ClientSessionGenerator
) -> None:
    """It is asked for most when a set-up failed. Red when it needs what only a set-up makes."""
    world = await personal_world(make_world)
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    data = await look(world, hass_client)
    assert names_in(data) == []
    assert data["entry"]["options"]["path"]["sensors"] == ["binary_sensor.mat"]
    assert (data["gym"], data["runners"]) == (None, {})
