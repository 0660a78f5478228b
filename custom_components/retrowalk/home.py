"""One gym with its runners: what a config entry is made into."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .gym.gym import Gym
from .runner import Runner

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

    async def stop_everything(self) -> None:
        """Stop whatever goes on in this gym; does nothing where nothing does."""
        await _all(runner.stop() for runner in self.runners.values())

    async def come_back(self) -> None:
        """Take up what was not over when Retrowalk was here last."""
        await _all(runner.come_back() for runner in self.runners.values())

    @callback
    def tell(self) -> None:
        """Tell of what happened before anybody could hear it."""
        for runner in self.runners.values():
            runner.tell()

    async def leave(self) -> None:
        """Leave the walk that is going on because Retrowalk has to go; it is on disk."""
        await _all(runner.leave() for runner in self.runners.values())

    async def flush(self) -> None:
        """Have everything on disk and in the recorder that is known now."""
        await _all(runner.flush() for runner in self.runners.values())

    async def verify_history(self) -> None:
        """Compare the long-term statistics with the ledgers, and mend them."""
        await _all(runner.verify_history() for runner in self.runners.values())


type RetrowalkConfigEntry = ConfigEntry[Home]


async def _all(ends: Iterable[Coroutine[object, object, None]]) -> None:
    """End all in one turn; none waits for another's light or disk, and none is left out."""
    results = await asyncio.gather(*ends, return_exceptions=True)
    errors = [each for each in results if isinstance(each, BaseException)]
    for error in errors[1:]:
        _LOGGER.error("Another runner failed too", exc_info=error)
    if errors:
        raise errors[0]
