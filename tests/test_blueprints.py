"""The blueprints, run by the real automation engine against the real integration."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import Blueprint
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.util.yaml import load_yaml_dict

from .blueprints_house import (
    ANN,
    BEN,
    BLUEPRINTS,
    CLEARED,
    PERSON,
    House,
    buttons,
    tags,
    texts,
)
from .conftest import MakeWorld

GITHUB = "https://github.com/retrowalk/retrowalk/blob/main/custom_components/retrowalk/blueprints"
ENGINE = (
    "homeassistant.components.automation",
    "homeassistant.components.template",
    "homeassistant.helpers.condition",
    "homeassistant.helpers.event",
    "homeassistant.helpers.script",
    "homeassistant.helpers.service",
    "homeassistant.helpers.template",
    "homeassistant.helpers.trigger",
)
SOFA = "binary_sensor.sofa"
DOOR = "binary_sensor.door"
MAT = "binary_sensor.mat"


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Let an automation wait when the test is over."""
    return True


@pytest.fixture
def house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    make_world: MakeWorld,
    files: Path,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[House]:
    """Return a home; no automation in it may complain, unless a test brings bad luck."""
    house = House(hass, freezer, make_world, files)
    yield house
    house.leave()
    complaints = [
        each.getMessage()
        for each in caplog.get_records("call")
        if each.levelname in ("WARNING", "ERROR") and each.name.startswith(ENGINE)
    ]
    assert bool(complaints) == house.has_bad_luck, complaints


@pytest.mark.parametrize("file", sorted(BLUEPRINTS.glob("*.yaml")), ids=lambda each: each.stem)
def test_each_is_a_blueprint_that_says_what_it_does_and_where_it_comes_from(file: Path) -> None:
    """And needs at most two things of its owner."""
    blueprint = Blueprint(
        load_yaml_dict(file),
        path=str(file),
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
    assert blueprint.validate() is None
    said = blueprint.metadata
    assert said["source_url"] == f"{GITHUB}/automation/retrowalk/{file.name}"
    assert said["author"] == "Retrowalk"
    assert said["homeassistant"] == {"min_version": "2026.10.0"}
    assert 10 < len(said["name"]) < 40
    assert len(said["description"]) > 80
    required = [name for name, each in blueprint.inputs.items() if "default" not in each]
    assert 1 <= len(required) <= 2
    assert all(each["name"] and each["selector"] for each in blueprint.inputs.values())


# Remind


@pytest.mark.parametrize("running", ["yes", "no", "unknown"])
@pytest.mark.parametrize("walked", [False, True])
@pytest.mark.parametrize("home", [False, True, None])
@pytest.mark.parametrize("in_hours", [False, True])
@pytest.mark.parametrize("was_down", [False, True])
async def test_it_reminds_when_a_walk_is_due_and_never_else(
    house: House,
    *,
    running: str,
    walked: bool,
    home: bool | None,
    in_hours: bool,
    was_down: bool,
) -> None:
    """The truth table. `home` None: no person was named; down was Home Assistant at the time."""
    known: dict[str, dict[str, Any]] = {
        "yes": {"weekdays": ["mon"]},
        "no": {"weekdays": ["tue"]},
        "unknown": {"weekdays": ["mon"], "calendar": "calendar.gone"},
    }
    await house.build(
        "09:00" if was_down else "07:30", runners=(ANN | {"running": known[running]},)
    )
    if walked:
        await house.call("log_session", when="2026-11-16 07:00", minutes=8)
    await house.sets(PERSON, "home" if home else "not_home")
    inbox = house.inbox()
    inputs: dict[str, Any] = {} if home is None else {"person": PERSON}
    inputs["after"] = "08:00:00" if in_hours else "10:00:00"
    if was_down:
        house.hass.set_state(CoreState.not_running)
    await house.automate("remind", phone=house.phone(), **inputs)
    assert inbox == []
    if was_down:
        await house.come_up()
    else:
        await house.at("08:00", "09:00")
    is_due = running == "no" and not walked and home is not False and in_hours
    assert len(inbox) == is_due
    if is_due:
        (reminder,) = inbox
        assert reminder.data["title"] == "Ann: backward walk, 10 min"
        assert "left to your weekly goal" in reminder.data["message"]


async def test_a_reminder_comes_when_the_moment_is_good(house: House) -> None:
    """Who comes home at four, and a room that is free at five. Once, whatever happens then."""
    await house.build("07:30")
    await house.sets(PERSON, "not_home")
    await house.sets(SOFA, "on")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone(), person=PERSON, busy=[SOFA])
    await house.at("08:00", "16:00")
    await house.sets(PERSON, "home")
    assert inbox == []
    await house.at("17:00")
    await house.sets(SOFA, "unavailable")
    assert inbox == []
    await house.sets(SOFA, "off")
    assert len(inbox) == 1
    await house.sets(SOFA, "on")
    await house.sets(SOFA, "off")
    assert len(inbox) == 1


async def test_nobody_is_reminded_while_another_uses_the_gym(house: House) -> None:
    """A switch of another integration under the same name is none of ours."""
    await house.build("07:30", runners=(ANN, BEN))
    plug = MockConfigEntry(domain="plug", title="Home gym")
    plug.add_to_hass(house.hass)
    device = dr.async_get(house.hass).async_get_or_create(
        config_entry_id=plug.entry_id, identifiers={("plug", "fan")}
    )
    fan = er.async_get(house.hass).async_get_or_create(
        "switch", "plug", "fan", config_entry=plug, device_id=device.id
    )
    await house.sets(fan.entity_id, "on")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.call("start_session", who="ben", kind="dedicated")
    await house.at("08:00")
    assert inbox == []
    await house.call("stop_session", who="ben")
    assert len(inbox) == 1


