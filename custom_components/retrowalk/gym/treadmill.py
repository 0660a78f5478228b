"""The treadmill of a gym: the belt of today's settings, those of earlier ones that may still run.

Rules of this file:
1. A stop goes to every belt that there is; one that is not proven is seen to until it stands, also
   when its settings are gone.
2. What the belt does is passed on to the walk first, then told, then shown.
3. What keeps the belt from being moved is named, and says so live.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from . import roles
from .belt import Belt, BeltConfig
from .drive import Setting
from .issues import Issues
from .path import Blocker, BlockerReason
from .profile import BeltProfile, Failing
from .stop_path import FailedStop, StopCause
from .stop_test import Outcome, StopTest
from .telling import Alarm, SafetyEvent, Telling
from .timers import Timers

CONNECTS_WITHIN_S: Final = 15
"""So long a treadmill that is connected for the session may need until it is there."""
BY_ITSELF: Final = (
    StopCause.TOO_FAST,
    StopCause.MOVED_AGAIN,
    StopCause.PHASE_LIMIT,
    StopCause.SESSION_LIMIT,
    StopCause.CONNECTION_LOST,
)
"""Causes for which the belt stops without being asked."""


class Place(Protocol):
    """The gym in which a treadmill stands."""

    name: str

    @property
    def is_held(self) -> bool:
        """Return whether somebody has the gym."""

    @property
    def is_settling(self) -> bool:
        """Return whether Home Assistant may not know every entity yet."""

    def treadmill_spoke(self, *, changed: bool) -> None:
        """An entity of it has spoken; `changed`: what blocks it is another thing now."""

    def show(self) -> None:
        """Let the views read anew."""


class Treadmill:
    """The treadmill of one gym."""

    def __init__(
        self,
        hass: HomeAssistant,
        config: BeltConfig,
        profile: BeltProfile,
        keep: Callable[[BeltProfile], Awaitable[None]],
        telling: Telling,
        issues: Issues,
        place: Place,
    ) -> None:
        """Build it; nothing is listened to and nothing is sent."""
        self._hass = hass
        self._config = config
        self._keep = keep
        self._telling = telling
        self._issues = issues
        self._place = place
        self._timers = Timers(hass)
        self.belt = self._make(profile)
        """What is so, and to lead or ease while it runs; the gym alone starts and stops it."""
        self._is_known = bool(profile.of)
        """Whether its own file says if it was moved."""
        self._former: list[Belt] = []
        """Belts of earlier settings whose stop is not proven yet."""
        self._on_belt: Callable[[bool | None], None] | None = None
        self._on_stop: Callable[[StopCause], None] | None = None
        self._shown: tuple[Blocker, ...] = ()
        self._ran: bool | None = None
        """What was shown last of whether the belt runs."""
        self._test: StopTest | None = None
        self._learnt_views: list[Callable[[], None]] = []
        self._closed = False
        self.is_held = False
        """Whether whoever has the gym walks on it."""

    def _make(self, profile: BeltProfile) -> Belt:
        return Belt(
            self._hass, self._config, profile, self._keep, self, lambda: self._place.is_settling
        )

    # What is so

    @property
    def has_unproven_stop(self) -> bool:
        """Return whether a belt was told to stop, and nothing proves that it stands."""
        return any(each.stop_is_pending for each in (self.belt, *self._former))

    @property
    def stands(self) -> bool | None:
        """Return whether it is measured to stand and no stop waits for its proof; None: unknown."""
        runs = self.belt.reading.runs
        return None if runs is None else not runs and not self.has_unproven_stop

    @property
    def failed_stop(self) -> FailedStop | None:
        """Return the stop that has failed and is not over."""
        failed = (each.failed_stop for each in (self.belt, *self._former))
        return next((each for each in failed if each is not None), None)

    @property
    def matters(self) -> bool:
        """Return whether something in the way of a walk has to stop it."""
        return self.is_held or self.belt.is_busy

    @property
    def can_be_tested(self) -> bool:
        """Return whether there is something to stop the belt and something to prove it."""
        return self.belt.stops and self.belt.is_measured

    def missing(self) -> list[str]:
        """Return its entities that Home Assistant does not have."""
        return self.belt.missing()

    def blockers(self) -> tuple[Blocker, ...]:
        """Return what keeps the belt from being moved; nothing where it is not moved at all."""
        belt = self.belt
        if not belt.moves or belt.is_led:
            return ()
        found = {}
        if self.has_unproven_stop:
            found[BlockerReason.STOP_PENDING] = belt.config.roles.stops[0]
        elif belt.reading.runs:
            found[BlockerReason.BELT_MOVING] = belt.config.roles.sensors[0]
        if "connects" in self._timers:
            if belt.reading.runs is None or not belt.can_stop:
                found[BlockerReason.NOT_READY] = belt.config.roles.sensors[0]
        elif belt.is_connected or self.is_held:
            if belt.reading.runs is None:
                found[BlockerReason.BELT_SILENT] = belt.config.roles.sensors[0]
            if not belt.can_stop:
                found[BlockerReason.STOP_DEAD] = belt.config.roles.stops[0]
            elif not roles.can_tilt(self._hass, belt.config.roles):
                found[BlockerReason.UNAVAILABLE] = belt.config.roles.incline or ""
        known = {each.reason: each for each in self._shown}
        return tuple(
            known.get(reason) or Blocker.of(self._hass, entity_id, reason)
            for reason, entity_id in found.items()
        )

    @callback
    def subscribe_learnt(self, view: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `view` whenever the belt was measured to stand; returns the way out."""
        self._learnt_views.append(view)
        return lambda: self._learnt_views.remove(view)

    # Lifecycle

    @callback
    def open(self) -> None:
        """Stop what was moved before Home Assistant went away."""
        if self.belt.profile.moved:
            self.belt.stop_after_restart()

    @callback
    def was_moved_by_lost_walk(self) -> None:
        """Stop it, since a walk says that it was moved, where its own file says nothing."""
        if not self._is_known:
            self.belt.stop_after_restart()

    @callback
    def listen(self, *, is_needed: bool) -> None:
        """Follow its entities while somebody needs it; a stop that is not proven always does."""
        if self._on_belt or self.matters or (is_needed and self.belt.moves):
            self.belt.listen()
        else:
            self.belt.rest()

    @callback
    def stop_for(self, config: BeltConfig) -> None:
        """Stop a belt that is not to be moved as it is any more; `configure` changes it then.

        Until that no go moves it.
        """
        if self._config == config or not self.belt.config.may_move:
            return
        self.belt.forbid()
        if self.belt.is_busy:
            self.stop(StopCause.UNLOAD)
            if self._on_stop is not None:
                self._on_stop(StopCause.UNLOAD)

    @callback
    def configure(self, config: BeltConfig) -> None:
        """Go on with other settings; a belt of the old ones is seen to until it stands."""
        self.stop_for(config)
        before, self._config = self._config, config
        old = self.belt
        if before == config == old.config:
            return
        self.end_test()
        is_unproven = old.stop_is_pending
        if is_unproven:
            self._former.append(old)
        else:
            old.close()
        self.belt = self._make(replace(old.profile, moved=old.profile.moved or is_unproven))
        self.open()
        if self.is_held:
            self.belt.hold()
        self.follow(self._on_belt, self._on_stop)

    @callback
    def close(self) -> None:
        """Leave no listener and no timer behind, but for a stop that is not proven."""
        self._closed = True
        self._timers.close()
        if self._test is not None:
            self._test.close()
            self._test = None
        if not self.has_unproven_stop:
            self.belt.close()

    @callback
    def abandon(self) -> None:
        """Leave a stop that is not proven to another gym of the same belt."""
        self._telling.withdraw(Alarm.STOP_FAILED)
        for belt in (self.belt, *self._former):
            belt.close()

    # Verbs

    @callback
    def hold(self) -> None:
        """Somebody is going to walk on it."""
        self.is_held = True
        if not self.belt.is_connected:
            spoke = self._place.treadmill_spoke
            self._timers.start("connects", CONNECTS_WITHIN_S, lambda: spoke(changed=True))
        self.belt.hold()

    @callback
    def let_go(self) -> None:
        """Nobody walks on it any more."""
        self._timers.cancel("connects")
        if self.is_held:
            self.belt.let_go()
        self.is_held = False
        if not self.has_unproven_stop:  # otherwise its proof says so in a moment
            self._show_learnt()

    @callback
    def follow(
        self,
        on_belt: Callable[[bool | None], None] | None,
        on_stop: Callable[[StopCause], None] | None,
    ) -> None:
        """Call `on_belt` with whether the belt runs (None: not known), now and at each change.

        `on_stop` gets the cause of each stop that the belt makes by itself. None calls nobody.
        """
        self._on_belt, self._on_stop = on_belt, on_stop
        if on_belt is not None:
            self.belt.listen()
            on_belt(self.belt.reading.runs)

    @callback
    def stop(self, cause: StopCause) -> None:
        """Stop every belt and prove it."""
        for belt in (self.belt, *self._former):
            belt.stop(cause)

    # The test of the stop

    @callback
    def begin_test(self, on_over: Callable[[], None]) -> None:
        """Test the stop of a belt that a person starts by hand; `on_over` is called at its end."""

        @callback
        def over(outcome: Outcome) -> None:
            self._test = None
            self.follow(None, None)
            on_over()
            if outcome not in (Outcome.NOT_STARTED, Outcome.ENDED):
                passed, tested = outcome is Outcome.PASSED, dt_util.utcnow()
                self.belt.remember(replace(self.belt.profile, tested=tested, passed=passed))
            self._telling.alert(Alarm.STOP_TEST, "stop_test_title", f"stop_test_{outcome.value}")
            self.remind_of_test(dt_util.utcnow())
            self._place.show()

        self._test = StopTest(self._hass, lambda: self.stop(StopCause.TEST), over)
        self._telling.alert(Alarm.STOP_TEST, "stop_test_title", "stop_test_start")
        self.follow(self._test.reads, None)

    @callback
    def end_test(self) -> None:
        """End a test of the stop that is going on."""
        if self._test is not None:
            self._test.end(Outcome.ENDED)

    @callback
    def remind_of_test(self, now: datetime) -> None:
        """Remind of the test where a belt is moved whose stop was not tested for a month."""
        wanted = self._config.may_move
        self._issues.stop_test(self._place.name, self.belt.profile, now, wanted=wanted)

    # What the belt tells

    @callback
    def belt_reads(self) -> None:
        """Pass on what the belt's sensors say, to the walk first."""
        if self._on_belt is not None:
            self._on_belt(self.belt.reading.runs)
        blockers, runs = self.blockers(), self.belt.reading.runs
        changed, self._shown = blockers != self._shown, blockers
        self._place.treadmill_spoke(changed=changed)
        if runs is not self._ran:
            self._ran = runs
            self._place.show()

    @callback
    def belt_stop_sent(self, cause: StopCause) -> None:
        """Let the walk know of a stop that nobody asked for."""
        if cause in BY_ITSELF:
            if self._on_stop is not None:
                self._on_stop(cause)
            self._telling.stopped_itself(cause)
        if not self._place.is_held:  # a walk shows what it does itself
            self._place.show()

    @callback
    def belt_stop_sent_again(self) -> None:
        """Show how often a stop that has failed was sent."""
        self._place.show()

    @callback
    def belt_stop_proven(self, cause: StopCause) -> None:
        """Tell that the belt stands, where the plan did not have it stand there."""
        for belt in [each for each in self._former if not each.stop_is_pending]:
            self._former.remove(belt)
            belt.close()
        if self.has_unproven_stop:
            return
        if self._closed:
            self.abandon()
            return
        self._telling.withdraw(Alarm.STOP_FAILED)
        is_walk = self._test is None and (self._place.is_held or self.belt.was_moved)
        if is_walk and cause not in (StopCause.PLANNED, StopCause.FINISHED):
            self._telling.event(SafetyEvent.BELT_STOPPED, {"cause": cause.value})
        if not self._place.is_held or self._test is not None:  # a walk writes no row a stop
            self._show_learnt()
        if self._test is not None:
            self._test.proven()
        self._place.show()

    @callback
    def belt_stop_failed(self, cause: StopCause, *, plug_pulled: bool) -> None:
        """Say and show that the belt does not stop, and what to do."""
        key = "stop_failed_plug" if plug_pulled else "stop_failed"
        self._telling.alert(Alarm.STOP_FAILED, "stop_failed_title", key)
        self._telling.event(SafetyEvent.STOP_FAILED, {"cause": cause.value})
        if self._test is not None:
            self._test.failed()
        self._place.show()

    @callback
    def belt_fails(self, failing: Failing, setting: Setting) -> None:
        """Say what its owner has to set from now on, and remember why."""
        speed = f"{setting.speed_kmh:g}"
        hand = "start_it_yourself" if failing is Failing.START else "set_it_yourself"
        key = "belt_unfit" if failing is Failing.UNFIT else hand
        self._telling.alert(Alarm.BELT_FAILING, "belt_failing_title", key, speed=speed)
        self.report_failing()
        self._place.show()

    @callback
    def belt_not_kept(self, error: str) -> None:
        """Say that the belt is not moved because nobody could stop it after a crash."""
        self._telling.alert(Alarm.BELT_FAILING, "belt_failing_title", "belt_not_kept", error=error)

    @callback
    def report_failing(self) -> None:
        """Raise a repair issue while the belt is not moved because it did not do as told."""
        self._issues.belt(self._place.name, self.belt.profile)

    @callback
    def try_again(self) -> None:
        """Move the belt again with the next go, although a command once did nothing."""
        self.belt.remember(replace(self.belt.profile, failing=frozenset()))
        self.report_failing()
        self._telling.withdraw(Alarm.BELT_FAILING)
        self._place.show()

    def _show_learnt(self) -> None:
        for view in list(self._learnt_views):
            view()
