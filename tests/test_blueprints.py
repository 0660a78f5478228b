"""The blueprints, run by the real automation engine against the real integration."""

import asyncio
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World

BLUEPRINTS = Path(__file__).parent.parent / "blueprints" / "automation" / "retrowalk"
ANN = {"name": "Ann", "level": 4, "weekly_goal": 30}
PERSON = "person.ann"
REMINDER = "automation.remind"
NOW = "2026-11-16 17:00:00+00:00"
"""A Monday, nine in the morning in the home's zone, as the clocks of the sessions say."""


def phone(hass: HomeAssistant) -> str:
    app = MockConfigEntry(domain="mobile_app", title="Phone", data={"device_name": "Phone"})
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "phone")}, name="Ann's phone"
    )
    return device.id


async def remind(
    hass: HomeAssistant, world: World, files: Path, **inputs: Any
) -> list[ServiceCall]:
    """Make an automation of the blueprint; return what is sent to the phone."""
    copytree(BLUEPRINTS, files.parent / "blueprints" / "automation" / "retrowalk")
    sent: list[ServiceCall] = async_mock_service(hass, "notify", "mobile_app_ann_s_phone")
    switch = er.async_get(hass).async_get("switch.ann_session")
    assert switch is not None
    inputs = {"runner": switch.device_id, "phone": phone(hass), **inputs}
    blueprint = {"path": "retrowalk/remind.yaml", "input": inputs}
    automation = {"id": "remind", "alias": "Remind", "use_blueprint": blueprint}
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    state = hass.states.get(REMINDER)
    assert state is not None
    assert state.state == "on"
    return sent


async def look(hass: HomeAssistant) -> None:
    """Have the automation look whether its time has come."""
    await hass.services.async_call(
        "automation", "trigger", {"entity_id": REMINDER, "skip_condition": False}, blocking=False
    )
    await settle()


async def settle() -> None:
    """Let happen what happens by itself; an automation that waits is never done."""
    for _ in range(200):
        await asyncio.sleep(0)


async def call(world: World, action: str, **data: Any) -> None:
    await world.hass.services.async_call(
        "retrowalk",
        action,
        data,
        target={"entity_id": "switch.ann_session"},
        context=world.person,
        blocking=True,
    )
    await settle()


def messages(sent: list[ServiceCall]) -> list[str]:
    return [each.data["message"] for each in sent]


@pytest.fixture(autouse=True)
def monday(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(NOW)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Let a reminder wait for its answer when the test is over."""
    return True


@pytest.mark.parametrize("running", ["yes", "no", "unknown"])
@pytest.mark.parametrize("walked", [False, True])
@pytest.mark.parametrize("home", [False, True, None])
@pytest.mark.parametrize("in_hours", [False, True])
async def test_it_reminds_when_a_walk_is_due_and_never_else(
    hass: HomeAssistant,
    make_world: MakeWorld,
    files: Path,
    *,
    running: str,
    walked: bool,
    home: bool | None,
    in_hours: bool,
) -> None:
    """The truth table. `home` None: no person was named."""
    known: dict[str, dict[str, Any]] = {
        "yes": {"weekdays": ["mon"]},
        "no": {"weekdays": ["tue"]},
        "unknown": {"weekdays": ["mon"], "calendar": "calendar.gone"},
    }
    sources = known[running]
    world = await make_world(surface="lane", runners=(ANN | {"running": sources},))
    if walked:
        await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 8})
    hass.states.async_set(PERSON, "home" if home else "not_home")
    who = {} if home is None else {"person": PERSON}
    hours = {"after": "08:00:00" if in_hours else "10:00:00"}
    sent = await remind(hass, world, files, **who, **hours)
    await look(hass)
    is_due = running == "no" and not walked and home is not False and in_hours
    assert len(sent) == is_due
    if is_due:
        (reminder,) = sent
        assert reminder.data["title"] == "Ann: dedicated, 10.0 min"
        assert "left to your weekly goal" in reminder.data["message"]


async def test_its_button_prepares_the_walk_and_takes_the_reminder_back(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    """An automation has no person: the walk waits for a go."""
    world = await make_world(surface="lane", runners=(ANN,))
    sent = await remind(hass, world, files)
    await look(hass)
    (reminder,) = sent
    (button,) = reminder.data["data"]["actions"]
    hass.bus.async_fire("mobile_app_notification_action", {"action": "another"})
    await settle()
    assert len(sent) == 1
    hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
    await settle()
    assert messages(sent)[1:] == ["clear_notification"]
    assert sent[1].data["data"]["tag"] == reminder.data["data"]["tag"]
    assert world.state("sensor.ann_state") == "ready"


@pytest.mark.parametrize("by", ["a session", "a run"])
async def test_it_goes_when_a_session_starts_or_nothing_is_due_any_more(
    hass: HomeAssistant, make_world: MakeWorld, files: Path, by: str
) -> None:
    world = await make_world(surface="lane", runners=(ANN,))
    sent = await remind(hass, world, files)
    await look(hass)
    if by == "a session":
        await call(world, "start_session", kind="dedicated")
    else:
        await call(world, "log_run", when="2026-11-16 08:00")
    assert messages(sent)[1:] == ["clear_notification"]


async def test_it_reminds_once_a_day(
    hass: HomeAssistant, make_world: MakeWorld, files: Path, freezer: FrozenDateTimeFactory
) -> None:
    world = await make_world(surface="lane", runners=(ANN,))
    hass.states.async_set(PERSON, "not_home")
    sent = await remind(hass, world, files, person=PERSON)
    await look(hass)
    assert sent == []
    hass.states.async_set(PERSON, "home")
    await settle()
    assert len(sent) == 1
    await call(world, "start_session", kind="dedicated")
    await call(world, "stop_session")
    await look(hass)
    assert messages(sent)[1:] == ["clear_notification"]
    freezer.tick(timedelta(days=1))
    async_fire_time_changed(hass)
    await look(hass)
    assert len(sent) == 3
