"""A session from start to end, seen through entities and actions."""

import asyncio
from datetime import timedelta

import pytest

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError

from .conftest import MakeWorld, World

STATE = "sensor.ann_state"
WEEK = "sensor.ann_weekly_minutes"


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """Return a gym with a treadmill and no sensors."""
    return await make_world()


async def refused(world: World, action: str, data: dict[str, object] | None = None) -> str:
    """Return the key of the reason for which an action is refused."""
    with pytest.raises(ServiceValidationError) as caught:
        await world.call(action, data)
    assert caught.value.translation_domain == "retrowalk"
    assert caught.value.translation_key is not None
    return caught.value.translation_key


async def test_a_warm_up_goes_through_its_phases_and_adds_its_minutes(world: World) -> None:
    """Breaks when a turn ends without a go, or when forward minutes count."""
    answer = await world.call("start_session", {"kind": "warm_up"}, response=True)

    assert world.state("switch.ann_session") == "on"
    assert await world.walk() == [
        "get_ready",
        "walking_forward",
        "turning",
        "walking_backward",
        "idle",
    ]
    assert world.state(WEEK) == "4.0"
    assert world.state("sensor.ann_sessions_this_week") == "1"
    assert world.state("sensor.ann_lifetime_minutes") == "4.0"
    assert world.state("switch.ann_session") == "off"
    assert world.heard() == ["started", "finished"]
    finished = world.events[-1][1]
    assert finished["session_id"] == answer["session_id"]
    assert finished["backward_seconds"] == 240


async def test_each_kind_adds_exactly_the_backward_seconds_of_its_plan(world: World) -> None:
    week = 0.0
    for kind in ("warm_up", "cool_down", "dedicated", "hill", "benchmark"):
        plan = (await world.call("get_plan", {"kind": kind}, response=True))["plan"]
        await world.call("start_session", {"kind": kind})
        await world.walk()
        week += plan["backward_seconds"]
        assert float(world.state(WEEK)) == pytest.approx(week / 60, abs=0.001)
    sessions = (await world.call("get_sessions", response=True))["sessions"]
    assert sum(each["backward_seconds"] for each in sessions) == week
    assert {each["source"] for each in sessions} == {"walked"}
    assert {each["evidence"] for each in sessions} == {"owner"}


