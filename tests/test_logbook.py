"""The logbook reads like a diary, through Home Assistant's own logbook."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .conftest import MakeWorld, World

ANN = {"name": "Ann", "level": 4, "weekly_goal": 10}
DIARY = "retrowalk_diary"


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Record for real; the recorder has to be there before Home Assistant starts."""


class Diary:
    """The logbook as its page asks for it."""

    def __init__(self, hass: HomeAssistant, connect: WebSocketGenerator) -> None:
        self.hass = hass
        self.connect = connect

    async def lines(self, **of: Any) -> list[str]:
        """Return the lines that are not state changes: name and message."""
        await async_wait_recording_done(self.hass)
        since = dt_util.utcnow() - timedelta(hours=1)
        client = await self.connect(self.hass)
        await client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": since.isoformat(), **of}
        )
        answer = await client.receive_json()
        return [
            f"{each['name']} {each['message']}" for each in answer["result"] if "message" in each
        ]


@pytest.fixture
async def diary(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Diary:
    for component in ("retrowalk", "logbook"):
        assert await async_setup_component(hass, component, {})
    return Diary(hass, hass_ws_client)


@pytest.fixture
async def world(make_world: MakeWorld, diary: Diary) -> World:
    return await make_world(surface="lane", runners=(ANN,))


async def test_a_walk_is_one_line_that_says_how_far_the_week_is(world: World, diary: Diary) -> None:
    """Red when each state of a session writes a line, or the figures are not those of the week."""
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk()
    assert await diary.lines() == ["Ann walked 3 minutes backward (Warm-up); 11 of 10 this week"]


async def test_a_line_belongs_to_the_runner_it_is_about(world: World, diary: Diary) -> None:
    """So that it is shown on their page, and on no other."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk()
    entity = er.async_get(world.hass).async_get("event.ann_session")
    assert entity is not None
    assert len(await diary.lines(device_ids=[entity.device_id])) == 1
    assert len(await diary.lines(entity_ids=[entity.entity_id])) == 1
    device = dr.async_get(world.hass).async_get(world.entry.runtime_data.gym_device_id)
    assert device is not None
    assert await diary.lines(device_ids=[device.id]) == []


async def test_a_pause_and_an_early_end_say_why(world: World, diary: Diary) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(90)
    await world.call("pause_session")
    await world.call("stop_session")
    await world.call("start_session", {"kind": "warm_up"})
    await world.call("stop_session")
    assert await diary.lines() == [
        "Ann paused (You paused it)",
        "Ann stopped after 1.5 minutes backward (Warm-up); 1.5 of 10 this week",
        "Ann stopped before anything was walked",
    ]


async def test_a_start_that_came_to_nothing_says_what_was_missing(
    hass: HomeAssistant, make_world: MakeWorld, diary: Diary
) -> None:
    hass.states.async_set("binary_sensor.door", "on")
    world = await make_world(
        surface="lane", runners=(ANN,), path={"sensors": ["binary_sensor.door"]}
    )
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(121)
    hass.states.async_set("binary_sensor.door", "off")
    await world.call("switch.turn_on")
    await world.clocks.move(181)
    assert await diary.lines() == [
        "Ann did not start: something was in the way",
        "Ann did not start: nobody said go",
    ]


async def test_a_rehearsal_is_no_walk_of_the_diary(world: World) -> None:
    told = async_capture_events(world.hass, DIARY)
    await world.call("rehearse", {"kind": "warm_up", "pace": 20})
    await world.walk()
    assert told == []
