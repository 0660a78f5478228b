"""What is said to Home Assistant, through its real conversation agent, in six languages."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from hassil.intents import Intents, SlotList, TextSlotList
from hassil.sample import sample_intents
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_mock_service,
)

from custom_components.retrowalk import sentences
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.sentences import LANGUAGES, Said, Sentences
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.components import conversation
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component

from .conftest import HandMovedClocks, MakeWorld, World
from .treadmills import Fault, Machine, plug_in, roles

ANN = {"name": "Ann", "level": 6, "weekly_goal": 45, "person": "person.ann"}
BEN = {"name": "Ben", "level": 2, "weekly_goal": 20}
GYM_SATELLITE, KITCHEN_SATELLITE = "assist_satellite.gym", "assist_satellite.kitchen"
STATE = "sensor.ann_state"
TRANSLATIONS = Path(sentences.__file__).parents[1] / "translations"
TEXTS = {
    each: json.loads((TRANSLATIONS / f"{each}.json").read_text("utf-8"))["exceptions"]
    for each in LANGUAGES
}
FILES = {
    each: json.loads((Path(sentences.__file__).parent / f"{each}.json").read_text("utf-8"))
    for each in LANGUAGES
}


class Talk:
    """Says things to Home Assistant, by a satellite or as a user."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass

    async def __call__(
        self,
        words: str,
        *,
        at: str | None = GYM_SATELLITE,
        user: str | None = None,
        language: str = "en",
    ) -> str:
        satellite = er.async_get(self.hass).async_get(at) if at else None
        result = await conversation.async_converse(
            self.hass,
            words,
            None,
            Context(user_id=user),
            language,
            device_id=satellite.device_id if satellite else None,
            satellite_id=at,
        )
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return str(result.response.speech["plain"]["speech"])


@pytest.fixture
async def talk(hass: HomeAssistant) -> Talk:
    """Return a home that listens: a satellite in the gym, one in the kitchen."""
    for component in ("homeassistant", "intent", "conversation"):
        assert await async_setup_component(hass, component, {})
    async_mock_service(hass, "assist_satellite", "announce")
    entry = MockConfigEntry(domain="esphome")
    entry.add_to_hass(hass)
    areas = ar.async_get(hass)
    for place in ("gym", "kitchen"):
        area = areas.async_get_or_create(place)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("esphome", place)}
        )
        dr.async_get(hass).async_update_device(device.id, area_id=area.id)
        er.async_get(hass).async_get_or_create(
            "assist_satellite",
            "esphome",
            place,
            device_id=device.id,
            suggested_object_id=place,
        )
    return Talk(hass)


@pytest.fixture
async def world(talk: Talk, make_world: MakeWorld) -> World:
    return await a_world(make_world, (ANN,))


async def a_world(make_world: MakeWorld, runners: tuple[dict[str, Any], ...]) -> World:
    world = await make_world(surface="lane", runners=runners, voice={"satellites": [GYM_SATELLITE]})
    gym = dr.async_get(world.hass).async_get(world.entry.runtime_data.gym_device_id)
    area = ar.async_get(world.hass).async_get_area_by_name("gym")
    assert gym is not None
    assert area is not None
    dr.async_get(world.hass).async_update_device(gym.id, area_id=area.id)
    return world


def everything(language: str, part: str, *, names: tuple[str, ...]) -> Iterator[tuple[Said, str]]:
    """Yield every sentence of a language, with the verb that it stands for."""
    file = FILES[language]
    lists = {
        "kind": [said for words in file["kinds"].values() for said in words],
        "score": [words[0] for words in file["scores"]],
        "runner": list(names),
    }
    for said, templates in file[part].items():
        intents = Intents.from_dict(
            {"language": language, "intents": {said: {"data": [{"sentences": templates}]}}}
        )
        slots: dict[str, SlotList] = {
            name: TextSlotList.from_strings(words) for name, words in lists.items()
        }
        for _, sentence in sample_intents(intents, slots):
            yield Said(said), sentence


