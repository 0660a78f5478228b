"""The roles of a treadmill, and the shapes in which owners have them.

A role is what a belt needs (start, stop, a speed); a shape is the entity that plays it: a switch, a
button, a script, a number. No brand is known here. Every stop leaves a still belt still.
"""

import asyncio
from dataclasses import dataclass
import logging
from math import floor, isfinite
from typing import Any, Final

from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfPower,
    UnitOfSpeed,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import PowerConverter, SpeedConverter

_LOGGER = logging.getLogger(__name__)

SILENT: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)
SWITCHES: Final = ("switch", "input_boolean")
PRESSES: Final = ("button", "input_button")
NUMBERS: Final = ("number", "input_number")
STANDS_KMH: Final = 0.3
"""A belt that is not faster than this stands still."""
STILL_WATTS: Final = 40
"""What a standing treadmill draws at most, unless its owner says otherwise [CJ]."""
_A_BIT: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Command:
    """One call of Home Assistant on one entity."""

    domain: str
    service: str
    data: dict[str, Any]


async def call_within(hass: HomeAssistant, command: Command, seconds: float) -> None:
    """Make a call; what a treadmill's integration raises, or does not answer, is logged."""
    try:
        async with asyncio.timeout(seconds):
            await hass.services.async_call(
                command.domain, command.service, command.data, blocking=True
            )
    except Exception as err:  # noqa: BLE001 - whatever a treadmill's integration raises
        _LOGGER.warning("%s: %s failed: %r", command.data["entity_id"], command.service, err)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The entities of a treadmill; every one may be missing."""

    speed: str | None = None
    incline: str | None = None
    start: str | None = None
    stop: str | None = None
    speed_sensor: str | None = None
    power_sensor: str | None = None
    still_watts: float = STILL_WATTS
    plug: str | None = None
    connect: str | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """Return every entity that they name, each once."""
        named = (self.stop, self.start, self.speed, self.incline, *self.sensors)
        return tuple(dict.fromkeys(each for each in (*named, self.plug, self.connect) if each))

    @property
    def key(self) -> str:
        """Return what tells one treadmill from another: its roles, in order."""
        named = (self.stop, self.start, self.speed, self.speed_sensor, self.power_sensor)
        return " ".join(each or "-" for each in named)

    @property
    def sensors(self) -> tuple[str, ...]:
        """Return what measures the belt."""
        return tuple(each for each in (self.speed_sensor, self.power_sensor) if each)

    @property
    def stops(self) -> tuple[str, ...]:
        """Return the entities that may be able to stop the belt, the owner's choice first."""
        switch = self.start if self.start and domain_of(self.start) in SWITCHES else None
        return tuple(dict.fromkeys(each for each in (self.stop, switch, self.speed) if each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sensors say of the belt.

    `runs` is None where nobody knows; `speed_kmh` None where no speed is measured. `level` is
    whatever tells faster from slower: km/h, or W where power alone is measured.
    """

    runs: bool | None
    speed_kmh: float | None
    level: float | None


def domain_of(entity_id: str) -> str:
    """Return the domain of an entity."""
    return entity_id.partition(".")[0]


def is_there(state: State | None) -> bool:
    """Return whether an entity can be told something; a button that was never pressed can."""
    return state is not None and state.state != STATE_UNAVAILABLE


def read(hass: HomeAssistant, roles: Roles) -> Reading:
    """Return what the sensors say now.

    A sensor that is silent, or whose unit is none of a speed or a power, measures nothing. Where
    there are two, a belt runs as soon as one says so.
    """
    speed = _measured(hass, roles.speed_sensor, SpeedConverter, UnitOfSpeed.KILOMETERS_PER_HOUR)
    if speed is not None and speed < -STANDS_KMH:
        speed = None  # no belt runs backward: whatever this sensor says, it is no speed
    power = _measured(hass, roles.power_sensor, PowerConverter, UnitOfPower.WATT)
    says = []
    if speed is not None:
        says.append(speed > STANDS_KMH)
    if power is not None:
        says.append(power > roles.still_watts)
    return Reading(
        runs=any(says) if says else None,
        speed_kmh=speed,
        level=speed if speed is not None else power,
    )


def _measured(
    hass: HomeAssistant,
    entity_id: str | None,
    converter: type[SpeedConverter | PowerConverter],
    unit: str,
) -> float | None:
    state = hass.states.get(entity_id) if entity_id else None
    if state is None:
        return None
    try:
        convert = converter.converter_factory(state.attributes[ATTR_UNIT_OF_MEASUREMENT], unit)
        value = convert(float(state.state))
    except Exception:  # noqa: BLE001 - a silent sensor, or whatever its owner made it say
        return None
    return value if isfinite(value) else None


def can_tilt(hass: HomeAssistant, roles: Roles) -> bool:
    """Return whether the incline can be told where to stand; one that is gone cannot move."""
    state = hass.states.get(roles.incline) if roles.incline else None
    return state is None or is_there(state)


def start(entity_id: str) -> Command:
    """Return the call that starts a belt by this entity."""
    domain = domain_of(entity_id)
    service = "press" if domain in PRESSES else "turn_on"
    return Command(domain, service, {ATTR_ENTITY_ID: entity_id})


def stop(hass: HomeAssistant, entity_id: str) -> Command | None:
    """Return the call that stops a belt by this entity; None where it cannot.

    A number can where its range reaches down to 0.
    """
    domain, data = domain_of(entity_id), {ATTR_ENTITY_ID: entity_id}
    if domain in SWITCHES:
        return Command(domain, "turn_off", data)
    if domain in PRESSES:
        return Command(domain, "press", data)
    if domain in NUMBERS:
        return (
            Command(domain, "set_value", {**data, "value": 0})
            if reaches_zero(hass, entity_id)
            else None
        )
    return Command(domain, "turn_on", data)


def reaches_zero(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether a number goes down to 0; one that is not there might."""
    state = hass.states.get(entity_id)
    return state is None or _figure(state, "min", 0.0) <= 0


def can_stop(hass: HomeAssistant, roles: Roles) -> bool:
    """Return whether something that can stop the belt would hear it now."""
    return any(
        is_there(hass.states.get(each)) and stop(hass, each) is not None for each in roles.stops
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A number that sets something, as it stands now: its range in its own unit."""

    entity_id: str
    least: float
    most: float
    step: float
    per_unit: float
    """How many of its own units one of ours (km/h, percent) is."""

    def fit(self, value: float) -> float:
        """Return the position (own unit) that is `value` (ours) or the next below it."""
        wanted = value * self.per_unit
        if wanted <= self.least:
            return self.least
        steps = floor((min(wanted, self.most) - self.least) / self.step + _A_BIT)
        return round(self.least + steps * self.step, 4)

    def above(self, position: float) -> float:
        """Return the next position upward."""
        return round(min(position + self.step, self.most), 4)

    def below(self, position: float) -> float:
        """Return the next position downward."""
        return round(max(position - self.step, self.least), 4)

    def ours(self, position: float) -> float:
        """Return what a position is in our unit."""
        return position / self.per_unit

    def set(self, position: float) -> Command:
        """Return the call that sets a position."""
        data = {ATTR_ENTITY_ID: self.entity_id, "value": position}
        return Command(domain_of(self.entity_id), "set_value", data)


def speed_dial(hass: HomeAssistant, entity_id: str | None) -> Dial | None:
    """Return the dial of a speed; None where it is not there or its unit is no speed.

    A number without a unit might mean miles: it sets nothing.
    """
    state = hass.states.get(entity_id) if entity_id else None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    if unit not in SpeedConverter.VALID_UNITS:
        return None
    per_kmh = SpeedConverter.convert(1, UnitOfSpeed.KILOMETERS_PER_HOUR, unit)
    return _dial(state, per_kmh, step=0.1)


def incline_dial(hass: HomeAssistant, entity_id: str | None) -> Dial | None:
    """Return the dial of a grade; None where it is not there or its unit is no percent."""
    state = hass.states.get(entity_id) if entity_id else None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    return _dial(state, 1, step=1) if unit in (None, PERCENTAGE) else None


def _dial(state: State | None, per_unit: float, *, step: float) -> Dial | None:
    if state is None or not is_there(state):
        return None
    least = max(0.0, _figure(state, "min", 0.0))  # no decline (V25), and no belt runs backward
    most = _figure(state, "max", least)
    return Dial(
        entity_id=state.entity_id,
        least=least,
        most=max(least, most),
        step=_figure(state, "step", step) or step,
        per_unit=per_unit,
    )


def _figure(state: State, name: str, otherwise: float) -> float:
    try:
        figure = float(state.attributes[name])
    except KeyError, TypeError, ValueError:
        return otherwise
    return figure if isfinite(figure) else otherwise
