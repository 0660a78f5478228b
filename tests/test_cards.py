"""What the cards are sent, and the file that they come in."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.retrowalk import frontend
from custom_components.retrowalk.const import DOMAIN
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .conftest import RUNNERS, MakeWorld, World
from .gym.conftest import (
    MakeTreadmill,
    make_treadmill as make_treadmill,  # noqa: PLC0414 - a fixture
)
from .treadmills import Fault, Shape

DOOR = "binary_sensor.door"
ANN = RUNNERS[0]


class Screen:
    """A card on some screen: the pictures that it was sent."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.error: dict[str, Any] | None = None

    async def look(self, world: World, command: str = "session", **more: Any) -> dict[str, Any]:
        """Begin to look at Ann; returns the first picture, {} where there is an error."""
        device = device_of(world)
        message = {"type": f"retrowalk/{command}", "device_id": device, **more}
        await self.client.send_json_auto_id(message)
        answer = await self.client.receive_json()
        if not answer["success"]:
            self.error = answer["error"]
            return {}
        return await self.next()

    async def next(self) -> dict[str, Any]:
        """Return the next picture."""
        message: dict[str, Any] = await self.client.receive_json(timeout=1)
        return dict(message["event"])

    async def latest(self) -> dict[str, Any]:
        """Return the last picture of those that were sent."""
        picture = await self.next()
        while True:
            try:
                picture = await self.next()
            except TimeoutError:
                return picture


type MakeScreen = Callable[..., Awaitable[Screen]]


@pytest.fixture
def make_screen(hass_ws_client: WebSocketGenerator) -> MakeScreen:
    async def make(*arguments: Any) -> Screen:
        return Screen(await hass_ws_client(*arguments))

    return make


@pytest.fixture
async def screen(hass: HomeAssistant, make_screen: MakeScreen) -> Screen:
    return await make_screen(hass)


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld) -> World:
    hass.states.async_set(DOOR, "off", {"friendly_name": "Side door", "device_class": "door"})
    return await make_world(surface="lane", path={"sensors": [DOOR]}, runners=RUNNERS)


def device_of(world: World, name: str = "Ann") -> str:
    runner = next(each for each in world.entry.subentries.values() if each.title == name)
    devices = dr.async_get(world.hass)
    device = devices.async_get_device_by_identifier(
        (DOMAIN, runner.subentry_id), world.entry.entry_id
    )
    assert device is not None
    return device.id


def ms(world: World) -> int:
    return round(world.clocks.now.timestamp() * 1000)


# What is going on


async def test_idle_shows_what_today_asks_for_and_what_else_could_be_started(
    world: World, screen: Screen
) -> None:
    picture = await screen.look(world)
    assert picture["now"] == ms(world)
    assert (picture["runner"], picture["state"], picture["session"]) == ("Ann", "idle", None)
    assert picture["switch"] == "switch.ann_session"
    assert not picture["is_alone"]
    assert picture["may_control"]
    assert picture["week"] == {"minutes": 0, "goal": ANN["weekly_goal"]}
    today = picture["today"]
    starts = [today["walk"], *today["others"]]
    assert all(each["minutes"] > each["backward"] > 0 for each in starts)
    assert len({each["kind"] for each in starts}) == len(starts)
    assert today["reasons"]
    assert all(each.endswith(".") for each in today["reasons"])


async def test_reasons_are_in_the_words_of_whoever_looks(world: World, screen: Screen) -> None:
    german = (await screen.look(world, language="de-DE"))["today"]["reasons"]
    english = (await screen.look(world, language="en"))["today"]["reasons"]
    assert len(german) == len(english)
    assert not set(german) & set(english)


