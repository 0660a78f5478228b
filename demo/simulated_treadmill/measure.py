"""The action that measures: from an obstacle to the stop command, while much else goes on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import time
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_CALL_SERVICE,
    EVENT_STATE_CHANGED,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.core import (
    Event,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from tests.treadmills import DOMAIN

MEASURE: Final = "measure"
OTHERS: Final = 50
"""So many other entities change."""
BURST_S: Final = 0.01
ANSWER_WITHIN_S: Final = 5
SCHEMA: Final = vol.Schema(
    {
        vol.Required("obstacle"): cv.entity_domain("input_boolean"),
        vol.Required("path_sensor"): cv.entity_domain("binary_sensor"),
        vol.Required("stop"): cv.entity_id,
        vol.Required("states_per_s"): cv.positive_int,
        vol.Required("seconds"): cv.positive_float,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Offer the action."""
    hass.services.async_register(
        DOMAIN, MEASURE, _measure, schema=SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _measure(call: ServiceCall) -> ServiceResponse:
    """Put the obstacle there half-way through `seconds` of noise, and take it away at the end."""
    hass, seconds = call.hass, call.data["seconds"]
    noise = _Noise(hass, call.data["states_per_s"])
    writes = hass.async_create_background_task(noise.write(), "the noise of a measurement")
    try:
        await asyncio.sleep(seconds / 2)
        with _watched(hass, call.data["path_sensor"], call.data["stop"]) as times:
            await _set(hass, call.data["obstacle"], SERVICE_TURN_ON)
            try:
                latency_ms = await asyncio.wait_for(times, ANSWER_WITHIN_S) * 1000
            except TimeoutError:
                raise HomeAssistantError("No stop was sent") from None
        await asyncio.sleep(seconds / 2)
        return {"latency_ms": round(latency_ms, 3), "states_per_s": round(noise.states_per_s)}
    finally:
        writes.cancel()
        noise.clear()
        await _set(hass, call.data["obstacle"], SERVICE_TURN_OFF)


async def _set(hass: HomeAssistant, entity_id: str, service: str) -> None:
    domain = entity_id.partition(".")[0]
    await hass.services.async_call(domain, service, {ATTR_ENTITY_ID: entity_id}, blocking=True)


@contextmanager
def _watched(hass: HomeAssistant, path_sensor: str, stop: str) -> Iterator[asyncio.Future[float]]:
    """Give the seconds from the sensor's word to the first command to what stops the belt.

    Both events carry the instant at which they were fired. A clock taken in these listeners would
    be late: whoever stops the belt has been called before them.
    """
    seconds: asyncio.Future[float] = hass.loop.create_future()
    blocked_at: list[float] = []
    stopped_at: list[float] = []

    @callback
    def changed(event: Event[Any]) -> None:
        new = event.data["new_state"]
        if event.data[ATTR_ENTITY_ID] == path_sensor and new is not None and new.state == "on":
            happened(blocked_at, event)

    @callback
    def called(event: Event[Any]) -> None:
        named = event.data[ATTR_SERVICE_DATA].get(ATTR_ENTITY_ID, [])
        if stop in cv.ensure_list(named) and event.data[ATTR_SERVICE] != SERVICE_TURN_ON:
            happened(stopped_at, event)

    @callback
    def happened(instants: list[float], event: Event[Any]) -> None:
        instants.append(event.time_fired_timestamp)
        if blocked_at and stopped_at and not seconds.done():
            seconds.set_result(stopped_at[0] - blocked_at[0])

    unsubscribe = (
        hass.bus.async_listen(EVENT_STATE_CHANGED, changed),
        hass.bus.async_listen(EVENT_CALL_SERVICE, called),
    )
    try:
        yield seconds
    finally:
        for each in unsubscribe:
            each()


class _Noise:
    """Everything else that goes on in a house: states that change all the time."""

    def __init__(self, hass: HomeAssistant, states_per_s: int) -> None:
        self._hass = hass
        self._wanted_per_s = states_per_s
        self._began = time.monotonic()
        self._written = 0

    @property
    def states_per_s(self) -> float:
        """Return what it came to."""
        return self._written / (time.monotonic() - self._began)

    async def write(self) -> None:
        """Write on and on, evenly."""
        while True:
            due = int((time.monotonic() - self._began) * self._wanted_per_s)
            for number in range(self._written, due):
                self._hass.states.async_set(f"sensor.noise_{number % OTHERS}", str(number))
            self._written = due
            await asyncio.sleep(BURST_S)

    @callback
    def clear(self) -> None:
        """Take its entities away."""
        for number in range(OTHERS):
            self._hass.states.async_remove(f"sensor.noise_{number}")