ANSWERS = {
    Said.START: ("answer_started", "nothing_due"),
    Said.STOP: ("answer_stopped",),
    Said.MINUTES: ("answer_minutes",),
    Said.DUE: ("answer_due", "answer_nothing_due"),
    Said.PATH: ("answer_path_unwatched",),
    Said.AGAIN: ("answer_nothing_said",),
    **dict.fromkeys((Said.KNEE, Said.EFFORT, Said.STUMBLE), ("no_walk_yet",)),
    **dict.fromkeys(
        (Said.PAUSE, Said.SKIP, Said.EASE, Said.LEFT, Said.NEXT, Said.RESUME), ("no_session",)
    ),
}
"""The texts, one of which is the answer while nobody walks and nobody has walked."""


def is_answer(answer: str, keys: tuple[str, ...], language: str) -> bool:
    """Return whether an answer is one of some texts in a language."""
    texts = TEXTS[language]
    patterns = (re.sub(r"\\{\w+\\}", ".*", re.escape(texts[each]["message"])) for each in keys)
    return any(re.fullmatch(each, answer, re.DOTALL) for each in patterns)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_sentence_does_what_it_says_and_answers_in_its_language(
    talk: Talk, make_world: MakeWorld, hass_admin_user: MockUser, language: str
) -> None:
    """Every one of them is understood; one of each meaning goes through the real agent.

    Red when a sentence is taken for another verb, or for something that is built in.
    """
    world = await a_world(make_world, (ANN, BEN | {"level": 6}))
    world.hass.states.async_set("person.ann", "home", {"user_id": hass_admin_user.id})
    known = {"1": "Ann", "2": "Ben"}
    reader = await world.hass.async_add_executor_job(Sentences, known)
    seen = set()
    for said, sentence in everything(language, "sentences", names=("Ann", "Ben")):
        command = reader.understand(sentence, language, bare=False)
        assert command is not None, sentence
        assert (command.said, command.language) == (said, language), sentence
        named = [each for each in known.values() if re.search(rf"\b{each}", sentence)]
        assert ([known[command.runner_id]] if command.runner_id else []) == named, sentence
        key = (said, command.kind, command.score, command.runner_id)
        if key in seen:
            continue
        seen.add(key)
        answer = await talk(sentence, user=hass_admin_user.id, language=language)
        is_again = said is Said.AGAIN and answer
        assert is_again or is_answer(answer, ANSWERS[said], language), f"{sentence}: {answer}"
        if said is Said.START:
            who = command.runner_id and known[command.runner_id]
            started = [
                each for each in ("ann", "ben") if world.state(f"switch.{each}_session") == "on"
            ]
            assert started in ([(who or "Ann").casefold()], [])
            assert started or is_answer(answer, ("nothing_due",), language)
            await world.call("retrowalk.stop_session", who="switch.ann_session")
            await world.call("retrowalk.stop_session", who="switch.ben_session")
    assert {said for said, *_ in seen} == set(ANSWERS)
    scores = {score for said, _, score, _ in seen if said is Said.KNEE}
    assert scores == set(range(11))


# Which runner


async def test_the_name_that_was_said_is_meant(talk: Talk, make_world: MakeWorld) -> None:
    world = await a_world(make_world, (ANN, BEN))
    assert await talk("start Ben's warm up") == (
        "Warm-up for Ben, 2 minutes backward. The room gets ready."
    )
    assert world.state("sensor.ben_state") == "ready"
    assert world.state(STATE) == "idle"


async def test_of_two_of_one_name_the_one_who_trains_where_it_was_heard_is_meant(
    talk: Talk, make_world: MakeWorld
) -> None:
    world = await a_world(make_world, (ANN,))
    kitchen = MockConfigEntry(
        domain=DOMAIN,
        title="Kitchen gym",
        unique_id="kitchen gym",
        data={"surface": "lane"},
        options=world.entry.options | {"voice": {"satellites": [KITCHEN_SATELLITE]}},
        subentries_data=[
            ConfigSubentryData(
                data={"rails": "as_level", "level": 6, "weekly_goal": 45},
                subentry_type="runner",
                title="Ann",
                unique_id="ann",
            )
        ],
    )
    kitchen.add_to_hass(talk.hass)
    assert await talk.hass.config_entries.async_setup(kitchen.entry_id)
    assert (await talk("how many minutes has Ann walked this week", at=None)).startswith("Who")
    await talk("start a warm up for Ann", at=KITCHEN_SATELLITE)
    assert world.entry.runtime_data.gym.snapshot.holder is None
    assert kitchen.runtime_data.gym.snapshot.holder is not None
    await talk("stop the walk")