async def test_a_calendar_that_knows_better_is_asked_before_anybody_is_reminded(
    house: House,
) -> None:
    """It is asked anew, and says that it is a running day; later the run is called off."""
    await house.build("07:30", runners=(ANN | {"running": {"calendar": "calendar.training"}},))
    await house.calendar(has_run=False)
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    house.calendar_says = [{"summary": "Run", "start": "2026-11-16", "end": "2026-11-17"}]
    assert house.world.attribute("sensor.ann_advice", "is_due") is True
    await house.at("08:00")
    assert house.world.attribute("sensor.ann_advice", "is_due") is False
    assert inbox == []
    await house.calendar(has_run=False)
    assert len(inbox) == 1


@pytest.mark.parametrize("after", ["nothing", "a restart", "the hours"])
async def test_its_button_prepares_the_walk_and_takes_the_reminder_back(
    house: House, after: str
) -> None:
    """An automation has no person: the walk waits for a go. A button that waits is never lost."""
    await house.build("08:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.restart("09:00")
    (reminder,) = inbox
    (button,) = buttons(reminder)
    await house.press("another")
    assert len(inbox) == 1
    if after == "a restart":
        await house.restart("09:05")
    elif after == "the hours":
        await house.at("20:00", "20:05")
        inbox.pop()
    await house.press(button)
    assert texts(inbox)[1:] == [CLEARED]
    assert len(tags(inbox)) == 1
    await house.until_state("ready")


@pytest.mark.parametrize("by", ["a session", "a walk", "a run", "the end of the hours"])
@pytest.mark.parametrize("restart", [None, "gym first", "automation first"])
async def test_it_goes_when_nothing_is_due_any_more(
    house: House, by: str, restart: str | None
) -> None:
    """Also where the run that had sent it is gone since a restart; nothing is sent twice."""
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00")
    if restart is not None:
        await house.restart("09:00", gym_first=restart == "gym first")
    assert len(inbox) == 1
    if by == "a session":
        await house.call("start_session", kind="dedicated")
    elif by == "a walk":
        await house.call("log_session", when="2026-11-16 07:00", minutes=8)
    elif by == "a run":
        await house.call("log_run", when="2026-11-16 07:00")
    else:
        await house.at("19:59")
        assert len(inbox) == 1
        await house.at("20:00")
    assert texts(inbox)[1:] == [CLEARED]
    assert len(tags(inbox)) == 1


async def test_what_ended_while_home_assistant_was_down_is_taken_back(house: House) -> None:
    """Down at noon, up after the hours. The next morning it comes anew."""
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00", "12:00")
    await house.restart("21:00")
    assert texts(inbox)[1:] == [CLEARED]
    await house.at("2026-11-17 00:00", "2026-11-17 08:00")
    assert len(inbox) == 3


@pytest.mark.parametrize("up", ["07:00", "10:00", "21:00"])
@pytest.mark.parametrize("runs_on_tuesday", [False, True])
async def test_what_was_there_over_night_is_taken_back_or_made_new(
    house: House, up: str, *, runs_on_tuesday: bool
) -> None:
    """Down from Monday noon to Tuesday."""
    days = ["tue"] if runs_on_tuesday else ["fri"]
    await house.build("07:30", runners=(ANN | {"running": {"weekdays": days}},))
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00", "12:00")
    await house.restart(f"2026-11-17 {up}")
    cleared = up != "10:00" or runs_on_tuesday
    assert (texts(inbox)[1:2] == [CLEARED]) == cleared
    await house.at({"07:00": "08:00", "10:00": "10:30", "21:00": "22:00"}[up])
    new = [each for each in inbox[1:] if each.data["message"] != CLEARED]
    assert len(new) == (not runs_on_tuesday and up != "21:00")
    assert len(tags(inbox)) == 1


async def test_a_running_day_that_is_called_off_is_reminded_of_late(house: House) -> None:
    """Down over night: what was there is taken back, and the new day is waited for."""
    await house.build("07:30", runners=(ANN | {"running": {"calendar": "calendar.training"}},))
    await house.calendar(has_run=False)
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00")
    await house.go_down()
    house.set_clocks("2026-11-17 10:00")
    await house.calendar(has_run=True)
    await house.come_up()
    assert texts(inbox)[1:] == [CLEARED]
    await house.at("11:00")
    house.hass.bus.async_fire("automation_reloaded")  # somebody changes another one
    await house.settle()
    await house.calendar(has_run=False)
    assert len(inbox) == 3
    await house.at("20:00")
    assert texts(inbox)[3:] == [CLEARED]


async def test_hours_may_go_over_midnight(house: House) -> None:
    await house.build("19:00")
    inbox = house.inbox()
    hours = {"after": "20:00:00", "before": "02:00:00"}
    await house.automate("remind", phone=house.phone(), **hours)
    assert inbox == []
    await house.at("20:00")
    assert len(inbox) == 1
    await house.restart("2026-11-17 00:30")
    assert len(inbox) == 1
    await house.at("02:00")
    assert texts(inbox)[1:] == [CLEARED]
    await house.restart("03:00")
    assert set(texts(inbox)[1:]) == {CLEARED}
    await house.at("20:00")
    assert texts(inbox)[-1] != CLEARED


@pytest.mark.parametrize("has_run", [False, True])
@pytest.mark.parametrize("was_sent", [False, True])
async def test_at_a_start_nobody_may_know_for_a_moment(
    house: House, *, has_run: bool, was_sent: bool
) -> None:
    """The calendar comes after Home Assistant: until then nothing is sent or taken back."""
    await house.build("07:30", runners=(ANN | {"running": {"calendar": "calendar.training"}},))
    inbox = house.inbox()
    await house.calendar(has_run=False)
    await house.automate("remind", phone=house.phone())
    if was_sent:
        await house.at("08:00")
    await house.go_down()
    house.hass.states.async_remove("calendar.training")
    await house.come_up("09:00")
    assert house.world.state("binary_sensor.ann_running_day") == "unknown"
    assert len(inbox) == was_sent
    await house.calendar(has_run=has_run)
    if was_sent:
        assert texts(inbox)[1:] == [CLEARED] * has_run
    else:
        assert len(inbox) == (not has_run)


async def test_a_gym_that_is_loaded_anew_takes_no_reminder_back(house: House) -> None:
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00")
    entry_id = house.world.entry.entry_id
    assert await house.hass.config_entries.async_unload(entry_id)
    await house.settle()
    assert await house.hass.config_entries.async_setup(entry_id)
    await house.settle()
    assert len(inbox) == 1
    await house.call("start_session", kind="dedicated")
    assert texts(inbox)[1:] == [CLEARED]


async def test_an_automation_that_is_made_or_changed_late_looks_at_once(house: House) -> None:
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("weekly", phone=house.phone())
    await house.at("09:00")
    config = house.config("remind", phone=house.phone())
    await house.reload([config])
    assert len(inbox) == 1
    await house.reload([config | {"description": "changed"}])
    assert len(inbox) == 1
    await house.call("start_session", kind="dedicated")
    assert texts(inbox)[1:] == [CLEARED]


async def test_it_reminds_once_a_day(house: House) -> None:
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00")
    assert len(inbox) == 1
    await house.call("start_session", kind="dedicated")
    await house.call("stop_session")
    await house.at("10:00", "20:00", "20:30")
    assert texts(inbox)[1:] == [CLEARED]


async def test_a_restart_makes_no_second_reminder_and_the_next_day_has_its_own(
    house: House,
) -> None:
    await house.build("07:30")
    inbox = house.inbox()
    await house.automate("remind", phone=house.phone())
    await house.at("08:00")
    await house.call("start_session", kind="dedicated")
    await house.call("stop_session")
    await house.restart("11:00")
    assert [each for each in texts(inbox)[1:] if each != CLEARED] == []
    sent = len(inbox)
    await house.at("20:00", "2026-11-17 00:00", "2026-11-17 08:00")
    assert [each for each in texts(inbox)[sent:] if each != CLEARED] != []


async def test_a_phone_that_is_gone_is_told_to_the_owner(house: House) -> None:
    """The automation goes on: its button and the next day are not lost."""
    house.has_bad_luck = True
    await house.build("07:30")
    phone = house.phone()
    await house.automate("remind", phone=phone)
    dr.async_get(house.hass).async_remove_device(phone)
    await house.at("08:00")
    assert service_is_missed(house.hass)
    house.check()


# Start


@pytest.mark.parametrize(
    "way", ["button", "input_button", "event", "binary_sensor", "tag", "coming home"]
)
@pytest.mark.parametrize("kind", [None, "warm_up"])
async def test_a_button_a_tag_or_coming_home_prepares_a_walk(
    house: House, way: str, kind: str | None
) -> None:
    """What today asks for, or a kind. It waits for a go, which no automation can say."""
    await house.build()
    pressed = f"{way}.treadmill"
    before, after = {
        "event": ("2026-11-15T10:00:00.000+00:00", "2026-11-16T17:00:00.000+00:00"),
        "binary_sensor": ("off", "on"),
        "coming home": ("not_home", "home"),
    }.get(way, ("unknown", "2026-11-16T17:00:00+00:00"))
    entity = PERSON if way == "coming home" else pressed
    await house.sets(entity, before)
    inputs: dict[str, Any] = {
        "tag": {"tag": "gym-treadmill"},
        "coming home": {"person": PERSON},
    }.get(way, {"buttons": [pressed]})
    await house.automate("start", **inputs | ({"kind": kind} if kind else {}))
    assert house.world.state("sensor.ann_state") == "idle"
    if way == "tag":
        house.hass.bus.async_fire("tag_scanned", {"tag_id": "another"})
        await house.settle()
        assert house.world.state("sensor.ann_state") == "idle"
        house.hass.bus.async_fire("tag_scanned", {"tag_id": "gym-treadmill"})
    else:
        await house.sets(entity, after)
    await house.until_state("ready")
    assert house.world.attribute("sensor.ann_state", "kind") == (kind or "dedicated")


@pytest.mark.parametrize(
    ("entity", "before", "after"),
    [
        ("button.treadmill", "unavailable", "2026-11-15T10:00:00+00:00"),
        ("button.treadmill", "2026-11-15T10:00:00+00:00", "unavailable"),
        ("button.treadmill", "unavailable", "unknown"),
        ("event.treadmill", None, "2026-11-15T10:00:00.000+00:00"),
        ("binary_sensor.treadmill", "on", "off"),
        ("binary_sensor.treadmill", "unavailable", "on"),
        ("binary_sensor.treadmill", "unknown", "on"),
        (PERSON, "unknown", "home"),
        (PERSON, "unavailable", "home"),
        (PERSON, "home", "not_home"),
    ],
)
async def test_what_was_not_pressed_prepares_nothing(
    house: House, entity: str, before: str | None, after: str
) -> None:
    """A button that is let go, and whatever comes back from a restart."""
    await house.build()
    if before is not None:
        await house.sets(entity, before)
    await house.automate(
        "start", **({"person": PERSON} if entity == PERSON else {"buttons": [entity]})
    )
    await house.sets(entity, after)
    assert house.world.state("sensor.ann_state") == "idle"


@pytest.mark.parametrize("but", ["she walked", "Ben walks", "nobody knows"])
async def test_coming_home_prepares_nothing_on_other_days(house: House, but: str) -> None:
    """And nobody hears a refusal: Ann has not asked for anything."""
    running = {"weekdays": ["mon"], "calendar": "calendar.gone"} if but == "nobody knows" else {}
    await house.build(runners=(ANN | {"running": running}, BEN))
    await house.sets(PERSON, "not_home")
    await house.automate("start", person=PERSON)
    if but == "she walked":
        await house.call("log_session", when="2026-11-16 07:00", minutes=8)
    elif but == "Ben walks":
        await house.call("start_session", who="ben", kind="dedicated")
    await house.sets(PERSON, "home")
    assert house.world.state("sensor.ann_state") == "idle"


async def test_coming_home_on_a_running_day_prepares_the_warm_up(house: House) -> None:
    await house.build(runners=(ANN | {"running": {"weekdays": ["mon"]}},))
    await house.sets(PERSON, "not_home")
    await house.automate("start", person=PERSON)
    await house.sets(PERSON, "home")
    await house.until_state("ready")
    assert house.world.attribute("sensor.ann_state", "kind") == "warm_up"


async def test_a_second_press_leaves_the_walk_as_it_is(house: House) -> None:
    await house.build()
    await house.sets("button.treadmill", "unknown")
    await house.automate("start", buttons=["button.treadmill"])
    await house.sets("button.treadmill", "2026-11-16T17:00:00+00:00")
    await house.until_state("ready")
    await house.sets("button.treadmill", "2026-11-16T17:00:05+00:00")
    assert house.world.state("sensor.ann_state") == "ready"
    assert house.world.heard() == ["started"]


async def test_a_button_on_a_day_of_rest_is_refused_and_works_the_next_time(house: House) -> None:
    """Retrowalk says why, and the automation is none the worse for it."""
    house.has_bad_luck = True
    await house.build(runners=(ANN, BEN))
    await house.sets("button.treadmill", "unknown")
    await house.automate("start", buttons=["button.treadmill"])
    await house.call("start_session", who="ben", kind="dedicated")
    await house.sets("button.treadmill", "2026-11-16T17:00:00+00:00")
    assert house.world.state("sensor.ann_state") == "idle"
    await house.call("stop_session", who="ben")
    await house.sets("button.treadmill", "2026-11-16T17:00:05+00:00")
    await house.until_state("ready")


# Say what is in the way


@pytest.fixture
async def gym(house: House) -> str:
    """Return a gym with a door and a mat; nothing is in the way."""
    await house.build(path={"sensors": [DOOR, MAT]})
    await house.sets(DOOR, "off", friendly_name="Door")
    await house.sets(MAT, "off", friendly_name="Mat")
    return house.device("binary_sensor.home_gym_path")


async def walk_until_the_door_opens(house: House) -> None:
    await house.call("start_session", kind="dedicated")
    await house.walk(to="walking_backward")
    await house.sets(DOOR, "on", friendly_name="Door")


async def test_phones_satellites_and_speakers_say_what_is_in_the_way(
    house: House, gym: str
) -> None:
    anns, bens = house.inbox(), house.inbox("ben_s_phone")
    announced, spoken = house.takes("assist_satellite.announce"), house.takes("tts.speak")
    await house.automate(
        "obstacle",
        gym=gym,
        phones=[house.phone(), house.phone("Ben's phone")],
        satellites=["assist_satellite.kitchen", "assist_satellite.hall"],
        speakers=["media_player.kitchen"],
        tts="tts.cloud",
    )
    await house.sets(DOOR, "on", friendly_name="Door")
    assert anns == []
    await house.sets(MAT, "unavailable", friendly_name="Mat")
    await house.call("start_session", kind="dedicated")
    for inbox in (anns, bens):
        (alert,) = inbox
        assert alert.data["title"] == "Home gym: the path is not clear"
        assert alert.data["message"] == "In the way: Door, Mat (no signal)"
        assert alert.data["data"]["ttl"] == 0
        assert alert.data["data"]["priority"] == "high"
    said = "The path is not clear. In the way: Door, Mat (no signal)"
    (announcement,) = announced
    assert announcement.data["message"] == said
    assert announcement.data["entity_id"] == ["assist_satellite.kitchen", "assist_satellite.hall"]
    (speech,) = spoken
    assert speech.data["message"] == said
    assert speech.data["entity_id"] == ["tts.cloud"]
    assert speech.data["media_player_entity_id"] == ["media_player.kitchen"]


@pytest.mark.parametrize("by", ["the door", "the end"])
async def test_the_alert_goes_when_the_path_is_clear_and_when_the_session_ends(
    house: House, gym: str, by: str
) -> None:
    inbox = house.inbox()
    await house.automate("obstacle", gym=gym, phones=[house.phone()])
    await walk_until_the_door_opens(house)
    assert texts(inbox) == ["In the way: Door"]
    if by == "the door":
        await house.sets(DOOR, "off", friendly_name="Door")
    else:
        await house.call("stop_session")
    assert texts(inbox)[1:] == [CLEARED]
    assert len(tags(inbox)) == 1


async def test_one_that_fails_keeps_nobody_from_being_told(house: House, gym: str) -> None:
    """A phone that is gone, one that fails, a satellite that fails; and all is taken back."""
    house.has_bad_luck = True
    house.takes("notify.mobile_app_old_phone", error=HomeAssistantError("no"))
    house.takes("assist_satellite.announce", error=HomeAssistantError("no"))
    inbox, spoken = house.inbox(), house.takes("tts.speak")
    gone = house.phone("Gone")
    await house.automate(
        "obstacle",
        gym=gym,
        phones=[gone, house.phone("Old phone"), house.phone()],
        satellites=["assist_satellite.kitchen"],
        speakers=["media_player.kitchen"],
        tts="tts.cloud",
    )
    dr.async_get(house.hass).async_remove_device(gone)
    await walk_until_the_door_opens(house)
    assert texts(inbox) == ["In the way: Door"]
    assert len(spoken) == 1
    await house.call("stop_session")
    assert texts(inbox)[1:] == [CLEARED]


async def test_a_long_announcement_keeps_no_alert_on_a_phone(house: House, gym: str) -> None:
    inbox = house.inbox()

    async def speak(_call: ServiceCall) -> None:
        await asyncio.Event().wait()

    house.hass.services.async_register("assist_satellite", "announce", speak)
    await house.automate(
        "obstacle", gym=gym, phones=[house.phone()], satellites=["assist_satellite.kitchen"]
    )
    await walk_until_the_door_opens(house)
    assert texts(inbox) == ["In the way: Door"]
    await house.sets(DOOR, "off", friendly_name="Door")
    assert texts(inbox)[1:] == [CLEARED]


@pytest.mark.parametrize("meanwhile", ["nothing", "the door is closed", "an hour goes by"])
async def test_after_a_restart_an_alert_stays_for_as_long_as_it_holds(
    house: House, gym: str, meanwhile: str
) -> None:
    inbox = house.inbox()
    await house.automate("obstacle", gym=gym, phones=[house.phone()])
    await walk_until_the_door_opens(house)
    await house.go_down()
    if meanwhile == "the door is closed":
        await house.sets(DOOR, "off", friendly_name="Door")
    await house.come_up("10:05" if meanwhile == "an hour goes by" else None)
    held = [each for each in texts(inbox)[1:] if each != CLEARED]
    assert (CLEARED in texts(inbox)) == (meanwhile != "nothing")
    assert held in ([], ["In the way: Door"])
    await house.call("stop_session")
    assert texts(inbox)[-1] == CLEARED


async def test_without_phones_and_speakers_nothing_is_said(house: House, gym: str) -> None:
    """A speaker has no voice of its own."""
    spoken = house.takes("tts.speak")
    await house.automate("obstacle", gym=gym, speakers=["media_player.kitchen"])
    await walk_until_the_door_opens(house)
    await house.call("stop_session")
    assert spoken == []


# Prepare more of the room

FAN_ON, FAN_OFF = {"action": "fan.turn_on"}, {"action": "fan.turn_off"}


@pytest.mark.parametrize("end", ["finished", "stopped", "interrupted"])
async def test_more_is_prepared_when_a_session_begins_and_put_back_when_it_ends(
    house: House, end: str
) -> None:
    """However it ends, and also where Home Assistant was restarted in between."""
    await house.build(runners=(ANN, BEN))
    on, off = house.takes("fan.turn_on"), house.takes("fan.turn_off")
    await house.automate("prepare", runner=[house.device()], before=[FAN_ON], afterwards=[FAN_OFF])
    await house.call("start_session", who="ben", kind="warm_up")
    await house.call("stop_session", who="ben")
    assert (len(on), len(off)) == (0, 0)
    await house.call("start_session", kind="warm_up")
    assert (len(on), len(off)) == (1, 0)
    await house.walk(to="walking_backward")
    if end == "finished":
        await house.restart()
        await house.walk(to="idle")
    elif end == "stopped":
        await house.restart()
        await house.call("stop_session")
    else:
        await house.restart("11:00")
    await house.until(lambda: house.world.heard()[-1:] == [end])
    await house.settle()
    assert (len(on), len(off)) == (1, 1)


async def test_for_several_runners_and_with_nothing_to_put_back(house: House) -> None:
    await house.build(runners=(ANN, BEN))
    on = house.takes("fan.turn_on")
    both = [house.device(), house.device("switch.ben_session")]
    await house.automate("prepare", runner=both, before=[FAN_ON])
    for who in ("ann", "ben"):
        await house.call("start_session", who=who, kind="warm_up")
        await house.call("stop_session", who=who)
    assert len(on) == 2


async def test_what_is_still_being_prepared_when_a_session_ends_is_cut_short(house: House) -> None:
    await house.build()
    on, off = house.takes("fan.turn_on"), house.takes("fan.turn_off")
    later = [{"delay": {"minutes": 5}}, FAN_ON]
    await house.automate("prepare", runner=[house.device()], before=later, afterwards=[FAN_OFF])
    await house.call("start_session", kind="warm_up")
    await house.call("stop_session")
    await house.at("09:10")
    assert (len(on), len(off)) == (0, 1)


# Ask how the knees are

WALK = "2026-11-15 18:00"
"""Sunday evening."""


async def walk_the_evening_before(house: House, when: str = WALK) -> str:
    """Build a gym at five in the morning, with a walk of Sunday; return its id."""
    await house.build("05:00")
    await house.call("log_session", when=when, minutes=8)
    (walk,) = await house.walks_of()
    return str(walk["session_id"])


@pytest.mark.parametrize(("button", "pain"), [(0, 2), (1, 3), (2, 5)])
@pytest.mark.parametrize("restart", [False, True])
async def test_the_answer_of_a_button_is_the_pain_of_the_morning_after(
    house: House, button: int, pain: int, *, restart: bool
) -> None:
    """As usual, a little worse, worse than usual; also where she has walked again meanwhile."""
    walk = await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone(), usual=2)
    await house.at("06:59")
    assert inbox == []
    await house.at("07:00")
    (question,) = inbox
    assert question.data["title"] == "How are the knees?"
    assert question.data["message"] == "Ann, after yesterday's walk."
    if restart:
        await house.restart("07:30")
    await house.at("09:00")
    await house.call("log_session", when="2026-11-16 08:00", minutes=2)
    await house.press("another")
    await house.press(buttons(question)[button])
    assert texts(inbox)[1:] == [CLEARED]
    assert len(tags(inbox)) == 1
    first, second = await house.walks_of()
    assert first["session_id"] == walk
    assert (first["next_pain"], first["pain"]) == (pain, None)
    assert (second.get("next_pain"), second["pain"]) == (None, None)


