"""What a voice, a volume and a light do when a machine has no luck."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

from ..conftest import RUNNERS, HandMovedClocks, MakeWorld, World
from ..treadmills import Fault, Shape
from .conftest import MakeTreadmill
from .test_voice import (  # fixtures
    BELT,
    DOOR,
    SPEAKER,
    STATE,
    TTS,
    Told,
    sense,
    shown,
    start,
    told as told,  # noqa: PLC0414 - a fixture
    world as world,  # noqa: PLC0414 - a fixture
)

VOICE = {"speakers": [SPEAKER], "tts": TTS, "volume": 60, "detail": "short"}
LAMP = "light.sign"


class Player:
    """A media player with a volume: its own level until somebody sets another one."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.level = 0.2
        self.is_there = True
        self.takes_s = 0.0
        self.show()
        hass.services.async_register("media_player", "volume_set", self._set)
        async_mock_service(hass, "media_player", "play_media")
        async_mock_service(hass, "tts", "speak")
        hass.states.async_set(TTS, "idle")

    def show(self) -> None:
        attributes = {"volume_level": self.level} if self.is_there else {}
        self._hass.states.async_set(SPEAKER, "idle" if self.is_there else "unavailable", attributes)

    async def _set(self, call: ServiceCall) -> None:
        await asyncio.sleep(self.takes_s)
        if self.is_there:  # what is not there is told nothing, and nobody hears of it
            self.level = call.data["volume_level"]
            self.show()


@pytest.fixture
def player(hass: HomeAssistant) -> Player:
    return Player(hass)


async def in_a_lane(make_world: MakeWorld, **more: Any) -> World:
    return await make_world(surface="lane", runners=(RUNNERS[0],), **({"voice": VOICE} | more))


async def test_a_belt_that_does_not_stop_is_told_before_every_sensor_that_is_silent(
    hass: HomeAssistant, make_treadmill: MakeTreadmill, clocks: HandMovedClocks, told: Told
) -> None:
    """One radio dies, and six sensors with it. Red when: what is dangerous stands in the queue."""
    sensors = [f"binary_sensor.path_{number}" for number in range(6)]
    for each in sensors:
        hass.states.async_set(each, "off")
    heard: list[tuple[float, str]] = []

    async def speak(call: ServiceCall) -> None:
        heard.append((clocks.seconds, call.data["message"]))

    hass.services.async_register("tts", "speak", speak)
    world, machine = await make_treadmill(
        Shape.SWITCH_AND_NUMBERS,
        path={"sensors": sensors},
        runners=(RUNNERS[0],),
        voice=VOICE,
    )
    await start(world)
    await world.walk(to="walking_forward")
    await clocks.move(20)
    machine.misbehave(Fault.STUCK)
    for each in sensors:
        hass.states.async_set(each, "unavailable")
    while not any("stop_failed" in each for each in shown(world)):
        await clocks.move(0.5)
    failed = clocks.seconds
    await clocks.move(10)
    machine.misbehave()
    machine.pull_clip()
    await clocks.move(40)
    at = next(at for at, words in heard if words.startswith("Pull the safety clip"))
    assert at - failed < 6


async def test_a_second_obstacle_soon_after_the_first_is_told_too(world: World, told: Told) -> None:
    """Red when: what has stopped a walk is taken for a flicker of its sensor."""
    await start(world)
    await world.walk(to="walking_backward")
    await sense(world, DOOR, "on")
    await world.clocks.move(1)
    await sense(world, DOOR, "off")
    await world.clocks.move(1.5)
    await world.call("resume_session")
    await world.clocks.move(6)
    assert world.state(STATE) == "walking_backward"
    told.said(), told.sent()
    await sense(world, DOOR, "on")
    assert world.state(STATE) == "paused"
    assert len(told.said()) == len(told.sent()) == 1


@pytest.mark.parametrize("detail", ["short", "silent"])
async def test_a_belt_whose_sensors_are_silent_is_told_aloud(
    hass: HomeAssistant, make_world: MakeWorld, told: Told, detail: str
) -> None:
    """No alert speaks of it. Red when: the walk pauses and nobody says why."""
    hass.states.async_set(BELT, "3", {"unit_of_measurement": "km/h"})
    hass.states.async_set("switch.belt", "on")
    world = await make_world(
        runners=(RUNNERS[0],),
        treadmill={"stop": "switch.belt", "speed_sensor": BELT},
        voice={"speakers": [SPEAKER], "tts": TTS, "detail": detail},
    )
    await start(world)
    await world.walk(to="walking_forward")
    await world.clocks.move(10)
    heard = len(told.spoken)
    await sense(world, BELT, "unavailable")
    await world.clocks.move(6)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_silent")
    words = [each.data["message"] for each in told.spoken[heard:]]
    assert "Paused: the belt's sensors say nothing. Hold the rails." in words
    await sense(world, BELT, "0")
    await world.clocks.move(3)
    await world.call("stop_session")


