"""What is heard in a walk: when it is due, in order, as loud as wanted, and by whom."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.retrowalk.messages import Line
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from ..conftest import MakeWorld, World
from ..treadmills import Shape
from .conftest import MakeTreadmill

SATELLITE, SPEAKER, TTS, LAMP = (
    "assist_satellite.gym",
    "media_player.gym",
    "tts.voice",
    "light.sign",
)
ANN = {"name": "Ann", "level": 4, "weekly_goal": 30}
STATE = "sensor.ann_state"
GO, STOP = "/retrowalk/sounds/go.wav", "/retrowalk/sounds/stop.wav"


class Ears:
    """What a satellite was told to say or play, with the clock's seconds of each."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.heard: list[tuple[float, str]] = []
        self.hass = hass
        self.busy = 0
        hass.states.async_set(SATELLITE, "idle")
        hass.services.async_register("assist_satellite", "announce", self._announce)

    async def _announce(self, call: ServiceCall) -> None:
        if self.busy:
            self.busy -= 1
            raise HomeAssistantError("busy")
        what: str = call.data.get("message") or call.data["media_id"]
        self.heard.append((self.hass.loop.time(), what))

    def texts(self) -> list[str]:
        texts = [what for _, what in self.heard]
        self.heard.clear()
        return texts


@pytest.fixture
def ears(hass: HomeAssistant) -> Ears:
    return Ears(hass)


async def a_gym(make_world: MakeWorld, **voice: Any) -> World:
    return await make_world(
        surface="lane", runners=(ANN,), voice={"satellites": [SATELLITE], **voice}
    )


async def start(world: World, kind: str = "dedicated") -> None:
    await world.call("start_session", {"kind": kind})
    await world.hass.async_block_till_done(wait_background_tasks=True)


async def test_a_walk_is_led_by_voice_from_the_count_in_to_its_totals(
    make_world: MakeWorld, ears: Ears
) -> None:
    world = await a_gym(make_world)
    await start(world)
    assert ears.texts() == ["Starting in five seconds."]
    await world.clocks.move(5)
    said = ears.texts()
    assert said[:2] == [GO, "Walk forward easily first, then we go backward."]
    begins = world.hass.loop.time()
    await world.clocks.move(175)
    times = {what: at - begins for at, what in ears.heard}
    # 180 s of forward walking, the first seconds of which have passed; a second early, as it takes.
    assert times["Halfway."] == pytest.approx(89, abs=4)
    assert times["In ten seconds: backward."] == pytest.approx(169, abs=4)
    assert "Walk the lane forward once and look for trip hazards." in times
    ears.texts()
    await world.walk()
    said = ears.texts()
    assert "In ten seconds: rest." in said
    assert "Shake out the calves; the last one in twenty seconds." in said
    assert said[-2:] == [
        STOP,
        "Well done: 11 minutes backward, 11 this week. How hard was that, zero to ten?",
    ]


async def test_no_two_hints_come_within_twenty_seconds_though_somebody_skips(
    make_world: MakeWorld, ears: Ears
) -> None:
    world = await a_gym(make_world)
    await start(world)
    await world.clocks.move(20)
    heard = ears.texts()
    assert heard[-1] == "Walk the lane forward once and look for trip hazards."
    await world.call("skip_phase")
    await world.clocks.move(12)
    assert not [each for each in ears.texts() if each not in (GO, STOP)]


@pytest.mark.parametrize(
    ("detail", "heard"),
    [
        ("silent", []),
        ("tones", [GO]),
        (
            "short",
            ["Starting in five seconds.", GO, "Walk forward easily first, then we go backward."],
        ),
    ],
)
async def test_each_detail_says_its_part(
    make_world: MakeWorld, ears: Ears, detail: str, heard: list[str]
) -> None:
    world = await a_gym(make_world, detail=detail)
    await start(world)
    await world.clocks.move(60)
    assert ears.texts() == heard
    await world.call("pause_session")
    await world.hass.async_block_till_done(wait_background_tasks=True)
    stops = [] if detail == "silent" else [STOP]
    assert sorted(ears.texts()) == sorted(stops + (["Paused."] if detail == "short" else []))


