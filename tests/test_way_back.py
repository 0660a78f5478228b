"""The way back into a walk that nobody conducted: a restart, a crash, a machine that slept."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
    async_mock_service,
)

from custom_components.retrowalk import async_unload_entry
from custom_components.retrowalk.store import KeptFile, NotWrittenError
from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event

from .conftest import HandMovedClocks, MakeWorld, World

STATE = "sensor.ann_state"
WEEK = "sensor.ann_weekly_minutes"
DOOR = "binary_sensor.door"
LAMP = "light.lamp"
WARM_UP_MIN = 4.0
DEDICATED_MIN = 16.0


async def walks_backward(world: World, seconds: float = 60) -> None:
    """Start Ann's warm-up and walk into its backward part."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(seconds)


async def down(world: World) -> None:
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    await world.hass.async_block_till_done()


async def up(world: World) -> None:
    await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done(wait_background_tasks=True)


async def restart(world: World, seconds: float) -> None:
    """Stop in an orderly way and be back after a while."""
    await down(world)
    await world.clocks.sleep(seconds)
    await up(world)


async def crash(world: World, files: Path, seconds: float) -> None:
    """Die without a word and be back after a while: the disk says what it said then."""
    disk = {file.name: file.read_text() for file in files.glob("retrowalk.*")}
    await down(world)
    for file in files.glob("retrowalk.*"):
        file.unlink()
    for name, said in disk.items():
        (files / name).write_text(said)
    await world.clocks.sleep(seconds)
    await up(world)


def journal(world: World, files: Path) -> Path:
    """Return the file of what goes on."""
    return files / f"retrowalk.{next(iter(world.entry.subentries))}.running"


def running(world: World, files: Path) -> dict[str, Any] | None:
    """Return what is on disk of what goes on."""
    file = journal(world, files)
    kept: dict[str, Any] | None = json.loads(file.read_text())["data"] if file.exists() else None
    return kept


def asked(world: World) -> list[str]:
    return [
        str(each["message"])
        for key, each in async_get_persistent_notifications(world.hass).items()
        if "_path" not in key and "_effort_" not in key
    ]


async def sessions(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.call("get_sessions", response=True))["sessions"]
    return found


# Within the grace


@pytest.mark.parametrize("way", ["unload", "reload", "disable"])
async def test_a_walk_on_a_lane_goes_on_by_itself(
    hass: HomeAssistant, make_world: MakeWorld, way: str
) -> None:
    """Breaks when an unload, whatever its cause, ends a walk."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    if way == "reload":
        await hass.config_entries.async_reload(world.entry.entry_id)
    elif way == "disable":
        entries = hass.config_entries
        await entries.async_set_disabled_by(world.entry.entry_id, ConfigEntryDisabler.USER)
        await entries.async_set_disabled_by(world.entry.entry_id, None)
    else:
        await restart(world, 0)
    await hass.async_block_till_done()
    assert world.state(STATE) == "get_ready"
    assert world.attribute(STATE, "resumed_after") == 0
    await world.walk()
    assert float(world.state(WEEK)) == WARM_UP_MIN


async def test_the_gap_is_shown_and_does_not_count(make_world: MakeWorld) -> None:
    """Breaks when a restart of 40 s adds 40 s to the week, or takes them from the plan."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await restart(world, 40)
    assert world.heard()[-2:] == ["paused", "resumed"]
    assert world.events[-1][1]["after_seconds"] == 40
    await world.clocks.move_on(STATE)
    assert world.state(STATE) == "walking_backward"
    assert world.attribute(STATE, "resumed_after") == 40
    await world.walk()
    assert world.state(WEEK) == str(WARM_UP_MIN)
    (walk,) = await sessions(world)
    (first, second) = walk["backward_ms"]
    assert second[0] - first[1] == pytest.approx(45_000, abs=10)  # with the count-in
    assert walk["source"] == "walked"


async def test_a_walk_on_a_belt_stands_paused_and_needs_a_go(make_world: MakeWorld) -> None:
    """Breaks when anything but a person's go may move a belt after a restart."""
    world = await make_world()
    await walks_backward(world)
    await restart(world, 40)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "restarted")
    assert world.heard()[-1] == "paused"
    await world.clocks.move(300)
    assert world.state(STATE) == "paused"
    await world.call("go")
    await world.walk()
    assert world.state(WEEK) == str(WARM_UP_MIN)


