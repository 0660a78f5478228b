"""The actions: what they take, what they refuse and in which words, and what they change."""

import asyncio
import contextlib
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_get_persistent_notifications,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.services import GYM_ACTIONS, RUNNER_ACTIONS
from custom_components.retrowalk.store import RoomStore
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World

type Data = dict[str, Any]

ANN, BEN, CAL = "switch.ann_session", "switch.ben_session", "switch.cal_session"
RUNNERS = (
    {"name": "Ann", "level": 6, "weekly_goal": 45},
    {"name": "Ben", "level": 2, "weekly_goal": 20},
    {"name": "Cal", "level": 4, "weekly_goal": 30},
)
LOGGED = {"when": "2026-11-16 07:00", "minutes": 10}
WALKED = {"kind": "dedicated"}
NEEDED: dict[str, Data] = {
    "start_session": WALKED,
    "rehearse": WALKED,
    "get_plan": WALKED,
    "extend_phase": {"by": 60},
    "log_session": LOGGED,
    "log_run": {"when": "2026-11-16 07:00"},
}
"""What an action cannot do without; edit_session and delete_session need a walk that exists."""

RANGES: list[tuple[str, str, float, float]] = [
    ("start_session", "minutes", 2, 25),
    ("rehearse", "minutes", 2, 25),
    ("get_plan", "minutes", 2, 25),
    ("rehearse", "pace", 1, 20),
    ("extend_phase", "by", 10, 300),
    ("log_session", "minutes", 1, 180),
    ("edit_session", "minutes", 1, 180),
    ("log_session", "effort", 0, 10),
    ("log_session", "pain", 0, 10),
    ("edit_session", "effort", 0, 10),
    ("edit_session", "pain", 0, 10),
]
NAN, INFINITY, TOO_LARGE_FOR_A_FLOAT = float("nan"), float("inf"), 10**400
NO_NUMBERS: tuple[object, ...] = (
    *("ten", "", "nan", True, False, None, [5], {}),
    *(NAN, INFINITY, TOO_LARGE_FOR_A_FLOAT),
)
KINDS, SURFACES = "warm_up, cool_down, dedicated, hill, benchmark", "treadmill, lane"
STARTS = ("start_session", "rehearse", "get_plan")
CHOICES = {
    **{(action, "kind"): KINDS for action in (*STARTS, "log_session", "edit_session")},
    **{(action, "surface"): SURFACES for action in (*STARTS, "log_session")},
    ("start_session", "force"): "true, false",
}


def picture(world: World, files: Path) -> Data:
    """Return all that a refused action must leave as it was."""
    return {
        "states": {state.entity_id: state.as_dict() for state in world.hass.states.async_all()},
        "files": {file.name: file.read_text() for file in files.glob(f"{DOMAIN}.*")},
        "messages": dict(async_get_persistent_notifications(world.hass)),
        "events": list(world.events),
    }


class Refusal(NamedTuple):
    """The answer to an action that was refused."""

    key: str
    text: str


async def refused(world: World, action: str, data: Data | None = None, **how: Any) -> Refusal:
    """Call an action that has to be refused and return in which English words it was."""
    with pytest.raises(ServiceValidationError) as caught:
        await world.call(action, data, **how)
    return refusal(caught.value)


def refusal(error: ServiceValidationError) -> Refusal:
    """Return the key and the text of an error that has to be one of ours."""
    assert error.translation_domain == DOMAIN
    assert error.translation_key is not None
    assert str(error) != error.translation_key, "there is no English text"
    return Refusal(error.translation_key, str(error))


async def refused_by_gym(hass: HomeAssistant, action: str, **data: Any) -> Refusal:
    """Call an action of a gym that has to be refused."""
    with pytest.raises(ServiceValidationError) as caught:
        await gym_action(hass, action, **data)
    return refusal(caught.value)


async def gym_action(
    hass: HomeAssistant, action: str, context: Context | None = None, **data: Any
) -> None:
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def log(world: World, who: str = ANN, **data: Any) -> str:
    """Log a walk and return its id."""
    result = await world.call("log_session", LOGGED | data, who=who, response=True)
    session_id: str = result["session_id"]
    return session_id


async def sessions(world: World, who: str = ANN) -> list[Data]:
    result = await world.call("get_sessions", who=who, response=True)
    walks: list[Data] = result["sessions"]
    return walks


def totals(world: World, runner: str = "ann") -> tuple[float, int, float, int]:
    """Return minutes and sessions of the week, minutes ever, weeks in a row."""
    return (
        float(world.state(f"sensor.{runner}_weekly_minutes")),
        int(world.state(f"sensor.{runner}_sessions_this_week")),
        float(world.state(f"sensor.{runner}_lifetime_minutes")),
        int(world.state(f"sensor.{runner}_streak")),
    )


def going_on(world: World) -> list[str]:
    """Return the switches of the runners whose session is going on."""
    return [each for each in (ANN, BEN, CAL) if world.hass.states.is_state(each, "on")]


