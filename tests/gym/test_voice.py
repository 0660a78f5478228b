"""What matters for safety is shown, sent and said, and none of the three waits for another."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_persistent_notifications,
    async_mock_service,
)

from custom_components.retrowalk.messages import Alerts
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir

from ..conftest import RUNNERS, HandMovedClocks, MakeWorld, World

DOOR, MAT = "binary_sensor.door", "binary_sensor.mat"
SATELLITE, SPEAKER, TTS = "assist_satellite.gym", "media_player.gym", "tts.voice"
VOICE = {"satellites": [SATELLITE], "speakers": [SPEAKER], "tts": TTS, "detail": "silent"}
STATE = "sensor.ann_state"
BELT = "sensor.belt_speed"
WAITS = "In the way: Side door (something is in the way). The walk waits."
CLEARED = "clear_notification"
PHONE_OF_ANN, PHONE_OF_BEN = "Ann's phone", "Ben (tablet)"
ACTION_OF_ANN, ACTION_OF_BEN = "mobile_app_ann_s_phone", "mobile_app_ben_tablet"


def a_phone(hass: HomeAssistant, name: str | None) -> str:
    """Return the id of a phone with Home Assistant's app, which calls itself that."""
    app = MockConfigEntry(domain="mobile_app", data={"device_name": name} if name else {})
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", app.entry_id)}
    )
    return device.id


@dataclass
class Told:
    """What was said, and what was sent to the phones of Ann and Ben."""

    announced: list[ServiceCall]
    spoken: list[ServiceCall]
    to_ann: list[ServiceCall]
    to_ben: list[ServiceCall]
    seen: dict[str, int] = field(default_factory=dict)

    def said(self) -> list[str]:
        """Return the texts that were said since the last look, the same by both voices."""
        texts = self._since("said", [each.data["message"] for each in self.announced])
        assert texts == self._since("spoken", [each.data["message"] for each in self.spoken])
        return texts

    def sent(self, to: str = "ann") -> list[tuple[str, str]]:
        """Return message and tag of what was sent to a phone since the last look."""
        calls = self.to_ann if to == "ann" else self.to_ben
        return self._since(to, [(each.data["message"], each.data["data"]["tag"]) for each in calls])

    def _since[T](self, of: str, told: list[T]) -> list[T]:
        new = told[self.seen.get(of, 0) :]
        self.seen[of] = len(told)
        return new


@pytest.fixture
def told(hass: HomeAssistant) -> Told:
    """Let everything that tells be there and work; return what it is told."""
    for entity_id in (SATELLITE, SPEAKER, TTS):
        hass.states.async_set(entity_id, "idle")
    return Told(
        announced=async_mock_service(hass, "assist_satellite", "announce"),
        spoken=async_mock_service(hass, "tts", "speak"),
        to_ann=async_mock_service(hass, "notify", ACTION_OF_ANN),
        to_ben=async_mock_service(hass, "notify", ACTION_OF_BEN),
    )


async def a_gym(make_world: MakeWorld, hass: HomeAssistant, **more: Any) -> World:
    """Return a gym with a door and a mat that are clear, two voices, and a phone for each."""
    phones = (a_phone(hass, PHONE_OF_ANN), a_phone(hass, PHONE_OF_BEN))
    ann, ben = (runner | {"phones": [phone]} for runner, phone in zip(RUNNERS, phones, strict=True))
    asked = {
        "surface": "lane",
        "path": {"sensors": [DOOR, MAT]},
        "voice": VOICE,
        "runners": (ann, ben),
    }
    return await make_world(**(asked | more))


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld, told: Told) -> World:
    for entity_id, name in ((DOOR, "Side door"), (MAT, "Cat mat")):
        hass.states.async_set(entity_id, "off", {"friendly_name": name})
    return await a_gym(make_world, hass)


async def sense(world: World, entity_id: str, state: str) -> None:
    old = world.hass.states.get(entity_id)
    world.hass.states.async_set(entity_id, state, old.attributes if old else None)
    await world.hass.async_block_till_done(wait_background_tasks=True)


def shown(world: World) -> dict[str, str]:
    """Return the notifications that are up: id and message."""
    found: dict[str, Any] = async_get_persistent_notifications(world.hass)
    return {each: found[each]["message"] for each in found}


def safety(world: World) -> list[str]:
    return [
        data["event_type"] for entity, data in world.events if entity == "event.home_gym_safety"
    ]


async def start(world: World, **more: Any) -> None:
    who = more.pop("who", "switch.ann_session")
    await world.call("start_session", {"kind": "warm_up"} | more, who=who)
    await world.hass.async_block_till_done(wait_background_tasks=True)


# Shown, sent and said