async def test_two_of_one_name_in_one_gym_are_asked_for(talk: Talk, make_world: MakeWorld) -> None:
    await a_world(make_world, (ANN, BEN | {"name": "ann"}))
    assert (await talk("start a warm up for Ann")).startswith("Who")


async def test_the_person_of_the_user_who_speaks_is_meant(
    talk: Talk, make_world: MakeWorld, hass_admin_user: MockUser
) -> None:
    world = await a_world(make_world, (BEN, ANN))
    world.hass.states.async_set("person.ann", "home", {"user_id": hass_admin_user.id})
    answer = await talk("how many minutes this week", at=None, user=hass_admin_user.id)
    assert answer == "Ann: 0 of 45 minutes backward this week."


async def test_the_only_runner_is_meant(talk: Talk, world: World) -> None:
    assert (await talk("how many minutes this week")).startswith("Ann: 0 of 45")


async def test_else_it_asks_and_does_nothing(talk: Talk, make_world: MakeWorld) -> None:
    world = await a_world(make_world, (ANN, BEN))
    assert await talk("start my warm up") == "Who is meant? Say it again with a name: Ann, Ben."
    assert world.state(STATE) == world.state("sensor.ben_state") == "idle"


async def test_whoever_walks_is_meant_of_the_walk(
    talk: Talk, make_world: MakeWorld, hass_admin_user: MockUser
) -> None:
    """Also when somebody else asks."""
    world = await a_world(make_world, (ANN, BEN))
    world.hass.states.async_set("person.ann", "home", {"user_id": hass_admin_user.id})
    await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    await world.walk("ben", to="walking_forward")
    assert (await talk("how long is left", user=hass_admin_user.id)).endswith("minutes left.")
    assert (await talk("what comes next")).startswith("Next: backward for 2 minutes")
    await talk("pause the walk")
    assert world.state("sensor.ben_state") == "paused"


# What is done


async def test_a_session_is_walked_by_voice_alone(talk: Talk, world: World) -> None:
    """From the first word to the last, by a satellite that knows nobody."""
    assert (await talk("start my warm up")).startswith("Warm-up for Ann, 4 minutes")
    assert world.state(STATE) == "ready"
    await world.clocks.move(3)
    assert await talk("go") == "Here we go."
    await world.walk(to="walking_backward")
    assert await talk("pause") == "Paused."
    assert world.state(STATE) == "paused"
    await world.clocks.move(3)
    assert await talk("resume the walk") == "Here we go."
    await world.walk(to="walking_backward")
    await world.clocks.move(60)
    assert await talk("I stumbled") == "Noted. Hold the rails, and go slower if you like."
    assert await talk("my knee is a two") == "Knee pain 2, noted."
    assert await talk("my knee is a one") == "Knee pain 1, noted."
    assert await talk("stop") == "Everything is stopped."
    assert world.state(STATE) == "idle"
    assert await talk("that was a four") == "Effort 4, noted."
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    told = {name: walk[name] for name in ("effort", "pain", "stumbles")}
    assert told == {"effort": 4, "pain": 2, "stumbles": 1}, "the worst pain of the walk counts"


async def test_pain_above_four_ends_the_walk(talk: Talk, world: World) -> None:
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    await world.clocks.move(60)
    assert await talk("my knee is a five") == "Knee pain 5: stop here for today."
    assert world.state(STATE) == "idle"
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["pain"] == 5


async def test_what_was_told_in_a_walk_survives_a_restart(talk: Talk, world: World) -> None:
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    await world.clocks.move(60)
    await talk("I stumbled")
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done()
    await talk("I stumbled")
    await talk("stop the walk")
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["stumbles"] == 2


async def test_say_that_again_says_what_the_gym_said_last(talk: Talk, world: World) -> None:
    await talk("start my warm up")
    assert (await talk("say that again")).endswith("Look behind you, then say go.")


async def test_the_path_is_told_of(talk: Talk, make_world: MakeWorld) -> None:
    talk.hass.states.async_set("binary_sensor.door", "on", {"friendly_name": "Door"})
    await make_world(surface="lane", runners=(ANN,), path={"sensors": ["binary_sensor.door"]})
    assert await talk("is the path clear") == "In the way: Door (something is in the way)."
    talk.hass.states.async_set("binary_sensor.door", "off", {"friendly_name": "Door"})
    assert await talk("is the path clear") == "The path is clear."


