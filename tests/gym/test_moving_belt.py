"""A belt that is moved: only after a person's go, in steps, within limits, and never on its own."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_get_persistent_notifications,
    async_mock_service,
)

from custom_components.retrowalk.coach.levels import Hands
from custom_components.retrowalk.coach.limits import limits
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.belt import RunFor
from custom_components.retrowalk.gym.drive import Setting
from custom_components.retrowalk.gym.stop_path import StopCause
from custom_components.retrowalk.store import _HonestStore
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event

from ..conftest import World
from ..treadmills import Fault, Shape
from .conftest import MakeTreadmill, unload

STATE = "sensor.ann_state"
READY = "binary_sensor.ann_ready"
DOOR = "binary_sensor.door"
CLEARED = {"answered": "2026-11-01", "cleared": True}
MOVING = ("start", "speed", "incline")


async def starts(world: World, kind: str = "warm_up", **data: Any) -> None:
    await world.call("start_session", {"kind": kind, **data})


async def says_go(world: World) -> None:
    await world.clocks.move(3)
    await world.call("go")


async def walks_backward(world: World, kind: str = "warm_up") -> None:
    """Say go, skip the forward walk, turn, and walk backward for some seconds."""
    await starts(world, kind)
    await says_go(world)
    await world.clocks.move(10)
    await world.call("skip_phase")
    await world.clocks.move(8)
    await says_go(world)
    await world.clocks.move(6)
    assert world.state(STATE) == "walking_backward"


async def refused(world: World, action: str, **kwargs: Any) -> str:
    with pytest.raises(ServiceValidationError) as refusal:
        await world.call(action, **kwargs)
    return str(refusal.value.translation_key)


def alerts(world: World) -> list[str]:
    return [
        str(each["message"]) for each in async_get_persistent_notifications(world.hass).values()
    ]


def safety(world: World) -> list[str]:
    return [
        data["event_type"] for entity, data in world.events if entity == "event.home_gym_safety"
    ]


# Only a person's go


@pytest.mark.parametrize("shape", Shape)
async def test_nothing_is_sent_before_a_go_and_the_belt_starts_after_the_count_in(
    make_treadmill: MakeTreadmill, shape: Shape
) -> None:
    """Breaks when a start, a button or a switch moves a belt."""
    world, machine = await make_treadmill(shape)
    await starts(world)
    assert world.state(STATE) == "ready"
    await world.clocks.move(60)
    assert machine.commands == []
    await world.call("go")
    assert world.state(STATE) == "get_ready"
    await world.clocks.move(4)
    assert machine.told(*MOVING) == []
    await world.clocks.move(4)
    assert world.state(STATE) == "walking_forward"
    assert machine.speed_kmh > 0.3


async def test_an_automation_prepares_and_moves_nothing(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill()
    automation = Context()
    await world.call("start_session", {"kind": "warm_up"}, context=automation)
    await world.clocks.move(3)
    for action in ("go", "resume_session"):
        with pytest.raises(ServiceValidationError, match="Only a person"):
            await world.call(action, context=automation)
    assert machine.commands == []
    assert world.state(STATE) == "ready"


async def test_a_go_counts_two_seconds_after_its_state_began(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await starts(world)
    await world.clocks.move(1)
    assert await refused(world, "go") == "too_soon"
    assert machine.commands == []


async def test_after_a_pause_only_a_go_starts_the_belt(make_treadmill: MakeTreadmill) -> None:
    """Breaks when Resume, which is an entity that anything may press, moves a belt."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.call("pause_session")
    await world.clocks.move(10)
    stopped = len(machine.commands)
    assert await refused(world, "resume_session") == "belt_needs_go"
    assert await refused(world, "button.press", who="button.ann_resume") == "belt_needs_go"
    await world.clocks.move(10)
    assert machine.commands[stopped:] == []
    await world.call("go")
    await world.clocks.move(8)
    assert machine.speed_kmh > 0.3


