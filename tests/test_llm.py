"""What a language model may do, through Home Assistant's own assistant interface."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World

ANN = {"name": "Ann", "level": 6, "weekly_goal": 45}
BEN = {"name": "Ben", "level": 2, "weekly_goal": 20}
STATE = "sensor.ann_state"


class Model:
    """A language model that calls tools."""

    def __init__(self, hass: HomeAssistant, context: Context) -> None:
        self.hass = hass
        self.context = llm.LLMContext(
            platform="test",
            context=context,
            language="en",
            assistant="conversation",
            device_id=None,
        )

    async def tools(self) -> dict[str, llm.Tool]:
        api = await llm.async_get_api(self.hass, llm.LLM_API_ASSIST, self.context)
        return {each.name: each for each in api.tools if each.name.startswith("retrowalk__")}

    async def prompt(self) -> str:
        return (await llm.async_get_api(self.hass, llm.LLM_API_ASSIST, self.context)).api_prompt

    async def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Return the data of what the tool answers."""
        api = await llm.async_get_api(self.hass, llm.LLM_API_ASSIST, self.context)
        result: Any = await api.async_call_tool(
            llm.ToolInput(tool_name=f"retrowalk__{name}", tool_args=arguments)
        )
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return dict(getattr(result, "data", result))


@pytest.fixture
async def listening(hass: HomeAssistant) -> None:
    for component in ("homeassistant", "intent", "conversation", "llm"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
async def world(listening: None, make_world: MakeWorld) -> World:
    return await make_world(surface="lane", runners=(ANN, BEN))


@pytest.fixture
def model(world: World) -> Model:
    return Model(world.hass, world.person)


READING = {"get_advice", "get_week", "get_time_left", "get_next_phase", "get_path"}
ACTING = {
    "prepare_session",
    "pause_session",
    "slow_down",
    "stop",
    "tell_knee_pain",
    "tell_effort",
    "tell_stumble",
}


async def test_there_is_a_tool_for_each_verb_but_none_that_moves_a_belt(model: Model) -> None:
    """Red when go, resume or skip becomes one, or a tool says of itself that it only reads."""
    tools = {name.removeprefix("retrowalk__"): each for name, each in (await model.tools()).items()}
    assert tools.keys() == READING | ACTING
    assert {name for name, each in tools.items() if each.annotations.read_only} == READING
    assert not any(each.annotations.open_world for each in tools.values())
    assert all(each.description for each in tools.values())
    assert "say go in the gym" in await model.prompt()


async def test_without_a_gym_there_is_none(hass: HomeAssistant, listening: None) -> None:
    assert await async_setup_component(hass, "retrowalk", {})
    assert await Model(hass, Context()).tools() == {}


async def test_what_a_model_starts_waits_for_a_go(world: World, model: Model) -> None:
    """Also in the name of a person, whose own start on a lane would begin at once."""
    answer = await model.call("prepare_session", kind="warm_up", runner="Ann")
    assert answer == {"answer": "Warm-up for Ann, 4 minutes backward. The room gets ready."}
    assert world.state(STATE) == "ready"
    assert await model.call("stop") == {"answer": "Everything is stopped."}
    assert world.state(STATE) == "idle"


async def test_it_reads_what_is_so(world: World, model: Model) -> None:
    week = await model.call("get_week", runner="ben")
    assert week == {"answer": "Ben: 0 of 20 minutes backward this week."}
    assert (await model.call("get_path"))["answer"].startswith("Nothing watches the path")
    assert (await model.call("get_advice", runner="Ann"))["answer"].startswith("Dedicated, 15")
    assert await model.call("get_time_left", runner="Ann") == {
        "answer": "No session is going on. Start one first."
    }


async def test_what_is_told_of_a_walk_is_kept(world: World, model: Model) -> None:
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    assert await model.call("tell_effort", score=4, runner="Ann") == {"answer": "Effort 4, noted."}
    assert await model.call("tell_knee_pain", score=2, runner="Ann") == {
        "answer": "Knee pain 2, noted."
    }
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert (walk["effort"], walk["pain"]) == (4, 2)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("tell_effort", {"score": 11, "runner": "Ann"}),
        ("tell_effort", {"score": "hard", "runner": "Ann"}),
        ("tell_effort", {"runner": "Ann"}),
        ("prepare_session", {"kind": "sprint", "runner": "Ann"}),
        ("prepare_session", {"kind": "hill", "runner": "Ben"}),
        ("get_week", {"runner": "Carl"}),
        ("get_week", {"speed": 9}),
    ],
)
async def test_what_cannot_be_is_an_error_in_words(
    world: World, model: Model, name: str, arguments: dict[str, Any]
) -> None:
    answer = await model.call(name, **arguments)
    assert answer.keys() == {"error"}
    assert len(answer["error"]) > 10
    assert world.state(STATE) == "idle"


@pytest.mark.parametrize("more", [{"runner": "Ann"}, {"now": True}])
async def test_a_stop_with_more_than_was_asked_for_stops(
    world: World, model: Model, more: dict[str, Any]
) -> None:
    """Models add arguments of their own. Red when: one keeps the belt from being stopped."""
    await model.call("prepare_session", kind="warm_up", runner="Ann")
    assert world.state(STATE) != "idle"
    await model.call("stop", **more)
    assert world.state(STATE) == "idle"


async def test_who_is_meant_is_asked_and_not_guessed(model: Model) -> None:
    assert await model.call("get_week") == {
        "error": "Who is meant? Say it again with a name: Ann, Ben."
    }


async def test_a_user_who_may_not_control_a_runner_prepares_nothing(
    world: World, hass_read_only_user: MockUser
) -> None:
    model = Model(world.hass, Context(user_id=hass_read_only_user.id))
    assert await model.call("prepare_session", kind="warm_up", runner="Ann") == {
        "error": "You may not do this for Ann."
    }
    assert world.state(STATE) == "idle"
    assert (await model.call("get_week", runner="Ann"))["answer"].startswith("Ann: 0 of 45")