async def test_a_refusal_is_answered_in_the_language_that_was_spoken(
    talk: Talk, world: World
) -> None:
    """And the next one in another."""
    for language, sentence in (("de", "pausiere die einheit"), ("nl", "pauzeer de sessie")):
        answer = await talk(sentence, language=language)
        assert answer == TEXTS[language]["no_session"]["message"]
        assert answer != TEXTS["en"]["no_session"]["message"]


# Stop


@pytest.mark.parametrize("words", ["stop the treadmill", "stop retrowalk", "stop the walk"])
@pytest.mark.parametrize("at", [GYM_SATELLITE, KITCHEN_SATELLITE, None])
async def test_stop_works_from_everywhere_for_anyone_also_when_idle(
    talk: Talk, world: World, hass_read_only_user: MockUser, words: str, at: str | None
) -> None:
    assert await talk(words, at=at) == "Everything is stopped."
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state("switch.ann_session") == "on"
    assert await talk(words, at=at, user=hass_read_only_user.id) == "Everything is stopped."
    assert world.state("switch.ann_session") == "off"


async def test_stop_alone_stops_from_any_satellite_while_somebody_walks(
    talk: Talk, world: World
) -> None:
    assert await talk("stop", at=KITCHEN_SATELLITE) != "Everything is stopped."
    await world.call("start_session", {"kind": "warm_up"})
    assert await talk("stop", at=KITCHEN_SATELLITE) == "Everything is stopped."
    assert world.state("switch.ann_session") == "off"
    assert await talk("stop", at=KITCHEN_SATELLITE) != "Everything is stopped."


# Bare words


async def test_bare_words_are_ours_in_the_gym_alone(talk: Talk, world: World) -> None:
    """In the kitchen nobody understands them, with us or without us."""
    words = ("go", "slower")
    before = [await talk(word, at=KITCHEN_SATELLITE) for word in words]
    assert set(before) == {"Sorry, I couldn't understand that"}
    await talk("start my warm up")
    await world.clocks.move(3)
    for word in words:
        answer = await talk(word, at=KITCHEN_SATELLITE)
        assert answer == "Sorry, I did not understand that.", word
    assert world.state(STATE) == "ready"
    assert await talk("go") == "Here we go."
    assert world.state(STATE) == "get_ready"


async def test_pause_elsewhere_still_pauses_the_music(talk: Talk, world: World) -> None:
    registry = er.async_get(talk.hass)
    kitchen = ar.async_get(talk.hass).async_get_area_by_name("kitchen")
    assert kitchen is not None
    player = registry.async_get_or_create("media_player", "test", "radio")
    registry.async_update_entity(player.entity_id, area_id=kitchen.id)
    # It can pause.
    talk.hass.states.async_set(player.entity_id, "playing", {"supported_features": 1})
    assert await async_setup_component(talk.hass, "media_player", {})
    paused = async_mock_service(talk.hass, "media_player", "media_pause")
    await talk("start my warm up")
    assert await talk("pause", at=KITCHEN_SATELLITE) == "Paused"
    assert [each.data["entity_id"] for each in paused] == [player.entity_id]
    assert world.state(STATE) == "ready"


@pytest.mark.parametrize(
    ("word", "language", "state"),
    [
        ("pause", "it", "paused"),
        ("pausa", "de", "paused"),
        ("langsamer", "nl", "walking_backward"),
        ("go", "de", "walking_backward"),
        ("go", "es", "walking_backward"),
    ],
)
async def test_a_word_of_another_language_is_done_or_not_understood(
    talk: Talk, world: World, word: str, language: str, state: str
) -> None:
    """Red when: Home Assistant says "done" to what nobody has done."""
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    await world.clocks.move(3)
    answer = await talk(word, language=language)
    assert world.state(STATE) == state
    keys = {"pause": "say_paused", "pausa": "say_paused", "langsamer": "answer_slower"}
    key = keys.get(word, "answer_not_understood")
    assert answer == TEXTS[language][key]["message"]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("please stop", "en"),
        ("Stop it!", "en"),
        ("stop now", "en"),
        ("stop everything", "en"),
        ("Stop my warm up", "en"),
        ("Stop Ann's session", "en"),
        ("¡Detente!", "es"),
        ("para ya", "es"),
        ("Arrêtez !", "fr"),
        ("Stop maar", "nl"),
        ("Ho!", "nl"),
    ],
)
async def test_a_stop_is_heard_however_it_is_said(
    talk: Talk, world: World, words: str, language: str
) -> None:
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    await talk(words, language=language)
    assert world.state(STATE) == "idle"