@pytest.mark.parametrize(
    "why", ["no walk", "walked long ago", "walked this morning", "answered", "swollen"]
)
async def test_nobody_is_asked_without_a_reason(house: House, why: str) -> None:
    await house.build("05:00")
    if why != "no walk":
        days = {"walked long ago": "2026-11-14 18:00", "walked this morning": "2026-11-16 04:00"}
        await house.call("log_session", when=days.get(why, WALK), minutes=8)
    if why == "answered":
        await house.call("check_in", pain=0)
    elif why == "swollen":
        await house.call("check_in", swelling=True)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00")
    await house.at("12:00")
    assert inbox == []


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("how", ["in another way", "not at all"])
async def test_the_question_goes_when_it_is_answered_and_at_noon(
    house: House, how: str, *, restart: bool
) -> None:
    await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00")
    if restart:
        await house.restart("07:30")
    assert len(inbox) == 1
    if how == "in another way":
        await house.call("check_in", pain=1)
        await house.at("07:35:01")
    else:
        await house.at("08:00", "11:59")
        assert len(inbox) == 1
        await house.at("12:00")
    assert texts(inbox)[1:] == [CLEARED]
    await house.at("13:00")
    assert len(inbox) == 2


@pytest.mark.parametrize("up", ["09:00", "13:00"])
@pytest.mark.parametrize("gym_first", [False, True])
async def test_a_question_that_was_missed_is_asked_until_noon(
    house: House, up: str, *, gym_first: bool
) -> None:
    """Down from six on."""
    await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("06:00")
    await house.restart(up, gym_first=gym_first)
    assert len(inbox) == (up == "09:00")


