"""A lamp as owners have them: a template light on helpers, dimmable."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

LAMP = "light.lamp"


@pytest.fixture
async def lamp(hass: HomeAssistant) -> str:
    """Return the entity id of a lamp that is off."""
    assert await async_setup_component(
        hass,
        "input_number",
        {"input_number": {"lamp": {"min": 0, "max": 255, "initial": 0}}},
    )
    level = {"service": "input_number.set_value", "target": {"entity_id": "input_number.lamp"}}
    assert await async_setup_component(
        hass,
        "template",
        {
            "template": {
                "light": {
                    "name": "Lamp",
                    "unique_id": "lamp",
                    "state": "{{ states('input_number.lamp') | int > 0 }}",
                    "level": "{{ states('input_number.lamp') | int }}",
                    "turn_on": [{**level, "data": {"value": 255}}],
                    "turn_off": [{**level, "data": {"value": 0}}],
                    "set_level": [{**level, "data": {"value": "{{ brightness }}"}}],
                }
            }
        },
    )
    await hass.async_block_till_done()
    state = hass.states.get(LAMP)
    assert state is not None
    assert state.state == "off"
    return LAMP
