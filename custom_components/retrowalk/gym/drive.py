"""The drive of a belt: how it is started and brought to a setting, while it may be.

Rules of this file:
1. Without limits nothing is sent. Limits come with `aim` and go with `let_be`, which also takes
   back every call that is still on its way.
2. Steps of at most 0.3 km/h or 1 %, at least 3 s apart; where a dial is coarser, one position of
   it. What goes down goes first, so that no speed is above the limit of its grade.
3. A belt that is not measured to run is told nothing that could start it, but by `start`.
4. A command that was accepted and did nothing is told of, once; so is a number that does not fit:
   too coarse, too fast at its lowest, in no unit of speed or in another one than it was.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
import logging
from typing import Final, Protocol

from homeassistant.core import HomeAssistant, callback

from . import roles
from .profile import Failing
from .roles import Command, Dial, Reading, Roles
from .timers import Timers

_LOGGER = logging.getLogger(__name__)

STEP_KMH: Final = 0.3
STEP_PERCENT: Final = 1.0
STEP_S: Final = 3
LOWEST_KMH: Final = 0.8
"""Where a belt starts (training.md 3, V38 V39), or a little above where it can go no slower."""
STARTS_WITHIN_S: Final = 12
"""Machines count down before they start."""
OBEYS_WITHIN_S: Final = 10
OBEYS_KMH: Final = 0.35
"""How far off a measured speed may be from what was set: a step, and a bit for the sensor."""
TOO_FAST_KMH: Final = 0.8
"""So much faster than it was told, a belt is on its own."""
OVER_LIMIT_KMH: Final = 0.3
COARSEST_KMH: Final = 0.85
"""A dial whose positions are farther apart (half a mile an hour is 0.8) is left to its owner."""
STARTS_AT_MOST_KMH: Final = 1.65
"""A belt that can start no slower is left to its owner: nobody is put on more than 1 mph (V38)."""
SETTLES_S: Final = 6
"""For so long a belt may still run at the speed that was set before."""
CALL_WITHIN_S: Final = 11


class Limits(Protocol):
    """The highest speed (km/h) and grade (percent) for whoever is on the belt."""

    @property
    def grade_percent(self) -> float: ...

    def speed_kmh(self, grade_percent: float) -> float:
        """Return the highest speed on a grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a belt is to do."""

    speed_kmh: float
    grade_percent: float = 0

    def within(self, limits: Limits) -> Setting:
        """Return the setting, no steeper and no faster than the limits; there is no decline."""
        grade = min(max(self.grade_percent, 0), limits.grade_percent)
        speed = min(self.speed_kmh, limits.speed_kmh(grade))
        return Setting(speed_kmh=speed, grade_percent=grade)


class Drive:
    """The drive of one belt."""

    def __init__(
        self,
        hass: HomeAssistant,
        of: Roles,
        on_failing: Callable[[Failing, Setting], None],
        on_lost: Callable[[], None],
    ) -> None:
        """Build it; nothing is sent.

        `on_failing` gets what did nothing and what was wanted; `on_lost` is called where nobody
        knows whether the treadmill has heard its start.
        """
        self._hass = hass
        self._roles = of
        self._on_failing = on_failing
        self._on_lost = on_lost
        self._limits: Limits | None = None
        self._target: Setting | None = None
        self._is_starting = False
        self._was_away = False
        """The treadmill was away since it was started."""
        self._speed_at = 0.0
        """Where the speed dial was put last, in its own unit."""
        self._per_unit = 1.0
        """That unit, as the dial has it."""
        self._starts_until = 0.0
        self._grade_at = 0.0
        self._sent: list[tuple[float, float]] = []
        """When which speed (km/h) was sent; the last one stays."""
        self._timers = Timers(hass)
        self._calls: set[asyncio.Task[None]] = set()

    # What is so

    @property
    def is_aimed(self) -> bool:
        """Return whether it holds limits."""
        return self._limits is not None

    @property
    def starts_until(self) -> float:
        """Return when a start that was sent has had its effect, or will have none (loop's time)."""
        return self._starts_until

    @property
    def most_kmh(self) -> float | None:
        """Return how fast the belt may be measured to run; None where nothing was set."""
        if self._limits is None or not self._sent:
            return None
        now, last = self._hass.loop.time(), self._sent[-1]
        told = max(kmh for at, kmh in self._sent if (at, kmh) == last or now - at < SETTLES_S)
        limit = self._limits.speed_kmh(self._grade_at) + OVER_LIMIT_KMH
        return min(limit, told + TOO_FAST_KMH)

    # What it is told

    @callback
    def aim(self, limits: Limits, setting: Setting) -> None:
        """Hold limits from now on; `start` goes to the setting."""
        self._limits, self._target = limits, setting.within(limits)
        self._is_starting = True

    @callback
    def lead(self, setting: Setting) -> None:
        """Go to another setting; nothing happens without limits."""
        if self._limits is None:
            return
        self._target = setting.within(self._limits)
        if not self._is_starting:
            self._plan_step(STEP_S)

    @callback
    def start(self) -> None:
        """Start the belt at its lowest speed."""
        if self._limits is None or self._target is None:
            return
        dial = self._speed_dial()
        if dial is None:
            if roles.is_there(self._hass.states.get(self._roles.speed or "")):
                self._fail(Failing.UNFIT)  # its unit is no speed
            else:
                self._on_lost()
            return
        first = min(max(LOWEST_KMH, dial.ours(dial.least)), self._target.speed_kmh)
        lowest = dial.fit(first) or dial.above(0)
        most = min(self._limits.speed_kmh(0), STARTS_AT_MOST_KMH)
        if dial.ours(lowest) > most or dial.ours(dial.step) > COARSEST_KMH:
            self._fail(Failing.UNFIT)
            return
        self._grade_at, self._sent = 0.0, []
        self._was_away = not roles.can_stop(self._hass, self._roles)
        self._per_unit = dial.per_unit
        self._starts_until = self._hass.loop.time() + STARTS_WITHIN_S
        if (incline := roles.incline_dial(self._hass, self._roles.incline)) is not None:
            self._move(incline.set(incline.fit(0)))
        # A machine that keeps its last speed would start with it; one that is off ignores this.
        self._set_speed(dial, lowest)
        if self._roles.start is not None:
            self._move(roles.start(self._roles.start))
        self._timers.start("starts", STARTS_WITHIN_S, self._has_not_started)

    @callback
    def reads(self, reading: Reading) -> None:
        """Take what the sensors say: a belt that has started is held to its lowest speed."""
        if reading.runs is None or not roles.can_stop(self._hass, self._roles):
            self._was_away = True
        if not (self._is_starting and "starts" in self._timers and reading.runs):
            return
        self._is_starting = False
        self._timers.cancel("starts")
        if (dial := self._speed_dial()) is not None:
            self._set_speed(dial, self._speed_at)
        self._plan_step(STEP_S)

    @callback
    def ease(self, speed_kmh: float) -> None:
        """Go down to a speed at once; never up."""
        if self._target is None or speed_kmh >= self._target.speed_kmh:
            return
        self._target = replace(self._target, speed_kmh=speed_kmh)
        dial = self._speed_dial()
        runs = roles.read(self._hass, self._roles).runs
        if dial is not None and not self._is_starting and runs:
            position = dial.fit(speed_kmh) or dial.above(0)
            if position < self._speed_at:
                self._set_speed(dial, position)

    @callback
    def let_be(self) -> None:
        """Hold no limits: nothing is sent any more that could move the belt."""
        self._limits = self._target = None
        self._is_starting = False
        self._timers.close()
        for call in list(self._calls):
            call.cancel()

    # Beneath

    def _plan_step(self, seconds: float) -> None:
        if "step" not in self._timers:
            self._timers.start("step", seconds, self._step)

    @callback
    def _step(self) -> None:
        """Take one step toward the target, and plan the next one."""
        target, dial = self._target, self._speed_dial()
        reading = roles.read(self._hass, self._roles)
        if target is None:
            return
        if not reading.runs or dial is None or self._calls:
            self._plan_step(1)  # a dip, a reconnect, a slow machine: nothing is sent into it
            return
        self._starts_until = 0
        wanted = dial.fit(target.speed_kmh) or dial.above(0)  # 0 would be a stop
        if dial.ours(wanted) > target.speed_kmh + OVER_LIMIT_KMH:
            wanted = self._speed_at  # it can go no slower than that
        incline = roles.incline_dial(self._hass, self._roles.incline)
        slope = incline.fit(target.grade_percent) if incline is not None else self._grade_at
        if wanted < self._speed_at:
            down = dial.fit(dial.ours(self._speed_at) - STEP_KMH)
            self._set_speed(dial, max(wanted, min(down, dial.below(self._speed_at))))
        elif incline is not None and slope != self._grade_at:
            self._set_grade(incline, slope)
        elif wanted > self._speed_at:
            if self._lags(reading):
                self._plan_step(1)
                return
            up = dial.fit(dial.ours(self._speed_at) + STEP_KMH)
            self._set_speed(dial, min(wanted, max(up, dial.above(self._speed_at))))
        else:
            return
        self._plan_step(STEP_S)

    def _set_grade(self, incline: Dial, slope: float) -> None:
        if slope > self._grade_at:
            up = max(incline.fit(self._grade_at + STEP_PERCENT), incline.above(self._grade_at))
            self._grade_at = min(slope, up)
        else:
            down = min(incline.fit(self._grade_at - STEP_PERCENT), incline.below(self._grade_at))
            self._grade_at = max(slope, down)
        self._move(incline.set(self._grade_at))

    def _set_speed(self, dial: Dial, position: float) -> None:
        if dial.per_unit != self._per_unit:  # its owner has chosen another unit meanwhile
            self._fail(Failing.UNFIT)
            return
        self._speed_at = position
        now, speed = self._hass.loop.time(), dial.ours(position)
        self._sent = [each for each in self._sent if now - each[0] < SETTLES_S]
        self._sent.append((now, speed))
        self._move(dial.set(position))
        if self._roles.speed_sensor is not None and not self._is_starting:
            self._timers.start("obeys", OBEYS_WITHIN_S, self._must_obey)

    def _lags(self, reading: Reading) -> bool:
        """Whether the belt is measured to be slower than it was set: then nothing is added."""
        if reading.speed_kmh is None or not self._sent:
            return False
        return reading.speed_kmh < self._sent[-1][1] - OBEYS_KMH

    @callback
    def _has_not_started(self) -> None:
        """A machine that heard its start and stands has failed; one that was away has not."""
        if self._was_away:
            self._on_lost()
        else:
            self._fail(Failing.START)

    @callback
    def _must_obey(self) -> None:
        """What was set long enough ago has to be measured, or the owner sets it."""
        reading = roles.read(self._hass, self._roles)
        if not reading.runs or reading.speed_kmh is None:
            return
        if abs(reading.speed_kmh - self._sent[-1][1]) > OBEYS_KMH:
            self._fail(Failing.SPEED)

    @callback
    def _fail(self, failing: Failing) -> None:
        wanted = self._target or Setting(speed_kmh=LOWEST_KMH)
        self.let_be()
        self._on_failing(failing, wanted)

    def _speed_dial(self) -> Dial | None:
        return roles.speed_dial(self._hass, self._roles.speed)

    def _move(self, command: Command) -> None:
        """Make a call that may move the belt; `let_be` takes it back."""
        if self._limits is None:
            return
        task = self._hass.async_create_task(
            roles.call_within(self._hass, command, CALL_WITHIN_S),
            f"retrowalk: {command.service} {command.data['entity_id']}",
        )
        if not task.done():
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
