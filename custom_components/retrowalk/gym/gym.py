"""The gym as one thing: who holds it, its verbs, its snapshot; what its parts tell each other.

Rules of this file:
1. One holder at a time. Taking and giving back the gym happen in one turn of the event loop.
2. While armed, an obstacle stops the belt in the turn in which the sensor speaks, here, before
   anybody else hears of it. Sensors that also see the walker count until the walk begins; those
   that a forced start passed over do not count for it at all.
3. Every stop goes through `stop_belt`, whoever asks.
4. Path and belt are listened to only while somebody needs it: a view, a holder, an alert that is
   up, a stop that is not proven. The stop button always is.
5. What matters for safety is shown, sent to phones, told as an event and said; none of them waits
   for another.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from . import remote, roles
from .belt import Belt, BeltConfig, RunFor
from .drive import Limits, Setting
from .guard import Guard
from .issues import Issues
from .path import Blocker, BlockerReason, Path, PathConfig
from .profile import BeltProfile, Failing
from .remote import RemoteConfig
from .room import PreparedBy, Room, RoomConfig, RoomState
from .stop_path import StopCause
from .stop_test import Outcome, StopTest
from .telling import Alarm, SafetyEvent, Telling
from .timers import Timers
from .voice import Voice, VoiceConfig

CONNECTS_WITHIN_S: Final = 15
"""So long a treadmill that is connected for the session may need until it is there."""
SETTLES_AFTER_START_S: Final = 90
"""So long after its start Home Assistant may not know every sensor yet."""
BY_ITSELF: Final = (
    StopCause.TOO_FAST,
    StopCause.MOVED_AGAIN,
    StopCause.PHASE_LIMIT,
    StopCause.SESSION_LIMIT,
    StopCause.CONNECTION_LOST,
)
"""Causes for which the belt stops without being asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the gym: an id, the name that others are told, and phones (device ids) to tell."""

    id: str
    name: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GymSnapshot:
    """What the views of a gym read: what blocks a start, and who holds the gym.

    `is_watched` is false where no sensor watches the path, so that nobody can say it is clear.
    `belt` is what keeps the belt from being moved, where it may be moved at all.
    """

    blockers: tuple[Blocker, ...]
    belt: tuple[Blocker, ...]
    is_watched: bool
    holder: Holder | None
    time_to_still_s: int | None
    stop_tested: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GymConfig:
    """What a gym is made of."""

    room: RoomConfig = RoomConfig()
    path: PathConfig = PathConfig()
    belt: BeltConfig = BeltConfig()
    remote: RemoteConfig = RemoteConfig()
    voice: VoiceConfig = VoiceConfig()


async def _not_kept(_what: object) -> None:
    """Keep nothing: of a gym that is only stopped, nothing is known and nothing learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GymMemory:
    """What a gym keeps on disk: what is known of room and belt, and how each is written."""

    room: RoomState | None = None
    belt: BeltProfile = BeltProfile()
    keep_room: Callable[[RoomState | None], Awaitable[None]] = _not_kept
    keep_belt: Callable[[BeltProfile], Awaitable[None]] = _not_kept