@pytest.mark.parametrize("word", ["resume", "skip", "next", "continue", "weiter"])
async def test_words_of_the_music_are_never_ours(talk: Talk, world: World, word: str) -> None:
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    assert not await understood_by_us(talk.hass, word)
    assert await understood_by_us(talk.hass, "pause")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_bare_words_of_each_language(
    talk: Talk, make_world: MakeWorld, language: str
) -> None:
    reader = await talk.hass.async_add_executor_job(Sentences, {})
    words: dict[Said, str] = {}
    for said, word in everything(language, "bare", names=()):
        command = reader.understand(word, language, bare=True)
        assert command is not None, word
        assert command.said is said, word
        words.setdefault(said, word)
    for said, word in words.items():  # one of each through the real agent
        world = await a_world(make_world, (ANN,))
        await talk("start my warm up")
        if said is not Said.GO:
            await world.walk(to="walking_backward")
        await world.clocks.move(3)
        answer = await talk(word, language=language)
        keys = {
            Said.STOP: "answer_stopped",
            Said.GO: "answer_go",
            Said.PAUSE: "say_paused",
            Said.EASE: "answer_slower",
        }
        assert answer == TEXTS[language][keys[said]]["message"], word
        assert await world.hass.config_entries.async_remove(world.entry.entry_id)


# Who may


async def test_nobody_starts_without_permission_and_anybody_stops(
    talk: Talk, world: World, hass_read_only_user: MockUser
) -> None:
    """By the app's voice, the action, the switch and the button."""
    user = hass_read_only_user.id
    assert await talk("start my warm up", user=user) == "You may not do this for Ann."
    assert await talk("start my warm up", at=None, user=user) == "You may not do this for Ann."
    for action, data, who in (
        ("start_session", {"kind": "warm_up"}, "switch.ann_session"),
        ("switch.turn_on", {}, "switch.ann_session"),
        ("button.press", {}, "button.ann_start_warm_up"),
        ("go", {}, "switch.ann_session"),
    ):
        with pytest.raises(Unauthorized):
            await world.call(action, data, who=who, context=Context(user_id=user))
    assert world.state(STATE) == "idle"
    await world.call("start_session", {"kind": "warm_up"})
    for words in ("pause the walk", "walk slower", "my knee is a five", "resume the walk"):
        assert await talk(words, user=user) == "You may not do this for Ann."
    assert world.state(STATE) == "get_ready"
    context = Context(user_id=user)
    await world.hass.services.async_call(
        "retrowalk", "stop_everything", blocking=True, context=context
    )
    assert world.state(STATE) == "idle"


async def test_a_user_with_a_permission_for_one_runner_starts_that_one(
    talk: Talk, make_world: MakeWorld, hass_read_only_user: MockUser
) -> None:
    await a_world(make_world, (ANN, BEN))
    policy: PolicyType = {"entities": {"entity_ids": {"switch.ben_session": True}}}
    hass_read_only_user.mock_policy(policy)
    user = hass_read_only_user.id
    assert await talk("start Ann's warm up", user=user) == "You may not do this for Ann."
    assert (await talk("start Ben's warm up", user=user)).startswith("Warm-up for Ben")


async def test_a_satellite_starts_only_whom_it_may(talk: Talk, make_world: MakeWorld) -> None:
    await a_world(make_world, (ANN | {"satellites_start": False}, BEN))
    assert await talk("start Ann's warm up") == (
        "Ann lets no satellite start a session. Start it from the app."
    )
    assert (await talk("start Ben's warm up")).startswith("Warm-up for Ben")


async def test_an_automation_that_talks_says_no_go(talk: Talk, world: World) -> None:
    """Its words have no user, no satellite and no device."""
    await talk("start my warm up")
    await world.clocks.move(3)
    await talk("go", at=None)
    assert world.state(STATE) == "ready"
    assert await talk("resume the walk", at=None) == "That counts only where the walk is."


