"""Repairs: what keeps a belt or a walk back is said, and mended once a person has looked."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_get_persistent_notifications,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.belt import Belt
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .conftest import MONDAY, MakeWorld, World

STATE = "sensor.ann_state"
PATH = "binary_sensor.home_gym_path"
DOOR, MAT, ROBOT = "binary_sensor.door", "binary_sensor.mat", "vacuum.robot"
SWITCH, NUMBER, SPEED = "switch.belt", "number.belt_speed", "sensor.belt_speed"
MOVED: dict[str, Any] = {
    "start": SWITCH,
    "speed": NUMBER,
    "speed_sensor": SPEED,
    "may_move": True,
}


def issues(world: World) -> dict[str, ir.IssueEntry]:
    """Return what Home Assistant's repairs list: its key and the rest."""
    registry = ir.async_get(world.hass)
    return {each.translation_key or "": each for each in registry.issues.values() if each.active}


def placeholders(world: World, key: str) -> dict[str, str] | None:
    return issues(world)[key].translation_placeholders


class Repairs:
    """Home Assistant's own flow, as the frontend walks it."""

    def __init__(self, hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
        self._hass = hass
        self._hass_client = hass_client

    async def open(self, issue_id: str) -> dict[str, Any]:
        """Open the form of an issue."""
        assert await async_setup_component(self._hass, "repairs", {})
        data = {"handler": DOMAIN, "issue_id": issue_id}
        form = await self._post("/api/repairs/issues/fix", data)
        assert (form["type"], form["step_id"]) == ("form", "confirm")
        return form

    async def confirm(self, form: dict[str, Any]) -> None:
        """Confirm it."""
        done = await self._post(f"/api/repairs/issues/fix/{form['flow_id']}", {})
        assert done["type"] == "create_entry"
        await self._hass.async_block_till_done()

    async def _post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        response = await (await self._hass_client()).post(path, json=data)
        assert response.status == HTTPStatus.OK, await response.text()
        result: dict[str, Any] = await response.json()
        return result


@pytest.fixture
def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Repairs:
    return Repairs(hass, hass_client)


@pytest.fixture
def belt(hass: HomeAssistant) -> None:
    """Let Home Assistant know a belt that stands."""
    hass.states.async_set(SWITCH, "off")
    kmh = {"unit_of_measurement": "km/h"}
    hass.states.async_set(NUMBER, "1", kmh | {"min": 0.5, "max": 12, "step": 0.1})
    hass.states.async_set(SPEED, "0", kmh)


# A belt that did not do what it was told


@pytest.fixture
async def deaf(
    hass: HomeAssistant, make_world: MakeWorld, belt: None
) -> tuple[World, list[ServiceCall]]:
    """Return a gym whose belt takes its start and does nothing, and the starts it was told."""
    world = await make_world(treadmill=MOVED)
    starts: list[ServiceCall] = async_mock_service(hass, "switch", "turn_on")
    async_mock_service(hass, "switch", "turn_off")
    async_mock_service(hass, "number", "set_value")
    world.clocks.step_s = 1
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(2)
    await world.call("go")
    await world.clocks.move(30)
    assert world.state(STATE) == "paused"
    return world, starts


def belt_of(world: World) -> Belt:
    belt: Belt = world.entry.runtime_data.gym.belt
    return belt


async def test_a_belt_that_does_not_start_is_an_issue_until_a_person_lets_it_try_again(
    deaf: tuple[World, list[ServiceCall]], repairs: Repairs
) -> None:
    """The next go starts it again. Red when the flow ends and the belt is left alone all the same.

    Nothing changes before it is confirmed.
    """
    world, starts = deaf
    assert len(starts) == 1
    assert placeholders(world, "belt_failing") == {"gym": "Home gym"}
    assert issues(world)["belt_failing"].is_fixable
    form = await repairs.open(f"belt_failing_{world.entry.entry_id}")
    assert (belt_of(world).moves, "belt_failing" in issues(world)) == (False, True)
    assert len(async_get_persistent_notifications(world.hass)) == 1

    await repairs.confirm(form)
    assert belt_of(world).profile.failing == frozenset()
    assert belt_of(world).moves
    assert "belt_failing" not in issues(world)
    assert not async_get_persistent_notifications(world.hass)
    await world.call("go")
    await world.clocks.move(6)
    assert len(starts) == 2
    await world.call("stop_session")


async def test_a_restart_forgets_neither_that_a_belt_failed_nor_that_it_may_try_again(
    deaf: tuple[World, list[ServiceCall]], repairs: Repairs
) -> None:
    """Red when a set-up clears the issue, or what was confirmed is not on the disk."""
    world, _ = deaf
    await world.call("stop_session")
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert "belt_failing" in issues(world)
    assert not belt_of(world).moves
    await repairs.confirm(await repairs.open(f"belt_failing_{world.entry.entry_id}"))
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert "belt_failing" not in issues(world)
    assert belt_of(world).moves


async def test_other_parts_of_a_treadmill_have_failed_nobody_yet(
    deaf: tuple[World, list[ServiceCall]],
) -> None:
    """Red when the issue of a belt stays that its owner has replaced, or comes back for it."""
    world, _ = deaf
    await world.call("stop_session")
    world.hass.states.async_set("switch.other", "off")
    options = world.entry.options | {"treadmill": MOVED | {"start": "switch.other"}}
    world.hass.config_entries.async_update_entry(world.entry, options=options)
    await world.hass.async_block_till_done()
    assert belt_of(world).moves
    assert "belt_failing" not in issues(world)
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert belt_of(world).moves
    assert "belt_failing" not in issues(world)


async def test_an_unload_takes_its_issues_along_and_a_flow_that_is_open_ends_quietly(
    deaf: tuple[World, list[ServiceCall]], repairs: Repairs
) -> None:
    """Red when an issue is left of a gym that is gone, or confirming it then breaks."""
    world, _ = deaf
    await world.call("stop_session")
    unloaded, removed = [
        await repairs.open(f"belt_failing_{world.entry.entry_id}") for _ in range(2)
    ]
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert issues(world) == {}
    await repairs.confirm(unloaded)
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    await repairs.confirm(removed)
    assert issues(world) == {}


# A sensor that never clears


def says(
    hass: HomeAssistant, entity_id: str, state: str, hours_ago: float = 0, **attributes: Any
) -> None:
    """Let a sensor have said something, some hours ago."""
    names = {DOOR: "Side door", ROBOT: "Robot"}
    when = dt_util.utcnow() - timedelta(hours=hours_ago)
    given = {"friendly_name": names.get(entity_id, entity_id)} | attributes
    hass.states.async_set(entity_id, state, given, timestamp=when.timestamp())


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld) -> World:
    """Return a gym whose path is clear."""
    for entity_id, state in ((DOOR, "off"), (MAT, "off"), (ROBOT, "docked")):
        says(hass, entity_id, state, 40)
    return await make_world(
        surface="lane",
        path={
            "sensors": [DOOR, MAT],
            "also_sees_me": [DOOR, MAT],
            "watched": [{"entity": ROBOT, "clear": "docked", "hold": 2}],
        },
    )