async def test_a_question_that_nobody_took_back_at_noon_is_taken_back_later(
    house: House,
) -> None:
    """Down from eight on. The button that was left on the phone says nothing of any walk."""
    await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00")
    question = inbox[0]
    await house.restart("2026-11-17 06:00")
    assert texts(inbox)[1:] == [CLEARED]
    await house.press(buttons(question)[2])
    (walk,) = await house.walks_of()
    assert "next_pain" not in walk


async def test_an_answer_after_noon_counts_on_the_same_day(house: House) -> None:
    """The phone was off at noon, and still shows the question."""
    await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00", "12:00", "13:00")
    await house.press("another")
    assert len(inbox) == 2
    await house.press(buttons(inbox[0])[1])
    assert texts(inbox)[2:] == [CLEARED]
    (walk,) = await house.walks_of()
    assert walk["next_pain"] == 1


async def test_a_walk_over_midnight_is_asked_about_on_the_next_day(house: House) -> None:
    """What is said on the day on which it ended is about the walk itself."""
    walk = await walk_the_evening_before(house, "2026-11-15 23:55")
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00", "12:00")
    assert inbox == []
    await house.at("2026-11-17 00:00", "2026-11-17 07:00")
    await house.press(buttons(inbox[0])[1])
    (kept,) = await house.walks_of()
    assert kept["session_id"] == walk
    assert kept["next_pain"] == 1


