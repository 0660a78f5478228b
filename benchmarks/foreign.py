"""What a gym has already, whoever coaches in it: a light, a belt, path sensors, a speaker, a phone.

Each does what a well-behaved real one does to the database, and no more: one state a change, and a
speaker that says "playing" and "idle" around each sentence.
"""

import asyncio
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity
from homeassistant.components.number import NumberEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.util import dt as dt_util

LIGHT: Final = "light.gym"
PATH_SENSORS: Final = ("binary_sensor.gym_floor_occupancy", "binary_sensor.gym_door")
SPEAKER: Final = "media_player.gym"
VOICE: Final = "tts.piper"
BELT: Final = ("switch.treadmill_belt", "number.treadmill_speed")
ENTITIES: Final = frozenset({LIGHT, *PATH_SENSORS, SPEAKER, VOICE, *BELT})
SENTENCE_S: Final = 3
"""How long the speaker plays."""


class _Light(LightEntity):
    _attr_should_poll = False
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_is_on = False
    _attr_brightness = 100

    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True
        self._attr_brightness = kwargs.get(ATTR_BRIGHTNESS, self._attr_brightness)
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:
        self._attr_is_on = False
        self.async_write_ha_state()


class _Sensor(BinarySensorEntity):
    _attr_should_poll = False
    _attr_is_on = False


class _Switch(SwitchEntity):
    _attr_should_poll = False
    _attr_is_on = False

    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:
        self._attr_is_on = False
        self.async_write_ha_state()


class _Number(NumberEntity):
    _attr_should_poll = False
    _attr_native_min_value = 0
    _attr_native_max_value = 12
    _attr_native_step = 0.1
    _attr_native_value: float = 0

    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value
        self.async_write_ha_state()


async def furnish(hass: HomeAssistant) -> None:
    """Put all of it into a Home Assistant."""
    belt_switch, belt_speed = BELT
    for entity_id, entity in {
        LIGHT: _Light(),
        **{each: _Sensor() for each in PATH_SENSORS},
        belt_switch: _Switch(),
        belt_speed: _Number(),
    }.items():
        await _add(hass, entity_id, entity)
    hass.states.async_set(SPEAKER, "idle")
    hass.states.async_set(VOICE, "unknown")

    async def play_media(call: ServiceCall) -> None:
        hass.states.async_set(SPEAKER, "playing", context=call.context)
        hass.loop.call_later(SENTENCE_S, hass.states.async_set, SPEAKER, "idle")

    async def speak(call: ServiceCall) -> None:
        # As tts.entity does: hand it to the speaker, then say when a sentence was made last.
        data = {"entity_id": call.data["media_player_entity_id"], "media_content_id": "sentence"}
        await hass.services.async_call(
            "media_player", "play_media", data, blocking=True, context=call.context
        )
        hass.states.async_set(VOICE, dt_util.utcnow().isoformat(), context=call.context)

    async def notify(_call: ServiceCall) -> None:
        await asyncio.sleep(0)

    hass.services.async_register("media_player", "play_media", play_media)
    hass.services.async_register("tts", "speak", speak)
    hass.services.async_register("notify", "mobile_app_phone", notify)


async def _add(hass: HomeAssistant, entity_id: str, entity: Entity) -> None:
    entity.entity_id = entity_id
    await hass.data[DATA_INSTANCES][entity_id.partition(".")[0]].async_add_entities([entity])