async def give_up(world: World) -> None:
    """Start a walk that something keeps from beginning."""
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "preparing"
    await world.clocks.move(122)
    assert world.state(STATE) == "idle"


@pytest.mark.parametrize(("hours", "is_stuck"), [(0, False), (11.99, False), (12.01, True)])
async def test_a_sensor_in_the_way_for_half_a_day_is_an_issue(
    world: World,
    hours: float,
    is_stuck: bool,  # noqa: FBT001
) -> None:
    """Only once it kept a walk from starting. Red when a cat on the mat is one at once."""
    says(world.hass, DOOR, "on", hours)
    await world.hass.async_block_till_done()
    assert issues(world) == {}
    await give_up(world)
    assert issues(world).keys() == ({"sensor_stuck"} if is_stuck else set())
    if is_stuck:
        assert placeholders(world, "sensor_stuck") == {"entity": "Side door", "gym": "Home gym"}
        assert issues(world)["sensor_stuck"].is_fixable


async def test_a_sensor_that_changed_meanwhile_is_not_stuck_and_one_that_only_spoke_is(
    world: World,
) -> None:
    """Red when the time of its last report is taken for that of its change, or the first one is."""
    for state, hours in (("on", 22), ("off", 11), ("on", 10)):
        says(world.hass, DOOR, state, hours)
    await give_up(world)
    assert issues(world) == {}
    for state, hours in (("off", 14), ("on", 13)):
        says(world.hass, DOOR, state, hours)
    says(world.hass, DOOR, "on", battery=80)
    await give_up(world)
    assert issues(world).keys() == {"sensor_stuck"}


@pytest.mark.parametrize("silence", ["unavailable", "unknown"])
async def test_a_sensor_that_is_silent_is_not_stuck(world: World, silence: str) -> None:
    """Its battery wants changing. Red when a person is asked to leave it out."""
    says(world.hass, DOOR, silence, 20)
    await give_up(world)
    assert issues(world) == {}


async def test_a_walk_that_its_runner_stopped_was_kept_back_by_nothing(world: World) -> None:
    says(world.hass, DOOR, "on", 20)
    await world.call("start_session", {"kind": "warm_up"})
    await world.clocks.move(60)
    await world.call("stop_session")
    assert issues(world) == {}