async def test_a_turn_has_the_belt_stand_and_ends_with_a_go_and_a_count_in(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await starts(world)
    await says_go(world)
    await world.clocks.move(20)
    await world.call("skip_phase")
    assert world.state(STATE) == "turning"
    assert await refused(world, "go") in ("too_soon", "path_in_the_way")
    await world.clocks.move(8)
    assert machine.speed_kmh == 0
    await world.call("go")
    assert world.state(STATE) == "get_ready"
    await world.clocks.move(4)
    assert machine.speed_kmh == 0


async def test_a_go_is_refused_while_nothing_shows_that_the_belt_stands(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when a belt that did not stop is started."""
    world, machine = await make_treadmill()
    await starts(world)
    await says_go(world)
    await world.clocks.move(15)
    machine.misbehave(Fault.STUCK)
    await world.call("skip_phase")
    await world.clocks.move(5)
    with pytest.raises(ServiceValidationError, match="nothing shows yet that the belt stands"):
        await world.call("go")
    machine.pull_clip()
    await world.clocks.move(3)
    await world.call("go")
    assert world.state(STATE) == "get_ready"


async def test_a_rest_stands_and_the_next_bout_starts_by_itself_or_with_a_go(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(runners=({"name": "Ann", "level": 1, "weekly_goal": 10},))
    await walks_backward(world, "dedicated")
    while world.state(STATE) != "resting":
        await world.call("skip_phase")
        await world.clocks.move(20)
    assert machine.speed_kmh == 0
    assert await refused(world, "skip_phase") == "needs_go"
    await world.clocks.move_on(STATE)
    await world.clocks.move(5)
    assert world.state(STATE) == "walking_backward"
    assert machine.speed_kmh > 0.3
    await world.call("skip_phase")
    await world.clocks.move(8)
    await world.call("go")
    assert world.state(STATE) == "get_ready"


async def test_the_go_button_says_go(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill={"go_button": "event.treadmill_go_button"})
    machine.press("go")  # to nobody
    await world.clocks.move(5)
    await starts(world)
    await world.clocks.move(3)
    machine.press("go")
    await world.clocks.move(0.5)
    assert world.state(STATE) == "get_ready"


async def test_a_button_entity_says_go_only_where_a_person_pressed_it(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when an automation that presses a button can move a belt."""
    world, machine = await make_treadmill(treadmill={"go_button": "button.fob"})
    hass.states.async_set("button.fob", "unknown")
    await starts(world)
    await world.clocks.move(3)
    hass.states.async_set("button.fob", "2026-11-16T17:00:00+00:00", context=Context())
    await world.clocks.move(3)
    assert world.state(STATE) == "ready"
    hass.states.async_set("button.fob", "2026-11-16T17:01:00+00:00", context=world.person)
    await world.clocks.move(0.5)
    assert world.state(STATE) == "get_ready"
    assert machine.told(*MOVING) == []


async def test_without_consent_the_belt_is_stopped_and_never_moved(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when a belt is moved whose owner has not allowed it."""
    world, machine = await make_treadmill(treadmill={"may_move": False})
    await starts(world)
    assert world.state(STATE) == "get_ready"
    machine.set_by_hand(3)
    await world.clocks.move(20)
    assert world.state(STATE) == "walking_forward"
    await world.call("pause_session")
    await world.clocks.move(10)
    assert machine.speed_kmh == 0
    assert machine.told(*MOVING) == []


async def test_nothing_is_sent_by_loading_reloading_or_reconnecting(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when anything but a walk sends anything."""
    world, machine = await make_treadmill()
    machine.set_by_hand(5)
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    machine.drop(5)
    await world.clocks.move(120)
    assert machine.commands == []
    assert machine.speed_kmh == 5


# Steps and limits


async def test_the_belt_follows_in_small_steps_three_seconds_apart(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await starts(world, "hill")
    await says_go(world)
    for _ in range(40):
        await world.clocks.move(30)
        state = world.state(STATE)
        if state == "turning":
            await world.call("go")
        if state in ("idle", "resting"):
            break
    before: dict[str, tuple[float, float]] = {}
    for at, name, value in machine.commands:
        if name == "stop" or value is None:
            before.clear()
            continue
        if name in before:
            then, was = before[name]
            step = 0.3 if name == "speed" else 1
            assert abs(value - was) <= step + 1e-6
            assert value == was or at - then >= 2.9 or len(before) < 2
        before[name] = (at, value)
    assert max(value or 0 for _, name, value in machine.commands if name == "incline") == 4
    assert machine.top_kmh <= 4.0 + 1e-6


@pytest.mark.parametrize(
    ("runner", "kind", "most"),
    [
        ({"level": 8}, "dedicated", 5.0),
        ({"level": 8, "rails": "always"}, "dedicated", 3.0),
        ({"level": 8, "year_of_birth": 1950}, "dedicated", 3.0),
        ({"level": 8, "year_of_birth": 1950, "screening": CLEARED}, "dedicated", 3.5),
    ],
)
async def test_no_belt_is_faster_than_its_runner_may_be(
    make_treadmill: MakeTreadmill, runner: dict[str, Any], kind: str, most: float
) -> None:
    world, machine = await make_treadmill(runners=({"name": "Ann", "weekly_goal": 60} | runner,))
    await walks_backward(world, kind)
    await world.call("skip_phase")
    await world.clocks.move(120)
    speeds = [value or 0 for _, name, value in machine.commands if name == "speed"]
    assert max(speeds) <= most
    level_asks = 2.5 if most == 3.0 and "year_of_birth" in runner else 4.0
    assert machine.speed_kmh == pytest.approx(min(most, level_asks), abs=0.01)


async def test_miles_are_miles(make_treadmill: MakeTreadmill) -> None:
    """Breaks when a number of miles is sent as kilometres, or the other way round."""
    world, machine = await make_treadmill(machine={"unit": "mph"})
    await walks_backward(world)
    await world.clocks.move(60)
    assert machine.speed_kmh == pytest.approx(2.4, abs=0.17)
    assert machine.speed_kmh <= 2.4


async def test_easing_takes_speed_off_at_once(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.clocks.move(60)
    before = len(machine.commands)
    await world.call("ease")
    assert [(name, value) for _, name, value in machine.commands[before:]] == [("speed", 2.0)]
    await world.clocks.move(10)
    assert machine.speed_kmh == pytest.approx(2.0)


async def test_a_belt_that_surges_is_stopped_long_before_it_is_fast(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when nobody looks at what the belt really does."""
    faults = (Fault.SURGING, Fault.SILENT_SPEED)
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, *faults)
    await starts(world)
    await says_go(world)
    await world.clocks.move(30)
    assert machine.top_kmh < 2.5
    assert machine.speed_kmh == 0
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "too_fast")


async def test_a_machine_that_starts_with_its_last_speed_is_held_to_the_lowest(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, Fault.SURGING)
    await starts(world)
    await says_go(world)
    await world.clocks.move(7.5)
    assert world.state(STATE) == "walking_forward"
    assert machine.top_kmh <= 0.8


async def test_a_stale_speed_that_comes_back_with_the_connection_is_stopped(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.clocks.move(30)
    machine.misbehave(Fault.SURGING)
    machine.drop(3)
    await world.clocks.move(20)
    assert machine.top_kmh < 4.5
    assert machine.speed_kmh == 0
    assert world.state(STATE) == "paused"


async def test_a_belt_that_stood_and_moves_again_is_stopped_again(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.call("pause_session")
    await world.clocks.move(10)
    machine.set_by_hand(3)
    await world.clocks.move(10)
    assert machine.speed_kmh == 0
    await world.call("go")
    await world.call("stop_session")


async def test_a_belt_that_moves_by_itself_in_a_rest_pauses_the_walk(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(runners=({"name": "Ann", "level": 1, "weekly_goal": 10},))
    await walks_backward(world, "dedicated")
    await world.call("skip_phase")
    await world.clocks.move(5)
    await world.call("skip_phase")
    await world.clocks.move(8)
    assert world.state(STATE) == "resting"
    machine.set_by_hand(2)
    await world.clocks.move(5)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_moved")
    assert machine.speed_kmh == 0


async def test_the_clip_pauses_the_walk_and_nothing_starts_the_belt_again(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when a step of the ramp starts a belt that its walker has just stopped."""
    world, machine = await make_treadmill(Shape.NUMBER_ONLY)
    await walks_backward(world)
    machine.pull_clip()
    await world.clocks.move(2)
    pulled = len(machine.commands)
    await world.clocks.move(60)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    assert all(not value for _, _, value in machine.commands[pulled:])
    assert machine.speed_kmh == 0


async def test_a_pause_in_the_turn_in_which_the_belt_starts_holds(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when what is said while the belt is told waits until somebody wakes."""
    world, machine = await make_treadmill()
    await starts(world)
    await says_go(world)

    @callback
    def pause(_event: object) -> None:
        action = hass.services.async_call(
            DOMAIN, "pause_session", {"entity_id": "switch.ann_session"}
        )
        hass.async_create_task(action, eager_start=True)

    unsubscribe = async_track_state_change_event(hass, ["switch.treadmill"], pause)
    await world.clocks.move(7)
    unsubscribe()
    assert world.state(STATE) == "paused"
    await world.clocks.move(10)
    assert machine.speed_kmh == 0


async def test_an_old_press_that_comes_back_is_no_go(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when a button that reconnects moves a belt."""
    world, machine = await make_treadmill(treadmill={"go_button": "event.fob"})
    hass.states.async_set("event.fob", "unavailable")
    await starts(world)
    await world.clocks.move(3)
    for said in ("unknown", "2026-11-16T10:00:00+00:00", "unavailable", "unknown"):
        hass.states.async_set("event.fob", said)
        await world.clocks.move(1)
    hass.states.async_set("event.fob", "2026-11-16T10:00:00+00:00")
    await world.clocks.move(8)
    assert world.state(STATE) == "ready"
    assert machine.commands == []
    hass.states.async_set("event.fob", "2026-11-16T17:00:11+00:00")
    await world.clocks.move(1)
    assert world.state(STATE) == "get_ready"


async def test_no_belt_starts_while_something_may_be_in_the_way(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when a hold time or a grace lets a belt start into an obstacle."""
    world, machine = await make_treadmill(
        path={"watched": [{"entity": DOOR, "clear": "off", "hold": 8}]}
    )
    hass.states.async_set(DOOR, "off")
    await starts(world)
    await says_go(world)
    await world.clocks.move(2)
    hass.states.async_set(DOOR, "on")
    await world.clocks.move(12)
    assert machine.told(*MOVING) == []
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "obstacle")


async def test_the_belt_holds_its_limits_whatever_it_is_told(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when the belt leaves it to the plan that nobody is too fast or too steep."""
    world, machine = await make_treadmill()
    gym, most = world.entry.runtime_data.gym, limits(Hands.BOTH_RAILS, 80)
    times = RunFor(phase_s=300, session_s=300)
    gym.start_belt(most, Setting(speed_kmh=9, grade_percent=20), times)
    await world.clocks.move(90)
    assert machine.top_kmh <= 3.0
    assert machine.incline_percent == 5
    gym.belt.lead(Setting(speed_kmh=9, grade_percent=-3), times)
    await world.clocks.move(60)
    assert machine.top_kmh <= 3.0
    assert machine.incline_percent == 0
    gym.stop_belt(StopCause.ASKED)


# Honest degradation


async def test_a_belt_that_does_not_start_is_left_to_its_owner(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(Shape.SWITCH_AND_NUMBERS, Fault.SILENT)
    await starts(world)
    await says_go(world)
    await world.clocks.move(18)
    assert "The treadmill did not start. Start it yourself at 4 km/h" in alerts(world)[0]
    issue = ir.async_get(world.hass).async_get_issue(DOMAIN, f"belt_failing_{world.entry.entry_id}")
    assert issue is not None
    assert issue.is_fixable
    await world.clocks.move(5)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    sent = len(machine.told(*MOVING))
    machine.misbehave()
    machine.set_by_hand(3)  # nobody has said go: it is kept still
    await world.clocks.move(8)
    assert machine.speed_kmh == 0
    await world.call("go")
    await world.clocks.move(2)
    machine.set_by_hand(3)
    await world.clocks.move(20)
    assert world.state(STATE) == "walking_forward"
    assert len(machine.told(*MOVING)) == sent
    await world.call("stop_session")
    await world.clocks.move(8)
    assert machine.speed_kmh == 0
    await starts(world)  # it is remembered, over a restart too
    assert world.state(STATE) == "get_ready"
    await world.call("stop_session")
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    await starts(world)
    assert world.state(STATE) == "get_ready"


async def test_a_speed_that_is_not_taken_is_left_to_its_owner(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(Shape.SWITCH_AND_NUMBERS, Fault.SILENT_SPEED)
    await starts(world)
    await says_go(world)
    await world.clocks.move(40)
    assert "Set 4 km/h yourself." in alerts(world)[0]
    assert world.state(STATE) == "walking_forward"
    sent = len(machine.commands)
    machine.set_by_hand(3.5)
    await world.clocks.move(30)
    assert world.state(STATE) == "walking_forward"
    assert machine.commands[sent:] == []
    await world.clocks.move_on(STATE)
    await world.clocks.move(8)
    assert machine.speed_kmh == 0


async def test_an_incline_that_is_missing_keeps_nobody_from_walking(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(treadmill={"incline": "number.gone"})
    await walks_backward(world, "hill")
    assert machine.speed_kmh > 0.3


# A start that is refused


async def test_a_start_is_refused_while_somebody_is_on_the_belt(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    machine.set_by_hand(8)
    await world.clocks.move(20)
    assert world.state(READY) == "off"
    assert world.attribute(READY, "blockers")[0]["reason"] == "belt_moving"
    assert await refused(world, "start_session", data={"kind": "warm_up", "force": True}) == (
        "belt_not_ready"
    )
    assert machine.speed_kmh == 8
    machine.set_by_hand(0)
    await world.clocks.move(10)
    assert world.state(READY) == "on"


async def test_a_start_is_refused_while_nothing_could_stop_the_belt(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    machine.drop(60)
    await world.clocks.move(1)
    reasons = {each["reason"] for each in world.attribute(READY, "blockers")}
    assert reasons == {"belt_silent", "stop_dead"}
    assert await refused(world, "start_session", data={"kind": "warm_up", "force": True}) == (
        "belt_not_ready"
    )
    await world.clocks.move(60)
    assert world.state(READY) == "on"


async def test_a_connection_for_the_session_is_opened_waited_for_and_closed(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill(treadmill={"connect": "switch.treadmill_connection"})
    await world.call("switch.turn_off", who="switch.treadmill_connection")
    assert not machine.is_connected
    await starts(world)
    assert machine.is_connected
    await world.clocks.move(3)
    assert world.state(STATE) == "ready"
    await world.call("go")
    await world.clocks.move(20)
    await world.call("stop_session")
    await world.clocks.move(5)
    assert machine.is_connected  # until the belt is sure to stay still
    await world.clocks.move(20)
    assert not machine.is_connected


async def test_a_connection_that_never_comes_is_named(make_treadmill: MakeTreadmill) -> None:
    """Breaks when a walk waits for its belt, gives up, and nobody knows why."""
    world, machine = await make_treadmill(treadmill={"connect": "switch.treadmill_connection"})
    await world.call("switch.turn_off", who="switch.treadmill_connection")
    machine.drop(1000)
    await starts(world)
    await world.clocks.move(10)
    assert alerts(world) == []  # it may only be slow
    assert world.state(STATE) == "preparing"
    await world.clocks.move(10)
    assert any("stop does not answer" in each for each in alerts(world))
    await world.clocks.move(120)
    assert world.state(STATE) == "idle"
    assert all("did not start" in each for each in alerts(world))


async def test_a_belt_that_somebody_starts_while_a_walk_is_prepared_is_named(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    world, machine = await make_treadmill(path={"sensors": [DOOR]})
    hass.states.async_set(DOOR, "on")
    await starts(world)
    machine.set_by_hand(3)
    await world.clocks.move(3)
    hass.states.async_set(DOOR, "off")
    await world.clocks.move(3)
    assert world.state(STATE) == "preparing"
    assert any("the belt is moving" in each for each in alerts(world))
    machine.set_by_hand(0)
    await world.clocks.move(5)
    assert world.state(STATE) == "ready"
    assert alerts(world) == []


@pytest.mark.parametrize("damage", ["{", "{}", '{"version": 1, "minor_version": 1, "data": {}}'])
async def test_a_damaged_file_of_the_belt_has_it_stopped(
    make_treadmill: MakeTreadmill, files: Path, damage: str
) -> None:
    """Nobody can know whether it was moved. Breaks when the set-up fails, or a belt runs on."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    await world.call("stop_session")
    await world.clocks.move(5)
    await unload(world)
    machine.set_by_hand(3)
    await world.clocks.move(8)
    (files / f"retrowalk.{world.entry.entry_id}.belt").write_text(damage)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.clocks.move(8)
    assert machine.speed_kmh == 0
    assert world.entry.runtime_data.gym.belt.profile.learnt_s is not None


async def test_a_treadmill_that_is_changed_in_mid_walk_is_stopped_first(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when the belt that was moved is forgotten with its roles."""
    world, machine = await make_treadmill()
    await walks_backward(world)
    changed = world.entry.options | {
        "treadmill": world.entry.options["treadmill"] | {"may_move": False}
    }
    world.hass.config_entries.async_update_entry(world.entry, options=changed)
    await world.clocks.move(12)
    assert machine.speed_kmh == 0
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "belt_still")
    sent = len(machine.told(*MOVING))
    await world.call("go")
    await world.clocks.move(10)
    assert len(machine.told(*MOVING)) == sent


# Promises of the stop path


async def test_an_obstacle_stops_the_belt_in_the_turn_in_which_its_sensor_speaks(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when a task, a timer or a view stands between a sensor and the stop."""
    world, _ = await make_treadmill(path={"sensors": [DOOR]})
    hass.states.async_set(DOOR, "off")
    await walks_backward(world)
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    hass.states.async_set(DOOR, "on")
    assert [(each.data["domain"], each.data["service"]) for each in calls][:1] == [
        ("switch", "turn_off")
    ]
    assert world.state(STATE) == "paused"


async def test_a_stop_works_without_a_disk_a_speaker_and_a_phone(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    """Breaks when a stop waits for anything that may be broken."""
    broken = OSError("nothing works today")
    async_mock_service(hass, "assist_satellite", "announce", raise_exception=broken)
    async_mock_service(hass, "tts", "speak", raise_exception=broken)
    voice = {"satellites": ["assist_satellite.a"], "speakers": ["media_player.a"], "tts": "tts.a"}
    world, machine = await make_treadmill(voice=voice, path={"sensors": [DOOR]})
    hass.states.async_set(DOOR, "off")
    await walks_backward(world)
    with patch.object(_HonestStore, "_async_write_data", side_effect=OSError("disk full")):
        hass.states.async_set(DOOR, "on")
        await world.clocks.move(8)
        assert machine.speed_kmh == 0
        assert world.state(STATE) == "paused"
        await world.call("stop_session")
        assert world.state(STATE) == "idle"


async def test_what_a_restart_could_not_know_is_not_begun(
    make_treadmill: MakeTreadmill,
) -> None:
    """Breaks when a belt moves before it is on disk that it does."""
    world, machine = await make_treadmill()
    await starts(world)
    with patch.object(_HonestStore, "_async_write_data", side_effect=OSError):
        await says_go(world)
        await world.clocks.move(10)
    assert machine.told(*MOVING) == []
    assert any("The disk does not take" in each for each in alerts(world))


async def test_time_to_still_is_measured_and_kept(make_treadmill: MakeTreadmill) -> None:
    world, _ = await make_treadmill(Shape.SWITCH_AND_NUMBERS, Fault.SLOW)
    await starts(world)
    await says_go(world)
    await world.clocks.move(20)
    await world.call("stop_session")
    await world.clocks.move(12)
    still = float(world.state("sensor.home_gym_time_to_still"))
    assert 7 <= still <= 10
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    assert float(world.state("sensor.home_gym_time_to_still")) == still


async def test_a_stop_that_fails_is_said_shown_and_told_and_goes_when_the_belt_stands(
    hass: HomeAssistant, make_treadmill: MakeTreadmill
) -> None:
    hass.states.async_set("assist_satellite.a", "idle")
    said = async_mock_service(hass, "assist_satellite", "announce")
    world, machine = await make_treadmill(
        voice={"satellites": ["assist_satellite.a"], "detail": "silent"}
    )
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    await world.clocks.move(10)
    assert any("Pull the safety clip now." in each for each in alerts(world))
    assert any("Pull the safety clip now." in each.data["message"] for each in said)
    assert safety(world) == ["stop_failed"]
    machine.pull_clip()
    await world.clocks.move(3)
    assert alerts(world) == []
    assert safety(world) == ["stop_failed", "belt_stopped"]


async def test_the_plug_is_the_last_resort_and_no_earlier(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill(treadmill={"plug": "switch.treadmill_plug"})
    await walks_backward(world)
    machine.misbehave(Fault.STUCK)
    await world.call("pause_session")
    stops = len(machine.told("stop"))
    await world.clocks.move(8)
    assert machine.is_powered
    assert len(machine.told("stop")) == stops + 2
    await world.clocks.move(2)
    assert not machine.is_powered
    await world.clocks.move(4)
    assert machine.speed_kmh == 0
    assert any("Its plug was switched off" in each for each in alerts(world)) or (
        safety(world)[-1] == "belt_stopped"
    )


async def test_a_stop_that_is_pending_is_sent_when_the_treadmill_is_back(
    make_treadmill: MakeTreadmill,
) -> None:
    world, machine = await make_treadmill()
    await walks_backward(world)
    machine.drop(25)
    await world.call("stop_session")
    await world.clocks.move(20)
    assert machine.speed_kmh > 0.3
    assert await refused(world, "start_session", data={"kind": "warm_up"}) == "belt_not_ready"
    await world.clocks.move(10)
    assert machine.speed_kmh == 0
    assert alerts(world) == []


async def test_all_is_quiet_when_nobody_needs_it(make_treadmill: MakeTreadmill) -> None:
    """Breaks when a sensor is listened to that no session and no view needs."""
    world, _ = await make_treadmill(path={"sensors": [DOOR]})
    for entity_id in (
        "binary_sensor.ann_ready",
        "binary_sensor.ben_ready",
        "binary_sensor.home_gym_path",
    ):
        disable(world, entity_id)
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    world.hass.states.async_set(DOOR, "off")
    await world.hass.async_block_till_done()
    gym = world.entry.runtime_data.gym
    assert gym._path._unsubscribe is None
    assert gym.belt._unsubscribe is None
    await walks_backward(world)
    assert gym.belt._unsubscribe is not None
    await world.call("stop_session")
    await world.clocks.move(30)
    assert gym._path._unsubscribe is None
    assert gym.belt._unsubscribe is None


def disable(world: World, entity_id: str) -> None:
    er.async_get(world.hass).async_update_entity(
        entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )


# The test of the stop


async def test_the_test_of_the_stop(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill()
    await world.call("button.press", who="button.home_gym_test_the_stop")
    await world.clocks.move(10)
    assert "Nobody stands on it" in alerts(world)[0]
    assert machine.commands == []
    machine.set_by_hand(0.8)
    await world.clocks.move(4)
    assert machine.told() == [("stop", None)]
    await world.clocks.move(12)
    assert machine.told() == [("stop", None)] * 2
    assert "Passed" in alerts(world)[0]
    assert world.entry.runtime_data.gym.belt.profile.passed is True
    assert world.state("sensor.home_gym_time_to_still") != "unknown"
    assert safety(world) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault.STUCK, "nothing shows that the belt stopped"), (Fault.TOGGLE, "a toggle")],
)
async def test_a_stop_that_fails_its_test_is_not_relied_upon(
    make_treadmill: MakeTreadmill, fault: Fault, said: str
) -> None:
    """Breaks when a toggle passes: the stop path presses more than once."""
    world, machine = await make_treadmill(Shape.TWO_BUTTONS_AND_A_NUMBER, fault)
    await world.call("button.press", who="button.home_gym_test_the_stop")
    machine.set_by_hand(0.8)
    await world.clocks.move(30)
    assert any(said in each for each in alerts(world))
    machine.misbehave()
    machine.pull_clip()
    await world.clocks.move(20)
    await starts(world)
    assert world.state(STATE) == "get_ready"  # it coaches, and moves no belt
    await world.clocks.move(20)
    assert machine.told(*MOVING) == []


async def test_a_test_that_nobody_starts_changes_nothing(make_treadmill: MakeTreadmill) -> None:
    world, machine = await make_treadmill()
    await world.call("button.press", who="button.home_gym_test_the_stop")
    await world.clocks.move(65)
    assert machine.commands == []
    assert "Nothing was tested" in alerts(world)[0]
    assert world.entry.runtime_data.gym.belt.profile.tested is None
    await starts(world)
    assert world.state(STATE) == "ready"