async def test_no_go_comes_from_another_room(talk: Talk, world: World) -> None:
    await talk("start my warm up")
    await world.walk(to="walking_backward")
    await talk("pause")
    await world.clocks.move(3)
    answer = await talk("resume the walk", at=KITCHEN_SATELLITE)
    assert answer == "That counts only where the walk is."
    assert world.state(STATE) == "paused"


# What is not ours

NEAR_MISSES = (
    "turn on the gym light",
    "start the vacuum",
    "stop the music",
    "start a timer",
    "stop the timer",
    "start the washing machine for ann",
    "how many minutes are left on the timer",
    "what is the weather this week",
    "that was a four course meal",
    "my knee hurts",
    "start",
    "starte den staubsauger",
    "stopp die musik",
    "mach das licht im fitnessraum an",
    "wie viele minuten hat der timer noch",
)
ENGLISH = (
    *("turn on the kitchen light", "turn off the kitchen light", "turn on all the lights"),
    *("set the kitchen light to 50 percent", "dim the lights", "make the lamp red"),
    *("turn off everything", "is the kitchen light on", "how many lights are on"),
    *("play music", "pause the music", "stop the music", "next track", "skip this song"),
    *("resume the music", "volume up", "set the volume to 30 percent", "mute the speaker"),
    *("start a timer for 5 minutes", "set a timer for 10 minutes", "cancel the timer"),
    *("pause the timer", "resume my timer", "how much time is left on my timer"),
    *("add two minutes to my timer", "start the vacuum", "stop the vacuum"),
    *("return the vacuum to its base", "what day is it", "what is the weather", "good morning"),
    *("add milk to the shopping list", "lock the door"),
)
GERMAN = (
    *("schalte das licht in der küche ein", "schalte das licht in der küche aus"),
    *("mach alle lichter an", "stelle das licht auf 50 prozent", "ist das licht an"),
    *("spiele musik", "pausiere die musik", "stoppe die musik", "nächster titel"),
    *("überspringe dieses lied", "musik fortsetzen", "lauter", "stelle die lautstärke auf 30"),
    *("starte einen timer für 5 minuten", "stelle einen timer auf 10 minuten"),
    *("breche den timer ab", "pausiere den timer", "setze den timer fort"),
    *("wie lange läuft der timer noch", "starte den staubsauger", "stoppe den staubsauger"),
    *("schicke den staubsauger zur ladestation", "welcher tag ist heute", "wie ist das wetter"),
    *("öffne die rollläden", "schließe die garage", "wie warm ist es", "guten morgen"),
    *("füge milch zur einkaufsliste hinzu", "schließe die tür ab"),
)
ORDINARY = (*ENGLISH, *GERMAN)


async def understood_by_us(hass: HomeAssistant, words: str) -> bool:
    """Whether a sentence is one of the triggers, all of which are ours here."""
    agent = get_agent_manager(hass).default_agent
    assert agent is not None
    user_input = conversation.ConversationInput(
        text=words,
        context=Context(),
        conversation_id=None,
        device_id=None,
        satellite_id=None,
        language="en",
        agent_id="conversation.home_assistant",
    )
    return await agent.async_recognize_sentence_trigger(user_input) is not None


@pytest.mark.parametrize("walking", [False, True])
async def test_what_is_nearly_ours_does_nothing_of_ours(
    talk: Talk,
    make_world: MakeWorld,
    walking: bool,  # noqa: FBT001
) -> None:
    world = await a_world(make_world, (ANN, BEN))
    if walking:
        await world.call("start_session", {"kind": "warm_up"})
    before = world.state(STATE)
    for words in NEAR_MISSES:
        assert not await understood_by_us(talk.hass, words), words
        await talk(words)
    assert world.state(STATE) == before


