"""Treadmills that misbehave as real ones do: for the tests, and for the demo.

A `Machine` is a belt with its electronics; what Home Assistant knows of it are its `parts`.

Rules of this file:
1. How fast the belt runs is a function of the time. A tick only tells it to Home Assistant, so one
   that comes late changes nothing about what the belt did.
2. A machine that does nothing new has no timer.
3. A fault is one of the electronics or of the connection: console, safety clip and plug work.
4. No pytest at import: the demo's Home Assistant loads this file too.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import floor, isfinite
from typing import Any, Final, Literal

from homeassistant.components.button import ButtonEntity
from homeassistant.components.event import EventDeviceClass, EventEntity
from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import (
    EVENT_HOMEASSISTANT_CLOSE,
    PERCENTAGE,
    Platform,
    UnitOfPower,
    UnitOfSpeed,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

DOMAIN: Final = "simulated_treadmill"
PLATFORMS: Final = (
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)

SLOWEST_KMH: Final = 0.5
FRESH_KMH: Final = 0.8
"""What a belt runs at that was started and told nothing yet."""
FASTEST_KMH: Final = 12.0
STALE_KMH: Final = 6.0
STEEPEST_PERCENT: Final = 12.0
UP_KMH_PER_S: Final = 0.5
DOWN_KMH_PER_S: Final = 1.0
CLIP_STOPS_IN_S: Final = 0.8
COASTS_FOR_S: Final = 2.0
SLOW_STOPS_IN_S: Final = 9.0
STARTS_LATE_BY_S: Final = 4.0
STAYS_IN_TOUCH_S: Final = 20.0
DROPS_FOR_S: Final = 12.0
TICK_S: Final = 0.5
IDLE_W: Final = 8.0
RUNNING_W: Final = 90.0
W_PER_KMH: Final = 40.0
KMH_PER_MPH: Final = 1.609344

type Seconds = float
"""An instant of the event loop's clock, or a length."""
type Command = tuple[Seconds, str, float | None]
type Button = Literal["go", "stop"]


class Shape(StrEnum):
    """What a machine is told by."""

    SWITCH_AND_NUMBERS = "switch_and_numbers"
    TWO_BUTTONS_AND_A_NUMBER = "two_buttons_and_a_number"
    NUMBER_ONLY = "number_only"
    """0 is stop, and anything else starts it."""


class Fault(StrEnum):
    """How it misbehaves."""

    OPTIMISTIC = "optimistic"
    """Says at once what it was told, true or not, until it reports by itself: after a hand on the
    machine, a power cut, a connection that is back. Its belt starts 4 s late."""
    SILENT = "silent"
    """Accepts start, speed and incline and ignores them. A stop works."""
    SILENT_SPEED = "silent_speed"
    """Accepts speed and incline and ignores them. Start and stop work."""
    DROPPING = "dropping"
    """While the belt runs, its connection is lost for 12 s after every 20 s."""
    SURGING = "surging"
    """Replays a stale setpoint: when it starts, and when its connection is back."""
    STUCK = "stuck"
    """Ignores every stop that it is sent: only the plug helps."""
    SLOW = "slow"
    """Takes 9 s to come to rest, whatever the speed."""
    TOGGLE = "toggle"
    """Its stop button starts a belt that stands still."""
    FROZEN_SENSOR = "frozen_sensor"
    """The measured speed stays what it was last."""
    COUNTS_DOWN = "counts_down"
    """Its belt starts 4 s late, and it hears no stop meanwhile."""
    MIRROR = "mirror"
    """The speed number says what is measured, as bridges of FTMS do, not what was set."""


def roles(shape: Shape) -> dict[str, Any]:
    """Return what Retrowalk's form holds for such a machine, with its owner's consent."""
    controls = {
        Shape.SWITCH_AND_NUMBERS: {"start": "switch.treadmill", "stop": "switch.treadmill"},
        Shape.TWO_BUTTONS_AND_A_NUMBER: {
            "start": "button.treadmill_start",
            "stop": "button.treadmill_stop",
        },
        Shape.NUMBER_ONLY: {"stop": "number.treadmill_speed"},
    }
    return {
        "speed": "number.treadmill_speed",
        "incline": "number.treadmill_incline",
        **controls[shape],
        "speed_sensor": "sensor.treadmill_measured_speed",
        "stop_keeps_still": True,
        "may_move": True,
    }