async def test_a_walk_that_is_deleted_is_asked_about_no_more(house: House) -> None:
    walk = await walk_the_evening_before(house)
    inbox = house.inbox()
    await house.automate("check_in", phone=house.phone())
    await house.at("07:00")
    await house.call("delete_session", session_id=walk)
    await house.press(buttons(inbox[0])[0])
    assert texts(inbox)[1:] == [CLEARED]


@pytest.mark.parametrize("blueprint", ["remind", "check_in"])
async def test_a_press_is_heard_while_the_message_is_still_being_sent(
    house: House, blueprint: str
) -> None:
    """A phone shows it before the cloud has said so. Nothing else cuts the sending short."""
    walk = await walk_the_evening_before(house)
    if blueprint == "remind":
        await house.call("delete_session", session_id=walk)
    sent: list[ServiceCall] = []
    cut_short: list[str] = []

    async def send_slowly(call: ServiceCall) -> None:
        sent.append(call)
        if call.data["message"] != CLEARED:
            try:
                await asyncio.Event().wait()
            finally:
                cut_short.append(blueprint)

    house.hass.services.async_register("notify", "mobile_app_ann_s_phone", send_slowly)
    await house.automate(blueprint, phone=house.phone())
    await house.at("07:00", "08:00")
    house.hass.bus.async_fire("automation_reloaded")
    await house.press("another")
    assert cut_short == []
    await house.press(buttons(sent[0])[0])
    assert texts(sent)[1:] == [CLEARED]
    if blueprint == "remind":
        await house.until_state("ready")
    else:
        assert [each["next_pain"] for each in await house.walks_of()] == [0]


