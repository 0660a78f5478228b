"""The package built by hand: with and without a belt and a voice, for one person and for more."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.helpers.typing import ConfigType
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from .home import Home

NAME: Final = "by hand"
PACKAGE: Final = Path(__file__).with_name("by_hand.yaml")
WEEKLY_TOTAL: Final = "sensor.retrowalk_hours_this_week"
PHASE: Final = "input_select.retrowalk_phase"
PHASES: Final[dict[str, tuple[int, int, int]]] = {
    "warm_up": (120, 120, 60),
    "dedicated": (120, 420, 120),
}
"""Seconds of its three phases; the same figures stand in `retrowalk_next_phase`."""
GET_READY_S: Final = 10
_VOICE: Final = frozenset({"script.retrowalk_say"})
_BELT: Final = frozenset({"switch.turn_on", "switch.turn_off", "number.set_value"})


class Ability(StrEnum):
    """How much of it there is.

    An owner without a speaker writes no calls of a voice, and one without a belt none of a belt, so
    both are taken out of the scripts where they are not there; nothing runs into the void.
    """

    NO_BELT = "no belt"
    BELT = "belt"
    FULL_VOICE = "full voice"
    """The package as it stands: belt and voice."""


_WITHOUT: Final = {
    Ability.NO_BELT: _VOICE | _BELT,
    Ability.BELT: _VOICE,
    Ability.FULL_VOICE: frozenset[str](),
}


def package(ability: Ability = Ability.FULL_VOICE, copies: int = 1) -> ConfigType:
    """Return the package, copied and renamed for each further person."""
    text = PACKAGE.read_text(encoding="utf-8")
    merged: ConfigType = {}
    for n in range(1, copies + 1):
        suffix = "" if n == 1 else str(n)
        copy = parse_yaml(
            text.replace("retrowalk_", f"retrowalk{suffix}_").replace(
                "Retrowalk ", f"Retrowalk{suffix} "
            )
        )
        if not isinstance(copy, dict):
            raise TypeError("no package")
        for domain, content in copy.items():
            if isinstance(content, list):
                merged[domain] = [*merged.get(domain, []), *content]
            else:
                merged[domain] = {**merged.get(domain, {}), **content}
    for domain in ("script", "automation"):
        merged[domain] = _without(_WITHOUT[ability], merged[domain])
    return merged


def _without(actions: frozenset[str], part: Any) -> Any:
    """Return a part of a configuration without the steps that call these actions."""
    if isinstance(part, dict):
        return {key: _without(actions, value) for key, value in part.items()}
    if isinstance(part, list):
        return [
            _without(actions, each)
            for each in part
            if not (isinstance(each, dict) and each.get("action") in actions)
        ]
    return part


async def move_in(home: Home, config: ConfigType) -> None:
    """Set it up for the first time, filling in what its owner would; the next start restores it.

    The helpers come first: without a time to go by, the reminder would not start.
    """
    helpers = {domain: part for domain, part in config.items() if domain.startswith("input_")}
    await set_up(home, helpers)
    for entity_id in home.hass.states.async_entity_ids("input_datetime"):
        if entity_id.endswith("_reminder_at"):
            await _call(home, "input_datetime.set_datetime", entity_id, time="18:30:00")
    for entity_id in home.hass.states.async_entity_ids("input_number"):
        await _call(home, "input_number.set_value", entity_id, value=45)
    await set_up(home, {domain: part for domain, part in config.items() if domain not in helpers})
    await home.start()


async def _call(home: Home, action: str, entity_id: str, **data: object) -> None:
    domain, _, service = action.partition(".")
    await home.hass.services.async_call(
        domain, service, {"entity_id": entity_id, **data}, blocking=True
    )


async def set_up(home: Home, config: ConfigType) -> None:
    """Set it up as the start of Home Assistant does: all of its domains at once."""
    done = await asyncio.gather(
        *(async_setup_component(home.hass, domain, config) for domain in config)
    )
    if not all(done):
        raise RuntimeError("the package could not be set up")
    await home.settle()


def domains_alone(config: ConfigType) -> ConfigType:
    """Return the same domains with nothing in them."""
    return {domain: [] if isinstance(part, list) else {} for domain, part in config.items()}


def entities(home: Home) -> frozenset[str]:
    """Return the entities of the package."""
    return frozenset(
        entity_id
        for entity_id in home.hass.states.async_entity_ids()
        if entity_id.partition(".")[2].startswith("retrowalk")
    ) | {"schedule.running_days"}


async def start(home: Home, kind: str) -> None:
    """Start a walk in the name of a person."""
    await home.hass.services.async_call(
        "script",
        "retrowalk_start",
        {"session_type": kind},
        blocking=True,
        context=home.person,
    )


def is_over(home: Home) -> bool:
    """Return whether nobody walks."""
    return home.state(PHASE) == "idle"


async def weekly_total(home: Home) -> None:
    """Compute the weekly total as it does every minute: from the recorder's history."""
    entity = home.hass.data[DATA_INSTANCES]["sensor"].get_entity(WEEKLY_TOTAL)
    if not isinstance(entity, CoordinatorEntity):
        raise TypeError(f"{WEEKLY_TOTAL} is no history_stats sensor")
    await entity.coordinator.async_refresh()