async def test_what_is_in_the_way_is_shown_sent_and_said(world: World, told: Told) -> None:
    """Red when one of the three is left out, or a phone may sleep over it."""
    await sense(world, DOOR, "on")
    assert (shown(world), told.sent(), told.said()) == ({}, [], [])  # nobody wants to walk
    await start(world)
    ((tag, message),) = shown(world).items()
    assert message == WAITS
    (sent,) = told.to_ann
    assert sent.data == {
        "title": "Home gym: the path is not clear",
        "message": WAITS,
        "data": {"tag": tag, "ttl": 0, "priority": "high"},
    }
    (announced,) = told.announced
    assert announced.data == {"entity_id": SATELLITE, "message": WAITS, "preannounce": False}
    (spoken,) = told.spoken
    assert spoken.data == {
        "entity_id": TTS,
        "media_player_entity_id": SPEAKER,
        "message": WAITS,
    }


async def test_what_clears_is_withdrawn_everywhere_and_not_talked_about(
    world: World, told: Told
) -> None:
    """Red when a phone keeps an alert, or it is withdrawn by another tag."""
    await sense(world, DOOR, "on")
    await start(world)
    ((message, tag),) = told.sent()
    assert (message, [*shown(world)]) == (WAITS, [tag])
    told.said()
    await sense(world, DOOR, "off")
    assert world.state(STATE) == "get_ready"
    assert shown(world) == {}
    assert told.sent() == [(CLEARED, tag)]
    assert "title" not in told.to_ann[-1].data
    assert told.said() == []


async def test_each_cause_has_one_alert_of_its_own(world: World, told: Told) -> None:
    """Red when two causes share a tag, or an alert is told again with nothing new in it."""
    await sense(world, DOOR, "on")
    await start(world)
    ((_, door),) = told.sent()
    await sense(world, MAT, "unavailable")
    ((message, mat),) = told.sent()
    assert message == "In the way: Cat mat (no signal). The walk waits."
    assert shown(world).keys() == {door, mat}
    await world.clocks.move(8)  # a speaker says one after the other
    assert told.said() == [WAITS, message]

    world.hass.states.async_set(DOOR, "on", {"friendly_name": "Side door", "battery": 80})
    await world.clocks.move(30)
    assert (told.sent(), told.said()) == ([], [])

    await sense(world, DOOR, "off")
    assert told.sent() == [(CLEARED, door)]
    assert shown(world).keys() == {mat}
    await sense(world, MAT, "on")
    assert told.sent() == [("In the way: Cat mat (something is in the way). The walk waits.", mat)]
    await sense(world, MAT, "off")
    assert told.sent() == [(CLEARED, mat)]
    assert shown(world) == {}


async def test_an_obstacle_in_mid_walk_is_told_like_one_before_it(world: World, told: Told) -> None:
    await start(world)
    await world.walk(to="walking_backward")
    told.said()
    await sense(world, DOOR, "on")
    assert world.state(STATE) == "paused"
    ((message, tag),) = told.sent()
    assert told.said() == [message]
    assert shown(world) == {tag: message}
    await sense(world, DOOR, "off")
    assert told.sent() == [(CLEARED, tag)]
    assert safety(world) == ["path_blocked", "path_cleared"]


async def test_only_whoever_trains_is_told(world: World, told: Told) -> None:
    """Red when every phone of the home is told, or a withdrawal goes to the next one's phone."""
    await sense(world, DOOR, "on")
    await start(world)
    await world.clocks.move(122)  # the start is given up
    assert world.state(STATE) == "idle"
    first, given_up = told.sent()
    assert given_up[0].startswith("The session did not start.")
    assert given_up[1] == first[1], "the same cause has the same alert"
    assert told.sent("ben") == []

    await start(world, who="switch.ben_session")
    assert told.sent() == [(CLEARED, first[1])]
    assert told.sent("ben") == [first]


async def test_a_phone_that_is_gone_keeps_no_other_from_being_told(
    hass: HomeAssistant, make_world: MakeWorld, told: Told
) -> None:
    """A device that was removed, and one that never said its name. Red when either breaks it."""
    phones = ["gone", a_phone(hass, None), a_phone(hass, PHONE_OF_ANN), a_phone(hass, "Old phone")]
    hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    hass.states.async_set(MAT, "off")
    world = await a_gym(make_world, hass, runners=(RUNNERS[0] | {"phones": phones},))
    await start(world)
    assert [message for message, _ in told.sent()] == [WAITS]
    await sense(world, DOOR, "off")
    assert [message for message, _ in told.sent()] == [CLEARED]
    assert world.state(STATE) == "get_ready"


# Withdrawn at the latest when the next session begins