# Sum up the week


async def test_the_week_is_summed_up_on_its_day(house: House) -> None:
    await house.build("08:00")
    inbox = house.inbox()
    await house.automate("weekly", phone=house.phone(), weekday="mon", at="19:00:00")
    await house.call("log_session", when="2026-11-16 07:00", minutes=8.5)
    await house.at("18:59")
    assert inbox == []
    await house.at("19:00")
    (week,) = inbox
    assert week.data["title"] == "Ann: the week"
    assert week.data["message"] == "8.5 of 30 minutes backward, in 1 walk."
    await house.restart("20:00")
    await house.at("2026-11-17 19:00")
    assert len(inbox) == 1


async def test_weeks_that_met_their_goal_are_counted(house: House) -> None:
    """On Sunday at seven, where nobody chose anything else."""
    await house.build("08:00")
    inbox = house.inbox()
    await house.automate("weekly", phone=house.phone())
    for when, minutes in (("2026-11-13 07:00", 32), ("2026-11-16 07:00", 20)):
        await house.call("log_session", when=when, minutes=minutes)
    await house.at("2026-11-21 19:00")
    assert inbox == []
    await house.at("2026-11-22 18:00")
    await house.call("log_session", when="2026-11-22 07:00", minutes=10)
    await house.at("2026-11-22 19:00")
    assert texts(inbox) == [
        "30 of 30 minutes backward, in 2 walks. The goal is met. Weeks in a row that met it: 2."
    ]