async def test_a_walk_is_followed_to_its_end(
    hass: HomeAssistant, world: World, make_screen: MakeScreen
) -> None:
    """Red when: a state comes without the instant to count down to, or the ring has no length."""
    screen = await make_screen(hass)
    await screen.look(world)
    await world.call("start_session", {"kind": "dedicated"})
    picture = await screen.latest()
    session = picture["session"]
    assert picture["state"] == "get_ready"
    assert (session["kind"], session["index"], session["length"]) == ("dedicated", 0, 5)
    assert session["ends"] - ms(world) == pytest.approx(5000, abs=50)
    await world.walk(to="walking_backward")
    screen = await make_screen(hass)  # a socket is closed where hands move the clock that far
    session = (await screen.look(world))["session"]
    phase = session["phases"][session["index"]]
    assert phase["motion"] == "backward"
    assert session["length"] == phase["seconds"]
    assert session["ends"] - ms(world) == pytest.approx(phase["seconds"] * 1000, abs=1100)
    assert session["next"] == session["phases"][session["index"] + 1]
    await world.clocks.move(30)
    screen = await make_screen(hass)
    await screen.look(world)
    await world.call("pause_session")
    picture = await screen.latest()
    session = picture["session"]
    assert (picture["state"], session["reason"]) == ("paused", "asked")
    assert session["reason_text"] == "You paused it"
    assert session["left"] == pytest.approx(phase["seconds"] - 30, abs=1.1)
    await world.call("stop_session")
    picture = await screen.latest()
    assert (picture["state"], picture["session"]) == ("idle", None)
    last = picture["last"]
    assert last["minutes"] == pytest.approx(0.5, abs=0.05)
    assert last["effort"] is None
    assert last["ended"] <= picture["now"]


async def test_what_waits_for_a_go_says_so(
    hass: HomeAssistant, make_treadmill: MakeTreadmill, make_screen: MakeScreen
) -> None:
    """In a turn of a moved belt, and how long it is waited for."""
    world, _machine = await make_treadmill(Shape.SWITCH_AND_NUMBERS, runners=RUNNERS)
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(3)
    screen = await make_screen(hass)
    picture = await screen.look(world)
    assert (picture["state"], picture["session"]["waits_for_go"]) == ("ready", True)
    await world.call("go")
    await world.walk(to="turning")
    screen = await make_screen(hass)
    session = (await screen.look(world))["session"]
    assert session["waits_for_go"]
    assert session["length"] == 180
    assert session["ends"] - ms(world) == pytest.approx(180_000, abs=5000)
    await world.clocks.move(15)
    screen = await make_screen(hass)
    assert (await screen.look(world))["belt_stands"]
    await world.call("stop_session")


async def test_a_stop_that_failed_is_told_with_what_was_done(
    hass: HomeAssistant, make_treadmill: MakeTreadmill, make_screen: MakeScreen
) -> None:
    world, machine = await make_treadmill(Shape.SWITCH_AND_NUMBERS, runners=RUNNERS)
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(3)
    await world.call("go")
    await world.walk(to="walking_forward")
    await world.clocks.move(10)
    machine.misbehave(Fault.STUCK)
    await world.call("stop_session")
    await world.clocks.move(20)
    screen = await make_screen(hass)
    failed = (await screen.look(world))["failed_stop"]
    assert failed["times"] >= 3
    assert not failed["plug_told"]
    await hass.services.async_call("retrowalk", "stop_everything", blocking=False)
    assert (await screen.latest())["failed_stop"]["times"] > failed["times"]
    machine.misbehave()
    machine.pull_clip()
    await world.clocks.move(20)
    screen = await make_screen(hass)
    assert (await screen.look(world))["failed_stop"] is None


async def test_what_is_in_the_way_is_named_and_goes_again(world: World, screen: Screen) -> None:
    assert (await screen.look(world))["blockers"] == []
    world.hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    blocked = {"entity": DOOR, "name": "Side door", "reason": "obstructed"}
    assert (await screen.next())["blockers"] == [blocked]
    await world.call("start_session", {"kind": "dedicated"})
    picture = await screen.latest()
    assert (picture["state"], picture["session"]["reason"]) == ("preparing", "path_blocked")
    assert picture["session"]["length"] == 120
    world.hass.states.async_set(DOOR, "off", {"friendly_name": "Side door"})
    assert (await screen.latest())["state"] == "get_ready"
    await world.call("stop_session")


async def test_nothing_is_sent_while_nothing_of_it_changes(world: World, screen: Screen) -> None:
    await screen.look(world)
    for number in range(20):
        world.hass.states.async_set("sensor.other", str(number))
    world.entry.runtime_data.show()
    with pytest.raises(TimeoutError):
        await screen.next()


async def test_what_a_walk_passes_over_does_not_block_it(
    hass: HomeAssistant, make_world: MakeWorld, make_screen: MakeScreen
) -> None:
    """A sensor that sees the walker, and one that a forced start has passed over."""
    motion = "binary_sensor.motion"
    for each in (DOOR, motion):
        hass.states.async_set(each, "off")
    world = await make_world(
        surface="lane",
        path={"sensors": [DOOR, motion], "also_sees_me": [motion]},
        runners=RUNNERS,
    )
    hass.states.async_set(DOOR, "on")
    screen = await make_screen(hass)
    await screen.look(world)
    await world.call("start_session", {"kind": "dedicated", "force": True})
    await world.clocks.move(1)
    hass.states.async_set(motion, "on")
    await world.call("pause_session")
    picture = await screen.latest()
    assert (picture["state"], picture["blockers"]) == ("paused", [])
    await world.call("stop_session")


