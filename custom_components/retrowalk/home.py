"""One gym with its runners: what a config entry is made into."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .entry import gym_config
from .gym.gym import Gym, GymMemory
from .gym.stop_path import StopCause
from .refusal import refusal
from .runner import Runner
from .store import BeltStore, RoomStore

_LOGGER = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Home:
    """The runtime data of an entry: its gym, its runners, and whoever adds their entities."""

    gym: Gym
    gym_device_id: str
    runners: dict[str, Runner] = field(default_factory=dict)
    new_runner: list[Callable[[Runner], None]] = field(default_factory=list)
    updating: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One change of the entry is taken over at a time."""

    @callback
    def add_entities(self, runner: Runner) -> None:
        """Add the entities of a runner who came later."""
        for add_entities in self.new_runner:
            add_entities(runner)

    @callback
    def show(self) -> None:
        """Let every view of every runner read its snapshot again."""
        for runner in self.runners.values():
            runner.show()

    @callback
    def ask_calendars(self) -> None:
        """Ask anew what is known of the coming runs."""
        for runner in self.runners.values():
            runner.ask_calendar()

    async def go_by_button(self, context: Context | None) -> None:
        """Take the gym's go button for the word of whoever holds the gym."""
        holder = self.gym.snapshot.holder
        if holder is not None and (runner := self.runners.get(holder.id)) is not None:
            await runner.go_by_button(context)

    async def stop_everything(self) -> None:
        """Stop the belt at once, then whatever goes on in this gym."""
        self.gym.stop_belt(StopCause.ASKED)
        self.gym.treadmill.end_test()
        await _all(runner.stop() for runner in self.runners.values())

    @callback
    def test_stop(self) -> None:
        """Begin the test of the stop; refuses where somebody trains or nothing can be tested."""
        if (holder := self.gym.snapshot.holder) is not None:
            raise refusal("gym_in_use", holder=holder.name)
        if not self.gym.treadmill.can_be_tested:
            raise refusal("stop_test_needs")
        if self.gym.belt.stop_is_pending:
            raise refusal("stop_test_pending")
        if self.gym.belt.reading.runs:
            raise refusal("stop_test_moving")
        self.gym.test_stop()

    @callback
    def name_phones(self) -> None:
        """Let the gym know the phones of everybody who trains in it."""
        phones = (phone for each in self.runners.values() for phone in each.config.phones)
        self.gym.name_phones(tuple(dict.fromkeys(phones)))

    async def come_back(self) -> None:
        """Take up what was not over when Retrowalk was here last."""
        await _all(runner.come_back() for runner in self.runners.values())

    @callback
    def tell(self) -> None:
        """Tell of what happened before anybody could hear it."""
        for runner in self.runners.values():
            runner.tell()

    async def leave(self) -> None:
        """Leave the walk that is going on because Retrowalk has to go; it is on disk.

        A belt that was stopped for it is waited for until it is proven to stand, or nothing is;
        then for the speakers to be as loud as before. What is said of a belt that does not stop is
        said to its end.
        """
        await _all(runner.leave() for runner in self.runners.values())
        await self.gym.belt.stopped()
        self.gym.belt.leave()
        if not self.gym.treadmill.has_unproven_stop:
            await self.gym.rest()

    async def flush(self) -> None:
        """Have everything on disk and in the recorder that is known now."""
        await _all(runner.flush() for runner in self.runners.values())

    async def verify_history(self) -> None:
        """Compare the long-term statistics with the ledgers, and mend them."""
        await _all(runner.diary.verify_history() for runner in self.runners.values())


type RetrowalkConfigEntry = ConfigEntry[Home]


UNPROVEN: HassKey[dict[str, Gym]] = HassKey(f"{DOMAIN}_unproven")
"""Gyms that were closed while their belt was not proven to stand; they still see to it."""


@callback
def close_gym(hass: HomeAssistant, gym: Gym) -> None:
    """Close a gym; a stop that is not proven goes on until the next one is built."""
    gym.close()
    if gym.treadmill.has_unproven_stop:
        hass.data.setdefault(UNPROVEN, {})[gym.gym_id] = gym


async def build_gym(hass: HomeAssistant, entry: ConfigEntry) -> Gym:
    """Return the gym of an entry with what is on disk of it, whether or not the entry is loaded.

    A gym of this entry that still saw to its belt leaves it to this one.
    """
    room, belt = RoomStore(hass, entry.entry_id), BeltStore(hass, entry.entry_id)
    was, profile = await room.load(), await belt.load()
    if (unproven := hass.data.get(UNPROVEN, {}).pop(entry.entry_id, None)) is not None:
        if unproven.treadmill.has_unproven_stop:
            profile = replace(profile, moved=True)
        unproven.treadmill.abandon()
    memory = GymMemory(room=was, belt=profile, keep_room=room.keep, keep_belt=belt.keep)
    return Gym(hass, entry.entry_id, entry.title, gym_config(entry), memory)


@callback
def gym_to_stop(hass: HomeAssistant, entry: ConfigEntry) -> Gym:
    """Return a gym of an entry that is not loaded, to stop its belt at once: nothing is read."""
    unproven = hass.data.get(UNPROVEN, {}).pop(entry.entry_id, None)
    return unproven or Gym(hass, entry.entry_id, entry.title, gym_config(entry), GymMemory())


async def _all(ends: Iterable[Coroutine[object, object, None]]) -> None:
    """End all in one turn; none waits for another's light or disk, and none is left out."""
    results = await asyncio.gather(*ends, return_exceptions=True)
    errors = [each for each in results if isinstance(each, BaseException)]
    for error in errors[1:]:
        _LOGGER.error("Another runner failed too", exc_info=error)
    if errors:
        raise errors[0]
