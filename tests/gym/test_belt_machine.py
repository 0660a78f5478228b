"""Whatever is said, whatever breaks and whenever Home Assistant goes: what a belt is never told.

Chance invents evenings in a gym: verbs, obstacles, lost connections, hands on the console, restarts
and crashes in any order. What is told to the treadmill is heard on Home Assistant's bus, in the
order in which it happens, beside the states that a person sees. (Hypothesis would invent better
ones; it also makes Home Assistant's own ids of chance come twice.)
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from unittest.mock import patch

import pytest

from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.belt import Belt
from custom_components.retrowalk.gym.stop_path import StopPath
from homeassistant.const import EVENT_CALL_SERVICE, EVENT_STATE_CHANGED
from homeassistant.core import Context, Event, callback
from homeassistant.exceptions import ServiceValidationError

from ..conftest import World
from ..treadmills import Fault, Machine, Shape
from .conftest import MakeTreadmill, put_away, unload

STATE: Final = "sensor.ann_state"
DOOR: Final = "binary_sensor.door"
STANDS: Final = ("ready", "turning", "paused", "idle")
"""States that only a person's go ends."""
MOST_KMH, MOST_PERCENT = 3.5, 5
"""The limits of the runner, who was born in 1950; level 8 asks for more of both."""
OLD_ANN: Final = {"name": "Ann", "level": 8, "weekly_goal": 60, "year_of_birth": 1950} | {
    "screening": {"cleared": True}
}
MOVES: Final = {
    "switch.treadmill": "turn_on",
    "button.treadmill_start": "press",
    "number.treadmill_speed": "set_value",
    "number.treadmill_incline": "set_value",
}


STOPS: Final = {
    "switch.treadmill": "turn_off",
    "button.treadmill_stop": "press",
    "number.treadmill_speed": "set_value",
}


@dataclass
class Evening:
    """One evening: the world, its treadmill, and what has been told to it."""

    world: World
    machine: Machine
    went: bool = False
    """Whether a person has said go since a state that only a go ends."""
    broken: list[str] = field(default_factory=list)
    told: int = 0

    def listen(self) -> list[Callable[[], None]]:
        bus = self.world.hass.bus
        return [
            bus.async_listen(EVENT_CALL_SERVICE, self._called),
            bus.async_listen(EVENT_STATE_CHANGED, self._changed),
        ]

    @callback
    def _changed(self, event: Event[Any]) -> None:
        if event.data["entity_id"] == STATE:
            new = event.data["new_state"]
            if new is None or new.state in STANDS:
                self.went = False

    @callback
    def _called(self, event: Event[Any]) -> None:
        called = event.data["service_data"]
        entity_id = called.get("entity_id")
        if STOPS.get(str(entity_id)) == event.data["service"] and called.get("value", 0) == 0:
            rests = self.world.state(STATE) == "resting"
            self.went = self.went and rests  # after a rest the next bout starts by itself
        if not isinstance(entity_id, str) or MOVES.get(entity_id) != event.data["service"]:
            return
        value = called.get("value")
        if value == 0:
            return
        self.told += 1
        if not self.went:
            self.broken.append(f"{entity_id} {value} that nobody said go to")
        if entity_id == "number.treadmill_speed" and value > MOST_KMH + 1e-6:
            self.broken.append(f"{value} km/h")
        if entity_id == "number.treadmill_incline" and value > MOST_PERCENT:
            self.broken.append(f"{value} %")

    async def say(self, action: str, *, context: Context | None = None, **data: Any) -> bool:
        """Say something; return whether it was not refused."""
        with suppress(ServiceValidationError):
            await self.world.call(action, data, context=context)
            return True
        return False


type Deed = Callable[[Evening], Awaitable[object]]


async def go(evening: Evening) -> None:
    """A go is a person's word from its first instant; one that was refused was none."""
    before, evening.went = evening.went, True
    if not await evening.say("go"):
        evening.went = before


async def go_of_an_automation(evening: Evening) -> None:
    assert not await evening.say("go", context=Context())


async def crash(evening: Evening) -> None:
    """Home Assistant dies without a word, and is back after a while."""
    world = evening.world
    with (
        patch.object(StopPath, "stop"),
        patch.object(Belt, "_nobodys"),
        patch.object(Belt, "remember"),
    ):
        await world.hass.config_entries.async_unload(world.entry.entry_id)
    await world.clocks.move(12)
    await world.hass.config_entries.async_setup(world.entry.entry_id)


