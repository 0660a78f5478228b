"""Set-up, unload, reload, removal and change: nothing is lost and nothing is left behind."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_get_persistent_notifications,
)

from custom_components.retrowalk import async_remove_config_entry_device
from custom_components.retrowalk.coach.plan import Kind
from custom_components.retrowalk.gym.gym import Gym
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event
from homeassistant.util import dt as dt_util

from .conftest import HandMovedClocks, MakeWorld, World

STATE = "sensor.ann_state"
WEEK = "sensor.ann_weekly_minutes"
DOOR = "binary_sensor.door"


def timers(hass: HomeAssistant) -> list[str]:
    """Return the timers of the event loop that belong to the integration."""
    handles: list[asyncio.TimerHandle] = hass.loop._scheduled  # type: ignore[attr-defined]
    ours = ("Conductor.", "Gym.", "_follow_the_day")
    waiting = [
        f"{each._callback!r} {each._args!r}"  # type: ignore[attr-defined]
        for each in handles
        if not each.cancelled()
    ]
    return [each for each in waiting if any(name in each for name in ours)]


def listeners(hass: HomeAssistant) -> dict[str, int]:
    return {str(name): count for name, count in hass.bus.async_listeners().items()}


async def in_mid_walk(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(60)


async def test_between_two_phases_there_is_one_timer(make_world: MakeWorld) -> None:
    """Breaks when anything ticks."""
    world = await make_world()
    idle = len(timers(world.hass))
    await in_mid_walk(world)
    assert len(timers(world.hass)) == idle + 1


async def test_an_unload_leaves_no_timer_listener_or_notification(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    """Breaks when one of them is not given back."""
    hass.states.async_set(DOOR, "off")
    world = await make_world(surface="lane", path={"sensors": [DOOR], "also_sees_me": []})
    await hass.config_entries.async_unload(world.entry.entry_id)
    before = listeners(hass)
    assert timers(hass) == []
    await hass.config_entries.async_setup(world.entry.entry_id)
    await hass.async_block_till_done()

    await in_mid_walk(world)
    hass.states.async_set(DOOR, "on")
    await hass.async_block_till_done()
    assert async_get_persistent_notifications(hass)
    await hass.config_entries.async_unload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert timers(hass) == []
    assert {name for name, n in listeners(hass).items() if n > before.get(name, 0)} == set()
    assert not async_get_persistent_notifications(hass)


async def test_removal_in_mid_walk_leaves_nothing(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    world = await make_world()
    await in_mid_walk(world)
    await hass.config_entries.async_remove(world.entry.entry_id)
    await hass.async_block_till_done()
    assert list(files.glob("retrowalk*")) == []
    assert timers(hass) == []
    assert [each for each in hass.states.async_all() if "ann" in each.entity_id] == []
    assert not dr.async_entries_for_config_entry(dr.async_get(hass), world.entry.entry_id)


async def test_a_runner_can_be_added_and_removed_in_mid_walk(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a change of the entry reloads it."""
    world = await make_world()
    await in_mid_walk(world)
    session = world.entry.runtime_data.runners[next(iter(world.entry.subentries))]._conductor
    cleo = ConfigSubentry(
        data={"level": 1, "weekly_goal": 10, "rails": "as_level"},  # type: ignore[arg-type]
        subentry_type="runner",
        title="Cleo",
        unique_id="cleo",
    )
    hass.config_entries.async_add_subentry(world.entry, cleo)
    await hass.async_block_till_done()
    assert world.state("sensor.cleo_state") == "idle"
    assert world.state("number.cleo_weekly_goal") == "10"
    assert world.state("binary_sensor.cleo_ready") == "off"

    hass.config_entries.async_remove_subentry(world.entry, cleo.subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.cleo_state") is None
    assert (
        world.entry.runtime_data.runners[next(iter(world.entry.subentries))]._conductor is session
    )
    assert world.state(STATE) == "walking_backward"


async def test_a_runner_removed_in_mid_walk_gives_the_gym_back(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    world = await make_world()
    await in_mid_walk(world)
    ann = next(iter(world.entry.subentries))
    hass.config_entries.async_remove_subentry(world.entry, ann)
    await hass.async_block_till_done()
    assert world.state("binary_sensor.ben_ready") == "on"
    assert list(files.glob(f"retrowalk.{ann}*")) == []
    assert len(timers(hass)) == 1
    await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    assert world.state("sensor.ben_state") == "get_ready"


async def test_a_changed_level_and_goal_hold_at_once_and_leave_the_walk_alone(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    world = await make_world()
    await in_mid_walk(world)
    ends = world.attribute(STATE, "phase_ends")
    subentry = next(iter(world.entry.subentries.values()))
    hass.config_entries.async_update_subentry(
        world.entry, subentry, data={**subentry.data, "level": 3}, title="Anna"
    )
    await world.call("number.set_value", {"value": 30}, who="number.ann_weekly_goal")
    await hass.async_block_till_done()
    assert world.state("sensor.ann_level") == "3"
    assert world.state("number.ann_weekly_goal") == "30"
    assert world.events[-1][1]["event_type"] == "level_changed"
    assert world.events[-1][1] | {"from": 6, "to": 3} == world.events[-1][1]
    assert world.attribute(STATE, "phase_ends") == ends
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("retrowalk", subentry.subentry_id), world.entry.entry_id
    )
    assert device is not None
    assert device.name == "Anna"
    await world.walk()
    assert world.state(WEEK) == "4.0"
    walk = (await world.call("get_sessions", response=True))["sessions"][0]
    assert walk["level"] == 6


async def test_a_gym_can_be_renamed_in_mid_walk(hass: HomeAssistant, make_world: MakeWorld) -> None:
    world = await make_world()
    await in_mid_walk(world)
    hass.config_entries.async_update_entry(world.entry, title="Cellar")
    await hass.async_block_till_done()
    assert world.state(STATE) == "walking_backward"
    assert hass.states.get("binary_sensor.home_gym_path").name == "Cellar Path"  # type: ignore[union-attr]


async def test_many_changes_at_once_build_each_runner_once(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when two changes of the entry are taken over side by side."""
    world = await make_world()
    for name in ("Cleo", "Dan", "Eve"):
        hass.config_entries.async_add_subentry(
            world.entry,
            ConfigSubentry(
                data={"level": 1, "weekly_goal": 10, "rails": "as_level"},  # type: ignore[arg-type]
                subentry_type="runner",
                title=name,
                unique_id=name.casefold(),
            ),
        )
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    ids = [
        (each.domain, each.unique_id)
        for each in er.async_entries_for_config_entry(registry, world.entry.entry_id)
    ]
    assert len(ids) == len(set(ids)) == 5 + 5 * 26
    assert {world.state(f"sensor.{name}_state") for name in ("cleo", "dan", "eve")} == {"idle"}


async def test_devices_are_removed_with_their_entry_only(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    world = await make_world()
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), world.entry.entry_id):
        assert not await async_remove_config_entry_device(hass, world.entry, device)


@pytest.mark.parametrize(
    ("zone", "first_day", "begins"),
    [
        ("Europe/Berlin", "monday", datetime(2026, 11, 15, 23, tzinfo=UTC)),
        ("Europe/Berlin", "sunday", datetime(2026, 11, 14, 23, tzinfo=UTC)),
        ("Pacific/Auckland", "monday", datetime(2026, 11, 15, 11, tzinfo=UTC)),
        ("America/Los_Angeles", "saturday", datetime(2026, 11, 14, 8, tzinfo=UTC)),
    ],
)
async def test_the_week_begins_where_the_owner_lives(
    hass: HomeAssistant, make_world: MakeWorld, zone: str, first_day: str, begins: datetime
) -> None:
    await hass.config.async_set_time_zone(zone)
    world = await make_world(week_start=first_day)
    reset = world.attribute(WEEK, "last_reset")
    assert datetime.fromisoformat(str(reset)) == begins


async def test_a_new_week_begins_at_local_midnight(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks, freezer: Any
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    clocks.now = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # Sunday, 23:00
    freezer.move_to(clocks.now)
    world = await make_world()
    await world.call("log_session", {"when": "2026-11-22T20:00:00+01:00", "minutes": 30})
    assert world.state(WEEK) == "30.0"
    assert world.state("sensor.ann_sessions_this_week") == "1"
    clocks.now = datetime(2026, 11, 22, 23, 0, 1, tzinfo=UTC)
    freezer.move_to(clocks.now)
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()
    assert world.state(WEEK) == "0.0"
    assert world.state("sensor.ann_lifetime_minutes") == "30.0"


async def test_another_time_zone_shows_another_week_and_moves_no_past_day(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    clocks.now = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # Monday, 02:00
    world = await make_world()
    await world.call("log_session", {"when": "2026-11-16T01:00:00+01:00", "minutes": 30})
    assert world.state(WEEK) == "30.0"
    await hass.config.async_update(time_zone="America/Los_Angeles")  # still Sunday there
    await hass.async_block_till_done()
    assert world.state(WEEK) == "0.0"
    await hass.config.async_update(time_zone="Europe/Berlin")
    await hass.async_block_till_done()
    assert world.state(WEEK) == "30.0"


async def test_a_walk_over_midnight_and_the_weeks_boundary_is_split(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    clocks.now = datetime(2026, 11, 22, 22, 54, tzinfo=UTC)  # Sunday, 23:54
    world = await make_world(surface="lane")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk()  # backward from 23:57:05 to 00:01:05
    assert float(world.state(WEEK)) == pytest.approx(65 / 60, abs=0.002)
    assert world.state("sensor.ann_sessions_this_week") == "0"
    assert world.state("sensor.ann_lifetime_minutes") == "4.0"


async def test_a_walk_that_something_starts_during_an_unload_does_not_begin(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when an entry that is gone keeps a session that nobody can reach."""
    world = await make_world()
    await in_mid_walk(world)
    runner = world.entry.runtime_data.runners[next(iter(world.entry.subentries))]
    again: list[asyncio.Task[object]] = []

    @callback
    def start_again(_event: Event[EventStateChangedData]) -> None:
        start = runner.start(Kind.WARM_UP, context=world.person)
        again.append(hass.async_create_task(start))

    async_track_state_change_event(hass, "switch.ann_session", start_again)
    await hass.config_entries.async_unload(world.entry.entry_id)
    results = await asyncio.gather(*again, return_exceptions=True)
    assert results
    assert all(isinstance(each, ServiceValidationError) for each in results)
    assert timers(hass) == []


async def test_a_stop_ends_nothing_that_began_after_it(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when one runner is stopped after the other."""
    world = await make_world()
    await in_mid_walk(world)
    restore, restoring, hangs = Gym.restore_room, asyncio.Event(), asyncio.Event()

    async def slow(gym: Gym) -> None:
        restoring.set()
        await hangs.wait()
        await restore(gym)

    with patch.object(Gym, "restore_room", slow):
        stop = hass.async_create_task(world.entry.runtime_data.stop_everything())
        await restoring.wait()
        await hass.services.async_call(
            "retrowalk",
            "start_session",
            {"kind": "warm_up"},
            target={"entity_id": "switch.ben_session"},
            context=world.person,
            blocking=True,
        )
        hangs.set()
        await stop
    await hass.async_block_till_done()
    assert world.state("sensor.ben_state") == "get_ready"


async def test_a_wrong_clock_at_set_up_rewrites_no_goal(
    hass: HomeAssistant, make_world: MakeWorld, clocks: HandMovedClocks
) -> None:
    """Breaks when a start in the past, with no battery in the clock, sets the goal anew."""
    world = await make_world()
    await world.call("log_session", {"when": "2026-11-16T09:00:00+00:00", "minutes": 50})
    assert world.state("sensor.ann_streak") == "1"
    right = clocks.now
    clocks.now = datetime(2020, 1, 1, tzinfo=UTC)
    await hass.config_entries.async_reload(world.entry.entry_id)
    clocks.now = right
    await hass.config_entries.async_reload(world.entry.entry_id)
    await hass.async_block_till_done()
    assert world.state("sensor.ann_streak") == "1"


async def test_everything_can_be_stopped_where_an_unload_has_failed(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    """Breaks when a stop passes over an entry that is neither loaded nor unloaded."""
    world = await make_world()
    with patch.object(hass.config_entries, "async_unload_platforms", return_value=False):
        assert not await hass.config_entries.async_unload(world.entry.entry_id)
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state(STATE) == "get_ready"
    await hass.services.async_call("retrowalk", "stop_everything", blocking=True)
    assert world.state(STATE) == "idle"
    await world.entry._async_process_on_unload(hass)  # nothing else can unload it now
