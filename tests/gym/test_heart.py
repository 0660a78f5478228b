"""The heart rate of whoever walks is a ceiling: said, then slower, then stopped."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.const import EVENT_STATE_REPORTED
from homeassistant.core import HomeAssistant, ServiceCall

from ..conftest import MakeWorld, World
from .conftest import MakeTreadmill

STRAP = "sensor.strap"
STATE = "sensor.ann_state"
SATELLITE = "assist_satellite.gym"
ANN: dict[str, Any] = {
    "name": "Ann",
    "level": 6,
    "weekly_goal": 45,
    "year_of_birth": 1986,
    "heart_rate": STRAP,
}
"""She is 40 and walks the flat at level 6: her ceiling is 80 % of 180, 144 beats a minute."""
VOICE = {"satellites": [SATELLITE], "detail": "silent"}
CEILING, HIGH = 144, 150
EASY_NOW, SLOWER = "Your heart rate is high. Easier now.", "Your heart rate is still high."


@pytest.fixture
def said(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the satellite in the gym is told to say."""
    hass.states.async_set(SATELLITE, "idle")
    calls: list[ServiceCall] = async_mock_service(hass, "assist_satellite", "announce")
    return calls


def texts(said: list[ServiceCall]) -> list[str]:
    """Return what was said of the heart rate."""
    messages = [each.data["message"] for each in said]
    return [each for each in messages if "heart rate" in each]


async def a_walk(
    make_world: MakeWorld,
    kind: str = "warm_up",
    to: str = "walking_backward",
    surface: str = "treadmill",
    **runner: Any,
) -> World:
    """Return a gym in which Ann walks, on a lane or on a belt that she sets herself."""
    world = await make_world(surface=surface, runners=(ANN | runner,), voice=VOICE)
    world.clocks.step_s = 1
    await world.call("start_session", {"kind": kind})
    await world.walk(to=to)
    return world


async def beats(world: World, bpm: object, seconds: float) -> None:
    """Let the strap report a value for some time, every 5 s as straps do."""
    while seconds > 0:
        if bpm is None:
            world.hass.states.async_remove(STRAP)
        else:
            world.hass.states.async_set(STRAP, str(bpm), {"unit_of_measurement": "bpm"})
        await world.clocks.move(min(5, seconds))
        seconds -= 5


# Above the ceiling


async def test_above_the_ceiling_it_is_said_then_slower_then_stopped(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """After 15, 45 and 90 s. Red when an answer comes early, late, twice or not at all."""
    world = await a_walk(make_world)
    await beats(world, HIGH, 14)
    assert texts(said) == []
    await beats(world, HIGH, 2)
    assert texts(said) == [EASY_NOW]
    await beats(world, HIGH, 28)
    assert (len(texts(said)), world.attribute(STATE, "speed")) == (1, 2.4)
    await beats(world, HIGH, 2)
    assert (len(texts(said)), world.attribute(STATE, "speed")) == (2, 2.0)
    assert texts(said)[1].startswith(SLOWER)
    assert world.state(STATE) == "walking_backward"
    await beats(world, HIGH, 42)
    assert world.state(STATE) == "walking_backward"
    await beats(world, HIGH, 3)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")
    assert world.heard() == ["started", "paused"]
    assert world.events[-1][1]["reason"] == "heart_rate"
    assert (len(texts(said)), world.attribute(STATE, "speed")) == (2, 2.0)


async def test_a_belt_that_is_moved_slows_down_and_stops(
    make_treadmill: MakeTreadmill, said: list[ServiceCall]
) -> None:
    """Red when the belt runs on at a heart rate that it was to end, or its stop names no cause."""
    world, machine = await make_treadmill(runners=(ANN,), voice=VOICE)
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="turning")
    await world.clocks.move(8)  # until the belt stands
    await world.walk(to="walking_backward")
    await beats(world, 120, 60)
    assert machine.speed_kmh == pytest.approx(2.4)
    await beats(world, HIGH, 44)
    assert machine.speed_kmh == pytest.approx(2.4)
    await beats(world, HIGH, 4)
    assert machine.speed_kmh == pytest.approx(2.0)
    await beats(world, HIGH, 41)
    assert world.state(STATE) == "walking_backward"
    assert machine.speed_kmh == pytest.approx(2.0)
    await beats(world, HIGH, 5)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")
    assert machine.speed_kmh == 0
    (stopped,) = [data for entity, data in world.events if entity == "event.home_gym_safety"]
    assert (stopped["event_type"], stopped["cause"]) == ("belt_stopped", "heart_rate")
    first, second = texts(said)
    assert (first, second[: len(SLOWER)]) == (EASY_NOW, SLOWER)