def device_of(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> str:
    """Return the id of the device of that name."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    (device,) = [each for each in devices if each.name == name]
    return device.id


def put_into_one_area(world: World, *names: str) -> Data:
    """Put devices into one area and return the target that names it."""
    area = ar.async_get(world.hass).async_create("Cellar")
    for name in names:
        device_id = device_of(world.hass, world.entry, name)
        dr.async_get(world.hass).async_update_device(device_id, area_id=area.id)
    return {"area_id": area.id}


async def another_gym(hass: HomeAssistant) -> MockConfigEntry:
    """Set up a second gym in which Dee trains."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Garage",
        unique_id="garage",
        data={"surface": "treadmill"},
        subentries_data=[
            ConfigSubentryData(
                data={"rails": "as_level", "level": 6, "weekly_goal": 30},
                subentry_type="runner",
                title="Dee",
                unique_id="dee",
            )
        ],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def hang_a_lamp(hass: HomeAssistant) -> None:
    """Hang a lamp that is off."""
    lamp = {"name": "Lamp", "turn_on": [], "turn_off": [], "set_level": []}
    assert await async_setup_component(hass, "template", {"template": [{"light": [lamp]}]})
    await hass.async_block_till_done()
    await hass.services.async_call("light", "turn_off", {"entity_id": "light.lamp"}, blocking=True)


def somebody(hass: HomeAssistant, **what: Any) -> Context:
    """Return the context of a user who may do everything and is not quite a person."""
    return Context(user_id=MockUser(is_owner=True, **what).add_to_hass(hass).id)


# Fields


@pytest.mark.parametrize(("action", "field", "low", "high"), RANGES)
async def test_a_figure_outside_its_range_is_named_with_its_range(
    files: Path, make_world: MakeWorld, action: str, field: str, low: float, high: float
) -> None:
    """Refused by field and range, and nothing has changed: no state, file, message or session.

    Red when the validator lets NaN, true or a figure too large for a float through.
    """
    world = await make_world()
    data = NEEDED.get(action) or {"session_id": await log(world)}
    response = action == "get_plan"
    before = picture(world, files)
    bad = [low - 1, low - 0.001, high + 0.001, -1, 10_000, *NO_NUMBERS]
    for value in bad:
        answer = await refused(world, action, data | {field: value}, response=response)
        assert answer.key == "out_of_range", value
        assert answer.text.startswith(f"The field {field}: {value} is not a number"), value
        assert f"from {low:g} to {high:g}" in answer.text
        assert picture(world, files) == before, value


@pytest.mark.parametrize("action", ["log_session", "edit_session"])
async def test_effort_and_pain_are_whole(files: Path, make_world: MakeWorld, action: str) -> None:
    world = await make_world()
    data = NEEDED.get(action) or {"session_id": await log(world)}
    before = picture(world, files)
    for field in ("effort", "pain"):
        answer = await refused(world, action, data | {field: 3.5})
        assert answer.key == "not_whole"
        assert answer.text == f"The field {field}: 3.5 is not a whole number from 0 to 10"
    assert picture(world, files) == before


@pytest.mark.parametrize(("action", "field"), CHOICES)
async def test_a_choice_that_is_none_is_named_with_the_choices(
    files: Path, make_world: MakeWorld, action: str, field: str
) -> None:
    world = await make_world(surface="both")
    data = NEEDED.get(action) or {"session_id": await log(world)}
    before = picture(world, files)
    values: tuple[object, ...] = ("run", "", "Warm up", None, [], {}, "<b>hill</b>", "7")
    for value in values:
        answer = await refused(world, action, data | {field: value}, response=action == "get_plan")
        assert answer.key == "not_a_choice", value
        assert answer.text == f"The field {field}: {value} is not one of {CHOICES[action, field]}"
        assert picture(world, files) == before, value


@pytest.mark.parametrize("action", ["log_session", "edit_session"])
async def test_a_time_that_is_none_is_named(
    files: Path, make_world: MakeWorld, action: str
) -> None:
    """Red when a well-formed date that no calendar has gets past the validator."""
    world = await make_world()
    data = NEEDED.get(action) or {"session_id": await log(world)}
    before = picture(world, files)
    for value in (
        "garbage",
        "",
        "7",
        "2026-02-30 10:00",
        "2026-11-16 25:00",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T01:00:00Z",
        "1969-12-31T00:00:00Z",
        "9999-12-31 23:59",
        NAN,
        7,
        True,
        None,
        ["2026-11-16 07:00"],
    ):
        answer = await refused(world, action, data | {"when": value})
        assert answer.key == "not_a_time", value
        assert answer.text.startswith(f"The field when: {value} is not a date and time")
        assert picture(world, files) == before, value


@pytest.mark.parametrize("action", ["log_session", "edit_session"])
async def test_a_walk_cannot_end_in_the_future(
    files: Path, make_world: MakeWorld, action: str
) -> None:
    world = await make_world()  # it is 17:00 UTC, 09:00 at home
    data = NEEDED.get(action) or {"session_id": await log(world)}
    before = picture(world, files)
    for when in ("2026-11-16 08:50:01", "2026-11-16T16:50:01Z", "2026-11-17 07:00", "2100-01-01"):
        answer = await refused(world, action, data | {"when": when})
        assert answer.key == "in_the_future", when
        assert answer.text.startswith("The field when:")
        assert picture(world, files) == before, when
    await world.call(action, data | {"when": "2026-11-16 08:50:00"})


async def test_a_time_without_a_zone_is_the_homes(make_world: MakeWorld) -> None:
    """08:00 in Berlin is 07:00 UTC; saying it with a zone is the same walk."""
    world = await make_world()
    await world.hass.config.async_set_time_zone("Europe/Berlin")
    session_id = await log(world, when="2026-11-16 08:00")
    (walk,) = await sessions(world)
    assert walk["started"] == "2026-11-16T07:00:00.000+00:00"
    assert walk["time_zone"] == "Europe/Berlin"
    for when in ("2026-11-16T07:00:00Z", "2026-11-15T23:00:00-08:00", "2026-11-16 08:00"):
        answer = await refused(world, "log_session", LOGGED | {"when": when})
        assert answer.key == "overlaps"
        assert answer.text.startswith("You have a walk at 2026-11-16 08:00 already")
        await world.call("edit_session", {"session_id": session_id, "when": when})
        assert (await sessions(world))[0]["started"] == "2026-11-16T07:00:00.000+00:00"


@pytest.mark.parametrize("action", [*STARTS, "log_session"])
async def test_a_surface_that_the_gym_has_not_is_refused(
    files: Path, make_world: MakeWorld, action: str
) -> None:
    world = await make_world(surface="treadmill")
    before = picture(world, files)
    data = NEEDED[action] | {"surface": "lane"}
    answer = await refused(world, action, data, response=action == "get_plan")
    assert answer.key == "no_such_surface"
    assert answer.text.startswith("The field surface: Home gym has no lane")
    assert picture(world, files) == before


@pytest.mark.parametrize("action", ["edit_session", "delete_session"])
async def test_a_walk_that_nobody_knows_is_refused(
    files: Path, make_world: MakeWorld, action: str
) -> None:
    world = await make_world()
    of_ben = await log(world, BEN)
    before = picture(world, files)
    for session_id in ("nonsense", "", of_ben, 7, None, ["x"], True):
        answer = await refused(world, action, {"session_id": session_id})
        assert answer.key == "unknown_session"
        assert answer.text.startswith(f"The field session_id: no walk has the id {session_id}")
        assert picture(world, files) == before


@pytest.mark.parametrize("action", STARTS)
async def test_minutes_and_kind_keep_to_the_level(
    files: Path, make_world: MakeWorld, action: str
) -> None:
    """Ben is at level 2: six to eight minutes, and no hill before level 5, force or not."""
    world = await make_world()
    before = picture(world, files)
    how: Data = {"who": BEN, "response": True}
    answer = await refused(world, action, {"kind": "dedicated", "minutes": 9}, **how)
    assert answer.key == "out_of_range"
    assert answer.text == "The field minutes: 9.0 is not a number from 2 to 8"
    force = {"force": True} if action == "start_session" else {}
    for kind, level in (("hill", 5), ("benchmark", 4)):
        answer = await refused(world, action, {"kind": kind} | force, **how)
        assert answer.key == "kind_not_open"
        assert answer.text.startswith(f"Level 2 does not open {kind} yet; level {level} does")
    assert picture(world, files) == before


async def test_a_field_that_is_missing_or_unknown_is_named(
    files: Path, make_world: MakeWorld
) -> None:
    """Home Assistant's own words here; they name the field all the same."""
    world = await make_world()
    before = picture(world, files)
    for action, data, field in (
        ("start_session", {}, "kind"),
        ("extend_phase", {}, "by"),
        ("log_session", {"when": "2026-11-16 07:00"}, "minutes"),
        ("log_session", {"minutes": 10}, "when"),
        ("edit_session", {}, "session_id"),
        ("delete_session", {}, "session_id"),
        ("start_session", WALKED | {"speed": 9}, "speed"),
        ("go", {"speed": 9}, "speed"),
    ):
        with pytest.raises(vol.Invalid, match=field):
            await world.call(action, data)
    assert picture(world, files) == before


async def test_without_a_session_every_verb_says_that_there_is_none(
    files: Path, make_world: MakeWorld
) -> None:
    world = await make_world()
    before = picture(world, files)
    verbs: dict[str, Data] = {
        "go": {},
        "ease": {},
        "pause_session": {},
        "resume_session": {},
        "skip_phase": {},
        "extend_phase": {"by": 60},
    }
    for action, data in verbs.items():
        answer = await refused(world, action, data)
        assert answer.key == "no_session"
    await world.call("stop_session")
    await world.call("switch.turn_off")
    assert picture(world, files) == before


# The ledger


async def test_logging_editing_and_deleting_change_totals_exactly(make_world: MakeWorld) -> None:
    """Monday the 16th; Ben's goal is 20 minutes a week.

    Red when an edit leaves minutes on the old day, or a change counts a session twice.
    """
    world = await make_world()
    of_ben: Data = {"who": BEN}
    assert totals(world, "ben") == (0, 0, 0, 0)
    today = await log(world, BEN, when="2026-11-16 07:00", minutes=10.5, effort=3, pain=0)
    assert totals(world, "ben") == (10.5, 1, 10.5, 0)
    friday = await log(world, BEN, when="2026-11-13 18:00", minutes=15, kind="warm_up")
    assert totals(world, "ben") == (10.5, 1, 25.5, 0)
    assert world.state("sensor.ben_last_session") == "2026-11-16T15:00:00+00:00"

    # more minutes on the same day: this week reaches its goal
    await world.call("edit_session", {"session_id": today, "minutes": 20}, **of_ben)
    assert totals(world, "ben") == (20, 1, 35, 1)
    # to yesterday, which is another week
    await world.call("edit_session", {"session_id": today, "when": "2026-11-15 07:00"}, **of_ben)
    assert totals(world, "ben") == (0, 0, 35, 1)
    # back into this week, over midnight: each day and week its own minutes, one session
    await world.call("edit_session", {"session_id": today, "when": "2026-11-15 23:50"}, **of_ben)
    assert totals(world, "ben") == (10, 0, 35, 1)
    # effort, pain and kind move nothing
    note = {"session_id": friday, "effort": 10, "pain": 4, "kind": "cool_down"}
    await world.call("edit_session", note, **of_ben)
    await world.call("edit_session", {"session_id": friday}, **of_ben)
    assert totals(world, "ben") == (10, 0, 35, 1)
    walks = {each["session_id"]: each for each in await sessions(world, BEN)}
    changed = ("kind", "effort", "pain", "source")
    assert [walks[friday][key] for key in changed] == ["cool_down", 10, 4, "edited"]
    assert [walks[today][key] for key in changed] == ["dedicated", 3, 0, "edited"]

    await world.call("delete_session", {"session_id": friday}, **of_ben)
    assert totals(world, "ben") == (10, 0, 20, 0)
    await world.call("delete_session", {"session_id": today}, **of_ben)
    assert totals(world, "ben") == (0, 0, 0, 0)
    assert world.state("sensor.ben_last_session") == "unknown"
    assert totals(world, "ann") == (0, 0, 0, 0)


async def test_nobody_walks_twice_at_once(files: Path, make_world: MakeWorld) -> None:
    """Walks may touch, not overlap, whether logged or moved; two runners may."""
    world = await make_world()
    early = await log(world, when="2026-11-16 07:00", minutes=10)
    late = await log(world, when="2026-11-16 07:10", minutes=10)
    before = picture(world, files)
    for when, minutes in (("06:55", 10), ("07:05", 1), ("07:19:59", 1), ("06:00", 120)):
        data = {"when": f"2026-11-16 {when}", "minutes": minutes}
        answer = await refused(world, "log_session", data)
        assert answer.key == "overlaps"
    edits: tuple[Data, ...] = (
        {"session_id": early, "minutes": 10.1},
        {"session_id": late, "when": "2026-11-16 07:09:59"},
        {"session_id": early, "when": "2026-11-16 07:15", "minutes": 1},
    )
    for data in edits:
        answer = await refused(world, "edit_session", data)
        assert answer.key == "overlaps"
        assert answer.text.startswith("You have a walk at 2026-11-16 07:")
    assert picture(world, files) == before
    await log(world, BEN, when="2026-11-16 07:05")
    assert totals(world) == (20, 2, 20, 0)


async def test_a_walk_is_not_logged_over_the_one_that_is_going_on(make_world: MakeWorld) -> None:
    """Its minutes would count twice. Red when only what has ended is looked at."""
    world = await make_world(surface="lane")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(200)
    during = {"when": "2026-11-16T17:03:10Z", "minutes": 2}
    assert (await refused(world, "log_session", during)).key == "overlaps"
    await log(world)
    await world.walk()
    assert totals(world) == (14, 2, 14, 0)


async def test_what_was_walked_can_be_edited_and_says_so(make_world: MakeWorld) -> None:
    """A walk with its gaps moves as one; new minutes replace the gaps. A note changes neither."""
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(60)
    await world.call("pause_session")
    await world.clocks.move(30)
    await world.call("resume_session")
    await world.walk()
    (walk,) = await sessions(world)
    assert (walk["source"], len(walk["backward_ms"])) == ("walked", 2)
    session_id, backward_ms = walk["session_id"], walk["backward_ms"]

    await world.call("edit_session", {"session_id": session_id, "effort": 4})
    assert (await sessions(world))[0] == walk | {"effort": 4, "revision": 1}
    await world.call("edit_session", {"session_id": session_id, "when": "2026-11-09 07:00"})
    (walk,) = await sessions(world)
    assert (walk["source"], walk["backward_ms"]) == ("edited", backward_ms)
    assert totals(world) == (0, 0, 4, 0)
    await world.call("edit_session", {"session_id": session_id, "minutes": 6.5})
    (walk,) = await sessions(world)
    assert (walk["backward_ms"], walk["backward_seconds"]) == ([[0, 390_000]], 390)
    assert totals(world) == (0, 0, 6.5, 0)


async def test_the_list_of_sessions_is_the_export(make_world: MakeWorld) -> None:
    """Every walk, in order, with all that the ledger keeps, as plain JSON."""
    world = await make_world(surface="both")
    assert await sessions(world) == []
    late = await log(world, when="2026-11-15 07:00", kind="hill", surface="lane", effort=5, pain=1)
    early = await log(world, when="2025-01-01 07:00", minutes=1.5)
    walks = await sessions(world)
    assert [each["session_id"] for each in walks] == [early, late]
    assert json.loads(json.dumps(walks)) == walks
    assert walks[1] == {
        "session_id": late,
        "kind": "hill",
        "level": 6,
        "surface": "lane",
        "started": "2026-11-15T15:00:00.000+00:00",
        "time_zone": "US/Pacific",
        "backward_ms": [[0, 600_000]],
        "backward_seconds": 600,
        "source": "logged",
        "evidence": "owner",
        "overrides": [],
        "effort": 5,
        "pain": 1,
        "revision": 0,
    }
    assert (walks[0]["surface"], walks[0]["backward_seconds"]) == ("treadmill", 90)


async def test_a_plan_is_shown_before_it_is_walked(files: Path, make_world: MakeWorld) -> None:
    """The plan's own sums hold, asking changes nothing, and what is walked is what was shown."""
    world = await make_world(surface="both")
    before = picture(world, files)
    wanted: tuple[Data, ...] = (
        {"kind": "hill"},
        {"kind": "dedicated", "minutes": 17.5},
        {"kind": "cool_down", "surface": "lane"},
        {"kind": "benchmark"},
        {"kind": "warm_up"},
    )
    for data in wanted:
        plan = (await world.call("get_plan", data, response=True))["plan"]
        assert json.loads(json.dumps(plan)) == plan
        assert plan["kind"] == data["kind"]
        assert plan["surface"] == data.get("surface", "treadmill")
        phases = plan["phases"]
        backward = [each["seconds"] for each in phases if each["motion"] == "backward"]
        assert plan["backward_seconds"] == sum(backward)
        assert plan["total_seconds"] == sum(each["seconds"] for each in phases)
        if "minutes" in data:
            assert plan["backward_seconds"] == data["minutes"] * 60 + phases[2]["seconds"]
    assert picture(world, files) == before
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk()
    assert totals(world)[0] * 60 == plan["backward_seconds"]


# Twice at once


async def test_two_starts_at_once_are_one_session_and_one_look_at_the_lights(
    make_world: MakeWorld,
) -> None:
    """Red when a second start prepares again: the lamp would be lit for ever after."""
    with patch.object(RoomStore, "keep", autospec=True, side_effect=RoomStore.keep) as keep:
        world = await make_world(light={"lights": ["light.lamp"], "brightness": 80})
        await hang_a_lamp(world.hass)
        first, second = await asyncio.gather(
            *(
                world.call(
                    "start_session",
                    {"kind": "warm_up"},
                    context=Context(user_id=world.person.user_id),
                    response=True,
                )
                for _ in range(2)
            )
        )
        third = await world.call("start_session", {"kind": "warm_up"}, response=True)
        await gym_action(world.hass, "prepare_room")
        assert first["session_id"] == second["session_id"] == third["session_id"]
        assert world.state("light.lamp") == "on"
        assert [call.args[1] is None for call in keep.call_args_list] == [False]
        assert world.heard() == ["started"]
        await world.call("stop_session")
        assert world.state("light.lamp") == "off"
        assert [call.args[1] is None for call in keep.call_args_list] == [False, True]
    assert world.heard() == ["started", "stopped"]


async def test_of_two_runners_who_start_at_once_one_is_told_who_is_first(
    make_world: MakeWorld,
) -> None:
    world = await make_world()
    results = await asyncio.gather(
        *(
            world.call("start_session", {"kind": "warm_up"}, who=who, context=context)
            for who, context in ((ANN, world.person), (BEN, Context()))
        ),
        return_exceptions=True,
    )
    assert going_on(world) == [ANN]
    (error,) = [each for each in results if isinstance(each, ServiceValidationError)]
    assert refusal(error).key == "gym_in_use"
    assert refusal(error).text.startswith("Ann is using the gym")


async def test_starting_something_else_meanwhile_is_refused(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    answer = await refused(world, "start_session", {"kind": "hill"})
    assert answer.key == "session_running"
    assert answer.text.startswith("A session is going on (warm up)")
    answer = await refused(world, "rehearse", {"kind": "warm_up"})
    assert answer.key == "session_running"
    answer = await refused(world, "rehearse", {"kind": "warm_up"}, who=BEN)
    assert answer.key == "gym_in_use"
    await world.call("switch.turn_on")
    assert world.heard() == ["started"]


async def test_pausing_and_stopping_twice_is_once(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await asyncio.gather(*(world.call("pause_session") for _ in range(2)))
    ends = world.attribute("sensor.ann_state", "phase_ends")
    await world.clocks.move(10)
    await world.call("button.press", who="button.ann_pause")
    assert world.state("sensor.ann_state") == "paused"
    assert world.attribute("sensor.ann_state", "phase_ends") == ends
    await asyncio.gather(*(world.call("resume_session") for _ in range(2)))
    assert world.state("sensor.ann_state") == "get_ready"
    await asyncio.gather(*(world.call("stop_session") for _ in range(2)))
    assert world.heard() == ["started", "paused", "resumed", "stopped"]


# Who may say what


async def test_only_a_person_says_go_or_resume(files: Path, make_world: MakeWorld) -> None:
    """An automation carries no user; a system user and one who was locked out are no person.

    Red when _is_person leaves out any of its three questions.
    """
    world = await make_world()
    strangers = (
        Context(),
        somebody(world.hass, system_generated=True),
        somebody(world.hass, is_active=False),
    )
    await world.call("start_session", {"kind": "warm_up"}, context=Context())
    assert world.state("sensor.ann_state") == "ready"
    await world.clocks.move(3)
    before = picture(world, files)
    for context in strangers:
        answer = await refused(world, "go", context=context)
        assert answer.key == "needs_person"
        assert picture(world, files) == before
    with pytest.raises(Unauthorized):
        await world.call("go", context=Context(user_id="nobody"))
    await world.call("go")
    await world.call("pause_session", context=Context())
    await world.clocks.move(3)
    before = picture(world, files)
    for context in strangers:
        answer = await refused(world, "resume_session", context=context)
        assert answer.key == "needs_person"
        how: Data = {"who": "button.ann_resume", "context": context}
        answer = await refused(world, "button.press", **how)
        assert answer.key == "needs_person"
        assert world.state("sensor.ann_state") == "paused"
    await world.call("resume_session")
    assert world.state("sensor.ann_state") == "get_ready"


async def test_a_start_that_nobody_stands_behind_waits_for_a_go(make_world: MakeWorld) -> None:
    world = await make_world()
    for context in (Context(), somebody(world.hass, system_generated=True)):
        await world.call("start_session", {"kind": "warm_up"}, context=context)
        assert world.state("sensor.ann_state") == "ready"
        await world.call("stop_session")
    await world.call("switch.turn_on")
    assert world.state("sensor.ann_state") == "ready"


async def test_a_go_in_the_first_two_seconds_counts_for_nothing(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("switch.turn_on")
    for seconds in (0, 1, 0.9):
        await world.clocks.move(seconds)
        answer = await refused(world, "go")
        assert answer.key == "too_soon"
        assert world.state("sensor.ann_state") == "ready"
    await world.clocks.move(0.1)
    await world.call("go")
    assert world.state("sensor.ann_state") == "get_ready"


async def test_who_may_only_look_cannot_touch_a_session(
    files: Path, make_world: MakeWorld, hass_read_only_user: MockUser
) -> None:
    world = await make_world()
    session_id = {"session_id": await log(world)}
    looker = Context(user_id=hass_read_only_user.id)
    before = picture(world, files)
    for action, _, _, response in RUNNER_ACTIONS:
        of_a_walk = action in ("edit_session", "delete_session")
        needed = session_id if of_a_walk else NEEDED.get(action, {})
        with pytest.raises(Unauthorized):
            await world.call(action, needed, context=looker, response=response.value == "only")
    for action, who in (
        ("switch.turn_on", ANN),
        ("switch.turn_off", ANN),
        ("button.press", "button.ann_start_warm_up"),
    ):
        with pytest.raises(Unauthorized):
            await world.call(action, who=who, context=looker)
    assert picture(world, files) == before


# A whole area


@pytest.mark.parametrize("action", ["switch.turn_on", "retrowalk.start_session"])
@pytest.mark.parametrize("walking", [None, ANN, BEN])
async def test_starting_a_whole_area_starts_one_runner_and_is_no_error(
    make_world: MakeWorld, action: str, walking: str | None
) -> None:
    """Nobody's automation is aborted, whoever of them is walking already.

    Red when the runners of one call do not know of each other: the second is refused, and where
    the one who is walking comes second, the first.
    """
    world = await make_world(runners=RUNNERS)
    target = put_into_one_area(world, "Ann", "Ben", "Cal")
    domain, service = action.split(".")
    data = {"kind": "warm_up"} if domain == DOMAIN else {}
    if walking:
        await world.call(action, data, who=walking)
    for _ in range(2):
        await world.hass.services.async_call(
            domain, service, data, target=target, blocking=True, context=world.person
        )
        await world.hass.async_block_till_done()
        assert len(going_on(world)) == 1
        assert walking is None or going_on(world) == [walking]
    started = [data for _, data in world.events if data["event_type"] == "started"]
    assert len(started) == 1


async def test_an_automation_goes_on_after_starting_a_whole_area(make_world: MakeWorld) -> None:
    world = await make_world(runners=RUNNERS)
    target = put_into_one_area(world, "Ann", "Ben", "Cal")
    steps = [{"action": "switch.turn_on", "target": target}, {"event": "and_on_it_goes"}]
    scripts = {"script": {"train": {"sequence": steps}}}
    assert await async_setup_component(world.hass, "script", scripts)
    heard: list[Any] = []
    world.hass.bus.async_listen("and_on_it_goes", heard.append)
    for _ in range(2):
        await world.hass.services.async_call("script", "train", {}, blocking=True)
        await world.hass.async_block_till_done()
    assert len(heard) == 2
    assert len(going_on(world)) == 1


async def test_an_area_where_nobody_can_start_gives_one_error(
    files: Path, make_world: MakeWorld
) -> None:
    """Cal, who is not of the area, holds the gym. Red when the last refusal is swallowed too."""
    world = await make_world(runners=RUNNERS)
    target = put_into_one_area(world, "Ann", "Ben")
    await world.call("start_session", {"kind": "warm_up"}, who=CAL)
    before = picture(world, files)
    with pytest.raises(ServiceValidationError) as caught:
        await world.hass.services.async_call("switch", "turn_on", {}, target=target, blocking=True)
    answer = refusal(caught.value)
    assert answer.key == "gym_in_use"
    assert answer.text.startswith("Cal is using the gym")
    assert picture(world, files) == before


async def test_the_same_button_of_several_runners_starts_one_of_them(
    make_world: MakeWorld,
) -> None:
    world = await make_world(runners=RUNNERS)
    buttons = [f"button.{each}_start_warm_up" for each in ("ann", "ben", "cal")]
    for _ in range(2):
        await world.hass.services.async_call(
            "button", "press", {"entity_id": buttons}, blocking=True, context=world.person
        )
        await world.hass.async_block_till_done()
        assert len(going_on(world)) == 1


async def test_pressing_every_button_of_an_area_starts_one_session_at_most(
    make_world: MakeWorld,
) -> None:
    """All kinds of two runners, pause, skip and stop in one call; what is refused says why."""
    world = await make_world()
    target = put_into_one_area(world, "Home gym", "Ann", "Ben")
    with contextlib.suppress(ServiceValidationError):
        await world.hass.services.async_call(
            "button", "press", {}, target=target, blocking=True, context=world.person
        )
    await world.hass.async_block_till_done()
    started = [data for _, data in world.events if data["event_type"] == "started"]
    assert len(started) <= 1
    assert len(going_on(world)) <= len(started)


# Stop


async def test_anyone_stops_everything(
    make_world: MakeWorld, hass_read_only_user: MockUser
) -> None:
    """Without a permission, without a person, with the switch disabled; also when idle."""
    world = await make_world()
    hass = world.hass
    er.async_get(hass).async_update_entity(ANN, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert hass.states.get(ANN) is None
    for context in (Context(user_id=hass_read_only_user.id), Context(), Context(user_id="nobody")):
        await world.call("button.press", who="button.ann_start_warm_up")
        assert world.state("sensor.ann_state") == "get_ready"
        for _ in range(2):
            await gym_action(hass, "stop_everything", context)
            assert world.state("sensor.ann_state") == "idle"
    assert world.heard() == ["started", "stopped"] * 3


async def test_the_stop_button_stops_whoever_walks(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"}, who=BEN)
    for _ in range(2):
        await world.call("button.press", who="button.home_gym_stop_everything")
        assert world.state("sensor.ben_state") == "idle"
    assert world.heard("ben") == ["started", "stopped"]


async def test_stop_takes_the_gym_it_is_given(make_world: MakeWorld) -> None:
    """By the device of a gym or of a runner in it; the other gym walks on."""
    world = await make_world()
    hass = world.hass
    garage = await another_gym(hass)

    async def start() -> None:
        await world.call("start_session", {"kind": "warm_up"})
        await world.call("start_session", {"kind": "warm_up"}, who="switch.dee_session")

    async def stop(*device_ids: str) -> tuple[str, str]:
        await gym_action(hass, "stop_everything", device_id=list(device_ids))
        return world.state(ANN), world.state("switch.dee_session")

    await start()
    assert await stop(device_of(hass, garage, "Garage")) == ("on", "off")
    assert await stop(device_of(hass, world.entry, "Ben")) == ("off", "off")
    await start()
    both = device_of(hass, garage, "Dee"), device_of(hass, world.entry, "Home gym")
    assert await stop(*both) == ("off", "off")
    await start()
    assert await stop() == ("off", "off")


@pytest.mark.parametrize("action", [name for name, _ in GYM_ACTIONS])
async def test_a_device_that_is_no_gym_is_named(make_world: MakeWorld, action: str) -> None:
    """Red when identifiers of another shape, which some integrations have, break the look."""
    world = await make_world()
    other = MockConfigEntry(domain="other")
    other.add_to_hass(world.hass)
    lamp = dr.async_get(world.hass).async_get_or_create(
        config_entry_id=other.entry_id,
        identifiers={("other", "1", "2")},  # type: ignore[arg-type]
    )
    for device_id in (lamp.id, "gone"):
        answer = await refused_by_gym(world.hass, action, device_id=device_id)
        assert answer.key == "not_a_gym"
        assert answer.text.startswith(f"The field device_id: {device_id} is not a gym")


async def test_a_stop_that_names_a_device_that_is_gone_stops_the_others_first(
    make_world: MakeWorld,
) -> None:
    """An owner's automation may still name a gym that was taken down. Red when it refuses first."""
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    device_ids = ["gone", device_of(world.hass, world.entry, "Home gym")]
    await refused_by_gym(world.hass, "stop_everything", device_id=device_ids)
    assert going_on(world) == []


async def test_no_gym_waits_for_another_to_stop(make_world: MakeWorld) -> None:
    """Red when gyms are stopped one after the other: the first one's lamp does not answer."""
    world = await make_world()
    await another_gym(world.hass)
    answers = asyncio.Event()
    await world.call("start_session", {"kind": "warm_up"})
    await world.call("start_session", {"kind": "warm_up"}, who="switch.dee_session")
    with patch.object(world.entry.runtime_data.gym, "restore_room", side_effect=answers.wait):
        stopping = asyncio.create_task(gym_action(world.hass, "stop_everything"))
        for _ in range(50):
            await asyncio.sleep(0)
        stopped = world.state(ANN), world.state("switch.dee_session")
        assert not stopping.done()
        answers.set()
        await stopping
    assert stopped == ("off", "off")


async def test_with_the_gym_unloaded_a_stop_is_no_error(make_world: MakeWorld) -> None:
    world = await make_world()
    gym = device_of(world.hass, world.entry, "Home gym")
    await world.call("start_session", {"kind": "warm_up"})
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert world.entry.state is ConfigEntryState.NOT_LOADED
    for action, _ in GYM_ACTIONS:
        await gym_action(world.hass, action)
        await gym_action(world.hass, action, device_id=gym)


# The room


async def test_the_room_is_prepared_and_brought_back_by_hand(make_world: MakeWorld) -> None:
    world = await make_world(light={"lights": ["light.lamp"], "brightness": 80})
    hass = world.hass
    await hang_a_lamp(hass)
    device: Data = {"device_id": device_of(hass, world.entry, "Home gym")}
    for data in ({}, device):
        for _ in range(2):
            await gym_action(hass, "prepare_room", **data)
            assert world.attribute("light.lamp", "brightness") == 204
        for _ in range(2):
            await gym_action(hass, "restore_room", **data)
            assert world.state("light.lamp") == "off"


async def test_a_room_in_use_is_not_taken_back(make_world: MakeWorld) -> None:
    """Nor is any other gym of the same call. Red when gyms are looked at one by one."""
    world = await make_world(light={"lights": ["light.lamp"], "brightness": 80})
    await hang_a_lamp(world.hass)
    await another_gym(world.hass)
    await gym_action(world.hass, "prepare_room")
    await world.call("start_session", {"kind": "warm_up"}, who="switch.dee_session")
    answer = await refused_by_gym(world.hass, "restore_room")
    assert answer.key == "gym_in_use"
    assert answer.text.startswith("Dee is using the gym")
    assert world.state("light.lamp") == "on"


# Over the wire


async def test_over_rest_a_refusal_is_a_400_with_its_reason(
    files: Path, make_world: MakeWorld, hass_client: ClientSessionGenerator
) -> None:
    world = await make_world()
    assert await async_setup_component(world.hass, "api", {})
    client = await hass_client()
    before = picture(world, files)
    for action, data, words in (
        ("start_session", {"kind": "run"}, "The field kind: run is not one of warm_up"),
        ("start_session", WALKED | {"minutes": 10_000}, "The field minutes: 10000 is not"),
        ("start_session", WALKED | {"force": "maybe"}, "The field force: maybe is not one of"),
        ("log_session", LOGGED | {"when": "2026-02-30 10:00"}, "The field when: 2026-02-30"),
        ("delete_session", {"session_id": ["x"]}, "The field session_id: no walk has the id"),
        ("go", {}, "No session is going on"),
    ):
        response = await client.post(
            f"/api/services/{DOMAIN}/{action}", json={"entity_id": ANN} | data
        )
        assert response.status == HTTPStatus.BAD_REQUEST
        assert (await response.json())["message"].startswith(words)
    assert picture(world, files) == before
    response = await client.post(
        f"/api/services/{DOMAIN}/log_session?return_response", json={"entity_id": ANN} | LOGGED
    )
    assert response.status == HTTPStatus.OK
    answer = (await response.json())["service_response"]
    assert answer == {ANN: {"session_id": (await sessions(world))[0]["session_id"]}}