async def test_a_crash_costs_at_most_fifteen_seconds(make_world: MakeWorld, files: Path) -> None:
    """Breaks when the walk is written only with its marks."""
    world = await make_world(surface="lane")
    await walks_backward(world, 74)
    await crash(world, files, 20)
    assert world.state(STATE) == "get_ready"
    assert 20 <= world.attribute(STATE, "resumed_after") <= 35
    await world.call("stop_session")
    credited = float(world.state(WEEK)) * 60
    assert 59 <= credited <= 74


async def test_what_goes_on_is_on_disk_every_fifteen_seconds_and_gone_at_the_end(
    make_world: MakeWorld, files: Path
) -> None:
    world = await make_world(surface="lane")
    assert running(world, files) is None
    await world.call("start_session", {"kind": "warm_up"})
    seen = set()
    for _ in range(30):
        await world.clocks.move(4)
        kept = running(world, files)
        assert kept is not None
        wall = datetime.fromisoformat(kept["walk"]["wall"])
        assert world.clocks.now - wall <= timedelta(seconds=15)
        seen.add(wall)
    assert 8 <= len(seen) <= 12
    await world.walk()
    assert "walk" not in (running(world, files) or {})


@pytest.mark.parametrize("state", ["ready", "paused"])
async def test_what_waits_for_a_person_still_waits(make_world: MakeWorld, state: str) -> None:
    world = await make_world(surface="lane")
    if state == "ready":
        await world.call("switch.turn_on")
    else:
        await walks_backward(world)
        await world.call("pause_session")
    await restart(world, 40)
    assert world.state(STATE) == state
    assert world.attribute(STATE, "reason") == (None if state == "ready" else "asked")
    await world.clocks.move(10)
    await world.call("go")
    await world.walk()
    assert float(world.state(WEEK)) == (WARM_UP_MIN if state == "paused" else DEDICATED_MIN)