@pytest.mark.parametrize("surface", ["lane", "treadmill"])
async def test_a_belt_that_nobody_moves_is_not_said_to_slow_down(
    make_world: MakeWorld, said: list[ServiceCall], surface: str
) -> None:
    """Who walks on a lane, or sets the treadmill, has to slow down without help.

    Red when what is said is not so.
    """
    world = await a_walk(make_world, surface=surface)
    await beats(world, HIGH, 46)
    first, second = texts(said)
    assert (first, second[: len(SLOWER)]) == (EASY_NOW, SLOWER)
    assert "belt" not in second
    await beats(world, HIGH, 45)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")


@pytest.mark.parametrize(
    ("runner", "bpm", "is_high"),
    [
        ({}, CEILING, False),
        ({}, CEILING + 0.1, True),
        ({"level": 5}, CEILING + 1, True),
        ({"level": 4}, 136, False),
        ({"level": 4}, 137, True),
        ({"year_of_birth": 1966}, 132, False),
        ({"year_of_birth": 1966}, 133, True),
        ({"year_of_birth": None}, 220, False),
        ({"heart_rate": None}, 220, False),
    ],
)
async def test_the_ceiling_is_that_of_level_and_age(
    make_world: MakeWorld,
    said: list[ServiceCall],
    runner: dict[str, Any],
    bpm: float,
    is_high: bool,  # noqa: FBT001
) -> None:
    """Without a year of birth there is none. Red when the ceiling itself is above it."""
    world = await a_walk(make_world, **runner)
    await beats(world, bpm, 100)
    assert bool(texts(said)) is is_high
    assert (world.state(STATE) == "paused") is is_high