async def test_the_issue_goes_when_the_sensor_clears(world: World) -> None:
    """Red when it stays, or goes with the change of another sensor."""
    says(world.hass, DOOR, "on", 20)
    await give_up(world)
    says(world.hass, MAT, "on")
    says(world.hass, MAT, "off")
    await world.hass.async_block_till_done()
    assert issues(world).keys() == {"sensor_stuck"}
    says(world.hass, DOOR, "off")
    await world.hass.async_block_till_done()
    assert issues(world) == {}


async def test_the_issue_goes_although_nothing_else_looks_at_the_gym(world: World) -> None:
    """Path and Ready are disabled, and a forced walk took the alert away.

    Red when the sensor is listened to for these alone.
    """
    registry = er.async_get(world.hass)
    for entity_id in (PATH, "binary_sensor.ann_ready", "binary_sensor.ben_ready"):
        registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert world.hass.states.get(PATH) is None
    says(world.hass, DOOR, "on", 20)
    await give_up(world)
    await world.call("start_session", {"kind": "warm_up", "force": True})
    await world.call("stop_session")
    assert not async_get_persistent_notifications(world.hass)
    assert issues(world).keys() == {"sensor_stuck"}
    says(world.hass, DOOR, "off")
    await world.hass.async_block_till_done()
    assert issues(world) == {}


async def test_an_unload_takes_the_issue_of_a_sensor_along(world: World) -> None:
    says(world.hass, DOOR, "on", 20)
    await give_up(world)
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert issues(world) == {}


async def test_a_person_leaves_a_sensor_out_and_walks(world: World, repairs: Repairs) -> None:
    """It goes from all that names it, and nothing else does. Red when the path stays blocked.

    Nothing changes before it is confirmed.
    """
    says(world.hass, DOOR, "on", 20)
    await give_up(world)
    before = dict(world.entry.options)
    form = await repairs.open(f"sensor_stuck_{world.entry.entry_id}_{DOOR}")
    assert form["description_placeholders"] == {"entity": "Side door", "gym": "Home gym"}
    assert (dict(world.entry.options), world.state(PATH)) == (before, "on")

    await repairs.confirm(form)
    path = {"sensors": [MAT], "also_sees_me": [MAT], "watched": before["path"]["watched"]}
    assert dict(world.entry.options) == before | {"path": path}
    assert issues(world) == {}
    assert world.state(PATH) == "off"
    assert not async_get_persistent_notifications(world.hass)
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "get_ready"


async def test_what_else_had_to_be_as_it_is_can_be_left_out_too(
    world: World, repairs: Repairs
) -> None:
    """Each stuck one has an issue of its own. Red when only binary sensors are taken out."""
    says(world.hass, DOOR, "on", 20)
    says(world.hass, ROBOT, "error", 20)
    await give_up(world)
    registry = ir.async_get(world.hass)
    ids = {each: f"sensor_stuck_{world.entry.entry_id}_{each}" for each in (DOOR, ROBOT)}
    assert {issue_id for _, issue_id in registry.issues} == {*ids.values()}

    await repairs.confirm(await repairs.open(ids[ROBOT]))
    assert world.entry.options["path"] == {
        "sensors": [DOOR, MAT],
        "also_sees_me": [DOOR, MAT],
        "watched": [],
    }
    assert {issue_id for _, issue_id in registry.issues} == {ids[DOOR]}
    assert [each["entity"] for each in world.attribute(PATH, "blockers")] == [DOOR]


async def test_a_sensor_of_a_gym_that_is_gone_meanwhile_is_left_out_of_nothing(
    world: World, repairs: Repairs
) -> None:
    """Red when confirming what nobody needs any more breaks."""
    says(world.hass, DOOR, "on", 20)
    await give_up(world)
    form = await repairs.open(f"sensor_stuck_{world.entry.entry_id}_{DOOR}")
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    await repairs.confirm(form)
    assert issues(world) == {}


# A stop that was never tested


async def a_gym(make_world: MakeWorld, **treadmill: Any) -> World:
    """Return a gym whose belt stands; it may be moved unless said otherwise."""
    return await make_world(treadmill=MOVED | treadmill)


async def was_tested(world: World, ago: timedelta, *, passed: bool = True) -> None:
    """Let the gym know of a test, and set it up anew."""
    profile = replace(belt_of(world).profile, tested=dt_util.utcnow() - ago, passed=passed)
    belt_of(world).remember(profile)
    await world.hass.async_block_till_done()
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert belt_of(world).profile == profile