async def test_what_a_crash_left_on_a_phone_is_withdrawn_when_the_walk_comes_back(
    world: World, told: Told
) -> None:
    """Home Assistant forgets its own notifications; a phone does not. Red when nobody does it."""
    await start(world)
    await world.clocks.move(10)
    await sense(world, DOOR, "on")
    assert [message for message, _ in told.sent()] != []
    with patch.object(Alerts, "withdraw"):
        assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    told.sent()
    world.hass.states.async_set(DOOR, "off")
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done(wait_background_tasks=True)
    tags = [tag for message, tag in told.sent() if message == CLEARED]
    assert any(tag.endswith(DOOR) for tag in tags)
    assert any(tag.endswith("stop_failed") for tag in tags)


async def test_an_alert_is_withdrawn_everywhere_when_the_next_session_begins(
    world: World, told: Told
) -> None:
    """Forced over the door, so nothing is in its way. Red when the old alert stays on a phone."""
    await sense(world, DOOR, "on")
    await start(world)
    await world.clocks.move(122)
    ((tag, message),) = shown(world).items()
    assert message.startswith("The session did not start.")
    told.sent(), told.said()
    await start(world, force=True)
    assert world.state(STATE) == "get_ready"
    assert shown(world) == {}
    assert told.sent() == [(CLEARED, tag)]


async def test_how_a_test_of_the_stop_ended_is_told_to_all_until_the_next_session(
    hass: HomeAssistant, make_world: MakeWorld, told: Told, clocks: HandMovedClocks
) -> None:
    """Nobody holds the gym for a test. Red when its alert is told to nobody, or stays for good."""
    hass.states.async_set(BELT, "0", {"unit_of_measurement": "km/h"})
    hass.states.async_set("switch.belt", "off")
    world = await a_gym(
        make_world,
        hass,
        surface="treadmill",
        path={},
        treadmill={"stop": "switch.belt", "speed_sensor": BELT},
    )
    await world.call("button.press", who="button.home_gym_test_the_stop")
    await clocks.move(61)
    begins, ends = told.said()
    assert begins.startswith("Start the belt by hand")
    assert ends.startswith("Nothing was tested")
    ((tag, message),) = shown(world).items()
    assert message == ends
    assert told.sent() == told.sent("ben") == [(begins, tag), (ends, tag)]
    await start(world)
    assert shown(world) == {}
    assert told.sent() == told.sent("ben") == [(CLEARED, tag)]


async def test_a_belt_that_does_not_stop_is_told_until_it_stands(
    hass: HomeAssistant, make_world: MakeWorld, told: Told
) -> None:
    """Red when the next session takes away the one alert that still holds."""
    hass.states.async_set(BELT, "3", {"unit_of_measurement": "km/h"})
    hass.states.async_set("switch.belt", "on")
    world = await a_gym(
        make_world,
        hass,
        surface="treadmill",
        path={},
        treadmill={"stop": "switch.belt", "speed_sensor": BELT},
    )
    await start(world)
    await world.walk(to="walking_forward")
    await world.call("stop_session")
    await world.clocks.move(16)
    ((tag, message),) = shown(world).items()
    assert message.startswith("Pull the safety clip now.")
    assert told.sent() == [(message, tag)]
    assert told.said() == [message]
    await start(world)
    assert shown(world) == {tag: message}
    assert told.sent() == []
    await sense(world, BELT, "0")
    await world.clocks.move(2)
    assert shown(world) == {}
    assert told.sent() == [(CLEARED, tag)]
    await world.call("stop_session")


# Not ready yet


@pytest.mark.parametrize("so_far", [CoreState.not_running, CoreState.starting])
async def test_while_home_assistant_starts_nobody_is_alarmed(
    hass: HomeAssistant, make_world: MakeWorld, told: Told, so_far: CoreState
) -> None:
    """What is not there yet is waited for without a word, and told of if it never comes.

    Red when a restart rings every phone, or a sensor that is gone for good is never told of.
    """
    hass.set_state(so_far)
    hass.states.async_set(MAT, "unavailable", {"friendly_name": "Cat mat"})
    world = await a_gym(make_world, hass)
    await start(world)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("preparing", "path_blocked")
    blockers = world.attribute("binary_sensor.home_gym_path", "blockers")
    assert {each["reason"] for each in blockers} == {"not_ready"}
    assert (shown(world), told.sent(), told.said(), safety(world)) == ({}, [], [], [])
    assert not ir.async_get(hass).issues

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.clocks.move(60)
    hass.states.async_set(DOOR, "off")
    await hass.async_block_till_done()
    assert (shown(world), told.sent(), told.said(), safety(world)) == ({}, [], [], [])

    await world.clocks.move(31)
    assert told.said() == ["In the way: Cat mat (no signal). The walk waits."]
    ((_, tag),) = told.sent()
    assert safety(world) == ["path_blocked"]
    await sense(world, MAT, "off")
    assert told.sent() == [(CLEARED, tag)]
    assert world.state(STATE) == "get_ready"