async def test_another_runner_in_the_gym_is_named(world: World, screen: Screen) -> None:
    await screen.look(world)
    await world.call("start_session", {"kind": "dedicated"}, who="switch.ben_session")
    assert (await screen.latest())["held_by"] == "Ben"
    await world.call("stop_session", who="switch.ben_session")


# The week


async def test_the_week_has_its_days_its_walks_and_the_weeks_before(
    world: World, screen: Screen
) -> None:
    await world.call("log_session", {"when": "2026-11-10 07:00", "minutes": 20})
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8, "effort": 3})
    picture = await screen.look(world, "week")
    assert picture["today"] == "2026-11-16"
    assert picture["week"]["minutes"] == 8
    assert [each["date"] for each in picture["days"]] == [f"2026-11-{n}" for n in range(16, 23)]
    assert picture["days"][0]["minutes"] == 8
    assert len(picture["weeks"]) == 12
    assert [each["minutes"] for each in picture["weeks"][-2:]] == [20, 8]
    assert [each["minutes"] for each in picture["walks"]] == [8, 20]
    assert picture["walks"][0]["effort"] == 3
    assert picture["walks"][0]["stretches"] == [[0, 480]]
    level = picture["level"]
    assert level["number"] == ANN["level"]
    assert {each["key"] for each in level["criteria"]} >= {"sessions", "days", "good_sessions"}
    assert all(0 <= each["done"] <= each["of"] for each in level["criteria"])


async def test_a_walk_that_is_deleted_leaves_the_week(world: World, screen: Screen) -> None:
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    (walk,) = (await screen.look(world, "week"))["walks"]
    await world.call("delete_session", {"session_id": walk["id"]})
    picture = await screen.latest()
    assert (picture["walks"], picture["week"]["minutes"]) == ([], 0)


# Who may look, and what is not there


async def test_whoever_may_not_read_a_runner_sees_nothing(
    world: World, make_screen: MakeScreen, hass_read_only_access_token: str, hass: HomeAssistant
) -> None:
    token = hass.auth.async_validate_access_token(hass_read_only_access_token)
    assert token is not None
    token.user.mock_policy({"entities": {"entity_ids": {"sensor.other": True}}})  # type: ignore[attr-defined]
    screen = await make_screen(hass, hass_read_only_access_token)
    assert await screen.look(world) == {}
    assert screen.error is not None
    assert screen.error["code"] == "unauthorized"


async def test_whoever_may_only_read_sees_what_was_walked_and_not_how_it_felt(
    world: World, make_screen: MakeScreen, hass_read_only_access_token: str, hass: HomeAssistant
) -> None:
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8, "effort": 3})
    screen = await make_screen(hass, hass_read_only_access_token)
    picture = await screen.look(world, "week")
    assert not picture["may_control"]
    assert (picture["walks"][0]["minutes"], picture["walks"][0]["effort"]) == (8, None)


async def test_a_right_that_is_withdrawn_holds_no_longer(
    world: World, make_screen: MakeScreen, hass_read_only_access_token: str, hass: HomeAssistant
) -> None:
    """Also what blocks has no name for those who may not read its sensor."""
    token = hass.auth.async_validate_access_token(hass_read_only_access_token)
    assert token is not None
    token.user.mock_policy({"entities": {"entity_ids": {"switch.ann_session": {"read": True}}}})  # type: ignore[attr-defined]
    screen = await make_screen(hass, hass_read_only_access_token)
    await screen.look(world)
    hass.states.async_set(DOOR, "on", {"friendly_name": "Side door"})
    (blocker,) = (await screen.next())["blockers"]
    assert blocker == {"entity": "", "name": "", "reason": "obstructed"}
    token.user.mock_policy({})  # type: ignore[attr-defined]
    hass.states.async_set(DOOR, "off", {"friendly_name": "Side door"})
    assert (await screen.next())["gone"]


async def test_a_device_that_is_no_runner_is_an_error(world: World, screen: Screen) -> None:
    gym = world.entry.runtime_data.gym_device_id
    for device in (gym, "nobody"):
        await screen.client.send_json_auto_id({"type": "retrowalk/session", "device_id": device})
        assert (await screen.client.receive_json())["error"]["code"] == "not_found"