@pytest.mark.usefixtures("belt")
async def test_a_stop_that_was_never_tested_is_due_where_the_belt_may_be_moved(
    make_world: MakeWorld,
) -> None:
    """Red when nobody is reminded. A person tests it at the belt, so no flow does."""
    world = await a_gym(make_world)
    assert issues(world).keys() == {"stop_test_due"}
    assert placeholders(world, "stop_test_due") == {"gym": "Home gym"}
    assert not issues(world)["stop_test_due"].is_fixable
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert issues(world) == {}


@pytest.mark.usefixtures("belt")
async def test_without_consent_no_test_is_due(make_world: MakeWorld) -> None:
    """Red when somebody is reminded of a belt that nobody moves."""
    world = await a_gym(make_world, may_move=False)
    assert issues(world) == {}
    for passed in (True, False):
        await was_tested(world, timedelta(days=400), passed=passed)
        assert issues(world) == {}


@pytest.mark.usefixtures("belt")
@pytest.mark.parametrize(("days", "is_due"), [(0, False), (29.9, False), (30.1, True)])
async def test_a_test_is_good_for_thirty_days(
    make_world: MakeWorld,
    days: float,
    is_due: bool,  # noqa: FBT001
) -> None:
    world = await a_gym(make_world)
    await was_tested(world, timedelta(days=days))
    assert issues(world).keys() == ({"stop_test_due"} if is_due else set())


@pytest.mark.usefixtures("belt")
async def test_it_falls_due_at_midnight_without_a_restart(
    make_world: MakeWorld, freezer: FrozenDateTimeFactory
) -> None:
    """Red when only a set-up looks at the date."""
    freezer.move_to(MONDAY)
    world = await a_gym(make_world)
    await was_tested(world, timedelta(days=28))
    for passed, is_due in ((1, False), (3, True)):
        day = MONDAY.replace(hour=0) + timedelta(days=passed)
        freezer.move_to(dt_util.start_of_local_day(day) + timedelta(seconds=1))
        async_fire_time_changed(world.hass, dt_util.utcnow())
        await world.hass.async_block_till_done()
        assert ("stop_test_due" in issues(world)) is is_due


@pytest.mark.usefixtures("belt")
async def test_a_stop_that_failed_its_test_says_so_however_long_ago(make_world: MakeWorld) -> None:
    """The belt is not moved until one passes. Red when it is only called due."""
    world = await a_gym(make_world)
    await was_tested(world, timedelta(days=1), passed=False)
    assert issues(world).keys() == {"stop_test_failed"}
    assert not belt_of(world).moves
    await was_tested(world, timedelta(days=1))
    assert issues(world) == {}
    assert belt_of(world).moves


@pytest.mark.usefixtures("belt")
async def test_a_reminder_comes_with_the_consent_and_goes_with_it(make_world: MakeWorld) -> None:
    """Red when a belt that may be moved from now on is looked at with the next midnight only."""
    world = await a_gym(make_world, may_move=False)
    for may_move in (True, False):
        treadmill = world.entry.options["treadmill"] | {"may_move": may_move}
        world.hass.config_entries.async_update_entry(
            world.entry, options=world.entry.options | {"treadmill": treadmill}
        )
        await world.hass.async_block_till_done()
        assert issues(world).keys() == ({"stop_test_due"} if may_move else set())


@pytest.mark.usefixtures("belt")
async def test_another_stop_was_never_tested(hass: HomeAssistant, make_world: MakeWorld) -> None:
    """Red when the old stop's test holds for the new one, at once or after a restart."""
    world = await a_gym(make_world)
    await was_tested(world, timedelta(days=1))
    assert issues(world) == {}
    hass.states.async_set("switch.other", "off")
    treadmill = world.entry.options["treadmill"] | {"stop": "switch.other"}
    hass.config_entries.async_update_entry(
        world.entry, options=world.entry.options | {"treadmill": treadmill}
    )
    await hass.async_block_till_done()
    assert belt_of(world).profile.tested is None
    assert issues(world).keys() == {"stop_test_due"}
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert belt_of(world).profile.tested is None
    assert issues(world).keys() == {"stop_test_due"}


@pytest.mark.usefixtures("belt")
async def test_a_test_that_passes_withdraws_the_reminder(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Red when who has done as told is told again."""
    world = await a_gym(make_world)
    world.clocks.step_s = 1
    assert issues(world).keys() == {"stop_test_due"}

    async def belt_runs(kmh: float) -> None:
        hass.states.async_set(SPEED, str(kmh), {"unit_of_measurement": "km/h"})
        await world.clocks.move(5)

    await world.call("button.press", who="button.home_gym_test_the_stop")
    await belt_runs(0.8)
    await belt_runs(0)
    await world.clocks.move(10)
    assert belt_of(world).profile.passed
    assert issues(world) == {}
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert issues(world) == {}
