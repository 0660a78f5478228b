"""The gym as one thing: who holds it, its verbs, its snapshot; what its parts tell each other.

Rules of this file:
1. One holder at a time. Taking and giving back the gym happen in one turn of the event loop.
2. While armed, an obstacle stops the belt in the turn in which the sensor speaks, here, before
   anybody else hears of it. Sensors that also see the walker count until the walk begins; those
   that a forced start passed over do not count for it at all.
3. Every stop that is asked for goes through `stop_belt`, whoever asks.
4. Path and belt are listened to only while somebody needs it: a view, a holder, an alert that is
   up, a stop that is not proven. The stop button always is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from . import remote
from .belt import Belt, BeltConfig, RunFor
from .drive import Limits, Setting
from .guard import Guard
from .issues import Issues
from .path import Blocker, BlockerReason, Path, PathConfig
from .profile import BeltProfile
from .remote import RemoteConfig
from .room import PreparedBy, Room, RoomConfig, RoomState
from .signals import Signal, SignalLights
from .speaker import Tone, Urgency
from .stop_path import FailedStop, StopCause
from .telling import Alarm, SafetyEvent, Telling
from .timers import Timers
from .treadmill import Treadmill
from .voice import VoiceConfig

SETTLES_AFTER_START_S: Final = 90
"""So long after its start Home Assistant may not know every sensor yet."""


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
    in_the_way: tuple[Blocker, ...]
    """What would refuse a go of whoever holds the gym now."""
    stands: bool | None
    """Whether the belt is proven to stand; None where nobody knows."""
    failed_stop: FailedStop | None


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
        self.is_settling = hass.state is not CoreState.running
        self._room = Room(hass, config.room, memory.room, memory.keep_room)
        self._config = config
        self._path = self._make_path()
        self._issues = Issues(hass, gym_id)
        self._telling = Telling(hass, gym_id, name, config.voice)
        self._signals = SignalLights(hass, config.room.signals)
        self.treadmill = Treadmill(
            hass, config.belt, memory.belt, memory.keep_belt, self._telling, self._issues, self
        )
        self._holder: Holder | None = None
        self._passed_over: frozenset[str] = frozenset()
        self._begun = False
        self._guard: Guard | None = None
        self._closed = False
        self._views: list[Callable[[], None]] = []
        self._on_go_button: Callable[[Context | None], None] | None = None
        self._on_stop_button: Callable[[], None] | None = None
        self._timers = Timers(hass)
        self._at_started: CALLBACK_TYPE | None = None
        self._remote: list[CALLBACK_TYPE] = []

    # What others see

    @property
    def snapshot(self) -> GymSnapshot:
        """Return what is so now."""
        profile = self.belt.profile
        return GymSnapshot(
            blockers=self._path.blockers(),
            belt=self.treadmill.blockers() if self._holder is None else (),
            is_watched=self._path.is_watched,
            holder=self._holder,
            time_to_still_s=round(profile.stood_after_s[-1]) if profile.stood_after_s else None,
            stop_tested=profile.tested,
            in_the_way=self._in_the_way() if self._holder is not None else (),
            stands=self.treadmill.stands,
            failed_stop=self.treadmill.failed_stop,
        )

    @property
    def belt(self) -> Belt:
        """Return the belt: what is so, and to lead or ease while it runs.

        It is started and stopped by the gym alone.
        """
        return self.treadmill.belt

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
        self.treadmill.open()
        if self.is_settling:

            @callback
            def settled() -> None:
                self.is_settling = False
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
        if moved:
            self.treadmill.was_moved_by_lost_walk()
            self._listen()

    @callback
    def configure(self, name: str, config: GymConfig) -> None:
        """Swap the parts in place; a walk that is going on keeps going.

        A belt that was changed is stopped first: the walk on it stands paused.
        """
        self.name = name
        self._config = config
        self._room.config = config.room
        self._telling.configure(name, config.voice)
        self._signals.close()
        self._signals = SignalLights(self._hass, config.room.signals)
        self._path.close()
        self._path = self._make_path()
        self.treadmill.configure(config.belt)
        self._listen_to_remote()
        self._listen()
        self.check_parts()
        self.treadmill.report_failing()
        self.treadmill.remind_of_test(dt_util.utcnow())
        self._path_changed()

    @callback
    def close(self) -> None:
        """Leave no listener, no timer, no alert and no issue behind.

        A stop that is not proven outlives the gym, with its alert: until the belt is measured to
        stand, or its `abandon` says that another gym has taken it over.
        """
        self._closed = True
        self.disarm()
        self._on_go_button = self._on_stop_button = None
        is_proven = not self.treadmill.has_unproven_stop
        self._telling.close(but=None if is_proven else Alarm.STOP_FAILED)
        for unsubscribe in (*self._remote, *([self._at_started] if self._at_started else ())):
            unsubscribe()
        self._remote, self._at_started = [], None
        self._timers.close()
        self._path.close()
        self._room.close()
        self.treadmill.close()
        self._issues.close()

    # Verbs of a session

    @callback
    def hold(
        self, holder: Holder, *, on_belt: bool, passed_over: frozenset[str] = frozenset()
    ) -> bool:
        """Take the gym for a walk that passes over some sensors; False where it is taken."""
        if self._holder is not None:
            return False
        self._holder = holder
        self._passed_over = passed_over
        self._begun = False
        self._telling.begin(holder.phones)
        if on_belt:
            self.treadmill.hold()
        self._listen_to_remote()
        self._listen()
        self.show()
        return True

    @callback
    def release(self, *, gave_up: bool) -> None:
        """Give the gym back; an alert stays only if the walk did not start because of it."""
        blockers = (*self._blockers(), *self.treadmill.blockers()) if gave_up else ()
        self.disarm()
        self._holder = None
        self.treadmill.let_go()
        self._passed_over = frozenset()
        self._begun = False
        self._telling.gave_up(blockers)
        self._telling.report_speakers()
        self._issues.stuck(self.name, blockers, dt_util.utcnow())
        self._listen_to_remote()
        self._listen()
        self.show()

    @callback
    def check_path(self) -> tuple[Blocker, ...]:
        """Return what blocks the holder now; raises or withdraws the alerts to match.

        A belt that the gym would move has to stand, and to be able to stop.
        """
        self._tell()
        return self._in_the_way()

    def _in_the_way(self) -> tuple[Blocker, ...]:
        return (*self._blockers(), *(self.treadmill.blockers() if self.treadmill.is_held else ()))

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
            if self.treadmill.matters:  # in a lane it is somebody else's
                self.stop_belt(StopCause.OBSTACLE if is_obstacle else StopCause.SENSOR_LOST)
            self._guard = None
            self._telling.walked_into(blocker)
            if not is_obstacle:
                self._telling.event(SafetyEvent.SENSOR_LOST, {"blockers": [blocker.as_dict()]})
            on_blocked(blocker)
            self._tell()

        if self._guard is None:
            self._guard = Guard(self._hass, lambda sensor: self._path.hold_s(sensor), blocked)  # noqa: PLW0108 - renewed
            self._guard.look(self._blockers())

    @callback
    def disarm(self) -> None:
        """Stop watching; a walk that stands still needs no guard."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    @callback
    def start_belt(self, limits: Limits, setting: Setting, times: RunFor) -> None:
        """Start the belt after a go, within the limits of whoever said it.

        Into what is in the way, or is not known to be clear, nobody is carried: it stays still.
        """
        if not self._blockers():
            self.belt.start(limits, setting, times)

    @callback
    def stop_belt(self, cause: StopCause) -> None:
        """Stop the belt and prove it: the one way, whoever asks."""
        self.treadmill.stop(cause)
        self._listen()

    @callback
    def say(self, key: str, **placeholders: str) -> None:
        """Say one of our texts aloud; nothing waits for it."""
        self._telling.say(key, **placeholders)

    @callback
    def say_words(self, words: str, urgency: Urgency) -> None:
        """Say what the coach has to say."""
        self._telling.voice.say(words, urgency)

    @callback
    def hush(self) -> None:
        """Say nothing more of a state that is over."""
        self._telling.voice.hush()

    async def rest(self) -> None:
        """Say nothing more, and wait until what spoke is as loud as before."""
        await self._telling.voice.rest()

    @callback
    def play(self, tone: Tone) -> None:
        """Play a tone on whatever speaks here."""
        self._telling.voice.play(tone)

    @callback
    def signal(self, signal: Signal) -> None:
        """Show a signal on the lights that have to."""
        self._signals.show(signal)

    @property
    def is_heard(self) -> bool:
        """Return whether anything here speaks or signals."""
        return bool(self._config.voice.entities or self._config.room.signals)

    @property
    def voice_lead_s(self) -> float:
        """Return how much earlier than it has to be heard something has to be said."""
        return self._telling.voice.lead_s

    @property
    def speed_sensor(self) -> str | None:
        """Return the entity that measures the belt's speed."""
        return self._config.belt.roles.speed_sensor

    @property
    def satellites(self) -> tuple[str, ...]:
        """Return the satellites that stand here."""
        return self._config.voice.satellites

    @property
    def said_last(self) -> str | None:
        """Return what was said last."""
        return self._telling.voice.last

    # The test of the stop

    @callback
    def test_stop(self) -> None:
        """Hold the gym, test the stop of a belt that a person starts by hand, keep the result."""
        tester = Holder(id="stop_test", name=self.name, phones=self._telling.everybody)
        if self.hold(tester, on_belt=True):
            self.begin()  # a belt that moves is what is waited for
            self.treadmill.begin_test(lambda: self.release(gave_up=False))

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
        self._signals.close()  # one that comes late would stay
        await self._room.restore()
        if self._holder is None and not self._closed:
            self._room.wait_for_late_lights()

    @callback
    def check_parts(self) -> None:
        """Raise a repair issue for each entity that is gone, withdraw it for each that is back."""
        if self.is_settling:
            return
        buttons = [e for e in self._config.remote.entities if self._hass.states.get(e) is None]
        others = (*self._room.missing(), *self._telling.voice.missing(), *buttons)
        missing = dict.fromkeys(others, "entity_missing")
        missing |= dict.fromkeys(self._path.missing(), "path_sensor_missing")
        missing |= dict.fromkeys(self.treadmill.missing(), "belt_entity_missing")
        self._issues.missing(self.name, missing)

    # The path, live

    def _make_path(self) -> Path:
        return Path(self._hass, self._config.path, self._path_changed, lambda: self.is_settling)

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
        self.treadmill.listen(is_needed=needed)

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
        self.show()

    @callback
    def _tell(self) -> None:
        """Keep alerts and events in step with the path; what is waited for is not told of yet."""
        waits_for = self._guard.waits_for if self._guard is not None else ()
        blockers = tuple(each for each in self._blockers() if each.entity_id not in waits_for)
        if self._holder is None or (self.treadmill.is_held and not self._begun):
            # Once it has begun, a belt that does not stand refuses a go and is no alarm.
            blockers = (*blockers, *self.treadmill.blockers())
        self._telling.path(blockers, key=None if self._holder is None else "path_blocked")

    # The treadmill, live

    @property
    def is_held(self) -> bool:
        """Return whether somebody has the gym."""
        return self._holder is not None

    @callback
    def treadmill_spoke(self, *, changed: bool) -> None:
        """Tell and show what the treadmill's entities have changed."""
        if changed:
            if self._guard is None:
                self._tell()
            self.show()
        if self._issues.any_missing:
            self.check_parts()
        self._listen()

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
        if self._on_go_button is not None and not self.is_settling:
            self._on_go_button(context)

    @callback
    def show(self) -> None:
        """Let the views read the snapshot again."""
        for view in list(self._views):
            view()