async def test_a_walk_on_a_belt_that_was_not_begun_asks_for_a_go(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    hass.states.async_set(DOOR, "on")
    world = await make_world(path={"sensors": [DOOR]})
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "preparing"
    await restart(world, 30)
    assert world.state(STATE) == "preparing"
    hass.states.async_set(DOOR, "off")
    await hass.async_block_till_done()
    assert world.state(STATE) == "ready"


async def test_nobody_walks_on_into_something_that_is_in_the_way(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a walk comes back before its path was looked at."""
    hass.states.async_set(DOOR, "off")
    world = await make_world(surface="lane", path={"sensors": [DOOR]})
    await walks_backward(world)
    hass.states.async_set(DOOR, "unavailable")  # as every sensor is just after a start
    await restart(world, 40)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "restarted")
    await world.clocks.move(30)
    hass.states.async_set(DOOR, "off")
    await hass.async_block_till_done()
    assert world.state(STATE) == "get_ready"
    assert world.attribute(STATE, "resumed_after") == 70


async def test_who_waits_longer_than_the_grace_has_to_say_so(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    hass.states.async_set(DOOR, "on")
    world = await make_world(surface="lane", path={"sensors": [DOOR]})
    hass.states.async_set(DOOR, "off")
    await walks_backward(world)
    hass.states.async_set(DOOR, "on")
    await restart(world, 40)
    await world.clocks.move(100)
    hass.states.async_set(DOOR, "off")
    await hass.async_block_till_done()
    assert world.state(STATE) == "paused"
    await world.call("resume_session")
    assert world.state(STATE) == "get_ready"


async def test_twice_in_a_row(make_world: MakeWorld, files: Path) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    await restart(world, 40)
    await restart(world, 40)
    await crash(world, files, 3)
    await world.walk()
    assert world.state(WEEK) == str(WARM_UP_MIN)


# After the grace


async def test_after_the_grace_a_walk_is_closed_at_its_last_proven_second(
    make_world: MakeWorld, files: Path
) -> None:
    """Breaks when a restart of two minutes counts 183 phantom minutes."""
    world = await make_world(surface="lane")
    await walks_backward(world, 74)
    await crash(world, files, 11_000)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "interrupted"
    (walk,) = await sessions(world)
    assert 59 <= walk["backward_seconds"] <= 74
    assert world.events[-1][1]["backward_seconds"] == walk["backward_seconds"]
    assert running(world, files) is not None  # the question
    (question,) = asked(world)
    assert walk["session_id"] in question


async def test_the_question_is_asked_until_it_is_answered(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    await restart(world, 3600)
    (question,) = asked(world)
    await restart(world, 10)
    assert asked(world) == [question]
    (walk,) = await sessions(world)
    await world.call("edit_session", {"session_id": walk["session_id"], "minutes": 4})
    assert asked(world) == []
    await restart(world, 10)
    assert asked(world) == []
    assert world.state(WEEK) == "4.0"
    assert running(world, files) is None


async def test_a_question_that_is_dismissed_is_not_asked_again(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    await restart(world, 3600)
    persistent_notification.async_dismiss_all(hass)
    await hass.async_block_till_done()
    assert running(world, files) is None
    await restart(world, 10)
    assert asked(world) == []


async def test_what_was_not_counted_at_all_is_asked_to_be_logged(make_world: MakeWorld) -> None:
    world = await make_world(surface="lane")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_forward")
    await world.clocks.move(30)
    began = world.clocks.now
    await restart(world, 3600)
    (question,) = asked(world)
    assert "Log session" in question
    await world.call("log_session", {"when": began.isoformat(), "minutes": 4})
    assert asked(world) == []


async def test_who_listens_when_home_assistant_has_started_hears_of_it(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Automations hear nothing before. Breaks when a walk is closed in silence."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await down(world)
    await world.clocks.sleep(3600)
    hass.set_state(CoreState.starting)
    await up(world)
    assert (world.state(STATE), world.heard()[-1]) == ("idle", "started")
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert world.heard()[-1] == "interrupted"


async def test_a_walk_that_the_disk_did_not_take_is_there_after_a_restart(
    make_world: MakeWorld, files: Path
) -> None:
    """Breaks when the journal is forgotten before the ledger is written."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    with patch.object(KeptFile, "save", side_effect=NotWrittenError):
        await world.call("stop_session")
    assert float(world.state(WEEK)) == pytest.approx(1, abs=0.01)
    disk = {file: file.read_text() for file in files.glob("retrowalk.*")}
    await down(world)
    for file, said in disk.items():
        file.write_text(said)
    await up(world)
    (walk,) = await sessions(world)
    assert walk["backward_seconds"] == pytest.approx(60, abs=0.1)
    assert "walk" not in (running(world, files) or {})
    await restart(world, 5)
    assert len(await sessions(world)) == 1


async def test_no_question_about_a_walk_that_had_not_begun(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("switch.turn_on")
    assert world.state(STATE) == "ready"
    await restart(world, 3600)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "interrupted"
    assert asked(world) == []
    assert await sessions(world) == []


async def test_the_grace_is_an_option(hass: HomeAssistant, make_world: MakeWorld) -> None:
    world = await make_world(surface="lane")
    hass.config_entries.async_update_entry(
        world.entry, options=world.entry.options | {"session": {"go_wait": 180, "grace": 0}}
    )
    await hass.async_block_till_done()
    await walks_backward(world)
    await restart(world, 1)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "interrupted"


async def test_a_stop_while_nobody_conducts_is_a_stop(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a walk goes on by itself although everything was stopped meanwhile."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await down(world)
    await hass.services.async_call("retrowalk", "stop_everything", blocking=True)
    await world.clocks.sleep(10)
    await up(world)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "stopped"
    (walk,) = await sessions(world)
    assert walk["backward_seconds"] == pytest.approx(60, abs=0.1)
    assert asked(world) == []


async def test_a_clock_that_says_less_than_nothing_says_nothing(
    make_world: MakeWorld, files: Path
) -> None:
    """A machine without a battery believes it is yesterday. Breaks when the gap is taken as 0."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await down(world)
    world.clocks.now -= timedelta(days=1)
    world.clocks.seconds = 20
    await up(world)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "interrupted"


async def test_the_longer_of_two_clocks_is_believed(make_world: MakeWorld) -> None:
    """Breaks when a wall clock that was set back in a long restart makes it a short one."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await down(world)
    world.clocks.seconds += 3600
    world.clocks.now += timedelta(seconds=30)
    await up(world)
    assert world.state(STATE) == "idle"


async def test_a_walk_that_is_in_the_ledger_is_not_counted_again(
    make_world: MakeWorld, files: Path
) -> None:
    """A crash between the ledger and the journal. Breaks when a walk is told apart by its time."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    kept = journal(world, files).read_text()
    await world.call("stop_session")
    counted = world.state(WEEK)
    await down(world)
    journal(world, files).write_text(kept)
    await up(world)
    assert world.state(STATE) == "idle"
    assert world.state(WEEK) == counted
    assert len(await sessions(world)) == 1
    assert running(world, files) is None


async def test_a_shutdown_leaves_the_walk_to_the_next_start(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    """Breaks when only an unload keeps a walk: a shutdown unloads nothing."""
    world = await make_world(surface="lane")
    await walks_backward(world, 67)
    await hass.async_stop()
    assert hass.state is CoreState.stopped
    kept = running(world, files)
    assert kept is not None
    assert datetime.fromisoformat(kept["walk"]["wall"]) == world.clocks.now
    await hass.config_entries.async_unload(world.entry.entry_id)


# A machine that sleeps, clocks that move


async def test_a_machine_that_slept_for_a_moment_goes_on(make_world: MakeWorld) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    await world.clocks.sleep(60)
    assert world.state(STATE) == "get_ready"
    assert 60 <= world.attribute(STATE, "resumed_after") <= 75
    await world.walk()
    assert world.state(WEEK) == str(WARM_UP_MIN)


async def test_a_machine_that_slept_for_long_closes_the_walk(make_world: MakeWorld) -> None:
    """Breaks when the time in which the machine slept counts as walked."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await world.clocks.sleep(3600)
    assert world.state(STATE) == "idle"
    assert world.heard()[-1] == "interrupted"
    (walk,) = await sessions(world)
    assert 45 <= walk["backward_seconds"] <= 60
    assert len(asked(world)) == 1


async def test_a_belt_waits_for_a_go_when_the_machine_has_slept(make_world: MakeWorld) -> None:
    world = await make_world()
    await walks_backward(world)
    await world.clocks.sleep(60)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "restarted")


@pytest.mark.parametrize(
    "step", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]
)
async def test_a_clock_that_is_set_in_mid_walk_moves_nothing(
    make_world: MakeWorld, step: timedelta
) -> None:
    """Breaks when a phase is measured, or a restart found, by the wall clock."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    world.clocks.now += step
    await world.clocks.move(16)
    assert world.state(STATE) == "walking_backward"
    await world.walk()
    (walk,) = await sessions(world)
    assert walk["backward_seconds"] == WARM_UP_MIN * 60
    ended = datetime.fromisoformat(walk["started"]) + timedelta(minutes=4)
    assert abs(world.clocks.now - ended) < timedelta(minutes=10)  # the day of the clock as set


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (timedelta(hours=-1), "walking_backward"),
        (timedelta(days=-1), "walking_backward"),
        (timedelta(seconds=40), "paused"),
        (timedelta(hours=1), "idle"),
        (timedelta(days=1), "idle"),
    ],
)
async def test_a_belt_does_not_run_on_where_the_clock_says_that_nobody_was_there(
    make_world: MakeWorld, step: timedelta, state: str
) -> None:
    """A virtual machine that was paused: only its wall clock knows. Breaks when a belt goes on."""
    world = await make_world()
    await walks_backward(world)
    world.clocks.now += step
    await world.clocks.move(16)
    assert world.state(STATE) == state
    await world.call("stop_session")
    (walk,) = await sessions(world)
    assert 45 <= walk["backward_seconds"] <= 77


async def test_a_clock_that_is_set_right_in_mid_walk_names_the_right_day(
    make_world: MakeWorld,
) -> None:
    """Breaks when the start keeps the wall clock of a machine without a battery."""
    world = await make_world(surface="lane")
    right = world.clocks.now
    world.clocks.now -= timedelta(days=8)
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    world.clocks.now = right
    await world.clocks.move(100)
    await world.call("pause_session")
    await world.call("resume_session")
    ends = world.attribute(STATE, "phase_ends")
    assert timedelta() < ends - world.clocks.now <= timedelta(seconds=5)
    await world.walk()
    assert world.state(WEEK) == "4.0"
    (walk,) = await sessions(world)
    assert walk["started"].startswith("2026-11-16T16:5")


async def test_a_clock_that_was_wrong_at_the_way_back_is_believed_when_it_is_right(
    make_world: MakeWorld, files: Path
) -> None:
    """Without a battery a machine believes that it was off for a moment."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    await crash(world, files, 30)
    assert world.state(STATE) == "get_ready"
    await world.clocks.move(20)
    world.clocks.now += timedelta(hours=12)
    await world.clocks.move(16)
    assert (world.state(STATE), world.heard()[-1]) == ("idle", "interrupted")


async def test_a_pause_after_a_restart_is_the_persons(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a walk that a person has paused goes on by itself."""
    hass.states.async_set(DOOR, "off")
    world = await make_world(surface="lane", path={"sensors": [DOOR]})
    await walks_backward(world)
    hass.states.async_set(DOOR, "unavailable")
    await restart(world, 40)
    await world.call("pause_session")
    hass.states.async_set(DOOR, "off")
    await hass.async_block_till_done()
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "asked")
    await world.call("resume_session")
    assert world.state(STATE) == "get_ready"


async def test_a_stop_in_mid_reload_is_a_stop(hass: HomeAssistant, make_world: MakeWorld) -> None:
    """Breaks when a stop finds nobody who conducts, and the walk comes back after it."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    unload = hass.config_entries.async_unload_platforms

    async def stopped_meanwhile(*what: Any) -> bool:
        await hass.services.async_call("retrowalk", "stop_everything", blocking=True)
        return await unload(*what)

    with patch.object(hass.config_entries, "async_unload_platforms", stopped_meanwhile):
        await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert (world.state(STATE), world.heard()[-1]) == ("idle", "stopped")
    assert len(await sessions(world)) == 1


async def test_a_restart_never_says_that_nothing_goes_on(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a reload in mid-walk switches the fan off that goes off when it is idle."""
    world = await make_world(surface="lane")
    await walks_backward(world)
    seen: list[str] = []

    @callback
    def remember(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"] is not None
        seen.append(event.data["new_state"].state)

    async_track_state_change_event(hass, STATE, remember)
    await restart(world, 40)
    await world.clocks.move_on(STATE)
    assert seen == ["unavailable", "get_ready", "walking_backward"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns"])
@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25), (2026, 3, 8), (2026, 11, 1)])
async def test_daylight_saving_moves_nothing(
    hass: HomeAssistant,
    make_world: MakeWorld,
    clocks: HandMovedClocks,
    zone: str,
    day: tuple[int, int, int],
) -> None:
    await hass.config.async_set_time_zone(zone)
    clocks.now = datetime(*day, 0, 56, tzinfo=UTC)
    world = await make_world(surface="lane")
    await walks_backward(world)
    await hass.config.async_set_time_zone("Pacific/Auckland")
    await world.walk()
    (walk,) = await sessions(world)
    assert walk["backward_seconds"] == WARM_UP_MIN * 60


# The room, and what else there is


async def test_the_room_stays_lit_over_a_restart_and_is_restored_at_the_end(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when somebody walks backward in the dark while a gym is reloaded."""
    hass.states.async_set(LAMP, "off")
    on, off = (
        async_mock_service(hass, "light", "turn_on"),
        async_mock_service(hass, "light", "turn_off"),
    )
    world = await make_world(surface="lane", light={"lights": [LAMP]})
    await walks_backward(world)
    hass.states.async_set(LAMP, "on")
    assert (len(on), len(off)) == (1, 0)
    await restart(world, 40)
    assert (len(on), len(off)) == (2, 0)  # on again: a power cut may have left it off
    await world.call("stop_session")
    assert (len(on), len(off)) == (2, 1)


async def test_the_room_is_restored_when_the_walk_is_closed_or_the_gym_removed(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    hass.states.async_set(LAMP, "off")
    async_mock_service(hass, "light", "turn_on")
    off = async_mock_service(hass, "light", "turn_off")
    world = await make_world(surface="lane", light={"lights": [LAMP]})
    await walks_backward(world)
    hass.states.async_set(LAMP, "on")
    await restart(world, 3600)
    assert len(off) == 1
    hass.states.async_set(LAMP, "off")
    await walks_backward(world)
    hass.states.async_set(LAMP, "on")
    await hass.config_entries.async_remove(world.entry.entry_id)
    await hass.async_block_till_done()
    assert len(off) == 2


async def test_a_rehearsal_is_nothing_to_come_back_to(make_world: MakeWorld, files: Path) -> None:
    world = await make_world(surface="lane")
    await world.call("rehearse", {"kind": "warm_up", "pace": 1})
    await world.clocks.move(60)
    assert running(world, files) is None
    await restart(world, 5)
    assert world.state(STATE) == "idle"
    assert asked(world) == []


async def test_an_unload_that_fails_comes_back_too(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    with patch.object(hass.config_entries, "async_unload_platforms", return_value=False):
        assert not await async_unload_entry(hass, world.entry)
    await hass.async_block_till_done()
    assert world.state(STATE) == "get_ready"
    await world.walk()
    assert world.state(WEEK) == str(WARM_UP_MIN)


@pytest.mark.parametrize(
    "damage",
    [{}, {"walk": {}}, {"walk": []}, {"walk": None}, {"asked": []}, {"walk": {"session": {}}}],
)
async def test_a_damaged_journal_keeps_nobody_from_walking(
    hass: HomeAssistant, make_world: MakeWorld, files: Path, damage: dict[str, Any]
) -> None:
    world = await make_world(surface="lane")
    await walks_backward(world)
    await down(world)
    file = journal(world, files)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"data": damage}))
    await up(world)
    assert world.state(STATE) == "idle"
    found = [each.translation_key for each in ir.async_get(hass).issues.values()]
    assert found == ["walk_lost"]
    await walks_backward(world)