@pytest.mark.parametrize("quiet", [False, True])
async def test_a_week_without_a_walk_is_passed_over_only_if_its_owner_says_so(
    house: House, *, quiet: bool
) -> None:
    await house.build("08:00")
    inbox = house.inbox()
    await house.automate("weekly", phone=house.phone(), weekday="mon", quiet=quiet)
    await house.at("19:00")
    assert texts(inbox) == ["0 of 30 minutes backward, in 0 walks."] * (not quiet)


@pytest.mark.parametrize(("up", "comes"), [("18:00", 0), ("21:00", 1), ("2026-11-17 08:00", 0)])
async def test_a_week_that_was_missed_is_summed_up_on_the_same_day(
    house: House, up: str, comes: int
) -> None:
    await house.build("08:00")
    inbox = house.inbox()
    await house.automate("weekly", phone=house.phone(), weekday="mon")
    await house.restart(up)
    assert len(inbox) == comes


# Show a walk on the lock screen


def shown(inbox: list[ServiceCall]) -> list[tuple[str, bool]]:
    """Return what a lock screen has shown, and whether it counted down."""
    return [(each.data["message"], "chronometer" in each.data["data"]) for each in inbox]


async def live(house: House, **gym: Any) -> list[ServiceCall]:
    """Return what a phone shows of walks."""
    await house.build(**gym)
    inbox = house.inbox()
    await house.automate("live", phone=house.phone())
    assert inbox == []
    return inbox


async def test_the_lock_screen_shows_each_phase_what_comes_next_and_when(house: House) -> None:
    """On a treadmill. A phase that is followed by another of the same State is shown too."""
    inbox = await live(house, surface="treadmill")
    await house.call("start_session", kind="dedicated")
    ends: list[int] = []
    while (state := house.world.state("sensor.ann_state")) != "idle":
        if state in ("walking_backward", "walking_forward", "resting"):
            ends.append(int(house.world.attribute("sensor.ann_state", "phase_ends").timestamp()))
        if state == "turning":
            await house.pass_a_second()
            await house.pass_a_second()
            await house.call("go")
        else:
            await house.pass_a_second()
    await house.until(lambda: texts(inbox)[-1:] == [CLEARED])
    assert shown(inbox) == [
        ("Preparing. Next: Forward walk.", False),
        ("Forward walk. Next: Turn.", True),
        ("Turn round, then say go. Next: Slow start.", False),
        ("Slow start. Next: Backward walk.", True),
        ("Backward walk. Next: Rest.", True),
        ("Rest. Next: Backward walk.", True),
        ("Backward walk. Next: Turn.", True),
        ("Turn round, then say go. Next: Easy finish.", False),
        ("Easy finish.", True),
        (CLEARED, False),
    ]
    whens = [each.data["data"].get("when") for each in inbox]
    assert [each for each in whens if each is not None] == list(dict.fromkeys(ends))


