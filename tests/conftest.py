"""The world in which the integration is tested: a real Home Assistant, two hand-moved clocks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
)

from custom_components import retrowalk
from custom_components.retrowalk.clock import Clocks
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.messages import Line
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers.storage import Store

MONDAY = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
STEP_S = 4
"""Less than what a session takes for a machine that was asleep."""


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration of this repository."""


@pytest.fixture(autouse=True)
def _impatient_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a phone or a speaker that fails: it is called again at once."""
    monkeypatch.setattr(Line, "AGAIN_S", 0.01)
    monkeypatch.setattr(Line, "LASTS_S", 0.1)


@dataclass
class HandMovedClocks:
    """Two clocks that stand still until a test moves them; `now`, the wall, may jump by itself.

    The event loop goes by the second one, so that timers fire when a session thinks they are due.
    """

    hass: HomeAssistant
    now: datetime = MONDAY
    seconds: float = 1000.0
    step_s: float = STEP_S
    """How fine time passes: a belt that moves wants it finer than a plan."""

    async def move(self, seconds: float) -> None:
        """Let time pass on both clocks, and whatever is due happen about when it is due."""
        while seconds > self.step_s:
            await self.sleep(self.step_s)
            seconds -= self.step_s
        await self.sleep(seconds)

    async def tick(self) -> None:
        """Let a step of time pass, without waiting for what itself waits for time."""
        self.now += timedelta(seconds=self.step_s)
        self.seconds += self.step_s
        for _ in range(20):
            await asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        """Let time pass as a machine sees it that was asleep meanwhile."""
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def move_on(self, state_entity: str) -> None:
        """Let time pass until the state of a session ends by itself."""
        state = self.hass.states.get(state_entity)
        assert state is not None
        ends = state.attributes["phase_ends"]
        assert ends is not None, f"{state.state} does not end by itself"
        seconds = (ends - self.now).total_seconds()
        assert -1 < seconds < 7200, f"{state.state} is shown to end {ends}; it is {self.now}"
        await self.move(max(0, seconds) + 0.001)


REAL = {name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")}


@pytest.fixture
def files(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    """Return the folder in which Home Assistant really stores; the tools' storage is put aside."""
    hass.config.config_dir = str(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        for name, method in REAL.items():
            patch.setattr(Store, name, method)
        yield tmp_path / ".storage"


@pytest.fixture
def clocks(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> HandMovedClocks:
    """Return the clocks by which every session of this test goes."""
    moved = HandMovedClocks(hass)
    loop_time = hass.loop.time
    monkeypatch.setattr(hass.loop, "time", lambda: loop_time() + moved.seconds)
    hass.data[retrowalk.CLOCKS] = Clocks(wall=lambda: moved.now, steady=lambda: moved.seconds)
    return moved


@dataclass
class World:
    """A gym with its runners, and a person who speaks to them."""

    hass: HomeAssistant
    clocks: HandMovedClocks
    entry: MockConfigEntry
    person: Context
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def state(self, entity_id: str) -> str:
        """Return a state that has to be there."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state

    def attribute(self, entity_id: str, name: str) -> Any:
        """Return an attribute of a state that has to be there."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.attributes[name]

    async def call(
        self,
        action: str,
        data: dict[str, Any] | None = None,
        *,
        who: str = "switch.ann_session",
        context: Context | None = None,
        response: bool = False,
    ) -> Any:
        """Call an action of a runner in the name of the person."""
        domain, _, service = action.rpartition(".")
        result = await self.hass.services.async_call(
            domain or DOMAIN,
            service,
            dict(data or {}),
            blocking=True,
            target={"entity_id": who},
            context=context or self.person,
            return_response=response,
        )
        await self.hass.async_block_till_done()
        return result[who] if isinstance(result, dict) and who in result else result

    async def walk(self, runner: str = "ann", *, to: str = "idle") -> list[str]:
        """Walk on, saying go wherever it waits for one, until a state; return the states."""
        entity_id = f"sensor.{runner}_state"
        seen = [self.state(entity_id)]
        while seen[-1] != to:
            if seen[-1] in ("ready", "turning"):
                await self.clocks.move(2)
                await self.call("go", who=f"switch.{runner}_session")
            else:
                await self.clocks.move_on(entity_id)
            seen.append(self.state(entity_id))
        return seen

    def heard(self, runner: str = "ann") -> list[str]:
        """Return the types of the session events of a runner, in order."""
        return [
            data["event_type"]
            for entity, data in self.events
            if entity == f"event.{runner}_session"
        ]


type MakeWorld = Callable[..., Awaitable[World]]

RUNNERS = (
    {"name": "Ann", "level": 6, "weekly_goal": 45},
    {"name": "Ben", "level": 2, "weekly_goal": 20},
)


@pytest.fixture
def make_world(
    hass: HomeAssistant, files: Path, clocks: HandMovedClocks, hass_admin_user: MockUser
) -> MakeWorld:
    """Return a function that sets up a gym as its forms would have."""

    async def make(
        *,
        surface: str = "treadmill",
        light: dict[str, Any] | None = None,
        path: dict[str, Any] | None = None,
        voice: dict[str, Any] | None = None,
        treadmill: dict[str, Any] | None = None,
        week_start: str = "monday",
        runners: tuple[dict[str, Any], ...] = RUNNERS,
    ) -> World:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Home gym",
            unique_id="home gym",
            data={"surface": surface},
            options={
                "light": {"lights": [], "brightness": 80, "restore": True} | (light or {}),
                "path": {"sensors": [], "also_sees_me": []} | (path or {}),
                "treadmill": treadmill or {},
                "voice": voice or {},
                "week": {"week_start": week_start},
            },
            subentries_data=[
                ConfigSubentryData(
                    data={"rails": "as_level"} | {k: v for k, v in each.items() if k != "name"},
                    subentry_type="runner",
                    title=each["name"],
                    unique_id=each["name"].casefold(),
                )
                for each in runners
            ],
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        world = World(hass, clocks, entry, Context(user_id=hass_admin_user.id))

        @callback
        def remember(event: Any) -> None:
            new: State | None = event.data["new_state"]
            old: State | None = event.data["old_state"]
            told = new and new.domain == "event" and "event_type" in new.attributes
            if new and told and old and new.state != old.state:
                world.events.append((new.entity_id, dict(new.attributes)))

        hass.bus.async_listen("state_changed", remember)
        return world

    return make
