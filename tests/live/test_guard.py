"""The guard in a real process that is busy: how long from an obstacle to the stop command."""

import asyncio

from demo.api import Api, Json
from demo.entities import Retrowalk
from demo.errors import RefusedError
from demo.furnish import NAMES, TREADMILL
from demo.waiting import until
from demo.walk import GO_AFTER, GO_WITHIN

from .witness import Witness

MOST_MS = 20
"""From what a path sensor says to the command that stops the belt."""
STATES_PER_S = 500
REACHED = 0.8
"""Python's collection of garbage holds everything in a Home Assistant up for 0.2 s at times."""
OFTEN = 3
BELT = "sensor.treadmill_true_speed"
RUNS_KMH = 0.5
MEASURE = {
    "obstacle": "input_boolean.gym_box",
    "path_sensor": "binary_sensor.gym_floor",
    "stop": TREADMILL,
    "states_per_s": STATES_PER_S,
    "seconds": 3,
}


async def test_an_obstacle_stops_the_belt_while_the_house_is_busy(visitor: Api) -> None:
    """Red when the stop waits for anything: a file, a light, a second turn of the event loop."""
    retrowalk = await Retrowalk.find(visitor, NAMES)
    ann = retrowalk.runner("Ann")
    session = ann["switch.session"]
    witness = Witness(ann["sensor.state"], BELT)
    await witness.watch(visitor)

    async def go() -> None:
        await asyncio.sleep(GO_AFTER)

        async def counts() -> bool:
            try:
                await visitor.act("retrowalk.go", entity_id=session)
            except RefusedError:  # the belt is not proven to stand yet
                return False
            return True

        await until(counts, within=GO_WITHIN)
        await witness.until("walking_forward")

        async def runs() -> bool:
            return float((await visitor.get(f"/api/states/{BELT}"))["state"]) > RUNS_KMH

        await until(runs, within=10)

    await visitor.act(
        "retrowalk.start_session", {"kind": "dedicated", "surface": "treadmill"}, entity_id=session
    )
    await witness.until("ready")
    measured: list[Json] = []
    for _ in range(OFTEN):
        await go()
        measured.append(await visitor.act_and_read("simulated_treadmill.measure", MEASURE))
        await witness.until("paused")
        assert witness.attributes["reason"] == "obstacle"

        async def stands() -> bool:
            return float((await visitor.get(f"/api/states/{BELT}"))["state"]) == 0

        await until(stands, within=10)
    await visitor.act("retrowalk.stop_session", entity_id=session)
    await witness.until("idle")

    assert min(each["states_per_s"] for each in measured) > REACHED * STATES_PER_S, measured
    assert max(each["latency_ms"] for each in measured) <= MOST_MS, measured