@pytest.mark.parametrize("engine", ["unavailable", None])
async def test_a_speech_engine_that_is_gone_is_told_of(
    hass: HomeAssistant, make_world: MakeWorld, engine: str | None
) -> None:
    """Home Assistant's own action says nothing of it. Red when: the player alone is looked at."""
    assert await async_setup_component(hass, "tts", {})
    async_mock_service(hass, "media_player", "play_media")
    if engine:
        hass.states.async_set(TTS, engine)
    hass.states.async_set(SPEAKER, "idle")
    world = await in_a_lane(make_world)
    await start(world)
    await world.clocks.move(10)
    assert any("speaker_" in each for each in shown(world))
    await world.call("stop_session")


async def test_a_player_that_dropped_out_gets_its_volume_back(
    make_world: MakeWorld, player: Player
) -> None:
    world = await in_a_lane(make_world)
    await start(world)
    assert player.level == 0.6
    player.is_there = False
    player.show()
    await world.clocks.move(20)
    player.is_there = True
    player.show()
    await world.clocks.move(60)
    assert player.level == 0.2
    await world.call("stop_session")


async def test_a_player_gets_its_volume_back_when_its_options_change(
    hass: HomeAssistant, make_world: MakeWorld, player: Player
) -> None:
    """Red when: the new voice takes what the old one has set for the usual."""
    world = await in_a_lane(make_world)
    await start(world)
    player.takes_s = 0.2
    options = world.entry.options | {"voice": VOICE | {"volume": 40}}
    hass.config_entries.async_update_entry(world.entry, options=options)
    await asyncio.sleep(0.05)
    world.entry.runtime_data.gym.say("say_ready")
    await asyncio.sleep(0.6)
    await hass.async_block_till_done(wait_background_tasks=True)
    await world.clocks.move(60)
    assert player.level == 0.2
    await world.call("stop_session")


async def test_a_player_gets_its_volume_back_when_home_assistant_stops(
    hass: HomeAssistant, make_world: MakeWorld, player: Player
) -> None:
    world = await in_a_lane(make_world)
    await start(world)
    assert player.level == 0.6
    await hass.async_stop(force=True)
    assert player.level == 0.2


@pytest.mark.parametrize("is_refused", [False, True])
async def test_a_signal_that_comes_late_is_not_left_on(
    hass: HomeAssistant, make_world: MakeWorld, *, is_refused: bool
) -> None:
    """Red when: the room is brought back before the light has turned red."""
    colours: list[str] = []
    refused = not is_refused
    hass.states.async_set(LAMP, "off", {"supported_color_modes": ["hs"]})

    async def turn_on(call: ServiceCall) -> None:
        nonlocal refused
        if call.data.get("rgb_color") == (255, 0, 0):
            await asyncio.sleep(0.2)
            if not refused:
                refused = True
                raise HomeAssistantError("the bridge is busy")
        colours.append("on")

    async def turn_off(_call: ServiceCall) -> None:
        colours.append("off")

    hass.services.async_register("light", "turn_on", turn_on)
    hass.services.async_register("light", "turn_off", turn_off)
    world = await in_a_lane(make_world, voice={"signal_lights": [LAMP], "detail": "silent"})
    await start(world)
    await world.clocks.move(6)
    hass.states.async_set(LAMP, "on", {"supported_color_modes": ["hs"]})
    await world.call("stop_session")
    await asyncio.sleep(0.5)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert colours[-1] == "off"


async def test_what_is_said_of_a_belt_that_does_not_stop_is_said_to_its_end(
    make_treadmill: MakeTreadmill, player: Player
) -> None:
    """Also while Home Assistant stops. Red when: it is cut off to turn the volume down."""
    world, machine = await make_treadmill(
        Shape.SWITCH_AND_NUMBERS, runners=(RUNNERS[0],), voice=VOICE
    )
    await start(world)
    await world.walk(to="walking_forward")
    await world.clocks.move(20)
    machine.misbehave(Fault.STUCK)
    await world.call("stop_session")
    while not any("stop_failed" in each for each in shown(world)):
        await world.clocks.move(0.5)
    assert player.level == 0.6
    await world.entry.runtime_data.leave()
    assert player.level == 0.6
    machine.misbehave()
    machine.pull_clip()
    await world.clocks.move(40)
    assert player.level == 0.2
