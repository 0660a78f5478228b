"""What happens when two things happen at once, on a disk that takes its time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from custom_components.retrowalk.store import KeptFile
from homeassistant.exceptions import ServiceValidationError

from .conftest import MakeWorld
from .test_actions import (
    LOGGED,
    going_on,
    gym_action,
    log,
    put_into_one_area,
    sessions,
    totals,
)


class SlowDisk:
    """A disk that writes when it is told to."""

    def __init__(self) -> None:
        self.may_write = asyncio.Event()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let every ledger be written by it."""
        write = KeptFile.save

        async def save(file: KeptFile, data: dict[str, Any]) -> None:
            await self.may_write.wait()
            await write(file, data)

        with patch.object(KeptFile, "save", save):
            yield


async def turns(n: int = 30) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def test_two_walks_logged_at_once_while_the_disk_is_slow_do_not_overlap(
    make_world: MakeWorld,
):
    """Breaks when the time is checked before the lock is taken."""
    world = await make_world()
    disk = SlowDisk()
    with disk.in_use():
        calls = [
            asyncio.create_task(world.call("log_session", LOGGED | {"when": when}))
            for when in ("2026-11-16 05:00", "2026-11-16 07:00", "2026-11-16 07:05")
        ]
        await turns()
        disk.may_write.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(each, ServiceValidationError) for each in results) == 1
    assert totals(world)[0] == 20


async def test_deleting_twice_at_once_is_refused_in_words(make_world: MakeWorld) -> None:
    """Breaks when the walk is looked for before the lock is taken."""
    world = await make_world()
    session_id = await log(world)
    await log(world, when="2026-11-16 05:00")
    disk = SlowDisk()
    with disk.in_use():
        calls = [
            asyncio.create_task(world.call("log_session", LOGGED | {"when": "2026-11-15 05:00"})),
            asyncio.create_task(world.call("delete_session", {"session_id": session_id})),
            asyncio.create_task(world.call("delete_session", {"session_id": session_id})),
        ]
        await turns()
        disk.may_write.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in results if isinstance(each, Exception)] == [
        ServiceValidationError
    ]


async def test_an_edit_does_not_bring_a_deleted_walk_back(make_world: MakeWorld) -> None:
    """Breaks when an edit reads the walk before a delete had its turn."""
    world = await make_world()
    session_id = await log(world)
    disk = SlowDisk()
    with disk.in_use():
        calls = [
            asyncio.create_task(world.call("log_session", LOGGED | {"when": "2026-11-15 05:00"})),
            asyncio.create_task(world.call("delete_session", {"session_id": session_id})),
            asyncio.create_task(
                world.call("edit_session", {"session_id": session_id, "effort": 3})
            ),
        ]
        await turns()
        disk.may_write.set()
        await asyncio.gather(*calls, return_exceptions=True)
    assert session_id not in [each["session_id"] for each in await sessions(world)]


async def test_a_stop_also_stops_a_start_that_waits(make_world: MakeWorld) -> None:
    """Breaks when a start that waits for the last file does not look whether it was stopped."""
    world = await make_world(surface="lane")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(10)
    disk = SlowDisk()
    with disk.in_use():
        calls = [asyncio.create_task(world.call("stop_session"))]
        await turns()
        calls.append(asyncio.create_task(world.call("start_session", {"kind": "warm_up"})))
        await turns()
        calls.append(asyncio.create_task(gym_action(world.hass, "stop_everything")))
        await turns()
        disk.may_write.set()
        await asyncio.gather(*calls, return_exceptions=True)
    await world.hass.async_block_till_done()
    assert going_on(world) == []


async def test_the_same_runner_started_twice_in_one_context_gives_the_id_twice(
    make_world: MakeWorld,
):
    """As a script's parallel branches do."""
    world = await make_world()
    results = await asyncio.gather(
        *(world.call("start_session", {"kind": "warm_up"}, response=True) for _ in range(2))
    )
    assert results[0] == results[1]


async def test_a_pause_of_a_whole_area_aborts_nobodys_automation(make_world: MakeWorld) -> None:
    """Breaks when Ben, who does not walk, refuses although Ann was paused."""
    world = await make_world(surface="lane")
    target = put_into_one_area(world, "Ann", "Ben")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.hass.services.async_call(
        "retrowalk", "pause_session", {}, target=target, blocking=True
    )
    assert world.state("sensor.ann_state") == "paused"