async def test_the_state_says_when_its_phase_and_the_session_end(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_forward")

    assert world.attribute(STATE, "phase") == "forward_walk"
    assert world.attribute(STATE, "next_phase") == "turn"
    assert world.attribute(STATE, "phase_ends") - world.clocks.now <= timedelta(seconds=180)
    assert world.attribute(STATE, "speed") == 4.0

    await world.walk(to="walking_backward")
    assert world.attribute(STATE, "phase_ends") == world.attribute(STATE, "session_ends")
    assert world.attribute(STATE, "speed") == 2.4
    assert world.attribute(STATE, "hands") == "free"
    assert world.attribute(STATE, "next_phase") is None


async def test_a_pause_counts_nothing_and_a_resume_counts_in(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(60)

    await world.call("pause_session")
    await world.call("pause_session")
    assert world.state(STATE) == "paused"
    assert world.attribute(STATE, "reason") == "asked"
    await world.clocks.move(600)
    await world.call("resume_session")
    assert world.state(STATE) == "get_ready"
    await world.walk()

    assert world.state(WEEK) == "4.0"
    assert world.heard() == ["started", "paused", "resumed", "finished"]


async def test_a_stop_keeps_what_was_walked(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(90)

    await world.call("stop_session")

    assert world.state(STATE) == "idle"
    assert float(world.state(WEEK)) == pytest.approx(1.5, abs=0.001)
    assert world.heard() == ["started", "stopped"]
    await world.call("stop_session")
    await world.hass.services.async_call("retrowalk", "stop_everything", blocking=True)
    assert world.heard() == ["started", "stopped"]


async def test_a_walk_without_a_backward_step_is_no_session(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_forward")
    await world.clocks.move(60)
    await world.call("button.press", who="button.home_gym_stop_everything")

    assert world.state(STATE) == "idle"
    assert world.state("sensor.ann_sessions_this_week") == "0"
    assert world.state("sensor.ann_last_session") == "unknown"


async def test_the_switch_starts_a_session_that_asks_for_a_go(world: World) -> None:
    await world.call("switch.turn_on")
    assert world.state(STATE) == "ready"
    assert world.attribute(STATE, "kind") == "dedicated"
    assert await refused(world, "go") == "too_soon"
    await world.clocks.move(2)
    await world.call("go")
    assert world.state(STATE) == "get_ready"

    await world.call("switch.turn_on")
    assert world.state(STATE) == "get_ready"
    await world.call("switch.turn_off")
    assert world.state(STATE) == "idle"


async def test_an_automation_prepares_and_only_a_person_says_go(world: World) -> None:
    """Breaks when a call without a user can say go."""
    automation = Context()
    await world.call("start_session", {"kind": "warm_up"}, context=automation)
    assert world.state(STATE) == "ready"
    await world.clocks.move(2)

    with pytest.raises(ServiceValidationError, match="Only a person"):
        await world.call("go", context=automation)
    assert world.state(STATE) == "ready"
    await world.call("go")
    await world.walk(to="walking_forward")
    await world.call("pause_session", context=automation)
    with pytest.raises(ServiceValidationError, match="Only a person"):
        await world.call("resume_session", context=automation)
    assert world.state(STATE) == "paused"


async def test_silence_instead_of_a_go_cancels_and_counts_nothing(world: World) -> None:
    await world.call("switch.turn_on")
    await world.clocks.move_on(STATE)

    assert world.state(STATE) == "idle"
    assert world.heard() == ["started", "stopped"]
    assert world.events[-1][1]["reason"] == "no_go"
    assert world.state(WEEK) == "0.0"


async def test_a_turn_left_alone_pauses_and_a_pause_left_alone_ends(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="turning")
    await world.clocks.move_on(STATE)
    assert world.state(STATE) == "paused"
    assert world.attribute(STATE, "reason") == "no_go"
    await world.clocks.move_on(STATE)
    assert world.state(STATE) == "idle"
    assert world.events[-1][1]["reason"] == "left_paused"


async def test_starting_twice_returns_the_running_session(world: World) -> None:
    """Breaks when a start does not look whether a session is going on."""
    first, second = await asyncio.gather(
        world.call("start_session", {"kind": "warm_up"}, response=True),
        world.call("start_session", {"kind": "warm_up"}, context=Context(), response=True),
    )
    assert first == second
    assert world.heard() == ["started"]
    assert await refused(world, "start_session", {"kind": "hill"}) == "session_running"
    assert await refused(world, "rehearse", {"kind": "warm_up"}) == "session_running"


async def test_a_gym_holds_one_session_at_a_time(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    assert world.state("binary_sensor.ben_ready") == "off"
    with pytest.raises(ServiceValidationError, match="Ann is using the gym"):
        await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    await world.call("stop_session")
    assert world.state("binary_sensor.ben_ready") == "on"
    await world.call("start_session", {"kind": "warm_up"}, who="switch.ben_session")
    assert world.state("sensor.ben_state") == "get_ready"


async def test_a_phase_can_be_skipped_but_a_turn_cannot(world: World) -> None:
    """Breaks when a skip joins forward and backward on a belt."""
    await world.call("start_session", {"kind": "dedicated"})
    await world.walk(to="walking_forward")
    await world.call("skip_phase")
    assert world.state(STATE) == "turning"
    assert await refused(world, "skip_phase") == "needs_go"
    await world.walk(to="walking_backward")
    assert world.attribute(STATE, "phase") == "slow_start"
    await world.call("button.press", who="button.ann_skip_phase")
    assert world.attribute(STATE, "phase") == "walk"


async def test_a_phase_can_be_made_longer_within_bounds(world: World) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.call("extend_phase", {"by": 60})
    assert await refused(world, "extend_phase", {"by": 300}) == "extended_enough"
    await world.walk()
    assert world.state(WEEK) == "5.0"


async def test_easing_takes_off_speed_at_once_and_stays(world: World) -> None:
    await world.call("start_session", {"kind": "dedicated"})
    await world.walk(to="walking_backward")
    assert world.attribute(STATE, "speed") == 2.1
    await world.call("ease")
    assert world.attribute(STATE, "speed") == 1.7
    await world.call("skip_phase")
    assert world.attribute(STATE, "speed") == 2.6


async def test_a_rehearsal_shows_everything_and_counts_nothing(world: World) -> None:
    """Breaks when the ledger takes a rehearsal."""
    await world.call("rehearse", {"kind": "hill", "pace": 20})
    seen = []
    for _ in range(60):
        seen.append(world.state(STATE))
        if seen[-1] == "idle":
            break
        await world.clocks.move_on(STATE)

    assert "turning" in seen
    assert "resting" in seen
    assert seen.count("walking_backward") == 6
    assert world.events[-1][1]["rehearsal"] is True
    plan = (await world.call("get_plan", {"kind": "hill"}, response=True))["plan"]
    assert world.events[-1][1]["backward_seconds"] == plan["backward_seconds"]
    assert world.state(WEEK) == "0.0"
    assert world.clocks.now.minute == 1  # 27 minutes took about 85 s


async def test_reaching_the_goal_is_told_once(world: World) -> None:
    await world.call(
        "log_session", {"when": "2026-11-16T09:00:00+00:00", "minutes": 43, "kind": "dedicated"}
    )
    for _ in range(2):
        await world.call("start_session", {"kind": "warm_up"})
        await world.walk()
    assert world.heard() == ["started", "finished", "goal_reached", "started", "finished"]
    assert world.state("sensor.ann_streak") == "1"
    assert float(world.state("sensor.ann_weekly_goal_progress")) > 100


async def test_verbs_without_a_session_are_refused_with_a_reason(world: World) -> None:
    for action in ("go", "ease", "pause_session", "resume_session", "skip_phase"):
        assert await refused(world, action) == "no_session"
    assert await refused(world, "extend_phase", {"by": 60}) == "no_session"


async def test_every_button_does_its_verb(world: World) -> None:
    for kind in ("warm_up", "cool_down", "dedicated", "hill"):
        await world.call("button.press", who=f"button.ann_start_{kind}")
        assert world.attribute(STATE, "kind") == kind
        await world.walk(to="walking_forward")
        await world.call("button.press", who="button.ann_pause")
        assert world.state(STATE) == "paused"
        await world.call("button.press", who="button.ann_resume")
        assert world.state(STATE) == "get_ready"
        await world.call("button.press", who="button.home_gym_stop_everything")
        assert world.state(STATE) == "idle"


async def test_a_walk_cannot_be_logged_over_the_one_that_is_going_on(world: World) -> None:
    """Breaks when the same minutes can count twice."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    began = world.clocks.now.isoformat()
    await world.clocks.move(120)
    assert await refused(world, "log_session", {"when": began, "minutes": 1}) == "overlaps"
    await world.call("log_session", {"when": "2026-11-16T10:00:00+00:00", "minutes": 1})
    await world.walk()
    assert world.state(WEEK) == "5.0"


async def test_a_logged_walk_can_reach_the_goal(world: World) -> None:
    await world.call("log_session", {"when": "2026-11-16T10:00:00+00:00", "minutes": 45})
    assert world.heard() == ["goal_reached"]
    await world.call("number.set_value", {"value": 60}, who="number.ann_weekly_goal")
    await world.call("number.set_value", {"value": 30}, who="number.ann_weekly_goal")
    assert world.heard() == ["goal_reached"]


async def test_easing_a_paused_walk_tells_nothing(world: World) -> None:
    """Breaks when a figure that changes passes for a resume."""
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.call("pause_session")
    await world.call("ease")
    assert world.heard() == ["started", "paused"]
    assert world.state(STATE) == "paused"


async def test_a_rehearsal_is_no_walk_to_overlap_with(world: World) -> None:
    await world.call("rehearse", {"kind": "warm_up", "pace": 20})
    await world.clocks.move(600 / 20)
    now = world.clocks.now - timedelta(minutes=2)
    await world.call("log_session", {"when": now.isoformat(), "minutes": 2})
    assert world.state(WEEK) == "2.0"


async def test_a_rehearsal_of_a_whole_area_starts_one(world: World) -> None:
    both = ["switch.ann_session", "switch.ben_session"]
    await world.hass.services.async_call(
        "retrowalk",
        "rehearse",
        {"kind": "warm_up"},
        target={"entity_id": both},
        context=world.person,
        blocking=True,
    )
    assert sorted(world.state(each) for each in both) == ["off", "on"]


async def test_a_goal_that_is_no_number_is_refused(world: World) -> None:
    with pytest.raises(ServiceValidationError, match="weekly_goal: nan is not a number from 10"):
        await world.call("number.set_value", {"value": "nan"}, who="number.ann_weekly_goal")
    assert world.state("number.ann_weekly_goal") == "45"
    assert (
        await refused(world, "log_session", {"when": "9999-12-31 23:59", "minutes": 5})
        == "not_a_time"
    )
