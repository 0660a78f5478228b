"""The gym as one thing: who holds it, its verbs, its snapshot, its guard.

Rules of this file:
1. One holder at a time. Taking and giving back the gym happen in one turn of the event loop.
2. While armed, the guard answers an obstacle in the turn in which the sensor speaks; a sensor that
   falls silent has a grace first. Sensors that also see the walker count until the walk begins;
   those that a forced start passed over do not count for it at all.
3. The path is listened to only while somebody needs it: a view, a holder, an alert that is up.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from ..const import DOMAIN
from ..messages import PathAlert
from .belt import Belt, BeltConfig
from .path import Blocker, BlockerReason, Path, PathConfig
from .room import PreparedBy, Room, RoomConfig, RoomState

LOST_GRACE_S: Final = 10
"""A sensor that is back within this was only reconnecting."""


class SafetyEvent(StrEnum):
    """What the gym tells about safety; only while a session is prepared or walked."""

    PATH_BLOCKED = "path_blocked"
    PATH_CLEARED = "path_cleared"
    SENSOR_LOST = "sensor_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the gym: an id and the name that others are told."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GymSnapshot:
    """What the views of a gym read: what blocks a start, and who holds the gym.

    `is_watched` is false where no sensor watches the path, so that nobody can say it is clear.
    """

    blockers: tuple[Blocker, ...]
    is_watched: bool
    holder: Holder | None

    @property
    def is_ready(self) -> bool:
        """Return whether nothing blocks a start now."""
        return not self.blockers and self.holder is None


@dataclass(frozen=True, slots=True, kw_only=True)
class GymConfig:
    """What a gym is made of."""

    room: RoomConfig = RoomConfig()
    path: PathConfig = PathConfig()
    belt: BeltConfig = BeltConfig()


class Gym:
    """One place to walk."""

    def __init__(
        self,
        hass: HomeAssistant,
        gym_id: str,
        name: str,
        config: GymConfig,
        room_was: RoomState | None,
        keep_room: Callable[[RoomState | None], Awaitable[None]],
    ) -> None:
        """Build it; `gym_id` is the id of its config entry."""
        self._hass = hass
        self.gym_id = gym_id
        self.name = name
        self._room = Room(hass, config.room, room_was, keep_room)
        self._path = Path(hass, config.path, self._path_changed)
        self._belt = Belt(hass, config.belt)
        self._on_belt_speed: Callable[[float | None], None] | None = None
        self._alert = PathAlert(hass, gym_id)
        self._holder: Holder | None = None
        self._passed_over: frozenset[str] = frozenset()
        self._begun = False
        self._on_blocked: Callable[[Blocker], None] | None = None
        self._lost: dict[str, CALLBACK_TYPE] = {}
        self._was_clear = True
        self._missing: set[str] = set()
        self._closed = False
        self._views: list[Callable[[], None]] = []
        self._listeners: list[Callable[[SafetyEvent, tuple[Blocker, ...]], None]] = []

    # What others see

    @property
    def snapshot(self) -> GymSnapshot:
        """Return what is so now."""
        return GymSnapshot(
            blockers=self._path.blockers(),
            is_watched=self._path.is_watched,
            holder=self._holder,
        )

    @property
    def measures_belt(self) -> bool:
        """Return whether a sensor measures how fast the belt runs."""
        return self._belt.is_measured

    @property
    def belt_speed_kmh(self) -> float | None:
        """Return how fast the belt is measured to run; None where nobody knows."""
        return self._belt.speed_kmh

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
        self, listener: Callable[[SafetyEvent, tuple[Blocker, ...]], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with each safety event and what blocks; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # Verbs

    @callback
    def hold(self, holder: Holder, passed_over: frozenset[str] = frozenset()) -> bool:
        """Take the gym for a walk that passes over some sensors; False where it is taken."""
        if self._holder is not None:
            return False
        self._holder = holder
        self._passed_over = passed_over
        self._begun = False
        self._was_clear = True
        self._alert.withdraw()
        self._listen()
        self._show()
        return True

    @callback
    def release(self, *, gave_up: bool) -> None:
        """Give the gym back; an alert stays only if the walk did not start because of it."""
        self._holder = None
        self.disarm()
        self._passed_over = frozenset()
        self._begun = False
        if gave_up and (blockers := self._path.blockers()):
            self._alert.show("start_given_up", self.name, blockers)
        else:
            self._alert.withdraw()
        self._listen()
        self._show()

    @callback
    def check_path(self) -> tuple[Blocker, ...]:
        """Return what blocks the holder now; raises or withdraws the alert to match."""
        self._tell()
        return self._blockers()

    @callback
    def begin(self) -> None:
        """The path was found clear: the walker may come into sight now."""
        self._begun = True

    @callback
    def arm(self, on_blocked: Callable[[Blocker], None]) -> None:
        """Watch the path of a walk: `on_blocked` is called once with what is in the way."""
        if self._on_blocked is None:
            self._on_blocked = on_blocked
            self._watch()

    @callback
    def disarm(self) -> None:
        """Stop watching; a walk that stands still needs no guard."""
        self._on_blocked = None
        if self._lost:
            for cancel in self._lost.values():
                cancel()
            self._lost.clear()
            self._tell()  # what was in its grace is plainly silent now

    @callback
    def measure_belt(self, on_speed: Callable[[float | None], None] | None) -> None:
        """Call `on_speed` with the belt's speed (km/h, None: not known) now and at each change.

        None calls nobody any more.
        """
        self._on_belt_speed = on_speed
        self._belt.close()
        if on_speed is not None:
            self._belt.listen(on_speed)

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
    def configure(self, name: str, config: GymConfig) -> None:
        """Swap the parts in place; a walk that is going on keeps going."""
        self.name = name
        self._room.config = config.room
        self._path.close()
        self._path = Path(self._hass, config.path, self._path_changed)
        self._listen()
        self._belt.close()
        self._belt = Belt(self._hass, config.belt)
        self.measure_belt(self._on_belt_speed)
        self.check_parts()
        self._path_changed()

    @callback
    def check_parts(self) -> None:
        """Raise a repair issue for each entity that is gone, withdraw it for each that is back."""
        missing = dict.fromkeys(self._room.missing(), "entity_missing")
        missing |= dict.fromkeys(self._path.missing(), "path_sensor_missing")
        missing |= dict.fromkeys(self._belt.missing(), "belt_sensor_missing")
        for entity_id, key in missing.items():
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                self._issue_id(entity_id),
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=key,
                translation_placeholders={"entity": entity_id, "gym": self.name},
            )
        for entity_id in self._missing - missing.keys():
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(entity_id))
        self._missing = set(missing)

    @callback
    def close(self) -> None:
        """Leave no listener, no timer, no alert and no issue behind."""
        self.disarm()
        self._alert.withdraw()
        self._path.close()
        self._belt.close()
        self._room.close()
        self._closed = True
        for entity_id in self._missing:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(entity_id))
        self._missing = set()

    def _issue_id(self, entity_id: str) -> str:
        return f"entity_missing_{self.gym_id}_{entity_id}"

    # The path, live

    @callback
    def _listen(self) -> None:
        if self._views or self._holder or self._alert.is_up:
            self._path.listen()
        else:
            self._path.close()

    def _blockers(self) -> tuple[Blocker, ...]:
        return tuple(
            blocker
            for blocker in self._path.blockers(walking=self._begun)
            if blocker.entity_id not in self._passed_over
        )

    @callback
    def _path_changed(self) -> None:
        self._watch()
        if self._missing:
            self.check_parts()
        if self._holder is not None or self._alert.is_up:
            self._tell()
        self._listen()
        self._show()

    @callback
    def _watch(self) -> None:
        """The guard: an obstacle at once, a silent sensor after its grace."""
        if self._on_blocked is None:
            return
        blockers = self._blockers()
        lost = {each.entity_id for each in blockers if each.reason is BlockerReason.UNAVAILABLE}
        for entity_id in self._lost.keys() - lost:
            self._lost.pop(entity_id)()
        for blocker in blockers:
            if blocker.reason is BlockerReason.OBSTRUCTED:
                self._blocked(blocker)
                return
            if blocker.entity_id not in self._lost:
                self._wait_for(blocker)

    def _wait_for(self, blocker: Blocker) -> None:
        @callback
        def grace_over(_now: object) -> None:
            self._lost.pop(blocker.entity_id, None)
            self._say(SafetyEvent.SENSOR_LOST, (blocker,))
            self._blocked(blocker)
            self._tell()

        self._lost[blocker.entity_id] = async_call_later(self._hass, LOST_GRACE_S, grace_over)

    @callback
    def _blocked(self, blocker: Blocker) -> None:
        on_blocked = self._on_blocked
        self.disarm()
        if on_blocked is not None:
            on_blocked(blocker)

    @callback
    def _tell(self) -> None:
        """Keep alert and events in step with the path; a sensor in its grace is not told of yet."""
        blockers = tuple(each for each in self._blockers() if each.entity_id not in self._lost)
        if not blockers:
            self._alert.withdraw()
        elif self._holder is not None:
            self._alert.show("path_blocked", self.name, blockers)
        else:
            self._alert.show("start_given_up", self.name, blockers)
        is_clear = not blockers
        if is_clear != self._was_clear and self._holder is not None:
            self._was_clear = is_clear
            self._say(SafetyEvent.PATH_CLEARED if is_clear else SafetyEvent.PATH_BLOCKED, blockers)

    @callback
    def _say(self, event: SafetyEvent, blockers: tuple[Blocker, ...]) -> None:
        for listener in list(self._listeners):
            listener(event, blockers)

    @callback
    def _show(self) -> None:
        for view in list(self._views):
            view()