async def test_a_live_activity_is_quiet_and_has_a_tag_that_phones_take(house: House) -> None:
    inbox = await live(house)
    await house.call("start_session", kind="dedicated", minutes=10)
    await house.walk(to="resting")
    (tag,) = tags(inbox)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tag)
    for each in inbox:
        assert each.data["title"] == "Ann: Dedicated"
        data = each.data["data"]
        assert (data["live_update"], data["alert_once"]) == (True, True)
        assert data["push"] == {"sound": "none", "interruption-level": "passive"}
        assert (data["channel"], data["importance"]) == ("Retrowalk", "low")
    first = next(each.data["data"] for each in inbox if "progress" in each.data["data"])
    assert (first["progress"], first["progress_max"]) == (1, 2)


async def test_a_pause_does_not_count_down_and_what_is_longer_counts_anew(house: House) -> None:
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    await house.walk(to="walking_backward")
    await house.call("pause_session")
    assert shown(inbox)[-1] == ("Paused: You paused it.", False)
    await house.call("resume_session")
    await house.walk(to="walking_backward")
    assert shown(inbox)[-1] == ("Backward walk.", True)
    before = inbox[-1].data["data"]["when"]
    await house.call("extend_phase", by=60)
    assert inbox[-1].data["data"]["when"] == before + 60
    await house.call("stop_session")
    assert texts(inbox)[-1] == CLEARED
    assert texts(inbox).count(CLEARED) == 1


@pytest.mark.parametrize("gym_first", [False, True])
async def test_a_walk_that_goes_on_after_a_restart_is_shown_on(
    house: House, *, gym_first: bool
) -> None:
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    await house.walk(to="walking_backward")
    await house.restart(gym_first=gym_first)
    sent = len(inbox)
    await house.walk(to="walking_backward")
    await house.pass_a_second()
    assert len(inbox) > sent
    assert shown(inbox)[-1] == ("Backward walk.", True)
    await house.walk(to="idle")
    await house.until(lambda: texts(inbox)[-1] == CLEARED)


@pytest.mark.parametrize("gym_first", [False, True])
async def test_a_walk_that_ended_with_a_restart_is_shown_no_more(
    house: House, *, gym_first: bool
) -> None:
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    await house.walk(to="walking_backward")
    await house.restart("11:00", gym_first=gym_first)
    await house.until(lambda: texts(inbox)[-1] == CLEARED)
    assert len(tags(inbox)) == 1


async def test_a_rehearsal_is_not_shown(house: House) -> None:
    inbox = await live(house)
    await house.call("rehearse", kind="warm_up")
    await house.walk(to="idle")
    await house.settle()
    assert inbox == []


async def test_a_phone_that_fails_once_shows_the_next_change(house: House) -> None:
    house.has_bad_luck = True
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    failed = house.takes("notify.mobile_app_ann_s_phone", error=HomeAssistantError("no"))
    await house.walk(to="walking_backward")
    assert shown(failed)[-1] == ("Backward walk.", True)
    inbox = house.inbox()
    await house.call("extend_phase", by=60)
    assert shown(inbox) == [("Backward walk.", True)]
    await house.call("stop_session")
    assert texts(inbox)[-1] == CLEARED


@pytest.mark.parametrize("end", ["finished", "stopped"])
@pytest.mark.parametrize("back_for", ["the next phase", "the end"])
async def test_a_phone_that_was_away_is_shown_what_comes(
    house: House, back_for: str, end: str
) -> None:
    """Its action was not there: that ends the run."""
    house.has_bad_luck = True
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    house.hass.services.async_remove("notify", "mobile_app_ann_s_phone")
    await house.walk(to="walking_forward")
    if back_for == "the end":
        await house.walk(to="walking_backward")
    inbox = house.inbox()
    await house.walk(to="walking_backward")
    if back_for == "the next phase":
        assert shown(inbox) == [("Backward walk.", True)]
    assert service_is_missed(house.hass)
    if end == "finished":
        await house.walk(to="idle")
    else:
        await house.call("stop_session")
    await house.until(lambda: texts(inbox)[-1:] == [CLEARED])


async def test_a_walk_on_a_treadmill_stands_paused_after_a_restart(house: House) -> None:
    inbox = await live(house, surface="treadmill")
    await house.call("start_session", kind="warm_up")
    await house.walk(to="walking_backward")
    sent = len(inbox)
    await house.restart()
    message = "Paused: Home Assistant was restarted or asleep."
    assert shown(inbox)[sent:] == [(message, False)]


@pytest.mark.parametrize("end", [False, True])
async def test_an_automation_that_is_changed_in_a_walk_follows_it_on(
    house: House, *, end: bool
) -> None:
    """Or takes back what it has shown, if the walk is over by then."""
    inbox = await live(house)
    await house.call("start_session", kind="warm_up")
    await house.walk(to="walking_backward")
    sent = len(inbox)
    await house.reload([])
    if end:
        await house.call("stop_session")
    await house.reload()
    assert shown(inbox)[sent:] == [(CLEARED, False) if end else ("Backward walk.", True)]


def service_is_missed(hass: HomeAssistant) -> bool:
    """Return whether the owner is told that an action is not there."""
    issues = ir.async_get(hass).issues
    return any("service_not_found" in each for _, each in issues)
