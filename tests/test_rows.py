"""What a session writes into the database: promise 3, it is quiet. A real recorder counts."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.db_schema import States, StatesMeta
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from .conftest import HandMovedClocks, MakeWorld, World
from .treadmills import Machine, plug_in, roles


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Record for real; the recorder has to be there before Home Assistant starts."""


async def our_rows(world: World) -> list[tuple[str, str]]:
    """Return entity and state of every row of ours, in order."""
    hass = world.hass
    await async_wait_recording_done(hass)
    ours = (".ann_", ".ben_", ".home_gym_")

    def read() -> list[tuple[str, str]]:
        with session_scope(hass=hass, read_only=True) as session:
            query = (
                session.query(StatesMeta.entity_id, States.state)
                .join(StatesMeta, States.metadata_id == StatesMeta.metadata_id)
                .order_by(States.state_id)
            )
            return [
                (entity_id, state)
                for entity_id, state in query.all()
                if any(name in entity_id for name in ours)
            ]

    return await get_instance(hass).async_add_executor_job(read)


@pytest.mark.parametrize(
    ("level", "kind", "surface", "phases"),
    [(1, "dedicated", "lane", 14), (1, "dedicated", "treadmill", 16), (8, "hill", "treadmill", 14)],
)
async def test_an_undisturbed_session_writes_twenty_rows_and_one_a_phase(
    hass: HomeAssistant, make_world: MakeWorld, level: int, kind: str, surface: str, phases: int
) -> None:
    """Breaks when a phase writes more than its state, or the end writes a figure twice.

    The goal is reached in it and another runner waits for the gym: it costs no more than this.
    """
    ann: dict[str, Any] = {"name": "Ann", "level": level, "weekly_goal": 10}
    ben = {"name": "Ben", "level": 2, "weekly_goal": 20}
    world = await make_world(surface=surface, runners=(ann, ben))
    plan = (await world.call("get_plan", {"kind": kind}, response=True))["plan"]
    assert len(plan["phases"]) == phases
    await world.call("log_session", {"when": "2026-11-16T09:00:00+00:00", "minutes": 9})
    before = len(await our_rows(world))
    diary = async_capture_events(hass, "retrowalk_diary")

    await world.call("button.press", who=f"button.ann_start_{kind}")
    await world.walk()
    rows = (await our_rows(world))[before:]
    assert world.heard() == ["started", "finished", "goal_reached"]
    assert len(rows) <= 20 + phases, "\n".join(map(str, rows))
    # With the line of the diary too, where nobody else waits for the gym.
    assert [each.data["type"] for each in diary] == ["finished"]
    alone = [entity for entity, _ in rows if ".ben_" not in entity]
    assert len(alone) + len(diary) <= 20 + phases

    await world.clocks.move(3600)
    assert (await our_rows(world))[before:] == rows


@pytest.mark.parametrize(("level", "kind", "phases"), [(1, "dedicated", 16), (8, "hill", 14)])
async def test_a_belt_that_is_moved_writes_no_more(
    hass: HomeAssistant,
    make_world: MakeWorld,
    clocks: HandMovedClocks,
    level: int,
    kind: str,
    phases: int,
) -> None:
    """Breaks when each start or stop of the belt writes a row of ours.

    A walk that nobody else waits for; the go that ends a turn adds a count-in.
    """
    clocks.step_s = 0.5
    machine = Machine(hass)
    await plug_in(hass, machine)
    ann: dict[str, Any] = {"name": "Ann", "level": level, "weekly_goal": 90}
    world = await make_world(treadmill=roles(machine.shape), runners=(ann,))
    before = len(await our_rows(world))
    await world.call("start_session", {"kind": kind})
    seen = world.state("sensor.ann_state")
    while seen != "idle":
        if seen in ("ready", "turning"):
            await world.clocks.move(8)
            await world.call("go")
        else:
            await world.clocks.move_on("sensor.ann_state")
        seen = world.state("sensor.ann_state")
        assert seen != "paused"
    await world.clocks.move(60)
    rows = (await our_rows(world))[before:]
    assert world.heard() == ["started", "finished"]
    turns = sum(state == "turning" for _, state in rows)
    assert len(rows) <= 20 + phases + turns, "\n".join(map(str, rows))
    machine.close()


async def test_between_two_phases_nothing_is_written(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "dedicated"})
    await world.walk(to="walking_backward")
    await world.call("skip_phase")
    before = await our_rows(world)
    for _ in range(14):
        await world.clocks.move(60)
    assert world.state("sensor.ann_state") == "walking_backward"
    assert await our_rows(world) == before
