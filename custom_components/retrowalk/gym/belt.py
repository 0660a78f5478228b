"""The belt of one gym: it follows a plan within the limits that a go brought, and it stops.

Rules of this file:
1. Holding no limits it does nothing but stop. Limits come with `start`, once a person has said go,
   and are gone with every stop, whatever its cause.
2. That it is moved is on disk before it moves, so that a restart knows whom to stop.
3. It stops by itself what runs faster than it was told, what runs when it should stand, what
   nobody has told anything for longer than was said, and what would hear no stop for 10 s.
4. Where a command was accepted and did nothing, this is told of and remembered; from then on the
   belt is stopped only, and its owner sets it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
import logging
from typing import Final, Protocol

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import EventStateChangedData, async_track_state_change_event

from . import roles
from .drive import CALL_WITHIN_S, OVER_LIMIT_KMH, Drive, Limits, Setting
from .profile import BeltProfile, Failing
from .roles import Command, Reading, Roles
from .stop_path import FailedStop, StopCause, StopPath
from .timers import Timers

_LOGGER = logging.getLogger(__name__)

CONNECTS_WITHIN_S: Final = 120
"""As long as a session waits to begin."""
HEARS_AGAIN_S: Final = 10
"""A treadmill that would hear a stop again within this was only reconnecting."""
WATCH_AFTER_S: Final = 15
"""For so long a belt that was moved is kept from moving again by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltConfig:
    """The treadmill's entities, and whether its owner allows it to be moved."""

    roles: Roles = Roles()
    may_move: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFor:
    """How long a belt runs at most: where nobody says more, and whatever is said (seconds)."""

    phase_s: float
    session_s: float


class BeltListener(Protocol):
    """Who is told what the belt does; each in the turn in which it happens."""

    def belt_reads(self) -> None:
        """A sensor or a role has spoken."""

    def belt_stop_sent(self, cause: StopCause) -> None:
        """A stop was sent, by whomever."""

    def belt_stop_sent_again(self) -> None:
        """A stop that has failed was sent again."""

    def belt_stop_proven(self, cause: StopCause) -> None:
        """The belt stands."""

    def belt_stop_failed(self, cause: StopCause, *, plug_pulled: bool) -> None:
        """Nothing proves that it stands."""

    def belt_fails(self, failing: Failing, setting: Setting) -> None:
        """A command did nothing: from now on its owner sets the belt, to `setting` now."""

    def belt_not_kept(self, error: str) -> None:
        """The disk did not take that the belt is to be moved, so it is not."""