async def a_home(hass: HomeAssistant) -> None:
    """Let there be what ordinary commands are about."""
    registry = er.async_get(hass)
    kitchen = ar.async_get(hass).async_get_area_by_name("kitchen")
    assert kitchen is not None
    for domain in ("light", "media_player", "vacuum", "cover"):
        assert await async_setup_component(hass, domain, {})
    for domain, name, state, attributes in (
        ("light", "kitchen light", "off", {"supported_color_modes": ["hs"]}),
        ("light", "lamp", "on", {"supported_color_modes": ["hs"]}),
        ("media_player", "speaker", "playing", {"supported_features": 0x1FFFFF}),
        ("vacuum", "vacuum", "docked", {"supported_features": 0x3FFF}),
        ("cover", "garage", "open", {"supported_features": 15}),
    ):
        entry = registry.async_get_or_create(domain, "test", name, original_name=name)
        registry.async_update_entity(entry.entity_id, area_id=kitchen.id)
        hass.states.async_set(entry.entity_id, state, attributes | {"friendly_name": name})
        for service in ("turn_on", "turn_off", "start", "stop", "return_to_base", "media_pause"):
            async_mock_service(hass, domain, service)


async def test_sixty_ordinary_commands_mean_what_they_meant(
    talk: Talk, make_world: MakeWorld
) -> None:
    """The same answer without us, while nobody walks, and while somebody does."""
    assert len(ORDINARY) >= 60
    await a_home(talk.hass)

    async def answers() -> dict[str, str]:
        found = {}
        for words in ORDINARY:
            language = "de" if words in GERMAN else "en"
            found[words] = await talk(words, at=KITCHEN_SATELLITE, language=language)
        return found

    without = await answers()
    assert len(set(without.values())) > 8, "most of them are understood by nobody"
    world = await a_world(make_world, (ANN, BEN))
    assert await answers() == without
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    assert await answers() == without
    for words in ORDINARY:
        assert not await understood_by_us(talk.hass, words), words


# Registered and unregistered


async def test_nothing_stays_registered_when_the_gym_goes(talk: Talk, world: World) -> None:
    manager = get_agent_manager(talk.hass)
    idle = list(manager.trigger_sentences)
    assert idle
    await world.call("start_session", {"kind": "warm_up"})
    assert len(list(manager.trigger_sentences)) > len(idle)
    await world.call("stop_session")
    assert list(manager.trigger_sentences) == idle
    assert await talk.hass.config_entries.async_unload(world.entry.entry_id)
    # A belt may run all the same.
    assert await understood_by_us(talk.hass, "stop the treadmill")
    assert not await understood_by_us(talk.hass, "start a warm up")
    assert await talk.hass.config_entries.async_setup(world.entry.entry_id)
    await talk.hass.async_block_till_done()
    assert list(manager.trigger_sentences) == idle
    assert await talk.hass.config_entries.async_remove(world.entry.entry_id)
    assert list(manager.trigger_sentences) == []


async def on_a_stuck_belt(
    talk: Talk, make_world: MakeWorld, clocks: HandMovedClocks
) -> tuple[World, Machine]:
    """Return a world in which Ann walks on a belt that ignores every stop."""
    clocks.step_s = 0.5
    machine = Machine(talk.hass)
    await plug_in(talk.hass, machine)
    world = await make_world(
        treadmill=roles(machine.shape), runners=(ANN,), voice={"satellites": [GYM_SATELLITE]}
    )
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_forward")
    await clocks.move(10)
    machine.misbehave(Fault.STUCK)
    return world, machine


