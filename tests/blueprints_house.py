"""A home for blueprints: the real automation engine, phones that remember, a clock by hand.

The time of Home Assistant and that of the sessions are moved together. Automations are read from
the configuration on the disk, so that they can be taken down and brought back as a restart does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from pathlib import Path
from shutil import copytree
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .conftest import MakeWorld, World

BLUEPRINTS = Path(__file__).parent.parent / "blueprints" / "automation" / "retrowalk"
MONDAY = "2026-11-16"
ANN = {"name": "Ann", "level": 4, "weekly_goal": 30}
BEN = {"name": "Ben", "level": 4, "weekly_goal": 30}
PERSON = "person.ann"
CALENDAR = "calendar.training"
CLEARED = "clear_notification"


@dataclass
class House:
    """A home in which blueprints are tried out; `build` makes its gym."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    make_world: MakeWorld
    files: Path
    has_bad_luck: bool = False
    """Whether an automation complains, in its log, of what a test does to it."""
    _world: World | None = None
    _config: list[dict[str, Any]] = field(default_factory=list)
    _phones: list[MockConfigEntry] = field(default_factory=list)
    calendar_says: list[dict[str, str]] = field(default_factory=list)
    _calendar_spoke: int = 0

    @property
    def world(self) -> World:
        """Return the gym."""
        assert self._world is not None
        return self._world

    async def build(self, at: str = "09:00", **gym: Any) -> None:
        """Build the gym, on Monday at a local time."""
        self.set_clocks(at)
        copytree(BLUEPRINTS, self.files.parent / "blueprints" / "automation" / "retrowalk")
        self._world = await self.make_world(**{"surface": "lane", "runners": (ANN,)} | gym)
        self.set_clocks(at)

    # What there is

    def device(self, entity_id: str = "switch.ann_session") -> str:
        """Return the device of an entity, a runner's by default."""
        entry = er.async_get(self.hass).async_get(entity_id)
        assert entry is not None
        assert entry.device_id is not None
        return entry.device_id

    def phone(self, name: str = "Ann's phone") -> str:
        """Add a phone, which its owner has given another name since."""
        app = MockConfigEntry(
            domain="mobile_app",
            title=name,
            data={"device_name": name},
            state=ConfigEntryState.LOADED,
        )
        app.add_to_hass(self.hass)
        self._phones.append(app)
        devices = dr.async_get(self.hass)
        device = devices.async_get_or_create(
            config_entry_id=app.entry_id, identifiers={("mobile_app", name)}, name=name
        )
        devices.async_update_device(device.id, name_by_user=f"The one of {name}")
        return device.id

    def leave(self) -> None:
        """Take the phones away: nothing that could be unloaded is behind them."""
        for each in self._phones:
            each.mock_state(self.hass, ConfigEntryState.NOT_LOADED)

    def takes(self, service: str, *, error: Exception | None = None) -> list[ServiceCall]:
        """Let an action be there; return its calls. It raises `error` after each."""
        domain, _, name = service.partition(".")
        return async_mock_service(self.hass, domain, name, raise_exception=error)  # type: ignore[no-any-return]

    def inbox(self, phone: str = "ann_s_phone") -> list[ServiceCall]:
        """Let a phone take messages; return them."""
        return self.takes(f"notify.mobile_app_{phone}")

    # Automations

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Make an automation of a blueprint, for the runner where none is named."""
        config = self.config(blueprint, **inputs)
        self._config = [config]
        self._write(self._config)
        assert await async_setup_component(self.hass, "automation", {"automation": [config]})
        await self.settle()
        self.check()

    def config(self, blueprint: str, **inputs: Any) -> dict[str, Any]:
        """Return the configuration of an automation."""
        if not inputs.keys() & {"runner", "gym"}:
            inputs = {"runner": self.device()} | inputs
        use = {"path": f"retrowalk/{blueprint}.yaml", "input": inputs}
        return {"id": "ours", "alias": "Ours", "use_blueprint": use}

    def _is_there(self) -> bool:
        state = self.hass.states.get("automation.ours")
        return state is not None and state.state != "unavailable"

    def check(self) -> None:
        """See that the automation works."""
        state = self.hass.states.get("automation.ours")
        assert state is not None
        assert state.state == "on"

    def _write(self, automations: list[dict[str, Any]]) -> None:
        path = Path(self.hass.config.path("configuration.yaml"))
        path.write_text(json.dumps({"automation": automations}), "utf-8")

    async def reload(self, automations: list[dict[str, Any]] | None = None) -> None:
        """Have the automations read anew: those that there were, where none are given."""
        self._write(self._config if automations is None else automations)
        await self.hass.services.async_call("automation", "reload", blocking=True)
        await self.settle()

    async def go_down(self) -> None:
        """Go down: no automation and no gym is there any more; what they remember is on disk."""
        await self.reload([])
        assert not self._is_there()
        assert await self.hass.config_entries.async_unload(self.world.entry.entry_id)
        self.hass.set_state(CoreState.not_running)

    async def come_up(self, at: str | None = None, *, gym_first: bool = True) -> None:
        """Come up again, at a time."""
        if at is not None:
            self.set_clocks(at)
        if gym_first:
            await self._set_up()
        if not self._is_there():
            await self.reload()
        if not gym_first:
            await self._set_up()
        await self.hass.async_start()
        await self.settle()
        self.check()

    async def restart(self, at: str | None = None, *, gym_first: bool = True) -> None:
        """Go down and come up."""
        await self.go_down()
        await self.come_up(at, gym_first=gym_first)

    async def _set_up(self) -> None:
        if self.world.entry.state is not ConfigEntryState.LOADED:
            assert await self.hass.config_entries.async_setup(self.world.entry.entry_id)

    # Time, and what happens

    def set_clocks(self, at: str) -> datetime:
        """Move every clock to a local time, of the same day where it names none."""
        day = f"{MONDAY} " if self._world is None else f"{dt_util.now().date()} "
        when = dt_util.parse_datetime(at if len(at) > len("00:00:00") else day + at)
        assert when is not None
        now = when.replace(tzinfo=dt_util.get_default_time_zone())
        self.freezer.move_to(now)
        if self._world is not None:
            self.world.clocks.now = dt_util.as_utc(now)
        return now

    async def at(self, *times: str) -> None:
        """Let it be these times, one after the other, and happen what is due then."""
        for each in times:
            async_fire_time_changed(self.hass, self.set_clocks(each))
            await self.settle()

    async def settle(self) -> None:
        """Let happen what happens by itself; an automation that waits is never done."""
        for _ in range(200):
            await asyncio.sleep(0)

    async def call(self, action: str, *, who: str = "ann", **data: Any) -> None:
        """Call an action of a runner in the name of a person."""
        await self.hass.services.async_call(
            "retrowalk",
            action,
            data,
            target={"entity_id": f"switch.{who}_session"},
            context=self.world.person,
            blocking=True,
        )
        await self.settle()

    async def press(self, action: str) -> None:
        """Press a button of a notification."""
        self.hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await self.settle()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that comes by itself, without time passing."""
        for _ in range(100):
            if holds():
                return
            await self.settle()
        raise AssertionError("It did not come")

    async def until_state(self, *states: str, who: str = "ann") -> None:
        """Wait for a state of a session."""
        await self.until(lambda: self.world.state(f"sensor.{who}_state") in states)

    async def walk(self, to: str, *, seconds: float = 3600) -> None:
        """Let time pass, saying go where one is waited for, until a state of Ann's session."""
        self.world.clocks.step_s = 1
        while (state := self.world.state("sensor.ann_state")) != to:
            assert seconds > 0, f"still {state}"
            seconds -= 1
            await self.pass_a_second()
            if state in ("ready", "turning"):
                await self.pass_a_second()
                await self.pass_a_second()
                await self.call("go")
        await self.settle()

    async def pass_a_second(self) -> None:
        """Let a second pass for whoever walks."""
        self.world.clocks.step_s = 1
        await self.world.clocks.tick()
        self.freezer.move_to(self.world.clocks.now)

    async def walks_of(self, who: str = "ann") -> list[dict[str, Any]]:
        """Return what a runner has walked."""
        answer: Any = await self.hass.services.async_call(
            "retrowalk",
            "get_sessions",
            target={"entity_id": f"switch.{who}_session"},
            blocking=True,
            return_response=True,
        )
        return list(answer[f"switch.{who}_session"]["sessions"])

    async def calendar(self, *, has_run: bool) -> None:
        """Let the calendar of training be there, with a run today or without one."""
        day = dt_util.now().date()
        run = {"summary": "Run", "start": f"{day}", "end": f"{day + timedelta(days=1)}"}
        self.calendar_says = [run] if has_run else []

        async def events(_call: ServiceCall) -> dict[str, Any]:
            return {CALENDAR: {"events": self.calendar_says}}

        only = SupportsResponse.ONLY
        self.hass.services.async_register("calendar", "get_events", events, None, only)
        self._calendar_spoke += 1
        await self.sets(CALENDAR, "off", spoke=self._calendar_spoke)

    async def sets(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Let an entity say something."""
        self.hass.states.async_set(entity_id, state, attributes)
        await self.settle()


def texts(inbox: list[ServiceCall]) -> list[str]:
    """Return what messages say."""
    return [each.data["message"] for each in inbox]


def tags(inbox: list[ServiceCall]) -> set[str]:
    """Return what messages are told apart by."""
    return {each.data["data"]["tag"] for each in inbox}


def buttons(message: ServiceCall) -> list[str]:
    """Return the buttons of a message."""
    return [each["action"] for each in message.data["data"]["actions"]]