async def test_a_kind_has_a_detail_of_its_own(make_world: MakeWorld, ears: Ears) -> None:
    of = [{"kind": "warm_up", "detail": "silent"}]
    world = await a_gym(make_world, detail="short", detail_of=of)
    await start(world, "warm_up")
    await world.clocks.move(60)
    assert ears.texts() == []
    await world.call("stop_session")
    await start(world)
    assert ears.texts() == ["Starting in five seconds."]


async def test_a_longer_phase_announces_its_end_later(make_world: MakeWorld, ears: Ears) -> None:
    world = await a_gym(make_world, detail="short")
    await start(world)
    await world.clocks.move(5)
    await world.call("extend_phase", {"by": 60})
    begins = world.hass.loop.time()
    await world.clocks.move(239)
    times = {what: at - begins for at, what in ears.heard}
    assert times["In ten seconds: backward."] == pytest.approx(229, abs=4)


async def test_after_a_pause_nothing_is_said_twice(make_world: MakeWorld, ears: Ears) -> None:
    world = await a_gym(make_world, detail="short")
    await start(world)
    await world.clocks.move(100)
    assert "Halfway." in ears.texts()
    await world.call("pause_session")
    await world.clocks.move(30)
    await world.call("resume_session")
    await world.clocks.move(20)
    assert "Halfway." not in ears.texts()


async def test_a_person_who_speaks_is_not_cut_off_by_a_cue(
    make_world: MakeWorld, ears: Ears
) -> None:
    """An announcement ends what a satellite listens to: the word stop would be lost."""
    world = await a_gym(make_world)
    await start(world)
    await world.clocks.move(4)
    ears.texts()
    world.hass.states.async_set(SATELLITE, "listening")
    await world.clocks.move(30)
    assert ears.texts() == []
    await world.call("pause_session")
    assert ears.texts() == []


