"""The room: lights or a scene for a walk, and back to what they were.

What the lights were is on disk before the first one is touched, so that a killed process cannot
leave a room lit for ever. A light that fails never keeps a walk from starting: it is logged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
import logging
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.state import async_reproduce_state
from homeassistant.util.json import json_loads

from .roles import SILENT

_LOGGER = logging.getLogger(__name__)

CALL_TIMEOUT_S: Final = 10
"""A light that has not answered by then is left behind."""


class PreparedBy(StrEnum):
    """Who had the room prepared; what an owner prepared stays until the owner restores it."""

    WALK = "walk"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class RoomState:
    """What the room was: entity_id, state and attributes of each light."""

    lights: list[dict[str, Any]]
    by: PreparedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomConfig:
    """What to switch on; the brightness in percent goes to the lights, not to the scene."""

    lights: tuple[str, ...] = ()
    scene: str | None = None
    script: str | None = None
    also_restore: tuple[str, ...] = ()
    """What the script or the scene may change beside the lights: a fan, blinds, music."""
    signals: tuple[str, ...] = ()
    """Lights that show signals: brought back whatever the rest of the room does."""
    never: tuple[str, ...] = ()
    """What is not restored although a scene names it: the treadmill."""
    brightness_percent: int = 100
    restore: bool = True

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that it names."""
        others = (each for each in (self.scene, self.script) if each)
        return (*self.lights, *others, *self.also_restore, *self.signals)


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that a file can hold; no light needs any other."""
    plain: dict[str, Any] = {}
    for name, value in attributes.items():
        with suppress(TypeError, ValueError):
            plain[name] = json_loads(json_bytes(value))
    return plain


class Room:
    """The room of one gym."""

    def __init__(
        self,
        hass: HomeAssistant,
        config: RoomConfig,
        was: RoomState | None,
        keep: Callable[[RoomState | None], Awaitable[None]],
    ) -> None:
        """Build it with what it was when last prepared; `keep` writes that to disk."""
        self._hass = hass
        self.config = config
        self._was = was
        self._keep = keep
        self._lock = asyncio.Lock()
        self._stop_waiting: CALLBACK_TYPE | None = None

    @property
    def left_by_walk(self) -> bool:
        """Return whether a walk has prepared it and not brought it back."""
        return self._was is not None and self._was.by is PreparedBy.WALK

    async def prepare(self, by: PreparedBy) -> None:
        """Switch on what the config names.

        What a light was is kept once, until it is brought back; a light that came to the config
        since, or since the last preparing, is looked at then.
        """
        async with self._lock:
            config = self.config
            if (config.restore and config.entities) or config.signals:
                was = self._was or RoomState([], by)
                if by is PreparedBy.WALK:
                    was = replace(was, by=by)
                known = {each["entity_id"] for each in was.lights}
                new = [each for each in self._look() if each["entity_id"] not in known]
                await self._remember(replace(was, lights=[*was.lights, *new]))
            calls = []
            if config.lights:
                data = {
                    ATTR_ENTITY_ID: list(config.lights),
                    "brightness_pct": config.brightness_percent,
                }
                calls.append(self._call("light", data))
            if config.scene:
                calls.append(self._call("scene", {ATTR_ENTITY_ID: config.scene}))
            if config.script:
                calls.append(self._call("script", {ATTR_ENTITY_ID: config.script}))
            await asyncio.gather(*calls)

    async def restore(self) -> None:
        """Bring the room back to what it was; does nothing where nothing was kept.

        A light that is not there now, or does not answer, is brought back when it is there again.
        """
        async with self._lock:
            if self._was is None:
                return
            await self._end_script()
            was = self._was.lights
            done = await asyncio.gather(*(self._bring_back(each) for each in was))
            late = [each for each, is_done in zip(was, done, strict=True) if not is_done]
            await self._remember(replace(self._was, lights=late) if late else None)

    @callback
    def close(self) -> None:
        """Stop waiting for lights that are late."""
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    @callback
    def wait_for_late_lights(self) -> None:
        """Bring back what could not be brought back as soon as it is there again."""
        self.close()
        if self._was is None:
            return

        @callback
        def there_again(event: Event[EventStateChangedData]) -> None:
            old = event.data["old_state"]
            was_there = old is not None and old.state not in SILENT
            if not was_there and self._is_there(event.data["entity_id"]):
                self._hass.async_create_task(self._restore_late(), "retrowalk: late lights")

        ids = [each["entity_id"] for each in self._was.lights]
        self._stop_waiting = async_track_state_change_event(self._hass, ids, there_again)

    async def _restore_late(self) -> None:
        waiting = self._stop_waiting
        if waiting is None:  # somebody has prepared the room meanwhile
            return
        await self.restore()
        if self._stop_waiting is waiting:
            self.wait_for_late_lights()

    async def _end_script(self) -> None:
        """End a script that still prepares, before what it has changed is brought back."""
        named = self.config.script if self.config.restore else None
        script = self._hass.states.get(named) if named else None
        if script is not None and script.state == STATE_ON:
            await self._call("script", {ATTR_ENTITY_ID: script.entity_id}, SERVICE_TURN_OFF)

    def _is_there(self, entity_id: str) -> bool:
        state = self._hass.states.get(entity_id)
        return state is not None and state.state not in SILENT

    async def _bring_back(self, light: dict[str, Any]) -> bool:
        """Return whether there is nothing more to do for a light; one that is not there is late."""
        if not self._is_there(light["entity_id"]):
            return False
        state = State(light["entity_id"], light["state"], light["attributes"])
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await async_reproduce_state(self._hass, state)
        except TimeoutError:
            _LOGGER.warning("%s does not answer; it is brought back later", state.entity_id)
            return False
        except Exception as err:  # noqa: BLE001 - whatever a light's integration raises
            _LOGGER.warning("%s could not be brought back: %s", state.entity_id, err)
        return True

    async def _remember(self, was: RoomState | None) -> None:
        if was != self._was:
            self._was = was
            await self._keep(was)

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self.config.entities if self._hass.states.get(each) is None]

    def _look(self) -> list[dict[str, Any]]:
        """Return what the lights are now; a scene is undone by the entities it names."""
        entity_ids = dict.fromkeys(self.config.signals)
        if self.config.restore:
            entity_ids |= self._restored()
        return [
            {
                "entity_id": state.entity_id,
                "state": state.state,
                "attributes": _plain(state.attributes),
            }
            for entity_id in entity_ids
            if entity_id not in self.config.never
            and (state := self._hass.states.get(entity_id))
            and state.state not in SILENT
        ]

    def _restored(self) -> dict[str, None]:
        entity_ids = dict.fromkeys(self.config.lights)
        if self.config.scene and (scene := self._hass.states.get(self.config.scene)):
            entity_ids |= dict.fromkeys(scene.attributes.get(ATTR_ENTITY_ID) or ())
        return entity_ids | dict.fromkeys(self.config.also_restore)

    async def _call(
        self, domain: str, data: dict[str, Any], service: str = SERVICE_TURN_ON
    ) -> None:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self._hass.services.async_call(domain, service, data, blocking=True)
        except Exception as err:  # noqa: BLE001 - whatever a light's integration raises
            _LOGGER.warning("%s: %s failed: %s", data[ATTR_ENTITY_ID], service, err)