class Gym:
    """One place to walk."""

    def __init__(
        self, hass: HomeAssistant, gym_id: str, name: str, config: GymConfig, memory: GymMemory
    ) -> None:
        """Build it; `gym_id` is the id of its config entry."""
        self._hass = hass
        self.gym_id = gym_id
        self.name = name
        self._keep_belt = memory.keep_belt
        self._is_settling = hass.state is not CoreState.running
        self._room = Room(hass, config.room, memory.room, memory.keep_room)
        self._config = config
        self._path = self._make_path()
        self._belt = self._make_belt(memory.belt)
        self._knows_belt = bool(memory.belt.of)
        """Whether its own file says if it was moved."""
        self._former: list[Belt] = []
        """Belts of earlier settings whose stop is not proven yet."""
        self._issues = Issues(hass, gym_id)
        self._telling = Telling(hass, gym_id, name, Voice(hass, config.voice))
        self._on_belt: Callable[[bool | None], None] | None = None
        self._on_belt_stop: Callable[[StopCause], None] | None = None
        self._holder: Holder | None = None
        self._holds_belt = False
        self._passed_over: frozenset[str] = frozenset()
        self._begun = False
        self._guard: Guard | None = None
        self._belt_shown: tuple[Blocker, ...] = ()
        self._test: StopTest | None = None
        self._closed = False
        self._views: list[Callable[[], None]] = []
        self._learnt_views: list[Callable[[], None]] = []
        self._on_go_button: Callable[[Context | None], None] | None = None
        self._on_stop_button: Callable[[], None] | None = None
        self._timers = Timers(hass)
        self._at_started: CALLBACK_TYPE | None = None
        self._remote: list[CALLBACK_TYPE] = []

    # What others see

    @property
    def snapshot(self) -> GymSnapshot:
        """Return what is so now."""
        profile = self._belt.profile
        return GymSnapshot(
            blockers=self._path.blockers(),
            belt=self._belt_blockers() if self._holder is None else (),
            is_watched=self._path.is_watched,
            holder=self._holder,
            time_to_still_s=round(profile.stood_after_s[-1]) if profile.stood_after_s else None,
            stop_tested=profile.tested,
        )

    @property
    def belt(self) -> Belt:
        """Return the belt, to read what is so; it is moved and stopped by the gym's verbs alone."""
        return self._belt

    @callback
    def name_phones(self, phones: tuple[str, ...]) -> None:
        """Know the phones (device ids) of everybody who trains here."""
        self._telling.everybody = phones

    @callback
    def subscribe(self, view: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `view` whenever the snapshot changes; returns the way out."""
        self._views.append(view)
        self._listen()

        @callback
        def unsubscribe() -> None:
            self._views.remove(view)
            self._listen()

        return unsubscribe

    @callback
    def subscribe_learnt(self, view: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `view` whenever the belt was measured to stand; returns the way out."""
        self._learnt_views.append(view)
        return lambda: self._learnt_views.remove(view)

    @callback
    def subscribe_safety(
        self, listener: Callable[[SafetyEvent, dict[str, Any]], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with each safety event and its data; returns the way out."""
        return self._telling.subscribe(listener)

    # Lifecycle

    @callback
    def open(
        self,
        on_go_button: Callable[[Context | None], None],
        on_stop_button: Callable[[], None],
    ) -> None:
        """Listen to the stop button, and stop what was moved before Home Assistant went away.

        `on_go_button` is called while somebody holds the gym, with the context of a press that
        anything in Home Assistant might have made, None for a hand's.
        """
        self._on_go_button, self._on_stop_button = on_go_button, on_stop_button
        self._listen_to_remote()
        if self._belt.profile.moved:
            self._belt.stop_after_restart()
        if self._is_settling:

            @callback
            def settled() -> None:
                self._is_settling = False
                self.check_parts()
                self._path_changed()

            @callback
            def started(_hass: HomeAssistant) -> None:
                self._timers.start("settles", SETTLES_AFTER_START_S, settled)

            self._at_started = async_at_started(self._hass, started)

    @callback
    def see_to_lost_walk(self, phones: tuple[str, ...], *, moved: bool) -> None:
        """See to what a lost walk left behind: its alerts, and a belt that was moved."""
        self._telling.sweep(phones, [each.entity_id for each in self._config.path.watched])
        if moved and not self._knows_belt:
            self._belt.stop_after_restart()
            self._listen()

    @callback
    def configure(self, name: str, config: GymConfig) -> None:
        """Swap the parts in place; a walk that is going on keeps going.

        A belt that was changed is stopped first: the walk on it stands paused.
        """
        self.name = self._telling.name = name
        self.stop_for(config)
        before, self._config = self._config, config
        self._room.config = config.room
        self._telling.voice = Voice(self._hass, config.voice)
        self._path.close()
        self._path = self._make_path()
        if before.belt != config.belt or self._belt.config != config.belt:
            self._change_belt()
        self._listen_to_remote()
        self._listen()
        self.check_parts()
        self.report_failing()
        self.remind_of_stop_test(dt_util.utcnow())
        self._path_changed()

    @callback
    def stop_for(self, config: GymConfig) -> None:
        """Stop a belt that is not to be moved as it is any more; `configure` changes it then.

        Until that no go moves it.
        """
        if self._config.belt == config.belt or not self._belt.config.may_move:
            return
        self._belt.forbid()
        if self._belt.is_busy:
            self.stop_belt(StopCause.UNLOAD)
            if self._on_belt_stop is not None:
                self._on_belt_stop(StopCause.UNLOAD)

    def _change_belt(self) -> None:
        """Go on with another belt; the old one, which was stopped, is seen to until it stands."""
        old = self._belt
        if self._test is not None:
            self._test.end(Outcome.ENDED)
        is_unproven = old.stop_is_pending
        if is_unproven:
            self._former.append(old)
        else:
            old.close()
        self._belt = self._make_belt(replace(old.profile, moved=old.profile.moved or is_unproven))
        if self._belt.profile.moved:
            self._belt.stop_after_restart()
        if self._holds_belt:
            self._belt.hold()
        self.follow_belt(self._on_belt, self._on_belt_stop)

    @property
    def has_unproven_stop(self) -> bool:
        """Return whether a belt was told to stop, and nothing proves that it stands."""
        return any(each.stop_is_pending for each in (self._belt, *self._former))

    @callback
    def close(self) -> None:
        """Leave no listener, no timer, no alert and no issue behind.

        A stop that is not proven outlives the gym, with its alert: until the belt is measured to
        stand, or `abandon` says that another gym has taken it over.
        """
        self._closed = True
        self.disarm()
        if self._test is not None:
            self._test.close()
            self._test = None
        self._on_go_button = self._on_stop_button = None
        is_proven = not self.has_unproven_stop
        self._telling.close(but=None if is_proven else Alarm.STOP_FAILED)
        for unsubscribe in (*self._remote, *([self._at_started] if self._at_started else ())):
            unsubscribe()
        self._remote, self._at_started = [], None
        self._timers.close()
        self._path.close()
        self._room.close()
        if is_proven:
            self._belt.close()
        self._issues.close()

    @callback
    def abandon(self) -> None:
        """Leave a stop that is not proven to another gym of the same belt."""
        self._telling.withdraw(Alarm.STOP_FAILED)
        for belt in (self._belt, *self._former):
            belt.close()

    # Verbs of a session

    @callback
    def hold(
        self, holder: Holder, *, on_belt: bool, passed_over: frozenset[str] = frozenset()
    ) -> bool:
        """Take the gym for a walk that passes over some sensors; False where it is taken."""
        if self._holder is not None:
            return False
        self._holder = holder
        self._holds_belt = on_belt
        self._passed_over = passed_over
        self._begun = False
        self._telling.begin(holder.phones)
        if on_belt:
            if not self._belt.is_connected:
                self._timers.start("connects", CONNECTS_WITHIN_S, self._path_changed)
            self._belt.hold()
        self._listen_to_remote()
        self._listen()
        self._show()
        return True

    @callback
    def release(self, *, gave_up: bool) -> None:
        """Give the gym back; an alert stays only if the walk did not start because of it."""
        blockers = (*self._blockers(), *self._belt_blockers()) if gave_up else ()
        self.disarm()
        self._holder = None
        self._timers.cancel("connects")
        if self._holds_belt:
            self._belt.let_go()
        self._holds_belt = False
        self._passed_over = frozenset()
        self._begun = False
        self._telling.gave_up(blockers)
        self._issues.stuck(self.name, blockers, dt_util.utcnow())
        self._listen_to_remote()
        self._listen()
        if not self.has_unproven_stop:  # otherwise its proof says so in a moment
            for view in list(self._learnt_views):
                view()
        self._show()

    @callback
    def check_path(self) -> tuple[Blocker, ...]:
        """Return what blocks the holder now; raises or withdraws the alerts to match.

        A belt that the gym would move has to stand, and to be able to stop.
        """
        self._tell()
        return (*self._blockers(), *(self._belt_blockers() if self._holds_belt else ()))

    @callback
    def begin(self) -> None:
        """The path was found clear: the walker may come into sight now."""
        self._begun = True

    @callback
    def arm(self, on_blocked: Callable[[Blocker], None]) -> None:
        """Watch the path of a walk: `on_blocked` is called once with what is in the way.

        The belt is stopped before that.
        """

        @callback
        def blocked(blocker: Blocker) -> None:
            is_obstacle = blocker.reason is BlockerReason.OBSTRUCTED
            if self._holds_belt or self._belt.is_busy:  # in a lane it is somebody else's
                self.stop_belt(StopCause.OBSTACLE if is_obstacle else StopCause.SENSOR_LOST)
            self._guard = None
            if not is_obstacle:
                self._telling.event(SafetyEvent.SENSOR_LOST, {"blockers": [blocker.as_dict()]})
            on_blocked(blocker)
            self._tell()

        if self._guard is None:
            self._guard = Guard(self._hass, lambda sensor: self._path.hold_s(sensor), blocked)  # noqa: PLW0108
            self._guard.look(self._blockers())

    @callback
    def disarm(self) -> None:
        """Stop watching; a walk that stands still needs no guard."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    @callback
    def follow_belt(
        self,
        on_belt: Callable[[bool | None], None] | None,
        on_stop: Callable[[StopCause], None] | None,
    ) -> None:
        """Call `on_belt` with whether the belt runs (None: not known), now and at each change.

        `on_stop` gets the cause of each stop that the belt makes by itself. None calls nobody.
        """
        self._on_belt, self._on_belt_stop = on_belt, on_stop
        self._listen()
        if on_belt is not None:
            on_belt(self._belt.reading.runs)

    @callback
    def start_belt(self, limits: Limits, setting: Setting, times: RunFor) -> None:
        """Start the belt after a go, within the limits of whoever said it.

        Into what is in the way, or is not known to be clear, nobody is carried: it stays still.
        """
        if not self._blockers():
            self._belt.start(limits, setting, times)

    @callback
    def lead_belt(self, setting: Setting, times: RunFor) -> None:
        """Bring a belt that was started to another setting."""
        self._belt.lead(setting, times)

    @callback
    def ease_belt(self, speed_kmh: float) -> None:
        """Make the belt slower at once."""
        self._belt.ease(speed_kmh)

    @callback
    def stop_belt(self, cause: StopCause) -> None:
        """Stop the belt and prove it: the one way, whoever asks."""
        for belt in (self._belt, *self._former):
            belt.stop(cause)
        self._listen()

    async def belt_settled(self) -> None:
        """Wait until a stop is proven or has failed."""
        await self._belt.stopped()

    @callback
    def leave_belt(self) -> None:
        """Leave the belt: where it is proven to stand, the next start need not stop it again."""
        self._belt.leave()

    @callback
    def say(self, key: str, **placeholders: str) -> None:
        """Say one of our texts aloud; nothing waits for it."""
        self._telling.say(key, **placeholders)

    # The test of the stop

    @property
    def can_test_stop(self) -> bool:
        """Return whether there is something to stop the belt and something to prove it."""
        return self._belt.stops and self._belt.is_measured

    @callback
    def test_stop(self) -> None:
        """Hold the gym, test the stop of a belt that a person starts by hand, keep the result."""
        tester = Holder(id="stop_test", name=self.name, phones=self._telling.everybody)
        if not self.hold(tester, on_belt=True):
            return
        self.begin()  # a belt that moves is what is waited for
        self._test = StopTest(
            self._hass, lambda: self.stop_belt(StopCause.TEST), self._stop_was_tested
        )
        self._telling.alert(Alarm.STOP_TEST, "stop_test_title", "stop_test_start")
        self.follow_belt(self._test.reads, None)

    @callback
    def end_test(self) -> None:
        """End a test of the stop that is going on."""
        if self._test is not None:
            self._test.end(Outcome.ENDED)

    @callback
    def _stop_was_tested(self, outcome: Outcome) -> None:
        self._test = None
        self.follow_belt(None, None)
        self.release(gave_up=False)
        if outcome not in (Outcome.NOT_STARTED, Outcome.ENDED):
            passed, tested = outcome is Outcome.PASSED, dt_util.utcnow()
            self._belt.remember(replace(self._belt.profile, tested=tested, passed=passed))
        self._telling.alert(Alarm.STOP_TEST, "stop_test_title", f"stop_test_{outcome.value}")
        self.remind_of_stop_test(dt_util.utcnow())
        self._show()

    @callback
    def remind_of_stop_test(self, now: datetime) -> None:
        """Remind of the test where a belt is moved whose stop was not tested for a month."""
        wanted = self._config.belt.may_move
        self._issues.stop_test(self.name, self._belt.profile, now, wanted=wanted)

    # Verbs of the room

    @property
    def left_by_walk(self) -> bool:
        """Return whether a walk that nobody ended has left the room prepared."""
        return self._holder is None and self._room.left_by_walk

    async def prepare_room(self, by: PreparedBy) -> None:
        """Lights on; what is missing becomes a repair issue and keeps nobody from walking."""
        self.check_parts()
        self._room.close()
        await self._room.prepare(by)

    async def restore_room(self) -> None:
        """Bring the lights back to what they were, late ones as soon as they are there."""
        await self._room.restore()
        if self._holder is None and not self._closed:
            self._room.wait_for_late_lights()

    @callback
    def check_parts(self) -> None:
        """Raise a repair issue for each entity that is gone, withdraw it for each that is back."""
        if self._is_settling:
            return
        buttons = [e for e in self._config.remote.entities if self._hass.states.get(e) is None]
        others = (*self._room.missing(), *self._telling.voice.missing(), *buttons)
        missing = dict.fromkeys(others, "entity_missing")
        missing |= dict.fromkeys(self._path.missing(), "path_sensor_missing")
        missing |= dict.fromkeys(self._belt.missing(), "belt_entity_missing")
        self._issues.missing(self.name, missing)

    # The path, live

    def _make_belt(self, profile: BeltProfile) -> Belt:
        return Belt(
            self._hass,
            self._config.belt,
            profile,
            self._keep_belt,
            self,
            lambda: self._is_settling,
        )

    def _make_path(self) -> Path:
        return Path(self._hass, self._config.path, self._path_changed, lambda: self._is_settling)

    @callback
    def _listen(self) -> None:
        if self._closed:
            return
        is_told = self._telling.any_path_up or self._issues.any_stuck or self._issues.any_missing
        needed = bool(self._views or self._holder or is_told)
        if needed:
            self._path.listen()
        else:
            self._path.close()
        if self._on_belt or self._holds_belt or self._belt.is_busy or (needed and self._belt.moves):
            self._belt.listen()
        else:
            self._belt.rest()

    def _blockers(self) -> tuple[Blocker, ...]:
        return tuple(
            blocker
            for blocker in self._path.blockers(walking=self._begun)
            if blocker.entity_id not in self._passed_over
        )

    @callback
    def _path_changed(self) -> None:
        if self._guard is not None:
            self._guard.look(self._blockers())
        if self._issues.any_missing:
            self.check_parts()
        if self._issues.any_stuck:
            self._issues.cleared(self._path.blockers())
        if self._holder is not None or self._telling.any_path_up:
            self._tell()
        self._listen()
        self._show()

    @callback
    def _tell(self) -> None:
        """Keep alerts and events in step with the path; what is waited for is not told of yet."""
        waits_for = self._guard.waits_for if self._guard is not None else ()
        blockers = tuple(each for each in self._blockers() if each.entity_id not in waits_for)
        if self._holder is None or (self._holds_belt and not self._begun):
            # Once it has begun, a belt that does not stand refuses a go and is no alarm.
            blockers = (*blockers, *self._belt_blockers())
        self._telling.path(blockers, key=None if self._holder is None else "path_blocked")

    # The belt, live

    def _belt_blockers(self) -> tuple[Blocker, ...]:
        """Return what keeps the belt from being moved; nothing where it is not moved at all."""
        belt = self._belt
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
        elif belt.is_connected or self._holds_belt:
            if belt.reading.runs is None:
                found[BlockerReason.BELT_SILENT] = belt.config.roles.sensors[0]
            if not belt.can_stop:
                found[BlockerReason.STOP_DEAD] = belt.config.roles.stops[0]
            elif not roles.can_tilt(self._hass, belt.config.roles):
                found[BlockerReason.UNAVAILABLE] = belt.config.roles.incline or ""
        known = {each.reason: each for each in self._belt_shown}
        return tuple(
            known.get(reason) or Blocker.of(self._hass, entity_id, reason)
            for reason, entity_id in found.items()
        )

    @callback
    def belt_reads(self) -> None:
        """Pass on what the belt's sensors say, to the walk first."""
        if self._on_belt is not None:
            self._on_belt(self._belt.reading.runs)
        if (blockers := self._belt_blockers()) != self._belt_shown:
            self._belt_shown = blockers
            if self._guard is None:
                self._tell()
            self._show()
        if self._issues.any_missing:
            self.check_parts()
        self._listen()

    @callback
    def belt_stop_sent(self, cause: StopCause) -> None:
        """Let the walk know of a stop that nobody asked for."""
        if cause in BY_ITSELF:
            if self._on_belt_stop is not None:
                self._on_belt_stop(cause)
            self._telling.stopped_itself(cause)

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
        is_walk = self._test is None and (self._holder is not None or self._belt.was_moved)
        if is_walk and cause not in (StopCause.PLANNED, StopCause.FINISHED):
            self._telling.event(SafetyEvent.BELT_STOPPED, {"cause": cause.value})
        if self._holder is None or self._test is not None:  # a walk writes no row for each stop
            for view in list(self._learnt_views):
                view()
        if self._test is not None:
            self._test.proven()
        self._show()

    @callback
    def belt_stop_failed(self, cause: StopCause, *, plug_pulled: bool) -> None:
        """Say and show that the belt does not stop, and what to do."""
        key = "stop_failed_plug" if plug_pulled else "stop_failed"
        self._telling.alert(Alarm.STOP_FAILED, "stop_failed_title", key)
        self._telling.event(SafetyEvent.STOP_FAILED, {"cause": cause.value})
        if self._test is not None:
            self._test.failed()
        self._show()

    @callback
    def belt_fails(self, failing: Failing, setting: Setting) -> None:
        """Say what its owner has to set from now on, and remember why."""
        speed = f"{setting.speed_kmh:g}"
        hand = "start_it_yourself" if failing is Failing.START else "set_it_yourself"
        key = "belt_unfit" if failing is Failing.UNFIT else hand
        self._telling.alert(Alarm.BELT_FAILING, "belt_failing_title", key, speed=speed)
        self.report_failing()
        self._show()

    @callback
    def belt_not_kept(self, error: str) -> None:
        """Say that the belt is not moved because nobody could stop it after a crash."""
        self._telling.alert(Alarm.BELT_FAILING, "belt_failing_title", "belt_not_kept", error=error)

    @callback
    def report_failing(self) -> None:
        """Raise a repair issue while the belt is not moved because it did not do as told."""
        self._issues.belt(self.name, self._belt.profile)

    @callback
    def try_belt_again(self) -> None:
        """Move the belt again with the next go, although a command once did nothing."""
        self._belt.remember(replace(self._belt.profile, failing=frozenset()))
        self.report_failing()
        self._telling.withdraw(Alarm.BELT_FAILING)
        self._show()

    # The remote

    @callback
    def _listen_to_remote(self) -> None:
        for unsubscribe in self._remote:
            unsubscribe()
        self._remote = []
        if self._on_stop_button is None:
            return
        buttons = self._config.remote
        stop = (buttons.stop, remote.is_maybe_pressed, self._stop_pressed)
        self._remote.append(remote.on_press(self._hass, *stop))
        if self._holder is not None:
            go = (buttons.go, remote.is_surely_pressed, self._go_pressed)
            self._remote.append(remote.on_press(self._hass, *go))

    @callback
    def _stop_pressed(self, _context: Context | None) -> None:
        self.stop_belt(StopCause.ASKED)
        if self._on_stop_button is not None:
            self._on_stop_button()

    @callback
    def _go_pressed(self, context: Context | None) -> None:
        # What a button said while nobody was there comes when Home Assistant is back.
        if self._on_go_button is not None and not self._is_settling:
            self._on_go_button(context)

    @callback
    def _show(self) -> None:
        for view in list(self._views):
            view()