async def test_what_matters_for_safety_cuts_off_whatever_is_said(
    hass: HomeAssistant, make_world: MakeWorld, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red when it waits behind a cue that is being said, or behind those that wait."""
    monkeypatch.setattr(Line, "LASTS_S", 20)
    hass.states.async_set("binary_sensor.door", "off", {"friendly_name": "Door"})
    world = await make_world(
        surface="lane",
        runners=(ANN,),
        path={"sensors": ["binary_sensor.door"]},
        voice={"satellites": [SATELLITE]},
    )
    await start(world)
    await world.clocks.move(5)
    ears.texts()
    ears.busy = 1_000_000
    await world.call("pause_session")  # said again and again, since the satellite is busy
    await world.call("resume_session")
    ears.busy = 0
    hass.states.async_set("binary_sensor.door", "on", {"friendly_name": "Door"})
    await hass.async_block_till_done(wait_background_tasks=True)
    said = ears.texts()
    assert said[0].startswith("In the way: Door")


async def test_the_lead_of_a_satellite_is_measured_and_used(
    hass: HomeAssistant, make_world: MakeWorld, ears: Ears
) -> None:
    """It answers when it has spoken: what it took beyond the words is its lead."""
    world = await a_gym(make_world, detail="short")

    async def slow(call: ServiceCall) -> None:
        words = str(call.data.get("message", ""))
        ears.heard.append((hass.loop.time(), words))
        world.clocks.seconds += 3 + len(words.split()) * 0.45
        world.clocks.now += timedelta(seconds=3 + len(words.split()) * 0.45)

    gym = world.entry.runtime_data.gym
    assert gym.voice_lead_s == 1
    hass.services.async_register("assist_satellite", "announce", slow)
    await start(world)
    assert gym.voice_lead_s == pytest.approx(3, abs=0.5)


async def test_the_lead_of_a_player_is_measured_and_music_later_is_none(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    hass.states.async_set(SPEAKER, "idle")
    hass.states.async_set(TTS, "idle")
    async_mock_service(hass, "tts", "speak")
    async_mock_service(hass, "media_player", "play_media")
    world = await make_world(
        surface="lane",
        runners=(ANN,),
        voice={"speakers": [SPEAKER], "tts": TTS, "detail": "short"},
    )
    gym = world.entry.runtime_data.gym
    await start(world)
    world.clocks.seconds += 2
    hass.states.async_set(SPEAKER, "playing")
    await hass.async_block_till_done()
    assert gym.voice_lead_s == pytest.approx(2, abs=0.2)
    hass.states.async_set(SPEAKER, "idle")
    await world.call("stop_session")
    await world.clocks.move(60)
    hass.states.async_set(SPEAKER, "playing")
    await hass.async_block_till_done()
    assert gym.voice_lead_s == pytest.approx(2, abs=0.2)


async def test_speech_is_as_loud_as_wanted_and_music_gets_its_volume_back(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    hass.states.async_set(SPEAKER, "playing", {"volume_level": 0.2})
    hass.states.async_set(TTS, "idle")
    spoken = async_mock_service(hass, "tts", "speak")
    async_mock_service(hass, "media_player", "play_media")
    levels: list[float] = []

    async def set_volume(call: ServiceCall) -> None:
        levels.append(call.data["volume_level"])
        hass.states.async_set(SPEAKER, "playing", {"volume_level": call.data["volume_level"]})

    hass.services.async_register("media_player", "volume_set", set_volume)
    world = await make_world(
        surface="lane",
        runners=(ANN,),
        voice={"speakers": [SPEAKER], "tts": TTS, "volume": 60, "detail": "short"},
    )
    await start(world)
    assert [each.data["message"] for each in spoken] == ["Starting in five seconds."]
    assert levels == [0.6]
    await world.clocks.move(4)
    assert levels == [0.6, 0.2]


async def test_a_player_is_not_cut_off_by_what_comes_next(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """It does not say when it is done. Red when a tone is cut off by the words after it."""
    hass.states.async_set(SPEAKER, "idle")
    hass.states.async_set(TTS, "idle")
    heard: list[tuple[float, str]] = []

    async def speak(call: ServiceCall) -> None:
        heard.append((hass.loop.time(), call.data["message"]))

    async def play(call: ServiceCall) -> None:
        heard.append((hass.loop.time(), call.data["media_content_id"]))

    hass.services.async_register("tts", "speak", speak)
    hass.services.async_register("media_player", "play_media", play)
    world = await make_world(
        surface="lane", runners=(ANN,), voice={"speakers": [SPEAKER], "tts": TTS}
    )
    world.clocks.step_s = 0.25
    await start(world)
    await world.clocks.move(60)
    assert [what for _, what in heard[:3]] == [
        "Starting in five seconds.",
        GO,
        "Walk forward easily first, then we go backward.",
    ]
    for (one, what), (other, _) in pairwise(heard):
        lasts = 0.5 if what == GO else len(what.split()) / 3
        assert other - one >= lasts, what


async def test_the_volume_of_a_satellite_is_that_of_the_player_in_its_device(
    hass: HomeAssistant, make_world: MakeWorld, ears: Ears
) -> None:
    world = await a_gym(make_world, volume=50, detail="short")
    hass.states.async_remove(SATELLITE)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=world.entry.entry_id, identifiers={("esphome", "puck")}
    )
    registry = er.async_get(hass)
    for domain in ("assist_satellite", "media_player"):
        registry.async_get_or_create(
            domain, "esphome", f"puck_{domain}", device_id=device.id, suggested_object_id="gym"
        )
    assert registry.async_get(SATELLITE)
    hass.states.async_set(SATELLITE, "idle")
    hass.states.async_set(SPEAKER, "idle", {"volume_level": 0.9})
    calls = async_mock_service(hass, "media_player", "volume_set")
    await start(world)
    await world.clocks.move(1)
    assert [(each.data["entity_id"], each.data["volume_level"]) for each in calls] == [
        (SPEAKER, 0.5),
        (SPEAKER, 0.9),
    ]


async def test_lights_show_what_is_heard_and_are_brought_back(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Also where nothing speaks, and the room itself is not restored."""
    hass.states.async_set(LAMP, "off", {"supported_color_modes": ["hs"]})
    shown = async_mock_service(hass, "light", "turn_on")
    off = async_mock_service(hass, "light", "turn_off")
    world = await make_world(
        surface="lane",
        runners=(ANN,),
        light={"restore": False},
        voice={"signal_lights": [LAMP], "detail": "silent"},
    )
    await start(world)
    await world.clocks.move(6)
    green = [each.data for each in shown]
    assert green == [{"entity_id": LAMP, "rgb_color": (0, 255, 0)}]
    await world.call("pause_session")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown[-1].data["rgb_color"] == (255, 0, 0)
    hass.states.async_set(LAMP, "on", {"supported_color_modes": ["hs"]})
    await world.call("stop_session")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [each.data["entity_id"] for each in off] == [LAMP]


async def test_a_light_without_colours_flashes(hass: HomeAssistant, make_world: MakeWorld) -> None:
    hass.states.async_set(LAMP, "on", {"supported_color_modes": ["brightness"]})
    shown = async_mock_service(hass, "light", "turn_on")
    world = await make_world(
        surface="lane", runners=(ANN,), voice={"signal_lights": [LAMP], "detail": "silent"}
    )
    await start(world)
    await world.clocks.move(6)
    assert [each.data["flash"] for each in shown] == ["short"]


async def test_a_start_that_no_person_asked_for_is_refused_aloud(
    make_world: MakeWorld, ears: Ears
) -> None:
    """Nobody looks at a screen then; a person who asked sees it."""
    world = await a_gym(make_world)
    with pytest.raises(ServiceValidationError):
        await world.call("start_session", {"kind": "hill"})
    await world.hass.async_block_till_done(wait_background_tasks=True)
    assert ears.texts() == []
    with pytest.raises(ServiceValidationError):
        await world.call("start_session", {"kind": "hill"}, context=Context())
    await world.hass.async_block_till_done(wait_background_tasks=True)
    (said,) = ears.texts()
    assert said.startswith("Level 4 does not open Hill yet")


async def test_a_moved_belt_is_announced_before_each_of_its_changes(
    make_treadmill: MakeTreadmill, ears: Ears
) -> None:
    world, _machine = await make_treadmill(
        Shape.SWITCH_AND_NUMBERS,
        runners=(ANN,),
        voice={"satellites": [SATELLITE], "detail": "silent"},
    )
    await start(world)
    await world.clocks.move(2)
    await world.call("go")
    await world.walk(to="turning")
    said = ears.texts()
    assert said == [
        "The belt starts in five seconds. Both hands on the rails.",
        "The belt goes to 4 kilometres an hour, incline 0 percent.",
        "In ten seconds: stop, and turn around.",
        "The belt stops. Feet on the side rails, turn around slowly. Then say go.",
    ]
    await world.clocks.move(15)  # until the belt is proven to stand
    await world.walk(to="resting")
    said = ears.texts()
    assert said[:2] == [
        "The belt starts in five seconds. Both hands on the rails.",
        "The belt goes to 1.7 kilometres an hour, incline 0 percent.",
    ]
    assert "In ten seconds: 2.5 kilometres an hour." in said
    await world.call("stop_session")


async def test_easing_is_said_at_once(make_treadmill: MakeTreadmill, ears: Ears) -> None:
    world, _machine = await make_treadmill(
        Shape.SWITCH_AND_NUMBERS,
        runners=(ANN,),
        voice={"satellites": [SATELLITE], "detail": "silent"},
    )
    await start(world)
    await world.clocks.move(2)
    await world.call("go")
    await world.walk(to="walking_forward")
    await world.clocks.move(20)
    ears.texts()
    await world.call("ease")
    await world.hass.async_block_till_done(wait_background_tasks=True)
    assert ears.texts() == ["The belt goes to 3.6 kilometres an hour, incline 0 percent."]
    await world.call("stop_session")


async def test_set_up_is_said_while_a_go_is_waited_for(
    make_treadmill: MakeTreadmill, ears: Ears
) -> None:
    world, _machine = await make_treadmill(
        Shape.SWITCH_AND_NUMBERS, runners=(ANN,), voice={"satellites": [SATELLITE]}
    )
    await start(world)
    (said,) = ears.texts()
    assert said == (
        "Clip the key to the back of your waistband. "
        "Check behind you: two metres clear, no pets, no children. "
        "Both hands on the rails before the belt moves. "
        "All is ready. Look behind you, then say go."
    )
    await world.clocks.move(181)
    assert ears.texts() == ["Nobody said go. The session is called off."]


async def test_the_tones_are_served_and_are_the_two_that_are_made_here(
    hass: HomeAssistant, make_world: MakeWorld, hass_client_no_auth: Any
) -> None:
    assert await async_setup_component(hass, "retrowalk", {})
    client = await hass_client_no_auth()
    bodies = []
    for tone in (GO, STOP):
        answer = await client.get(tone)
        assert answer.status == 200
        bodies.append(await answer.read())
    assert bodies[0][:4] == bodies[1][:4] == b"RIFF"
    assert bodies[0] != bodies[1]
