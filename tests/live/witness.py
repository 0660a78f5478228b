"""Somebody who watches a walk from outside and never asks Retrowalk for a sum.

All that a witness believes is what the State sensor and the belt's speed sensor said, and when,
as the websocket told it; and that nothing was so while nobody was there to say it.
"""

import asyncio
from asyncio import QueueEmpty
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from demo.api import Api, Events, Json

type Seconds = float
"""An instant: seconds since 1970, by the clock that Home Assistant and the test share."""
type Stretch = tuple[Seconds, Seconds]

STANDS_KMH = 0.3


@dataclass(slots=True)
class _Record:
    """What one entity said from when on, in order; None where nobody knows."""

    said: list[tuple[Seconds, str | None]] = field(default_factory=list)

    @property
    def last(self) -> str | None:
        return self.said[-1][1] if self.said else None

    def note(self, at: Seconds, value: str | None) -> None:
        """Take what is new; what was known before is told again after each connecting."""
        if not self.said or at > self.said[-1][0]:
            self.said.append((at, value))

    def stretches(self, holds: Callable[[str | None], bool], until: Seconds) -> list[Stretch]:
        ends = [*(at for at, _ in self.said[1:]), until]
        return [
            (at, end)
            for (at, value), end in zip(self.said, ends, strict=True)
            if holds(value) and at < end
        ]


class Witness:
    """Watches one walk, over as many lives of Home Assistant as it takes."""

    def __init__(self, state: str, belt_speed: str | None) -> None:
        """Watch these entities; without a belt, the walker's legs do it."""
        self._state = state
        self._belt_speed = belt_speed
        self._records = {each: _Record() for each in (state, belt_speed) if each is not None}
        self._events: Events | None = None
        self.attributes: Json = {}
        """Those of State, as it was told last."""

    @property
    def state(self) -> str | None:
        return self._records[self._state].last

    async def watch(self, api: Api) -> None:
        """Begin, or begin again after nobody was there."""
        self._events = await api.listen("subscribe_events", event_type="state_changed")
        for each in await api.get("/api/states"):
            self._take(each)

    async def until(self, *states: str, within: Seconds = 15) -> None:
        """Watch until State is one of these."""
        try:
            async with asyncio.timeout(within):
                while self.state not in states:
                    self._take(await self._next())
        except TimeoutError:
            wanted = " or ".join(states)
            raise AssertionError(f"not {wanted} within {within} s; {self.told()}") from None

    async def says_nothing_new(self, during: Seconds) -> None:
        """Watch for a while in which State must not move."""
        before = self.told()
        try:
            async with asyncio.timeout(during):
                while True:
                    self._take(await self._next())
        except TimeoutError:
            assert self.told() == before

    async def to_the_last_word(self, ended: Seconds) -> None:
        """Hear out a Home Assistant that is dead since `ended`."""
        assert self._events is not None
        async with asyncio.timeout(15):
            while (event := await self._events.get()) is not None:
                self._take(event["data"]["new_state"])
        self._nobody_knows_from(ended)

    def heard_so_far(self, frozen: Seconds) -> None:
        """Take in what a Home Assistant that is frozen since `frozen` has sent."""
        assert self._events is not None
        try:
            while (event := self._events.get_nowait()) is not None:
                self._take(event["data"]["new_state"])
        except QueueEmpty:
            pass
        self._nobody_knows_from(frozen)

    def walked_backward(self, until: Seconds) -> list[Stretch]:
        """When somebody truly walked backward: State says so and, on a belt, it carried them."""
        walked = self._records[self._state].stretches(
            lambda state: state == "walking_backward", until
        )
        if self._belt_speed is None:
            return walked
        runs = self._records[self._belt_speed].stretches(_runs, until)
        return [
            (max(one[0], other[0]), min(one[1], other[1]))
            for one in walked
            for other in runs
            if max(one[0], other[0]) < min(one[1], other[1])
        ]

    def away_until(self, *states: str) -> Seconds:
        """How long it took from when nobody was there to the first of these states."""
        said = self._records[self._state].said
        left, _ = [each for each in said if each[1] is None][-1]
        return next(at for at, state in said if at > left and state in states) - left

    def told(self) -> str:
        """What State said, for a message."""
        said = self._records[self._state].said
        return ", ".join(f"{at - said[0][0]:.2f} s {state}" for at, state in said)

    async def _next(self) -> Json | None:
        assert self._events is not None
        event = await self._events.get()
        assert event is not None, f"Home Assistant is gone; {self.told()}"
        new_state: Json | None = event["data"]["new_state"]
        return new_state

    def _take(self, state: Json | None) -> None:
        if state is None or (record := self._records.get(state["entity_id"])) is None:
            return
        record.note(datetime.fromisoformat(state["last_changed"]).timestamp(), state["state"])
        if state["entity_id"] == self._state:
            self.attributes = state["attributes"]

    def _nobody_knows_from(self, instant: Seconds) -> None:
        for record in self._records.values():
            record.said = [(at, value) for at, value in record.said if at < instant]
            record.note(instant, None)


def _runs(speed_kmh: str | None) -> bool:
    try:
        return speed_kmh is not None and float(speed_kmh) > STANDS_KMH
    except ValueError:  # unknown, unavailable
        return False