async def test_a_gym_that_is_reloaded_says_that_it_is_gone(world: World, screen: Screen) -> None:
    """Red when: a card goes on to show what was, and nobody tells it to look again."""
    await screen.look(world)
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    assert (await screen.next())["gone"]
    with pytest.raises(TimeoutError):  # of those who are not there any more nothing is shown
        await screen.next()
    assert (await screen.look(world))["state"] == "idle"


async def test_a_runner_who_is_removed_is_gone(world: World, screen: Screen) -> None:
    await screen.look(world)
    runner = next(each for each in world.entry.subentries.values() if each.title == "Ann")
    world.hass.config_entries.async_remove_subentry(world.entry, runner.subentry_id)
    await world.hass.async_block_till_done()
    assert (await screen.latest())["gone"]


async def test_a_screen_that_goes_leaves_nothing_behind(world: World, screen: Screen) -> None:
    home = world.entry.runtime_data
    runner = next(each for each in home.runners.values() if each.config.name == "Ann")
    before = len(runner._views), len(home.gym._views)
    await screen.look(world)
    assert (len(runner._views), len(home.gym._views)) == (before[0] + 1, before[1] + 1)
    await screen.client.close()
    await world.hass.async_block_till_done()
    assert (len(runner._views), len(home.gym._views)) == before


async def test_a_gym_that_goes_leaves_no_listener_behind(world: World, screen: Screen) -> None:
    """Red when: a screen that looks again for months keeps every gym that there was."""
    await screen.look(world)
    for _ in range(2):
        assert await world.hass.config_entries.async_reload(world.entry.entry_id)
        assert (await screen.latest())["gone"]
        await screen.look(world)
    assert len(world.entry._on_state_change or []) == 1


# The file


def resources(hass: HomeAssistant) -> list[str]:
    return [each["url"] for each in hass.data[LOVELACE_DATA].resources.async_items()]


async def add_resource(hass: HomeAssistant, url: str) -> None:
    kept = hass.data[LOVELACE_DATA].resources
    assert isinstance(kept, ResourceStorageCollection)
    await kept.async_create_item({"res_type": "module", "url": url})


async def test_the_dashboards_know_the_file_while_there_is_a_gym(
    hass: HomeAssistant, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By what is in it: another file is another address, in place of the old one."""
    assert await async_setup_component(hass, "lovelace", {})
    await add_resource(hass, "/local/other.js")
    world = await make_world(runners=RUNNERS)
    other, ours = resources(hass)
    assert other == "/local/other.js"
    assert ours.startswith("/retrowalk/retrowalk.js?v=")
    newer = tmp_path / "retrowalk.js"
    newer.write_text("newer", "utf-8")
    monkeypatch.setattr(frontend, "FILE", newer)
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    assert len(resources(hass)) == 2
    assert resources(hass)[1] not in (ours, other)
    # Two of ours, as an older version may have left them.
    await add_resource(hass, ours)
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    assert len(resources(hass)) == 2
    assert await hass.config_entries.async_remove(world.entry.entry_id)
    assert resources(hass) == ["/local/other.js"]


async def test_dashboards_that_come_later_know_the_file_too(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    await make_world(runners=RUNNERS)
    assert await async_setup_component(hass, "lovelace", {})
    await hass.async_block_till_done()
    assert len(resources(hass)) == 1


async def test_where_resources_are_kept_in_yaml_the_file_comes_with_the_page(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    config = {"lovelace": {"resource_mode": "yaml"}}
    assert await async_setup_component(hass, "frontend", config)  # which brings the dashboards
    world = await make_world(runners=RUNNERS)

    def with_the_page() -> list[str]:
        return [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "retrowalk" in url]

    assert len(with_the_page()) == 1
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    assert len(with_the_page()) == 1
    assert await hass.config_entries.async_remove(world.entry.entry_id)
    assert with_the_page() == []


async def test_a_file_that_is_missing_keeps_nobody_from_walking(
    hass: HomeAssistant, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(frontend, "FILE", tmp_path / "gone.js")
    assert await async_setup_component(hass, "lovelace", {})
    world = await make_world(runners=(ANN,))
    assert world.state("sensor.ann_state") == "idle"
    assert resources(hass) == []


async def test_the_file_is_served(
    hass: HomeAssistant, make_world: MakeWorld, hass_client_no_auth: Any
) -> None:
    await make_world(runners=(ANN,))
    client = await hass_client_no_auth()
    answer = await client.get(frontend.URL)
    assert answer.status == 200
    assert "customCards" in await answer.text()