async def test_a_belt_is_stopped_by_voice_when_its_gym_is_not_loaded(
    talk: Talk, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    world, machine = await on_a_stuck_belt(talk, make_world, clocks)
    unloads = talk.hass.async_create_task(
        talk.hass.config_entries.async_unload(world.entry.entry_id)
    )
    for _ in range(120):
        await clocks.tick()
    asked = talk.hass.async_create_task(talk("stop the treadmill"))
    for _ in range(60):
        await clocks.tick()
    assert (await asked).startswith("The stop was sent. Nothing shows yet that the belt stands")
    machine.misbehave()
    machine.pull_clip()
    await clocks.move(30)
    await unloads
    machine.close()


async def test_a_runner_who_comes_later_can_be_named(talk: Talk, world: World) -> None:
    new = ConfigSubentry(
        data=MappingProxyType({"level": 3, "rails": "as_level", "weekly_goal": 20}),
        subentry_type="runner",
        title="Zoë (guest)",
        unique_id="zoe",
    )
    talk.hass.config_entries.async_add_subentry(world.entry, new)
    await talk.hass.async_block_till_done()
    assert (await talk("start a warm up for Zoë guest")).startswith("Warm-up for Zoë (guest)")


@pytest.mark.parametrize(
    "name", ["(", "{runner}", "Ann|Ben", "[x]", "a:b", "Jean-Luc", "O'Neill", "🏃"]
)
async def test_a_name_is_never_a_template(talk: Talk, make_world: MakeWorld, name: str) -> None:
    """Red when a name breaks the sentences of everybody."""
    await a_world(make_world, (ANN, BEN | {"name": name}))
    assert (await talk("start Ann's warm up")).startswith("Warm-up for Ann")


async def test_without_a_place_to_register_a_repair_says_so_and_the_rest_works(
    talk: Talk, make_world: MakeWorld
) -> None:
    with patch(
        "homeassistant.components.conversation.agent_manager.AgentManager.register_trigger",
        side_effect=AttributeError("gone"),
    ):
        world = await a_world(make_world, (ANN,))
        issue = ir.async_get(talk.hass).async_get_issue("retrowalk", "voice_commands_missing")
        assert issue is not None
        await world.call("start_session", {"kind": "warm_up"})
        assert world.state("switch.ann_session") == "on"
        await world.call("stop_session")


async def test_without_conversation_nothing_is_missed(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    world = await make_world(surface="lane", runners=(ANN,))
    assert not ir.async_get(hass).issues
    await world.call("start_session", {"kind": "warm_up"})


# What was found by attack


async def test_a_timer_says_no_go(talk: Talk, world: World) -> None:
    """Its command comes with the device that set it, and nobody says anything then."""
    satellite = er.async_get(talk.hass).async_get(GYM_SATELLITE)
    assert satellite is not None
    await talk("start my warm up")
    await world.clocks.move(3)
    await conversation.async_converse(
        talk.hass, "go", None, Context(), "en", device_id=satellite.device_id
    )
    assert world.state(STATE) == "ready"


async def test_a_word_of_another_language_is_no_go(talk: Talk, world: World) -> None:
    """But stop is stop."""
    await talk("start my warm up")
    await world.clocks.move(3)
    for word in ("los", "via", "ya", "start maar"):
        await talk(word)
        assert world.state(STATE) == "ready", word
    await talk("halt")
    assert world.state(STATE) == "idle"


async def test_a_knee_is_that_of_whoever_speaks_of_it(
    talk: Talk, make_world: MakeWorld, hass_admin_user: MockUser
) -> None:
    """Also while somebody else walks."""
    world = await a_world(make_world, (ANN, BEN))
    world.hass.states.async_set("person.ann", "home", {"user_id": hass_admin_user.id})
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    await world.walk("ben", to="walking_backward")
    await talk("my knee is a six", at=None, user=hass_admin_user.id)
    assert world.state("sensor.ben_state") == "walking_backward"
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["pain"] == 6


async def test_who_was_named_and_is_gone_is_nobody_else(talk: Talk, make_world: MakeWorld) -> None:
    world = await a_world(make_world, (ANN, BEN))
    home = world.entry.runtime_data
    ben = next(each for each in home.runners.values() if each.config.name == "Ben")
    del home.runners[ben.runner_id]
    assert (await talk("start Ben's warm up")).startswith("Who is meant?")
    assert world.state(STATE) == "idle"
    home.runners[ben.runner_id] = ben


async def test_stumbles_told_after_a_walk_add_up(talk: Talk, world: World) -> None:
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    await talk("I stumbled")
    await talk("I stumbled")
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["stumbles"] == 2


async def test_a_name_with_a_sharp_s_is_understood(talk: Talk, make_world: MakeWorld) -> None:
    await a_world(make_world, (ANN, BEN | {"name": "Strauß"}))
    assert (await talk("start a warm up for Strauß")).startswith("Warm-up for Strauß")


async def test_a_belt_that_does_not_stop_is_not_said_to_be_stopped(
    talk: Talk, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    _world, machine = await on_a_stuck_belt(talk, make_world, clocks)
    asked = talk.hass.async_create_task(talk("stop the treadmill"))
    for _ in range(20):
        await clocks.tick()
    assert (await asked).startswith("The stop was sent. Nothing shows yet that the belt stands")
    machine.misbehave()
    machine.pull_clip()
    await clocks.move(30)
    assert await talk("stop the treadmill") == "Everything is stopped."
    machine.close()