async def test_a_hills_bout_may_touch_more_than_the_flat_before_it(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """85 % are 153. Red when the ceiling of one phase holds for the whole walk."""
    world = await a_walk(make_world, "hill")
    assert world.attribute(STATE, "phase") == "slow_start"
    await beats(world, HIGH, 16)
    assert texts(said) == [EASY_NOW]
    await beats(world, 120, 44)
    assert world.attribute(STATE, "phase") == "climb"
    await beats(world, HIGH, 60)
    assert texts(said) == [EASY_NOW]
    await beats(world, 154, 16)
    assert texts(said) == [EASY_NOW] * 2
    assert world.attribute(STATE, "speed") == 2.2


async def test_walking_forward_has_the_same_ceiling_and_standing_has_none(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """Red when the way to the turn is left out, or a turn is told to go slower."""
    world = await a_walk(make_world, to="walking_forward")
    await beats(world, HIGH, 20)
    assert texts(said) == [EASY_NOW]
    await beats(world, 120, 5)
    await world.walk(to="turning")
    await beats(world, HIGH, 100)
    assert world.state(STATE) == "turning"
    await world.call("go")
    assert world.state(STATE) == "walking_backward"
    await beats(world, HIGH, 14)
    assert texts(said) == [EASY_NOW], "it counts from the walk, not from the turn"
    await beats(world, HIGH, 2)
    assert texts(said) == [EASY_NOW] * 2


async def test_after_a_pause_it_counts_from_the_walk_that_goes_on(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """Red when who has just been stopped is stopped again at once, or never again."""
    world = await a_walk(make_world)
    await beats(world, HIGH, 92)
    assert world.state(STATE) == "paused"
    await beats(world, HIGH, 60)
    assert len(texts(said)) == 2
    await world.call("resume_session")
    await beats(world, HIGH, 5)
    assert world.state(STATE) == "walking_backward"
    await beats(world, HIGH, 85)
    assert world.state(STATE) == "walking_backward"
    assert len(texts(said)) == 4
    await beats(world, HIGH, 10)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")


# Falling below, and what nobody knows


@pytest.mark.parametrize(("above_s", "answers"), [(13, 0), (43, 1), (85, 2)])
async def test_falling_below_in_time_starts_anew(
    make_world: MakeWorld, said: list[ServiceCall], above_s: float, answers: int
) -> None:
    """Red when one calm value does not count, or the next answer comes from what was before."""
    world = await a_walk(make_world)
    await beats(world, HIGH, above_s)
    assert len(texts(said)) == answers
    await beats(world, CEILING, 2)
    await beats(world, HIGH, 13)
    assert len(texts(said)) == answers
    await beats(world, HIGH, 3)
    assert len(texts(said)) == answers + 1
    assert texts(said)[-1] == EASY_NOW
    assert world.state(STATE) == "walking_backward"


@pytest.mark.parametrize(
    "bpm", ["unavailable", "unknown", "strap is off", "", "0", "-170", "nan", "inf", None]
)
async def test_what_is_no_heart_rate_is_unknown_and_does_nothing(
    make_world: MakeWorld, said: list[ServiceCall], bpm: object
) -> None:
    """Red when a strap that was taken off stops a walk, or what came before it still counts."""
    world = await a_walk(make_world)
    await beats(world, HIGH, 13)
    await beats(world, bpm, 100)
    assert (texts(said), world.state(STATE)) == ([], "walking_backward")
    await beats(world, HIGH, 14)
    assert texts(said) == []
    await beats(world, HIGH, 2)
    assert texts(said) == [EASY_NOW]


async def test_a_value_that_is_not_said_again_is_known_for_half_a_minute(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """A strap that was taken off keeps its last value. Red when that value slows the walk.

    Bridges speak every 20 s; so it may still be said once that the heart is high.
    """
    world = await a_walk(make_world)
    await beats(world, HIGH, 5)
    await world.clocks.move(100)
    assert texts(said) == [EASY_NOW]
    assert (world.state(STATE), world.attribute(STATE, "speed")) == ("walking_backward", 2.4)


async def test_a_bridge_that_speaks_every_twenty_seconds_is_heard(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    world = await a_walk(make_world)
    for _ in range(5):
        await beats(world, HIGH, 1)
        await world.clocks.move(19)
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")


async def test_what_nobody_heard_for_a_while_starts_anew(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """Half a minute of silence between two answers was above nothing that anybody knows.

    Red when time in which the strap was silent counts as time above the ceiling.
    """
    world = await a_walk(make_world)
    await beats(world, HIGH, 16)
    assert texts(said) == [EASY_NOW]
    await world.clocks.move(41)
    await beats(world, HIGH, 5)
    assert (texts(said), world.attribute(STATE, "speed")) == ([EASY_NOW], 2.4)
    await beats(world, HIGH, 12)
    assert texts(said) == [EASY_NOW] * 2


async def test_the_same_value_again_is_a_report_too(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """A steady heart writes no new state. Red when changes alone are listened to."""
    world = await a_walk(make_world)
    world.hass.states.async_set(STRAP, str(HIGH))
    for _ in range(95):
        await world.clocks.move(1)
        world.hass.states.async_set(STRAP, str(HIGH))
    assert (world.state(STATE), world.attribute(STATE, "reason")) == ("paused", "heart_rate")


async def test_what_the_strap_said_before_the_walk_is_not_known(
    hass: HomeAssistant, make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """It may be from yesterday. Red when a start reads what lies there."""
    hass.states.async_set(STRAP, "190")
    world = await a_walk(make_world)
    await world.clocks.move(100)
    assert (texts(said), world.state(STATE)) == ([], "walking_backward")


async def test_a_rehearsal_and_an_ended_walk_have_no_heart(
    make_world: MakeWorld, said: list[ServiceCall]
) -> None:
    """Red when who only looks is told to ease, or the strap is listened to after the walk."""
    world = await a_walk(make_world)
    assert EVENT_STATE_REPORTED in world.hass.bus.async_listeners()
    await beats(world, HIGH, 14)
    await world.call("stop_session")
    assert EVENT_STATE_REPORTED not in world.hass.bus.async_listeners()
    await beats(world, HIGH, 30)
    assert texts(said) == []
    await world.call("rehearse", {"kind": "warm_up", "pace": 1})
    await beats(world, HIGH, 60)
    assert world.state(STATE) == "walking_forward"
    assert texts(said) == []
    await world.call("stop_session")