async def restart(evening: Evening) -> None:
    await unload(evening.world)
    await evening.world.hass.config_entries.async_setup(evening.world.entry.entry_id)


async def stop_everything(evening: Evening) -> None:
    await evening.world.hass.services.async_call(DOMAIN, "stop_everything", blocking=True)


async def try_again(evening: Evening) -> None:
    evening.world.entry.runtime_data.gym.treadmill.try_again()


def changes(**treadmill: Any) -> Deed:
    """Save the form of the gym with something else in it."""

    async def deed(evening: Evening) -> None:
        entry = evening.world.entry
        fitted = entry.options["treadmill"] | treadmill
        evening.world.hass.config_entries.async_update_entry(
            entry, options=entry.options | {"treadmill": fitted}
        )
        await evening.world.hass.async_block_till_done()

    return deed


def says(action: str, **data: Any) -> Deed:
    async def deed(evening: Evening) -> None:
        await evening.say(action, **data)

    return deed


def senses(state: str) -> Deed:
    async def deed(evening: Evening) -> None:
        evening.world.hass.states.async_set(DOOR, state)

    return deed


def does(what: Callable[[Machine], object]) -> Deed:
    async def deed(evening: Evening) -> None:
        what(evening.machine)

    return deed


DEEDS: Final[dict[str, Deed]] = {
    "start a hill": says("start_session", kind="hill"),
    "start a walk": says("start_session", kind="dedicated"),
    "go": go,
    "go again": go,
    "an automation says go": go_of_an_automation,
    "pause": says("pause_session"),
    "resume": says("resume_session"),
    "skip": says("skip_phase"),
    "skip again": says("skip_phase"),
    "ease": says("ease"),
    "extend": says("extend_phase", by=60),
    "stop": says("stop_session"),
    "stop everything": stop_everything,
    "something is in the way": senses("on"),
    "the path is clear": senses("off"),
    "the path sensor is silent": senses("unavailable"),
    "the connection is lost": does(lambda machine: machine.drop(8)),
    "the clip is pulled": does(lambda machine: machine.pull_clip()),
    "a hand starts the belt": does(lambda machine: machine.set_by_hand(2)),
    "it ignores stops": does(lambda machine: machine.misbehave(Fault.STUCK)),
    "it ignores speeds": does(lambda machine: machine.misbehave(Fault.SILENT_SPEED)),
    "it surges": does(lambda machine: machine.misbehave(Fault.SURGING)),
    "it behaves": does(lambda machine: machine.misbehave()),
    "the treadmill's options are saved": changes(plug="switch.treadmill_plug"),
    "consent is withdrawn": changes(may_move=False),
    "consent is given": changes(may_move=True),
    "try the belt again": try_again,
    "restart": restart,
    "crash": crash,
}
TIMES: Final = (0.5, 3, 6, 20)
DEEDS_AN_EVENING: Final = 40


@pytest.mark.parametrize("seed", range(24))
async def test_a_belt_is_told_nothing_that_nobody_said_go_to(
    make_treadmill: MakeTreadmill, seed: int
) -> None:
    """Never above the limits, never without a go, and nothing after the last stop.

    Breaks when `run` does not ask for limits, when a stop leaves a timer of the ramp, when a
    restart sends more than a stop, or when Resume and Skip start a belt.
    """
    chance = Random(seed)  # noqa: S311 - an evening, not a secret
    world, machine = await make_treadmill(
        chance.choice(list(Shape)), path={"sensors": [DOOR]}, runners=(OLD_ANN,)
    )
    world.hass.states.async_set(DOOR, "off")
    spent = Evening(world, machine)
    spent.listen()
    await says("start_session", kind="hill")(spent)
    await world.clocks.move(3)
    await go(spent)
    await world.clocks.move(12)
    assert spent.told
    done = []
    for _ in range(DEEDS_AN_EVENING):
        done.append(chance.choice(list(DEEDS)))
        await DEEDS[done[-1]](spent)
        await world.clocks.move(chance.choice(TIMES))
        assert not spent.broken, (done, spent.broken)
    await spent.say("stop_session")
    await put_away(world, machine)
    assert not spent.broken, done