class Belt:
    """The belt of one gym. Listens to its entities only between `listen` and `close`."""

    def __init__(
        self,
        hass: HomeAssistant,
        config: BeltConfig,
        profile: BeltProfile,
        keep: Callable[[BeltProfile], Awaitable[None]],
        listener: BeltListener,
        is_starting: Callable[[], bool] = lambda: False,
    ) -> None:
        """Build it; nothing is listened to and nothing is sent.

        `is_starting` tells whether Home Assistant may not know the treadmill yet.
        """
        self._hass = hass
        self.config = config
        self.profile = profile.known_of(config.roles.key)
        self._keep = keep
        self._listener = listener
        self._roles = config.roles
        self._stop_path = StopPath(
            hass, self._roles, self, lambda: self.profile.learnt_s, is_starting
        )
        self._drive = Drive(hass, self._roles, self._fails, self._lose)
        self._timers = Timers(hass)
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._limits: Limits | None = None
        """Those of whoever was on it when it was started last."""
        self._moved_is_kept = False
        """Whether it is on disk that it is moved."""
        self._ours = False
        """It was moved, and is nobody's again only when it stands and was let go."""
        self._stops = 0
        """How often it was stopped: a start that waits for the disk looks whether it was."""
        self._is_stopping = False
        self._held = False
        self._has_connected = False
        """A connection that its owner has made is theirs to close."""

    # What is so

    @property
    def reading(self) -> Reading:
        """Return what its sensors say now."""
        return roles.read(self._hass, self._roles)

    @property
    def is_measured(self) -> bool:
        """Return whether a sensor tells running from standing."""
        return bool(self._roles.sensors)

    @property
    def moves(self) -> bool:
        """Return whether a go would move it: its owner allows it, and it has done what it is told.

        A belt whose stop has failed its test is not moved.
        """
        return (
            self.config.may_move
            and self.is_measured
            and self.stops
            and not self.profile.failing
            and self.profile.passed is not False
        )

    @property
    def stops(self) -> bool:
        """Return whether there is something that may stop it."""
        return bool(self._roles.stops)

    @property
    def can_stop(self) -> bool:
        """Return whether something that can stop it would hear it now."""
        return roles.can_stop(self._hass, self._roles)

    @property
    def is_connected(self) -> bool:
        """Return whether its entities have a connection to be there by."""
        state = self._hass.states.get(self._roles.connect) if self._roles.connect else None
        return state is None or state.state == "on"

    @property
    def stop_is_pending(self) -> bool:
        """Return whether a stop is not proven yet."""
        return self._stop_path.is_pending

    @property
    def failed_stop(self) -> FailedStop | None:
        """Return the stop that has failed and is not over."""
        return self._stop_path.failed

    @property
    def is_led(self) -> bool:
        """Return whether it is being started, or runs as it is told."""
        return self._drive.is_aimed

    def missing(self) -> list[str]:
        """Return the entities that the config names and Home Assistant does not have."""
        return [each for each in self._roles.entities if self._hass.states.get(each) is None]

    # Listening

    @callback
    def listen(self) -> None:
        """Follow its entities; does nothing where it does already."""
        if self._unsubscribe is None and self._roles.entities:
            self._unsubscribe = async_track_state_change_event(
                self._hass, self._roles.entities, self._spoke
            )

    @callback
    def rest(self) -> None:
        """Stop listening: nobody needs it."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    @callback
    def close(self) -> None:
        """Leave no listener and no timer behind; a call that could move the belt is taken back."""
        self.rest()
        self._drive.let_be()
        self._timers.close()
        self._stop_path.close()

    @property
    def was_moved(self) -> bool:
        """Return whether it was moved by us and is not let go yet."""
        return self._ours

    @property
    def is_busy(self) -> bool:
        """Return whether it has to be listened to whoever else needs it."""
        return self._ours or self._stop_path.is_pending

    @callback
    def _spoke(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if roles.is_there(new) and not roles.is_there(old):
            self._stop_path.role_back()
        reading = self.reading
        self._stop_path.read(reading)
        self._guard(reading)
        self._drive.reads(reading)
        self._must_hear()
        self._listener.belt_reads()

    # Moving

    @callback
    def start(self, limits: Limits, setting: Setting, times: RunFor) -> None:
        """Start the belt after a go, and bring it to a setting.

        Where it may not be moved, is not measured to stand or could not be stopped, nothing
        happens.
        """
        stands = self.reading.runs is False and not (self.stop_is_pending or self._is_stopping)
        if self.moves and stands and self.can_stop and roles.can_tilt(self._hass, self._roles):
            self._limits = limits
            self._drive.aim(limits, setting)
            self._run_for(times)
            self._hass.async_create_task(self._start(), "retrowalk: start the belt")

    @callback
    def lead(self, setting: Setting, times: RunFor) -> None:
        """Bring a belt that was started to another setting, within the limits that it holds.

        One that its owner sets may run for so long, and is stopped in time all the same.
        """
        if self._ours and not self._stop_path.is_pending and not self._is_stopping:
            self._run_for(times)
        self._drive.lead(setting)

    def _run_for(self, times: RunFor) -> None:
        self._timers.start("phase", times.phase_s, lambda: self.stop(StopCause.PHASE_LIMIT))
        self._timers.start("session", times.session_s, lambda: self.stop(StopCause.SESSION_LIMIT))

    @callback
    def ease(self, speed_kmh: float) -> None:
        """Go down to a speed at once; never up."""
        self._drive.ease(speed_kmh)

    async def _start(self) -> None:
        """Have on disk that it is moved, then start it."""
        stops = self._stops
        if not self._moved_is_kept:
            self.profile = replace(self.profile, moved=True)
            try:
                await self._keep(self.profile)
            except HomeAssistantError as err:
                if stops == self._stops:
                    self._drive.let_be()
                    self._listener.belt_not_kept(str(err.__cause__ or err))
                return
            self._moved_is_kept = True
        if stops == self._stops and not self.config.may_move:  # its owner has said so meanwhile
            self._drive.let_be()
        elif stops == self._stops:
            self._ours = True
            self._drive.start()
            self._must_hear()

    @callback
    def _fails(self, failing: Failing, wanted: Setting) -> None:
        self.remember(replace(self.profile, failing=self.profile.failing | {failing}))
        self._listener.belt_fails(failing, wanted)

    # Guarding

    def _guard(self, reading: Reading) -> None:
        """Stop a belt that does what nobody told it, whoever sets it."""
        if not self._ours or not reading.runs or self._stop_path.is_pending or self._is_stopping:
            return
        if not self._may_run:
            self.stop(StopCause.MOVED_AGAIN)
            return
        most = self._drive.most_kmh
        if most is None and self._limits is not None:
            most = self._limits.speed_kmh(0) + OVER_LIMIT_KMH
        if reading.speed_kmh is not None and most is not None and reading.speed_kmh > most:
            self.stop(StopCause.TOO_FAST)

    def _must_hear(self) -> None:
        """Stop a belt that nothing could stop: what it does not hear now, it hears when back."""
        if not (self._ours and self._may_run) or self.can_stop:
            self._timers.cancel("hears")
        elif "hears" not in self._timers:
            self._timers.start("hears", HEARS_AGAIN_S, self._lose)

    @callback
    def _lose(self) -> None:
        """Nobody knows what the treadmill hears: stop it, now or as soon as it hears."""
        self.stop(StopCause.CONNECTION_LOST)

    @property
    def _may_run(self) -> bool:
        """Return whether somebody has said run since it was stopped last."""
        return self._drive.is_aimed or "phase" in self._timers

    # Stopping

    @callback
    def stop(self, cause: StopCause) -> None:
        """Stop the belt now and prove it; whatever could move it is taken back first."""
        self._stops += 1
        self._drive.let_be()
        self._timers.cancel("phase", "session", "watch", "hears")
        if self.stops and self._can_matter:
            self._is_stopping = True  # what the sensors say to it meanwhile is no second cause
            try:
                starts = 0 if self.reading.runs else self._drive.starts_until
                self._stop_path.stop(cause, starts_until=starts)
            finally:
                self._is_stopping = False
        if self.is_busy:
            self.listen()

    @property
    def _can_matter(self) -> bool:
        """Return whether there may be something to stop: not where a treadmill is simply off."""
        return self._ours or self._held or self.can_stop or self.reading.runs is not None

    async def stopped(self) -> None:
        """Wait until a stop is proven or has failed."""
        await self._stop_path.settled()

    @callback
    def hold(self) -> None:
        """A session is to be walked on it: connect, where there is something to connect."""
        self._held = True
        self._timers.cancel("watch")
        self.listen()
        if self._roles.connect is not None and not self.is_connected:
            self._has_connected = True
            self._call(roles.start(self._roles.connect), CONNECTS_WITHIN_S)

    @callback
    def let_go(self) -> None:
        """The session is over: when the belt has stood for a while, it is nobody's.

        Until then it is kept from moving again.
        """
        self._held = False
        self._watch_until_nobodys()

    def _watch_until_nobodys(self) -> None:
        self._timers.cancel("watch")
        if not self.stop_is_pending:
            self._timers.start("watch", WATCH_AFTER_S if self._ours else 0, self._nobodys)

    @callback
    def _nobodys(self) -> None:
        """Forget that it was moved; a connection that was only for the session is closed."""
        self._ours = self._moved_is_kept = False
        if self.profile.moved:
            self.remember(replace(self.profile, moved=False))
        if self._roles.connect is not None and self.is_connected and self._has_connected:
            self._has_connected = False
            domain = roles.domain_of(self._roles.connect)
            self._call(Command(domain, "turn_off", {"entity_id": self._roles.connect}))
        self._listener.belt_reads()

    @callback
    def stop_after_restart(self) -> None:
        """Stop what was moved before Home Assistant went away; does nothing a second time."""
        if not self._ours:
            self._ours = True
            self.stop(StopCause.RESTARTED)

    @callback
    def leave(self) -> None:
        """Be left by whoever moved it: one that is proven to stand need not be stopped again."""
        if self._ours and not self.stop_is_pending and self.reading.runs is False:
            self._ours = self._moved_is_kept = False
            self.remember(replace(self.profile, moved=False))

    @callback
    def forbid(self) -> None:
        """Move it no more: its owner has said so."""
        self.config = replace(self.config, may_move=False)

    @callback
    def stop_sent(self, cause: StopCause) -> None:
        """Pass on that a stop was sent."""
        self._listener.belt_stop_sent(cause)

    @callback
    def stop_sent_again(self) -> None:
        """Pass on that a stop that has failed was sent again."""
        self._listener.belt_stop_sent_again()

    @callback
    def stop_proven(self, cause: StopCause, seconds: float | None) -> None:
        """Learn how long it took, and pass it on."""
        if seconds is not None:
            self.remember(self.profile.stood(seconds))
        if not self._held:
            self._watch_until_nobodys()
        self._listener.belt_stop_proven(cause)

    @callback
    def stop_failed(self, cause: StopCause, *, plug_pulled: bool) -> None:
        """Pass on that a stop is not proven."""
        self._listener.belt_stop_failed(cause, plug_pulled=plug_pulled)

    # Beneath

    @callback
    def remember(self, profile: BeltProfile) -> None:
        """Keep what was learnt of it."""
        self.profile = profile
        self._hass.async_create_task(self._keep_quietly(), "retrowalk: keep the belt's profile")

    async def _keep_quietly(self) -> None:
        try:
            await self._keep(self.profile)
        except HomeAssistantError as err:  # what was learnt is learnt again
            _LOGGER.warning("What was learnt of the belt could not be kept: %s", err)

    def _call(self, command: Command, seconds: float = CALL_WITHIN_S) -> None:
        self._hass.async_create_task(
            roles.call_within(self._hass, command, seconds),
            f"retrowalk: {command.service} {command.data['entity_id']}",
        )