# --- the machine ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """The belt from one speed to another, evenly; it keeps the last one."""

    since: Seconds
    takes: Seconds
    from_kmh: float
    to_kmh: float

    @property
    def ends(self) -> Seconds:
        return self.since + self.takes

    def speed_kmh(self, at: Seconds) -> float:
        if at >= self.ends:
            return self.to_kmh
        return self.from_kmh + (self.to_kmh - self.from_kmh) * (at - self.since) / self.takes


class Machine:
    """One treadmill. What it does wrong is in `faults`, a set that may change at any time."""

    def __init__(
        self,
        hass: HomeAssistant,
        shape: Shape = Shape.SWITCH_AND_NUMBERS,
        *,
        faults: Iterable[Fault] = (),
        unit: Literal["km/h", "mph"] = "km/h",
    ) -> None:
        """Put up a machine that stands still; `unit` is that of its number and its sensor."""
        self._hass = hass
        self.shape = shape
        self.faults = set(faults)
        self.unit = UnitOfSpeed(unit)
        self.latency_s: Seconds = 0
        """How long every command takes on its way from the entity to the electronics."""
        self.stale_kmh = STALE_KMH
        """What `SURGING` replays."""
        self.sensor_has_own_power = True
        """Whether the measured speed is there without the machine's power."""
        self.commands: list[Command] = []
        """Each command that reached an entity: when, its name, its value in the entity's unit.

        Names are start, stop, speed, incline, plug, connection; the last two with 1 or 0.
        """
        self.incline_percent = 0.0
        self._belt = _Stretch(since=0, takes=0, from_kmh=0.0, to_kmh=0.0)
        self._top_kmh = 0.0
        self._runs = False
        self._setpoint_kmh = 0.0 if shape is Shape.NUMBER_ONLY else FRESH_KMH
        self._starts: tuple[Seconds, float] | None = None
        self._drops_at: Seconds | None = None
        self._back_at: Seconds | None = None
        self._powered = True
        self._connected = True
        self._claims: dict[str, float] = {}
        self._told_kmh = 0.0
        self._timer: CALLBACK_TYPE | None = None
        self._open = False
        self._views: list[Callable[[], None]] = []
        self._remotes: list[Callable[[Button], None]] = []

    # What is true

    @property
    def speed_kmh(self) -> float:
        """Return how fast the belt truly runs now."""
        self._catch_up()
        return round(self._belt.speed_kmh(self._now), 6)

    @property
    def top_kmh(self) -> float:
        """Return the highest speed that the belt ever had."""
        return max(self._top_kmh, self.speed_kmh)

    @property
    def is_powered(self) -> bool:
        """Return whether its plug is on."""
        return self._powered

    @property
    def is_connected(self) -> bool:
        """Return whether its connection is switched on."""
        return self._connected

    @property
    def is_dropped(self) -> bool:
        """Return whether its connection is lost."""
        return self._back_at is not None

    def told(self, *names: str) -> list[tuple[str, float | None]]:
        """Return the commands of these names (none: all) in order, without their time."""
        return [(name, value) for _, name, value in self.commands if not names or name in names]

    # What a test, or a visitor of the demo, does to it

    @callback
    def misbehave(self, *faults: Fault) -> None:
        """Have these faults from now on, and no others."""
        self._catch_up()
        self.faults.clear()
        self.faults.update(faults)
        self._claims.clear()
        self._drops_at = None
        self._stay_in_touch(self._now)
        self._tell()

    @callback
    def pretend(self, kmh: float) -> None:
        """Have the sensor say this from now on, whatever the belt does."""
        self._catch_up()
        self.faults.add(Fault.FROZEN_SENSOR)
        self._told_kmh = kmh
        self._tell()

    @callback
    def drop(self, seconds: Seconds) -> None:
        """Lose the connection: the belt goes on, commands are lost. `inf` is for good."""
        self._catch_up()
        self._lose(self._now, seconds)
        self._tell()

    @callback
    def pull_clip(self) -> None:
        """Brake as the safety clip does; the belt stays off until it is started."""
        self._catch_up()
        self._claims.clear()
        self._halt(self._now, CLIP_STOPS_IN_S)
        self._tell()

    @callback
    def set_by_hand(self, kmh: float) -> None:
        """Set a speed at the console, as a person who stands there; 0 stops."""
        self._catch_up()
        if not self._powered:
            return
        self._claims.clear()
        if kmh:
            self._starts = None
            self._run(self._now, kmh)
        else:
            self._halt(self._now)
        self._tell()

    @callback
    def press(self, button: Button) -> None:
        """Press a button of its remote, which hears nobody while it is unavailable."""
        self._catch_up()
        if self.hears:
            for heard in list(self._remotes):
                heard(button)

    @callback
    def cut_power(self) -> None:
        """Do what switching off the plug does: the belt coasts to a halt."""
        self._set_power(on=False)

    @callback
    def restore_power(self) -> None:
        """Do what switching on the plug does: the machine is there and stands still."""
        self._set_power(on=True)

    # What its parts need

    @callback
    def open(self) -> None:
        """Begin to tell Home Assistant what changes."""
        self._open = True
        self._arm()

    @callback
    def close(self, _event: object = None) -> None:
        """Leave no timer. The belt goes on with what it does."""
        self._open = False
        self._disarm()

    @callback
    def subscribe(self, view: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `view` whenever something may have changed; returns the way out."""
        self._views.append(view)
        return lambda: self._views.remove(view)

    @callback
    def subscribe_remote(self, remote: Callable[[Button], None]) -> CALLBACK_TYPE:
        """Call `remote` with each button that is pressed; returns the way out."""
        self._remotes.append(remote)
        return lambda: self._remotes.remove(remote)

    @property
    def hears(self) -> bool:
        """Return whether a command gets through to it."""
        return self._powered and self._connected and not self.is_dropped

    @property
    def sensor_is_there(self) -> bool:
        """Return whether the measured speed is available."""
        return not self.is_dropped and (self._powered or self.sensor_has_own_power)

    @property
    def says_running(self) -> bool:
        """Return what its switch says."""
        return bool(self._said("running", self._runs))

    @property
    def says_speed(self) -> float:
        """Return what its speed number says, in its unit."""
        kmh = self._told_kmh if Fault.MIRROR in self.faults else self._setpoint_kmh
        return round(self._in_unit(self._said("speed", kmh)), 1)

    @property
    def says_incline(self) -> float:
        """Return what its incline number says, in percent."""
        return self._said("incline", self.incline_percent)

    @property
    def says_measured(self) -> float:
        """Return what its sensor says, in its unit."""
        return round(self._in_unit(self._told_kmh), 2)

    @property
    def says_watts(self) -> float:
        """Return what its plug measures."""
        if not self._powered:
            return 0.0
        speed_kmh = self._belt.speed_kmh(self._now)
        return round(RUNNING_W + W_PER_KMH * speed_kmh, 1) if self._runs or speed_kmh else IDLE_W

    @property
    def speed_range(self) -> tuple[float, float]:
        """Return the range of its speed number, in its unit."""
        lowest = 0.0 if self.shape is Shape.NUMBER_ONLY else self._in_unit(SLOWEST_KMH)
        return round(lowest, 1), floor(self._in_unit(FASTEST_KMH) * 10) / 10

    async def obey(self, name: str, value: float | None = None, *, toggles: bool = False) -> None:
        """Take a command that reached an entity. `toggles`: it came by the stop button."""
        self._catch_up()
        self.commands.append((self._now, name, value))
        if Fault.OPTIMISTIC in self.faults:
            self._claim(name, value)
            self._tell()
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
            self._catch_up()
        if name == "plug":
            self._set_power(on=bool(value))
        elif name == "connection":
            self._connected = bool(value)
        elif self.hears:
            self._obey(name, value, toggles=toggles and Fault.TOGGLE in self.faults)
        self._tell()

    # Its electronics

    def _obey(self, name: str, value: float | None, *, toggles: bool) -> None:
        match name:
            case "start":
                self._start(FRESH_KMH)
            case "stop" if toggles and not self._is_on:
                self._start(FRESH_KMH)
            case "stop":
                self._stop()
            case "speed":
                self._set_speed(value or 0)
            case "incline" if not self.faults & {Fault.SILENT, Fault.SILENT_SPEED}:
                self.incline_percent = value or 0.0

    @property
    def _is_on(self) -> bool:
        return self._runs or self._starts is not None

    def _start(self, kmh: float) -> None:
        if self._is_on or Fault.SILENT in self.faults:
            return
        if self.faults & {Fault.OPTIMISTIC, Fault.COUNTS_DOWN}:
            self._starts = (self._now + STARTS_LATE_BY_S, kmh)
        else:
            self._begin(self._now, kmh)

    def _begin(self, at: Seconds, kmh: float) -> None:
        self._starts = None
        self._run(at, self.stale_kmh if Fault.SURGING in self.faults else kmh)

    def _stop(self) -> None:
        counts_down = self._starts is not None and Fault.COUNTS_DOWN in self.faults
        if self._is_on and Fault.STUCK not in self.faults and not counts_down:
            self._halt(self._now, SLOW_STOPS_IN_S if Fault.SLOW in self.faults else None)

    def _set_speed(self, value: float) -> None:
        by_number = self.shape is Shape.NUMBER_ONLY
        kmh = value * (KMH_PER_MPH if self.unit is UnitOfSpeed.MILES_PER_HOUR else 1)
        kmh = min(max(kmh, SLOWEST_KMH), FASTEST_KMH)
        ignored = bool(self.faults & {Fault.SILENT, Fault.SILENT_SPEED})
        if by_number and not value:
            self._stop()
        elif by_number and not self._is_on:
            self._start(FRESH_KMH if ignored else kmh)
        elif ignored:
            return
        elif self._runs:
            self._run(self._now, kmh)
        elif by_number:
            self._starts = self._starts and (self._starts[0], kmh)

    def _set_power(self, *, on: bool) -> None:
        self._catch_up()
        if on is not self._powered:
            self._powered = on
            self._claims.clear()
            self._halt(self._now, COASTS_FOR_S)
        self._tell()

    def _lose(self, at: Seconds, seconds: Seconds) -> None:
        self._drops_at = None
        self._back_at = max(self._back_at or 0, at + seconds)

    def _come_back(self, at: Seconds) -> None:
        self._back_at = None
        self._claims.clear()
        takes_it = self._runs or (self._powered and self.shape is Shape.NUMBER_ONLY)
        if Fault.SURGING in self.faults and takes_it:
            self._run(at, self.stale_kmh)
        self._stay_in_touch(at)

    def _stay_in_touch(self, at: Seconds) -> None:
        if Fault.DROPPING in self.faults and self._runs and self._drops_at is None:
            self._drops_at = at + STAYS_IN_TOUCH_S

    # What it says, true or not

    def _claim(self, name: str, value: float | None) -> None:
        match name:
            case "start" | "stop":
                self._claims["running"] = name == "start"
            case "speed":
                mph = self.unit is UnitOfSpeed.MILES_PER_HOUR
                self._claims["speed"] = (value or 0) * (KMH_PER_MPH if mph else 1)
            case "incline":
                self._claims["incline"] = value or 0

    def _said(self, name: str, truth: float) -> float:
        return self._claims.get(name, truth) if Fault.OPTIMISTIC in self.faults else truth

    def _in_unit(self, kmh: float) -> float:
        return kmh / KMH_PER_MPH if self.unit is UnitOfSpeed.MILES_PER_HOUR else kmh

    # Its belt

    def _run(self, at: Seconds, kmh: float) -> None:
        self._runs = True
        self._setpoint_kmh = float(kmh)
        self._move(at, kmh)
        self._stay_in_touch(at)

    def _halt(self, at: Seconds, takes: Seconds | None = None) -> None:
        """Come to rest within `takes`, or as a healthy machine does; never later than already."""
        if self._belt.to_kmh == 0 and takes is not None:
            takes = min(takes, max(0, self._belt.ends - at))
        self._runs = False
        self._starts = self._drops_at = None
        if self.shape is Shape.NUMBER_ONLY:
            self._setpoint_kmh = 0.0
        self._move(at, 0, takes)

    def _move(self, at: Seconds, to_kmh: float, takes: Seconds | None = None) -> None:
        now_kmh = self._belt.speed_kmh(at)
        self._top_kmh = max(self._top_kmh, now_kmh)
        if takes is None:
            rate = UP_KMH_PER_S if to_kmh > now_kmh else DOWN_KMH_PER_S
            takes = abs(to_kmh - now_kmh) / rate
        if now_kmh == to_kmh:
            takes = 0
        self._belt = _Stretch(since=at, takes=takes, from_kmh=now_kmh, to_kmh=float(to_kmh))

    # Its time

    @property
    def _now(self) -> Seconds:
        return self._hass.loop.time()

    def _next(self) -> tuple[Seconds, Callable[[Seconds], None]] | None:
        """Return what happens next by itself, and when."""
        events: list[tuple[Seconds, Callable[[Seconds], None]]] = []
        if self._starts is not None:
            events.append((self._starts[0], partial(self._begin, kmh=self._starts[1])))
        if self._back_at is not None:
            events.append((self._back_at, self._come_back))
        elif self._drops_at is not None:
            events.append((self._drops_at, partial(self._lose, seconds=DROPS_FOR_S)))
        return min(events, key=lambda event: event[0], default=None)

    def _catch_up(self) -> None:
        """Let happen what was due, each at its own time."""
        while (event := self._next()) is not None and event[0] <= self._now:
            at, happen = event
            happen(at)

    @callback
    def _tick(self, _now: object) -> None:
        self._timer = None
        self._catch_up()
        self._tell()

    def _tell(self) -> None:
        if Fault.FROZEN_SENSOR not in self.faults:
            self._told_kmh = self._belt.speed_kmh(self._now)
        for view in list(self._views):
            view()
        self._arm()

    def _arm(self) -> None:
        self._disarm()
        now, event = self._now, self._next()
        dues = [event[0]] if event is not None and isfinite(event[0]) else []
        if self._belt.ends > now:
            dues.append(min(self._belt.ends, now + TICK_S))
        if dues and self._open:
            self._timer = async_call_later(self._hass, max(0, min(dues) - now), self._tick)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


# --- its parts: what Home Assistant knows of it --------------------------


class Part(Entity):
    """One entity of a machine."""

    _attr_should_poll = False
    _attr_has_entity_name = True

    def __init__(self, machine: Machine, key: str, name: str | None) -> None:
        self.machine = machine
        self._attr_name = name
        self._attr_unique_id = f"simulated_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, "treadmill")},
            name="Treadmill",
            manufacturer="Retrowalk",
            model="Simulated treadmill",
        )

    @property
    def available(self) -> bool:
        return self.machine.hears

    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.machine.subscribe(self.async_write_ha_state))


class _Motor(Part, SwitchEntity):
    @property
    def is_on(self) -> bool:
        return self.machine.says_running

    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self.machine.obey("start")

    async def async_turn_off(self, **_kwargs: Any) -> None:
        await self.machine.obey("stop")


class _Plug(Part, SwitchEntity):
    @property
    def available(self) -> bool:
        return True

    @property
    def is_on(self) -> bool:
        return self.machine.is_powered

    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self.machine.obey("plug", 1)

    async def async_turn_off(self, **_kwargs: Any) -> None:
        await self.machine.obey("plug", 0)


class _Connection(Part, SwitchEntity):
    @property
    def available(self) -> bool:
        return self.machine.is_powered and not self.machine.is_dropped

    @property
    def is_on(self) -> bool:
        return self.machine.is_connected

    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self.machine.obey("connection", 1)

    async def async_turn_off(self, **_kwargs: Any) -> None:
        await self.machine.obey("connection", 0)


class _Start(Part, ButtonEntity):
    async def async_press(self) -> None:
        await self.machine.obey("start")


class _Stop(Part, ButtonEntity):
    async def async_press(self) -> None:
        await self.machine.obey("stop", toggles=True)


class _Speed(Part, NumberEntity):
    _attr_native_step = 0.1
    _attr_mode = NumberMode.BOX

    def __init__(self, machine: Machine, key: str, name: str) -> None:
        super().__init__(machine, key, name)
        self._attr_native_min_value, self._attr_native_max_value = machine.speed_range
        self._attr_native_unit_of_measurement = machine.unit

    @property
    def native_value(self) -> float:
        return self.machine.says_speed

    async def async_set_native_value(self, value: float) -> None:
        await self.machine.obey("speed", value)


class _Incline(Part, NumberEntity):
    _attr_native_min_value = 0.0
    _attr_native_max_value = STEEPEST_PERCENT
    _attr_native_step = 0.5
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_mode = NumberMode.BOX

    @property
    def native_value(self) -> float:
        return self.machine.says_incline

    async def async_set_native_value(self, value: float) -> None:
        await self.machine.obey("incline", value)


class _MeasuredSpeed(Part, SensorEntity):
    _attr_device_class = SensorDeviceClass.SPEED
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 1

    def __init__(self, machine: Machine, key: str, name: str) -> None:
        super().__init__(machine, key, name)
        self._attr_native_unit_of_measurement = machine.unit
        # Home Assistant would show a sensor in mph in the unit of the house.
        self._attr_suggested_unit_of_measurement = machine.unit

    @property
    def available(self) -> bool:
        return self.machine.sensor_is_there

    @property
    def native_value(self) -> float:
        return self.machine.says_measured


class _Power(Part, SensorEntity):
    """The plug measures it, so it is there whenever the plug is."""

    _attr_device_class = SensorDeviceClass.POWER
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_native_unit_of_measurement = UnitOfPower.WATT
    _attr_suggested_display_precision = 0

    @property
    def available(self) -> bool:
        return True

    @property
    def native_value(self) -> float:
        return self.machine.says_watts


class _RemoteButton(Part, EventEntity):
    _attr_device_class = EventDeviceClass.BUTTON
    _attr_event_types = ["pressed"]

    def __init__(self, machine: Machine, button: Button) -> None:
        super().__init__(machine, f"{button}_button", f"{button.capitalize()} button")
        self._button = button

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.machine.subscribe_remote(self._heard))

    @callback
    def _heard(self, button: Button) -> None:
        if button == self._button:
            self._trigger_event("pressed")
            self.async_write_ha_state()


def parts(machine: Machine, platform: Platform) -> list[Entity]:
    """Return the entities of a machine, the same for every shape: the form picks its roles."""
    match platform:
        case Platform.SWITCH:
            return [
                _Motor(machine, "treadmill", None),
                _Plug(machine, "plug", "Plug"),
                _Connection(machine, "connection", "Connection"),
            ]
        case Platform.BUTTON:
            return [_Start(machine, "start", "Start"), _Stop(machine, "stop", "Stop")]
        case Platform.NUMBER:
            return [_Speed(machine, "speed", "Speed"), _Incline(machine, "incline", "Incline")]
        case Platform.SENSOR:
            return [
                _MeasuredSpeed(machine, "measured_speed", "Measured speed"),
                _Power(machine, "power", "Power"),
            ]
        case Platform.EVENT:
            return [_RemoteButton(machine, "go"), _RemoteButton(machine, "stop")]
        case _:
            return []


async def plug_in(hass: HomeAssistant, machine: Machine) -> ConfigEntry[Machine]:
    """Add a machine to a test's Home Assistant, as an integration of its own would.

    Unloading the entry that is returned takes its entities and its timer away.
    """
    from pytest_homeassistant_custom_component.common import (  # noqa: PLC0415 - not in the demo
        MockConfigEntry,
        MockModule,
        MockPlatform,
        mock_integration,
        mock_platform,
    )

    class _Flow(ConfigFlow, domain=DOMAIN):
        """Home Assistant sets up no entry that no flow could have made."""

    async def set_up(hass: HomeAssistant, entry: ConfigEntry[Machine]) -> bool:
        entry.runtime_data = machine
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        machine.open()
        entry.async_on_unload(machine.close)
        return True

    async def unload(hass: HomeAssistant, entry: ConfigEntry[Machine]) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)

    async def add(
        platform: Platform,
        _hass: HomeAssistant,
        _entry: ConfigEntry[Machine],
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        async_add_entities(parts(machine, platform))

    mock_integration(
        hass, MockModule(DOMAIN, async_setup_entry=set_up, async_unload_entry=unload), False
    )
    mock_platform(hass, f"{DOMAIN}.config_flow", None)
    for platform in PLATFORMS:
        module = MockPlatform()
        module.async_setup_entry = partial(add, platform)
        mock_platform(hass, f"{DOMAIN}.{platform}", module)
    # The last word of a Home Assistant that stops: until then the belt has to be seen.
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, machine.close)
    entry: ConfigEntry[Machine] = MockConfigEntry(domain=DOMAIN, title="Treadmill")
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    return entry