async def test_what_is_in_the_way_is_told_while_home_assistant_starts(
    hass: HomeAssistant, make_world: MakeWorld, told: Told
) -> None:
    """A sensor that speaks is ready. Red when a start hides an obstacle."""
    hass.set_state(CoreState.not_running)
    hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    world = await a_gym(make_world, hass)
    await start(world)
    assert told.said() == [WAITS]
    assert [message for message, _ in told.sent()] == [WAITS]
    await world.call("stop_session")


# What tells may fail


ACTIONS = (
    ("assist_satellite", "announce"),
    ("tts", "speak"),
    ("notify", ACTION_OF_ANN),
)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "fails", [HomeAssistantError("no answer"), ValueError("oops"), TimeoutError(), None]
)
async def test_a_voice_or_a_phone_that_fails_changes_nothing_else(
    world: World, told: Told, action: tuple[str, str], fails: Exception | None
) -> None:
    """It raises whatever it likes, or is not there at all; the walk goes on to its end.

    Red when one failure keeps another from telling, the alert from being shown, or the walk.
    """
    if fails is None:
        world.hass.services.async_remove(*action)
    else:
        async_mock_service(world.hass, *action, raise_exception=fails)
    await sense(world, DOOR, "on")
    await start(world)
    await world.clocks.move(1)
    instead = [] if action == ACTIONS[2] else [f"gym does not speak. It should have said: {WAITS}"]
    assert sorted(shown(world).values()) == sorted([WAITS, *instead])
    heard = {
        ACTIONS[0]: [each.data["message"] for each in told.announced],
        ACTIONS[1]: [each.data["message"] for each in told.spoken],
        ACTIONS[2]: [each.data["message"] for each in told.to_ann],
    }
    assert heard == {
        ACTIONS[0]: [] if action == ACTIONS[0] else [WAITS],
        ACTIONS[1]: [] if action == ACTIONS[1] else [WAITS],
        ACTIONS[2]: [] if action == ACTIONS[2] else [WAITS, *instead],
    }
    await sense(world, DOOR, "off")
    assert [*shown(world).values()] == instead
    assert world.state(STATE) == "get_ready"
    await world.walk()
    silent = "gym did not speak during this session. Look whether it is on and connected."
    assert [each for each in shown(world).values() if each == silent] == [silent for _ in instead]
    assert world.heard() == ["started", "finished"]
    assert world.state("sensor.ann_weekly_minutes") == "4.0"


@pytest.mark.parametrize("action", ACTIONS)
async def test_nothing_waits_for_a_voice_or_a_phone(
    world: World, told: Told, action: tuple[str, str]
) -> None:
    """Red when one that does not answer holds up an alert, a stop or the next one to tell."""
    answers = asyncio.Event()

    async def hang(_call: ServiceCall) -> None:
        await answers.wait()

    world.hass.services.async_register(*action, hang)
    world.hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    await world.call("start_session", {"kind": "warm_up"})
    assert [*shown(world).values()] == [WAITS]
    told_by = ((ACTIONS[0], told.announced), (ACTIONS[1], told.spoken), (ACTIONS[2], told.to_ann))
    assert {each: len(calls) for each, calls in told_by} == {
        each: 0 if each == action else 1 for each in ACTIONS
    }
    world.hass.states.async_set(DOOR, "off", {"friendly_name": "Side door"})
    await world.hass.async_block_till_done()
    assert world.state(STATE) == "get_ready"
    await world.call("stop_session")
    assert world.state(STATE) == "idle"
    answers.set()
    await world.hass.async_block_till_done(wait_background_tasks=True)


async def test_a_voice_that_is_gone_is_reported_and_keeps_nobody_from_walking(
    world: World, told: Told
) -> None:
    """Red when nobody learns why it is quiet in the gym."""
    for entity_id in (SATELLITE, SPEAKER, TTS):
        world.hass.states.async_remove(entity_id)
    await start(world)
    assert world.state(STATE) == "get_ready"
    issues = ir.async_get(world.hass).issues
    missing = {
        each.translation_placeholders["entity"]
        for each in issues.values()
        if each.translation_key == "entity_missing" and each.translation_placeholders
    }
    assert missing == {SATELLITE, SPEAKER, TTS}


async def test_speakers_without_a_text_to_speech_engine_say_nothing(
    hass: HomeAssistant, make_world: MakeWorld, told: Told
) -> None:
    """The form refuses it, a file that was edited may not. Red when it breaks the alert."""
    hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    hass.states.async_set(MAT, "off")
    world = await a_gym(make_world, hass, voice={"speakers": [SPEAKER], "satellites": [SATELLITE]})
    await start(world)
    assert told.spoken == []
    assert [each.data["message"] for each in told.announced] == [WAITS]
    assert [*shown(world).values()] == [WAITS]
    await world.call("stop_session")
